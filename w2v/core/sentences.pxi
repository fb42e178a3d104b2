# Sentences: read, subsampled and gathered into a batch; the learning rate of each.


cdef bint read_batch(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    """Gather the kept words of the next sentences (exact: of one sentence).

    Returns False at the end of an epoch of the C tool, which drops the sentence then.
    """
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
            job.sentences[job.n_sentences].words_read = job.words
            job.n_sentences += 1
        if job.exact:
            break
    job.sentence, job.sentence_start, job.sentence_end = -1, 0, 0
    job.next_centre = job.n_steps = job.step = 0
    return True


cdef int64_t read_sentence(Job *job, const int32_t *ids, int64_t n_ids) noexcept nogil:
    """Add a sentence's kept words to the batch; returns how many, or -1 at an exact epoch's end."""
    cdef int64_t length = 0
    cdef int32_t *sentence = job.batch + job.batch_length
    cdef int32_t word
    while job.position < n_ids:
        word = ids[job.position]
        job.position += 1
        if word == END:
            job.words += job.count_ends
            job.counters[4] += job.count_ends
            return -1 if job.exact and job.words > job.epoch_limit else length
        job.words += 1
        sentence[length] = word
        length += is_kept(job, word)    # no branch: a processor could not predict it
        if job.exact and length == EXACT_SENTENCE:
            return -1 if job.words > job.epoch_limit else length
    # The C tool does not train a sentence that the end of the file cuts off.
    return -1 if job.exact else length


cdef inline void begin_sentence(Job *job) noexcept nogil:
    """Go on to the next sentence of the batch and, unless exact, to its learning rate."""
    job.sentence += 1
    job.sentence_start, job.sentence_end = job.sentence_end, job.sentences[job.sentence].end
    cdef double words
    if not job.exact:
        # How many will be trained in time may be told too low at first.
        words = min(job.words_before + job.sentences[job.sentence].words_read, job.total_words)
        job.alpha = <float>(
            job.start_alpha + (job.end_alpha - job.start_alpha) * words / job.total_words
        )


cdef inline void update_exact_alpha(Job *job) noexcept nogil:
    """Update the learning rate if word2vec.c would: after every EXACT_RATE_WORDS words."""
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
