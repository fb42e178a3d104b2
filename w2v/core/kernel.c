/* The kernels of this build: the body once for each instruction set, and the exact one.
 *
 * Owns the choice between them. Compiled with -ffp-contract=off; see setup.py. */
#include "kernel.h"

#include <math.h>
#include <string.h>

#define BODY "kernel_body.h"
#define SETS (ISA_AVX2 | ISA_AVX512)
#include "each_isa.h"

/* The exact kernel: steps as in word2vec.c. Output rows are scored and updated one after another,
 * sums go from the first column to the last, and the sigmoid is read from a table. */

enum { TABLE_SIZE = 1000, MAX_SCORE = 6 };

static float sigmoid_table[TABLE_SIZE];

static void fill_sigmoid_table(void) {
    for (int k = 0; k < TABLE_SIZE; k++) {
        /* The exponent in float, exp itself in double, rounded to float: as C's types have it. */
        float power = (k / (float)TABLE_SIZE * 2 - 1) * MAX_SCORE;
        float e = (float)exp(power);
        sigmoid_table[k] = e / (e + 1);
    }
}

static inline float table_sigmoid(float score) {
    /* 1000 / 6 / 2 is 83 in C's integers, not 83.33: the curve is read a little to the left. */
    return sigmoid_table[(int)((score + MAX_SCORE) * (TABLE_SIZE / MAX_SCORE / 2))];
}

static void exact_row(const float *input, float *error, float *output, float label, int is_node,
                      const Block *block, float *kept_score) {
    float score = 0, g;
    for (int64_t d = 0; d < block->width; d++) score += input[d] * output[d];
    *kept_score = score;
    if (score != score)
        g = score; /* C reads outside its table and crashes; training.py finds the NaN */
    else if (is_node && (score <= -MAX_SCORE || score >= MAX_SCORE))
        return; /* C does not update such nodes */
    else if (score > MAX_SCORE) g = (label - 1) * block->alpha;
    else if (score < -MAX_SCORE) g = (label - 0) * block->alpha;
    else g = (label - table_sigmoid(score)) * block->alpha;
    for (int64_t d = 0; d < block->width; d++) error[d] += g * output[d];
    for (int64_t d = 0; d < block->width; d++) output[d] += g * input[d];
}

/* exact_score updates each output row before it scores the next one, so there is nothing to do. */
static void exact_update(const Block *block) { (void)block; }

static void exact_score(const Block *block) {
    float *error = block->scratch;
    for (int64_t i = 0; i < block->n_inputs; i++) {
        memset(error, 0, block->width * sizeof *error);
        for (int64_t j = 0; j < block->n_outputs; j++)
            exact_row(block->inputs[i], error, block->outputs[j], block->labels[j],
                      j < block->n_nodes, block, block->scores + i * block->n_outputs + j);
        for (int64_t d = 0; d < block->width; d++) block->gradients[i][d] += error[d];
    }
}

static double exact_loss(const Block *block) {
    double sum = 0;
    for (int64_t i = 0; i < block->n_inputs; i++)
        for (int64_t j = 0; j < block->n_outputs; j++) {
            double score = block->scores[i * block->n_outputs + j];
            if (block->labels[j] == 0) score = -score;
            sum += score > 0 ? log1p(exp(-score)) : log1p(exp(score)) - score;
        }
    return sum;
}

static void exact_mean(const float *const *rows, const float *weights, int64_t n, float divisor,
                       int64_t width, float *out) {
    (void)weights; /* of subwords, which the C tool has none of */
    memset(out, 0, width * sizeof *out);
    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < width; d++) out[d] += rows[i][d];
    for (int64_t d = 0; d < width; d++) out[d] /= divisor;
}

static void exact_spread(const float *addend, float divisor, float *const *rows, int64_t n,
                         int64_t width) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < width; d++) rows[i][d] += addend[d] / divisor;
}

#define KERNEL(name, set)                                                        \
    {#name,       name##_score,  name##_update, name##_measure,     name##_loss, \
     name##_mean, name##_spread, name##_merge,  name##_add_changes, name##_path},
#define SET(name, set) set,

static const Kernel kernels[] = {EACH_ISA(KERNEL){.name = NULL}};
static const int sets[] = {EACH_ISA(SET)};

const Kernel *list_kernels(void) {
    static const Kernel *first; /* found at import, under one thread */
    int i = 0;
    if (first) return first;
    /* Each set contains the next one, so the first that runs begins the list of those that do. */
    while (!has_isa(sets[i])) i++;
    return first = &kernels[i];
}

const Kernel *exact_kernel(void) {
    static const Kernel exact = {"exact",    exact_score,  exact_update, exact_score,
                                 exact_loss, exact_mean,   exact_spread, NULL,
                                 NULL,       baseline_path};
    if (sigmoid_table[TABLE_SIZE - 1] == 0) fill_sigmoid_table(); /* filled at import, too */
    return &exact;
}
