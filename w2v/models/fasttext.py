"""FastText: a word2vec model whose words are made of parts, so that unknown words have vectors.

Owns what differs from Word2Vec in the life of a model: its first vectors, the rows of training and
back, and exact mode. Where rows are is subwords.py's, the algorithm core/subwords.pxi's, vectors of
unknown words vectors/subwords.py's. V is the number of words, D the dimensions, R that of n-grams
in use.
"""

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..formats.fasttext import write_model
from ..formats.subwords import NgramRows, Spelling, Subwords
from ..shared.types import AnyPath, CorpusLike, Tokenizer
from ..vectors.keyed import KeyedVectors
from ..vectors.subwords import SubwordVectors
from . import fasttext_files
from .arguments import (
    GENSIM_ORDER,
    AsSaved,
    FastTextArguments,
    FastTextLoadArguments,
    documented,
    method_takes,
)
from .attributes import Live
from .building import copy_known
from .fasttext_exact import ExactModel, ExactSettings, train_exact
from .params import Params, SubwordParams
from .progress import Show
from .report import Report
from .run import PRIVATE_ROWS
from .subwords import PartRows
from .weights import stride, zeros
from .word2vec import Word2Vec


class FastText(Word2Vec):
    """A word2vec model with subwords: a word is the mean of its own row and its n-grams' rows.

    For languages whose words have many forms, for misspelt and rare words, and for names: words
    that share n-grams share what is learned, and words that were never seen have vectors
    (Bojanowski et al. 2017, arXiv:1607.04606). All of Word2Vec is there, with fastText's defaults
    for `alpha`, `sample` and `ns_exponent`. Only the n-grams that occur have rows, so that a model
    takes a small part of fastText's memory.

    What differs: `init=` vectors are what words begin with, by own rows that make them so;
    `wv.vectors_lockf` freezes all parts of a word, and so holds back others that share them;
    deterministic=True trains on one thread; exact=True trains once, on a file, when the model is
    made.

    Parameters
    ----------
    ARGUMENTS

    Attributes
    ----------
    wv : SubwordVectors: `wv["unheard-of"]`, `wv.vectors_vocab`, `wv.ngrams`.
    subwords : Subwords, which n-grams words have.
    exact_model : ExactModel with exact=True, what fastText would write; else None.
    others : see Word2Vec.

    >>> import w2v
    >>> corpus = [["walk", "walks", "walked"], ["talk", "talks", "talked"]] * 50
    >>> model = w2v.FastText(corpus, vector_size=8, sg=1, workers=1)
    >>> model
    <FastText: 6 words, 8 dimensions>
    >>> model.wv["walking"].shape
    (8,)
    """

    wv: SubwordVectors
    exact_model: ExactModel | None
    params_kind = SubwordParams

    min_n = Live[int]()
    max_n = Live[int]()
    bucket = Live[int]()

    @method_takes(FastTextArguments, order=(*GENSIM_ORDER, "min_n", "max_n", "bucket"))
    def __init__(self, **arguments: Any) -> None:
        self.set_up(**arguments)

    @property
    def subwords(self) -> Subwords:
        """Which n-grams words have."""
        params: Any = self.params
        bucket = params.bucket if params.max_n else 0
        return Subwords(params.min_n, params.max_n, bucket)

    # The first vectors, and the rows of training

    def forget(self) -> None:
        super().forget()
        self.wv = SubwordVectors(vector_size=self.params.vector_size)
        self.part_rows = self.exact_model = None

    def prepare_parts(self, params: Params) -> int:
        words, ngrams = self.vocabulary.words, self.wv.ngrams
        if len(words) and not isinstance(words[0], str):
            raise TypeError(
                f"{words[0]!r}: n-grams are parts of words that are str, not "
                f"{type(words[0]).__name__}; use Word2Vec"
            )
        if not ngrams.counts_missing:
            raise ValueError("wv: its n-grams were pruned, so training cannot go on")
        spelled = self.wv.parts.spelled(words) if len(self.wv) else Spelling.of(words)
        self.part_rows = PartRows(
            params, self.subwords, self.vocabulary, spelled, buckets_of(ngrams), PRIVATE_ROWS
        )
        return len(self.part_rows.buckets)

    def first_vectors(
        self, known: int = 0, init: KeyedVectors | AnyPath | None = None
    ) -> NDArray[np.float32]:
        """Return input rows in the places of training, random but for those that there are.

        They are uniform in (-2, 2) / D, those of n-grams, too (bench/results/choices.md). A
        word that `init` has gets an own row that makes its vector the given one.
        """
        assert self.part_rows is not None
        D, V, R = self.params.vector_size, len(self.vocabulary), len(self.part_rows.buckets)
        numbers = (self.params.seed_number, known) if known else (self.params.seed_number,)
        inputs = _core.aligned_zeros(R + V, stride(D))
        _core.fill_randomly(inputs, D, _core.seed_of(*numbers), False)
        if known:
            self.fill_known(inputs)
        init = self.init if init is None else init
        if init is not None:
            self.begin_with(init, inputs, known)
        self.part_rows.swap(inputs)
        return inputs

    def begin_with(
        self, init: KeyedVectors | AnyPath, inputs: NDArray[np.float32], known: int
    ) -> None:
        """Let words from `known` on begin with the vectors that `init` has of them."""
        assert self.part_rows is not None
        D, R = self.params.vector_size, len(self.part_rows.buckets)
        words = self.vocabulary.words[known:]
        unset = np.full((len(words), D), np.nan, np.float32)
        if not copy_known(init, words, unset, D) and not known:
            raise ValueError("init: it has none of the words of the vocabulary; leave it out")
        given = np.flatnonzero(~np.isnan(unset[:, 0]))
        spelled = Spelling.of(words).part(given)
        ngrams = NgramRows(
            self.subwords, np.ascontiguousarray(inputs[:R, :D]), self.part_rows.buckets
        )
        n = ngrams.counted(spelled)[:, np.newaxis]
        inputs[R + known + given, :D] = unset[given] * (n + 1) - ngrams.means(None, spelled) * n

    def padded_inputs(self) -> NDArray[np.float32]:
        assert self.part_rows is not None
        n_rows = len(self.part_rows.buckets) + len(self.vocabulary)
        inputs = zeros(n_rows, self.params.vector_size)
        self.fill_known(inputs)
        self.part_rows.swap(inputs)
        return inputs

    def fill_known(self, inputs: NDArray[np.float32]) -> None:
        """Fill in the rows that `wv` has."""
        assert self.part_rows is not None
        D, R, known = self.params.vector_size, len(self.part_rows.buckets), len(self.wv)
        places = np.searchsorted(self.part_rows.buckets, buckets_of(self.wv.ngrams))
        inputs[places, :D] = self.wv.ngrams.rows
        inputs[R : R + known, :D] = self.wv.vectors_vocab

    def hold_vectors(self, vectors: NDArray[np.float32]) -> None:
        """Make these rows of training, float32 (R + V, D), those of `wv`, in place."""
        assert self.part_rows is not None
        R = len(self.part_rows.buckets)
        self.part_rows.swap(vectors)
        ngrams = NgramRows(self.subwords, vectors[:R], self.part_rows.buckets)
        if len(self.wv):
            self.wv.vectors_vocab, self.wv.ngrams = vectors[R:], ngrams
            self.wv.adjust_vectors()
            return
        self.wv = SubwordVectors(
            self.vocabulary.words, None, self.vocabulary.counts, own=vectors[R:], ngrams=ngrams,
            shared=False,
        )  # fmt: skip

    def estimate_memory(
        self, vocab_size: int | None = None, report: dict[str, int] | None = None
    ) -> dict[str, int]:
        """Return the bytes of a model in training; see Word2Vec.estimate_memory.

        "ngrams" are the rows of n-grams: those that there are or, with `vocab_size`, one for each
        bucket, the most that there can be.
        """
        report = super().estimate_memory(vocab_size, report)
        n = len(self.wv.ngrams.rows) if vocab_size is None else self.subwords.bucket
        report["ngrams"] = n * stride(self.params.vector_size) * 4
        report["total"] += report["ngrams"]
        return report

    # Exact mode

    def learn(
        self, corpus: CorpusLike, tokenizer: Tokenizer | None, encoding: str, errors: str | None,
        progress: Show, watched: dict[str, Any],
    ) -> None:  # fmt: skip
        if not self.params.exact:
            super().learn(corpus, tokenizer, encoding, errors, progress, watched)
            return
        if not isinstance(corpus, (str, os.PathLike)):
            raise TypeError("exact=True trains on the bytes of a file; pass its path")
        given = dict(
            tokenizer=tokenizer, errors=errors, callbacks=self.callbacks or None,
            trim_rule=self.trim_rule, **watched, **self.unlike_fasttext(),
        )  # fmt: skip
        for name, value in given.items():
            if value is not None:
                raise ValueError(f"{name}={value!r}: exact=True has no such thing; leave it out")
        if isinstance(self.init, KeyedVectors):
            raise TypeError("init: exact=True takes the path of a .vec file, as the tool does")
        begin, cpu_begin = time.perf_counter(), time.process_time()
        self.hold_exact(train_exact(corpus, self.exact_settings(), self.init))
        self.report = replace(
            Report.of_nothing(self.params, self.corpus_total_words or 0),
            seconds=time.perf_counter() - begin, cpu_seconds=time.process_time() - cpu_begin,
            epochs=self.params.epochs, workers=1, vocabulary=len(self.vocabulary),
            tokens_known=self.vocabulary.total, vocabulary_digest=self.vocabulary.digest,
            words=self.params.epochs * self.vocabulary.total,
        )  # fmt: skip
        self.train_count = 1
        self.totals = {name: getattr(self.report, name) for name in self.totals}

    def unlike_fasttext(self) -> dict[str, Any]:
        """Return the parameters that the tool has no option for, if they are not the defaults."""
        names = ("max_final_vocab", "cbow_mean", "shrink_windows", "shared_noise", "ns_exponent",
                 "deterministic")  # fmt: skip
        different = self.params.differences()
        found = {name: different[name] for name in names if name in different}
        if self.params.hs and self.params.negative and "negative" in different:
            found["negative"] = self.params.negative
        return found

    def exact_settings(self) -> ExactSettings:
        """Return the parameters by the tool's names."""
        params: Any = self.params
        return ExactSettings(
            model="skipgram" if params.sg else "cbow", lr=params.start_alpha,
            dim=params.vector_size, ws=params.window, epoch=params.epochs,
            min_count=params.min_count, neg=params.negative, loss="hs" if params.hs else "ns",
            bucket=params.bucket, min_n=params.min_n, max_n=params.max_n, t=params.sample,
            seed=params.seed_number,
        )  # fmt: skip

    def hold_exact(self, made: ExactModel) -> None:
        """Become the model that the tool would have written."""
        V = made.n_words
        words = [word.decode("utf-8", "surrogateescape") for word in made.entries[:V]]
        self.vocabulary = Vocabulary(words, made.counts[:V])
        self.wv = SubwordVectors(
            words, None, self.vocabulary.counts, own=made.inputs[:V],
            ngrams=NgramRows(made.subwords, made.inputs[V:]), shared=False,
        )  # fmt: skip
        if self.params.hs:
            # fastText's label of a node is its code, ours 1 - code.
            self.node_vectors = -made.outputs[: V - 1]
        else:
            self.output_vectors = made.outputs
        self.corpus_total_words, self.exact_model = made.n_tokens, made

    def encode(self, corpus: CorpusLike, *given: Any, **named: Any) -> Corpus:
        if self.params.exact:
            raise ValueError(
                "exact=True trains when the model is made, on a file, and once, as fastText: "
                "FastText(path, exact=True)"
            )
        return super().encode(corpus, *given, **named)

    # Files

    def save_fasttext_format(self, path: AnyPath) -> None:
        """Write a .bin file of fastText, with zeros for n-grams without rows.

        Of hs=1 with `negative` node vectors are left out, with a warning: it holds one matrix.

        >>> model.save_fasttext_format("model.bin")
        >>> w2v.FastText.load("model.bin").wv["unheard"].shape
        (8,)
        """
        write_model(path, fasttext_files.model_of(self))

    def take_file(self, path: AnyPath, mmap: str | None, params: dict[str, Any]) -> None:
        if fasttext_files.is_file(path):
            fasttext_files.opened(self, path, params=params)
        else:
            super().take_file(path, mmap, params)

    def take_gensim(self, path: AnyPath, mmap: str | None, params: dict[str, Any]) -> None:
        raise ValueError(
            f"{os.fspath(path)!r}: a pickle of gensim; save the model there with "
            "save_facebook_model, whose files open here"
        )

    def to_gensim(self) -> Any:
        raise TypeError(
            "to_gensim: gensim's FastText opens a file of fastText, with load_facebook_model; "
            "write one with w2v.compat.gensim.models.fasttext.save_facebook_model"
        )

    @classmethod
    @method_takes(FastTextLoadArguments, default=AsSaved())
    def load(cls, path: AnyPath, mmap: str | None = "c", **params: Any) -> "FastText":
        """Open a model that save wrote, see Word2Vec.load, or a .bin of fastText, to train it on.

        A .bin does not say its learning rate, so that is the usual one unless `alpha` is given.

        >>> model.save("fasttext.w2v")
        >>> w2v.FastText.load("fasttext.w2v").wv["unheard"].shape
        (8,)
        """
        model = cls()
        model.take_file(path, mmap, params)
        return model


FastText.__doc__ = documented(FastText.__doc__, FastTextArguments)


def buckets_of(ngrams: NgramRows) -> NDArray[np.uint32]:
    """Return of which bucket each row is, uint32 (R,)."""
    if ngrams.buckets is None:
        return np.arange(len(ngrams.rows), dtype=np.uint32)
    return ngrams.buckets
