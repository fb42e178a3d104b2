# A thread's own copies of the hottest rows, counted and merged; core/kernel.h says why.

cdef inline bint is_counted(Job *job) noexcept nogil:
    """Whether this path is: steps of the golden ratio fall out of step with whatever recurs."""
    job.turn += <uint32_t>0x9E3779B9
    return job.turn <= job.last_turn


cdef void count_path(Job *job, const int32_t *steps, int64_t n) noexcept nogil:
    """count_uses of the nodes on a path, with a single branch: few have any to merge."""
    cdef Matrix nodes = job.nodes       # a copy, which no store in between can change
    cdef int64_t k, counter
    cdef int32_t signs = 0, uses = job.count_every
    for k in range(n):
        counter = counter_of(&nodes, steps[k] >> 1)
        nodes.left[counter] -= uses
        signs |= nodes.left[counter]
    for k in range(n if signs < 0 else 0):
        counter = counter_of(&nodes, steps[k] >> 1)
        if nodes.left[counter] < 0:
            renew_counter(job, &job.nodes, counter, uses)


cdef inline void count_uses(Job *job, Matrix *matrix, int64_t row, int32_t uses) noexcept nogil:
    """So many updates of a row are to come: sees to it that its copy, if any, is merged in time."""
    cdef int64_t counter = counter_of(matrix, row)
    if matrix.n_copies == 0:
        return
    matrix.left[counter] -= uses
    if matrix.left[counter] < 0:
        renew_counter(job, matrix, counter, uses)


cdef inline void renew_counter(
    Job *job, Matrix *matrix, int64_t counter, int32_t uses
) noexcept nogil:
    """A counter has run out: start it anew, and see to the copy that is counted there, if any."""
    matrix.left[counter] = job.merge_after - uses
    if counter < matrix.n_copies:
        merge_later(job, matrix, counter)


cdef inline int64_t counter_of(Matrix *matrix, int64_t row) noexcept nogil:
    """Rows COUNTERS apart share one, so that none is told from the others: merges come early."""
    return (row - matrix.first) & (COUNTERS - 1)


cdef void merge_later(Job *job, Matrix *matrix, int64_t copy) noexcept nogil:
    """Ask for what merging this copy takes, and merge the one for which that was asked before."""
    prefetch_row(matrix.bases + copy * job.stride, job.stride)
    prefetch_row(matrix.rows + (matrix.first + copy) * job.stride, job.stride)
    merge_copy(job, matrix, matrix.due)
    matrix.due = copy


cdef void merge_copies(Job *job, Matrix *matrix) noexcept nogil:
    cdef int64_t copy
    for copy in range(matrix.n_copies):
        merge_copy(job, matrix, copy)
        matrix.left[copy] = job.merge_after


cdef void merge_copy(Job *job, Matrix *matrix, int64_t copy) noexcept nogil:
    """Merge a copy, or renew it if it has not changed.

    Merging a row writes it, and undoes what another thread has written there at that very time.
    """
    cdef int64_t stride = job.stride, row_bytes = stride * sizeof(float)
    cdef float *own = matrix.copies + copy * stride
    cdef float *base = matrix.bases + copy * stride
    cdef float *shared = matrix.rows + (matrix.first + copy) * stride
    if memcmp(own, base, row_bytes) != 0:
        job.kernel.merge(own, base, shared, stride)
    else:
        memcpy(own, shared, row_bytes)
        memcpy(base, own, row_bytes)
