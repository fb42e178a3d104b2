"""fastText's .bin files of models: what one holds of a FastText, and a FastText of one.

Owns what parameters and rows are called there, and training as the tool is asked for it; the file
is formats/fasttext.py's. V is the number of words, D the dimensions.
"""

import dataclasses
import os
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.draft import encode
from ..corpus.vocabulary import DISCARD, Vocabulary
from ..formats import fasttext as files
from ..formats.fasttext import LOSSES, MODELS, SUPERVISED, Header, Model
from ..formats.stored import decode_raw
from ..shared import streams
from ..shared.progress import Progress
from ..shared.types import AnyPath
from ..vectors.subwords import SubwordVectors

if TYPE_CHECKING:
    from .fasttext import FastText


# What FastText calls the options of the tool, and of its Python module.
NAMES = {
    "lr": "alpha", "dim": "vector_size", "ws": "window", "epoch": "epochs", "minCount": "min_count",
    "neg": "negative", "thread": "workers", "t": "sample", "seed": "seed",
}  # fmt: skip


def trained(
    model: type["FastText"],
    path: AnyPath,
    options: Mapping[str, Any],
    show: Callable[[Progress], object] | None = None,
    counted: Callable[[int, int], object] | None = None,
) -> Model:
    """Train on a text as the tool does, with </s> a word at each line's end, on all threads.

    Parameters
    ----------
    model : FastText.
    options : by the tool's names: NAMES, "model", "loss", "minn", "maxn", "bucket", "label",
        "pretrainedVectors", and fields of the header. Tokens that begin with "label" are no words.
    show : is given how far training is. counted : is given how many tokens and words there are.

    Raises ValueError for what training here does not have.
    """
    if options["loss"] not in ("ns", "hs"):
        raise ValueError(
            f"loss={options['loss']!r}: ns and hs are trained here, the others by the command with "
            "-exact 1"
        )
    if not options["t"]:
        raise ValueError("t=0: fastText keeps no word then; 1 keeps them all")
    params: dict[str, Any] = {ours: options[name] for name, ours in NAMES.items()}
    if options["loss"] == "hs":
        params |= dict(hs=1, negative=0)
    params["max_n"] = options["maxn"]
    if options["maxn"]:
        params |= dict(min_n=options["minn"], bucket=options["bucket"])
    label = options["label"]
    made = model(
        sg=int(options["model"] == "skipgram"),
        init=options["pretrainedVectors"] or None,
        **params,
    )
    made.vocabulary, corpus = encode(
        path,
        min_count=made.params.min_count,
        workers=made.params.n_workers,
        mark=True,
        errors="surrogateescape",
        trim_rule=(lambda word, n, least: DISCARD * word.startswith(label)) if label else None,
    )
    made.corpus_count = corpus.n_read_sentences
    made.corpus_total_words = corpus.n_read + corpus.n_read_sentences  # a token at each line's end
    if counted is not None:
        counted(made.corpus_total_words, len(made.vocabulary))
    made.fit(corpus, compute_loss=show is not None, progress=show or False)
    fields = {name: options[name] for name in ("wordNgrams", "lrUpdateRate")}
    return model_of(made, **fields)


def model_of(model: "FastText", **fields: Any) -> Model:
    """Return what a .bin file holds of a model; `fields` are those of its header that it lacks.

    Raises ValueError when there is nothing to write yet.
    """
    wv, params = model.wv, model.params
    if not len(wv):
        raise ValueError("there is nothing to save yet: call build_vocab(corpus) first")
    if params.hs and params.negative:
        warnings.warn(
            "hs=1, negative: a .bin file holds one output matrix; node vectors are left out",
            stacklevel=3,
        )
    known: dict[str, Any] = dict(
        ws=params.window,
        epoch=params.epochs,
        minCount=params.min_count,
        neg=params.negative,
        loss=LOSSES["ns" if params.negative else "hs"],
        model=MODELS["sg" if params.sg else "cbow"],
        t=params.sample,
        ntokens=model.corpus_total_words or int(model.vocabulary.counts.sum()),
    )
    return files.made_model(
        wv.parts.spelled(wv.words),
        np.asarray(model.vocabulary.counts, np.int64),
        wv.vectors_vocab,
        wv.ngrams,
        outputs_of(model),
        **known | fields,
    )


def outputs_of(model: "FastText") -> NDArray[np.float32]:
    """Return the output matrix, float32 (V, D), as fastText has it."""
    shape = len(model.wv), model.wv.vector_size
    if model.params.negative and model.output_vectors is not None:
        return model.output_vectors
    outputs = np.zeros(shape, np.float32)
    if model.node_vectors is not None and not model.params.negative:
        # Its label is the code of a turn, which is 1 less that of word2vec.
        outputs[: shape[0] - 1] = -model.node_vectors
    return outputs


def is_file(path: AnyPath) -> bool:
    """Whether a file is one of fastText, compressed or not."""
    path = os.path.expanduser(os.fspath(path))
    if not os.path.isfile(path):
        return False
    with streams.open_bytes(path) as file:
        head = file.read(files.HEADER.size)
    return head.startswith(files.MAGIC) or files.is_old(head)


def opened(
    model: "FastText", path: AnyPath, encoding: str = "utf-8", params: dict[str, Any] | None = None
) -> "FastText":
    """Make a model, which is new, that of a file, and return it; see take."""
    take(model, files.read_model(path, encoding), os.fspath(path), encoding, params or {})
    return model


def take(model: "FastText", found: Model, path: str, encoding: str, params: dict[str, Any]) -> None:
    """Make a model, which is new, what a file holds, but for these parameters.

    Raises ValueError naming what training could not go on from.
    """
    header = found.header
    losses = {number: name for name, number in LOSSES.items()}
    if header.model == SUPERVISED or found.is_quantised:
        raise ValueError(
            f"{path!r}: a supervised or quantised model, which is not trained here; w2v.load opens "
            "the vectors of its words"
        )
    if losses.get(header.loss) not in ("hs", "ns"):
        raise ValueError(
            f"{path!r}: its loss, {losses.get(header.loss, header.loss)}, is not trained here; "
            "w2v.load opens its vectors"
        )
    if unused := found.unused():
        warnings.warn(f"{path!r}: {unused}", stacklevel=4)
    try:
        model.params = dataclasses.replace(model.params, **params_of(header) | params)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path!r}: {error}") from None
    if model.params.vector_size != header.dim:
        raise ValueError(f"{path!r}: vector_size={header.dim}, which cannot change")
    decode_raw(found.words, found.raw, None, encoding, path)
    counts = found.counts[: header.nwords].copy()
    model.vocabulary = Vocabulary(found.words, counts)
    model.wv = SubwordVectors(
        found.words, None, counts, own=found.own, ngrams=found.ngrams,
        raw={row: word for row, _, word in found.raw}, shared=False,
    )  # fmt: skip
    model.corpus_total_words = header.ntokens
    assert found.outputs is not None  # see read_model
    if model.params.hs:
        model.node_vectors = -found.outputs[: max(header.nwords - 1, 0)]
    else:
        model.output_vectors = found.outputs


def params_of(header: Header) -> dict[str, Any]:
    """Return the parameters that a header has; the learning rate is not among them."""
    is_hs = header.loss == LOSSES["hs"]
    has_ngrams = header.bucket > 0 and header.maxn > 0
    ngrams = dict(min_n=header.minn, max_n=header.maxn, bucket=header.bucket)
    return dict(
        vector_size=header.dim,
        window=header.ws,
        epochs=header.epoch,
        min_count=header.minCount,
        hs=int(is_hs),
        negative=0 if is_hs else header.neg,
        sg=int(header.model == MODELS["sg"]),
        sample=header.t,
        **(ngrams if has_ngrams else dict(max_n=0)),
    )
