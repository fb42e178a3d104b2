"""Pairs of words counted, joined and written: what phrase detection does with every token.

Owns the table of pairs, the numbers of connector runs, and the loops over ids and over token lists.
It knows nothing of scores (phrases.py). A stream of ids holds numbers of words (from 0 up),
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
    # Pairs whose slots are asked for before the first of them is looked at.
    BATCH = 32
    # A run shares a uint64 with a count of 40 bits.
    MAX_RUNS = 1 << 24
    COUNT_BITS = 40
    # Short words are copied whole, whatever their length.
    STRIDE = 16

cdef uint64_t COUNT_MASK = (<uint64_t>1 << 40) - 1


cdef struct Pair:
    uint64_t key, run, hash


cdef inline uint64_t hash_of(uint64_t key, uint64_t run) noexcept nogil:
    return fold(run * <uint64_t>0xD6E8FEB86659FD93, key)


cdef class PairMap:
    """Maps (first, run, second) to whole numbers from 1 to 2**40 - 1: counts, or ids plus one.

    A slot is two uint64: first << 32 | second, and run << 40 | number (0: free). The table doubles
    when it is 7/8 full, so a pair takes 18 to 37 bytes.

    Parameters
    ----------
    part, n_parts : pairs of other parts are passed over, so that `n_parts` threads, each with a map
        of its own, count a text together; which part a pair is in depends on nothing else.
    """

    cdef readonly int64_t n_pairs
    cdef uint64_t[::1] slots
    cdef uint64_t part, n_parts
    cdef int64_t last               # the word before the ids to come, or -1
    cdef uint64_t run               # the connectors after it

    def __init__(self, uint64_t part=0, uint64_t n_parts=1):
        self.part, self.n_parts = part, n_parts
        self.slots = np.zeros(2 << 12, np.uint64)
        self.n_pairs = 0
        self.restart()

    def restart(self):
        """Forget the words that came before: the ids to come begin a text."""
        self.last, self.run = -1, 0

    def count(self, const int32_t[::1] ids not None, bint across_lines=False):
        """Count the pairs of neighbours in `ids`, going on where the last call ended; no GIL.

        Parameters
        ----------
        ids : int32 (n,), IN. Connectors are folded into runs; see Runs.
        across_lines : pass over SENTENCE_END, as word2phrase.c does, instead of starting anew.
        """
        cdef int64_t position = 0, length = ids.shape[0]
        while position < length:
            with nogil:
                position = self.count_from(&ids[0], position, length, across_lines)
            if position < length:
                self.rehash(2 * self.slots.shape[0], 0)

    cdef int64_t count_from(
        self, const int32_t *ids, int64_t position, int64_t length, bint across_lines
    ) noexcept nogil:
        """Count from `position`; returns `length`, or where there was no room to go on."""
        cdef Pair batch[BATCH]
        cdef int n_batch, i
        cdef int64_t last = self.last
        cdef int32_t number
        cdef uint64_t run = self.run, key, hash, mask = self.mask()
        cdef uint64_t *slots = &self.slots[0]
        while position < length and self.has_room(BATCH):
            n_batch = 0
            while n_batch < BATCH and position < length:
                number = ids[position]
                position += 1
                if number < 0:
                    if number != END:
                        run = -2 - number
                    elif not across_lines:
                        last, run = -1, 0
                    continue
                if last >= 0:
                    key = <uint64_t>last << 32 | <uint64_t>number
                    hash = hash_of(key, run)
                    if self.is_mine(hash):
                        prefetch(slots + 2 * (hash & mask))
                        batch[n_batch].key, batch[n_batch].run = key, run
                        batch[n_batch].hash = hash
                        n_batch += 1
                last, run = number, 0
            for i in range(n_batch):
                self.slot_of(batch[i].key, batch[i].run, batch[i].hash)[0] += 1
        self.last, self.run = last, run
        return position

    cdef inline bint is_mine(self, uint64_t hash) noexcept nogil:
        return self.n_parts == 1 or ((hash >> 48) * self.n_parts) >> 16 == self.part

    cdef inline uint64_t mask(self) noexcept nogil:
        return self.slots.shape[0] // 2 - 1

    cdef inline bint has_room(self, int64_t n) noexcept nogil:
        return 16 * (self.n_pairs + n) <= 7 * self.slots.shape[0]

    cdef inline uint64_t *slot_of(self, uint64_t key, uint64_t run, uint64_t hash) noexcept nogil:
        """Return the second half of a pair's slot, entered with the number 0 if it is new."""
        cdef uint64_t *slots = &self.slots[0]
        cdef uint64_t mask = self.mask(), slot = hash & mask
        while slots[2 * slot + 1]:
            if slots[2 * slot] == key and slots[2 * slot + 1] >> COUNT_BITS == run:
                return slots + 2 * slot + 1
            slot = (slot + 1) & mask
        slots[2 * slot] = key
        slots[2 * slot + 1] = run << COUNT_BITS
        self.n_pairs += 1
        return slots + 2 * slot + 1

    cdef inline uint64_t number_of(self, uint64_t key, uint64_t run) noexcept nogil:
        """Return a pair's number, or 0."""
        cdef const uint64_t *slots = &self.slots[0]
        cdef uint64_t mask = self.mask(), slot = hash_of(key, run) & mask
        while slots[2 * slot + 1]:
            if slots[2 * slot] == key and slots[2 * slot + 1] >> COUNT_BITS == run:
                return slots[2 * slot + 1] & COUNT_MASK
            slot = (slot + 1) & mask
        return 0

    def get(self, int64_t first, int64_t run, int64_t second):
        """Return the number of a pair, or 0 if it has none."""
        return self.number_of(<uint64_t>first << 32 | <uint64_t>second, run)

    def put(self, firsts, runs, seconds, numbers):
        """Give pairs their numbers, replacing any they had; four arrays of one length, IN."""
        cdef const int32_t[::1] a = np.ascontiguousarray(firsts, np.int32)
        cdef const int32_t[::1] r = np.ascontiguousarray(runs, np.int32)
        cdef const int32_t[::1] b = np.ascontiguousarray(seconds, np.int32)
        cdef const int64_t[::1] n = np.ascontiguousarray(numbers, np.int64)
        cdef int64_t i
        cdef uint64_t key, hash
        if not a.shape[0] == r.shape[0] == b.shape[0] == n.shape[0]:
            raise ValueError("firsts, runs, seconds and numbers differ in length")
        for i in range(a.shape[0]):
            if not (a[i] >= 0 and b[i] >= 0 and 0 <= r[i] < MAX_RUNS and 0 < n[i] <= LOST):
                raise ValueError(f"pair {i} is out of range: {(a[i], r[i], b[i], n[i])}")
            if not self.has_room(1):
                self.rehash(2 * self.slots.shape[0], 0)
            key = <uint64_t>a[i] << 32 | <uint64_t>b[i]
            hash = hash_of(key, r[i])
            if self.is_mine(hash):
                self.slot_of(key, r[i], hash)[0] = <uint64_t>r[i] << COUNT_BITS | <uint64_t>n[i]

    def entries(self, int64_t least=1):
        """Return firsts, runs and seconds (int32) and numbers (int64) from `least` up."""
        cdef int64_t i, k = 0, n = 0
        with nogil:
            for i in range(1, self.slots.shape[0], 2):
                n += <int64_t>(self.slots[i] & COUNT_MASK) >= max(least, <int64_t>1)
        arrays = [np.empty(n, dtype) for dtype in (np.int32, np.int32, np.int32, np.int64)]
        cdef int32_t[::1] firsts = arrays[0], runs = arrays[1], seconds = arrays[2]
        cdef int64_t[::1] numbers = arrays[3]
        with nogil:
            for i in range(0, self.slots.shape[0], 2):
                if <int64_t>(self.slots[i + 1] & COUNT_MASK) >= max(least, <int64_t>1):
                    firsts[k] = <int32_t>(self.slots[i] >> 32)
                    seconds[k] = <int32_t>self.slots[i]
                    runs[k] = <int32_t>(self.slots[i + 1] >> COUNT_BITS)
                    numbers[k] = self.slots[i + 1] & COUNT_MASK
                    k += 1
        return tuple(arrays)

    def drop_rare(self, int64_t most):
        """Drop the pairs whose number is at most `most`; the memory is kept for others."""
        self.rehash(self.slots.shape[0], most)

    cdef int rehash(self, int64_t size, uint64_t most) except -1:
        """Move to a new table of `size` uint64 what has a number above `most`."""
        cdef uint64_t[::1] old = self.slots
        cdef int64_t i
        self.slots = np.zeros(size, np.uint64)
        self.n_pairs = 0
        with nogil:
            for i in range(0, old.shape[0], 2):
                if old[i + 1] & COUNT_MASK > most:
                    self.slot_of(
                        old[i], old[i + 1] >> COUNT_BITS, hash_of(old[i], old[i + 1] >> COUNT_BITS)
                    )[0] = old[i + 1]
        return 0


cdef class Runs:
    """Numbers the runs of connector words that stand between two other words.

    Run 0 is empty; any other is one word longer than its parent. Each connector word of a text is
    replaced by the run that it ends, so ids keep their length and nothing of the text is lost.
    """

    cdef readonly int64_t n_runs            # the empty one included
    cdef PairMap children                   # (parent, 0, word) -> run
    cdef int32_t[::1] last_words, parents   # of each run
    cdef uint64_t run
    cdef bint has_head

    def __init__(self):
        self.children = PairMap()
        self.last_words, self.parents = np.full(64, -1, np.int32), np.zeros(64, np.int32)
        self.n_runs = 1
        self.restart()

    def restart(self):
        """Forget the words that came before: the ids to come begin a text."""
        self.run, self.has_head = 0, False

    def fold(self, int32_t[::1] ids not None, const uint8_t[::1] is_connector not None):
        """Replace connectors by runs, going on where the last call ended.

        Parameters
        ----------
        ids : int32 (n,), IN/OUT.
        is_connector : uint8, IN. Whether each number is that of a connector.

        Raises OverflowError when there are more than 2**24 different runs.
        """
        cdef int64_t position = 0, length = ids.shape[0]
        while position < length:
            with nogil:
                position = self.fold_from(&ids[0], position, length, is_connector)
            if position < length:
                self.make_room()

    cdef int64_t fold_from(
        self, int32_t *ids, int64_t position, int64_t length, const uint8_t[::1] is_connector
    ) noexcept nogil:
        cdef int32_t number
        while position < length:
            number = ids[position]
            if number >= 0 and is_connector[number]:
                if self.n_runs == self.parents.shape[0] or not self.children.has_room(1):
                    break
                # Before any other word of a sentence connectors join nothing; they stay single.
                self.run = self.child(self.run if self.has_head else 0, number)
                ids[position] = -2 - <int32_t>self.run
            else:
                self.run, self.has_head = 0, number >= 0
            position += 1
        return position

    cdef inline uint64_t child(self, uint64_t parent, int32_t word) noexcept nogil:
        cdef uint64_t key = parent << 32 | <uint64_t>word
        cdef uint64_t *slot = self.children.slot_of(key, 0, hash_of(key, 0))
        if slot[0] == 0:
            slot[0] = self.n_runs
            self.parents[self.n_runs], self.last_words[self.n_runs] = parent, word
            self.n_runs += 1
        return slot[0]

    cdef int make_room(self) except -1:
        """Make room for one more run at least."""
        if self.n_runs >= MAX_RUNS:
            raise OverflowError(
                "connector_words: the text has more than 2**24 different runs of them; name fewer"
            )
        if self.n_runs == self.parents.shape[0]:
            more = np.zeros(self.n_runs, np.int32)
            self.parents = np.concatenate([self.parents, more])
            self.last_words = np.concatenate([self.last_words, more])
        if not self.children.has_room(1):
            self.children.rehash(2 * self.children.slots.shape[0], 0)
        return 0

    def extend(self, parents, words):
        """Enter runs, each by its parent and its last word, as tree() listed them."""
        for parent, word in zip(parents, words, strict=True):
            if not 0 <= parent < self.n_runs or word < 0:
                raise ValueError(f"run {self.n_runs} is made of run {parent} and word {word}")
            self.make_room()
            self.child(parent, word)

    def words(self, uint64_t run):
        """Return the numbers of the words that make up a run, as a list."""
        cdef list words = []
        while run:
            words.append(self.last_words[run])
            run = self.parents[run]
        return words[::-1]

    def find(self, words):
        """Return the run that these numbers make up, or -1 if no text had it."""
        cdef uint64_t run = 0
        for word in words:
            run = self.children.get(run, 0, word)
            if not run:
                return -1
        return run

    def tree(self):
        """Return the parent and the last word of each run, int32 (n_runs,), copies."""
        return np.array(self.parents[: self.n_runs]), np.array(self.last_words[: self.n_runs])


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
    roles : uint8, IN. 1 for words that pairs begin with, 2 for those that pairs end with, 3 for both.
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


cdef class Speller:
    """Writes ids as text: words with blanks between them, a line feed for SENTENCE_END.

    Parameters
    ----------
    arena, offsets : uint8 and int64, IN. Word i is arena[offsets[i]:offsets[i + 1]].
    """

    cdef const uint8_t[::1] arena
    cdef const int64_t[::1] offsets
    cdef bint in_line
    # word2phrase.c's state: whether the last word was known, its count, its number.
    cdef bint was_known
    cdef int64_t last_count, last

    def __init__(self, const uint8_t[::1] arena not None, const int64_t[::1] offsets not None):
        self.arena, self.offsets = arena, offsets
        self.in_line = self.was_known = False
        self.last_count, self.last = 0, -1

    def longest(self):
        """Return the bytes of the longest word."""
        return int(np.diff(np.asarray(self.offsets)).max(initial=0))

    cdef inline int64_t write_word(
        self, int32_t number, uint8_t before, uint8_t[::1] out, int64_t n_bytes
    ) noexcept nogil:
        """Write a word and, unless that is 0, the byte before it; returns the new length.

        `out` has room for the word, the byte and STRIDE more.
        """
        cdef int64_t start = self.offsets[number], length = self.offsets[number + 1] - start
        out[n_bytes] = before
        n_bytes += before != 0
        if length <= STRIDE and start + STRIDE <= self.arena.shape[0]:
            memcpy(&out[n_bytes], &self.arena[start], STRIDE)
        elif length:
            memcpy(&out[n_bytes], &self.arena[start], length)
        return n_bytes + length

    def spell(self, const int32_t[::1] ids not None, uint8_t[::1] out not None):
        """Write ids until they end or `out` is full, going on in the line of the last call.

        Parameters
        ----------
        ids : int32 (n,), IN.
        out : uint8, OUT; longer than the longest word by 64.

        Returns how many ids were taken and how many bytes written.
        """
        cdef int64_t i = 0, n_bytes = 0, room = out.shape[0] - STRIDE - 2
        cdef int32_t number
        with nogil:
            while i < ids.shape[0]:
                number = ids[i]
                if number == END:
                    if n_bytes >= room:
                        break
                    out[n_bytes] = 10
                    n_bytes += 1
                    self.in_line = False
                else:
                    if n_bytes + self.offsets[number + 1] - self.offsets[number] > room:
                        break
                    n_bytes = self.write_word(number, 32 if self.in_line else 0, out, n_bytes)
                    self.in_line = True
                i += 1
        return i, n_bytes

    def spell_like_c(
        self,
        const int32_t[::1] ids not None,
        uint8_t[::1] out not None,
        PairMap pairs not None,
        const int64_t[::1] counts not None,
        int64_t min_count,
        float threshold,
        int64_t n_words,
    ):
        """Join and write ids as the second pass of word2phrase.c does; see spell.

        Parameters
        ----------
        pairs : IN. Counts of pairs, by spelling; LOST for one that cannot be found.
        counts : int64, IN. Counts of words, by spelling; those below `min_count`, and -1, cannot
            be found. Word 0 is </s>.
        n_words : all words of the text.
        """
        cdef int64_t i = 0, n_bytes = 0, room = out.shape[0] - STRIDE - 2
        cdef int64_t first_count, count, together
        cdef int32_t number
        cdef bint known
        cdef float score
        with nogil:
            while i < ids.shape[0]:
                number = ids[i]
                if number == END:
                    if n_bytes >= room:
                        break
                    out[n_bytes] = 10
                    n_bytes += 1
                    self.last = 0       # </s>, with which a pair can only be spelled by a word
                    i += 1
                    continue
                if n_bytes + self.offsets[number + 1] - self.offsets[number] > room:
                    break
                first_count, count = self.last_count, counts[number]
                known = count != -1 and count >= min_count
                if not known:
                    count = first_count     # C leaves it as it was
                score = 0
                if known and self.was_known and self.last >= 0 and first_count >= min_count:
                    together = pairs.number_of(
                        <uint64_t>self.last << 32 | <uint64_t>number, 0
                    )
                    if together and together != <int64_t>COUNT_MASK and together >= min_count:
                        score = <float>(together - min_count) / <float>first_count
                        score = score / <float>count * <float>n_words
                n_bytes = self.write_word(number, 95 if score > threshold else 32, out, n_bytes)
                self.was_known, self.last = known, number
                self.last_count = 0 if score > threshold else count
                i += 1
        return i, n_bytes


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
