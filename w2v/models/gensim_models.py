"""Whole models from gensim's files, and to gensim.

Owns where a gensim model keeps what a model here has; its files are formats/gensim_files.py's.
V is the number of words, D the dimensions.
"""

import itertools
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..corpus import _tables
from ..corpus.vocabulary import Vocabulary
from ..formats.gensim_files import owned, read_object, vectors_of
from ..formats.pickled import Held, plain
from ..shared.checks import check_path
from ..shared.optional import needed
from ..shared.types import AnyPath
from ..vectors.keyed import KeyedVectors
from .attributes import Attributes
from .params import Params, make_params

if TYPE_CHECKING:
    import gensim.models

# Parameters that gensim called otherwise before 4.0.
FORMER = {"epochs": "iter", "vector_size": "layer1_size"}

# Parameters that have the same name and meaning in gensim.
SAME = (
    "vector_size", "window", "min_count", "max_final_vocab", "sg", "hs", "negative", "ns_exponent",
    "min_alpha", "sample", "epochs", "cbow_mean",
)  # fmt: skip

# What gensim 4 stores with each word of a Huffman tree.
TREE = ("point", "code")

# A tree of counts that add up to less than 2 ** 63 is less deep, as Fibonacci's numbers are.
MOST_TURNS = 92

# Of gensim's numbers of how likely a word stays.
KEEP_UNIT = 2**32 - 1


def take(model: Attributes, path: AnyPath, mmap: str | None, params: dict[str, Any]) -> None:
    """Make a model, which is new, what gensim's model of a file was, but for these parameters.

    Raises FileNotFoundError; ValueError or TypeError naming the file and what is wrong with it.
    """
    path = check_path("path", path)
    held = read_object(path, mmap)
    if held.kind != "Word2Vec":
        door = "KeyedVectors.load reads its words and vectors"
        if "Phrase" in held.kind:
            door = "Phrases.load or FrozenPhrases.load reads it"
        raise ValueError(f"{path!r}: gensim's {held.kind}, not a Word2Vec: {door}")
    stored = vectors_of(held, path)
    # Before 4.0 some of it was in two objects of the model.
    parts = [held, *(held.get(name, Held) for name in ("vocabulary", "trainables"))]
    state: dict[str, Any] = {}
    for part in parts:
        state |= {} if part is None else part.state
    try:
        V, D = stored.vectors.shape
        model.params = make_params({"vector_size": D, **params_of(state), **params})
        if model.params.vector_size != D:
            raise ValueError(
                f"vector_size={model.params.vector_size} for vectors of {D} dimensions; it cannot "
                "change"
            )
        if model.params.exact:
            raise ValueError("exact=True needs a model of exact mode from the start")
        if stored.counts is None or (len(stored.counts) and stored.counts.min() < 0):
            raise ValueError("the counts of the words are missing or below 0")
        if len(set(stored.words)) != V:
            raise ValueError("words stand twice")
        outputs, nodes = weights_of(state, model.params, V, D)
        paths = None if nodes is None else paths_of(stored.attributes, stored.counts)
        model.vocabulary = Vocabulary(stored.words, stored.counts, paths=paths)
    except (TypeError, ValueError) as error:
        kind = TypeError if params and isinstance(error, TypeError) else ValueError
        raise kind(f"{path!r}, gensim's Word2Vec: {error}") from None
    model.wv = KeyedVectors(stored.words, stored.vectors, model.vocabulary.counts, shared=False)
    model.output_vectors, model.node_vectors = outputs, nodes
    wv = held.get("wv", Held, held)
    locks = plain(wv.state.get("vectors_lockf", state.get("vectors_lockf")))
    is_there = isinstance(locks, np.ndarray) and locks.dtype.kind == "f"
    if is_there and locks.shape in ((1,), (V,)):
        model.wv.vectors_lockf = locks
    for name in ("corpus_count", "corpus_total_words", "train_count"):
        setattr(model, name, max(held.get(name, int, 0), 0))
    if not model.corpus_total_words:  # which gensim has counted since 3.4
        model.corpus_total_words = None
    model.running_training_loss = float(held.get("running_training_loss", float, 0.0))
    # Which random numbers come next follows from the epochs trained.
    model.totals["epochs"] = model.train_count * model.params.epochs
    model.totals["seconds"] = float(held.get("total_train_time", float, 0.0))


def params_of(state: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that gensim's model has; raises ValueError for what is no number."""
    found: dict[str, Any] = {}
    for each in fields(Params):
        value = plain(state.get(each.name, state.get(FORMER.get(each.name, ""))))
        if value is not None and not isinstance(value, (int, float)):
            raise ValueError(f"{each.name} is a {type(value).__name__}")
        if value is not None:
            found[each.name] = value
    return found


def weights_of(
    state: dict[str, Any], params: Params, V: int, D: int
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """Return output and node vectors, float32 (V, D) and (V - 1, D), each None without its loss."""
    found: list[NDArray[np.float32] | None] = []
    for name, is_used, n_rows in (
        ("syn1neg", params.negative, V), ("syn1", params.hs, max(V - 1, 0))
    ):  # fmt: skip
        rows = plain(state.get(name)) if is_used else None
        if is_used and (
            not isinstance(rows, np.ndarray)
            or rows.dtype.kind != "f"
            or rows.shape[1:] != (D,)
            or not n_rows <= len(rows) <= V
        ):
            raise ValueError(
                f"{name}, which training goes on from, is missing or does not fit {V:,} words; "
                "KeyedVectors.load reads its vectors"
            )
        # gensim's has a row more than the tree has nodes.
        found.append(None if rows is None else owned(np.asarray(rows[:n_rows], np.float32)))
    return found[0], found[1]


def paths_of(
    attributes: Any, counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]] | None:
    """Return the paths of gensim's Huffman tree; None when they are ours.

    gensim numbers nodes as we do, from the first that was made to the root, but where counts are
    equal it pairs other words. So its trees differ from ours in nearly every vocabulary, and node
    vectors mean something in their own tree only.
    """
    if not set(TREE) <= set(attributes):
        raise ValueError("the paths of its Huffman tree (code, point) are missing")
    points, codes = (attributes[name].tolist() for name in TREE)
    if not all(map(is_path, points, codes)):
        raise ValueError("a path of its Huffman tree (code, point) is damaged")
    offsets = np.concatenate([[0], np.cumsum([len(code) for code in codes])]).astype(np.int64)
    nodes, turns = (
        np.concatenate([np.empty(0, np.int64), *paths]).astype(np.int64)
        for paths in (points, codes)
    )
    if not ((turns >= 0) & (turns <= 1) & (nodes >= 0) & (nodes < 2**30)).all():
        raise ValueError("a path of its Huffman tree (code, point) is damaged")
    steps = (nodes << 1 | turns).astype(np.int32)
    ours = _tables.huffman_paths(counts)
    if np.array_equal(offsets, ours[0]) and np.array_equal(steps, ours[1]):
        return None
    return offsets, steps


def is_path(point: Any, code: Any) -> bool:
    """Whether the nodes and turns of a word are arrays of whole numbers."""
    return (
        all(
            isinstance(part, np.ndarray)
            and part.ndim == 1
            and (part.dtype.kind in "iu" or not part.size)
            for part in (point, code)
        )
        and len(point) == len(code) < MOST_TURNS
    )


def made_of(model: Any) -> "gensim.models.Word2Vec":
    """Return gensim's model of the same weights; see Saving.to_gensim."""
    params, vocabulary = model.params, model.vocabulary
    if not len(vocabulary):
        raise ValueError("there is nothing to convert yet: call build_vocab(corpus) first")
    if params.exact:
        raise ValueError("exact=True: gensim has no such training; use model.wv.to_gensim()")
    theirs = needed("gensim.models", "to_gensim", "gensim").Word2Vec(
        alpha=params.start_alpha, workers=params.n_workers, seed=params.seed_number % 2**32,
        shrink_windows=params.shrink_windows,
        **{name: getattr(params, name) for name in SAME},
    )  # fmt: skip
    theirs.wv = model.wv.to_gensim()
    theirs.wv.vectors = np.array(model.wv.frozen_vectors(), np.float32)
    theirs.wv.vectors_lockf = np.array(model.wv.vectors_lockf)
    keep = vocabulary.keep_probabilities(params.sample).astype(np.float64)
    theirs.wv.expandos["count"] = vocabulary.counts.copy()
    theirs.wv.expandos["sample_int"] = (keep * KEEP_UNIT).astype(np.uint32)
    theirs.effective_min_count = params.min_count
    for name in ("corpus_count", "corpus_total_words", "train_count", "running_training_loss"):
        setattr(theirs, name, getattr(model, name))
    theirs.total_train_time = model.total_train_time
    V, D = len(vocabulary), params.vector_size
    if params.negative:
        theirs.syn1neg = np.zeros((V, D), np.float32)
        if model.output_vectors is not None:
            theirs.syn1neg[:] = model.output_vectors
        theirs.make_cum_table()
    if params.hs:
        theirs.syn1 = np.zeros((V, D), np.float32)
        if model.node_vectors is not None:
            theirs.syn1[: V - 1] = model.node_vectors
        offsets, steps = vocabulary.huffman_paths()
        for name, values in (("point", (steps >> 1).astype(np.uint32)),
                             ("code", (steps & 1).astype(np.uint8))):  # fmt: skip
            theirs.wv.expandos[name] = np.empty(V, object)
            for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
                theirs.wv.expandos[name][row] = values[start:end].copy()
    return theirs
