"""Bytes to word numbers, counted on the way.

Owns the hash table of words and what a token is. It knows nothing of files (sources.py), of which
words are kept (vocabulary.py), or of training. Numbers given here are provisional: order of first
sight.

Tokens in bytes follow the C tools (word2vec.c, ReadWord): blank, tab and line feed separate, every
other byte belongs to a word. Carriage returns before a line feed belong to the line end, and others
are line ends themselves, as in texts of old; exact deletes them wherever they stand.
"""

import mmap
import os

import numpy as np

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, memset

cdef extern from "shared/bytes.h" nogil:
    uint64_t load_bytes(const uint8_t *text)
    uint64_t blanks_in(const uint8_t *text)
    int lowest_bit(uint64_t mask)
    uint64_t low_bytes(uint64_t bytes, int64_t n)
    uint64_t fold(uint64_t hash, uint64_t bytes)
    void prefetch(const void *address)
    int64_t _utf8_until "utf8_until"(const uint8_t *text, int64_t size)

include "../shared/memory.pxi"

# What word2vec.c and word2phrase.c keep of a token: MAX_STRING (100 and 60) less the terminator and
# one slot that every later byte overwrites.
C_TOKEN_BYTES = 98
C_PHRASE_TOKEN_BYTES = 58

cdef enum:
    END = -1
    OOV = -2
    NO_ROOM = -3
    # Tokens, at least, whose slots are prefetched before the first of them is looked at.
    BATCH = 64
    # Bytes that are looked at together, and the most tokens that may end among them.
    STEP = 64
    STEP_TOKENS = 32
    KEY_BYTES = 16


# Another one in each process, so that nobody can make words that all fall into one slot. Numbers
# are given in the order of first sight, which does not depend on it.
cdef uint64_t seed = int.from_bytes(os.urandom(8), "little")


cdef struct Slot:
    # Half a cache line, so that a word of at most KEY_BYTES is found and counted in one place.
    uint64_t head, tail         # the word's bytes; of longer words a hash, and their last 8
    uint64_t tag                # length << 32 | number + 1; 0: free
    int64_t count


cdef struct Token:
    uint64_t head, tail, hash
    int64_t start, length       # in the text
    int64_t index               # in the ids


cdef class Lexicon:
    """Numbers words in the order of their first sight and counts them.

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
    cdef uint64_t[::1] table         # keeps the slots alive
    cdef Slot *slots
    cdef uint64_t mask               # how many slots there are, less one
    cdef uint8_t[::1] arena          # the bytes of all words, then KEY_BYTES that may be read
    cdef int64_t[::1] offsets        # word i is arena[offsets[i]:offsets[i + 1]]
    cdef int64_t[::1] sightings      # where in the text each word was first seen

    def __init__(
        self, bint exact=False, words=(), bint frozen=False, int64_t token_bytes=C_TOKEN_BYTES
    ):
        self.exact = exact
        self.token_bytes = token_bytes
        self.n_words = 0
        self.make_slots(1 << 13)
        self.arena = np.empty(1 << 15, np.uint8)
        self.offsets = np.zeros((1 << 12) + 1, np.int64)
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
        cdef int64_t number
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
        cdef int64_t[::1] counts = other.counts()
        cdef int64_t first = 0
        while first < other.n_words:
            with nogil:
                first = self.absorb_from(first, other, &counts[0], &out[0])
            if first < other.n_words:
                self.make_room(other.offsets[first + 1] - other.offsets[first])
        return numbers

    def counts(self):
        """Return the counts by number, int64 (n_words,), a copy."""
        counts = np.empty(self.n_words, np.int64)
        cdef int64_t[::1] out = counts
        cdef uint64_t i
        for i in range(self.mask + 1):
            if self.slots[i].tag:
                out[number_in(self.slots[i].tag)] = self.slots[i].count
        return counts

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

    def broken(self):
        """Return the numbers of the words that are not UTF-8, int64, rising."""
        cdef int64_t i, size
        cdef list out = []
        for i in range(self.n_words):
            size = self.offsets[i + 1] - self.offsets[i]
            if _utf8_until(&self.arena[0] + self.offsets[i], size) < size:
                out.append(i)
        return np.array(out, np.int64)

    def encode(
        self, const uint8_t[::1] block not None, int64_t sighting, int32_t[::1] ids not None
    ):
        """Number the tokens of `block`; the GIL is released.

        Parameters
        ----------
        block : uint8 (n,), IN. Cut after a separator, unless it ends the text.
        sighting : position of the block's first byte, in units and order of the caller's choice.
        ids : int32 (>= n,), OUT. Numbers, UNKNOWN, and SENTENCE_END for each line feed.

        Returns the count of entries written, and how many of them are SENTENCE_END.
        """
        cdef int64_t position = 0, n_ids = 0, n_ends = 0, length = block.shape[0], i
        if ids.shape[0] < length:
            raise ValueError(f"ids has room for {ids.shape[0]} tokens; {length} may be needed")
        if length == 0:
            return 0, 0
        # Words with carriage returns inside are put together here; pages never touched are free.
        cdef uint8_t[::1] scratch = np.empty(length, np.uint8)
        while position < length:
            with nogil:
                position = self.scan(
                    &block[0], position, length, sighting, &scratch[0], &ids[0], &n_ids
                )
            if position < length:
                self.make_room(length - position)
        with nogil:
            for i in range(n_ids):
                n_ends += ids[i] == END
        return n_ids, n_ends

    cdef void make_room(self, int64_t n_bytes):
        """Make room for as many words again, one of them of `n_bytes`."""
        cdef int64_t capacity = self.sightings.shape[0]
        if self.n_words == capacity:
            capacity *= 2
            if capacity > 1 << 30:
                raise OverflowError("more than 2**30 distinct words")
            self.offsets = grown(self.offsets, capacity + 1)
            self.sightings = grown(self.sightings, capacity)
            self.make_slots(2 * capacity)
        cdef int64_t used = self.offsets[self.n_words] + n_bytes + KEY_BYTES
        if used > self.arena.shape[0]:
            self.arena = grown(self.arena, max(2 * self.arena.shape[0], used))

    cdef void make_slots(self, int64_t n_slots):
        """Replace the slots by so many, a power of two, with the same words in them."""
        cdef Slot *old = self.slots
        cdef uint64_t n_old = self.mask + 1 if old != NULL else 0, mask = n_slots - 1, i, k
        cdef uint64_t[::1] table = mapped_zeros(n_slots * sizeof(Slot) // 8, np.uint64)
        cdef Slot *slots = <Slot *>&table[0]
        for i in range(n_old):
            if old[i].tag:
                k = hash_of(old[i].head, old[i].tail) & mask
                while slots[k].tag:
                    k = (k + 1) & mask
                slots[k] = old[i]
        self.table, self.slots, self.mask = table, slots, mask

    cdef inline int64_t find(
        self, const uint8_t *word, int64_t length, int64_t count, int64_t sighting
    ) noexcept nogil:
        """Number the word of `length` bytes, counting it `count` times; NO_ROOM changes nothing."""
        cdef Token token
        cdef uint8_t[KEY_BYTES] padded
        if length <= KEY_BYTES:
            memset(padded, 0, KEY_BYTES)
            memcpy(padded, word, length)
            set_key(&token, padded, length)
        else:
            set_key(&token, word, length)
        return self.find_token(&token, word, count, sighting)

    cdef inline int64_t find_token(
        self, const Token *token, const uint8_t *word, int64_t count, int64_t sighting
    ) noexcept nogil:
        cdef uint64_t i = token.hash & self.mask
        cdef uint64_t length = <uint64_t>min(token.length, <int64_t>0xFFFFFFFF)
        cdef Slot *slot = self.slots + i
        cdef int64_t number, start
        while slot.tag:
            if slot.head == token.head and slot.tail == token.tail and slot.tag >> 32 == length:
                number = number_in(slot.tag)
                if token.length <= KEY_BYTES or self.spells(number, word, token.length):
                    if not self.frozen:
                        slot.count += count
                    return number
            i = (i + 1) & self.mask
            slot = self.slots + i
        if self.frozen:
            return OOV
        number = self.n_words
        start = self.offsets[number]
        if (
            number == self.sightings.shape[0]
            or start + token.length + KEY_BYTES > self.arena.shape[0]
        ):
            return NO_ROOM
        memcpy(&self.arena[0] + start, word, token.length)
        slot.head, slot.tail, slot.count = token.head, token.tail, count
        slot.tag = length << 32 | <uint64_t>(number + 1)
        self.offsets[number + 1] = start + token.length
        self.sightings[number] = sighting
        self.n_words = number + 1
        return number

    cdef int64_t absorb_from(
        self, int64_t first, Lexicon other, const int64_t *counts, int32_t *numbers
    ) noexcept nogil:
        """Absorb the words from number `first` on; returns which found no room, or n_words."""
        cdef Token[BATCH] batch
        cdef int64_t i, n, start, number
        while first < other.n_words:
            n = min(<int64_t>BATCH, other.n_words - first)
            for i in range(n):
                start = other.offsets[first + i]
                batch[i].start = start
                set_key(&batch[i], &other.arena[0] + start, other.offsets[first + i + 1] - start)
                prefetch(self.slots + (batch[i].hash & self.mask))
            for i in range(n):
                number = self.find_token(
                    &batch[i], &other.arena[0] + batch[i].start, counts[first],
                    other.sightings[first],
                )
                if number == NO_ROOM:
                    return first
                if other.sightings[first] < self.sightings[number]:
                    self.sightings[number] = other.sightings[first]
                numbers[first] = <int32_t>number
                first += 1
        return first

    cdef inline bint spells(
        self, int64_t number, const uint8_t *word, int64_t length
    ) noexcept nogil:
        cdef int64_t start = self.offsets[number]
        return (
            self.offsets[number + 1] - start == length
            and memcmp(&self.arena[0] + start, word, length) == 0
        )

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
        cdef int64_t k = n_ids[0], start = position, end, size
        cdef uint64_t blanks
        cdef uint8_t byte
        cdef Token[BATCH + STEP_TOKENS] batch
        cdef int n_batch = 0, n_done
        cdef bint is_odd = False
        # A word that begins in the last of these bytes is loaded with KEY_BYTES.
        while length - position >= STEP + KEY_BYTES:
            blanks = blanks_in(text + position)
            while blanks:
                end = position + lowest_bit(blanks)
                blanks &= blanks - 1
                byte = text[end]
                if byte != 32 and byte != 10 and byte != 9:
                    # A control character: deleted (CR), a word's end (NUL, exact) or part of one.
                    is_odd = byte != 13 or text[end + 1] != 10
                    if is_odd:
                        break
                size = end - start
                if size > 0:
                    if size > KEY_BYTES and self.exact:
                        size = min(size, self.token_bytes)
                    batch[n_batch].start, batch[n_batch].index = start, k
                    set_key(&batch[n_batch], text + start, size)
                    prefetch(self.slots + (batch[n_batch].hash & self.mask))
                    n_batch += 1
                    k += 1
                if byte == 10:
                    ids[k] = END
                    k += 1
                start = end + 1
            position += STEP
            if n_batch >= BATCH or is_odd:
                n_done = self.number(batch, n_batch, text, sighting, ids)
                if n_done < n_batch:
                    n_ids[0] = batch[n_done].index
                    return batch[n_done].start
                n_batch = 0
            if is_odd:
                n_ids[0] = k
                position = self.scan_slowly(text, start, length, sighting, scratch, ids, n_ids)
                if position == start:
                    return start
                k, start, is_odd = n_ids[0], position, False
        n_done = self.number(batch, n_batch, text, sighting, ids)
        if n_done < n_batch:
            n_ids[0] = batch[n_done].index
            return batch[n_done].start
        n_ids[0] = k
        while start < length:
            position = self.scan_slowly(text, start, length, sighting, scratch, ids, n_ids)
            if position == start:
                break
            start = position
        return start

    cdef inline int number(
        self, const Token *batch, int n, const uint8_t *text, int64_t sighting, int32_t *ids
    ) noexcept nogil:
        """Number the tokens of a batch; returns how many, which is n unless one found no room."""
        cdef int i
        cdef int64_t number, start
        for i in range(n):
            start = batch[i].start
            number = self.find_token(&batch[i], text + start, 1, sighting + start)
            if number == NO_ROOM:
                return i
            ids[batch[i].index] = <int32_t>number
        return n

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
            if byte == 13 and not self.exact:
                while position + 1 < length and text[position + 1] == 13:
                    position += 1
                if position + 1 < length and text[position + 1] == 10:
                    position += 1
                byte = 10
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


cdef inline int64_t number_in(uint64_t tag) noexcept nogil:
    return <int64_t>(<uint32_t>tag) - 1


cdef inline uint64_t hash_of(uint64_t head, uint64_t tail) noexcept nogil:
    return fold((tail ^ seed) * <uint64_t>0x9FB21C651E98DF25, head)


cdef inline void set_key(Token *token, const uint8_t *word, int64_t length) noexcept nogil:
    """Set length, key and hash; KEY_BYTES are read from `word`, even if it is shorter."""
    cdef int64_t i = 0, n_head = min(length, <int64_t>8)
    if length <= KEY_BYTES:
        token.head = low_bytes(load_bytes(word), n_head)
        token.tail = low_bytes(load_bytes(word + 8), length - n_head)
    else:
        token.head, token.tail = seed, load_bytes(word + length - 8)
        while length - i >= 8:
            token.head = fold(token.head, load_bytes(word + i))
            i += 8
    token.length = length
    token.hash = hash_of(token.head, token.tail)


def utf8_until(const uint8_t[::1] text not None):
    """Return where `text` stops to be UTF-8, or its length."""
    return _utf8_until(&text[0], text.shape[0]) if text.shape[0] else 0
