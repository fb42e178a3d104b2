# Noise words drawn together, which serve several steps that are far apart.

cdef inline NoiseSet *next_noise(Job *job) noexcept nogil:
    """The noise words of the next step: the sets take turns, and are drawn anew when used up."""
    cdef NoiseSet *noise = &job.noise_sets[job.next_noise_set]
    job.next_noise_set += 1
    if job.next_noise_set == job.n_noise_sets:
        job.next_noise_set = 0
    if noise.uses_left == 0:
        draw_noise(job, noise)
    noise.uses_left -= 1
    return noise


cdef void draw_noise(Job *job, NoiseSet *noise) noexcept nogil:
    """Fill a set, and ask for its rows; by the time of their next uses, they are in the caches."""
    cdef int64_t n = 0, k, word, place
    # Copies, which no store in between can change.
    cdef uint64_t random = job.noise_random
    cdef float weight = job.noise_weight
    cdef float *row
    job.stamp += 1
    noise.weighted = weight != 1
    for k in range(job.negative):
        word = noise_word(job, k, &random)
        count_uses(job, &job.outputs, word, job.noise_uses_ahead)
        row = row_address(job, &job.outputs, word)
        place = find_row(job, row, noise.rows, 0, n)
        if place == n:
            noise.words[n], noise.rows[n], noise.weights[n] = <int32_t>word, row, weight
            prefetch_row(row, job.width)
            n += 1
        else:
            noise.weights[place] += weight
            noise.weighted = True
    job.noise_random = random
    noise.n, noise.uses_left = n, job.noise_uses
