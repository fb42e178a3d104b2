/* Decimal to float32 and back, exactly: what Cython cannot say, 128-bit products and bytes.
 *
 * Both ways round correctly and do not depend on the locale. A number is a decimal significand of
 * at most 19 digits times a power of ten; a 64-bit table of powers of ten and one 128-bit product
 * give its float32 with an error bound, and the few that the bound leaves open (within 2^-37
 * of halfway between two floats) are handed back for _rows.pyx to settle. Lemire, "Number parsing
 * at a gigabyte per second" (2021, https://arxiv.org/abs/2101.11408), does the same for doubles
 * with a table twice as wide. The way back is Giulietti's "The Schubfach way to render doubles"
 * (2020), section 8 to 10, for 24 bits. It knows nothing of files; see _rows.pyx. */
#ifndef W2V_NUMBERS_H
#define W2V_NUMBERS_H

#include <math.h>

#include "shared/bytes.h"

typedef unsigned __int128 uint128_t;

/* 10^k for LEAST_POWER <= k <= GREATEST_POWER is between power_of_ten[k - LEAST_POWER] and that
 * plus 1, times a power of two; the upper 64 bits. Parsing needs -64 (1e19 x 1e-65 is less than
 * half of the least float32) to 38, formatting -31 to 45. Filled by _rows.pyx at import. */
enum { LEAST_POWER = -64, GREATEST_POWER = 45 };
static uint64_t power_of_ten[GREATEST_POWER - LEAST_POWER + 1];

/* floor(log2(10^k)), exact in this range. */
static inline int log2_of_ten_to(int k) { return (k * 217706) >> 16; }

typedef struct {
    uint64_t digits; /* the first 19 significant ones */
    int power;       /* of ten, of the last of them; clamped to +-10,000 */
    int negative;
    int cut;     /* digits beyond the 19th were dropped, and were not all zero */
    int special; /* 'n' for NaN, 'i' for infinity, 0 for a number */
} Decimal;

/* ---- reading ---- */

static inline int is_digit(unsigned char byte) { return (unsigned char)(byte - '0') < 10; }

/* Blank, tab and carriage return; every other byte belongs to a word or number. */
static inline int is_gap(unsigned char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

/* High bit set in the lowest byte that is no digit, and perhaps in bytes above that one. */
static inline uint64_t nondigits_in(uint64_t bytes) {
    return ((bytes + 0x4646464646464646u) | (bytes - 0x3030303030303030u)) & 0x8080808080808080u;
}

/* The value of 8 digits, the first of them in the lowest byte: pairs, fours, eight. */
static inline uint64_t eight_digits(uint64_t bytes) {
    bytes = (bytes & 0x0F0F0F0F0F0F0F0Fu) * 2561 >> 8;
    bytes = (bytes & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
    return (bytes & 0x0000FFFF0000FFFFu) * 42949672960001 >> 32;
}

/* How many digits `bytes` starts with, 0 to 8. */
static inline int leading_digits(uint64_t bytes) {
    uint64_t others = nondigits_in(bytes);
    return (lowest_bit(others | (uint64_t)1 << 63) >> 3) + (others == 0);
}

/* The value of the first n digits of `bytes`: moved to the end, with zeros before them. */
static inline uint64_t first_digits(uint64_t bytes, int n) {
    return eight_digits(bytes << (32 - 4 * n) << (32 - 4 * n));
}

/* Append the digits at `at` to *value (modulo 2^64); returns where they end. Up to 15 of them
 * without a branch, for how many there are is hard to predict. Reads 16 bytes. */
static inline const unsigned char *take_digits(const unsigned char *at, uint64_t *value) {
    static const uint32_t TEN_TO[9] = {1,      10,      100,      1000,     10000,
                                       100000, 1000000, 10000000, 100000000};
    for (;;) {
        const uint64_t first = load_bytes(at), second = load_bytes(at + 8);
        const int n = leading_digits(first), m = leading_digits(second) & -(n == 8);
        *value = *value * TEN_TO[n] + first_digits(first, n);
        *value = *value * TEN_TO[m] + first_digits(second, m);
        at += n + m;
        if (m < 8) return at;
    }
}

/* Read again a number of more than 19 digits, at `at` after its sign: the first 19 significant
 * ones. `power` arrives as the exponent and becomes that of the last digit kept. */
static inline void take_long(const unsigned char *at, Decimal *number) {
    int n = 0, point = 0;
    int64_t power = number->power;
    number->digits = 0;
    for (;; at++) {
        if (*at == '.' && !point) {
            point = 1;
        } else if (!is_digit(*at)) {
            break;
        } else if (n == 0 && *at == '0') {
            power -= point;
        } else if (n < 19) {
            number->digits = 10 * number->digits + (*at - '0');
            n++;
            power -= point;
        } else {
            number->cut |= *at != '0';
            power += !point;
        }
    }
    number->power = (int)(power < -10000 ? -10000 : power > 10000 ? 10000 : power);
}

/* Whether the letters at `at` are those of `word` (lower case), in either case. */
static inline int spells(const unsigned char *at, const char *word) {
    while (*word && (*at | 0x20) == *word) at++, word++;
    return !*word;
}

/* Read a number at `at`; returns its end, or NULL when none stands there. The text must go on for
 * 16 readable bytes after the number, the first of which is no part of one. */
static inline const unsigned char *read_number(const unsigned char *at, Decimal *number) {
    const unsigned char *start, *point, *end;
    int n_digits;
    number->negative = *at == '-';
    number->cut = number->special = 0;
    number->digits = 0;
    number->power = 0;
    at += (*at == '-') | (*at == '+');
    start = at;
    /* Mostly one digit stands before the point. */
    for (; is_digit(*at); at++) number->digits = 10 * number->digits + (*at - '0');
    end = at;
    if (*at == '.') {
        point = at + 1;
        end = at = take_digits(point, &number->digits);
        n_digits = (int)(at - start > 1000 ? 1000 : at - start) - 1;
        if (n_digits <= 19) number->power = -(int)(at - point);
    } else {
        n_digits = (int)(at - start > 1000 ? 1000 : at - start);
    }
    if (n_digits == 0) {
        if (spells(start, "nan")) return number->special = 'n', start + 3;
        if (spells(start, "infinity")) return number->special = 'i', start + 8;
        if (spells(start, "inf")) return number->special = 'i', start + 3;
        return NULL;
    }
    if ((*at | 0x20) == 'e') {
        int negative = at[1] == '-', exponent = 0;
        at += 1 + (at[1] == '-' || at[1] == '+');
        if (!is_digit(*at)) return NULL;
        for (; is_digit(*at); at++)
            if (exponent < 1000000) exponent = 10 * exponent + (*at - '0');
        number->power += negative ? -exponent : exponent;
        end = at;
    }
    if (n_digits > 19) take_long(start, number);
    return end;
}

/* The float32 nearest to a decimal, ties to even; *open is set when 64 bits cannot tell which of
 * two it is. */
static inline float nearest_float(const Decimal *number, int *open) {
    uint64_t digits = number->digits, high, rest, half, slack;
    uint32_t bits, sign = (uint32_t)number->negative << 31;
    uint128_t product;
    int zeros, exponent, dropped, exact, power = number->power;
    float value;
    if (number->special) {
        bits = sign | (number->special == 'n' ? 0x7FC00000u : 0x7F800000u);
    } else if (digits == 0 || power < LEAST_POWER) {
        bits = sign;
    } else if (power > 38) {
        bits = sign | 0x7F800000u;
    } else {
        zeros = __builtin_clzll(digits);
        product = (uint128_t)(digits << zeros) * power_of_ten[power - LEAST_POWER];
        /* value = product x 2^(exponent - 127), with the top bit at 127 after this. */
        exponent = 64 - zeros + log2_of_ten_to(power);
        zeros = !(product >> 127);
        product <<= zeros;
        high = (uint64_t)(product >> 64);
        exponent -= zeros;
        /* 5^27 is the last power that 64 bits hold. */
        exact = power >= 0 && power <= 27 && !number->cut;
        /* `high` is below the truth by less than 1 for the table and 1 for its lower half, twice
         * that after the shift; digits cut off are less than 1 in 10^18, that is 2^4 in 2^64. */
        slack = exact ? 0 : number->cut ? 64 : 4;
        dropped = 40;
        if (exponent < -126) dropped += -126 - exponent; /* subnormal */
        if (dropped > 64) {
            *open |= dropped == 65 && high + slack < high;
            bits = sign;
        } else {
            half = (uint64_t)1 << (dropped - 1);
            rest = dropped == 64 ? high : high & (2 * half - 1);
            bits = dropped == 64 ? 0 : (uint32_t)(high >> dropped);
            if (exact && rest == half) {
                bits += (uint64_t)product != 0 || (bits & 1);
            } else {
                if (rest <= half && half - rest <= slack) *open = 1;
                bits += rest > half;
            }
            /* A carry out of the significand is the next exponent; from 2^128 on, infinity. */
            if (exponent >= -126) bits += (uint32_t)(exponent + 126) << 23;
            if (exponent > 127 || bits > 0x7F800000u) bits = 0x7F800000u;
            bits |= sign;
        }
    }
    memcpy(&value, &bits, 4);
    return value;
}

/* The double nearest to a decimal: exact for at most 2^53 times or by a power of ten that is a
 * double (Clinger 1990); *open is set for all others. */
static inline double nearest_double(const Decimal *number, int *open) {
    static const double TEN_TO[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int power = number->power;
    double value = (double)number->digits;
    if (number->special) {
        value = number->special == 'n' ? NAN : INFINITY;
    } else if (number->digits >> 53 || power < -22 || power > 22 || number->cut) {
        *open = 1;
    } else {
        value = power < 0 ? value / TEN_TO[-power] : value * TEN_TO[power];
    }
    return number->negative ? -value : value;
}

/* ---- writing ---- */

/* Write the digits of `value`, at least `n` of them; returns the end. Like all that writes numbers
 * it copies a fixed size, which is faster than the right one, and so needs some room behind. */
static inline unsigned char *put_digits(unsigned char *at, uint64_t value, int n) {
    static const char PAIRS[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    unsigned char digits[22 + 22];
    int start = 22;
    while (value >= 10 || start > 23 - n) {
        start -= 2;
        memcpy(digits + start, PAIRS + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value || start > 22 - n) digits[--start] = (unsigned char)('0' + value);
    memcpy(at, digits + start, 22);
    return at + 22 - start;
}

static inline unsigned char *put_special(unsigned char *at, uint32_t fraction) {
    memcpy(at, fraction ? "nan" : "inf", 3);
    return at + 3;
}

/* Write a whole number of up to 39 digits and n zeros after a point; returns the end. */
static inline unsigned char *put_whole(unsigned char *at, uint128_t value, int n) {
    unsigned char digits[39];
    int start = 39;
    for (; value; value /= 10) digits[--start] = (unsigned char)('0' + (int)(value % 10));
    memcpy(at, digits + start, 39 - start);
    at += 39 - start;
    if (n) *at++ = '.';
    memset(at, '0', n);
    return at + n;
}

/* The most that put_fixed and put_shortest write, sign included. */
enum { MOST_DECIMALS = 12, LONGEST_NUMBER = 1 + 39 + 1 + MOST_DECIMALS };

/* Write a float with `decimals` (0 to MOST_DECIMALS) digits after the point as printf("%.*f")
 * does: its exact value, rounded, ties to even. Returns the end. */
static inline unsigned char *put_fixed(unsigned char *at, float value, int decimals) {
    static const uint64_t TEN_TO[MOST_DECIMALS + 1] = {
        1,        10,        100,        1000,        10000,        100000,       1000000,
        10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000};
    const uint64_t unit = TEN_TO[decimals];
    uint64_t scaled, rest, half;
    uint32_t bits, fraction;
    int exponent;
    memcpy(&bits, &value, 4);
    *at = '-';
    at += bits >> 31;
    exponent = (int)(bits >> 23 & 0xFF);
    fraction = bits & 0x7FFFFF;
    if (exponent == 255) return put_special(at, fraction);
    if (exponent) fraction |= 0x800000;
    exponent = (exponent ? exponent : 1) - 150; /* value = fraction x 2^exponent */
    if (exponent >= 0) return put_whole(at, (uint128_t)fraction << exponent, decimals);
    scaled = fraction * unit; /* below 2^24 x 10^12 < 2^64 */
    if (exponent < -64) {
        scaled = 0;
    } else {
        half = (uint64_t)1 << (-exponent - 1);
        rest = scaled & (half + (half - 1));
        scaled = exponent == -64 ? 0 : scaled >> -exponent;
        scaled += rest > half || (rest == half && (scaled & 1));
    }
    at = put_digits(at, scaled / unit, 1);
    if (!decimals) return at;
    *at++ = '.';
    return put_digits(at, scaled % unit, decimals);
}

/* The upper part of the product of a power of ten and a number, its lowest bit set when it is not
 * exact (Giulietti, section 9.5: sticky enough for the comparisons below). */
static inline uint32_t round_to_odd(uint64_t power, uint32_t factor) {
    uint128_t product = (uint128_t)power * factor;
    return (uint32_t)(product >> 64) | ((uint64_t)product >> 32 > 1);
}

/* The fewest digits, and of these the nearest, that read back as fraction x 2^exponent; *power is
 * that of ten of the last of them. */
static inline uint32_t shortest_digits(uint32_t fraction, int exponent, int *power) {
    const int odd = fraction & 1; /* then neither end of the interval rounds to this float */
    /* At a power of two the float below is half as far away. */
    const int uneven = fraction == 0x800000 && exponent > -149;
    const int k = (exponent * 1262611 - (uneven ? 524031 : 0)) >> 22; /* floor(log10(width)) */
    const int shift = exponent + log2_of_ten_to(-k) + 1;
    /* Here the table is rounded up; it is exact from 10^0 to 10^27. */
    const uint64_t scale = power_of_ten[-k - LEAST_POWER] + (k > 0 || k < -27);
    /* Four times the lower end, the float and the upper end, in units of 10^k. */
    const uint32_t lower = round_to_odd(scale, (4 * fraction - 2 + uneven) << shift) + odd;
    const uint32_t middle = round_to_odd(scale, 4 * fraction << shift);
    const uint32_t upper = round_to_odd(scale, (4 * fraction + 2) << shift) - odd;
    uint32_t digits = middle / 4, tens = digits / 10;
    int down_fits = lower <= 40 * tens, up_fits = 40 * tens + 40 <= upper;
    *power = k + 1;
    if (digits >= 10 && down_fits != up_fits) return tens + up_fits;
    *power = k;
    down_fits = lower <= 4 * digits;
    up_fits = 4 * digits + 4 <= upper;
    if (down_fits != up_fits) return digits + up_fits;
    return digits + (middle > 4 * digits + 2 || (middle == 4 * digits + 2 && (digits & 1)));
}

/* Write a float with the fewest digits that read back as the same float, in the layout of Python's
 * repr: plain from 0.0001 up to below 1e16, else with an exponent. Returns the end. */
static inline unsigned char *put_shortest(unsigned char *at, float value) {
    unsigned char digits[40];
    uint32_t bits, fraction, decimal;
    int exponent, n, point, power;
    memcpy(&bits, &value, 4);
    exponent = (int)(bits >> 23 & 0xFF);
    fraction = bits & 0x7FFFFF;
    *at = '-';
    at += bits >> 31;
    if (exponent == 255) return put_special(at, fraction);
    if (bits << 1 == 0) return memcpy(at, "0.0", 3), at + 3;
    if (exponent) fraction |= 0x800000;
    decimal = shortest_digits(fraction, (exponent ? exponent : 1) - 150, &power);
    for (; decimal % 10 == 0; decimal /= 10) power++;
    n = (int)(put_digits(digits, decimal, 1) - digits);
    point = n + power; /* the value is 0.DIGITS x 10^point */
    if (point < -3 || point > 16) {
        *at++ = digits[0];
        if (n > 1) *at++ = '.';
        memcpy(at, digits + 1, 16);
        at += n - 1;
        *at++ = 'e';
        *at++ = point > 0 ? '+' : '-';
        return put_digits(at, point > 0 ? point - 1 : 1 - point, 2);
    }
    if (point <= 0) {
        memcpy(at, "0.000", 5);
        memcpy(at + 2 - point, digits, 16);
        return at + 2 - point + n;
    }
    if (point >= n) {
        memcpy(at, digits, 16);
        memset(at + n, '0', 16);
        memcpy(at + point, ".0", 2);
        return at + point + 2;
    }
    memcpy(at, digits, 16);
    at[point] = '.';
    memcpy(at + point + 1, digits + point, 16);
    return at + n + 1;
}

#endif
