"""gensim.models.callbacks: the base of what is called while a model is trained."""

from typing import TYPE_CHECKING

from ....models.callbacks import CallbackAny2Vec
from ... import lessons

__all__ = ["CallbackAny2Vec"]

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
