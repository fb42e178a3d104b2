"""The hash table of words stored as bytes; its layout is described in words.py.

V is the number of words.
"""

import numpy as np

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp


cdef inline uint64_t hash_of(const uint8_t* word, int64_t length) noexcept nogil:
    """FNV-1a in 64 bits (http://www.isthe.com/chongo/tech/comp/fnv). Files depend on it."""
    cdef uint64_t value = 0xCBF29CE484222325
    cdef int64_t i
    for i in range(length):
        value = (value ^ word[i]) * <uint64_t>0x100000001B3
    return value


cdef int64_t find_slot(
    const uint8_t[::1] word_bytes,
    const int64_t[::1] offsets,
    const int32_t[::1] slots,
    const uint8_t* word,
    int64_t length,
) noexcept nogil:
    """Return the slot of a word, or the empty one where it belongs; -1 when there is neither.

    Returns -2 when a slot or an offset on the way lies outside its array.
    """
    cdef int64_t n_slots = slots.shape[0], V = offsets.shape[0] - 1, row
    cdef int64_t slot, _
    if n_slots == 0:
        return -1
    slot = <int64_t>(hash_of(word, length) % <uint64_t>n_slots)
    for _ in range(n_slots):
        row = slots[slot]
        if row == -1:
            return slot
        if row < 0 or row >= V:
            return -2
        if not 0 <= offsets[row] <= offsets[row + 1] <= word_bytes.shape[0]:
            return -2
        if offsets[row + 1] - offsets[row] == length and (
            length == 0 or memcmp(&word_bytes[offsets[row]], word, length) == 0
        ):
            return slot
        slot += 1
        if slot == n_slots:
            slot = 0
    return -1


def word_slots(const uint8_t[::1] word_bytes not None, const int64_t[::1] offsets not None):
    """Build the hash table of words; its layout is described in words.py.

    Parameters
    ----------
    word_bytes : uint8, IN. All words, one after another.
    offsets : int64 (V + 1,), IN. Word i is word_bytes[offsets[i]:offsets[i + 1]].

    Returns int32 (2 V + 1,): rows, and -1 where a slot is empty. Of equal words the first is in it.
    Raises ValueError when an offset lies outside `word_bytes` or before the one it follows.
    """
    cdef int64_t V = offsets.shape[0] - 1, i, slot = 0
    slots_array = np.full(2 * V + 1, -1, np.int32)
    cdef int32_t[::1] slots = slots_array
    cdef const uint8_t* begin = NULL
    if word_bytes.shape[0]:
        begin = &word_bytes[0]
    with nogil:
        for i in range(V):
            if not 0 <= offsets[i] <= offsets[i + 1] <= word_bytes.shape[0]:
                break
            slot = find_slot(
                word_bytes, offsets, slots, begin + offsets[i], offsets[i + 1] - offsets[i]
            )
            if slots[slot] == -1:
                slots[slot] = <int32_t>i
        else:
            i = V
    if i < V:
        raise ValueError(f"word_offsets: word {i} lies outside the bytes of all words")
    return slots_array


def find_word(
    const uint8_t[::1] word_bytes not None,
    const int64_t[::1] offsets not None,
    const int32_t[::1] slots not None,
    bytes word not None,
):
    """Return the row of a word, -1 when it is unknown; arrays as for word_slots.

    Raises ValueError when a slot or offset on the way lies outside its array.
    """
    cdef int64_t slot = find_slot(
        word_bytes, offsets, slots,
        <const uint8_t*>PyBytes_AS_STRING(word), PyBytes_GET_SIZE(word),
    )
    if slot == -2:
        raise ValueError("word_slots: a slot or offset points outside the words")
    return -1 if slot == -1 else slots[slot]


def decode_words(
    const uint8_t[::1] word_bytes not None,
    const int64_t[::1] offsets not None,
    int64_t start,
    int64_t stop,
):
    """Return words start to stop, 0 <= start <= stop <= V, as a list of str; arrays as above.

    Bytes that are not UTF-8 become lone surrogates (surrogateescape). Raises ValueError when an
    offset lies outside `word_bytes` or before the one it follows.
    """
    cdef int64_t i
    cdef list words = []
    cdef const char* begin = NULL
    assert 0 <= start <= stop < offsets.shape[0]
    if word_bytes.shape[0]:
        begin = <const char*>&word_bytes[0]
    for i in range(start, stop):
        if not 0 <= offsets[i] <= offsets[i + 1] <= word_bytes.shape[0]:
            raise ValueError(f"word_offsets: word {i} lies outside the bytes of all words")
        words.append(
            PyUnicode_DecodeUTF8(begin + offsets[i], offsets[i + 1] - offsets[i], "surrogateescape")
        )
    return words
