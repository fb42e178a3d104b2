"""Bytes to rows of numbers and back: the loops of rows.py and word2vec.py.

Owns the parsing and formatting of rows. It knows nothing of files, headers or KeyedVectors. V is
the number of words, D the dimensions. In text, blank, tab and carriage return separate the fields
of a row and a line feed ends it; every other byte belongs to a word or a number.
"""

import math

import numpy as np

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memchr, memcpy

cdef extern from "formats/numbers.h" nogil:
    ctypedef struct Decimal:
        pass
    enum:
        LEAST_POWER
        GREATEST_POWER
        _MOST_DECIMALS "MOST_DECIMALS"
        _LONGEST_NUMBER "LONGEST_NUMBER"
    uint64_t power_of_ten[]
    bint is_gap(uint8_t byte)
    const uint8_t *read_number(const uint8_t *at, Decimal *number)
    float nearest_float(const Decimal *number, int *open)
    double nearest_double(const Decimal *number, int *open)
    uint8_t *put_fixed(uint8_t *at, float value, int decimals)
    uint8_t *put_shortest(uint8_t *at, float value)

MOST_DECIMALS = _MOST_DECIMALS
LONGEST_NUMBER = _LONGEST_NUMBER

# What must be readable behind the last line feed of text that is parsed; see read_number.
PADDING = 16

ctypedef fused real:
    float
    double


def fill_table():
    """Compute the table of numbers.h: the upper 64 bits of each power of ten."""
    for k in range(LEAST_POWER, GREATEST_POWER + 1):
        scaled = (10 ** max(k, 0) << 300) // 10 ** max(-k, 0)
        power_of_ten[k - LEAST_POWER] = scaled >> (scaled.bit_length() - 64)


fill_table()


# ---- numbers that 64 bits leave open ----


def nearest_float32(text):
    """Return the float32 nearest to a number written in `text`, ties to even.

    float() rounds once and float32() again, which goes wrong when the first ends halfway between
    two float32; then all digits decide.
    """
    double = float(text)
    nearest = np.float32(double)
    if math.isinf(double) or wide(nearest) == double:
        return nearest
    other = np.nextafter(nearest, np.float32(math.copysign(math.inf, double - wide(nearest))))
    if wide(nearest) + wide(other) != 2 * double:
        return nearest
    import decimal  # here, since hardly a number gets here

    exact, halfway = decimal.Decimal(text), decimal.Decimal(double)
    if exact == halfway:
        return nearest
    return max(nearest, other) if exact > halfway else min(nearest, other)


def wide(value):
    """Return a float32 as a float; infinity as 2^128, from which on halfway rounds to it."""
    return math.copysign(2.0**128, float(value)) if np.isinf(value) else float(value)


cdef double settle(const uint8_t *at, const uint8_t *end, bint single) noexcept with gil:
    text = at[: end - at].decode("ascii")
    with np.errstate(over="ignore"):
        return nearest_float32(text) if single else float(text)


# ---- text to rows ----


cdef inline bint parse_numbers(
    const uint8_t *at, const uint8_t *end, int64_t D, real *out  # OUT
) noexcept nogil:
    """Read D numbers between `at`, right after the word, and `end`, the line feed."""
    cdef Decimal number
    cdef const uint8_t *start
    cdef int64_t j
    cdef int is_open = 0
    for j in range(D):
        if not is_gap(at[0]):
            return False
        at += 1
        while is_gap(at[0]):
            at += 1
        start = at
        at = read_number(at, &number)
        if at == NULL:
            return False
        if real is float:
            out[j] = nearest_float(&number, &is_open)
        else:
            out[j] = nearest_double(&number, &is_open)
        if is_open:
            out[j] = <real>settle(start, at, real is float)
            is_open = 0
    while is_gap(at[0]):
        at += 1
    return at == end


cdef const uint8_t *end_of_word(
    const uint8_t *start, const uint8_t *end, int64_t D, bint may_end_in_number
) noexcept nogil:
    """Return where a word that may contain blanks ends: before the last D fields of its row.

    NULL when there is no word, or when the field before those D is a number, too, and not the
    first: a row that is too long is not a word with a blank, unless words may end so.
    """
    cdef const uint8_t *at = end
    cdef const uint8_t *field
    cdef const uint8_t *field_end
    cdef Decimal number
    cdef int64_t _
    for _ in range(D):
        while at > start and is_gap((at - 1)[0]):
            at -= 1
        field_end = at
        while at > start and not is_gap((at - 1)[0]):
            at -= 1
        if at == field_end:
            return NULL
    if at == start:
        return NULL
    while at > start and is_gap((at - 1)[0]):
        at -= 1
    field = at
    while field > start and not is_gap((field - 1)[0]):
        field -= 1
    field_end = at
    while start < field and is_gap(start[0]):
        start += 1
    if field > start and not may_end_in_number and read_number(field, &number) == field_end:
        return NULL
    return at


def parse_rows(
    const uint8_t[::1] data not None,  # IN, ends with a line feed and PADDING bytes
    int64_t size,                      # IN, without the padding
    real[:, ::1] out,                  # OUT (up to n, D)
    int64_t[:, ::1] spans not None,    # OUT (n + 1, 2), start and length of each word
    bint may_end_in_number=False,      # IN, whether a word with blanks may: "Windows 10"
):
    """Read up to n rows of text until one is no word with D numbers; returns how many were read.

    spans[n_read] then says where the row lies that was not. `out` may have fewer rows than that
    when not all lines are long enough for D numbers.
    """
    cdef const uint8_t *base = &data[0]
    cdef const uint8_t *at = base
    cdef const uint8_t *stop = base + size
    cdef const uint8_t *end
    cdef const uint8_t *word
    cdef const uint8_t *word_end
    cdef int64_t n_rows = 0, D = out.shape[1]
    cdef real *row = NULL
    with nogil:
        while at < stop and n_rows < spans.shape[0] - 1:
            end = <const uint8_t *>memchr(at, 10, stop - at)
            spans[n_rows, 0] = at - base
            spans[n_rows, 1] = end - at
            # A number takes at least two bytes, so that `out` has room for every row that passes.
            if end - at < 2 * D:
                break
            word = at
            while is_gap(word[0]):
                word += 1
            word_end = word
            while not is_gap(word_end[0]) and word_end < end:
                word_end += 1
            row = &out[n_rows, 0]
            if not parse_numbers(word_end, end, D, row):
                word_end = end_of_word(at, end, D, may_end_in_number)
                if word_end == NULL or not parse_numbers(word_end, end, D, row):
                    break
                if word > word_end:  # a row that starts with a blank and has no word
                    word = word_end
            spans[n_rows, 0] = word - base
            spans[n_rows, 1] = word_end - word
            n_rows += 1
            at = end + 1
    return n_rows


def cut_rows(const uint8_t[::1] data not None, int64_t size):
    """Return how many whole lines stand in data[:size], blank ones at the end left out, and where
    the last of them ends."""
    cdef const uint8_t *base = &data[0]
    cdef const uint8_t *at = base + size
    cdef const uint8_t *stop = NULL
    cdef int64_t n_rows = 0
    with nogil:
        while at > base and (is_gap((at - 1)[0]) or (at - 1)[0] == 10):
            at -= 1
        if at > base:
            stop = <const uint8_t *>memchr(at, 10, base + size - at)
            if stop == NULL:
                while at > base and (at - 1)[0] != 10:
                    at -= 1
                stop = at
            else:
                stop += 1
            at = base
            while at < stop:
                at = <const uint8_t *>memchr(at, 10, stop - at) + 1
                n_rows += 1
        else:
            stop = base
    return n_rows, stop - base


def is_number(bytes field not None):
    """Whether `field` is written as the rows' numbers are."""
    cdef Decimal number
    padded = field + b"\n" + bytes(PADDING)
    cdef const uint8_t *start = padded
    return read_number(start, &number) == start + len(field)


def words_of(
    const uint8_t[::1] data not None,
    const int64_t[:, ::1] spans not None,
    int64_t n,
    bint is_utf8=True,
):
    """Return the first n words as str, and a list of (row, byte, bytes) of those not decoded.

    These, all of them unless `is_utf8`, are "" among the words.
    """
    cdef const char *base = <const char *>&data[0]
    cdef int64_t i
    cdef list words = [], raw = []
    for i in range(n):
        word = ""
        try:
            if is_utf8:
                word = PyUnicode_DecodeUTF8(base + spans[i, 0], spans[i, 1], NULL)
        except UnicodeDecodeError:
            raw.append((i, spans[i, 0], base[spans[i, 0] : spans[i, 0] + spans[i, 1]]))
        if not is_utf8:
            raw.append((i, spans[i, 0], base[spans[i, 0] : spans[i, 0] + spans[i, 1]]))
        words.append(word)
    return words, raw


# ---- binary rows ----


def find_rows(
    const uint8_t[::1] data not None,  # IN
    int64_t size,
    int64_t row_bytes,
    int64_t[:, ::1] spans not None,    # OUT (n, 2), start and length of each word
):
    """Find up to n whole rows: line feeds, a word, a blank, `row_bytes`.

    Returns how many there are and where the last of them ends.
    """
    cdef const uint8_t *base = &data[0]
    cdef const uint8_t *at = base
    cdef const uint8_t *stop = base + size
    cdef const uint8_t *blank
    cdef int64_t n_rows = 0, end = 0
    with nogil:
        while n_rows < spans.shape[0]:
            while at < stop and at[0] == 10:
                at += 1
            blank = <const uint8_t *>memchr(at, 32, stop - at)
            if blank == NULL or stop - blank - 1 < row_bytes:
                break
            spans[n_rows, 0] = at - base
            spans[n_rows, 1] = blank - at
            n_rows += 1
            at = blank + 1 + row_bytes
            end = at - base
    return n_rows, end


def gather_rows(
    const uint8_t[::1] data not None,       # IN
    const int64_t[:, ::1] spans not None,   # IN, of find_rows
    uint8_t[:, ::1] out not None,           # OUT (n, row_bytes)
):
    """Copy the numbers behind each word."""
    cdef const uint8_t *base = &data[0]
    cdef int64_t i, row_bytes = out.shape[1]
    with nogil:
        for i in range(out.shape[0]):
            memcpy(&out[i, 0], base + spans[i, 0] + spans[i, 1] + 1, row_bytes)


cdef inline uint8_t *put_word(
    uint8_t *at, const uint8_t **word, const uint8_t *stop
) noexcept nogil:
    """Write the next word and a blank; returns where to go on."""
    cdef int64_t length = <const uint8_t *>memchr(word[0], 10, stop - word[0]) - word[0]
    memcpy(at, word[0], length)
    at[length] = 32
    word[0] += length + 1
    return at + length + 1


def join_rows(
    bytes words not None,                 # IN, a line feed after each
    const uint8_t[:, ::1] rows not None,  # IN (n, row_bytes)
    uint8_t[::1] out not None,            # OUT
):
    """Write word, blank, numbers and line feed of each row; returns how many bytes."""
    cdef const uint8_t *word = words
    cdef const uint8_t *stop = word + len(words)
    cdef uint8_t *at = &out[0]
    cdef int64_t i, row_bytes = rows.shape[1]
    with nogil:
        for i in range(rows.shape[0]):
            at = put_word(at, &word, stop)
            memcpy(at, &rows[i, 0], row_bytes)
            at[row_bytes] = 10
            at += row_bytes + 1
    return at - &out[0]


# ---- rows to text ----


def format_rows(
    bytes words not None,             # IN, a line feed after each
    const float[:, ::1] rows not None,  # IN (n, D)
    int decimals,                     # IN, -1 for the shortest that reads back the same
    uint8_t[::1] out not None,        # OUT, LONGEST_NUMBER + 1 for each number and 2 for each row
):
    """Write rows as text; returns how many bytes.

    With `decimals` there is a blank after every number, as the C tools write it; else between them.
    """
    cdef const uint8_t *word = words
    cdef const uint8_t *stop = word + len(words)
    cdef uint8_t *at = &out[0]
    cdef int64_t i, j
    with nogil:
        for i in range(rows.shape[0]):
            at = put_word(at, &word, stop)
            for j in range(rows.shape[1]):
                if decimals < 0:
                    at = put_shortest(at, rows[i, j])
                else:
                    at = put_fixed(at, rows[i, j], decimals)
                at[0] = 32
                at += 1
            at -= decimals < 0
            at[0] = 10
            at += 1
    return at - &out[0]
