"""What the command fasttext prints of a model: print-word-vectors, nn, analogies, dump and others.

For well-formed input standard output has the bytes of release 0.9.2; what makes it crash or loop is
an error or ends the program.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import numpy as np

from ..formats import fasttext as files
from ..formats.fasttext import LOSSES, MODELS, numbers
from ..vectors.fasttext import Answers, Queries
from .console import standard_input, standard_output

USAGES = {
    "print-word-vectors": """usage: fasttext print-word-vectors <model>

  <model>      model filename

""",
    "print-sentence-vectors": """usage: fasttext print-sentence-vectors <model>

  <model>      model filename

""",
    "print-ngrams": """usage: fasttext print-ngrams <model> <word>

  <model>      model filename
  <word>       word to print

""",
    "nn": """usage: fasttext nn <model> <k>

  <model>      model filename
  <k>          (optional; 10 by default) predict top k labels

""",
    "analogies": """usage: fasttext analogies <model> <k>

  <model>      model filename
  <k>          (optional; 10 by default) predict top k labels

""",
    "dump": """usage: fasttext dump <model> <option>

  <model>      model filename
  <option>     option from args,dict,input,output
""",
}
# Arguments, least and most; those whose usage goes to standard output.
N_ARGUMENTS = {
    "print-word-vectors": (1, 1),
    "print-sentence-vectors": (1, 1),
    "print-ngrams": (2, 2),
    "nn": (1, 2),
    "analogies": (1, 2),
    "dump": (2, 2),
}
TO_STDOUT = ("nn", "analogies", "dump")
DUMPED = ("args", "dict", "input", "output")
# Header fields that `dump args` shows, in its order.
ARGUMENTS = (
    "dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn",
    "maxn", "lrUpdateRate", "t",
)  # fmt: skip
# Shown at a time.
BLOCK_ROWS = 4096


def usage_of(command: str, arguments: list[str]) -> str | None:
    """Return the usage to show when the arguments do not fit the command."""
    least, most = N_ARGUMENTS[command]
    fits = least <= len(arguments) <= most
    if fits and not (command == "dump" and arguments[1] not in DUMPED):
        return None
    return USAGES[command]


def run(command: str, arguments: list[str]) -> None:
    """Answer a command whose arguments fit."""
    k = neighbours_wanted(command, arguments[1]) if len(arguments) > 1 else 10
    if command == "analogies":  # before it is read, which used to take long
        standard_output().write(b"Loading model %s\n" % os.fsencode(arguments[0]))
    queries = Queries(opened(arguments[0]))
    if command == "dump":
        dump(queries.model, arguments[1])
    elif command == "print-ngrams":
        print_ngrams(queries, os.fsencode(arguments[1]))
    elif command == "print-word-vectors":
        print_word_vectors(queries)
    elif command == "print-sentence-vectors":
        print_sentence_vectors(queries)
    elif command == "nn":
        converse(b"Query word? ", 1, lambda words: queries.neighbours(words[0], k))
    else:
        converse(b"Query triplet (A - B + C)? ", 3, lambda words: queries.analogies(words, k))


def neighbours_wanted(command: str, k: str) -> int:
    if command not in ("nn", "analogies"):
        return 0
    if not k.isdigit() or not 0 < int(k) < 1 << 31:
        raise ValueError(f"<k> {k!r}: a whole number from 1 up is expected")
    return int(k)


def opened(path: str) -> files.Model:
    """Open a model; raises ValueError in the words of the tool."""
    if not os.path.isfile(path):
        raise ValueError(f"{path} cannot be opened for loading!")
    with open(path, "rb") as file:
        head = file.read(1 << 10)
    if not head.startswith(files.MAGIC) and not files.is_old(head):
        raise ValueError(f"{path} has wrong file format!")
    return files.read_model(path)


def print_word_vectors(queries: Queries) -> None:
    out = standard_output()
    for word in words_read():
        out.write(word + b" " + numbers(queries.vector(word)) + b"\n")


def print_sentence_vectors(queries: Queries) -> None:
    if queries.model.header.model == files.SUPERVISED:
        raise ValueError(
            "a supervised model: its sentences are those that it classifies, which fastText does"
        )
    out = standard_output()
    for line in standard_input():
        out.write(numbers(queries.sentence(line.split())) + b"\n")


def print_ngrams(queries: Queries, word: bytes) -> None:
    out = standard_output()
    for ngram, number in queries.subwords(word):
        out.write(ngram + b" " + numbers(queries.input_row(number)) + b"\n")


def words_read() -> Iterator[bytes]:
    """Yield the words of standard input."""
    for line in standard_input():
        yield from line.split()


def converse(prompt: bytes, n: int, answer: Callable[[list[bytes]], Answers]) -> None:
    """Answer every n words of standard input, each time behind a prompt, which comes last, too."""
    out, words = standard_output(), words_read()
    while True:
        out.write(prompt)
        out.flush()
        asked = list(islice(words, n))
        if len(asked) < n:
            return
        for score, word in answer(asked):
            out.write(word + b" %.6g\n" % score)


def dump(model: files.Model, what: str) -> None:
    if what == "args":
        names = {"loss": LOSSES, "model": MODELS}
        for name in ARGUMENTS:
            value = getattr(model.header, name)
            if name in names:
                value = {number: text for text, number in names[name].items()}.get(value, value)
            print(name, format(value, "g") if name == "t" else value)
        return
    out = standard_output()
    if what == "dict":
        out.write(b"%d\n" % model.header.size)
        for i, count in enumerate(model.counts.tolist()):
            kind = b"word" if i < model.header.nwords else b"label"
            out.write(b"%s %d %s\n" % (model.spelled[i], count, kind))
        return
    if model.is_quantised:
        print("Not supported for quantized models.", file=sys.stderr)
        return
    if what == "input":
        starts = range(0, model.header.bucket, BLOCK_ROWS)
        ends = (min(start + BLOCK_ROWS, model.header.bucket) for start in starts)
        ngrams = map(model.ngrams.part, starts, ends)
        write_matrix(len(model.own) + model.header.bucket, chain([model.own], ngrams))
    else:
        assert model.outputs is not None  # see read_model
        write_matrix(len(model.outputs), [model.outputs])


def write_matrix(n_rows: int, blocks: Iterable[np.ndarray]) -> None:
    """Write how many rows and columns there are, and the rows of all blocks, in 6 digits."""
    out, is_first = standard_output(), True
    for rows in blocks:
        if is_first:
            out.write(b"%d %d\n" % (n_rows, rows.shape[1]))
        is_first = False
        line = b" ".join([b"%.6g"] * rows.shape[1]) + b"\n"
        for row in rows:
            out.write(line % tuple(row.tolist()))
