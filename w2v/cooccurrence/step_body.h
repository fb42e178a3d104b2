/* The arithmetic of training from counts; see step.h for what it computes.
 *
 * Compiled by step.c once for each instruction set, in the vectors of core/one_isa.h. */

/* Records whose rows are fetched ahead of their use. */
#define AHEAD 3

/* 1 / sqrt(g), g > 0, within 5e-6 of it: a guess from the bits, and two steps of Newton's method.
 * A square root and a division take three times as long; the processor's own guesses differ from
 * one maker to the next, and so would vectors. */
INLINE VEC NAME(inverse_root)(VEC g) {
    VEC half = g * NAME(all)(-0.5f), guess = (VEC)(0x5f375a86 - ((IVEC)g >> 1));
    guess = guess * FMA(half * guess, guess, NAME(all)(1.5f));
    return guess * FMA(half * guess, guess, NAME(all)(1.5f));
}

INLINE VEC NAME(cut)(VEC v, VEC limit) { return MIN(MAX(v, -limit), limit); }

/* Updates LANES columns of two rows by the rates times g. */
INLINE void NAME(change)(float *x, float *y, int64_t width, VEC rate_x, VEC rate_y, VEC limit_x,
                         VEC limit_y) {
    VEC old_x = NAME(load)(x), old_y = NAME(load)(y);
    VEC squares_x = NAME(load)(x + width), squares_y = NAME(load)(y + width);
    VEC step_x = NAME(cut)(rate_x * old_y, limit_x), step_y = NAME(cut)(rate_y * old_x, limit_y);
    NAME(store)(x, FMA(-step_x, NAME(inverse_root)(squares_x), old_x));
    NAME(store)(y, FMA(-step_y, NAME(inverse_root)(squares_y), old_y));
    NAME(store)(x + width, FMA(step_x, step_x, squares_x));
    NAME(store)(y + width, FMA(step_y, step_y, squares_y));
}

static double NAME(train)(const Tile *tile) {
    const int64_t width = tile->width, plain = tile->D / LANES * LANES;
    const VEC limit = NAME(all)(tile->row_limits[0]);
    double cost = 0;
    for (int64_t r = 0; r < tile->n; r++) {
        const Record record = tile->records[r];
        float *x = tile->rows + 2 * width * record.row;
        float *y = tile->columns + 2 * width * record.column;
        VEC sums[2] = {{0}, {0}}; /* two that need not wait for each other */
        float score, difference, g;
        int64_t d = 0;
        if (tile->is_far && r + AHEAD < tile->n) {
            const Record next = tile->records[r + AHEAD];
            prefetch_row(tile->rows + 2 * width * next.row, 2 * width);
            prefetch_row(tile->columns + 2 * width * next.column, 2 * width);
        }
        if (tile->skips_diagonal && record.row == record.column) continue;
        for (; d + LANES < width; d += 2 * LANES) {
            sums[0] = FMA(NAME(load)(x + d), NAME(load)(y + d), sums[0]);
            sums[1] = FMA(NAME(load)(x + d + LANES), NAME(load)(y + d + LANES), sums[1]);
        }
        if (d < width) sums[0] = FMA(NAME(load)(x + d), NAME(load)(y + d), sums[0]);
        score = NAME(sum)(sums[0] + sums[1]);
        difference = score - record.log_count;
        g = record.weight * difference;
        cost += 0.5 * g * difference;
        {
            const VEC rate = NAME(all)(g * tile->row_rates[0]);
            for (d = 0; d < plain; d += LANES)
                NAME(change)(x + d, y + d, width, rate, rate, limit, limit);
        }
        for (; d < width; d += LANES)
            NAME(change)(x + d, y + d, width, NAME(load)(tile->row_rates + d) * NAME(all)(g),
                         NAME(load)(tile->column_rates + d) * NAME(all)(g),
                         NAME(load)(tile->row_limits + d), NAME(load)(tile->column_limits + d));
    }
    return cost;
}
