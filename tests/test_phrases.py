"""Phrases are counted, scored and joined as a plain walk over the words, and gensim, do it."""

import copy
import itertools
import json
import math
import pickle
import threading

import corpora
import numpy as np
import pytest

import w2v
from w2v.corpus import draft, sources
from w2v.phrases import _pairs, joining, scores
from w2v.phrases.learning import FrozenPhrases, Phrases

CONNECTORS = frozenset(["w1", "w3", "of"])
SETTINGS = [
    dict(scoring="default", threshold=1.5),
    dict(scoring="npmi", threshold=0.1),
    dict(scoring="word2phrase", threshold=3),
    dict(scoring=lambda worda_count, wordb_count, bigram_count, len_vocab, min_count,
         corpus_word_count: bigram_count / max(worda_count, wordb_count), threshold=0.4),
]  # fmt: skip


def sentences_of(random, n=120, words=14):
    """Skewed words, some sentences empty, with phrases p0 q0, p1 q1, ... and connectors planted."""
    sentences = []
    for length in random.integers(0, 15, n):
        sentence = [f"w{min(random.integers(0, words, 2))}" for _ in range(length)]
        for _ in range(length // 4):
            i, at = random.integers(0, 6), random.integers(0, length)
            between = ["w1", "w3", "of"][: random.integers(0, 3)] if i % 2 else []
            sentence[at:at] = [f"p{i}", *between, f"q{i}"]
        sentences.append(sentence)
    return sentences


class Twin:
    """Phrases as gensim documents them, one word after another, counts by tuples of words."""

    def __init__(self, sentences, connectors, min_count, scoring, threshold):
        self.connectors, self.min_count = connectors, min_count
        self.scoring, self.threshold = scoring, threshold
        self.counts, self.total = {}, 0
        for sentence in sentences:
            self.total += len(sentence)
            heads = [i for i, word in enumerate(sentence) if word not in connectors]
            for i in heads:
                self.add((sentence[i],))
            for i, j in itertools.pairwise(heads):
                self.add(tuple(sentence[i : j + 1]))

    def add(self, gram):
        self.counts[gram] = self.counts.get(gram, 0) + 1

    def score(self, gram):
        a, b, ab = self.counts[gram[:1]], self.counts[gram[-1:]], self.counts[gram]
        if self.scoring == "default":
            return (ab - self.min_count) / a / b * len(self.counts)
        if self.scoring == "npmi":
            if ab < self.min_count:
                return -math.inf
            n = self.total
            return math.log((ab / n) / ((a / n) * (b / n))) / -math.log(ab / n)
        if self.scoring == "word2phrase":
            return (ab - self.min_count) / a / b * self.total
        return self.scoring(a, b, ab, len(self.counts), self.min_count, self.total)

    def grams(self):
        scores = {gram: self.score(gram) for gram in self.counts if len(gram) > 1}
        return {gram: score for gram, score in scores.items() if score > self.threshold}

    def join(self, sentence):
        out, rest, grams = [], list(sentence), self.grams()
        while rest:
            size = 1
            if rest[0] not in self.connectors:
                while size < len(rest) and rest[size] in self.connectors:
                    size += 1
                if tuple(rest[: size + 1]) in grams:
                    out.append("_".join(rest[: size + 1]))
                    rest = rest[size + 1 :]
                    continue
            out += rest[:size]
            rest = rest[size:]
        return out


def spelled(grams):
    return {"_".join(gram): score for gram, score in grams.items()}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("connectors", [frozenset(), CONNECTORS], ids=["plain", "connectors"])
@pytest.mark.parametrize("settings", SETTINGS, ids=["default", "npmi", "word2phrase", "callable"])
def test_phrases_are_those_of_a_plain_walk(random, settings, connectors, workers):
    sentences = sentences_of(random)
    twin = Twin(sentences, connectors, 2, **settings)
    found = Phrases(sentences, 2, connector_words=connectors, workers=workers, **settings)
    assert found.len_vocab == len(twin.counts) and found.corpus_word_count == twin.total
    assert found.vocab == spelled(twin.counts)
    wanted = twin.grams()
    assert 3 < len(wanted) < len(twin.counts) / 2  # else this tests nothing
    assert found.grams == pytest.approx(wanted, rel=1e-6)
    assert list(found.grams.values()) == sorted(found.grams.values(), reverse=True)
    joined = [twin.join(sentence) for sentence in sentences]
    assert list(found[sentences]) == joined
    assert [found[sentence] for sentence in sentences] == joined
    assert any("_" in word for sentence in joined for word in sentence)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("connectors", [frozenset(), CONNECTORS], ids=["plain", "connectors"])
def test_files_are_joined_like_token_lists(random, tmp_path, monkeypatch, connectors, workers):
    sentences = sentences_of(random)
    (tmp_path / "text").write_text("\n".join(map(" ".join, sentences)) + "\n")
    learned = Phrases(sentences, 2, 2, connector_words=connectors)
    assert list(learned[str(tmp_path / "text")]) == list(learned[sentences])
    # Blocks of 16 bytes: lines go on in the next segment, with phrases open at the cut.
    monkeypatch.setattr(sources, "BLOCK_BYTES", 16)
    monkeypatch.setattr(sources, "LONG_LINE_BLOCKS", 1)
    found = Phrases(str(tmp_path / "text"), 2, 2, connector_words=connectors, workers=workers)
    assert found.vocab == learned.vocab and found.grams == learned.grams
    numbered = draft.Draft([], False, lambda n_read: None)
    numbered.number([tmp_path / "text"], None, workers, False, mark_cuts=False)
    assert sum(segment[-1] >= 0 for segment in numbered.segments()) > 30
    n_joined = found.freeze().apply(numbered)
    with open(tmp_path / "out", "wb") as file:
        joining.write_text(numbered, file)
    wanted = list(learned[sentences])
    assert (tmp_path / "out").read_text() == "\n".join(map(" ".join, wanted)) + "\n"
    assert n_joined == sum("_" in word for sentence in wanted for word in sentence) > 20


def test_a_pair_is_two_words_and_not_a_spelling():
    sentences = [["a_b", "c"], ["a", "b_c"], ["a", "b"], ["a_b"]] * 5
    found = Phrases(sentences, 1, 0.1)
    assert found.len_vocab == 5 + 3
    # (a_b, c) and (a, b_c) are two phrases with one spelling.
    assert found[[["a_b", "c"], ["a", "b_c"]]].__iter__().__next__() == ["a_b_c"]
    assert len(found.grams) == 3 and len(found.export_phrases()) == 2
    assert found.vocab["a_b_c"] == 10 and found.vocab["a_b"] == 15


@pytest.mark.parametrize("connectors", [frozenset(), CONNECTORS], ids=["plain", "connectors"])
@pytest.mark.parametrize("settings", SETTINGS[:2], ids=["default", "npmi"])
def test_phrases_are_those_of_gensim(random, settings, connectors):
    gensim = pytest.importorskip("gensim.models.phrases")
    for _ in range(5):
        sentences = sentences_of(random, 200, 20)
        options = dict(min_count=2, connector_words=connectors, **settings)
        theirs, ours = gensim.Phrases(sentences, **options), Phrases(sentences, **options)
        assert ours.vocab == theirs.vocab and ours.len_vocab == len(theirs.vocab)
        assert ours.corpus_word_count == theirs.corpus_word_count
        assert ours.export_phrases() == pytest.approx(theirs.export_phrases(), rel=1e-9)
        assert ours.find_phrases(sentences) == pytest.approx(theirs.find_phrases(sentences))
        assert list(ours[sentences]) == list(theirs[sentences])
        frozen = ours.freeze()
        assert list(frozen[sentences]) == list(theirs.freeze()[sentences])
        assert frozen.phrasegrams == pytest.approx(theirs.freeze().phrasegrams)
        assert [ours[s] for s in sentences[:20]] == [theirs[s] for s in sentences[:20]]
    assert scores.ENGLISH_CONNECTOR_WORDS == gensim.ENGLISH_CONNECTOR_WORDS
    arguments = dict(
        worda_count=7, wordb_count=9, bigram_count=5, len_vocab=50, min_count=2,
        corpus_word_count=200,
    )  # fmt: skip
    for name in ("original_scorer", "npmi_scorer"):
        wanted = getattr(gensim, name)(**arguments)
        assert getattr(scores, name)(**arguments) == pytest.approx(wanted, rel=1e-14)


def test_texts_may_be_counted_one_after_another(random, tmp_path):
    sentences = sentences_of(random)
    whole = Phrases(sentences, 2, 2, connector_words=CONNECTORS)
    (tmp_path / "text").write_text("\n".join(map(" ".join, sentences[40:80])))
    parts = Phrases([], 2, 2, connector_words=CONNECTORS, workers=2)
    assert parts.grams == {} and parts[["w0", "w1"]] == ["w0", "w1"]
    parts.add_vocab(sentences[:40])
    assert parts.grams != whole.grams
    parts.add_vocab(str(tmp_path / "text"))
    parts.add_vocab(iter(sentences[80:]))
    assert parts.vocab == whole.vocab and parts.grams == whole.grams
    assert list(parts.grams) == list(whole.grams)


def test_settings_may_change_between_calls(random):
    sentences = sentences_of(random)
    found = Phrases(sentences, 2, 2)
    before = found.export_phrases()
    found.threshold = 4
    assert found.export_phrases() == {k: v for k, v in before.items() if v > 4} != before
    found.delimiter = "-"
    assert all("-" in phrase for phrase in found.export_phrases())


def test_what_may_be_joined(random, tmp_path):
    sentences = [["new", "york", "is", "far"]] * 9
    found = Phrases(sentences, 1, 0.4, connector_words=["is"]).freeze()
    assert found.export_phrases().keys() == {"new_york", "york_is_far"}
    assert found[["new", "york"]] == ["new_york"] and found[[]] == []
    assert found[("york", "is", "is", "far")] == ["york", "is", "is", "far"]
    assert found[iter(["york", "is", "far"])] == ["york_is_far"]
    assert found[["is", "york", "is"]] == ["is", "york", "is"]
    assert list(found[iter([["new", "york"], []])]) == [["new_york"], []]
    again = found[[["new", "york"], ["far"]]]
    assert list(again) == list(again) == [["new_york"], ["far"]]
    assert list(found.analyze_sentence(["new", "york", "far"])) == [
        ("new_york", found.phrasegrams["new_york"]),
        ("far", None),
    ]
    assert found.score_candidate("york", "far", ["is"]) == (
        "york_is_far",
        found.phrasegrams["york_is_far"],
    )
    assert found.score_candidate("york", "far") == (None, None)
    (tmp_path / "text").write_bytes(b"new\tyork \r\nfar  new york\r\n\nb\xc3\xa9c")
    joined = [["new_york"], ["far", "new_york"], [], ["béc"]]
    assert list(found[tmp_path / "text"]) == joined
    assert list(found.find_phrases(tmp_path / "text")) == ["new_york"]


def test_memory_is_bounded_by_dropping_rare_pairs_whatever_the_threads(monkeypatch):
    random = np.random.default_rng(5)
    sentences = [[f"w{i}" for i in random.integers(0, 60, 20)] for _ in range(400)]
    sentences += [["new", "york"]] * 200
    monkeypatch.setattr(draft, "SEGMENT_TOKENS", 500)
    whole = Phrases(sentences, 5, 10)
    found = []
    for workers in (1, 2, 3):
        with pytest.warns(UserWarning, match="max_vocab_size=1000: .* pairs were dropped"):
            found.append(Phrases(sentences, 5, 10, 1000, workers=workers))
    assert whole.len_vocab > 3000 and found[0].len_vocab <= 1000
    assert found[0].vocab == found[1].vocab == found[2].vocab
    assert found[0].min_reduce > 1 and whole.min_reduce == 1
    assert found[0].vocab["new_york"] == whole.vocab["new_york"] == 200
    with pytest.raises(ValueError, match="max_vocab_size=20: there are 62 different words alone"):
        Phrases(sentences, 5, 10, 20)


@pytest.mark.parametrize("connectors", [frozenset(), CONNECTORS], ids=["plain", "connectors"])
def test_saved_counts_go_on_where_they_were(random, tmp_path, connectors):
    sentences = [*sentences_of(random), ["b\udcffc", "词"]]
    whole = Phrases(sentences * 2, 2, 1, connector_words=connectors)
    half = Phrases(sentences, 2, 1, connector_words=connectors, workers=2)
    half.save(tmp_path / "half")
    half = Phrases.load(tmp_path / "half", workers=3)
    half.add_vocab(sentences)
    assert half.vocab == whole.vocab and half.grams == whole.grams
    frozen = half.freeze()
    assert len(frozen) > 3
    frozen.save(tmp_path / "frozen")
    again = FrozenPhrases.load(tmp_path / "frozen")
    assert vars(again) == vars(frozen)
    joining.save_phrases(tmp_path / "two", [frozen, again])
    assert len(joining.load_phrases(tmp_path / "two")) == 2
    with pytest.raises(ValueError, match=r"holds 2 passes; w2v\.phrases\.load_phrases returns"):
        FrozenPhrases.load(tmp_path / "two")
    assert w2v.phrases.load_phrases is joining.load_phrases and w2v.Phraser is FrozenPhrases


CHANGED = {
    "a phrase more": lambda p: p.phrasegrams.update(w0_w2=9.0),
    "one of three": lambda p: p.phrasegrams.__setitem__("p0_q0_w2", 9.0),
    "one that has a connector": lambda p: p.phrasegrams.__setitem__("w0_of_w2", 9.0),
    "a phrase less": lambda p: p.phrasegrams.__delitem__(next(iter(p.phrasegrams))),
    "popped": lambda p: p.phrasegrams.pop("p1_q1", None),
    "none": lambda p: p.phrasegrams.clear(),
    "others": lambda p: setattr(p, "phrasegrams", {"w0_w2": 7.5, "p2_q2": 1.0}),
    "merged": lambda p: p.phrasegrams.__ior__({"w0_w2": 9.0}),
    "a higher threshold": lambda p: setattr(p, "threshold", 3.0),
    "a lower score": lambda p: p.phrasegrams.__setitem__("p1_q1", 0.1),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_changed_phrases_are_obeyed(random, change):
    sentences = [*sentences_of(random), ["w0", "w2"], ["p0_q0", "w2"], ["w0", "of", "w2"]]
    frozen = Phrases(sentences, 2, 1.5, connector_words=CONNECTORS).freeze()
    before = list(frozen[sentences])
    change(frozen)
    # The obvious twin, by spelling as gensim's documentation has it.
    wanted, n_joined = [], 0
    for sentence in sentences:
        out, rest = [], list(sentence)
        while rest:
            end = 1
            while end < len(rest) and rest[end] in CONNECTORS:
                end += 1
            joined = "_".join(rest[: end + 1])
            is_phrase = rest[0] not in CONNECTORS and end < len(rest)
            if is_phrase and frozen.phrasegrams.get(joined, -1) > frozen.threshold:
                out.append(joined)
                rest, n_joined = rest[end + 1 :], n_joined + 1
            else:
                out.append(rest.pop(0))
        wanted.append(out)
    assert list(frozen[sentences]) == wanted != before
    numbered = draft.Draft([], False, lambda n_read: None)
    numbered.number(sentences, None, 1, False, mark_cuts=False)
    assert frozen.apply(numbered) == n_joined
    assert all(score > frozen.threshold for score in frozen.export_phrases().values())
    for again in (copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert list(again[sentences]) == wanted
        again.phrasegrams.clear()
        assert list(again[sentences]) == sentences and list(frozen[sentences]) == wanted


def test_changes_are_saved_and_leave_what_was_frozen_alone(random, tmp_path):
    sentences = sentences_of(random)
    phrases = Phrases(sentences, 2, 1.5)
    frozen, joined = phrases.freeze(), list(phrases[sentences])
    frozen.phrasegrams["w0_w2"], frozen.threshold = 9.0, 3.0
    frozen.save(tmp_path / "saved")
    again = FrozenPhrases.load(tmp_path / "saved")
    assert again.grams == frozen.grams and again.grams[("w0", "w2")] == 9
    again.threshold = frozen.threshold = 0
    assert again.grams == frozen.grams and len(again) == len(phrases.grams) + 1
    assert list(phrases[sentences]) == joined == list(phrases.freeze()[sentences])
    for bad, error in [({"w0w2": 1.0}, ValueError), ({"a_b": "1"}, TypeError), ({1: 1}, TypeError)]:
        frozen.phrasegrams = bad
        with pytest.raises(error, match="phrasegrams\\["):
            frozen[["a"]]
    frozen.phrasegrams, frozen.threshold = {}, "9"
    with pytest.raises(TypeError, match="threshold='9'"):
        frozen[["a"]]


def test_a_scoring_function_is_passed_to_load_again(tmp_path):
    found = Phrases([["a", "b"]] * 9, 1, 1, scoring=SETTINGS[3]["scoring"])
    found.save(tmp_path / "saved")
    with pytest.raises(TypeError, match="scoring="):
        Phrases.load(tmp_path / "saved")
    assert Phrases.load(tmp_path / "saved", scoring="npmi").scoring == "npmi"


def test_damaged_files_are_refused(random, tmp_path):
    found = Phrases(sentences_of(random), 2, 1, connector_words=CONNECTORS)
    for save, load in (
        (found.save, Phrases.load),
        (found.freeze().save, FrozenPhrases.load),
    ):
        with pytest.raises(FileNotFoundError):
            load(tmp_path / "nowhere")
        save(tmp_path / "good")
        data = (tmp_path / "good").read_bytes()
        for size in [*range(0, len(data), max(1, len(data) // 40)), len(data) - 1]:
            (tmp_path / "bad").write_bytes(data[:size])
            with pytest.raises(ValueError, match="bad"):
                load(tmp_path / "bad")
        outcomes = [0, 0]
        for _ in range(400):
            changed = bytearray(data)
            changed[random.integers(len(data))] = random.integers(256)
            (tmp_path / "bad").write_bytes(changed)
            try:
                load(tmp_path / "bad")
            except ValueError as error:
                assert "bad" in str(error)
                outcomes[1] += 1
            else:
                outcomes[0] += 1
        assert min(outcomes) > 9
    np.save(tmp_path / "one.npy", np.eye(3))
    with pytest.raises(ValueError, match=r"one\.npy"):
        Phrases.load(tmp_path / "one.npy")
    for bad in ({}, [], {"format": "w2v phrases", "version": 2}):
        (tmp_path / "bad").write_text(json.dumps(bad))
        with pytest.raises(ValueError, match="bad"):
            FrozenPhrases.load(tmp_path / "bad")


@pytest.mark.parametrize(
    "options, error, message",
    [
        (dict(min_count=0), ValueError, "min_count=0 is out of range: above 0"),
        (dict(min_count="5"), TypeError, "min_count='5' is of type str"),
        (dict(threshold=0), ValueError, "threshold=0 is out of range for scoring='default'"),
        (dict(threshold=2, scoring="npmi"), ValueError, "from -1 to 1"),
        (dict(threshold=math.nan), ValueError, "threshold=nan"),
        (dict(scoring="pmi"), ValueError, "scoring='pmi': default, npmi, word2phrase or"),
        (dict(delimiter=b"_"), TypeError, "delimiter=b'_': a string"),
        (dict(connector_words="of"), TypeError, "connector_words='of': a set of words"),
        (dict(connector_words=[1]), TypeError, "connector_words: 1 is no string"),
        (dict(max_vocab_size=0), ValueError, "max_vocab_size=0"),
        (dict(workers=-1), ValueError, "workers=-1"),
        (dict(common_terms=["of"]), TypeError, "this is connector_words since gensim 4"),
        (dict(treshold=1), TypeError, "treshold=1; did you mean threshold?"),
        (dict(sentences="nowhere.txt"), FileNotFoundError, "nowhere.txt"),
        (dict(sentences=["a sentence", "b"]), TypeError, "is a plain string"),
        (dict(sentences=[["a", 1]]), TypeError, "holds the token 1"),
        (dict(sentences=[["\ud800"]]), ValueError, "half a surrogate pair"),
    ],
)
def test_mistakes_are_named(options, error, message):
    with pytest.raises(error, match=message):
        Phrases(**options)


def test_sentences_to_join_are_checked():
    found = Phrases([["a", "b"]] * 9, 1, 0.1)
    with pytest.raises(TypeError, match="neither a list of tokens"):
        found[5]
    with pytest.raises(TypeError, match="item 1 is a plain string"):
        list(found[[["a"], "b"]])
    with pytest.raises(TypeError, match="item 0 is a plain string"):
        found.find_phrases(["a", "b"])


# --- in training -------------------------------------------------------------------------------


def phrase_corpus():
    random = np.random.default_rng(3)
    sentences = corpora.topics(words_each=40, sentences=3000)
    for sentence in sentences[::5]:
        at = int(random.integers(0, 8))
        sentence[at:at] = [["new", "york", "city"], ["los", "angeles"]][int(random.integers(2))]
    return sentences


@pytest.mark.parametrize("form", ["lists", "file"])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("passes", [1, 2])
def test_training_joins_phrases_first(tmp_path, form, workers, passes):
    sentences = phrase_corpus()
    options = dict(vector_size=8, epochs=1, workers=workers, progress=False)
    source = sentences
    if form == "file":
        (tmp_path / "text").write_text("\n".join(map(" ".join, sentences)))
        source = tmp_path / "text"
    model = w2v.train(source, phrases=passes, **options)
    joined = sentences
    for _ in range(passes):
        joined = list(Phrases(joined)[joined])
    assert ("new_york_city" in model.wv) == (passes == 2) and "los_angeles" in model.wv
    wanted = w2v.train(joined, **options)
    counts = dict(zip(wanted.wv.index_to_key, wanted.vocabulary.counts.tolist(), strict=True))
    ours = dict(zip(model.wv.index_to_key, model.vocabulary.counts.tolist(), strict=True))
    assert ours == counts and "angeles" not in ours
    assert model.vocabulary.counts.tolist() == wanted.vocabulary.counts.tolist()
    assert len(model.phrases) == passes
    text = ["to", "new", "york", "city"]
    for found in model.phrases:
        text = found[text]
    assert text[-1] == "new_york_city" if passes == 2 else text[1] == "new_york"


def test_a_model_joins_what_it_is_trained_on_later():
    sentences = phrase_corpus()
    model = w2v.Word2Vec(vector_size=8, epochs=1, phrases=2, workers=1)
    model.build_vocab(sentences)
    assert "new" not in model.wv and "new_york_city" in model.wv
    report = model.train([["new", "york", "city", "los", "angeles", "unknown"]] * 100)
    assert report.words == 200 and report.tokens_read == 600
    with pytest.raises(ValueError, match="phrases=1: exact trains on the text as it is"):
        w2v.Word2Vec(phrases=1, exact=True)


def test_what_is_joined_in_training_does_not_depend_on_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_BYTES", 4096)
    (tmp_path / "text").write_text("\n".join(map(" ".join, phrase_corpus())))
    options = dict(vector_size=8, phrases=2, progress=False)
    models = [w2v.Word2Vec(workers=workers, **options) for workers in (1, 2, 3)]
    for model in models:
        model.build_vocab(tmp_path / "text")
    words = [model.wv.index_to_key for model in models]
    assert words[0] == words[1] == words[2]
    assert models[0].phrases[1].as_dict() == models[2].phrases[1].as_dict()


# --- compiled parts ----------------------------------------------------------------------------


@pytest.mark.parametrize("n_parts", [1, 2, 5])
@pytest.mark.parametrize("across_lines", [False, True])
def test_pairs_are_counted_as_a_dict_counts_them(random, n_parts, across_lines):
    ids = random.integers(-1, 300, 30_000).astype(np.int32)
    wanted: dict = {}
    last = -1
    for number in ids.tolist():
        if number >= 0 and last >= 0:
            wanted[last, 0, number] = wanted.get((last, 0, number), 0) + 1
        if number >= 0 or not across_lines:
            last = number
    found: dict = {}
    for part in range(n_parts):
        pairs = _pairs.PairMap(part, n_parts)
        for piece in np.array_split(ids, 7):
            pairs.count(piece, across_lines)
        *keys, counts = (array.tolist() for array in pairs.entries())
        assert len(counts) == pairs.n_pairs > 30_000 / n_parts / 4
        found.update(zip(zip(*keys, strict=True), counts, strict=True))
    assert found == wanted
    pairs.drop_rare(1)
    assert (
        set(pairs.entries()[3].tolist()) == set(pairs.entries(2)[3].tolist())
        and 1 not in (pairs.entries()[3])
    )


def test_pairs_keep_what_they_are_given(random):
    pairs = _pairs.PairMap()
    rows = np.unique(random.integers(0, 2**31, (5000, 3)), axis=0)
    rows[:, 1] %= 2**24
    numbers = random.integers(1, 2**40 - 1, len(rows))
    pairs.put(*rows.T, numbers)
    pairs.put(*rows.T, numbers)
    assert pairs.n_pairs == len(rows)
    assert [pairs.get(*row) for row in rows.tolist()] == numbers.tolist()
    assert pairs.get(1, 2, 3) == 0
    for bad in ([-1, 0, 0, 1], [0, 2**24, 0, 1], [0, 0, 0, 0], [0, 0, 0, 2**40]):
        with pytest.raises(ValueError, match="pair 0 is out of range"):
            pairs.put(*np.array([bad]).T)


def test_long_runs_of_connectors_are_numbered_and_told_apart():
    runs = _pairs.Runs()
    is_connector = np.array([0, 1, 1], np.uint8)
    ids = np.array([0, *[1, 2] * 5000, 0, -1, 1, 2, 0, 1, 1], np.int32)
    folded = ids.copy()
    for piece in np.array_split(folded, 3):  # views
        runs.fold(piece, is_connector)
    assert folded[0] == 0 and folded[10_001] == 0 and folded[10_002] == -1
    assert runs.words(-2 - int(folded[10_000])) == [1, 2] * 5000
    assert runs.words(-2 - int(folded[-1])) == [1, 1]
    assert [runs.words(-2 - int(code)) for code in folded[10_003:10_005]] == [[1], [2]]
    assert runs.find([1, 2, 1]) > 0 and runs.find([1, 1, 2]) == -1 and runs.find([]) == 0
    kept, start, joined = _pairs.join_pairs(
        folded, _pairs.PairMap(), np.zeros(3, np.uint8), runs, True
    )
    assert (kept, start, joined) == (len(ids), len(ids), 0)
    np.testing.assert_array_equal(folded, ids)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_phrases_are_copied_and_pickled(random, again):
    sentences = sentences_of(random, 200, 20)
    phrases = Phrases(sentences[:100], 2, 0.5, connector_words=["w1"], workers=2)
    other = again(phrases)
    assert other.vocab == phrases.vocab and other.export_phrases() == phrases.export_phrases()
    before = phrases.vocab
    other.add_vocab(sentences[100:])
    assert phrases.vocab == before != other.vocab


def test_two_threads_count_into_one_object(random):
    sentences = sentences_of(random, 400, 20)
    phrases = Phrases(min_count=1, threshold=1, workers=2)
    parts = [sentences[i::8] for i in range(8)]
    threads = [threading.Thread(target=phrases.add_vocab, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert phrases.vocab == Phrases(sentences, 1, 1).vocab


@pytest.mark.parametrize(
    "name", ["run_words", "run_parents", "firsts", "seconds", "runs", "counts"]
)
@pytest.mark.parametrize("value", [-1, 10**6, 2**31 - 1])
def test_numbers_out_of_range_in_saved_counts_are_refused(random, tmp_path, name, value):
    phrases = Phrases(sentences_of(random, 200, 20), 2, 0.5, connector_words=["w1", "w2"])
    phrases.save(tmp_path / "p.npz")
    with np.load(tmp_path / "p.npz") as arrays:
        arrays = dict(arrays)
    if name == "counts" and value > 0:
        value = 2**50
        arrays[name] = arrays[name].astype(np.int64)
    arrays[name][-1] = value
    np.savez(tmp_path / "p.npz", **arrays)
    with pytest.raises(ValueError, match=r"is not what Phrases\.save writes"):
        Phrases.load(tmp_path / "p.npz")
