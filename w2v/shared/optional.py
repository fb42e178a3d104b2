"""Packages that w2v does without until they are needed."""

import importlib
from types import ModuleType


def needed(package: str, purpose: str, install: str) -> ModuleType:
    """Import an optional package; raises ModuleNotFoundError saying what for and how to get it."""
    try:
        return importlib.import_module(package)
    except ImportError:
        raise ModuleNotFoundError(
            f"{purpose} needs the {package.split('.')[0]} package: pip install {install}"
        ) from None
