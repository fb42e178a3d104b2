"""The command `w2v map`: a map of words as an HTML page, or as a table for embedding-atlas."""

import argparse
import os
import shlex
from typing import Any

from .. import plot
from ..plot import flat
from ..plot.pages import TOPN
from .console import STDOUT, check_paths, tell_warnings, typed
from .queries import load


def add_map_command(commands: Any) -> None:
    """Add the command to those of argparse's `commands`."""
    about = "make a map of words, a page to move and search that needs no network"
    command = commands.add_parser(
        "map", help=about, description=f"{about.capitalize()}. For pictures see `w2v plot map`."
    )
    command.add_argument("file", metavar="FILE", help="file of vectors, in any format w2v reads")
    command.add_argument("words", nargs="*", metavar="WORD", help="show these words alone")
    add_map_options(command, f"so many first words (default {TOPN:,})", "tsne")
    command.add_argument(
        "-o", "--output", metavar="PAGE", help="the page, whose name ends in .html"
    )
    command.add_argument(
        "--atlas",
        metavar="TABLE",
        help="a Parquet file of the same map, for embedding-atlas; may be without a page",
    )
    command.add_argument("--title", help="of the page (default: the name of FILE)")
    command.set_defaults(run=run_map)


def add_map_options(command: argparse.ArgumentParser, many: str, method: str) -> None:
    """Add the options that say which words a map shows, and where."""
    command.add_argument(
        "--around", nargs="+", default=[], metavar="WORD", help="the neighbours of these words"
    )
    command.add_argument(
        "-n", "--topn", type=int, metavar="N", help=f"{many}, or neighbours of each (default 30)"
    )
    command.add_argument(
        "--method",
        choices=flat.METHODS,
        default=method,
        help="how words are laid out (default %(default)s)",
    )
    command.add_argument(
        "--clusters", type=int, metavar="N", help="colour by so many classes of k-means"
    )
    command.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="of UMAP; the others draw nothing (default 1)",
    )


def map_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Return what these options are in Python."""
    return dict(
        words=[typed(word) for word in options.words] or None,
        around=[typed(word) for word in options.around] or None,
        topn=options.topn,
        method=options.method,
        clusters=options.clusters,
        seed=options.seed,
    )


def run_map(options: argparse.Namespace) -> None:
    written = [path for path in (options.output, options.atlas) if path]
    if not written:
        raise ValueError("-o: name the page to write, map.html say, or --atlas a table")
    for name, path, suffix in (
        ("-o", options.output, ".html"),
        ("--atlas", options.atlas, ".parquet"),
    ):
        if path and (path == STDOUT or os.path.splitext(path)[1].lower() != suffix):
            raise ValueError(f"{name} {path!r}: end the name with {suffix}")
    check_paths([], options.file, output=options.output, atlas=options.atlas)
    title = options.title or os.path.basename(options.file)
    with tell_warnings("w2v"):
        kv = load(options.file, keys=str)
        plot.page(kv, options.output, atlas=options.atlas, title=title, **map_arguments(options))
    for path in written:
        print(f"{path}: {os.path.getsize(path):,} bytes")
    if options.atlas:
        columns = "--text word --x x --y y --neighbors neighbours"
        print(f"embedding-atlas {shlex.quote(options.atlas)} {columns}")
