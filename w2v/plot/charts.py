"""Charts: bars of neighbours, two lists of neighbours side by side, and lines of losses."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..shared.checks import check_number
from ..shared.types import Asked, Found
from ..vectors import search
from ..vectors.keyed import KeyedVectors
from ..vectors.spelling import check_words
from . import canvas
from .chosen import keyed, spelling, vectors_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Inches of a row of a list.
ROW = 0.28


def nearest(
    kv: KeyedVectors, word: Asked, topn: int = 10, metric: str = "cosine"
) -> tuple[str, Found]:
    """Return the name of a query, and the words nearest to it with their scores; see neighbours."""
    search.check_metric(metric)
    topn = check_number("topn", topn, int, 1)
    asked = kv.listed(word)
    words = [item for item in asked if kv.is_key(item)]
    check_words(kv, words)
    if words:
        vectors_at(kv, kv.rows_of(words))
    found = kv.most_similar(word, topn=topn, metric=metric)
    if not found:
        raise ValueError(f"word={word!r}: these vectors have no other word, so none is near")
    name = " + ".join(spelling(item) for item in words)
    return name if len(words) == len(asked) else "the vector", found


def neighbours(
    wv: Any,
    word: Asked,
    topn: int = 10,
    metric: str = "cosine",
    *,
    ax: "Axes | None" = None,
    **options: Any,
) -> "Axes":
    """Draw the words nearest to a word as bars of their scores, the nearest on top.

    Parameters
    ----------
    wv, ax : see heatmap.
    word : a word, several, whose unit vectors are added up, or a vector.
    topn : how many.
    metric : "cosine", "euclidean", "manhattan" or "chebyshev".
    options : of matplotlib's barh.

    Returns the axes. Raises ValueError naming all words that are unknown, or hold NaN.

    >>> import w2v
    >>> wv = w2v.KeyedVectors(["king", "queen", "man"], np.array([[1, 1], [1, 2], [0, 1]]))
    >>> ax = neighbours(wv, "king")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['queen', 'man']
    """
    canvas.pyplot()
    name, found = nearest(keyed(wv), word, topn, metric)
    names, scores = [spelling(near) for near, _ in found], [score for _, score in found]
    ax = canvas.axes(ax, 6, 1.2 + ROW * len(found))
    bars = ax.barh(range(len(found)), scores, **{"height": 0.7, **options})
    ax.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
    ax.invert_yaxis()
    size, step = canvas.letter_size(canvas.points_of(ax, len(found), 1)[1], len(found), "topn")
    canvas.tick(ax.yaxis, names, size, step)
    ax.set_xlabel(f"cosine with {name}" if metric == "cosine" else f"{metric} distance to {name}")
    canvas.literally([ax.xaxis.label])
    ax.margins(x=0.12, y=0.02)
    without_frame(ax)
    return ax


def without_frame(ax: Any, *kept: str) -> None:
    for side in {"top", "right", "left", "bottom"} - {"bottom", *kept}:
        ax.spines[side].set_visible(False)


class Other(NamedTuple):
    """A neighbour in one of two lists."""

    word: Any
    place: int  # in its list, 0 for the nearest
    rank: int | None  # in the other vectors, 1 for the nearest; None where they have no such word


def compared(
    a: KeyedVectors, b: KeyedVectors, word: Any, topn: int, metric: str
) -> tuple[list[Other], list[Other]]:
    """Return the neighbours of a word by each of two, with the ranks that the other gives them."""
    lists = []
    for kv, other in ((a, b), (b, a)):
        _, found = nearest(kv, word, topn, metric)
        lists.append(
            [
                Other(near, i, other.rank(word, near, metric) if near in other else None)
                for i, (near, _) in enumerate(found)
            ]
        )
    return lists[0], lists[1]


def compare(
    wv_a: Any,
    wv_b: Any,
    word: Any,
    topn: int = 10,
    metric: str = "cosine",
    *,
    names: tuple[str, str] = ("a", "b"),
    ax: "Axes | None" = None,
    **options: Any,
) -> "Axes":
    """Draw how the neighbours of a word differ between two models: a list of each, side by side.

    Lines join words that are in both lists. Behind the others stands the rank that the other model
    gives them, or a dash where it does not have them.

    Parameters
    ----------
    wv_a, wv_b, ax : see heatmap. Their vectors need not have the same dimensions.
    word, topn, metric : see neighbours; one word, which both have.
    names : of the two.
    options : of matplotlib's plot, for the lines.

    Returns the axes.

    >>> import w2v
    >>> words = ["king", "queen", "man"]
    >>> a = w2v.KeyedVectors(words, np.array([[1, 1], [1, 2], [0, 1]]))
    >>> b = w2v.KeyedVectors(words, np.array([[1, 1], [1, 2], [1, 1]]))
    >>> ax = compare(a, b, "king", names=("before", "after"))
    >>> [text.get_text() for text in ax.texts]
    ['queen', 'man', 'man', 'queen']
    """
    canvas.pyplot()
    a, b = keyed(wv_a, "wv_a"), keyed(wv_b, "wv_b")
    left, right = compared(a, b, word, topn, metric)
    n = max(len(left), len(right))
    ax = canvas.axes(ax, 6.5, 1.2 + ROW * n)
    at = {other.word: other.place for other in right}
    shared = [(other.place, at[other.word]) for other in left if other.word in at]
    for places in shared:
        ax.plot((0, 1), places, **{"color": "C0", "marker": "o", "markersize": 4, **options})
    texts = []
    for x, others, words in ((0, left, at), (1, right, {other.word for other in left})):
        for other in others:
            is_shared = other.word in words
            rank = "" if is_shared else f" ({other.rank or '-'})"
            texts.append(
                ax.text(
                    x + 0.03 * (1 if x else -1),
                    other.place,
                    spelling(other.word) + rank,
                    ha="left" if x else "right",
                    va="center",
                    fontsize=canvas.MOST_POINTS,
                    alpha=1 if is_shared else 0.6,
                )
            )
    canvas.literally(texts)
    ax.set_xlim(-0.75, 1.75)
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_yticks([])
    canvas.tick(ax.xaxis, [f"in {name}" for name in names], canvas.MOST_POINTS)
    ax.xaxis.tick_top()
    ax.xaxis.set_tick_params(length=0)
    ax.set_xlabel(f"{len(shared)} of {n} neighbours of {spelling(word)} are shared")
    canvas.literally([ax.xaxis.label])
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def losses(models: Any, *, rate: bool = True, ax: "Axes | None" = None, **options: Any) -> "Axes":
    """Draw the mean loss of each epoch, and the learning rate beside it.

    Parameters
    ----------
    models : a model, or several to be compared: a list, which is named by the parameters that
        differ, or a dict from name to model. A model is what has `losses`, a number an epoch.
    rate : draw the mean learning rate of each epoch, too, dashed, on an axis of its own. It is
        known of a model that was trained once, with its own parameters.
    ax : see heatmap.
    options : of matplotlib's plot.

    Returns the axes of the losses. Raises ValueError for a model without any.

    >>> from types import SimpleNamespace as Model
    >>> ax = losses({"small": Model(losses=[2.5, 2.25]), "large": Model(losses=[2.5, 2.0])})
    >>> ax.get_ylabel(), len(ax.lines)
    ('mean loss', 2)
    """
    canvas.pyplot()
    named = name_models(models)
    ax = canvas.axes(ax, 6.5, 4)
    beside = None
    for name, model in named.items():
        n = len(model.losses)
        epochs = np.arange(1, n + 1)
        (line,) = ax.plot(epochs, model.losses, **{"marker": "o", "markersize": 4, **options})
        line.set_gid(name)  # matplotlib gives names with a leading _ no place in the legend
        alphas = rates(model) if rate else None
        if alphas is not None:
            beside = beside or ax.twinx()
            beside.plot(epochs, alphas, linestyle="--", linewidth=1, alpha=0.6,
                        color=line.get_color())  # fmt: skip
    ax.set_xlabel("epoch")
    ax.set_ylabel("mean loss")
    ax.locator_params("x", integer=True)
    if beside is not None:
        beside.set_ylabel("learning rate (dashed)")
        beside.set_ylim(bottom=0)
        beside.spines["top"].set_visible(False)
    if len(named) > 1:
        canvas.name_entries(ax.legend(ax.lines, [" "] * len(named), frameon=False), list(named))
    without_frame(ax, "left", *["right"] * (beside is not None))
    return ax


def name_models(models: Any) -> dict[str, Any]:
    """Return models that have losses by their names; see losses."""
    if isinstance(models, Mapping):
        named = {str(name): model for name, model in models.items()}
    elif hasattr(models, "losses") or not isinstance(models, Iterable):
        named = {"": models}
    else:
        given = list(models)
        named = dict(zip(differences(given), given, strict=True))
    if not named:
        raise ValueError(f"models={models!r}: there is none to draw")
    for i, (name, model) in enumerate(named.items()):
        if not hasattr(model, "losses"):
            raise TypeError(
                f"models: a {type(model).__name__} is given; a model, a list of models or a dict "
                "from name to model is expected"
            )
        if not len(model.losses):
            which = f" {name or i}" if len(named) > 1 else ""
            raise ValueError(
                f"models: the model{which} has no losses; train it with compute_loss=True"
            )
    return named


def differences(models: list[Any]) -> list[str]:
    """Return a name for each model: its number, and the parameters in which they differ."""
    params = [getattr(getattr(model, "params", None), "__dict__", {}) for model in models]
    first = params[0] if params else {}
    differing = [name for name in first if any(other.get(name) != first[name] for other in params)]
    return [
        f"{i + 1}: " + ", ".join(f"{name}={each.get(name)}" for name in differing)
        if differing
        else f"model {i + 1}"
        for i, each in enumerate(params)
    ]


def rates(model: Any) -> np.ndarray | None:
    """Return the mean learning rate of each epoch, (n,); None where it is not known."""
    params = getattr(model, "params", None)
    n = len(model.losses)
    if params is None or getattr(params, "epochs", None) != n:
        return None
    # In a straight line from start to end.
    middles = (np.arange(n) + 0.5) / n
    return params.start_alpha + (params.end_alpha - params.start_alpha) * middles
