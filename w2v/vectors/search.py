"""Similarity over arrays: scores, nearest rows of many queries at once, metrics, document distance.

Owns blocks, threads and what a score means. Words are vectors.py's, loops _search.pyx's. V is
the number of rows of `vectors`, D their columns, n the number of queries.

A score is a cosine (-1 to 1, larger is nearer; 0 for a vector of zeros) or, for the other metrics,
a distance (smaller is nearer). All are computed in float32, whatever the dtype of the vectors, by
the same code for one query and for many, so that both give the same numbers. Equal scores stand in
the order of the rows. A row that holds NaN or infinities is nobody's neighbour.
"""

import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..shared.threads import share_out, usable_cores
from . import _search

METRICS = _search.METRICS

# Floats of a block of rows: so many that handing it to a thread costs little of its time, so few
# that a copy in float32 is small; between these, some blocks for each core.
LEAST_BLOCK_FLOATS = 1 << 20
MOST_BLOCK_FLOATS = 1 << 23
BLOCKS_PER_CORE = 8

# What is kept for the queries in progress: copies of them, and the best rows of each per thread.
MOST_QUERIES = 4096
MOST_KEPT_BYTES = 64 << 20


def check_metric(metric: str) -> str:
    """Return `metric`; raises ValueError when there is none of that name."""
    if metric not in METRICS:
        raise ValueError(f"metric={metric!r}: there are {', '.join(METRICS)}")
    return metric


def kernel_name() -> str | None:
    """Return the kernel that $W2V_KERNEL names; None: the fastest."""
    return os.environ.get("W2V_KERNEL") or None


def plain(vectors: np.ndarray) -> NDArray[np.float32]:
    """Return (n, D) as float32 without gaps in a row; the array itself where it is such."""
    is_plain = vectors.dtype == np.float32 and vectors.flags.aligned
    if is_plain and vectors.strides[0] % 4 == 0 and vectors.strides[1] == 4:
        return vectors
    with np.errstate(over="ignore"):  # too large for float32: infinite, so nobody's neighbour
        return np.require(vectors, np.float32, ["C", "A"])


def lengths(vectors: np.ndarray) -> NDArray[np.float64]:
    """Return the Euclidean lengths of rows, float64 (n,)."""
    out = np.empty(len(vectors))
    for start, stop in blocks(*vectors.shape):
        rows = np.asarray(vectors[start:stop], np.float64)
        out[start:stop] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return out


def unit(vectors: np.ndarray, dtype: DTypeLike = np.float32) -> np.ndarray:
    """Return rows scaled to length 1, (n, D); rows of zeros stay."""
    out = np.empty(vectors.shape, dtype)
    for start, stop in blocks(*vectors.shape):
        rows = np.asarray(vectors[start:stop], np.float64)
        sizes = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        sizes[sizes == 0] = 1
        out[start:stop] = rows / sizes[:, np.newaxis]
    return out


def blocks(V: int, D: int, n: int = 0, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the bounds of blocks of rows; for n queries they may be smaller, taking longer."""
    least = LEAST_BLOCK_FLOATS // (1 + n // 8)
    floats = min(max(V * D // (BLOCKS_PER_CORE * usable_cores()), least), MOST_BLOCK_FLOATS)
    size = max(floats // max(D, 1) // _search.PANEL_ROWS, 1) * _search.PANEL_ROWS
    for first in range(start, V, size):
        yield first, min(first + size, V)


def for_each_block(work: Callable[[int, int, int], None], bounds: list[tuple[int, int]]) -> None:
    """Call work(i, start, stop) for each block, i the thread that does it, each thread's blocks in
    rising order."""
    share_out(
        lambda i, block: work(i, block[0], block[1]), bounds, min(usable_cores(), len(bounds))
    )


def scores(vectors: np.ndarray, queries: np.ndarray, metric: str = "cosine") -> NDArray[np.float32]:
    """Return the scores of all rows for each query, float32 (n, V).

    Parameters
    ----------
    vectors : float (V, D), of any layout.
    queries : float (n, D), of any length.
    metric : one of METRICS.
    """
    queries = prepare_queries(queries, metric)
    out = np.empty((len(queries), len(vectors)), np.float32)
    if not vectors.shape[1]:
        out[:] = 0
        return out

    def work(_: int, start: int, stop: int) -> None:
        rows = plain(vectors[start:stop])
        _search.score(queries, rows, metric, out[:, start:stop], kernel_name())

    V, D = vectors.shape
    for_each_block(work, list(blocks(V, D, len(queries))))
    return out if metric == "cosine" else np.negative(out, out=out)


def bounded(scores: NDArray[np.float32], metric: str = "cosine") -> NDArray[np.float32]:
    """Keep cosines in [-1, 1], which rounding to float32 leaves by a hair, in place.

    Of answers alone: during a search it would make ties of what has an order.

    >>> bounded(np.array([1.0000001, -0.5], np.float32))
    array([ 1. , -0.5], dtype=float32)
    """
    return np.clip(scores, -1, 1, out=scores) if metric == "cosine" else scores


def nearest(
    vectors: np.ndarray,
    queries: np.ndarray,
    topn: int,
    metric: str = "cosine",
    *,
    start: int = 0,
    stop: int | None = None,
    allowed: np.ndarray | None = None,
    panels: np.ndarray | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the rows nearest to each query, best first, and their scores.

    Parameters
    ----------
    vectors : float (V, D), of any layout.
    queries : float (n, D), of any length.
    topn : how many, > 0.
    metric : one of METRICS.
    start, stop : the rows that are searched, 0 <= start <= stop <= V.
    allowed : bool (V,); False where a row may be no neighbour. None: all may be.
    panels : what `pack` returned for the same vectors, for the cosine.

    Returns rows int64 (n, k) and scores float32 (n, k), k the lesser of `topn` and of how many rows
    may be found; row -1 and the worst score stand where rows with NaN leave a gap at the end.

    >>> rows, scores = nearest(np.eye(3), np.array([[1, 1, 0]]), 2, "euclidean")
    >>> rows, scores
    (array([[0, 1]]), array([[1., 1.]], dtype=float32))
    """
    stop = len(vectors) if stop is None else stop
    queries = prepare_queries(queries, metric)
    if allowed is not None:
        allowed = np.ascontiguousarray(allowed, bool)
    n_allowed = stop - start if allowed is None else int(np.count_nonzero(allowed[start:stop]))
    k = min(topn, n_allowed)
    rows, found = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
    if k == 0 or not vectors.shape[1]:  # without columns all are equal
        order = np.arange(start, stop) if allowed is None else np.flatnonzero(allowed[start:stop])
        rows[:], found[:] = order[:k] + (0 if allowed is None else start), 0
        return rows, found
    if metric != "cosine" or start % _search.PANEL_ROWS:
        panels = None
    step = min(MOST_QUERIES, max(MOST_KEPT_BYTES // (12 * k * usable_cores()), 1))
    for first in range(0, len(queries), step):
        some = slice(first, first + step)
        bounds = list(blocks(stop, vectors.shape[1], len(queries[some]), start))
        searches: dict[int, _search.Search] = {}

        def work(
            i: int,
            begin: int,
            end: int,
            some: slice = some,
            searches: dict[int, _search.Search] = searches,
        ) -> None:
            if i not in searches:
                searches[i] = _search.Search(
                    queries[some], k, metric, panels is not None, kernel_name()
                )
            mask = None if allowed is None else allowed[begin:end].view(np.uint8)
            searches[i].scan(plain(vectors[begin:end]), begin, mask, panels)

        for_each_block(work, bounds)
        merge([search.found() for search in searches.values()], rows[some], found[some])
    return rows, found if metric == "cosine" else np.negative(found, out=found)


def merge(
    parts: list[tuple[NDArray[np.float32], NDArray[np.int64]]],
    rows: np.ndarray,
    found: np.ndarray,
) -> None:
    """Put the best of what threads found into `rows` and `found`, (n, k), OUT."""
    all_scores = np.concatenate([part[0] for part in parts], axis=1)
    all_rows = np.concatenate([part[1] for part in parts], axis=1)
    order = np.lexsort((all_rows, -all_scores), axis=1)[:, : rows.shape[1]]
    rows[:] = np.take_along_axis(all_rows, order, 1)
    found[:] = np.take_along_axis(all_scores, order, 1)


def prepare_queries(queries: np.ndarray, metric: str) -> NDArray[np.float32]:
    """Return queries as the kernels take them, float32 (n, D): for the cosine of length 1."""
    check_metric(metric)
    queries = np.asarray(queries)
    queries = unit(queries) if metric == "cosine" else np.require(queries, np.float32, ["C", "A"])
    bad = np.flatnonzero(~np.isfinite(queries).all(axis=1))
    if len(bad):
        raise ValueError(
            f"query {bad[0]} holds NaN or infinite numbers: a word or vector from a training that "
            "diverged? Leave it out"
        )
    return queries


def pack(vectors: np.ndarray) -> NDArray[np.int32] | None:
    """Return the vectors in 8-bit numbers, about a quarter of their bytes, for `nearest`.

    None where the processor has no instructions that multiply these (AVX-512 VNNI or AVX-VNNI), so
    that it would make nothing faster.
    """
    if not _search.packs_bytes(kernel_name()) or not vectors.size:
        return None
    V, D = vectors.shape
    panels = _search.empty_panels(V, D, kernel_name())

    def work(_: int, start: int, stop: int) -> None:
        _search.pack(plain(vectors[start:stop]), start, panels, kernel_name())

    for_each_block(work, list(blocks(V, D)))
    return panels


def dots_in_order(rows: np.ndarray, vectors: np.ndarray) -> NDArray[np.float32]:
    """Return the products of rows, float32 (n, D), and a vector or vectors, summed in C's order.

    A cumulative sum cannot be reordered; sums and products of NumPy are.
    """
    with np.errstate(invalid="ignore"):
        sums: NDArray[np.float32] = np.add.accumulate(rows * vectors, axis=1)[:, -1]
        return sums + np.float32(0)


def best(values: np.ndarray, topn: int, without: Sequence[int] = ()) -> np.ndarray:
    """Return the places of the largest of `values`, (V,), best first and equal ones in order,
    leaving out the places in `without`.

    >>> best(np.array([3, 9, 9, 1]), 2)
    array([1, 2])
    """
    wanted = min(topn + len(without), len(values))
    if wanted <= 0:
        return np.empty(0, np.int64)
    least = np.partition(values, -wanted)[-wanted]
    found = np.flatnonzero(values >= least)
    found = found[np.argsort(-values[found], kind="stable")]
    return found[~np.isin(found, without)][:topn]
