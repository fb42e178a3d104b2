# Where a row is: in memory, and among the rows of a step.


cdef inline float *row_address(Job *job, Matrix *matrix, int64_t row) noexcept nogil:
    """Return the address of a row, or of its copy if this thread (or lane) has one.

    Arithmetic instead of a branch, which no processor could predict.
    """
    cdef bint has_copy = <uint64_t>(row - matrix.first) < <uint64_t>matrix.n_copies
    if matrix.borrowed != NULL:
        return borrow_row(job, matrix, row)
    return matrix.rows + row * job.stride + (matrix.to_copies & -<int64_t>has_copy)


cdef inline int64_t find_collected_row(
    Job *job, float *row, float **rows, int64_t start, int64_t stop
) noexcept nogil:
    """Find a row in rows[start:stop], a collection without duplicates; returns `stop` if it is new.

    Every row of a collection has to be passed to this function before it is added, and whoever
    starts a collection increments job.collection. Then a row is compared with the others only if
    one with the same hash is among them.
    """
    cdef uint64_t slot = (<uint64_t>row * <uint64_t>0x9E3779B97F4A7C15) >> (64 - HASH_BITS)
    cdef bint may_be_there = job.last_collections[slot] == job.collection
    job.last_collections[slot] = job.collection
    return find_row(row, rows, start, stop) if may_be_there else stop


cdef inline int64_t find_row(float *row, float **rows, int64_t start, int64_t stop) noexcept nogil:
    """Return the first place of a row in rows[start:stop]; `stop` if it is not there."""
    while start < stop and rows[start] != row:
        start += 1
    return start
