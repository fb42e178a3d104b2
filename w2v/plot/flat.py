"""Flat: words in two dimensions, by PCA, t-SNE or UMAP, and the plane of an analogy.

All of them see vectors of length 1, since words are compared by cosines. n is the number of words,
D the dimensions.
"""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number
from ..shared.optional import needed
from ..shared.threads import usable_cores
from ..vectors import search

METHODS = ("pca", "tsne", "umap")

# What openTSNE and umap-learn have as defaults themselves; lists of words have fewer neighbours.
PERPLEXITY, UMAP_NEIGHBOURS = 30, 15
# Of fewer words neighbours say nothing.
LEAST_WORDS = 5


class Flat(NamedTuple):
    """Places in two dimensions, and what to tell of them."""

    places: NDArray[np.float64]  # (n, 2)
    axes: tuple[str, str]  # what the axes mean, empty where they mean nothing
    note: str


def flatten(vectors: np.ndarray, method: str = "pca", seed: int | None = 1) -> Flat:
    """Return words in two dimensions.

    Parameters
    ----------
    vectors : float (n, D).
    method : one of METHODS. "tsne" needs openTSNE, "umap" umap-learn.
    seed : of "umap": the same gives the same places, on one thread; None lets it use all cores,
        with another outcome each time. "tsne" begins with "pca" and draws nothing: it needs none.

    Raises ValueError where there is nothing to be laid out: one word, one dimension, equal vectors.

    >>> flatten(np.array([[3, 0, 0], [0, 1, 0], [0, 2, 0]])).places.round(2) + 0
    array([[ 0.94,  0.  ],
           [-0.47,  0.  ],
           [-0.47,  0.  ]])
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r}: there are {', '.join(METHODS)}")
    if seed is not None:
        seed = check_number("seed", seed, int, 0, 2**32 - 1)
    n, D = vectors.shape
    if n < 2 or D < 2:
        raise ValueError(
            f"{n} word{'s' * (n != 1)} x {D} dimension{'s' * (D != 1)}: two words or more in two "
            "dimensions or more make a map"
        )
    unit = search.unit(vectors, np.float64)
    if not (unit != unit[0]).any():
        raise ValueError(f"the vectors of all {n} words point to one place, which is no map")
    if method == "pca":
        places, shares = pca(unit)
        names = [f"component {i + 1} ({share:.1%} of variance)" for i, share in enumerate(shares)]
        return Flat(places, (names[0], names[1]), "PCA")
    if n < LEAST_WORDS:
        raise ValueError(
            f"method={method!r}: {n} words are given where {LEAST_WORDS} are needed; use 'pca'"
        )
    places = tsne(unit) if method == "tsne" else umap(unit, seed)
    return Flat(places, ("", ""), "t-SNE" if method == "tsne" else "UMAP")


def pca(vectors: np.ndarray) -> tuple[NDArray[np.float64], list[float]]:
    """Return places on the two principal components, (n, 2), and their shares of variance.

    The sign of a component is that of its largest entry, so that it is the same every time.
    """
    centred = np.asarray(vectors, np.float64) - vectors.mean(axis=0)
    n, D = centred.shape
    # R of QR has the same components, in fewer rows.
    less = np.linalg.qr(centred, mode="r") if n > D else centred
    _, sizes, components = np.linalg.svd(less, full_matrices=False)
    components = components[:2]
    largest = np.take_along_axis(components, abs(components).argmax(axis=1)[:, np.newaxis], 1)
    shares = sizes[:2] ** 2 / ((sizes**2).sum() or 1)
    return centred @ (components * np.sign(largest)).T, shares.tolist()


def begin(unit: np.ndarray, spread: float) -> NDArray[np.float64]:
    """Return places by PCA, the wider of them `spread` wide, which t-SNE and UMAP begin with."""
    places, _ = pca(unit)
    return places * spread / places[:, 0].std()


def neighbours(unit: np.ndarray, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the k nearest rows of each row, itself first, int64 (n, k), and their distances."""
    rows, cosines = search.nearest(unit, unit, k)
    # Among rows that are equal its own may stand elsewhere, or beyond the last.
    own = np.arange(len(unit))[:, np.newaxis]
    order = np.argsort(rows != own, axis=1, kind="stable")
    rows, cosines = np.take_along_axis(rows, order, 1), np.take_along_axis(cosines, order, 1)
    rows[:, :1], cosines[:, 0] = own, 1
    return rows, np.sqrt(np.maximum(2 - 2 * cosines.astype(np.float64), 0))


def tsne(unit: np.ndarray) -> NDArray[np.float64]:
    """Return places by t-SNE (van der Maaten, Hinton 2008), whose neighbours are exact ones."""
    package = needed("openTSNE", "method='tsne'", "openTSNE")
    affinity = needed("openTSNE.affinity", "method='tsne'", "openTSNE")
    nearest = needed("openTSNE.nearest_neighbors", "method='tsne'", "openTSNE")
    perplexity = min(PERPLEXITY, (len(unit) - 1) / 3)
    rows, distances = neighbours(unit, int(3 * perplexity) + 1)
    n_jobs = usable_cores()
    near = affinity.PerplexityBasedNN(
        knn_index=nearest.PrecomputedNeighbors(rows[:, 1:], distances[:, 1:]),
        perplexity=perplexity,
        n_jobs=n_jobs,
    )
    made = package.TSNE(n_jobs=n_jobs)
    return np.array(made.fit(affinities=near, initialization=begin(unit, 1e-4)))


def umap(unit: np.ndarray, seed: int | None) -> NDArray[np.float64]:
    """Return places by UMAP (McInnes, Healy 2018), whose neighbours are exact ones."""
    with warnings.catch_warnings():
        # That new words cannot be placed later, and that few words need no neighbours at hand.
        warnings.simplefilter("ignore")
        package = needed("umap", "method='umap'", "umap-learn")
        k = min(UMAP_NEIGHBOURS, len(unit) - 1)
        made = package.UMAP(
            n_neighbors=k,
            init=begin(unit, 10),
            random_state=seed,
            n_jobs=usable_cores() if seed is None else 1,
            precomputed_knn=neighbours(unit, k),
            force_approximation_algorithm=True,
        )
        return np.asarray(made.fit_transform(unit), np.float64)


def analogy_plane(starts: np.ndarray, ends: np.ndarray) -> NDArray[np.float64]:
    """Return the places of starts and ends on the plane of what they have in common, (2, n, 2).

    The first axis is the direction of the mean offset from start to end, so an arrow's length along
    it is what the pair has of that; the second is the direction, at right angles to the first, in
    which the words differ most.

    Raises ValueError where the offsets add up to nothing.
    """
    n = len(starts)
    along = (ends - starts).mean(axis=0)
    length = np.linalg.norm(along)
    if length < 1e-6:
        raise ValueError("pairs: their offsets add up to nothing, so they have none in common")
    along /= length
    points = np.concatenate([starts, ends])
    points = points - points.mean(axis=0)
    first = points @ along
    rest = points - np.outer(first, along)
    second = pca(rest)[0][:, 0]
    second[abs(second) < 1e-9] = 0  # of one pair all that there is
    return np.stack([first, second], axis=1).reshape(2, n, 2)


def agreement(offsets: np.ndarray) -> NDArray[np.float64]:
    """Return the cosine of each offset with the mean of the others, float64 (n,); NaN for one.

    With the mean of all, which each is a part of, offsets that have nothing in common would seem to
    agree: n of them by about 1 / sqrt(n).

    >>> agreement(np.array([[1.0, 0], [1, 0], [0, 1]])).round(2)
    array([0.71, 0.71, 0.  ])
    """
    others = offsets.sum(axis=0) - offsets
    with np.errstate(invalid="ignore"):
        lengths = np.linalg.norm(offsets, axis=1) * np.linalg.norm(others, axis=1)
        return np.einsum("ij,ij->i", offsets, others) / lengths
