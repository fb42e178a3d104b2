"""Packages that w2v does without until they are needed."""

import importlib


def needed(package: str, purpose: str, install: str):
    """Import an optional package; raises ModuleNotFoundError saying what for and how to get it."""
    try:
        return importlib.import_module(package)
    except ImportError:
        raise ModuleNotFoundError(
            f"{purpose} needs the {package.split('.')[0]} package: pip install {install}"
        ) from None
