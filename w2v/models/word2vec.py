"""Word2Vec: a vocabulary with its weights, and the training of both.

Owns how a program makes, trains, resumes and opens a model. What the model begins with is in
building.py, its training in fitting.py, its files in saving.py, its answers in predicting.py, its
attributes in attributes.py. V is the number of words, D the dimensions.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..shared.checks import NoWords, check_flag, explains
from ..shared.html import table
from ..shared.logs import log
from ..shared.progress import Show, reading, shower
from ..shared.types import AnyPath, CorpusLike, Tokenizer, TrimRule
from ..vectors.keyed import KeyedVectors
from .arguments import (
    GENSIM_ORDER,
    IDLE,
    AsSaved,
    LoadArguments,
    ModelArguments,
    documented,
    method_takes,
)
from .building import CORPUS_NAMES, one_corpus
from .callbacks import Callbacks, check_callbacks
from .checkpoints import Story
from .clusters import Cluster
from .fitting import Fitting, tell
from .report import Report, spelled


class Word2Vec(Fitting):
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
    def __init__(self, **arguments: Any) -> None:
        self.set_up(**arguments)

    def set_up(
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
        checkpoint: AnyPath | None = None,
        checkpoint_every: Any = None,
        time_budget: Any = None,
        cluster: Cluster | str | None = None,
        progress: Show = None,
        **params: Any,
    ) -> None:
        """Take the arguments, and train if there is a corpus."""
        begin = time.monotonic()
        idle = [f"{name}={params.pop(name)!r}" for name in IDLE if name in params]
        if idle:
            log("debug", "%s: taken as gensim takes it; it changes nothing here", ", ".join(idle))
        self.params = self.params_kind(**params)
        check_flag("compute_loss", compute_loss)
        self.trim_rule, self.init, self.compute_loss = trim_rule, init, compute_loss
        self.callbacks = check_callbacks(callbacks)
        self.checkpoint, self.checkpoint_every = checkpoint, checkpoint_every
        self.time_budget, self.stop_training = time_budget, False
        watched = self.watched(begin)
        self.forget()
        if sentences is not None or corpus_file is not None:
            corpus = one_corpus(sentences, corpus_file)
            if cluster is None:
                self.learn(corpus, tokenizer, encoding, errors, progress, watched)
                return
            show = shower(progress) or False
            self.fit_on(cluster, corpus, tokenizer, encoding, errors, progress=show, **watched)
        elif cluster is not None:
            raise ValueError(f"cluster={cluster!r}: there is no corpus; pass it to train, too")

    def learn(
        self, corpus: CorpusLike, tokenizer: Tokenizer | None, encoding: str, errors: str | None,
        progress: Show, watched: dict[str, Any],
    ) -> None:  # fmt: skip
        """Make the vocabulary of a corpus, and train on it."""
        show = shower(progress)
        ids = self.encode(
            corpus, tokenizer, encoding, errors, trim_rule=self.trim_rule,
            on_progress=reading(show),
        )  # fmt: skip
        self.fit(ids, progress=show or False, **watched)

    def __repr__(self) -> str:
        size = f"{len(self.vocabulary):,} words" if len(self.vocabulary) else "no vocabulary yet"
        return f"<{type(self).__name__}: {size}, {self.params.vector_size} dimensions>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        size = f"{len(self.vocabulary):,}"
        settings = {"vector_size": self.vector_size} | self.params.differences()
        facts = [("vocabulary", size), ("parameters", spelled(settings))]
        lines = self.report.lines() if self.report else []
        return table(type(self).__name__, facts + lines, self.losses)

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
        checkpoint: AnyPath | None = None,
        checkpoint_every: Any = None,
        time_budget: Any = None,
        cluster: Cluster | str | None = None,
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
        compute_loss, callbacks, checkpoint, checkpoint_every, time_budget : of this training; None
            stands for the model's.
        cluster, tokenizer, encoding, errors, progress : see Word2Vec.
        word_count, queue_factor, report_delay : taken as gensim takes them; there are no queues
            here.

        Raises ValueError when there is no vocabulary; FloatingPointError when training diverges;
        KeyboardInterrupt with the model, which is as it was at that moment, as its attribute
        `model`.

        >>> model.train([["bread", "and", "milk"]] * 9, epochs=2).words
        54
        """
        if not len(self.vocabulary):
            raise NoWords("there is no vocabulary yet: call build_vocab(corpus) first")
        check_flag("compute_loss", compute_loss)
        watched = self.watched(time.monotonic(), checkpoint, checkpoint_every, time_budget)
        corpus, show = one_corpus(corpus_iterable, corpus_file), shower(progress)
        changes: dict[str, Any] = dict(epochs=epochs, alpha=start_alpha, min_alpha=end_alpha)
        changes = {name: value for name, value in changes.items() if value is not None}
        told: dict[str, Any] = dict(
            params=replace(self.params, **changes), compute_loss=compute_loss, callbacks=callbacks,
            progress=show or False, **watched,
        )  # fmt: skip
        if cluster is not None:
            return self.fit_on(cluster, corpus, tokenizer, encoding, errors, **told)
        try:
            ids = self.encode(corpus, tokenizer, encoding, errors, on_progress=reading(show))
        except NoWords as error:
            if not error.n_read:
                raise
            tell(f"nothing was trained: {error}", error.n_read)
            return Report.of_nothing(self.params, error.n_read)
        tell_wrong_count("total_examples", total_examples, ids.n_read_sentences, "sentences")
        tell_wrong_count("total_words", total_words, ids.n_read, "tokens")
        return self.fit(ids, **told)

    @classmethod
    def resume(
        cls,
        path: AnyPath,
        corpus: CorpusLike | None = None,
        *,
        tokenizer: Tokenizer | None = None,
        changed_corpus: bool = False,
        callbacks: Callbacks = (),
        checkpoint: AnyPath | None = None,
        checkpoint_every: Any = None,
        time_budget: Any = None,
        cluster: Cluster | str | None = None,
        progress: Show = None,
    ) -> "Word2Vec":
        """Go on with a training from its checkpoint, and return the model when it is done.

        On one thread, and with deterministic=True on any number, it ends in the bytes that it
        would have ended in without an end between.

        Parameters
        ----------
        path : a file that `checkpoint` of Word2Vec or train names.
        corpus, tokenizer : those of the training; not needed where the corpus were files that are
            still there, and there was no tokenizer.
        changed_corpus : go on even if the corpus is another one now, which is an error otherwise.
        checkpoint, checkpoint_every : where and how often to write the next ones; None: as before.
        callbacks, time_budget, progress : see Word2Vec.
        cluster : the one of the training, if there was one, with as many nodes.

        Raises FileNotFoundError; ValueError where the file is no checkpoint, or not of this corpus.

        >>> model = w2v.train(corpus, vector_size=8, workers=1, checkpoint="run.w2v")
        >>> again = w2v.Word2Vec.resume("run.w2v", corpus)  # it was done, so this returns at once
        >>> (again.wv.vectors == model.wv.vectors).all().item()
        True
        """
        begin = time.monotonic()
        story = Story(path, cls.params_kind)
        model = cls.load(path)
        if story.corpus["tokenizer"] and tokenizer is None:
            raise ValueError(
                f"resume={story.path!r}: the corpus had a tokenizer, which files do not keep; pass "
                "it"
            )
        if corpus is None and story.corpus["paths"] is not None:
            corpus = list(map(Path, story.corpus["paths"]))
        if corpus is None:
            raise ValueError(
                f"resume={story.path!r}: the corpus was no file that could be named; pass it"
            )
        model.params, params = story.params, model.params
        watched = model.watched(
            begin, path if checkpoint is None else checkpoint, checkpoint_every or story.every,
            time_budget,
        )  # fmt: skip
        show = shower(progress)
        story.check_cluster(cluster)
        if cluster is not None:
            model.fit_on(
                cluster, corpus, tokenizer, story.corpus["encoding"], story.corpus["errors"],
                params=story.params, compute_loss=story.compute_loss, callbacks=callbacks,
                progress=show or False, story=story, changed_corpus=changed_corpus, **watched,
            )  # fmt: skip
            return model
        ids = model.encode(
            corpus, tokenizer, story.corpus["encoding"], story.corpus["errors"],
            on_progress=reading(show),
        )  # fmt: skip
        model.params = params
        story.check_corpus(ids, changed_corpus)
        model.fit(
            ids, params=story.params, compute_loss=story.compute_loss, callbacks=callbacks,
            progress=show or False, story=story, **watched,
        )  # fmt: skip
        return model

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
