"""Word2Vec and train(): a vocabulary with its weights, and the training of both.

Owns a training of the model from weights before to weights after; what happens in between is
run.py's. What the model begins with is in building.py, its files in saving.py, its answers in
predicting.py, its attributes in attributes.py. V is the number of words, D the dimensions.
"""

import warnings
from dataclasses import replace
from typing import Any

from .. import _core
from ..corpus.ids import Corpus
from ..shared.checks import NoWords, explains
from ..shared.html import table
from ..shared.logs import log
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from ..vectors.keyed import KeyedVectors
from .arguments import (
    GENSIM_ORDER,
    IDLE,
    AsSaved,
    LoadArguments,
    ModelArguments,
    TrainArguments,
    documented,
    method_takes,
    takes,
)
from .building import CORPUS_NAMES, one_corpus
from .callbacks import Before, Callbacks, CallingRests, call, check_callbacks
from .params import Params
from .predicting import Predicting
from .progress import Report, Show, shower
from .run import Rows, Run, padded, zeros

# Of so few words subsampling often leaves none.
TOY_WORDS = 1000


class Word2Vec(Predicting):
    """A word2vec model: vocabulary, weights, and the training of both.

    With a corpus the model is trained at once; else call build_vocab and train. Parameters are
    attributes, too, by their names: `model.epochs = 30`, `model.alpha = 0.01` are checked, and
    obeyed from then on. Arguments may be given by position in the order of gensim 4's Word2Vec.

    Parameters
    ----------
    ARGUMENTS

    Attributes
    ----------
    wv : KeyedVectors of the input vectors, which are what word2vec is after; without words until
        there is a vocabulary, as in gensim.
    vocabulary : Vocabulary; the same.
    params : Params.
    output_vectors, syn1neg : float32 (V, D) of negative sampling, or None.
    node_vectors : float32 (V - 1, D) of the Huffman tree, or None; syn1 is a copy.
    report : Report of the last training.
    totals : dict of what all trainings together did, named as in Report; total_train_time is its
        "seconds".
    losses : list of float, of each epoch of all trainings the mean loss of a pair of a centre and a
        context word (CBOW: of a centre). With negative sampling that is -log s(score of the pair) -
        sum over its noise words of log s(-score) (Mikolov et al. 2013, arXiv:1310.4546, equation
        4), where noise words that serve several pairs count for each of them by the weight that
        they are trained with; with hierarchical softmax the sum over the nodes of the centre's path
        of -log s(+-score) (equation 3); with both, both. Natural logarithms, of the scores that
        training itself computed. See `compute_loss`.
    running_training_loss : the loss of the last training, summed; see get_latest_training_loss.
    corpus_count, corpus_total_words : sentences and tokens of the corpus of the last build_vocab;
        None where an old file of gensim does not tell.
    raw_vocab : dict from word to count of that corpus, if build_vocab was to keep it.
    train_count : how many trainings there were.
    phrases : list of FrozenPhrases, one a pass, that joined the corpus (with phrases=N); they are
        applied to what the model is trained on later, and can be to any other text.
    callbacks, compute_loss, trim_rule, init : as given; for calls that are given no others.

    >>> import w2v
    >>> corpus = [["tea", "and", "milk"], ["bread", "and", "butter"]] * 50
    >>> model = w2v.Word2Vec(corpus, vector_size=8, workers=1)
    >>> model
    <Word2Vec: 5 words, 8 dimensions>
    >>> model.wv.index_to_key
    ['and', 'tea', 'milk', 'bread', 'butter']
    """

    @method_takes(ModelArguments, order=GENSIM_ORDER)
    def __init__(
        self,
        sentences: CorpusLike | None = None,
        corpus_file: CorpusLike | None = None,
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        trim_rule: TrimRule | None = None,
        init: KeyedVectors | AnyPath | None = None,
        compute_loss: bool | None = None,
        callbacks: Callbacks = (),
        progress: Show = None,
        **params: Any,
    ) -> None:
        idle = [f"{name}={params.pop(name)!r}" for name in IDLE if name in params]
        if idle:
            log("debug", "%s: taken as gensim takes it; it changes nothing here", ", ".join(idle))
        self.params = Params(**params)
        self.trim_rule, self.init, self.compute_loss = trim_rule, init, compute_loss
        self.callbacks = check_callbacks(callbacks)
        self.forget()
        if sentences is not None or corpus_file is not None:
            ids = self.encode(
                one_corpus(sentences, corpus_file), tokenizer, encoding, errors, trim_rule=trim_rule
            )
            self.fit(ids, progress=progress)

    def __repr__(self) -> str:
        size = f"{len(self.vocabulary):,} words" if len(self.vocabulary) else "no vocabulary yet"
        return f"<Word2Vec: {size}, {self.params.vector_size} dimensions>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        params, report = self.params, self.report
        facts = [("words", len(self.vocabulary)), ("parameters", params.differences())]
        return table(type(self).__name__, facts + (report.facts() if report else []), self.losses)

    @explains(CORPUS_NAMES)
    def train(
        self,
        corpus_iterable: CorpusLike | None = None,
        corpus_file: CorpusLike | None = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        word_count: int = 0,
        queue_factor: int | None = None,
        report_delay: float | None = None,
        compute_loss: bool | None = None,
        callbacks: Callbacks | None = None,
        *,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        progress: Show = None,
    ) -> Report:
        """Train on a corpus against the vocabulary at hand, going on from the present weights.

        Words outside the vocabulary are passed over. The report can be unpacked into the words
        trained and the words read, as what gensim returns.

        Parameters
        ----------
        corpus_iterable, corpus_file : the corpus, under either name; see Word2Vec.
        total_examples, total_words : sentences and tokens of the corpus, as gensim wants to be
            told. They are counted here; a number that is not theirs is told in the log.
        epochs, start_alpha, end_alpha : of this training; None stands for the model's `epochs`,
            `alpha` and `min_alpha`. The rate falls over this call as it did over the first.
        compute_loss, callbacks : of this training; None stands for the model's.
        tokenizer, encoding, errors, progress : see Word2Vec.
        word_count, queue_factor, report_delay : taken as gensim takes them; there are no queues
            here.

        Raises ValueError when there is no vocabulary; FloatingPointError when training diverges.

        >>> model.train([["bread", "and", "milk"]] * 9, epochs=2).words
        54
        """
        if not len(self.vocabulary):
            raise NoWords("there is no vocabulary yet: call build_vocab(corpus) first")
        corpus = one_corpus(corpus_iterable, corpus_file)
        try:
            ids = self.encode(corpus, tokenizer, encoding, errors)
        except NoWords as error:
            if not error.n_read:
                raise
            tell(f"nothing was trained: {error}", error.n_read)
            return Report.of_nothing(self.params, error.n_read)
        tell_wrong_count("total_examples", total_examples, ids.n_read_sentences, "sentences")
        tell_wrong_count("total_words", total_words, ids.n_read, "tokens")
        changes: dict[str, Any] = dict(epochs=epochs, alpha=start_alpha, min_alpha=end_alpha)
        changes = {name: value for name, value in changes.items() if value is not None}
        return self.fit(
            ids,
            params=replace(self.params, **changes),
            compute_loss=compute_loss,
            callbacks=callbacks,
            progress=progress,
        )

    def fit(
        self,
        corpus: Corpus,
        *,
        params: Params | None = None,
        compute_loss: bool | None = None,
        callbacks: Callbacks | None = None,
        progress: Show = None,
    ) -> Report:
        """Train on an encoded corpus.

        The weights are written back even when training is interrupted, so that a model stopped
        with Ctrl-C can be used.

        Raises FloatingPointError when the weights grow beyond all bounds.
        """
        params = self.params if params is None else params
        hooks = self.callbacks if callbacks is None else check_callbacks(callbacks)
        compute_loss = self.compute_loss if compute_loss is None else compute_loss
        self.check_words()
        if params.exact and not self.vocabulary.has_mark:
            raise ValueError("exact=True needs a model of exact mode from the start")
        rows = self.padded_rows(params)
        if hooks:
            self.hold_rows(rows, copy=True)
        if params.hs and params.negative:
            log("warning", "hs=1 with negative=%d trains both losses; negative=0 leaves the tree's "
                "alone", params.negative)  # fmt: skip
        before = dict(self.totals), list(self.losses)
        run = Run(
            params, self.vocabulary, corpus, int(self.totals["epochs"]), *rows,
            locks=self.wv.locks(), compute_loss=compute_loss,
        )  # fmt: skip
        rests = CallingRests(hooks, self, run, before, rows) if hooks else None
        self.train_count += 1
        self.running_training_loss = 0.0
        log(
            "info", "training: %s words x %d dimensions, %d epochs of %s words, %d threads, %s",
            f"{len(self.vocabulary):,}", params.vector_size, params.epochs,
            f"{corpus.n_words:,}", params.n_workers, params.kernel_name,
        )  # fmt: skip
        call(hooks, "on_train_begin", self)
        try:
            report = run.train(shower(progress), rests)
            tell_if_nothing_was_trained(report, params.sample)
            self.count(report, before, run.tally.total)
        finally:
            self.hold_rows(rows)
        log(
            "info", "trained: %s of %s words in %.1f s, %s pairs", f"{report.words_trained:,}",
            f"{report.words:,}", report.seconds, f"{report.pairs:,}",
        )  # fmt: skip
        call(hooks, "on_train_end", self)
        return report

    def padded_rows(self, params: Params) -> Rows:
        """Return copies of the weights in the rows that training wants."""
        D, V = params.vector_size, len(self.vocabulary)
        outputs = nodes = None
        if params.negative:
            outputs = self.output_vectors
            outputs = zeros(V, D) if outputs is None else padded(outputs)
        if params.hs:
            nodes = self.node_vectors
            nodes = zeros(V - 1, D) if nodes is None else padded(nodes)
        inputs = padded(self.wv.frozen_vectors()) if len(self.wv) else self.first_vectors()
        return inputs, outputs, nodes

    def hold_rows(self, rows: Rows, copy: bool = False) -> None:
        """Make the rows of training the weights of the model: copies, or in their place."""
        D = self.params.vector_size
        inputs, outputs, nodes = (
            None if each is None else each[:, :D].copy() if copy else _core.move_rows(each, D)
            for each in rows
        )
        assert inputs is not None
        self.hold_vectors(inputs)
        self.output_vectors = self.output_vectors if outputs is None else outputs
        self.node_vectors = self.node_vectors if nodes is None else nodes

    def count(self, report: Report, before: Before, loss: float) -> None:
        """Take over the report of a training, and add it to what was counted before."""
        totals, losses = before
        self.report, self.running_training_loss = report, loss
        self.totals = {name: totals[name] + getattr(report, name) for name in totals}
        self.losses = losses + report.losses

    @classmethod
    @method_takes(LoadArguments, default=AsSaved())
    def load(cls, path: AnyPath, mmap: str | None = "c", **params: Any) -> "Word2Vec":
        """Open a model that save wrote; training it goes on as if it had never left memory.

        A Word2Vec of gensim (3.8 to 4.4) opens, too, without running anything in its pickle, and
        goes on training with its own parameters; what has no place here (callbacks) stays behind.

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
        model = cls()
        model.take_file(path, mmap, params)
        return model


Word2Vec.__doc__ = documented(Word2Vec.__doc__, ModelArguments)


def tell_wrong_count(name: str, told: int | None, n: int, what: str) -> None:
    """Log that a corpus has not as many sentences or tokens as was told."""
    if told is not None and told != n:
        log("warning", "%s=%s: the corpus has %s %s; they are counted, so leave it out", name,
            f"{told:,}", f"{n:,}", what)  # fmt: skip


def tell_if_nothing_was_trained(report: Report, sample: float) -> None:
    """Warn when no two words met in a window."""
    if report.pairs:
        return
    tell(
        f"nothing was trained: no two of {report.words:,} words stood in a window "
        f"(sample={sample:g} drops too many, or each sentence has one word)",
        report.words,
    )


def tell(message: str, n_words: int) -> None:
    """Warn of something; only in the log where it is about few words, in a lesson, say."""
    if n_words < TOY_WORDS:
        log("warning", message)
    else:
        warnings.warn(message, stacklevel=5)


@takes(TrainArguments)
def train(
    corpus: CorpusLike,
    **arguments: Any,
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
    return Word2Vec(corpus, **arguments)
