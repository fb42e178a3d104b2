"""Attributes of a model: parameters that can be changed, gensim's names, and answers to others.

Owns what a model's names mean and that no misspelt one is set silently; what the model does is in
building.py, predicting.py and word2vec.py. V is the number of words, D the dimensions.
"""

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from ..corpus.vocabulary import Vocabulary
from ..phrases.joining import FrozenPhrases
from ..shared.checks import check_pickled
from ..shared.types import AnyPath, TrimRule
from ..vectors.keyed import KeyedVectors
from .params import Params, SubwordParams
from .report import Report
from .subwords import PartRows

T = TypeVar("T")

# What of a Report is added up over all trainings.
TOTALS = ("epochs", "words", "words_trained", "sentences", "seconds")


# Parameters that cannot change once there are vectors.
FIXED = ("vector_size", "min_n", "max_n", "bucket")


class Live(Generic[T]):
    """An attribute of a model that is one of its parameters: checked when set, and obeyed.

    `read` is the name of the Params attribute that is read, where the parameter may be None.
    """

    def __init__(self, read: str = ""):
        self.read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.read = name, self.read or name
        self.__doc__ = SubwordParams.__dataclass_fields__[name].metadata["meaning"]

    @overload
    def __get__(self, model: None, owner: type) -> "Live[T]": ...
    @overload
    def __get__(self, model: object, owner: type) -> T: ...
    def __get__(self, model: Any, owner: type) -> Any:
        return self if model is None else getattr(model.params, self.read)

    def __set__(self, model: Any, value: T) -> None:
        present = getattr(model.params, self.name)
        if self.name in FIXED and len(model.wv) and value != present:
            raise ValueError(
                f"{self.name}={value}: this model has vectors with {self.name}={present}; make "
                f"another with {type(model).__name__}({self.name}=...)"
            )
        model.params = replace(model.params, **{self.name: value})


class Attributes:
    """The state of a model; see Word2Vec."""

    params: Params
    params_kind: type[Params] = Params
    part_rows: PartRows | None = None  # of a training that is at hand
    vocabulary: Vocabulary
    wv: KeyedVectors
    output_vectors: NDArray[np.float32] | None
    node_vectors: NDArray[np.float32] | None
    report: Report | None
    totals: dict[str, float]
    losses: list[float]
    running_training_loss: float
    phrases: list[FrozenPhrases]
    corpus_count: int
    corpus_total_words: int | None
    train_count: int
    raw_vocab: dict[str, int]
    trim_rule: TrimRule | None
    init: KeyedVectors | AnyPath | None
    callbacks: list[Any]
    compute_loss: bool | None
    checkpoint: AnyPath | None
    checkpoint_every: Any
    time_budget: Any
    stop_training: bool

    vector_size = Live[int]()
    window = Live[int]()
    min_count = Live[int]()
    max_final_vocab = Live[int | None]()
    sg = Live[int]()
    hs = Live[int]()
    negative = Live[int]()
    ns_exponent = Live[float]()
    alpha = Live[float]("start_alpha")
    min_alpha = Live[float]()
    sample = Live[float]()
    epochs = Live[int]()
    workers = Live[int]("n_workers")
    seed = Live[int | None]()
    cbow_mean = Live[int]()
    shrink_windows = Live[bool]()
    shared_noise = Live[bool | None]()
    deterministic = Live[bool]()
    kernel = Live[str]("kernel_name")

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute that there is; classes made from ours outside have what they like."""
        kind: Any = type(self)
        if kind.__module__.startswith("w2v.") and name not in attributes_of(kind):
            import difflib  # seldom needed

            close = difflib.get_close_matches(name, attributes_of(kind), 1)
            hint = f"did you mean {close[0]}?" if close else "help(w2v.Word2Vec) lists what it has"
            raise AttributeError(f"{kind.__name__} has no attribute {name!r}; {hint}")
        object.__setattr__(self, name, value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        check_pickled(self, state, "params")
        self.__dict__.update(state)

    if not TYPE_CHECKING:  # checkers know themselves that these are not there

        def __getattr__(self, name):
            what = type(self).__name__
            if name in FORMER_NAMES:
                raise AttributeError(f"{what} has no {name!r}; use {FORMER_NAMES[name]}")
            raise AttributeError(f"{what} has no attribute {name!r}")

        def __getitem__(self, word):
            raise TypeError(f"a model holds no words itself; use model.wv[{word!r}]")

        def __contains__(self, word):
            raise TypeError(f"a model holds no words itself; use {word!r} in model.wv")

    # gensim's names

    @property
    def layer1_size(self) -> int:
        """D."""
        return self.params.vector_size

    @property
    def syn1neg(self) -> NDArray[np.float32] | None:
        """`output_vectors`."""
        return self.output_vectors

    @syn1neg.setter
    def syn1neg(self, vectors: NDArray[np.float32] | None) -> None:
        self.output_vectors = vectors

    @property
    def syn1(self) -> NDArray[np.float32] | None:
        """A copy of `node_vectors` with the row that gensim and C have behind them, (V, D)."""
        return None if self.node_vectors is None else np.pad(self.node_vectors, ((0, 1), (0, 0)))

    @syn1.setter
    def syn1(self, vectors: NDArray[np.float32] | None) -> None:
        self.node_vectors = None if vectors is None else vectors[: len(self.vocabulary) - 1]

    @property
    def cum_table(self) -> NDArray[np.uint32]:
        """The noise distribution, cumulated, uint32 (V,) with 2**31 - 1 for all of it.

        For programs that read it; training draws from an alias table.
        """
        weights = self.vocabulary.noise_weights(self.params.ns_exponent)
        return np.round(weights.cumsum() / weights.sum() * (2**31 - 1)).astype(np.uint32)

    @property
    def total_train_time(self) -> float:
        """Seconds of all trainings."""
        return self.totals["seconds"]

    def get_latest_training_loss(self) -> float:
        """Return the loss of the last training, summed over its pairs (CBOW: its centres) so far.

        As gensim's, it grows from epoch to epoch; unlike that one it is right, whatever the number
        of threads. `losses` are more useful: for each epoch the mean. See there for its definition.
        """
        return self.running_training_loss


@functools.cache
def attributes_of(kind: Any) -> frozenset[str]:
    """Return the names that a class declares or makes."""
    names = {name for each in kind.__mro__ for name in getattr(each, "__annotations__", ())}
    return frozenset(names | {name for name in dir(kind) if not name.startswith("__")})


# Names that a model had in older versions of gensim, or has there still, and what to use instead.
FORMER_NAMES = {
    **{
        name: f"model.wv.{name}"
        for name in (
            "most_similar", "most_similar_cosmul", "similar_by_word", "similar_by_vector",
            "similarity", "n_similarity", "distance", "doesnt_match", "wmdistance",
            "evaluate_word_pairs", "save_word2vec_format",
        )
    },
    "accuracy": "model.wv.evaluate_word_analogies",
    "vocab": "model.wv.key_to_index, or model.wv.get_vecattr(word, 'count') for counts",
    "index2word": "model.wv.index_to_key",
    "syn0": "model.wv.vectors",
    "syn0norm": "model.wv.get_normed_vectors()",
    "init_sims": "nothing, or model.wv.unit_normalize_all() for replace=True",
    "add_null_word": "nothing: no word stands for a missing one here",
    "size": "model.vector_size",
    "iter": "model.epochs",
}  # fmt: skip
