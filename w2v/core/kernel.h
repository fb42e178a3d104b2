/* The seam between the algorithm (_core.pyx) and the arithmetic (kernel_body.h).
 *
 * One block step, for rows In (m x D) and Out (n x D), labels and a rate alpha:
 *
 *     scores = In . Out^T
 *     g      = (label - sigmoid(scores)) * alpha
 *     In    += g . Out        Out += g^T . In        (both from the values before the step)
 *
 * is all there is to skip-gram and CBOW, negative sampling and hierarchical softmax (Mikolov et al.
 * 2013, arXiv:1310.4546, equations 3 and 4): they differ in the rows of In and Out. Rows are given
 * by address and are distinct: a row that occurs twice in a block is given once, with its count,
 * and g of its pairs is multiplied by both counts.
 *
 * Hogwild (Niu et al. 2011, arXiv:1106.5730): all threads read and write the rows of the input,
 * output and node matrices without locks. A thread that has not seen another's update of a float
 * may overwrite it, and that update is lost. Sparse rows make this rare, and stochastic gradient
 * descent tolerates it. Nothing else is shared for writing.
 *
 * Copies of hot rows. Every thread updates the rows of the most frequent words (of the tree: the
 * nodes nearest the root) all the time, and their cache lines would travel with every update. So
 * each thread updates copies of its own, and merges a copy by adding to the shared row what has
 * changed since the last merge. With one thread there are no copies. No update of a copy is lost
 * but by the race above, and at the end of a chunk every copy is merged.
 *
 * When copies are merged. Stale updates diverge once there are too many of them: where the updates
 * of one thread leave a share c of the distance to an optimum, those of T threads together leave
 * c - (T - 1)(1 - c). That is nearer than before only if (T - 1)(1 - c) < 1 + c; for two threads it
 * always is. The bound must therefore be on the updates of the other threads that a thread has not
 * seen: a copy is due after merge_after = UNSEEN_UPDATES / (T - 1) uses by its thread, whatever the
 * frequency of the row, the length of a chunk or the number of threads; see run.py for the
 * number. A copy that is due is prefetched, and merged when the next one is due, or at the latest
 * when it is due again: after twice as many uses.
 *
 * How uses are counted. Rows far apart share a counter, which makes merges early. Input rows are
 * counted before the first window with a word, by the number of windows that a word is in on
 * average; the reaches that are drawn make that at most twice as many. Noise words are counted when
 * they are drawn, for all steps that will use them. Nodes are counted on one path in four, for all
 * four (on more, where four would leave less than 32 counts until a copy is due); counting every
 * path costs time, see COUNTED_USES in bench/results/choices.md. Which paths are counted has no
 * period, so no text is in step with it; by chance, a copy is due some uses later.
 *
 * Deterministic training has no race: lanes take turns of a stretch each, in which the shared rows
 * are only read, and all updates go to rows that the lane has borrowed; see core/lanes.pxi. */
#ifndef W2V_KERNEL_H
#define W2V_KERNEL_H

#include <stdint.h>

/* Rows are padded with zeros to a multiple of this many floats (a 64-byte cache line). */
#define ROW_FLOATS 16

typedef struct {
    int64_t n_inputs;           /* m */
    int64_t n_outputs;          /* n */
    int64_t n_nodes;            /* how many outputs, the first ones, are nodes of the tree */
    int64_t width;              /* floats a row: D padded, or D itself for the exact kernel */
    const float *const *inputs; /* IN: m rows */
    float *const *gradients;    /* IN/OUT: m rows that get the updates of In: inputs, or buffers */
    float *const *outputs;      /* IN/OUT: n rows */
    const float *labels;        /* IN: n; 1 for the word itself, 0 for noise, 1 - code for nodes;
                                   ROW_FLOATS more may be read */
    const float *weights;       /* IN: n, laid out like labels; factor of g: how often an output
                                   occurs in the block; NULL: once */
    const float *input_counts;  /* IN: m; how often an input occurs in the block; NULL: once */
    float alpha;                /* learning rate */
    float *scratch;             /* OUT: scratch_floats(m, n, width) floats */
    float *scores;              /* OUT: score_floats(m, n) floats of `measure`, for `loss` */
} Block;

/* Rows are merged after 1, 2, 4, ... rounds; see core/lanes.pxi. */
#define LEVELS 16

typedef struct {      /* Rows of a matrix that a lane has borrowed. */
    int64_t n;        /* how many, of `room` */
    int64_t n_filled; /* of these, the first ones have been copied */
    int64_t room;
    int32_t *rows;         /* by place: which row */
    float *copies;         /* by place: the row as the lane updates it */
    int32_t *places;       /* by hash of the row: 1 + place; 0: none */
    uint32_t mask;         /* of hashes; one less than a power of two */
    const uint8_t *levels; /* by row of the matrix */
    int32_t last[LEVELS];  /* by level: 1 + the place that was borrowed last; 0: none */
    int32_t *before;       /* by place: the one of the same level before it, likewise */
    int32_t *next;         /* by place: see core/lanes.pxi, merge_rows */
} Borrowed;

typedef struct {             /* A matrix: rows of all threads, and a thread's copies of some. */
    float *rows;             /* NULL: the loss that needs them is off */
    int64_t first, n_copies; /* rows first .. first + n_copies - 1 have a copy */
    float *copies;
    float *bases;       /* the copies as they were when last merged */
    int64_t to_copies;  /* floats from the address of a row to that of its copy */
    int32_t *uses_left; /* by counter: uses until its copy is due */
    int64_t due;        /* the copy that is due, to be merged when another one is */
    int64_t *merges;    /* by copy: how often it was merged or refreshed, for tests */
    Borrowed *borrowed; /* NULL: training is not deterministic */
} Matrix;

typedef struct {
    const char *name;
    /* The two halves of a step: g into the scratch, then both updates. Work that a caller does
     * between them fills the time that `update` waits for the last results of `score`. */
    void (*score)(const Block *block);
    void (*update)(const Block *block);
    /* As `score`, and keeps the scores. */
    void (*measure)(const Block *block);
    /* The loss of a block that was measured: over all pairs the sum of weight times count times
     * log(1 + exp(-score)), of the score turned round where the label is 0. */
    double (*loss)(const Block *block);
    /* out = the sum of n rows, each times its weight (NULL: 1), divided by `divisor`. */
    void (*mean)(const float *const *rows, const float *weights, int64_t n, float divisor,
                 int64_t width, float *out);
    /* each of n rows += addend / divisor. */
    void (*spread)(const float *addend, float divisor, float *const *rows, int64_t n,
                   int64_t width);
    /* shared += copy - base, then copy = base = shared: the changes that a thread made in its copy
     * of a row reach the other threads, and their changes reach the copy. */
    void (*merge)(float *copy, float *base, float *shared, int64_t width);
    /* shared += the changes of n copies of it, in their order. */
    void (*add_changes)(const float *const *copies, int64_t n, float *shared, int64_t width);
    /* Makes the nodes of n steps (node << 1 | code; ROW_FLOATS more may be read) the first outputs
     * of a block, each with a weight of 1; ROW_FLOATS more may be written. Copies of nodes are of
     * the last rows. */
    void (*path)(const int32_t *steps, int64_t n, const Matrix *nodes, int64_t stride,
                 float **outputs, float *labels, float *weights);
} Kernel;

/* Floats for the scores of m x n rows (n padded), and for copies of m rows and their addresses. */
static inline int64_t scratch_floats(int64_t m, int64_t n, int64_t width) {
    return m * (n + ROW_FLOATS + width + 2) + width + ROW_FLOATS;
}

/* Floats for the scores of m x n rows (n padded), and what is read after the last. */
static inline int64_t score_floats(int64_t m, int64_t n) {
    return m * (n + ROW_FLOATS) + ROW_FLOATS;
}

static inline void prefetch(const void *address) { __builtin_prefetch(address); }

/* Prefetches a cache line for writing, a few hundred instructions ahead of its use. */
static inline void prefetch_line(const float *line) {
#ifdef __x86_64__
    /* The builtin compiles to a prefetch for reading, unless for newer processors only. Processors
     * that lack this instruction ignore it. */
    __asm__ volatile("prefetchw %0" : : "m"(*line));
#else
    __builtin_prefetch(line, 1);
#endif
}

static inline void prefetch_lines(const float *line) {
    prefetch_line(line);
    prefetch_line(line + ROW_FLOATS);
    prefetch_line(line + 2 * ROW_FLOATS);
    prefetch_line(line + 3 * ROW_FLOATS);
}

/* Prefetches all cache lines of a row for writing. The last four are prefetched together, even if
 * some of them have been before: counting would take longer. */
static inline void prefetch_row(const float *row, int64_t width) {
    const float *end = row + width;
    if (width >= 4 * ROW_FLOATS) {
        const float *last = end - 4 * ROW_FLOATS;
        for (; row < last; row += 4 * ROW_FLOATS) prefetch_lines(row);
        prefetch_lines(last);
    } else {
        for (; row < end; row += ROW_FLOATS) prefetch_line(row);
    }
}

/* Returns the kernels that this machine can run, the fastest first; after the last, one whose name
 * is NULL. */
const Kernel *list_kernels(void);

/* Returns the kernel with the C tool's order of operations, which list_kernels leaves out. */
const Kernel *exact_kernel(void);

#endif
