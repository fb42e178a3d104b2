# Arrays of weights: aligned, filled at random, closed up; and seeds.

def aligned_zeros(int64_t n_rows, int64_t n_columns, dtype=np.float32):
    """Return an (n_rows, n_columns) array of zeros that shares no pair of cache lines.

    Processors fetch lines in pairs, and a line that another thread writes travels between cores.
    """
    cdef int64_t size = n_rows * n_columns * np.dtype(dtype).itemsize
    room = np.zeros(size + 2 * LINE_PAIR, np.uint8)
    start = -room.ctypes.data % LINE_PAIR
    return room[start : start + size].view(dtype).reshape(n_rows, n_columns)


def fill_randomly(float[:, ::1] vectors not None, int64_t D, uint64_t random, bint exact):
    """Fill the first D columns with first vectors, uniform in (-2, 2) / D.

    Exact: (-0.5, 0.5) / D as word2vec.c, InitNet, does. From longer ones training gets further in
    the same time, see bench/results/choices.md. `random` is the state of the generator; the C
    tool's begins with 1.
    """
    cdef int64_t i, d
    with nogil:
        for i in range(vectors.shape[0]):
            for d in range(D):
                if exact:
                    random = random * <uint64_t>25214903917 + 11
                    vectors[i, d] = <float>(((random & 0xFFFF) / <float>65536 - 0.5) / D)
                else:       # a float holds 24 bits
                    vectors[i, d] = <float>(
                        ((splitmix(&random) >> 40) / <float>(1 << 24) - 0.5) * 4 / D
                    )


def seed_of(*numbers):
    """Return 64 bits that depend on all of these numbers, each from 0 to 2**64 - 1, in order."""
    cdef uint64_t state = 0, number
    for number in numbers:
        state ^= number
        state = splitmix(&state)
    return state


def move_rows(float[:, ::1] vectors not None, int64_t D):
    """Move rows of D columns together, in place; returns them as a contiguous (n, D) array."""
    cdef int64_t i, n = vectors.shape[0], stride = vectors.shape[1]
    cdef float *first = &vectors[0, 0]
    with nogil:
        for i in range(1, n):
            memmove(first + i * D, first + i * stride, D * sizeof(float))
    return np.asarray(vectors).reshape(-1)[: n * D].reshape(n, D)
