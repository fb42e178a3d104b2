"""Pairs of words counted, joined and written: what phrase detection does with every token.

Owns the table of pairs, the numbers of connector runs, and the loops over ids and over token lists.
It knows nothing of scores (scores.py). A stream of ids holds numbers of words (from 0 up),
SENTENCE_END (-1), and in place of connector words the runs that they make up: run r is -2 - r.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from "shared/bytes.h" nogil:
    uint64_t fold(uint64_t hash, uint64_t bytes)
    void prefetch(const void *address)

# No pair is ever counted so often; stands for one that word2phrase.c cannot find.
LOST = (1 << 40) - 1

cdef enum:
    END = -1
    # Pairs whose slots are prefetched before the first of them is looked at.
    BATCH = 32
    # A run shares a uint64 with a count of 40 bits.
    MAX_RUNS = 1 << 24
    COUNT_BITS = 40
    # Short words are copied whole, whatever their length.
    STRIDE = 16

cdef uint64_t COUNT_MASK = (<uint64_t>1 << 40) - 1

include "pair_map.pxi"


def count_words(const int32_t[::1] ids not None, int64_t[::1] counts not None):
    """Add the words of `ids` (int32 (n,), IN) to `counts` (int64, IN/OUT).

    Returns how many tokens there are, connectors folded into runs included.
    """
    cdef int64_t i, n_tokens = 0
    with nogil:
        for i in range(ids.shape[0]):
            if ids[i] >= 0:
                counts[ids[i]] += 1
            n_tokens += ids[i] != END
    return n_tokens


def join_pairs(
    int32_t[::1] ids not None, PairMap pairs not None, const uint8_t[::1] roles not None,
    Runs runs not None, bint finished,
):
    """Replace pairs by the words they make, greedily from the left, and runs by connectors.

    Parameters
    ----------
    ids : int32 (n,), IN/OUT.
    pairs : IN. The number of the joined word, plus one, of each pair.
    roles : uint8, IN. 1 for words that pairs begin with, 2 for those they end with, 3 for both.
    finished : whether the text ends here; else its last words may belong to a pair yet to come.

    Returns how many entries of the outcome stand at the front of `ids`, where the words begin that
    are still open (n when there are none), and how many pairs were joined.
    """
    cdef int64_t i, kept = 0, start = -1, n_joined = 0, length = ids.shape[0]
    cdef uint64_t run = 0, joined
    cdef int32_t number
    with nogil:
        for i in range(length):
            number = ids[i]
            if number < 0 and number != END:
                run = -2 - number
                if start < 0:
                    ids[kept] = runs.last_words[run]
                    kept += 1
                continue
            if start >= 0:
                joined = 0
                if number >= 0 and roles[ids[start]] & roles[number] >> 1 & 1:
                    joined = pairs.number_of(
                        <uint64_t>ids[start] << 32 | <uint64_t>number, run
                    )
                if joined:
                    ids[kept] = <int32_t>(joined - 1)
                    kept += 1
                    n_joined += 1
                    start, run = -1, 0
                    continue
                kept = unfold(&ids[0], start, i, kept, runs)
            start, run = (i if number >= 0 else -1), 0
            if number == END:
                ids[kept] = END
                kept += 1
        if finished and start >= 0:
            kept = unfold(&ids[0], start, length, kept, runs)
            start = -1
    return kept, (start if start >= 0 else length), n_joined


cdef inline int64_t unfold(
    int32_t *ids, int64_t start, int64_t stop, int64_t kept, Runs runs
) noexcept nogil:
    """Move a word and the connectors after it to the front; returns the new length of that."""
    cdef int64_t i
    for i in range(start, stop):
        ids[kept] = ids[i] if ids[i] >= 0 else runs.last_words[-2 - ids[i]]
        kept += 1
    return kept


def join_tokens(tokens, dict starts not None, connectors not None, list scores=None):
    """Return the tokens of a sentence as a list in which phrases are joined.

    Parameters
    ----------
    tokens : iterable of str.
    starts : dict from a phrase's first word to a dict from its other words (the last one, or a
        tuple when there are connectors) to the joined word and its score.
    connectors : set of str.
    scores : a list, OUT: the score of each token returned, None for those that are no phrase.
    """
    cdef list out = [], between = []
    cdef dict ends = None
    cdef bint is_open = False, has_connectors = len(connectors) > 0
    cdef object start = None, found
    for token in tokens:
        if has_connectors and token in connectors:
            if is_open:
                between.append(token)
            else:
                out.append(token)
                if scores is not None:
                    scores.append(None)
            continue
        if is_open:
            found = None
            if ends is not None:
                found = ends.get((*between, token) if between else token)
            if found is not None:
                out.append(found[0])
                if scores is not None:
                    scores.append(found[1])
                is_open, between = False, []
                continue
            out.append(start)
            out.extend(between)
            if scores is not None:
                scores.extend([None] * (1 + len(between)))
            if between:
                between = []
        start, is_open = token, True
        ends = starts.get(token)
    if is_open:
        out.append(start)
        out.extend(between)
        if scores is not None:
            scores.extend([None] * (1 + len(between)))
    return out


include "speller.pxi"
