"""The two files of TensorBoard's projector, https://projector.tensorflow.org."""

import os
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..shared import streams
from ..shared.types import AnyPath
from .ids import spelled


def projector_paths(prefix: AnyPath) -> list[str]:
    return [f"{os.fspath(prefix)}_{part}.tsv" for part in ("tensor", "metadata")]


def write_projector(prefix: AnyPath, words: Iterable[Any], vectors: np.ndarray) -> None:
    """Write PREFIX_tensor.tsv and PREFIX_metadata.tsv for https://projector.tensorflow.org.

    They are those of gensim's word2vec2tensor, except that a tab or line end in a word is written
    as \\t, \\n or \\r, and a word of nothing but blanks in quotes: each word has one line.
    """
    words = spelled(words)
    tensor, metadata = projector_paths(prefix)
    with streams.replacing(tensor, "prefix") as file:
        for row in vectors:
            file.write("\t".join(row.astype(str)).encode() + b"\n")
    with streams.replacing(metadata, "prefix") as file:
        for word in words:
            shown = re.sub("[\t\n\r]", lambda found: repr(found[0])[1:-1], word)
            shown = shown if shown.strip() else repr(shown)
            file.write(shown.encode("utf-8", "surrogateescape") + b"\n")
