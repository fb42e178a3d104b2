"""What follows from the counts of words and needs a loop: noise tables, the Huffman tree.

Owns three builders, each from counts to flat arrays; vocabulary.py names and keeps the results,
_core.pyx draws from them. V is the number of words.
"""

import numpy as np

from libc.math cimport floor, pow
from libc.stdint cimport int32_t, int64_t, uint32_t


def alias_table(const double[::1] weights not None):
    """Build the table of the alias method, which draws from `weights` in constant time.

    A draw takes a slot at random and a 32-bit coin: the word is the slot's own when the coin is
    below its threshold, else its alias. (Walker 1977; built as in Vose 1991, "A linear algorithm
    for generating random numbers with a given distribution".)

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
