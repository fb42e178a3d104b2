"""What a model begins with: its vocabulary, made, counted on or taken over, and first vectors.

Owns all that comes before training, which is word2vec.py's. V is the number of words, D the
dimensions.
"""

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.draft import Draft, encode
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary, choose_new
from ..phrases.learning import detect
from ..shared import paths, streams
from ..shared.checks import check_number, explains
from ..shared.logs import log
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from ..vectors.keyed import KeyedVectors, load
from .attributes import TOTALS, Attributes
from .foresight import Need, room_for
from .params import Params
from .weights import stride

# What the corpus was called.
CORPUS_NAMES: dict[str, str] = dict.fromkeys(
    ("sentences", "corpus", "documents"), "this is corpus_iterable since gensim 4"
)


Method = TypeVar("Method", bound=Callable[..., None])


def or_as_before(method: Method) -> Method:
    """Decorate a method of a model that, where it raises, leaves the model as it was."""

    @functools.wraps(method)
    def tried(self: Attributes, *given: Any, **named: Any) -> None:
        state = dict(self.__dict__)
        try:
            method(self, *given, **named)
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(state)
            raise

    return cast("Method", tried)


class Building(Attributes):
    """The vocabulary of a model; see Word2Vec."""

    @explains(CORPUS_NAMES)
    @or_as_before
    def build_vocab(
        self,
        corpus_iterable: CorpusLike | None = None,
        corpus_file: CorpusLike | None = None,
        update: bool = False,
        progress_per: int | None = None,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule | None = None,
        *,
        init: KeyedVectors | AnyPath | None = None,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
    ) -> None:
        """Make the vocabulary from a corpus and give its words their first vectors.

        Parameters
        ----------
        corpus_iterable, corpus_file : the corpus, under either name; see Word2Vec.
        update : False makes vocabulary and weights anew. True adds the words of this corpus that
            are new and frequent enough in it: they stand behind the old ones, which keep their
            rows, bit for bit, and counts add up. Output vectors of new words begin as zeros; the
            Huffman tree (hs=1) is made anew from all counts, so its nodes begin as zeros, too.
        keep_raw_vocab : keep the counts of all words of this corpus in `raw_vocab`.
        trim_rule, init, tokenizer, encoding, errors : see Word2Vec; None stands for the model's.
        progress_per : taken as gensim takes it; progress does not depend on it.

        >>> model = w2v.Word2Vec(vector_size=8, workers=1)
        >>> model.build_vocab(corpus)
        >>> model.build_vocab([["tea", "with", "lemon"]] * 5, update=True)
        >>> model.wv.index_to_key
        ['and', 'tea', 'milk', 'bread', 'butter', 'with', 'lemon']
        """
        corpus = one_corpus(corpus_iterable, corpus_file)
        known, old = self.begin_vocabulary(update), self.vocabulary
        raw: dict[str, int] = {}
        rule = self.trim_rule if trim_rule is None else trim_rule
        self.encode(
            corpus, tokenizer, encoding, errors, grow=known > 0,
            trim_rule=recording(rule, raw) if keep_raw_vocab else rule,
        )  # fmt: skip
        if keep_raw_vocab and known:  # no rule is asked about words that stay anyway
            counts = (self.vocabulary.counts[:known] - old.counts).tolist()
            raw.update((word, n) for word, n in zip(old.words, counts, strict=True) if n)
        self.raw_vocab = raw
        self.give_vectors(known, init)

    @or_as_before
    def build_vocab_from_freq(
        self,
        word_freq: Mapping[str, int],
        keep_raw_vocab: bool = False,
        corpus_count: int | None = None,
        trim_rule: TrimRule | None = None,
        update: bool = False,
        *,
        init: KeyedVectors | AnyPath | None = None,
    ) -> None:
        """Make the vocabulary from counts that are known; else as build_vocab.

        `corpus_count` is how many sentences they were counted in, for programs that ask for it.

        >>> model = w2v.Word2Vec(vector_size=8, min_count=2)
        >>> model.build_vocab_from_freq({"tea": 20, "milk": 30, "lemon": 1})
        >>> model.wv.index_to_key
        ['milk', 'tea']
        """
        if self.params.exact:
            raise ValueError("exact=True: the C tool counts a text; use build_vocab(corpus)")
        known = self.begin_vocabulary(update)
        old = self.vocabulary
        words = [*old.words, *(word for word in word_freq if word not in old.ids)]
        counts = counts_of(word_freq, words)
        chosen = choose_new(
            lambda rows: [words[i] for i in rows], counts, np.arange(len(words)), known,
            self.min_count, self.max_final_vocab,
            self.trim_rule if trim_rule is None else trim_rule,
        )  # fmt: skip
        if not len(chosen) and not known:
            raise ValueError(
                f"min_count={self.min_count} leaves 0 of {len(words):,} words; lower it"
            )
        self.vocabulary = old.with_more(counts[:known], [words[i] for i in chosen], counts[chosen])
        self.raw_vocab = dict(word_freq) if keep_raw_vocab else {}
        self.corpus_count, self.corpus_total_words = corpus_count or 0, int(counts.sum())
        self.give_vectors(known, init)

    def scan_vocab(
        self,
        corpus_iterable: CorpusLike | None = None,
        corpus_file: CorpusLike | None = None,
        progress_per: int | None = None,
        workers: int | None = None,
        trim_rule: TrimRule | None = None,
    ) -> tuple[int, int]:
        """Count the words of a corpus in `raw_vocab`; returns how many tokens and sentences it has.

        build_vocab needs no scan before it; this is for programs that look at the counts first.

        >>> w2v.Word2Vec().scan_vocab([["tea", "and", "milk"]])
        (3, 1)
        """
        raw: dict[str, int] = {}
        _, ids = encode(
            one_corpus(corpus_iterable, corpus_file), workers=workers or self.params.n_workers,
            trim_rule=recording(trim_rule, raw),
        )  # fmt: skip
        self.raw_vocab = raw
        return ids.n_read, ids.n_read_sentences

    @or_as_before
    def reset_from(self, other_model: "Building") -> None:
        """Take over the vocabulary of another model, and begin with new vectors.

        >>> other = w2v.Word2Vec(vector_size=8)
        >>> other.reset_from(model)
        >>> len(other.wv) == len(model.wv)
        True
        """
        self.begin_vocabulary(update=False)
        self.vocabulary = other_model.vocabulary
        self.phrases = list(other_model.phrases)
        self.corpus_count = other_model.corpus_count
        self.corpus_total_words = other_model.corpus_total_words
        self.give_vectors(0, None)

    def estimate_memory(
        self, vocab_size: int | None = None, report: dict[str, int] | None = None
    ) -> dict[str, int]:
        """Return the bytes that a model of so many words takes while it is trained.

        "vocab" are words and counts, "vectors" the input vectors, "syn1neg" and "syn1" the output
        vectors of negative sampling and hierarchical softmax, "total" all of them. `vocab_size`
        None takes the vocabulary's; the answer is put into `report`, too.

        >>> w2v.Word2Vec(vector_size=100).estimate_memory(1_000_000)["vectors"]
        448000000
        """
        V = len(self.vocabulary) if vocab_size is None else vocab_size
        report = {} if report is None else report
        matrix = V * stride(self.params.vector_size) * 4
        report["vocab"] = V * WORD_BYTES
        report["vectors"] = matrix
        if self.params.negative:
            report["syn1neg"] = matrix
        if self.params.hs:
            report["syn1"] = matrix
        report["total"] = sum(report[name] for name in report if name != "total")
        return report

    # What these stand on

    def begin_vocabulary(self, update: bool) -> int:
        """Forget what was learned, unless it is to be added to; returns how many words stay."""
        if update and self.params.exact:
            raise ValueError("update=True: exact=True trains as the C tool, which adds no words")
        if update and len(self.vocabulary):
            self.check_words()
            return len(self.vocabulary)
        self.forget()
        return 0

    def forget(self) -> None:
        """Be as a model without a vocabulary."""
        self.vocabulary = Vocabulary([], [])
        self.wv = KeyedVectors(vector_size=self.params.vector_size)
        self.output_vectors = self.node_vectors = self.report = None
        self.totals = dict.fromkeys(TOTALS, 0)
        self.losses, self.phrases, self.raw_vocab = [], [], {}
        self.running_training_loss = 0.0
        self.corpus_count = self.corpus_total_words = self.train_count = 0

    def encode(
        self,
        corpus: CorpusLike,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        *,
        grow: bool = False,
        trim_rule: TrimRule | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> Corpus:
        """Return the ids of a corpus; the vocabulary is made from it if there is none yet."""
        params, n_known = self.params, len(self.vocabulary)
        begin, cpu_begin = time.perf_counter(), time.process_time()
        self.vocabulary, ids = encode(
            corpus,
            vocabulary=self.vocabulary if n_known else None,
            grow=grow,
            tokenizer=tokenizer,
            encoding=encoding,
            errors=errors,
            min_count=params.min_count,
            max_final_vocab=params.max_final_vocab,
            trim_rule=trim_rule,
            workers=params.n_workers,
            mark=params.exact,  # C's word 0
            exact=params.exact,
            rework=self.join_phrases if params.phrases else None,
            on_progress=on_progress,
        )
        ids.seconds = time.perf_counter() - begin
        ids.cpu_seconds = time.process_time() - cpu_begin
        ids.source = source_of(corpus, tokenizer, encoding, errors)
        if grow or not n_known:
            self.corpus_count, self.corpus_total_words = ids.n_read_sentences, ids.n_read
            log(
                "info", "vocabulary: %s words, %s of them new; %s of %s tokens in %s sentences",
                f"{len(self.vocabulary):,}", f"{len(self.vocabulary) - n_known:,}",
                f"{ids.n_kept:,}", f"{ids.n_read:,}", f"{ids.n_read_sentences:,}",
            )  # fmt: skip
        return ids

    def join_phrases(self, draft: Draft) -> None:
        """Join the phrases of a numbered corpus, learning them from it if there are none yet."""
        if not len(self.vocabulary):
            self.phrases = detect(draft, self.params.phrases, self.params.n_workers)
            return
        for phrases in self.phrases:
            phrases.apply(draft, workers=self.params.n_workers)

    def give_vectors(self, known: int, init: KeyedVectors | AnyPath | None) -> None:
        """Give the words from `known` on their first vectors, and output vectors of zeros."""
        D, n_grown = self.params.vector_size, int(known > 0 and self.output_vectors is not None)
        n_ngrams = self.prepare_parts(self.params)
        need = Need(self.params, 1, n_grown, n_ngrams=n_ngrams)
        with room_for(need, self.vocabulary):
            inputs = self.first_vectors(known, init)
            if known:
                self.wv.append_words(list(self.vocabulary.words[known:]))
            self.hold_vectors(_core.move_rows(inputs, D))
            if known:
                self.wv.counts = self.vocabulary.counts
                self.node_vectors = None  # of another tree
            if known and self.output_vectors is not None:
                new = np.zeros((len(self.vocabulary) - known, D), np.float32)
                self.output_vectors = np.concatenate([self.output_vectors, new])
            self.give_outputs()

    def prepare_parts(self, params: Params) -> int:
        """Find what words are made of, for a training; returns how many rows of n-grams."""
        return 0

    def give_outputs(self) -> None:
        """Make output vectors of zeros where the parameters want some and there are none."""
        D, V = self.params.vector_size, len(self.vocabulary)
        if self.params.negative and self.output_vectors is None:
            self.output_vectors = np.zeros((V, D), np.float32)
        if self.params.hs and self.node_vectors is None:
            self.node_vectors = np.zeros((max(V - 1, 0), D), np.float32)

    def hold_vectors(self, vectors: NDArray[np.float32]) -> None:
        """Make these the vectors of `wv`, float32 (V, D); nobody else may write into them."""
        if len(self.wv):
            self.wv.hold(vectors)
        else:
            counts = self.vocabulary.counts
            self.wv = KeyedVectors(self.vocabulary.words, vectors, counts, shared=False)

    def first_vectors(
        self, known: int = 0, init: KeyedVectors | AnyPath | None = None
    ) -> NDArray[np.float32]:
        """Return input vectors in padded rows, random but for those that `init` has.

        They are uniform in (-2, 2) / D, exact: (-0.5, 0.5) / D as in C; the first `known` rows are
        those of `wv`.
        """
        D, V = self.params.vector_size, len(self.vocabulary)
        vectors = _core.aligned_zeros(V, stride(D))
        seed = (self.params.seed_number, known) if known else (self.params.seed_number,)
        exact = self.params.exact
        if known < V:
            _core.fill_randomly(vectors[known:], D, 1 if exact else _core.seed_of(*seed), exact)
        if known:
            vectors[:known, :D] = self.wv.frozen_vectors()
        init = self.init if init is None else init
        if init is not None:
            n = copy_known(init, self.vocabulary.words[known:], vectors[known:], D)
            if not n and not known:
                raise ValueError("init: it has none of the words of the vocabulary; leave it out")
        return vectors

    def check_words(self) -> None:
        """Raise ValueError when the words of `wv` are no longer the vocabulary's."""
        if len(self.wv) and list(self.wv.words) != list(self.vocabulary.words):
            raise ValueError(
                "wv: its words are no longer those of the vocabulary, in that order (words were "
                "added or sorted), so training cannot go on; change a copy of wv instead"
            )


def counts_of(word_freq: Mapping[str, int], words: list[str]) -> NDArray[np.int64]:
    """Return the counts of words, int64; raises naming the word whose count is no such number."""
    counts = [word_freq.get(word, 0) for word in words]
    for word, count in zip(words, counts, strict=True):
        check_number(f"word_freq[{word!r}]", count, int, 0, 2**62)
    return np.array(counts, np.int64)


# Of a word, its count and its row in a dict, on average.
WORD_BYTES = 200


def one_corpus(corpus_iterable: Any, corpus_file: Any) -> Any:
    """Return the corpus, which was given under one of two names; raises TypeError."""
    if (corpus_iterable is None) == (corpus_file is None):
        raise TypeError(
            "corpus_iterable, corpus_file: these are two names of the corpus; pass one of them"
        )
    return corpus_file if corpus_iterable is None else corpus_iterable


def source_of(corpus: Any, tokenizer: Any, encoding: str, errors: str | None) -> dict[str, Any]:
    """Return where a corpus was read from; see Corpus.source."""
    files = None
    if isinstance(corpus, (str, os.PathLike, list, tuple)):
        files = paths.find_files(corpus, may_be_texts=tokenizer is not None)
    if files is not None:
        files = None if streams.STDIN in files else [os.path.abspath(file) for file in files]
    return dict(paths=files, encoding=encoding, errors=errors, tokenizer=tokenizer is not None)


def recording(rule: TrimRule | None, raw: dict[str, int]) -> TrimRule:
    """Return a rule that says what `rule` does and records the counts of all words."""

    def record(word: str, count: int, min_count: int) -> int:
        raw[word] = count
        return rule(word, count, min_count) if rule is not None else 0

    return record


def copy_known(
    init: KeyedVectors | AnyPath, words: Iterable[str], vectors: NDArray[np.float32], D: int
) -> int:
    """Copy the vectors that `init` has of words into their rows; returns of how many.

    Raises ValueError when it has other dimensions.
    """
    given = load(init) if isinstance(init, (str, os.PathLike)) else init
    if not all(hasattr(given, name) for name in ("vector_size", "key_to_index", "vectors")):
        raise TypeError(
            f"init: KeyedVectors, or the path of a file of vectors, is expected, not "
            f"{type(given).__name__}"
        )
    if given.vector_size != D:
        raise ValueError(
            f"init: its vectors have {given.vector_size} dimensions; pass "
            f"vector_size={given.vector_size}, or other vectors (vector_size={D})"
        )
    places = [(row, given.key_to_index.get(word, -1)) for row, word in enumerate(words)]
    found = [(row, place) for row, place in places if place >= 0]
    rows, taken = np.array(found, np.int64).reshape(-1, 2).T
    vectors[rows, :D] = given.vectors[taken]
    log("info", "init: %s of %s words have vectors", f"{len(found):,}", f"{len(places):,}")
    return len(found)
