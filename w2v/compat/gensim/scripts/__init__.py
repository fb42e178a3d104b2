"""gensim.scripts: the conversions of files of vectors."""

from typing import TYPE_CHECKING

from ... import lessons

if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
