"""Words that go together: found by counting pairs, joined into one word."""

from .joining import load_phrases, save_phrases

__all__ = ["load_phrases", "save_phrases"]
