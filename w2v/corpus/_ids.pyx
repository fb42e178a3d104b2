"""Ids: room for them, numbers replaced by others, token lists to ids.

Owns what stands in a stream of ids besides ids, and the numbers that integer ids get. It knows
nothing of bytes; those are _text.pyx's.
"""

import mmap
from collections.abc import Mapping

import numpy as np

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t

cdef extern from "shared/bytes.h" nogil:
    void return_free_memory()

# What stands in a stream of ids besides ids.
SENTENCE_END = -1
UNKNOWN = -2

include "../shared/memory.pxi"

cdef enum:
    END = -1
    OOV = -2


def renumbering(numbers, int32_t end=END):
    """Return the table by which renumber replaces provisional number i by numbers[i].

    `numbers` may hold SENTENCE_END and UNKNOWN; `end` is what SENTENCE_END becomes: itself, an id,
    or UNKNOWN.
    """
    return np.concatenate([[OOV, end], numbers]).astype(np.int32)


def renumber(int32_t[::1] ids not None, const int32_t[::1] table not None, bint keep_empty):
    """Replace ids by what renumbering made of them, in place, dropping what becomes UNKNOWN.

    `keep_empty` says whether a sentence without words keeps its SENTENCE_END.

    Returns the count of entries that remain at the front of `ids`, and how many of them are
    SENTENCE_END.
    """
    cdef int64_t i, kept = 0, n_ends = 0
    cdef int32_t number
    with nogil:
        for i in range(ids.shape[0]):
            number = table[ids[i] - OOV]
            if number < 0:      # seldom
                if number == OOV:
                    continue
                if not keep_empty and (kept == 0 or ids[kept - 1] == END):
                    continue
                n_ends += 1
            ids[kept] = number
            kept += 1
    return kept, n_ends


def trim_memory():
    """Give memory that is free inside the process back to the system, where it is known how."""
    with nogil:
        return_free_memory()


def encode_sentences(
    sentences, dict numbers not None, bint frozen, int64_t limit, int64_t first, type kind=str
):
    """Number the tokens of the next sentences, stopping after about `limit` tokens.

    Parameters
    ----------
    sentences : iterator of iterables of `kind`; consumed.
    numbers : dict from word to number, IN/OUT; unless `frozen`, new words are entered.
    first : the index of the first of these sentences in the corpus, for error messages.
    kind : the type of all tokens: str, or another whose values are never equal to those of others.

    Returns
    -------
    ids : int32, with UNKNOWN and a SENTENCE_END after each sentence; empty when there are no more.
    n_sentences : how many sentences were taken.

    Raises TypeError naming the sentence when a sentence is a plain string, or a token is not one.
    """
    cdef int64_t k = 0, n_sentences = 0
    cdef int32_t[::1] ids = np.empty(limit + limit // 4 + 1, np.int32)
    for sentence in sentences:
        tokens = as_tokens(sentence, first + n_sentences)
        n_sentences += 1
        if k + len(tokens) + 1 > ids.shape[0]:
            ids = grown(ids, k + max(k // 4, <int64_t>len(tokens)) + 1)
        for token in tokens:
            try:
                number = numbers.get(token)
            except TypeError:       # unhashable, so no str
                number = None
            if number is None:
                check_token(token, kind, first + n_sentences - 1)
                if frozen:
                    number = OOV
                else:
                    number = len(numbers)
                    # Subclasses, NumPy's say, would come back in every answer.
                    numbers[str.__str__(token) if kind is str else token] = number
            ids[k] = number
            k += 1
        ids[k] = END
        k += 1
        if k >= limit:
            break
    return np.asarray(ids)[:k], n_sentences


cdef check_token(token, type kind, int64_t index):
    """Raise TypeError unless a token is of this type and hashable."""
    remedy = f"tokens must be {kind.__name__}, as the first one is"
    if kind is str:
        remedy = "tokens must be str: convert them with str()"
    if isinstance(token, kind):
        try:
            hash(token)
            return
        except TypeError:
            remedy = "tokens must be hashable: convert them with str() or tuple()"
    raise TypeError(
        f"corpus: sentence {index} holds the token {token!r} of type {type(token).__name__}; "
        f"{remedy}"
    )


def as_tokens(sentence, int64_t index):
    if isinstance(sentence, (list, tuple)):
        return sentence
    if isinstance(sentence, (str, bytes)):
        raise TypeError(
            f"corpus: sentence {index} is a plain string ({sentence[:40]!r}) where a list of "
            "tokens is expected; split it yourself, or pass tokenizer=str.split"
        )
    if isinstance(sentence, Mapping):
        names = ", ".join([repr(name) for name in sentence][:5])
        raise TypeError(
            f"corpus: sentence {index} is a mapping with the keys {names} where a list of tokens "
            "is expected; pass what one of them holds: (row['text'].split() for row in corpus)"
        )
    try:
        return list(sentence)
    except TypeError:
        remedy = "drop missing values first"
        if isinstance(sentence, (int, np.integer)):
            remedy = "pass a list of sentences, [[1, 2, 3], ...]"
        raise TypeError(
            f"corpus: sentence {index} is {sentence!r} of type {type(sentence).__name__} where a "
            f"list of tokens is expected; {remedy}"
        ) from None


# Ids up to so many beyond the tokens read are numbered by a table of all ids in that range.
cdef int64_t DENSE_MARGIN = 1 << 16


@cython.final
cdef class IdLexicon:
    """Numbers of integer ids, 0, 1, ... in order of first sight, and their counts.

    An id from 0 up that is small against the number of tokens has its number in a table, one random
    read; all others are in a hash table of twice as many slots as there may be ids. Both hold
    numbers plus 1, and 0 where there is none.

    Parameters
    ----------
    known : int64, ids with the numbers 0, 1, ... and the count 0.
    frozen : give no new numbers; other ids are UNKNOWN.
    """
    cdef int64_t[::1] ids, tally
    cdef int32_t[::1] dense, slots
    cdef int64_t n, n_read
    cdef int shift
    cdef bint frozen

    def __init__(self, const int64_t[::1] known not None, bint frozen):
        cdef int64_t i
        self.ids, self.tally = np.empty(0, np.int64), np.empty(0, np.int64)
        self.dense = np.empty(0, np.int32)
        self.frozen = frozen
        self.reserve(known.shape[0] + 1)
        for i in range(known.shape[0]):
            self.enter(known[i])

    cdef void enter(self, int64_t id) noexcept nogil:
        """Give an id the next number; there is room."""
        cdef int64_t slot
        self.ids[self.n] = id
        self.n += 1
        if 0 <= id < self.dense.shape[0]:
            self.dense[id] = <int32_t>self.n
            return
        slot = self.slot_of(id)
        while self.slots[slot]:
            slot = (slot + 1) & (self.slots.shape[0] - 1)
        self.slots[slot] = <int32_t>self.n

    cdef inline int64_t slot_of(self, int64_t id) noexcept nogil:
        # Fibonacci hashing (Knuth, volume 3, 6.4): the high bits of a product, which differ for ids
        # in any regular steps.
        return <int64_t>((<uint64_t>id * <uint64_t>0x9E3779B97F4A7C15) >> self.shift)

    cdef inline int64_t find(self, int64_t id) noexcept nogil:
        """Return the number of an id, or -1."""
        cdef int64_t slot
        if 0 <= id < self.dense.shape[0]:
            return self.dense[id] - 1
        slot = self.slot_of(id)
        while self.slots[slot]:
            if self.ids[self.slots[slot] - 1] == id:
                return self.slots[slot] - 1
            slot = (slot + 1) & (self.slots.shape[0] - 1)
        return -1

    cdef reserve(self, int64_t n_more):
        """Make room for so many more ids."""
        cdef int64_t size = self.ids.shape[0], n = self.n
        if n + n_more <= size:
            return
        size = max(n + n_more, 2 * size)
        if n + n_more >= 2**31 - 2:
            raise ValueError(f"corpus: more than {n:,} different ids, with no room for more")
        self.ids, self.tally = grown(self.ids, size), grown(self.tally, size)
        bits = max((2 * size - 1).bit_length(), 4)
        self.slots, self.shift = mapped_zeros(1 << bits, np.int32), 64 - bits
        self.enter_again()

    cdef widen(self, int64_t size):
        """Number ids below `size` by the table."""
        if size > self.dense.shape[0]:
            self.dense = mapped_zeros(size, np.int32)
            self.slots[:] = 0
            self.enter_again()

    cdef void enter_again(self) noexcept nogil:
        cdef int64_t i, n = self.n
        self.n = 0
        for i in range(n):
            self.enter(self.ids[i])

    def encode(self, const int64_t[::1] values not None, const int64_t[::1] ends not None):
        """Return the numbers of ids, int32, with a SENTENCE_END before each place in `ends`.

        `ends` are int64, rising, from 0 to the number of `values`.
        """
        cdef int64_t i = 0, k = 0, e, number
        cdef int32_t[::1] out = np.empty(values.shape[0] + ends.shape[0], np.int32)
        self.n_read += values.shape[0]
        if not self.frozen:
            self.reserve(values.shape[0])
        # So the table takes no more memory than the numbers of the tokens do.
        most = int(np.asarray(values).max(initial=-1))
        if most < self.n_read + DENSE_MARGIN:
            self.widen(most + 1)
        with nogil:
            for e in range(ends.shape[0]):
                while i < ends[e]:
                    number = self.find(values[i])
                    if number >= 0:
                        self.tally[number] += 1
                    elif self.frozen:
                        number = OOV
                    else:
                        number = self.n
                        self.enter(values[i])
                        self.tally[number] += 1
                    out[k] = <int32_t>number
                    k += 1
                    i += 1
                out[k] = END
                k += 1
        return np.asarray(out)[:k]

    def numbered(self):
        """Return the ids, int64, and their counts, int64, by number."""
        return np.asarray(self.ids)[: self.n], np.asarray(self.tally)[: self.n]


def gather_ids(sentences, int64_t limit, int64_t first, as_array, as_int):
    """Return the ids of the next sentences, stopping after about `limit` of them.

    Parameters
    ----------
    sentences : iterator of iterables of int or 1-D integer arrays; consumed.
    first : the index of the first of these sentences in the corpus, for error messages.
    as_array : called with an array and its index, returns int64 (n,).
    as_int : called with a token that is not of type int, or beyond int64, and the index of its
        sentence, returns an int within int64.

    Returns values, int64; ends, the place after each sentence in them, int64; both are empty when
    there are no more.
    """
    cdef int64_t k = 0
    cdef int64_t[::1] values = np.empty(limit + limit // 4 + 1, np.int64)
    ends = []
    for sentence in sentences:
        index = first + len(ends)
        if hasattr(sentence, "__array__") and not isinstance(sentence, (list, tuple)):
            tokens = as_array(np.asarray(sentence), index)
        else:
            tokens = as_tokens(sentence, index)
        if k + len(tokens) > values.shape[0]:
            values = grown(values, k + max(k // 4, <int64_t>len(tokens)))
        if isinstance(tokens, np.ndarray):
            np.asarray(values)[k : k + len(tokens)] = tokens
            k += len(tokens)
        else:
            for token in tokens:
                if type(token) is not int:
                    token = as_int(token, index)
                try:
                    values[k] = token
                except OverflowError:
                    values[k] = as_int(token, index)        # raises
                k += 1
        ends.append(k)
        if k + len(ends) >= limit:
            break
    return np.asarray(values)[:k], np.array(ends, np.int64)
