"""Unknown words have the vectors that their n-grams give, wherever a word may stand."""

import copy
import json
import pickle

import numpy as np
import pytest

import w2v
from w2v.cli.main import w2v_main
from w2v.formats.subwords import NgramRows, Spelling, Subwords

WORDS = ["cat", "cats", "dog", "naïve", "</s>", "🙂x"]
UNKNOWN = ["dogs", "cart", "naïvely", "слова"]


@pytest.fixture
def wv(random):
    """Six words of 5 dimensions, 200 buckets of which some have no rows."""
    subwords = Subwords(3, 4, 200)
    in_use = np.sort(random.choice(200, 150, replace=False)).astype(np.uint32)
    rows = random.normal(size=(150, 5)).astype(np.float32)
    own = random.normal(size=(len(WORDS), 5)).astype(np.float32)
    counts = [3, 9, 5, 1, 7, 2]
    return w2v.SubwordVectors(
        WORDS, own=own, ngrams=NgramRows(subwords, rows, in_use), counts=counts
    )


def vector(wv, word: str) -> np.ndarray:
    """The mean of a word's rows, number by number in float32."""
    rows = [wv.vectors_vocab[WORDS.index(word)]] if word in WORDS else []
    rows += [wv.vectors_ngrams[bucket] for bucket in wv.ngrams.subwords.of(word.encode())]
    total = np.zeros(5, np.float32)
    for row in rows:
        total = total + row
    return total * np.float32(1 / len(rows))


def test_vectors_are_made_when_asked_for_and_are_the_same_before_and_after(wv):
    before = {word: wv[word].tobytes() for word in WORDS + UNKNOWN}
    listed = wv[WORDS + UNKNOWN].tobytes()
    assert not wv.is_composed and wv.vector_size == 5
    assert [before[word] for word in WORDS] == [row.tobytes() for row in wv.vectors]
    assert wv.is_composed
    assert {word: wv[word].tobytes() for word in WORDS + UNKNOWN} == before
    assert wv[WORDS + UNKNOWN].tobytes() == listed == b"".join(before.values())
    for word in WORDS + UNKNOWN:
        assert before[word] == vector(wv, word).tobytes()


def test_words_are_in_where_they_have_vectors_and_rows_where_they_are_known(wv):
    for word in WORDS + UNKNOWN:
        assert word in wv
        assert wv.has_index_for(word) == (word in wv.key_to_index) == (word in WORDS)
    # "ab" has <ab>, the empty word nothing of three characters; half a pair of surrogates no bytes.
    for nothing in ("", "\ud800", 17, None, ("cat",)):
        assert nothing not in wv
    with pytest.raises(KeyError, match="'' is not in the vocabulary and has no n-grams of 3 to 4"):
        wv[""]
    with pytest.raises(KeyError, match="has no n-grams"):
        wv[["cat", ""]]
    with pytest.raises(KeyError, match="row 17"):
        wv[17]
    with pytest.raises(KeyError, match="'dogs' is not in the vocabulary"):
        wv.get_index("dogs")
    with pytest.raises(KeyError, match="'dogs' is not in the vocabulary"):
        wv.most_similar("cat", allowed=["dogs"])


def test_every_question_takes_unknown_words_as_if_they_were_their_vectors(wv):
    plain = w2v.KeyedVectors(WORDS, wv.vectors)
    for word in UNKNOWN:
        given = vector(wv, word)
        found, wanted = wv.most_similar(word, topn=6), plain.similar_by_vector(given, topn=6)
        assert [name for name, _ in found] == [name for name, _ in wanted]
        assert [score for _, score in found] == pytest.approx([score for _, score in wanted])
        assert wv.similar_by_word(word) == wv.similar_by_key(word) == wv.most_similar(word)
        assert wv.neighbours([word, "cat"], 3)[0] == plain.neighbours([given], 3)[0]
        assert wv.neighbours([word, "cat"], 3)[1] == plain.neighbours(["cat"], 3)[0]
        cosine = float(given @ wv["cat"] / np.linalg.norm(given) / np.linalg.norm(wv["cat"]))
        assert wv.similarity(word, "cat") == pytest.approx(cosine, abs=1e-6)
        assert wv.distance("cat", word) == pytest.approx(1 - cosine, abs=1e-6)
        assert wv.distances(word, [word, "cat"]).tolist() == pytest.approx(
            [0, 1 - cosine], abs=1e-6
        )
        order = [found for found, _ in plain.similar_by_vector(given, topn=6)]
        assert wv.closer_than(word, order[2]) == [each for each in WORDS if each in order[:2]]
        assert wv.rank(word, order[2]) == 3
        assert wv.most_similar_to_given(word, ["dog", order[0], "слова"]) in (order[0], "слова")
        assert wv.n_similarity([word], [word, ""]) == pytest.approx(1)
    a, b = (vector(wv, word) for word in ("dogs", "cart"))
    units = [each / np.linalg.norm(each) for each in (wv["cat"], a, b)]
    asked = units[0] + units[1] - units[2]
    expected = plain.similar_by_vector(asked, topn=6, banned=["cat"])
    found = wv.most_similar(["cat", "dogs"], ["cart"], topn=6)
    assert [word for word, _ in found] == [word for word, _ in expected]
    found = wv.most_similar_cosmul(["cat", "dogs"], ["cart"])
    expected = plain.most_similar_cosmul([wv["cat"], a], [b], banned=["cat"])
    assert dict(found) == pytest.approx(dict(expected))
    assert wv.doesnt_match(["cat", "cats", "dogs"]) in ("cat", "cats", "dogs")
    assert wv.closer_than("cat", "dogs") == [
        word
        for word in WORDS
        if word != "cat" and wv.distance("cat", word) < wv.distance("cat", "dogs")
    ]


def test_tables_and_selections_hold_unknown_words(wv):
    table = wv.vectors_for(["dogs", "cat", "", "dogs"])
    assert table.tolist() == [*wv[["dogs", "cat"]].tolist(), [0] * 5, wv["dogs"].tolist()]
    with pytest.raises(KeyError, match="has no n-grams"):
        wv.vectors_for(["dogs", ""], missing=None)
    some = wv.vectors_for_all(["dogs", "cat", "", "dogs"], copy_vecattrs=True)
    assert some.words == ["dogs", "cat"] and some.counts.tolist() == [0, 3]
    assert some.vectors.tobytes() == wv[["dogs", "cat"]].tobytes()
    assert wv.vectors_for_all(["dogs", "cat", ""], allow_inference=False).words == ["cat"]


def test_unknown_words_of_a_test_are_counted_apart(wv):
    pairs = ["cat dog 1", "cats cat 2", "dog cats 4", "dogs cat 3", "dogs Слова 9", "cat _ 5"]
    plain = w2v.KeyedVectors(WORDS, wv.vectors)
    found = w2v.evaluate_pairs(wv, pairs)
    known = w2v.evaluate_pairs(plain, pairs)
    assert found.spearman == known.spearman and found.skipped == known.skipped == 3
    assert known.with_unknown is None
    both = found.with_unknown
    # "<_>" is an n-gram; of the pairs none is left out.
    assert both.total == 6 and both.skipped == 0 and both.with_unknown is None
    cosines = [wv.similarity(*pair.split()[:2]) for pair in pairs]
    scores = [float(pair.split()[2]) for pair in pairs]
    ranks = [np.argsort(np.argsort(values)) for values in (cosines, scores)]
    assert both.spearman.statistic == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert "with n-grams for unknown words: Spearman" in repr(found)


def test_a_native_file_holds_the_rows_in_use_and_unknown_words_stay_as_they_are(wv, tmp_path):
    full = w2v.SubwordVectors(
        WORDS, own=wv.vectors_vocab, counts=wv.counts, raw={1: b"cat\xff"},
        ngrams=NgramRows(wv.ngrams.subwords, wv.ngrams.full()),
    )  # fmt: skip
    for number, made in enumerate((wv, full)):
        made.save(tmp_path / f"{number}.w2v")
        for mmap in ("c", "r", None):
            opened = w2v.KeyedVectors.load(tmp_path / f"{number}.w2v", mmap=mmap)
            assert type(opened) is w2v.SubwordVectors and opened.words == WORDS
            assert opened.vectors.tobytes() == made.vectors.tobytes()
            assert opened.vectors_vocab.tobytes() == made.vectors_vocab.tobytes()
            assert opened.ngrams.rows.shape == (150, 5)
            assert opened.counts.tolist() == made.counts.tolist()
            assert opened[UNKNOWN].tobytes() == made[UNKNOWN].tobytes()
    few = w2v.load(tmp_path / "0.w2v", limit=2, dtype=np.float64)
    assert few.words == WORDS[:2] and few.vectors.dtype == np.float64
    assert few[["dogs"]].tolist() == wv[["dogs"]].tolist()


@pytest.mark.parametrize(
    "old, new, message",
    [
        (b"[3, 4, 200, true]", b"[3, 4, 200, 1234]", "damaged header: ngrams"),
        (b"[3, 4, 200, true]", b"[3, 4, -20, true]", "damaged header: ngrams"),
        (b"[3, 4, 200, true]", b"[3, 4, 100, true]", "ngram_buckets: damaged"),
        (b"own_vectors", b"new_vectors", "there is no tensor own_vectors"),
        (b"ngram_vectors", b"ngrim_vectors", "ngram_buckets: shape|no tensor ngram_vectors"),
    ],
)
def test_damage_of_native_files_is_told(wv, tmp_path, old, new, message):
    wv.save(tmp_path / "wv.w2v")
    data = (tmp_path / "wv.w2v").read_bytes()
    assert old in data
    (tmp_path / "wv.w2v").write_bytes(data.replace(old, new))
    with pytest.raises(ValueError, match=rf"wv\.w2v': .*({message})"):
        w2v.load(tmp_path / "wv.w2v")


def test_vectors_alone_are_no_subword_vectors(tmp_path, wv):
    w2v.KeyedVectors(WORDS, wv.vectors).save(tmp_path / "plain.w2v")
    with pytest.raises(ValueError, match=r"plain\.w2v': it has no rows of n-grams; w2v\.load"):
        w2v.SubwordVectors.load(tmp_path / "plain.w2v")
    assert type(w2v.SubwordVectors(WORDS, wv.vectors)) is w2v.SubwordVectors
    assert "dogs" not in w2v.SubwordVectors(WORDS, wv.vectors)


def test_forgetting_unused_rows_leaves_known_words_as_they_are(wv):
    before = wv.vectors.tobytes()
    wv.keep_used_ngrams()
    _, buckets = wv.ngrams.subwords.table(WORDS)
    assert len(wv.ngrams.rows) == len(wv.ngrams.buckets) <= len(set(buckets.tolist()))
    wv.adjust_vectors()
    assert wv.vectors.tobytes() == before


def test_own_rows_follow_changes_of_vectors(wv, tmp_path):
    new = np.arange(5, dtype=np.float32)
    wv["cat"], wv["cow"] = new, 2 * new
    wv.add_vectors(["dog"], [new])  # kept, for want of replace=True
    dog = vector(wv, "dog")
    w2v.KeyedVectors(["naïve"], [-new]).save_word2vec_format(tmp_path / "v.txt")
    assert wv.intersect_word2vec_format(tmp_path / "v.txt") == 1
    wv.adjust_vectors()
    for word, wanted in [("cat", new), ("cow", 2 * new), ("dog", dog), ("naïve", -new)]:
        np.testing.assert_allclose(wv[word], wanted, atol=1e-5)
    kept = {word: wv[word].tobytes() for word in wv.words}
    wv.sort_by_descending_frequency()
    assert wv.words == ["cats", "</s>", "dog", "cat", "🙂x", "naïve", "cow"]
    wv.adjust_vectors()
    assert {word: wv[word].tobytes() for word in wv.words} == kept


def test_copies_pickles_and_rotations_know_unknown_words(wv, random):
    for made in (copy.copy(wv), copy.deepcopy(wv), pickle.loads(pickle.dumps(wv))):
        assert type(made) is w2v.SubwordVectors
        assert made[WORDS + UNKNOWN].tobytes() == wv[WORDS + UNKNOWN].tobytes()
    turn = np.linalg.qr(random.normal(size=(5, 5)))[0]
    other = w2v.KeyedVectors(WORDS, wv.vectors @ turn)
    turned = wv.align_to(other)
    np.testing.assert_allclose(turned["dogs"], wv["dogs"] @ turn, atol=1e-5)
    np.testing.assert_allclose(turned["cat"], wv["cat"] @ turn, atol=1e-5)
    turned.adjust_vectors()
    np.testing.assert_allclose(turned["cat"], wv["cat"] @ turn, atol=1e-5)


def test_repaired_words_keep_the_n_grams_of_their_bytes(wv):
    bad = w2v.SubwordVectors(
        ["c\ufffd"], own=wv.vectors_vocab[:1], ngrams=wv.ngrams, raw={0: b"c\xff"}
    )
    wanted = wv.ngrams.means(wv.vectors_vocab[:1], Spelling.of([b"c\xff"]))
    assert bad["c\ufffd"].tobytes() == bad.vectors.tobytes() == wanted.tobytes()
    assert bad.subwords_of("c\ufffd") == [
        b"<c\xff".decode("utf-8", "surrogateescape"),
        "<c\udcff>",
        "c\udcff>",
    ]


def test_sentences_are_means_of_unit_vectors(wv):
    words = ["cat", "dogs", "", "слова", "cat"]
    units = [wv[word].astype(float) / np.linalg.norm(wv[word]) for word in words if word]
    np.testing.assert_allclose(wv.get_sentence_vector(words), np.mean(units, axis=0), atol=1e-6)
    assert wv.get_sentence_vector([""]).tolist() == [0] * 5


def test_rows_of_other_shapes_are_refused(wv):
    with pytest.raises(
        ValueError, match=r"own, ngrams: rows of shape \(2, 5\) and \(150, 5\) for 6"
    ):
        w2v.SubwordVectors(WORDS, wv.vectors, own=wv.vectors_vocab[:2], ngrams=wv.ngrams)


@pytest.fixture
def run(capsys):
    """Run the command w2v; returns its exit status and what it wrote."""

    def run(*arguments):
        status = w2v_main([*map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_commands_take_unknown_words_and_say_so(wv, tmp_path, run):
    wv.save(tmp_path / "wv.w2v")
    status, out, err = run("similar", tmp_path / "wv.w2v", "catsx", "-n", 2)
    nearest = wv.most_similar("catsx", topn=2)
    assert status == 0 and [line.split()[0] for line in out.splitlines()[1:]] == [
        word for word, _ in nearest
    ]
    assert "note: 'catsx' is not among the 6 words (did you mean cats?); its n-grams" in err
    status, out, err = run("info", tmp_path / "wv.w2v")
    assert status == 0 and "3 to 4 characters, 150 rows for 200 buckets" in out
    status, out, err = run("similar", tmp_path / "wv.w2v", "cat", "-n", 2)
    assert (status, err) == (0, "")
    status, out, err = run("analogy", tmp_path / "wv.w2v", "cat", "cats", "dogs")
    assert status == 0 and "'dogs' is not among" in err
    w2v.KeyedVectors(WORDS, wv.vectors).save(tmp_path / "plain.w2v")
    status, out, err = run("similar", tmp_path / "plain.w2v", "catsx")
    assert status == 2 and "not among the 6 words: catsx; did you mean cats?" in err


def test_the_command_evaluates_unknown_words_apart(wv, tmp_path, run):
    wv.save(tmp_path / "wv.w2v")
    (tmp_path / "pairs").write_text("cat cats 1\ndog cats 2\ndog cat 3\ndogs cat 4\n")
    status, out, _ = run("evaluate", tmp_path / "wv.w2v", "-p", tmp_path / "pairs")
    assert status == 0 and "3 of 4 pairs known" in out
    assert "with n-grams for unknown words: Spearman" in out and "; 4 pairs" in out
    _, out, _ = run("evaluate", tmp_path / "wv.w2v", "-p", tmp_path / "pairs", "--json")
    assert json.loads(out)["pairs"][0]["with_unknown"]["total"] == 4


@pytest.mark.parametrize("to", ["native", "fasttext"])
def test_conversion_keeps_rows_of_n_grams_where_the_format_has_them(wv, tmp_path, run, to):
    wv.save(tmp_path / "wv.w2v")
    status, out, _ = run("convert", tmp_path / "wv.w2v", tmp_path / "out.bin", "--to", to)
    assert status == 0 and f": {to}, 6 words x 5 dimensions" in out
    made = w2v.load(tmp_path / "out.bin")
    assert made.words == WORDS and made.counts.tolist() == wv.counts.tolist()
    assert made[WORDS + UNKNOWN].tobytes() == wv[WORDS + UNKNOWN].tobytes()


def test_any_vectors_become_a_file_of_fasttext(tmp_path, run, random):
    vectors = random.normal(size=(3, 4)).astype(np.float32)
    w2v.KeyedVectors([5, 7, 9], vectors).save(tmp_path / "ids.w2v")
    assert run("convert", tmp_path / "ids.w2v", tmp_path / "out.bin", "--to", "fasttext")[0] == 0
    made = w2v.load(tmp_path / "out.bin")
    assert made.words == ["5", "7", "9"] and made.vectors.tobytes() == vectors.tobytes()
    assert "55" not in made and made.counts.tolist() == [1, 1, 1]
    module = pytest.importorskip("fasttext")
    theirs = module.load_model(str(tmp_path / "out.bin"))
    assert theirs.get_word_vector("7").tobytes() == vectors[1].tobytes()
