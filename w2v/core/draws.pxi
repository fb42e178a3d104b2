# Every random draw: which words are kept, how far a window reaches, which words are noise.

cdef inline bint stays(Job *job, int32_t word) noexcept nogil:
    """Whether this token survives subsampling."""
    if job.keep == NULL:
        return True
    if job.exact:
        return (draw(job) & 0xFFFF) <= job.keep[word]
    return (draw(job) >> 32) <= job.keep[word]


cdef inline int64_t reach_of_window(Job *job) noexcept nogil:
    """How many words to each side of the centre are context: 1..window, each as likely."""
    if not job.shrink_windows:
        return job.window
    if job.exact:
        return job.window - <int64_t>(draw(job) % <uint64_t>job.window)
    return job.window - <int64_t>(
        ((splitmix(&job.window_random) >> 32) * <uint64_t>job.window) >> 32
    )


cdef inline int64_t noise_word(Job *job, int64_t k, uint64_t *random) noexcept nogil:
    """The k-th noise word of a set, from bits drawn a set ago; draws those of the next."""
    cdef uint64_t bits = job.noise_bits[k], next_bits = splitmix(random), entry
    cdef int64_t slot = noise_slot(job, bits), own
    job.noise_bits[k] = next_bits
    prefetch(&job.noise[noise_slot(job, next_bits)])
    entry = job.noise[slot]
    # Arithmetic instead of a branch, which would be guessed wrong every other time.
    own = -<int64_t>(<uint32_t>bits < entry >> 32)
    return (slot & own) | (<int64_t>(<uint32_t>entry) & ~own)


cdef inline int64_t noise_slot(Job *job, uint64_t bits) noexcept nogil:
    return <int64_t>(((bits >> 32) * <uint64_t>job.V) >> 32)


cdef inline int64_t exact_noise_word(Job *job) noexcept nogil:
    cdef uint64_t bits = draw(job)
    cdef int64_t slot, low, high, middle
    slot = <int64_t>((bits >> 16) % <uint64_t>job.noise_slots)
    low, high = 0, job.V - 1
    while low < high:           # the first word whose bound is above the slot
        middle = (low + high) // 2
        if job.noise_bounds[middle] > slot:
            high = middle
        else:
            low = middle + 1
    return low if low > 0 else <int64_t>(bits % <uint64_t>(job.V - 1)) + 1


cdef inline uint64_t draw(Job *job) noexcept nogil:
    """The next 64 random bits. Exact: the C tool's congruential generator, modulo 2**64."""
    if job.exact:
        job.random = job.random * <uint64_t>25214903917 + 11
        return job.random
    return splitmix(&job.random)


cdef inline uint64_t splitmix(uint64_t *state) noexcept nogil:
    """splitmix64 (Steele, Lea, Flood 2014): good in all bits, and no draw waits for another."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)
