"""The text of these examples: docstrings of Python's standard library, which every Python has."""

import collections
import functools
import sysconfig
from pathlib import Path

import w2v
from w2v.cli.demo import SKIPPED, docstrings


def documents(n_labels: int | None = None) -> tuple[list[list[str]], list[str]]:
    """Return docstrings as lists of lower-case words, and the module or package that each is of.

    With n_labels, those of the packages that have most.
    """
    texts, labels = everything()
    most = {label for label, _ in collections.Counter(labels).most_common(n_labels)}
    kept = [i for i, label in enumerate(labels) if label in most]
    return [texts[i] for i in kept], [labels[i] for i in kept]


@functools.cache
def everything() -> tuple[list[list[str]], list[str]]:
    library = Path(sysconfig.get_path("stdlib"))
    texts, labels, seen = [], [], set()
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library).with_suffix("").parts
        if SKIPPED.intersection(parts):
            continue
        for text in docstrings(path):
            words = w2v.tokenize(text, lowercase=True)
            if len(words) >= 5 and text not in seen:
                seen.add(text)
                texts.append(words)
                labels.append(parts[0])
    return texts, labels
