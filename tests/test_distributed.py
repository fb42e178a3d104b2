"""Merging of rows: the rule against a float64 twin, its edges, and the schedule's bytes."""

import itertools

import numpy as np
import pytest

from w2v.distributed import _merge
from w2v.distributed.schedule import LEVELS, Schedule

STRIDE = 48


def padded(rows):
    out = np.zeros((len(rows), STRIDE), np.float32)
    out[:, : rows.shape[1]] = rows
    return out


def empty(n, D):
    return np.empty(n, np.float32), np.empty((n, D), np.int8)


def packed(rows, base, D):
    scales, cells = empty(len(rows), D)
    _merge.pack(rows, base, D, scales, cells)
    return scales, cells


def opened(delta):
    return delta[0][:, None].astype(np.float64) * delta[1]


def adasum(a, b):
    def part(x, y):
        return 1 - (x @ y) / (2 * (x @ x)) if x @ x else 1

    return part(a, b) * a + part(b, a) * b


def tree(changes):
    """Adasum of neighbours, then of neighbours' neighbours; an odd one waits for its turn."""
    changes, step = list(changes), 1
    while step < len(changes):
        for i in range(0, len(changes) - step, 2 * step):
            changes[i] = adasum(changes[i], changes[i + step])
        step *= 2
    return changes[0]


@pytest.mark.parametrize("n_nodes", [1, 2, 3, 5, 16])
@pytest.mark.parametrize("D", [1, 7, 33, 48])
def test_rows_are_merged_as_the_formula_says(n_nodes, D, random):
    base = padded(random.normal(size=(40, D)) * 3)
    changes = [padded(random.normal(size=(40, D)) * 0.1) for _ in range(n_nodes)]
    changes[0][5] = 0
    shares = np.linspace(0, 1, 40).astype(np.float32)
    deltas = [packed(base + change, base, D) for change in changes]
    scales, cells = empty(40, D)
    assert _merge.merge(deltas, base, D, shares, scales, cells) == 0
    for row in range(40):
        each = [opened(delta)[row] for delta in deltas]
        sum_of_them, share = sum(each), float(shares[row])
        # Too small a share counts as none; rounding to 8 bits is half a unit.
        expected = (1 - share) * sum_of_them + share * tree(each) if share > 1e-3 else sum_of_them
        error = np.abs(opened((scales, cells))[row] - expected).max()
        assert error <= 0.502 * scales[row] + 1e-6


def test_changes_are_rounded_by_half_a_unit_at_most(random):
    base, rows = padded(random.normal(size=(99, 30))), padded(random.normal(size=(99, 30)))
    scales, cells = packed(rows, base, 30)
    change = (rows - base)[:, :30]
    assert np.allclose(scales, np.abs(change).max(axis=1) / 127)
    assert (np.abs(opened((scales, cells)) - change) <= 0.501 * scales[:, None]).all()


def test_what_rounding_kept_back_goes_out_with_the_next_change(random):
    """So that after many merges a node's small steps are all there, not lost one by one."""
    D, base = 20, padded(random.normal(size=(8, 20)))
    start, rows = base.copy(), base.copy()
    step = padded(random.normal(size=(8, 20)) * 1e-3)
    step[:, 0] = 1.0  # beside which the others are less than a unit
    for _ in range(50):
        rows += step
        own = packed(rows, base, D)
        _merge.apply(rows, base, D, own, own)
    assert np.abs((base - start)[:, :D] - 50 * step[:, :D]).max() < 2 / 127
    own = packed(rows, base, D)
    _merge.apply(rows, base, D, own, None)
    assert (rows == base).all()


def test_rows_that_nobody_changed_keep_their_bits():
    base = padded(np.array([[-0.0, 1e-38, 3.0], [1.0, -0.0, 2.0]]))
    rows, before = base.copy(), base.tobytes()
    none = packed(rows, base, 3)
    scales, cells = empty(2, 3)
    _merge.merge([none, none], base, 3, np.ones(2, np.float32), scales, cells)
    _merge.apply(rows, base, 3, (scales, cells), none)
    assert rows.tobytes() == base.tobytes() == before


def test_a_row_that_would_grow_beyond_bounds_is_guarded():
    base = padded(np.array([[1.0, 0, 0], [1.0, 0, 0]]))
    change = padded(np.array([[0, 1.0, 0], [0, 0.1, 0]]))
    deltas = [packed(base + change, base, 3)] * 16
    scales, cells = empty(2, 3)
    # The sum of the first is (1, 16, 0), 11 times as long as one; of the second (1, 1.6, 0).
    assert _merge.merge(deltas, base, 3, np.zeros(2, np.float32), scales, cells) == 1
    merged = opened((scales, cells))
    assert np.allclose(merged, [[0, 1, 0], [0, 1.6, 0]], atol=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_stay_so(bad):
    base, rows = padded(np.zeros((1, 4))), padded(np.array([[1.0, bad, 2.0, 3.0]]))
    own = packed(rows, base, 4)
    scales, cells = empty(1, 4)
    _merge.merge([own, packed(base, base, 4)], base, 4, np.ones(1, np.float32), scales, cells)
    _merge.apply(rows, base, 4, (scales, cells), None)
    assert not np.isfinite(rows[0, :4]).any()


@pytest.mark.parametrize("n_nodes", [2, 3, 16])
@pytest.mark.parametrize("size", [1, 100, 23_207])
def test_every_row_is_merged_by_one_node_and_all_are_at_the_end_of_a_cycle(n_nodes, size):
    schedule = Schedule(n_nodes, (size, size - 1), 10, 3, 2, 5)
    seen = []
    for k in range(1, schedule.rounds_per_merge + 1):
        bounds = [schedule.bounds(size, k, node) for node in range(n_nodes)]
        assert bounds[0][0] == 0 and bounds[-1][1] == schedule.rows(size, k)
        assert all(a[1] == b[0] for a, b in itertools.pairwise(bounds))
        seen.append(schedule.rows(size, k))
    assert seen[-1] == size and schedule.is_full(k) and not schedule.is_full(k - 1)
    assert seen == [-(-size // 2 ** (5 - min((k & -k).bit_length() - 1, 5))) for k in range(1, 33)]
    rows = sum(seen) + sum(schedule.rows(size - 1, k) for k in range(1, 33))
    assert schedule.sent_bytes() == 6 * rows * 2 * (n_nodes - 1) * 14


def test_rounds_are_long_enough_to_be_worth_it():
    def levels(n_nodes, n_words):
        return Schedule.of(n_nodes, (10_000,), 100, 4, 5, n_words).levels

    assert levels(2, 1000) == 1 and levels(16, 1000) == 4
    assert levels(2, 10**7) < levels(16, 10**7) and levels(16, 10**12) == LEVELS
