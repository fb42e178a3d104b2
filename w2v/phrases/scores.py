"""How strongly two words go together: the scores of gensim and of word2phrase."""

from collections.abc import Callable
from typing import Any

import numpy as np

# What may stand inside an English phrase: bank of america, bed and breakfast. gensim's list.
# fmt: off
ENGLISH_CONNECTOR_WORDS = frozenset((
    "a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and",
    "or",
))


def original_scorer(
    worda_count: Any,
    wordb_count: Any,
    bigram_count: Any,
    len_vocab: int,
    min_count: float,
    corpus_word_count: int,
) -> Any:
    """Return (n(ab) - min_count) / n(a) / n(b) * entries: gensim's score, `scoring="default"`.

    Mikolov et al. 2013 (arXiv:1310.4546, equation 6) times the number of different words and pairs.

    >>> original_scorer(20, 20, 20, len_vocab=45, min_count=5, corpus_word_count=80)
    1.6875
    """
    return (bigram_count - min_count) / worda_count / wordb_count * len_vocab


def npmi_scorer(
    worda_count: Any,
    wordb_count: Any,
    bigram_count: Any,
    len_vocab: int,
    min_count: float,
    corpus_word_count: int,
) -> Any:
    """Return the normalised pointwise mutual information, -1 to 1: `scoring="npmi"`.

    ln(p(ab) / p(a) / p(b)) / -ln p(ab) (Bouma 2009); minus infinity for pairs below `min_count`.

    >>> print(npmi_scorer(20, 20, 20, len_vocab=45, min_count=5, corpus_word_count=80))
    1.0
    """
    first, second, both = (
        np.true_divide(count, corpus_word_count)
        for count in (worda_count, wordb_count, bigram_count)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.log(both / (first * second)) / -np.log(both)
    return np.where(np.greater_equal(bigram_count, min_count), score, -np.inf)[()]


def word2phrase_scorer(
    worda_count: Any,
    wordb_count: Any,
    bigram_count: Any,
    len_vocab: int,
    min_count: float,
    corpus_word_count: int,
) -> Any:
    """Return (n(ab) - min_count) / n(a) / n(b) * tokens, in floats as word2phrase.c has it.

    0 when either word is rarer than `min_count`. `scoring="word2phrase"`.

    >>> print(word2phrase_scorer(20, 20, 20, len_vocab=45, min_count=5, corpus_word_count=80))
    3.0
    """
    first, second = np.float32(worda_count), np.float32(wordb_count)
    score = np.float32(bigram_count - min_count) / first / second * np.float32(corpus_word_count)
    return np.where(np.minimum(worda_count, wordb_count) >= min_count, score, np.float32(0))[()]

SCORERS: dict[str, Callable[..., Any]] = {
    "default": original_scorer,
    "npmi": npmi_scorer,
    "word2phrase": word2phrase_scorer,
}
