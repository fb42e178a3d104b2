# Sets of noise words: drawn together, used by several steps that are far apart.


cdef inline NoiseSet *next_noise_set(Job *job) noexcept nogil:
    """Return the noise words of the next step: sets take turns, and are drawn anew when used up."""
    cdef NoiseSet *noise = &job.noise_sets[job.noise_set]
    job.noise_set += 1
    if job.noise_set == job.n_noise_sets:
        job.noise_set = 0
    if noise.uses_left == 0:
        draw_noise_set(job, noise)
    noise.uses_left -= 1
    return noise


cdef void draw_noise_set(Job *job, NoiseSet *noise) noexcept nogil:
    """Draw a set of noise words, and prefetch their rows, which later uses find in the caches."""
    cdef int64_t n = 0, k, word, place
    # Local copies, since the compiler must expect every store to change what job points to.
    cdef uint64_t random = job.noise_random
    cdef float *row
    job.collection += 1
    noise.is_weighted = False
    for k in range(job.negative):
        word = draw_noise_word(job, k, &random)
        count_uses(job, &job.outputs, word, job.uses_per_noise_word)
        row = row_address(job, &job.outputs, word)
        place = find_collected_row(job, row, noise.rows, 0, n)
        if place == n:
            noise.words[n], noise.rows[n], noise.weights[n] = <int32_t>word, row, 1
            prefetch_row(row, job.width)
            n += 1
        else:
            noise.weights[place] += 1
            noise.is_weighted = True
    job.noise_random = random
    noise.n, noise.uses_left = n, job.noise_uses


cdef void drop_noise_sets(Job *job) noexcept nogil:
    """Let the next steps draw noise words anew."""
    cdef int64_t k
    job.noise_set = 0
    for k in range(job.n_noise_sets):
        job.noise_sets[k].uses_left = 0
