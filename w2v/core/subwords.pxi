# Composed rows: with subwords the input row of a word is the mean of its parts, which are a row of
# its own and those of its n-grams (Bojanowski et al. 2017, arXiv:1607.04606; the mean is the
# tool's, where the paper has the sum).
#
# A step that adds g to all parts adds g to their mean. So a word is composed when the window first
# reaches it, trained as any other input row, and when the window has passed it, what has changed is
# added to each of its parts: one gather and one spread for a word, whatever the number of windows
# that it is in. Only words that share parts do not see the change until then, which is why composed
# rows are not kept any longer: kept for some 30 windows, they ruined the vectors.
#
# Where words that are composed at the same time would share too much, in a vocabulary of a few
# words, say, they are `fleeting`: composed for a single step; see models/subwords.py.


cdef inline Composed *composed_at(Job *job, int64_t i) noexcept nogil:
    """Return the place of the composed row of the word at position i of the batch."""
    return &job.composed[i & job.composed_mask]


cdef inline float *prepare_parts(Job *job, int64_t i) noexcept nogil:
    """Count and prefetch the parts of the word at position i; returns where it will be composed."""
    cdef int64_t word = job.batch[i], k
    for k in range(job.part_offsets[word], job.part_offsets[word + 1]):
        if job.inputs.n_copies > 0:
            count_uses(job, &job.inputs, job.part_rows[k], job.uses_per_part)
        prefetch_row(row_address(job, &job.inputs, job.part_rows[k]), job.width)
    return composed_at(job, i).row


cdef void compose_reached(Job *job) noexcept nogil:
    """Compose the words that the window of the next step may reach, unless they are."""
    cdef int64_t stop = min(job.step + job.window + 1, job.batch_length)
    if job.is_fleeting:
        job.first_composed = job.stop_composed = max(job.step - job.window, <int64_t>0)
    while job.stop_composed < stop:
        compose(job, job.stop_composed)
        job.stop_composed += 1


cdef void spread_passed(Job *job) noexcept nogil:
    """Spread the words that no window after the next step reaches."""
    cdef int64_t stop = job.stop_composed if job.is_fleeting else job.step - job.window + 1
    while job.first_composed < stop:
        spread(job, job.first_composed)
        job.first_composed += 1


cdef void spread_all(Job *job) noexcept nogil:
    """Spread all words that are composed: the batch has ended."""
    while job.first_composed < job.stop_composed:
        spread(job, job.first_composed)
        job.first_composed += 1


cdef void compose(Job *job, int64_t i) noexcept nogil:
    """Make the row of the word at position i the mean of its parts."""
    cdef Composed *composed = composed_at(job, i)
    cdef int64_t n = collect_parts(job, job.batch[i])
    job.kernel.mean(<const float **>job.parts, NULL, n, n, job.stride, composed.row)
    memcpy(composed.base, composed.row, job.stride * sizeof(float))


cdef void spread(Job *job, int64_t i) noexcept nogil:
    """Add to all parts of the word at position i what training has changed in their mean."""
    cdef Composed *composed = composed_at(job, i)
    cdef int64_t word = job.batch[i], n = collect_parts(job, word), d, k
    cdef float *change = composed.base
    for d in range(job.stride):
        change[d] = composed.row[d] - change[d]
    if job.part_locks == NULL:
        job.kernel.spread(change, 1, job.parts, n, job.stride)
        return
    for k in range(n):
        update_locked(
            job, change, 1, job.parts[k], job.part_locks[job.part_rows[job.part_offsets[word] + k]]
        )


cdef inline int64_t collect_parts(Job *job, int64_t word) noexcept nogil:
    """List the addresses of a word's parts; returns how many there are."""
    cdef const int32_t *rows = job.part_rows + job.part_offsets[word]
    cdef int64_t n = n_parts_of(job, word), k
    for k in range(n):
        job.parts[k] = row_address(job, &job.inputs, rows[k])
    return n


cdef inline int64_t n_parts_of(Job *job, int64_t word) noexcept nogil:
    return job.part_offsets[word + 1] - job.part_offsets[word]
