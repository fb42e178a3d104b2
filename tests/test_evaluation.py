"""Tests put to vectors: planted answers, a twin in plain NumPy, gensim's and SciPy's numbers."""

import bz2
import itertools
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

import w2v
from w2v.vectors import correlation, evaluation, question_files


def planted(n_pairs=20, D=64, seed=3):
    """Vectors of stems `a`, the same with one more property `b`, and the questions this answers."""
    random = np.random.default_rng(seed)
    stems = random.normal(size=(n_pairs, D)) / math.sqrt(D)
    property = np.eye(1, D + 1, D)
    words = [f"{kind}{i}" for kind in "ab" for i in range(n_pairs)] + [f"x{i}" for i in range(60)]
    vectors = np.zeros((len(words), D + 1), np.float32)
    vectors[:n_pairs, :D] = stems
    vectors[n_pairs : 2 * n_pairs] = vectors[:n_pairs] + property
    vectors[2 * n_pairs :] = random.normal(size=(60, D + 1))
    questions = [
        (f"a{i}", f"b{i}", f"a{j}", f"b{j}") for i, j in itertools.permutations(range(n_pairs), 2)
    ]
    return w2v.KeyedVectors(words, vectors), questions


def lines(questions, name="planted"):
    return [f": {name}\n", *(" ".join(question) + "\n" for question in questions)]


def spelled(random, V=60):
    """Vectors of few words in many spellings, and questions about them."""
    words = []
    while len(words) < V:
        word = "".join(
            letter.upper() if random.random() < 0.5 else letter
            for letter in str(random.choice(["cat", "dogs", "horse", "ox", "w", "ewes"]))
        )
        if random.random() < 0.3:
            word += str(random.integers(9))
        if word not in words:
            words.append(word)
    vectors = random.normal(size=(V, 4)).astype(np.float32)
    asked = [[str(random.choice(words)) for _ in range(4)] for _ in range(400)]
    test = []
    for i, question in enumerate(asked):
        if i % 50 == 0:
            test.append(f": {'gram' if i % 100 else ''}{i}\n")
        if i % 9 == 0:
            question[i % 4] = "unknown"
        test.append(" ".join(question) + "\n")
    return words, vectors, test


def twin(words, vectors, question, method, V):
    """The obvious answer, as gensim finds it: five nearest rows, the first that is no other's."""
    folded = [word.upper() for word in words[:V]]
    unit = vectors[:V].astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    a, b, c = (folded.index(word) for word in question[:3])
    if method == "3CosAdd":
        scores = unit @ (unit[b] - unit[a] + unit[c])
    else:
        shifted = (1 + unit @ unit.T) / 2
        scores = shifted[b] * shifted[c] / (shifted[a] + 1e-6)
    order = [row for row in np.argsort(-scores) if row not in (a, b, c)][:5]
    found = [row for row in order if folded[row] not in question[:3]]
    return words[(found or order[-1:])[0]]


@pytest.mark.parametrize("method", evaluation.METHODS)
@pytest.mark.parametrize("seed", range(5))
def test_answers_equal_a_plain_twin_whatever_the_spelling(method, seed, monkeypatch):
    monkeypatch.setattr(evaluation, "BLOCK_BYTES", 1)  # blocks of 256 rows
    monkeypatch.setattr(evaluation, "QUESTIONS_AT_ONCE", 100)
    random = np.random.default_rng(seed)
    words, vectors, test = spelled(random)
    words += [f"more{i}" for i in range(500)]
    vectors = np.concatenate([vectors, random.normal(size=(500, 4)).astype(np.float32)])
    kv = w2v.KeyedVectors(words, vectors)
    for V in (40, None):
        found = evaluation.evaluate_analogies(kv, test, restrict_vocab=V, method=method)
        asked = 0
        for section in found.sections:
            for question, answer in zip(section.questions, section.answers, strict=True):
                known = {word.upper() for word in words[:V]}
                if all(word in known for word in question):
                    assert answer == twin(words, vectors, question, method, V)
                    asked += 1
                else:
                    assert answer is None
        assert asked == found.total.total > 50


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")
@pytest.mark.parametrize("seed", range(4))
def test_analogies_equal_those_of_gensim(seed, tmp_path):
    gensim = pytest.importorskip("gensim.models")
    words, vectors, test = spelled(np.random.default_rng(seed))
    path = tmp_path / "test"
    path.write_text("".join(test))
    theirs = gensim.KeyedVectors(4)
    theirs.add_vectors(words, vectors)
    ours = w2v.KeyedVectors(words, vectors)
    for options in itertools.product((40, 300_000), (True, False), (True, False)):
        expected = theirs.evaluate_word_analogies(str(path), *options)
        assert ours.evaluate_word_analogies(path, *options) == expected
    # gensim takes a similarity_function and passes over it; this package does not.
    options = dict(case_insensitive=False, method="3CosMul")
    for section in evaluation.evaluate_analogies(ours, test, **options).sections:
        for (a, b, c, _), answer in zip(section.questions, section.answers, strict=True):
            if answer is not None:
                assert answer == theirs.most_similar_cosmul([b, c], [a], topn=1)[0][0]


@pytest.mark.parametrize("method", evaluation.METHODS)
def test_planted_analogies_are_all_answered(method, random):
    kv, questions = planted()
    wrong = [("a1", "b1", "a2", "b3"), ("b1", "a1", "b2", "a3")]
    unknown = [("a1", "b1", "a2", "zebra")]
    test = lines(questions, "animals") + lines([*questions[:10], *wrong, *unknown], "gram1-x")
    found = evaluation.evaluate_analogies(kv, test, method=method)
    animals, grammar = found.sections
    assert animals.tally == evaluation.Tally(380, 380, 0, 380)
    assert grammar.tally == evaluation.Tally(10, 12, 1, 13)
    assert (animals.is_syntactic, grammar.is_syntactic) == (False, True)
    assert found.semantic == animals.tally and found.syntactic == grammar.tally
    assert found.accuracy == 390 / 392 and found.coverage == 392 / 393
    assert grammar.answers[-3:] == ["b2", "a2", None]
    counted = evaluation.evaluate_analogies(kv, test, method=method, dummy4unknown=True)
    assert counted.total == evaluation.Tally(390, 393, 1, 393)


def test_questions_without_an_answer_leave_no_number():
    kv, questions = planted()
    found = evaluation.evaluate_analogies(kv, [": empty", ": unknown", "q r s t", ": z"])
    assert [section.tally.asked for section in found.sections] == [0, 1, 0]
    assert math.isnan(found.accuracy) and found.coverage == 0
    assert math.isnan(found.sections[0].tally.coverage)
    assert found.as_gensim()[0] == 0
    few = evaluation.evaluate_analogies(kv, lines(questions), restrict_vocab=3)
    assert few.total.total == 0 and few.total.skipped == 380
    two = w2v.KeyedVectors(["a", "b"], np.eye(2))
    assert evaluation.evaluate_analogies(two, ["a b a b"]).total.correct == 0


def test_zero_vectors_answer_nothing():
    kv, questions = planted()
    kv.vectors[kv.key_to_index["a1"]] = 0
    assert evaluation.evaluate_analogies(kv, lines(questions)).accuracy > 0.8


@pytest.mark.parametrize("method", evaluation.METHODS)
@pytest.mark.parametrize("blocks", [1, 9])
def test_rows_with_nan_are_no_answers_and_refused_where_asked_about(monkeypatch, method, blocks):
    kv, questions = planted(8)
    if blocks > 1:
        monkeypatch.setattr(evaluation, "BLOCK_BYTES", 1)
    bad = [20, 30, 40]
    kv.vectors[bad[0]], kv.vectors[bad[1], 3], kv.vectors[bad[2], 5] = np.nan, np.inf, -np.inf
    test = lines([*questions, ("a0", "b0", "x1", "x2")])
    found = evaluation.evaluate_analogies(kv, test, method=method)
    rows = [row for row in range(len(kv)) if row not in bad]
    clean = w2v.KeyedVectors([kv.index_to_key[row] for row in rows], kv.vectors[rows])
    assert found.sections == evaluation.evaluate_analogies(clean, test, method=method).sections
    pairs = ["a1 b1 3", "a2 b3 2", "x1 x2 1"]
    assert evaluation.evaluate_pairs(kv, pairs) == evaluation.evaluate_pairs(clean, pairs)
    word = kv.index_to_key[bad[0]]
    asks = f"vectors: the test asks for {word!r}, whose vector holds NaN or infinite numbers"
    for question in ([word, "b0", "a1", "b1"], ["a0", "b0", "a1", word]):
        with pytest.raises(ValueError, match=asks):
            evaluation.evaluate_analogies(kv, [" ".join(question)], method=method)
    with pytest.raises(ValueError, match=asks):
        evaluation.evaluate_pairs(kv, [*pairs, f"a1 {word} 3"])


def test_tests_are_read_from_files_with_comments_and_compressed(tmp_path):
    kv, questions = planted()
    content = "\ufeff# a comment\n//Copyright\n\n" + "".join(lines(questions)) + "\r\n:second\n"
    content += "a1 b1\ta2  b2\r\n"
    (tmp_path / "test.bz2").write_bytes(bz2.compress(content.encode()))
    found = evaluation.evaluate_analogies(kv, tmp_path / "test.bz2")
    assert [section.name for section in found.sections] == ["planted", "second"]
    assert found.total.correct == 381
    headless = evaluation.evaluate_analogies(kv, [b"a1 b1 a2 b2"])
    assert headless.sections[0].name == "" and headless.accuracy == 1


@pytest.mark.parametrize(
    "test, options, message",
    [
        (["a1 b1 a2"], {}, r"analogies: line 1, 'a1 b1 a2': 3 words; a question has four"),
        ([": s", "", "a b c d e\n"], {}, "line 3, 'a b c d e': 5 words"),
        ([": s\n"], {}, "no questions found"),
        ("nowhere", {}, "analogies='nowhere': no such file"),
        (["a b c d"], {"method": "add"}, "method='add': choose one of 3CosAdd, 3CosMul"),
        (["a b c d"], {"restrict_vocab": 0}, "restrict_vocab=0"),
    ],
)
def test_mistakes_in_analogies_are_named(test, options, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        evaluation.evaluate_analogies(planted()[0], test, **options)


FORMATS = {
    "tabs": "# comment\nlove\tsex\t6.77\ntiger\tcat\t7.35\nbook\tpaper\t7.46\n",
    "WordSim-353": "Word 1,Word 2,Human (mean),1,2\nlove,sex,6.77,9,6\ntiger,cat,7.35,9,7\n"
    "book,paper,7.46,8,8\n",
    "SimLex-999": "word1\tword2\tPOS\tSimLex999\tconc(w1)\tQ\nlove\tsex\tN\t6.77\t4.5\t4\n"
    "tiger\tcat\tN\t7.35\t4.9\t4\nbook\tpaper\tN\t7.46\t4.9\t4\n",
    "MEN": "love-n sex-n 6.77\ntiger-n cat-n 7.35\nbook-n paper-j 7.46\n",
    "blanks": "love sex   6.77\r\n\r\ntiger  cat 7.35\r\nbook paper 7.46",
    "semicolons": "love;sex;6.77\ntiger;cat;7.35\nbook;paper;7.46\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_usual_files_of_pairs_are_read(name, tmp_path):
    expected = [("love", "sex", 6.77), ("tiger", "cat", 7.35), ("book", "paper", 7.46)]
    (tmp_path / "pairs").write_text(FORMATS[name], newline="")
    assert question_files.read_pairs(tmp_path / "pairs") == expected
    assert question_files.read_pairs(FORMATS[name].splitlines()) == expected


@pytest.mark.parametrize(
    "test, message",
    [
        (["a b 1", "a c"], r"pairs: line 2, 'a c': two words and a number, separated by ' '"),
        (["a b 1", "a c x"], "line 2, 'a c x'"),
        (["head", "head", "a b 1"], "line 2, 'head'"),
        (["a\tb c"], r"line 1, 'a\\tb c': two words"),
        ([], "no pairs found"),
        (["a1 b1 3", "q r 4"], "1 of 2 pairs have both words among the first 100"),
    ],
)
def test_mistakes_in_pairs_are_named(test, message):
    with pytest.raises(ValueError, match=message):
        evaluation.evaluate_pairs(planted()[0], test)


def some_pairs(random, words, n=120):
    pairs = []
    while len(pairs) < n:
        a, b = random.choice(words, 2)
        if (
            a.upper() != b.upper()
        ):  # gensim rounds the cosine of a word with itself now up, now down
            pairs.append((a, b, random.integers(10) / 2))
    pairs[5] = ("unknown", words[0], 3)
    return [f"{a}\t{b}\t{score}\n" for a, b, score in [*pairs, *pairs[:10]]]


def test_correlations_are_those_of_cosines_with_scores(random):
    words, vectors, _ = spelled(random)
    test = some_pairs(random, words)
    found = evaluation.evaluate_pairs(w2v.KeyedVectors(words, vectors), test)
    folded = [word.upper() for word in words]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores, cosines = [], []
    for a, b, score in (line.split() for line in test):
        if a != "unknown":
            scores.append(float(score))
            cosines.append(unit[folded.index(a.upper())] @ unit[folded.index(b.upper())])
    assert found.total == len(scores) == 128 and found.skipped == 2
    assert found.coverage == 128 / 130
    assert found.pearson.statistic == pytest.approx(np.corrcoef(scores, cosines)[0, 1])
    order = [[sum(x < y for x in side) + sum(x == y for x in side) / 2 for y in side]
             for side in (scores, np.round(cosines, 5))]  # fmt: skip
    assert found.spearman.statistic == pytest.approx(np.corrcoef(order)[0, 1], abs=1e-3)


@pytest.mark.parametrize("dummy4unknown", [False, True])
@pytest.mark.parametrize("case_insensitive", [False, True])
@pytest.mark.parametrize("restrict_vocab", [40, 300_000])
def test_pairs_equal_those_of_gensim(
    random, tmp_path, restrict_vocab, case_insensitive, dummy4unknown
):
    gensim = pytest.importorskip("gensim.models")
    words, vectors, _ = spelled(random)
    path = tmp_path / "pairs"
    path.write_text("".join(some_pairs(random, words)))
    theirs = gensim.KeyedVectors(4)
    theirs.add_vectors(words, vectors)
    options = dict(
        restrict_vocab=restrict_vocab,
        case_insensitive=case_insensitive,
        dummy4unknown=dummy4unknown,
    )
    expected = theirs.evaluate_word_pairs(str(path), **options)
    found = w2v.KeyedVectors(words, vectors).evaluate_word_pairs(path, **options)
    # Cosines are rounded apart in the last digits, which can break a tie of ranks there.
    assert found[0] == pytest.approx(tuple(expected[0]), abs=1e-5)
    assert found[1] == pytest.approx(tuple(expected[1]), abs=1e-3)
    assert found[2] == expected[2]


@pytest.mark.parametrize("n", [3, 4, 10, 1000])
def test_correlations_and_chances_equal_those_of_scipy(random, n):
    stats = pytest.importorskip("scipy.stats")
    for tightness in (0.0, 0.01, 0.5, 10):
        x = random.normal(size=n).round(1)
        y = tightness * x + random.normal(size=n).round(1)
        for ours, theirs in (
            (correlation.pearson, stats.pearsonr),
            (correlation.spearman, stats.spearmanr),
        ):
            found, expected = ours(x, y), theirs(x, y)
            assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
            # Near 1, p comes from the last digits of r.
            tolerance = 1e-7 if abs(found.statistic) > 1 - 1e-9 else 1e-290
            assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-6, abs=tolerance)


def test_chances_of_known_cases():
    # With 4 observations r is uniform between -1 and 1, with 3 its arcsine is between -pi/2, pi/2.
    for r in (-0.999, -0.3, 0, 0.25, 0.9):
        assert correlation.chance(r, 4) == pytest.approx(1 - abs(r))
        assert correlation.chance(r, 3) == pytest.approx(1 - 2 * math.asin(abs(r)) / math.pi)
    assert correlation.chance(1, 10) == 0 and correlation.chance(0.5, 2) == 1


def test_every_word_is_as_near_to_itself_as_any_other(random):
    kv = w2v.KeyedVectors(list("abcdefgh"), random.normal(size=(8, 31)))
    test = [f"{word} {word} {score}" for score, word in enumerate("abcdefgh")]
    assert math.isnan(evaluation.evaluate_pairs(kv, test).spearman.statistic)


def test_ranks_share_places_of_equal_values():
    assert correlation.ranks(np.array([5, 1, 5, 7, 1, 5])).tolist() == [4, 1.5, 4, 6, 1.5, 4]
    constant = correlation.spearman(np.ones(4), np.arange(4))
    assert math.isnan(constant.statistic) and math.isnan(constant.pvalue)


def test_encodings_and_unknown_names_in_the_methods_of_gensim(tmp_path):
    kv, _ = planted()
    kv = w2v.KeyedVectors(["é", "à", "c", *kv.index_to_key[3:]], kv.vectors)
    (tmp_path / "pairs").write_bytes("é\tà\t3\né\tc\t1\nà\tc\t7\n".encode("latin-1"))
    assert kv.evaluate_word_pairs(tmp_path / "pairs", encoding="latin-1")[2] == 0
    with pytest.raises(ValueError, match="similarity_function='cosmul'"):
        kv.evaluate_word_analogies(["a b c d"], similarity_function="cosmul")


def test_anything_with_words_and_vectors_is_evaluated():
    kv, questions = planted(n_pairs=6)
    other = SimpleNamespace(index_to_key=list(kv.index_to_key), vectors=kv.vectors.tolist())
    pairs = [f"{a} {b} {i}" for i, (a, b, _, _) in enumerate(questions)]
    assert w2v.evaluate_analogies(other, lines(questions)).accuracy == 1
    assert w2v.evaluate_pairs(other, pairs) == w2v.evaluate_pairs(kv, pairs)


def test_results_are_shown_on_one_line_without_their_questions():
    kv, questions = planted(n_pairs=40)
    found = w2v.evaluate_analogies(kv, [*lines(questions), ": gram1\n", "a0 b0 c0 d0\n"])
    assert repr(found) == (
        "<Analogies: accuracy 100.0%, 1,560/1,560 correct, coverage 99.9%, sections: 2>"
    )
    assert repr(found.sections) == (
        "[<Section 'planted': accuracy 100.0%, 1,560/1,560 correct, coverage 100.0%>, "
        "<Section 'gram1': accuracy unknown, 0/0 correct, coverage 0.0%>]"
    )
    assert repr(found.total) == ("<Tally: accuracy 100.0%, 1,560/1,560 correct, coverage 99.9%>")
    pairs = w2v.evaluate_pairs(kv, ["a0 b0 5", "a0 b1 2", "a0 a1 1", "a0 nobody 0"])
    assert re.fullmatch(
        r"<Pairs: Spearman [\d.-]+, Pearson [\d.-]+, 3 counted of 4, coverage 75\.0%>", repr(pairs)
    )


def test_questions_may_be_words_that_are_apart_already():
    kv = w2v.KeyedVectors(
        ["man", "king", "woman", "queen"], np.array([[1, 0], [1, 1], [2, 0], [2, 1.0]])
    )
    lines = evaluation.evaluate_analogies(kv, ["man king woman queen"])
    apart = evaluation.evaluate_analogies(kv, [["man", "king", "woman", "queen"]])
    assert apart.accuracy == lines.accuracy and apart.total == lines.total
    pairs = [("man", "king", 1.5), ("man", "woman", 9), ("king", "queen", 7)]
    wanted = evaluation.evaluate_pairs(kv, ["\t".join(map(str, pair)) for pair in pairs])
    assert evaluation.evaluate_pairs(kv, pairs).spearman == wanted.spearman


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_question_files_of_windows_are_read(tmp_path, encoding):
    text = "king\tqueen\t8.5\r\nman\twoman\t7\r\n"
    (tmp_path / "pairs").write_bytes(text.encode(encoding))
    found = question_files.read_pairs(tmp_path / "pairs")
    assert found == [("king", "queen", 8.5), ("man", "woman", 7.0)]
