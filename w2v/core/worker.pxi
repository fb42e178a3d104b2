# A thread's view of a model in training, as Python makes and calls it; its memory is made here.


cdef void begin_ids(Job *job, uint64_t random) noexcept nogil:
    """Begin to read other ids, with random numbers that do not depend on those before."""
    cdef int64_t k
    job.position = job.words = job.counted_words = job.last_words = job.n_pairs = 0
    job.batch_length = job.next_centre = job.n_steps = job.step = job.sentence_start = 0
    job.random, job.noise_random = random, ~random
    job.window_random = random ^ (<uint64_t>1 << 63)
    drop_noise_sets(job)
    if job.noise != NULL:
        for k in range(job.negative):
            job.noise_bits[k] = splitmix(&job.noise_random)


cdef class Worker:
    """One thread's view of a model in training, with its scratch.

    Parameters
    ----------
    params : Params of models/params.py.
    shared : Shared of models/run.py, which says what its arrays hold.
    counters : int64 (>= 5,), OUT: words read, words kept, sentences, pairs of words trained, and
        sentence marks, where these count.
    losses : float64 (>= 2,), IN/OUT: the loss of the steps that were measured, and of how many
        pairs (CBOW: centres) that is, are added to it.
    """

    cdef Job job
    cdef object arrays          # keeps alive what job points to

    def __init__(
        self, params not None, shared not None, int64_t[::1] counters not None,
        double[::1] losses not None,
    ):
        assert counters.shape[0] >= 5 and losses.shape[0] >= 2
        self.job.counters, self.job.losses = &counters[0], &losses[0]
        self.arrays = [shared, counters, losses]
        self.set_algorithm(params, shared)
        self.set_merging(shared)
        self.set_schedule(params, shared)
        self.set_inputs(params, shared)
        if shared.output_vectors is not None:
            self.set_outputs(params, shared)
        if shared.node_vectors is not None and self.job.V > 1:
            self.set_nodes(shared)
        self.make_batch(shared.max_ids)
        self.make_noise_sets()
        self.make_plans(shared)
        if shared.parts is not None:
            self.make_composed(shared)
        self.job.steps_to_plan = self.job.steps_to_train = 2**62
        if shared.lanes is not None:
            self.make_borrowed(shared)
        if shared.locks is not None:
            self.make_locks(shared)

    def train(
        self, const int32_t[::1] ids not None, uint64_t random, double words_before,
        double total_words=0,
    ):
        """Train on `ids` once, without the GIL.

        Parameters
        ----------
        ids : int32 (n,), IN. Ids with SENTENCE_END after each sentence; n <= max_ids.
        random : the state the random generator starts from.
        words_before : words of the run that come before these.
        total_words : by which the rate falls from start_alpha to end_alpha; 0: as before.
        """
        cdef Job *job = &self.job
        job.words_before = words_before
        if total_words > 0:
            job.total_words = total_words
        begin_ids(job, random)
        self.train_ids(ids)

    def train_exact(self, const int32_t[::1] ids not None, uint64_t random, bint goes_on):
        """Train as the C tool; returns the state of the random generator.

        Parameters
        ----------
        ids : as of `train`; the last sentence is trained only if its end is there, as in C.
        random : what the call before returned.
        goes_on : whether these ids are of the same epoch as those before. The rate follows from
            what was trained in all calls.
        """
        cdef Job *job = &self.job
        cdef int64_t words = job.words, last_words = job.last_words, counted = job.counted_words
        if not goes_on:
            job.words_before += words - last_words
            words = last_words = counted = 0
        elif words > job.epoch_limit:
            return random
        begin_ids(job, random)
        job.words, job.last_words, job.counted_words = words, last_words, counted
        self.train_ids(ids)
        return job.random

    cdef void train_ids(self, const int32_t[::1] ids) except *:
        cdef Job *job = &self.job
        if ids.shape[0] > job.batch_room:
            raise ValueError(f"{ids.shape[0]} ids; room was made for {job.batch_room}")
        if ids.shape[0] == 0:
            return
        with nogil:
            train_ids(job, &ids[0], ids.shape[0])
            merge_copies(job, &job.inputs)
            merge_copies(job, &job.outputs)
            merge_copies(job, &job.nodes)
        job.counters[3] += job.n_pairs

    def state(self):
        """Return what later calls depend on besides their arguments and the weights."""
        cdef Job *job = &self.job
        return (
            job.steps_to_measured, job.measured_random, job.words, job.last_words,
            job.counted_words, job.words_before, job.alpha,
        )

    def restore(self, state not None):
        """Take over what `state` of an equal worker returned."""
        cdef Job *job = &self.job
        (
            job.steps_to_measured, job.measured_random, job.words, job.last_words,
            job.counted_words, job.words_before, job.alpha,
        ) = state

    cdef void set_algorithm(self, params, shared):
        """Take over the parameters, and decide which rows make up a step."""
        cdef Job *job = &self.job
        job.kernel = find_kernel(params.kernel_name)
        job.exact, job.sg, job.cbow_mean = params.exact, params.sg, params.cbow_mean
        job.window, job.shrink_windows = params.window, params.shrink_windows
        job.negative = params.negative
        job.noise_per_pair = job.sg and (job.exact or not params.shared_noise)
        # Words that are composed have a row for each position.
        job.distinct_inputs = job.sg and not job.noise_per_pair and shared.parts is None
        job.noise_uses = job.n_noise_sets = 1
        if params.shared_noise:
            # Sets that cannot be a window apart meet in it.
            job.noise_uses = NOISE_USES if 2 * job.window < NOISE_SETS else 1
            if job.sg:
                job.noise_uses = min(
                    job.noise_uses, max(NOISE_PAIRS // self.windows_per_word(), 1)
                )
            job.n_noise_sets = min(2 * job.window + 1, <int64_t>NOISE_SETS)

    cdef void set_merging(self, shared):
        """Decide when copies are merged, and count uses together unless merges would be late."""
        cdef Job *job = &self.job
        cdef int64_t uses = self.windows_per_word()
        cdef int64_t most = shared.merge_after if shared.n_copies > 0 else 2**31 - 1
        job.merge_after = shared.merge_after
        job.uses_per_word = <int32_t>uses if uses <= most else 0
        job.uses_per_part = <int32_t>min(uses, most)
        job.uses_per_noise_word = <int32_t>job.noise_uses if job.noise_uses <= most else 0
        job.paths_per_count = max(job.merge_after // COUNTED_USES, 1)
        job.last_counted_phase = <uint32_t>(2**32 // job.paths_per_count - 1)

    cdef int64_t windows_per_word(self):
        """Return how many words a window has, and so how many windows a word is in, on average."""
        return self.job.window + 1 if self.job.shrink_windows else 2 * self.job.window

    cdef void set_schedule(self, params, shared):
        """Take over the learning rates and what they are measured by."""
        cdef Job *job = &self.job
        cdef const int32_t[::1] stop = shared.stop
        job.start_alpha, job.end_alpha = params.start_alpha, params.end_alpha
        if not shared.is_training:
            job.start_alpha = job.end_alpha = 0
        job.alpha = job.start_alpha
        job.total_words, job.epoch_limit = shared.total_words, shared.epoch_limit
        job.count_ends, job.stop = shared.count_ends, &stop[0]
        job.measured_gap = job.steps_to_measured = shared.measured_gap
        if job.measured_gap == 0:
            job.steps_to_measured = 2**62
        elif job.measured_gap == 1:
            job.steps_to_measured = 0

    cdef void set_inputs(self, params, shared):
        """Point the job to the input rows and keep thresholds, and copy the hottest rows."""
        cdef Job *job = &self.job
        cdef float[:, ::1] rows = shared.input_vectors
        cdef const uint32_t[::1] keep = shared.keep
        cdef int64_t first = 0, n_copies = min(<int64_t>shared.n_copies, rows.shape[0])
        job.V, job.stride = rows.shape[0], rows.shape[1]
        if shared.parts is not None:
            job.V = shared.parts.offsets.shape[0] - 1
            first = min(<int64_t>shared.parts.first_hot, rows.shape[0] - n_copies)
        assert job.stride % ROW_FLOATS == 0 and params.vector_size <= job.stride
        job.width = params.vector_size if job.exact else job.stride
        job.inputs.rows = &rows[0, 0]
        self.make_copies(&job.inputs, n_copies, first)
        if keep is not None:
            assert keep.shape[0] == job.V
            job.keep = &keep[0]
        self.set_parts(shared.parts.overlap if shared.parts is not None else 0)

    cdef void set_parts(self, double overlap):
        """Divide steps of skip-gram in which few words occur many times: one would go too far.

        So it does where all words move each other along, as those that share n-grams do.
        """
        cdef Job *job = &self.job
        cdef double times = max(<double>job.negative / job.V, 1.0)
        if not job.noise_per_pair:  # and all at once
            times *= max(<double>self.windows_per_word() / job.V, 2 * job.window * overlap, 1.0)
        job.n_parts = 1
        if job.sg and not job.exact and job.V > 1:      # a single word has no noise
            job.n_parts = <int64_t>max(times / MOST_TIMES, 1.0)
        job.part_of_alpha = <float>(1.0 / job.n_parts)

    cdef void set_outputs(self, params, shared):
        """Point the job to the output rows and noise words, and copy the hottest rows."""
        cdef Job *job = &self.job
        cdef float[:, ::1] rows = shared.output_vectors
        cdef const uint64_t[::1] table
        cdef const int64_t[::1] bounds
        assert rows.shape[0] == job.V and rows.shape[1] == job.stride
        job.outputs.rows = &rows[0, 0]
        self.make_copies(&job.outputs, min(<int64_t>shared.n_copies, job.V), 0)
        if job.exact:
            bounds = shared.noise
            assert bounds.shape[0] == job.V and job.V > 1
            job.noise_bounds, job.noise_slots = &bounds[0], bounds[job.V - 1]
        else:
            table = shared.noise
            assert table.shape[0] == job.V
            job.noise = &table[0]

    cdef void set_nodes(self, shared):
        """Point the job to the nodes and paths, and copy the nodes nearest the root, the last."""
        cdef Job *job = &self.job
        cdef float[:, ::1] rows = shared.node_vectors
        cdef const int64_t[::1] offsets = shared.paths[0]
        cdef const int32_t[::1] steps = shared.paths[1]
        cdef int64_t n = rows.shape[0], n_copies = min(<int64_t>shared.n_copies, n)
        assert n == job.V - 1 and rows.shape[1] == job.stride
        assert offsets.shape[0] == job.V + 1 and steps.shape[0] >= offsets[job.V] + ROW_FLOATS
        job.nodes.rows = &rows[0, 0]
        self.make_copies(&job.nodes, n_copies, n - n_copies)
        job.path_offsets, job.path_steps = &offsets[0], &steps[0]

    cdef void make_copies(self, Matrix *matrix, int64_t n_copies, int64_t first):
        """Copy rows first .. first + n_copies - 1 of a matrix."""
        cdef int64_t stride = self.job.stride
        assert n_copies <= COUNTERS
        cdef float[:, ::1] copies = aligned_zeros(2 * n_copies + 1, stride)
        cdef int32_t[:, ::1] uses_left = aligned_zeros(1, COUNTERS, np.int32)
        cdef int64_t[:, ::1] merges = aligned_zeros(1, n_copies + 1, np.int64)
        self.arrays += [copies, uses_left, merges]
        matrix.first, matrix.n_copies = first, n_copies
        matrix.copies, matrix.bases = &copies[0, 0], &copies[n_copies, 0]
        matrix.to_copies = (
            (<int64_t>matrix.copies - <int64_t>matrix.rows) // <int64_t>sizeof(float)
            - first * stride
        )
        matrix.uses_left, matrix.merges = &uses_left[0, 0], &merges[0, 0]
        merge_copies(&self.job, matrix)

    cdef void make_batch(self, int64_t max_ids):
        """Allocate the batch of sentences, and what is known of it by position."""
        cdef Job *job = &self.job
        cdef int32_t[::1] batch = np.empty(max_ids, np.int32)
        cdef uint64_t[::1] context_rows = np.empty(max_ids + ADDRESSES_PER_COPY, np.uint64)
        cdef int32_t[:, ::1] duplicates = np.empty(
            (2, max_ids if job.distinct_inputs else 1), np.int32
        )
        cdef int64_t[:, ::1] sentences = np.empty((BATCH_WORDS, 2), np.int64)
        self.arrays += [batch, context_rows, duplicates, sentences]
        job.batch, job.batch_room = &batch[0], max_ids
        job.context_rows = <float **>&context_rows[0]
        job.previous_positions, job.next_duplicates = &duplicates[0, 0], &duplicates[1, 0]
        job.sentences = <Sentence *>&sentences[0, 0]

    cdef void make_noise_sets(self):
        """Allocate the sets of noise words."""
        cdef Job *job = &self.job
        cdef int64_t room = job.negative + 1, k
        cdef uint64_t[:, ::1] bits = aligned_zeros(1, room, np.uint64)
        cdef int32_t[:, ::1] words = np.empty((NOISE_SETS, room), np.int32)
        cdef uint64_t[:, ::1] rows = aligned_zeros(NOISE_SETS, room, np.uint64)
        cdef float[:, ::1] weights = aligned_zeros(NOISE_SETS, room)
        self.arrays += [bits, words, rows, weights]
        job.noise_bits = &bits[0, 0]
        for k in range(NOISE_SETS):
            job.noise_sets[k].words = &words[k, 0]
            job.noise_sets[k].rows = <float **>&rows[k, 0]
            job.noise_sets[k].weights = &weights[k, 0]

    cdef void make_plans(self, shared):
        """Allocate the planned steps, and the kernel's scratch."""
        cdef Job *job = &self.job
        cdef int64_t max_path = np.diff(shared.paths[0]).max() if job.path_steps != NULL else 0
        cdef int64_t max_inputs = min(2 * job.window, <int64_t>shared.max_ids)
        cdef int64_t max_outputs = max_path + 1 + job.negative
        cdef int64_t max_block = max(min(max_inputs, <int64_t>MAX_INPUTS), <int64_t>1)
        cdef int64_t inputs_room = max_inputs + 2 * ADDRESSES_PER_COPY
        cdef int64_t outputs_room = max_outputs + ROW_FLOATS, i
        cdef uint64_t[:, ::1] inputs = aligned_zeros(PLANS, inputs_room, np.uint64)
        cdef uint64_t[:, ::1] outputs = aligned_zeros(PLANS, outputs_room, np.uint64)
        cdef float[:, ::1] labels = aligned_zeros(PLANS, outputs_room)
        cdef float[:, ::1] input_counts = aligned_zeros(PLANS, max_inputs)
        cdef float[:, ::1] weights = aligned_zeros(PLANS, outputs_room)
        cdef float[:, ::1] hidden = aligned_zeros(2, job.stride)
        cdef float[:, ::1] scratch = aligned_zeros(
            1, scratch_floats(max_block, max_outputs, job.stride)
        )
        cdef float[:, ::1] scores = aligned_zeros(1, score_floats(max_block, max_outputs))
        self.arrays += [inputs, outputs, labels, input_counts, weights, hidden, scratch, scores]
        job.scratch, job.scores = &scratch[0, 0], &scores[0, 0]
        job.hidden, job.gradient = &hidden[0, 0], &hidden[1, 0]
        for i in range(PLANS):
            job.plans[i].inputs = <float **>&inputs[i, 0]
            job.plans[i].outputs = <float **>&outputs[i, 0]
            job.plans[i].labels = &labels[i, 0]
            job.plans[i].input_counts = &input_counts[i, 0]
            job.plans[i].weights = &weights[i, 0]

    cdef void make_composed(self, shared):
        """Point the job to the parts of words, and make room for the rows composed of them."""
        cdef Job *job = &self.job
        cdef const int64_t[::1] offsets = shared.parts.offsets
        cdef const int32_t[::1] rows = shared.parts.rows
        cdef const float[::1] locks = shared.parts.locks
        cdef int64_t n_rows = shared.input_vectors.shape[0], n = 1, i
        assert offsets[job.V] == rows.shape[0] and np.diff(shared.parts.offsets).min() > 0
        assert 0 <= np.min(shared.parts.rows) and np.max(shared.parts.rows) < n_rows
        while n < min(2 * job.window + AHEAD + 1, <int64_t>shared.max_ids):
            n *= 2
        cdef float[:, ::1] composed = aligned_zeros(2 * n, job.stride)
        cdef uint64_t[:, ::1] places = aligned_zeros(1, n * (sizeof(Composed) // 8), np.uint64)
        cdef uint64_t[::1] parts = np.empty(np.diff(shared.parts.offsets).max(), np.uint64)
        self.arrays += [composed, places, parts]
        job.composed, job.composed_mask = <Composed *>&places[0, 0], n - 1
        for i in range(n):
            job.composed[i].row, job.composed[i].base = &composed[i, 0], &composed[n + i, 0]
        job.parts, job.is_fleeting = <float **>&parts[0], shared.parts.is_fleeting
        job.part_offsets, job.part_rows = &offsets[0], &rows[0]
        if locks is not None:
            assert locks.shape[0] == n_rows
            job.part_locks = &locks[0]

    cdef void make_borrowed(self, shared):
        """Make room for the rows that a lane borrows; lanes.pxi says why."""
        cdef Job *job = &self.job
        cdef int64_t reach = min(job.window, <int64_t>shared.max_ids), k, room
        cdef int64_t max_path = np.diff(shared.paths[0]).max() if job.path_steps != NULL else 0
        cdef int64_t noise = (job.negative + job.noise_uses - 1) // job.noise_uses + 1
        cdef int64_t[:, ::1] borrowed = aligned_zeros(3, sizeof(Borrowed) // 8, np.int64)
        cdef Matrix **matrices = [&job.inputs, &job.outputs, &job.nodes]
        # Of a step: at most, and about as many as there can be.
        cdef int64_t[3] most = [reach + 1, 1 + job.negative, max_path]
        cdef int64_t[3] usual = [1, 1 + noise, max_path]
        if job.noise_per_pair:
            most[1] = 1 + 2 * reach * job.negative
            usual[1] = 1 + min(self.windows_per_word(), 2 * reach) * job.negative
        self.arrays.append(borrowed)
        job.borrowed = <Borrowed *>&borrowed[0, 0]
        for k in range(3):
            room = 2 * reach + (AHEAD + 2) * most[k] + min(
                <int64_t>shared.lanes.steps * usual[k] << shared.lanes.top_level, MAX_BORROWED
            )
            if room < job.V:
                job.max_step_rows[k] = (AHEAD + 1) * most[k]
                job.stretch_rows[k] = job.max_step_rows[k] + shared.lanes.steps * usual[k]
            self.make_room(matrices[k], &job.borrowed[k], min(room, job.V), shared.lanes.levels[k])

    cdef void make_room(
        self, Matrix *matrix, Borrowed *borrowed, int64_t room, const uint8_t[::1] levels
    ):
        """Make room for so many rows of a matrix."""
        cdef int64_t n_slots = 4
        while n_slots < 2 * room:
            n_slots *= 2
        cdef float[:, ::1] copies = aligned_zeros(room, self.job.stride)
        cdef int32_t[:, ::1] by_place = aligned_zeros(3, room, np.int32)
        cdef int32_t[:, ::1] places = aligned_zeros(1, n_slots, np.int32)
        self.arrays += [copies, by_place, places, levels]
        borrowed.room, borrowed.mask = room, <uint32_t>(n_slots - 1)
        borrowed.copies, borrowed.places = &copies[0, 0], &places[0, 0]
        borrowed.rows, borrowed.before = &by_place[0, 0], &by_place[1, 0]
        borrowed.next, borrowed.levels = &by_place[2, 0], &levels[0]
        matrix.borrowed = borrowed

    cdef void make_locks(self, shared):
        """Point the job to the factors of the input rows' updates, and allocate what they take."""
        cdef Job *job = &self.job
        cdef const float[::1] locks = shared.locks
        cdef int64_t max_inputs = min(2 * job.window, <int64_t>shared.max_ids), i
        cdef float[:, ::1] gradients = aligned_zeros(MAX_INPUTS, job.stride)
        cdef float[:, ::1] planned = aligned_zeros(PLANS, max_inputs)
        assert locks.shape[0] == job.V
        self.arrays += [gradients, planned]
        job.locks = &locks[0]
        for i in range(MAX_INPUTS):
            job.locked_gradients[i] = &gradients[i, 0]
        for i in range(PLANS):
            job.plans[i].locks = &planned[i, 0]


cdef class Crew:
    """Threads that train lanes, which are workers that borrow the rows they change; see lanes.pxi.

    Parameters
    ----------
    workers : one for each lane.
    lanes : Lanes of models/lanes.py, which the workers were made with.
    n_threads : how many will call `train`, at most as many as there are lanes.
    stop : int32 (1,); training ends soon when it is not 0.
    """

    cdef Lanes lanes
    cdef object arrays          # keeps alive what lanes points to
    cdef object chunks          # and what it points to until the next call of `begin`

    def __init__(
        self, list workers not None, lanes not None, int64_t n_threads,
        const int32_t[::1] stop not None,
    ):
        cdef int64_t n = len(workers), k
        cdef uint8_t[:, ::1] rooms = aligned_zeros(n, sizeof(Lane), np.uint8)
        cdef Worker worker = workers[0]
        cdef int32_t[:, ::1] heads = aligned_zeros(3, worker.job.V, np.int32)
        assert 0 < n_threads <= n <= MOST_LANES
        self.lanes.lanes, self.lanes.n_lanes = <Lane *>&rooms[0, 0], n
        self.lanes.steps, self.lanes.top_level = lanes.steps, lanes.top_level
        self.lanes.serial_level = lanes.serial_level
        self.lanes.n_shares, self.lanes.stop = n_threads, &stop[0]
        for k in range(3):
            self.lanes.heads[k] = &heads[k, 0]
            self.lanes.max_merged_rows = max(
                self.lanes.max_merged_rows, min(n * worker.job.borrowed[k].room, worker.job.V)
            )
        cdef int32_t[:, ::1] rows = aligned_zeros(n_threads, self.lanes.max_merged_rows, np.int32)
        self.lanes.merged_rows = &rows[0, 0]
        self.arrays = [workers, stop, rooms, heads, rows]
        for k in range(n):
            worker = workers[k]
            assert worker.job.borrowed != NULL
            self.lanes.lanes[k].job = &worker.job

    def begin(self, list ids not None, random not None, words_before not None):
        """Take chunks to train: their ids, and the other arguments of Worker.train of each."""
        cdef int64_t n = len(ids), k
        cdef uint64_t[::1] states = np.array(random, np.uint64)
        cdef double[::1] before = np.array(words_before, np.float64)
        cdef uint8_t[:, ::1] chunks = aligned_zeros(n, sizeof(Chunk), np.uint8)
        cdef const int32_t[::1] each
        self.chunks = [ids, chunks]
        self.lanes.chunks, self.lanes.n_chunks, self.lanes.next_chunk = <Chunk *>&chunks[0, 0], n, 0
        for k in range(n):
            each = ids[k]
            self.lanes.chunks[k].ids, self.lanes.chunks[k].n_ids = &each[0], each.shape[0]
            self.lanes.chunks[k].words_before, self.lanes.chunks[k].random = before[k], states[k]
        self.lanes.phases.number = self.lanes.phases.n_completed = 0
        self.lanes.merged_level = self.lanes.top_level
        for k in range(self.lanes.n_lanes):
            self.lanes.lanes[k].claimed = self.lanes.lanes[k].share_claimed = -1
        begin_round(&self.lanes)

    def train(self, int64_t thread):
        """Train with the other threads, without the GIL, until all chunks are done or to stop."""
        with nogil:
            train_lanes(&self.lanes, thread)
