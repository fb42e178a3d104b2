/* The arithmetic of one block step; see _kernel.h for what it computes.
 *
 * Included by _kernel.c once per instruction set, which defines NAME(x), LANES (4, 8 or 16 floats a
 * vector), FMA(a, b, c) = a * b + c, UPDATE_OUTPUTS (outputs whose rows and updates fit into the
 * registers), and the SHUFFLE patterns of the tree of sums. Rows are `width` floats, a multiple of
 * ROW_FLOATS and so of LANES.
 *
 * Loops over registers have constant bounds, given as arguments of inlined functions: arrays of
 * vectors indexed by constants become registers, and every number of rows is the same code.
 */

#define VEC NAME(vec)
#define HALF (LANES / 2) /* outputs of one tile of scores: two inputs fill a vector */

typedef float VEC __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t NAME(ivec) __attribute__((vector_size(4 * LANES)));

INLINE VEC NAME(load)(const float *from) { return *(const VEC *)from; }
INLINE void NAME(store)(float *to, VEC value) { *(VEC *)to = value; }
INLINE VEC NAME(all)(float value) { return (VEC){0} + value; }

INLINE VEC NAME(pick)(NAME(ivec) which, VEC a, VEC b) {
    return (VEC)((which & (NAME(ivec))a) | (~which & (NAME(ivec))b));
}

/* Error below 2e-7: exp by 2^whole * 2^part, with the Taylor series of 2^part (ln(2)^k / k!) on
 * [-1/2, 1/2]. NaN in, NaN out: a diverged run has to show. */
INLINE VEC NAME(sigmoid)(VEC score) {
    const VEC shift = NAME(all)(12582912.0f); /* 1.5 * 2^23: adding it rounds to a whole number */
    VEC most = NAME(all)(60.0f), x = score, power, whole, part, fraction, scale;
    x = NAME(pick)(x > most, most, x);
    x = NAME(pick)(x < -most, -most, x);
    power = x * -1.44269504f; /* 1 / ln(2) */
    whole = power + shift;
    part = power - (whole - shift);
    fraction = NAME(all)(1.54035304e-4f);
    fraction = FMA(fraction, part, NAME(all)(1.33335581e-3f));
    fraction = FMA(fraction, part, NAME(all)(9.61812911e-3f));
    fraction = FMA(fraction, part, NAME(all)(5.55041087e-2f));
    fraction = FMA(fraction, part, NAME(all)(2.40226507e-1f));
    fraction = FMA(fraction, part, NAME(all)(6.93147181e-1f));
    fraction = FMA(fraction, part, NAME(all)(1.0f));
    /* The low bits of `whole` are the whole number: as an exponent they make 2^whole. */
    scale = (VEC)(((NAME(ivec))whole << 23) + 0x3F800000);
    return 1.0f / FMA(fraction, scale, NAME(all)(1.0f));
}

/* The sums of the lanes of LANES vectors, in order. */
INLINE VEC NAME(sum_lanes)(VEC *sums) {
    UNROLL for (int k = 0; k < LANES; k += 2)
        sums[k / 2] = PAIR_LOW(sums[k], sums[k + 1]) + PAIR_HIGH(sums[k], sums[k + 1]);
    UNROLL for (int k = 0; k < LANES / 2; k += 2)
        sums[k / 2] = QUAD_LOW(sums[k], sums[k + 1]) + QUAD_HIGH(sums[k], sums[k + 1]);
#if LANES > 4
    UNROLL for (int k = 0; k < LANES / 4; k += 2)
        sums[k / 2] = OCT_LOW(sums[k], sums[k + 1]) + OCT_HIGH(sums[k], sums[k + 1]);
#endif
#if LANES > 8
    sums[0] = LAST_LOW(sums[0], sums[1]) + LAST_HIGH(sums[0], sums[1]);
#endif
    return sums[0];
}

/* g of n_in (1 or 2) inputs and n_out <= HALF outputs: HALF values from g and from g + stride. */
INLINE void NAME(score_tile)(const int n_in, const int n_out, const float *const *inputs,
                             float *const *outputs, const float *labels, const Block *block,
                             float *g, int64_t stride) {
    VEC sums[LANES], label, in[2];
    UNROLL for (int k = 0; k < LANES; k++) sums[k] = NAME(all)(0);
    for (int64_t d = 0; d < block->width; d += LANES) {
        UNROLL for (int i = 0; i < n_in; i++) in[i] = NAME(load)(inputs[i] + d);
        UNROLL for (int j = 0; j < n_out; j++) {
            VEC out = NAME(load)(outputs[j] + d);
            UNROLL for (int i = 0; i < n_in; i++)
                sums[i * HALF + j] = FMA(in[i], out, sums[i * HALF + j]);
        }
    }
    memcpy(&label, labels, 4 * HALF);
    memcpy((float *)&label + HALF, labels, 4 * HALF);
    label = (label - NAME(sigmoid)(NAME(sum_lanes)(sums))) * block->alpha;
    memcpy(g, &label, 4 * HALF);
    if (n_in == 2) memcpy(g + stride, (float *)&label + HALF, 4 * HALF);
}

/* Both updates for n_out <= UPDATE_OUTPUTS outputs, whose g start at `g`; `inputs` and `outputs` are
 * the rows as they were, `changed` those that get Out's updates. */
INLINE void NAME(update_tile)(const int n_out, const float *const *outputs, float *const *changed,
                              const Block *block, const float *const *inputs, const float *g,
                              int64_t stride) {
    for (int64_t d = 0; d < block->width; d += LANES) {
        VEC out[UPDATE_OUTPUTS], updates[UPDATE_OUTPUTS];
        UNROLL for (int j = 0; j < n_out; j++) {
            out[j] = NAME(load)(outputs[j] + d);
            updates[j] = NAME(all)(0);
        }
        for (int64_t i = 0; i < block->n_inputs; i++) {
            VEC in = NAME(load)(inputs[i] + d), gradient = NAME(load)(block->gradients[i] + d);
            UNROLL for (int j = 0; j < n_out; j++) {
                VEC weight = NAME(all)(g[i * stride + j]);
                gradient = FMA(weight, out[j], gradient);
                updates[j] = FMA(weight, in, updates[j]);
            }
            NAME(store)(block->gradients[i] + d, gradient);
        }
        /* Loaded again, for a row that stands here twice. */
        UNROLL for (int j = 0; j < n_out; j++)
            NAME(store)(changed[j] + d, NAME(load)(changed[j] + d) + updates[j]);
    }
}

/* Whether an input row stands here twice, and so would be read after it was changed. */
static int NAME(repeats_inputs)(const Block *block) {
    for (int64_t i = 1; i < block->n_inputs; i++)
        for (int64_t k = 0; k < i; k++)
            if (block->inputs[i] == block->inputs[k]) return 1;
    return 0;
}

/* Copies of n rows as they are now, in `to`; returns their addresses, which stand behind them. */
static const float *const *NAME(copies)(const float *const *rows, int64_t n, int64_t width,
                                        float *to) {
    const float **addresses = (const float **)(to + n * width);
    for (int64_t i = 0; i < n; i++)
        addresses[i] = memcpy(to + i * width, rows[i], width * sizeof *to);
    return addresses;
}

#define TILE_CASE(n)                                                                       \
    case n:                                                                                \
        if (pair)                                                                          \
            NAME(score_tile)(2, n, in, out, block->labels + j, block, g_ij, stride);       \
        else                                                                               \
            NAME(score_tile)(1, n, in, out, block->labels + j, block, g_ij, stride);       \
        break;

static void NAME(scores)(const Block *block, float *g, int64_t stride) {
    for (int64_t j = 0; j < block->n_outputs; j += HALF)
        for (int64_t i = 0; i < block->n_inputs; i += 2) {
            const int pair = i + 1 < block->n_inputs;
            const float *const *in = block->inputs + i;
            float *const *out = block->outputs + j;
            float *g_ij = g + i * stride + j;
            switch (block->n_outputs - j) {
                TILE_CASE(1)
#if HALF > 2
                TILE_CASE(2)
                TILE_CASE(3)
#endif
#if HALF > 4
                TILE_CASE(4)
                TILE_CASE(5)
                TILE_CASE(6)
                TILE_CASE(7)
#endif
            default:
                if (pair)
                    NAME(score_tile)(2, HALF, in, out, block->labels + j, block, g_ij, stride);
                else
                    NAME(score_tile)(1, HALF, in, out, block->labels + j, block, g_ij, stride);
            }
        }
}

#undef TILE_CASE
#define TILE_CASE(n)                                                                       \
    case n: NAME(update_tile)(n, out, changed, block, inputs, g + j, stride); break;

static void NAME(updates)(const Block *block, const float *const *inputs,
                          const float *const *outputs, const float *g, int64_t stride) {
    for (int64_t j = 0; j < block->n_outputs; j += UPDATE_OUTPUTS) {
        const float *const *out = outputs + j;
        float *const *changed = block->outputs + j;
        switch (block->n_outputs - j) {
            TILE_CASE(1)
            TILE_CASE(2)
            TILE_CASE(3)
            TILE_CASE(4)
            TILE_CASE(5)
#if UPDATE_OUTPUTS > 6
            TILE_CASE(6)
            TILE_CASE(7)
            TILE_CASE(8)
            TILE_CASE(9)
            TILE_CASE(10)
            TILE_CASE(11)
#endif
        default:
            NAME(update_tile)(UPDATE_OUTPUTS, out, changed, block, inputs, g + j, stride);
        }
    }
}

#undef TILE_CASE

static void NAME(step)(const Block *block) {
    const int64_t m = block->n_inputs, n = block->n_outputs, width = block->width;
    const int64_t stride = (n + ROW_FLOATS - 1) / ROW_FLOATS * ROW_FLOATS;
    const float *const *inputs = block->inputs;
    const float *const *outputs = (const float *const *)block->outputs;
    float *g = block->scratch; /* m x stride */
    float *free = g + m * stride;

    NAME(scores)(block, g, stride);
    if (n > UPDATE_OUTPUTS) {
        /* The second tile needs the rows as they were before the first. */
        outputs = NAME(copies)(outputs, n, width, free);
        free += n * (width + 2);
    }
    if (n > UPDATE_OUTPUTS || NAME(repeats_inputs)(block))
        inputs = NAME(copies)(inputs, m, width, free);
    NAME(updates)(block, inputs, outputs, g, stride);
}

static void NAME(mean)(const float *const *rows, int64_t n, float divisor, int64_t width,
                       float *out) {
    for (int64_t d = 0; d < width; d += LANES) {
        VEC sum = NAME(all)(0);
        for (int64_t i = 0; i < n; i++) sum += NAME(load)(rows[i] + d);
        NAME(store)(out + d, sum / divisor);
    }
}

static void NAME(spread)(const float *addend, float divisor, float *const *rows, int64_t n,
                         int64_t width) {
    for (int64_t d = 0; d < width; d += LANES) {
        VEC part = NAME(load)(addend + d) / divisor;
        for (int64_t i = 0; i < n; i++)
            NAME(store)(rows[i] + d, NAME(load)(rows[i] + d) + part);
    }
}

#undef VEC
#undef HALF

#undef NAME
#undef INDICES
#undef LANES
#undef UPDATE_OUTPUTS
#undef FMA
#undef PAIR_LOW
#undef PAIR_HIGH
#undef QUAD_LOW
#undef QUAD_HIGH
#undef OCT_LOW
#undef OCT_HIGH
#undef LAST_LOW
#undef LAST_HIGH
