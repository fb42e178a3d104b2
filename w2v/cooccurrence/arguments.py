"""What GloVe and glove are called with: GloVeParams, and what concerns one call alone.

Owns their signatures, for type checkers and editors, and their lines in help(). The classes here
are declarations, of which no objects are made: a field is an argument.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..corpus.vocabulary import Vocabulary
from ..models.arguments import CORPUS, meaning
from ..models.callbacks import Callbacks
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from .matrix import Cooccurrence
from .training import GloVeParams, Show

P = ParamSpec("P")
Result = TypeVar("Result")


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


def takes(arguments: Callable[P, object]) -> Callable[[Callable[..., Result]], Callable[P, Result]]:
    """Decorate a function that has these arguments."""
    return lambda function: sign(function, arguments)


def method_takes(
    arguments: Callable[P, object],
) -> Callable[[Callable[..., Result]], Callable[Concatenate[Any, P], Result]]:
    """Decorate a method that has these arguments besides its first one."""
    return lambda function: sign(function, arguments, is_method=True)


def sign(function: Any, arguments: Any, is_method: bool = False) -> Any:
    """Return the function with its signature, which it has from the fields of a class."""
    shown = list(inspect.signature(arguments).parameters.values())
    if is_method:
        shown.insert(0, inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY))
    result = inspect.signature(function).return_annotation
    function.__signature__ = inspect.Signature(shown, return_annotation=result)
    function.__doc__ = documented(function.__doc__, arguments)
    return function


def documented(text: str | None, arguments: Any) -> str | None:
    """Return a docstring with the arguments in place of ARGUMENTS, each with its default."""
    own = [each for each in fields(arguments) if each.name not in GloVeParams.__dataclass_fields__]
    own.sort(key=lambda each: each.kw_only is True)
    lines = []
    for each in [*own, *fields(GloVeParams)]:
        kind = each.metadata["kind"]
        default = "" if each.default is MISSING else f", default {each.default!r}"
        name = getattr(kind, "__name__", kind)
        lines.append(f"{each.name} : {name}{default}. {each.metadata['meaning']}.")
    return text and text.replace("ARGUMENTS", "\n    ".join(lines))  # python -OO has no text
