"""What has been counted for phrases, as arrays, and checked when it comes back from a file."""

import zipfile
import zlib
from typing import Any

import numpy as np

from ..corpus import _text
from ..formats import strangers
from ..shared.checks import check_number
from . import _pairs

# What reading a damaged .npz file may raise; NumPy's and zipfile's OSError has no file's name.
DAMAGE = (
    ValueError, KeyError, IndexError, AttributeError, EOFError, OverflowError, RecursionError,
    RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_arrays(path: str) -> dict[str, np.ndarray]:
    """Read all arrays of a .npz file; raises OSError, or one of DAMAGE."""
    with open(path, "rb") as file:
        head = file.read(strangers.HEAD_BYTES)
        if not head.startswith(b"PK"):
            raise ValueError(strangers.what_may_be(head) or "no .npz")
        file.seek(0)
        try:
            with np.load(file, allow_pickle=False) as arrays:
                if "vectors" in arrays and "settings" not in arrays:
                    raise ValueError("w2v.load reads vectors")
                return dict(arrays)
        except OSError as error:
            raise ValueError(str(error)) from None


def progress_of(phrases: Any) -> dict[str, int]:
    """Return what is kept of counting besides the counts."""
    names = ("max_vocab_size", "corpus_word_count", "min_reduce")
    return {name: getattr(phrases, name) for name in names}


def counts_of(phrases: Any) -> dict[str, Any]:
    """Return all counts as arrays, from which `restore` has them again."""
    lexicon = phrases.lexicon or _text.Lexicon()
    arena, offsets = lexicon.spellings()
    parents, last_words = phrases.runs.tree()
    return dict(
        arena=arena[: offsets[-1]],
        offsets=offsets,
        sights=lexicon.first_sights(),
        word_counts=phrases.word_counts,
        run_parents=parents,
        run_words=last_words,
        **dict(zip(("firsts", "runs", "seconds", "counts"), phrases.entries(), strict=True)),
    )


def restore(phrases: Any, arrays: dict[str, np.ndarray], progress: dict[str, int]) -> None:
    """Take over what `counts_of` and `progress_of` returned.

    Raises ValueError when the numbers do not fit together, as in a damaged file.
    """
    phrases.lexicon = _text.Lexicon()
    arena, offsets = arrays["arena"].tobytes(), arrays["offsets"].tolist()
    sights = arrays["sights"].tolist()
    for start, end, sight in zip(offsets[:-1], offsets[1:], sights, strict=True):
        phrases.lexicon.add(arena[start:end], 0, sight)
    phrases.word_counts = arrays["word_counts"].astype(np.int64)
    n_words = phrases.lexicon.n_words
    if len(phrases.word_counts) != n_words or phrases.word_counts.min(initial=0) < 0:
        raise ValueError(f"{len(sights)} words with {len(phrases.word_counts)} counts")
    parents, words = arrays["run_parents"][1:], arrays["run_words"][1:]
    check_below(words, n_words, "the word of a run")
    check_below(parents, np.arange(1, 1 + len(parents)), "the parent of a run")
    phrases.runs.extend(parents.tolist(), words.tolist())
    pairs = [arrays[name] for name in ("firsts", "runs", "seconds", "counts")]
    n_runs = phrases.runs.n_runs
    for numbers_, limit in zip(pairs, (n_words, n_runs, n_words, _pairs.LOST), strict=True):
        check_below(numbers_, limit, "a pair of unknown words")
    for table in phrases.tables:
        table.put(*pairs)
    for name in progress_of(phrases):
        setattr(phrases, name, check_number(name, progress[name], int, 0))


def check_below(values: np.ndarray, limit: int | np.ndarray, what: str) -> None:
    """Raise ValueError unless all values are from 0 to below the limit."""
    if values.dtype.kind not in "iu" or values.ndim != 1:
        raise ValueError(f"{what} is no whole number")
    if not ((values >= 0) & (values < limit)).all():
        raise ValueError(f"{what} is out of range")
