"""Records in tiles: made from rows of counts, shuffled, trained.

Owns the layout of records and the calls of the arithmetic, which is step.c's. Which tile is trained
when is tiles.py's. V is the number of words, P of blocks of words, D the dimensions.
"""

import mmap

import numpy as np

from libc.math cimport exp, log
from libc.stdint cimport int32_t, int64_t, uint16_t, uint64_t

cdef extern from "cooccurrence/step.h" nogil:
    ctypedef struct Record:
        uint16_t row, column
        float log_count, weight
    ctypedef struct CTile "Tile":
        const Record *records
        int64_t n, D, width
        float *rows
        float *columns
        const float *row_rates
        const float *column_rates
        const float *row_limits
        const float *column_limits
        int skips_diagonal, is_far
    ctypedef struct Stepper:
        const char *name
        double (*train)(const CTile *tile) noexcept nogil
    const Stepper *list_steppers()

include "../shared/memory.pxi"

RECORD = np.dtype([("row", "u2"), ("column", "u2"), ("log_count", "f4"), ("weight", "f4")])
assert RECORD.itemsize == sizeof(Record)

# Floats of a cache line; rows are a multiple of them.
ROW_FLOATS = 16

cdef const Stepper *steppers = list_steppers()      # while there is one thread


def kernel_names():
    """Return the names of the kernels this machine can run, the fastest first."""
    cdef int64_t i = 0
    names = []
    while steppers[i].name != NULL:
        names.append((<bytes>steppers[i].name).decode())
        i += 1
    return names


def count_tiles(
    const int64_t[::1] offsets not None,
    const int32_t[::1] columns not None,
    const int32_t[::1] blocks not None,
    int64_t first,
    int64_t last,
    int64_t[::1] sizes not None,
):
    """Count the entries of some rows by the block of their column.

    Parameters
    ----------
    offsets, columns : int64 (V + 1,), int32 (n,), IN. Rows of counts.
    blocks : int32 (V,), IN. The block of each word.
    first, last : the first of the rows, and the one after.
    sizes : int64 (P,), IN/OUT.
    """
    cdef int64_t k
    with nogil:
        for k in range(offsets[first], offsets[last]):
            sizes[blocks[columns[k]]] += 1


def fill_tiles(
    const int64_t[::1] offsets not None,
    const int32_t[::1] columns not None,
    const double[::1] values not None,
    const int32_t[::1] blocks not None,
    const int64_t[::1] bounds not None,
    int64_t first,
    int64_t last,
    int64_t[::1] free not None,
    double x_max,
    double alpha,
    records,
):
    """Make records of some rows, which are a block.

    Parameters
    ----------
    offsets, columns, values : float64 (n,), IN; else as count_tiles.
    bounds : int64 (P + 1,), IN. The first word of each block.
    free : int64 (P,), IN/OUT. The first free record of each tile of these rows.
    x_max, alpha : of the weight, min(1, (x / x_max) ** alpha), alpha >= 0.
    records : RECORD, OUT.
    """
    cdef const Record[::1] typed = records
    cdef Record *out = <Record *>&typed[0] if typed.shape[0] else NULL
    cdef int64_t i, k, block
    cdef double log_count, log_most = log(x_max), share
    cdef Record record
    with nogil:
        for i in range(first, last):
            for k in range(offsets[i], offsets[i + 1]):
                block = blocks[columns[k]]
                log_count = log(values[k])
                share = alpha * (log_count - log_most)
                record.row = <uint16_t>(i - first)
                record.column = <uint16_t>(columns[k] - bounds[block])
                record.log_count = <float>log_count
                record.weight = <float>exp(share) if share < 0 else 1
                out[free[block]] = record
                free[block] += 1


cdef inline uint64_t next_random(uint64_t *state) noexcept nogil:
    """Steele, Lea and Flood 2014, splitmix64."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


def shuffle(records, uint64_t random):
    """Put records, RECORD (n,), in random order, in place; `random` is the generator's state."""
    cdef const Record[::1] typed = records
    cdef Record *these = <Record *>&typed[0] if typed.shape[0] else NULL
    cdef int64_t i, j
    cdef Record kept
    assert typed.shape[0] < <int64_t>1 << 32
    with nogil:
        for i in range(typed.shape[0] - 1, 0, -1):
            j = <int64_t>(((next_random(&random) >> 32) * <uint64_t>(i + 1)) >> 32)
            kept = these[i]
            these[i] = these[j]
            these[j] = kept


cdef class Trainer:
    """What all threads share of a training: the records, the rows and their rates.

    Parameters
    ----------
    D : dimensions.
    records : RECORD (n,), IN.
    words, contexts : float32 (V, 2 * width), IN/OUT; see step.h.
    rates, limits : float32 (2, width), IN. Of the columns of words and of contexts; see step.h.
    kernel : one of kernel_names().
    """

    cdef const Stepper *stepper
    cdef const Record[::1] records
    cdef float[:, ::1] words, contexts
    cdef const float[:, ::1] rates, limits
    cdef int64_t D, width
    cdef readonly int64_t row_bytes

    def __init__(self, int64_t D, records, float[:, ::1] words not None,
                 float[:, ::1] contexts not None, const float[:, ::1] rates not None,
                 const float[:, ::1] limits not None, str kernel not None):
        self.stepper = &steppers[kernel_names().index(kernel)]
        self.D, self.width = D, rates.shape[1]
        assert self.width % ROW_FLOATS == 0 and self.width >= D + 2
        assert rates.shape[0] == limits.shape[0] == 2 and limits.shape[1] == self.width
        assert words.shape[1] == contexts.shape[1] == 2 * self.width
        self.records, self.words, self.contexts = records, words, contexts
        self.row_bytes = 2 * self.width * sizeof(float)
        self.rates, self.limits = rates, limits

    def train(self, int64_t begin, int64_t end, int64_t first_word, int64_t first_context,
              bint swapped, bint skips_diagonal, bint is_far):
        """Train records begin to end - 1 in order; returns their cost, which may not be finite.

        Parameters
        ----------
        first_word, first_context : the first words of the blocks that the records count from.
        swapped : whether their rows are contexts, and their columns words.
        skips_diagonal : whether records of row == column are passed over.
        is_far : whether rows are worth being fetched ahead.
        """
        cdef CTile tile
        cdef double cost
        if begin == end:
            return 0.0
        assert 0 <= begin < end <= self.records.shape[0]
        tile.records, tile.n, tile.D = &self.records[begin], end - begin, self.D
        tile.width = self.width
        tile.rows, tile.columns = &self.words[first_word, 0], &self.contexts[first_context, 0]
        if swapped:
            tile.rows, tile.columns = tile.columns, tile.rows
        tile.row_rates, tile.column_rates = &self.rates[swapped, 0], &self.rates[not swapped, 0]
        tile.row_limits = &self.limits[swapped, 0]
        tile.column_limits = &self.limits[not swapped, 0]
        tile.skips_diagonal, tile.is_far = skips_diagonal, is_far
        with nogil:
            cost = self.stepper.train(&tile)
        return cost
