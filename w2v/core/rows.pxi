# Where a row is: in memory, and among the rows of a step.

cdef inline float *use_row(Job *job, Matrix *matrix, int64_t row) noexcept nogil:
    count_uses(job, matrix, row, 1)
    return row_address(job, matrix, row)


cdef inline float *row_address(Job *job, Matrix *matrix, int64_t row) noexcept nogil:
    """Where a row stands, or its copy if there is one: nobody can guess which, so no branch."""
    cdef bint has_copy = <uint64_t>(row - matrix.first) < <uint64_t>matrix.n_copies
    return matrix.rows + row * job.stride + (matrix.to_copies & -<int64_t>has_copy)


cdef inline int64_t find_row(
    Job *job, float *row, float **rows, int64_t start, int64_t stop
) noexcept nogil:
    """The same, when all of these were asked for under one stamp.

    Looks at these only if a row of the same slot was: rows are not all compared with each other.
    """
    cdef uint64_t slot = (<uint64_t>row * <uint64_t>0x9E3779B97F4A7C15) >> (64 - SLOT_BITS)
    cdef bint may_be = job.stamps[slot] == job.stamp
    job.stamps[slot] = job.stamp
    return place_of(row, rows, start, stop) if may_be else stop


cdef inline int64_t place_of(float *row, float **rows, int64_t start, int64_t stop) noexcept nogil:
    """Where in start .. stop - 1 a row is, or else stop."""
    while start < stop and rows[start] != row:
        start += 1
    return start
