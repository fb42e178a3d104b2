"""Training with subwords: the compiled algorithm against its float64 twin."""

import numpy as np
import pytest
import reference
from test_core import MODES, make_worker, padded

import w2v
from w2v import _core
from w2v.corpus._ids import SENTENCE_END
from w2v.corpus.vocabulary import Vocabulary
from w2v.models import run, weights


def make_pair(random, D, V=40, R=60, kernel="baseline", is_fleeting=False, locks=None, **options):
    """A compiled worker and its twin on R rows of n-grams before V rows of words."""
    options = {"shared_noise": True, **options}
    params = w2v.Params(
        vector_size=D, kernel=kernel, sample=1e-2, alpha=0.05, min_alpha=0.01, **options
    )
    vocabulary = Vocabulary([f"w{i}" for i in range(V)], np.sort(random.integers(1, 1000, V))[::-1])
    # Some words have no n-grams, some have one twice.
    parts = [np.append(random.integers(0, R, random.integers(0, 9)), R + i) for i in range(V)]
    offsets = np.cumsum([0, *map(len, parts)])
    rows = np.concatenate(parts).astype(np.int32)
    table, outputs, nodes = padded(R + V, D, random), padded(V, D, random), padded(V - 1, D, random)
    tables = dict(
        keep=run.keep_thresholds(vocabulary, params),
        noise=vocabulary.noise_table(params.ns_exponent) if params.negative else None,
        paths=vocabulary.huffman_paths(_core.ROW_FLOATS) if params.hs else None,
        total_words=20_000,
    )
    given = dict(
        window=params.window, negative=params.negative, sg=params.sg, cbow_mean=params.cbow_mean,
        shrink_windows=params.shrink_windows, shared_noise=params.shared_noise,
        start_alpha=params.start_alpha, end_alpha=params.end_alpha, **tables,
    )  # fmt: skip
    twin = reference.SubwordTwin(
        table[:, :D], parts, outputs[:, :D], nodes[:, :D], is_fleeting, **given
    )
    part_locks = None
    if locks is not None:
        part_locks = random.choice(np.array([0, 0.5, 1], np.float32), R + V)
        twin.word_locks, twin.part_locks = locks[:, np.newaxis], part_locks[:, np.newaxis]
    worker = make_worker(
        params, table, outputs if params.negative else None, nodes if params.hs else None,
        parts=weights.WordParts(
            offsets, rows, R, 0.0, is_fleeting, part_locks
        ), locks=locks, **tables,
    )  # fmt: skip
    return worker, twin, table, outputs, nodes


def text(random, V, n):
    """Sentences of up to 30 words, some of them empty."""
    ids = random.integers(0, V, n)
    ids[random.random(n) < 0.08] = SENTENCE_END
    return ids.astype(np.int32)


def assert_equal(pair, D, atol=2e-4):
    _, twin, table, outputs, nodes = pair
    V = len(outputs)
    np.testing.assert_allclose(table[:, :D], twin.table, rtol=0, atol=atol)
    np.testing.assert_allclose(outputs[:, :D], twin.rows[:V], rtol=0, atol=atol)
    np.testing.assert_allclose(nodes[:, :D], twin.rows[V:], rtol=0, atol=atol)


@pytest.mark.parametrize("kernel", w2v.kernels())
@pytest.mark.parametrize("mode", MODES)
def test_training_with_subwords_equals_the_twin(mode, kernel, random):
    D = 20
    # In a window of 100 words each of the 40 would be composed five times, and diverge.
    pair = make_pair(random, D, kernel=kernel, is_fleeting="wide" in mode, **MODES[mode])
    before = pair[2].copy()
    ids = text(random, 40, 4000)
    pair[0].train(ids, 7, 0)
    pair[1].train(ids.tolist(), 7)
    assert np.abs(pair[2] - before).max() > 0.1
    assert_equal(pair, D)


@pytest.mark.parametrize("mode", ["sg-ns", "cbow-ns", "cbow-both", "sg-noise-per-pair"])
def test_fleeting_words_equal_the_twin(mode, random):
    pair = make_pair(random, 20, is_fleeting=True, **MODES[mode])
    ids = text(random, 40, 3000)
    pair[0].train(ids, 7, 0)
    pair[1].train(ids.tolist(), 7)
    assert_equal(pair, 20)


@pytest.mark.parametrize("mode", ["sg-ns", "cbow-ns"])
def test_locked_words_and_parts_equal_the_twin_and_keep_their_bits(mode, random):
    locks = random.choice(np.array([0, 0.25, 1], np.float32), 40)
    pair = make_pair(random, 20, locks=locks, **MODES[mode])
    before = pair[2].copy()
    ids = text(random, 40, 3000)
    pair[0].train(ids, 7, 0)
    pair[1].train(ids.tolist(), 7)
    assert_equal(pair, 20)
    frozen = pair[1].part_locks[:, 0] == 0
    assert frozen.any() and pair[2][frozen].tobytes() == before[frozen].tobytes()


@pytest.mark.parametrize("V", [1, 2, 3])
def test_vocabularies_of_few_words_equal_the_twin(V, random):
    pair = make_pair(random, 8, V=V, R=4, sg=1, window=2, shared_noise=False)
    ids = text(random, V, 500)
    pair[0].train(ids, 7, 0)
    pair[1].train(ids.tolist(), 7)
    assert_equal(pair, 8)
