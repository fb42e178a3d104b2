"""The loops of subwords.py and fasttext.py: n-grams, means of their rows, entries of a dictionary.

n is the number of words, D the dimensions.
"""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t
from libc.string cimport memchr, memcmp, memcpy

cdef extern from "shared/bytes.h" nogil:
    float load_float(const uint8_t *at)


def find_ngrams(
    const uint8_t[::1] text not None,    # IN, bytes of the words, and whatever stands between them
    const int64_t[:] starts not None,    # IN (n,), where each word begins
    const int64_t[:] stops not None,     # IN (n,), where it ends
    int min_n,                           # IN, characters of an n-gram
    int max_n,
    int64_t bucket,                      # IN, how many buckets
    int64_t[::1] offsets not None,       # OUT (n + 1,), where the n-grams of each word begin
    uint32_t[::1] buckets,               # OUT (offsets[n],), or None to be told the offsets alone
    int64_t[:, ::1] spans,               # OUT (offsets[n], 2), or None: start and stop in <word>
):
    """Find the character n-grams of words."""
    cdef const uint8_t *base = &text[0] if text.shape[0] else NULL
    cdef uint32_t *to = NULL
    cdef int64_t *places = NULL
    cdef int64_t i, n = 0
    if buckets is not None and buckets.shape[0]:
        to = &buckets[0]
    if spans is not None and spans.shape[0]:
        places = &spans[0, 0]
    with nogil:
        offsets[0] = 0
        for i in range(starts.shape[0]):
            n += ngrams_of(
                base + starts[i], stops[i] - starts[i], min_n, max_n, bucket,
                NULL if to == NULL else to + n, NULL if places == NULL else places + 2 * n,
            )
            offsets[i + 1] = n


cdef int64_t ngrams_of(
    const uint8_t *word, int64_t length, int min_n, int max_n, int64_t bucket,
    uint32_t *buckets, int64_t *spans,
) noexcept nogil:
    """Write the buckets and places of a word's n-grams, unless they are NULL; return how many."""
    cdef int64_t first, last, n_characters, n = 0
    cdef uint32_t hashed
    if length == 4 and memcmp(word, "</s>", 4) == 0:
        return 0
    # Positions in <word>: -1 is the opening bracket, `length` the closing one.
    for first in range(-1, length + 1):
        if is_continuation(byte_at(word, length, first)):
            continue
        hashed = 2166136261
        last = first
        n_characters = 1
        while last <= length and n_characters <= max_n:
            while True:
                hashed = hash_on(hashed, byte_at(word, length, last))
                last += 1
                if last > length or not is_continuation(byte_at(word, length, last)):
                    break
            # A bracket alone is no n-gram.
            if n_characters >= min_n and not (
                n_characters == 1 and (first == -1 or last > length)
            ):
                if buckets != NULL:
                    buckets[n] = <uint32_t>(hashed % bucket)
                if spans != NULL:
                    spans[2 * n] = first + 1
                    spans[2 * n + 1] = last + 1
                n += 1
            n_characters += 1
    return n


def hash_of(const uint8_t[::1] ngram not None):
    """Return the hash of an n-gram, 32 bits."""
    cdef uint32_t hashed = 2166136261
    cdef int64_t i
    for i in range(ngram.shape[0]):
        hashed = hash_on(hashed, ngram[i])
    return hashed


cdef inline uint32_t hash_on(uint32_t hashed, uint8_t byte) noexcept nogil:
    # Bytes count as signed, which is no FNV-1a beyond ASCII; all files depend on it.
    return (hashed ^ <uint32_t><int8_t>byte) * <uint32_t>16777619


cdef inline uint8_t byte_at(const uint8_t *word, int64_t length, int64_t i) noexcept nogil:
    return 60 if i < 0 else 62 if i == length else word[i]


cdef inline bint is_continuation(uint8_t byte) noexcept nogil:
    return byte & 0xC0 == 0x80


def write_means(
    const uint8_t[::1] own,               # IN, bytes of float32 (n, D), the own rows, or None
    const uint8_t[::1] ngrams not None,   # IN, bytes of float32 (R, D)
    const int64_t[::1] offsets not None,  # IN (n + 1,), where the n-grams of each word begin
    const int64_t[::1] rows not None,     # IN, of each n-gram: 0 to R - 1, or -1, one of zeros
    bint counts_missing,                  # IN, whether those of -1 count in the mean
    float[:, ::1] out not None,           # OUT (n, D)
):
    """Write the mean of each word's own row and the rows of its n-grams, 0 where there is none.

    Sums are in float32, in this order, as fastText's are.
    """
    cdef int64_t D = out.shape[1], i, j, k, n_rows, row_bytes = 4 * D
    cdef const uint8_t *base = &ngrams[0] if ngrams.shape[0] else NULL
    cdef const uint8_t *first = NULL
    cdef float *total
    cdef float scale
    if own is not None and own.shape[0]:
        first = &own[0]
    with nogil:
        for i in range(out.shape[0]):
            total = &out[i, 0]
            for j in range(D):
                total[j] = 0
            n_rows = 0
            if first != NULL:
                add_row(first + row_bytes * i, total, D)
                n_rows = 1
            for k in range(offsets[i], offsets[i + 1]):
                if rows[k] >= 0:
                    add_row(base + row_bytes * rows[k], total, D)
                n_rows += rows[k] >= 0 or counts_missing
            if n_rows > 1:
                scale = <float>(1.0 / n_rows)
                for j in range(D):
                    total[j] *= scale


cdef inline void add_row(const uint8_t *row, float *total, int64_t D) noexcept nogil:
    # At any address: the numbers of a mapped file stand where its words end.
    cdef int64_t j
    for j in range(D):
        total[j] += load_float(row + 4 * j)


def write_mean(
    const uint8_t[::1] word not None,    # IN, bytes of a word
    int min_n,                           # IN, as for find_ngrams
    int max_n,
    int64_t bucket,
    const uint8_t[::1] own,              # IN, bytes of float32 (D,), or None
    const uint8_t[::1] ngrams not None,  # IN, bytes of float32 (R, D)
    const uint32_t[::1] kept,            # IN (R,), rising, of which buckets the rows are; None: all
    bint counts_missing,                 # IN, as for write_means
    float[::1] out not None,             # OUT (D,)
    uint32_t[::1] room not None,         # for the buckets; the n-grams of a word may be more
):
    """Write what write_means does for one word; return how many n-grams counted.

    Returns -1 - n, and writes nothing, where there are n n-grams and less room.
    """
    cdef const uint8_t *start = &word[0] if word.shape[0] else <const uint8_t *>""
    cdef const uint8_t *base = &ngrams[0] if ngrams.shape[0] else NULL
    cdef int64_t D = out.shape[0], j, k, row, n = 0, n_counted = 0, length = word.shape[0]
    cdef float scale
    if max_n >= (1 if min_n < 1 else min_n) and bucket > 0:
        n = ngrams_of(start, length, min_n, max_n, bucket, NULL, NULL)
        if n > room.shape[0]:
            return -1 - n
        ngrams_of(start, length, min_n, max_n, bucket, &room[0], NULL)
    for j in range(D):
        out[j] = 0
    if own is not None:
        add_row(&own[0], &out[0], D)
    for k in range(n):
        row = room[k] if kept is None else place_of(kept, room[k])
        if row >= 0:
            add_row(base + 4 * D * row, &out[0], D)
        n_counted += row >= 0 or counts_missing
    if n_counted + (own is not None) > 1:
        scale = <float>(1.0 / (n_counted + (own is not None)))
        for j in range(D):
            out[j] *= scale
    return n_counted


cdef int64_t place_of(const uint32_t[::1] kept, uint32_t bucket) noexcept nogil:
    cdef int64_t low = 0, high = kept.shape[0], middle
    while low < high:
        middle = (low + high) // 2
        if kept[middle] < bucket:
            low = middle + 1
        else:
            high = middle
    return low if low < kept.shape[0] and kept[low] == bucket else -1


def find_entries(
    const uint8_t[::1] data not None,  # IN
    int64_t start,
    int64_t[:, ::1] spans not None,    # OUT (n, 2), start and length of each word
    int64_t[::1] counts not None,      # OUT (n,)
    int8_t[::1] kinds not None,        # OUT (n,), 0 word, 1 label
):
    """Find the entries of a dictionary: a word and NUL, its count (8 bytes), its kind (1 byte).

    Returns how many there are and where the last of them ends.
    """
    cdef const uint8_t *base = &data[0]
    cdef const uint8_t *at = base + start
    cdef const uint8_t *stop = base + data.shape[0]
    cdef const uint8_t *nul
    cdef int64_t n = 0
    with nogil:
        while n < spans.shape[0]:
            nul = <const uint8_t *>memchr(at, 0, stop - at)
            if nul == NULL or stop - nul < 10:
                break
            spans[n, 0] = at - base
            spans[n, 1] = nul - at
            memcpy(&counts[n], nul + 1, 8)
            kinds[n] = <int8_t>nul[9]
            n += 1
            at = nul + 10
    return n, at - base
