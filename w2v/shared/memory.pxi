# Memory that grows, and goes back to the system; for modules that import mmap and np.

cdef enum:
    HUGE_BYTES = 4 << 20        # bytes from which on huge pages are requested


def mapped_zeros(int64_t n, dtype):
    """Return a 1-D array of n zeros, n > 0, that begins on a page and takes memory once written to.

    The system has it back as soon as it is dropped; malloc, with an arena for each thread, may keep
    megabytes. Huge pages cost a fifth of what small ones do to be given out.
    """
    cdef int64_t n_bytes = n * np.dtype(dtype).itemsize
    if not hasattr(mmap, "MAP_PRIVATE"):        # Windows
        return np.frombuffer(mmap.mmap(-1, n_bytes), dtype)
    area = mmap.mmap(-1, n_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if n_bytes >= HUGE_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
        try:
            area.madvise(mmap.MADV_HUGEPAGE)
        except OSError:         # this kernel has none
            pass
    return np.frombuffer(area, dtype)


cdef object grown(array, int64_t size):
    """Return a copy of a 1-D memoryview's array with `size` entries, the new ones zero."""
    old = np.asarray(array)
    new = mapped_zeros(size, old.dtype)
    new[: old.size] = old
    return new
