/* The seam between search (_search.pyx) and its arithmetic (nearest_body.h).
 *
 * Neighbours are found in one pass over the rows. For a few queries each row is measured against
 * each query. For many, the rows are first packed into panels, where the cosines of a panel with a
 * dozen queries are a block of registers, in 8-bit numbers where the processor multiplies these
 * (AVX-512 VNNI, AVX-VNNI), else in floats; a bound on the error of each row and query then says
 * which pairs may belong to a query's best, and only these are measured. So both ways give the same
 * bits, those of `measure`.
 *
 * Read-only shared data, and a Search for each thread: nothing races. */
#ifndef W2V_NEAREST_H
#define W2V_NEAREST_H

#include <stdint.h>

enum { COSINE, EUCLIDEAN, MANHATTAN, CHEBYSHEV };

/* From so many queries on panels pay for the packing: measured with AVX-512 VNNI, D = 300. */
#define FILTER_FROM 8

/* Queries, and the best rows found for each so far. */
typedef struct {
    int64_t D, n_queries, topn;
    int metric;
    const float *queries; /* IN: n_queries x D; of length 1 for the cosine */
    int32_t *cells;       /* IN: the queries packed; NULL: never filter */
    float *scales;        /* IN: n_queries; what a unit of a packed query stands for */
    float *errors;        /* IN: n_queries; length of a query less what its cells stand for */
    float *scores;        /* IN/OUT: n_queries heaps of topn, the worst first; -inf: still free */
    int64_t *rows;        /* IN/OUT: of the same shape */
} Search;

/* Some rows of the vectors. */
typedef struct {
    const float *vectors;   /* IN: n x D */
    int64_t stride;         /* floats from a row to the next */
    int64_t n, first;       /* how many, and which row the first one is */
    const uint8_t *allowed; /* IN: n; 0: never a neighbour; NULL: all may be */
    const int32_t *panels;  /* IN: the rows packed, or NULL */
} Rows;

typedef struct {
    const char *name;
    int64_t panel_rows;   /* rows of a panel; the last one is filled up with rows never found */
    int64_t cell_columns; /* columns that a cell of 4 bytes holds: 1 float or 4 8-bit numbers */
    /* scores[q * scores_stride + i] = score of query q and row i: cosine, or less the distance. */
    void (*score)(const Search *search, const Rows *rows, float *scores, int64_t scores_stride);
    void (*pack_queries)(Search *search);
    void (*pack_panel)(const Rows *rows, int64_t D, int32_t *panel);
    /* Offers every row to every query; `panel` has room for one. Of equal scores the lower row
     * wins, provided that a search sees its rows in rising order. */
    void (*scan)(const Search *search, const Rows *rows, int32_t *panel);
} Finder;

static inline int64_t cells_of(const Finder *finder, int64_t D) {
    return (D + finder->cell_columns - 1) / finder->cell_columns;
}

/* A panel: for each row what its sum starts from; then cell by cell those of all rows; then for
 * each row what a unit of its cells stands for, and the length of its error, both for length 1. */
static inline int64_t panel_cells(const Finder *finder, int64_t D) {
    return (cells_of(finder, D) + 3) * finder->panel_rows;
}

/* Ends with an entry whose name is NULL; the first entry is the fastest this machine can run. */
const Finder **list_finders(void);

#endif
