/* The arithmetic of one block step; see _kernel.h for what it computes.
 *
 * Included by _kernel.c once per instruction set, which defines NAME(x), LANES (4, 8 or 16 floats a
 * vector), SCORE_INPUTS (inputs of one tile of scores), UPDATE_OUTPUTS (outputs whose rows and new
 * values fit into the registers), FMA(a, b, c) = a * b + c, MIN and MAX, the halves of a vector and
 * the patterns of the tree of sums. Rows are `width` floats, a multiple of ROW_FLOATS and so of LANES.
 *
 * Loops over registers have constant bounds, given as arguments of inlined functions: arrays of
 * vectors indexed by constants become registers, and every number of rows is the same code.
 */

#define VEC NAME(vec)
#define HVEC NAME(half_vec)
#define HALF (LANES / 2) /* outputs of one tile of scores */
#define ROW_VECS 8

typedef float VEC __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float HVEC __attribute__((vector_size(4 * HALF), aligned(4), may_alias));
typedef int32_t NAME(half_ivec) __attribute__((vector_size(4 * HALF)));
typedef int32_t NAME(ivec) __attribute__((vector_size(4 * LANES)));

INLINE VEC NAME(load)(const float *from) { return *(const VEC *)from; }
INLINE void NAME(store)(float *to, VEC value) { *(VEC *)to = value; }
/* Less zero, which leaves every float as it is: plus zero would not (-0), so would be computed. */
INLINE VEC NAME(all)(float value) { return value - (VEC){0}; }

/* Error below 2e-7: exp by 2^whole * 2^part, with the Taylor series of 2^part (ln(2)^k / k!) on
 * [-1/2, 1/2]. NaN in, NaN out: a diverged run has to show. */
INLINE VEC NAME(sigmoid)(VEC score) {
    const VEC shift = NAME(all)(12582912.0f); /* 1.5 * 2^23: adding it rounds to a whole number */
    VEC most = NAME(all)(60.0f), x = score, power, whole, part, fraction, scale;
    x = MAX(-most, MIN(most, x)); /* a NaN in x stays: it is the second operand */
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

/* The sums of the lanes of HALF vectors, in order. Adding the halves first makes the tree of
 * shuffles that follows half as wide. */
INLINE HVEC NAME(sum_lanes)(const VEC *vectors) {
    HVEC sums[HALF];
    UNROLL for (int k = 0; k < HALF; k++) sums[k] = LOW_HALF(vectors[k]) + HIGH_HALF(vectors[k]);
    UNROLL for (int k = 0; k < HALF; k += 2)
        sums[k / 2] = PAIR_LOW(sums[k], sums[k + 1]) + PAIR_HIGH(sums[k], sums[k + 1]);
#if HALF > 2
    UNROLL for (int k = 0; k < HALF / 2; k += 2)
        sums[k / 2] = QUAD_LOW(sums[k], sums[k + 1]) + QUAD_HIGH(sums[k], sums[k + 1]);
#endif
#if HALF > 4
    sums[0] = OCT_LOW(sums[0], sums[1]) + OCT_HIGH(sums[0], sums[1]);
#endif
    return sums[0];
}

/* Scores of n_in <= SCORE_INPUTS inputs and n_out <= HALF outputs: HALF floats for each input. */
INLINE void NAME(score_tile)(const int n_in, const int n_out, const float *const *inputs,
                             const float *const *outputs, int64_t width, float *scores,
                             int64_t stride) {
    VEC sums[SCORE_INPUTS * HALF], in[SCORE_INPUTS];
    UNROLL for (int k = 0; k < n_in * HALF; k++) sums[k] = NAME(all)(0);
    for (int64_t d = 0; d < width; d += LANES) {
        UNROLL for (int i = 0; i < n_in; i++) in[i] = NAME(load)(inputs[i] + d);
        UNROLL for (int j = 0; j < n_out; j++) {
            VEC out = NAME(load)(outputs[j] + d);
            UNROLL for (int i = 0; i < n_in; i++)
                sums[i * HALF + j] = FMA(in[i], out, sums[i * HALF + j]);
        }
    }
    UNROLL for (int i = 0; i < n_in; i++)
        *(HVEC *)(scores + i * stride) = NAME(sum_lanes)(sums + i * HALF);
}

/* Scores of all inputs and n_out <= HALF outputs. */
INLINE void NAME(score_columns)(const int n_out, const Block *block, const float *const *outputs,
                                float *scores, int64_t stride) {
    const float *const *inputs = block->inputs;
    int64_t i = 0;
    for (; i + SCORE_INPUTS <= block->n_inputs; i += SCORE_INPUTS)
        NAME(score_tile)(SCORE_INPUTS, n_out, inputs + i, outputs, block->width,
                         scores + i * stride, stride);
    if (SCORE_INPUTS > 2 && i + 2 <= block->n_inputs) {
        NAME(score_tile)(2, n_out, inputs + i, outputs, block->width, scores + i * stride, stride);
        i += 2;
    }
    for (; i < block->n_inputs; i++)
        NAME(score_tile)(1, n_out, inputs + i, outputs, block->width, scores + i * stride, stride);
}

static void NAME(scores)(const Block *block, float *scores, int64_t stride) {
    for (int64_t j = 0; j < block->n_outputs; j += HALF) {
        const float *const *outputs = (const float *const *)block->outputs + j;
#define CASE(n) \
    case n: NAME(score_columns)(n, block, outputs, scores + j, stride); break;
        switch (block->n_outputs - j) {
            CASE(1)
#if HALF > 2
            CASE(2)
            CASE(3)
#endif
#if HALF > 4
            CASE(4)
            CASE(5)
            CASE(6)
            CASE(7)
#endif
        default: NAME(score_columns)(HALF, block, outputs, scores + j, stride);
        }
#undef CASE
    }
}

/* Turn scores into g, in place. */
static void NAME(gradients)(const Block *block, float *g, int64_t stride) {
    VEC label;
    if (stride == HALF) { /* two inputs fill a vector */
        memcpy(&label, block->labels, 4 * HALF);
        memcpy((float *)&label + HALF, block->labels, 4 * HALF);
    }
    for (int64_t k = 0, j = 0; k < block->n_inputs * stride; k += LANES, j += LANES) {
        if (stride != HALF) {
            if (j == stride) j = 0;
            label = NAME(load)(block->labels + j);
        }
        NAME(store)(g + k, (label - NAME(sigmoid)(NAME(load)(g + k))) * block->alpha);
    }
    if (block->has_repeats)
        for (int64_t i = 0; i < block->n_inputs; i++)
            for (int64_t j = 0; j < block->n_outputs; j++)
                g[i * stride + j] *= block->input_counts[i] * block->output_counts[j];
}

/* Both updates for n_out <= UPDATE_OUTPUTS outputs; `inputs` are In's rows as they were. */
INLINE void NAME(update_columns)(const int n_out, const Block *block, const float *const *inputs,
                                 float *const *outputs, const float *g, int64_t stride) {
    for (int64_t d = 0; d < block->width; d += LANES) {
        VEC out[UPDATE_OUTPUTS], changed[UPDATE_OUTPUTS];
        UNROLL for (int j = 0; j < n_out; j++) changed[j] = out[j] = NAME(load)(outputs[j] + d);
        for (int64_t i = 0; i < block->n_inputs; i++) {
            VEC in = NAME(load)(inputs[i] + d), gradient = NAME(load)(block->gradients[i] + d);
            UNROLL for (int j = 0; j < n_out; j++) {
                VEC weight = NAME(all)(g[i * stride + j]);
                gradient = FMA(weight, out[j], gradient);
                changed[j] = FMA(weight, in, changed[j]);
            }
            NAME(store)(block->gradients[i] + d, gradient);
        }
        UNROLL for (int j = 0; j < n_out; j++) NAME(store)(outputs[j] + d, changed[j]);
    }
}

static void NAME(updates)(const Block *block, const float *const *inputs, const float *g,
                          int64_t stride) {
    for (int64_t j = 0; j < block->n_outputs; j += UPDATE_OUTPUTS) {
        float *const *outputs = block->outputs + j;
#define CASE(n) \
    case n: NAME(update_columns)(n, block, inputs, outputs, g + j, stride); break;
        switch (block->n_outputs - j) {
            CASE(1)
            CASE(2)
            CASE(3)
            CASE(4)
            CASE(5)
#if UPDATE_OUTPUTS > 6
            CASE(6)
            CASE(7)
            CASE(8)
            CASE(9)
            CASE(10)
            CASE(11)
#endif
        default: NAME(update_columns)(UPDATE_OUTPUTS, block, inputs, outputs, g + j, stride);
        }
#undef CASE
    }
}

INLINE int64_t NAME(stride)(const Block *block) {
    const int64_t n = block->n_outputs;
    return n <= HALF ? HALF : (n + LANES - 1) / LANES * LANES;
}

static void NAME(score)(const Block *block) {
    NAME(scores)(block, block->scratch, NAME(stride)(block));
    NAME(gradients)(block, block->scratch, NAME(stride)(block));
}

static void NAME(update)(const Block *block) {
    const int64_t m = block->n_inputs, width = block->width, stride = NAME(stride)(block);
    const float *const *inputs = block->inputs;
    const float *g = block->scratch; /* m x stride, and a vector more */
    if (block->n_outputs > UPDATE_OUTPUTS) {
        /* The second group of outputs needs In as it was before the first: copies. */
        float *copies = block->scratch + m * stride + LANES;
        const float **addresses = (const float **)(copies + m * width);
        for (int64_t i = 0; i < m; i++)
            addresses[i] = memcpy(copies + i * width, inputs[i], width * sizeof *copies);
        inputs = addresses;
    }
    NAME(updates)(block, inputs, g, stride);
}

/* Below, rows pass one after another through n_vecs registers: a loop over rows inside one over
 * columns would end, unforeseen by the processor, once for each vector of columns. */

INLINE void NAME(mean_block)(const int n_vecs, const float *const *rows, int64_t n, float share,
                             int64_t d, float *out) {
    VEC sums[ROW_VECS];
    UNROLL for (int k = 0; k < n_vecs; k++) sums[k] = NAME(all)(0);
    for (int64_t i = 0; i < n; i++)
        UNROLL for (int k = 0; k < n_vecs; k++) sums[k] += NAME(load)(rows[i] + d + k * LANES);
    UNROLL for (int k = 0; k < n_vecs; k++) NAME(store)(out + d + k * LANES, sums[k] * share);
}

INLINE void NAME(spread_block)(const int n_vecs, float *const *rows, int64_t n, float share,
                               int64_t d, const float *addend) {
    VEC parts[ROW_VECS];
    UNROLL for (int k = 0; k < n_vecs; k++) parts[k] = NAME(load)(addend + d + k * LANES) * share;
    for (int64_t i = 0; i < n; i++)
        UNROLL for (int k = 0; k < n_vecs; k++) {
            float *at = rows[i] + d + k * LANES;
            NAME(store)(at, NAME(load)(at) + parts[k]);
        }
}

#define IN_BLOCKS(step, vector)                                                    \
    int64_t d = 0;                                                                 \
    for (; d + ROW_VECS * LANES <= width; d += ROW_VECS * LANES)                   \
        step(ROW_VECS, rows, n, 1 / divisor, d, vector);                           \
    switch ((width - d) / LANES) {                                                 \
    case 1: step(1, rows, n, 1 / divisor, d, vector); break;                       \
    case 2: step(2, rows, n, 1 / divisor, d, vector); break;                       \
    case 3: step(3, rows, n, 1 / divisor, d, vector); break;                       \
    case 4: step(4, rows, n, 1 / divisor, d, vector); break;                       \
    case 5: step(5, rows, n, 1 / divisor, d, vector); break;                       \
    case 6: step(6, rows, n, 1 / divisor, d, vector); break;                       \
    case 7: step(7, rows, n, 1 / divisor, d, vector); break;                       \
    }

static void NAME(mean)(const float *const *rows, int64_t n, float divisor, int64_t width,
                       float *out) {
    IN_BLOCKS(NAME(mean_block), out)
}

static void NAME(spread)(const float *addend, float divisor, float *const *rows, int64_t n,
                         int64_t width) {
    IN_BLOCKS(NAME(spread_block), addend)
}

#undef IN_BLOCKS

static void NAME(merge)(float *copy, float *base, float *shared, int64_t width) {
    for (int64_t d = 0; d < width; d += LANES) {
        VEC now = NAME(load)(shared + d) + (NAME(load)(copy + d) - NAME(load)(base + d));
        NAME(store)(shared + d, now);
        NAME(store)(copy + d, now);
        NAME(store)(base + d, now);
    }
}

#undef VEC
#undef HVEC
#undef LOW_HALF
#undef HIGH_HALF
#undef HALF
#undef ROW_VECS

#undef NAME
#undef INDICES
#undef LANES
#undef SCORE_INPUTS
#undef UPDATE_OUTPUTS
#undef FMA
#undef MIN
#undef MAX
#undef PAIR_LOW
#undef PAIR_HIGH
#undef QUAD_LOW
#undef QUAD_HIGH
#undef OCT_LOW
#undef OCT_HIGH
