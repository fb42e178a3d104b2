"""GloVe and glove(): vectors from counts, trained, answered for by `wv`, saved and loaded.

Owns the model that users see; matrix.py counts, training.py trains. V is the number of words, D the
dimensions.
"""

import json
import os
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.vocabulary import Vocabulary
from ..formats import native
from ..formats.ids import spelled
from ..formats.word2vec import write_word2vec
from ..models.arguments import documented, method_takes, takes
from ..models.callbacks import Callbacks, call, check_callbacks
from ..phrases.joining import FrozenPhrases
from ..shared import streams
from ..shared.logs import log
from ..shared.progress import shower
from ..shared.types import AnyPath, CorpusLike, Floats, Tokenizer, TrimRule
from ..vectors.keyed import KeyedVectors
from .arguments import GloveArguments, ModelArguments
from .matrix import Cooccurrence
from .tiles import Tiles
from .training import (
    FORMER,
    GloVeParams,
    GloVeReport,
    Show,
    State,
    Training,
    changed,
    make_params,
)

# What GloVe's program calls the mean of its rarest words, and of how many.
UNKNOWN_WORD, UNKNOWN_ROWS = "<unk>", 100
# The tensors of a file: which of them is whose.
TENSORS = {
    "input_vectors": ("vectors", 0),
    "output_vectors": ("vectors", 1),
    "input_biases": ("biases", 0),
    "output_biases": ("biases", 1),
    "input_squares": ("squares", 0),
    "output_squares": ("squares", 1),
    "input_bias_squares": ("bias_squares", 0),
    "output_bias_squares": ("bias_squares", 1),
}
KEPT = ("params", "costs", "report", "phrases", "n_read")


class GloVe:
    """A GloVe model: vectors of words from how often these stand near each other.

    Pennington, Socher and Manning 2014, https://aclanthology.org/D14-1162. With a corpus, or
    counts, the model is trained at once; else call `build` and `train`. The bytes of the vectors
    depend on the text, the parameters and the kernel alone, not on the number of threads.

    Parameters
    ----------
    ARGUMENTS

    Attributes
    ----------
    wv : KeyedVectors, what `vectors` says; made anew when it is asked for after training.
    cooccurrence : Cooccurrence that it was trained on; None in a model that was loaded.
    word_vectors, context_vectors : float32 (V, D).
    word_biases, context_biases : float32 (V,).
    costs : list of float, of each iteration of all trainings the mean cost of a record, weight *
        (score - log count)^2 / 2, as GloVe's program prints it.
    report : GloVeReport of the last training.
    phrases : list of FrozenPhrases, one a pass, that joined the corpus.

    >>> import w2v
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
    >>> model = w2v.GloVe(corpus, vector_size=8, iterations=5)
    >>> model
    <GloVe: 5 words, 8 dimensions, 5 iterations>
    >>> model.wv.index_to_key
    ['and', 'bread', 'butter', 'milk', 'tea']
    >>> model.costs[-1] < model.costs[0]
    True
    """

    @method_takes(ModelArguments, former=FORMER)
    def __init__(
        self,
        corpus: CorpusLike | None = None,
        *,
        cooccurrence: Cooccurrence | None = None,
        vocabulary: Vocabulary | AnyPath | None = None,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        trim_rule: TrimRule | None = None,
        callbacks: Callbacks = (),
        progress: Show = None,
        **params: Any,
    ) -> None:
        self.params = make_params(params)
        self.callbacks = check_callbacks(callbacks)
        self.vocabulary = Vocabulary([], [])
        self.cooccurrence: Cooccurrence | None = None
        self.phrases: list[FrozenPhrases] = []
        self.n_read = 0
        self.state = State.empty(0, self.params.vector_size)
        self.costs: list[float] = []
        self.report: GloVeReport | None = None
        self._tiles: Tiles | None = None
        self._wv: KeyedVectors | None = None
        if corpus is not None and cooccurrence is not None:
            raise TypeError("corpus, cooccurrence: these exclude each other; pass one of them")
        if corpus is not None:
            cooccurrence = self.count(
                corpus, vocabulary, tokenizer=tokenizer, encoding=encoding, errors=errors,
                trim_rule=trim_rule,
            )  # fmt: skip
        if cooccurrence is not None:
            self.build(cooccurrence)
            self.train(progress=progress)

    def __repr__(self) -> str:
        size = f"{len(self.vocabulary):,} words" if len(self.vocabulary) else "no vocabulary yet"
        return (
            f"<GloVe: {size}, {self.params.vector_size} dimensions, {len(self.costs)} iterations>"
        )

    def count(
        self, corpus: CorpusLike, vocabulary: Vocabulary | AnyPath | None = None, **reading: Any
    ) -> Cooccurrence:
        """Return the counts of a corpus by this model's parameters; see Cooccurrence.count.

        >>> model.count(corpus)
        <Cooccurrence: 5 words, 6 of 15 pairs>
        """
        params = self.params
        names = ("window", "symmetric", "distance_weighting", "min_count", "max_final_vocab")
        chosen = {name: getattr(params, name) for name in names}
        return Cooccurrence.count(
            corpus, vocabulary=vocabulary, phrases=params.phrases, workers=params.workers,
            memory_limit=params.memory_limit, **chosen, **reading,
        )  # fmt: skip

    def build(self, cooccurrence: Cooccurrence) -> None:
        """Begin anew with these counts: their words, and random vectors.

        Raises ValueError when there are none.

        >>> fresh = w2v.GloVe(vector_size=8)
        >>> fresh.build(model.count(corpus))
        >>> fresh
        <GloVe: 5 words, 8 dimensions, 0 iterations>
        """
        check_counts(cooccurrence)
        self.state = State.random(len(cooccurrence), self.params.vector_size, self.params.seed)
        self.vocabulary, self.phrases = cooccurrence.vocabulary, list(cooccurrence.phrases)
        self.cooccurrence, self.n_read = cooccurrence, cooccurrence.n_read
        self.costs, self.report, self._tiles, self._wv = [], None, None, None

    def train(
        self,
        iterations: int | None = None,
        cooccurrence: Cooccurrence | None = None,
        *,
        callbacks: Callbacks | None = None,
        progress: Show = None,
    ) -> GloVeReport:
        """Train some more iterations, going on exactly from the present vectors and squares.

        Parameters
        ----------
        iterations : None stands for the model's.
        cooccurrence : the counts, for a model that was loaded; of the same words.
        callbacks, progress : see GloVe; None stands for the model's callbacks.

        The vectors are usable even when training is interrupted, if not to the bit those of a whole
        iteration. Raises ValueError when there are no counts; FloatingPointError when training
        diverges.

        >>> model.train(2).iterations
        2
        """
        params = changed(self.params, iterations=iterations)
        hooks = self.callbacks if callbacks is None else check_callbacks(callbacks)
        if cooccurrence is not None:
            self.take_counts(cooccurrence)
        if self.cooccurrence is None:
            raise ValueError(
                "there are no counts to train on: call build(cooccurrence), or, to go on with a "
                "model that was loaded, train(cooccurrence=...)"
            )
        if self._tiles is None:
            self._tiles = Tiles(
                self.cooccurrence, params.x_max, params.alpha, params.seed, params.n_workers
            )
        before, show = list(self.costs), shower(progress)
        training = Training(params, self._tiles, self.state, len(before))
        log(
            "info", "training: %s words x %d dimensions, %d iterations of %s records, %d threads, "
            "%s", f"{len(self.vocabulary):,}", params.vector_size, params.iterations,
            f"{self._tiles.n:,}", training.n_threads, params.kernel_name,
        )  # fmt: skip
        call(hooks, "on_train_begin", self)
        for _ in range(params.iterations):
            call(hooks, "on_epoch_begin", self)
            self._wv = None
            training.iterate(show)
            self.costs = before + training.costs
            self.report = training.report(len(self.vocabulary), self.n_read)
            call(hooks, "on_epoch_end", self)
        call(hooks, "on_train_end", self)
        assert self.report is not None
        return self.report

    def take_counts(self, cooccurrence: Cooccurrence) -> None:
        """Train on these counts from now on; raises ValueError unless they are of our words."""
        check_counts(cooccurrence)
        if not len(self.vocabulary):
            self.build(cooccurrence)
        if list(cooccurrence.vocabulary.words) != list(self.vocabulary.words):
            raise ValueError(
                "cooccurrence: its words are not those of this model, in that order; count with "
                "vocabulary=model.vocabulary"
            )
        self.cooccurrence, self._tiles = cooccurrence, None

    @property
    def wv(self) -> KeyedVectors:
        """The vectors of words: the sum of their two rows, unless `vectors` says otherwise."""
        if not len(self.vocabulary):
            return KeyedVectors(vector_size=self.params.vector_size)
        if self._wv is None:
            self._wv = KeyedVectors(
                self.vocabulary.words, self.made(self.params.vectors), self.vocabulary.counts,
                shared=False,
            )  # fmt: skip
        return self._wv

    def made(self, vectors: str) -> Floats:
        """Return new vectors, float32 (V, D), or (V, 2 * D) of "both"."""
        words, contexts = self.word_vectors, self.context_vectors
        if vectors == "both":
            return np.concatenate([words, contexts], axis=1)
        return words + contexts if vectors == "sum" else words.copy()

    @property
    def word_vectors(self) -> NDArray[np.float32]:
        return self.state.vectors(0)

    @property
    def context_vectors(self) -> NDArray[np.float32]:
        return self.state.vectors(1)

    @property
    def word_biases(self) -> NDArray[np.float32]:
        return self.state.biases(0)

    @property
    def context_biases(self) -> NDArray[np.float32]:
        return self.state.biases(1)

    def save(self, path: AnyPath) -> None:
        """Write the whole model, but for its counts: what `load` needs to go on exactly.

        These are both vectors of each word, biases, squared gradients, words and their counts,
        parameters, costs, report and phrases. w2v.load opens the vectors of such a file, too. The
        counts have a file of their own: model.cooccurrence.save. Raises ValueError when there is
        nothing to save; OSError naming the path.

        >>> model.save("glove.w2v")
        """
        if not len(self.vocabulary):
            raise ValueError("there is nothing to save yet: call build(cooccurrence) first")
        arrays: dict[str, NDArray[Any] | None] = {
            name: getattr(self.state, kind)(side) for name, (kind, side) in TENSORS.items()
        }
        about = {
            "params": asdict(self.params),
            "costs": self.costs,
            "report": self.report and asdict(self.report),
            "phrases": [phrases.as_dict() for phrases in self.phrases],
            "n_read": self.n_read,
        }
        metadata = {f"glove_{name}": json.dumps(value) for name, value in about.items()}
        native.write(
            path, self.vocabulary.words, arrays | {"counts": self.vocabulary.counts},
            metadata | {"vectors": self.params.vectors},
        )  # fmt: skip

    @classmethod
    def load(cls, path: AnyPath, **params: Any) -> "GloVe":
        """Open a model that `save` wrote; `train(cooccurrence=...)` goes on as if it never ended.

        `params` are changed on the way, such as workers=8. Raises FileNotFoundError; ValueError or
        TypeError naming the file and what is wrong with it, or the parameter.

        >>> again = w2v.GloVe.load("glove.w2v")
        >>> again.train(1, model.cooccurrence).costs == model.train(1).costs
        True
        """
        arrays, metadata, words = native.read(path, None)
        try:
            missing = [name for name in TENSORS if name not in arrays]
            missing += [name for name in KEPT if f"glove_{name}" not in metadata]
            if missing:
                raise ValueError(f"no {', '.join(missing)}: this is not what GloVe.save wrote")
            about = {name: json.loads(metadata[f"glove_{name}"]) for name in KEPT}
            model = cls(**{**about["params"], **params})
            D = arrays["input_vectors"].shape[1]
            if model.params.vector_size != D:
                raise ValueError(
                    f"vector_size={model.params.vector_size} for vectors of {D} dimensions; it "
                    "cannot change"
                )
            model.vocabulary = Vocabulary(words, arrays["counts"])
            model.state = State.empty(len(words), D)
            for name, (kind, side) in TENSORS.items():
                getattr(model.state, kind)(side)[:] = arrays[name]
                if "squares" in name and not (arrays[name] > 0).all():
                    raise ValueError(f"{name}: above 0 is expected; damaged")
            model.costs = [float(cost) for cost in about["costs"]]
            model.report = about["report"] and GloVeReport(**about["report"])
            model.phrases = [FrozenPhrases.from_dict(each) for each in about["phrases"]]
            model.n_read = int(about["n_read"])
            return model
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            known = TypeError if params and isinstance(error, TypeError) else ValueError
            raise known(f"{os.fspath(path)!r}: {error}") from None

    def save_glove_format(
        self,
        path: AnyPath,
        *,
        vectors: str | None = None,
        unknown: bool = False,
        header: bool = False,
        decimals: int | None = 6,
    ) -> None:
        """Write the text file that GloVe's program writes: a word and its numbers on each line.

        Parameters
        ----------
        vectors : see `vectors` of GloVe; None: the model's.
        unknown : write <unk> behind the words, the mean of the last 100, or fewer, as that program
            always does.
        header : begin with the numbers of words and dimensions. As there, <unk> is not counted.
        decimals : 6 as there; None: the fewest digits that read back as the same float32.

        Raises ValueError naming a word with a blank in it; OSError naming the path.

        >>> model.save_glove_format("vectors.txt", unknown=True)
        >>> len(w2v.load("vectors.txt"))
        6
        """
        if not len(self.vocabulary):
            raise ValueError("there is nothing to save yet: call build(cooccurrence) first")
        with streams.replacing(path) as file:
            self.write_text(file, vectors, unknown, header, decimals)

    def write_text(
        self,
        file: Any,
        vectors: str | None = None,
        unknown: bool = False,
        header: bool = False,
        decimals: int | None = 6,
    ) -> None:
        """Write that into a file; see save_glove_format."""
        rows = self.made(check_vectors(vectors or self.params.vectors))
        words = list(spelled(self.vocabulary.words))
        V, D = rows.shape
        if unknown:
            mean = rows[-UNKNOWN_ROWS:].mean(axis=0, dtype=np.float64).astype(np.float32)
            words, rows = [*words, UNKNOWN_WORD], np.concatenate([rows, mean[None]])
        out: Any = LineEnds(file)
        write_word2vec(out, words, rows, False, decimals, header=(V, D) if header else False)


class LineEnds:
    """A file for writing in which no blank stands before a line feed."""

    def __init__(self, file: Any):
        self.file, self.held = file, b""

    def write(self, data: Any) -> None:
        data = (self.held + bytes(data)).replace(b" \n", b"\n")
        self.held = data[-1:] if data.endswith(b" ") else b""
        self.file.write(data[: len(data) - len(self.held)])


def check_vectors(vectors: str) -> str:
    return GloVeParams(vectors=vectors).vectors


def check_counts(cooccurrence: Cooccurrence) -> None:
    """Raise TypeError or ValueError when these are no counts to train on."""
    if not isinstance(cooccurrence, Cooccurrence):
        raise TypeError(
            f"cooccurrence={cooccurrence!r:.60}: a w2v.Cooccurrence is expected: "
            "Cooccurrence.count(corpus), or one that was loaded"
        )
    if not len(cooccurrence.values):
        raise ValueError(
            "cooccurrence: no two words stand near each other; lines of several words, or a lower "
            "min_count, make some"
        )


@takes(GloveArguments, former=FORMER)
def glove(corpus: CorpusLike, **arguments: Any) -> GloVe:
    """Count a corpus, train GloVe vectors on the counts, and return the model.

    Parameters
    ----------
    ARGUMENTS

    Raises FileNotFoundError, TypeError or ValueError, before any training, naming the argument, the
    value and the remedy; FloatingPointError when training diverges.

    >>> import w2v
    >>> model = w2v.glove([["bread", "and", "butter"]] * 100, vector_size=8, iterations=3)
    >>> model.wv.index_to_key
    ['and', 'bread', 'butter']
    """
    return GloVe(corpus, **arguments)


GloVe.__doc__ = documented(GloVe.__doc__, ModelArguments)
