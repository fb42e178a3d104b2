"""gensim.models: the classes about word vectors."""

from typing import TYPE_CHECKING

from ....models.word2vec import Word2Vec
from ....phrases.joining import FrozenPhrases, Phraser
from ....phrases.learning import Phrases
from ....vectors.keyed import KeyedVectors
from . import callbacks, keyedvectors, phrases, word2vec

__all__ = [
    "FrozenPhrases",
    "KeyedVectors",
    "Phraser",
    "Phrases",
    "Word2Vec",
    "callbacks",
    "keyedvectors",
    "phrases",
    "word2vec",
]

if not TYPE_CHECKING:

    def __getattr__(name):
        from .. import ELSEWHERE

        raise AttributeError(f"gensim.models.{name}: {ELSEWHERE}")
