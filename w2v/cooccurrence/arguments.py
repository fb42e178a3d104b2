"""What GloVe and glove are called with: GloVeParams, and what concerns one call alone.

The classes here are declarations, of which no objects are made: a field is an argument.
"""

from dataclasses import dataclass, field

from ..corpus.vocabulary import Vocabulary
from ..models.arguments import CORPUS, meaning
from ..models.callbacks import Callbacks
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from .matrix import Cooccurrence
from .training import GloVeParams, Show


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CallArguments(GloVeParams):
    """What is told of one call, besides the corpus."""

    vocabulary: Vocabulary | AnyPath | None = field(
        default=None,
        metadata=meaning(
            "Vocabulary or path", "words to count, in this order; see Cooccurrence.count"
        ),
    )
    tokenizer: Tokenizer | None = field(
        default=None, metadata=meaning("callable", "splits strings into tokens; see w2v.train")
    )
    encoding: str = field(default="utf-8", metadata=meaning("str", "of the files"))
    errors: str | None = field(
        default=None, metadata=meaning("str", "what is done about wrong bytes; see w2v.train")
    )
    trim_rule: TrimRule | None = field(
        default=None, metadata=meaning("callable", "which words are kept; see w2v.train")
    )
    callbacks: Callbacks = field(
        default=(),
        metadata=meaning(
            "sequence of Callback",
            "objects with any of the methods of w2v.Callback; an epoch is an iteration. They see "
            "the model with the vectors of that moment, and cannot change them",
        ),
    )
    progress: Show = field(
        default=None,
        metadata=meaning(
            "bool or callable",
            "True shows a line on standard error, False nothing, None shows it on a terminal; a "
            "callable is given a GloVeProgress about ten times a second",
        ),
    )


@dataclass(frozen=True, eq=False, repr=False)
class GloveArguments(CallArguments):
    """The arguments of glove."""

    corpus: CorpusLike = field(metadata=meaning("path or iterable", CORPUS))


@dataclass(frozen=True, eq=False, repr=False)
class ModelArguments(CallArguments):
    """The arguments of GloVe."""

    corpus: CorpusLike | None = field(default=None, metadata=meaning("path or iterable", CORPUS))
    cooccurrence: Cooccurrence | None = field(
        default=None,
        kw_only=True,
        metadata=meaning("Cooccurrence", "counts to train on, in place of a corpus"),
    )
