"""Training of a model on ids, from weights before to weights after, and measuring of its loss.

Owns a run's place in the life of a model; what happens in the run is run.py's. V is the number of
words, D the dimensions.
"""

import functools
import warnings
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.ids import Corpus
from ..shared.amounts import parse_seconds
from ..shared.checks import NoWords
from ..shared.logs import log
from ..shared.progress import Show, shower
from ..shared.types import AnyPath, CorpusLike, Tokenizer
from .callbacks import Callbacks, call, check_callbacks
from .checkpoints import Checkpoints, Story
from .cluster_run import ClusterRun
from .clusters import Cluster, Crew, check_cluster, cluster_of, files_of
from .foresight import room_for, training_need
from .params import Params, make_params
from .predicting import Predicting
from .report import Report
from .rests import Before, ModelRests
from .run import Run
from .weights import Rows, padded, zeros

# Of so few words subsampling often leaves none.
TOY_WORDS = 1000


class Fitting(Predicting):
    """Training on ids; see Word2Vec."""

    def fit(
        self,
        corpus: Corpus,
        *,
        params: Params | None = None,
        compute_loss: bool | None = None,
        callbacks: Callbacks | None = None,
        progress: Show = None,
        checkpoints: Checkpoints | None = None,
        deadline: float | None = None,
        story: Story | None = None,
        crew: Crew | None = None,
    ) -> Report:
        """Train on an encoded corpus, `story` having been trained before, on nodes or here.

        The weights are written back even when training is interrupted, so that a model stopped
        with Ctrl-C can be used.

        Raises FloatingPointError when the weights grow beyond all bounds; KeyboardInterrupt with
        the model as its attribute `model`.
        """
        params = self.params if params is None else params
        hooks = self.callbacks if callbacks is None else check_callbacks(callbacks)
        compute_loss = self.compute_loss if compute_loss is None else compute_loss
        self.check_words()
        if params.exact and not self.vocabulary.has_mark:
            raise ValueError("exact=True needs a model of exact mode from the start")
        n_ngrams = self.prepare_parts(params)
        if checkpoints is not None:
            checkpoints.check_space(params, len(self.vocabulary), n_ngrams)
        is_shown = bool(hooks) or checkpoints is not None
        # Copies take the place of weights that the model has.
        need = training_need(params, is_shown and not len(self.wv), n_ngrams)
        with room_for(need, self.vocabulary):
            rows = self.padded_rows(params)
        if hooks:
            self.hold_rows(rows, copy=True)
        if params.hs and params.negative:
            log("warning", "hs=1 with negative=%d trains both losses; negative=0 leaves the tree's "
                "alone", params.negative)  # fmt: skip
        before: Before = dict(self.totals), list(self.losses)
        epochs_before = int(self.totals["epochs"])
        if story is not None:
            before, epochs_before = story.before, story.epochs_before
        else:
            self.train_count += 1
        make: Any = functools.partial(Run, parts=self.part_rows)
        if crew is not None:  # whose nodes train words without subwords
            make = functools.partial(ClusterRun, crew)
        run = make(
            params, self.vocabulary, corpus, epochs_before, rows, locks=self.wv.locks(),
            compute_loss=compute_loss, deadline=deadline, state=story.state if story else None,
        )  # fmt: skip
        self.stop_training, self.report = False, None
        if checkpoints is not None:
            checkpoints.count_from(run)
        rests = ModelRests(self, run, before, hooks, checkpoints)
        if story is not None:
            rests.evaluations = story.evaluations
        self.running_training_loss = 0.0
        log(
            "info", "training: %s words x %d dimensions, %d epochs of %s words, %d threads, %s",
            f"{len(self.vocabulary):,}", params.vector_size, params.epochs,
            f"{corpus.n_words:,}", params.n_workers, params.kernel_name,
        )  # fmt: skip
        call(hooks, "on_train_begin", self)
        is_interrupted = False
        try:
            run.train(shower(progress), rests if hooks or checkpoints else None)
        except KeyboardInterrupt as error:
            is_interrupted, error.model = True, self  # type: ignore[attr-defined]
            raise
        except FloatingPointError as error:
            if checkpoints is not None and checkpoints.n:
                raise FloatingPointError(f"{error}; {checkpoints.path!r} is from before") from None
            raise
        finally:
            report = rests.report(is_interrupted)
            self.count(report, before, run.tally.total)
            self.hold_rows(run.rows)
        tell_if_nothing_was_trained(report, params.sample)
        log(
            "info", "trained: %s of %s words in %.1f s, %s pairs", f"{report.words_trained:,}",
            f"{report.words:,}", report.seconds, f"{report.pairs:,}",
        )  # fmt: skip
        call(hooks, "on_train_end", self)
        return report

    def fit_on(
        self,
        given: Cluster | str,
        corpus: Any,
        tokenizer: Tokenizer | None,
        encoding: str,
        errors: str | None,
        *,
        story: Story | None = None,
        changed_corpus: bool = False,
        begin: Callable[[Corpus], None] | None = None,
        say: Callable[[str], None] | None = None,
        **told: Any,
    ) -> Report:
        """Train on files as fit does, on a cluster, whose nodes read them.

        The vocabulary is made from them if there is none yet. `begin` is called with the corpus,
        which has no ids, before training, and `say` with what training will send.
        """
        cluster = cluster_of(given)
        check_cluster(cluster, params=told.get("params", self.params), tokenizer=tokenizer)
        if not cluster.is_shared:  # before an engine is started
            files_of(corpus)
        if self.trim_rule is not None and not len(self.vocabulary):
            raise ValueError(
                "trim_rule: nodes of a cluster count words where it cannot be asked; leave it out"
            )
        if cluster.checkpoint is not None and told["checkpoints"] is None:
            told["checkpoints"] = Checkpoints(cluster.checkpoint, self.checkpoint_every)
        params = told.get("params", self.params)
        usual = story.state if story is not None else None
        with Crew(cluster, params, encoding, errors, usual) as crew:
            if told["checkpoints"] is not None:
                told["checkpoints"].is_writer = crew.engine.is_writer
            files = crew.engine.together(lambda: files_of(corpus))
            known = self.vocabulary if len(self.vocabulary) else None
            ids = crew.read(files, params, known)
            ids.source = dict(paths=files, encoding=encoding, errors=errors, tokenizer=False)
            if known is None:
                assert crew.vocabulary is not None
                self.vocabulary = crew.vocabulary
                self.corpus_count, self.corpus_total_words = ids.n_read_sentences, ids.n_read
            if story is not None:
                story.check_corpus(ids, changed_corpus)
            if begin is not None:
                begin(ids)
            crew.say = say
            return self.fit(ids, story=story, crew=crew, **told)

    def watched(
        self,
        begin: float,
        checkpoint: AnyPath | None = None,
        checkpoint_every: Any = None,
        time_budget: Any = None,
    ) -> dict[str, Any]:
        """Return what fit takes of these arguments, None standing for the model's."""
        path = self.checkpoint if checkpoint is None else checkpoint
        every = self.checkpoint_every if checkpoint_every is None else checkpoint_every
        budget = self.time_budget if time_budget is None else time_budget
        if every is not None and path is None:
            raise ValueError(f"checkpoint_every={every!r}: pass checkpoint, the file, too")
        if budget is None:
            deadline = None
        elif self.params.exact or self.params.deterministic:
            raise ValueError(
                f"time_budget={budget!r}: the rate would follow the clock, which exact and "
                "deterministic exclude; leave one of them out"
            )
        else:
            deadline = begin + parse_seconds("time_budget", budget)
        checkpoints = None if path is None else Checkpoints(path, every)
        return dict(checkpoints=checkpoints, deadline=deadline)

    def held_out_loss(
        self,
        corpus: CorpusLike,
        *,
        seed: int = 1,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        **params: Any,
    ) -> float:
        """Return the mean loss of a pair (CBOW: of a centre) of a text, without training on it.

        It is what `losses` are (Mikolov et al. 2013, arXiv:1310.4546, equations 4 and 3), measured
        at every step by the weights as they are, on all cores, with noise words of each pair's own;
        the same number every time, on any number of threads. Words outside the vocabulary are
        passed over. Of two models that one is better whose loss on text that neither has seen is
        lower, if windows, noise words and subsampling are the same; where the models differ in
        these, pass them: `held_out_loss(text, window=5, negative=5, sample=0)`. Losses of negative
        sampling and of hierarchical softmax are different things.

        Parameters
        ----------
        corpus, tokenizer, encoding, errors : see Word2Vec.
        seed : of windows, subsampling and noise words.
        params : other parameters than the model's.

        >>> loss = model.held_out_loss([["bread", "and", "tea"]] * 50)
        >>> 0 < loss == model.held_out_loss([["bread", "and", "tea"]] * 50)
        True
        """
        if not len(self.wv):
            raise NoWords("there is no vocabulary yet: call build_vocab(corpus) first")
        usual = dict(exact=False, deterministic=False, shared_noise=False, epochs=1, seed=seed)
        wanted = make_params({**asdict(self.params), **usual, **params}, self.params_kind)
        ids = self.encode(corpus, tokenizer, encoding, errors)
        need = training_need(wanted, n_ngrams=self.prepare_parts(wanted))
        with room_for(need, self.vocabulary):
            rows = self.padded_rows(wanted)
        run = Run(wanted, self.vocabulary, ids, 0, rows, is_training=False, parts=self.part_rows)
        return run.measure()

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
        return self.padded_inputs() if len(self.wv) else self.first_vectors(), outputs, nodes

    def padded_inputs(self) -> NDArray[np.float32]:
        """Return copies of the input rows in the rows that training wants."""
        return padded(self.wv.frozen_vectors())

    def hold_rows(self, rows: Rows, copy: bool = False) -> None:
        """Make the rows of training the weights of the model: copies, or in their place."""
        D = self.params.vector_size
        inputs, outputs, nodes = rows

        def held(rows: NDArray[np.float32]) -> NDArray[np.float32]:
            return rows[:, :D].copy() if copy else _core.move_rows(rows, D)

        # One after the other, so that the copies before need not all be kept with these.
        self.hold_vectors(held(inputs))
        if outputs is not None:
            self.output_vectors = held(outputs)
        if nodes is not None:
            self.node_vectors = held(nodes)

    def count(self, report: Report, before: Before, loss: float) -> None:
        """Take over the report of a training, and add it to what was counted before."""
        totals, losses = before
        self.report, self.running_training_loss = report, loss
        self.totals = {name: totals[name] + getattr(report, name) for name in totals}
        self.losses = losses + report.losses


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
