# What a thread holds while it trains: constants, planned steps, sets of noise words, the job.
# bench/results/choices.md has the measurements behind the constants that point to it.

cdef enum:
    END = -1                    # _text.SENTENCE_END
    EXACT_SENTENCE = 1000       # MAX_SENTENCE_LENGTH of word2vec.c
    EXACT_RATE_WORDS = 10000    # words between two updates of the learning rate in word2vec.c
    # Context words of one step: a wider window is trained in several steps, so that neither scratch
    # nor the staleness within a step grows with it.
    MAX_INPUTS = 64
    # Steps that use noise words which were drawn together. The steps of other sets, NOISE_SETS at
    # most, lie between two of them, so that no context word is in both; then the draws saved cost
    # no quality until a noise word is updated for too many pairs; see bench/results/choices.md.
    NOISE_USES = 8
    NOISE_PAIRS = 48            # of skip-gram, in all uses of a set, on average
    NOISE_SETS = 64             # few enough that a set's rows are still in the caches
    # Steps between the planning of a step and its training: about the latency of memory.
    AHEAD = 2
    PLANS = 4                   # more than AHEAD, a power of two
    # Counters of uses for each matrix: at least one for each copy, a power of two.
    COUNTERS = 1024
    # Of the uses of a node, at least this many are counted before its copy is merged; the others
    # are estimated; see bench/results/choices.md.
    COUNTED_USES = 32
    HASH_BITS = 8               # of tables of 1 KB, few of whose slots a window shares
    ADDRESSES_PER_COPY = 8      # addresses that one memcpy copies
    NO_POSITION = 0x7FFFFFFF
    LINE_PAIR = 128             # bytes
    MAX_BORROWED = 8192         # rows of each matrix that a lane has room for, about
    # Times that a word may occur in a step, on average, before the step is divided.
    MOST_TIMES = 4
    BATCH_WORDS = 1024          # kept words of a batch of sentences, at least


cdef struct Plan:
    # One step: a centre, the input rows of its context, and the output rows.
    int64_t n_inputs            # 0: there is nothing to train
    int64_t n_outputs, n_nodes
    int64_t part                # of a divided step, that is trained next
    int64_t centre
    float **inputs
    float **outputs
    float *labels
    float *weights              # read if is_weighted
    float *input_counts         # read if has_duplicates; CBOW: of how many parts, if job.part_rows
    float alpha
    bint is_weighted, has_duplicates
    float *locks                # of each input row, factor of its update; if job.locks
    bint is_locked              # whether any is not 1
    int64_t n_borrowed[3]       # rows of each matrix that were borrowed up to this step; lanes only


cdef struct NoiseSet:
    # Distinct noise words that were drawn together.
    int64_t n
    int64_t uses_left           # steps that will still use them
    int32_t *words
    float **rows
    float *weights              # how often each was drawn
    bint is_weighted            # whether any weight is not 1


cdef struct Sentence:
    int64_t end                 # of its kept words, in the batch
    int64_t words_read          # by this call of train, up to the end of this sentence


cdef struct Composed:
    # The mean of a word's parts, while it is trained; see subwords.pxi.
    float *row
    float *base                 # the row as it was composed


cdef struct Job:
    uint8_t padding[LINE_PAIR]  # see aligned_zeros
    # The model: V rows (nodes: V - 1; inputs: all parts, if part_rows) of `stride` floats, of which
    # the kernel works on `width`.
    Matrix inputs, outputs, nodes
    int64_t V, stride, width
    const Kernel *kernel
    # When copies are merged; see kernel.h.
    int32_t merge_after         # uses
    int32_t uses_per_word       # counted before the first window with a word; 0: one by one
    int32_t uses_per_part       # counted before the first window with a word, of each of its parts
    int32_t uses_per_noise_word  # counted when a noise word is drawn; 0: one by one
    int32_t paths_per_count     # one path of so many is counted, for all of them
    uint32_t path_phase         # a path is counted if this is at most last_counted_phase
    uint32_t last_counted_phase
    # The algorithm.
    int64_t window, negative
    bint sg, cbow_mean, shrink_windows, exact, count_ends
    bint noise_per_pair         # skip-gram draws noise words for each pair, not for each window
    bint distinct_inputs        # whether the input rows of a step have to be distinct
    # What follows from the counts.
    const float *locks          # of the words, factors of their updates; NULL: all are 1
    const uint32_t *keep        # largest draw that keeps a word; NULL: no subsampling
    const uint64_t *noise       # alias table: threshold << 32 | alias
    const int64_t *noise_bounds  # exact
    int64_t noise_slots         # exact
    const int64_t *path_offsets
    const int32_t *path_steps
    # The learning rate, by words of the whole run.
    double start_alpha, end_alpha, total_words
    float alpha
    int64_t n_parts             # of a step, each with so much of the rate
    float part_of_alpha
    double words_before         # read before this call, or (exact) counted at the last update
    int64_t epoch_limit         # exact: an epoch ends when it has read more words than this
    # Reading.
    int64_t position            # in the ids
    int64_t words               # read in this call
    int64_t counted_words       # of these, those that the counters have
    int64_t last_words          # exact: read at the last update of the rate
    int64_t n_pairs             # of this call, so far
    # The loss of some steps.
    double *losses              # the sum of all calls, and of how many pairs (CBOW: centres) it is
    float *scores               # of a measured block
    bint is_measuring           # the loss of the step that is trained
    int64_t steps_to_measured
    int64_t measured_gap        # one step of so many is measured, on average
    uint64_t measured_random
    int64_t *counters           # words read, words kept, sentences, pairs: of all calls
    const int32_t *stop         # not 0: end soon
    # Random draws: three streams, since windows and noise words are drawn ahead.
    uint64_t random             # of subsampling; exact: of everything
    uint64_t window_random
    uint64_t noise_random
    uint64_t *noise_bits        # drawn for the next set of `negative` noise words
    NoiseSet noise_sets[NOISE_SETS]
    int64_t n_noise_sets, noise_uses
    int64_t noise_set           # of the next step
    # The batch: kept words of some sentences, and the sentence that is being planned.
    int32_t *batch
    int64_t batch_length, batch_room
    Sentence *sentences
    int64_t n_sentences
    int64_t sentence, sentence_start, sentence_end
    int64_t next_centre         # position that is planned next
    int64_t n_steps             # planned so far, of this batch
    int64_t step                # that is trained next
    float **context_rows        # by position: input rows, up to the end of the next window
    # Duplicates within a window, by position; if distinct_inputs.
    int32_t last_positions[1 << HASH_BITS]      # by hash of the word; -1: none
    int32_t *previous_positions  # the last position before this one with the same hash
    int32_t *next_duplicates    # the first position at which a word from here on comes again
    # Duplicates among rows that are being collected; see find_collected_row.
    uint32_t collection
    uint32_t last_collections[1 << HASH_BITS]
    # Lanes; see lanes.pxi.
    Borrowed *borrowed          # of inputs, outputs and nodes; NULL: no lane
    int64_t steps_to_plan       # before rows are given back
    int64_t steps_to_train      # in this stretch
    int64_t max_step_rows[3]    # of each matrix that one more step may borrow
    int64_t stretch_rows[3]     # that one more stretch borrows, about
    # Subwords; see subwords.pxi.
    const int64_t *part_offsets
    const int32_t *part_rows    # of each word; NULL: each input row is that of a word
    const float *part_locks     # of the input rows, factors of their updates; NULL: all are 1
    bint is_fleeting            # whether words are composed for one step
    Composed *composed          # by position, modulo their number
    int64_t composed_mask
    int64_t first_composed, stop_composed   # positions of the batch that are composed
    float **parts               # scratch: of one word
    # Scratch.
    float *hidden               # of CBOW, and its gradient
    float *gradient
    float *locked_gradients[MAX_INPUTS]     # of a block, where rows do not learn as much
    float *scratch
    Plan plans[PLANS]           # of this step and the next ones
    uint8_t padding_after[LINE_PAIR]
