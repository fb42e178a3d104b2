"""gensim.models.word2vec."""

from ....corpus.readers import (
    MAX_SENTENCE_LENGTH,
    BrownCorpus,
    LineSentence,
    PathLineSentences,
    Text8Corpus,
)
from ....models.word2vec import Word2Vec
from ....vectors.keyed import KeyedVectors

MAX_WORDS_IN_BATCH = MAX_SENTENCE_LENGTH
FAST_VERSION = 1  # programs look whether it is -1, for which gensim has a slow path

__all__ = [
    "FAST_VERSION",
    "MAX_WORDS_IN_BATCH",
    "BrownCorpus",
    "KeyedVectors",
    "LineSentence",
    "PathLineSentences",
    "Text8Corpus",
    "Word2Vec",
]
