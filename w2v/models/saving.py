"""Files of models: all that training needs to go on, written and opened.

Owns what of a model is kept under which name; the file is formats/native.py's.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ..corpus.vocabulary import Vocabulary
from ..formats import native
from ..formats.gensim_files import is_pickle
from ..formats.subwords import Parts
from ..phrases.joining import FrozenPhrases
from ..shared.progress import Show, of_rows
from ..shared.types import AnyPath
from ..vectors.keyed import KeyedVectors
from ..vectors.subwords import SubwordVectors
from . import gensim_models
from .building import Building
from .params import SubwordParams, make_params
from .report import Report

if TYPE_CHECKING:
    import gensim.models

# What is kept of a model besides; see save.
KEPT = ("params", "has_mark", "report", "totals", "phrases")

# Attributes that are kept as they are, and their types.
STATE: dict[str, type | tuple[type, ...]] = {
    "corpus_count": int,
    "corpus_total_words": (int, type(None)),
    "train_count": int,
    "losses": list,
    "running_training_loss": (int, float),
}


class Saving(Building):
    """Saving and opening of a model; see Word2Vec."""

    def save(
        self,
        path: AnyPath,
        separately: Any = None,
        sep_limit: int | None = None,
        ignore: Any = None,
        pickle_protocol: int | None = None,
        *,
        progress: Show = None,
    ) -> None:
        """Write the whole model to a native file: what load needs to go on training.

        These are the vectors, both output matrices, words and counts, parameters, `phrases`,
        `report`, `totals`, `losses`, what else was counted, and `wv.vectors_lockf`. Random numbers
        follow from the seed and the epochs trained, so there is no other state. The file appears
        whole or not at all; KeyedVectors.load opens it, too. `progress` is that of w2v.load. The
        other arguments, which are about pickles, are taken as gensim takes them: a native file is
        one file, whatever they say.

        Raises ValueError when there is nothing to save yet; OSError naming the path.

        >>> model.save("model.w2v")
        """
        if not len(self.wv):
            raise ValueError("there is nothing to save yet: call build_vocab(corpus) first")
        if os.fspath(path).lower().endswith((".npz", ".parquet")):
            raise ValueError(
                f"path={os.fspath(path)!r}: such a file holds vectors only; name the model's "
                "otherwise, or save its vectors with model.wv.save"
            )
        self.write(path, {}, of_rows(progress, "saving"))

    def write(
        self,
        path: AnyPath,
        more: dict[str, str],
        told: Callable[[int, int], None] | None = None,
    ) -> None:
        """Write the model with more metadata."""
        made_of, ngrams = tensors_of(self.wv)
        arrays: dict[str, np.ndarray | None] = {
            "input_vectors": self.wv.frozen_vectors(),
            "output_vectors": self.output_vectors,
            "node_vectors": self.node_vectors,
            "counts": self.vocabulary.counts,
            "locks": self.wv.locks(),
            **made_of,
            **dict(zip(("path_offsets", "path_steps"), self.vocabulary.paths or (), strict=False)),
        }
        about = {
            "params": asdict(self.params),
            "has_mark": self.vocabulary.has_mark,
            "report": self.report and asdict(self.report),
            "totals": self.totals,
            "phrases": [phrases.as_dict() for phrases in self.phrases],
            **{name: getattr(self, name) for name in STATE},
        }
        metadata = {name: json.dumps(value) for name, value in about.items()} | ngrams | more
        native.write(path, self.vocabulary.words, arrays, metadata, told)

    def to_gensim(self) -> "gensim.models.Word2Vec":
        """Return a gensim.models.Word2Vec of these weights, words, counts and parameters.

        It goes on training there; the weights are copies. Needs gensim. The learning rate is the
        one that this model trains with, and a Huffman tree stays this model's.

        Raises ValueError when there is no vocabulary yet, or with exact=True, which gensim lacks.
        """
        return gensim_models.made_of(self)

    def take_file(self, path: AnyPath, mmap: str | None, params: dict[str, Any]) -> None:
        """Become the model of a file, but for the parameters given; see Word2Vec.load."""
        if is_pickle(path):
            self.take_gensim(path, mmap, params)
            return
        arrays, metadata, words = native.read(path, mmap)
        path = os.fspath(path)
        if "params" not in metadata:
            door = "vectors only: open it with KeyedVectors.load"
            if "pair_offsets" in arrays:
                door = "co-occurrences: open it with Cooccurrence.load"
            elif "glove_params" in metadata:
                door = "a GloVe model: open it with GloVe.load"
            raise ValueError(f"{path!r} holds {door}; models are what Word2Vec.save writes")
        is_fasttext = self.params_kind is SubwordParams
        if ("ngrams" in metadata) != is_fasttext:
            other = "Word2Vec" if is_fasttext else "FastText"
            raise ValueError(f"{path!r}: a model of {other}; open it with {other}.load")
        missing = [name for name in (*KEPT, *STATE) if name not in metadata]
        if missing:
            raise ValueError(
                f"{path!r}: its metadata have no {', '.join(missing)}: damaged, or no model that "
                "Word2Vec.save wrote; KeyedVectors.load opens its vectors"
            )
        try:
            has_mark = self.restore(metadata, params)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            kind = TypeError if params and isinstance(error, TypeError) else ValueError
            raise kind(
                f"{path!r}: {error}; parameters can be changed on the way, as in "
                "Word2Vec.load(path, kernel=None)"
            ) from None
        vectors, counts = arrays["input_vectors"], arrays.get("counts")
        if vectors.shape[1] != self.params.vector_size:
            raise ValueError(
                f"{path!r}: vector_size={self.params.vector_size} for vectors of "
                f"{vectors.shape[1]} dimensions; it cannot change"
            )
        if counts is None or not len(counts) or counts.min() < 0:
            raise ValueError(f"{path!r}: the counts of the words are missing or below 0")
        if self.params.exact and not has_mark:
            raise ValueError(f"{path!r}: exact=True needs a model of exact mode from the start")
        offsets, steps = arrays.get("path_offsets"), arrays.get("path_steps")
        paths = (
            None
            if offsets is None
            else (offsets, np.empty(0, np.int32) if steps is None else steps)
        )
        try:
            self.vocabulary = Vocabulary(words, counts, has_mark, paths)
        except ValueError as error:
            raise ValueError(f"{path!r}: {error}") from None
        try:
            self.wv = vectors_of(words, arrays, metadata, self.vocabulary.counts)
        except ValueError as error:
            raise ValueError(f"{path!r}: {error}") from None
        if arrays.get("locks") is not None:
            self.wv.vectors_lockf = arrays["locks"]
        self.output_vectors = arrays.get("output_vectors")
        self.node_vectors = arrays.get("node_vectors")

    def take_gensim(self, path: AnyPath, mmap: str | None, params: dict[str, Any]) -> None:
        """Become the model of a pickle of gensim."""
        gensim_models.take(self, path, mmap, params)

    def restore(self, metadata: dict[str, str], params: dict[str, Any]) -> bool:
        """Take over what the metadata say, but for these parameters; return `has_mark`."""
        stored, has_mark, report, totals, phrases = (json.loads(metadata[name]) for name in KEPT)
        self.params = make_params({**stored, **params}, self.params_kind)
        self.report = report and Report.from_dict(report)
        self.phrases = [FrozenPhrases.from_dict(each) for each in phrases]
        self.totals = {name: totals[name] for name in self.totals}
        for name, kind in STATE.items():
            value = json.loads(metadata[name])
            numbers = value if isinstance(value, list) else []
            if not isinstance(value, kind) or not all(isinstance(n, (int, float)) for n in numbers):
                raise ValueError(f"{name}={value!r}: damaged")
            setattr(self, name, value)
        if type(has_mark) is not bool or not all(
            isinstance(total, (int, float)) for total in self.totals.values()
        ):
            raise ValueError(f"has_mark={has_mark!r}, totals={totals!r}: damaged")
        return has_mark


def tensors_of(wv: KeyedVectors) -> tuple[dict[str, np.ndarray | None], dict[str, str]]:
    """Return the arrays and metadata of what vectors are made of, if that is other than words."""
    return wv.parts.tensors() if isinstance(wv, SubwordVectors) else ({}, {})


def vectors_of(
    words: Any, arrays: dict[str, np.ndarray], metadata: dict[str, str], counts: np.ndarray
) -> KeyedVectors:
    """Return the vectors of a model's file; raises ValueError where it is damaged."""
    parts, vectors = Parts.of_tensors(arrays, metadata), arrays["input_vectors"]
    if parts is None:
        return KeyedVectors(words, vectors, counts, shared=False)
    return SubwordVectors(words, vectors, counts, **parts._asdict(), shared=False)
