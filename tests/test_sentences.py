"""gensim's readers of text yield what gensim's do, and are trained on alike when read at once."""

import gzip
import io
import sys

import numpy as np
import pytest

import w2v
from w2v.corpus import draft, readers, sources

# White space of all kinds, empty lines, words of several bytes, no line end at the end.
TEXT = (
    "tea and milk\n\n  bread\tand  butter \r\nle th\u00e9\u00a0!\n"
    "\u8336\u3000\u725b\u4e73 \u2003x\u2028y\n\x1ca\x0bb\x0cc\x85d\n" + "word " * 23 + "\nlast"
)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8", newline="")
    return file


def sentences_of(corpus, **options):
    """Return what training gets of a corpus: lists of words, empty sentences left out."""
    vocabulary, ids = draft.encode(corpus, workers=2, **options)
    numbers = np.concatenate(ids.segments)
    parts = np.split(numbers, np.flatnonzero(numbers == -1) + 1)
    return [[vocabulary.words[i] for i in part if i >= 0] for part in parts if len(part)]


@pytest.mark.parametrize("longest", [1, 7, 10_000])
@pytest.mark.parametrize("limit", [None, 0, 1, 3, 99])
def test_lines_are_those_of_gensim(path, longest, limit):
    gensim = pytest.importorskip("gensim.models.word2vec")
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for source in (str(path), path, str(packed)):
        ours = w2v.LineSentence(source, longest, limit)
        theirs = gensim.LineSentence(source, longest, limit)
        assert list(ours) == list(ours) == list(theirs)
    with open(path, "rb") as ours, open(path, "rb") as theirs:
        ours.read(5)  # it is rewound
        expected = list(gensim.LineSentence(theirs, longest, limit))
        assert list(w2v.LineSentence(ours, longest, limit)) == expected
    with open(path, encoding="utf-8", newline="\n") as file:
        assert list(w2v.LineSentence(file, longest, limit)) == expected


def test_directories_streams_and_the_brown_corpus_are_those_of_gensim(tmp_path, random):
    gensim = pytest.importorskip("gensim.models.word2vec")
    words = ["the/at", "Jury/nn-tl", "said/vbd", "./.", "x", "a/b/c", "\u00a3/nn$", "7/cd"]
    for name in ("b", "a", "c"):
        lines = [" ".join(random.choice(words, 9)) for _ in range(300)]
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    for options in ({}, dict(max_sentence_length=4), dict(limit=7)):
        ours, theirs = (each.PathLineSentences(str(tmp_path), **options) for each in (w2v, gensim))
        assert list(ours) == list(theirs)
        assert ours.input_files == theirs.input_files
        assert list(w2v.PathLineSentences(tmp_path / "a")) == list(
            gensim.PathLineSentences(str(tmp_path / "a"))
        )
    for longest in (1, 50, 10_000):
        ours, theirs = (each.Text8Corpus(str(tmp_path / "a"), longest) for each in (w2v, gensim))
        assert list(ours) == list(theirs)
    theirs = gensim.BrownCorpus(str(tmp_path))
    assert sorted(w2v.BrownCorpus(tmp_path)) == sorted(theirs)
    assert sentences_of(w2v.BrownCorpus(tmp_path)) == list(w2v.BrownCorpus(tmp_path))


def test_files_are_read_at_once_and_give_what_iterating_would(path, monkeypatch):
    lines = list(w2v.LineSentence(path))
    (stream,) = w2v.Text8Corpus(path)
    assert [word for line in lines for word in line] == stream
    for kind in (w2v.LineSentence, w2v.Text8Corpus):
        monkeypatch.setattr(kind, "read", None)  # nothing is iterated
    assert sentences_of(w2v.LineSentence(path)) == lines
    assert sentences_of(w2v.PathLineSentences(path.parent)) == lines
    assert sentences_of(w2v.LineSentence(path, max_sentence_length=None)) == lines
    assert sentences_of(w2v.Text8Corpus(path)) == [stream]
    model = w2v.Word2Vec(w2v.LineSentence(path), vector_size=4, min_count=1)
    model.build_vocab(w2v.LineSentence(path), update=True)
    assert model.train(w2v.LineSentence(path), epochs=1).words == len(stream)
    assert w2v.Phrases(w2v.LineSentence(path)).corpus_word_count == len(stream)


def test_all_white_space_of_strings_is_white_space_of_files():
    characters = map(chr, range(1, sys.maxunicode + 1))
    text = "".join(x for x in characters if x not in "\n\r" and not "\ud800" <= x <= "\udfff")
    data = np.array(bytearray(text.encode()))
    readers.blank_out(data)
    assert data.tobytes().decode().split() == text.split()
    for short in (b"", b"\xc2", b"\xc2\xa0", b"\xe3\x80", b"a\xe3\x80\x80", b"\xe3\xc2\xa0\xe2"):
        data = np.array(bytearray(short))
        readers.blank_out(data)
        assert data.tobytes().decode("utf-8", "replace").split() == (
            short.decode("utf-8", "replace").split()
        )


def test_a_limit_and_shorter_sentences_are_obeyed_by_training(path):
    for options in (dict(limit=4), dict(max_sentence_length=7), dict(max_sentence_length=1)):
        for reader in (w2v.LineSentence(path, **options), w2v.PathLineSentences(path, **options)):
            assert sentences_of(reader) == list(reader)
    reader = w2v.Text8Corpus(path, max_sentence_length=7)
    assert sentences_of(reader) == list(reader)


def test_a_stream_does_not_depend_on_where_it_is_sliced(path):
    saved = []
    for longest in (10_000, 123_456):
        corpus = w2v.Text8Corpus(path, max_sentence_length=longest)
        model = w2v.train(corpus, vector_size=4, min_count=1, workers=1)
        saved.append(model.wv.vectors.tobytes())
    assert saved[0] == saved[1]


def test_the_sentences_of_a_stream_are_counted_as_they_are_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_BYTES", 64)
    path = tmp_path / "stream"
    path.write_text("tea and milk\n" * 100)
    model = w2v.Word2Vec(vector_size=4, workers=1)
    model.build_vocab(w2v.Text8Corpus(path))
    report = model.train(w2v.Text8Corpus(path), total_examples=model.corpus_count, epochs=1)
    assert 1 < model.corpus_count == report.sentences
    assert model.corpus_total_words == report.words == 300


def test_phrases_reach_over_the_lines_of_a_stream_alone(tmp_path):
    path = tmp_path / "stream"
    path.write_text("".join(f"x{i} new\nyork\n" for i in range(30)))
    assert ("new", "york") in w2v.Phrases(w2v.Text8Corpus(path), threshold=0.1).grams
    assert ("new", "york") not in w2v.Phrases(w2v.LineSentence(path), threshold=0.1).grams


def test_classes_made_from_a_reader_are_iterated(path):
    class Upper(w2v.LineSentence):
        def __iter__(self):
            return ([word.upper() for word in sentence] for sentence in super().__iter__())

    class Named(w2v.LineSentence):
        """Has no __iter__ of its own."""

    assert sentences_of(Upper(path))[0] == ["TEA", "AND", "MILK"]
    assert sentences_of(Named(path)) == list(w2v.LineSentence(path))


def test_lines_longer_than_blocks_are_whole_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_BYTES", 16)
    monkeypatch.setattr(sources, "LONG_LINE_BLOCKS", 2)
    path = tmp_path / "text"
    lines = [[f"w{i}" for i in range(start, start + 50)] for start in (0, 50, 100)]
    path.write_text("\n".join(map(" ".join, lines)))
    for longest, limit in ((None, 2), (7, 2), (10, None), (1, 1)):
        size = longest or 50
        assert list(w2v.LineSentence(path, longest, limit)) == [
            line[start : start + size]
            for line in lines[: 3 if limit is None else limit]
            for start in range(0, 50, size)
        ]


def test_encodings_are_those_told_where_a_reader_is_passed(tmp_path):
    path = tmp_path / "koi8"
    path.write_text("да нет кот\n" * 9, encoding="koi8-r")
    expected = [["да", "нет", "кот"]] * 9
    with open(path, "rb") as file:
        for reader in (
            w2v.LineSentence(path),
            w2v.LineSentence(path, limit=9),
            w2v.LineSentence(file),
        ):
            assert sentences_of(reader, encoding="koi8-r") == expected
        with pytest.raises(ValueError, match=r"koi8.*line 1: .*pass its path, or encoding="):
            list(w2v.LineSentence(file))
    with pytest.raises(ValueError, match="pass encoding="):
        list(w2v.LineSentence(path))


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: w2v.LineSentence([["tea"]]), TypeError, "source is of type list; a path or"),
        (lambda: w2v.LineSentence("x", limit=-1), ValueError, "limit=-1 is out of range"),
        (lambda: w2v.Text8Corpus("x", 0), ValueError, "max_sentence_length=0 is out of range"),
        (lambda: w2v.PathLineSentences("nowhere"), FileNotFoundError, "source='nowhere'"),
        (lambda: w2v.PathLineSentences(".."), ValueError, "is a directory, too; pass the path"),
        (lambda: w2v.PathLineSentences("."), ValueError, "source='.': this directory holds no"),
        (lambda: list(w2v.LineSentence("nowhere")), FileNotFoundError, "source='nowhere'"),
        (lambda: w2v.train(w2v.Text8Corpus("nowhere")), FileNotFoundError, "fname='nowhere'"),
        (lambda: list(w2v.BrownCorpus("nowhere")), FileNotFoundError, "dirname='nowhere'"),
    ],
)
def test_mistakes_are_told(tmp_path, monkeypatch, make, error, message):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    with pytest.raises(error, match=message):
        make()


def test_a_stream_that_cannot_be_rewound_is_told():
    class Pipe(io.BytesIO):
        def seek(self, *where):
            raise io.UnsupportedOperation

    with pytest.raises(ValueError, match="cannot be rewound; pass a path"):
        list(w2v.LineSentence(Pipe(b"tea and milk")))
