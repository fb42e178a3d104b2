/* The arithmetic of one block step, in plain C; see _kernel.h for what it computes.
 *
 * Included by _kernel.c once per instruction set, with NAME(x) giving each copy its own names.
 * Rows are `width` floats, a multiple of ROW_FLOATS; loops over `lane` become vector instructions.
 */

/* Error below 2e-7: exp by 2^whole * 2^part, with the Taylor series of 2^part (ln(2)^k / k!) on
 * [-1/2, 1/2]. Written without calls or tables so that the loop around it becomes vectors. NaN in,
 * NaN out: a diverged run has to show. */
static inline float NAME(sigmoid)(float score) {
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    float x = score > 60.0f ? 60.0f : score < -60.0f ? -60.0f : score;
    float power = x * -1.44269504f; /* 1 / ln(2) */
    float whole = (power + shift) - shift;
    float part = power - whole;
    float fraction = 1.54035304e-4f;
    int32_t bits;
    float scale;
    fraction = fraction * part + 1.33335581e-3f;
    fraction = fraction * part + 9.61812911e-3f;
    fraction = fraction * part + 5.55041087e-2f;
    fraction = fraction * part + 2.40226507e-1f;
    fraction = fraction * part + 6.93147181e-1f;
    fraction = fraction * part + 1.0f;
    bits = ((int32_t)(whole == whole ? whole : 0.0f) + 127) << 23;
    memcpy(&scale, &bits, sizeof scale);
    return 1.0f / (1.0f + fraction * scale);
}

static inline float NAME(dot)(const float *a, const float *b, int64_t width) {
    float sums[ROW_FLOATS] = {0}, total = 0;
    for (int64_t d = 0; d < width; d += ROW_FLOATS)
        for (int lane = 0; lane < ROW_FLOATS; lane++) sums[lane] += a[d + lane] * b[d + lane];
    for (int lane = 0; lane < ROW_FLOATS; lane++) total += sums[lane];
    return total;
}

static void NAME(step)(const Block *block) {
    const int64_t m = block->n_inputs, n = block->n_outputs;
    float *g = block->scratch;          /* m x n */
    float *updates = g + m * n;         /* n x ROW_FLOATS: Out's, of the columns in hand */

    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            g[i * n + j] = NAME(dot)(block->inputs[i], block->outputs[j], block->width);

    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            g[i * n + j] = (block->labels[j] - NAME(sigmoid)(g[i * n + j])) * block->alpha;

    /* Columns do not depend on each other, so both updates can be made a few columns at a time;
     * all of Out's are summed before In changes, and added after In has read the old ones. */
    for (int64_t d = 0; d < block->width; d += ROW_FLOATS) {
        for (int64_t j = 0; j < n; j++) {
            float sums[ROW_FLOATS] = {0};
            for (int64_t i = 0; i < m; i++)
                for (int lane = 0; lane < ROW_FLOATS; lane++)
                    sums[lane] += g[i * n + j] * block->inputs[i][d + lane];
            memcpy(updates + ROW_FLOATS * j, sums, sizeof sums);
        }
        for (int64_t i = 0; i < m; i++) {
            float sums[ROW_FLOATS] = {0};
            for (int64_t j = 0; j < n; j++)
                for (int lane = 0; lane < ROW_FLOATS; lane++)
                    sums[lane] += g[i * n + j] * block->outputs[j][d + lane];
            for (int lane = 0; lane < ROW_FLOATS; lane++)
                block->gradients[i][d + lane] += sums[lane];
        }
        for (int64_t j = 0; j < n; j++)
            for (int lane = 0; lane < ROW_FLOATS; lane++)
                block->outputs[j][d + lane] += updates[ROW_FLOATS * j + lane];
    }
}

static void NAME(mean)(const float *const *rows, int64_t n, float divisor, int64_t width,
                       float *out) {
    memset(out, 0, width * sizeof *out);
    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < width; d++) out[d] += rows[i][d];
    for (int64_t d = 0; d < width; d++) out[d] /= divisor;
}

static void NAME(spread)(const float *addend, float divisor, float *const *rows, int64_t n,
                         int64_t width) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < width; d++) rows[i][d] += addend[d] / divisor;
}
