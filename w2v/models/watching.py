"""Callbacks that are ready to use: EarlyStopping and Evaluate.

Owns what they look at and note; when they are called is callbacks.py's and rests.py's.
"""

import math
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..shared import paths
from ..shared.checks import check_number
from ..shared.logs import log
from ..shared.types import CorpusLike
from ..vectors.evaluation import evaluate_analogies, evaluate_pairs
from ..vectors.question_files import is_analogies, read_analogies, read_pairs
from .callbacks import Callback

if TYPE_CHECKING:
    from .word2vec import Word2Vec


class EarlyStopping(Callback):
    """End training when the loss on held-out text no longer falls, and keep the best weights.

    Parameters
    ----------
    watch : a corpus, whose held_out_loss is watched; or a callable that is given the model and
        returns a number.
    patience : how many epochs without a better one are waited for.
    min_delta : by how much a number has to be better to count.
    mode : "min", less is better; "max".
    restore_best : give the model the weights of the best epoch when training ends.

    `history` has the number of each epoch, as model.report.evaluations has, and so of those before
    a resume, whose weights are gone; `best_epoch` says where the best one is, from 1 on.

    >>> import w2v
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
    >>> stopping = w2v.EarlyStopping(corpus[:10], patience=1)
    >>> model = w2v.train(corpus, vector_size=8, sample=0, epochs=3, callbacks=[stopping])
    >>> 1 <= stopping.best_epoch <= len(stopping.history) <= 3
    True
    """

    def __init__(
        self,
        watch: "CorpusLike | Callable[[Word2Vec], float]",
        patience: int = 2,
        min_delta: float = 0.0,
        mode: str = "min",
        restore_best: bool = True,
    ):
        if mode not in ("min", "max"):
            raise ValueError(f"mode={mode!r}: 'min' or 'max' is expected")
        if isinstance(watch, (str, os.PathLike)):  # before training, not after its first epoch
            paths.find_files(watch, "watch")
        self.watch, self.mode, self.restore_best = watch, mode, restore_best
        self.patience: int = check_number("patience", patience, int, 0)
        self.min_delta: float = check_number("min_delta", min_delta, float, 0)
        self.history: list[float] = []
        self.weights: Any = None

    @property
    def best_epoch(self) -> int:
        best, epoch = math.inf, 0
        for i, value in enumerate(self.history, 1):
            signed = value if self.mode == "min" else -value
            if signed < best - (self.min_delta if epoch else 0):
                best, epoch = signed, i
        return epoch

    def on_train_begin(self, model: "Word2Vec") -> None:
        self.history, self.weights = [], None

    def on_epoch_end(self, model: "Word2Vec") -> None:
        value: Any = self.watch(model) if callable(self.watch) else model.held_out_loss(self.watch)
        if not hasattr(value, "__float__"):
            raise TypeError(f"watch returned {value!r}; a number is expected")
        noted = note(model, watched=float(value))
        self.history = [each["watched"] for each in noted if "watched" in each]
        n, best = len(self.history), self.best_epoch
        if best == n and self.restore_best:
            # The arrays of this moment: the next rest makes others.
            vectors = model.wv.frozen_vectors().copy()
            self.weights = vectors, model.output_vectors, model.node_vectors
        if n - best > self.patience or math.isnan(value):
            model.stop_training = True
            log("info", "early stopping after epoch %d; the best was %d", n, best)

    def on_train_end(self, model: "Word2Vec") -> None:
        if self.weights is not None and self.best_epoch < len(self.history):
            vectors, model.output_vectors, model.node_vectors = self.weights
            model.hold_vectors(vectors)
        self.weights = None


class Evaluate(Callback):
    """Evaluate the vectors while they are trained; model.report.evaluations has what was found.

    Parameters
    ----------
    analogies : questions, as evaluate_analogies takes them.
    pairs : word pairs with their similarity, as evaluate_pairs takes them.
    every : how many epochs lie between; the last epoch is always evaluated.
    name : what is found is noted as "analogies" and "spearman", behind this name if there is one.
    options : for evaluate_analogies, such as restrict_vocab=30_000.

    Raises ValueError where a test cannot be read, before training.

    >>> import w2v
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
    >>> pairs = [("tea", "milk", 9), ("tea", "bread", 2), ("bread", "butter", 8)]
    >>> model = w2v.Word2Vec(vector_size=8, workers=1)
    >>> model.build_vocab(corpus)
    >>> report = model.train(corpus, epochs=2, callbacks=[w2v.Evaluate(pairs=pairs)])
    >>> [sorted(found) for found in report.evaluations]
    [['epoch', 'spearman'], ['epoch', 'spearman']]
    """

    def __init__(
        self,
        analogies: Any = None,
        pairs: Any = None,
        every: int | str = 1,
        name: str = "",
        **options: Any,
    ):
        if analogies is None and pairs is None:
            raise ValueError("analogies, pairs: pass one of them, or both")
        self.analogies, self.pairs, self.name, self.options = analogies, pairs, name, options
        if analogies is not None:
            self.analogies = analogies if is_path(analogies) else list(analogies)
            read_analogies(self.analogies)
        if pairs is not None:
            self.pairs = pairs if is_path(pairs) else list(pairs)
            read_pairs(self.pairs)
        self.every: int = 1 if every == "epoch" else check_number("every", every, int, 1)

    def on_epoch_end(self, model: "Word2Vec") -> None:
        assert model.report is not None
        if model.report.epochs % self.every == 0:
            self.evaluate(model)

    def on_train_end(self, model: "Word2Vec") -> None:
        assert model.report is not None
        if model.report.epochs % self.every:
            self.evaluate(model)

    def evaluate(self, model: "Word2Vec") -> None:
        """Note what is found now."""
        found: dict[str, float] = {}
        if self.analogies is not None:
            accuracy = evaluate_analogies(model.wv, self.analogies, **self.options).accuracy
            found[f"{self.name} analogies".lstrip()] = accuracy
        if self.pairs is not None:
            statistic = evaluate_pairs(model.wv, self.pairs).spearman.statistic
            found[f"{self.name} spearman".lstrip()] = statistic
        note(model, **found)


def note(model: "Word2Vec", **found: float) -> list[dict[str, Any]]:
    """Add what was found to the report's entry of this epoch; returns all entries."""
    assert model.report is not None
    noted, epoch = model.report.evaluations, model.report.epochs
    if not noted or noted[-1]["epoch"] != epoch:
        noted.append({"epoch": epoch})
    noted[-1] |= found
    return noted


def evaluating(path: str) -> Evaluate:
    """Return what evaluates a file, of analogy questions or of word pairs, by its name."""
    name = os.path.basename(path)
    return Evaluate(path, name=name) if is_analogies(path) else Evaluate(pairs=path, name=name)


def is_path(test: Any) -> bool:
    return isinstance(test, (str, os.PathLike))
