# The declarations of kernel.h, which explains them, and kernels by name.

cdef extern from "core/kernel.h" nogil:
    int ROW_FLOATS_C "ROW_FLOATS"
    int LEVELS_C "LEVELS"
    ctypedef struct Block:
        int64_t n_inputs
        int64_t n_outputs
        int64_t n_nodes
        int64_t width
        const float **inputs
        float **gradients
        float **outputs
        const float *labels
        const float *weights
        const float *input_counts
        float alpha
        float *scratch
        float *scores
    ctypedef struct Borrowed:
        int64_t n
        int64_t n_filled
        int64_t room
        int32_t *rows
        float *copies
        int32_t *places
        uint32_t mask
        const uint8_t *levels
        int32_t *last
        int32_t *before
        int32_t *next
    ctypedef struct Matrix:
        float *rows
        int64_t first
        int64_t n_copies
        float *copies
        float *bases
        int64_t to_copies
        int32_t *uses_left
        int64_t due
        int64_t *merges
        Borrowed *borrowed
    ctypedef struct Kernel:
        const char *name
        void (*score)(const Block *block) noexcept nogil
        void (*update)(const Block *block) noexcept nogil
        void (*measure)(const Block *block) noexcept nogil
        double (*loss)(const Block *block) noexcept nogil
        void (*mean)(
            const float **rows, const float *weights, int64_t n, float divisor, int64_t width,
            float *out
        ) noexcept nogil
        void (*spread)(
            const float *addend, float divisor, float **rows, int64_t n, int64_t width
        ) noexcept nogil
        void (*merge)(float *copy, float *base, float *shared, int64_t width) noexcept nogil
        void (*add_changes)(
            const float **copies, int64_t n, float *shared, int64_t width
        ) noexcept nogil
        void (*path)(
            const int32_t *steps, int64_t n, const Matrix *nodes, int64_t stride, float **outputs,
            float *labels, float *weights
        ) noexcept nogil
    int64_t scratch_floats(int64_t m, int64_t n, int64_t width)
    int64_t score_floats(int64_t m, int64_t n)
    void prefetch_row(const float *row, int64_t width)
    void prefetch(const void *address)
    const Kernel *list_kernels()
    const Kernel *exact_kernel()

ROW_FLOATS = ROW_FLOATS_C

# At import, under one thread: both fill static tables when first called.
list_kernels()
exact_kernel()


cdef const Kernel *find_kernel(str name) except NULL:
    """Return the kernel of a name; raises ValueError when this machine has none of that name."""
    if name == "exact":
        return exact_kernel()
    cdef const Kernel *kernel = list_kernels()
    while kernel.name != NULL:
        if kernel.name.decode() == name:
            return kernel
        kernel += 1
    raise ValueError(f"kernel={name!r}: this machine has {', '.join(kernel_names())}")


def kernel_names():
    """Return the names of the kernels this machine can run, the fastest first.

    >>> kernel_names()[-1]
    'baseline'
    """
    cdef const Kernel *kernel = list_kernels()
    names = []
    while kernel.name != NULL:
        names.append(kernel.name.decode())
        kernel += 1
    return names
