"""gensim.models: Word2Vec, FastText, KeyedVectors, Phrases."""

from typing import TYPE_CHECKING

from ... import lessons
from . import callbacks, fasttext, keyedvectors, phrases, word2vec
from .fasttext import FastText
from .keyedvectors import KeyedVectors
from .phrases import Phrases
from .word2vec import FAST_VERSION, Word2Vec

__all__ = [
    "FAST_VERSION",
    "FastText",
    "KeyedVectors",
    "Phrases",
    "Word2Vec",
    "callbacks",
    "fasttext",
    "keyedvectors",
    "phrases",
    "word2vec",
]

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
