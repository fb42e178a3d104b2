"""Word2Vec and train(): a vocabulary with its weights, made, trained, saved and opened.

Owns the model; a run of training is run.py's, words and counts are corpus/vocabulary.py's.
V is the number of words, D the dimensions.
"""

import json
import os
import warnings
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.draft import Draft, encode
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..formats import native
from ..phrases.joining import FrozenPhrases
from ..phrases.learning import detect
from ..shared.types import AnyPath, CorpusLike, Tokenizer
from ..vectors.keyed import KeyedVectors
from .arguments import (
    AsSaved,
    LoadArguments,
    ModelArguments,
    TrainArguments,
    documented,
    method_takes,
    takes,
)
from .params import Params, make_params
from .progress import Report, Show, shower
from .run import Run, padded, stride, zeros

# What of a Report is added up over all trainings.
TOTALS = ("epochs", "words", "words_trained", "sentences", "seconds")

# Of so few words subsampling often leaves none.
TOY_WORDS = 1000


class Word2Vec:
    """A word2vec model: vocabulary, weights, and the training of both.

    With a corpus the model is trained at once; else call build_vocab and train.

    Parameters
    ----------
    ARGUMENTS

    Attributes
    ----------
    wv : KeyedVectors of the input vectors, which are what word2vec is after; without words until
        there is a vocabulary, as in gensim.
    vocabulary : Vocabulary; the same.
    params : Params.
    output_vectors : float32 (V, D) of negative sampling, or None; C's syn1neg.
    node_vectors : float32 (V - 1, D) of the Huffman tree, or None; C's syn1.
    report : Report of the last training.
    totals : dict of what all trainings together did, named as in Report.
    phrases : list of FrozenPhrases, one a pass, that joined the corpus (with phrases=N); they are
        applied to what the model is trained on later, and can be to any other text.

    >>> import w2v
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
    >>> model = w2v.Word2Vec(corpus, vector_size=8, workers=1)
    >>> model
    <Word2Vec: 5 words, 8 dimensions>
    >>> model.wv.index_to_key
    ['and', 'tea', 'milk', 'bread', 'butter']
    """

    @method_takes(ModelArguments)
    def __init__(
        self,
        sentences: CorpusLike | None = None,
        corpus_file: CorpusLike | None = None,
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        progress: Show = None,
        **params: Any,
    ) -> None:
        self.params = Params(**params)
        self.vocabulary = Vocabulary([], [])
        self.wv = KeyedVectors(vector_size=self.params.vector_size)
        self.output_vectors: NDArray[np.float32] | None = None
        self.node_vectors: NDArray[np.float32] | None = None
        self.report: Report | None = None
        self.totals: dict[str, float] = dict.fromkeys(TOTALS, 0)
        self.phrases: list[FrozenPhrases] = []
        if sentences is not None and corpus_file is not None:
            raise ValueError("sentences and corpus_file are two names of the corpus; pass one")
        corpus = sentences if corpus_file is None else corpus_file
        if corpus is not None:
            self.fit(self.encode(corpus, tokenizer, encoding, errors), progress=progress)

    def __repr__(self) -> str:
        size = f"{len(self.vocabulary):,} words" if len(self.vocabulary) else "no vocabulary yet"
        return f"<Word2Vec: {size}, {self.params.vector_size} dimensions>"

    if not TYPE_CHECKING:  # checkers know themselves that these are not there

        def __getattr__(self, name):
            if name in FORMER_NAMES:
                raise AttributeError(f"Word2Vec has no {name!r}; use {FORMER_NAMES[name]}")
            raise AttributeError(f"Word2Vec has no attribute {name!r}")

        def __getitem__(self, word):
            raise TypeError(f"a model holds no words itself; use model.wv[{word!r}]")

        def __contains__(self, word):
            raise TypeError(f"a model holds no words itself; use {word!r} in model.wv")

    def build_vocab(
        self,
        corpus: CorpusLike,
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
    ) -> None:
        """Make the vocabulary from a corpus, anew, and give its words their first vectors.

        >>> model = w2v.Word2Vec(vector_size=8, workers=1)
        >>> model.build_vocab(corpus)
        >>> model.wv
        <KeyedVectors: 5 words x 8 dimensions>
        """
        fresh = Word2Vec(**asdict(self.params))
        self.__dict__.update(fresh.__dict__)
        self.encode(corpus, tokenizer, encoding, errors)
        self.hold_vectors(self.first_vectors())

    def hold_vectors(self, inputs: NDArray[np.float32]) -> None:
        """Make `wv` of the padded input rows, in their place."""
        vectors = _core.move_rows(inputs, self.params.vector_size)
        counts = self.vocabulary.counts
        self.wv = KeyedVectors(self.vocabulary.words, vectors, counts, shared=False)

    def train(
        self,
        corpus: CorpusLike,
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        epochs: int | None = None,
        progress: Show = None,
    ) -> Report:
        """Train on a corpus against the vocabulary at hand, going on from the present weights.

        `epochs` None takes those of the parameters; the learning rate falls over this call as it
        did over the first. Words outside the vocabulary are passed over.

        >>> model.train([["bread", "and", "milk"]] * 9, epochs=2).words
        54
        """
        if not len(self.vocabulary):
            raise ValueError("there is no vocabulary yet: call build_vocab(corpus) first")
        ids = self.encode(corpus, tokenizer, encoding, errors)
        return self.fit(ids, epochs=epochs, progress=progress)

    def encode(
        self,
        corpus: CorpusLike,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
    ) -> Corpus:
        """Return the ids of a corpus; the vocabulary is made from it if there is none yet."""
        params = self.params
        self.vocabulary, ids = encode(
            corpus,
            vocabulary=self.vocabulary if len(self.vocabulary) else None,
            tokenizer=tokenizer,
            encoding=encoding,
            errors=errors,
            min_count=params.min_count,
            max_final_vocab=params.max_final_vocab,
            workers=params.n_workers,
            mark=params.exact,  # C's word 0
            exact=params.exact,
            rework=self.join_phrases if params.phrases else None,
        )
        return ids

    def join_phrases(self, draft: Draft) -> None:
        """Join the phrases of a numbered corpus, learning them from it if there are none yet."""
        if not len(self.vocabulary):
            self.phrases = detect(draft, self.params.phrases, self.params.n_workers)
            return
        for phrases in self.phrases:
            phrases.apply(draft, workers=self.params.n_workers)

    def fit(self, corpus: Corpus, *, epochs: int | None = None, progress: Show = None) -> Report:
        """Train on an encoded corpus.

        The weights are written back even when training is interrupted, so that a model stopped
        with Ctrl-C can be used.

        Raises FloatingPointError when the weights grow beyond all bounds.
        """
        epochs = Params(epochs=self.params.epochs if epochs is None else epochs).epochs
        D, V = self.params.vector_size, len(self.vocabulary)
        if len(self.wv) and list(self.wv.index_to_key) != list(self.vocabulary.words):
            raise ValueError(
                "wv: its words are no longer those of the vocabulary, in that order (words were "
                "added or sorted), so training cannot go on; change a copy of wv instead"
            )
        inputs = padded(self.wv.frozen_vectors()) if len(self.wv) else self.first_vectors()
        outputs = nodes = None
        if self.params.negative:
            outputs = self.output_vectors
            outputs = zeros(V, D) if outputs is None else padded(outputs)
        if self.params.hs:
            nodes = self.node_vectors
            nodes = zeros(V - 1, D) if nodes is None else padded(nodes)
        before = int(self.totals["epochs"])
        run = Run(self.params, self.vocabulary, corpus, epochs, before, inputs, outputs, nodes)
        try:
            self.report = run.train(shower(progress))
            tell_if_nothing_was_trained(self.report, self.params.sample)
            for name in self.totals:
                self.totals[name] += getattr(self.report, name)
        finally:
            self.hold_vectors(inputs)
            self.output_vectors = None if outputs is None else _core.move_rows(outputs, D)
            self.node_vectors = None if nodes is None else _core.move_rows(nodes, D)
        return self.report

    def save(self, path: AnyPath) -> None:
        """Write the whole model to a native file: what load needs to go on training.

        These are the vectors, both output matrices, words and counts, parameters, `phrases`,
        `report` and `totals`. Random numbers follow from the seed and the epochs trained, so there
        is no other state. The file appears whole or not at all; KeyedVectors.load opens it, too.

        Raises ValueError when there is nothing to save yet; OSError naming the path.

        >>> model.save("model.w2v")
        """
        if not len(self.wv):
            raise ValueError("there is nothing to save yet: call build_vocab(corpus) first")
        if os.fspath(path).lower().endswith((".npz", ".parquet")):
            raise ValueError(
                f"path={os.fspath(path)!r}: such a file holds vectors only; name the model's "
                "otherwise, or save its vectors with model.wv.save"
            )
        arrays: dict[str, np.ndarray | None] = {
            "input_vectors": self.wv.frozen_vectors(),
            "output_vectors": self.output_vectors,
            "node_vectors": self.node_vectors,
            "counts": self.vocabulary.counts,
        }
        about = {
            "params": asdict(self.params),
            "has_mark": self.vocabulary.has_mark,
            "report": self.report and asdict(self.report),
            "totals": self.totals,
            "phrases": [phrases.as_dict() for phrases in self.phrases],
        }
        metadata = {name: json.dumps(value) for name, value in about.items()}
        native.write(path, self.vocabulary.words, arrays, metadata)

    @classmethod
    @method_takes(LoadArguments, default=AsSaved())
    def load(cls, path: AnyPath, mmap: str | None = "c", **params: Any) -> "Word2Vec":
        """Open a model that save wrote; training it goes on as if it had never left memory.

        Parameters
        ----------
        path, mmap : a file of save; how to open it, see KeyedVectors.load. Training copies matrices
            that are mapped first, so the file never changes.
        others : parameters to change, such as workers=8, or kernel=None on another machine.

        Raises FileNotFoundError; TypeError or ValueError naming the file and what is wrong with it,
        or the parameter.

        >>> model.save("model.w2v")
        >>> w2v.Word2Vec.load("model.w2v", workers=2)
        <Word2Vec: 5 words, 8 dimensions>
        """
        arrays, metadata, words = native.read(path, mmap)
        path = os.fspath(path)
        if "params" not in metadata:
            raise ValueError(
                f"{path!r} holds vectors only: open it with KeyedVectors.load; models are what "
                "Word2Vec.save writes"
            )
        model = cls()
        try:
            has_mark = model.restore(metadata, params)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            kind = TypeError if params and isinstance(error, TypeError) else ValueError
            raise kind(
                f"{path!r}: {error}; parameters can be changed on the way, as in "
                "Word2Vec.load(path, kernel=None)"
            ) from None
        vectors, counts = arrays["input_vectors"], arrays.get("counts")
        if vectors.shape[1] != model.params.vector_size:
            raise ValueError(
                f"{path!r}: vector_size={model.params.vector_size} for vectors of "
                f"{vectors.shape[1]} dimensions; it cannot change"
            )
        if counts is None or not len(counts) or counts.min() < 0:
            raise ValueError(f"{path!r}: the counts of the words are missing or below 0")
        if model.params.exact and not has_mark:
            raise ValueError(f"{path!r}: exact=True needs a model of exact mode from the start")
        model.vocabulary = Vocabulary(words, counts, has_mark)
        model.wv = KeyedVectors(words, vectors, model.vocabulary.counts, shared=False)
        model.output_vectors = arrays.get("output_vectors")
        model.node_vectors = arrays.get("node_vectors")
        return model

    def restore(self, metadata: dict[str, str], params: dict[str, Any]) -> bool:
        """Take over what the metadata say, but for these parameters; return `has_mark`."""
        stored, has_mark, report, totals, phrases = (
            json.loads(metadata[name])
            for name in ("params", "has_mark", "report", "totals", "phrases")
        )
        self.params = make_params({**stored, **params})
        self.report = report and Report(**report)
        self.phrases = [FrozenPhrases.from_dict(each) for each in phrases]
        self.totals = {name: totals[name] for name in self.totals}
        if type(has_mark) is not bool or not all(
            isinstance(total, (int, float)) for total in self.totals.values()
        ):
            raise ValueError(f"has_mark={has_mark!r}, totals={totals!r}: damaged")
        return has_mark

    def first_vectors(self) -> NDArray[np.float32]:
        """Return random input vectors in padded rows, uniform in (-0.5, 0.5) / D as in C."""
        D, V = self.params.vector_size, len(self.vocabulary)
        try:
            vectors = _core.aligned_zeros(V, stride(D))
        except MemoryError:
            raise MemoryError(
                f"vector_size={D}: {V:,} words need {4 * V * stride(D) / 1e9:,.1f} GB for each "
                "matrix; lower vector_size or raise min_count"
            ) from None
        exact = self.params.exact
        _core.fill_randomly(vectors, D, 1 if exact else _core.seed_of(self.params.seed), exact)
        return vectors


Word2Vec.__doc__ = documented(Word2Vec.__doc__, ModelArguments)


def tell_if_nothing_was_trained(report: Report, sample: float) -> None:
    """Warn when no two words met in a window; of a toy corpus, only in the log."""
    if report.pairs:
        return
    message = (
        f"nothing was trained: no two of {report.words:,} words stood in a window "
        f"(sample={sample:g} drops too many, or each sentence has one word)"
    )
    if report.words < TOY_WORDS:
        import logging  # here, since few need it

        logging.getLogger("w2v").warning(message)
    else:
        warnings.warn(message, stacklevel=4)


# Names that a model had in older versions of gensim, or has there still, and what to use instead.
FORMER_NAMES = {
    **{
        name: f"model.wv.{name}"
        for name in (
            "most_similar", "most_similar_cosmul", "similar_by_word", "similar_by_vector",
            "similarity", "n_similarity", "distance", "doesnt_match", "wmdistance",
            "evaluate_word_pairs", "save_word2vec_format",
        )
    },
    "accuracy": "model.wv.evaluate_word_analogies",
    "vocab": "model.wv.key_to_index, or model.wv.get_vecattr(word, 'count') for counts",
    "index2word": "model.wv.index_to_key",
    "syn0": "model.wv.vectors",
    "syn0norm": "model.wv.get_normed_vectors()",
    "init_sims": "nothing, or model.wv.unit_normalize_all() for replace=True",
    "syn1neg": "model.output_vectors",
    "syn1": "model.node_vectors",
    "size": "model.params.vector_size",
    "iter": "model.params.epochs",
}  # fmt: skip


@takes(TrainArguments)
def train(
    corpus: CorpusLike,
    *,
    tokenizer: Tokenizer | None = None,
    encoding: str = "utf-8",
    errors: str | None = None,
    progress: Show = None,
    **params: Any,
) -> Word2Vec:
    """Train word vectors on a corpus and return the model; its vectors are in `.wv`.

    Parameters
    ----------
    ARGUMENTS

    Raises FileNotFoundError, TypeError or ValueError, before any training, naming the argument,
    the value and the remedy; FloatingPointError when training diverges.

    >>> import w2v
    >>> model = w2v.train([["bread", "and", "butter"]] * 100, vector_size=8, sg=1)
    >>> model.wv.index_to_key
    ['bread', 'and', 'butter']
    """
    return Word2Vec(
        corpus, tokenizer=tokenizer, encoding=encoding, errors=errors, progress=progress, **params
    )
