"""What a vocabulary needs a loop for: noise tables, the Huffman tree, words stored as bytes.

Owns three builders, each from counts to flat arrays; vocab.py names and keeps the results, _core.pyx
draws from them. And the hash table of words in files, whose layout words.py describes. V is the
number of words.
"""

import numpy as np

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.math cimport floor, pow
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp


def alias_table(const double[::1] weights not None):
    """Build the table of the alias method, which draws from `weights` in constant time.

    A draw takes a slot at random and a 32-bit coin: the word is the slot's own when the coin is
    below its threshold, else its alias. (Walker 1977; built as in Vose 1991, "A linear algorithm for generating random
    numbers with a given distribution".)

    Parameters
    ----------
    weights : float64 (V,), IN. Not negative, with a positive sum.

    Returns uint64 (V,): threshold << 32 | alias, the threshold in units of 2**-32; one entry, so
    that a draw misses the caches once.
    """
    cdef int64_t V = weights.shape[0], n_small = 0, n_large = 0, i, small, large
    shares = np.asarray(weights) * (V / np.sum(weights))
    thresholds_array = np.full(V, 0xFFFFFFFF, np.uint32)
    aliases_array = np.arange(V, dtype=np.int32)
    cdef double[::1] share = shares
    cdef uint32_t[::1] thresholds = thresholds_array
    cdef int32_t[::1] aliases = aliases_array
    # One array, the slots under 1 stacked from its front and those over 1 from its back.
    cdef int32_t[::1] stack = np.empty(V, np.int32)
    with nogil:
        for i in range(V):
            if share[i] < 1.0:
                stack[n_small] = <int32_t>i
                n_small += 1
            else:
                n_large += 1
                stack[V - n_large] = <int32_t>i
        while n_small > 0 and n_large > 0:
            n_small -= 1
            small = stack[n_small]
            large = stack[V - n_large]
            thresholds[small] = <uint32_t>(share[small] * 4294967295.0)
            aliases[small] = <int32_t>large
            share[large] -= 1.0 - share[small]
            if share[large] < 1.0:
                n_large -= 1
                stack[n_small] = <int32_t>large
                n_small += 1
        # What is left is 1 but for rounding; those slots keep themselves as aliases.
    return thresholds_array.astype(np.uint64) << np.uint64(32) | aliases_array.view(np.uint32)


def c_noise_bounds(const int64_t[::1] counts not None, double exponent, int64_t table_size):
    """Return where each word's run of slots ends in the C tool's noise table.

    The table (word2vec.c, InitUnigramTable) maps 10**8 slots to words in vocabulary order, so its
    bounds say all of it: slot s belongs to the first word whose bound is > s.

    Parameters
    ----------
    counts : int64 (V,), IN.
    exponent : the power of the counts, 0.75 in C.
    table_size : slots of the table.

    Returns
    -------
    int64 (V,), rising, the last one `table_size`.
    """
    cdef int64_t V = counts.shape[0], i, slot, begin = 0
    cdef double total = 0, cumulated = 0
    bounds_array = np.full(V, table_size, np.int64)
    cdef int64_t[::1] bounds = bounds_array
    with nogil:
        for i in range(V):
            total += pow(<double>counts[i], exponent)
        for i in range(V - 1):
            if begin >= table_size:
                break
            cumulated += pow(<double>counts[i], exponent) / total
            # The last slot is the first from `begin` on with slot / table_size > cumulated: guess
            # it, then let the C tool's own comparison decide.
            slot = max(begin, <int64_t>floor(cumulated * table_size) - 2)
            while slot < table_size and not slot / <double>table_size > cumulated:
                slot += 1
            begin = min(slot + 1, table_size)
            bounds[i] = begin
    return bounds_array


def huffman_paths(const int64_t[::1] counts not None, int64_t padding=0):
    """Build the Huffman tree of the C tool (word2vec.c, CreateBinaryTree) as one path per word.

    The words are taken as sorted by falling count; where they are not (the sentence mark stands
    first whatever its count) the tree is as C builds it, a little longer than need be.

    Parameters
    ----------
    counts : int64 (V,), IN.
    padding : how many zeros to put behind the last path, for who reads some steps at once.

    Returns
    -------
    offsets : int64 (V + 1,). Word w's path is steps[offsets[w]:offsets[w + 1]], root first.
    steps : int32. node << 1 | code, where node is a row of the node matrix, 0 <= node < V - 1 (the
        root is V - 2), and code the branch taken there.
    """
    cdef int64_t V = counts.shape[0], leaf = V - 1, inner = 0, node, i, k, n, pick
    cdef int64_t[::1] weight = np.empty(max(V - 1, 0), np.int64)
    cdef int32_t[::1] step = np.zeros(2 * V, np.int32)      # above words, then above nodes
    cdef int64_t[::1] depth = weight        # of nodes, once the tree stands and has no weights
    offsets_array = np.zeros(V + 1, np.int64)
    cdef int64_t[::1] offsets = offsets_array
    cdef int32_t[::1] steps
    with nogil:
        for node in range(V - 1):
            weight[node] = 0
            for k in range(2):
                # An inner node wins a tie; `inner == node` means that none is waiting.
                if leaf >= 0 and (inner == node or counts[leaf] < weight[inner]):
                    pick = leaf
                    weight[node] += counts[leaf]
                    leaf -= 1
                else:
                    pick = V + inner
                    weight[node] += weight[inner]
                    inner += 1
                step[pick] = <int32_t>(node << 1 | k)
        for node in range(V - 2, -1, -1):           # parents before children
            depth[node] = 1 if node == V - 2 else depth[step[V + node] >> 1] + 1
        for i in range(V):
            offsets[i + 1] = offsets[i] + (depth[step[i] >> 1] if V > 1 else 0)
    steps_array = np.zeros(offsets[V] + padding, np.int32)
    steps = steps_array
    with nogil:
        for i in range(V):
            pick = i
            for n in range(offsets[i + 1] - 1, offsets[i] - 1, -1):
                steps[n] = step[pick]
                pick = V + (step[pick] >> 1)
    return offsets_array, steps_array


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
    cdef int64_t n_slots = slots.shape[0], V = offsets.shape[0] - 1, n, row
    cdef int64_t slot
    if n_slots == 0:
        return -1
    slot = <int64_t>(hash_of(word, length) % <uint64_t>n_slots)
    for n in range(n_slots):
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
