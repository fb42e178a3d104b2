"""The command `w2v phrases`: words that go together joined, with readable options.

Owns its options and its summary; the C tool's command is in word2phrase.py.
"""

import argparse
import contextlib
import inspect
import json
from pathlib import Path
from typing import Any, TextIO

from ..corpus.draft import Draft
from ..phrases import joining
from ..phrases.learning import Phrases, detect
from ..phrases.scores import ENGLISH_CONNECTOR_WORDS, SCORERS
from ..shared import paths, streams
from ..shared.checks import MAX_PASSES, check_number
from .console import (
    add_reading_options,
    check_paths,
    messages_beside,
    open_output,
    tell_warnings,
    tokenizer_of,
    typed,
)

# What of learning is told by options of the same names.
SETTINGS = ("passes", "min_count", "threshold", "scoring", "delimiter", "max_vocab_size")


def add_phrases_command(commands: Any) -> None:
    about = "join words that go together, new york to new_york, and write the text so"
    command = commands.add_parser("phrases", help=about, description=about)
    command.add_argument(
        "corpus", nargs="+", metavar="FILE", help="text files, directories, globs, or - for stdin"
    )
    command.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="where to write; - for stdout"
    )
    defaults = settings_of_phrases()
    options = [
        ("passes", int, 1, "N", "times to do it; two find phrases of up to four words"),
        ("min-count", float, None, "N", "leave pairs alone that are rarer than this"),
        ("threshold", float, None, "X", "join pairs whose score is above this"),
        ("scoring", str, None, "NAME", f"the score: {', '.join(SCORERS)}"),
        ("delimiter", str, None, "TEXT", "what stands between joined words"),
        ("max-vocab-size", int, None, "N", "drop the rarest pairs when there are more entries"),
        ("workers", int, None, "N", "threads; all cores unless given"),
    ]
    for name, kind, default, metavar, meaning in options:
        default = defaults.get(name.replace("-", "_"), default)
        shown = "" if default is None else f" (default {default})"
        command.add_argument(
            f"--{name}", type=kind, default=default, metavar=metavar, help=meaning + shown
        )
    command.add_argument(
        "--connectors",
        default="",
        metavar="WORDS",
        help="words that may stand inside phrases: 'english', or your own with commas between",
    )
    command.add_argument(
        "--save", metavar="FILE", help="write the phrases and scores here, as JSON"
    )
    command.add_argument(
        "--use", metavar="FILE", help="join the phrases that --save wrote instead of learning any"
    )
    add_reading_options(command)
    command.add_argument("--json", action="store_true", help="print the summary as JSON")
    command.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    command.set_defaults(run=run_join)


def settings_of_phrases() -> dict[str, Any]:
    """Return the defaults of Phrases."""
    return {name: each.default for name, each in inspect.signature(Phrases).parameters.items()}


def run_join(options: argparse.Namespace) -> None:
    corpus = [Path(path) if path != streams.STDIN else path for path in options.corpus]
    output = options.output
    check_paths(corpus, options.use, output=output, save=options.save)
    check_number("passes", options.passes, int, 1, MAX_PASSES)
    connectors = typed(options.connectors).split(",") if options.connectors else []
    options.delimiter = typed(options.delimiter)
    settings: dict[str, Any] = dict(
        connector_words=ENGLISH_CONNECTOR_WORDS if connectors == ["english"] else connectors,
        **{name: getattr(options, name) for name in SETTINGS if name != "passes"},
    )
    if not options.delimiter.split() and options.delimiter:
        raise ValueError(
            f"delimiter={options.delimiter!r}: blanks part words in the text that is written"
        )
    if options.use:
        check_unused(options)
    # What is wrong with the settings is told before the text is read.
    workers = Phrases(workers=options.workers, **settings).n_workers
    use = joining.load_phrases(options.use) if options.use else None
    with contextlib.ExitStack() as stack, tell_warnings("w2v"):
        file = open_output(stack, output, "output")
        saved = open_output(stack, options.save or "", "save")
        draft = Draft([], False, lambda n_read: None)
        draft.number(
            corpus, tokenizer_of(options), workers, False,
            encoding=options.encoding, errors=options.errors, mark_cuts=False,
        )  # fmt: skip
        if not draft.n_read:
            raise ValueError(f"corpus={paths.shortened(', '.join(options.corpus))} holds no words")
        report: dict[str, Any] = {"tokens_read": draft.n_read, "passes": []}

        def tell(phrases: joining.FrozenPhrases, n_joined: int, **more: int) -> None:
            report["passes"].append({"phrases": len(phrases), "joined": n_joined, **more})

        if use is None:
            use = detect(
                draft,
                options.passes,
                workers,
                lambda learned, n: tell(learned.current(), n, words_and_pairs=learned.len_vocab),
                **settings,
            )
        else:
            for phrases in use:
                tell(phrases, phrases.apply(draft, workers=workers))
        report["tokens_written"] = int(draft.counts.sum())
        joining.write_text(draft, file)
        if saved:
            joining.write_phrases(saved, use)
    if not options.quiet:
        show_joined(report, options.json, messages_beside(output, options.save or ""))


def check_unused(options: argparse.Namespace) -> None:
    """Raise ValueError naming a setting of learning, since with --use nothing is learned."""
    usual = {**settings_of_phrases(), "passes": 1, "connectors": ""}
    for name in (*SETTINGS, "connectors"):
        if (value := getattr(options, name)) != usual[name]:
            raise ValueError(
                f"--{name.replace('_', '-')} {value}: this is for learning, and --use "
                f"{options.use} has what was learned; leave it out"
            )


def show_joined(report: dict[str, Any], as_json: bool, stream: TextIO) -> None:
    if as_json:
        print(json.dumps(report, indent=2), file=stream)
        return
    for number, found in enumerate(report["passes"], 1):
        print(
            f"pass {number}: {found['phrases']:,} phrases, {found['joined']:,} times", file=stream
        )
    read, written = report["tokens_read"], report["tokens_written"]
    print(f"{read:,} tokens read, {written:,} written", file=stream)
