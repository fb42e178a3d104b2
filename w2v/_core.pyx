"""The algorithm: subsample, window, skip-gram or CBOW, noise words and Huffman nodes.

Owns which rows make up a block step, in which order, and every random draw. It knows nothing of
words, files or epochs (training.py), and nothing of how a step is computed (_kernel.h, which also
states what threads may overwrite of each other). V is the number of words, D the dimensions.

`exact` stands for the C tool's way (word2vec.c, TrainModelThread) wherever it differs: its random
stream, sentences of at most 1,000 words, a rate renewed every 10,000 words, noise words drawn for
each pair, and the exact kernel.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

cdef extern from "_kernel.h" nogil:
    int ROW_FLOATS_C "ROW_FLOATS"
    ctypedef struct Block:
        int64_t n_inputs
        int64_t n_outputs
        int64_t n_nodes
        int64_t width
        const float **inputs
        float **gradients
        float **outputs
        const float *labels
        const float *weights
        int64_t pair_stride
        const float *input_counts
        float alpha
        float *scratch
    ctypedef struct Matrix:
        float *rows
        int64_t first
        int64_t n_copies
        float *copies
        float *bases
        int64_t to_copies
        int32_t *left
        int64_t due
    ctypedef struct Kernel:
        const char *name
        void (*score)(const Block *block) noexcept nogil
        void (*update)(const Block *block) noexcept nogil
        void (*mean)(
            const float **rows, int64_t n, float divisor, int64_t width, float *out
        ) noexcept nogil
        void (*spread)(
            const float *addend, float divisor, float **rows, int64_t n, int64_t width
        ) noexcept nogil
        void (*merge)(float *copy, float *base, float *shared, int64_t width) noexcept nogil
        void (*path)(
            const int32_t *steps, int64_t n, const Matrix *nodes, int64_t stride, float **outputs,
            float *labels, float *weights
        ) noexcept nogil
    int64_t scratch_floats(int64_t m, int64_t n, int64_t width)
    void prefetch_row(const float *row, int64_t width)
    void prefetch(const void *address)
    const Kernel *list_kernels()
    const Kernel *exact_kernel()

ROW_FLOATS = ROW_FLOATS_C

cdef enum:
    END = -1                    # _text.SENTENCE_END
    EXACT_SENTENCE = 1000       # MAX_SENTENCE_LENGTH of word2vec.c
    EXACT_RATE_WORDS = 10000    # words between two renewals of the rate in word2vec.c
    # Context words of one step: a wider window is trained in several, so that neither scratch nor
    # the staleness within a step grows with it.
    MAX_INPUTS = 64
    # Centres that CBOW trains in one step, with the same noise words. Two inputs of a step take
    # hardly longer than one, and noise words are drawn, fetched and changed once for both: a
    # quarter faster, and as good after 5 epochs over 100 MB. After a single one, analogies are 0.8
    # points lower and word pairs 1.9: sharing noise takes longer to learn from. Three centres are
    # another 9 % faster, four no more; but after 5 epochs analogies are 1.3 and 2.6 points lower.
    CENTRES = 2
    # Few noise words are too few to be shared; then one more is drawn, and each weighs less. With
    # 3, analogies after 3 epochs fell from 34.0 to 32.2 %; with 4 for 3, to 33.4.
    FEW_NOISE_WORDS = 5
    # Steps that use noise words which were drawn together. Between two of them lie so many others,
    # NOISE_SETS at most, that no context word is in both: then a draw saved costs no quality, or
    # not until a noise word changes for too many pairs before the next is drawn. Skip-gram, 5
    # epochs over 100 MB, 6 seeds, analogies (word pairs): 42.1 % (57.6) with noise words drawn for
    # each step, 42.5 (57.5) with 8 uses, 42.5 (56.9) with 16, 42.2 (55.2) with 32; with 4 uses in
    # steps on end, 39.8 (56.0). Window 15: 39.5 (56.4), 3 uses 39.0 (55.6), 8 uses 38.3 (54.0). With
    # 8 uses training is 1.13 times as fast, with 16 another 1 %.
    NOISE_USES = 8
    NOISE_PAIRS = 48            # of skip-gram, in all uses, on average
    NOISE_SETS = 64             # a wide window's noise rows should be in the caches still
    # Steps that are planned before one is trained: as long as a row takes from memory.
    AHEAD = 2
    PLANS = 4                   # more than AHEAD, a power of two
    # Of uses of rows: more than there are copies, and a power of two.
    COUNTERS = 1024
    COUNTED_USES = 32           # of a node until its copy is merged, at least; others are inferred
    SLOT_BITS = 8               # of tables of 1 KB, few of whose slots a window shares
    COPIED = 8                  # addresses that are copied at once
    NEVER = 0x7FFFFFFF
    LINE_PAIR = 128             # bytes
    BATCH_WORDS = 1024          # surviving words, at least, of the sentences planned in one go

exact_kernel()      # fills its table while there is one thread


def kernel_names():
    """Return the names of the kernels this machine can run, the fastest first.

    >>> kernel_names()[-1]
    'baseline'
    """
    cdef const Kernel *kernel = list_kernels()
    names = []
    while kernel.name != NULL:
        names.append(kernel.name.decode())
        kernel += 1
    return names


cdef const Kernel *find_kernel(str name) except NULL:
    if name == "exact":
        return exact_kernel()
    cdef const Kernel *kernel = list_kernels()
    while kernel.name != NULL:
        if kernel.name.decode() == name:
            return kernel
        kernel += 1
    raise ValueError(f"kernel={name!r}: this machine has {', '.join(kernel_names())}")


cdef struct Plan:
    # One step: one centre (CBOW: some), the m context rows of each, and n output rows.
    int64_t n_centres, n, n_nodes
    int64_t centres[CENTRES]
    int64_t m[CENTRES]
    float **inputs[CENTRES]
    float **outputs
    float *labels               # of a centre; pair_stride floats on, of the next
    float *weights              # as labels; read if weighted
    float *input_counts         # of a single centre; read if repeated_inputs
    float alpha
    bint weighted, repeated_inputs


cdef struct NoiseSet:
    # Distinct noise words that were drawn together.
    int64_t n
    int64_t uses_left           # steps that they are still to serve
    int32_t *words              # read if each use is counted when it comes
    float **rows
    float *weights              # how often each was drawn, times noise_weight
    bint weighted               # whether any is not 1


cdef struct Sentence:
    int64_t end                 # of its surviving words, in the batch
    int64_t words               # read in this call when it ended


cdef struct Job:
    uint8_t apart[LINE_PAIR]    # see aligned_zeros
    # The model: V rows (nodes: V - 1) of `stride` floats, of which the kernel works on `width`.
    Matrix inputs, outputs, nodes
    int64_t V, stride, width
    int32_t merge_after
    int32_t uses_ahead          # counted when a word comes into reach; 0: each when it comes
    int32_t noise_uses_ahead    # the same, when a noise word is drawn
    int32_t count_every         # so many paths, one is counted, for them all
    const Kernel *kernel
    # The algorithm.
    int64_t window, negative
    float noise_weight
    int64_t centres             # of a step, at most
    int64_t pair_stride
    bint sg, cbow_mean, shrink_windows, exact, count_ends
    bint noise_per_pair         # of skip-gram, instead of noise words shared by the window
    bint distinct               # whether a window's input rows have to be: they make one block
    # What follows from the counts.
    const uint32_t *keep        # NULL: no subsampling; else a word stays if a draw is <= its entry
    const uint64_t *noise       # alias table: threshold << 32 | alias
    const int64_t *noise_bounds
    int64_t noise_slots
    const int64_t *path_offsets
    const int32_t *path_steps
    # The schedule, in words of the whole run.
    double start_alpha, end_alpha, total_words
    int64_t epoch_limit         # exact: an epoch ends when it has read more words than this
    # The state.
    uint64_t random             # of subsampling; exact: of everything
    uint64_t window_random      # streams of their own, since they are drawn ahead
    uint64_t noise_random
    uint64_t *noise_bits        # `negative` draws
    NoiseSet noise_sets[NOISE_SETS]
    int64_t n_noise_sets, noise_uses
    int64_t next_noise_set
    float alpha
    int64_t position            # in the ids
    int64_t words, last_words   # read in this call; and at the last renewal of the rate
    double words_before         # read before this call, or (exact) reported up to last_words
    uint32_t turn               # the path is counted if this is at most
    uint32_t last_turn
    int64_t *counters           # words read, words trained, sentences: of all calls
    const int32_t *stop         # not 0: end soon
    uint32_t stamp              # of the rows that find_row was asked for last, by slot
    uint32_t stamps[1 << SLOT_BITS]
    # The batch: surviving words of some sentences; and the sentence that is being planned.
    int32_t *batch
    float **context             # their input rows, as far as windows reach
    int32_t latest[1 << SLOT_BITS]      # distinct: by slot, the last position so far, or -1
    int32_t *earlier            # the one before that, by position
    int32_t *repeat             # from a position on, where first a word comes again; or NEVER
    int64_t batch_length, batch_room
    Sentence *sentences
    int64_t n_sentences, planned
    int64_t start, end
    int64_t next                # position that is planned next
    int64_t n_steps             # planned so far
    # Scratch.
    float *hidden[CENTRES]
    float *gradients[CENTRES]
    float *scratch
    Plan plans[PLANS]           # of this step and the next ones
    uint8_t apart_too[LINE_PAIR]


cdef inline float *row_address(Job *job, Matrix *matrix, int64_t row) noexcept nogil:
    """Where a row stands, or its copy if there is one: nobody can guess which, so no branch."""
    cdef bint has_copy = <uint64_t>(row - matrix.first) < <uint64_t>matrix.n_copies
    return matrix.rows + row * job.stride + (matrix.to_copies & -<int64_t>has_copy)


cdef inline int64_t counter_of(Matrix *matrix, int64_t row) noexcept nogil:
    """Rows COUNTERS apart share one, so that none is told from the others: merges come early."""
    return (row - matrix.first) & (COUNTERS - 1)


cdef inline void count_uses(Job *job, Matrix *matrix, int64_t row, int32_t uses) noexcept nogil:
    """So many updates of a row are to come: sees to it that its copy, if any, is merged in time."""
    cdef int64_t counter = counter_of(matrix, row)
    if matrix.n_copies == 0:
        return
    matrix.left[counter] -= uses
    if matrix.left[counter] < 0:
        renew_counter(job, matrix, counter, uses)


cdef inline void renew_counter(
    Job *job, Matrix *matrix, int64_t counter, int32_t uses
) noexcept nogil:
    """A counter has run out: start it anew, and see to the copy that is counted there, if any."""
    matrix.left[counter] = job.merge_after - uses
    if counter < matrix.n_copies:
        merge_later(job, matrix, counter)


cdef inline bint is_counted(Job *job) noexcept nogil:
    """Whether this path is: steps of the golden ratio fall out of step with whatever recurs."""
    job.turn += <uint32_t>0x9E3779B9
    return job.turn <= job.last_turn


cdef void count_path(Job *job, const int32_t *steps, int64_t n) noexcept nogil:
    """count_uses of the nodes on a path, with a single branch: few have any to merge."""
    cdef Matrix nodes = job.nodes       # a copy, which no store in between can change
    cdef int64_t k, counter
    cdef int32_t signs = 0, uses = job.count_every
    for k in range(n):
        counter = counter_of(&nodes, steps[k] >> 1)
        nodes.left[counter] -= uses
        signs |= nodes.left[counter]
    for k in range(n if signs < 0 else 0):
        counter = counter_of(&nodes, steps[k] >> 1)
        if nodes.left[counter] < 0:
            renew_counter(job, &job.nodes, counter, uses)


cdef inline float *use_row(Job *job, Matrix *matrix, int64_t row) noexcept nogil:
    count_uses(job, matrix, row, 1)
    return row_address(job, matrix, row)


cdef void merge_later(Job *job, Matrix *matrix, int64_t copy) noexcept nogil:
    """Ask for what merging this copy takes, and merge the one for which that was asked before."""
    prefetch_row(matrix.bases + copy * job.stride, job.stride)
    prefetch_row(matrix.rows + (matrix.first + copy) * job.stride, job.stride)
    merge_copy(job, matrix, matrix.due)
    matrix.due = copy


cdef void merge_copy(Job *job, Matrix *matrix, int64_t copy) noexcept nogil:
    """Merge a copy, or renew it if it has not changed.

    Merging a row writes it, and undoes what another thread has written there at that very time.
    """
    cdef int64_t stride = job.stride, row_bytes = stride * sizeof(float)
    cdef float *own = matrix.copies + copy * stride
    cdef float *base = matrix.bases + copy * stride
    cdef float *shared = matrix.rows + (matrix.first + copy) * stride
    if memcmp(own, base, row_bytes) != 0:
        job.kernel.merge(own, base, shared, stride)
    else:
        memcpy(own, shared, row_bytes)
        memcpy(base, own, row_bytes)


cdef void merge_copies(Job *job, Matrix *matrix) noexcept nogil:
    cdef int64_t copy
    for copy in range(matrix.n_copies):
        merge_copy(job, matrix, copy)
        matrix.left[copy] = job.merge_after


cdef inline uint64_t draw(Job *job) noexcept nogil:
    """The next 64 random bits. Exact: the C tool's congruential generator, modulo 2**64."""
    if job.exact:
        job.random = job.random * <uint64_t>25214903917 + 11
        return job.random
    return splitmix(&job.random)


cdef inline uint64_t splitmix(uint64_t *state) noexcept nogil:
    """splitmix64 (Steele, Lea, Flood 2014): good in all bits, and no draw waits for another."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline bint stays(Job *job, int32_t word) noexcept nogil:
    """Whether this token survives subsampling."""
    if job.keep == NULL:
        return True
    if job.exact:
        return (draw(job) & 0xFFFF) <= job.keep[word]
    return (draw(job) >> 32) <= job.keep[word]


cdef inline int64_t reach_of_window(Job *job) noexcept nogil:
    """How many words to each side of the centre are context: 1..window, each as likely."""
    if not job.shrink_windows:
        return job.window
    if job.exact:
        return job.window - <int64_t>(draw(job) % <uint64_t>job.window)
    return job.window - <int64_t>(
        ((splitmix(&job.window_random) >> 32) * <uint64_t>job.window) >> 32
    )


cdef inline int64_t noise_slot(Job *job, uint64_t bits) noexcept nogil:
    return <int64_t>(((bits >> 32) * <uint64_t>job.V) >> 32)


cdef inline int64_t noise_word(Job *job, int64_t k, uint64_t *random) noexcept nogil:
    """The k-th noise word of a set, from bits drawn a set ago; draws those of the next."""
    cdef uint64_t bits = job.noise_bits[k], next_bits = splitmix(random), entry
    cdef int64_t slot = noise_slot(job, bits), own
    job.noise_bits[k] = next_bits
    prefetch(&job.noise[noise_slot(job, next_bits)])
    entry = job.noise[slot]
    # Arithmetic instead of a branch, which would be guessed wrong every other time.
    own = -<int64_t>(<uint32_t>bits < entry >> 32)
    return (slot & own) | (<int64_t>(<uint32_t>entry) & ~own)


cdef inline int64_t exact_noise_word(Job *job) noexcept nogil:
    cdef uint64_t bits = draw(job)
    cdef int64_t slot, low, high, middle
    slot = <int64_t>((bits >> 16) % <uint64_t>job.noise_slots)
    low, high = 0, job.V - 1
    while low < high:           # the first word whose bound is above the slot
        middle = (low + high) // 2
        if job.noise_bounds[middle] > slot:
            high = middle
        else:
            low = middle + 1
    return low if low > 0 else <int64_t>(bits % <uint64_t>(job.V - 1)) + 1


cdef bint read_batch(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    """Gather the next sentences' surviving words (exact: one sentence's); False at the end."""
    cdef int64_t length
    job.batch_length = job.n_sentences = 0
    while job.batch_length < BATCH_WORDS and (job.exact or job.position < n_ids):
        length = read_sentence(job, ids, n_ids)
        if length < 0:
            return False
        job.counters[1] += length
        job.counters[2] += 1
        if length > 0:
            job.batch_length += length
            job.sentences[job.n_sentences].end = job.batch_length
            job.sentences[job.n_sentences].words = job.words
            job.n_sentences += 1
        if job.exact:
            break
    job.planned, job.start, job.end, job.next, job.n_steps = -1, 0, 0, 0, 0
    return True


cdef int64_t read_sentence(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    """Add a sentence's surviving words to the batch; returns how many, or -1 at the epoch's end."""
    cdef int64_t length = 0
    cdef int32_t *sentence = job.batch + job.batch_length
    cdef int32_t word
    while job.position < n_ids:
        word = ids[job.position]
        job.position += 1
        if word == END:
            job.words += job.count_ends
            return -1 if job.exact and job.words > job.epoch_limit else length
        job.words += 1
        sentence[length] = word
        length += stays(job, word)      # no branch: nobody can guess which word stays
        if job.exact and length == EXACT_SENTENCE:
            return -1 if job.words > job.epoch_limit else length
    # The C tool does not train a sentence that the end of the file cuts off.
    return -1 if job.exact else length


cdef inline void begin_sentence(Job *job) noexcept nogil:
    """Go on to the next sentence of the batch, and to its learning rate."""
    job.planned += 1
    job.start, job.end = job.end, job.sentences[job.planned].end
    if not job.exact:
        job.alpha = <float>(
            job.start_alpha
            + (job.end_alpha - job.start_alpha)
            * (job.words_before + job.sentences[job.planned].words) / job.total_words
        )


cdef inline void renew_exact_alpha(Job *job) noexcept nogil:
    cdef float done, alpha
    if job.words - job.last_words > EXACT_RATE_WORDS:
        job.words_before += job.words - job.last_words
        job.last_words = job.words
        # Types and order of word2vec.c: float throughout, the floor in double.
        done = <float>job.words_before / <float>(job.total_words + 1)
        alpha = <float>job.start_alpha * (<float>1 - done)
        if alpha < <float>job.start_alpha * 0.0001:
            alpha = <float>(<float>job.start_alpha * 0.0001)
        job.alpha = alpha


cdef inline void enter_reach(Job *job, int64_t i) noexcept nogil:
    """Look up, and ask for, the input row of the word at position i, which windows now reach."""
    count_uses(job, &job.inputs, job.batch[i], job.uses_ahead)
    job.context[i] = row_address(job, &job.inputs, job.batch[i])
    prefetch_row(job.context[i], job.width)
    if job.path_steps != NULL:
        prefetch_path(job, job.batch[i])
    if job.distinct:
        note_repeat(job, i)


cdef inline void prefetch_path(Job *job, int64_t word) noexcept nogil:
    """Ask for both ends of a word's Huffman path; few are longer than two cache lines."""
    prefetch(&job.path_steps[job.path_offsets[word]])
    prefetch(&job.path_steps[job.path_offsets[word + 1] - 1])


cdef inline void note_repeat(Job *job, int64_t i) noexcept nogil:
    """Find where, within two windows, the word at position i came last, and note that it has."""
    cdef int32_t word = job.batch[i]
    cdef uint32_t slot = (<uint32_t>word * <uint32_t>0x9E3779B1) >> (32 - SLOT_BITS)
    cdef int64_t first = max(i - 2 * job.window, <int64_t>0), j = job.latest[slot]
    job.earlier[i] = <int32_t>j
    job.latest[slot] = <int32_t>i
    job.repeat[i] = NEVER
    while j >= first and job.batch[j] != word:
        j = job.earlier[j]
    while j >= first and job.repeat[j] == NEVER:
        job.repeat[j] = <int32_t>i
        j -= 1


cdef void plan_step(Job *job) noexcept nogil:
    """Plan the next step, if any: its context rows and, unless exact, its output rows.

    These rows are where the caches miss, so they are asked for now and used AHEAD steps later.
    """
    cdef Plan *plan = &job.plans[job.n_steps & (PLANS - 1)]
    cdef int64_t j
    if job.next == job.batch_length:
        return
    job.n_steps += 1
    plan.n_centres = 0
    plan.weighted = plan.repeated_inputs = False
    if job.next == job.end:
        begin_sentence(job)
    plan.alpha = job.alpha
    while plan.n_centres < job.centres and job.next < job.end:
        plan_window(job, plan, job.next)
        job.next += 1
    if plan.n_centres > 0 and not (job.exact or job.noise_per_pair):
        plan_outputs(job, plan)
        for j in range(plan.n_nodes + plan.n_centres):
            prefetch_row(plan.outputs[j], job.width)


cdef inline void plan_window(Job *job, Plan *plan, int64_t i) noexcept nogil:
    """Add the centre at position i and its context rows to a step, unless it has no context.

    Of these rows, the one that comes into the windows' reach is asked for.
    """
    cdef int64_t reach = reach_of_window(job), c = plan.n_centres, first, stop, j
    cdef float **inputs = plan.inputs[c]
    if i + job.window < job.batch_length:
        enter_reach(job, i + job.window)
    first, stop = max(i - reach, job.start), min(i + reach + 1, job.end)
    copy_addresses(job.context + first, i - first, inputs)
    copy_addresses(job.context + i + 1, stop - i - 1, inputs + i - first)
    plan.centres[c] = job.batch[i]
    plan.m[c] = stop - first - 1
    plan.n_centres += plan.m[c] > 0
    if job.uses_ahead == 0:
        for j in range(first, stop):
            if j != i:
                count_uses(job, &job.inputs, job.batch[j], 1)
    if job.distinct and job.repeat[first] < stop:
        merge_repeats(job, plan)


cdef inline void copy_addresses(float **source, int64_t n, float **to) noexcept nogil:
    """Copy n addresses, and up to COPIED behind them: nobody can guess n, so few loops are best."""
    cdef int64_t k = COPIED
    memcpy(to, source, COPIED * sizeof(float *))
    while k < n:
        memcpy(to + k, source + k, COPIED * sizeof(float *))
        k += COPIED


cdef void merge_repeats(Job *job, Plan *plan) noexcept nogil:
    """Make a centre's input rows distinct within each MAX_INPUTS; there are fewer then."""
    cdef int64_t i, k, kept = 0
    cdef float **inputs = plan.inputs[0]
    cdef float *row
    job.stamp += 1
    for i in range(plan.m[0]):
        row = inputs[i]
        k = find_row(job, row, inputs, kept // MAX_INPUTS * MAX_INPUTS, kept)
        if k < kept:
            plan.input_counts[k] += 1
            plan.repeated_inputs = True
        else:
            inputs[kept] = row
            plan.input_counts[kept] = 1
            kept += 1
    plan.m[0] = kept


cdef inline int64_t place_of(float *row, float **rows, int64_t start, int64_t stop) noexcept nogil:
    """Where in start .. stop - 1 a row is, or else stop."""
    while start < stop and rows[start] != row:
        start += 1
    return start


cdef inline int64_t find_row(
    Job *job, float *row, float **rows, int64_t start, int64_t stop
) noexcept nogil:
    """The same, when all of these were asked for under one stamp.

    Looks at these only if a row of the same slot was: rows are not all compared with each other.
    """
    cdef uint64_t slot = (<uint64_t>row * <uint64_t>0x9E3779B97F4A7C15) >> (64 - SLOT_BITS)
    cdef bint may_be = job.stamps[slot] == job.stamp
    job.stamps[slot] = job.stamp
    return place_of(row, rows, start, stop) if may_be else stop


cdef void plan_outputs(Job *job, Plan *plan) noexcept nogil:
    """Choose the output rows: the nodes on the centre's path; or, and, the centres, noise words."""
    plan.n = plan.n_nodes = plan_path(job, plan) if job.nodes.rows != NULL else 0
    if job.outputs.rows == NULL:
        return
    if job.exact:
        plan_exact_noise(job, plan)
    else:
        plan_noise(job, plan)


cdef int64_t plan_path(Job *job, Plan *plan) noexcept nogil:
    """Make the nodes on the centre's Huffman path the first output rows; returns how many."""
    cdef const int32_t *steps = job.path_steps + job.path_offsets[plan.centres[0]]
    cdef int64_t n = job.path_offsets[plan.centres[0] + 1] - job.path_offsets[plan.centres[0]]
    job.kernel.path(
        steps, n, &job.nodes, job.stride, plan.outputs, plan.labels, plan.weights
    )
    if job.nodes.n_copies > 0 and is_counted(job):
        count_path(job, steps, n)
    return n


cdef inline void set_output(
    Plan *plan, int64_t n, float *row, float label, float weight
) noexcept nogil:
    plan.outputs[n] = row
    plan.labels[n] = label
    plan.weights[n] = weight


cdef inline NoiseSet *next_noise(Job *job) noexcept nogil:
    """The noise words of the next step: the sets take turns, and are drawn anew when used up."""
    cdef NoiseSet *noise = &job.noise_sets[job.next_noise_set]
    job.next_noise_set += 1
    if job.next_noise_set == job.n_noise_sets:
        job.next_noise_set = 0
    if noise.uses_left == 0:
        draw_noise(job, noise)
    noise.uses_left -= 1
    return noise


cdef void draw_noise(Job *job, NoiseSet *noise) noexcept nogil:
    """Fill a set, and ask for its rows; by the time of their next uses, they are in the caches."""
    cdef int64_t n = 0, k, word, place
    # Copies, which no store in between can change.
    cdef uint64_t random = job.noise_random
    cdef float weight = job.noise_weight
    cdef float *row
    job.stamp += 1
    noise.weighted = weight != 1
    for k in range(job.negative):
        word = noise_word(job, k, &random)
        count_uses(job, &job.outputs, word, job.noise_uses_ahead)
        row = row_address(job, &job.outputs, word)
        place = find_row(job, row, noise.rows, 0, n)
        if place == n:
            noise.words[n], noise.rows[n], noise.weights[n] = <int32_t>word, row, weight
            prefetch_row(row, job.width)
            n += 1
        else:
            noise.weights[place] += weight
            noise.weighted = True
    job.noise_random = random
    noise.n, noise.uses_left = n, job.noise_uses


cdef void plan_noise(Job *job, Plan *plan) noexcept nogil:
    """Add the centres and noise words to the output rows, which are distinct.

    A noise word that is the centre is not drawn again, as in C; for another centre, it is noise.
    """
    cdef NoiseSet *noise = next_noise(job)
    cdef int64_t n = plan.n_nodes, n_nodes = n, n_own, c, k, place
    cdef int64_t own[CENTRES]
    cdef float *row
    for c in range(plan.n_centres):
        row = use_row(job, &job.outputs, plan.centres[c])
        own[c] = place_of(row, plan.outputs, n_nodes, n)
        if own[c] == n:     # so far it was not drawn as noise, which is what will be counted
            set_output(plan, n, row, 1, 0)
            n += 1
    n_own = n
    plan.weighted = noise.weighted
    for k in range(noise.n):
        if job.noise_uses_ahead == 0:
            count_uses(job, &job.outputs, noise.words[k], 1)
        place = place_of(noise.rows[k], plan.outputs, n_nodes, n_own)
        if place == n_own:
            set_output(plan, n, noise.rows[k], 0, noise.weights[k])
            n += 1
        else:
            plan.weights[place] += noise.weights[k]
            plan.weighted = True
    plan.n = n
    if plan.n_centres > 1:
        part_centres(job, plan, own)
    else:
        plan.weights[n_nodes] = 1


cdef void plan_exact_noise(Job *job, Plan *plan) noexcept nogil:
    """Add the centre and noise words to the output rows as the C tool does: as they come."""
    cdef int64_t k, word
    set_output(plan, plan.n, row_address(job, &job.outputs, plan.centres[0]), 1, 1)
    plan.n += 1
    for k in range(job.negative):
        word = exact_noise_word(job)
        if word != plan.centres[0]:
            set_output(plan, plan.n, row_address(job, &job.outputs, word), 0, 1)
            plan.n += 1


cdef void part_centres(Job *job, Plan *plan, int64_t *own) noexcept nogil:
    """Give each centre its own labels and weights; own: which output rows are the centres'.

    To the others, a centre is what it was drawn to be: so many times noise, mostly none.
    """
    cdef int64_t c, stride = job.pair_stride
    cdef float *labels
    cdef float *weights
    plan.weighted = True
    for c in range(plan.n_centres):
        plan.labels[own[c]] = 0
    for c in range(plan.n_centres - 1, -1, -1):     # the first one's, copied from, change last
        labels, weights = plan.labels + c * stride, plan.weights + c * stride
        if c > 0:
            memcpy(labels, plan.labels, plan.n * sizeof(float))
            memcpy(weights, plan.weights, plan.n * sizeof(float))
        labels[own[c]] = weights[own[c]] = 1


cdef void train_block(
    Job *job, Plan *plan, float **inputs, float **gradients, int64_t first, int64_t n_inputs,
) noexcept nogil:
    """Make a step with the plan's outputs; with the first of a plan, plan another on the way."""
    cdef Block block
    block.n_inputs, block.inputs, block.gradients = n_inputs, <const float **>inputs, gradients
    block.n_outputs, block.outputs, block.labels = plan.n, plan.outputs, plan.labels
    block.input_counts = plan.input_counts + first if plan.repeated_inputs else NULL
    block.weights = plan.weights if plan.weighted else NULL
    block.pair_stride, block.n_nodes = job.pair_stride, plan.n_nodes
    block.width, block.alpha, block.scratch = job.width, plan.alpha, job.scratch
    job.kernel.score(&block)
    if first == 0 and not job.exact:
        plan_step(job)
    job.kernel.update(&block)


cdef void train_step(Job *job, Plan *plan) noexcept nogil:
    """Train a planned step, and plan the one AHEAD of it unless exact."""
    cdef int64_t k = 0, c, m = plan.m[0]
    cdef float **inputs = plan.inputs[0]
    if plan.n_centres == 0:
        if not job.exact:
            plan_step(job)
    elif job.noise_per_pair:
        for k in range(m):
            plan_outputs(job, plan)
            train_block(job, plan, inputs + k, inputs + k, k, 1)
    elif job.sg:
        while k < m:
            train_block(job, plan, inputs + k, inputs + k, k, min(m - k, <int64_t>MAX_INPUTS))
            k += MAX_INPUTS
    else:
        if job.exact:
            plan_outputs(job, plan)
        for c in range(plan.n_centres):
            m = plan.m[c]
            job.kernel.mean(
                <const float **>plan.inputs[c], m, m if job.cbow_mean else 1, job.stride,
                job.hidden[c],
            )
            memset(job.gradients[c], 0, job.stride * sizeof(float))
        train_block(job, plan, job.hidden, job.gradients, 0, plan.n_centres)
        for c in range(plan.n_centres):
            m = plan.m[c]
            # With the mean, each context word gets the whole gradient, not its share: C's way, and
            # gensim's (which divides only when the hidden vector is a sum).
            job.kernel.spread(
                job.gradients[c], 1 if job.cbow_mean else m, plan.inputs[c], m, job.stride
            )


cdef void train_batch(Job *job) noexcept nogil:
    """Train the gathered sentences, planning steps while earlier ones are trained."""
    cdef int64_t i
    memset(job.latest, 0xFF, sizeof(job.latest))
    for i in range(min(job.window, job.batch_length)):
        enter_reach(job, i)
    for i in range(1 if job.exact else AHEAD):
        plan_step(job)
    i = 0
    while i < job.n_steps:
        train_step(job, &job.plans[i & (PLANS - 1)])
        i += 1
        if job.exact and job.next < job.batch_length:
            # The order of draws is C's: this window's noise words, then the next one's reach.
            renew_exact_alpha(job)
            plan_step(job)


cdef void train_ids(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    cdef int64_t counted = 0
    cdef bint goes_on
    while job.stop[0] == 0 and (job.exact or job.position < n_ids):
        if job.exact:
            renew_exact_alpha(job)
        goes_on = read_batch(job, ids, n_ids)
        job.counters[0] += job.words - counted
        counted = job.words
        if not goes_on:
            return
        if job.exact and job.batch_length == 0:
            reach_of_window(job)        # the C tool spends a draw on an empty sentence
        train_batch(job)


cdef class Worker:
    """One thread's view of a model in training, with its scratch.

    Parameters
    ----------
    kernel : one of kernel_names(), or "exact".
    input_vectors : float32 (V, stride), IN/OUT; stride is a multiple of ROW_FLOATS, and what lies
        beyond the D columns is zero and stays so.
    output_vectors : float32 (V, stride), IN/OUT, or None: no negative sampling.
    node_vectors : float32 (V - 1, stride), IN/OUT, or None: no hierarchical softmax.
    keep : uint32 (V,) or None; the largest draw (of 32 bits; exact: of 16) that keeps a word.
    noise : the alias table, uint64 (V,); exact: the bounds, int64 (V,).
    paths : (offsets, steps) of the Huffman codes, padded by ROW_FLOATS steps.
    total_words : words of the whole run, by which the rate falls from start_alpha to end_alpha.
    n_copies, merge_after : of how many rows of each matrix this thread has copies, and after how
        many uses a copy is merged; see _kernel.h.
    max_ids : the length of the longest array of ids to be trained on.
    counters : int64 (>= 3,), OUT: words read, words trained, sentences.
    stop : int32 (1,), IN: training ends at the next sentence when it is not 0.
    """

    cdef Job job
    cdef object arrays          # keeps alive what job points to

    def __init__(
        self, str kernel not None, *, float[:, ::1] input_vectors not None,
        float[:, ::1] output_vectors, float[:, ::1] node_vectors, int64_t vector_size,
        int64_t window, int64_t negative, bint sg, bint cbow_mean, bint shrink_windows,
        bint shared_noise, bint exact, bint count_ends, const uint32_t[::1] keep, noise, paths,
        double start_alpha, double end_alpha, double total_words, int64_t epoch_limit,
        int64_t max_ids, int64_t n_copies, int64_t merge_after,
        int64_t[::1] counters not None, const int32_t[::1] stop not None,
    ):
        cdef Job *job = &self.job
        cdef int64_t V, stride, max_path = 0
        cdef const uint64_t[::1] table
        cdef const int32_t[::1] steps
        cdef const int64_t[::1] bounds, offsets
        V, stride = input_vectors.shape[0], input_vectors.shape[1]
        assert stride % ROW_FLOATS == 0 and vector_size <= stride and counters.shape[0] >= 3
        self.arrays = [input_vectors, output_vectors, node_vectors, keep, noise, paths, counters,
                       stop]
        job.kernel = find_kernel(kernel)
        job.V, job.stride = V, stride
        job.width = vector_size if exact else stride
        job.merge_after = <int32_t>merge_after
        # The words of a window, and so the windows that a word is in; on average.
        uses = window + 1 if shrink_windows else 2 * window
        job.noise_uses = job.n_noise_sets = 1
        if shared_noise:
            job.noise_uses = min(NOISE_USES, max(NOISE_PAIRS // uses, 1)) if sg else NOISE_USES
            job.n_noise_sets = min(2 * window + 1, <int64_t>NOISE_SETS)
        # Counted all at once, unless so few may go unmerged.
        most = merge_after if n_copies > 0 else 2**31 - 1
        job.uses_ahead = <int32_t>uses if uses <= most else 0
        job.noise_uses_ahead = <int32_t>job.noise_uses if job.noise_uses <= most else 0
        job.count_every = <int32_t>max(merge_after // COUNTED_USES, 1)
        job.last_turn = <uint32_t>(2**32 // job.count_every - 1)
        job.inputs.rows = &input_vectors[0, 0]
        self.make_copies(&job.inputs, min(n_copies, V), 0)
        job.window, job.negative = window, negative
        job.sg, job.cbow_mean, job.shrink_windows = sg, cbow_mean, shrink_windows
        job.exact, job.count_ends = exact, count_ends
        job.noise_per_pair = sg and (exact or not shared_noise)
        job.distinct = sg and not job.noise_per_pair
        job.centres, job.noise_weight = 1, 1
        if shared_noise and not (sg or exact or node_vectors is not None):
            job.centres = CENTRES
            job.negative += negative < FEW_NOISE_WORDS
            job.noise_weight = <float>negative / job.negative
        job.start_alpha, job.end_alpha = start_alpha, end_alpha
        job.total_words, job.epoch_limit = total_words, epoch_limit
        job.alpha = <float>start_alpha
        job.counters, job.stop = &counters[0], &stop[0]
        if keep is not None:
            assert keep.shape[0] == V
            job.keep = &keep[0]
        if output_vectors is not None:
            assert output_vectors.shape[0] == V and output_vectors.shape[1] == stride
            job.outputs.rows = &output_vectors[0, 0]
            self.make_copies(&job.outputs, min(n_copies, V), 0)
            if exact:
                bounds = noise
                assert bounds.shape[0] == V and V > 1
                job.noise_bounds, job.noise_slots = &bounds[0], bounds[V - 1]
            else:
                table = noise
                assert table.shape[0] == V
                job.noise = &table[0]
        if node_vectors is not None and V > 1:
            offsets, steps = paths
            assert node_vectors.shape[0] == V - 1 and node_vectors.shape[1] == stride
            assert offsets.shape[0] == V + 1 and steps.shape[0] >= offsets[V] + ROW_FLOATS
            job.nodes.rows = &node_vectors[0, 0]
            # The later a node was made, the nearer it is to the root, which is the last one.
            self.make_copies(&job.nodes, min(n_copies, V - 1), V - 1 - min(n_copies, V - 1))
            job.path_offsets, job.path_steps = &offsets[0], &steps[0]
            max_path = np.diff(paths[0]).max()
        self.make_scratch(max_ids, max_path + job.centres + job.negative)

    cdef void make_copies(self, Matrix *matrix, int64_t n_copies, int64_t first):
        cdef int64_t stride = self.job.stride
        assert n_copies <= COUNTERS
        cdef float[:, ::1] copies = aligned_zeros(2 * n_copies + 1, stride)
        cdef int32_t[:, ::1] left = aligned_zeros(1, COUNTERS, np.int32)
        self.arrays += [copies, left]
        matrix.first, matrix.n_copies = first, n_copies
        matrix.copies, matrix.bases = &copies[0, 0], &copies[n_copies, 0]
        matrix.to_copies = (
            (<int64_t>matrix.copies - <int64_t>matrix.rows) // <int64_t>sizeof(float)
            - first * stride
        )
        matrix.left = &left[0, 0]
        merge_copies(&self.job, matrix)

    cdef void make_scratch(self, int64_t max_ids, int64_t max_outputs):
        cdef Job *job = &self.job
        cdef int64_t max_inputs = min(2 * job.window, max_ids), i, c
        cdef int32_t[::1] batch = np.empty(max_ids, np.int32)
        cdef uint64_t[::1] context = np.empty(max_ids + COPIED, np.uint64)
        cdef int32_t[:, ::1] repeats = np.empty((2, max_ids if job.distinct else 1), np.int32)
        cdef int64_t[:, ::1] sentences = np.empty((BATCH_WORDS, 2), np.int64)
        cdef int64_t max_block = max(min(max_inputs, <int64_t>MAX_INPUTS), job.centres)
        cdef int64_t outputs_room = max_outputs + ROW_FLOATS
        cdef uint64_t[:, :, ::1] inputs = aligned_zeros(
            PLANS * job.centres, max_inputs + 2 * COPIED, np.uint64
        ).reshape(PLANS, job.centres, -1)
        cdef uint64_t[:, ::1] outputs = aligned_zeros(PLANS, outputs_room, np.uint64)
        cdef uint64_t[:, ::1] noise_bits = aligned_zeros(1, job.negative + 1, np.uint64)
        cdef int32_t[:, ::1] noise_words = np.empty((NOISE_SETS, job.negative + 1), np.int32)
        cdef uint64_t[:, ::1] noise_rows = aligned_zeros(NOISE_SETS, job.negative + 1, np.uint64)
        cdef float[:, ::1] noise_weights = aligned_zeros(NOISE_SETS, job.negative + 1)
        cdef float[:, ::1] labels = aligned_zeros(PLANS, job.centres * outputs_room)
        cdef float[:, ::1] input_counts = aligned_zeros(PLANS, max_inputs)
        cdef float[:, ::1] weights = aligned_zeros(PLANS, job.centres * outputs_room)
        cdef float[:, ::1] hidden = aligned_zeros(2 * job.centres, job.stride)
        cdef float[:, ::1] scratch = aligned_zeros(
            1, scratch_floats(max_block, max_outputs, job.stride)
        )
        self.arrays += [
            batch, context, repeats, sentences, inputs, outputs, labels, input_counts,
            weights, hidden, scratch, noise_bits, noise_words, noise_rows, noise_weights,
        ]
        job.noise_bits = &noise_bits[0, 0]
        for i in range(NOISE_SETS):
            job.noise_sets[i].words = &noise_words[i, 0]
            job.noise_sets[i].rows = <float **>&noise_rows[i, 0]
            job.noise_sets[i].weights = &noise_weights[i, 0]
        job.batch, job.batch_room = &batch[0], max_ids
        job.context = <float **>&context[0]
        job.earlier, job.repeat = &repeats[0, 0], &repeats[1, 0]
        job.sentences = <Sentence *>&sentences[0, 0]
        job.scratch = &scratch[0, 0]
        job.pair_stride = outputs_room if job.centres > 1 else 0
        for c in range(job.centres):
            job.hidden[c], job.gradients[c] = &hidden[c, 0], &hidden[job.centres + c, 0]
        for i in range(PLANS):
            for c in range(job.centres):
                job.plans[i].inputs[c] = <float **>&inputs[i, c, 0]
            job.plans[i].outputs = <float **>&outputs[i, 0]
            job.plans[i].labels = &labels[i, 0]
            job.plans[i].input_counts = &input_counts[i, 0]
            job.plans[i].weights = &weights[i, 0]

    def train(self, const int32_t[::1] ids not None, uint64_t random, double words_before):
        """Train on `ids` once, without the GIL; returns the state of the random generator.

        Parameters
        ----------
        ids : int32 (n,), IN. Ids with SENTENCE_END after each sentence; n <= max_ids.
        random : the state the random generator starts from.
        words_before : words of the run that come before these. Ignored from the second call on
            when exact: the rate there follows what was trained.
        """
        cdef Job *job = &self.job
        if ids.shape[0] > job.batch_room:
            raise ValueError(f"{ids.shape[0]} ids; room was made for {job.batch_room}")
        if ids.shape[0] == 0:
            return random
        if job.exact:
            job.words_before += job.words - job.last_words
        else:
            job.words_before = words_before
        job.position = job.words = job.last_words = 0
        self.start_draws(random)
        with nogil:
            train_ids(job, &ids[0], ids.shape[0])
            merge_copies(job, &job.inputs)
            merge_copies(job, &job.outputs)
            merge_copies(job, &job.nodes)
        return job.random

    def survivors(self, const int32_t[::1] ids not None, uint64_t random):
        """Return which of these ids subsampling keeps, int32: what train would train on."""
        cdef int32_t word
        self.job.random = random
        return np.array([word for word in ids if stays(&self.job, word)], np.int32)

    def noise_words(self, int64_t n, uint64_t random):
        """Return n noise words as train would draw them, int64 (n,)."""
        cdef int64_t[::1] words = np.empty(n, np.int64)
        cdef int64_t i
        self.start_draws(random)
        for i in range(n):
            if self.job.exact:
                words[i] = exact_noise_word(&self.job)
            else:
                words[i] = noise_word(
                    &self.job, i % self.job.negative, &self.job.noise_random
                )
        return np.asarray(words)

    cdef void start_draws(self, uint64_t random):
        cdef Job *job = &self.job
        cdef int64_t k
        job.random, job.noise_random = random, ~random
        job.window_random = random ^ (<uint64_t>1 << 63)
        job.next_noise_set = 0
        for k in range(NOISE_SETS):
            job.noise_sets[k].uses_left = 0
        if job.noise != NULL:
            for k in range(job.negative):
                job.noise_bits[k] = splitmix(&job.noise_random)


def aligned_zeros(int64_t n_rows, int64_t n_columns, dtype=np.float32):
    """Return an (n_rows, n_columns) array of zeros that shares no cache lines with anything else.

    Lines are fetched in pairs; one that another thread writes would travel between the cores.
    """
    cdef int64_t size = n_rows * n_columns * np.dtype(dtype).itemsize
    room = np.zeros(size + 2 * LINE_PAIR, np.uint8)
    start = -room.ctypes.data % LINE_PAIR
    return room[start : start + size].view(dtype).reshape(n_rows, n_columns)


def fill_randomly(float[:, ::1] vectors not None, int64_t D, uint64_t random, bint exact):
    """Fill the first D columns as word2vec.c, InitNet, does: uniform in (-0.5, 0.5) / D.

    `random` is the state of the generator; the C tool's (exact) begins with 1.
    """
    cdef int64_t i, d
    with nogil:
        for i in range(vectors.shape[0]):
            for d in range(D):
                if exact:
                    random = random * <uint64_t>25214903917 + 11
                    vectors[i, d] = <float>(((random & 0xFFFF) / <float>65536 - 0.5) / D)
                else:       # 24 bits are what a float holds
                    vectors[i, d] = <float>(((splitmix(&random) >> 40) / <float>(1 << 24) - 0.5) / D)


def seed_of(*numbers):
    """Return 64 bits that depend on all of these numbers, each from 0 to 2**64 - 1, in order."""
    cdef uint64_t state = 0, number
    for number in numbers:
        state ^= number
        state = splitmix(&state)
    return state


def move_rows(float[:, ::1] vectors not None, int64_t D):
    """Close the gaps between rows of D columns, in place; returns the (n, D) array without them."""
    cdef int64_t i, n = vectors.shape[0], stride = vectors.shape[1]
    cdef float *first = &vectors[0, 0]
    with nogil:
        for i in range(1, n):
            memmove(first + i * D, first + i * stride, D * sizeof(float))
    return np.asarray(vectors).reshape(-1)[: n * D].reshape(n, D)


def block_step(
    str kernel not None, float[:, ::1] inputs not None, const int64_t[::1] input_rows not None,
    float[:, ::1] outputs not None, const int64_t[::1] output_rows not None,
    labels not None, float alpha, input_counts=None, weights=None,
):
    """Make one block step on rows of two matrices, in place; for tests and benchmarks.

    Parameters
    ----------
    inputs, outputs : float32 (any, stride), IN/OUT, padded with zeros to a multiple of ROW_FLOATS.
    input_rows, output_rows : int64 (m,), (n,), IN. Which rows; distinct.
    labels : float32 (n,), or (m, n): of each pair, IN.
    input_counts : how often each input row belongs to the block; None: once.
    weights : the same, (n,) if labels are, else (m, n).
    """
    cdef const Kernel *chosen = find_kernel(kernel)
    cdef Block block
    cdef int64_t m = input_rows.shape[0], n = output_rows.shape[0], i
    cdef uint64_t[::1] input_pointers = np.empty(m, np.uint64)
    cdef uint64_t[::1] output_pointers = np.empty(n, np.uint64)
    cdef float[:, ::1] scratch = aligned_zeros(1, scratch_floats(m, n, inputs.shape[1]))
    cdef float[:, ::1] padded_labels = np.zeros((m, n + ROW_FLOATS), np.float32)
    cdef float[:, ::1] padded_weights = np.ones((m, n + ROW_FLOATS), np.float32)
    cdef float[::1] m_counts = np.ones(m, np.float32)
    assert inputs.shape[1] == outputs.shape[1] and inputs.shape[1] % ROW_FLOATS == 0
    for i in range(m):
        assert 0 <= input_rows[i] < inputs.shape[0]
        input_pointers[i] = <uint64_t>&inputs[input_rows[i], 0]
    for i in range(n):
        assert 0 <= output_rows[i] < outputs.shape[0]
        output_pointers[i] = <uint64_t>&outputs[output_rows[i], 0]
    np.asarray(padded_labels)[:, :n] = labels
    if input_counts is not None:
        np.asarray(m_counts)[:] = input_counts
    if weights is not None:
        np.asarray(padded_weights)[:, :n] = weights
    block.n_inputs, block.n_outputs, block.n_nodes = m, n, 0
    block.width = inputs.shape[1]
    block.inputs = <const float **>&input_pointers[0]
    block.gradients = <float **>&input_pointers[0]
    block.outputs = <float **>&output_pointers[0]
    block.labels = &padded_labels[0, 0]
    block.pair_stride = n + ROW_FLOATS if np.ndim(labels) > 1 else 0
    block.input_counts = NULL if input_counts is None else &m_counts[0]
    block.weights = NULL if weights is None else &padded_weights[0, 0]
    block.alpha = alpha
    block.scratch = &scratch[0, 0]
    with nogil:
        chosen.score(&block)
        chosen.update(&block)
