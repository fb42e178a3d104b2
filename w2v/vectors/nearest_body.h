/* The arithmetic of one search; see nearest.h for what it computes.
 *
 * Compiled by nearest.c once for each instruction set, in the vectors of core/one_isa.h. Panels
 * hold 8-bit numbers where the set has DOT4, else floats. */

#define PANEL (2 * LANES)
#define QUERIES (REGISTERS == 32 ? 12 : 6) /* of one tile, whose sums fit into the registers */

INLINE IVEC NAME(load_cells)(const void *from) { return *(const IVEC *)from; }
INLINE IVEC NAME(all_cells)(int32_t value) { return value - (IVEC){0}; }
INLINE VEC NAME(absolute)(VEC v) { return (VEC)((IVEC)v & 0x7fffffff); }

INLINE VEC NAME(larger)(VEC a, VEC b) {
    IVEC more = a > b;
    return (VEC)(((IVEC)a & more) | ((IVEC)b & ~more));
}

/* The last D % LANES columns of a row, with zeros before or behind them. */
INLINE VEC NAME(rest)(const float *row, int64_t D) {
    static const int32_t keep[2 * LANES] = {[LANES... 2 * LANES - 1] = -1};
    VEC v = {0};
    if (D >= LANES)
        return (VEC)(NAME(load_cells)(row + D - LANES) & NAME(load_cells)(keep + D % LANES));
    memcpy(&v, row, D * sizeof *row);
    return v;
}

INLINE float NAME(largest)(VEC v) {
    float most = v[0];
    UNROLL for (int i = 1; i < LANES; i++)
        most = v[i] > most ? v[i] : most;
    return most;
}

/* Adds the terms of some columns x of a row and y of a query; `metric` is a constant. */
INLINE void NAME(add)(int metric, VEC x, VEC y, VEC *sum, VEC *other) {
    if (metric == COSINE) {
        *sum = FMA(x, y, *sum);
        *other = FMA(x, x, *other);
    } else if (metric == EUCLIDEAN) {
        *sum = FMA(x - y, x - y, *sum);
    } else if (metric == MANHATTAN) {
        *sum += NAME(absolute)(x - y);
    } else {
        *sum = NAME(larger)(NAME(absolute)(x - y), *sum);
        *other += (x - y) * 0; /* keeps a NaN, which `larger` loses */
    }
}

/* The score of a row and a query: the cosine (0 for a row of zeros), or minus the distance; NaN
 * where the row holds NaN or infinities. The length of a row is computed along with its cosine:
 * that takes no time while memory is waited for, and the length cannot be out of date. */
INLINE float NAME(measure)(int metric, const float *row, const float *query, int64_t D) {
    VEC sums[2] = {{0}, {0}}, others[2] = {{0}, {0}}; /* two that need not wait for each other */
    float square;
    int64_t d = 0;
    for (; d + 2 * LANES <= D; d += 2 * LANES) {
        /* 4 KB ahead, since the processor's own prefetching ends at the end of a page of 4 KB. */
        __builtin_prefetch(row + d + 1024);
        if (LANES == 16) __builtin_prefetch(row + d + 1024 + LANES);
        NAME(add)(metric, NAME(load)(row + d), NAME(load)(query + d), &sums[0], &others[0]);
        NAME(add)(metric, NAME(load)(row + d + LANES), NAME(load)(query + d + LANES), &sums[1],
                  &others[1]);
    }
    if (d + LANES <= D)
        NAME(add)(metric, NAME(load)(row + d), NAME(load)(query + d), &sums[0], &others[0]);
    if (D % LANES)
        NAME(add)(metric, NAME(rest)(row, D), NAME(rest)(query, D), &sums[1], &others[1]);
    if (metric == CHEBYSHEV)
        return -(NAME(largest)(NAME(larger)(sums[0], sums[1])) + NAME(sum)(others[0] + others[1]));
    if (metric == MANHATTAN) return -NAME(sum)(sums[0] + sums[1]);
    if (metric == EUCLIDEAN) return -sqrtf(NAME(sum)(sums[0] + sums[1]));
    square = NAME(sum)(others[0] + others[1]);
    if (!is_safe(square)) return careful_cosine(row, query, D);
    return NAME(sum)(sums[0] + sums[1]) / sqrtf(square);
}

/* Rows that all queries are measured against while they are in the caches. */
#define BLOCK_ROWS 16

INLINE void NAME(score_as)(int metric, const Search *search, const Rows *rows, float *scores,
                           int64_t scores_stride) {
    for (int64_t start = 0; start < rows->n; start += BLOCK_ROWS) {
        int64_t stop = start + BLOCK_ROWS < rows->n ? start + BLOCK_ROWS : rows->n;
        for (int64_t q = 0; q < search->n_queries; q++)
            for (int64_t i = start; i < stop; i++)
                scores[q * scores_stride + i] =
                    NAME(measure)(metric, rows->vectors + i * rows->stride,
                                  search->queries + q * search->D, search->D);
    }
}

INLINE void NAME(scan_as)(int metric, const Search *search, const Rows *rows) {
    for (int64_t start = 0; start < rows->n; start += BLOCK_ROWS) {
        int64_t stop = start + BLOCK_ROWS < rows->n ? start + BLOCK_ROWS : rows->n;
        for (int64_t q = 0; q < search->n_queries; q++)
            for (int64_t i = start; i < stop; i++)
                if (!rows->allowed || rows->allowed[i])
                    offer(search, q, rows->first + i,
                          NAME(measure)(metric, rows->vectors + i * rows->stride,
                                        search->queries + q * search->D, search->D));
    }
}

/* The metric is a constant in each branch, so that loops are compiled for each metric. */
#define BY_METRIC(CALL, ...)                                                \
    do {                                                                    \
        if (search->metric == COSINE) CALL(COSINE, __VA_ARGS__);            \
        else if (search->metric == EUCLIDEAN) CALL(EUCLIDEAN, __VA_ARGS__); \
        else if (search->metric == MANHATTAN) CALL(MANHATTAN, __VA_ARGS__); \
        else CALL(CHEBYSHEV, __VA_ARGS__);                                  \
    } while (0)

static void NAME(score)(const Search *search, const Rows *rows, float *scores,
                        int64_t scores_stride) {
    BY_METRIC(NAME(score_as), search, rows, scores, scores_stride);
}
#undef BLOCK_ROWS

#ifdef DOT4
#define SUMS IVEC
#define CELL_COLUMNS 4
#define AS_FLOATS(sums) __builtin_convertvector(sums, VEC)
#define ADD_CELLS(sums, cell, cells) DOT4(sums, NAME(all_cells)(cell), NAME(load_cells)(cells))
#define FLIP_SIGNS (int32_t)0x80808080 /* turns signed bytes into unsigned ones, larger by 128 */
#else
#define SUMS VEC
#define CELL_COLUMNS 1
#define AS_FLOATS(sums) (sums)
#define ADD_CELLS(sums, cell, cells) FMA(NAME(all)(as_float(cell)), NAME(load)(cells), sums)
#define FLIP_SIGNS 0
#endif

/* Packs a row into cells `step` apart, which hold zeros before: as 8-bit numbers, the largest of
 * them 127 or -127, or as floats. */
INLINE Packed NAME(pack)(const float *row, int64_t D, int32_t *cells, int64_t step) {
    VEC most = {0}, squares = {0};
    Packed packed = {0};
    float square;
    for (int64_t d = 0; d < D; d += LANES) {
        VEC x = d + LANES <= D ? NAME(load)(row + d) : NAME(rest)(row, D);
        most = NAME(larger)(NAME(absolute)(x), most);
        squares = FMA(x, x, squares);
    }
    square = NAME(sum)(squares);
    if (square == 0 && NAME(largest)(most) == 0) return packed;
    if (!is_safe(square)) {
        packed.error = INFINITY; /* passes every bound */
        return packed;
    }
#ifdef DOT4
    {
        typedef int8_t BYTES __attribute__((vector_size(LANES)));
        const VEC shift = NAME(all)(12582912.0f); /* 1.5 * 2^23: adding it rounds to integers */
        VEC scale = NAME(all)(127 / NAME(largest)(most)), lost = {0};
        IVEC total = {0};
        int32_t parts[LANES / 4], totals[LANES];
        for (int64_t d = 0; d < D; d += LANES) {
            VEC x = {0}, whole;
            IVEC numbers;
            BYTES bytes;
            int64_t n = d + LANES <= D ? LANES : D - d;
            if (n == LANES) x = NAME(load)(row + d);
            else memcpy(&x, row + d, n * sizeof *row);
            x *= scale;
            whole = (x + shift) - shift;
            lost = FMA(x - whole, x - whole, lost);
            numbers = __builtin_convertvector(whole, IVEC);
            total += numbers;
            bytes = __builtin_convertvector(numbers, BYTES);
            memcpy(parts, &bytes, sizeof bytes);
            for (int64_t i = 0; 4 * i < n; i++) cells[(d / 4 + i) * step] = parts[i];
        }
        memcpy(totals, &total, sizeof total);
        for (int i = 0; i < LANES; i++) packed.total += totals[i];
        packed.scale = NAME(largest)(most) / 127 / sqrtf(square);
        packed.error = sqrtf(NAME(sum)(lost)) * packed.scale;
    }
#else
    for (int64_t d = 0; d < D; d++) memcpy(cells + d * step, row + d, sizeof *row);
    packed.scale = 1 / sqrtf(square);
#endif
    return packed;
}

static void NAME(pack_queries)(Search *search) {
    int64_t n_cells = (search->D + CELL_COLUMNS - 1) / CELL_COLUMNS;
    memset(search->cells, 0, search->n_queries * n_cells * sizeof *search->cells);
    for (int64_t q = 0; q < search->n_queries; q++) {
        int32_t *cells = search->cells + q * n_cells;
        Packed packed = NAME(pack)(search->queries + q * search->D, search->D, cells, 1);
        for (int64_t i = 0; i < n_cells; i++) cells[i] ^= FLIP_SIGNS;
        search->scales[q] = packed.scale;
        search->errors[q] = packed.error;
    }
}

static void NAME(pack_panel)(const Rows *rows, int64_t D, int32_t *panel) {
    int64_t n_cells = (D + CELL_COLUMNS - 1) / CELL_COLUMNS;
    float *scales = (float *)(panel + (1 + n_cells) * PANEL), *errors = scales + PANEL;
    memset(panel, 0, (n_cells + 3) * PANEL * sizeof *panel);
    for (int64_t i = 0; i < PANEL; i++) {
        Packed packed = {.error = -INFINITY};
        if (i < rows->n)
            packed = NAME(pack)(rows->vectors + i * rows->stride, D, panel + PANEL + i, PANEL);
        panel[i] = -128 * packed.total; /* compensates for FLIP_SIGNS of the queries */
        scales[i] = packed.scale;
        errors[i] = packed.error;
    }
}

/* Sums the products of a panel with n queries; n is a constant. */
INLINE void NAME(multiply)(int n, const int32_t *panel, const int32_t *queries, int64_t n_cells,
                           SUMS *sums) {
    UNROLL for (int j = 0; j < n; j++) {
        memcpy(&sums[2 * j], panel, sizeof *sums);
        memcpy(&sums[2 * j + 1], panel + LANES, sizeof *sums);
    }
    for (int64_t i = 0; i < n_cells; i++) {
        panel += PANEL;
        UNROLL for (int j = 0; j < n; j++) {
            sums[2 * j] = ADD_CELLS(sums[2 * j], queries[j * n_cells + i], panel);
            sums[2 * j + 1] = ADD_CELLS(sums[2 * j + 1], queries[j * n_cells + i], panel + LANES);
        }
    }
}

/* Offers the rows of a panel that passed the bound to a query. */
static __attribute__((noinline)) void NAME(offer_passed)(const Search *search, const Rows *rows,
                                                         int64_t start, int64_t q,
                                                         const IVEC *passed) {
    int32_t passes[PANEL];
    memcpy(passes, passed, sizeof passes);
    for (int64_t i = 0; i < PANEL && start + i < rows->n; i++)
        if (passes[i] && (!rows->allowed || rows->allowed[start + i]))
            offer(search, q, rows->first + start + i,
                  NAME(measure)(COSINE, rows->vectors + (start + i) * rows->stride,
                                search->queries + q * search->D, search->D));
}

/* Finds the rows of a panel that may belong to the best of n queries, and offers them. For a row u
 * and a query q, both of length 1, and the values u' and q' of their cells, whose errors are
 * |u - u'| and |q - q'|:
 *     u . q  <=  u' . q' + |u - u'| (1 + |q - q'|) + |q - q'|,
 * and `slack` covers the rounding of all sums, here and in `measure`. */
INLINE void NAME(filter)(int n, const Search *search, const Rows *rows, int64_t start, int64_t q,
                         const int32_t *panel, int64_t n_cells) {
    const float slack = 2e-6f + 2.4e-7f * search->D;
    const float *scales = (const float *)(panel + (1 + n_cells) * PANEL);
    SUMS sums[2 * QUERIES];
    NAME(multiply)(n, panel, search->cells + q * n_cells, n_cells, sums);
    UNROLL for (int j = 0; j < n; j++) {
        float error = search->errors[q + j];
        VEC least = NAME(all)(search->scores[(q + j) * search->topn] - error - slack);
        IVEC passed[2];
        UNROLL for (int half = 0; half < 2; half++) {
            VEC cosine = AS_FLOATS(sums[2 * j + half]) * NAME(load)(scales + half * LANES);
            VEC bound = NAME(load)(scales + PANEL + half * LANES) * (1 + error);
            passed[half] = FMA(cosine, NAME(all)(search->scales[q + j]), bound) >= least;
        }
        if (ANY(passed[0] | passed[1])) NAME(offer_passed)(search, rows, start, q + j, passed);
    }
}

static void NAME(scan)(const Search *search, const Rows *rows, int32_t *scratch) {
    int64_t n_cells = (search->D + CELL_COLUMNS - 1) / CELL_COLUMNS, n = search->n_queries;
    if (!search->cells) {
        BY_METRIC(NAME(scan_as), search, rows);
        return;
    }
    for (int64_t start = 0; start < rows->n; start += PANEL) {
        int64_t size = rows->n - start < PANEL ? rows->n - start : PANEL, q = 0;
        const int32_t *panel = scratch;
        if (rows->allowed && !memchr(rows->allowed + start, 1, size)) continue;
        if (rows->panels) {
            panel = rows->panels + start * (n_cells + 3);
        } else {
            Rows some = {
                .vectors = rows->vectors + start * rows->stride, .stride = rows->stride, .n = size};
            NAME(pack_panel)(&some, search->D, scratch);
        }
        for (; q + QUERIES <= n; q += QUERIES)
            NAME(filter)(QUERIES, search, rows, start, q, panel, n_cells);
        for (; q + 2 <= n; q += 2) NAME(filter)(2, search, rows, start, q, panel, n_cells);
        if (q < n) NAME(filter)(1, search, rows, start, q, panel, n_cells);
    }
}

static const Finder NAME(finder) = {
    NAME_TEXT, PANEL, CELL_COLUMNS, NAME(score), NAME(pack_queries), NAME(pack_panel), NAME(scan),
};

#undef PANEL
#undef QUERIES
#undef SUMS
#undef CELL_COLUMNS
#undef AS_FLOATS
#undef ADD_CELLS
#undef FLIP_SIGNS
#undef BY_METRIC
