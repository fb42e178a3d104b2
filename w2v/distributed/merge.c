/* The merging of rows; see merge.h. Compiled with -ffp-contract=off; see setup.py. */
#include "merge.h"

#include <math.h>
#include <string.h>

#define LONGER 4.0f
#define LEAST_SHARE 1e-3f /* of Adasum that is computed */
#define LEAST_CHANGE 1e-30f
#define SUMS 16 /* of a dot product, side by side: as many as the widest vectors have */

static float dot(const float *a, const float *b, int64_t D) {
    float sums[SUMS] = {0}, total = 0;
    int64_t d = 0;
    for (; d + SUMS <= D; d += SUMS)
        for (int i = 0; i < SUMS; i++) sums[i] += a[d + i] * b[d + i];
    for (; d < D; d++) total += a[d] * b[d];
    for (int i = 0; i < SUMS; i++) total += sums[i];
    return total;
}

/* Returns the largest absolute value of n floats; not finite, if one of them is not. */
static float largest(const float *values, int64_t n) {
    int32_t most = 0;
    float value;
    for (int64_t i = 0; i < n; i++) { /* as integers, where NaN is above all */
        int32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        bits &= 0x7FFFFFFF;
        most = bits > most ? bits : most;
    }
    memcpy(&value, &most, sizeof value);
    return value;
}

/* Packs one change; returns its scale. */
static float pack(const float *change, int64_t D, int8_t *cells) {
    const float to_nearest = 12582912.0f; /* 1.5 * 2^23: added and taken away, it rounds */
    float most = largest(change, D), factor;
    if (!isfinite(most)) { /* stays so, and is noticed in the weights */
        memset(cells, 1, (size_t)D);
        return INFINITY;
    }
    if (most < LEAST_CHANGE) {
        memset(cells, 0, (size_t)D);
        return 0;
    }
    factor = 127 / most;
    for (int64_t d = 0; d < D; d++)
        cells[d] = (int8_t)(int32_t)((change[d] * factor + to_nearest) - to_nearest);
    return most / 127;
}

/* Unpacks row i of a delta; returns whether it changes anything. */
static int unpack(const Delta *delta, int64_t i, int64_t D, float *change) {
    const float scale = delta->scales[i];
    const int8_t *cells = delta->cells + i * D;
    for (int64_t d = 0; d < D; d++) change[d] = (float)cells[d] * scale;
    return scale != 0;
}

/* Makes a of a and b; the one that is zero adds nothing. */
static void adasum(float *a, const float *b, int64_t D) {
    const float aa = dot(a, a, D), bb = dot(b, b, D), ab = dot(a, b, D);
    const float of_a = aa > 0 ? 1 - ab / (2 * aa) : 1, of_b = bb > 0 ? 1 - ab / (2 * bb) : 1;
    for (int64_t d = 0; d < D; d++) a[d] = of_a * a[d] + of_b * b[d];
}

/* Merges n changes of D, which are overwritten, into the first one by a tree. */
static void adasum_tree(float *changes, int64_t n, int64_t D) {
    for (int64_t step = 1; step < n; step *= 2)
        for (int64_t i = 0; i + step < n; i += 2 * step)
            adasum(changes + i * D, changes + (i + step) * D, D);
}

/* Returns the square of the length of base + change. */
static float square_of(const float *base, const float *change, int64_t D) {
    return dot(base, base, D) + 2 * dot(base, change, D) + dot(change, change, D);
}

void pack_rows(const float *rows, const float *base, int64_t n, int64_t stride, int64_t D,
               float *scales, int8_t *cells, float *scratch) {
    for (int64_t i = 0; i < n; i++, rows += stride, base += stride, cells += D) {
        for (int64_t d = 0; d < D; d++) scratch[d] = rows[d] - base[d];
        scales[i] = pack(scratch, D, cells);
    }
}

int64_t merge_rows(const Delta *deltas, int64_t n_deltas, const float *base, int64_t n,
                   int64_t stride, int64_t D, const float *shares, float *scales, int8_t *cells,
                   float *scratch) {
    float *sum = scratch, *changes = scratch + D;
    int64_t n_guarded = 0;
    for (int64_t i = 0; i < n; i++, base += stride, cells += D) {
        float share = shares[i], longest = 0;
        int64_t n_changed = 0;
        memset(sum, 0, (size_t)D * sizeof *sum);
        for (int64_t k = 0; k < n_deltas; k++) {
            float *change = changes + k * D, square;
            if (!unpack(&deltas[k], i, D, change)) continue;
            n_changed++;
            square = square_of(base, change, D);
            longest = square > longest ? square : longest;
            for (int64_t d = 0; d < D; d++) sum[d] += change[d];
        }
        if (n_changed > 1 && square_of(base, sum, D) > LONGER * LONGER * longest) {
            n_guarded++;
            share = 1;
        }
        if (n_changed > 1 && share > LEAST_SHARE) {
            adasum_tree(changes, n_deltas, D);
            for (int64_t d = 0; d < D; d++) sum[d] = (1 - share) * sum[d] + share * changes[d];
        }
        scales[i] = pack(sum, D, cells);
    }
    return n_guarded;
}

void apply_rows(float *rows, float *base, int64_t n, int64_t stride, int64_t D, Delta merged,
                Delta own) {
    for (int64_t i = 0; i < n; i++, rows += stride, base += stride) {
        const int8_t *cells = merged.cells + i * D, *sent = own.cells;
        const float scale = merged.scales[i], own_scale = own.scales ? own.scales[i] : 0;
        if (own.scales != NULL && scale == 0 && own_scale == 0) continue; /* to the bit */
        for (int64_t d = 0; own.scales != NULL && d < D; d++)
            rows[d] = (rows[d] - base[d]) - (float)sent[i * D + d] * own_scale;
        for (int64_t d = 0; scale != 0 && d < D; d++) base[d] += (float)cells[d] * scale;
        for (int64_t d = 0; d < D; d++) rows[d] = own.scales != NULL ? base[d] + rows[d] : base[d];
    }
}
