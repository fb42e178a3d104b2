# Windows planned ahead: their input rows looked up, prefetched, made distinct.

cdef inline void plan_window(Job *job, Plan *plan, int64_t i) noexcept nogil:
    """Add the centre at position i and its context rows to a step, unless it has no context.

    Of these rows, the one that comes into the windows' reach is asked for.
    """
    cdef int64_t reach = reach_of_window(job), c = plan.n_centres, first, stop, j
    cdef float **inputs = plan.inputs[c]
    if i + job.window < job.batch_length:
        enter_reach(job, i + job.window)
    first, stop = max(i - reach, job.start), min(i + reach + 1, job.end)
    copy_addresses(job.context + first, i - first, inputs)
    copy_addresses(job.context + i + 1, stop - i - 1, inputs + i - first)
    plan.centres[c] = job.batch[i]
    plan.m[c] = stop - first - 1
    plan.n_centres += plan.m[c] > 0
    if job.uses_ahead == 0:
        for j in range(first, stop):
            if j != i:
                count_uses(job, &job.inputs, job.batch[j], 1)
    if job.distinct and job.repeat[first] < stop:
        merge_repeats(job, plan)


cdef inline void enter_reach(Job *job, int64_t i) noexcept nogil:
    """Look up, and ask for, the input row of the word at position i, which windows now reach."""
    count_uses(job, &job.inputs, job.batch[i], job.uses_ahead)
    job.context[i] = row_address(job, &job.inputs, job.batch[i])
    prefetch_row(job.context[i], job.width)
    if job.path_steps != NULL:
        prefetch_path(job, job.batch[i])
    if job.distinct:
        note_repeat(job, i)


cdef inline void prefetch_path(Job *job, int64_t word) noexcept nogil:
    """Ask for both ends of a word's Huffman path; few are longer than two cache lines."""
    prefetch(&job.path_steps[job.path_offsets[word]])
    prefetch(&job.path_steps[job.path_offsets[word + 1] - 1])


cdef inline void note_repeat(Job *job, int64_t i) noexcept nogil:
    """Find where, within two windows, the word at position i came last, and note that it has."""
    cdef int32_t word = job.batch[i]
    cdef uint32_t slot = (<uint32_t>word * <uint32_t>0x9E3779B1) >> (32 - SLOT_BITS)
    cdef int64_t first = max(i - 2 * job.window, <int64_t>0), j = job.latest[slot]
    job.earlier[i] = <int32_t>j
    job.latest[slot] = <int32_t>i
    job.repeat[i] = NEVER
    while j >= first and job.batch[j] != word:
        j = job.earlier[j]
    while j >= first and job.repeat[j] == NEVER:
        job.repeat[j] = <int32_t>i
        j -= 1


cdef inline void copy_addresses(float **source, int64_t n, float **to) noexcept nogil:
    """Copy n addresses, and up to COPIED behind them: nobody can guess n, so few loops are best."""
    cdef int64_t k = COPIED
    memcpy(to, source, COPIED * sizeof(float *))
    while k < n:
        memcpy(to + k, source + k, COPIED * sizeof(float *))
        k += COPIED


cdef void merge_repeats(Job *job, Plan *plan) noexcept nogil:
    """Make a centre's input rows distinct within each MAX_INPUTS; there are fewer then."""
    cdef int64_t i, k, kept = 0
    cdef float **inputs = plan.inputs[0]
    cdef float *row
    job.stamp += 1
    for i in range(plan.m[0]):
        row = inputs[i]
        k = find_row(job, row, inputs, kept // MAX_INPUTS * MAX_INPUTS, kept)
        if k < kept:
            plan.input_counts[k] += 1
            plan.repeated_inputs = True
        else:
            inputs[kept] = row
            plan.input_counts[kept] = 1
            kept += 1
    plan.m[0] = kept
