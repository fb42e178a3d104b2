"""The loops of fasttext.py: the entries of a dictionary, and the mean of a word's n-grams."""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t
from libc.string cimport memchr, memcmp, memcpy

cdef extern from "shared/bytes.h" nogil:
    float load_float(const uint8_t *at)


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


cdef inline void add_row(const uint8_t *row, float *total, int64_t D) noexcept nogil:
    cdef int64_t j
    for j in range(D):
        total[j] += load_float(row + 4 * j)


def subword_means(
    const uint8_t[::1] data not None,      # IN, the whole file
    const int64_t[:, ::1] spans not None,  # IN (V, 2) of find_entries
    int64_t begin,                         # IN, the words begin ... end - 1 are computed
    int64_t end,
    int64_t matrix,                        # IN, where the (n_words + n_buckets, D) floats start
    int64_t n_words,
    int64_t n_buckets,
    int shortest,                          # IN, characters of an n-gram
    int longest,
    float[:, ::1] out not None,            # OUT (V, D)
):
    """Write the mean of a word's own row and the rows of its character n-grams, as fastText does.

    The n-grams are those of <word>, none of </s>, each in the bucket of its FNV-1a hash, in which
    bytes count as signed (fastText, dictionary.cc, hash and computeSubwords). Sums in fastText's
    order.
    """
    cdef const uint8_t *base = &data[0]
    cdef const uint8_t *rows = base + matrix
    cdef int64_t D = out.shape[1], i, j, n_characters, n_rows, length
    cdef uint32_t hashed
    cdef int64_t first, last
    cdef uint8_t byte
    cdef const uint8_t *word
    cdef float *total
    cdef float scale
    with nogil:
        for i in range(begin, end):
            word = base + spans[i, 0]
            length = spans[i, 1]
            total = &out[i, 0]
            for j in range(D):
                total[j] = 0
            add_row(rows + 4 * D * i, total, D)
            n_rows = 1
            if length == 4 and memcmp(word, "</s>", 4) == 0:
                continue
            # Positions in <word>: -1 is the opening bracket, `length` the closing one.
            for first in range(-1, length + 1):
                if byte_at(word, length, first) & 0xC0 == 0x80:
                    continue
                hashed = 2166136261
                last = first
                n_characters = 1
                while last <= length and n_characters <= longest:
                    while True:
                        byte = byte_at(word, length, last)
                        hashed = (hashed ^ <uint32_t><int8_t>byte) * <uint32_t>16777619
                        last += 1
                        if last > length or byte_at(word, length, last) & 0xC0 != 0x80:
                            break
                    # A bracket alone is no n-gram.
                    if n_characters >= shortest and not (
                        n_characters == 1 and (first == -1 or last > length)
                    ):
                        add_row(rows + 4 * D * (n_words + hashed % n_buckets), total, D)
                        n_rows += 1
                    n_characters += 1
            if n_rows > 1:
                scale = <float>(1.0 / n_rows)
                for j in range(D):
                    total[j] *= scale


cdef inline uint8_t byte_at(const uint8_t *word, int64_t length, int64_t i) noexcept nogil:
    return 60 if i < 0 else 62 if i == length else word[i]
