"""What Word2Vec and train are called with: Params, and what concerns one call alone.

Owns their signatures, for type checkers and editors, for inspect, help() and Jupyter. The classes
here are declarations, of which no objects are made: a field is an argument, and Params' fields are
arguments of all of them.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from ..shared.checks import refusing
from ..shared.progress import Show
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from .callbacks import Callbacks
from .params import GENSIM_NAMES, Params, SubwordParams

P = ParamSpec("P")
Result = TypeVar("Result")


def meaning(kind: str, text: str) -> dict[str, str]:
    """Return the metadata of an argument, as Params' fields have them."""
    return dict(kind=kind, meaning=text)


# Of arguments of FastText.
OF_SUBWORDS = meaning("int", "with subwords: see FastText")

# Of arguments that change nothing.
NOTHING = meaning("any", "taken as gensim takes it; there is nothing here to change by it")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CallArguments(Params):
    """What is told of one call, besides the corpus."""

    tokenizer: Tokenizer | None = field(
        default=None,
        metadata=meaning(
            "callable",
            "splits strings into tokens; the corpus is then an iterable of strings, or paths, "
            "whose lines are split by it",
        ),
    )
    encoding: str = field(
        default="utf-8", metadata=meaning("str", "of the files, any that Python knows")
    )
    errors: str | None = field(
        default=None,
        metadata=meaning(
            "str",
            "what happens to bytes that are not in that encoding. None: in up to 1 % of the tokens "
            "they become U+FFFD, with a warning that counts these; in more they are an error that "
            'names the likely encoding. "strict" refuses them all, "replace", "ignore" and other '
            'handlers of bytes.decode are silent, "surrogateescape" keeps the bytes',
        ),
    )
    trim_rule: TrimRule | None = field(
        default=None,
        metadata=meaning(
            "callable",
            "which words are kept: given word, count and min_count it returns 0 (those of "
            "min_count), 1 (discard it) or 2 (keep it)",
        ),
    )
    init: Any = field(
        default=None,
        metadata=meaning(
            "KeyedVectors or path",
            "vectors that its words begin with; the others begin with random ones",
        ),
    )
    compute_loss: bool | None = field(
        default=None,
        metadata=meaning(
            "bool",
            "whether the loss is computed: True of every step, None of one step in 64 (of a small "
            "corpus more, or all), False of none; it changes nothing else",
        ),
    )
    callbacks: Callbacks = field(
        default=(),
        metadata=meaning(
            "sequence of Callback",
            "objects whose on_train_begin, on_epoch_begin, on_epoch_end and on_train_end are "
            "called with the model",
        ),
    )
    checkpoint: AnyPath | None = field(
        default=None,
        metadata=meaning(
            "path",
            "a model file that is written while training rests, whole or not at all, and from "
            "which a run that was killed goes on: train(resume=path)",
        ),
    )
    checkpoint_every: Any = field(
        default=None,
        metadata=meaning(
            "str or number",
            'how often: "10min" (the default), seconds, "50M words" or "1 epoch"',
        ),
    )
    time_budget: Any = field(
        default=None,
        metadata=meaning(
            "str or number",
            'of reading and training: "10m", "1.5h", seconds. The learning rate falls so that it '
            "is at its end when the time is, if that is before the last epoch",
        ),
    )
    cluster: Any = field(
        default=None,
        metadata=meaning(
            "str or Cluster",
            'train on several machines: "ray", "mpi", "local" or a w2v.Cluster. The corpus are '
            "files that each of them has",
        ),
    )
    progress: Show = field(
        default=None,
        metadata=meaning(
            "bool or callable",
            "True shows a line on standard error, False nothing, None shows it on a terminal; a "
            "callable is given a Progress about ten times a second",
        ),
    )


CORPUS = (
    'a path, a glob pattern, a directory, "-" for standard input, or a list of such: UTF-8 text, '
    "a sentence a line, tokens separated by blanks or tabs; gzip, bzip2, xz and zstd are undone. "
    "Or an iterable of sentences, each a list of str; it is read once, so a generator will do. No "
    "sentence is dropped or cut short, however long. Tokens may be int instead, from -2^63 to "
    "2^63 - 1, or another hashable, all of one type; they are the keys of the vectors then. Ints "
    "come, too, as 1-D arrays, as an array (n, length), each row up to its first -1, as a tuple of "
    "arrays (values, offsets), or as a list column of Arrow, pandas or polars"
)


@dataclass(frozen=True, eq=False, repr=False)
class TrainArguments(CallArguments):
    """The arguments of train."""

    corpus: CorpusLike | None = field(default=None, metadata=meaning("path or iterable", CORPUS))
    resume: AnyPath | None = field(
        default=None,
        kw_only=True,
        metadata=meaning(
            "path",
            "a checkpoint, whose run goes on; corpus and tokenizer are passed again where they "
            "were no files, other parameters are the checkpoint's. See Word2Vec.resume",
        ),
    )
    changed_corpus: bool = field(
        default=False,
        kw_only=True,
        metadata=meaning("bool", "with resume: go on even if the corpus is another one now"),
    )
    subwords: bool = field(
        default=False,
        kw_only=True,
        metadata=meaning(
            "bool",
            "whether words are made of n-grams, so that unknown ones have vectors, too: the model "
            "is a FastText, with its defaults",
        ),
    )
    min_n: int | None = field(default=None, kw_only=True, metadata=OF_SUBWORDS)
    max_n: int | None = field(default=None, kw_only=True, metadata=OF_SUBWORDS)
    bucket: int | None = field(default=None, kw_only=True, metadata=OF_SUBWORDS)


@dataclass(frozen=True, eq=False, repr=False)
class EstimateArguments(CallArguments):
    """The arguments of estimate."""

    corpus: CorpusLike = field(metadata=meaning("path or iterable", CORPUS))


@dataclass(frozen=True, eq=False, repr=False)
class ModelArguments(CallArguments):
    """The arguments of Word2Vec."""

    sentences: CorpusLike | None = field(
        default=None, metadata=meaning("path or iterable", f"the corpus: {CORPUS}")
    )
    corpus_file: CorpusLike | None = field(
        default=None, metadata=meaning("path or iterable", "another name of `sentences`")
    )
    max_vocab_size: int | None = field(default=None, kw_only=True, metadata=NOTHING)
    hashfxn: Any = field(default=None, kw_only=True, metadata=NOTHING)
    null_word: int = field(default=0, kw_only=True, metadata=NOTHING)
    sorted_vocab: int = field(default=1, kw_only=True, metadata=NOTHING)
    batch_words: int = field(default=10_000, kw_only=True, metadata=NOTHING)
    comment: str | None = field(default=None, kw_only=True, metadata=NOTHING)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FastTextArguments(SubwordParams, ModelArguments):
    """The arguments of FastText."""


# The order in which gensim 4 takes the arguments of Word2Vec.
GENSIM_ORDER = (
    "sentences", "corpus_file", "vector_size", "alpha", "window", "min_count", "max_vocab_size",
    "sample", "seed", "workers", "min_alpha", "sg", "hs", "negative", "ns_exponent", "cbow_mean",
    "hashfxn", "epochs", "null_word", "trim_rule", "sorted_vocab", "batch_words", "compute_loss",
    "callbacks", "comment", "max_final_vocab", "shrink_windows",
)  # fmt: skip

IDLE = tuple(each.name for each in fields(ModelArguments) if each.metadata == NOTHING)


@dataclass(frozen=True, eq=False, repr=False)
class LoadArguments(Params):
    """The arguments of Word2Vec.load: parameters that are given replace those of the file."""

    path: AnyPath = field(metadata=meaning("path", "a file of Word2Vec.save"))
    mmap: str | None = field(
        default="c",
        metadata=meaning(
            "str",
            "whether the matrices are the file, mapped; see KeyedVectors.load. Training copies "
            "them first, so the file never changes",
        ),
    )


@dataclass(frozen=True, eq=False, repr=False)
class FastTextLoadArguments(SubwordParams, LoadArguments):
    """The arguments of FastText.load."""


class AsSaved:
    """Stands in a signature for the value that a file has."""

    def __repr__(self) -> str:
        return "<as saved>"


def takes(
    arguments: Callable[P, object], former: Mapping[str, str] = GENSIM_NAMES
) -> Callable[[Callable[..., Result]], Callable[P, Result]]:
    """Decorate a function that has these arguments; see `sign`."""
    return lambda function: sign(function, arguments, former=former)


def method_takes(
    arguments: Callable[P, object],
    default: object = None,
    order: Sequence[str] = (),
    former: Mapping[str, str] = GENSIM_NAMES,
) -> Callable[[Callable[..., Result]], Callable[Concatenate[Any, P], Result]]:
    """Decorate a method that has these arguments besides its first one; see `sign`."""
    first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    return lambda function: sign(function, arguments, [first], default, order, former)


def sign(
    function: Callable[..., Any],
    arguments: Any,
    first: Iterable[inspect.Parameter] = (),
    default: object = None,
    order: Sequence[str] = (),
    former: Mapping[str, str] = GENSIM_NAMES,
) -> Callable[..., Any]:
    """Return the function with its signature, and an answer to keywords that are not in it.

    Type checkers have the signature from the decorators' types. With `default`, that is shown in
    place of Params' defaults, and the function answers itself. Arguments in `order` may be given by
    position, which checkers do not know. `former` names are answered with what to write instead.
    """
    known = inspect.signature(arguments).parameters
    shown = list(known.values())
    if order:
        function = in_order(function, order)
        positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
        shown = [known[name].replace(kind=positional) for name in order]
        shown += [each for each in known.values() if each.name not in order]
    signed: Any = refusing(function, known, former)
    if default is not None:
        params = SubwordParams.__dataclass_fields__
        shown = [each.replace(default=default) if each.name in params else each for each in shown]
        signed = function
    result = inspect.signature(function).return_annotation
    signed.__signature__ = inspect.Signature([*first, *shown], return_annotation=result)
    signed.__doc__ = documented(function.__doc__, arguments)
    return signed


def in_order(method: Callable[..., Any], order: Sequence[str]) -> Callable[..., Any]:
    """Return a method of keywords that may be given by position, too, in this order."""

    @functools.wraps(method)
    def ordered(self: Any, *given: Any, **named: Any) -> Any:
        if len(given) > len(order):
            raise TypeError(f"{len(given)} arguments by position; there are {len(order)} at most")
        for name in order[: len(given)]:
            if name in named:
                raise TypeError(f"{name}={named[name]!r} is given by position, too")
        return method(self, **dict(zip(order, given, strict=False)), **named)

    return ordered


def documented(text: str | None, arguments: Any) -> str | None:
    """Return a docstring with the arguments in place of ARGUMENTS, each with its default."""
    params = params_class(arguments)
    own = [each for each in fields(arguments) if each.name not in params.__dataclass_fields__]
    own.sort(key=lambda each: each.kw_only is True)
    known = {each.name: each for each in fields(arguments)}  # whose defaults may be others
    lines = map(describe, [*own, *(known[each.name] for each in fields(params))])
    return text and text.replace("ARGUMENTS", "\n    ".join(lines))  # python -OO has no text


def params_class(arguments: Any) -> Any:
    """Return the class of parameters that a class of arguments is made from."""
    return next(each for each in reversed(arguments.__mro__) if is_dataclass(each))


def describe(argument: Field[Any]) -> str:
    """Return the line of a docstring that says what an argument is."""
    kind, text = argument.metadata["kind"], argument.metadata["meaning"]
    default = "" if argument.default is MISSING else f", default {argument.default!r}"
    return f"{argument.name} : {getattr(kind, '__name__', kind)}{default}. {text}."
