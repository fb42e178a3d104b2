"""Maps: words as points in two dimensions, with names that can be read, and arrows of analogies.

Owns what is drawn; where points lie is flat.py's, where their names stand labels.py's.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number
from ..vectors import kmeans, search
from ..vectors.keyed import KeyedVectors
from . import canvas, flat
from .chosen import check_pair, keyed, labels_of, rows_of, spelling, vectors_at
from .labels import place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Words of a map, unless it is said: of all, and around each of some.
TOPN, TOPN_AROUND = 2000, 30
# So many words or fewer are all named, the last ones with a line to their point.
MOST_ALL_NAMED = 120
# Groups that colours tell apart, and that a legend names.
MOST_GROUPS = 20
# Areas of points, in square points: of all where counts are not known, of the rarest, of the first.
AREA, LEAST_AREA, MOST_AREA = 14.0, 6.0, 70.0
# Points of letters of labels, and what stays free between two of them.
LABEL, BETWEEN = 8.5, 2.0


@dataclass
class Chosen:
    """The words of a map, the most important first."""

    kv: KeyedVectors
    rows: NDArray[np.int64]  # (n,)
    groups: list[str] | None  # of each
    asked: int = 0  # so many first words are those that the map is around


def chosen_words(
    wv: Any,
    words: Iterable[Any] | None,
    topn: int | None,
    around: Iterable[Any] | None,
) -> Chosen:
    """Return which words a map shows; see map."""
    kv = keyed(wv)
    if words is not None and (around is not None or topn is not None):
        other = "around" if around is not None else "topn"
        raise ValueError(f"words, {other}: a map shows these words or those; leave one out")
    if words is not None:
        return Chosen(kv, rows_of(kv, dict.fromkeys(listed(kv, words, "words"))), None)
    if topn is not None:
        topn = check_number("topn", topn, int, 1)
    if around is None:
        return Chosen(kv, np.arange(min(topn or TOPN, len(kv))), None)
    seeds = rows_of(kv, dict.fromkeys(listed(kv, around, "around")), "around")
    vectors_at(kv, seeds)
    near, _ = kv.neighbours(
        [kv.words[row] for row in seeds.tolist()], topn or TOPN_AROUND, arrays=True
    )
    names = labels_of(kv, seeds)
    group = {int(row): name for row, name in zip(seeds, names, strict=True)}
    # The nearest of all first, so that a word belongs to the seed whose list has it further up.
    for rank in range(near.shape[1]):
        for row, name in zip(near[:, rank].tolist(), names, strict=True):
            if row >= 0:
                group.setdefault(row, name)
    groups = list(group.values()) if len(seeds) > 1 else None
    return Chosen(kv, np.array(list(group), np.int64), groups, len(seeds))


def listed(kv: KeyedVectors, words: Any, argument: str) -> list[Any]:
    """Return words as a list; one word is a map's mistake, but for a map around it."""
    if isinstance(words, (str, bytes)):
        if argument == "around":
            return [words]
        raise TypeError(f"{argument}={words!r}: a list of words is expected, [{words!r}]")
    return [words] if kv.is_key(words) else list(words)


def grouped(
    chosen: Chosen, vectors: np.ndarray, groups: Any, clusters: int | None
) -> list[str] | None:
    """Return the group of each word; see map."""
    if groups is not None and clusters is not None:
        raise ValueError("groups, clusters: points have one colour; leave one out")
    names = labels_of(chosen.kv, chosen.rows)
    if clusters is not None:
        n = check_number("clusters", clusters, int, 1, len(names))
        members = kmeans.classes(search.unit(vectors), n)
        # Named by its first words, which are the most frequent ones.
        named: dict[int, list[str]] = {}
        for member, name in zip(members.tolist(), names, strict=True):
            named.setdefault(member, []).append(name)
        return [", ".join(named[member][:3]) for member in members.tolist()]
    if groups is None:
        return chosen.groups
    if isinstance(groups, Mapping):
        keys = [chosen.kv.words[row] for row in chosen.rows.tolist()]
        return [spelling(groups.get(key, "other words")) for key in keys]
    given = [spelling(group) for group in groups]
    if len(given) != len(names):
        raise ValueError(
            f"groups: {len(given)} are given for {len(names)} words; one for each is expected, or "
            "a dict from word to group"
        )
    return given


def map(  # the name that people look for
    wv: Any,
    words: Iterable[Any] | None = None,
    *,
    topn: int | None = None,
    around: Any = None,
    method: str = "pca",
    groups: Sequence[Any] | Mapping[Any, Any] | None = None,
    clusters: int | None = None,
    labels: int | Iterable[Any] | None = None,
    seed: int | None = 1,
    ax: "Axes | None" = None,
    **options: Any,
) -> "Axes":
    """Draw words as points in two dimensions, like words near each other.

    Which words: `words`, or the neighbours of those in `around`, or else the first ones.

    Parameters
    ----------
    wv, ax : see heatmap.
    words : list of words, each drawn once.
    topn : how many first words there are, 2000 unless given; or neighbours of each word in
        `around`, 30 unless given.
    around : a word or several, whose neighbours are drawn in a colour for each.
    method : "pca", two principal components (only NumPy is needed); "tsne" (openTSNE) and "umap"
        (umap-learn) show better which words are neighbours, and nothing beyond.
    groups : what colours tell apart: a name for each of `words`, or a dict from word to name.
    clusters : colour by so many classes of k-means; the legend has the first words of each.
    labels : None names all of 120 words or fewer, of more as many as there is room for, the first
        ones first; a number: so many at most; a list: these words, all of them.
    seed : of UMAP; see flatten. The others are the same every time.
    options : of matplotlib's scatter.

    Where counts are known, frequent words have larger points. Returns the axes. Raises ValueError
    naming all words that are unknown, or hold NaN.

    >>> import w2v
    >>> wv = w2v.KeyedVectors(["king", "queen", "man"], np.array([[1, 1], [1, 2], [0, 1]]))
    >>> ax = map(wv)
    >>> sorted(text.get_text() for text in ax.texts)
    ['king', 'man', 'queen']
    """
    canvas.pyplot()
    chosen = chosen_words(wv, words, topn, around)
    vectors = vectors_at(chosen.kv, chosen.rows)
    names = labels_of(chosen.kv, chosen.rows)
    shown, is_all = named_words(chosen, labels)
    told = grouped(chosen, vectors, groups, clusters)
    found = flat.flatten(vectors, method, seed)
    ax = canvas.axes(ax, *shape(found.places, 7.5 if len(names) <= 60 else 10))
    areas = areas_of(chosen)
    draw_points(ax, found.places, areas, told, options)
    bare(ax, *found.axes)
    n_shown = label_points(
        ax, found.places, [name if is_shown else "" for name, is_shown in
        zip(names, shown, strict=True)], np.sqrt(areas / np.pi), is_all, chosen.asked,
    )  # fmt: skip
    note = f"{len(names):,} words" + f", {n_shown:,} of them named" * (n_shown < len(names))
    ax.set_title(f"{note}; {found.note}", fontsize=LABEL, loc="right", alpha=0.7)
    return ax


def named_words(chosen: Chosen, labels: Any) -> tuple[NDArray[np.bool_], bool]:
    """Return which words are to be named, bool (n,), and whether that has to be all of them."""
    n = len(chosen.rows)
    shown = np.ones(n, bool)
    if labels is None:
        return shown, n <= MOST_ALL_NAMED
    if isinstance(labels, (int, np.integer)):
        shown[check_number("labels", labels, int, 0) :] = False
        return shown, n <= MOST_ALL_NAMED
    rows = rows_of(chosen.kv, labels, "labels")
    shown = np.isin(chosen.rows, rows)
    absent = rows[~np.isin(rows, chosen.rows)]
    if len(absent):
        raise ValueError(
            f"labels: not on this map: {' '.join(labels_of(chosen.kv, absent))}; it shows "
            f"{n:,} words, see words, topn and around"
        )
    return shown, True


def areas_of(chosen: Chosen) -> NDArray[np.float64]:
    """Return the areas of points by the logarithm of counts, float64 (n,)."""
    counts = chosen.kv.counts
    if counts is None:
        return np.full(len(chosen.rows), AREA)
    logs = np.log(np.maximum(np.asarray(counts, np.float64)[chosen.rows], 1))
    spread = np.ptp(logs)
    if not spread:
        return np.full(len(chosen.rows), AREA)
    return LEAST_AREA + (MOST_AREA - LEAST_AREA) * ((logs - logs.min()) / spread) ** 2


def draw_points(
    ax: Any,
    places: np.ndarray,
    areas: np.ndarray,
    groups: list[str] | None,
    options: dict[str, Any],
) -> None:
    """Draw points, each group in its colour."""
    given: dict[str, Any] = dict(linewidths=0, alpha=0.75 if len(places) <= 500 else 0.6)
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(groups or [""]))}
    members = np.array([kinds[group] for group in groups] if groups else [0] * len(places))
    colours: Any = [f"C{i}" for i in range(10)]
    if len(kinds) > len(colours):
        colours = canvas.pyplot().colormaps["tab20"].colors
    if len(kinds) > MOST_GROUPS:
        warnings.warn(
            f"groups: there are {len(kinds)}, and {MOST_GROUPS} colours; several groups share one",
            stacklevel=3,
        )
    drawn = []
    for i in kinds.values():
        own = members == i
        x, y = places[own].T
        if "c" not in options:
            given["color"] = colours[i % len(colours)]
        drawn.append(ax.scatter(x, y, **{"s": areas[own], **given, **options}))
    if groups:
        legend = ax.legend(
            drawn, [" "] * len(kinds), loc="upper left", bbox_to_anchor=(1, 1), frameon=False,
            fontsize=LABEL, scatterpoints=1,
        )  # fmt: skip
        for handle in legend.legend_handles:
            handle.set_sizes([30])
        canvas.name_entries(legend, list(kinds))


def bare(ax: Any, x: str, y: str) -> None:
    """Leave out what has no meaning: numbers of the axes, and their frame."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel(x, fontsize=LABEL)
    ax.set_ylabel(y, fontsize=LABEL)
    for spine in ax.spines.values():
        spine.set_alpha(0.3)
    ax.margins(0.07)
    ax.set_aspect("equal", adjustable="datalim")


def shape(places: np.ndarray, width: float) -> tuple[float, float]:
    """Return the width and height of a figure that has room for places as they lie, in inches."""
    wide, high = np.ptp(places, axis=0)
    return width, width * float(np.clip(high / (wide or 1), 0.55, 0.9))


def label_points(
    ax: Any,
    places: np.ndarray,
    names: list[str],
    radii: np.ndarray,
    all_shown: bool,
    n_strong: int = 0,
    leftward: np.ndarray | None = None,
    lines: np.ndarray | None = None,
) -> int:
    """Write names beside points, and return how many there was room for.

    `names` are "" for points without; `radii`, in points, are those of the points; so many first
    ones are in bold letters; `lines`, float (2, m, 2), from there to there, are kept free if they
    can be; see place.
    """
    canvas.lay_out(ax)
    scale = canvas.figure_of(ax).dpi / 72
    fonts = canvas.families(names)
    weights = ["bold"] * n_strong + ["normal"] * (len(names) - n_strong)
    styles = [dict(fontsize=LABEL, fontfamily=fonts, fontweight=weight) for weight in weights]
    sizes = measured(ax, names, styles)
    pixels, box = ax.transData.transform(places), ax.get_window_extent()
    bounds = box.x0, box.y0, box.x1, box.y1
    room = np.where(sizes > 0, sizes + BETWEEN * scale, 0)
    on_lines = None
    if lines is not None:
        start, end = ax.transData.transform(lines.reshape(-1, 2)).reshape(lines.shape)
        on_lines = np.concatenate([start + t * (end - start) for t in np.linspace(0, 1, 60)])
    middles = place(pixels, room, radii * scale, bounds, all_shown, leftward, on_lines)
    for i in np.flatnonzero(~np.isnan(middles[:, 0])).tolist():
        offset = (middles[i] - pixels[i]) / scale
        # Nearer labels need no line to their point.
        far = np.maximum(abs(middles[i] - pixels[i]) - sizes[i] / 2, 0).max() / scale
        line = dict(arrowstyle="-", linewidth=0.5, alpha=0.5, shrinkA=0, shrinkB=radii[i],
                    color=canvas.pyplot().rcParams["text.color"])  # fmt: skip
        text = ax.annotate(
            names[i], places[i], offset, textcoords="offset points", ha="center", va="center",
            arrowprops=line if far > radii[i] + LABEL else None, **styles[i],
        )  # fmt: skip
        text.set_parse_math(False)
        text.set_in_layout(False)
    return int((~np.isnan(middles[:, 0])).sum())


def measured(ax: Any, names: list[str], styles: list[dict[str, Any]]) -> NDArray[np.float64]:
    """Return the widths and heights of names in pixels, float64 (n, 2); 0 where there is none."""
    text = ax.text(0, 0, "", parse_math=False)
    sizes = np.zeros((len(names), 2))
    with canvas.without_glyph_warnings():
        for i, name in enumerate(names):
            if name:
                text.set(text=name, **styles[i])
                box = text.get_window_extent()
                sizes[i] = box.width, box.height
    text.remove()
    return sizes


def analogies(
    wv: Any,
    pairs: Iterable[tuple[Any, Any]],
    *,
    ax: "Axes | None" = None,
    **options: Any,
) -> "Axes":
    """Draw an arrow from the first word of each pair to the second, on the plane of their offsets.

    To the right is the mean offset of all pairs, upward where the words differ most besides. The
    arrows are parallel as far as the pairs stand in the same relation. The title tells the cosine
    of each offset with the mean of the others, on average: 1 for the same, 0 for none in common.

    Parameters
    ----------
    wv, ax : see heatmap. Vectors are scaled to length 1.
    pairs : list of pairs of words, [("man", "king"), ("woman", "queen")].
    options : of matplotlib's arrows, which are patches (color, linewidth, alpha, ...).

    Returns the axes. Raises ValueError naming all words that are unknown, or hold NaN.

    >>> import w2v
    >>> words = ["man", "king", "woman", "queen"]
    >>> wv = w2v.KeyedVectors(words, np.array([[1, 0], [1, 1], [-1, 0], [-1, 1]]))
    >>> ax = analogies(wv, [("man", "king"), ("woman", "queen")])
    >>> sorted(text.get_text() for text in ax.texts if text.get_text())
    ['king', 'man', 'queen', 'woman']
    """
    canvas.pyplot()
    kv = keyed(wv)
    if isinstance(pairs, (str, bytes)):
        raise TypeError(f"pairs={pairs!r}: a list of pairs is expected, [('man', 'king')]")
    given = [check_pair(pair, "pairs", "('man', 'king')") for pair in pairs]
    rows = rows_of(kv, [word for pair in given for word in pair], "pairs")
    if kv.vector_size < 2:
        raise ValueError("vectors of 1 dimension lie on a line: there is no plane to draw")
    unit = search.unit(vectors_at(kv, rows), np.float64)
    starts, ends = unit[::2], unit[1::2]
    places = flat.analogy_plane(starts, ends)
    ax = canvas.axes(ax, *shape(places.reshape(-1, 2), 7.5))
    x, y = places.reshape(-1, 2).T
    ax.scatter(x, y, s=AREA, color=canvas.pyplot().rcParams["text.color"], linewidths=0)
    arrow = {"arrowstyle": "-|>", "color": "C0", "linewidth": 1.2, "alpha": 0.8, "shrinkA": 3,
             "shrinkB": 3, "mutation_scale": 11, **options}  # fmt: skip
    for start, end in zip(*places, strict=True):
        ax.annotate("", end, start, arrowprops=arrow)
    bare(ax, "mean offset →", "")
    ax.margins(0.15)
    # A word may be in several pairs.
    _, first = np.unique(rows, return_index=True)
    points, radii = places.swapaxes(0, 1).reshape(-1, 2)[first], np.full(len(first), AREA**0.5 / 2)
    label_points(ax, points, labels_of(kv, rows[first]), radii, True, leftward=first % 2 == 0,
                 lines=places)  # fmt: skip
    told = ""
    if len(given) > 1:
        cosine = float(np.mean(flat.agreement(ends - starts)))
        told = f"; cosine of an offset with the mean of the others {cosine:.2f}"
    ax.set_title(
        f"{len(given)} pair{'s' * (len(given) > 1)}{told}", fontsize=LABEL, loc="right", alpha=0.7
    )
    return ax
