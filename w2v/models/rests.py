"""What happens while the threads of a run rest: callbacks are called, checkpoints written."""

from typing import TYPE_CHECKING, Any, TypeAlias

from .callbacks import call
from .checkpoints import Checkpoints
from .report import Report
from .run import Run

if TYPE_CHECKING:
    from .fitting import Fitting

# `totals` and `losses` of a model before a training.
Before: TypeAlias = tuple[dict[str, float], list[float]]


class ModelRests:
    """The rests of a model's run; see run.Rests.

    At each the model has the weights and the report of that moment.
    """

    def __init__(
        self, model: "Fitting", run: Run, before: Before, callbacks: list[Any],
        checkpoints: Checkpoints | None,
    ):  # fmt: skip
        self.model, self.run, self.before = model, run, before
        self.callbacks, self.checkpoints = callbacks, checkpoints
        self.evaluations: list[dict[str, Any]] = []  # that callbacks note

    def is_due(self, words: int) -> bool:
        return self.checkpoints is not None and self.checkpoints.is_due(words, 0.0)

    def begin_epoch(self) -> None:
        call(self.callbacks, "on_epoch_begin", self.model)

    def rest(self, epoch_ended: bool) -> str | None:
        is_done = self.run.position >= self.run.epochs * len(self.run.chunks)
        epochs = self.run.position / len(self.run.chunks) if epoch_ended else 0.0
        stopped = self.end_epoch() if epoch_ended and self.callbacks else None
        if self.checkpoints is not None and (
            is_done or stopped or self.checkpoints.is_due(self.run.words, epochs)
        ):
            self.run.check_weights(None)  # the one before is better than a spoiled one
            self.show_model()
            totals, losses = self.before
            about = dict(totals=totals, losses=losses, evaluations=self.evaluations)
            self.checkpoints.write(self.model, self.run, about)
        return stopped

    def end_epoch(self) -> str | None:
        """Call the callbacks, and go on with what they made of the model's vectors."""
        model = self.model
        self.show_model()
        call(self.callbacks, "on_epoch_end", model)
        model.check_words()
        self.run.rows[0][:] = model.padded_inputs()
        return "a callback stopped it" if model.stop_training else None

    def show_model(self) -> None:
        """Let the model have the weights and the report of this moment."""
        self.model.count(self.report(), self.before, self.run.tally.total)
        self.model.hold_rows(self.run.rows, copy=True)

    def report(self, interrupted: bool = False) -> Report:
        """Return the report of this moment."""
        report = self.run.report(interrupted)
        report.evaluations = self.evaluations
        if self.checkpoints is not None:
            report.checkpoints, report.saving_seconds = self.checkpoints.n, self.checkpoints.seconds
        return report
