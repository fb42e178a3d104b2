/* The seam between the algorithm (_core.pyx) and the arithmetic (kernel_body.h).
 *
 * One block step, for rows In (m x D) and Out (n x D), labels and a rate alpha:
 *
 *     scores = In . Out^T
 *     g      = (label - sigmoid(scores)) * alpha
 *     In    += g . Out        Out += g^T . In        (both from the values before the step)
 *
 * is all there is to skip-gram and CBOW, negative sampling and hierarchical softmax (Mikolov et al.
 * 2013, arXiv:1310.4546, equations 3 and 4): they differ in which rows are handed in. Rows are given
 * by address and are distinct: a row that belongs to the block twice is given once, with its count,
 * and g of its pairs is multiplied by both counts.
 *
 * Hogwild (Niu et al. 2011, arXiv:1106.5730): the rows of the input, output and node matrices are
 * read and written by all threads without locks. A float may be overwritten by a thread that has
 * not seen another's update, so that update is lost; sparse rows make this rare, and it costs no
 * correctness that stochastic gradient descent relies on. Nothing else is shared for writing.
 *
 * The rows of the most frequent words (of the tree: the nodes nearest the root) are written by
 * every thread all the time, and their cache lines would travel with every update. So each thread
 * works on its own copies of them, and merges a copy into the shared row by adding what changed
 * since the last merge. Exact: with one thread there are no copies; no update is lost but by the
 * race above; at the end of a chunk every copy has been merged. Approximate: after `merge_after`
 * updates by its thread (or fewer: rows far apart are counted together) a copy is due, and it is
 * merged when the next one is (so that memory can answer in between), at the latest when it is due
 * again: so many updates, or twice, each thread computes without knowledge of the others'. Adding
 * stale changes diverges once there are too many of them: where so many updates leave a share c of
 * the way to an optimum, T threads' sum leaves c - (T - 1)(1 - c), which is less than the whole way
 * back as long as (T - 1)(1 - c) < 1 + c: always for two threads. So what is bounded is what a
 * thread does not know of, the others' updates: merge_after = UNSEEN_UPDATES / (T - 1), whatever
 * the frequency of the row, the length of a chunk or the number of threads. See training.py for the
 * number. Input rows are counted when a word comes into reach, by the number of windows that it is
 * in on average; the reaches that are drawn make that at most twice as many. Noise words are counted
 * when they are drawn, for all steps that they are to serve. Nodes are counted on one path in four
 * (in fewer than four, where that would leave less than 32 counts until a copy is due) for all of
 * these: counting on each would take two threads 5 % of their time. Nothing in the text can keep
 * step with the turns; by chance, a copy is due some uses later. */
#ifndef W2V_KERNEL_H
#define W2V_KERNEL_H

#include <stdint.h>

/* Rows are padded with zeros to a multiple of this many floats (a 64-byte cache line). */
#define ROW_FLOATS 16

typedef struct {
    int64_t n_inputs;           /* m */
    int64_t n_outputs;          /* n */
    int64_t n_nodes;            /* the first so many outputs are nodes of the Huffman tree */
    int64_t width;              /* floats a row: D padded, or D itself for the exact kernel */
    const float *const *inputs; /* IN: m rows */
    float *const *gradients;    /* IN/OUT: m rows that get In's updates: inputs again, or a buffer */
    float *const *outputs;      /* IN/OUT: n rows */
    const float *labels;        /* IN: n; 1 for the word itself, 0 for noise, 1 - code for nodes;
                                   ROW_FLOATS more may be read */
    const float *weights;       /* IN: n, read like labels; what g is multiplied by: how often an
                                   output belongs to the block; NULL: once */
    int64_t pair_stride;        /* 0, or labels and weights have a row for each input, so many
                                   floats apart; a weight of 0 leaves a pair out */
    const float *input_counts;  /* IN: m; how often an input belongs to the block; NULL: once */
    float alpha;                /* learning rate */
    float *scratch;             /* OUT: scratch_floats(m, n, width) floats */
} Block;

typedef struct {                /* A matrix: rows for all threads, and a thread's copies of some. */
    float *rows;                /* NULL: the loss that needs them is off */
    int64_t first, n_copies;    /* rows first .. first + n_copies - 1 have a copy here */
    float *copies;
    float *bases;               /* the copies as they were when last merged */
    int64_t to_copies;          /* from where a row stands to where its copy does, in floats */
    int32_t *left;              /* by counter: uses until the copy counted there is to be merged */
    int64_t due;                /* the last one that was: to be merged when another is */
} Matrix;

typedef struct {
    const char *name;
    /* The two halves of a step: g into the scratch, then both updates. What a caller does between
     * them hides the time that the first result of `update` waits for the last of `score`. */
    void (*score)(const Block *block);
    void (*update)(const Block *block);
    /* out = the sum of n rows, divided by `divisor`. */
    void (*mean)(const float *const *rows, int64_t n, float divisor, int64_t width, float *out);
    /* each of n rows += addend / divisor. */
    void (*spread)(const float *addend, float divisor, float *const *rows, int64_t n,
                   int64_t width);
    /* shared += copy - base, then both of these = shared: what a thread did to its copy of a row
     * reaches the others, and what they did reaches the copy. */
    void (*merge)(float *copy, float *base, float *shared, int64_t width);
    /* Makes the nodes of n steps (node << 1 | code; ROW_FLOATS more may be read) the first outputs
     * of a block, each with a weight of 1; room for ROW_FLOATS more. The copies are of the last
     * rows. */
    void (*path)(const int32_t *steps, int64_t n, const Matrix *nodes, int64_t stride,
                 float **outputs, float *labels, float *weights);
} Kernel;

/* Room for the scores of m x n rows (n padded), and copies of m rows and their addresses. */
static inline int64_t scratch_floats(int64_t m, int64_t n, int64_t width) {
    return m * (n + ROW_FLOATS + width + 2) + width + ROW_FLOATS;
}

static inline void prefetch(const void *address) { __builtin_prefetch(address); }

/* Ask for a cache line to be here, for writing, a few hundred instructions ahead of its use. */
static inline void prefetch_line(const float *line) {
#ifdef __x86_64__
    /* The builtin gives the plain one, for reading, unless a newer processor is asked for; old
     * ones that lack this instruction take it as none. */
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

/* The same for all lines of a row. The last four are asked for in one go, even if some have been:
 * counting would take longer. */
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

/* Ends with an entry whose name is NULL; the first entry is the fastest this machine can run. */
const Kernel *list_kernels(void);

/* The C tool's own order of operations, one input row at a time; not listed with the others. */
const Kernel *exact_kernel(void);

#endif
