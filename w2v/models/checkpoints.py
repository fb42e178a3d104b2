"""Checkpoints: a model file, written while training rests, from which a run goes on exactly.

Owns when one is due, and what of a run is kept beside the model. V is the number of words.
"""

import json
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ..corpus.ids import Corpus
from ..formats import native
from ..shared import streams
from ..shared.amounts import parse_interval
from ..shared.checks import check_path
from ..shared.logs import log
from ..shared.types import AnyPath
from .foresight import model_bytes
from .params import Params, SubwordParams, make_params
from .run import Run

if TYPE_CHECKING:
    from .saving import Saving


class Checkpoints:
    """Where and how often checkpoints of a run are written; they replace each other.

    `every` is an interval of time, of words or of epochs; see shared/amounts.py. Raises OSError
    where no file can be written.
    """

    def __init__(self, path: AnyPath, every: Any = None):
        self.path, self.every = check_path("checkpoint", path), every or "10min"
        self.interval, self.unit = parse_interval("checkpoint_every", self.every)
        if self.path.lower().endswith((".npz", ".parquet")):
            raise ValueError(f"checkpoint={self.path!r}: it is a model file; name it run.w2v, say")
        streams.check_writable(self.path, "checkpoint")
        self.n = 0
        self.seconds = 0.0
        self.is_writer = True  # of several processes that train together one is

    def count_from(self, run: Run) -> None:
        """Let the next one be due an interval after the place where a run is now."""
        self.last = time.monotonic()
        self.last_words, self.last_epochs = run.words, run.position / len(run.chunks)

    def check_space(self, params: Params, V: int, n_ngrams: int) -> None:
        """Raise OSError when a model of so many words does not fit where it is to be written."""
        streams.check_space({"checkpoint": (self.path, model_bytes(params, V, n_ngrams))})

    def is_due(self, words: int, epochs: float) -> bool:
        """Whether the next one is due, after so many words and whole epochs of training."""
        if self.unit == "words":
            return words - self.last_words >= self.interval
        if self.unit == "epochs":
            return epochs - self.last_epochs >= self.interval
        return time.monotonic() - self.last >= self.interval

    def write(self, model: "Saving", run: Run, about: dict[str, Any]) -> None:
        """Write the model, which has the weights and the report of this moment, and the run."""
        begin, params = time.monotonic(), run.params
        if not (params.exact or params.deterministic):  # chunks follow from the number of threads
            params = replace(params, workers=params.n_workers)
        story = {
            **about,
            "params": asdict(params),
            "state": run.state(),
            "epochs_before": run.epochs_before,
            "compute_loss": run.compute_loss,
            "corpus": {"digest": run.corpus.digest, **run.corpus.source},
            "every": self.every,
        }
        if self.is_writer:
            model.write(self.path, {"run": json.dumps(story)})
        self.count_from(run)
        self.n += 1
        self.seconds += self.last - begin
        log("info", "checkpoint: %s after %s words, %.1f s", self.path, f"{run.words:,}",
            self.last - begin)  # fmt: skip


class Story:
    """What a checkpoint says of its run, whose parameters are of this kind; None finds out.

    Raises FileNotFoundError; ValueError where a file is damaged, or no checkpoint.
    """

    def __init__(self, path: AnyPath, kind: type[Params] | None = None):
        self.path = check_path("resume", path)
        _, metadata, words = native.read(path, "c")
        self.n_words = len(words)
        if "run" not in metadata:
            raise ValueError(
                f"resume={self.path!r}: this is no checkpoint, which checkpoint= writes; go on "
                "from a model with Word2Vec.load(path).train(corpus)"
            )
        kind = kind or (SubwordParams if "ngrams" in metadata else Params)
        try:
            kept = json.loads(metadata["run"])
            self.state, self.epochs_before = dict(kept["state"]), int(kept["epochs_before"])
            self.params: Params = make_params(kept["params"], kind)
            self.before = dict(kept["totals"]), list(kept["losses"])
            self.corpus, self.compute_loss = dict(kept["corpus"]), kept["compute_loss"]
            self.every, self.evaluations = kept["every"], list(kept["evaluations"])
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"resume={self.path!r}: damaged ({error})") from None

    def check_cluster(self, cluster: Any) -> None:
        """Raise ValueError when a run on a cluster is to go on without one, or the reverse."""
        n = len(self.state.get("nodes", ()))
        if n and cluster is None:
            raise ValueError(
                f"resume={self.path!r}: this is a run of a cluster of {n} nodes; pass cluster, too"
            )
        nodes = getattr(cluster, "nodes", None)
        if n and nodes not in (None, n):
            raise ValueError(
                f"resume={self.path!r}: nodes={nodes} where the run has {n}; pass as many, which "
                "fewer machines can have, or leave nodes out"
            )
        if not n and cluster is not None:
            raise ValueError(
                f"resume={self.path!r}: its run had no cluster; leave cluster={cluster!r} out"
            )

    def check_corpus(self, corpus: Corpus, accept: bool) -> None:
        """Raise ValueError when the ids of a corpus are not those of the run, unless accepted."""
        if corpus.digest == self.corpus["digest"]:
            return
        if not accept:
            raise ValueError(
                f"resume={self.path!r}: the corpus is not the one that the run began with (its ids "
                f"have the digest {corpus.digest}, not {self.corpus['digest']}); "
                "changed_corpus=True goes on with it from the same share of the run"
            )
