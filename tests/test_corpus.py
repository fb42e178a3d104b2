"""A corpus as numbers: nothing lost between the text and the chunks that threads take."""

import corpora
import numpy as np
import pytest

import w2v
from w2v.corpus import draft
from w2v.corpus._ids import SENTENCE_END
from w2v.corpus._text import Lexicon


@pytest.mark.parametrize("has_mark", [False, True])
@pytest.mark.parametrize("size", [1, 2, 7, 100, 10_000])
def test_chunks_cover_every_token_once_and_know_what_is_before_them(random, size, has_mark):
    segments = []
    for length in (1, 50, 400):
        ids = random.integers(0, 9, length).astype(np.int32)
        ids[random.random(length) < 0.1] = SENTENCE_END
        ids[-1] = SENTENCE_END
        segments.append(ids)
    ids = draft.Corpus(segments, n_kept=0, n_words=0, n_sentences=0, n_read=0)
    covered, words = [], 0
    for number, start, stop, before in ids.chunks(size, has_mark):
        chunk = segments[number][start:stop]
        assert 0 < len(chunk) <= size and before == words
        words += len(chunk) if has_mark else int((chunk >= 0).sum())
        covered.append(chunk)
        # A chunk ends with a sentence unless the sentence is longer than a chunk.
        assert chunk[-1] == SENTENCE_END or len(chunk) == size
    np.testing.assert_array_equal(np.concatenate(covered), np.concatenate(segments))


def test_room_for_ids_grows_with_them():
    store = draft.SegmentStore(1 << 30)
    for i in range(200):
        store.put(i, np.arange(i, 1000, dtype=np.int32))
        assert store.room.nbytes <= store.held_bytes  # so a small corpus takes little
    assert all(np.array_equal(store.segments[i], np.arange(i, 1000)) for i in range(200))


def test_the_earlier_sight_of_a_word_counts_when_lexicons_merge():
    first, second = Lexicon(), Lexicon()
    room = np.empty(100, np.int32)
    first.encode(b"late both ", 1000, room)
    second.encode(b"both early ", 0, room)
    assert first.absorb(second).tolist() == [1, 2]
    assert first.words(np.arange(3)) == ["late", "both", "early"]
    assert first.counts().tolist() == [1, 2, 1]
    assert first.first_sights().tolist() == [1000, 0, 5]


def test_a_corpus_too_large_for_memory_trains_from_a_file_alike(monkeypatch):
    text = corpora.topics(sentences=2000)
    monkeypatch.setattr(draft, "SEGMENT_TOKENS", 3000)
    options = dict(vector_size=8, epochs=2, workers=1, min_count=1)
    wanted = w2v.train(text, **options)
    monkeypatch.setattr(draft, "memory_limit", lambda: 20_000)
    found = w2v.train(text, **options)
    assert wanted.report.spooled_bytes == 0 and found.report.spooled_bytes > 50_000
    np.testing.assert_array_equal(found.wv.vectors, wanted.wv.vectors)


def test_an_error_in_a_thread_reaches_the_caller_and_stops_the_others():
    stopped = []

    def work(i, stop):
        if i == 1:
            raise RuntimeError("from thread 1")
        stopped.append(stop.wait(60))

    with pytest.raises(RuntimeError, match="from thread 1"):
        draft.run_threads(work, 3)
    assert stopped == [True, True]
