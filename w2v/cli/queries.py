"""The commands of w2v that are asked of vectors on disk: similar, analogy, evaluate, convert, info.

Owns their options and what they print; main.py puts them beside `w2v train`.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable
from typing import Any

from .. import formats
from ..formats import word2vec
from ..formats.stored import Stored
from ..models.report import Report
from ..shared import streams
from ..shared.columns import columns, padded
from ..shared.types import Found
from ..vectors import evaluation, keyed, question_files
from ..vectors.keyed import KeyedVectors
from ..vectors.spelling import check_words, close_words
from .console import (
    STDOUT,
    at_terminal,
    check_paths,
    messages_beside,
    questions,
    standard_output,
    tell_warnings,
    typed,
)


def add_query_commands(commands: Any) -> None:
    """Add the commands to those of argparse's `commands`."""
    add_command(
        commands,
        "similar",
        "show the words nearest to words",
        "Each QUERY is a word, or several separated by blanks, whose unit vectors are added up. "
        "Without any, lines of standard input are queries.",
        run_similar,
        queries="QUERY",
    )
    command = add_command(
        commands,
        "analogy",
        "show the words that are to C as B is to A",
        "A query is three words: w2v analogy FILE man king woman. Without them, lines of standard "
        "input are queries.",
        run_analogy,
        queries="WORD",
    )
    add_method(command)
    command = add_command(
        commands,
        "evaluate",
        "score vectors on analogy questions and word pairs",
        "Tests may be compressed. Questions are four words a line and ': name' before a section; "
        "pairs are two words and a score, as in WordSim-353, SimLex-999 or MEN.",
        run_evaluate,
    )
    defaults = evaluation.evaluate_analogies.__kwdefaults__ or {}
    command.add_argument(
        "-a", "--analogies", nargs="+", default=[], metavar="TEST", help="files of questions"
    )
    command.add_argument(
        "-p", "--pairs", nargs="+", default=[], metavar="TEST", help="files of word pairs"
    )
    command.add_argument(
        "--restrict-vocab",
        type=int,
        default=defaults["restrict_vocab"],
        metavar="N",
        help="use so many first words; 0: all (default %(default)s)",
    )
    command.add_argument(
        "--case-sensitive", action="store_true", help="tell Paris from paris (default: do not)"
    )
    command.add_argument(
        "--count-unknown",
        action="store_true",
        help="count questions with unknown words as wrong, pairs as of cosine 0 (default: skip)",
    )
    add_method(command)
    command.add_argument(
        "--delimiter", help="between the columns of pairs (default: found out from the file)"
    )
    command = add_command(
        commands,
        "convert",
        "write vectors in another format",
        "The format is what OUT ends with (.bin: binary; .txt, .vec: text; .w2v, .safetensors: "
        "native; .npz; .parquet; .gz and the like after .bin or .txt: compressed), or --to. The "
        "projector, of TensorBoard, takes two files, whose names begin with OUT; fasttext is a "
        ".bin as that tool writes it. Native and fasttext keep rows of n-grams.",
        run_convert,
    )
    command.add_argument("output", metavar="OUT", help="file to write")
    command.add_argument("--to", choices=sorted(formats.NAMES), help="format to write")
    command.add_argument(
        "--decimals", type=int, metavar="N", help="of text (default: the fewest that read back)"
    )
    add_command(
        commands,
        "info",
        "tell what a file of vectors holds",
        "Shows the kind of file, how many words and dimensions it has, and the first words.",
        run_info,
    )


def add_command(
    commands: Any, name: str, about: str, more: str, run: Callable[..., None], queries: str = ""
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=f"{about.capitalize()}. {more}"
    )
    command.add_argument("file", metavar="FILE", help="file of vectors, in any format w2v reads")
    if queries:
        command.add_argument("queries", nargs="*", metavar=queries, help="what to ask for")
        command.add_argument(
            "-n", "--topn", type=int, default=10, metavar="N", help="words shown (default 10)"
        )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)
    return command


def add_method(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--method",
        choices=evaluation.METHODS,
        default=evaluation.METHODS[0],
        help="how analogies are answered (default %(default)s)",
    )


def run_similar(options: argparse.Namespace) -> None:
    given = [typed(query).split() for query in options.queries]
    converse(options, given, lambda kv, words: kv.most_similar(words, topn=options.topn))


def run_analogy(options: argparse.Namespace) -> None:
    def answer(kv: KeyedVectors, words: list[str]) -> Found:
        a, b, c = three(words)
        by_product = options.method == "3CosMul"
        ask = kv.most_similar_cosmul if by_product else kv.most_similar
        return ask([b, c], [a], topn=options.topn)

    words = [word for query in options.queries for word in typed(query).split()]
    converse(options, [three(words)] if words else [], answer)


def load(path: str, keys: type[str] | None = None) -> KeyedVectors:
    with tell_warnings("w2v"):
        return keyed.load(path, keys=keys)


def three(words: list[str]) -> list[str]:
    if len(words) != 3:
        raise ValueError(f"{' '.join(words)!r}: an analogy is asked with three words, A B C")
    return words


def converse(options: argparse.Namespace, given: list[list[str]], answer: Callable) -> None:
    """Print answer(kv, words) for each query given, or else for each line of standard input.

    Unknown words among those given are an error before anything is printed. In lines, they and
    other mistakes are told on standard error, counted, and end in an error, but not at a terminal.
    """
    if options.topn < 1:
        raise ValueError(f"--topn {options.topn}: a whole number from 1 up is expected")
    if [] in given:
        raise ValueError("an empty query; name a word")
    kv = load(options.file, keys=str)
    if given:
        check_words(kv, [word for words in given for word in words])
        tell_unknown(kv, [word for words in given for word in words])
        for words in given:
            print_answer(words, answer(kv, words), options.json)
        return
    asked = failed = 0
    for line in questions("> " if at_terminal() else ""):
        words = line.decode("utf-8", "surrogateescape").split()
        if not words:
            continue
        asked += 1
        try:
            check_words(kv, words)
            tell_unknown(kv, words)
            found = answer(kv, words)
        except ValueError as error:
            failed += 1
            print(f"w2v: query {asked}: {error}", file=sys.stderr)
        else:
            print_answer(words, found, options.json)
    if failed and not at_terminal():
        raise ValueError(f"{failed:,} of {asked:,} queries were not answered")


def tell_unknown(kv: KeyedVectors, words: list[str]) -> None:
    """Say for which words n-grams stand."""
    for word in dict.fromkeys(words):
        if not kv.has_index_for(word):
            close = close_words(kv, word)
            hint = f" (did you mean {', '.join(close)}?)" if close else ""
            print(
                f"w2v: note: {word!r} is not among the {len(kv):,} words{hint}; its n-grams stand "
                "for it",
                file=sys.stderr,
            )


def print_answer(words: list[str], found: list[tuple[str, float]], as_json: bool) -> None:
    if as_json:
        nearest = [{"word": word, "similarity": round(score, 6)} for word, score in found]
        print(json.dumps({"query": words, "nearest": nearest}))
        return
    width = max((columns(word) for word, _ in found), default=0)
    print(" ".join(words))
    for word, score in found:
        print(f"  {padded(word, width)}  {score:7.4f}")


def run_evaluate(options: argparse.Namespace) -> None:
    if not options.analogies and not options.pairs:
        raise ValueError("nothing to evaluate with; name tests with --analogies or --pairs")
    rules: dict[str, Any] = dict(
        restrict_vocab=options.restrict_vocab or None,
        case_insensitive=not options.case_sensitive,
        dummy4unknown=options.count_unknown,
    )
    for test in options.analogies:  # before the vectors are read, which takes longer
        question_files.read_analogies(test)
    for test in options.pairs:
        question_files.read_pairs(test, options.delimiter)
    kv = load(options.file, keys=str)
    report: dict = {"file": options.file, "analogies": [], "pairs": []}
    for test in options.analogies:
        found = evaluation.evaluate_analogies(kv, test, method=options.method, **rules)
        report["analogies"].append({"test": test, **as_dict(found)})
        if not options.json:
            print_analogies(test, found)
    for test in options.pairs:
        pairs = evaluation.evaluate_pairs(kv, test, delimiter=options.delimiter, **rules)
        report["pairs"].append(
            {
                "test": test,
                "spearman": without_nan(pairs.spearman._asdict()),
                "pearson": without_nan(pairs.pearson._asdict()),
                "total": pairs.total,
                "skipped": pairs.skipped,
                "coverage": pairs.coverage,
            }
        )
        if (both := pairs.with_unknown) is not None:
            report["pairs"][-1]["with_unknown"] = {
                "spearman": without_nan(both.spearman._asdict()),
                "pearson": without_nan(both.pearson._asdict()),
                "total": both.total,
                "skipped": both.skipped,
            }
        if not options.json:
            print(
                f"{test}: Spearman {pairs.spearman.statistic:.4f} (p {pairs.spearman.pvalue:.2g}), "
                f"Pearson {pairs.pearson.statistic:.4f} (p {pairs.pearson.pvalue:.2g}); "
                f"{pairs.asked - pairs.skipped:,} of {pairs.asked:,} pairs known "
                f"({pairs.coverage:.1%})"
            )
            if both is not None:
                print(
                    f"{test}: with n-grams for unknown words: Spearman "
                    f"{both.spearman.statistic:.4f}, Pearson {both.pearson.statistic:.4f}; "
                    f"{both.total:,} pairs"
                )
    if options.json:
        print(json.dumps(report, indent=1))


def tallies(found: evaluation.Analogies) -> list[tuple[str, evaluation.Tally]]:
    sums = [("semantic", found.semantic), ("syntactic", found.syntactic), ("all", found.total)]
    return [(section.name, section.tally) for section in found.sections] + sums


def print_analogies(test: str, found: evaluation.Analogies) -> None:
    width = max(30, *(len(name) for name, _ in tallies(found)))
    print(f"{test}\n  {'section':<{width}} correct   total accuracy skipped coverage")
    for name, tally in tallies(found):
        shares = (f"{100 * share:6.2f} %" for share in (tally.accuracy, tally.coverage))
        accuracy, coverage = ("       -" if "nan" in share else share for share in shares)
        print(
            f"  {name:<{width}} {tally.correct:7} {tally.total:7} {accuracy} {tally.skipped:7} "
            f"{coverage}"
        )


def as_dict(found: evaluation.Analogies) -> dict:
    rows = [
        without_nan(
            dict(name=name, **vars(tally), accuracy=tally.accuracy, coverage=tally.coverage)
        )
        for name, tally in tallies(found)
    ]
    sums = {row.pop("name"): row for row in rows[-3:]}
    return {"sections": rows[:-3], **sums}


def without_nan(values: dict) -> dict:
    """Return the dict with None for NaN, which JSON does not have."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }


def run_convert(options: argparse.Namespace) -> None:
    output, named = options.output, formats.format_of(options.output)
    to = options.to or named
    if to is None:
        raise ValueError(
            f"output={output!r}: its name does not say what format to write; pass --to, or "
            f"end it with {', '.join(formats.SUFFIXES)}"
        )
    if named != to and {to, named} & {"npz", "parquet"}:
        raise ValueError(f"output={output!r}: its name does not say {to}, as it must")
    if output == STDOUT and to not in ("binary", "text"):
        raise ValueError(f"output='-': {to} needs a file; binary and text can go to a pipe")
    written = formats.paths_of(output, to)
    for path in written:
        check_paths([], options.file, output=path)
        if path != STDOUT:
            streams.check_writable(path, "output")
    kv = load(options.file)
    rows = kv.words, kv.frozen_vectors()
    if output == STDOUT:
        word2vec.write_word2vec(standard_output(), *rows, to == "binary", options.decimals)
    else:
        formats.write(output, *rows, kv.counts, to=to, decimals=options.decimals, parts=kv.parts)
    facts = dict(
        file=output,
        format=to,
        words=len(kv),
        dimensions=kv.vector_size,
        size_bytes=sum(os.path.getsize(path) for path in written if os.path.isfile(path)),
    )
    shown = (
        f"{output}: {to}, {len(kv):,} words x {kv.vector_size} dimensions, "
        f"{facts['size_bytes']:,} bytes"
    )
    print(json.dumps(facts) if options.json else shown, file=messages_beside(output))


def run_info(options: argparse.Namespace) -> None:
    facts = describe(options.file)
    if options.json:
        print(json.dumps(facts))
        return
    facts["size_bytes"] = "not known" if facts["size_bytes"] is None else f"{facts['size_bytes']:,}"
    facts["words"] = f"{facts['words']:,}"
    facts["first_words"] = " ".join(facts["first_words"])
    report = facts.pop("report", None)
    if report:
        facts |= {f"last {name}": text for name, text in Report.from_dict(report).lines()}
    width = max(14, *(len(name) + 2 for name in facts))
    for name, value in facts.items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        print(f"{name.replace('_', ' ') + ':':<{width}}{shown}")


def describe(path: str) -> dict:
    """Return what a file of vectors is and holds."""
    with tell_warnings("w2v"):
        found = formats.read(path, compose=False)
    kv = KeyedVectors(found.words, found.vectors, found.counts, shared=False)
    more = {name: about(found, name, path) for name in ("params", "totals", "report")}
    return dict(
        file=path,
        kind=found.kind,
        words=len(kv),
        dimensions=kv.vector_size,
        size_bytes=os.path.getsize(path) if os.path.isfile(path) else None,
        counts_known=kv.counts is not None,
        **({} if found.parts is None else {"ngrams": found.parts.ngrams.told()}),
        first_words=[str(kv.words[row]) for row in range(min(10, len(kv)))],
        **(more if found.kind == "native model" else {}),
    )


def about(found: Stored, name: str, path: str) -> object:
    """Return what a model's file says of its training; None where it says nothing."""
    try:
        return json.loads(found.metadata.get(name, "null"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path!r}: damaged header: {name} is no JSON ({error})") from None
