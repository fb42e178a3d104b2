"""Ids: room for them, numbers replaced by others, token lists to ids.

Owns what stands in a stream of ids besides ids. It knows nothing of bytes; those are _text.pyx's.
"""

import mmap
from collections.abc import Mapping

import numpy as np

from libc.stdint cimport int32_t, int64_t

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


def encode_sentences(sentences, dict numbers not None, bint frozen, int64_t limit, int64_t first):
    """Number the tokens of the next sentences, stopping after about `limit` tokens.

    Parameters
    ----------
    sentences : iterator of iterables of str; consumed.
    numbers : dict from word to number, IN/OUT; unless `frozen`, new words are entered.
    first : the index of the first of these sentences in the corpus, for error messages.

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
                if not isinstance(token, str):
                    raise TypeError(
                        f"corpus: sentence {first + n_sentences - 1} holds the token {token!r} of "
                        f"type {type(token).__name__}; tokens must be str: convert them with str()"
                    )
                if frozen:
                    number = OOV
                else:
                    number = len(numbers)
                    # Subclasses, NumPy's say, would come back in every answer.
                    numbers[token if type(token) is str else str.__str__(token)] = number
            ids[k] = number
            k += 1
        ids[k] = END
        k += 1
        if k >= limit:
            break
    return np.asarray(ids)[:k], n_sentences


cdef object as_tokens(sentence, int64_t index):
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
        raise TypeError(
            f"corpus: sentence {index} is {sentence!r} of type {type(sentence).__name__} where a "
            "list of tokens is expected; drop missing values first"
        ) from None
