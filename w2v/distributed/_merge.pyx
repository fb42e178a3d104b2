"""Rows that several nodes have trained apart: what each changed, and what becomes of it.

Owns the arrays that merge.c works on; which rows are merged when is schedule.py's. D is the number
of dimensions.
"""

import numpy as np

from libc.stdint cimport int8_t, int64_t, uint64_t


cdef extern from "distributed/merge.h" nogil:
    ctypedef struct Delta:
        const float *scales
        const int8_t *cells
    void pack_rows(
        const float *rows, const float *base, int64_t n, int64_t stride, int64_t D,
        float *scales, int8_t *cells, float *scratch,
    )
    int64_t merge_rows(
        const Delta *deltas, int64_t n_deltas, const float *base, int64_t n, int64_t stride,
        int64_t D, const float *shares, float *scales, int8_t *cells, float *scratch,
    )
    void apply_rows(
        float *rows, float *base, int64_t n, int64_t stride, int64_t D, Delta merged, Delta own,
    )


def pack(
    const float[:, ::1] rows not None, const float[:, ::1] base not None, int64_t D,
    float[::1] scales not None, int8_t[:, ::1] cells not None,
):
    """Pack what changed from `base` to `rows`; see merge.h.

    Parameters
    ----------
    rows, base : float32 (n, stride), IN.
    scales, cells : float32 (n,) and int8 (n, D), OUT.
    """
    cdef int64_t n = rows.shape[0], stride = rows.shape[1]
    cdef float[::1] scratch = np.empty(D, np.float32)
    assert base.shape[0] == scales.shape[0] == cells.shape[0] == n and base.shape[1] == stride
    assert cells.shape[1] == D <= stride
    if n:
        with nogil:
            pack_rows(
                &rows[0, 0], &base[0, 0], n, stride, D, &scales[0], &cells[0, 0], &scratch[0]
            )


def merge(
    list deltas not None, const float[:, ::1] base not None, int64_t D,
    const float[::1] shares not None, float[::1] scales not None, int8_t[:, ::1] cells not None,
):
    """Merge what nodes changed in rows that were `base`; returns how many rows were guarded.

    Parameters
    ----------
    deltas : list of (scales, cells), one a node, in the order of the nodes, IN.
    base : float32 (n, stride), IN.
    shares : float32 (n,), IN. From 0, the sum, to 1, Adasum.
    scales, cells : float32 (n,) and int8 (n, D), OUT.
    """
    cdef int64_t n = base.shape[0], stride = base.shape[1], n_deltas = len(deltas), k, n_guarded = 0
    cdef uint64_t[:, ::1] table = np.empty((n_deltas, 2), np.uint64)
    cdef float[::1] scratch = np.empty((1 + n_deltas) * D, np.float32)
    cdef const float[::1] each_scales
    cdef const int8_t[:, ::1] each_cells
    assert shares.shape[0] == scales.shape[0] == cells.shape[0] == n
    assert sizeof(Delta) == 16 and n_deltas > 0 and cells.shape[1] == D <= stride
    if n == 0:
        return 0
    for k in range(n_deltas):
        each_scales, each_cells = deltas[k]
        assert each_scales.shape[0] == each_cells.shape[0] == n and each_cells.shape[1] == D
        table[k, 0], table[k, 1] = <uint64_t>&each_scales[0], <uint64_t>&each_cells[0, 0]
    with nogil:
        n_guarded = merge_rows(
            <Delta *>&table[0, 0], n_deltas, &base[0, 0], n, stride, D, &shares[0], &scales[0],
            &cells[0, 0], &scratch[0],
        )
    return n_guarded


def apply(
    float[:, ::1] rows not None, float[:, ::1] base not None, int64_t D, merged not None, own,
):
    """Add a merged change to `base`, and let `rows` go on from there.

    Parameters
    ----------
    rows, base : float32 (n, stride), IN/OUT.
    merged, own : (scales, cells) of all nodes and of this one, IN; None: rows are base afterwards.
    """
    cdef int64_t n = rows.shape[0], stride = rows.shape[1]
    cdef const float[::1] scales, own_scales
    cdef const int8_t[:, ::1] cells, own_cells
    cdef Delta all_of_them, mine
    scales, cells = merged
    assert base.shape[0] == scales.shape[0] == cells.shape[0] == n and base.shape[1] == stride
    assert cells.shape[1] == D <= stride
    if n == 0:
        return
    all_of_them.scales, all_of_them.cells = &scales[0], &cells[0, 0]
    mine.scales, mine.cells = NULL, NULL
    if own is not None:
        own_scales, own_cells = own
        assert own_scales.shape[0] == own_cells.shape[0] == n and own_cells.shape[1] == D
        mine.scales, mine.cells = &own_scales[0], &own_cells[0, 0]
    with nogil:
        apply_rows(&rows[0, 0], &base[0, 0], n, stride, D, all_of_them, mine)
