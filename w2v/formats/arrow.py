"""Arrow tables, and Parquet files of them, of the columns word, vector and, if known, count."""

import importlib
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..shared import streams
from ..shared.checks import check_path
from ..shared.optional import needed
from ..shared.types import AnyPath
from .ids import Ids, as_keys
from .stored import Stored, checked
from .words import encode


def arrow_table(
    arrow: Any, words: Iterable[Any], vectors: np.ndarray, counts: np.ndarray | None
) -> Any:
    words = as_keys(words)
    try:
        if isinstance(words, Ids):
            columns = {"word": arrow.array(words.numbers)}
        else:
            for word in words:
                encode(word)  # raises
            columns = {"word": arrow.array(list(words), arrow.string())}
    except UnicodeEncodeError:
        word = next(word for word in map(str, words) if re.search("[\ud800-\udfff]", word))
        raise ValueError(f"the word {word!r} is not UTF-8, as Arrow needs; rename it") from None
    numbers = arrow.array(np.ascontiguousarray(vectors).reshape(-1))
    columns["vector"] = arrow.FixedSizeListArray.from_arrays(numbers, vectors.shape[1])
    if counts is not None:
        columns["count"] = arrow.array(counts)
    return arrow.table(columns)


def arrow_arrays(table: Any) -> tuple[Sequence[Any], np.ndarray, NDArray[np.int64] | None]:
    for name in ("word", "vector"):
        if name not in table.column_names:
            raise ValueError(f"no column {name!r} among {table.column_names}")
    words, lists, counts = table["word"].to_pylist(), table["vector"], None
    if not hasattr(lists.type, "value_type"):
        raise ValueError(f"the column 'vector' is of type {lists.type}; lists are expected")
    pieces = [rows_of(chunk) for chunk in lists.chunks if len(chunk)]
    if len({piece.shape[1] for piece in pieces}) > 1:
        raise ValueError("the column 'vector' holds lists of several lengths")
    if not pieces:
        D = getattr(lists.type, "list_size", 1)
        pieces = [np.empty((0, D), lists.type.value_type.to_pandas_dtype())]
    if "count" in table.column_names:
        counts = table["count"].to_numpy()
    return checked(words, pieces[0] if len(pieces) == 1 else np.concatenate(pieces), counts)


def rows_of(lists: Any) -> np.ndarray:
    """Return lists of one length in Arrow as rows, (n, length), without a copy."""
    numbers = lists.flatten()
    if lists.null_count or numbers.null_count:
        raise ValueError("the column 'vector' has nulls")
    if not hasattr(lists.type, "list_size") and len(lists.value_lengths().unique()) > 1:
        raise ValueError("the column 'vector' holds lists of several lengths")
    if not len(numbers):
        raise ValueError("the column 'vector' holds empty lists")
    return numbers.to_numpy(zero_copy_only=False).reshape(len(lists), -1)


def write_parquet(
    path: AnyPath, words: Iterable[Any], vectors: np.ndarray, counts: np.ndarray | None = None
) -> None:
    """Write the table of to_arrow as Parquet."""
    arrow = needed("pyarrow", f"{os.fspath(path)!r}", "pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    table = arrow_table(arrow, words, vectors, counts)
    with streams.replacing(path, compress=False) as file:
        # Vectors neither repeat nor compress.
        parquet.write_table(table, file, use_dictionary=False, compression="none")


def read_parquet(path: AnyPath) -> Stored:
    """Read words, vectors and counts, or None, from the columns word, vector and count.

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    path = check_path("path", path)
    arrow = needed("pyarrow", repr(path), "pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    with open(path, "rb") as file:
        try:
            source = parquet.ParquetFile(file)
            names = [
                name for name in ("word", "vector", "count") if name in source.schema_arrow.names
            ]
            words, vectors, counts = arrow_arrays(source.read(names))
            return Stored(words, vectors, counts, "Parquet")
        except (arrow.ArrowException, ValueError, TypeError, OSError) as error:
            what = str(error).split("\n")[0]
            raise ValueError(f"{path!r}: no Parquet file of word vectors: {what}") from None
