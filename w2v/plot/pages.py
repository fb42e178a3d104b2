"""Page: a map of words as one HTML file that works without a network, and as a table for others.

Owns what is in the page; what it does is page.js's, drawing and widgets are Bokeh's, whose script
is a third of plotly's. Its canvas needs no graphics card: without one, on two busy cores, 50,000
words were drawn 24 times a second while they were dragged, 10 of which followed a move of the
mouse; plotly's WebGL drew 3.
"""

import importlib.resources
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..shared import streams
from ..shared.checks import check_number
from ..shared.optional import needed
from ..shared.types import AnyPath
from ..vectors import search
from . import flat
from .chosen import labels_of, vectors_at
from .maps import areas_of, chosen_words, grouped

# Words of a page unless it is said, which takes t-SNE about a minute; neighbours of each.
TOPN, NEIGHBOURS = 20_000, 10
# So many points follow the mouse while the map is moved; the others come when it rests.
MOVED = 2500
# The colours of groups, Okabe and Ito's, which all people tell apart, and of what has none.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
MARK = "#d62728"

HINT = """
<div><b>@word</b> &nbsp; rank @rank{{0,0}}{count}</div>
<div style="max-width:24em;color:#555">@near{{custom}}</div>{group}
"""
NEAR = """
const { index } = special_vars;
const { near, word } = words.data;
const k = near.shape[1];
return Array.from({ length: k }, (_, j) => word[near[index * k + j]]).join(", ");
"""


def laid_out(
    wv: Any,
    words: Iterable[Any] | None = None,
    topn: int | None = None,
    around: Any = None,
    method: str = "tsne",
    clusters: int | None = None,
    seed: int | None = 1,
) -> dict[str, Any]:
    """Return words with places and neighbours among each other; see page.

    They are word (n,), rank and, where known, count int64 (n,), x and y float32 (n,), near int32
    (n, k), rows of this table, cosines float32 (n, k), size float32 (n,) and, if there are any,
    group (n,).
    """
    if words is None and around is None:
        topn = check_number("topn", TOPN if topn is None else topn, int, 1)
    chosen = chosen_words(wv, words, topn, around)
    vectors = vectors_at(chosen.kv, chosen.rows)
    group = grouped(chosen, vectors, None, clusters)
    places = flat.flatten(vectors, method, seed).places.astype(np.float32)
    near, distances = flat.neighbours(search.unit(vectors), NEIGHBOURS + 1)
    counts = chosen.kv.counts
    return dict(
        word=labels_of(chosen.kv, chosen.rows),
        rank=chosen.rows + 1,
        count=None if counts is None else np.asarray(counts)[chosen.rows],
        x=places[:, 0],
        y=places[:, 1],
        near=near[:, 1:].astype(np.int32),
        cosines=(1 - distances[:, 1:] ** 2 / 2).astype(np.float32),
        size=np.sqrt(areas_of(chosen) * 1.3).astype(np.float32),
        group=group,
    )


def page(
    wv: Any,
    path: AnyPath | None = None,
    words: Iterable[Any] | None = None,
    *,
    atlas: AnyPath | None = None,
    topn: int | None = None,
    around: Any = None,
    method: str = "tsne",
    clusters: int | None = None,
    seed: int | None = 1,
    title: str = "Words",
) -> None:
    """Write a map of words that can be moved and searched, one HTML file, which needs Bokeh.

    It works without a network: move and zoom; point at a word for its rank, count and ten nearest
    words; search for a word to fly to it; click a word to see its neighbours; draw a line around
    words to save a list of them.

    Parameters
    ----------
    wv, words, around, clusters : see map.
    path : of the file, which appears whole or not at all.
    atlas : of a Parquet file of the same, which needs pyarrow, for embedding-atlas: columns word,
        count, x, y and neighbours, `embedding-atlas PATH --text word --x x --y y --neighbors
        neighbours`. One of both paths may be left out.
    topn : how many first words, 20,000 unless given; with `around` see map.
    method : see map; "tsne" needs openTSNE.
    seed : see map.
    title : of the page.

    Raises ValueError naming all words that are unknown, or hold NaN.

    >>> import w2v
    >>> words = ["king", "queen", "man", "woman", "apple"]
    >>> page(w2v.KeyedVectors(words, np.eye(5) + 0.1), "map.html", method="pca")
    """
    if path is None and atlas is None:
        raise ValueError("path=None: name a file to write, or one for atlas")
    for argument, each, package in (("path", path, "bokeh"), ("atlas", atlas, "pyarrow")):
        if each is not None:
            found = needed(package, f"{argument}={os.fspath(each)!r}", package)
            if package == "bokeh" and tuple(map(int, found.__version__.split(".")[:2])) < (3, 8):
                raise ImportError(
                    f"bokeh {found.__version__} takes words for HTML; 3.8 does not: pip install -U "
                    "bokeh"
                )
            streams.check_writable(each, argument)
    laid = laid_out(wv, words, topn, around, method, clusters, seed)
    if path is not None:
        html = page_of(laid, title).encode()
        with streams.replacing(path, compress=False) as file:
            file.write(html)
    if atlas is not None:
        write_atlas(laid, atlas)


def write_atlas(laid: dict[str, Any], path: AnyPath) -> None:
    """Write the table of words that are laid out as embedding-atlas takes it."""
    arrow = needed("pyarrow", f"atlas={os.fspath(path)!r}", "pyarrow")
    parquet = needed("pyarrow.parquet", f"atlas={os.fspath(path)!r}", "pyarrow")
    near = [{"ids": ids, "distances": distances} for ids, distances in
            zip(laid["near"].tolist(), (1 - laid["cosines"]).tolist(), strict=True)]  # fmt: skip
    columns = {name: laid[name] for name in ("word", "count", "x", "y", "group")}
    columns = {name: each for name, each in columns.items() if each is not None}
    table = arrow.table({**columns, "neighbours": near})
    with streams.replacing(path, "atlas", compress=False) as file:
        parquet.write_table(table, file)


def bokeh(part: str) -> Any:
    """Return a module of Bokeh, whose annotations are not those of its models."""
    return needed(f"bokeh.{part}", "a page", "bokeh")


def page_of(laid: dict[str, Any], title: str) -> str:
    """Return the page of words that are laid out."""
    models = bokeh("models")
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(laid["group"] or [""]))}
    members = [kinds[kind] for kind in laid["group"] or [""] * len(laid["word"])]
    columns = {name: laid[name] for name in ("word", "rank", "count", "x", "y", "near", "size",
                                             "group")}  # fmt: skip
    columns["colour"] = [COLOURS[i % len(COLOURS)] for i in members]
    sources = dict(
        words=models.ColumnDataSource(
            {k: each for k, each in columns.items() if each is not None}, name="words"
        ),
        shown=models.ColumnDataSource(dict(x=[], y=[], word=[], style=[]), name="shown"),
        named=models.ColumnDataSource(dict(x=[], y=[], word=[]), name="named"),
    )
    plot = plot_of(**sources)
    widgets = dict(
        search=models.TextInput(placeholder="find a word, Enter", width=200),
        save=models.Button(label="Save selection", disabled=True, width=160),
        # As text: a word may look like HTML.
        said=models.Div(text="", render_as_text=True, sizing_mode="stretch_width"),
    )
    code = importlib.resources.files("w2v.plot").joinpath("page.js").read_text("utf-8")
    document = bokeh("document").Document(title=title)
    above = models.Row(*widgets.values(), sizing_mode="stretch_width")
    document.add_root(models.Column(above, plot, sizing_mode="stretch_both"))
    ready = models.CustomJS(args=dict(plot=plot, **sources, **widgets), code=code)
    document.js_on_event(bokeh("events").DocumentReady, ready)
    html: str = bokeh("embed").file_html(document, bokeh("resources").INLINE, title=title)
    return html


def plot_of(words: Any, shown: Any, named: Any) -> Any:
    """Return Bokeh's plot of words, of those that are highlighted, and of names."""
    models = bokeh("models")
    plot = bokeh("plotting").figure(
        name="map",
        sizing_mode="stretch_both", tools="pan,wheel_zoom,lasso_select,tap,reset,save",
        active_scroll="wheel_zoom", x_range=(0, 1), y_range=(0, 1), output_backend="canvas",
        lod_threshold=MOVED, lod_factor=-(-len(words.data["x"]) // MOVED),
    )  # fmt: skip
    plot.axis.visible = plot.grid.visible = False
    plot.toolbar.logo = None
    points = plot.scatter(
        "x", "y", size="size", color="colour", alpha=0.6, line_color=None, source=words,
        nonselection_alpha=0.35, selection_alpha=0.9,
    )  # fmt: skip
    plot.text("x", "y", "word", source=named, x_offset=4, text_baseline="middle",
              text_font_size="11px")  # fmt: skip
    plot.scatter("x", "y", size=9, color=MARK, source=shown)
    plot.text(
        "x", "y", "word", source=shown, x_offset=6, text_baseline="middle", text_font_size="13px",
        text_font_style="style", text_color=MARK, background_fill_color="white",
        background_fill_alpha=0.7,
    )  # fmt: skip
    has = words.data
    hint = HINT.format(
        count=" &nbsp; count @count{0,0}" if "count" in has else "",
        group="<div>in @group</div>" if "group" in has else "",
    )
    near = models.CustomJSHover(args=dict(words=words), code=NEAR)
    plot.add_tools(models.HoverTool(renderers=[points], tooltips=hint, formatters={"@near": near}))
    return plot
