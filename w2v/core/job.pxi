# What a thread holds while it trains: constants, planned steps, sets of noise words, the job.

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

# While there is one thread: what they find or fill once.


cdef struct Plan:
    # One step: one centre (CBOW: some), the m context rows of each, and n output rows.
    int64_t n_centres, n, n_nodes
    int64_t centres[CENTRES]
    int64_t m[CENTRES]
    int64_t n_centre_rows       # output rows, behind the nodes, of the different centres
    int64_t centre_rows[CENTRES]        # which of them is a centre's
    float times_as_noise[CENTRES]       # of each, its weight as a noise word
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
