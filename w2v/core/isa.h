/* Instruction sets (ISA): which there are, how a compiler is told to use one, and whether this
 * machine runs it. each_isa.h compiles code for each of them. */
#ifndef W2V_ISA_H
#define W2V_ISA_H

#if !defined(__GNUC__) && !defined(__clang__)
#error "w2v is written in the vector types of GCC and Clang; on Windows use clang-cl or MinGW GCC"
#endif

#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define PRAGMA(...) _Pragma(#__VA_ARGS__)
#ifdef __clang__
#define UNROLL PRAGMA(unroll)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define BEGIN_ISA(names) \
    PRAGMA(clang attribute push(__attribute__((target(names))), apply_to = function))
#define END_ISA PRAGMA(clang attribute pop)
#else
#define UNROLL PRAGMA(GCC unroll 16)
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (IVEC){__VA_ARGS__})
#define BEGIN_ISA(names) PRAGMA(GCC push_options) PRAGMA(GCC target(names))
#define END_ISA PRAGMA(GCC pop_options)
#endif

/* A set that this compiler or this family of processors lacks is 0, and so never compiled. */
#define ISA_BASELINE 1
#ifdef __x86_64__
#define ISA_AVX2 2 /* and FMA */
#define ISA_AVX512 4
#define ISA_AVX512VNNI 8
#if defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11
#define ISA_AVXVNNI 16 /* VNNI in 256 bits without AVX-512 */
#else
#define ISA_AVXVNNI 0
#endif
#else
#define ISA_AVX2 0
#define ISA_AVX512 0
#define ISA_AVX512VNNI 0
#define ISA_AVXVNNI 0
#endif

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#if defined(__clang__) && defined(_MSC_VER)
/* clang-cl's immintrin.h leaves out what the command line does not switch on. */
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <fmaintrin.h>
#include <avx512fintrin.h>
#include <avx512bwintrin.h>
#include <avx512vlintrin.h>
#include <avx512vnniintrin.h>
#if ISA_AVXVNNI
#include <avxvnniintrin.h>
#endif
#endif

INLINE int has_bits(unsigned word, unsigned bits) { return (word & bits) == bits; }

/* Asks the processor itself: __builtin_cpu_supports takes a library that clang-cl does not link,
 * and some compilers know instructions that it has no name for. */
static inline int has_isa(int set) {
    const unsigned osxsave = 1u << 27, fma = 1u << 12; /* CPUID leaf 1, ecx */
    const unsigned avx2 = 1u << 5, avx512f = 1u << 16, avx512bw_vl = 3u << 30; /* leaf 7, ebx */
    const unsigned avx512vnni = 1u << 11;                                      /* leaf 7, ecx */
    const unsigned avxvnni = 1u << 4;     /* leaf 7, part 1, eax */
    const unsigned ymm = 0x6, zmm = 0xE6; /* XCR0: registers that the system keeps for a thread */
    unsigned eax, ebx, ecx, edx, leaf1_ecx, leaf7_ebx, leaf7_ecx, part1_eax = 0, parts, xcr0;
    if (set == ISA_BASELINE) return 1;
    if (!__get_cpuid(1, &eax, &ebx, &leaf1_ecx, &edx) || !has_bits(leaf1_ecx, osxsave)) return 0;
    if (!__get_cpuid_count(7, 0, &parts, &leaf7_ebx, &leaf7_ecx, &edx)) return 0;
    if (parts >= 1) __get_cpuid_count(7, 1, &part1_eax, &ebx, &ecx, &edx);
    __asm__("xgetbv" : "=a"(xcr0), "=d"(edx) : "c"(0));
#ifdef __APPLE__ /* switches AVX-512 on when a thread first uses it */
    if (has_bits(xcr0, ymm)) xcr0 |= zmm;
#endif
    switch (set) {
    case ISA_AVX512VNNI:
        if (!has_bits(leaf7_ebx, avx512bw_vl) || !has_bits(leaf7_ecx, avx512vnni)) return 0;
        return has_isa(ISA_AVX512);
    case ISA_AVX512: return has_bits(leaf7_ebx, avx512f) && has_bits(xcr0, zmm);
    case ISA_AVX2:
        return has_bits(leaf7_ebx, avx2) && has_bits(leaf1_ecx, fma) && has_bits(xcr0, ymm);
    default: return has_bits(part1_eax, avxvnni) && has_isa(ISA_AVX2);
    }
}
#else
static inline int has_isa(int set) { return set == ISA_BASELINE; }
#endif

#endif
