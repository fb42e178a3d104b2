/* The seam between search (_search.pyx) and its arithmetic (nearest_body.h).
 *
 * Neighbours are found in one pass over the rows. For a few queries, `measure` computes the score
 * of each row and query. For many, rows are first packed into panels, and the cosines of a panel
 * with a dozen queries are computed in registers: in 8-bit numbers where the processor multiplies
 * them (AVX-512 VNNI, AVX-VNNI), else in floats. A bound on the error of each row and query tells
 * which pairs may belong to a query's best, and `measure` computes the scores of those only. Few
 * queries and many therefore give the same bits.
 *
 * Threads share read-only data and have a Search each, so there are no races. */
#ifndef W2V_NEAREST_H
#define W2V_NEAREST_H

#include <stdint.h>

enum { COSINE, EUCLIDEAN, MANHATTAN, CHEBYSHEV };

/* Least number of queries for which panels are worth the packing: AVX-512 VNNI, D = 300. */
#define FILTER_FROM 8

/* Queries, and the best rows found for each so far. */
typedef struct {
    int64_t D, n_queries, topn;
    int metric;
    const float *queries; /* IN: n_queries x D; of length 1 for the cosine */
    int32_t *cells;       /* IN: the queries packed; NULL: never filter */
    float *scales;        /* IN: n_queries; value of one unit in the cells of a query */
    float *errors;        /* IN: n_queries; length of the difference of a query and its cells */
    float *scores;        /* IN/OUT: n_queries heaps of topn, the worst first; -inf: still free */
    int64_t *rows;        /* IN/OUT: n_queries x topn, the rows of these scores */
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
    int64_t panel_rows;   /* rows of a panel; empty places in the last panel are never found */
    int64_t cell_columns; /* columns that a cell of 4 bytes holds: 1 float or 4 8-bit numbers */
    /* scores[q * scores_stride + i] = score of query q and row i: the cosine, or minus the
     * distance. */
    void (*score)(const Search *search, const Rows *rows, float *scores, int64_t scores_stride);
    void (*pack_queries)(Search *search);
    void (*pack_panel)(const Rows *rows, int64_t D, int32_t *panel);
    /* Offers every row to every query; `panel` is room for one panel. Of rows with equal scores the
     * lower one wins, provided that a search is given its rows in rising order. */
    void (*scan)(const Search *search, const Rows *rows, int32_t *panel);
} Finder;

static inline int64_t cells_of(const Finder *finder, int64_t D) {
    return (D + finder->cell_columns - 1) / finder->cell_columns;
}

/* The size of a panel. It holds the starting value of each row's sum; then the first cell of all
 * rows, the second cell of all rows, and so on; then, for a row scaled to length 1, the value of
 * one unit in its cells, of all rows; then the length of the difference of row and cells. */
static inline int64_t panel_cells(const Finder *finder, int64_t D) {
    return (cells_of(finder, D) + 3) * finder->panel_rows;
}

/* Returns the finders that this machine can run, the fastest first; NULL after the last. */
const Finder **list_finders(void);

#endif
