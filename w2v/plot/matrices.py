"""Matrices: vectors as a heat map, and words against words.

Owns which numbers stand where, and how they are drawn by matplotlib; the terminal draws the same
ones. n is the number of rows, D the dimensions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..vectors import search
from . import canvas
from .chosen import (
    by_likeness,
    check_pair,
    cosine_distances,
    keyed,
    labels_of,
    rows_of,
    vectors_at,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLUSTERS = (None, "rows", "columns", "both")
# The colours end at this share of all numbers: a few large ones would leave all others pale.
SHOWN_SHARE = 0.995
# Inches of a row of a heat map, and of a cell of words against words, while there are few.
ROW, CELL = 0.2, 0.42
# Points of the letters of numbers in cells.
LEAST_DIGITS, MOST_DIGITS = 6.5, 9.0


@dataclass
class Matrix:
    """Numbers with names."""

    values: NDArray[np.float32]  # (n, columns)
    labels: list[str]  # of the rows
    columns: list[str]  # words, or numbers of dimensions
    n_words: int  # rows that are words; the others are differences
    what: str  # is shown, and in what unit
    limit: float  # where colours end
    low: float  # where they begin; -limit where 0 is in the middle


def heat_of(
    wv: Any,
    words: Iterable[Any],
    cluster: str | None = None,
    difference: Iterable[tuple[Any, Any]] = (),
    unit: bool = False,
) -> Matrix:
    """Return the numbers of a heat map; see heatmap."""
    if cluster not in CLUSTERS:
        raise ValueError(f"cluster={cluster!r}: 'rows', 'columns', 'both' or None is expected")
    kv = keyed(wv)
    rows = rows_of(kv, words)
    pairs = [check_pair(pair, "difference", "('king', 'man')") for pair in difference]
    ends = rows_of(kv, [word for pair in pairs for word in pair], "difference") if pairs else rows
    vectors, others = vectors_at(kv, rows), vectors_at(kv, ends)
    if unit:
        vectors, others = search.unit(vectors), search.unit(others)
    labels = labels_of(kv, rows)
    if cluster in ("rows", "both"):
        order = by_likeness(cosine_distances(vectors))
        vectors, labels = vectors[order], [labels[i] for i in order]
    if pairs:
        names = labels_of(kv, ends)
        vectors = np.concatenate([vectors, others[::2] - others[1::2]])
        labels += [f"{a} - {b}" for a, b in zip(names[::2], names[1::2], strict=True)]
    columns = np.arange(kv.vector_size)
    if cluster in ("columns", "both"):
        columns = by_likeness(cosine_distances(vectors.T))
    what = "component of a vector" + " of length 1" * unit
    limit = float(np.quantile(abs(vectors), SHOWN_SHARE)) if vectors.size else 0.0
    limit = limit or float(abs(vectors).max(initial=0)) or 1.0
    return Matrix(
        vectors[:, columns],
        labels,
        list(map(str, columns.tolist())),
        len(rows),
        what,
        limit,
        -limit,
    )


def heatmap(
    wv: Any,
    words: Iterable[Any],
    *,
    cluster: str | None = None,
    difference: Iterable[tuple[Any, Any]] = (),
    unit: bool = False,
    colorbar: bool = True,
    ax: "Axes | None" = None,
    **options: Any,
) -> "Axes":
    """Draw the vectors of words: a row a word, a column a dimension, blue below 0 and red above.

    Parameters
    ----------
    wv : KeyedVectors (ours or gensim's), a model that has them, or a pair (words, vectors).
    words : list of words.
    cluster : "rows" puts like words side by side, "columns" like dimensions, "both" does both.
    difference : pairs of words; a row below the others shows the first less the second.
    unit : show the vectors scaled to length 1.
    colorbar : show what number a colour is.
    ax : matplotlib's axes to draw on; None: those of a new figure, large enough for all words.
    options : of matplotlib's imshow; vmax says where colours end (else at the 99.5th percentile of
        all numbers, the same below 0 and above).

    Returns the axes. Raises ValueError naming all words that are unknown, or hold NaN.

    >>> import w2v
    >>> wv = w2v.KeyedVectors(["king", "queen", "man"], np.eye(3))
    >>> ax = heatmap(wv, ["king", "queen"], difference=[("king", "man")])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['king', 'queen', 'king - man']
    """
    canvas.pyplot()
    heat = heat_of(wv, words, cluster, difference, unit)
    n, D = heat.values.shape
    pitch = ROW if n <= 60 else 0.65 * ROW
    ax = canvas.axes(ax, min(max(3 + 0.05 * D, 6.5), 14), max(1.2 + pitch * n, 2.2))
    image = draw(ax, heat, options)
    size, step = canvas.letter_size(canvas.points_of(ax, n, D)[1], n, "words")
    canvas.tick(ax.yaxis, heat.labels, size, step)
    if n > heat.n_words:
        colour = "black" if not canvas.is_dark(canvas.background(ax)) else "white"
        ax.axhline(heat.n_words - 0.5, color=colour, linewidth=1.5)
    name_dimensions(ax, heat, cluster in ("columns", "both"))
    if colorbar:
        add_colorbar(ax, image, heat)
    return ax


def draw(ax: Any, matrix: Matrix, options: dict[str, Any]) -> Any:
    """Draw the cells of a matrix, and return matplotlib's image."""
    given: dict[str, Any] = dict(aspect="auto", interpolation="nearest")
    is_signed = matrix.low == -matrix.limit
    if "norm" not in options:
        top = options.get("vmax", matrix.limit)
        given |= dict(vmax=top, vmin=-top if is_signed else matrix.low)
    if "cmap" not in options:
        given["cmap"] = canvas.diverging(ax) if is_signed else "viridis_r"
    image = ax.imshow(matrix.values, **{**given, **options})
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image


def name_dimensions(ax: Any, heat: Matrix, is_ordered: bool) -> None:
    """Number the columns by their dimensions, which may stand in another order."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def name(place: float, _: Any) -> str:
        column = round(place)
        return heat.columns[column] if 0 <= column < len(heat.columns) else ""

    ax.xaxis.set_major_locator(MaxNLocator(nbins=12, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(name))
    ax.set_xlabel("dimension" + ", like ones side by side" * is_ordered)


def add_colorbar(ax: Any, image: Any, matrix: Matrix) -> None:
    """Show what the colours mean; an arrow says that numbers lie beyond them."""
    low, high = image.norm.vmin, image.norm.vmax
    below, above = bool((matrix.values < low).any()), bool((matrix.values > high).any())
    extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(
        (below, above), "neither"
    )
    height = ax.get_window_extent().height / canvas.figure_of(ax).dpi
    bar = ax.figure.colorbar(
        image, ax=ax, label=matrix.what, extend=extend, fraction=0.05, pad=0.02,
        shrink=min(1.0, 3.5 / height), aspect=20 if height > 2 else 10,
    )  # fmt: skip
    bar.outline.set_visible(False)


def similarity_of(
    wv: Any, words: Iterable[Any], metric: str = "cosine", cluster: bool = False
) -> Matrix:
    """Return the scores of words with words; see similarities."""
    search.check_metric(metric)
    kv = keyed(wv)
    rows = rows_of(kv, words)
    if len(rows) < 2:
        raise ValueError(f"words: {len(rows)} is given where two or more are compared")
    vectors, labels = vectors_at(kv, rows), labels_of(kv, rows)
    scores = search.bounded(search.scores(vectors, vectors, metric), metric)
    if cluster:
        order = by_likeness(1 - scores if metric == "cosine" else scores)
        scores, labels = scores[np.ix_(order, order)], [labels[i] for i in order]
    if metric == "cosine":
        return Matrix(scores, labels, labels, len(rows), metric, 1.0, -1.0)
    # Distances from 0 would leave few colours for those between different words.
    low = float(scores[~np.eye(len(rows), dtype=bool)].min())
    limit = float(scores.max())
    limit = limit if limit > low else low + 1
    return Matrix(scores, labels, labels, len(rows), f"{metric} distance", limit, low)


def similarities(
    wv: Any,
    words: Iterable[Any],
    metric: str = "cosine",
    *,
    cluster: bool = False,
    annotate: bool | None = None,
    colorbar: bool = True,
    ax: "Axes | None" = None,
    **options: Any,
) -> "Axes":
    """Draw how near words are to each other: rows and columns are words.

    Parameters
    ----------
    wv, words, colorbar, ax : see heatmap; two words or more.
    metric : "cosine", "euclidean", "manhattan" or "chebyshev".
    cluster : put like words side by side.
    annotate : write the numbers into the cells; None: where they fit.
    options : of matplotlib's imshow.

    Returns the axes. Raises ValueError naming all words that are unknown, or hold NaN.

    >>> import w2v
    >>> wv = w2v.KeyedVectors(["king", "queen", "man"], np.array([[1, 1], [1, 2], [0, 1]]))
    >>> ax = similarities(wv, ["king", "queen", "man"])
    >>> [text.get_text() for text in ax.texts[:3]]
    ['1.00', '0.95', '0.71']
    """
    canvas.pyplot()
    matrix = similarity_of(wv, words, metric, cluster)
    n = len(matrix.labels)
    pitch = CELL if n <= 24 else 0.5 * CELL if n <= 60 else 0.28 * CELL
    ax = canvas.axes(ax, 2.6 + pitch * n, 1.5 + pitch * n)
    image = draw(ax, matrix, options)
    width, height = canvas.points_of(ax, n, n)
    size, step = canvas.letter_size(min(width, height), n, "words")
    canvas.tick(ax.yaxis, matrix.labels, size, step)
    canvas.tick(ax.xaxis, matrix.labels, size, step, rotation=90)
    digits = 6 * 0.55 if matrix.values.max() >= 10 else 4 * 0.6
    fits = min(width / digits, height * 0.8, MOST_DIGITS)
    if annotate or (annotate is None and fits >= LEAST_DIGITS):
        write_numbers(ax, image, matrix.values, max(fits, canvas.LEAST_POINTS))
    if colorbar:
        add_colorbar(ax, image, matrix)
    return ax


def write_numbers(ax: Any, image: Any, values: np.ndarray, size: float) -> None:
    """Write each cell's number, in black or white as its colour wants."""
    colours = image.cmap(image.norm(values))
    for (i, j), value in np.ndenumerate(values):
        colour = "white" if canvas.is_dark(colours[i, j, :3]) else "black"
        text = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
        ax.text(j, i, text, ha="center", va="center", fontsize=size, color=colour)
