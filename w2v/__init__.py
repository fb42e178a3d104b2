"""Word vectors from text, as fast as a CPU can make them.

>>> import w2v
>>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
>>> model = w2v.train(corpus, vector_size=16, sg=1)  # or a path, a glob, ...
>>> len(model.wv.most_similar("tea", topn=3))
3
"""

from typing import TYPE_CHECKING

try:
    from ._core import kernel_names as kernels
except ModuleNotFoundError as missing:
    if not (missing.name or "").startswith("w2v."):
        raise
    # Python looks into the folder it is started in first, so a clone hides an installed package.
    raise ImportError(
        f"{__path__[0]} is the source of w2v, without the modules compiled for this Python; type "
        f"pip install -e {__path__[0].removesuffix('w2v')}, or start Python in another folder"
    ) from None
from .cooccurrence.glove import GloVe, glove
from .cooccurrence.matrix import Cooccurrence
from .cooccurrence.spectral import ppmi, svd_vectors
from .corpus.readers import BrownCorpus, LineSentence, PathLineSentences, Text8Corpus
from .corpus.tokens import tokenize
from .models.callbacks import Callback, CallbackAny2Vec
from .models.estimates import Estimate, estimate
from .models.fasttext import FastText
from .models.objective import negative_sampling_loss
from .models.params import Params
from .models.report import Report
from .models.training import train
from .models.watching import EarlyStopping, Evaluate
from .models.word2vec import Word2Vec
from .phrases.joining import FrozenPhrases, Phraser
from .phrases.learning import Phrases
from .phrases.scores import ENGLISH_CONNECTOR_WORDS
from .shared import VERSION as __version__
from .vectors.evaluation import evaluate_analogies, evaluate_pairs
from .vectors.keyed import KeyedVectors, load
from .vectors.runs import compare
from .vectors.stability import stability
from .vectors.subwords import SubwordVectors

if TYPE_CHECKING:
    from . import plot as plot
else:

    def __getattr__(name):
        """Import w2v.plot, which few programs need, when it is first asked for."""
        if name != "plot":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return importlib.import_module(".plot", __name__)


__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "BrownCorpus",
    "Callback",
    "CallbackAny2Vec",
    "Cooccurrence",
    "EarlyStopping",
    "Estimate",
    "Evaluate",
    "FastText",
    "FrozenPhrases",
    "GloVe",
    "KeyedVectors",
    "LineSentence",
    "Params",
    "PathLineSentences",
    "Phraser",
    "Phrases",
    "Report",
    "SubwordVectors",
    "Text8Corpus",
    "Word2Vec",
    "__version__",
    "compare",
    "estimate",
    "evaluate_analogies",
    "evaluate_pairs",
    "glove",
    "kernels",
    "load",
    "negative_sampling_loss",
    "ppmi",
    "stability",
    "svd_vectors",
    "tokenize",
    "train",
]
