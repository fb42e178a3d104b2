"""Evaluation: analogy questions and word pairs with human scores, put to word vectors.

Owns the file formats of such tests and the rules of counting. V is the number of
words, D the dimensions, Q the number of questions.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..shared.checks import check_number
from . import search
from .correlation import Correlation, pearson, spearman
from .question_files import Question, Test, folded, read_analogies, read_pairs
from .store import Store

METHODS = ("3CosAdd", "3CosMul")
EPSILON = 0.000001  # keeps 3CosMul from dividing by zero; Levy and Goldberg 2014, equation 4

# Neighbouring questions share words: so many have few enough for a table of cosines that stays in
# the cache. Table and rows together may take the bytes.
QUESTIONS_AT_ONCE = 2048
BLOCK_BYTES = 64 << 20

UNKNOWN = -1  # in place of a row

# gensim looks for an answer among so many nearest words; see `answers`.
NEAREST_LOOKED_AT = 5


def percent(share: float) -> str:
    return "unknown" if math.isnan(share) else f"{share:.1%}"


class Vectors(Protocol):
    """What can be evaluated: KeyedVectors, gensim's, or anything with words and their vectors."""

    @property
    def index_to_key(self) -> Sequence[str]: ...
    @property
    def vectors(self) -> NDArray[Any]: ...


@dataclass(frozen=True)
class Tally:
    """Counts of questions: asked, with an unknown word (`skipped`), counted (`total`), correct.

    >>> Tally(correct=3, total=4, skipped=1, asked=5) + Tally(correct=1, total=4, asked=4)
    <Tally: accuracy 50.0%, 4/8 correct, coverage 88.9%>
    """

    correct: int = 0
    total: int = 0
    skipped: int = 0
    asked: int = 0

    def __str__(self) -> str:
        return (
            f"accuracy {percent(self.accuracy)}, {self.correct:,}/{self.total:,} correct, "
            f"coverage {percent(self.coverage)}"
        )

    def __repr__(self) -> str:
        return f"<Tally: {self}>"

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.correct + other.correct,
            self.total + other.total,
            self.skipped + other.skipped,
            self.asked + other.asked,
        )

    @property
    def accuracy(self) -> float:
        """The share of counted questions answered correctly, 0 to 1; NaN where none counts."""
        return self.correct / self.total if self.total else math.nan

    @property
    def coverage(self) -> float:
        """The share of questions of which every word is known, 0 to 1; NaN without questions."""
        return 1 - self.skipped / self.asked if self.asked else math.nan


@dataclass(frozen=True)
class Section:
    """One section of an analogy test.

    Attributes
    ----------
    name : as in the file; "" before the first heading.
    questions : tuples (a, b, c, expected), upper-cased where case was ignored.
    answers : for each question the word found, or None where a word of it is unknown.
    tally : the counts.
    """

    name: str
    questions: list[Question]
    answers: list[str | None]
    tally: Tally

    def __repr__(self) -> str:
        return f"<Section {self.name!r}: {self.tally}>"

    @property
    def is_syntactic(self) -> bool:
        """Whether it asks for grammar: the usual test names these sections gram1 to gram9."""
        return self.name.startswith("gram")


@dataclass(frozen=True)
class Analogies:
    """What evaluate_analogies found: its sections, and their sums."""

    sections: list[Section]
    case_insensitive: bool
    dummy4unknown: bool

    def __repr__(self) -> str:
        return f"<Analogies: {self.total}, sections: {len(self.sections)}>"

    @property
    def total(self) -> Tally:
        return sum((section.tally for section in self.sections), Tally())

    @property
    def semantic(self) -> Tally:
        kept = (section.tally for section in self.sections if not section.is_syntactic)
        return sum(kept, Tally())

    @property
    def syntactic(self) -> Tally:
        kept = (section.tally for section in self.sections if section.is_syntactic)
        return sum(kept, Tally())

    @property
    def accuracy(self) -> float:
        return self.total.accuracy

    @property
    def coverage(self) -> float:
        return self.total.coverage

    def as_gensim(self) -> tuple[float, list[dict[str, Any]]]:
        """Return (score, sections) as gensim's evaluate_word_analogies does, 0.0 for no score."""
        sections = []
        for section in self.sections:
            found: dict[str, Any] = {"section": section.name, "correct": [], "incorrect": []}
            for question, answer in zip(section.questions, section.answers, strict=True):
                if answer is not None:
                    is_right = folded(answer, self.case_insensitive) == question[3]
                    found["correct" if is_right else "incorrect"].append(question)
                elif self.dummy4unknown:
                    found["incorrect"].append(question)
            sections.append(found)
        total: dict[str, Any] = {"section": "Total accuracy"}
        for kind in ("correct", "incorrect"):
            total[kind] = [question for found in sections for question in found[kind]]
        return (self.accuracy if self.total.total else 0.0), [*sections, total]


def evaluate_analogies(
    kv: Vectors,
    analogies: Test,
    *,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    method: str = "3CosAdd",
) -> Analogies:
    """Ask analogy questions, "a is to b as c is to ?", and count correct answers as gensim does.

    Parameters
    ----------
    kv : KeyedVectors, or anything with its `index_to_key` and `vectors` (V, D).
    analogies : path of a test (or an iterable of its lines): four words a line, `: name` before
        each section; blank lines and those that start with # or // are passed over.
    restrict_vocab : questions and answers are taken from so many first, that is most frequent,
        words; None: from all. The C tool's default is all.
    case_insensitive : compare words in upper case; of several spellings the first one counts.
    dummy4unknown : count questions with unknown words as answered wrongly, not as skipped.
    method : "3CosAdd", the largest cos(x, b - a + c) over unit vectors (Mikolov, Yih, Zweig 2013,
        https://aclanthology.org/N13-1090), or "3CosMul", the largest
        cos(x, b) cos(x, c) / cos(x, a) over cosines shifted to 0..1 (Levy and Goldberg 2014,
        https://aclanthology.org/W14-1618).

    The question's own words, in any case when it is ignored, are no answers; as in gensim, only the
    five nearest other rows are looked through for one that is. Rows that hold NaN or infinities
    are no answers.

    Raises ValueError for a line that is not four words, naming it, for a test without any, and for
    a word asked about whose vector holds NaN or infinities.

    >>> import numpy as np
    >>> import w2v
    >>> vectors = np.array([[1, -1, 1], [1, -1, -1], [1, 1, 1], [1, 1, -1]], np.float32)
    >>> kv = w2v.KeyedVectors(["man", "woman", "king", "queen"], vectors)
    >>> test = [": family", "man king woman queen", "king queen man woman", ": other", "a b c d"]
    >>> w2v.evaluate_analogies(kv, test)
    <Analogies: accuracy 100.0%, 2/2 correct, coverage 66.7%, sections: 2>
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r}: choose one of {', '.join(METHODS)}")
    sections = read_analogies(analogies, case_insensitive)
    questions = [question for _, asked in sections for question in asked]
    words = list(itertools.chain.from_iterable(questions))
    V = restricted(kv, restrict_vocab)
    rows = rows_of(kv, set(words), V, case_insensitive)
    check_finite(kv, [spellings[0] for spellings in rows.values()])
    first = {word: spellings[0] for word, spellings in rows.items()}
    others = {first[word]: spellings[1:] for word, spellings in rows.items() if spellings[1:]}
    ids = np.array([first.get(word, UNKNOWN) for word in words]).reshape(-1, 4)
    known = (ids != UNKNOWN).all(axis=1)
    found = iter(answers(vectors_of(kv)[:V], ids[known, :3], others, method))
    results, is_known = [], iter(known.tolist())
    for name, asked in sections:
        given: list[str | None] = []
        correct = 0
        for question in asked:
            answer = None
            if next(is_known):
                row = next(found)
                answer = str(words_of(kv)[row]) if row >= 0 else ""
                correct += folded(answer, case_insensitive) == question[3]
            given.append(answer)
        skipped = given.count(None)
        counted = len(asked) - (0 if dummy4unknown else skipped)
        results.append(Section(name, asked, given, Tally(correct, counted, skipped, len(asked))))
    return Analogies(results, case_insensitive, dummy4unknown)


def vectors_of(kv: Vectors) -> np.ndarray:
    """Return the vectors (V, D), to be read only."""
    return kv.frozen_vectors() if isinstance(kv, Store) else np.asarray(kv.vectors)


def words_of(kv: Vectors) -> Sequence[str]:
    """Return the words, V str, without making a list of those of a native file."""
    if isinstance(kv, Store):
        return kv.words
    if not (hasattr(kv, "index_to_key") and hasattr(kv, "vectors")):
        raise TypeError(f"kv: KeyedVectors are expected, not {type(kv).__name__}")
    return kv.index_to_key


def restricted(kv: Vectors, restrict_vocab: int | None) -> int:
    """Return how many first words are asked about."""
    if restrict_vocab is None:
        return len(words_of(kv))
    return min(check_number("restrict_vocab", restrict_vocab, int, 1), len(words_of(kv)))


def rows_of(kv: Vectors, wanted: set[str], V: int, case_insensitive: bool) -> dict[str, list[int]]:
    """Return the rows among the first V of each wanted word, in order; unknown words are absent."""
    rows: dict[str, list[int]] = {}
    for row, word in enumerate(itertools.islice(words_of(kv), V)):
        word = folded(str(word), case_insensitive)  # an id, in digits
        if word in wanted:
            rows.setdefault(word, []).append(row)
    return rows


def check_finite(kv: Vectors, rows: list[int]) -> None:
    """Raise ValueError naming the first word asked about whose vector is not finite."""
    for start in range(0, len(rows), QUESTIONS_AT_ONCE):
        some = rows[start : start + QUESTIONS_AT_ONCE]
        bad = np.flatnonzero(~np.isfinite(vectors_of(kv)[some]).all(axis=1))
        if len(bad):
            word = words_of(kv)[some[int(bad[0])]]
            raise ValueError(
                f"vectors: the test asks for {word!r}, whose vector holds NaN or infinite numbers; "
                "leave its questions out, or train anew"
            )


def answers(
    vectors: np.ndarray, triples: np.ndarray, others: dict[int, list[int]], method: str
) -> list[int]:
    """Return the row that answers each question, (Q,); -1 where there is no other row.

    Parameters
    ----------
    vectors : (V, D), of any length.
    triples : int64 (Q, 3), the rows of a, b and c, which are no answers.
    others : for some rows, rows with other spellings of their words, which are no answers either.
    """
    best = [-np.inf] * len(triples)
    found = [-1] * len(triples)
    banned = triples.tolist()
    for i in np.flatnonzero(np.isin(triples, list(others)).any(axis=1)).tolist():
        banned[i] = list({row: None for a in banned[i] for row in [a, *others.get(a, ())]})
    for i, start, scores in score_blocks(vectors, triples, method):
        end = start + len(scores)
        for row in banned[i]:
            if start <= row < end:
                scores[row - start] = -np.inf
        nearest = int(scores.argmax())
        score = scores.item(nearest)
        if score > best[i]:
            best[i], found[i] = score, start + nearest
    # Where other spellings of a, b, c take all the places that gensim looks at, the last of them is
    # its answer, a wrong one unless that very word was expected.
    for i, triple in enumerate(triples):
        if len(banned[i]) <= NEAREST_LOOKED_AT:
            continue
        spellings = np.setdiff1d(banned[i], triple)
        if len(spellings) >= NEAREST_LOOKED_AT:
            rows, places = np.unique([*triple, *spellings], return_inverse=True)
            scores = next(score_blocks(vectors[rows], places[np.newaxis, :3], method))[2]
            scores = scores[places[3:]]
            nearest = int(np.argsort(-scores, kind="stable")[NEAREST_LOOKED_AT - 1])
            if scores[nearest] > best[i]:
                found[i] = int(spellings[nearest])
    return found


def score_blocks(
    vectors: np.ndarray, triples: np.ndarray, method: str = "3CosAdd"
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield (question, first row, scores of the rows from there on) in blocks of rows.

    Questions share words with their neighbours, so a part of them takes one matrix product, of the
    block's rows with all words asked about; a question then adds, or multiplies, three rows of that
    table. Every question is met once for each block. The scores, float32, may be written to and are
    valid until the next ones; that of a row that holds NaN or infinities is -inf.
    """
    V, D = vectors.shape
    parts: list[tuple[int, np.ndarray, Any]] = []
    for first in range(0, len(triples), QUESTIONS_AT_ONCE):
        part = triples[first : first + QUESTIONS_AT_ONCE]
        words, places = np.unique(part, return_inverse=True)
        parts.append((first, search.unit(vectors[words]), places.reshape(part.shape).tolist()))
    most = max((len(asked) for _, asked, _ in parts), default=0)
    n_blocks = -(-V // max(256, BLOCK_BYTES // (4 * (most + D))))
    size = -(-V // n_blocks)
    tables = np.empty(most * size, np.float32)
    join = np.multiply if method == "3CosMul" else np.add
    for start in range(0, V, size):
        with np.errstate(invalid="ignore"):
            rows = search.unit(vectors[start : start + size])
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        rows[bad] = 0
        scores = np.empty(len(rows), np.float32)
        for first, asked, chosen in parts:
            table = tables[: len(asked) * len(rows)].reshape(len(asked), len(rows))
            np.matmul(asked, rows.T, out=table)
            if method == "3CosMul":
                table += 1
                table /= 2
            before: tuple[int, int] | None = None
            offset: np.ndarray = tables[:0]
            for i, (a, b, c) in enumerate(chosen, first):
                if (a, b) != before:  # tests ask about the same pair many times
                    before = a, b
                    if method == "3CosMul":
                        offset = table[b] / (table[a] + EPSILON)
                    else:
                        offset = table[b] - table[a]
                join(offset, table[c], out=scores)
                scores[bad] = -np.inf
                yield i, start, scores


@dataclass(frozen=True)
class Pairs:
    """What evaluate_pairs found: correlations of cosines with scores, over `total` pairs.

    `asked` pairs stood in the file, `skipped` of them had an unknown word. `with_unknown` is what
    is found when SubwordVectors make vectors for unknown words, of which it skips those that have
    none; None of other vectors.
    """

    pearson: Correlation
    spearman: Correlation
    total: int
    skipped: int
    asked: int
    with_unknown: "Pairs | None" = None

    def __repr__(self) -> str:
        rho, r = self.spearman.statistic, self.pearson.statistic
        more = ""
        if (both := self.with_unknown) is not None:
            more = (
                f"; with n-grams for unknown words: Spearman {both.spearman.statistic:.3f}, "
                f"{both.total:,} counted"
            )
        return (
            f"<Pairs: Spearman {rho:.3f}, Pearson {r:.3f}, {self.total:,} counted of "
            f"{self.asked:,}, coverage {percent(self.coverage)}{more}>"
        )

    @property
    def coverage(self) -> float:
        """The share of pairs of which both words are known, 0 to 1."""
        return 1 - self.skipped / self.asked

    def as_gensim(self) -> tuple[Correlation, Correlation, float]:
        """Return (pearson, spearman, percent of pairs with unknown words) as gensim does."""
        return self.pearson, self.spearman, 100 * self.skipped / self.asked


def evaluate_pairs(
    kv: Vectors,
    pairs: Test,
    *,
    delimiter: str | None = None,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> Pairs:
    """Correlate the cosines of word pairs with human scores: WordSim-353, SimLex-999, MEN, ...

    Parameters
    ----------
    kv : KeyedVectors, or anything with its `index_to_key` and `vectors` (V, D).
    pairs : path of a test (or an iterable of its lines); see read_pairs.
    delimiter : between the columns; None finds out: tab, semicolon, comma or blanks.
    restrict_vocab, case_insensitive : as in evaluate_analogies.
    dummy4unknown : give pairs with an unknown word the cosine 0 instead of skipping them.

    Raises ValueError naming a line that cannot be read, or a word asked about whose vector holds
    NaN or infinities, or when fewer than two pairs remain.

    >>> import numpy as np
    >>> import w2v
    >>> kv = w2v.KeyedVectors(["cat", "dog", "car"], np.array([[3.0, 1], [3, 2], [-1, 3]]))
    >>> found = w2v.evaluate_pairs(kv, ["cat dog 9", "dog car 3", "cat car 2", "cat mouse 7"])
    >>> found.spearman.statistic, found.coverage
    (1.0, 0.75)
    """
    read = read_pairs(pairs, delimiter)
    asked = [
        (folded(a, case_insensitive), folded(b, case_insensitive), score) for a, b, score in read
    ]
    V = restricted(kv, restrict_vocab)
    rows = rows_of(kv, {word for a, b, _ in asked for word in (a, b)}, V, case_insensitive)
    check_finite(kv, [spellings[0] for spellings in rows.values()])
    known = [pair for pair in asked if pair[0] in rows and pair[1] in rows]
    counted = asked if dummy4unknown else known
    if len(counted) < 2:
        raise ValueError(
            f"pairs: {len(known)} of {len(asked)} pairs have both words among the first {V:,}; a "
            f"correlation needs two (the first pair is {asked[0][0]!r}, {asked[0][1]!r})"
        )
    cosines = np.zeros(len(counted))
    if known:
        places = [i for i, pair in enumerate(counted) if pair[0] in rows and pair[1] in rows]
        sides = zip(*((rows[a][0], rows[b][0]) for a, b, _ in known), strict=True)
        cosines[places] = cosines_of([vectors_of(kv)[list(side)] for side in sides])
    scores = np.array([score for _, _, score in counted])
    with_unknown = None
    if isinstance(kv, Store) and kv.has_ngrams:
        # Known words in the spelling that is theirs, unknown ones as they are written.
        spelt = {word: words_of(kv)[spellings[0]] for word, spellings in rows.items()}
        with_unknown = pairs_of_all(
            kv,
            [
                (spelt.get(fa, a), spelt.get(fb, b), score)
                for (a, b, score), (fa, fb, _) in zip(read, asked, strict=True)
            ],
        )
    return Pairs(
        pearson(scores, cosines),
        spearman(scores, cosines),
        len(counted),
        len(asked) - len(known),
        len(asked),
        with_unknown,
    )


def cosines_of(sides: list[np.ndarray]) -> NDArray[np.float64]:
    """Return the cosines of the rows of two arrays, float64 (n,).

    Rounded, so that a word is as near to itself as every other one is, and equal ranks show.
    """
    units = [search.unit(side, np.float64) for side in sides]
    return np.einsum("ij,ij->i", *units).round(12)


def pairs_of_all(kv: Store, asked: list[tuple[str, str, float]]) -> Pairs | None:
    """Return what is found over all pairs whose words have vectors; None where they are too few."""
    has = np.array([kv.found(list(pair[:2]))[0].all() for pair in asked])
    known = [pair for pair, both in zip(asked, has.tolist(), strict=True) if both]
    if len(known) < 2:
        return None
    cosines = cosines_of([kv.vectors_at(list(side)) for side in list(zip(*known, strict=True))[:2]])
    scores = np.array([score for _, _, score in known])
    correlations = pearson(scores, cosines), spearman(scores, cosines)
    return Pairs(*correlations, len(known), len(asked) - len(known), len(asked))
