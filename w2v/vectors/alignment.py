"""Alignment: the vectors of one training rotated onto those of another, which has other axes.

Owns which words several KeyedVectors share, and the rotation between two of them; what is said of
trainings by means of it is in runs.py. V is the number of words, D the dimensions, n the number of
words that are shared, or of those that are anchors.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..formats.ids import is_id
from ..shared.checks import check_number
from ..shared.types import Floats, Key
from . import search
from .store import Store

Made = TypeVar("Made", bound="Alignable")

# So much of a word's length is more than rounding.
LEAST_PART = 1e-3


class Trained(Protocol):
    """A model, which has its words and vectors as `wv`."""

    @property
    def wv(self) -> Store: ...


Run: TypeAlias = Store | Trained


class Alignable(Store):
    """Words and vectors that can be laid over those of another training."""

    def align_to(
        self: Made,
        other: Run,
        *,
        words: int | Iterable[Key] | None = None,
        normalize: bool = True,
    ) -> Made:
        """Return the same words, their vectors rotated as near to those of `other` as can be.

        Two trainings find much the same neighbours on axes that have nothing in common, so that
        their vectors, or those of two times or authors, are compared word by word after a rotation
        only. This one makes the squared distances of the anchors to their places in `other` least
        (orthogonal Procrustes: Schönemann 1966, https://doi.org/10.1007/BF02289451; of change over
        time Hamilton et al. 2016, https://arxiv.org/abs/1605.09096). It may mirror, and it neither
        shifts nor stretches: cosines and distances among these words stay as they were, but for
        rounding. So vectors are not centred, as they are between languages: that would change them.

        Parameters
        ----------
        other : KeyedVectors of as many dimensions, or a model that has them.
        words : the anchors, which are taken to mean the same in both: a list of words; a number: so
            many shared words, the first ones here, where the frequent ones stand; None: all.
        normalize : scale the anchors to length 1 for finding the rotation, so that their mean
            cosine becomes the largest that there is; else long vectors count for more.

        Returns new KeyedVectors, float32 (float64 where these are), with copies of the attributes.

        Raises ValueError where dimensions differ, an anchor's vector holds NaN, or the anchors are
        too few, so that words lie in directions that none of them has; KeyError naming an anchor
        that one of the two does not know.

        >>> mirrored = w2v.KeyedVectors(kv.words, kv.vectors[:, ::-1])
        >>> mirrored["woman"]
        array([ 1., -1., -1.,  1.], dtype=float32)
        >>> mirrored.align_to(kv)["woman"].round(3)
        array([ 1., -1., -1.,  1.], dtype=float32)
        """
        target = vectors_of(other, "other")
        check_alike([("self", self), ("other", target)])
        check_dimensions("other", target, self)
        rows = anchor_rows(self, target, words)
        for name, run, some in (("self", self, rows[0]), ("other", target, rows[1])):
            check_finite(name, run, some)
        turn, free = rotation(self._vectors, target._vectors, rows, normalize)
        check_placed(self, free, rows.shape[1])
        made = self.turned(turn)
        made.expandos = {name: values.copy() for name, values in self.expandos.items()}
        return made

    def turned(self: Made, turn: NDArray[np.float64]) -> Made:
        """Return the same words, their vectors multiplied by a matrix, float64 (D, D)."""
        return type(self)(self.words, rotated(self._vectors, turn), shared=False)


def vectors_of(run: Run, name: str) -> Store:
    """Return KeyedVectors, or a model's; raises TypeError naming the argument that has none."""
    found = getattr(run, "wv", run)
    if not isinstance(found, Store):
        raise TypeError(
            f"{name}: KeyedVectors or a model is expected, not {type(run).__name__} (w2v.load "
            "opens files, KeyedVectors.from_gensim takes gensim's)"
        )
    return found


def check_alike(runs: Sequence[tuple[str, Store]]) -> None:
    """Raise TypeError naming the first run whose keys are of another type than the first's."""
    (_, first), *others = runs
    for name, run in others:
        kinds = [each.key_type for each in (run, first)]
        if kinds[0] is not kinds[1] and None not in kinds:
            there, here = (kind.__name__ for kind in kinds if kind)
            raise TypeError(
                f"{name}: its keys are of type {there} where those of the first are {here}; "
                "w2v.load(path, keys=str) makes words of ids"
            )


def check_dimensions(name: str, run: Store, first: Store) -> None:
    if run.vector_size != first.vector_size:
        raise ValueError(
            f"{name}: its vectors have {run.vector_size} dimensions, those of the first "
            f"{first.vector_size}; only equal ones can be rotated onto each other, while "
            "w2v.stability compares neighbours"
        )


def check_finite(name: str, run: Store, rows: NDArray[np.int64]) -> None:
    """Raise ValueError naming the first word in these rows whose vector is no vector."""
    for start, stop in search.blocks(len(rows), run.vector_size):
        good = np.isfinite(search.plain(run._vectors[rows[start:stop]])).all(axis=1)
        if not good.all():
            word = run.words[rows[start + int(good.argmin())]]
            raise ValueError(
                f"{name}: {word!r} has a vector with NaN or infinite numbers; leave it out"
            )


def shared_rows(runs: Sequence[Store]) -> NDArray[np.int64]:
    """Return the rows of the words that all runs have, int64 (runs, n), in the first one's order.

    A word that stands twice in a run has its first row alone.
    """
    words = list(runs[0].words)
    rows = np.stack([run.places(words) for run in runs])
    return rows[:, (rows >= 0).all(axis=0) & (rows[0] == np.arange(len(words)))]


def anchor_rows(
    first: Store, second: Store, words: int | Iterable[Key] | None
) -> NDArray[np.int64]:
    """Return the rows of the anchors in both, int64 (2, n), n > 0; see align_to."""
    if isinstance(words, (str, bytes)):
        raise TypeError(f"words={words!r}: a list of words, a number or None is expected")
    if words is None or is_id(words):
        n = None if words is None else check_number("words", words, int, 1)
        rows = shared_rows([first, second])[:, :n]
    else:
        own = np.unique(first.rows_of(words))
        rows = np.stack([own, second.places([first.words[row] for row in own.tolist()])])
        unknown = np.flatnonzero(rows[1] < 0)
        if len(unknown):
            word = first.words[int(own[unknown[0]])]
            raise KeyError(f"words: {word!r} is not in the vocabulary of the other; leave it out")
    if not rows.size:
        raise ValueError("words: there are no anchors, words that both have, to rotate by")
    return rows


def rotation(
    first: Floats, second: Floats, rows: NDArray[np.int64], normalize: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rotation that brings rows of `first`, (V, D), next to those of `second`.

    With rows[0] of the first in A and rows[1] of the second in B it is the orthogonal Q, float64
    (D, D), for which |A Q - B| is least: U V^T, where U S V^T = A^T B (Schönemann 1966).

    Returns Q, and the directions, float64 (D, free), in which A and B have nothing in common, so
    that Q turns them no better than any other rotation.

    >>> rotation(np.eye(2), np.eye(2)[::-1], np.array([[0, 1], [0, 1]]))[0].round()
    array([[0., 1.],
           [1., 0.]])
    """
    D = first.shape[1]
    products = np.zeros((D, D))
    for _, A, B in blocks_of(first, second, rows, normalize):
        products += A.T @ B
    left, sizes, right = np.linalg.svd(products)
    # What NumPy's matrix_rank takes for rounding.
    rank = int((sizes > sizes.max(initial=0) * D * np.finfo(np.float64).eps).sum())
    return left @ right, left[:, rank:]


def blocks_of(
    first: Floats, second: Floats, rows: NDArray[np.int64], normalize: bool = True
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield which words a block has, and their vectors in both, float64 (block, D)."""
    for start, stop in search.blocks(rows.shape[1], first.shape[1]):
        A, B = first[rows[0, start:stop]], second[rows[1, start:stop]]
        if normalize:
            yield slice(start, stop), search.unit(A, np.float64), search.unit(B, np.float64)
        else:
            yield slice(start, stop), A.astype(np.float64), B.astype(np.float64)


def rotated(vectors: Floats, turn: NDArray[np.float64]) -> Floats:
    """Return `vectors` @ `turn`, float (V, D): float32, or what is wider; summed in float64."""
    out = np.empty(vectors.shape, np.result_type(vectors.dtype, np.float32))
    for start, stop in search.blocks(*vectors.shape):
        with np.errstate(invalid="ignore", over="ignore"):  # rows that hold NaN keep it
            out[start:stop] = vectors[start:stop].astype(np.float64) @ turn
    return out


def check_placed(run: Store, free: NDArray[np.float64], n: int) -> None:
    """Raise ValueError naming a word that lies in the directions that n anchors leave free."""
    for start, stop in search.blocks(*run._vectors.shape) if free.size else ():
        with np.errstate(invalid="ignore", over="ignore"):
            parts = search.unit(run._vectors[start:stop], np.float64) @ free
        outside = np.flatnonzero(np.linalg.norm(parts, axis=1) > LEAST_PART)
        if len(outside):
            raise ValueError(
                f"words: {n:,} anchors leave {free.shape[1]} of {len(free)} directions open, in "
                f"which {run.words[start + int(outside[0])]!r} lies, so that its vector would be "
                "arbitrary; more words that both have are needed"
            )


def cosines_of(
    first: Floats, second: Floats, rows: NDArray[np.int64], align: bool = True
) -> NDArray[np.float64]:
    """Return the cosines of rows[0] of the first, rotated or not, with rows[1], float64 (n,)."""
    turn = rotation(first, second, rows)[0] if align else np.eye(first.shape[1])
    out = np.empty(rows.shape[1])
    for some, A, B in blocks_of(first, second, rows):
        out[some] = np.einsum("ij,ij->i", A @ turn, B)
    return out.clip(-1, 1)
