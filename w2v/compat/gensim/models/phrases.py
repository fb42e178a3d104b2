"""gensim.models.phrases: phrases and their scores."""

from typing import TYPE_CHECKING

from ....phrases.joining import FrozenPhrases, Phraser
from ....phrases.learning import Phrases
from ....phrases.scores import ENGLISH_CONNECTOR_WORDS, npmi_scorer, original_scorer
from ... import lessons

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "FrozenPhrases",
    "Phraser",
    "Phrases",
    "npmi_scorer",
    "original_scorer",
]

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
