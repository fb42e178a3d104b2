"""gensim.models.word2vec: the model and the readers of text."""

from typing import TYPE_CHECKING

from ....corpus.readers import (
    MAX_SENTENCE_LENGTH,
    BrownCorpus,
    LineSentence,
    PathLineSentences,
    Text8Corpus,
)
from ....models.word2vec import Word2Vec
from ....vectors.keyed import KeyedVectors
from ... import lessons

# Programs look whether it is above -1, which says that compiled code is there.
FAST_VERSION = 1
MAX_WORDS_IN_BATCH = MAX_SENTENCE_LENGTH

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

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
