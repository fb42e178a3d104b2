"""The two files of TensorBoard's projector, https://projector.tensorflow.org."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..shared import streams
from ..shared.types import AnyPath
from .ids import spelled


def projector_paths(prefix: AnyPath) -> list[str]:
    return [f"{os.fspath(prefix)}_{part}.tsv" for part in ("tensor", "metadata")]


def write_projector(
    prefix: AnyPath,
    words: Iterable[Any],
    vectors: np.ndarray,
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Write PREFIX_tensor.tsv and PREFIX_metadata.tsv for https://projector.tensorflow.org.

    They are those of gensim's word2vec2tensor, except that a tab or line end in a word is written
    as \\t, \\n or \\r, and a word of nothing but blanks in quotes: each word has one line. `told`
    is called with how many rows have been written, and of how many.
    """
    words = spelled(words)
    tensor, metadata = projector_paths(prefix)
    with streams.replacing(tensor, "prefix") as file:
        for n, row in enumerate(vectors, 1):
            file.write("\t".join(row.astype(str)).encode() + b"\n")
            if told is not None:
                told(n, len(vectors))
    with streams.replacing(metadata, "prefix") as file:
        for word in words:
            shown = re.sub("[\t\n\r]", lambda found: repr(found[0])[1:-1], word)
            shown = shown if shown.strip() else repr(shown)
            file.write(shown.encode("utf-8", "surrogateescape") + b"\n")
