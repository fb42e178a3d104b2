/* The search of this build: the body once for each instruction set.
 *
 * Owns the choice between them. Compiled with -ffp-contract=off; see setup.py. */
#include "nearest.h"

#include "core/isa.h"

#include <math.h>
#include <string.h>

typedef struct {
    float scale;   /* value of one unit in the cells, for the row scaled to length 1 */
    float error;   /* length of the difference of row and cells, for the row scaled to length 1 */
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

/* Whether row `a` is a worse neighbour than row `b`. */
INLINE int is_worse(float score_a, int64_t a, float score_b, int64_t b) {
    return score_a < score_b || (score_a == score_b && a > b);
}

/* Puts a row into a query's heap if its score is better than the worst there; NaN never is. */
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

#define BODY "vectors/nearest_body.h"
#define SETS (ISA_AVX2 | ISA_AVXVNNI | ISA_AVX512 | ISA_AVX512VNNI)
#include "core/each_isa.h"

const Finder **list_finders(void) {
    static const Finder *found[6]; /* filled at import, under one thread */
    int n = 0;
#define ADD(name, set) \
    if (has_isa(set)) found[n++] = &name##_finder;
    EACH_ISA(ADD)
    found[n] = NULL;
    return found;
}
