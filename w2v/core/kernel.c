/* The kernels of this build: the body once per instruction set, and the exact one.
 *
 * Owns the choice between them. Compiled with -ffp-contract=off; see setup.py. */
#include "kernel.h"

#include <math.h>
#include <string.h>

#if !defined(__GNUC__)
#error "w2v needs GCC or Clang (on Windows: MinGW or clang-cl) for their vector types"
#endif

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define UNROLL _Pragma("GCC unroll 16")
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (INDICES){__VA_ARGS__})
#endif

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The patterns below interleave two vectors so that the sum of LOW and HIGH holds sums of pairs of
 * lanes of both. JOIN puts what comes of the first into the low half, and its LOW moves no lane: a
 * blend takes less than a shuffle, which is what GCC makes of such a pattern. The others, which stay
 * within halves, go within 128 bits first, which is cheap. */

#define NAME(x) baseline_##x
#define INDICES baseline_ivec
#define LANES 4
#define SCORE_VECS 8
#define UPDATE_VECS 6
#ifdef __aarch64__
#include <arm_neon.h>
#define FMA(a, b, c) ((baseline_vec)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#ifdef __x86_64__
#define MIN(a, b) ((baseline_vec)_mm_min_ps((__m128)(a), (__m128)(b)))
#define MAX(a, b) ((baseline_vec)_mm_max_ps((__m128)(a), (__m128)(b)))
#else
#define PICK(which, a, b)                                                                  \
    ((baseline_vec)(((which) & (baseline_ivec)(a)) | (~(which) & (baseline_ivec)(b))))
#define MIN(a, b) PICK((b) > (a), a, b)
#define MAX(a, b) PICK((b) < (a), a, b)
#endif
#define LOW_HALF(v) ((baseline_half_vec){(v)[0], (v)[1]})
#define HIGH_HALF(v) ((baseline_half_vec){(v)[2], (v)[3]})
#define WHOLE(a, b) ((baseline_vec){(a)[0], (a)[1], (b)[0], (b)[1]})
#define JOIN_LOW(a, b) SHUFFLE(a, b, 0, 1, 4, 5)
#define JOIN_HIGH(a, b) SHUFFLE(a, b, 2, 3, 6, 7)
#define PAIR_LOW(a, b) SHUFFLE(a, b, 0, 4, 2, 6)
#define PAIR_HIGH(a, b) SHUFFLE(a, b, 1, 5, 3, 7)
#include "kernel_body.h"

#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define NAME(x) avx2_##x
#define INDICES avx2_ivec
#define LANES 8
#define SCORE_VECS 8
#define UPDATE_VECS 6
#define MIN(a, b) ((avx2_vec)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define MAX(a, b) ((avx2_vec)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define FMA(a, b, c) ((avx2_vec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define LOW_HALF(v) ((avx2_half_vec)_mm256_castps256_ps128((__m256)(v)))
#define HIGH_HALF(v) ((avx2_half_vec)_mm256_extractf128_ps((__m256)(v), 1))
#define WHOLE(a, b) ((avx2_vec)_mm256_set_m128((__m128)(b), (__m128)(a)))
#define JOIN_LOW(a, b) ((avx2_vec)_mm256_blend_ps((__m256)(a), (__m256)(b), 0xF0))
#define JOIN_HIGH(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 8, 9, 10, 11)
#define PAIR_LOW(a, b) SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define PAIR_HIGH(a, b) SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define QUAD_LOW(a, b) SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define QUAD_HIGH(a, b) SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#include "kernel_body.h"
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f")
#endif
#define NAME(x) avx512_##x
#define INDICES avx512_ivec
#define LANES 16
#define SCORE_VECS 24
#define UPDATE_VECS 12
#define MIN(a, b) ((avx512_vec)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define MAX(a, b) ((avx512_vec)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define FMA(a, b, c) ((avx512_vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define LOW_HALF(v) ((avx512_half_vec)_mm512_castps512_ps256((__m512)(v)))
#define HIGH_HALF(v) ((avx512_half_vec)_mm512_extractf64x4_pd((__m512d)(v), 1))
#define WHOLE(a, b) \
    ((avx512_vec)_mm512_insertf64x4(_mm512_castpd256_pd512((__m256d)(a)), (__m256d)(b), 1))
#define JOIN_LOW(a, b) ((avx512_vec)_mm512_mask_blend_ps(0xFF00, (__m512)(a), (__m512)(b)))
#define JOIN_HIGH(a, b) SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
#define PAIR_LOW(a, b) SHUFFLE(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define PAIR_HIGH(a, b) SHUFFLE(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define QUAD_LOW(a, b) SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define QUAD_HIGH(a, b) SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define OCT_LOW(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define OCT_HIGH(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#include "kernel_body.h"
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif /* __x86_64__ */

/* Steps as word2vec.c has them: output rows in order, each seeing what the one before changed in
 * the error; sums from the first column to the last; the sigmoid from a table. */

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
                      const Block *block) {
    float score = 0, g;
    for (int64_t d = 0; d < block->width; d++) score += input[d] * output[d];
    if (score != score)
        g = score; /* C reads outside its table here and crashes; NaN is found by training.py */
    else if (is_node && (score <= -MAX_SCORE || score >= MAX_SCORE))
        return; /* such nodes are left alone */
    else if (score > MAX_SCORE)
        g = (label - 1) * block->alpha;
    else if (score < -MAX_SCORE)
        g = (label - 0) * block->alpha;
    else
        g = (label - table_sigmoid(score)) * block->alpha;
    for (int64_t d = 0; d < block->width; d++) error[d] += g * output[d];
    for (int64_t d = 0; d < block->width; d++) output[d] += g * input[d];
}

/* Here each output row is updated before the next one is scored, so nothing is left to update. */
static void exact_update(const Block *block) { (void)block; }

static void exact_score(const Block *block) {
    float *error = block->scratch;
    for (int64_t i = 0; i < block->n_inputs; i++) {
        memset(error, 0, block->width * sizeof *error);
        for (int64_t j = 0; j < block->n_outputs; j++)
            exact_row(block->inputs[i], error, block->outputs[j], block->labels[j],
                      j < block->n_nodes, block);
        for (int64_t d = 0; d < block->width; d++) block->gradients[i][d] += error[d];
    }
}

static void exact_mean(const float *const *rows, int64_t n, float divisor, int64_t width,
                       float *out) {
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

#define KERNEL(set) \
    {#set, set##_score, set##_update, set##_mean, set##_spread, set##_merge, set##_path}

static const Kernel kernels[] = {
#ifdef __x86_64__
    KERNEL(avx512),
    KERNEL(avx2),
#endif
    KERNEL(baseline),
    {.name = NULL},
};

const Kernel *list_kernels(void) {
    const Kernel *first = kernels;
#ifdef __x86_64__
    __builtin_cpu_init();
    /* Each set contains the next one, so the first that runs begins the list of those that do. */
    if (!__builtin_cpu_supports("avx512f")) first++;
    if (first > kernels && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        first++;
#endif
    return first;
}

const Kernel *exact_kernel(void) {
    static const Kernel exact = {"exact",      exact_score, exact_update, exact_mean,
                                 exact_spread, NULL,        baseline_path};
    if (sigmoid_table[TABLE_SIZE - 1] == 0) fill_sigmoid_table(); /* at import, under one thread */
    return &exact;
}
