/* Rows that several nodes have trained apart: what each changed, in 8 bits, and what becomes of it.
 *
 * A change (delta) of a row is D cells of 8 bits and a scale: cell times scale, the largest being
 * 127. Scale 0: nothing has changed. D numbers of a row count; `stride` floats lie between rows.
 *
 * One code for every processor, and no order of additions that a compiler might choose: the bytes
 * of a model do not depend on which machines of a cluster merged which rows. */
#ifndef W2V_MERGE_H
#define W2V_MERGE_H

#include <stdint.h>

typedef struct {
    const float *scales; /* (n,) */
    const int8_t *cells; /* (n, D) */
} Delta;

/* Packs the changes from `base` to `rows`, both IN, into scales (n,) and cells (n, D), OUT.
 *
 * `scratch` are D floats. */
void pack_rows(const float *rows, const float *base, int64_t n, int64_t stride, int64_t D,
               float *scales, int8_t *cells, float *scratch);

/* Merges what the nodes changed, IN, in n rows that were `base`, IN, into one change, OUT.
 *
 * It is (1 - share) * sum + share * Adasum, share (n,) IN: added where few updates of a row are
 * unseen by other nodes, and where many are, what is parallel averaged and what is orthogonal
 * added. Adasum(a, b) = (1 - ab / 2aa) a + (1 - ab / 2bb) b, in pairs, in a fixed tree (Maleki et
 * al. 2020, arXiv:2006.02924, equation 3).
 *
 * A row that would become LONGER times as long as the longest that it comes from is Adasum's.
 * Returns how many such rows there were. `scratch` are (1 + n_deltas) * D floats. */
int64_t merge_rows(const Delta *deltas, int64_t n_deltas, const float *base, int64_t n,
                   int64_t stride, int64_t D, const float *shares, float *scales, int8_t *cells,
                   float *scratch);

/* Adds a merged change, IN, to `base` and lets `rows` go on from there, both IN/OUT.
 *
 * What rounding kept back of a node's own change, `own` IN, stays in its rows and goes out with its
 * next one; own.scales NULL: it is dropped, and rows are base. */
void apply_rows(float *rows, float *base, int64_t n, int64_t stride, int64_t D, Delta merged,
                Delta own);

#endif
