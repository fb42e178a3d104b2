"""gensim.test: the small texts of gensim's documentation."""

from typing import TYPE_CHECKING

from ... import lessons

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
