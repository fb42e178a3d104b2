"""The losses of a run, epoch by epoch, of some of its steps or of all."""

import math
import threading

import numpy as np

# Of the steps of an epoch one in STEPS_PER_MEASURED is measured, or about MEASURED_STEPS if that is
# more: the mean of so many losses is within a few thousandths of that of all.
MEASURED_STEPS = 20_000
STEPS_PER_MEASURED = 64


class Tally:
    """The losses of the epochs of a run, added up from those of their chunks in float64."""

    def __init__(self, epochs: int, n_chunks: int, gap: int):
        self.sums = np.zeros((epochs, 2))  # of an epoch: the losses, and of how many they are
        self.n_chunks, self.chunks_left = n_chunks, [n_chunks] * epochs
        self.gap = gap  # one step of so many is measured
        self.latest = 0  # epoch
        self.lock = threading.Lock()

    def add(self, epoch: int, losses: np.ndarray, n_chunks: int = 1) -> bool:
        """Add the losses of some chunks; returns whether these were the last ones of an epoch."""
        with self.lock:
            self.sums[epoch] += losses[:2]
            self.chunks_left[epoch] -= n_chunks
            self.latest = max(self.latest, epoch)
            return self.chunks_left[epoch] == 0

    def go_on(self, sums: np.ndarray, n_done: int) -> None:
        """Take the sums of the first epochs, of which so many chunks were done."""
        self.sums[: len(sums)] = sums
        done, begun = divmod(n_done, self.n_chunks)
        self.chunks_left[:done] = [0] * done
        if begun:
            self.chunks_left[done] -= begun
        self.latest = len(sums) - 1

    def mean(self, epoch: int) -> float:
        """Return the mean loss of an epoch; NaN where none was measured."""
        loss, n = self.sums[epoch].tolist()
        return loss / n if n else math.nan

    def means(self, epochs: int) -> list[float]:
        """Return the mean losses of the first epochs; none if none was measured."""
        return [self.mean(epoch) for epoch in range(epochs)] if self.sums[:, 1].any() else []

    @property
    def total(self) -> float:
        """The loss of all steps, estimated from those that were measured."""
        return float(self.sums[:, 0].sum()) * self.gap


def measured_gap(compute_loss: bool | None, n_words: int) -> int:
    """Return of how many steps one is measured, in an epoch of so many words; 0: none is."""
    if compute_loss is None:
        return min(max(n_words // MEASURED_STEPS, 1), STEPS_PER_MEASURED)
    return int(compute_loss)
