# Ids to text again, with the phrases in it joined.

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
