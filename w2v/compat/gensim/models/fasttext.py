"""gensim.models.fasttext: the model, its vectors, and files of fastText."""

from typing import TYPE_CHECKING

from ....formats import fasttext as files
from ....models import fasttext_files
from ....models.fasttext import FastText
from ....models.word2vec import Word2Vec
from ....shared.types import AnyPath
from ....vectors.keyed import KeyedVectors, load
from ....vectors.subwords import SubwordVectors
from ... import lessons
from .word2vec import LineSentence

FastTextKeyedVectors = SubwordVectors

__all__ = [
    "FastText",
    "FastTextKeyedVectors",
    "KeyedVectors",
    "LineSentence",
    "Word2Vec",
    "load_facebook_model",
    "load_facebook_vectors",
    "save_facebook_model",
]


def load_facebook_model(path: AnyPath, encoding: str = "utf-8") -> FastText:
    """Open a .bin file of fastText as a model that goes on training.

    Its learning rate is not in the file. Words in another `encoding` than UTF-8 have their n-grams
    by their bytes.

    Raises ValueError naming what is wrong with the file, or what training cannot go on from.
    """
    return fasttext_files.opened(FastText(), path, encoding)


def load_facebook_vectors(path: AnyPath, encoding: str = "utf-8") -> SubwordVectors:
    """Open the vectors of a .bin file of fastText, mapped; unknown words have vectors, too."""
    found = load(path, encoding=encoding)
    if not isinstance(found, SubwordVectors):
        raise ValueError(f"{path!r}: no .bin file of fastText; w2v.load opens it")
    return found


def save_facebook_model(
    model: FastText,
    path: AnyPath,
    encoding: str = "utf-8",
    lr_update_rate: int = 100,
    word_ngrams: int = 1,
) -> None:
    """Write a model as a .bin file of fastText; its words are written in UTF-8.

    `lr_update_rate` and `word_ngrams` are fields of the file alone.

    >>> from w2v.compat.gensim.models.fasttext import FastText, load_facebook_model
    >>> from w2v.compat.gensim.test.utils import common_texts
    >>> model = FastText(common_texts, vector_size=8, min_count=1, workers=1)
    >>> save_facebook_model(model, "model.bin")
    >>> load_facebook_model("model.bin").wv["humans"].shape
    (8,)
    """
    if encoding.lower() not in ("utf-8", "utf8"):
        raise ValueError(
            f"encoding={encoding!r}: words are written as utf-8, the only one there is"
        )
    fields = dict(lrUpdateRate=lr_update_rate, wordNgrams=word_ngrams)
    files.write_model(path, fasttext_files.model_of(model, **fields))


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
