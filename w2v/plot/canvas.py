"""Canvas: axes to draw on, colours that suit their background, fonts that have a word's letters.

The only module that imports matplotlib, in its functions.
"""

import contextlib
import functools
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..shared.optional import needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Of a diverging map, from the least to the most; the middle is the background of the axes.
ON_LIGHT = ("#053061", "#2f79b5", "#a7cfe4", None, "#f7b799", "#ca4842", "#67001f")
ON_DARK = ("#b3e0ff", "#4aa3df", "#225b85", None, "#8f3b2c", "#e8684a", "#ffd0b0")

# Letters that show nothing by themselves: of no use to ask a font for.
INVISIBLE = ("Cc", "Cf", "Zs", "Mn")
# Fonts of pictures, which matplotlib cannot draw, and of other meanings than letters.
NO_LETTERS = ("Last Resort", "Color", "STIX", "cm")
# Least size of letters that can be read, and what all others have at most, in points.
LEAST_POINTS, MOST_POINTS = 4.0, 10.0


def pyplot() -> Any:
    """Return matplotlib.pyplot; raises ModuleNotFoundError saying how to get it."""
    return needed("matplotlib.pyplot", "w2v.plot", "matplotlib")


def kinds_without_windows() -> set[str]:
    """Return what files pictures can be written to, and open no windows from now on."""
    needed("matplotlib", "w2v.plot", "matplotlib").use("agg")
    from matplotlib.backend_bases import FigureCanvasBase

    return set(FigureCanvasBase.get_supported_filetypes())


def axes(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Return the axes given, or those of a new figure of a size in inches."""
    if ax is not None:
        return ax
    return pyplot().subplots(figsize=(width, height), layout="constrained")[1]


def figure_of(ax: Any) -> Any:
    """Return the figure that axes are in, not a part of it."""
    return ax.figure.canvas.figure


def lay_out(ax: Any) -> None:
    """Settle where everything is, so that places in pixels can be asked for."""
    with without_glyph_warnings():
        figure_of(ax).draw_without_rendering()


@contextlib.contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Silence matplotlib's warnings of each letter in a block; `families` tells of them once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+|Matplotlib currently does not")
        yield


def is_dark(colour: Any) -> bool:
    """Whether white letters are read better than black ones on a colour."""
    needed("matplotlib", "w2v.plot", "matplotlib")
    from matplotlib.colors import to_rgb

    # Luminance as in ITU-R BT.709.
    return bool(np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722)) < 0.45)


def background(ax: Any) -> Any:
    """Return the colour that axes have behind them."""
    colour = ax.get_facecolor()
    return colour if colour[3] > 0 else figure_of(ax).get_facecolor()


def diverging(ax: Any) -> Any:
    """Return colours from blue over the background to red, for numbers around 0."""
    from matplotlib.colors import LinearSegmentedColormap

    middle = background(ax)
    anchors = ON_DARK if is_dark(middle) else ON_LIGHT
    return LinearSegmentedColormap.from_list(
        "around 0", [middle if anchor is None else anchor for anchor in anchors]
    )


def points_of(ax: Any, n_rows: int, n_columns: int) -> tuple[float, float]:
    """Return the width and height of a cell in points, of so many on the axes."""
    box, dpi = ax.get_window_extent(), figure_of(ax).dpi
    return 72 / dpi * box.width / max(n_columns, 1), 72 / dpi * box.height / max(n_rows, 1)


def letter_size(room: float, n: int, argument: str) -> tuple[float, int]:
    """Return the size of labels and that each how-many-th is shown, `room` points for each of n.

    Labels that cannot be read are left out, with a warning.
    """
    size = min(MOST_POINTS, 0.8 * room)
    if size >= LEAST_POINTS:
        return size, 1
    step = int(np.ceil(LEAST_POINTS / (0.8 * room)))
    warnings.warn(
        f"{argument}: {n} of them have {room:.1f} points each, so one of {step} is named; pass ax= "
        "of a larger figure, or none",
        stacklevel=4,
    )
    return LEAST_POINTS, step


def tick(axis: Any, names: list[str], size: float, step: int = 1, **options: Any) -> None:
    """Name the rows or columns of a picture, 0 to n - 1, by words, as they are."""
    shown = names[::step]
    axis.set_ticks(
        range(0, len(names), step), shown, fontsize=size, fontfamily=families(shown), **options
    )
    axis.set_tick_params(length=0)
    for label in axis.get_ticklabels():
        label.set_parse_math(False)


def literally(texts: Iterable[Any]) -> None:
    """Let texts show words as they are: no formulas between dollars, all letters in some font."""
    texts = list(texts)
    fonts = families([text.get_text() for text in texts])
    for text in texts:
        text.set_parse_math(False)
        text.set_fontfamily(fonts)


def name_entries(legend: Any, names: list[str]) -> None:
    """Write the names into a legend as they are; matplotlib leaves out those that begin with _."""
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)
    literally(legend.get_texts())


def families(words: Iterable[str]) -> list[str]:
    """Return the font families with the letters of words: the usual ones, and others if needed.

    Warns, naming the scripts, where no installed font has a letter.
    """
    needed("matplotlib", "w2v.plot", "matplotlib")
    from matplotlib import rcParams

    usual = [str(name) for name in rcParams["font.family"]]
    letters = {letter for word in words for letter in word if not letter.isascii()}
    letters = {letter for letter in letters if unicodedata.category(letter) not in INVISIBLE}
    if not letters:
        return usual
    tell_shaping(letters)
    more, missing = fonts_with(frozenset(letters), tuple(usual), tuple(rcParams["font.sans-serif"]))
    if missing:
        scripts: dict[str, list[str]] = {}
        for letter in sorted(missing):
            scripts.setdefault(script_of(letter), []).append(letter)
        named = ", ".join(f"{script} ({' '.join(some[:3])})" for script, some in scripts.items())
        warnings.warn(
            f"no installed font has letters of {named}, so boxes are drawn for them; install one, "
            "a Noto font for example, and start Python again",
            stacklevel=4,
        )
    return usual + list(more)


def tell_shaping(letters: Iterable[str]) -> None:
    """Warn where matplotlib draws letters one by one that have to be joined or run leftward."""
    import matplotlib

    if matplotlib.__version_info__ >= (3, 11):
        return
    joined = {
        script_of(letter) for letter in letters if unicodedata.bidirectional(letter) in ("R", "AL")
    }
    if joined:
        warnings.warn(
            f"matplotlib {matplotlib.__version__} draws {', '.join(sorted(joined))} letters one by "
            "one from left to right; 3.11 joins and turns them: pip install -U matplotlib",
            stacklevel=5,
        )


def script_of(letter: str) -> str:
    """Return the name of the script that a letter belongs to.

    >>> [script_of(letter) for letter in "王アд🍞"]
    ['CJK', 'Katakana', 'Cyrillic', 'emoji and symbols']
    """
    if unicodedata.category(letter) in ("So", "Sk", "Cn"):
        return "emoji and symbols"
    first = unicodedata.name(letter, "unnamed letters").split(" ")[0].split("-")[0]
    return first if first == "CJK" else first.capitalize()


@functools.lru_cache(maxsize=64)
def fonts_with(
    letters: frozenset[str], usual: tuple[str, ...], sans_serif: tuple[str, ...]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return installed families that have, together, what `usual` ones lack, and what none has.

    `sans_serif` is what that family means at the moment.
    """
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    missing = set(letters)
    for family in usual:
        missing -= letters_in(findfont(FontProperties(family=[family])), frozenset(missing))
    chosen: list[str] = []
    plain = {
        entry.name: entry.fname
        # Of families that have as much the plainest, without "Mono" or "Condensed", is chosen.
        for entry in sorted(fontManager.ttflist, key=lambda entry: (len(entry.name), entry.name))
        if entry.style == "normal" and entry.weight in (400, "normal", "regular", "book")
        if not any(word in entry.name for word in NO_LETTERS)
    }
    while missing and plain:
        found = {name: letters_in(path, frozenset(missing)) for name, path in plain.items()}
        best = max(found, key=lambda name: len(found[name]))
        if not found[best]:
            break
        chosen.append(best)
        missing -= found[best]
        del plain[best]
    return tuple(chosen), frozenset(missing)


def letters_in(path: str, letters: frozenset[str]) -> set[str]:
    """Return those of `letters` that the font in a file has."""
    from matplotlib.font_manager import get_font

    try:
        glyphs = get_font(path).get_charmap()
    except (OSError, RuntimeError):  # a font that FreeType does not read, of bitmaps say
        return set()
    return {letter for letter in letters if ord(letter) in glyphs}
