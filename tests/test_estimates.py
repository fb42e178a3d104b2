"""Estimates are true where the sample is the corpus, and within a factor where it is larger."""

import bz2
import gzip
import json
import lzma
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.cli.main import w2v_main
from w2v.corpus import sampling
from w2v.models import estimates, foresight
from w2v.models.params import Params
from w2v.models.run import Run


def zipf_lines(n, random, a=1.35, most=10**6):
    """Lines of ten words, whose ranks are Zipf's."""
    ranks = random.zipf(a, n).clip(1, most).reshape(-1, 10)
    return [" ".join(f"w{rank}" for rank in row) for row in ranks.tolist()]


@pytest.fixture(scope="module")
def lines():
    return zipf_lines(300_000, np.random.default_rng(7))


@pytest.fixture
def text(lines, tmp_path, monkeypatch):
    """A text of 1.4 MB in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("\n".join(lines) + "\n")
    return "text"


@pytest.fixture
def small_samples(monkeypatch):
    monkeypatch.setattr(sampling, "SAMPLE_BYTES", 200_000)
    monkeypatch.setattr(sampling, "SAMPLE_TOKENS", 40_000)
    monkeypatch.setattr(estimates, "TRIAL_SECONDS", 0.02)


def counted(lines, min_count=5):
    """Return how many words and tokens of words there are, by Python."""
    counts = [n for n in Counter(" ".join(lines).split()).values() if n >= min_count]
    return len(counts), sum(counts)


USUAL = dict(vector_size=20, epochs=2)


def test_of_a_small_corpus_all_that_can_be_counted_is(text, lines):
    found = w2v.estimate(text, **USUAL)
    assert found.is_whole and found.is_bounded and found.tokens == found.sampled_tokens == 300_000
    assert (found.vocabulary, found.words) == counted(lines)
    model = w2v.train(text, **USUAL, workers=1)
    assert found.words * 2 == model.report.words
    model.wv.save_word2vec_format("vectors.bin", binary=True)
    model.save("model.w2v")
    assert found.vectors_bytes == os.path.getsize("vectors.bin")
    assert found.model_bytes == pytest.approx(os.path.getsize("model.w2v"), rel=0.1)
    assert found.seconds > 0 and found.words_per_second > 0 and found.reading_seconds > 0
    assert found.training_seconds == pytest.approx(found.words * 2 / found.words_per_second)
    for limited in (
        dict(max_final_vocab=100),
        dict(trim_rule=lambda word, n, least: len(word) < 4),
    ):
        model = w2v.train(text, **USUAL, **limited)
        assert w2v.estimate(text, **USUAL, **limited).vocabulary == len(model.wv)


def written(kind, lines):
    """Write the lines in some way, and return the corpus that they are."""
    whole = "\n".join(lines) + "\n"
    if kind == "plain":
        Path("c").write_text(whole)
    elif kind == "files":
        for i in range(150):  # of unequal length
            Path("c").mkdir(exist_ok=True)
            n = len(lines)
            part = lines[n * i**2 // 150**2 : n * (i + 1) ** 2 // 150**2]
            Path(f"c/{i}").write_text("\n".join(part))
    elif kind == "one line":
        Path("c").write_text(whole.replace("\n", " "))
    elif kind == "utf-16":
        Path("c").write_text(whole, encoding="utf-16")
    else:
        squeeze = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[kind]
        Path("c").write_bytes(
            squeeze(whole.encode(), **dict(compresslevel=1) if kind == "bz2" else {})
        )
    return "c"


@pytest.mark.parametrize("kind", ["plain", "files", "one line", "utf-16", "gz", "bz2", "xz"])
def test_of_larger_files_tokens_and_words_are_within_a_factor(
    kind, lines, small_samples, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    encoding = kind if kind == "utf-16" else "utf-8"
    corpus = written(kind, lines)
    for min_count in (1, 5, 100):
        found = w2v.estimate(corpus, min_count=min_count, encoding=encoding, **USUAL)
        assert not found.is_whole and found.is_bounded and 15_000 < found.sampled_tokens < 60_000
        V, n = counted(lines, min_count)
        # bzip2 unpacks 100 kB or more at once, half of this sample.
        assert found.tokens == pytest.approx(300_000, rel=0.5 if kind == "bz2" else 0.1)
        factor = 2 if kind == "bz2" else 1.5
        assert V / factor < found.vocabulary < factor * V
        assert found.words / found.tokens == pytest.approx(n / 300_000, rel=0.1)


def test_files_are_read_all_over(small_samples, tmp_path):
    # Short tokens, then few long ones: the beginning tells neither how many, nor how many words.
    path = tmp_path / "text"
    text = "a b c d e f g h i j\n" * 50_000
    text += "".join(f"{'long' * 20}{(i * i * 31 + i // 7) % 300}\n" for i in range(12_000))
    path.write_text(text)
    found = w2v.estimate(path, min_count=1, **USUAL)
    assert found.tokens == pytest.approx(512_000, rel=0.1)
    assert found.vocabulary == pytest.approx(310, rel=0.1)
    assert len(sampling.sample_of_files([str(path)], "utf-8", str(tmp_path))[0].ends) == 16


def corpora_of(lines):
    """Yield corpora that are no files, with what of them is known: its tokens, if anything is."""
    sentences = [line.split() for line in lines]

    class Sized:
        def __iter__(self):
            return iter(sentences)

        def __len__(self):
            return len(sentences)

    class Endless:
        def __iter__(self):
            return iter(sentences)

    yield "list", sentences, True
    yield "tuple", tuple(sentences), True
    yield "sized", Sized(), True
    yield "generators in a list", [iter(sentence) for sentence in sentences], True
    yield "unsized", Endless(), False
    yield "generator", (sentence for sentence in sentences), False
    ids = np.array([[int(word[1:]) for word in sentence] for sentence in sentences])
    yield "array", ids, True
    yield "values", (ids.ravel(), np.arange(0, ids.size + 1, 10)), True


def test_of_iterables_as_much_as_there_is_to_know_is_told(lines, small_samples):
    V, _ = counted(lines)
    for name, corpus, is_known in corpora_of(lines):
        found = w2v.estimate(corpus, **USUAL)
        assert found.is_bounded is is_known, name
        assert found.is_used_up is (name == "generator")
        if name in ("array", "values"):  # one block has all of it
            assert found.is_whole and found.vocabulary == V
            continue
        assert 39_000 < found.sampled_tokens < 41_000, name
        if is_known:
            assert found.tokens == 300_000 and V / 1.5 < found.vocabulary < 1.5 * V
        else:
            assert found.tokens == found.sampled_tokens
            assert "40,000 or more" in str(found)
        assert ("these are used up" in str(found)) is (name == "generator")


def test_arrays_of_many_blocks_are_counted(monkeypatch, small_samples):
    ids = np.random.default_rng(3).zipf(1.4, (30_000, 10)).clip(1, 10**6)
    blocks = sampling.arrays.read_arrays
    monkeypatch.setattr(sampling.arrays, "read_arrays", lambda corpus: blocks(corpus, 20_000))
    found = w2v.estimate(ids, **USUAL)
    assert found.tokens == 300_000 and not found.is_whole and found.sampled_tokens < 70_000
    V = (np.bincount(ids.ravel()) >= 5).sum()
    assert V / 1.5 < found.vocabulary < 1.5 * V


def test_an_iterator_that_ends_in_the_sample_is_all_there_is(lines):
    found = w2v.estimate((line.split() for line in lines[:100]), **USUAL)
    assert found.is_whole and found.tokens == 1000 and found.is_used_up
    found = w2v.estimate(lines[:100], tokenizer=str.split, **USUAL)
    assert found.is_whole and found.tokens == 1000 and not found.is_used_up


def test_strings_are_tokenized(lines, small_samples):
    found = w2v.estimate(lines, tokenizer=str.split, **USUAL)
    assert found.tokens == pytest.approx(300_000, rel=0.02) and not found.is_whole


def test_readers_of_files_are_samples_of_files(text, lines, small_samples):
    V, _ = counted(lines)
    Path("spaced").write_text("\n".join(lines).replace(" ", "\u00a0"))
    for reader in (
        w2v.LineSentence("spaced"), w2v.Text8Corpus(text), w2v.PathLineSentences(text),
    ):  # fmt: skip
        found = w2v.estimate(reader, **USUAL)
        assert not found.is_whole and found.tokens == pytest.approx(300_000, rel=0.1)
        assert V / 1.5 < found.vocabulary < 1.5 * V
    found = w2v.estimate(w2v.LineSentence(text, limit=50), **USUAL)
    assert found.is_whole and found.tokens == 500


@pytest.fixture
def trials(monkeypatch):
    """What the trials were made of: parameters, vocabulary, ids."""
    made = []
    begin = Run.__init__

    def noted(self, params, vocabulary, corpus, *given, **named):
        made.append((params, vocabulary.counts, np.concatenate(corpus.segments), corpus, named))
        begin(self, params, vocabulary, corpus, *given, **named)

    monkeypatch.setattr(Run, "__init__", noted)
    return made


@pytest.mark.parametrize("min_count", [1, 5])
def test_the_trial_has_rows_and_counts_of_the_whole(min_count, text, lines, small_samples, trials):
    given = dict(sg=1, window=3, negative=7, workers=1, sample=0.01, min_count=min_count, **USUAL)
    found = w2v.estimate(text, compute_loss=False, **given)
    params, counts, ids, _, named = trials[-1]
    assert params == Params(**given) and named["compute_loss"] is False
    assert len(counts) == found.vocabulary and (np.diff(counts) <= 0).all()
    assert counts.sum() == pytest.approx(found.words, rel=0.15)
    real = sorted(Counter(" ".join(lines).split()).values(), reverse=True)
    np.testing.assert_allclose(counts[:20], real[:20], rtol=0.15)
    # Rows are used as often as by as many tokens of the whole, the many rare ones, too.
    used = np.bincount(ids[ids >= 0], minlength=len(counts))
    whole = " ".join(lines).split()
    order = {word: row for row, (word, _) in enumerate(Counter(whole).most_common(len(counts)))}
    rows = [order[word] for word in whole[: 2 * len(ids)] if word in order][: used.sum()]
    expected = np.bincount(rows, minlength=len(counts))
    assert np.count_nonzero(used) == pytest.approx(np.count_nonzero(expected), rel=0.3)
    for share in (0.01, 0.1, 0.5):
        n = int(share * len(used))
        assert used[:n].sum() == pytest.approx(expected[:n].sum(), rel=0.1)
    assert (ids == -1).sum() == pytest.approx(used.sum() / 10, rel=0.1)


MODES = {
    "sg": dict(sg=1),
    "hs": dict(hs=1, negative=0),
    "deterministic": dict(deterministic=True, workers=2),
    "exact": dict(exact=True),
    "phrases": dict(phrases=1),
    "no sampling": dict(sample=0, min_count=1),
    "few": dict(max_final_vocab=50),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_tried(mode, text, lines, small_samples, trials):
    found = w2v.estimate(text, **USUAL, **MODES[mode])
    assert found.words_per_second > 0 and found.training_seconds > 0
    assert trials[-1][0] == Params(**USUAL, **MODES[mode])
    if mode == "exact":  # the end of a line is a word, too
        assert found.words == pytest.approx(counted(lines)[1] + 30_000, rel=0.1)
    if mode == "few":
        assert found.vocabulary == 50


def test_large_matrices_are_not_made_for_a_trial(text, monkeypatch, allocating_at_most):
    monkeypatch.setattr(estimates, "TRIAL_BYTES", 10_000_000)
    monkeypatch.setattr(estimates, "TRIAL_SECONDS", 0.05)
    with allocating_at_most(100_000_000):
        found = w2v.estimate(text, vector_size=100_000)
    assert found.weight_bytes > found.vocabulary * 2 * 400_000 and found.words_per_second > 0


def test_what_does_not_fit_is_told_with_what_would(text, monkeypatch):
    given = dict(vector_size=2000, **{"epochs": 1})
    need = w2v.estimate(text, **given)
    assert need.fits and not need.remedies and "it fits" in str(need)
    least = foresight.training_need(Params(**given)).bytes(need.vocabulary, 2000)
    assert need.weight_bytes == least and need.memory_bytes > least
    monkeypatch.setattr(estimates, "free_bytes", lambda: least // 3)
    found = w2v.estimate(text, **given)
    assert found.fits is False and "it does not fit; vector_size=" in str(found).replace("\n", "")
    for remedy in found.remedies:
        name, value = remedy.split("=")
        assert w2v.estimate(text, **{**given, name: int(value)}).fits, remedy
    monkeypatch.setattr(estimates, "free_bytes", lambda: None)
    found = w2v.estimate(text, **given)
    assert found.fits is None and "free" not in str(found)


def test_copies_and_ids_are_counted(text, monkeypatch):
    plain = w2v.estimate(text, **USUAL)
    copied = w2v.estimate(text, checkpoint="run.w2v", **USUAL)
    assert copied.weight_bytes - plain.weight_bytes == 2 * plain.vocabulary * 20 * 4
    assert plain.id_bytes == 4 * 330_000 and plain.spooled_bytes == 0
    monkeypatch.setattr(estimates, "memory_limit", lambda: 1_000_000)
    spooled = w2v.estimate(text, **USUAL)
    assert (spooled.id_bytes, spooled.spooled_bytes) == (1_000_000, 320_000)
    told = " ".join(str(spooled).split())  # a long path is in a line of its own
    assert "320 kB of ids in a temporary file in " + spooled.spool in told


def test_a_time_budget_is_an_end(text):
    whole = w2v.estimate(text, **{**USUAL, "epochs": 10**6})
    assert whole.training_seconds > 1000
    assert w2v.estimate(text, time_budget="5s", **{**USUAL, "epochs": 10**6}).seconds <= 5


def test_what_train_refuses_is_refused(text, small_samples, tmp_path):
    Path("latin").write_bytes("né çà où\n".encode("latin-1") * 50_000)
    Path("binary").write_bytes(b"a\0b\n" * 100_000)
    Path("cut.gz").write_bytes(gzip.compress(os.urandom(300_000))[:100_000])
    for corpus, params, message in (
        (text, dict(vectr_size=5), "unknown parameter vectr_size=5; did you mean vector_size"),
        (text, dict(window=0), "window=0 is out of range"),
        (text, dict(min_count=10**6), "min_count=1000000 leaves 0 of"),
        (text, dict(time_budget="soon"), "time_budget='soon'"),
        (text, dict(encoding="nonsense"), "encoding='nonsense': Python knows none"),
        ("latin", {}, r"a sample of 'latin', line 1, byte 1 .*pass encoding='cp1252'"),
        ("binary", {}, "corpus: a sample of 'binary' is not text: byte 1 is NUL"),
        ("cut.gz", {}, "'cut.gz' cannot be read to its end"),
        ("nowhere", {}, "corpus='nowhere': no such file"),
        ("-", {}, "corpus='-' can be read once, and an estimate would use it up"),
        ([], {}, "corpus=list is empty"),
        (["a b", "c"], {}, "sentence 0"),
        ({"a": 1}, {}, "a mapping with the keys 'a'"),
        (5, {}, "neither a path nor an iterable"),
    ):
        with pytest.raises((ValueError, TypeError, OSError), match=message):
            w2v.estimate(corpus, **params)
    if hasattr(os, "mkfifo"):
        os.mkfifo("pipe")
        with pytest.raises(ValueError, match="corpus='pipe' can be read once"):
            w2v.estimate("pipe")
    assert not [name for name in os.listdir(sampling_folder()) if name.startswith("w2v-")]


def sampling_folder():
    import tempfile

    return tempfile.gettempdir()


def test_the_command_tells_it_in_80_columns_or_json(text, lines, capsys):
    options = ["--vector-size", "20", "--skip-gram", "--loss", "hs", "--epochs", "2"]
    assert w2v_main(["estimate", text, *options]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    V, n = counted(lines)
    assert f"tokens      300,000\nvocabulary  {V:,} words, min_count=5\n" in out
    assert f"(2 epochs of {n:,} words," in out.replace("\n            ", " ")
    assert w2v_main(["estimate", text, text, *options, "--lowercase", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tokens"] == 600_000 and told["fits"] is True and told["seconds"] > 0
    assert w2v_main(["estimate", "-"]) == 2 and w2v_main(["estimate", text, "--window", "0"]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_long_times_are_told_in_other_units(text):
    assert [estimates.short(n) for n in (5.04, 3725, 1e8)] == ["5.0 s", "1:02:05", "1,157 days"]
    assert repr(w2v.estimate(text, **USUAL)).startswith("<Estimate: about ")
