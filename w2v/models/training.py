"""train(): one call from a corpus, or a checkpoint, to a model."""

import inspect
from typing import Any

from ..shared.types import AnyPath, CorpusLike
from .arguments import TrainArguments, takes
from .fasttext import FastText
from .word2vec import Word2Vec


@takes(TrainArguments)
def train(
    corpus: CorpusLike | None = None,
    *,
    resume: AnyPath | None = None,
    changed_corpus: bool = False,
    subwords: bool = False,
    **arguments: Any,
) -> Word2Vec:
    """Train word vectors on a corpus and return the model; its vectors are in `.wv`.

    Parameters
    ----------
    ARGUMENTS

    Raises FileNotFoundError, TypeError or ValueError, before any training, naming the argument,
    the value and the remedy; FloatingPointError when training diverges.

    >>> import w2v
    >>> model = w2v.train([["bread", "and", "butter"]] * 100, vector_size=8, sg=1)
    >>> model.wv.index_to_key
    ['bread', 'and', 'butter']
    """
    kind = model_kind(subwords, arguments)
    if resume is None:
        if changed_corpus:
            raise TypeError("changed_corpus=True: this is for resume=, a checkpoint; leave it out")
        if corpus is None:
            raise TypeError("corpus: there is none; pass one, or resume=, a checkpoint")
        return kind(corpus, **arguments)
    for name, value in arguments.items():
        if name not in inspect.signature(kind.resume).parameters:
            raise TypeError(f"resume: {name}={value!r} is the checkpoint's; leave it out")
    return kind.resume(resume, corpus, changed_corpus=changed_corpus, **arguments)


def model_kind(subwords: bool, arguments: dict[str, Any]) -> type[Word2Vec]:
    """Return which model is trained with these arguments; raises TypeError where they clash."""
    if not subwords:
        for name in ("min_n", "max_n", "bucket"):
            if name in arguments:
                raise TypeError(f"{name}={arguments[name]!r}: this is for subwords=True")
        return Word2Vec
    return FastText
