/* Eight bytes of text at a time: what Cython cannot say about scanning words.
 *
 * Owns no memory and knows nothing of words or counts; see _text.pyx for both. */
#ifndef W2V_TEXT_H
#define W2V_TEXT_H

#include <stdint.h>
#include <string.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

#ifdef __GLIBC__
#include <malloc.h>
/* Reading leaves holes where blocks of text were, which glibc keeps: some 40 MB of them. */
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

/* High bit set in the lowest byte of `bytes` that is <= 0x20, and perhaps in bytes above that one
 * (the borrow of the subtraction travels upwards), so only the lowest set bit may be trusted. */
static inline uint64_t blanks_in(uint64_t bytes) {
    return (bytes - 0x2121212121212121u) & ~bytes & 0x8080808080808080u;
}

/* Index of the lowest byte marked by blanks_in; `mask` is not 0. */
static inline int lowest_byte(uint64_t mask) {
#if defined(_MSC_VER) && !defined(__clang__)
    unsigned long index;
    _BitScanForward64(&index, mask);
    return (int)(index >> 3);
#else
    return __builtin_ctzll(mask) >> 3;
#endif
}

/* The low `n` bytes of `bytes`, 0 <= n <= 7, the rest zero. */
static inline uint64_t low_bytes(uint64_t bytes, int n) {
    return bytes & (((uint64_t)1 << (8 * n)) - 1);
}

/* One step of a multiply-and-fold hash (the 64-bit golden ratio); quality rests on the fold. */
static inline uint64_t fold(uint64_t hash, uint64_t bytes) {
    hash = (hash ^ bytes) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 32);
}

#endif
