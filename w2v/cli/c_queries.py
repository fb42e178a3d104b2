"""The query tools that come with the C word2vec: distance, word-analogy, compute-accuracy.

For well-formed input standard output has the bytes of the C tools. Numbers that are shown or decide
are float32 sums in C's order; fast products find the few rows for which that is needed. What makes
the C tools crash or loop is an error or ends the program. V is the number of words, D the
dimensions.
"""

import sys
from collections.abc import Callable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..vectors import evaluation
from ..vectors.keyed import load
from ..vectors.search import dots_in_order
from .console import guarded, questions, standard_input

N_SHOWN = 40
UNIT_ROWS_AT_ONCE = 4096
FLOAT32_ROUNDING = 2.0**-24

# The columns' heads are part of what scripts read.
DISTANCE_HEAD = f"\n{'Word':>50}       Cosine distance\n{'-' * 72}\n".encode()
ANALOGY_HEAD = f"\n{'Word':>50}              Distance\n{'-' * 72}\n".encode()
TOO_FEW_WORDS = (
    b"Only %d words were entered.. three words are needed at the input to perform the calculation\n"
)

USAGES = {
    "distance": """usage: distance FILE

Shows the 40 words nearest to each word, or to the sum of several, that is asked for. FILE holds
word vectors, as word2vec writes them. Ends at EXIT or at the end of input.
""",
    "word-analogy": """usage: word-analogy FILE

Shows the 40 words that are to C as B is to A, for each three words A B C that are asked for. FILE
holds word vectors, as word2vec writes them. Ends at EXIT or at the end of input.
""",
    "compute-accuracy": """usage: compute-accuracy FILE [THRESHOLD] < QUESTIONS

Counts which analogy questions the vectors in FILE answer. QUESTIONS are four words each, and
': name' starts a section. THRESHOLD: use only so many first words (0, the default: all; 30000 is
usual).
""",
}


def distance_main(arguments: list[str] | None = None) -> int:
    """Run the `distance` command; returns its exit status."""
    return run_command("distance", arguments, 1, distance)


def word_analogy_main(arguments: list[str] | None = None) -> int:
    """Run the `word-analogy` command; returns its exit status."""
    return run_command("word-analogy", arguments, 1, word_analogy)


def compute_accuracy_main(arguments: list[str] | None = None) -> int:
    """Run the `compute-accuracy` command; returns its exit status."""
    return run_command("compute-accuracy", arguments, 2, compute_accuracy)


def run_command(name: str, arguments: list[str] | None, most: int, run: Callable) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "-help", "--help"):
        print(USAGES[name], end="")
        return 0

    def checked() -> None:
        if len(arguments) > most:
            raise ValueError(
                f"unexpected argument {arguments[most]!r}; {USAGES[name].split(chr(10))[0]}"
            )
        run(*arguments)

    return guarded(name, checked, interrupted="stopped")


class Units:
    """Words as bytes and their vectors scaled to length 1 with the C tools' roundings.

    Attributes
    ----------
    words : list of V bytes.
    rows : dict from word to its first row.
    vectors : float32 (V, D); zero vectors stay as they are.
    is_zero : bool (V,). C divides by 0 there, and NaN is near to nothing.
    """

    def __init__(self, path: str, limit: int = 0, fold: Callable[[bytes], bytes] = bytes):
        kv = load(
            path, errors="surrogateescape", limit=limit or None, keep_repeats=True, keys=str
        )  # fmt: skip
        V = min(limit, len(kv.words)) if limit else len(kv.words)
        self.words = [fold(word.encode("utf-8", "surrogateescape")) for word in islice(kv.words, V)]
        self.rows: dict[bytes, int] = {}
        for row, word in enumerate(self.words):
            self.rows.setdefault(word, row)
        self.vectors = np.empty((V, kv.vector_size), np.float32)
        for start in range(0, V, UNIT_ROWS_AT_ONCE):
            end = min(start + UNIT_ROWS_AT_ONCE, V)
            self.vectors[start:end] = unit(kv.frozen_vectors()[start:end])
        self.is_zero: NDArray[np.bool_] = np.asarray(np.isnan(self.vectors).any(axis=1))
        self.vectors[self.is_zero] = 0

    def __getitem__(self, rows: list[int]) -> np.ndarray:
        """Return the vectors of rows as C has them, with NaN for zero vectors, (n, D), a copy."""
        found = self.vectors[rows]
        found[self.is_zero[rows]] = np.nan
        return found

    @property
    def rounding(self) -> float:
        """How far a float32 dot product of two unit vectors is from the true one, at most.

        Higham, Accuracy and Stability of Numerical Algorithms, section 3.1, for any order of sums.
        """
        return 1.01 * self.vectors.shape[1] * FLOAT32_ROUNDING

    def nearest(
        self, query: np.ndarray, asked: list[int], above: float
    ) -> list[tuple[bytes, float]]:
        """Return the 40 words with the largest cosines above `above`, best first."""
        if np.isnan(query).any() or not len(self.vectors):
            return []
        rough = self.vectors @ query
        rough[self.is_zero] = -np.inf
        wanted = min(N_SHOWN + len(asked), len(rough))
        least = np.partition(rough, -wanted)[-wanted]
        rows = np.flatnonzero(rough >= least - 4 * self.rounding)
        rows = rows[~np.isin(rows, asked) & ~self.is_zero[rows]]
        cosines = dots_in_order(self.vectors[rows], query)
        best = np.argsort(-cosines, kind="stable")
        best = best[cosines[best] > above][:N_SHOWN]
        return [(self.words[rows[i]], float(cosines[i])) for i in best]


def unit(rows: np.ndarray) -> np.ndarray:
    """Return rows (n, D) divided by their lengths, each step rounded to float32 as in C."""
    rows = np.asarray(rows, np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows / np.sqrt(dots_in_order(rows, rows))[:, np.newaxis]


class Line:
    """The C tools' line buffer, which keeps what longer lines before have left behind the end."""

    def __init__(self) -> None:
        self.bytes = bytearray(2)

    def words(self, line: bytes) -> list[bytes]:
        """Return the words of a line as the C tools find them.

        A word starts with any byte, so two blanks make one that starts with a blank. After an empty
        word, in an empty line or behind a blank at the end, the words of earlier lines are read.
        """
        self.bytes[: len(line) + 1] = line + b"\0"
        self.bytes.extend(b"\0\0" if not self.bytes.endswith(b"\0\0") else b"")
        words, start = [], 0
        while True:
            end = start + 1
            while self.bytes[end] not in b"\0 ":
                end += 1
            words.append(bytes(self.bytes[start:end]).split(b"\0")[0])
            if self.bytes[end] == 0:
                return words
            start = end + 1


def distance(path: str) -> None:
    """Answer queries with the words nearest to the sum of their unit vectors."""
    units = Units(path)

    def answer(words: list[bytes]) -> None:
        asked = look_up(units, words, -1)
        if asked is None:
            return
        query = np.zeros(units.vectors.shape[1], np.float32)
        for vector in units[asked]:
            query += vector
        show(DISTANCE_HEAD, units.nearest(unit(query[np.newaxis])[0], asked, -1), -1)

    converse("Enter word or sentence (EXIT to break): ", answer)


def word_analogy(path: str) -> None:
    """Answer queries of words A B C with the words nearest to B - A + C."""
    units = Units(path)

    def answer(words: list[bytes]) -> None:
        if len(words) < 3:
            sys.stdout.buffer.write(TOO_FEW_WORDS % len(words))
            return
        asked = look_up(units, words, 0)
        if asked is None:
            return
        a, b, c = units[asked[:3]]
        show(ANALOGY_HEAD, units.nearest(unit((b - a + c)[np.newaxis])[0], asked, 0), 0)

    converse("Enter three words (EXIT to break): ", answer)


def converse(prompt: str, answer: Callable[[list[bytes]], None]) -> None:
    """Call answer(words) for every line until EXIT or the end of input."""
    buffer = Line()
    for line in questions(prompt):
        if line == b"EXIT":
            return
        answer(buffer.words(line))


def look_up(units: Units, words: list[bytes], unknown: int) -> list[int] | None:
    """Show and return the row of each word; None at the first one with the row `unknown`.

    word-analogy shows 0 for unknown words, and so does not know the word of row 0 either.
    """
    rows = []
    for word in words:
        row = units.rows.get(word, unknown)
        sys.stdout.buffer.write(b"\nWord: %s  Position in vocabulary: %d\n" % (word, row))
        if row == unknown:
            sys.stdout.buffer.write(b"Out of dictionary word!\n")
            return None
        rows.append(row)
    return rows


def show(head: bytes, found: list[tuple[bytes, float]], padding: float) -> None:
    """Write the table, filled up to 40 lines."""
    found = found + [(b"", padding)] * (N_SHOWN - len(found))
    lines = (b"%50s\t\t%f\n" % line for line in found)
    sys.stdout.buffer.write(head + b"".join(lines))


def compute_accuracy(path: str, threshold: str = "0") -> None:
    """Answer the analogy questions on standard input and show how many answers are correct.

    The first five sections are the semantic ones, whatever their names.
    """
    if not threshold.isdigit():
        raise ValueError(f"THRESHOLD {threshold!r}: a whole number from 0 up is expected")
    units = Units(path, int(threshold), bytes.upper)
    sections = read_sections(standard_input().read())
    known = [
        [units.rows[word] for word in question[:3]]
        for _, asked in sections
        for question in asked
        if all(word in units.rows for word in question)
    ]
    triples = np.array(known, np.int64).reshape(-1, 3)
    found = iter(answers(units, triples))
    out = sys.stdout.buffer
    n_correct, n_seen = [0, 0], [0, 0]  # semantic, syntactic
    n_asked = 0
    for number, (name, asked) in enumerate(sections):
        kind = int(number > 5)
        correct = seen = 0
        for question in asked:
            if all(word in units.rows for word in question):
                seen += 1
                correct += next(found) == question[3]
        n_asked += len(asked)
        n_correct[kind] += correct
        n_seen[kind] += seen
        if number == 0:  # questions before the first section are counted, not shown
            continue
        accuracy = percent(correct, seen or 1)
        out.write(b"%s:\nACCURACY TOP1: %s %%  (%d / %d)\n" % (name, accuracy, correct, seen or 1))
        out.write(
            b"Total accuracy: %s %%   Semantic accuracy: %s %%   Syntactic accuracy: %s %% \n"
            % (
                percent(sum(n_correct), sum(n_seen)),
                percent(n_correct[0], n_seen[0]),
                percent(n_correct[1], n_seen[1]),
            )
        )
    share = percent(sum(n_seen), n_asked)
    out.write(b"Questions seen / total: %d %d   %s %% \n" % (sum(n_seen), n_asked, share))


def percent(part: int, whole: int) -> bytes:
    """Return 100 part / whole with two decimals, rounded as C's float; 0 / 0 as x86 prints it."""
    if not whole:
        return b"-nan"
    return b"%.2f" % float(np.float32(part) / np.float32(whole) * np.float32(100))


def read_sections(data: bytes) -> list[tuple[bytes, list[tuple[bytes, ...]]]]:
    """Return (name, questions) of each section; the first has no name and is what precedes them.

    As the C tool reads: words between any blanks, upper-cased, four a question wherever lines end;
    `:` or `EXIT` followed by one word starts a section. A question that the end of input cuts off
    gets its last words from the one before.
    """
    words = data.split()
    # A word at the very end meets it, and that ends the C tool's loop where it asks.
    n_before_end = len(words) - bool(words and not data[-1:].isspace())
    sections: list[tuple[bytes, list[tuple[bytes, ...]]]] = [(b"", [])]
    question = [b""] * 4
    position = 0
    while position < n_before_end:
        if words[position].upper() in (b":", b"EXIT"):
            if position + 1 >= n_before_end:
                break
            sections.append((words[position + 1], []))
            position += 2
            continue
        given = [word.upper() for word in words[position : position + 4]]
        question[: len(given)] = given
        sections[-1][1].append(tuple(question))
        position += 4
    return sections


def answers(units: Units, triples: np.ndarray) -> list[bytes]:
    """Return the word nearest to b - a + c, besides these, for rows (a, b, c); b"" for none.

    As C: b - a + c is not scaled to length 1, and a product that is not above 0 is no answer.
    """
    # The sum of three cosines, each of vectors scaled once more, and C's product of a vector of
    # length up to 3 are within 12 roundings of each other, so the best one is within twice that.
    margin = 24 * units.rounding + 1e-6
    best = np.zeros(len(triples), np.float32)
    found = [b""] * len(triples)
    at_least = np.full(len(triples), -np.inf, np.float32)
    for i, start, scores in evaluation.score_blocks(units.vectors, triples):
        triple = triples[i].tolist()
        for row in triple:
            if start <= row < start + len(scores):
                scores[row - start] = -np.inf
        at_least[i] = max(at_least[i], scores.max() - margin)
        rows = np.flatnonzero(scores >= at_least[i]) + start
        a, b, c = units[triple]
        products = dots_in_order(units.vectors[rows], b - a + c)
        for row, product in zip(rows.tolist(), products.tolist(), strict=True):
            if product > best[i] and row not in triple:
                best[i], found[i] = product, units.words[row]
    return found
