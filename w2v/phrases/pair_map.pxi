# The table of pairs, and the numbers of connector runs.

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
