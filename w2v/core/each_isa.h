/* Compiles a body of vector code once for each instruction set.
 *
 *     #define BODY "kernel_body.h"            a path from w2v/core or from w2v
 *     #define SETS (ISA_AVX2 | ISA_AVX512)    besides the baseline, which is always compiled
 *     #include "core/each_isa.h"
 *
 * The body is included once for each set and defines NAME(score) and so on, which becomes
 * avx2_score, baseline_score and so on. It is written in the vectors and operations of one_isa.h.
 * Afterwards EACH_ISA(X) stands for X(name, set) of each compiled set, the fastest set first; isa.h
 * says which of them this machine runs. One body for each C file.
 *
 * Compiled with -ffp-contract=off; see setup.py. */
#include "isa.h"

#define NAME(x) baseline_##x
#define NAME_TEXT "baseline"
#define LANES 4
#include "one_isa.h"

#if SETS & ISA_AVX2
#define WITH_AVX2(X) X(avx2, ISA_AVX2)
BEGIN_ISA("avx2,fma")
#define NAME(x) avx2_##x
#define NAME_TEXT "avx2"
#define LANES 8
#include "one_isa.h"
END_ISA
#else
#define WITH_AVX2(X)
#endif

#if SETS & ISA_AVXVNNI
#define WITH_AVXVNNI(X) X(avxvnni, ISA_AVXVNNI)
BEGIN_ISA("avx2,fma,avxvnni")
#define NAME(x) avxvnni_##x
#define NAME_TEXT "avxvnni"
#define LANES 8
#define VNNI
#include "one_isa.h"
END_ISA
#else
#define WITH_AVXVNNI(X)
#endif

#if SETS & ISA_AVX512
#define WITH_AVX512(X) X(avx512, ISA_AVX512)
BEGIN_ISA("avx512f")
#define NAME(x) avx512_##x
#define NAME_TEXT "avx512"
#define LANES 16
#include "one_isa.h"
END_ISA
#else
#define WITH_AVX512(X)
#endif

#if SETS & ISA_AVX512VNNI
#define WITH_AVX512VNNI(X) X(avx512vnni, ISA_AVX512VNNI)
BEGIN_ISA("avx512f,avx512bw,avx512vl,avx512vnni")
#define NAME(x) avx512vnni_##x
#define NAME_TEXT "avx512vnni"
#define LANES 16
#define VNNI
#include "one_isa.h"
END_ISA
#else
#define WITH_AVX512VNNI(X)
#endif

#define EACH_ISA(X) \
    WITH_AVX512VNNI(X) WITH_AVX512(X) WITH_AVXVNNI(X) WITH_AVX2(X) X(baseline, ISA_BASELINE)
