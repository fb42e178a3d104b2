"""Similarity over arrays: scores, nearest rows of many queries at once, metrics, document distance.

Owns blocks, threads and what a score means. Words are vectors.py's, loops _similarity.pyx's. V is
the number of rows of `vectors`, D their columns, n the number of queries.

A score is a cosine (-1 to 1, larger is nearer; 0 for a vector of zeros) or, for the other metrics,
a distance (smaller is nearer). All are computed in float32, whatever the dtype of the vectors, by
the same code for one query and for many, so that both give the same numbers. Equal scores stand in
the order of the rows. A row that holds NaN or infinities is nobody's neighbour.
"""

import os
import threading
from collections.abc import Iterator

import numpy as np

from . import _similarity
from .threads import usable_cores

METRICS = _similarity.METRICS

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


def plain(vectors: np.ndarray) -> np.ndarray:
    """Return (n, D) as float32 without gaps in a row; the array itself where it is such."""
    is_plain = vectors.dtype == np.float32 and vectors.flags.aligned
    if is_plain and vectors.strides[0] % 4 == 0 and vectors.strides[1] == 4:
        return vectors
    with np.errstate(over="ignore"):  # too large for float32: infinite, so nobody's neighbour
        return np.require(vectors, np.float32, ["C", "A"])


def lengths(vectors: np.ndarray) -> np.ndarray:
    """Return the Euclidean lengths of rows, float64 (n,)."""
    out = np.empty(len(vectors))
    for start, stop in blocks(*vectors.shape):
        rows = np.asarray(vectors[start:stop], np.float64)
        out[start:stop] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return out


def unit(vectors: np.ndarray, dtype=np.float32) -> np.ndarray:
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
    size = max(floats // max(D, 1) // _similarity.PANEL_ROWS, 1) * _similarity.PANEL_ROWS
    for first in range(start, V, size):
        yield first, min(first + size, V)


def for_each_block(work, bounds: list[tuple[int, int]]) -> None:
    """Call work(i, start, stop) for each block, i the thread that does it, each thread's blocks in
    rising order. The first exception ends all threads and is raised.

    The calling thread works, too: waking one that waits would take a tenth of a short query.
    """
    n_threads = min(usable_cores(), len(bounds))
    waiting, lock = iter(bounds), threading.Lock()
    errors: list[BaseException] = []

    def run(i):
        try:
            while not errors:
                with lock:
                    block = next(waiting, None)
                if block is None:
                    return
                work(i, *block)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(1, n_threads)]
    for thread in threads:
        thread.start()
    run(0)
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def scores(vectors: np.ndarray, queries: np.ndarray, metric: str = "cosine") -> np.ndarray:
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

    def work(_, start, stop):
        rows = plain(vectors[start:stop])
        _similarity.score(queries, rows, metric, out[:, start:stop], kernel_name())

    for_each_block(work, list(blocks(*vectors.shape, len(queries))))
    return out if metric == "cosine" else np.negative(out, out=out)


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
) -> tuple[np.ndarray, np.ndarray]:
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
    """
    stop = len(vectors) if stop is None else stop
    queries = prepare_queries(queries, metric)
    if allowed is not None:
        allowed = np.ascontiguousarray(allowed, bool)
    k = min(topn, stop - start if allowed is None else np.count_nonzero(allowed[start:stop]))
    rows, found = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
    if k == 0 or not vectors.shape[1]:  # without columns all are equal
        order = np.arange(start, stop) if allowed is None else np.flatnonzero(allowed[start:stop])
        rows[:], found[:] = order[:k] + (0 if allowed is None else start), 0
        return rows, found
    if metric != "cosine" or start % _similarity.PANEL_ROWS:
        panels = None
    step = min(MOST_QUERIES, max(MOST_KEPT_BYTES // (12 * k * usable_cores()), 1))
    for first in range(0, len(queries), step):
        some = slice(first, first + step)
        bounds = list(blocks(stop, vectors.shape[1], len(queries[some]), start))
        searches: dict[int, _similarity.Search] = {}

        def work(i, begin, end, some=some, searches=searches):
            if i not in searches:
                searches[i] = _similarity.Search(
                    queries[some], k, metric, panels is not None, kernel_name()
                )
            mask = None if allowed is None else allowed[begin:end].view(np.uint8)
            searches[i].scan(plain(vectors[begin:end]), begin, mask, panels)

        for_each_block(work, bounds)
        merge([search.found() for search in searches.values()], rows[some], found[some])
    return rows, found if metric == "cosine" else np.negative(found, out=found)


def merge(parts: list, rows: np.ndarray, found: np.ndarray) -> None:
    """Put the best of what threads found into `rows` and `found`, (n, k), OUT."""
    all_scores = np.concatenate([part[0] for part in parts], axis=1)
    all_rows = np.concatenate([part[1] for part in parts], axis=1)
    order = np.lexsort((all_rows, -all_scores), axis=1)[:, : rows.shape[1]]
    rows[:] = np.take_along_axis(all_rows, order, 1)
    found[:] = np.take_along_axis(all_scores, order, 1)


def prepare_queries(queries: np.ndarray, metric: str) -> np.ndarray:
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


def pack(vectors: np.ndarray) -> np.ndarray | None:
    """Return the vectors in 8-bit numbers, about a quarter of their bytes, for `nearest`.

    None where the processor has no instructions that multiply these (AVX-512 VNNI or AVX-VNNI), so
    that it would make nothing faster.
    """
    if not _similarity.packs_bytes(kernel_name()) or not vectors.size:
        return None
    panels = _similarity.empty_panels(*vectors.shape, kernel_name())

    def work(_, start, stop):
        _similarity.pack(plain(vectors[start:stop]), start, panels, kernel_name())

    for_each_block(work, list(blocks(*vectors.shape)))
    return panels


def best(values: np.ndarray, topn: int, without=()) -> np.ndarray:
    """Return the places of the largest of `values`, (V,), best first and equal ones in order,
    leaving out the places in `without`.
    """
    wanted = min(topn + len(without), len(values))
    if wanted <= 0:
        return np.empty(0, np.int64)
    least = np.partition(values, -wanted)[-wanted]
    found = np.flatnonzero(values >= least)
    found = found[np.argsort(-values[found], kind="stable")]
    return found[~np.isin(found, without)][:topn]


def classes(vectors: np.ndarray, n: int, exact: bool = False) -> np.ndarray:
    """Return the class, 0 to n - 1, of each row by 10 rounds of k-means, int64 (V,).

    As word2vec.c, TrainModel: row i starts in class i mod n, centres are scaled to length 1, and a
    row goes to the centre with the largest dot product, the lowest class winning. With `exact` sums
    are made in C's order, for its bytes; it takes some ten times as long.
    """
    V, D = vectors.shape
    vectors = np.asarray(vectors, np.float32)
    members = np.arange(V) % n
    for _ in range(10):
        centres = np.zeros((n, D), np.float32)
        np.add.at(centres, members, vectors)
        sizes = np.bincount(members, minlength=n) + 1
        centres /= sizes[:, np.newaxis].astype(np.float32)
        squares = summed((centres[:, d] ** 2 for d in range(D)), (n,))
        with np.errstate(invalid="ignore"):  # an empty class: 0/0 is NaN, which never wins
            centres /= np.sqrt(squares)[:, np.newaxis]
        for start in range(0, V, 4096):
            rows = vectors[start : start + 4096]
            if exact:
                terms = (np.outer(rows[:, d], centres[:, d]) for d in range(D))
                products = summed(terms, (len(rows), n))
            else:
                products = rows @ centres.T
            # C starts from -10 and class 0, and no comparison with NaN is true.
            products = np.where(products > -10, products, np.float32(-10))
            members[start : start + 4096] = products.argmax(axis=1)
    return members


def summed(terms, shape) -> np.ndarray:
    """Add float32 terms one after another, in that order."""
    total = np.zeros(shape, np.float32)
    for term in terms:
        total += term
    return total


def transport_cost(supplies: np.ndarray, demands: np.ndarray, costs: np.ndarray) -> float:
    """Return the least cost of moving supplies to demands: the earth mover's distance.

    Parameters
    ----------
    supplies, demands : float64 (m,) and (n,), not negative, each with the sum 1.
    costs : float64 (m, n), of moving 1 from i to j.

    Raises ImportError when neither POT nor SciPy, which solve it, is installed.
    """
    try:
        import ot
    except ImportError:
        pass
    else:
        return float(ot.emd2(supplies, demands, costs))
    try:
        from scipy.optimize import linprog
        from scipy.sparse import eye as identity
        from scipy.sparse import kron, vstack
    except ImportError:
        raise ImportError(
            "wmdistance needs a solver: pip install 'w2v[wmd]' (POT; SciPy does as well, slower)"
        ) from None
    m, n = costs.shape
    sums = vstack([kron(identity(m), np.ones((1, n))), kron(np.ones((1, m)), identity(n))])
    # The last sum follows from the others; with it rounding could leave no solution.
    bounds = np.concatenate([supplies, demands])
    return float(linprog(costs.ravel(), A_eq=sums.tocsr()[:-1], b_eq=bounds[:-1]).fun)
