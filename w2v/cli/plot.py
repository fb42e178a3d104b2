"""The command `w2v plot`: pictures of vectors in files, and in the terminal itself.

Owns its options and where pictures go; what is drawn is plot/'s and, in a terminal, drawing.py's.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from .. import plot
from ..models.word2vec import Word2Vec
from ..plot import canvas, charts, matrices
from ..shared import streams
from ..shared.checks import check_number
from ..vectors.search import METRICS
from . import drawing
from .console import STDOUT, check_paths, tell_warnings, typed
from .map import add_map_options, map_arguments
from .queries import load

HTML = "html"
PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>{title}</title></head>
<body style="margin:0">
{picture}</body></html>
"""


def add_plot_command(commands: Any) -> None:
    """Add the command to those of argparse's `commands`."""
    about = "draw vectors: heat maps, maps, analogies, losses, neighbours"
    command = commands.add_parser("plot", help=about, description=about.capitalize())
    kinds = command.add_subparsers(title="pictures", metavar="PICTURE", required=True)
    heatmap = add_picture(
        kinds, "heatmap", "show the vectors of words, a row a word", run_heatmap, "WORD", "+"
    )
    heatmap.add_argument(
        "--cluster", choices=["rows", "columns", "both"], help="put like ones side by side"
    )
    heatmap.add_argument(
        "--difference", nargs=2, action="append", default=[], metavar=("A", "B"),
        help="add a row for A less B; may be given again",
    )  # fmt: skip
    heatmap.add_argument("--unit", action="store_true", help="scale vectors to length 1")
    similarities = add_picture(
        kinds,
        "similarities",
        "show how near words are to each other",
        run_similarities,
        "WORD",
        "+",
    )
    add_metric(similarities)
    similarities.add_argument("--cluster", action="store_true", help="put like words side by side")
    add_map(kinds)
    add_picture(
        kinds, "analogies", "draw arrows from word to word: A B C D for A to B, C to D",
        run_analogies, "WORD", "+",
    )  # fmt: skip
    neighbours = add_picture(
        kinds, "neighbours", "show the nearest words of each query as bars; words of a query are "
        "separated by blanks", run_neighbours, "QUERY", "+",
    )  # fmt: skip
    add_metric(neighbours)
    neighbours.add_argument(
        "-n", "--topn", type=int, default=10, metavar="N", help="words shown (default 10)"
    )
    add_picture(kinds, "losses", "show the loss of each epoch of models", run_losses)


def add_picture(
    kinds: Any, name: str, about: str, run: Callable[..., None], words: str = "", many: str = ""
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = kinds.add_parser(
        name, help=about, description=f"{about.capitalize()}."
    )
    if words:
        command.add_argument(
            "file", metavar="FILE", help="file of vectors, in any format w2v reads"
        )
        command.add_argument("words", nargs=many, metavar=words, help="what to draw")
    else:
        command.add_argument("files", nargs="+", metavar="MODEL", help="files that save wrote")
    command.add_argument(
        "-o", "--output", metavar="PICTURE",
        help="file to draw to, of the kind that it ends with: .png, .svg, .pdf, .html, ..."
        + (" (default: the terminal)" if run in IN_TERMINALS else ""),
    )  # fmt: skip
    command.add_argument("--dark", action="store_true", help="on a dark background")
    command.add_argument(
        "--dpi", type=int, default=150, metavar="N", help="dots per inch (default 150)"
    )
    command.set_defaults(run=run)
    return command


def add_metric(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--metric", choices=METRICS, default=METRICS[0], help="how near (default %(default)s)"
    )


def add_map(kinds: Any) -> None:
    command = add_picture(
        kinds, "map", "show words as points, like words near each other", run_map, "WORD", "*"
    )
    add_map_options(command, "so many first words (default 2000)", "pca")
    command.add_argument("--labels", type=int, metavar="N", help="name so many words at most")


def run_heatmap(options: argparse.Namespace) -> None:
    shown: dict[str, Any] = dict(
        words=words_of(options),
        cluster=options.cluster,
        difference=[(typed(a), typed(b)) for a, b in options.difference],
        unit=options.unit,
    )
    draw(
        options,
        lambda kv: plot.heatmap(kv, **shown),
        lambda kv, terminal: drawing.cells(matrices.heat_of(kv, **shown), terminal),
    )


def run_similarities(options: argparse.Namespace) -> None:
    shown: dict[str, Any] = dict(
        words=words_of(options), metric=options.metric, cluster=options.cluster
    )
    draw(
        options,
        lambda kv: plot.similarities(kv, **shown),
        lambda kv, terminal: drawing.numbers(matrices.similarity_of(kv, **shown), terminal),
    )


def run_map(options: argparse.Namespace) -> None:
    draw(
        options,
        lambda kv: plot.map(kv, labels=options.labels, **map_arguments(options)),
    )


def run_analogies(options: argparse.Namespace) -> None:
    words = words_of(options)
    if len(words) % 2:
        raise ValueError(f"{' '.join(words)!r}: analogies are drawn of pairs of words, A B C D")
    pairs = list(zip(words[::2], words[1::2], strict=True))
    draw(options, lambda kv: plot.analogies(kv, pairs))


def run_neighbours(options: argparse.Namespace) -> None:
    queries = [query.split() for query in words_of(options)]
    if [] in queries:
        raise ValueError("an empty query; name a word")

    def picture(kv: Any) -> Any:
        size = 5.5 * len(queries), 1.2 + charts.ROW * options.topn
        _, axes = canvas.pyplot().subplots(
            1, len(queries), figsize=size, layout="constrained", squeeze=False
        )
        for ax, query in zip(axes[0], queries, strict=True):
            plot.neighbours(kv, query, options.topn, options.metric, ax=ax)
        return axes[0, 0]

    def lines(kv: Any, terminal: drawing.Terminal) -> Iterable[str]:
        found = [charts.nearest(kv, query, options.topn, options.metric) for query in queries]
        for name, near in found:
            yield name
            yield from drawing.bars(near, terminal)

    draw(options, picture, lines)


def run_losses(options: argparse.Namespace) -> None:
    def open_models(_: str) -> dict[str, Any]:
        return {path: Word2Vec.load(path) for path in options.files}

    def lines(models: dict[str, Any], terminal: drawing.Terminal) -> Iterable[str]:
        for name, model in charts.name_models(models).items():
            yield name
            epochs = [(f"epoch {i + 1}", loss) for i, loss in enumerate(model.losses)]
            yield from drawing.bars(epochs, terminal)

    options.file = options.files[0]
    draw(options, lambda models: plot.losses(models), lines, open_models)


# Pictures that a terminal shows, too.
IN_TERMINALS = (run_heatmap, run_similarities, run_neighbours, run_losses)


def words_of(options: argparse.Namespace) -> list[str]:
    return [typed(word) for word in options.words]


def draw(
    options: argparse.Namespace,
    picture: Callable[[Any], Any],
    lines: Callable[[Any, drawing.Terminal], Iterable[str]] | None = None,
    opened: Callable[[str], Any] = lambda path: load(path, keys=str),
) -> None:
    """Draw to the file named by the options, or in lines of the terminal where none is."""
    if options.output is None:
        if lines is None:
            raise ValueError("-o: this picture needs a file to be drawn to, -o picture.png say")
        with tell_warnings("w2v"):
            kv = opened(options.file)
            for line in lines(kv, drawing.terminal_of(sys.stdout)):
                print(line)
        return
    kind = check_output(options)
    pyplot = canvas.pyplot()
    with tell_warnings("w2v"), canvas.without_glyph_warnings():
        style = "dark_background" if options.dark else "default"
        # The same picture gives the same bytes: ids of SVG are random otherwise.
        with pyplot.style.context([style, {"svg.hashsalt": "w2v"}]):
            figure = canvas.figure_of(picture(opened(options.file)))
            n_bytes = save(figure, options.output, kind, options.dpi)
            pyplot.close(figure)
    print(f"{options.output}: {n_bytes:,} bytes")


def check_output(options: argparse.Namespace) -> str:
    """Return the kind of picture that the output's name asks for; raises ValueError for others."""
    output = options.output
    check_number("--dpi", options.dpi, int, 10, 2400)
    kinds = {*canvas.kinds_without_windows(), HTML}
    kind = os.path.splitext(output)[1].removeprefix(".").lower()
    if output == STDOUT or kind not in kinds:
        raise ValueError(
            f"-o {output!r}: its name does not say what kind of picture to draw; end it with "
            f".{', .'.join(sorted(kinds))}"
        )
    check_paths([], *getattr(options, "files", [options.file]), output=output)
    streams.check_writable(output, "output")
    return kind


def save(figure: Any, output: str, kind: str, dpi: int) -> int:
    """Write a figure to a file, which appears whole, and return how many bytes it has."""
    date = {"svg": "Date", "svgz": "Date", HTML: "Date", "pdf": "CreationDate"}.get(kind)
    made = io.BytesIO()
    figure.savefig(
        made,
        format="svg" if kind == HTML else kind,
        dpi=dpi,
        metadata={date: None} if date else None,
        **(dict(pil_kwargs=dict(optimize=True)) if kind == "png" else {}),  # a tenth less
    )
    content = made.getvalue()
    if kind == HTML:
        picture = content.decode()
        picture = picture[picture.index("<svg") :]
        content = PAGE.format(title=os.path.basename(output), picture=picture).encode()
    with streams.replacing(output, "output") as file:
        file.write(content)
    return len(content)
