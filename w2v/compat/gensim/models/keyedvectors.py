"""gensim.models.keyedvectors: KeyedVectors under all its names."""

from typing import TYPE_CHECKING

from ....vectors.keyed import KeyedVectors
from ....vectors.subwords import SubwordVectors
from ... import lessons

# As in gensim 4, where these classes of gensim 3 are one.
FastTextKeyedVectors = SubwordVectors
Word2VecKeyedVectors = Doc2VecKeyedVectors = EuclideanKeyedVectors = KeyedVectors

__all__ = [
    "Doc2VecKeyedVectors",
    "EuclideanKeyedVectors",
    "FastTextKeyedVectors",
    "KeyedVectors",
    "Word2VecKeyedVectors",
]

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
