"""gensim.models.callbacks."""

from ....models.callbacks import CallbackAny2Vec

__all__ = ["CallbackAny2Vec"]
