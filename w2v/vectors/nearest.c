/* The search of this build: the body once per instruction set.
 *
 * Owns the choice between them. Compiled with -ffp-contract=off; see setup.py. */
#include "nearest.h"

#include <math.h>
#include <string.h>

#if !defined(__GNUC__)
#error "w2v needs GCC or Clang (on Windows: MinGW or clang-cl) for their vector types"
#endif

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

typedef struct {
    float scale;   /* what a unit of the cells stands for, for a row of length 1 */
    float error;   /* length of the row less what its cells stand for, for a row of length 1 */
    int32_t total; /* sum of the 8-bit numbers */
} Packed;

/* Whether the square of a row's length is far from the ends of float's range. */
INLINE int is_safe(float square) { return square > 1e-30f && square < 1e30f; }

INLINE float as_float(int32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The cosine of a row that is very short or very long, or zero, with a query of length 1. */
static __attribute__((noinline)) float careful_cosine(const float *row, const float *query,
                                                      int64_t D) {
    double sum = 0, square = 0;
    for (int64_t d = 0; d < D; d++) {
        sum += (double)row[d] * query[d];
        square += (double)row[d] * row[d];
    }
    return square == 0 ? 0 : (float)(sum / sqrt(square));
}

/* Whether row `a` with its score is a worse neighbour than row `b` with its. */
INLINE int is_worse(float score_a, int64_t a, float score_b, int64_t b) {
    return score_a < score_b || (score_a == score_b && a > b);
}

/* Puts a row into a query's heap if it beats the worst one there. NaN never does. */
INLINE void offer(const Search *search, int64_t q, int64_t row, float score) {
    float *scores = search->scores + q * search->topn;
    int64_t *rows = search->rows + q * search->topn, hole = 0, child;
    if (!(score > scores[0])) return;
    while ((child = 2 * hole + 1) < search->topn) {
        if (child + 1 < search->topn &&
            is_worse(scores[child + 1], rows[child + 1], scores[child], rows[child]))
            child++;
        if (is_worse(score, row, scores[child], rows[child])) break;
        scores[hole] = scores[child];
        rows[hole] = rows[child];
        hole = child;
    }
    scores[hole] = score;
    rows[hole] = row;
}

#define NAME(x) baseline_##x
#define NAME_TEXT "baseline"
#define LANES 4
#ifdef __aarch64__
#include <arm_neon.h>
#define QUERIES 12
#define FMA(a, b, c) ((baseline_vec)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define QUERIES 6
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#define ANY(mask) (((mask)[0] | (mask)[1] | (mask)[2] | (mask)[3]) != 0)
#include "nearest_body.h"

#ifdef __x86_64__

/* VNNI in 256 bits without AVX-512 came to the compilers with GCC 11 and Clang 12. */
#if defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11
#define HAS_AVXVNNI
#endif

#define FMA256(vec, a, b, c) ((vec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define FMA512(vec, a, b, c) ((vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define ANY256(mask) (_mm256_movemask_ps((__m256)(mask)) != 0)
#define ANY512(mask) (_mm512_test_epi32_mask((__m512i)(mask), (__m512i)(mask)) != 0)

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define NAME(x) avx2_##x
#define NAME_TEXT "avx2"
#define LANES 8
#define QUERIES 6
#define FMA(a, b, c) FMA256(avx2_vec, a, b, c)
#define ANY ANY256
#include "nearest_body.h"

#ifdef HAS_AVXVNNI
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma,avxvnni")
#endif
#define NAME(x) avxvnni_##x
#define NAME_TEXT "avxvnni"
#define LANES 8
#define QUERIES 6
#define FMA(a, b, c) FMA256(avxvnni_vec, a, b, c)
#define ANY ANY256
#define DOT4(sums, queries, rows) \
    ((avxvnni_ivec)_mm256_dpbusd_avx_epi32((__m256i)(sums), (__m256i)(queries), (__m256i)(rows)))
#include "nearest_body.h"
#endif

#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f")
#endif
#define NAME(x) avx512_##x
#define NAME_TEXT "avx512"
#define LANES 16
#define QUERIES 12
#define FMA(a, b, c) FMA512(avx512_vec, a, b, c)
#define ANY ANY512
#include "nearest_body.h"

#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))), \
                             apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vnni")
#endif
#define NAME(x) avx512vnni_##x
#define NAME_TEXT "avx512vnni"
#define LANES 16
#define QUERIES 12
#define FMA(a, b, c) FMA512(avx512vnni_vec, a, b, c)
#define ANY ANY512
#define DOT4(sums, queries, rows) \
    ((avx512vnni_ivec)_mm512_dpbusd_epi32((__m512i)(sums), (__m512i)(queries), (__m512i)(rows)))
#include "nearest_body.h"
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif /* __x86_64__ */

#ifdef HAS_AVXVNNI
/* Asked of the processor: not every compiler that knows the instructions knows their name. */
static int supports_avxvnni(void) {
    unsigned a = 0, b, c, d;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

const Finder **list_finders(void) {
    static const Finder *found[6]; /* filled at import, under one thread */
    int n = 0;
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        found[n++] = &avx512vnni_finder;
    if (__builtin_cpu_supports("avx512f")) found[n++] = &avx512_finder;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
#ifdef HAS_AVXVNNI
        if (supports_avxvnni()) found[n++] = &avxvnni_finder;
#endif
        found[n++] = &avx2_finder;
    }
#endif
    found[n++] = &baseline_finder;
    found[n] = NULL;
    return found;
}
