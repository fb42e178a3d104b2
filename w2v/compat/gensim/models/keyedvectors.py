"""gensim.models.keyedvectors, with the names that KeyedVectors had."""

from ....vectors.keyed import KeyedVectors

Word2VecKeyedVectors = EuclideanKeyedVectors = KeyedVectors

__all__ = ["EuclideanKeyedVectors", "KeyedVectors", "Word2VecKeyedVectors"]
