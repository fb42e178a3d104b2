"""Rows of co-occurrences: counted from ids, merged, mirrored.

Owns the loops over tokens and entries. What is counted in which order and where it is kept is
counting.py's. V is the number of words, N the tokens of a block, n the entries of some rows.

A row is counted whole, from the places of its word in the text: its sums lie in the caches then,
where a table of pairs would not. Sums are integers, so their order does not matter.
"""

import mmap

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef extern from "shared/bytes.h" nogil:
    int lowest_bit(uint64_t mask)
    void prefetch(const void *address)

include "../shared/memory.pxi"

cdef enum:
    # A row of fewer entries than one in so many columns is found by marks, others by a scan.
    SCAN_FROM = 8
    AHEAD = 6           # places of a word whose text is fetched ahead


def tally(const int32_t[::1] ids not None, int64_t[::1] counts not None):
    """Add the occurrences of each word to its count.

    Parameters
    ----------
    ids : int32 (N,), IN. Negative ones are no words.
    counts : int64 (V,), IN/OUT.
    """
    cdef int64_t i
    with nogil:
        for i in range(ids.shape[0]):
            if ids[i] >= 0:
                counts[ids[i]] += 1


def find_places(const int32_t[::1] ids not None, int64_t start, int64_t stop,
                int64_t[::1] free not None, uint32_t[::1] places not None):
    """List where each word stands.

    Parameters
    ----------
    ids : int32, IN. Those from start to stop are listed.
    free : int64 (V,), IN/OUT. The first free entry of each word in `places`.
    places : uint32 (N,), OUT.
    """
    cdef int64_t i
    with nogil:
        for i in range(start, stop):
            if ids[i] >= 0:
                places[free[ids[i]]] = <uint32_t>i
                free[ids[i]] += 1


cdef class RowCounter:
    """Counts or merges rows, for one thread.

    Parameters
    ----------
    V : columns.
    weights : int64 (window + 1,), IN. What a pair at distance 1, 2, ... adds; 0 is not used.
    symmetric : count words on both sides, and keep columns up to the row's own; else those on the
        right.
    room : entries that the rows of one call have at most.
    """

    cdef const int64_t[::1] weights
    cdef bint symmetric
    cdef int64_t[::1] row           # sums of the row at hand, by column; zeros between rows
    cdef uint64_t[::1] marks        # a bit for each column that may have a sum
    cdef uint64_t[::1] summary      # a bit for each word of marks
    cdef readonly object columns, sums      # int32, int64 (room,), the entries of the last call
    cdef int32_t[::1] out_columns
    cdef int64_t[::1] out_sums

    def __init__(self, int64_t V, const int64_t[::1] weights not None, bint symmetric,
                 int64_t room):
        self.weights, self.symmetric = weights, symmetric
        self.row = mapped_zeros(V, np.int64)
        self.marks = np.zeros(V // 64 + 1, np.uint64)
        self.summary = np.zeros(V // 4096 + 1, np.uint64)
        self.columns = self.out_columns = mapped_zeros(room, np.int32)
        self.sums = self.out_sums = mapped_zeros(room, np.int64)

    def count(
        self,
        const int32_t[::1] ids not None,
        const uint32_t[::1] places not None,
        const int64_t[::1] starts not None,
        int64_t first,
        int64_t last,
        int64_t[::1] sizes not None,
    ):
        """Count rows first to last - 1 of a text; returns their number of entries.

        Parameters
        ----------
        ids : int32, IN. Negative ones end sentences; one stands at each end.
        places : uint32 (N,), IN. Where the words stand in `ids`, those of a word together.
        starts : int64 (V + 1,), IN. Where the places of each word begin.
        sizes : int64 (V,), OUT. Of these rows, the number of entries.
        """
        cdef int64_t i, n = 0, reach = self.weights.shape[0] - 1
        cdef bint is_rare
        with nogil:
            for i in range(first, last):
                is_rare = (starts[i + 1] - starts[i]) * 2 * reach * SCAN_FROM < self.row.shape[0]
                # Constants, so that each loop is compiled for itself.
                if is_rare:
                    self.add_text(&ids[0], &places[0], starts[i], starts[i + 1], reach, True)
                else:
                    self.add_text(&ids[0], &places[0], starts[i], starts[i + 1], reach, False)
                sizes[i] = self.take(i, n, is_rare)
                n += sizes[i]
        return n

    def merge(self, list runs not None, int64_t first, int64_t last, int64_t[::1] sizes not None):
        """Add up rows first to last - 1 of several runs; else as count.

        Parameters
        ----------
        runs : list of offsets int64 (V + 1,), columns int32 and sums int64 (n,).
        """
        cdef int64_t i, k, r, n = 0, n_runs = len(runs), n_entries
        cdef bint is_rare
        cdef const int64_t[::1] offsets, sums
        cdef const int32_t[::1] columns
        cdef int64_t[:, ::1] addresses = np.zeros((n_runs, 3), np.int64)
        cdef const int64_t *offsets_of
        cdef const int32_t *columns_of
        cdef const int64_t *sums_of
        for r in range(n_runs):
            offsets, columns, sums = runs[r]
            addresses[r, 0] = <int64_t>&offsets[0]
            if columns.shape[0]:
                addresses[r, 1], addresses[r, 2] = <int64_t>&columns[0], <int64_t>&sums[0]
        with nogil:
            for i in range(first, last):
                n_entries = 0
                for r in range(n_runs):
                    offsets_of = <const int64_t *>addresses[r, 0]
                    n_entries += offsets_of[i + 1] - offsets_of[i]
                is_rare = n_entries * SCAN_FROM < self.row.shape[0]
                for r in range(n_runs):
                    offsets_of = <const int64_t *>addresses[r, 0]
                    columns_of = <const int32_t *>addresses[r, 1]
                    sums_of = <const int64_t *>addresses[r, 2]
                    for k in range(offsets_of[i], offsets_of[i + 1]):
                        if is_rare:
                            self.mark(columns_of[k])
                        self.row[columns_of[k]] += sums_of[k]
                sizes[i] = self.take(i, n, is_rare)
                n += sizes[i]
        return n

    cdef inline void mark(self, int64_t column) noexcept nogil:
        self.marks[column >> 6] |= <uint64_t>1 << (column & 63)
        self.summary[column >> 12] |= <uint64_t>1 << (column >> 6 & 63)

    cdef inline void add_text(self, const int32_t *ids, const uint32_t *places, int64_t start,
                              int64_t stop, int64_t reach, bint marks) noexcept nogil:
        """Add what stands around some places, on the right, or on both sides."""
        cdef int64_t k, d
        cdef int64_t *row = &self.row[0]
        cdef const int64_t *weights = &self.weights[0]
        cdef const int32_t *centre
        for k in range(start, stop):
            if k + AHEAD < stop:
                prefetch(ids + places[k + AHEAD])
                prefetch(ids + places[k + AHEAD] + reach)
                prefetch(ids + max(<int64_t>places[k + AHEAD] - reach, 0))
            centre = ids + places[k]
            for d in range(1, reach + 1):
                if centre[d] < 0:
                    break
                row[centre[d]] += weights[d]
                if marks:
                    self.mark(centre[d])
            if self.symmetric:
                for d in range(1, reach + 1):
                    if centre[-d] < 0:
                        break
                    row[centre[-d]] += weights[d]
                    if marks:
                        self.mark(centre[-d])

    cdef int64_t take(self, int64_t i, int64_t n, bint is_marked) noexcept nogil:
        """Move the sums of row i to the entries from n on; returns how many there are."""
        cdef int64_t V = self.row.shape[0], most = i if self.symmetric else V - 1
        cdef int64_t begin = n, word, group
        cdef int64_t column
        cdef uint64_t words, bits
        if not is_marked:
            for column in range(most + 1):
                if self.row[column]:
                    self.out_columns[n] = <int32_t>column
                    self.out_sums[n] = self.row[column]
                    n += 1
                    self.row[column] = 0
            for column in range(most + 1, V):
                self.row[column] = 0
            return n - begin
        for group in range(self.summary.shape[0]):
            words = self.summary[group]
            self.summary[group] = 0
            while words:
                word = group * 64 + lowest_bit(words)
                words &= words - 1
                bits = self.marks[word]
                self.marks[word] = 0
                while bits:
                    column = word * 64 + lowest_bit(bits)
                    bits &= bits - 1
                    if column <= most:
                        self.out_columns[n] = <int32_t>column
                        self.out_sums[n] = self.row[column]
                        n += 1
                    self.row[column] = 0
        return n - begin


def as_floats(int64_t[::1] sums not None, int64_t unit):
    """Turn sums, in place, into the nearest float64 of sum / unit.

    Beyond 2^53 the whole part is rounded first, so that the last bit may be another one.
    """
    cdef int64_t i, whole
    cdef double *values = <double *>&sums[0] if sums.shape[0] else NULL
    with nogil:
        for i in range(sums.shape[0]):
            if sums[i] < <int64_t>1 << 53:
                values[i] = <double>sums[i] / <double>unit
            else:
                whole = sums[i] // unit
                values[i] = <double>whole + <double>(sums[i] - whole * unit) / <double>unit
    return np.asarray(sums).view(np.float64)


def mirror(
    const int64_t[::1] offsets not None,
    const int32_t[::1] columns not None,
    const double[::1] values not None,
    int64_t[::1] taken not None,
    const int64_t[::1] starts not None,
    int64_t first,
    int64_t last,
    int32_t[::1] out_columns not None,
    double[::1] out_values not None,
):
    """Write rows first to last - 1 of a symmetric matrix, of which the lower half is given.

    Parameters
    ----------
    offsets, columns, values : int64 (V + 1,), int32, float64 (n,), IN. Rows up to the diagonal.
    taken : int64 (V,), IN/OUT. Entries of each row in columns below `first`; to begin, zeros.
    starts : int64 (V + 1,), IN. Where the rows of the whole matrix begin, were it written whole.
    out_columns, out_values : OUT. Entries of these rows, by rising column.
    """
    cdef int64_t i, k, column, V = offsets.shape[0] - 1, base = starts[first]
    cdef int64_t[::1] free = np.array(starts[first:last])
    with nogil:
        for i in range(first, V):
            if i < last:
                for k in range(offsets[i], offsets[i + 1]):
                    out_columns[free[i - first] - base] = columns[k]
                    out_values[free[i - first] - base] = values[k]
                    free[i - first] += 1
            k = offsets[i] + taken[i]
            while k < offsets[i + 1] and columns[k] < last:
                column = columns[k]
                if column < i:
                    out_columns[free[column - first] - base] = <int32_t>i
                    out_values[free[column - first] - base] = values[k]
                    free[column - first] += 1
                k += 1
            taken[i] = k - offsets[i]


def check_rows(const int64_t[::1] offsets not None, const int32_t[::1] columns not None,
               bint symmetric):
    """Return the first row whose columns do not rise or are out of range, -1 if none is.

    `symmetric` rows go up to the diagonal; compiled code relies on that, and on the offsets.
    """
    cdef int64_t i, k, last, most, V = offsets.shape[0] - 1, n = columns.shape[0]
    if offsets[0] != 0 or offsets[V] != n:
        return 0
    with nogil:
        for i in range(V):
            if offsets[i + 1] < offsets[i] or offsets[i + 1] > n:
                break
            last = -1
            most = i if symmetric else V - 1
            for k in range(offsets[i], offsets[i + 1]):
                if columns[k] <= last or columns[k] > most:
                    break
                last = columns[k]
            else:
                continue
            break
        else:
            i = -1
    return i
