"""Callback: what a program does at the beginnings and ends of training and of its epochs.

Owns the interface and the calls; what the model is at those moments is word2vec.py's. Objects of
gensim's CallbackAny2Vec are taken, too: a callback is whatever has some of the four methods.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from .word2vec import Word2Vec

Callbacks: TypeAlias = Iterable[Any]


class Callback:
    """Base of what `callbacks` may hold; override what you need.

    At an epoch's end all threads rest, and the model has the weights of that moment: it can be
    queried, evaluated and saved, and what is written into `wv.vectors` is trained on. To end
    training there, set `model.stop_training = True`; an exception ends it, too, and leaves the
    model usable.

    >>> import w2v
    >>> class Epochs(w2v.Callback):
    ...     def on_epoch_end(self, model: w2v.Word2Vec) -> None:
    ...         print(len(model.losses), model.wv.index_to_key[0])
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
    >>> model = w2v.train(corpus, vector_size=8, workers=1, epochs=2, callbacks=[Epochs()])
    1 and
    2 and
    """

    def on_train_begin(self, model: "Word2Vec") -> Any:
        """Do something before the first epoch."""

    def on_epoch_begin(self, model: "Word2Vec") -> Any:
        """Do something before each epoch."""

    def on_epoch_end(self, model: "Word2Vec") -> Any:
        """Do something after each epoch."""

    def on_train_end(self, model: "Word2Vec") -> Any:
        """Do something after the last epoch; not when training was interrupted."""


CallbackAny2Vec = Callback  # gensim's name

MOMENTS = ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")


def check_callbacks(callbacks: Callbacks) -> list[Any]:
    """Return the callbacks as a list; raises TypeError for an object without any of the methods."""
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks={callbacks!r}: a list of Callback objects is expected")
    found = list(callbacks)
    for callback in found:
        if isinstance(callback, type) or not any(hasattr(callback, name) for name in MOMENTS):
            raise TypeError(
                f"callbacks: {callback!r} has none of {', '.join(MOMENTS)}; pass objects of a "
                "class made from w2v.Callback"
            )
    return found


def call(callbacks: Sequence[Any], moment: str, model: object) -> None:
    """Call the method of this name of each callback that has it."""
    for callback in callbacks:
        method = getattr(callback, moment, None)
        if method is not None:
            method(model)
