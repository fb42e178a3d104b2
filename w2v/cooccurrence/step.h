/* The seam between training (_tiles.pyx) and its arithmetic (step_body.h): steps of AdaGrad on the
 * records of a tile.
 *
 * A record says how often two words stand near each other. Its step is that of Pennington, Socher
 * and Manning 2014, equation 8, as glove.c has it:
 *
 *     g = f(x) * (w . v + b + c - log x)     f(x) = min(1, (x / x_max) ^ alpha)
 *     t = eta * clip(g * v), w -= t / sqrt(G), G += t^2, and so for v, with the old w
 *     b -= g / sqrt(G), G += g^2, and so for c
 *
 * so that squares are of the rate times the gradient, and the steps take them from before.
 *
 * A word has a row for itself and one as context: `width` floats of the vector, and `width` of its
 * squares. Biases stand among the columns, so that one product makes the whole score:
 *
 *     w[0] ... w[D - 1]  b  1  0 ... 0          of words
 *     v[0] ... v[D - 1]  1  c  0 ... 0          of contexts
 *
 * Rates say which columns change, and how fast. No two threads have tiles with a row in common at
 * the same time, so there are no races. */
#ifndef W2V_STEP_H
#define W2V_STEP_H

#include <stdint.h>

typedef struct {
    uint16_t row, column; /* of the blocks of the tile */
    float log_count, weight;
} Record;

typedef struct {
    const Record *records;      /* IN: n */
    int64_t n, D, width;        /* width: a multiple of 16, at least D + 2 */
    float *rows, *columns;      /* IN/OUT: 2 * width each, what the records' numbers count */
    const float *row_rates;     /* IN: width; of each column of `rows` */
    const float *column_rates;  /* IN: width; the same of `columns` */
    const float *row_limits;    /* IN: width; what rate times gradient is cut to, either side */
    const float *column_limits; /* IN: width */
    int skips_diagonal;         /* whether records with row == column are passed over */
    int is_far;                 /* whether rows are fetched ahead, since they fill the caches */
} Tile;

typedef struct {
    const char *name;
    /* Trains the records in order; returns the sum of weight * diff^2 / 2, which is not finite if a
     * number was not. */
    double (*train)(const Tile *tile);
} Stepper;

/* Returns the kernels that this machine can run, the fastest first; after the last, one whose name
 * is NULL. */
const Stepper *list_steppers(void);

#endif
