"""Params: what a model is trained with, written once for the API, the commands and the files.

Owns meanings, defaults, ranges and the messages about them; it trains nothing.
"""

import os
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

import numpy as np

from .. import _core
from ..shared.checks import MAX_PASSES, MAX_WORKERS, check_number, unexpected
from ..shared.threads import usable_cores

# $W2V_KERNEL is for queries, too, which have kernels for 8-bit numbers (vectors/search.py);
# training takes those of the same vectors. Every kernel of training has a namesake for queries.
TRAINING_KERNELS = {"avx512vnni": "avx512", "avxvnni": "avx2"}

# Sharing noise words lost up to a point of a hundred where words are few, and gained two of
# analogies in text of 20,000 words; see bench/results/choices.md.
SHARED_FROM = 5_000

T = TypeVar("T")


def param(
    default: T,
    kind: type,
    meaning: str,
    low: float | None = None,
    high: float | None = None,
    open_low: bool = False,
) -> T:
    """Declare a parameter: its type, what it means, and the range it must lie in."""
    metadata = dict(kind=kind, meaning=meaning, low=low, high=high, open_low=open_low)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Params:
    """The parameters of a model; names, meanings and defaults as in gensim 4 unless noted.

    Raises TypeError or ValueError naming the parameter, the value and the range it must lie in.

    >>> import w2v
    >>> w2v.Params(sg=1, window=10).start_alpha
    0.025
    """

    vector_size: int = param(100, int, "dimensions of the vectors", 1, 1_000_000)
    window: int = param(5, int, "words to each side of the centre that are context", 1, 2**31 - 1)
    min_count: int = param(5, int, "drop words that are rarer than this", 0, 2**62)
    max_final_vocab: int | None = param(
        None, int, "keep at most so many words, by raising min_count", 1, 2**30
    )
    sg: int = param(0, int, "1: skip-gram, 0: CBOW", 0, 1)
    hs: int = param(
        0, int, "1: hierarchical softmax, besides negative sampling unless that is 0", 0, 1
    )
    negative: int = param(5, int, "noise words for each centre; 0: no negative sampling", 0, 10_000)
    ns_exponent: float = param(0.75, float, "noise words are drawn by count ** this", -10, 10)
    alpha: float | None = param(
        None,
        float,
        "learning rate at the start; None: 0.025 for skip-gram, 0.05 for CBOW as in the C tool "
        "(gensim: 0.025 for both)",
        0,
        1,
        open_low=True,
    )
    min_alpha: float = param(
        0.0001, float, "learning rate at the end, falling in a straight line, at most alpha", 0, 1
    )
    sample: float = param(
        1e-3, float, "subsample words whose share of the corpus is above this; 0: none", 0, 1
    )
    epochs: int = param(5, int, "passes over the corpus", 1, 1_000_000)
    workers: int | None = param(
        None,
        int,
        "threads at most; None: all cores (gensim: 3). One, as a corpus of 1,000 words has anyway, "
        "gives the same bytes every run",
        1,
        MAX_WORKERS,
    )
    seed: int | None = param(
        1, int, "of the first weights and all draws; None draws one, which `seed` then is",
        0, 2**63 - 1,
    )  # fmt: skip
    cbow_mean: int = param(1, int, "1: CBOW takes the mean of the context, 0: the sum", 0, 1)
    shrink_windows: bool = param(
        True, bool, "whether a window's reach is drawn from 1 to window, or always window"
    )
    shared_noise: bool | None = param(
        None,
        bool,
        "whether all pairs of a skip-gram window share noise words, which then serve up to 7 other "
        "windows far away; False: noise words for each pair, and each window of CBOW, as C and "
        f"gensim do, which is slower, above all in skip-gram; None: with {SHARED_FROM:,} words or "
        "more, since it costs quality with fewer, such as nodes of graphs, and gains some in text",
    )
    phrases: int = param(
        0,
        int,
        "passes of joining words that go together, new york to new_york, before the vocabulary is "
        "made; each learns from what the one before joined (w2v.Phrases with its defaults)",
        0,
        MAX_PASSES,
    )
    kernel: str | None = param(
        None, str, "which of w2v.kernels() computes; None: $W2V_KERNEL or else the fastest"
    )
    deterministic: bool = param(
        False,
        bool,
        "the same bytes on any number of threads, for one seed, corpus and kernel; slower than "
        "threads that race",
    )
    exact: bool = param(
        False,
        bool,
        "the C tool's tokens, random stream, schedule and order of operations: its bytes, on one "
        "thread; the first word is </s>, which counts the lines",
    )

    def __post_init__(self) -> None:
        if self.seed is None:
            object.__setattr__(self, "seed", int.from_bytes(os.urandom(8), "little") >> 1)
        for parameter in fields(self):
            value = check(parameter.name, getattr(self, parameter.name), parameter)
            object.__setattr__(self, parameter.name, value)
        if not self.hs and not self.negative:
            raise ValueError("negative=0 with hs=0 leaves nothing to train: set one of them")
        if self.exact and self.workers not in (None, 1):
            raise ValueError(f"workers={self.workers}: exact runs on one thread; leave it out")
        if self.exact and self.kernel is not None:
            raise ValueError(f"kernel={self.kernel!r}: exact has a kernel of its own; leave it out")
        if self.exact and self.phrases:
            raise ValueError(
                f"phrases={self.phrases}: exact trains on the text as it is; run word2phrase first"
            )
        have = _core.kernel_names()
        if self.kernel_name not in (["exact"] if self.exact else have):
            source, name = "kernel", self.kernel
            if not name:
                source, name = "W2V_KERNEL", os.environ["W2V_KERNEL"]
            raise ValueError(
                f"{source}={name!r} is not available; this machine has {', '.join(have)}"
            )

    def shares_noise(self, n_words: int) -> bool:
        """Whether noise words are shared with a vocabulary of so many words.

        >>> Params().shares_noise(100), Params().shares_noise(100_000)
        (False, True)
        """
        return n_words >= SHARED_FROM if self.shared_noise is None else self.shared_noise

    def differences(self) -> dict[str, Any]:
        """Return what is not as it is by default.

        >>> Params(sg=1, window=10).differences()
        {'window': 10, 'sg': 1}
        """
        given = ((each.name, each.default, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, default, value in given if value != default}

    @property
    def seed_number(self) -> int:
        assert self.seed is not None  # after __post_init__
        return self.seed

    @property
    def start_alpha(self) -> float:
        return self.alpha if self.alpha is not None else 0.025 if self.sg else 0.05

    @property
    def end_alpha(self) -> float:
        return min(self.min_alpha, self.start_alpha)

    @property
    def n_workers(self) -> int:
        return 1 if self.exact else self.workers or usable_cores()

    @property
    def kernel_name(self) -> str:
        if self.exact:
            return "exact"
        name = os.environ.get("W2V_KERNEL", "")
        return self.kernel or TRAINING_KERNELS.get(name, name) or _core.kernel_names()[0]


@dataclass(frozen=True, kw_only=True)
class SubwordParams(Params):
    """The parameters of FastText: those of Word2Vec with fastText's defaults, and of n-grams.

    >>> from w2v.models.params import SubwordParams
    >>> SubwordParams(sg=1).start_alpha
    0.05
    """

    ns_exponent: float = param(
        0.5,
        float,
        "noise words are drawn by count ** this; as in fastText (Word2Vec: 0.75)",
        -10,
        10,
    )
    alpha: float | None = param(
        None,
        float,
        "learning rate at the start; None: 0.05, as in fastText",
        0,
        1,
        open_low=True,
    )
    sample: float = param(
        1e-4,
        float,
        "subsample words whose share of the corpus is above this; as in fastText (Word2Vec: 1e-3); "
        "0: none",
        0,
        1,
    )
    min_n: int = param(3, int, "characters of an n-gram, at least", 0, 255)
    max_n: int = param(6, int, "characters of an n-gram, at most; 0: no n-grams", 0, 255)
    bucket: int = param(
        2_000_000,
        int,
        "n-grams are known by their hash modulo this; only those that occur take memory",
        0,
        2**31 - 2**30,
    )
    deterministic: bool = param(
        False, bool, "the same bytes for one seed, corpus and kernel: trains on one thread"
    )
    exact: bool = param(
        False,
        bool,
        "the bytes of fastText 0.9.2 on one thread: its tokens, dictionary, draws and order of "
        "operations; the corpus is a file, trained when the model is made",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 < self.max_n < self.min_n:
            raise ValueError(
                f"min_n={self.min_n} is above max_n={self.max_n}; swap them, or max_n=0 trains "
                "without n-grams"
            )
        if self.max_n and not self.bucket:
            raise ValueError(
                f"bucket=0 with max_n={self.max_n}: n-grams need buckets, 2,000,000, say; max_n=0 "
                "trains without n-grams"
            )

    @property
    def start_alpha(self) -> float:
        return 0.05 if self.alpha is None else self.alpha


def check(name: str, value: Any, parameter: Field[Any]) -> Any:
    """Return `value` in the parameter's type; raises when it is of another or out of range."""
    kind, low, high = (parameter.metadata[key] for key in ("kind", "low", "high"))
    if value is None and parameter.default is None:
        return None
    if kind is bool:
        if isinstance(value, (bool, np.bool_)) or value in (0, 1):
            return bool(value)
        raise TypeError(f"{name}={value!r}: True or False is expected")
    if kind is str:
        if isinstance(value, str):
            return value
        raise TypeError(f"{name}={value!r}: a string is expected")
    return check_number(name, value, kind, low, high, above=parameter.metadata["open_low"])


# Names that code written for gensim may pass, and what to write instead.
GENSIM_NAMES: dict[str, str] = {
    "size": "this is vector_size since gensim 4",
    "iter": "this is epochs since gensim 4",
    **dict.fromkeys(
        ("batch_words", "hashfxn", "null_word", "sorted_vocab", "max_vocab_size", "comment"),
        "there is nothing here that it would change; leave it out",
    ),
}


def make_params(params: dict[str, Any], kind: type[Params] = Params) -> Params:
    known = [parameter.name for parameter in fields(kind)]
    for name in params:
        if name not in known:
            raise unexpected(name, params[name], known, GENSIM_NAMES)
    return kind(**params)
