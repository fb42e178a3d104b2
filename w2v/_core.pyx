"""The algorithm: subsample, window, skip-gram or CBOW, noise words and Huffman nodes.

Owns which rows make up a block step, in which order, and every random draw. It knows nothing of
words, files or epochs (models/run.py), and nothing of how a step is computed (core/kernel.h, which
states what threads may overwrite of each other). V is the number of words, D the dimensions.

Read from the top down: a function stands above those that it calls, here and in core/*.pxi; only
what Python calls, which begins with Worker.train, is at the end.

`exact` stands for the C tool's way (word2vec.c, TrainModelThread) wherever it differs: its random
stream, sentences of at most 1,000 words, a rate updated every 10,000 words, noise words drawn for
each pair, and the exact kernel.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

include "core/kernel.pxi"
include "core/job.pxi"


cdef void train_ids(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    """Train on ids, one batch of sentences after another."""
    while job.stop[0] == 0 and (job.exact or job.position < n_ids):
        if job.exact:
            update_exact_alpha(job)
        if not begin_batch(job, ids, n_ids):
            return
        if job.exact and job.batch_length == 0:
            draw_reach(job)     # the C tool spends a draw on an empty sentence
        train_steps(job)
        if job.part_rows != NULL:
            spread_all(job)


cdef bint begin_batch(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    """Read a batch of sentences, and look its first words up; returns False where there is none."""
    cdef int64_t i
    cdef bint has_batch = read_batch(job, ids, n_ids)
    job.counters[0] += job.words - job.counted_words
    job.counted_words = job.words
    if not has_batch:
        return False
    memset(job.last_positions, 0xFF, sizeof(job.last_positions))
    job.first_composed = job.stop_composed = 0
    for i in range(min(job.window, job.batch_length)):
        prepare_context(job, i)
    return True


cdef void train_steps(Job *job) noexcept nogil:
    """Train the steps of a batch, each planned AHEAD (exact: just before), up to a pause."""
    cdef int64_t _
    for _ in range(job.n_steps - job.step, 1 if job.exact else AHEAD):
        plan_step(job)
    while job.step < job.n_steps and job.steps_to_train > 0 and job.stop[0] == 0:
        train_step(job, &job.plans[job.step & (PLANS - 1)])
        job.step += 1
        job.steps_to_train -= 1
        if job.exact and job.next_centre < job.batch_length:
            # The order of draws is C's: this window's noise words, then the next one's reach.
            update_exact_alpha(job)
            plan_step(job)


cdef void train_step(Job *job, Plan *plan) noexcept nogil:
    """Train a planned step; unless exact, plan another step meanwhile."""
    job.steps_to_measured -= 1
    job.is_measuring = job.steps_to_measured < 0
    if job.is_measuring:
        begin_measured_step(job, plan)
    if job.borrowed != NULL:
        fill_borrowed(job, plan)
    if job.part_rows != NULL:
        compose_reached(job)
    if plan.n_inputs == 0:
        if not job.exact:
            plan_step(job)
    elif job.noise_per_pair:
        train_skip_gram_pairs(job, plan)
    elif job.sg:
        train_skip_gram(job, plan)
    else:
        train_cbow(job, plan)
    if job.part_rows != NULL:
        spread_passed(job)


cdef void begin_measured_step(Job *job, Plan *plan) noexcept nogil:
    """Count the pairs (CBOW: centres) of a step that is measured, and choose the next such step.

    The gaps between them are random, so that no text is in step with them.
    """
    cdef int64_t k
    job.steps_to_measured = <int64_t>(
        (splitmix(&job.measured_random) >> 32) * <uint64_t>(2 * job.measured_gap - 1) >> 32
    )
    if not job.sg:
        job.losses[1] += plan.n_inputs > 0
        return
    for k in range(plan.n_inputs):
        job.losses[1] += plan.input_counts[k] if plan.has_duplicates else 1


cdef void train_skip_gram(Job *job, Plan *plan) noexcept nogil:
    """Train all context words of a window at once, with the same noise words."""
    cdef int64_t i, n = plan.n_inputs
    while plan.part < job.n_parts:
        if job.is_fleeting and plan.part > 0:
            spread_all(job)
            compose_reached(job)
        i = 0
        while i < n:
            train_inputs(job, plan, i, min(n - i, <int64_t>MAX_INPUTS))
            i += MAX_INPUTS
        plan.part += 1


cdef void train_skip_gram_pairs(Job *job, Plan *plan) noexcept nogil:
    """Train the context words of a window one by one, each with its own noise words, as in C."""
    cdef int64_t i
    for i in range(plan.n_inputs):
        plan_outputs(job, plan)
        if job.borrowed != NULL:
            fill_all_borrowed(job)
        plan.part = 0
        while plan.part < job.n_parts:
            train_inputs(job, plan, i, 1)
            plan.part += 1


cdef inline void train_inputs(Job *job, Plan *plan, int64_t first, int64_t n) noexcept nogil:
    """Train n input rows, from `first` on; those that are locked get a part of their updates."""
    cdef float **inputs = plan.inputs + first
    if job.locks == NULL or not plan.is_locked:
        train_block(job, plan, inputs, inputs, first, n)
    else:
        train_locked(job, plan, first, n)


cdef void train_locked(Job *job, Plan *plan, int64_t first, int64_t n) noexcept nogil:
    """Train n input rows by way of gradients apart from them, a part of which each gets."""
    cdef float **inputs = plan.inputs + first
    cdef int64_t k
    for k in range(n):
        memset(job.locked_gradients[k], 0, job.stride * sizeof(float))
    train_block(job, plan, inputs, job.locked_gradients, first, n)
    for k in range(n):
        update_locked(job, job.locked_gradients[k], 1, inputs[k], plan.locks[first + k])


cdef void train_cbow(Job *job, Plan *plan) noexcept nogil:
    """Train the mean (or sum) of the context words, and share its gradient out among them."""
    cdef int64_t k, n = plan.n_inputs
    # With subwords, the mean is that of all parts of all words, as in fastText and gensim.
    cdef const float *counts = plan.input_counts if job.part_rows != NULL else NULL
    cdef float total = sum_of(counts, n) if counts != NULL else n
    # With the mean, each context word gets the whole gradient, not its share: C's way, and gensim's
    # (which divides only when the hidden vector is a sum).
    cdef float divisor = 1 if job.cbow_mean else total
    if job.exact:
        plan_outputs(job, plan)
    job.kernel.mean(
        <const float **>plan.inputs, counts, n, total if job.cbow_mean else 1, job.stride,
        job.hidden,
    )
    memset(job.gradient, 0, job.stride * sizeof(float))
    train_block(job, plan, &job.hidden, &job.gradient, 0, 1)
    if job.locks == NULL or not plan.is_locked:
        job.kernel.spread(job.gradient, divisor, plan.inputs, n, job.stride)
        return
    for k in range(n):
        update_locked(job, job.gradient, divisor, plan.inputs[k], plan.locks[k])


cdef inline float sum_of(const float *numbers, int64_t n) noexcept nogil:
    cdef float total = 0
    cdef int64_t k
    for k in range(n):
        total += numbers[k]
    return total


cdef void update_locked(
    Job *job, const float *gradient, float divisor, float *row, float lock
) noexcept nogil:
    """Add a part of a gradient to an input row; 0, which keeps its bits, adds nothing."""
    if lock > 0:
        job.kernel.spread(gradient, divisor / lock, &row, 1, job.stride)


cdef void train_block(
    Job *job, Plan *plan, float **inputs, float **gradients, int64_t first, int64_t n_inputs,
) noexcept nogil:
    """Make a block step with n_inputs inputs, from `first` on, and all outputs of a plan.

    Unless exact, another step is planned with the first block of each plan, between the two halves
    of the block step: its prefetches fill the time that the second half waits for the first.
    """
    cdef Block block
    block.n_inputs, block.inputs, block.gradients = n_inputs, <const float **>inputs, gradients
    block.n_outputs, block.outputs, block.labels = plan.n_outputs, plan.outputs, plan.labels
    block.input_counts = plan.input_counts + first if plan.has_duplicates else NULL
    block.weights = plan.weights if plan.is_weighted else NULL
    block.n_nodes = plan.n_nodes
    block.width, block.alpha, block.scratch = job.width, plan.alpha, job.scratch
    block.scores = job.scores
    if job.is_measuring and plan.part == 0:
        job.kernel.measure(&block)
        job.losses[0] += job.kernel.loss(&block)
    else:
        job.kernel.score(&block)
    if first == 0 and not job.exact and plan.part == 0:
        plan_step(job)
    job.kernel.update(&block)


cdef void plan_step(Job *job) noexcept nogil:
    """Plan the next step, if any: its centre, input rows and, if they are shared, output rows.

    Rows are where the caches miss: they are prefetched now and used AHEAD steps later.
    """
    cdef Plan *plan = &job.plans[job.n_steps & (PLANS - 1)]
    cdef int64_t j
    if job.next_centre == job.batch_length or job.steps_to_plan == 0:
        return
    if job.borrowed != NULL and not has_room_for(job, job.max_step_rows):
        return
    job.n_steps += 1
    job.steps_to_plan -= 1
    plan.part = 0
    plan.is_weighted = plan.has_duplicates = plan.is_locked = False
    if job.next_centre == job.sentence_end:
        begin_sentence(job)
    plan.alpha = job.alpha * job.part_of_alpha
    plan_window(job, plan, job.next_centre)
    job.next_centre += 1
    if plan.n_inputs > 0 and not (job.exact or job.noise_per_pair):
        plan_outputs(job, plan)
        for j in range(plan.n_nodes + 1):
            prefetch_row(plan.outputs[j], job.width)
    if job.borrowed != NULL:
        note_borrowed(job, plan)


cdef void plan_outputs(Job *job, Plan *plan) noexcept nogil:
    """Choose the output rows: the nodes on the centre's path, the centre and noise words."""
    plan.n_nodes = plan_path(job, plan) if job.nodes.rows != NULL else 0
    plan.n_outputs = plan.n_nodes
    if job.outputs.rows == NULL:
        return
    if job.exact:
        plan_exact_noise(job, plan)
    else:
        plan_noise(job, plan)


cdef int64_t plan_path(Job *job, Plan *plan) noexcept nogil:
    """Make the nodes on the centre's Huffman path the first output rows; returns how many."""
    cdef const int32_t *steps = job.path_steps + job.path_offsets[plan.centre]
    cdef int64_t n = job.path_offsets[plan.centre + 1] - job.path_offsets[plan.centre]
    job.kernel.path(
        steps, n, &job.nodes, job.stride, plan.outputs, plan.labels, plan.weights
    )
    if job.nodes.n_copies > 0 and is_path_counted(job):
        count_path_uses(job, steps, n)
    if job.borrowed != NULL:
        borrow_path(job, steps, n, plan.outputs)
    return n


cdef void plan_noise(Job *job, Plan *plan) noexcept nogil:
    """Add the centre and a set of noise words to the output rows, which are distinct.

    A noise word that is the centre is left out, as in C.
    """
    cdef NoiseSet *noise = next_noise_set(job)
    cdef int64_t n = plan.n_nodes, k
    cdef float *centre
    count_uses(job, &job.outputs, plan.centre, 1)
    centre = row_address(job, &job.outputs, plan.centre)
    set_output(plan, n, centre, 1, 1)
    n += 1
    plan.is_weighted = noise.is_weighted
    for k in range(noise.n):
        if job.uses_per_noise_word == 0:
            count_uses(job, &job.outputs, noise.words[k], 1)
        if noise.rows[k] != centre:
            set_output(plan, n, noise.rows[k], 0, noise.weights[k])
            n += 1
    plan.n_outputs = n


cdef void plan_exact_noise(Job *job, Plan *plan) noexcept nogil:
    """Add the centre and noise words to the output rows as the C tool does, in the order drawn."""
    cdef int64_t n = plan.n_nodes, _, word
    set_output(plan, n, row_address(job, &job.outputs, plan.centre), 1, 1)
    n += 1
    for _ in range(job.negative):
        word = draw_exact_noise_word(job)
        if word != plan.centre:
            set_output(plan, n, row_address(job, &job.outputs, word), 0, 1)
            n += 1
    plan.n_outputs = n


cdef inline void set_output(
    Plan *plan, int64_t j, float *row, float label, float weight
) noexcept nogil:
    """Make a row the j-th output row of a step."""
    plan.outputs[j] = row
    plan.labels[j] = label
    plan.weights[j] = weight


# What the algorithm stands on, callers above callees here, too.
include "core/sentences.pxi"
include "core/windows.pxi"
include "core/subwords.pxi"
include "core/noise.pxi"
include "core/rows.pxi"
include "core/copies.pxi"
include "core/draws.pxi"
include "core/lanes.pxi"

# What Python calls.
include "core/worker.pxi"
include "core/arrays.pxi"
include "core/testing.pxi"
