# A thread's view of a model in training, as Python makes and calls it.

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
        many uses a copy is merged; see core/kernel.h.
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
        job.uses_per_word = <int32_t>uses if uses <= most else 0
        job.uses_per_noise_word = <int32_t>job.noise_uses if job.noise_uses <= most else 0
        job.paths_per_count = <int32_t>max(merge_after // COUNTED_USES, 1)
        job.last_counted_phase = <uint32_t>(2**32 // job.paths_per_count - 1)
        job.inputs.rows = &input_vectors[0, 0]
        self.make_copies(&job.inputs, min(n_copies, V), 0)
        job.window, job.negative = window, negative
        job.sg, job.cbow_mean, job.shrink_windows = sg, cbow_mean, shrink_windows
        job.exact, job.count_ends = exact, count_ends
        job.noise_per_pair = sg and (exact or not shared_noise)
        job.distinct_inputs = sg and not job.noise_per_pair
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
        matrix.uses_left = &left[0, 0]
        merge_copies(&self.job, matrix)

    cdef void make_scratch(self, int64_t max_ids, int64_t max_outputs):
        cdef Job *job = &self.job
        cdef int64_t max_inputs = min(2 * job.window, max_ids), i, c
        cdef int32_t[::1] batch = np.empty(max_ids, np.int32)
        cdef uint64_t[::1] context = np.empty(max_ids + ADDRESSES_PER_COPY, np.uint64)
        cdef int32_t[:, ::1] repeats = np.empty((2, max_ids if job.distinct_inputs else 1), np.int32)
        cdef int64_t[:, ::1] sentences = np.empty((BATCH_WORDS, 2), np.int64)
        cdef int64_t max_block = max(min(max_inputs, <int64_t>MAX_INPUTS), job.centres)
        cdef int64_t outputs_room = max_outputs + ROW_FLOATS
        cdef uint64_t[:, :, ::1] inputs = aligned_zeros(
            PLANS * job.centres, max_inputs + 2 * ADDRESSES_PER_COPY, np.uint64
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
        job.context_rows = <float **>&context[0]
        job.previous_positions, job.next_duplicates = &repeats[0, 0], &repeats[1, 0]
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

    cdef void start_draws(self, uint64_t random):
        cdef Job *job = &self.job
        cdef int64_t k
        job.random, job.noise_random = random, ~random
        job.window_random = random ^ (<uint64_t>1 << 63)
        job.noise_set = 0
        for k in range(NOISE_SETS):
            job.noise_sets[k].uses_left = 0
        if job.noise != NULL:
            for k in range(job.negative):
                job.noise_bits[k] = splitmix(&job.noise_random)
