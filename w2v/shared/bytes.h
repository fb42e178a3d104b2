/* Many bytes of text at a time: what Cython cannot say about them.
 *
 * Owns no memory and knows nothing of words or counts; see corpus/_text.pyx for both. */
#ifndef W2V_BYTES_H
#define W2V_BYTES_H

#include <stdint.h>
#include <string.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

#ifdef __GLIBC__
#include <malloc.h>
/* Reading leaves holes where blocks of text were, which glibc keeps: some 6 MB of them. */
static inline void return_free_memory(void) { malloc_trim(0); }
#else
static inline void return_free_memory(void) {}
#endif

static inline void prefetch(const void *address) { __builtin_prefetch(address); }

/* The 8 bytes at `text`, the first of them lowest, whatever the machine's byte order. */
static inline uint64_t load_bytes(const unsigned char *text) {
    uint64_t bytes;
    memcpy(&bytes, text, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* A little-endian float32 at any address. */
static inline float load_float(const unsigned char *at) {
    float value;
    uint32_t bits;
    memcpy(&bits, at, 4);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bits = __builtin_bswap32(bits);
#endif
    memcpy(&value, &bits, 4);
    return value;
}

/* Bit i set where byte i of these 64 is <= 0x20. */
static inline uint64_t blanks_in(const unsigned char *text) {
    uint64_t marks = 0;
    const uint64_t high = 0x8080808080808080u;
    for (int i = 0; i < 64; i += 8) {
        const uint64_t bytes = load_bytes(text + i);
        const uint64_t blank = ~(((bytes & ~high) + 0x5F5F5F5F5F5F5F5Fu) | bytes) & high;
        /* The product moves the eight high bits next to each other, into its highest byte. */
        marks |= ((blank >> 7) * 0x0102040810204080u >> 56) << i;
    }
    return marks;
}

/* Index of the lowest bit of a mask that is not 0. */
static inline int lowest_bit(uint64_t mask) {
#if defined(_MSC_VER) && !defined(__clang__)
    unsigned long index;
    _BitScanForward64(&index, mask);
    return (int)index;
#else
    return __builtin_ctzll(mask);
#endif
}

/* The low `n` bytes of `bytes`, 0 <= n <= 8, the rest zero. */
static inline uint64_t low_bytes(uint64_t bytes, int64_t n) {
    static const uint64_t masks[9] = {0,
                                      0xFF,
                                      0xFFFF,
                                      0xFFFFFF,
                                      0xFFFFFFFF,
                                      0xFFFFFFFFFF,
                                      0xFFFFFFFFFFFF,
                                      0xFFFFFFFFFFFFFF,
                                      0xFFFFFFFFFFFFFFFF};
    return bytes & masks[n];
}

/* One step of a multiply-and-fold hash (the 64-bit golden ratio); quality rests on the fold. */
static inline uint64_t fold(uint64_t hash, uint64_t bytes) {
    hash = (hash ^ bytes) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 32);
}

/* Where text stops to be UTF-8 (Unicode 15, table 3-7), or `size`. */
static inline int64_t utf8_until(const unsigned char *text, int64_t size) {
    int64_t i = 0;
    while (i < size) {
        const unsigned lead = text[i];
        int more, k;
        if (i + 8 <= size && !(load_bytes(text + i) & 0x8080808080808080u)) {
            i += 8;
            continue;
        }
        if (lead < 0x80) {
            i++;
            continue;
        }
        more = lead < 0xC2 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0;
        if (!more || i + more >= size) return i;
        for (k = 1; k <= more; k++)
            if (text[i + k] >> 6 != 2) return i;
        /* Longer than need be, half a surrogate pair, or above U+10FFFF. */
        if ((lead == 0xE0 && text[i + 1] < 0xA0) || (lead == 0xED && text[i + 1] > 0x9F) ||
            (lead == 0xF0 && text[i + 1] < 0x90) || (lead == 0xF4 && text[i + 1] > 0x8F))
            return i;
        i += more + 1;
    }
    return size;
}

#endif
