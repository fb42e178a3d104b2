"""Spelling: what to tell of words that are not in a vocabulary."""

from collections.abc import Iterable
from typing import Any

from .store import Store

# Of so many first words the nearest spellings are looked for: some tenths of a second a word.
MOST_COMPARED = 100_000


def check_words(kv: Store, words: Iterable[Any]) -> None:
    """Raise ValueError naming all words that have no vector, with near spellings.

    >>> import numpy as np
    >>> import w2v
    >>> kv = w2v.KeyedVectors(["king", "Paris"], np.eye(2))
    >>> check_words(kv, ["paris", "king", "kink"])
    Traceback (most recent call last):
    ValueError: not among the 2 words: paris kink; did you mean Paris, king?
    """
    unknown = list(dict.fromkeys(word for word in words if word not in kv))
    if not unknown:
        return
    near = dict.fromkeys(close for word in unknown for close in close_words(kv, word))
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise ValueError(f"not among the {len(kv):,} words: {' '.join(map(str, unknown))}{hint}")


def close_words(kv: Store, word: Any) -> list[str]:
    """Return the cases of a word that are known, or else the nearest known spelling."""
    if kv.key_type is not str or not isinstance(word, str):
        return []
    written = {word.lower(), word.capitalize(), word.upper()}
    cases = sorted(case for case in written if kv.has_index_for(case))
    if cases:
        return cases
    import difflib  # seldom needed

    first = (kv.words[row] for row in range(min(len(kv), MOST_COMPARED)))
    like = [known for known in first if abs(len(known) - len(word)) <= 2]
    return difflib.get_close_matches(word, like, 1, 0.7)
