"""Columns of tables that come in pieces: files of Parquet and Arrow, record batches, rows.

Owns how one value after another is had from them; what values may be is in sources.py. Columns of
tables in memory are corpora as they are, and need nothing from here.
"""

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..shared.optional import needed
from ..shared.paths import shortened
from .sources import ARROW_VALUES, is_table, table_hint, values_of

# What pyarrow calls the formats of files by the ends of their names.
FORMATS = {
    ".parquet": "parquet", ".arrow": "ipc", ".feather": "ipc", ".ipc": "ipc", ".csv": "csv",
    ".json": "json", ".jsonl": "json", ".orc": "orc",
}  # fmt: skip


def is_files(table: Any) -> bool:
    """Whether this is a path, or a list of paths."""
    given = table if isinstance(table, (list, tuple)) else [table]
    return all(isinstance(each, (str, os.PathLike)) for each in given)


def column(table: Any, name: str) -> Iterator[Any]:
    """Yield the values of one column of a table, without holding the table in memory.

    What train and Phrases read where a table is larger than memory, or comes in pieces.

    Parameters
    ----------
    table : a file, or a list of files, of Parquet, Arrow (IPC), CSV or JSON lines, for which
        pyarrow is needed; Arrow's record batches, readers and datasets; Hugging Face's datasets,
        streaming ones, too; tables of Arrow, pandas and polars; or an iterable of rows, each a
        mapping such as a dict.
    name : of the column. Its values are strings, for which train takes a tokenizer, or lists.

    Raises FileNotFoundError; TypeError or ValueError naming what is no table, or has no such
    column.

    >>> rows = [{"id": 1, "text": "tea and milk"}, {"id": 2, "text": "bread and butter"}]
    >>> list(column(rows, "text"))
    ['tea and milk', 'bread and butter']
    """
    if is_files(table):
        files = [table] if isinstance(table, (str, os.PathLike)) else table
        table = batches_of_files(files, name)
    elif callable(getattr(table, "to_batches", None)):  # Arrow's tables and datasets
        table = table.to_batches()
    elif callable(getattr(table, "collect", None)):  # polars, lazy: this column alone is computed
        names = table.collect_schema().names()
        if name not in names:
            raise ValueError(f"name={name!r}: LazyFrame is a table with the columns {names}")
        table = table.select(name).collect()
    elif callable(getattr(table, "iter", None)):  # Hugging Face
        table = table.iter(batch_size=ARROW_VALUES)
        return itertools.chain.from_iterable(named(batch, name) for batch in table)
    if is_table(table):
        return values_of(named(table, name))
    if isinstance(table, Mapping) or not isinstance(table, Iterable):
        raise TypeError(
            f"table: {type(table).__name__} is no table; a file, a table, record batches or rows "
            "are expected"
        )
    return pieces(table, name)


def pieces(table: Iterable[Any], name: str) -> Iterator[Any]:
    """Yield the values of a column of rows, each with one, or of batches, each with many."""
    for piece in table:
        if is_table(piece):
            yield from values_of(named(piece, name))
        else:
            yield named(piece, name)


def named(table: Any, name: str) -> Any:
    """Return a column of a table, or a value of a row; raises ValueError where there is none."""
    try:
        return table[name]
    except TypeError:
        shown = shortened(repr(table))
        raise TypeError(
            f"table: it holds {shown} of type {type(table).__name__}; record batches or rows, such "
            "as dicts, are expected"
        ) from None
    except Exception:  # polars has a class of its own for what others call KeyError
        hint = table_hint(table).partition(";")[0]
        raise ValueError(f"name={name!r}: {hint}") from None


def batches_of_files(files: Iterable[Any], name: str) -> Iterator[Any]:
    """Yield the record batches of files, with this column alone."""
    datasets = needed("pyarrow.dataset", "column of a file", "pyarrow")
    for file in files:
        path = os.path.expanduser(os.fspath(file))
        os.stat(path)  # raises as Python does
        form = FORMATS.get(os.path.splitext(path)[1].lower())
        if form is None and not os.path.isdir(path):
            raise ValueError(
                f"table={path!r}: its name does not end in {', '.join(FORMATS)}; rename it, or "
                "open it with pyarrow and pass that"
            )
        found = datasets.dataset(path, format=form or "parquet")
        if name not in found.schema.names:
            raise ValueError(f"name={name!r}: {path!r} has the columns {found.schema.names}")
        yield from found.to_batches(columns=[name], batch_size=ARROW_VALUES)
