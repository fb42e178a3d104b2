# Windows: the input rows of each centre, looked up and prefetched ahead, and made distinct.


cdef inline void plan_window(Job *job, Plan *plan, int64_t i) noexcept nogil:
    """Make the centre at position i and its input rows, if it has any, those of a step."""
    cdef int64_t reach = draw_reach(job), first, stop, j
    cdef float **inputs = plan.inputs
    if i + job.window < job.batch_length:
        prepare_context(job, i + job.window)
    first, stop = max(i - reach, job.sentence_start), min(i + reach + 1, job.sentence_end)
    copy_addresses(job.context_rows + first, i - first, inputs)
    copy_addresses(job.context_rows + i + 1, stop - i - 1, inputs + i - first)
    plan.centre = job.batch[i]
    plan.n_inputs = stop - first - 1
    job.n_pairs += plan.n_inputs
    if job.part_rows != NULL:
        if not job.sg:
            count_parts(job, plan.input_counts, job.batch + first, i - first)
            count_parts(job, plan.input_counts + i - first, job.batch + i + 1, stop - i - 1)
    elif job.uses_per_word == 0:
        for j in range(first, stop):
            if j != i:
                count_uses(job, &job.inputs, job.batch[j], 1)
    if job.locks != NULL:
        note_locks(job, plan.locks, job.batch + first, i - first, plan)
        note_locks(job, plan.locks + i - first, job.batch + i + 1, stop - i - 1, plan)
    if job.distinct_inputs and job.next_duplicates[first] < stop:
        merge_duplicates(job, plan)


cdef inline void count_parts(
    Job *job, float *counts, const int32_t *words, int64_t n
) noexcept nogil:
    """Note how many parts n words have."""
    cdef int64_t k
    for k in range(n):
        counts[k] = <float>n_parts_of(job, words[k])


cdef void note_locks(
    Job *job, float *locks, const int32_t *words, int64_t n, Plan *plan
) noexcept nogil:
    """Note how far n words may be moved, and whether any may be less than the others."""
    cdef int64_t k
    for k in range(n):
        locks[k] = job.locks[words[k]]
        plan.is_locked |= locks[k] != 1


cdef inline void prepare_context(Job *job, int64_t i) noexcept nogil:
    """Count, look up and prefetch the input row of the word at position i.

    Called when the next window may be the first that contains this position.
    """
    if job.part_rows != NULL:
        job.context_rows[i] = prepare_parts(job, i)
    else:
        count_uses(job, &job.inputs, job.batch[i], job.uses_per_word)
        job.context_rows[i] = row_address(job, &job.inputs, job.batch[i])
        prefetch_row(job.context_rows[i], job.width)
    if job.path_steps != NULL:
        prefetch_path(job, job.batch[i])
    if job.distinct_inputs:
        note_duplicate(job, i)


cdef inline void prefetch_path(Job *job, int64_t word) noexcept nogil:
    """Prefetch both ends of a word's Huffman path; few are longer than two cache lines."""
    prefetch(&job.path_steps[job.path_offsets[word]])
    prefetch(&job.path_steps[job.path_offsets[word + 1] - 1])


cdef inline void note_duplicate(Job *job, int64_t i) noexcept nogil:
    """Look within two windows before position i for the same word, and note i in next_duplicates.

    next_duplicates[first] < stop says later whether positions first .. stop - 1 hold a word twice.
    """
    cdef int32_t word = job.batch[i]
    cdef uint32_t slot = (<uint32_t>word * <uint32_t>0x9E3779B1) >> (32 - HASH_BITS)
    cdef int64_t first = max(i - 2 * job.window, <int64_t>0), j = job.last_positions[slot]
    job.previous_positions[i] = <int32_t>j
    job.last_positions[slot] = <int32_t>i
    job.next_duplicates[i] = NO_POSITION
    while j >= first and job.batch[j] != word:
        j = job.previous_positions[j]
    while j >= first and job.next_duplicates[j] == NO_POSITION:
        job.next_duplicates[j] = <int32_t>i
        j -= 1


cdef inline void copy_addresses(float **source, int64_t n, float **to) noexcept nogil:
    """Copy n addresses, and up to ADDRESSES_PER_COPY more: few loops, since n is unpredictable."""
    cdef int64_t k = ADDRESSES_PER_COPY
    memcpy(to, source, ADDRESSES_PER_COPY * sizeof(float *))
    while k < n:
        memcpy(to + k, source + k, ADDRESSES_PER_COPY * sizeof(float *))
        k += ADDRESSES_PER_COPY


cdef void merge_duplicates(Job *job, Plan *plan) noexcept nogil:
    """Make the input rows of each block of MAX_INPUTS distinct, and count how often each came."""
    cdef int64_t i, k, n = 0
    cdef float **inputs = plan.inputs
    cdef float *row
    job.collection += 1
    for i in range(plan.n_inputs):
        row = inputs[i]
        k = find_collected_row(job, row, inputs, n // MAX_INPUTS * MAX_INPUTS, n)
        if k < n:
            plan.input_counts[k] += 1
            plan.has_duplicates = True
        else:
            inputs[n] = row
            plan.input_counts[n] = 1
            if plan.is_locked:
                plan.locks[n] = plan.locks[i]
            n += 1
    plan.n_inputs = n
