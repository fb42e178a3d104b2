"""Search through rows: scores of queries, and the best rows for each of them.

Owns the arrays that a search works in and what it may be given. The arithmetic is in nearest.c;
words, threads and blocks of rows are search.py's. V is the number of rows, D of columns.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t

cdef extern from "vectors/nearest.h" nogil:
    int FILTER_FROM
    ctypedef struct CSearch "Search":
        int64_t D, n_queries, topn
        int metric
        const float *queries
        int32_t *cells
        float *scales
        float *errors
        float *scores
        int64_t *rows
    ctypedef struct Rows:
        const float *vectors
        int64_t stride, n, first
        const uint8_t *allowed
        const int32_t *panels
    ctypedef struct Finder:
        const char *name
        int64_t panel_rows
        int64_t cell_columns
        void (*score)(
            const CSearch *search, const Rows *rows, float *scores, int64_t scores_stride
        ) noexcept nogil
        void (*pack_queries)(CSearch *search) noexcept nogil
        void (*pack_panel)(const Rows *rows, int64_t D, int32_t *panel) noexcept nogil
        void (*scan)(const CSearch *search, const Rows *rows, int32_t *panel) noexcept nogil
    int64_t cells_of(const Finder *finder, int64_t D)
    int64_t panel_cells(const Finder *finder, int64_t D)
    const Finder **list_finders()

METRICS = ("cosine", "euclidean", "manhattan", "chebyshev")     # as numbered in nearest.h

# Rows of a block must be a multiple of this, so that blocks are whole panels.
PANEL_ROWS = 32

cdef enum:
    # The 32-bit sums of a panel hold 255 * 127 * 65536 just so.
    MOST_FILTERED_COLUMNS = 65536

cdef const Finder **finders = list_finders()     # while there is one thread


def kernel_names():
    """Return the names of the kernels this machine can run, the fastest first."""
    cdef int64_t i = 0
    names = []
    while finders[i] != NULL:
        names.append((<bytes>finders[i].name).decode())
        i += 1
    return names


cdef const Finder *find(str name) except NULL:
    """Return the kernel of that name; None: the fastest."""
    cdef int64_t i = 0
    while finders[i] != NULL:
        if name is None or (<bytes>finders[i].name).decode() == name:
            return finders[i]
        i += 1
    raise ValueError(f"kernel={name!r}: for queries this machine has {', '.join(kernel_names())}")


def packs_bytes(str kernel=None):
    """Say whether a kernel packs vectors in 8-bit numbers, so that keeping them packed pays."""
    return find(kernel).cell_columns > 1


cdef Rows rows_of(const float[:, :] vectors, int64_t first) except *:
    """Describe rows, each of them without gaps."""
    cdef Rows rows
    assert vectors.shape[1] <= 1 or vectors.strides[1] == sizeof(float)
    assert vectors.strides[0] % <int64_t>sizeof(float) == 0
    rows.vectors = &vectors[0, 0] if vectors.shape[0] and vectors.shape[1] else NULL
    rows.stride = vectors.strides[0] // <int64_t>sizeof(float)
    rows.n = vectors.shape[0]
    rows.first = first
    rows.allowed = NULL
    rows.panels = NULL
    return rows


def empty_panels(int64_t V, int64_t D, str kernel=None):
    """Return room for V rows packed, int32 (panels, cells of a panel)."""
    cdef const Finder *finder = find(kernel)
    cdef int64_t n = (V + finder.panel_rows - 1) // finder.panel_rows
    return np.empty((n, panel_cells(finder, D)), np.int32)


def pack(const float[:, :] vectors not None, int64_t first, int32_t[:, ::1] panels not None,
         str kernel=None):
    """Pack rows into their panels.

    Parameters
    ----------
    vectors : float32 (n, D), IN. No gaps in a row.
    first : which row the first one is; the first of a panel.
    panels : OUT. From empty_panels with the same kernel.
    """
    cdef const Finder *finder = find(kernel)
    cdef int64_t D = vectors.shape[1], step = finder.panel_rows, start = 0
    cdef Rows rows = rows_of(vectors, first), some = rows
    assert first % step == 0 and (first + rows.n + step - 1) // step <= panels.shape[0]
    assert panels.shape[1] == panel_cells(finder, D)
    with nogil:
        while start < rows.n:
            some.vectors = rows.vectors + start * rows.stride
            some.n = min(step, rows.n - start)
            finder.pack_panel(&some, D, &panels[(first + start) // step, 0])
            start += step


cdef class Search:
    """Queries and the best rows found for each so far, for one thread.

    Parameters
    ----------
    queries : float32 (n, D), IN, D > 0. For the cosine of length 1, or 0.
    topn : how many rows to find for each, > 0.
    metric : one of METRICS.
    packed : whether rows will come packed.
    kernel : one of kernel_names(); None: the fastest.
    """

    cdef const Finder *finder
    cdef CSearch search
    cdef object arrays, scores, rows
    cdef const float[:, ::1] queries

    def __init__(self, const float[:, ::1] queries not None, int64_t topn, str metric="cosine",
                 bint packed=False, str kernel=None):
        cdef int64_t n = queries.shape[0], D = queries.shape[1]
        cdef float[:, ::1] scores
        cdef int64_t[:, ::1] rows
        cdef int32_t[::1] cells
        cdef float[:, ::1] sizes
        assert n > 0 and D > 0 and topn > 0
        self.finder = find(kernel)
        self.queries = queries
        self.scores = scores = np.full((n, topn), -np.inf, np.float32)
        self.rows = rows = np.full((n, topn), -1, np.int64)
        self.search.D, self.search.n_queries, self.search.topn = D, n, topn
        self.search.metric = METRICS.index(metric)
        self.search.queries = &queries[0, 0]
        self.search.scores, self.search.rows = &scores[0, 0], &rows[0, 0]
        self.search.cells = NULL
        cdef bint filters = packed or n >= FILTER_FROM
        if filters and METRICS.index(metric) == 0 and D <= MOST_FILTERED_COLUMNS:
            cells = np.empty(n * cells_of(self.finder, D), np.int32)
            sizes = np.empty((2, n), np.float32)
            self.search.cells = &cells[0]
            self.search.scales, self.search.errors = &sizes[0, 0], &sizes[1, 0]
            self.arrays = cells, sizes
            with nogil:
                self.finder.pack_queries(&self.search)

    def scan(
        self,
        const float[:, :] vectors not None,
        int64_t first,
        const uint8_t[::1] allowed=None,
        const int32_t[:, ::1] panels=None,
    ):
        """Offer rows to all queries.

        Parameters
        ----------
        vectors : float32 (n, D), IN. No gaps in a row.
        first : which row the first one is; rising from call to call.
        allowed : uint8 (n,), IN. 0 where a row may be no neighbour.
        panels : IN. All rows, as `pack` made them with the same kernel; `first` begins one.
        """
        cdef Rows rows = rows_of(vectors, first)
        cdef int32_t[::1] scratch = np.empty(panel_cells(self.finder, self.search.D), np.int32)
        assert vectors.shape[1] == self.search.D
        if rows.n == 0:
            return
        if allowed is not None:
            assert allowed.shape[0] == rows.n
            rows.allowed = &allowed[0]
        if panels is not None and self.search.cells != NULL:
            assert first % self.finder.panel_rows == 0 and panels.shape[1] == scratch.shape[0]
            assert panels.shape[0] * self.finder.panel_rows >= first + rows.n
            rows.panels = &panels[first // self.finder.panel_rows, 0]
        with nogil:
            self.finder.scan(&self.search, &rows, &scratch[0])

    def found(self):
        """Return scores, float32 (n, topn), and rows, int64 (n, topn), in no order.

        Scores are cosines, or distances with their sign turned; where there were too few rows,
        -inf and row -1.
        """
        return self.scores, self.rows


def score(const float[:, ::1] queries not None, const float[:, :] vectors not None, str metric,
          float[:, :] scores not None, str kernel=None):
    """Score rows for queries.

    Parameters
    ----------
    queries : float32 (n, D), IN. For the cosine of length 1, or 0.
    vectors : float32 (m, D), IN. No gaps in a row.
    metric : one of METRICS.
    scores : float32 (n, m), OUT. Cosines, or distances with their sign turned.
    """
    cdef const Finder *finder = find(kernel)
    cdef Rows rows = rows_of(vectors, 0)
    cdef CSearch search
    assert queries.shape[1] == vectors.shape[1] and vectors.shape[1] > 0
    assert scores.shape[0] == queries.shape[0] and scores.shape[1] == vectors.shape[0]
    if rows.n == 0 or queries.shape[0] == 0:
        return
    assert rows.n == 1 or scores.strides[1] == sizeof(float)
    search.D, search.n_queries = queries.shape[1], queries.shape[0]
    search.metric = METRICS.index(metric)
    search.queries = &queries[0, 0]
    cdef int64_t stride = scores.strides[0] // <int64_t>sizeof(float)
    with nogil:
        finder.score(&search, &rows, &scores[0, 0], stride)
