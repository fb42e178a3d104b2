# Every random draw: which words are kept, how far a window reaches, which words are noise.


cdef inline bint is_kept(Job *job, int32_t word) noexcept nogil:
    """Draw whether subsampling keeps this token."""
    if job.keep == NULL:
        return True
    if job.exact:
        return (draw_bits(job) & 0xFFFF) <= job.keep[word]
    return (draw_bits(job) >> 32) <= job.keep[word]


cdef inline int64_t draw_reach(Job *job) noexcept nogil:
    """Draw how many words to each side of a centre are context: 1 to window, equally likely.

    Always `window` unless shrink_windows.
    """
    if not job.shrink_windows:
        return job.window
    if job.exact:
        return job.window - <int64_t>(draw_bits(job) % <uint64_t>job.window)
    return job.window - <int64_t>(
        ((splitmix(&job.window_random) >> 32) * <uint64_t>job.window) >> 32
    )


cdef inline int64_t draw_noise_word(Job *job, int64_t k, uint64_t *random) noexcept nogil:
    """Return the k-th noise word of a set, from the bits drawn for it with the set before.

    Draws the bits for the next set, and prefetches the entry of the alias table that they choose.
    """
    cdef uint64_t bits = job.noise_bits[k], next_bits = splitmix(random), entry
    cdef int64_t slot = noise_slot(job, bits), is_own
    job.noise_bits[k] = next_bits
    prefetch(&job.noise[noise_slot(job, next_bits)])
    entry = job.noise[slot]
    # Arithmetic instead of a branch, which would be mispredicted every other time.
    is_own = -<int64_t>(<uint32_t>bits < entry >> 32)
    return (slot & is_own) | (<int64_t>(<uint32_t>entry) & ~is_own)


cdef inline int64_t noise_slot(Job *job, uint64_t bits) noexcept nogil:
    """Return the entry of the alias table that some bits choose, 0 to V - 1."""
    return <int64_t>(((bits >> 32) * <uint64_t>job.V) >> 32)


cdef inline int64_t draw_exact_noise_word(Job *job) noexcept nogil:
    """Draw a noise word as the C tool does, whose table noise_bounds stand for."""
    cdef uint64_t bits = draw_bits(job)
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


cdef inline uint64_t draw_bits(Job *job) noexcept nogil:
    """Draw 64 random bits. Exact: from the C tool's congruential generator, modulo 2**64."""
    if job.exact:
        job.random = job.random * <uint64_t>25214903917 + 11
        return job.random
    return splitmix(&job.random)


cdef inline uint64_t splitmix(uint64_t *state) noexcept nogil:
    """Draw 64 bits from splitmix64 (Steele, Lea, Flood 2014): a fast counter, good in all bits."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)
