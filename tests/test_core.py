"""The compiled algorithm against its float64 twin, finite differences and expected proportions."""

import dataclasses
import threading

import numpy as np
import pytest
import reference

import w2v
from w2v import _core
from w2v.corpus import _tables
from w2v.corpus._ids import SENTENCE_END
from w2v.corpus.ids import Corpus
from w2v.corpus.vocabulary import Vocabulary
from w2v.models import run, weights
from w2v.vectors import _search

MODES = {
    "sg-ns": dict(sg=1, hs=0, negative=5),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "sg-both": dict(sg=1, hs=1, negative=3),
    "cbow-ns": dict(sg=0, hs=0, negative=5),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "cbow-both": dict(sg=0, hs=1, negative=3),
    "cbow-own-noise": dict(sg=0, hs=0, negative=5, shared_noise=False),
    "cbow-few-noise": dict(sg=0, hs=0, negative=2),
    "cbow-sum": dict(sg=0, hs=0, negative=5, cbow_mean=0),
    "sg-fixed-window": dict(sg=1, hs=0, negative=5, shrink_windows=False),
    "sg-noise-per-pair": dict(sg=1, hs=0, negative=5, shared_noise=False),
    "sg-both-per-pair": dict(sg=1, hs=1, negative=3, shared_noise=False),
    "sg-wide": dict(sg=1, hs=0, negative=2, window=100),
    "cbow-wide": dict(sg=0, hs=0, negative=2, window=100),
}


def padded(rows, D, random, scale=0.5):
    """A random float32 matrix in aligned rows."""
    out = _core.aligned_zeros(rows, weights.stride(D))
    out[:, :D] = random.normal(0, scale, (rows, D))
    return out


def make_worker(params, inputs, outputs=None, nodes=None, counters=None, **shared):
    """A worker that shares noise, keeps every word and has no copies, unless told otherwise."""
    if params.shared_noise is None:
        params = dataclasses.replace(params, shared_noise=True)
    plain = dict(
        keep=None, noise=None, paths=None, total_words=2, epoch_limit=0, count_ends=False,
        max_ids=50_000, n_copies=0, merge_after=0, stop=np.zeros(1, np.int32),
    )  # fmt: skip
    counters = np.zeros(8, np.int64) if counters is None else counters
    losses = shared.pop("losses", np.zeros(2))
    shared = weights.Shared(inputs, outputs, nodes, **{**plain, **shared})
    return _core.Worker(params, shared, counters, losses)


def make_pair(
    random,
    D,
    V=50,
    kernel="baseline",
    sample=1e-2,
    n_copies=0,
    merge_after=0,
    shared=None,
    total_words=20_000,
    **options,
):
    """A compiled worker and its twin, on the same weights and tables; `shared` is the worker's."""
    options = {"shared_noise": True, **options}
    params = w2v.Params(
        vector_size=D, kernel=kernel, sample=sample, alpha=0.05, min_alpha=0.01, **options
    )
    counts = np.sort(random.integers(1, 1000, V))[::-1]
    vocabulary = Vocabulary([f"w{i}" for i in range(V)], counts)
    inputs, outputs, nodes = padded(V, D, random), padded(V, D, random), padded(V - 1, D, random)
    tables = dict(
        keep=run.keep_thresholds(vocabulary, params),
        noise=vocabulary.noise_table(params.ns_exponent) if params.negative else None,
        paths=vocabulary.huffman_paths(_core.ROW_FLOATS) if params.hs else None,
        total_words=total_words,
    )
    twin = reference.Twin(
        inputs[:, :D],
        outputs[:, :D],
        nodes[:, :D],
        window=params.window,
        negative=params.negative,
        sg=params.sg,
        cbow_mean=params.cbow_mean,
        shrink_windows=params.shrink_windows,
        shared_noise=params.shared_noise,
        start_alpha=params.start_alpha,
        end_alpha=params.end_alpha,
        **tables,
    )
    counters = np.zeros(8, np.int64)
    worker = make_worker(
        params,
        inputs,
        outputs if params.negative else None,
        nodes if params.hs else None,
        counters,
        n_copies=n_copies,
        merge_after=merge_after,
        **tables,
        **(shared or {}),
    )
    return worker, twin, inputs, outputs, nodes, counters


def assert_equal_to_twin(pair, D, atol=2e-4):
    _, twin, inputs, outputs, nodes, _ = pair
    V = len(inputs)
    np.testing.assert_allclose(inputs[:, :D], twin.inputs, rtol=0, atol=atol)
    rows = np.concatenate([outputs, nodes])[:, :D]
    np.testing.assert_allclose(rows, twin.rows, rtol=0, atol=atol)
    assert not inputs[:, D:].any() and not outputs[:, D:].any() and not nodes[:, D:].any()
    assert len(twin.rows) == 2 * V - 1


@pytest.mark.parametrize("kernel", w2v.kernels())
@pytest.mark.parametrize("D", [1, 3, 8, 100, 300])
@pytest.mark.parametrize("mode", MODES)
def test_training_equals_the_twin(mode, D, kernel, random):
    pair = make_pair(random, D, kernel=kernel, **MODES[mode])
    worker, twin, before = pair[0], pair[1], pair[2].copy()
    for n_ids in (0, 1, 2, 3, 150):
        ids = random.integers(0, 50, n_ids)
        ids[random.random(n_ids) < 0.05] = SENTENCE_END
        worker.train(ids.astype(np.int32), 7 + n_ids, 100)
        twin.train(ids, 7 + n_ids, 100)
    assert_equal_to_twin(pair, D)
    assert not np.array_equal(before, pair[2])


@pytest.mark.parametrize("kernel", w2v.kernels())
@pytest.mark.parametrize("mode", MODES)
def test_the_loss_is_that_of_all_pairs_trained(mode, kernel, random):
    losses = np.array([3.0, 2.0])  # added to
    shared = dict(measured_gap=1, losses=losses)
    worker, twin, *_ = make_pair(random, 30, kernel=kernel, shared=shared, **MODES[mode])
    for n_ids in (0, 1, 2, 150):
        ids = random.integers(0, 50, n_ids)
        ids[random.random(n_ids) < 0.05] = SENTENCE_END
        worker.train(ids.astype(np.int32), 7 + n_ids, 100)
        twin.train(ids, 7 + n_ids, 100)
    assert losses[1] - 2 == twin.n_pairs > 50
    # Errors of a score below 1e-6 for the arithmetic, and those of the weights, 2e-4, at worst.
    np.testing.assert_allclose(losses[0] - 3, twin.loss, rtol=2e-5)


@pytest.mark.parametrize("mode", MODES)
def test_measuring_some_steps_changes_no_bit_and_few_of_the_loss(mode, random):
    ids = random.integers(0, 50, 20_000).astype(np.int32)
    ids[19::20] = SENTENCE_END
    means, bits = [], []
    for gap in (0, 16, 1):
        losses = np.zeros(2)
        shared = dict(measured_gap=gap, losses=losses)
        pair = make_pair(np.random.default_rng(1), 16, shared=shared, **MODES[mode])
        pair[0].train(ids, 7, 0)
        means.append(losses[0] / max(losses[1], 1))
        bits.append([matrix.tobytes() for matrix in pair[2:5]])
        n = pair[5][3 if pair[1].options["sg"] else 1]  # words kept, all of which are centres
        assert losses[1] == 0 if gap == 0 else 0.9 < losses[1] * gap / n < 1.1
    assert bits[0] == bits[1] == bits[2]
    assert means[0] == 0 and abs(means[1] / means[2] - 1) < 0.03


@pytest.mark.parametrize("kernel", w2v.kernels())
@pytest.mark.parametrize("mode", MODES)
def test_locked_rows_learn_by_their_part(mode, kernel, random):
    locks = random.choice(np.array([0, 0.25, 0.7, 1], np.float32), 50)
    pair = make_pair(random, 20, kernel=kernel, shared=dict(locks=locks), **MODES[mode])
    worker, twin, inputs = pair[:3]
    twin.locks[:, 0] = locks
    inputs[locks == 0, 0] = twin.inputs[locks == 0, 0] = -0.0  # which is not the same bits as 0
    before = inputs.copy()
    ids = random.integers(0, 50, 500)
    ids[random.random(500) < 0.05] = SENTENCE_END
    worker.train(ids.astype(np.int32), 7, 100)
    twin.train(ids, 7, 100)
    assert_equal_to_twin(pair, 20)
    assert inputs[locks == 0].tobytes() == before[locks == 0].tobytes()
    assert (inputs[locks > 0] != before[locks > 0]).any(axis=1).all()


@pytest.mark.parametrize("kernel", w2v.kernels())
def test_the_loss_of_any_score_has_the_precision_of_floats(kernel):
    scores = np.concatenate([np.linspace(-100, 100, 2001), [0, 1e-6, -1e-6]])
    for label in (0, 1):
        for score in scores:
            inputs, outputs = _core.aligned_zeros(1, 16), _core.aligned_zeros(1, 16)
            inputs[0, 0], outputs[0, 0] = score, 1
            found = _core.block_step(
                kernel, inputs, np.zeros(1, int), outputs, np.zeros(1, int), [label], 0.01
            )
            wanted = np.logaddexp(0, np.float64(np.float32(score)) * (1 - 2 * label))
            assert abs(found - wanted) <= 1e-6 * max(wanted, 1e-3)


@pytest.mark.parametrize("mode", ["sg-ns", "cbow-hs"])
def test_a_sentence_of_ten_thousand_words_equals_the_twin(mode, random):
    pair = make_pair(random, 8, **MODES[mode])
    ids = np.append(random.integers(0, 50, 10_000), SENTENCE_END).astype(np.int32)
    pair[0].train(ids, 3, 0)
    pair[1].train(ids, 3, 0)
    assert_equal_to_twin(pair, 8)
    words, trained, sentences = pair[5][:3]
    assert (words, sentences) == (10_000, 1) and 0 < trained < 10_000


def test_words_that_come_again_are_found_whatever_stands_between(random):
    pair = make_pair(random, 8, V=5000, window=3, sg=1, hs=0, negative=2, sample=0)
    first, between = random.integers(0, 5000, (2, 3000))
    end = np.full(3000, SENTENCE_END)
    ids = np.stack([first, between, first, end], axis=1).ravel().astype(np.int32)
    pair[0].train(ids, 3, 0)
    pair[1].train(ids, 3, 0)
    assert_equal_to_twin(pair, 8, atol=1e-5)


@pytest.mark.parametrize("V", [1, 2, 3, 6])
@pytest.mark.parametrize("mode", ["sg-ns", "cbow-ns", "cbow-sum"])
def test_few_words_equal_the_twin(mode, V, random):
    """Centres follow on themselves, and noise words are often centres of the same step."""
    pair = make_pair(random, 8, V=V, sample=0, **MODES[mode])
    ids = random.integers(0, V, 3000)
    ids[random.random(3000) < 0.2] = SENTENCE_END
    pair[0].train(ids.astype(np.int32), 3, 0)
    pair[1].train(ids, 3, 0)
    assert_equal_to_twin(pair, 8)


@pytest.mark.parametrize("ids", [[], [-1], [-1, -1], [4], [4, -1]])
def test_sentences_without_context_change_nothing(ids, random):
    pair = make_pair(random, 8, sample=0, **MODES["sg-both"])
    before = [array.copy() for array in pair[2:5]]
    pair[0].train(np.array(ids, np.int32), 1, 0)
    for array, old in zip(pair[2:5], before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("kernel", w2v.kernels())
@pytest.mark.parametrize("m", [1, 2, 3, 5, 10, 64])
@pytest.mark.parametrize("n", [1, 2, 5, 6, 7, 21])
@pytest.mark.parametrize("D", [1, 17, 100, 128, 500])
def test_block_step_equals_the_twin(kernel, m, n, D, random):
    inputs, outputs = padded(m + 3, D, random, 0.2), padded(n + 3, D, random, 0.2)
    input_rows, output_rows = random.permutation(m + 3)[:m], random.permutation(n + 3)[:n]
    labels = random.integers(0, 2, n)
    counts = (random.integers(1, 3, m), random.integers(1, 3, n)) if m % 2 else (None, None)
    repeats = [1 if count is None else count for count in counts]
    wanted_in, wanted_out = inputs.astype(np.float64), outputs.astype(np.float64)
    reference.block_step(
        wanted_in,
        np.repeat(input_rows, repeats[0]),
        wanted_out,
        np.repeat(output_rows, repeats[1]),
        np.repeat(labels, repeats[1]),
        0.05,
    )
    _core.block_step(
        kernel, inputs, input_rows, outputs, output_rows, labels.astype("f"), 0.05, *counts
    )
    # 64 updates of a value near 1, each rounded to 2**-24 of it.
    np.testing.assert_allclose(inputs, wanted_in, rtol=0, atol=4e-6)
    np.testing.assert_allclose(outputs, wanted_out, rtol=0, atol=4e-6)


@pytest.mark.parametrize("kernel", w2v.kernels())
def test_a_step_descends_the_gradient_of_the_loss(kernel, random):
    D, alpha, h = 5, 1e-2, 1e-6
    inputs, outputs = padded(3, D, random), padded(4, D, random)
    labels = np.array([1, 0, 0, 1], np.float32)
    In, Out = inputs[:, :D].astype(np.float64), outputs[:, :D].astype(np.float64)
    _core.block_step(kernel, inputs, np.arange(3), outputs, np.arange(4), labels, alpha)
    for matrix, moved in ((In, inputs), (Out, outputs)):
        slopes = np.empty_like(matrix)
        for place in np.ndindex(matrix.shape):
            old = matrix[place]
            matrix[place] = old + h
            above = reference.loss(In, Out, labels)
            matrix[place] = old - h
            slopes[place] = (above - reference.loss(In, Out, labels)) / (2 * h)
            matrix[place] = old
        np.testing.assert_allclose((moved[:, :D] - matrix) / -alpha, slopes, atol=2e-5)


@pytest.mark.parametrize("sg", [0, 1])
def test_forced_noise_words_get_the_gradient_of_the_paper(sg, random):
    """Sentence (2, 3), every noise word forced to be 5: equation 4 of arXiv:1310.4546 by hand."""
    inputs, outputs = padded(50, 8, random), padded(50, 8, random)
    u, w = inputs[:, :8].astype(np.float64), outputs[:, :8].astype(np.float64)
    always_5 = np.full(50, 5, np.uint64)
    params = w2v.Params(vector_size=8, window=1, negative=1, sg=sg, alpha=0.1, min_alpha=0.1)
    worker = make_worker(params, inputs, outputs, noise=always_5)
    worker.train(np.array([2, 3, -1], np.int32), 1, 0)
    for centre, context in ((2, 3), (3, 2)):
        old_u, old_w = u.copy(), w.copy()
        g_word = (1 - reference.sigmoid(old_u[context] @ old_w[centre])) * 0.1
        g_noise = (0 - reference.sigmoid(old_u[context] @ old_w[5])) * 0.1
        u[context] += g_word * old_w[centre] + g_noise * old_w[5]
        w[centre] += g_word * old_u[context]
        w[5] += g_noise * old_u[context]
    np.testing.assert_allclose(inputs[:, :8], u, atol=1e-6)
    np.testing.assert_allclose(outputs[:, :8], w, atol=1e-6)


def chi_squared(observed, expected):
    return ((observed - expected) ** 2 / expected).sum()


def test_subsampling_keeps_each_word_in_the_expected_proportion(random):
    worker, twin, *_ = make_pair(random, 8, sample=3e-3, **MODES["sg-ns"])
    n = 20_000
    ids = np.tile(np.arange(50, dtype=np.int32), n)
    kept = np.bincount(_core.survivors(worker, ids, 99), minlength=50)
    share = (twin.options["keep"] + 1.0) / 2**32
    certain = share > 0.999
    assert (kept[certain] >= 0.998 * n).all() and 5 < certain.sum() < 45
    kept, share = kept[~certain], share[~certain]
    statistic = chi_squared(kept, n * share) + chi_squared(n - kept, n * (1 - share))
    freedom = len(share)
    assert statistic < freedom + 4 * np.sqrt(2 * freedom)


@pytest.mark.parametrize("exponent", [0.75, 1.0, 0.0, -0.5])
def test_noise_hits_each_word_in_the_expected_proportion(exponent, random):
    V, n = 1000, 2_000_000
    counts = np.sort(random.integers(1, 100_000, V))[::-1]
    vocabulary = Vocabulary(map(str, range(V)), counts)
    vectors = _core.aligned_zeros(V, 16)
    noise = vocabulary.noise_table(exponent)
    worker = make_worker(w2v.Params(vector_size=16, negative=1), vectors, vectors, noise=noise)
    weights = counts.astype(float) ** exponent
    expected = n * weights / weights.sum()
    statistic = chi_squared(np.bincount(_core.noise_words(worker, n, 5), minlength=V), expected)
    assert statistic < V + 4 * np.sqrt(2 * V)


def test_exact_noise_words_are_those_of_a_table_of_slots(random):
    """The bounds and their search stand for C's table; here that table is made, slot by slot."""
    V, slots = 40, 10_000
    counts = np.sort(random.integers(1, 5000, V))[::-1].astype(np.int64)
    weights = [float(count) ** 0.75 for count in counts]
    table, i, cumulated = [], 0, weights[0] / sum(weights)
    for slot in range(slots):
        table.append(i)
        if slot / slots > cumulated:
            i += 1
            cumulated += weights[i] / sum(weights) if i < V else 0
        i = min(i, V - 1)
    bounds = _tables.c_noise_bounds(counts, 0.75, slots)
    np.testing.assert_array_equal(np.searchsorted(bounds, np.arange(slots), "right"), table)
    wanted, x = [], 123
    for _ in range(3000):
        x = (x * 25214903917 + 11) % 2**64
        word = table[(x >> 16) % slots]
        wanted.append(word if word else x % (V - 1) + 1)
    vectors = _core.aligned_zeros(V, 16)
    params = w2v.Params(vector_size=16, exact=True)
    worker = make_worker(params, vectors, vectors, noise=bounds)
    drawn = _core.noise_words(worker, 3000, 123)
    np.testing.assert_array_equal(drawn, wanted)


def test_a_kernel_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="kernel='abacus'"):
        w2v.Params(kernel="abacus")
    with pytest.raises(ValueError, match="kernel='abacus'"):
        _core.block_step(
            "abacus", np.zeros((1, 16), "f"), np.zeros(1, int), np.zeros((1, 16), "f"),
            np.zeros(1, int), np.zeros(1, "f"), 0.1,
        )  # fmt: skip


def test_the_environment_names_a_kernel(monkeypatch):
    monkeypatch.setenv("W2V_KERNEL", "baseline")
    assert w2v.train([["a", "b"]] * 10, vector_size=4).report.kernel == "baseline"
    monkeypatch.setenv("W2V_KERNEL", "abacus")
    with pytest.raises(ValueError, match="W2V_KERNEL='abacus' is not available"):
        w2v.Params()
    assert w2v.Params(kernel="baseline").kernel_name == "baseline"


@pytest.mark.parametrize("name", _search.kernel_names())
def test_a_name_in_the_environment_fits_training_and_queries(name, monkeypatch):
    """Only queries have kernels for 8-bit numbers; training takes those of the same vectors."""
    monkeypatch.setenv("W2V_KERNEL", name)
    model = w2v.train([["a", "b"]] * 10, vector_size=4)
    assert model.report.kernel == {"avx512vnni": "avx512", "avxvnni": "avx2"}.get(name, name)
    assert model.wv.most_similar("a")[0][0] == "b"
    assert set(w2v.kernels()) <= set(_search.kernel_names())
    for name in ("avx512vnni", "avxvnni"):
        with pytest.raises(ValueError, match=f"kernel='{name}' is not available"):
            w2v.Params(kernel=name)


def test_a_name_in_the_environment_is_repeated_when_it_is_not_there(monkeypatch):
    monkeypatch.setattr(_core, "kernel_names", lambda: ["baseline"])
    monkeypatch.setenv("W2V_KERNEL", "avx512vnni")
    with pytest.raises(ValueError, match="W2V_KERNEL='avx512vnni' is not available"):
        w2v.Params()


def test_moving_rows_together_keeps_their_values(random):
    padded_rows = padded(7, 5, random)
    wanted = padded_rows[:, :5].copy()
    moved = _core.move_rows(padded_rows, 5)
    np.testing.assert_array_equal(moved, wanted)
    assert moved.flags.c_contiguous


@pytest.mark.parametrize("kernel", w2v.kernels())
@pytest.mark.parametrize("merge_after", [3, 40])  # uses counted one by one, and by the word
@pytest.mark.parametrize("mode", ["sg-both", "cbow-both"])
@pytest.mark.parametrize("V", [50, 2500])  # in the latter, rows share the counters of copies
def test_copies_of_hot_rows_change_nothing_for_a_thread_that_is_alone(
    V, mode, merge_after, kernel, random
):
    copies = dict(n_copies=20, merge_after=merge_after)
    pair = make_pair(random, 8, V, kernel=kernel, **copies, **MODES[mode])
    for start in range(3):
        ids = np.append(random.integers(0, V, 200), SENTENCE_END).astype(np.int32)
        pair[0].train(ids, start, 0)
        pair[1].train(ids, start, 0)
    assert_equal_to_twin(pair, 8)


def even_words(random):
    """Sentences of 99 words, all of them even: the odd ones are noise only."""
    ids = 2 * random.integers(0, 25, 20_000).astype(np.int32)
    ids[99::100] = SENTENCE_END
    return ids


@pytest.mark.parametrize("kernel", w2v.kernels())
def test_copies_change_shared_rows_only_when_merged(kernel, random):
    copies = dict(n_copies=50, merge_after=10**6)
    pair = make_pair(random, 300, kernel=kernel, **copies, **MODES["sg-both"])
    worker, _, inputs, outputs, nodes, _ = pair
    rows, seen = [inputs[0], outputs[0], nodes[-1]], [set(), set(), set()]
    thread = threading.Thread(target=worker.train, args=(even_words(random), 1, 0))
    thread.start()
    while thread.is_alive():
        for values, row in zip(seen, rows, strict=True):
            values.add(float(row[0]))
    thread.join()
    assert not np.isnan(rows).any()
    assert max(map(len, seen)) <= 2  # as it was before, and at the end
    assert all((merges == 2).all() for merges in _core.merge_counts(worker))


@pytest.mark.parametrize("merge_after", [4, 100])  # fewer uses than some that are counted at once
@pytest.mark.parametrize("mode", ["sg-ns", "cbow-hs"])
def test_copies_are_merged_while_a_chunk_is_trained(mode, merge_after, random):
    """What bounds the updates that other threads do not see; merging at the end would not."""
    copies = dict(n_copies=50, merge_after=merge_after)
    worker, *_ = make_pair(random, 8, sample=0, **copies, **MODES[mode])
    ids = even_words(random)
    worker.train(ids, 1, 0)
    inputs, outputs, nodes = _core.merge_counts(worker)
    # Each token is a centre once, and in the window of at least one other. Its copies are merged
    # after twice merge_after uses at the latest, besides when they are made and at the end.
    uses = np.bincount(ids[ids >= 0], minlength=50)
    least = uses // (2 * merge_after) + 1
    assert least.max() >= 4
    assert (inputs >= least).all()
    if mode == "cbow-hs":
        assert nodes[-1] >= uses.sum() // (2 * merge_after) + 1
        assert len(outputs) == 0
    else:
        assert (outputs >= least).all()
        assert outputs[1] >= 6
        assert len(nodes) == 0


def largest_weight(threads, mode, monkeypatch):
    """Return the largest weight after training 192 chunks; the workers of a run take turns.

    A worker's copies are as it last merged them, whatever others have changed since. So a turn does
    what a thread does while all the others run, but the same in every run of this test.
    """
    monkeypatch.setattr(run, "MIN_CHUNK_IDS", 2000)
    monkeypatch.setattr(run, "MAX_CHUNK_IDS", 2000)
    random = np.random.default_rng(20131010)
    V, D, n_chunks = 200, 16, 64 * 3
    shares = 1 / np.arange(1, V + 1)
    ids = random.choice(V, n_chunks * 2000, p=shares / shares.sum()).astype(np.int32)
    ids[19::20] = SENTENCE_END
    counts = np.sort(np.bincount(ids[ids >= 0], minlength=V))[::-1]
    vocabulary = Vocabulary([f"w{i}" for i in range(V)], counts)
    n = int(counts.sum())
    corpus = Corpus([ids], n_kept=n, n_words=n, n_sentences=len(ids) // 20, n_read=n)
    inputs = _core.aligned_zeros(V, weights.stride(D))
    _core.fill_randomly(inputs, D, 1, False)
    outputs, nodes = weights.zeros(V, D), weights.zeros(V - 1, D)
    params = w2v.Params(vector_size=D, sample=0, workers=threads, epochs=1, **MODES[mode])
    made = run.Run(
        params,
        vocabulary,
        corpus,
        0,
        (inputs, outputs if params.negative else None, nodes if params.hs else None),
    )
    assert len(made.chunks) == n_chunks
    for number, (_, start, stop, before) in enumerate(made.chunks):
        made.workers[number % threads].train(ids[start:stop], number, before)
    return max(np.abs(matrix).max() for matrix in (inputs, outputs, nodes))


@pytest.mark.parametrize("threads", [16, 64])
@pytest.mark.parametrize("mode", ["sg-ns", "sg-hs", "cbow-ns", "cbow-hs"])
def test_training_is_stable_with_any_number_of_threads(mode, threads, monkeypatch):
    weight = largest_weight(threads, mode, monkeypatch)
    assert weight < 2 * largest_weight(1, mode, monkeypatch)
    # Copies that are merged at the ends of chunks only: weights explode.
    monkeypatch.setattr(run, "UNSEEN_UPDATES", 10**9)
    assert largest_weight(threads, mode, monkeypatch) > 10 * weight
