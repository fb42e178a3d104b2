"""How deterministic training is shared out: lanes, stretches, levels; core/lanes.pxi says what for.

Owns these numbers, which depend on parameters and vocabulary alone, never on threads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..corpus.vocabulary import Vocabulary
from .params import Params

# So many lanes, at most, can be trained at the same time.
MAX_LANES = 8
# Pairs that a stretch trains about, at least: fewer take longer to share out than to train.
MIN_STRETCH_PAIRS = 48
# Updates of a row that all lanes together make between two merges, of rows that negative sampling
# updates and of others; kernel.h says why they are bounded. Lanes are merged at the same moment, so
# fewer are allowed than of threads that race: on a corpus of 200 words every mode of negative
# sampling diverged with 128, none with 64, but with 15 noise words for 5 it did. So the former are
# those of 5 noise words.
NOISY_UPDATES = 48
OTHER_UPDATES = 128
# Words that a lane trains before it gives back all rows it has borrowed, at most.
MAX_LOAN_WORDS = 256
MAX_STRETCH_WORDS = 512
# Rows that one thread merges in the time that it takes to share them out.
SERIAL_ROWS = 64


@dataclass(frozen=True)
class Lanes:
    """How many lanes there are, and how often what they change is merged."""

    n: int
    steps: int  # of a stretch
    top_level: int
    serial_level: int  # rows up to this level are merged by one thread
    levels: list[NDArray[np.uint8]]  # of input rows, output rows and nodes, (V,)


def share_out(params: Params, vocabulary: Vocabulary) -> Lanes:
    """Return the lanes of a run.

    Where the updates that may be made between two merges take too few words to be shared out there
    is one lane.
    """
    uses = uses_per_word(params, vocabulary)
    if params.negative:  # each update of a pair has so many terms, of 6 by default
        noisy = OTHER_UPDATES / NOISY_UPDATES * max((1 + params.negative) / 6, 1)
        uses = [each * noisy for each in uses[:2]] + uses[2:]
    most = max(float(each.max()) for each in uses)
    words = max(int(OTHER_UPDATES / most), 1)
    least = max(MIN_STRETCH_PAIRS // windows_per_word(params), 1)
    n = min(max(words // least, 1), MAX_LANES)
    words = min(max(words // n, 1), MAX_STRETCH_WORDS)
    top = int(np.log2(max(MAX_LOAN_WORDS // words, 1)))
    levels = []
    for each in uses:
        level = np.log2(most / np.maximum(each, most * 2.0**-top))
        levels.append(np.minimum(level, top).astype(np.uint8))
    counts = np.bincount(np.concatenate(levels), minlength=top + 1).cumsum()
    serial = int(np.searchsorted(counts, SERIAL_ROWS)) - 1
    return Lanes(n, words, top, serial, levels)


def windows_per_word(params: Params) -> int:
    return params.window + 1 if params.shrink_windows else 2 * params.window


def uses_per_word(params: Params, vocabulary: Vocabulary) -> list[NDArray[np.float64]]:
    """Return how often each input row, output row and node is updated for a word trained, (V,)."""
    kept = vocabulary.counts * vocabulary.keep_probabilities(params.sample).astype(np.float64)
    share = kept / kept.sum()
    windows = windows_per_word(params)
    is_shared = not params.sg or params.shares_noise(len(vocabulary))
    steps = 1 if is_shared else windows  # that have noise of their own
    outputs, nodes = np.zeros(len(share)), np.zeros(len(share))
    if params.negative:
        noise = vocabulary.noise_weights(params.ns_exponent)
        outputs = steps * (share + params.negative * noise / noise.sum())
    if params.hs:
        offsets, path = vocabulary.huffman_paths(_core.ROW_FLOATS)
        lengths = np.diff(offsets)
        through = np.repeat(share, lengths)
        nodes += steps * np.bincount(path[: offsets[-1]] >> 1, through, len(share))
    return [windows * share, outputs, nodes]
