# Deterministic training: the same bytes on any number of threads.
#
# The chunks of an epoch go to lanes, of which there are as many whatever the number of threads. In
# a round each lane trains a stretch: some steps of its chunk, on copies of the rows that they
# touch, which it borrows, while the shared rows are only read. Then what the lanes have changed is
# added to the shared rows, in the order of the lanes. Which thread does what changes nothing, so a
# thread takes the lanes and rows that are its own, and then those that others have not begun.
#
# A lane does not see what others do to a row before that is merged, and kernel.h says why that has
# to be bounded. A row that is used often has to be merged after each round; one that is used half
# as often, after every other round, and so on: a row has a level, and round k merges those of
# levels up to the number of zeros at the end of k in binary. Copies of merged rows are as the
# shared row then. After 2^top_level rounds all rows are merged and given back.


cdef extern from "core/phases.h" nogil:
    ctypedef struct Phases:
        int64_t number
        int64_t n_completed
    int64_t phase_now(const Phases *phases)
    int claim(int64_t *claimed, int64_t phase)
    int complete(Phases *phases, int64_t n)
    void open_phase(Phases *phases, int64_t number)
    int wait_for_end(const Phases *phases, int64_t phase, const int32_t *stop)
    int64_t seen(const int64_t *number)
    void show(int64_t *number, int64_t value)

cdef enum:
    MOST_LANES = 64
    MANY = 1 << 30              # steps
    MERGED_AHEAD = 6            # rows between the prefetch of a row and its merge


cdef struct Chunk:
    const int32_t *ids
    int64_t n_ids
    double words_before
    uint64_t random


cdef struct Lane:
    uint8_t padding[LINE_PAIR]  # see aligned_zeros
    Job *job
    Chunk chunk
    bint is_busy                # whether it has something of its chunk left to train
    bint has_given_back         # whether it has borrowed nothing yet
    int64_t claimed             # the phase in which a thread last trained it
    int64_t share_claimed       # and in which one merged the share of this number; see merge_share


cdef struct Lanes:
    Lane *lanes
    int64_t n_lanes
    int64_t steps               # of a stretch
    int64_t top_level           # of rows
    Phases phases               # even: stretches are trained; odd: rows are merged
    int64_t n_shares            # in which rows are merged; one a thread
    int64_t serial_level        # rows up to this level are too few to be shared out
    int64_t merged_level        # rows up to this level are merged in this round
    int64_t n_rounds            # since all rows were given back
    bint is_last_round          # after which all rows are merged and given back
    Chunk *chunks
    int64_t n_chunks, next_chunk
    int32_t *heads[3]           # by row of each matrix; see merge_share
    int32_t *merged_rows        # by share, room for the rows that it merges
    int64_t max_merged_rows
    const int32_t *stop


cdef void train_lanes(Lanes *lanes, int64_t thread) noexcept nogil:
    """Train one round after another with other threads, until no lane is busy or to stop."""
    cdef int64_t phase
    while lanes.stop[0] == 0:
        phase = phase_now(&lanes.phases)
        if seen(&lanes.next_chunk) < 0:
            return
        if phase & 1:
            merge_shares(lanes, thread, phase)
        else:
            train_stretches(lanes, thread, phase)
        wait_for_end(&lanes.phases, phase, lanes.stop)


cdef void begin_round(Lanes *lanes) noexcept nogil:
    """Give the next chunks to lanes that have none, in order; without any, end: next_chunk = -1."""
    cdef int64_t k
    cdef bint is_any_busy = False, has_room = True
    cdef Lane *lane
    for k in range(lanes.n_lanes):
        lane = &lanes.lanes[k]
        if lanes.merged_level == lanes.top_level:
            give_back(lane.job)
            lane.has_given_back = True
        if not lane.is_busy and lanes.next_chunk < lanes.n_chunks:
            lane.chunk = lanes.chunks[lanes.next_chunk]
            show(&lanes.next_chunk, lanes.next_chunk + 1)
            lane.job.words_before, lane.is_busy = lane.chunk.words_before, True
            begin_ids(lane.job, lane.chunk.random)
        is_any_busy |= lane.is_busy
        has_room &= has_room_for(lane.job, lane.job.stretch_rows)
    if lanes.merged_level == lanes.top_level:
        lanes.n_rounds = 0
    lanes.n_rounds += 1
    lanes.is_last_round = not has_room or lanes.n_rounds >> lanes.top_level == 1
    if not is_any_busy:
        show(&lanes.next_chunk, -1)


cdef void train_stretches(Lanes *lanes, int64_t thread, int64_t phase) noexcept nogil:
    """Train a stretch of each lane that no other thread has begun, this thread's own ones first."""
    cdef int64_t first = thread * lanes.n_lanes // lanes.n_shares, k
    cdef Lane *lane
    for k in range(lanes.n_lanes):
        lane = &lanes.lanes[(first + k) % lanes.n_lanes]
        if not claim(&lane.claimed, phase):
            continue
        if lane.is_busy:
            lane.is_busy = train_stretch(lanes, lane)
        if complete(&lanes.phases, lanes.n_lanes):
            end_stretches(lanes, phase)
            return


cdef bint train_stretch(Lanes *lanes, Lane *lane) noexcept nogil:
    """Train the next steps of a lane's chunk; returns whether any are left."""
    cdef Job *job = lane.job
    cdef int64_t n_planned = job.n_steps - job.step
    if lane.has_given_back:
        drop_noise_sets(job)
        look_up_context(job)
        lane.has_given_back = False
    job.steps_to_train, job.steps_to_plan = lanes.steps, MANY
    if lanes.is_last_round:     # steps that stayed planned would have rows that were given back
        job.steps_to_train = max(lanes.steps, n_planned)
        job.steps_to_plan = job.steps_to_train - n_planned
    train_steps(job)
    while job.step == job.n_steps and job.next_centre == job.batch_length and job.stop[0] == 0:
        if job.position >= lane.chunk.n_ids:
            break
        if job.steps_to_train == 0 or not has_room_for(job, job.max_step_rows):
            return True
        begin_batch(job, lane.chunk.ids, lane.chunk.n_ids)
        train_steps(job)
    job.counters[3] += job.n_pairs
    job.n_pairs = 0
    return job.step < job.n_steps or job.next_centre < job.batch_length


cdef void look_up_context(Job *job) noexcept nogil:
    """Borrow the rows of the next window anew."""
    cdef int64_t i
    for i in range(
        max(job.next_centre - job.window, job.sentence_start),
        min(job.next_centre + job.window, job.batch_length),
    ):
        job.context_rows[i] = row_address(job, &job.inputs, job.batch[i])


cdef void end_stretches(Lanes *lanes, int64_t phase) noexcept nogil:
    """Choose which rows are merged; if they are few, merge them, and begin the next round."""
    cdef int64_t level = 0, k
    cdef bint is_any_busy = lanes.next_chunk < lanes.n_chunks
    for k in range(lanes.n_lanes):
        is_any_busy |= lanes.lanes[k].is_busy
    while level < lanes.top_level and (lanes.n_rounds >> level & 1) == 0:
        level += 1
    lanes.merged_level = lanes.top_level if lanes.is_last_round or not is_any_busy else level
    if lanes.merged_level > lanes.serial_level and lanes.n_shares > 1:
        open_phase(&lanes.phases, phase + 1)
        return
    merge_share(lanes, 0, 1)
    begin_round(lanes)
    open_phase(&lanes.phases, phase + 2)


cdef void merge_shares(Lanes *lanes, int64_t thread, int64_t phase) noexcept nogil:
    """Merge the shares of the rows that no other thread has begun; the last one begins a round."""
    cdef int64_t k, share
    for k in range(lanes.n_shares):
        share = (thread + k) % lanes.n_shares
        if not claim(&lanes.lanes[share].share_claimed, phase):
            continue
        merge_share(lanes, share, lanes.n_shares)
        if complete(&lanes.phases, lanes.n_shares):
            begin_round(lanes)
            open_phase(&lanes.phases, phase + 1)
            return


cdef void merge_share(Lanes *lanes, int64_t share, int64_t n_shares) noexcept nogil:
    """Add what the lanes have changed to the shared rows of a share, up to the merged level."""
    cdef int32_t *rows = lanes.merged_rows + share * lanes.max_merged_rows
    cdef int64_t matrix, n, i
    for matrix in range(3):
        n = chain_copies(lanes, matrix, share, n_shares, rows)
        for i in range(n):
            if i + MERGED_AHEAD < n:
                prefetch_merge(lanes, matrix, rows[i + MERGED_AHEAD])
            merge_row(lanes, matrix, rows[i])


cdef int64_t chain_copies(
    Lanes *lanes, int64_t matrix, int64_t share, int64_t n_shares, int32_t *rows
) noexcept nogil:
    """Chain the copies of each row of a share that is to be merged; returns the number of rows.

    The head of a row is the copy of the first lane that has one, and each copy knows the next. A
    copy is a number: 1, since 0 stands for none, and lane * room + place.
    """
    cdef int64_t n = 0, lane, level, place
    cdef Borrowed *borrowed
    for lane in range(lanes.n_lanes - 1, -1, -1):
        borrowed = &lanes.lanes[lane].job.borrowed[matrix]
        for level in range(lanes.merged_level + 1):
            place = borrowed.last[level] - 1
            while place >= 0:
                if place < borrowed.n_filled and is_of_share(borrowed.rows[place], share, n_shares):
                    n += chain_copy(borrowed, place, lane, lanes.heads[matrix], rows + n)
                place = borrowed.before[place] - 1
    return n


cdef inline int64_t chain_copy(
    Borrowed *borrowed, int64_t place, int64_t lane, int32_t *heads, int32_t *rows
) noexcept nogil:
    """Make a copy the head of its row, and add the row to a list; returns 1, or 0: it was there."""
    cdef int64_t row = borrowed.rows[place]
    cdef bint is_first = heads[row] == 0
    borrowed.next[place] = heads[row]
    heads[row] = <int32_t>(lane * borrowed.room + place + 1)
    rows[0] = <int32_t>row
    return is_first


cdef inline void prefetch_merge(Lanes *lanes, int64_t matrix, int64_t row) noexcept nogil:
    """Prefetch a row and the first of its copies."""
    cdef Job *job = lanes.lanes[0].job
    cdef int64_t head = lanes.heads[matrix][row] - 1, room = job.borrowed[matrix].room
    cdef float *copies = lanes.lanes[head // room].job.borrowed[matrix].copies
    prefetch_row(matrix_of(job, matrix).rows + row * job.stride, job.stride)
    prefetch_row(copies + head % room * job.stride, job.stride)


cdef void merge_row(Lanes *lanes, int64_t matrix, int64_t row) noexcept nogil:
    """Add the changes of all copies of a row to it, in the order of lanes, and renew them."""
    cdef Job *job = lanes.lanes[0].job
    cdef int64_t room = job.borrowed[matrix].room, row_bytes = job.stride * sizeof(float), n = 0, k
    cdef int64_t copy = lanes.heads[matrix][row]
    cdef float *shared = matrix_of(job, matrix).rows + row * job.stride
    cdef float *copies[MOST_LANES]
    cdef Borrowed *borrowed
    lanes.heads[matrix][row] = 0
    while copy != 0:
        borrowed = &lanes.lanes[(copy - 1) // room].job.borrowed[matrix]
        copies[n] = borrowed.copies + (copy - 1) % room * job.stride
        copy = borrowed.next[(copy - 1) % room]
        n += 1
    if n == 1:
        memcpy(shared, copies[0], row_bytes)
        return
    job.kernel.add_changes(<const float **>copies, n, shared, job.stride)
    for k in range(n if lanes.merged_level < lanes.top_level else 0):
        memcpy(copies[k], shared, row_bytes)


cdef inline bint is_of_share(int64_t row, int64_t share, int64_t n_shares) noexcept nogil:
    """Whether a row is of a share: any rule will do by which each row is of one."""
    return (<uint64_t>hash_of(row) * <uint64_t>n_shares) >> 32 == <uint64_t>share


cdef inline uint32_t hash_of(int64_t row) noexcept nogil:
    return <uint32_t>row * <uint32_t>0x9E3779B1


cdef inline Matrix *matrix_of(Job *job, int64_t number) noexcept nogil:
    return &job.inputs if number == 0 else &job.outputs if number == 1 else &job.nodes


# Rows that are borrowed: looked up and prefetched when a step is planned, copied for its training.


cdef float *borrow_row(Job *job, Matrix *matrix, int64_t row) noexcept nogil:
    """Return the address of a lane's copy of a row, which it borrows if it has not yet."""
    cdef Borrowed *borrowed = matrix.borrowed
    cdef uint32_t code = hash_of(row), slot = (code ^ code >> 15) & borrowed.mask
    cdef int64_t place
    while borrowed.places[slot] != 0:
        place = borrowed.places[slot] - 1
        if borrowed.rows[place] == row:
            return borrowed.copies + place * job.stride
        slot = (slot + 1) & borrowed.mask
    place = borrowed.n
    borrowed.n += 1
    borrowed.places[slot] = <int32_t>(place + 1)
    borrowed.rows[place] = <int32_t>row
    borrowed.before[place] = borrowed.last[borrowed.levels[row]]
    borrowed.last[borrowed.levels[row]] = <int32_t>(place + 1)
    prefetch_row(matrix.rows + row * job.stride, job.stride)
    return borrowed.copies + place * job.stride


cdef void borrow_path(Job *job, const int32_t *steps, int64_t n, float **outputs) noexcept nogil:
    """Borrow the nodes of a path, the first n output rows of a step."""
    cdef int64_t k
    for k in range(n):
        outputs[k] = borrow_row(job, &job.nodes, steps[k] >> 1)


cdef inline void note_borrowed(Job *job, Plan *plan) noexcept nogil:
    """Note which rows have to be copied before a step is trained: all up to now."""
    cdef int64_t k
    for k in range(3):
        plan.n_borrowed[k] = job.borrowed[k].n


cdef inline void fill_all_borrowed(Job *job) noexcept nogil:
    """Copy all rows that have been borrowed."""
    cdef int64_t k
    for k in range(3):
        fill_matrix(job, k, job.borrowed[k].n)


cdef inline void fill_borrowed(Job *job, Plan *plan) noexcept nogil:
    """Copy the rows that were borrowed up to a step, unless that is done."""
    cdef int64_t k
    for k in range(3):
        fill_matrix(job, k, plan.n_borrowed[k])


cdef inline void fill_matrix(Job *job, int64_t matrix, int64_t n) noexcept nogil:
    cdef Borrowed *borrowed = &job.borrowed[matrix]
    cdef const float *rows = matrix_of(job, matrix).rows
    cdef int64_t stride = job.stride
    while borrowed.n_filled < n:
        memcpy(
            borrowed.copies + borrowed.n_filled * stride,
            rows + borrowed.rows[borrowed.n_filled] * stride, stride * sizeof(float),
        )
        borrowed.n_filled += 1


cdef void give_back(Job *job) noexcept nogil:
    """Forget the rows that were borrowed."""
    cdef int64_t k
    for k in range(3):
        job.borrowed[k].n = job.borrowed[k].n_filled = 0
        memset(job.borrowed[k].places, 0, (<int64_t>job.borrowed[k].mask + 1) * sizeof(int32_t))
        memset(job.borrowed[k].last, 0, LEVELS_C * sizeof(int32_t))


cdef bint has_room_for(Job *job, const int64_t *n) noexcept nogil:
    """Whether so many more rows of each matrix can be borrowed."""
    cdef int64_t k
    for k in range(3):
        if job.borrowed[k].n + n[k] > job.borrowed[k].room:
            return False
    return True
