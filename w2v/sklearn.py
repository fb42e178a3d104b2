"""Estimators of scikit-learn: documents become vectors of their words, keys their own vectors.

Owns what scikit-learn expects of an estimator; models/ trains, vectors/ answers. n is the number of
documents or samples, D the dimensions of the vectors.
"""

# By scikit-learn's convention arguments of __init__ become attributes, and methods are overridden.
# pyright: reportAttributeAccessIssue=false, reportIncompatibleMethodOverride=false

import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .corpus.sources import is_table, table_hint
from .corpus.tokens import tokenize
from .models.arguments import documented, meaning, method_takes
from .models.params import Params
from .models.word2vec import Word2Vec
from .phrases.joining import FrozenPhrases
from .shared.checks import check_number
from .shared.logs import log
from .shared.optional import needed
from .shared.types import CorpusLike, Tokenizer
from .vectors.keyed import KeyedVectors, load

needed("sklearn", "w2v.sklearn", "scikit-learn")
from sklearn.base import (  # noqa: E402
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted  # noqa: E402

POOLINGS = ("mean", "sif")
UNKNOWN = ("zeros", "mean", "error")

VECTORS = meaning(
    "KeyedVectors, model or path",
    "vectors that are there already; None: fit trains them, with the parameters below, which are "
    "those of w2v.train",
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class VectorizerArguments(Params):
    """The arguments of Word2VecVectorizer."""

    vectors: Any = field(default=None, metadata=VECTORS)
    pooling: str = field(
        default="mean",
        metadata=meaning(
            "str",
            '"mean" of the words of a document, or "sif", smooth inverse frequency (Arora, Liang '
            "and Ma 2017, A simple but tough-to-beat baseline for sentence embeddings): the mean "
            "of words weighted by sif_a / (sif_a + their share of all tokens), less its "
            "projection on the first singular vectors of the documents of fit",
        ),
    )
    sif_a: float = field(
        default=1e-3, metadata=meaning("float", "the paper's a, which is 1e-4 to 1e-3 there")
    )
    sif_components: int = field(
        default=1, metadata=meaning("int", "how many singular vectors are taken out; 0: none")
    )
    tokenizer: Tokenizer | None = field(
        default=None,
        metadata=meaning(
            "callable",
            "splits documents that are strings; None: into words without punctuation, in lower "
            "case, as w2v.tokenize(document, lowercase=True) does. Documents that are lists of "
            "tokens, or arrays of ids, are taken as they are",
        ),
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EncoderArguments(Params):
    """The arguments of Word2VecEncoder."""

    corpus: CorpusLike | None = field(
        default=None,
        metadata=meaning(
            "path or iterable", "what fit trains on: walks, baskets, ..., as w2v.train takes them"
        ),
    )
    vectors: Any = field(default=None, metadata=VECTORS)
    unknown: str = field(
        default="zeros",
        metadata=meaning(
            "str",
            'what becomes of keys without a vector: "zeros", "mean" (of all vectors) or "error"',
        ),
    )


class Coverage(NamedTuple):
    """What is known of documents: their tokens, those without a vector, documents with no other."""

    tokens: int
    unknown: int
    documents: int
    empty: int


class Estimator(TransformerMixin, BaseEstimator):
    """What both estimators are: parameters that scikit-learn can get, set and copy."""

    arguments: type[Params]

    def keep(self, given: dict[str, Any]) -> None:
        for each in fields(self.arguments):
            setattr(self, each.name, given.get(each.name, each.default))

    def __sklearn_clone__(self) -> "Estimator":
        """Return a copy that is not fitted: vectors and corpus are shared, as nothing writes there.

        scikit-learn would copy them for each fit of a search.
        """
        made = type(self)(**self.get_params(deep=False))
        for name in ("_sklearn_output_config", "_metadata_request"):
            if name in vars(self):
                setattr(made, name, dict(vars(self)[name]))
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def vectors_from(self, corpus: Any) -> KeyedVectors:
        """Return the vectors that were given, or train them on the corpus."""
        names = [each.name for each in fields(Params)]
        params = {name: getattr(self, name) for name in names}
        vectors: Any = self.vectors
        if vectors is None:
            vectors = Word2Vec(corpus, **params)
        elif others := Params(**params).differences():
            name, value = next(iter(others.items()))
            raise ValueError(
                f"{name}={value!r}: nothing is trained with vectors=, so leave one of them out"
            )
        if isinstance(vectors, (str, os.PathLike)):
            vectors = load(vectors)
        self.phrases_: list[FrozenPhrases] = list(getattr(vectors, "phrases", ()))
        found = getattr(vectors, "wv", vectors)
        if not isinstance(found, KeyedVectors):
            raise TypeError(
                f"vectors={type(vectors).__name__}: KeyedVectors, a model or a path is expected"
            )
        return found


class Word2VecVectorizer(ClassNamePrefixFeaturesOutMixin, Estimator):
    """Documents to the vectors of their words, pooled: one dense row each.

    fit trains word vectors on the documents unless `vectors` are given. The same documents and
    parameters give the same rows every time with workers=1 or deterministic=True.

    Parameters
    ----------
    ARGUMENTS

    Attributes
    ----------
    wv_ : KeyedVectors; training, if any, is over.
    shares_ : float64 (V,), of all tokens the share of each word of `wv_`: by its counts, or where
        these are not known, by the documents of fit.
    phrases_ : list of FrozenPhrases that join words, of training with phrases=N.
    components_ : float32 (sif_components, D), the singular vectors that are taken out; (0, D) for
        the mean.
    coverage_ : Coverage of the documents of fit.

    >>> from w2v.sklearn import Word2VecVectorizer
    >>> documents = ["Tea and milk.", "Bread and butter.", "Milk and bread"] * 50
    >>> vectorizer = Word2VecVectorizer(vector_size=8, pooling="sif", workers=1)
    >>> rows = vectorizer.fit_transform(documents)
    >>> rows.shape, rows.dtype
    ((150, 8), dtype('float32'))
    >>> vectorizer.get_feature_names_out()[:2]
    array(['word2vecvectorizer0', 'word2vecvectorizer1'], dtype=object)
    >>> vectorizer.coverage(["milk and honey", "honey"])
    Coverage(tokens=4, unknown=2, documents=2, empty=1)
    """

    arguments = VectorizerArguments

    @method_takes(VectorizerArguments)
    def __init__(self, **arguments: Any) -> None:
        self.keep(arguments)

    def fit(self, documents: Any, y: object = None) -> "Word2VecVectorizer":
        """Train vectors, unless they are given, and learn what pooling needs; returns itself.

        Parameters
        ----------
        documents : iterable of str, of lists of tokens, or of lists or arrays of ids.
        y : taken as scikit-learn passes it; nothing depends on it.

        Raises TypeError or ValueError naming the argument, the value and the remedy.
        """
        self.learn(self.tokens_of(documents))
        return self

    def fit_transform(self, documents: Any, y: object = None) -> NDArray[np.float32]:
        """Fit, and return the vectors of the same documents, which are split once; see both."""
        return self.learn(self.tokens_of(documents))

    def transform(self, documents: Any) -> NDArray[np.float32]:
        """Return a vector for each document, float32 (n, D).

        Unknown words are passed over, and counted in the log; of documents that have no others the
        rows are 0, and a warning counts them.
        """
        check_is_fitted(self)
        rows, coverage = self.pool(self.joined(self.tokens_of(documents)))
        tell(coverage)
        return self.without_components(rows)

    def coverage(self, documents: Any) -> Coverage:
        """Count the tokens of documents, and those without a vector; see Coverage."""
        check_is_fitted(self)
        return self.pool(self.joined(self.tokens_of(documents)))[1]

    @property
    def _n_features_out(self) -> int:
        return self.wv_.vector_size

    def learn(self, tokens: list[Any]) -> NDArray[np.float32]:
        """Fit on documents that are split, and return their vectors."""
        if self.pooling not in POOLINGS:
            raise ValueError(f"pooling={self.pooling!r}: {' or '.join(POOLINGS)} is expected")
        check_number("sif_a", self.sif_a, float, 0, above=True)
        check_number("sif_components", self.sif_components, int, 0)
        self.wv_ = self.vectors_from(tokens)
        tokens = self.joined(tokens)
        self.shares_ = shares(self.wv_, tokens)
        rows, self.coverage_ = self.pool(tokens)
        tell(self.coverage_)
        n = self.sif_components if self.pooling == "sif" else 0
        self.components_ = first_components(rows, n)
        return self.without_components(rows)

    def tokens_of(self, documents: Any) -> list[Any]:
        """Return the tokens of each document, those of strings by the tokenizer."""
        if is_table(documents):
            raise TypeError(f"documents: {table_hint(documents)}".replace("corpus[", "table["))
        if isinstance(documents, (str, bytes)) or not isinstance(documents, Iterable):
            raise ValueError(
                f"documents: of type {type(documents).__name__}; an iterable of strings or of "
                "lists of tokens is expected, such as a column of a table"
            )
        split = self.tokenizer or lower_words
        return [tokens_of(document, i, split) for i, document in enumerate(documents)]

    def joined(self, documents: list[Any]) -> list[Any]:
        """Return documents with the phrases joined that the vectors were trained with."""
        for phrases in self.phrases_:
            documents = list(phrases[documents]) if documents else documents
        return documents

    def pool(self, documents: list[Any]) -> tuple[NDArray[np.float32], Coverage]:
        """Return the weighted mean of the words of each document, (n, D), and what is known."""
        from scipy import sparse  # scikit-learn stands on it

        numbers: dict[Any, int] = {}
        every = (token for tokens in documents for token in tokens)
        columns = [numbers.setdefault(token, len(numbers)) for token in every]
        ends = np.cumsum([0, *map(len, documents)])
        words = self.wv_.vectors_for(list(numbers), missing=np.nan)
        known = ~np.isnan(words[:, 0])
        words[~known] = 0
        shape = len(documents), len(words)
        counts = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape)
        n_known = counts @ known.astype(np.float64)
        if self.pooling == "sif":
            words *= self.weights(list(numbers))[:, np.newaxis]
        rows = np.asarray(counts @ words, np.float32)
        rows /= np.maximum(n_known, 1).astype(np.float32)[:, np.newaxis]
        unknown = len(columns) - int(n_known.sum())
        empty = int((n_known == 0).sum())
        return rows, Coverage(len(columns), unknown, len(documents), empty)

    def weights(self, words: list[Any]) -> NDArray[np.float32]:
        """Return a / (a + p) of words, p their share of all tokens: 0 of those not counted."""
        places = self.wv_.places(words)
        found = np.where(places < 0, 0, self.shares_[places])
        return np.asarray(self.sif_a / (self.sif_a + found), np.float32)

    def without_components(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(rows - (rows @ self.components_.T) @ self.components_, np.float32)


def lower_words(text: str) -> Iterable[str]:
    return tokenize(text, lowercase=True)


def tokens_of(document: Any, i: int, split: Callable[[str], Iterable[str]]) -> Any:
    """Return the tokens of a document; raises TypeError naming one that has none."""
    if isinstance(document, str):
        return list(split(document))
    if isinstance(document, np.ndarray) and document.ndim == 1:
        return document.tolist()
    if isinstance(document, (list, tuple)):
        return document
    raise TypeError(
        f"documents: item {i} is of type {type(document).__name__} ({document!r:.40}); strings or "
        "lists of tokens are expected: drop missing values, or make them empty strings"
    )


def shares(wv: KeyedVectors, documents: list[Any]) -> NDArray[np.float64]:
    """Return the share of each word of all tokens, (V,): by counts, or else by the documents."""
    counts = wv.counts
    if counts is None:
        places = wv.places([token for tokens in documents for token in tokens])
        counts = np.bincount(places[places >= 0], minlength=len(wv))
    return np.asarray(counts, np.float64) / max(np.sum(counts), 1)


def first_components(rows: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    """Return the n first right singular vectors of rows, float32 (n, D), at most D.

    The rows are not centred first, as they would be for principal components: the paper takes them
    as they are.
    """
    gram = rows.astype(np.float64).T @ rows.astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    n = min(n, int((values > values.max(initial=0) * 1e-12).sum()))
    return np.ascontiguousarray(vectors[:, ::-1][:, :n].T, np.float32)


def tell(coverage: Coverage) -> None:
    """Log how many tokens are unknown, and warn of documents that have no others."""
    log(
        "info", "Word2VecVectorizer: %s of %s tokens are unknown",
        f"{coverage.unknown:,}", f"{coverage.tokens:,}",
    )  # fmt: skip
    if coverage.empty:
        warnings.warn(
            f"{coverage.empty:,} of {coverage.documents:,} documents have no word with a vector; "
            "their rows are zeros",
            stacklevel=3,
        )


class Word2VecEncoder(Estimator):
    """Keys, such as nodes of a graph or items of a shop, to their vectors.

    What OneHotEncoder is to categories, with vectors that are near for keys of near contexts: fit
    trains them on `corpus`, the walks or baskets, unless `vectors` are given. Samples have a key,
    or several, whose vectors then stand side by side.

    Parameters
    ----------
    ARGUMENTS

    Attributes
    ----------
    wv_ : KeyedVectors; training, if any, is over.
    n_features_in_ : keys of a sample, c.

    >>> from w2v.sklearn import Word2VecEncoder
    >>> baskets = [["tea", "milk"], ["bread", "butter"]] * 50
    >>> encoder = Word2VecEncoder(corpus=baskets, vector_size=4, workers=1)
    >>> encoder.fit_transform(["tea", "bread", "coffee"]).shape
    (3, 4)
    >>> encoder.fit_transform([["tea", "milk"], ["bread", "tea"]]).shape
    (2, 8)
    >>> encoder.get_feature_names_out()[[0, 7]].tolist()
    ['x0_0', 'x1_3']
    """

    arguments = EncoderArguments

    @method_takes(EncoderArguments)
    def __init__(self, **arguments: Any) -> None:
        self.keep(arguments)

    def fit(self, keys: Any, y: object = None) -> "Word2VecEncoder":
        """Train vectors, unless they are given, and note the columns of `keys`; returns itself.

        Parameters
        ----------
        keys : (n,) or (n, c), lists, an array or a table: str, int or other hashables.
        y : taken as scikit-learn passes it; nothing depends on it.

        Raises TypeError or ValueError naming the argument, the value and the remedy.
        """
        if self.unknown not in UNKNOWN:
            raise ValueError(f"unknown={self.unknown!r}: {', '.join(UNKNOWN)} are expected")
        if (self.corpus is None) == (self.vectors is None):
            raise ValueError(
                "corpus and vectors: pass one of them: what to train on, or vectors that are there"
            )
        names = [str(name) for name in getattr(keys, "columns", ())]
        self.n_features_in_ = len(columns_of(keys))
        self.names_ = names or [f"x{i}" for i in range(self.n_features_in_)]
        self.wv_ = self.vectors_from(self.corpus)
        return self

    def transform(self, keys: Any) -> NDArray[np.float32]:
        """Return the vectors of keys, float32 (n, c * D); unknown ones as `unknown` says.

        Raises KeyError naming an unknown key with unknown="error"; ValueError when samples have
        other columns than those of fit.
        """
        check_is_fitted(self)
        columns = columns_of(keys)
        if len(columns) != self.n_features_in_:
            raise ValueError(
                f"keys: {len(columns)} columns where fit had {self.n_features_in_}; pass the same"
            )
        missing: Any = None if self.unknown == "error" else 0.0
        if self.unknown == "mean":
            missing = self.wv_.frozen_vectors().mean(axis=0, dtype=np.float64)
        return np.hstack([self.wv_.vectors_for(column, missing) for column in columns])

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of what transform returns: column and dimension, object (c * D,)."""
        check_is_fitted(self)
        names = list(map(str, self.names_ if input_features is None else input_features))
        if len(names) != self.n_features_in_:
            raise ValueError(
                f"input_features: {len(names)} names for {self.n_features_in_} columns"
            )
        D = range(self.wv_.vector_size)
        return np.array([f"{name}_{d}" for name in names for d in D], dtype=object)


def columns_of(keys: Any) -> list[list[Any]]:
    """Return the columns of samples, each a list of keys; raises ValueError when there are none."""
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise ValueError(
            f"keys: of type {type(keys).__name__}; a list or array of keys, (n,) or (n, columns), "
            "is expected"
        )
    if not hasattr(keys, "__array__"):
        keys = list(keys)
        if keys and isinstance(keys[0], (list, np.ndarray)):
            return [list(column) for column in zip(*keys, strict=True)]
        return [keys]
    array = np.asarray(keys)
    if array.ndim not in (1, 2):
        raise ValueError(f"keys: an array of shape {array.shape}; (n,) or (n, columns) is expected")
    return [column.tolist() for column in (array.T if array.ndim == 2 else [array])]


for each in (Word2VecVectorizer, Word2VecEncoder):
    each.__doc__ = documented(each.__doc__, each.arguments)
