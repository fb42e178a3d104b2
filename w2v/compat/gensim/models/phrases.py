"""gensim.models.phrases."""

from ....phrases.joining import FrozenPhrases, Phraser
from ....phrases.learning import Phrases
from ....phrases.scores import ENGLISH_CONNECTOR_WORDS, npmi_scorer, original_scorer

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "FrozenPhrases",
    "Phraser",
    "Phrases",
    "npmi_scorer",
    "original_scorer",
]
