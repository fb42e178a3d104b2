"""fastText's own training, for its bytes: the order of its dictionary, its draws, its arithmetic.

Nothing here is fast, or shared with _core.pyx, which is the algorithm that this project trains by:
release 0.9.2 differs from it in the order of every draw and sum. One thread, no fused multiply-add.
"""

import numpy as np

from libc.math cimport expf, sqrt
from libc.stdint cimport int8_t, int32_t, int64_t, uint64_t
from libc.string cimport memset

cdef enum:
    MODULUS = 2147483647        # of the generator
    MAX_LINE = 1024             # tokens of the dictionary after which a line is cut
    SIGMOIDS = 512
    MAX_SIGMOID = 8
    FEW = 16                    # entries that are sorted by insertion

cdef enum Loss:
    HS = 1
    NS = 2
    SOFTMAX = 3
    OVA = 4


cdef float sigmoids[SIGMOIDS + 1]


cdef void fill_sigmoids() noexcept:
    cdef int i
    for i in range(SIGMOIDS + 1):
        # The exponential in float, the rest in double, as C++'s types have it.
        sigmoids[i] = <float>(
            1.0 / (1.0 + expf(-(<float>(i * 2 * MAX_SIGMOID) / SIGMOIDS - MAX_SIGMOID)))
        )

fill_sigmoids()


# The order of the dictionary: that in which the unstable std::sort of GNU's library leaves entries.


def dictionary_order(const int8_t[::1] kinds not None, const int64_t[::1] counts not None):
    """Return the order of entries, int64 (n,): words before labels, then by falling count.

    Ties are in the order that an introspective sort (Musser 1997) leaves which takes the median of
    the second, the middle and the last entry for its pivot and stops at 16 entries, which are
    sorted by insertion in the end. With 16 or fewer they stay as they were.
    """
    cdef int64_t n = counts.shape[0], depth = 0, i
    cdef int64_t[::1] order = np.arange(n)
    cdef Order o
    if n == 0:
        return np.asarray(order)
    o.at, o.kinds, o.counts = &order[0], &kinds[0], &counts[0]
    while n >> (depth + 1):
        depth += 1
    with nogil:
        sort_roughly(&o, 0, n, 2 * depth)
        for i in range(1, min(n, <int64_t>FEW)):
            if comes_before(&o, o.at[i], o.at[0]):
                insert(&o, i, 0)
            else:
                insert_unguarded(&o, i)
        for i in range(FEW, n):
            insert_unguarded(&o, i)
    return np.asarray(order)


cdef struct Order:
    int64_t *at
    const int8_t *kinds
    const int64_t *counts


cdef inline bint comes_before(Order *o, int64_t a, int64_t b) noexcept nogil:
    if o.kinds[a] != o.kinds[b]:
        return o.kinds[a] < o.kinds[b]
    return o.counts[a] > o.counts[b]


cdef inline void swap(Order *o, int64_t i, int64_t j) noexcept nogil:
    o.at[i], o.at[j] = o.at[j], o.at[i]


cdef void sort_roughly(Order *o, int64_t first, int64_t last, int64_t depth) noexcept nogil:
    """Sort until no unsorted part is longer than FEW; where that goes too deep, by a heap."""
    cdef int64_t cut
    while last - first > FEW:
        if depth == 0:
            sort_by_heap(o, first, last - first)
            return
        depth -= 1
        cut = cut_at_median(o, first, last)
        sort_roughly(o, cut, last, depth)
        last = cut


cdef int64_t cut_at_median(Order *o, int64_t first, int64_t last) noexcept nogil:
    """Divide entries by a pivot, brought to the front; returns where the second part begins."""
    cdef int64_t a = first + 1, b = first + (last - first) // 2, c = last - 1, median, pivot
    if comes_before(o, o.at[a], o.at[b]):
        median = b if comes_before(o, o.at[b], o.at[c]) else (
            c if comes_before(o, o.at[a], o.at[c]) else a
        )
    else:
        median = a if comes_before(o, o.at[a], o.at[c]) else (
            c if comes_before(o, o.at[b], o.at[c]) else b
        )
    swap(o, first, median)
    pivot = o.at[first]
    first += 1
    while True:
        while comes_before(o, o.at[first], pivot):
            first += 1
        last -= 1
        while comes_before(o, pivot, o.at[last]):
            last -= 1
        if first >= last:
            return first
        swap(o, first, last)
        first += 1


cdef void insert(Order *o, int64_t i, int64_t to) noexcept nogil:
    """Move an entry to an earlier place."""
    cdef int64_t entry = o.at[i]
    while i > to:
        o.at[i] = o.at[i - 1]
        i -= 1
    o.at[to] = entry


cdef void insert_unguarded(Order *o, int64_t i) noexcept nogil:
    """Move an entry before those that it comes before; not all of them are such."""
    cdef int64_t to = i
    while comes_before(o, o.at[i], o.at[to - 1]):
        to -= 1
    insert(o, i, to)


cdef void sort_by_heap(Order *o, int64_t first, int64_t n) noexcept nogil:
    cdef int64_t parent, entry
    for parent in range(n // 2 - 1, -1, -1):
        sink(o, first, parent, n, o.at[first + parent])
    while n > 1:
        n -= 1
        entry = o.at[first + n]
        o.at[first + n] = o.at[first]
        sink(o, first, 0, n, entry)


cdef void sink(Order *o, int64_t first, int64_t hole, int64_t n, int64_t entry) noexcept nogil:
    """Put an entry into a heap of n: the hole goes down to a leaf, then the entry up from there."""
    cdef int64_t top = hole, child = hole
    while child < (n - 1) // 2:
        child = 2 * (child + 1)
        if comes_before(o, o.at[first + child], o.at[first + child - 1]):
            child -= 1
        o.at[first + hole] = o.at[first + child]
        hole = child
    if n & 1 == 0 and child == (n - 2) // 2:
        child = 2 * child + 1
        o.at[first + hole] = o.at[first + child]
        hole = child
    while hole > top and comes_before(o, o.at[first + (hole - 1) // 2], entry):
        o.at[first + hole] = o.at[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    o.at[first + hole] = entry


# Draws: those of C++'s std::minstd_rand and of GNU's distributions.


cdef inline int64_t draw(uint64_t *state) noexcept nogil:
    """Draw from 0 to MODULUS - 2: a multiplicative generator (Park, Miller, Stockmeyer 1993)."""
    state[0] = state[0] * 48271 % MODULUS
    return <int64_t>state[0] - 1


cdef inline double draw_share(uint64_t *state) noexcept nogil:
    """Draw uniformly from [0, 1), by two draws."""
    cdef double range_ = MODULUS - 1, low = draw(state), share
    share = (low + <double>draw(state) * range_) / (range_ * range_)
    return share if share < 1 else 1 - 2.0 ** -53


cdef inline int64_t draw_below(uint64_t *state, int64_t n) noexcept nogil:
    """Draw a whole number from 0 to n - 1."""
    cdef int64_t scale = (MODULUS - 2) // n, drawn = draw(state)
    while drawn >= n * scale:
        drawn = draw(state)
    return drawn // scale


cdef uint64_t state_of(int64_t seed):
    return seed % MODULUS or 1


def fill_as_one_thread(float[:, ::1] rows not None, int64_t seed):
    """Fill the first tenth of the numbers with draws from (-1, 1) / D: what one thread of ten does.

    The rest is zeros before and after, which the tool leaves them, too.
    """
    cdef int64_t D = rows.shape[1], n = rows.shape[0] * D // 10, i
    cdef float *numbers = &rows[0, 0]
    cdef double limit = <float>(1.0 / D)
    cdef uint64_t state = state_of(seed)
    with nogil:
        for i in range(n):
            numbers[i] = <float>(draw_share(&state) * (limit + limit) - limit)


cdef class Trainer:
    """The training of one thread, from the beginning of the text on.

    Parameters
    ----------
    tokens : int32 (n,), IN. Entries of the dictionary in the order of the text: -1 for others.
    n_words : entries below this are words, the others labels.
    line_end : the entry of </s>, or -1.
    offsets, parts : int64 (n_words + 1,) and int32, IN. The rows of the input matrix for each word.
    keep : float32 (n_words,), IN. The largest draw that keeps a word.
    targets : int32, IN. Negative sampling: the table of noise words.
    paths : int64 (n_words + 1,), int32 (n,) and int8 (n,), IN. Hierarchical softmax: offsets, and
        nodes and codes from the leaf upwards.
    inputs, outputs : float32 (any, D), IN/OUT.
    """

    cdef const int32_t[::1] tokens, parts, targets, nodes
    cdef const int64_t[::1] offsets, path_offsets
    cdef const int8_t[::1] codes
    cdef const float[::1] keep
    cdef float[:, ::1] inputs, outputs
    cdef float[::1] hidden, gradient, scores
    cdef int32_t[::1] line, rows
    cdef int64_t[::1] last_lines    # of each word, the number of the line it was last in
    cdef int64_t n_lines
    cdef int64_t n_words, line_end, position, length, n_rows, D, window, negative
    cdef int64_t local_count, update_after
    cdef readonly int64_t count     # tokens that were read, as far as the tool has counted them
    cdef int64_t total
    cdef double lr
    cdef float rate
    cdef bint is_cbow
    cdef readonly bint is_nan
    cdef int loss
    cdef uint64_t state

    def __init__(
        self, tokens, n_words, line_end, offsets, parts, keep, targets, paths, inputs, outputs,
        settings, total,
    ):
        self.tokens, self.n_words, self.line_end = tokens, n_words, line_end
        self.offsets, self.parts, self.keep, self.targets = offsets, parts, keep, targets
        self.path_offsets, self.nodes, self.codes = paths
        self.inputs, self.outputs, self.D = inputs, outputs, inputs.shape[1]
        self.hidden, self.gradient, self.scores = (
            np.zeros(n, np.float32) for n in (self.D, self.D, n_words)
        )
        self.last_lines = np.zeros(n_words, np.int64)
        self.line = np.zeros(MAX_LINE + 1, np.int32)
        most = int(np.diff(offsets).max())
        self.rows = np.zeros(most * (2 * min(settings.ws, MAX_LINE) if settings.is_cbow else 1),
                             np.int32)
        self.window, self.negative, self.is_cbow = settings.ws, settings.neg, settings.is_cbow
        self.lr, self.update_after = settings.lr, settings.lr_update_rate
        self.loss, self.total, self.state = settings.loss_number, total, state_of(settings.seed)

    def train(self, int64_t n_lines):
        """Train so many lines more, without the GIL; returns whether there are any left."""
        cdef int64_t _
        with nogil:
            for _ in range(n_lines):
                if self.count >= self.total or self.is_nan:
                    break
                self.rate = <float>(
                    self.lr * (1.0 - <float>(<float>self.count / <float>self.total))
                )
                self.read_line()
                self.train_line()
                if self.local_count > self.update_after:
                    self.count += self.local_count
                    self.local_count = 0
        return self.count < self.total and not self.is_nan

    cdef void read_line(self) noexcept nogil:
        """Read a line's words that subsampling keeps; behind the last line comes the first one."""
        cdef int64_t n = 0
        cdef int32_t token
        self.length = 0
        self.n_lines += 1
        if self.position == self.tokens.shape[0]:
            self.position = 0
        while self.position < self.tokens.shape[0]:
            token = self.tokens[self.position]
            self.position += 1
            if token < 0:
                continue
            n += 1
            if token < self.n_words and <float>draw_share(&self.state) <= self.keep[token]:
                self.line[self.length] = token
                self.last_lines[token] = self.n_lines
                self.length += 1
            if n > MAX_LINE or token == self.line_end:
                break
        self.local_count += n

    cdef void train_line(self) noexcept nogil:
        cdef int64_t i, j, reach
        for i in range(self.length):
            reach = 1 + draw_below(&self.state, self.window)
            self.n_rows = 0
            if not self.is_cbow:
                self.add_parts(self.line[i])
            for j in range(max(i - reach, 0), min(i + reach + 1, self.length)):
                if j == i:
                    continue
                if self.is_cbow:
                    self.add_parts(self.line[j])
                else:
                    self.step(self.line[j])
            if self.is_cbow:
                self.step(self.line[i])

    cdef inline void add_parts(self, int32_t word) noexcept nogil:
        """Add the rows of a word to those of the step."""
        cdef int64_t k
        for k in range(self.offsets[word], self.offsets[word + 1]):
            self.rows[self.n_rows] = self.parts[k]
            self.n_rows += 1

    cdef void step(self, int32_t target) noexcept nogil:
        """Train the mean of the rows to predict a word; each row gets the whole gradient."""
        cdef float share
        cdef int64_t k, d
        cdef float *row
        cdef float *hidden = &self.hidden[0]
        cdef float *gradient = &self.gradient[0]
        if self.n_rows == 0:
            return
        share = <float>(1.0 / self.n_rows)
        memset(hidden, 0, self.D * sizeof(float))
        memset(gradient, 0, self.D * sizeof(float))
        for k in range(self.n_rows):
            row = &self.inputs[self.rows[k], 0]
            for d in range(self.D):
                hidden[d] += row[d]
        for d in range(self.D):
            hidden[d] *= share
        self.descend(target)
        for k in range(self.n_rows):
            row = &self.inputs[self.rows[k], 0]
            for d in range(self.D):
                row[d] += gradient[d]

    cdef void descend(self, int32_t target) noexcept nogil:
        """Train output rows, and add up the gradient."""
        cdef int64_t k, _
        cdef int32_t noise
        if self.loss == HS:
            for k in range(self.path_offsets[target], self.path_offsets[target + 1]):
                self.train_output(self.nodes[k], self.codes[k])
        elif self.loss == NS:
            self.train_output(target, 1)
            for _ in range(self.negative):
                noise = target
                while noise == target:
                    noise = self.targets[draw_below(&self.state, self.targets.shape[0])]
                self.train_output(noise, 0)
        elif self.loss == SOFTMAX:
            self.train_softmax(target)
        else:       # every word of the line is a right answer
            for k in range(self.n_words):
                self.train_output(k, self.last_lines[k] == self.n_lines)

    cdef inline void train_output(self, int64_t row, float label) noexcept nogil:
        cdef float score = self.score_of(row)
        self.update(row, self.rate * (label - sigmoid(score)))

    cdef void train_softmax(self, int32_t target) noexcept nogil:
        cdef float *scores = &self.scores[0]
        cdef float most, total = 0
        cdef int64_t k
        for k in range(self.n_words):
            scores[k] = self.score_of(k)
        most = scores[0]
        for k in range(self.n_words):
            most = max(most, scores[k])
        for k in range(self.n_words):
            scores[k] = expf(scores[k] - most)
            total += scores[k]
        for k in range(self.n_words):
            scores[k] /= total
        for k in range(self.n_words):
            self.update(k, self.rate * (<float>(k == target) - scores[k]))

    cdef inline float score_of(self, int64_t row) noexcept nogil:
        """Return the product with an output row, added up from the first column to the last."""
        cdef float score = 0
        cdef const float *output = &self.outputs[row, 0]
        cdef const float *hidden = &self.hidden[0]
        cdef int64_t d
        for d in range(self.D):
            score += output[d] * hidden[d]
        self.is_nan |= score != score
        return score

    cdef inline void update(self, int64_t row, float g) noexcept nogil:
        cdef float *output = &self.outputs[row, 0]
        cdef const float *hidden = &self.hidden[0]
        cdef float *gradient = &self.gradient[0]
        cdef int64_t d
        for d in range(self.D):
            gradient[d] += g * output[d]
            output[d] += g * hidden[d]


cdef inline float sigmoid(float score) noexcept nogil:
    if score < -MAX_SIGMOID:
        return 0
    if score > MAX_SIGMOID:
        return 1
    if score != score:      # the run ends
        return score
    return sigmoids[<int>((score + MAX_SIGMOID) * SIGMOIDS / MAX_SIGMOID / 2)]


def noise_slots(const int64_t[::1] counts not None, int64_t n_slots):
    """Return how many of about n_slots of the table of noise words each word has, int64 (n,)."""
    cdef int64_t[::1] slots = np.empty(counts.shape[0], np.int64)
    cdef float total = 0, root, share
    cdef int64_t i
    for i in range(counts.shape[0]):
        total = <float>(total + sqrt(<double>counts[i]))
    for i in range(counts.shape[0]):
        root = <float>sqrt(<double>counts[i])
        share = root * <float>n_slots / total
        slots[i] = <int64_t>share
        slots[i] += slots[i] < share
    return np.asarray(slots)


def huffman_paths(const int64_t[::1] counts not None):
    """Return offsets, int64 (n + 1,), nodes, int32, and codes, int8, from each leaf upwards."""
    cdef int64_t n = counts.shape[0], leaf = n - 1, node = n, made, i, k, child
    cdef int64_t[::1] sums = np.full(max(2 * n - 1, 1), 10 ** 15)
    cdef int64_t[::1] parents = np.full(max(2 * n - 1, 1), -1)
    cdef int8_t[::1] is_second = np.zeros(max(2 * n - 1, 1), np.int8)
    for i in range(n):
        sums[i] = counts[i]
    for made in range(n, 2 * n - 1):
        sums[made] = 0
        for k in range(2):
            # A leaf comes first only if its count is smaller.
            if leaf >= 0 and (node >= made or sums[leaf] < sums[node]):
                child, leaf = leaf, leaf - 1
            else:
                child, node = node, node + 1
            sums[made] += sums[child]
            parents[child], is_second[child] = made, k
    offsets, nodes, codes = [0], [], []
    for i in range(n):
        child = i
        while parents[child] >= 0:
            nodes.append(parents[child] - n)
            codes.append(is_second[child])
            child = parents[child]
        offsets.append(len(nodes))
    return np.array(offsets, np.int64), np.array(nodes, np.int32), np.array(codes, np.int8)
