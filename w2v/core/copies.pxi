# A thread's own copies of the hottest rows: uses counted, copies merged. kernel.h says why.


cdef inline bint is_path_counted(Job *job) noexcept nogil:
    """Choose one path in paths_per_count, by steps of the golden ratio: no period."""
    job.path_phase += <uint32_t>0x9E3779B9
    return job.path_phase <= job.last_counted_phase


cdef void count_path_uses(Job *job, const int32_t *steps, int64_t n) noexcept nogil:
    """Count the uses of the nodes on a path, as count_uses does, with a single branch for all."""
    cdef Matrix nodes = job.nodes       # local: the compiler must expect stores to change job.nodes
    cdef int64_t k, counter
    cdef int32_t signs = 0, uses = job.paths_per_count
    for k in range(n):
        counter = counter_of(&nodes, steps[k] >> 1)
        nodes.uses_left[counter] -= uses
        signs |= nodes.uses_left[counter]
    for k in range(n if signs < 0 else 0):
        counter = counter_of(&nodes, steps[k] >> 1)
        if nodes.uses_left[counter] < 0:
            restart_counter(job, &job.nodes, counter, uses)


cdef inline void count_uses(Job *job, Matrix *matrix, int64_t row, int32_t uses) noexcept nogil:
    """Count coming updates of a row, so that its copy, if it has one, is merged in time."""
    cdef int64_t counter = counter_of(matrix, row)
    if matrix.n_copies == 0:
        return
    matrix.uses_left[counter] -= uses
    if matrix.uses_left[counter] < 0:
        restart_counter(job, matrix, counter, uses)


cdef inline void restart_counter(
    Job *job, Matrix *matrix, int64_t counter, int32_t uses
) noexcept nogil:
    """Restart a counter that has run out, and schedule the merge of its copy, if it has one."""
    matrix.uses_left[counter] = job.merge_after - uses
    if counter < matrix.n_copies:
        schedule_merge(job, matrix, counter)


cdef inline int64_t counter_of(Matrix *matrix, int64_t row) noexcept nogil:
    """Return the counter of a row, whether it has a copy or not: a branch could not be predicted.

    Rows COUNTERS apart share a counter, so that copies are merged early, never late.
    """
    return (row - matrix.first) & (COUNTERS - 1)


cdef void schedule_merge(Job *job, Matrix *matrix, int64_t copy) noexcept nogil:
    """Prefetch what merging a copy takes, and merge the copy that was scheduled before it."""
    prefetch_row(matrix.bases + copy * job.stride, job.stride)
    prefetch_row(matrix.rows + (matrix.first + copy) * job.stride, job.stride)
    merge_copy(job, matrix, matrix.due)
    matrix.due = copy


cdef void merge_copies(Job *job, Matrix *matrix) noexcept nogil:
    """Merge all copies of a matrix, and restart their counters."""
    cdef int64_t copy
    for copy in range(matrix.n_copies):
        merge_copy(job, matrix, copy)
        matrix.uses_left[copy] = job.merge_after


cdef void merge_copy(Job *job, Matrix *matrix, int64_t copy) noexcept nogil:
    """Merge a copy into the shared row, or refresh it if this thread has not changed it.

    Merging writes the shared row, which overwrites what another thread writes at that very time.
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
    matrix.merges[copy] += 1
