# For tests and benchmarks only.

def survivors(Worker worker not None, const int32_t[::1] ids not None, uint64_t random):
    """Return the ids that subsampling keeps, int32: those that train would train on."""
    cdef int32_t word
    worker.job.random = random
    return np.array([word for word in ids if is_kept(&worker.job, word)], np.int32)


def noise_words(Worker worker not None, int64_t n, uint64_t random):
    """Return n noise words as train would draw them, int64 (n,)."""
    cdef Job *job = &worker.job
    cdef int64_t[::1] words = np.empty(n, np.int64)
    cdef int64_t i
    begin_ids(job, random)
    for i in range(n):
        if job.exact:
            words[i] = draw_exact_noise_word(job)
        else:
            words[i] = draw_noise_word(job, i % job.negative, &job.noise_random)
    return np.asarray(words)


def merge_counts(Worker worker not None):
    """Return how often each copy was merged: when it was made, after uses, at the ends of chunks.

    Three int64 arrays, of the copies of input rows, output rows and nodes.
    """
    return (
        merge_counts_of(&worker.job.inputs),
        merge_counts_of(&worker.job.outputs),
        merge_counts_of(&worker.job.nodes),
    )


cdef object merge_counts_of(Matrix *matrix):
    return np.array([matrix.merges[copy] for copy in range(matrix.n_copies)], np.int64)


def block_step(
    str kernel not None, float[:, ::1] inputs not None, const int64_t[::1] input_rows not None,
    float[:, ::1] outputs not None, const int64_t[::1] output_rows not None,
    labels not None, float alpha, input_counts=None, weights=None,
):
    """Make one block step on rows of two matrices, in place; returns its loss.

    Parameters
    ----------
    inputs, outputs : float32 (any, stride), IN/OUT, padded with zeros to a multiple of ROW_FLOATS.
    input_rows, output_rows : int64 (m,), (n,), IN. Which rows; distinct.
    labels : float32 (n,), IN.
    input_counts : (m,). How often each input row occurs in the block; None: once.
    weights : (n,). Factor of the gradient of each output row; None: 1.
    """
    cdef const Kernel *chosen = find_kernel(kernel)
    cdef Block block
    cdef int64_t m = input_rows.shape[0], n = output_rows.shape[0], i
    cdef uint64_t[::1] input_pointers = np.empty(m, np.uint64)
    cdef uint64_t[::1] output_pointers = np.empty(n, np.uint64)
    cdef float[:, ::1] scratch = aligned_zeros(1, scratch_floats(m, n, inputs.shape[1]))
    cdef float[:, ::1] scores = aligned_zeros(1, score_floats(m, n))
    cdef double loss
    cdef float[:, ::1] padded_labels = np.zeros((1, n + ROW_FLOATS), np.float32)
    cdef float[:, ::1] padded_weights = np.ones((1, n + ROW_FLOATS), np.float32)
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
    block.input_counts = NULL if input_counts is None else &m_counts[0]
    block.weights = NULL if weights is None else &padded_weights[0, 0]
    block.alpha = alpha
    block.scratch, block.scores = &scratch[0, 0], &scores[0, 0]
    with nogil:
        chosen.measure(&block)
        loss = chosen.loss(&block)
        chosen.update(&block)
    return loss
