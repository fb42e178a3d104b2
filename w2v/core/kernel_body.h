/* The arithmetic of one block step; see kernel.h for what it computes.
 *
 * Compiled by kernel.c once for each instruction set, in the vectors of one_isa.h. Rows are `width`
 * floats, a multiple of ROW_FLOATS and so of LANES.
 *
 * Scores are computed in tiles of up to 4 inputs and HALF outputs, updates for up to UPDATE_VECS
 * outputs at once. Loops over registers have constant bounds, given as arguments of inlined
 * functions: arrays of vectors that are indexed by constants become registers, and one source
 * serves every number of rows. */

#if LANES == 16
#define SCORE_VECS 24  /* sums of scores that the registers hold */
#define UPDATE_VECS 12 /* vectors of output rows that the registers hold, old and updated */
#else
#define SCORE_VECS 8
#define UPDATE_VECS 6
#endif
/* Vectors of a row that mean and spread hold in registers. */
#define ROW_VECS 8
/* The weights of so many outputs for so many inputs fit into the registers. */
#define FEW_INPUTS 2
#define FEW_OUTPUTS (2 * UPDATE_VECS / 3)
/* Vectors of a row in one tile of updates: two use each weight loaded. */
#define MAX_VECS 2

typedef int32_t NAME(ints) __attribute__((vector_size(4 * HALF), aligned(4), may_alias));
typedef int64_t NAME(longs) __attribute__((vector_size(8 * HALF), aligned(8), may_alias));

/* exp(-x) = fraction * scale, the fraction with an error below 2e-7 of it: by 2^whole * 2^part,
 * with the Taylor series of 2^part (ln(2)^k / k!) on [-1/2, 1/2]. NaN in, NaN out: a diverged run
 * has to show. */
INLINE VEC NAME(exp_minus)(VEC x, VEC *scale) {
    const VEC shift = NAME(all)(12582912.0f); /* 1.5 * 2^23: adding it rounds to a whole number */
    const VEC rate = NAME(all)(-1.44269504f); /* -1 / ln(2) */
    VEC most = NAME(all)(60.0f), whole, part, square, low, middle, high;
    x = MAX(-most, MIN(most, x)); /* MIN and MAX return a NaN in x, their second operand */
    whole = FMA(x, rate, shift);
    part = FMA(x, rate, shift - whole);
    /* Pairs of terms, so that they need not wait for each other (Estrin's scheme). */
    square = part * part;
    low = FMA(part, NAME(all)(6.93147181e-1f), NAME(all)(1.0f));
    middle = FMA(part, NAME(all)(5.55041087e-2f), NAME(all)(2.40226507e-1f));
    high = FMA(part, NAME(all)(1.33335581e-3f), NAME(all)(9.61812911e-3f));
    high = FMA(square, NAME(all)(1.54035304e-4f), high);
    /* The low bits of `whole` are the whole number: as an exponent they make 2^whole. */
    *scale = (VEC)(((IVEC)whole << 23) + 0x3F800000);
    return FMA(square, FMA(square, high, middle), low);
}

INLINE VEC NAME(sigmoid)(VEC score) {
    VEC scale, fraction = NAME(exp_minus)(score, &scale);
    return 1.0f / FMA(fraction, scale, NAME(all)(1.0f));
}

/* log(1 + exp(x)), with an error below 1e-6 of it, or 1e-9: x, if that is positive, and log(1 + e)
 * of e = exp(-|x|) <= 1, which is 2 artanh(e / (2 + e)), by the series of artanh. */
INLINE VEC NAME(softplus)(VEC x) {
    VEC scale, e = NAME(exp_minus)(MAX(-x, x), &scale), ratio, square, series;
    e *= scale;
    ratio = e / (e + 2.0f);
    square = ratio * ratio; /* up to 1/9, so that the next term would be below 1e-7 */
    series = FMA(square, NAME(all)(1.0f / 13), NAME(all)(1.0f / 11));
    series = FMA(square, series, NAME(all)(1.0f / 9));
    series = FMA(square, series, NAME(all)(1.0f / 7));
    series = FMA(square, series, NAME(all)(1.0f / 5));
    series = FMA(square, series, NAME(all)(1.0f / 3));
    series = FMA(square, series, NAME(all)(1.0f));
    return FMA(ratio + ratio, series, MAX(NAME(all)(0), x));
}

/* Sums of lanes: of n <= HALF vectors in the low half, of n other vectors in the high half. Lanes
 * beyond n hold anything. */
INLINE VEC NAME(sum_lanes)(const int n, const VEC *one, const VEC *other) {
    VEC sums[HALF];
    UNROLL for (int k = 0; k < n; k++)
        sums[k] = JOIN_LOW(one[k], other[k]) + JOIN_HIGH(one[k], other[k]);
#define LEVEL(n, NAMED)                                                 \
    UNROLL for (int k = 0; k < n; k += 2) {                             \
        VEC low = sums[k], high = sums[k + 1 < n ? k + 1 : k];          \
        sums[k / 2] = NAMED##_LOW(low, high) + NAMED##_HIGH(low, high); \
    }
    LEVEL(n, PAIR)
#if HALF > 2
    LEVEL((n + 1) / 2, QUAD)
#endif
#if HALF > 4
    LEVEL((n + 3) / 4, OCT)
#endif
#undef LEVEL
    return sums[0];
}

/* HALF labels or weights, in both halves: of two inputs. */
INLINE VEC NAME(twice)(const float *row) { return WHOLE(*(const HVEC *)row, *(const HVEC *)row); }

/* Computes g of n_in <= 4 inputs and n_out <= HALF outputs: HALF floats for each input. With `keep`
 * their scores are kept, too. */
INLINE void NAME(score_tile)(const int keep, const int n_in, const int n_out, const Block *block,
                             int64_t first_in, int64_t first_out, float *g, int64_t stride) {
    const float *const *inputs = block->inputs + first_in;
    const float *const *outputs = (const float *const *)block->outputs + first_out;
    VEC sums[4 * HALF], in[4];
    UNROLL for (int k = 0; k < n_in * HALF; k++)
        sums[k] = NAME(all)(0);
    for (int64_t d = 0; d < block->width; d += LANES) {
        UNROLL for (int i = 0; i < n_in; i++)
            in[i] = NAME(load)(inputs[i] + d);
        UNROLL for (int j = 0; j < n_out; j++) {
            VEC out = NAME(load)(outputs[j] + d);
            UNROLL for (int i = 0; i < n_in; i++)
                sums[i * HALF + j] = FMA(in[i], out, sums[i * HALF + j]);
        }
    }
    UNROLL for (int i = 0; i < n_in; i += 2) {
        const int other = i + 1 < n_in ? i + 1 : i; /* two inputs take as long as one */
        const int64_t one_in = first_in + i, other_in = first_in + other;
        VEC scores = NAME(sum_lanes)(n_out, sums + i * HALF, sums + other * HALF);
        VEC labels = NAME(twice)(block->labels + first_out);
        VEC both = (labels - NAME(sigmoid)(scores)) * block->alpha;
        if (keep) {
            *(HVEC *)(block->scores + one_in * stride + first_out) = LOW_HALF(scores);
            if (other > i)
                *(HVEC *)(block->scores + other_in * stride + first_out) = HIGH_HALF(scores);
        }
        if (block->weights) both *= NAME(twice)(block->weights + first_out);
        *(HVEC *)(g + one_in * stride + first_out) = LOW_HALF(both);
        if (other > i) *(HVEC *)(g + other_in * stride + first_out) = HIGH_HALF(both);
    }
}

/* Computes g of all inputs and n_out <= HALF outputs. */
INLINE void NAME(score_columns)(const int keep, const int n_out, const Block *block, int64_t j,
                                float *g, int64_t stride) {
    const int64_t m = block->n_inputs;
    int64_t i = 0;
    if (4 * n_out <= SCORE_VECS)
        for (; i + 4 <= m; i += 4) NAME(score_tile)(keep, 4, n_out, block, i, j, g, stride);
    for (; i + 2 <= m; i += 2) NAME(score_tile)(keep, 2, n_out, block, i, j, g, stride);
    if (i < m) NAME(score_tile)(keep, 1, n_out, block, i, j, g, stride);
}

INLINE int64_t NAME(stride)(const Block *block) {
    return (block->n_outputs + HALF - 1) / HALF * HALF;
}

INLINE void NAME(score_all)(const int keep, const Block *block) {
    const int64_t stride = NAME(stride)(block);
    float *g = block->scratch; /* m x stride */
    for (int64_t j = 0; j < block->n_outputs; j += HALF) {
#define CASE(n) \
    case n: NAME(score_columns)(keep, n, block, j, g, stride); break;
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
        default: NAME(score_columns)(keep, HALF, block, j, g, stride);
        }
#undef CASE
    }
    if (block->input_counts)
        for (int64_t i = 0; i < block->n_inputs; i++)
            for (int64_t j = 0; j < block->n_outputs; j++)
                g[i * stride + j] *= block->input_counts[i];
}

static void NAME(score)(const Block *block) { NAME(score_all)(0, block); }

/* By a copy of the code: a branch for it in the tiles took skip-gram 8 % of its speed. */
static void NAME(measure)(const Block *block) { NAME(score_all)(1, block); }

static double NAME(loss)(const Block *block) {
    const int64_t stride = NAME(stride)(block), n = block->n_outputs;
    IVEC places;
    double sum = 0;
    for (int k = 0; k < LANES; k++) places[k] = k;
    for (int64_t i = 0; i < block->n_inputs; i++) {
        VEC losses = NAME(all)(0);
        float of_input = 0;
        for (int64_t j = 0; j < n; j += LANES) {
            VEC labels = NAME(load)(block->labels + j);
            VEC scores = NAME(load)(block->scores + i * stride + j);
            VEC loss = NAME(softplus)(scores * (1.0f - 2.0f * labels));
            if (block->weights) loss *= NAME(load)(block->weights + j);
            losses += (VEC)((IVEC)loss & (places < (int32_t)(n - j)));
        }
        for (int k = 0; k < LANES; k++) of_input += losses[k];
        sum += block->input_counts ? of_input * block->input_counts[i] : of_input;
    }
    return sum;
}

/* Makes both updates in columns d .. d + n_vecs * LANES - 1, for all inputs and n_out outputs.
 * The registers hold n_vecs * n_out <= UPDATE_VECS vectors of output rows as they were, and as many
 * updated ones. `inputs` are In's rows as they were. */
INLINE void NAME(update_tile)(const int n_out, const int n_vecs, int64_t m,
                              const float *const *inputs, float *const *gradients,
                              float *const *outputs, const float *g, int64_t stride, int64_t d) {
    VEC out[UPDATE_VECS], changed[UPDATE_VECS], in[MAX_VECS], gradient[MAX_VECS];
    float *rows[UPDATE_VECS]; /* local: the compiler must expect stores to change `outputs` */
    UNROLL for (int j = 0; j < n_out; j++) {
        rows[j] = outputs[j] + d;
        UNROLL for (int k = 0; k < n_vecs; k++)
            changed[j * n_vecs + k] = out[j * n_vecs + k] = NAME(load)(rows[j] + k * LANES);
    }
    for (int64_t i = 0; i < m; i++) {
        const float *input = inputs[i] + d;
        float *to = gradients[i] + d;
        UNROLL for (int k = 0; k < n_vecs; k++) {
            in[k] = NAME(load)(input + k * LANES);
            gradient[k] = NAME(load)(to + k * LANES);
        }
        UNROLL for (int j = 0; j < n_out; j++) {
            VEC weight = NAME(all)(g[i * stride + j]);
            UNROLL for (int k = 0; k < n_vecs; k++) {
                gradient[k] = FMA(weight, out[j * n_vecs + k], gradient[k]);
                changed[j * n_vecs + k] = FMA(weight, in[k], changed[j * n_vecs + k]);
            }
        }
        UNROLL for (int k = 0; k < n_vecs; k++)
            NAME(store)(to + k * LANES, gradient[k]);
    }
    UNROLL for (int j = 0; j < n_out; j++) {
        UNROLL for (int k = 0; k < n_vecs; k++)
            NAME(store)(rows[j] + k * LANES, changed[j * n_vecs + k]);
    }
}

/* Makes both updates in all columns, for m <= FEW_INPUTS inputs and n_out <= FEW_OUTPUTS outputs.
 * With so few inputs, loading a weight takes as long as using it, so the weights are kept in the
 * registers and output rows pass through, where update_tile does the opposite. */
INLINE void NAME(update_few)(const int m, const int n_out, int64_t width,
                             const float *const *inputs, float *const *gradients,
                             float *const *outputs, const float *g, int64_t stride) {
    VEC weights[FEW_INPUTS * FEW_OUTPUTS], in[FEW_INPUTS], gradient[FEW_INPUTS];
    const float *from[FEW_INPUTS]; /* local, as in update_tile */
    float *to[FEW_INPUTS], *rows[FEW_OUTPUTS];
    UNROLL for (int i = 0; i < m; i++) {
        from[i] = inputs[i];
        to[i] = gradients[i];
    }
    UNROLL for (int j = 0; j < n_out; j++) {
        rows[j] = outputs[j];
        UNROLL for (int i = 0; i < m; i++)
            weights[j * m + i] = NAME(all)(g[i * stride + j]);
    }
    for (int64_t d = 0; d < width; d += LANES) {
        UNROLL for (int i = 0; i < m; i++) {
            in[i] = NAME(load)(from[i] + d);
            gradient[i] = NAME(load)(to[i] + d);
        }
        UNROLL for (int j = 0; j < n_out; j++) {
            VEC out = NAME(load)(rows[j] + d), changed = out;
            UNROLL for (int i = 0; i < m; i++) {
                gradient[i] = FMA(weights[j * m + i], out, gradient[i]);
                changed = FMA(weights[j * m + i], in[i], changed);
            }
            NAME(store)(rows[j] + d, changed);
        }
        UNROLL for (int i = 0; i < m; i++)
            NAME(store)(to[i] + d, gradient[i]);
    }
}

/* Makes both updates for all inputs and n_out outputs. */
INLINE void NAME(update_columns)(const int n_out, const Block *block, const float *const *inputs,
                                 float *const *outputs, const float *g, int64_t stride) {
    const int n_vecs = UPDATE_VECS / n_out < MAX_VECS ? UPDATE_VECS / n_out : MAX_VECS;
    const int64_t m = block->n_inputs, width = block->width;
    float *const *gradients = block->gradients;
    int64_t d = 0;
    if (n_out <= FEW_OUTPUTS && m == 1) {
        NAME(update_few)(1, n_out, width, inputs, gradients, outputs, g, stride);
        return;
    }
    if (n_out <= FEW_OUTPUTS && m == 2) {
        NAME(update_few)(2, n_out, width, inputs, gradients, outputs, g, stride);
        return;
    }
    for (; d + n_vecs * LANES <= width; d += n_vecs * LANES)
        NAME(update_tile)(n_out, n_vecs, m, inputs, gradients, outputs, g, stride, d);
    for (; d < width; d += LANES)
        NAME(update_tile)(n_out, 1, m, inputs, gradients, outputs, g, stride, d);
}

/* How many outputs are updated at once. */
INLINE int64_t NAME(most_outputs)(const Block *block) {
    return block->n_inputs <= FEW_INPUTS ? FEW_OUTPUTS : UPDATE_VECS;
}

static void NAME(updates)(const Block *block, const float *const *inputs, const float *g,
                          int64_t stride) {
    const int64_t most = NAME(most_outputs)(block);
    for (int64_t j = 0; j < block->n_outputs; j += most) {
        float *const *outputs = block->outputs + j;
        const int64_t rest = block->n_outputs - j;
#define CASE(n) \
    case n: NAME(update_columns)(n, block, inputs, outputs, g + j, stride); break;
        switch (rest < most ? rest : most) {
            CASE(1)
            CASE(2)
            CASE(3)
            CASE(4)
            CASE(5)
#if UPDATE_VECS > 6
            CASE(6)
            CASE(7)
            CASE(8)
            CASE(9)
            CASE(10)
            CASE(11)
#endif
        default: NAME(update_columns)(UPDATE_VECS, block, inputs, outputs, g + j, stride);
        }
#undef CASE
    }
}

static void NAME(update)(const Block *block) {
    const int64_t m = block->n_inputs, width = block->width, stride = NAME(stride)(block);
    const float *const *inputs = block->inputs;
    const float *g = block->scratch;
    if (block->n_outputs > NAME(most_outputs)(block) &&
        (const float *const *)block->gradients == inputs) {
        /* The second group of outputs needs In as it was before the first group: it gets copies. */
        float *copies = block->scratch + m * stride;
        const float **addresses = (const float **)(copies + m * width);
        for (int64_t i = 0; i < m; i++)
            addresses[i] = memcpy(copies + i * width, inputs[i], width * sizeof *copies);
        inputs = addresses;
    }
    NAME(updates)(block, inputs, g, stride);
}

/* In mean and spread, rows pass one after another through n_vecs registers. A loop over rows inside
 * a loop over columns would end, mispredicted, once for each vector of columns. */

INLINE void NAME(mean_block)(const int n_vecs, const float *const *rows, int64_t n, float share,
                             int64_t d, float *out) {
    VEC sums[ROW_VECS];
    UNROLL for (int k = 0; k < n_vecs; k++)
        sums[k] = NAME(all)(0);
    for (int64_t i = 0; i < n; i++) {
        UNROLL for (int k = 0; k < n_vecs; k++)
            sums[k] += NAME(load)(rows[i] + d + k * LANES);
    }
    UNROLL for (int k = 0; k < n_vecs; k++)
        NAME(store)(out + d + k * LANES, sums[k] * share);
}

INLINE void NAME(weighted_block)(const int n_vecs, const float *const *rows, int64_t n, float share,
                                 int64_t d, float *out, const float *weights) {
    VEC sums[ROW_VECS];
    UNROLL for (int k = 0; k < n_vecs; k++)
        sums[k] = NAME(all)(0);
    for (int64_t i = 0; i < n; i++) {
        VEC weight = NAME(all)(weights[i]);
        UNROLL for (int k = 0; k < n_vecs; k++)
            sums[k] = FMA(weight, NAME(load)(rows[i] + d + k * LANES), sums[k]);
    }
    UNROLL for (int k = 0; k < n_vecs; k++)
        NAME(store)(out + d + k * LANES, sums[k] * share);
}

INLINE void NAME(spread_block)(const int n_vecs, float *const *rows, int64_t n, float share,
                               int64_t d, const float *addend) {
    VEC parts[ROW_VECS];
    UNROLL for (int k = 0; k < n_vecs; k++)
        parts[k] = NAME(load)(addend + d + k * LANES) * share;
    for (int64_t i = 0; i < n; i++) {
        float *row = rows[i] + d;
        UNROLL for (int k = 0; k < n_vecs; k++)
            NAME(store)(row + k * LANES, NAME(load)(row + k * LANES) + parts[k]);
    }
}

#define IN_BLOCKS(step, ...)                                      \
    int64_t d = 0;                                                \
    for (; d + ROW_VECS * LANES <= width; d += ROW_VECS * LANES)  \
        step(ROW_VECS, rows, n, 1 / divisor, d, __VA_ARGS__);     \
    switch ((width - d) / LANES) {                                \
    case 1: step(1, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    case 2: step(2, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    case 3: step(3, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    case 4: step(4, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    case 5: step(5, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    case 6: step(6, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    case 7: step(7, rows, n, 1 / divisor, d, __VA_ARGS__); break; \
    }

static void NAME(weighted_mean)(const float *const *rows, const float *weights, int64_t n,
                                float divisor, int64_t width, float *out) {
    IN_BLOCKS(NAME(weighted_block), out, weights)
}

static void NAME(mean)(const float *const *rows, const float *weights, int64_t n, float divisor,
                       int64_t width, float *out) {
    if (weights) {
        NAME(weighted_mean)(rows, weights, n, divisor, width, out);
        return;
    }
    IN_BLOCKS(NAME(mean_block), out)
}

static void NAME(spread)(const float *addend, float divisor, float *const *rows, int64_t n,
                         int64_t width) {
    IN_BLOCKS(NAME(spread_block), addend)
}

#undef IN_BLOCKS

static void NAME(merge)(float *copy, float *base, float *shared, int64_t width) {
    for (int64_t d = 0; d < width; d += LANES) {
        /* Subtracted, so that a row that has not changed keeps its bits: -0 + 0 would be 0. */
        VEC now = NAME(load)(shared + d) - (NAME(load)(base + d) - NAME(load)(copy + d));
        NAME(store)(shared + d, now);
        NAME(store)(copy + d, now);
        NAME(store)(base + d, now);
    }
}

static void NAME(add_changes)(const float *const *copies, int64_t n, float *shared, int64_t width) {
    for (int64_t d = 0; d < width; d += LANES) {
        VEC before = NAME(load)(shared + d), now = before;
        /* Subtracted for the reason that merge has. */
        for (int64_t k = 0; k < n; k++) now -= before - NAME(load)(copies[k] + d);
        NAME(store)(shared + d, now);
    }
}

static void NAME(path)(const int32_t *steps, int64_t n, const Matrix *nodes, int64_t stride,
                       float **outputs, float *labels, float *weights) {
#if HALF > 2
    const NAME(longs) none = {0};
    for (int64_t k = 0; k < n; k += HALF) {
        NAME(ints) step = *(const NAME(ints) *)(steps + k);
        NAME(longs) node = __builtin_convertvector(step >> 1, NAME(longs));
        NAME(longs) has_copy = node >= none + nodes->first; /* all bits, or none */
        NAME(longs) offset = node * stride + (has_copy & nodes->to_copies);
        *(NAME(longs) *)(outputs + k) = offset * (int64_t)sizeof(float) + (int64_t)nodes->rows;
        *(HVEC *)(labels + k) = __builtin_convertvector(~step & 1, HVEC);
        *(HVEC *)(weights + k) = (HVEC){0} + 1.0f;
    }
#else /* vectors of two take longer than one node at a time */
    for (int64_t k = 0; k < n; k++) {
        int64_t node = steps[k] >> 1, has_copy = -(int64_t)(node >= nodes->first);
        outputs[k] = nodes->rows + node * stride + (has_copy & nodes->to_copies);
        labels[k] = (float)(~steps[k] & 1);
        weights[k] = 1;
    }
#endif
}

#undef SCORE_VECS
#undef UPDATE_VECS
#undef ROW_VECS
#undef FEW_INPUTS
#undef FEW_OUTPUTS
#undef MAX_VECS
