/* The vectors of one instruction set, and the body compiled with them.
 *
 * Included by each_isa.h only, which defines
 *     NAME(x), NAME_TEXT    x with the name of the set before it; that name as a string
 *     LANES                 floats of a vector: 4, 8 or 16
 *     VNNI                  if the set multiplies 8-bit numbers
 * A body finds these, and the following, which are undefined again after it:
 *     HALF, REGISTERS       half of LANES; how many vectors the processor holds
 *     VEC, IVEC, HVEC       LANES floats; LANES int32; HALF floats: at any address, of any type
 *     NAME(load), NAME(store), NAME(all)    from memory, to memory, one value in all lanes
 *     NAME(sum)             of all lanes
 *     FMA(a, b, c)          a * b + c; where the set has it, rounded once
 *     MIN(a, b), MAX(a, b)  b where either is NaN
 *     ANY(mask)             whether a lane of an IVEC of 0 and -1 is not 0
 *     DOT4(sums, u, s)      if VNNI: adds to each lane of sums the four products of the unsigned
 *                           bytes of u and the signed bytes of s in it
 *     LOW_HALF, HIGH_HALF, WHOLE    a vector taken apart and put together
 *     JOIN_LOW ... OCT_HIGH         patterns for sums of lanes
 *
 * The patterns interleave two vectors so that the sum of LOW and HIGH holds sums of pairs of lanes
 * of both. JOIN puts what comes of the first into the low half, and its LOW moves no lane: a blend
 * takes less than a shuffle, which is what GCC makes of such a pattern. PAIR, QUAD and OCT, which
 * keep within halves, go within 128 bits first, which is cheap. */

#define HALF (LANES / 2)
#define VEC NAME(vec)
#define IVEC NAME(ivec)
#define HVEC NAME(half_vec)

typedef float VEC __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t IVEC __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float HVEC __attribute__((vector_size(4 * HALF), aligned(4), may_alias));

INLINE VEC NAME(load)(const void *from) { return *(const VEC *)from; }
INLINE void NAME(store)(float *to, VEC value) { *(VEC *)to = value; }
/* Less zero, which leaves every float as it is: plus zero would not (-0), so would be computed. */
INLINE VEC NAME(all)(float value) { return value - (VEC){0}; }

INLINE float NAME(sum)(VEC v) {
    typedef float QUAD __attribute__((vector_size(16)));
    QUAD parts[LANES / 4], total;
    memcpy(parts, &v, sizeof v);
    total = parts[0];
    UNROLL for (int i = 1; i < LANES / 4; i++)
        total += parts[i];
    return (total[0] + total[2]) + (total[1] + total[3]);
}

#if LANES == 4

#ifdef __aarch64__
#include <arm_neon.h>
#define REGISTERS 32
#define FMA(a, b, c) ((VEC)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define REGISTERS 16
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#ifdef __x86_64__
#define MIN(a, b) ((VEC)_mm_min_ps((__m128)(a), (__m128)(b)))
#define MAX(a, b) ((VEC)_mm_max_ps((__m128)(a), (__m128)(b)))
#else
#define PICK(which, a, b) ((VEC)(((which) & (IVEC)(a)) | (~(which) & (IVEC)(b))))
#define MIN(a, b) PICK((b) > (a), a, b)
#define MAX(a, b) PICK((b) < (a), a, b)
#endif
#define ANY(mask) (((mask)[0] | (mask)[1] | (mask)[2] | (mask)[3]) != 0)
#define LOW_HALF(v) ((HVEC){(v)[0], (v)[1]})
#define HIGH_HALF(v) ((HVEC){(v)[2], (v)[3]})
#define WHOLE(a, b) ((VEC){(a)[0], (a)[1], (b)[0], (b)[1]})
#define JOIN_LOW(a, b) SHUFFLE(a, b, 0, 1, 4, 5)
#define JOIN_HIGH(a, b) SHUFFLE(a, b, 2, 3, 6, 7)
#define PAIR_LOW(a, b) SHUFFLE(a, b, 0, 4, 2, 6)
#define PAIR_HIGH(a, b) SHUFFLE(a, b, 1, 5, 3, 7)

#elif LANES == 8

#define REGISTERS 16
#define FMA(a, b, c) ((VEC)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define MIN(a, b) ((VEC)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define MAX(a, b) ((VEC)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define ANY(mask) (_mm256_movemask_ps((__m256)(mask)) != 0)
#ifdef VNNI
#define DOT4(sums, u, s) \
    ((IVEC)_mm256_dpbusd_avx_epi32((__m256i)(sums), (__m256i)(u), (__m256i)(s)))
#endif
#define LOW_HALF(v) ((HVEC)_mm256_castps256_ps128((__m256)(v)))
#define HIGH_HALF(v) ((HVEC)_mm256_extractf128_ps((__m256)(v), 1))
#define WHOLE(a, b) ((VEC)_mm256_set_m128((__m128)(b), (__m128)(a)))
#define JOIN_LOW(a, b) ((VEC)_mm256_blend_ps((__m256)(a), (__m256)(b), 0xF0))
#define JOIN_HIGH(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 8, 9, 10, 11)
#define PAIR_LOW(a, b) SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define PAIR_HIGH(a, b) SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define QUAD_LOW(a, b) SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define QUAD_HIGH(a, b) SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15)

#else

#define REGISTERS 32
#define FMA(a, b, c) ((VEC)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define MIN(a, b) ((VEC)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define MAX(a, b) ((VEC)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define ANY(mask) (_mm512_test_epi32_mask((__m512i)(mask), (__m512i)(mask)) != 0)
#ifdef VNNI
#define DOT4(sums, u, s) ((IVEC)_mm512_dpbusd_epi32((__m512i)(sums), (__m512i)(u), (__m512i)(s)))
#endif
#define LOW_HALF(v) ((HVEC)_mm512_castps512_ps256((__m512)(v)))
#define HIGH_HALF(v) ((HVEC)_mm512_extractf64x4_pd((__m512d)(v), 1))
#define WHOLE(a, b) ((VEC)_mm512_insertf64x4(_mm512_castpd256_pd512((__m256d)(a)), (__m256d)(b), 1))
#define JOIN_LOW(a, b) ((VEC)_mm512_mask_blend_ps(0xFF00, (__m512)(a), (__m512)(b)))
#define JOIN_HIGH(a, b) SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
#define PAIR_LOW(a, b) SHUFFLE(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define PAIR_HIGH(a, b) SHUFFLE(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define QUAD_LOW(a, b) SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define QUAD_HIGH(a, b) SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define OCT_LOW(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define OCT_HIGH(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)

#endif

#include BODY

#undef NAME
#undef NAME_TEXT
#undef LANES
#undef VNNI
#undef HALF
#undef REGISTERS
#undef VEC
#undef IVEC
#undef HVEC
#undef FMA
#undef PICK
#undef MIN
#undef MAX
#undef ANY
#undef DOT4
#undef LOW_HALF
#undef HIGH_HALF
#undef WHOLE
#undef JOIN_LOW
#undef JOIN_HIGH
#undef PAIR_LOW
#undef PAIR_HIGH
#undef QUAD_LOW
#undef QUAD_HIGH
#undef OCT_LOW
#undef OCT_HIGH
