"""What a model says of words in context: the likeliest centre, the likelihood of a sentence.

Owns the questions that take output vectors, too; what word vectors alone answer is in vectors/.
V is the number of words, D the dimensions.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number
from ..shared.logs import log
from ..shared.types import Found, Key
from .saving import Saving


class Predicting(Saving):
    """Predictions of a model; see Word2Vec."""

    def predict_output_word(
        self, context_words_list: Iterable[Key], topn: int = 10
    ) -> Found | None:
        """Return the likeliest centres of a window of these words, with their probabilities.

        The probability is the softmax of the scores of all output vectors with the mean
        (cbow_mean=0: the sum) of the context's vectors, as gensim defines it. Unknown words are
        left out; None when there are no others.

        Raises RuntimeError without negative sampling, whose output vectors are those of words.

        >>> found = model.predict_output_word(["bread", "and"], topn=2)
        >>> found is not None and len(found)
        2
        """
        if self.output_vectors is None:
            raise RuntimeError(
                "negative=0: words have no output vectors to predict with; train with negative=5"
            )
        topn = check_number("topn", topn, int, 0)
        rows = [row for row in map(self.wv.find, context_words_list) if row >= 0]
        if not rows:
            log("warning", "predict_output_word: none of the words is in the vocabulary")
            return None
        vectors = self.wv.frozen_vectors()[rows]
        hidden = vectors.mean(axis=0) if self.params.cbow_mean else vectors.sum(axis=0)
        scores = (self.output_vectors @ hidden).astype(np.float64)
        shares = np.exp(scores - scores.max())
        shares /= shares.sum()
        best: list[int] = np.argsort(-shares, kind="stable")[:topn].tolist()
        return [(self.wv.words[i], float(shares[i])) for i in best]

    def score(
        self,
        sentences: Iterable[Sequence[Key]],
        total_sentences: int | None = None,
        chunksize: int | None = None,
        queue_factor: int | None = None,
        report_delay: float | None = None,
    ) -> NDArray[np.float32]:
        """Return the log-likelihood of each sentence, float32 (n,): hierarchical softmax only.

        Summed over all pairs of a centre and a context word within `window` (CBOW: over the
        centres, with the mean of their contexts), as in Taddy 2015, arXiv:1504.07295. Unknown words
        are left out. The other arguments are taken as gensim takes them; all sentences are scored.

        Raises RuntimeError without hierarchical softmax, whose probabilities add up to 1.

        >>> tree = w2v.Word2Vec(corpus, vector_size=8, hs=1, negative=0, workers=1)
        >>> bool(tree.score([["bread", "and", "butter"]])[0] < 0)
        True
        """
        if self.node_vectors is None:
            raise RuntimeError(
                "hs=0: only hierarchical softmax has probabilities of words; train with hs=1, "
                "negative=0"
            )
        paths = self.vocabulary.huffman_paths()
        found = [
            self.log_likelihood([row for row in map(self.wv.find, words) if row >= 0], *paths)
            for words in sentences
        ]
        return np.array(found, np.float32)

    def log_likelihood(
        self, words: list[int], offsets: NDArray[np.int64], steps: NDArray[np.int32]
    ) -> float:
        """Return the log-likelihood of a sentence of ids; see score and _tables.huffman_paths."""
        assert self.node_vectors is not None
        vectors, total = self.wv.frozen_vectors()[words].astype(np.float64), 0.0
        for centre, context in windows(len(words), self.params.window):
            inputs = vectors[context]
            if not self.params.sg:
                mean = inputs.mean if self.params.cbow_mean else inputs.sum
                inputs = mean(axis=0, keepdims=True)
            path = steps[offsets[words[centre]] : offsets[words[centre] + 1]]
            scores = inputs @ self.node_vectors[path >> 1].T * (1 - 2 * (path & 1))
            total -= float(np.logaddexp(0, -scores).sum())
        return total


def windows(n: int, window: int) -> Iterator[tuple[int, list[int]]]:
    """Yield each position of a sentence of n words with those around it, unless there are none."""
    for centre in range(n):
        around = range(max(centre - window, 0), min(centre + window + 1, n))
        context = [position for position in around if position != centre]
        if context:
            yield centre, context
