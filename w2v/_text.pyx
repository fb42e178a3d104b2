"""Bytes and token lists to word numbers, counted on the way.

Owns the hash table of words and the two encoders. It knows nothing of files (text.py), of which
words are kept (vocab.py), or of training. Numbers given here are provisional: order of first sight.

Tokens in bytes follow the C tools (word2vec.c, ReadWord): blank, tab and line feed separate,
carriage returns are deleted wherever they stand, every other byte belongs to a word.
"""

import numpy as np

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy

cdef extern from "_text.h" nogil:
    uint64_t load_bytes(const uint8_t *text)
    uint64_t blanks_in(uint64_t bytes)
    int lowest_byte(uint64_t mask)
    uint64_t low_bytes(uint64_t bytes, int n)
    uint64_t fold(uint64_t hash, uint64_t bytes)
    void prefetch(const void *address)
    void return_free_memory()

# What stands in an id stream besides ids.
SENTENCE_END = -1
UNKNOWN = -2

# What word2vec.c and word2phrase.c keep of a token: MAX_STRING (100 and 60) less the terminator and
# one slot that every later byte overwrites.
C_TOKEN_BYTES = 98
C_PHRASE_TOKEN_BYTES = 58

cdef enum:
    END = -1
    OOV = -2
    NO_ROOM = -3
    # Tokens whose slots are asked for before the first of them is looked at.
    BATCH = 16


cdef struct Token:
    uint64_t key
    int64_t start, length       # in the text
    int64_t index               # in the ids


cdef class Lexicon:
    """Numbers words in the order of their first sight and counts them.

    A slot is two uint64: the key (a word's bytes when there are at most 8, else their hash) and
    length << 32 | number + 1 (0: free). Short words, most of all tokens, are thus compared without
    leaving the slot.

    Parameters
    ----------
    exact : the C tools' quirks: tokens cut to `token_bytes` or at a NUL, the last token dropped
        when no separator follows it.
    words : sequence of bytes, numbered 0, 1, ... with count 0 before any text is seen; with
        `frozen`, every other word is UNKNOWN, nothing is counted, and several threads may share
        the object.
    """

    cdef readonly int64_t n_words
    cdef readonly bint exact
    cdef readonly bint frozen
    cdef int64_t token_bytes
    cdef uint64_t[::1] slots
    cdef uint8_t[::1] arena          # the bytes of all words, one after another
    cdef int64_t[::1] offsets        # word i is arena[offsets[i]:offsets[i + 1]]
    cdef int64_t[::1] word_counts
    cdef int64_t[::1] sightings      # where in the text each word was first seen

    def __init__(
        self, bint exact=False, words=(), bint frozen=False, int64_t token_bytes=C_TOKEN_BYTES
    ):
        self.exact = exact
        self.token_bytes = token_bytes
        self.n_words = 0
        self.slots = np.zeros(2 << 13, np.uint64)
        self.arena = np.empty(1 << 15, np.uint8)
        self.offsets = np.zeros((1 << 12) + 1, np.int64)
        self.word_counts = np.zeros(1 << 12, np.int64)
        self.sightings = np.zeros(1 << 12, np.int64)
        for word in words:
            if self.add(word) != self.n_words - 1:
                raise ValueError(f"the word {word!r} stands twice in the vocabulary")
        self.frozen = frozen

    def add(self, bytes word not None, int64_t count=0, int64_t sighting=0):
        """Return the number of `word`, adding `count` to its counts; new words are entered."""
        cdef int64_t number
        cdef const uint8_t *text = word
        while True:
            number = self.find(text, len(word), count, sighting)
            if number != NO_ROOM:
                return number
            self.make_room(len(word))

    def number_of(self, bytes word not None):
        """Return the number of `word`, or UNKNOWN."""
        cdef int64_t number, n_words = self.n_words
        cdef bint frozen = self.frozen
        self.frozen = True
        number = self.find(word, len(word), 0, 0)
        self.frozen = frozen
        return number

    def spellings(self):
        """Return the bytes of all words, uint8, and where each begins and the last one ends, int64.

        Views: they do not change when words are added later, but do not have those either.
        """
        return np.asarray(self.arena), np.asarray(self.offsets)[: self.n_words + 1]

    def absorb(self, Lexicon other not None):
        """Add the words and counts of `other`; returns its numbers in this lexicon, int32 (n,).

        Each word keeps the earlier of its two first sights, so the outcome does not depend on
        which lexicon saw which part of a text.
        """
        numbers = np.empty(other.n_words, np.int32)
        cdef int32_t[::1] out = numbers
        cdef int64_t i = 0, number = 0
        while i < other.n_words:
            with nogil:
                while i < other.n_words:
                    number = self.find(
                        &other.arena[0] + other.offsets[i],
                        other.offsets[i + 1] - other.offsets[i],
                        other.word_counts[i],
                        other.sightings[i],
                    )
                    if number == NO_ROOM:
                        break
                    if other.sightings[i] < self.sightings[number]:
                        self.sightings[number] = other.sightings[i]
                    out[i] = <int32_t>number
                    i += 1
            if number == NO_ROOM:
                self.make_room(other.offsets[i + 1] - other.offsets[i])
        return numbers

    def counts(self):
        """Return the counts by number, int64 (n_words,), a copy."""
        return np.array(self.word_counts[: self.n_words])

    def first_sights(self):
        """Return where each word was first seen, int64 (n_words,), a copy."""
        return np.array(self.sightings[: self.n_words])

    def words(self, const int64_t[::1] numbers not None):
        """Return the words of these numbers as str; bytes that are not UTF-8 become surrogates."""
        cdef int64_t i
        cdef list out = []
        for i in numbers:
            out.append(
                PyUnicode_DecodeUTF8(
                    <char *>(&self.arena[0] + self.offsets[i]),
                    self.offsets[i + 1] - self.offsets[i],
                    "surrogateescape",
                )
            )
        return out

    def encode(self, const uint8_t[::1] block not None, int64_t sighting, int32_t[::1] ids not None):
        """Number the tokens of `block`; the GIL is released.

        Parameters
        ----------
        block : uint8 (n,), IN. Cut after a separator, unless it ends the text.
        sighting : position of the block's first byte, in units and order of the caller's choice.
        ids : int32 (>= n,), OUT. Numbers, UNKNOWN, and SENTENCE_END for each line feed.

        Returns the count of entries written.
        """
        cdef int64_t position = 0, n_ids = 0, length = block.shape[0]
        if ids.shape[0] < length:
            raise ValueError(f"ids has room for {ids.shape[0]} tokens; {length} may be needed")
        if length == 0:
            return 0
        # Words with carriage returns inside are put together here; pages never touched cost nothing.
        cdef uint8_t[::1] scratch = np.empty(length, np.uint8)
        while position < length:
            with nogil:
                position = self.scan(
                    &block[0], position, length, sighting, &scratch[0], &ids[0], &n_ids
                )
            if position < length:
                self.make_room(length - position)
        return n_ids

    cdef void make_room(self, int64_t n_bytes):
        """Make room for as many words again, one of them of `n_bytes`."""
        cdef int64_t capacity = self.word_counts.shape[0]
        if self.n_words == capacity:
            capacity *= 2
            if capacity > 1 << 30:
                raise OverflowError("more than 2**30 distinct words")
            self.offsets = grown(self.offsets, capacity + 1)
            self.word_counts = grown(self.word_counts, capacity)
            self.sightings = grown(self.sightings, capacity)
            self.rehash(4 * capacity)
        cdef int64_t used = self.offsets[self.n_words]
        if used + n_bytes > self.arena.shape[0]:
            self.arena = grown(self.arena, max(2 * self.arena.shape[0], used + n_bytes))

    cdef void rehash(self, int64_t size):
        cdef uint64_t[::1] old = self.slots, new = np.zeros(size, np.uint64)
        cdef uint64_t mask = size // 2 - 1, slot
        cdef int64_t i
        for i in range(0, old.shape[0], 2):
            if old[i + 1]:
                slot = self.first_slot(old[i], old[i + 1] >> 32, mask)
                while new[2 * slot + 1]:
                    slot = (slot + 1) & mask
                new[2 * slot] = old[i]
                new[2 * slot + 1] = old[i + 1]
        self.slots = new

    cdef inline uint64_t first_slot(self, uint64_t key, uint64_t length, uint64_t mask) noexcept nogil:
        return (fold(0, key) if length <= 8 else key) & mask

    cdef inline int64_t find(
        self, const uint8_t *word, int64_t length, int64_t count, int64_t sighting
    ) noexcept nogil:
        """Number the word of `length` bytes, adding `count` to its counts; NO_ROOM changes nothing."""
        return self.find_key(self.key_of(word, length), word, length, count, sighting)

    cdef inline uint64_t key_of(self, const uint8_t *word, int64_t length) noexcept nogil:
        cdef uint64_t key = 0
        cdef int64_t i = 0
        if length <= 8:
            memcpy(&key, word, length)
            return load_bytes(<uint8_t *>&key)
        while length - i >= 8:
            key = fold(key, load_bytes(word + i))
            i += 8
        return fold(key, load_bytes(word + length - 8))

    cdef inline int64_t find_key(
        self, uint64_t key, const uint8_t *word, int64_t length, int64_t count, int64_t sighting
    ) noexcept nogil:
        cdef uint64_t *slots = &self.slots[0]
        cdef uint64_t mask = self.slots.shape[0] // 2 - 1
        cdef uint64_t slot = self.first_slot(key, length, mask), tag, found
        cdef int64_t number, start
        tag = <uint64_t>min(length, <int64_t>0xFFFFFFFF) << 32
        while True:
            found = slots[2 * slot + 1]
            if found == 0:
                break
            if slots[2 * slot] == key and (found >> 32) << 32 == tag:
                number = <int64_t>(<uint32_t>found) - 1
                start = self.offsets[number]
                if length <= 8 or (
                    self.offsets[number + 1] - start == length
                    and memcmp(&self.arena[0] + start, word, length) == 0
                ):
                    if not self.frozen:
                        self.word_counts[number] += count
                    return number
            slot = (slot + 1) & mask
        if self.frozen:
            return OOV
        number = self.n_words
        start = self.offsets[number]
        if number == self.word_counts.shape[0] or start + length > self.arena.shape[0]:
            return NO_ROOM
        memcpy(&self.arena[0] + start, word, length)
        slots[2 * slot] = key
        slots[2 * slot + 1] = tag | <uint64_t>(number + 1)
        self.offsets[number + 1] = start + length
        self.word_counts[number] = count
        self.sightings[number] = sighting
        self.n_words = number + 1
        return number

    cdef int64_t scan(
        self,
        const uint8_t *text,          # IN
        int64_t position,
        int64_t length,
        int64_t sighting,
        uint8_t *scratch,             # OUT
        int32_t *ids,                 # OUT
        int64_t *n_ids,               # IN/OUT
    ) noexcept nogil:
        """Encode from `position`; returns `length`, or where the word stands that found no room."""
        cdef int64_t k = n_ids[0], start, end
        cdef uint64_t bytes, key, blanks, mask = self.slots.shape[0] // 2 - 1
        cdef uint8_t after
        cdef Token batch[BATCH]
        cdef int n_batch = 0
        while length - position >= 17:
            start = end = position
            key = 0
            bytes = load_bytes(text + end)
            blanks = blanks_in(bytes)
            while blanks == 0 and length - end >= 24:
                key = fold(key, bytes)
                end += 8
                bytes = load_bytes(text + end)
                blanks = blanks_in(bytes)
            if blanks == 0:
                break
            end += lowest_byte(blanks)
            after = text[end]
            if after == 13 and text[end + 1] == 10:
                after = 10
            elif after != 32 and after != 10 and after != 9:
                # A control character: deleted (CR), a word's end (NUL, exact) or part of a word.
                if not self.number(batch, &n_batch, text, sighting, ids, &k, &position):
                    break
                position = self.scan_slowly(text, start, length, sighting, scratch, ids, &k)
                if position == start:
                    break
                continue
            if end > start:
                if end - start <= 7:
                    key = low_bytes(bytes, <int>(end - start))
                elif end - start == 8:
                    key = load_bytes(text + start)
                else:
                    key = fold(key, load_bytes(text + end - 8))
                batch[n_batch].key = key
                batch[n_batch].start, batch[n_batch].length = start, end - start
                if self.exact and end - start > self.token_bytes:
                    batch[n_batch].length = self.token_bytes
                    batch[n_batch].key = self.key_of(text + start, self.token_bytes)
                batch[n_batch].index = k
                prefetch(&self.slots[2 * self.first_slot(key, end - start, mask)])
                k += 1
                n_batch += 1
            if after == 10:
                ids[k] = END
                k += 1
            position = end + 1 + (text[end] == 13)
            if n_batch == BATCH:
                if not self.number(batch, &n_batch, text, sighting, ids, &k, &position):
                    n_ids[0] = k
                    return position
        if not self.number(batch, &n_batch, text, sighting, ids, &k, &position):
            n_ids[0] = k
            return position
        while position < length:
            start = position
            position = self.scan_slowly(text, start, length, sighting, scratch, ids, &k)
            if position == start:
                break
        n_ids[0] = k
        return position

    cdef inline bint number(
        self, Token *batch, int *n_batch, const uint8_t *text, int64_t sighting, int32_t *ids,
        int64_t *n_ids, int64_t *position,
    ) noexcept nogil:
        """Number the tokens of a batch and empty it.

        If one finds no room, n_ids and position go back to it, and the answer is no.
        """
        cdef int i
        cdef int64_t number, start
        for i in range(n_batch[0]):
            start = batch[i].start
            number = self.find_key(
                batch[i].key, text + start, batch[i].length, 1, sighting + start
            )
            if number == NO_ROOM:
                n_ids[0], position[0] = batch[i].index, start
                n_batch[0] = 0
                return False
            ids[batch[i].index] = <int32_t>number
        n_batch[0] = 0
        return True

    cdef int64_t scan_slowly(
        self,
        const uint8_t *text,          # IN
        int64_t position,
        int64_t length,
        int64_t sighting,
        uint8_t *scratch,             # OUT
        int32_t *ids,                 # OUT
        int64_t *n_ids,               # IN/OUT
    ) noexcept nogil:
        """Encode one token byte by byte, and what separates it; `position` again if no room."""
        cdef int64_t start = position, n_bytes = 0, number
        cdef uint8_t byte = 0
        cdef const void *nul
        while position < length:
            byte = text[position]
            if byte == 32 or byte == 10 or byte == 9:
                break
            if byte != 13:
                scratch[n_bytes] = byte
                n_bytes += 1
            position += 1
        if n_bytes > 0 and not (self.exact and position == length):
            if self.exact:
                n_bytes = min(n_bytes, self.token_bytes)
                nul = memchr(scratch, 0, n_bytes)
                if nul != NULL:
                    n_bytes = <const uint8_t *>nul - scratch
            number = self.find(scratch, n_bytes, 1, sighting + start)
            if number == NO_ROOM:
                return start
            ids[n_ids[0]] = <int32_t>number
            n_ids[0] += 1
        if position < length:
            position += 1
            if byte == 10:
                ids[n_ids[0]] = END
                n_ids[0] += 1
        return position


cdef object grown(array, int64_t size):
    """Return a copy of a 1-D memoryview's array with `size` entries, the new ones zero."""
    old = np.asarray(array)
    new = np.zeros(size, old.dtype)
    new[: old.size] = old
    return new


def renumber(
    int32_t[::1] ids not None, const int32_t[::1] numbers not None, int32_t end, bint keep_empty
):
    """Replace provisional numbers by `numbers`, in place, dropping what is UNKNOWN.

    Parameters
    ----------
    ids : int32 (n,), IN/OUT.
    numbers : int32 (words,), IN. The final id of each provisional number, or SENTENCE_END, or
        UNKNOWN.
    end : what SENTENCE_END becomes: itself, an id, or UNKNOWN.
    keep_empty : whether a sentence without words keeps its SENTENCE_END.

    Returns the count of entries that remain at the front of `ids`.
    """
    cdef int64_t i, kept = 0
    cdef int32_t number
    with nogil:
        for i in range(ids.shape[0]):
            number = ids[i]
            if number >= 0:
                number = numbers[number]
            elif number == END:
                number = end
            if number == OOV:
                continue
            if number == END and not keep_empty and (kept == 0 or ids[kept - 1] == END):
                continue
            ids[kept] = number
            kept += 1
    return kept


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
                    numbers[token] = number
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
            f"corpus: sentence {index} is a plain string ({sentence[:40]!r}) where a list of tokens "
            "is expected; split it yourself, or pass tokenizer=str.split"
        )
    try:
        return list(sentence)
    except TypeError:
        raise TypeError(
            f"corpus: sentence {index} is {sentence!r} of type {type(sentence).__name__} where a "
            "list of tokens is expected; drop missing values first"
        ) from None
