"""gensim.models.basemodel: a name in the annotations of programs; nothing here is made from it."""

from typing import TYPE_CHECKING

from ... import lessons


class BaseTopicModel:
    """gensim's base of its topic models, which spec2vec calls the models that it is given."""


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
