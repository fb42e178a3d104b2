"""The algorithm: subsample, window, skip-gram or CBOW, noise words and Huffman nodes.

Owns which rows make up a block step, in which order, and every random draw. It knows nothing of
words, files or epochs (training.py), and nothing of how a step is computed (core/kernel.h, which
states what threads may overwrite of each other). V is the number of words, D the dimensions.

`exact` stands for the C tool's way (word2vec.c, TrainModelThread) wherever it differs: its random
stream, sentences of at most 1,000 words, a rate renewed every 10,000 words, noise words drawn for
each pair, and the exact kernel.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

include "core/kernel.pxi"
include "core/job.pxi"


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


cdef void train_step(Job *job, Plan *plan) noexcept nogil:
    """Train a planned step, and plan the one AHEAD of it unless exact."""
    if plan.n_centres == 0:
        if not job.exact:
            plan_step(job)
    elif job.noise_per_pair:
        train_skip_gram_pairs(job, plan)
    elif job.sg:
        train_skip_gram(job, plan)
    else:
        train_cbow(job, plan)


cdef void train_skip_gram(Job *job, Plan *plan) noexcept nogil:
    """Train all context words of a window at once, with the same noise words."""
    cdef int64_t k = 0, m = plan.m[0]
    cdef float **inputs = plan.inputs[0]
    while k < m:
        train_block(job, plan, inputs + k, inputs + k, k, min(m - k, <int64_t>MAX_INPUTS))
        k += MAX_INPUTS


cdef void train_skip_gram_pairs(Job *job, Plan *plan) noexcept nogil:
    """Train the context words of a window one by one, each with its own noise words, as in C."""
    cdef int64_t k
    cdef float **inputs = plan.inputs[0]
    for k in range(plan.m[0]):
        plan_outputs(job, plan)
        train_block(job, plan, inputs + k, inputs + k, k, 1)


cdef void train_cbow(Job *job, Plan *plan) noexcept nogil:
    """Train the mean (or sum) of the context words of each window of a step."""
    cdef int64_t c, m
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


cdef void plan_noise(Job *job, Plan *plan) noexcept nogil:
    """Add the centres and a set of noise words to the output rows, which are distinct.

    A noise word that is the centre is left out, as in C. Of two centres, each is noise for the
    other as often as it was drawn.
    """
    cdef NoiseSet *noise = next_noise(job)
    cdef int64_t n = plan.n_nodes, c, k, place
    cdef float *row
    plan.n_centre_rows = 0
    for c in range(plan.n_centres):
        row = use_row(job, &job.outputs, plan.centres[c])
        place = place_of(row, plan.outputs, plan.n_nodes, n)
        plan.centre_rows[c] = place - plan.n_nodes
        if place == n:
            plan.times_as_noise[plan.n_centre_rows] = 0
            plan.n_centre_rows += 1
            set_output(plan, n, row, 1, 1)
            n += 1
    plan.weighted = noise.weighted
    for k in range(noise.n):
        if job.noise_uses_ahead == 0:
            count_uses(job, &job.outputs, noise.words[k], 1)
        row = noise.rows[k]
        place = place_of(row, plan.outputs, plan.n_nodes, plan.n_nodes + plan.n_centre_rows)
        if place < plan.n_nodes + plan.n_centre_rows:
            plan.times_as_noise[place - plan.n_nodes] += noise.weights[k]
        else:
            set_output(plan, n, row, 0, noise.weights[k])
            n += 1
    plan.n = n
    if plan.n_centres > 1:
        part_centres(job, plan)


cdef void part_centres(Job *job, Plan *plan) noexcept nogil:
    """Give each centre its own labels and weights: its own row is 1, another's is noise or 0.

    There are no nodes then, so the first output rows are those of the centres.
    """
    cdef int64_t c, k
    cdef float *labels
    cdef float *weights
    plan.weighted = True
    for c in range(plan.n_centres):
        labels, weights = plan.labels + c * job.pair_stride, plan.weights + c * job.pair_stride
        if c > 0:
            memcpy(labels, plan.labels, plan.n * sizeof(float))
            memcpy(weights, plan.weights, plan.n * sizeof(float))
        for k in range(plan.n_centre_rows):
            labels[k], weights[k] = 0, plan.times_as_noise[k]
        labels[plan.centre_rows[c]] = weights[plan.centre_rows[c]] = 1


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


cdef inline void set_output(
    Plan *plan, int64_t n, float *row, float label, float weight
) noexcept nogil:
    plan.outputs[n] = row
    plan.labels[n] = label
    plan.weights[n] = weight


include "core/sentences.pxi"
include "core/windows.pxi"
include "core/noise.pxi"
include "core/rows.pxi"
include "core/copies.pxi"
include "core/draws.pxi"

include "core/worker.pxi"
include "core/arrays.pxi"
include "core/testing.pxi"
