"""Cooccurrence: how often words stand near each other, counted, kept, written and read.

Owns the object that users see; counting.py counts, files.py knows GloVe's own files. V is the
number of words, n the number of entries that are stored.
"""

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..corpus import _ids
from ..corpus.draft import Draft, encode
from ..corpus.ids import Corpus
from ..corpus.vocabulary import Vocabulary
from ..formats import native
from ..formats.ids import as_keys
from ..formats.vocabulary import read_vocabulary
from ..phrases.joining import FrozenPhrases
from ..phrases.learning import detect
from ..shared import paths
from ..shared.checks import MAX_PASSES, MAX_WORKERS, check_number
from ..shared.logs import log
from ..shared.optional import needed
from ..shared.threads import share_out, usable_cores
from ..shared.types import AnyPath, CorpusLike, Key, Tokenizer, TrimRule
from . import c_programs, counting, files
from ._counting import check_rows, mirror

if TYPE_CHECKING:
    import scipy.sparse

MAX_WINDOW = 10_000
# Entries of a block of rows that is written at a time.
BLOCK_ENTRIES = 1 << 21
# What is kept of an object besides its arrays.
KEPT = ("symmetric", "window", "distance_weighting")


class Cooccurrence:
    """How often words stand near each other in a text: a sparse matrix of V x V.

    Row and column are in vocabulary order. Of a symmetric matrix the half up to the diagonal is
    stored. Made by `count`, `load` or `load_glove_format`.

    Attributes
    ----------
    vocabulary : Vocabulary, the words and their counts.
    offsets : int64 (V + 1,), where the entries of each row begin.
    columns, values : int32 and float64 (n,), the entries, by rising column in each row.
    symmetric : whether the entries stand for both halves; else rows are words, columns what stands
        to the right of them.
    window, distance_weighting : what was counted; None where a file does not tell.
    phrases : list of FrozenPhrases that joined the corpus, one a pass.
    n_read : tokens of the corpus, words outside the vocabulary included; 0 where it is not known.
    vocab_text : the bytes of GloVe's vocab.txt where they do not follow from the vocabulary.

    >>> import w2v
    >>> corpus = [["a", "cat", "and", "a", "dog"], ["a", "dog", "and", "a", "cat"]]
    >>> counts = w2v.Cooccurrence.count(corpus, window=2, min_count=1)
    >>> counts
    <Cooccurrence: 4 words, 5 of 10 pairs>
    >>> counts["a", "cat"]  # next to each other twice, and once at a distance of 2
    2.5
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        offsets: NDArray[np.int64],
        columns: NDArray[np.int32],
        values: NDArray[np.float64],
        *,
        symmetric: bool,
        window: int | None = None,
        distance_weighting: bool | None = None,
    ):
        self.vocabulary, self.symmetric = vocabulary, symmetric
        self.offsets, self.columns, self.values = offsets, columns, values
        self.window, self.distance_weighting = window, distance_weighting
        self.phrases: list[FrozenPhrases] = []
        self.n_read = 0
        self.vocab_text: bytes | None = None  # exact: what vocab_count writes, with odd white space
        wrong = check_rows(offsets, columns, symmetric)
        if wrong >= 0:
            raise ValueError(f"row {wrong:,}: its columns do not rise, or there are no such words")
        # NaN is the least and the largest of numbers that it is among.
        if len(values) and not (values.min() > 0 and values.max() < np.inf):
            place = int(np.flatnonzero(~((values > 0) & (values < np.inf)))[0])
            raise ValueError(f"pair {place:,} counts {values[place]}; above 0 is expected")

    @classmethod
    def count(
        cls,
        corpus: CorpusLike,
        window: int = 15,
        symmetric: bool = True,
        distance_weighting: bool = True,
        *,
        min_count: int = 5,
        max_final_vocab: int | None = None,
        vocabulary: "Vocabulary | AnyPath | None" = None,
        trim_rule: TrimRule | None = None,
        phrases: int = 0,
        tokenizer: Tokenizer | None = None,
        encoding: str = "utf-8",
        errors: str | None = None,
        workers: int | None = None,
        memory_limit: int | None = None,
        exact: bool = False,
        max_product: int | None = None,
        overflow_length: int | None = None,
    ) -> "Cooccurrence":
        """Count which words of a corpus stand near each other.

        Words outside the vocabulary take no places; windows end where lines, or sentences, do,
        however long these are. Sums are exact: neither `workers` nor `memory_limit` changes a bit.

        Parameters
        ----------
        corpus, tokenizer, encoding, errors, trim_rule : see w2v.train.
        window : words to each side that are near.
        symmetric : count both sides; False: only what stands to the right of a word.
        distance_weighting : a word at distance d counts 1 / d; False: 1. In windows beyond 22 or
            so, where sums of exact fractions would overflow, 1 / d is rounded, to some ten digits.
        min_count, max_final_vocab : which words are kept, by falling count; of equal counts, as in
            GloVe, in the order of their bytes, non-ASCII letters first.
        vocabulary : count these words, in this order: a Vocabulary, or the path of GloVe's
            vocab.txt.
        phrases : passes of joining words that go together; see w2v.train.
        workers : threads; None: all cores.
        memory_limit : bytes of counts and text at work in memory; what is beyond goes to temporary
            files. None: a quarter of the machine's. Each thread takes 8 bytes a word besides.
        exact : the bytes of GloVe's own programs: their tokens, doubles added in the order of the
            text or, of pairs that do not fit into their table, of their files, and the first record
            counted twice where they do so (below 3,200 words always). On one thread, and for files
            only.
        max_product, overflow_length : with exact, cooccur's options: two words are in its table if
            the product of their ranks is at most about so much, and of others it writes a file
            after so many. None: what its -memory 3.0 leads to.

        Raises ValueError or TypeError naming the argument, the value and the remedy;
        FileNotFoundError; OSError when the disk has too little room.

        >>> left = w2v.Cooccurrence.count(corpus, symmetric=False, min_count=1)
        >>> left["a", "cat"], left["cat", "a"]  # a cat, and a after it
        (2.25, 0.5)
        """
        window = check_number("window", window, int, 1, MAX_WINDOW)
        n_threads = usable_cores()
        if workers is not None:
            n_threads = check_number("workers", workers, int, 1, MAX_WORKERS)
        if memory_limit is not None:
            memory_limit = check_number("memory_limit", memory_limit, int, counting.LEAST_LIMIT)
        min_count = check_number("min_count", min_count, int, 0, 2**62)
        phrases = check_number("phrases", phrases, int, 0, MAX_PASSES)
        if exact:
            table = table_of(max_product, overflow_length, window)
            return cls.count_exactly(
                corpus, vocabulary, window, bool(symmetric), bool(distance_weighting), min_count,
                table,
            )  # fmt: skip
        if max_product is not None or overflow_length is not None:
            raise ValueError(
                "max_product, overflow_length: exact=True alone takes these; leave them out"
            )
        if vocabulary is not None and not isinstance(vocabulary, Vocabulary):
            vocabulary = Vocabulary(*read_vocabulary(vocabulary, argument="vocabulary"))
        found: list[FrozenPhrases] = []

        def join(draft: Draft) -> None:
            found.extend(detect(draft, phrases, n_threads))

        words, ids = encode(
            corpus, vocabulary=vocabulary, tokenizer=tokenizer, min_count=min_count,
            max_final_vocab=max_final_vocab, trim_rule=trim_rule, workers=n_threads,
            encoding=encoding, errors=errors, rework=join if phrases else None, whole_lines=True,
        )  # fmt: skip
        if vocabulary is None:
            words = in_glove_order(words, ids, n_threads)
        log(
            "info", "counting: %s words, windows of %d around %s of %s tokens",
            f"{len(words):,}", window, f"{ids.n_kept:,}", f"{ids.n_read:,}",
        )  # fmt: skip
        rows = counting.count_rows(
            ids, len(words), window, bool(symmetric), bool(distance_weighting), n_threads,
            memory_limit,
        )  # fmt: skip
        made = cls(
            words, *rows, symmetric=bool(symmetric), window=window,
            distance_weighting=bool(distance_weighting),
        )  # fmt: skip
        made.phrases, made.n_read = found, ids.n_read
        return made

    @classmethod
    def count_exactly(
        cls,
        corpus: Any,
        vocabulary: Any,
        window: int,
        symmetric: bool,
        distance_weighting: bool,
        min_count: int,
        table: c_programs.Table,
    ) -> "Cooccurrence":
        """Count as GloVe's own programs do; see count."""
        found = paths.find_files(corpus)
        if found is None:
            raise TypeError("exact=True: GloVe's programs read files; pass the path of one")
        text = None
        if vocabulary is None:
            text = c_programs.count_words(c_programs.read_lines(found), min_count)
        elif not isinstance(vocabulary, Vocabulary):
            text = files.read_bytes(vocabulary)
        if not isinstance(vocabulary, Vocabulary):
            assert text is not None
            vocabulary = files.scan_vocabulary(text)
        rows = c_programs.count_rows(
            c_programs.read_lines(found), vocabulary, window, symmetric, distance_weighting, table
        )
        made = cls(
            vocabulary, *rows, symmetric=False, window=window,
            distance_weighting=distance_weighting,
        )  # fmt: skip
        made.vocab_text = text
        return made

    def __repr__(self) -> str:
        V = len(self)
        possible = V * (V + 1) // 2 if self.symmetric else V * V
        return f"<Cooccurrence: {V:,} words, {len(self.columns):,} of {possible:,} pairs>"

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __getitem__(self, pair: tuple[Key, Key]) -> float:
        """Return how often a word has another one near it; raises KeyError for unknown words."""
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"{pair!r}: two words are expected, as in counts['new', 'york']")
        row, column = (self.vocabulary.ids[word] for word in pair)
        if self.symmetric and column > row:
            row, column = column, row
        begin, end = self.offsets[row : row + 2].tolist()
        at = begin + int(np.searchsorted(self.columns[begin:end], column))
        return float(self.values[at]) if at < end and self.columns[at] == column else 0.0

    @property
    def row_sizes(self) -> NDArray[np.int64]:
        """How many entries each row of the whole matrix has, int64 (V,)."""
        sizes = np.diff(self.offsets)
        if self.symmetric:
            sizes += np.bincount(self.columns, minlength=len(self)) - self.has_diagonal
        return sizes

    @property
    def has_diagonal(self) -> NDArray[np.bool_]:
        """Whether each row of a symmetric matrix has an entry on the diagonal, bool (V,)."""
        ends = self.offsets[1:]
        last = self.columns[np.maximum(ends - 1, 0)] if len(self.columns) else np.zeros(len(self))
        is_there: NDArray[np.bool_] = (np.diff(self.offsets) > 0) & (last == np.arange(len(self)))
        return is_there

    def blocks(
        self, n_most: int = BLOCK_ENTRIES
    ) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]]:
        """Yield the rows of the whole matrix in blocks: the first row, sizes, columns and values.

        A block has at most `n_most` entries, unless it is one row.
        """
        sizes = self.row_sizes
        starts = np.concatenate([[0], sizes.cumsum()])
        taken = np.zeros(len(self), np.int64)
        for first, last in counting.tasks_of([sizes], [n_most]):
            if not self.symmetric:
                rows = slice(int(self.offsets[first]), int(self.offsets[last]))
                yield first, sizes[first:last], self.columns[rows], self.values[rows]
                continue
            n = int(starts[last] - starts[first])
            columns, values = np.empty(n, np.int32), np.empty(n, np.float64)
            mirror(
                self.offsets, self.columns, self.values, taken, starts, first, last, columns, values
            )
            yield first, sizes[first:last], columns, values

    def to_scipy(self) -> "scipy.sparse.csr_matrix":
        """Return the whole matrix as a scipy.sparse.csr_matrix, float64 (V, V). Needs SciPy."""
        sparse = needed("scipy.sparse", "to_scipy", "scipy")
        sizes = self.row_sizes
        _, _, columns, values = next(self.blocks(max(int(sizes.sum()), 1)))
        offsets = np.concatenate([[0], sizes.cumsum()])
        return sparse.csr_matrix((values, columns, offsets), shape=(len(self), len(self)))

    def save(self, path: AnyPath) -> None:
        """Write a native file, which `load` opens by mapping it. Raises OSError naming the path.

        >>> counts.save("counts.w2v")
        """
        arrays: dict[str, np.ndarray | None] = dict(
            pair_offsets=self.offsets, pair_columns=self.columns, pair_values=self.values,
            counts=self.vocabulary.counts,
        )  # fmt: skip
        about: dict[str, Any] = {name: getattr(self, name) for name in KEPT} | {
            "n_read": self.n_read
        }
        about["phrases"] = [phrases.as_dict() for phrases in self.phrases]
        metadata = {name: json.dumps(value) for name, value in about.items()}
        native.write(path, self.vocabulary.words, arrays, metadata)

    @classmethod
    def load(cls, path: AnyPath, mmap: str | None = "c") -> "Cooccurrence":
        """Open what `save` wrote. `mmap` is as in KeyedVectors.load.

        Raises FileNotFoundError; ValueError naming the file and what is wrong with it.

        >>> w2v.Cooccurrence.load("counts.w2v")["a", "cat"]
        2.5
        """
        arrays, metadata, words = native.read(path, mmap)
        try:
            if "pair_offsets" not in arrays:
                raise ValueError("this holds vectors, no co-occurrences: w2v.load opens it")
            about = {name: json.loads(metadata[name]) for name in (*KEPT, "n_read", "phrases")}
            made = cls(
                Vocabulary(words, arrays["counts"]), arrays["pair_offsets"],
                arrays["pair_columns"], arrays["pair_values"],
                **{name: about[name] for name in KEPT},
            )  # fmt: skip
            made.n_read = about["n_read"]
            made.phrases = [FrozenPhrases.from_dict(each) for each in about["phrases"]]
            return made
        except KeyError as error:
            raise ValueError(f"{os.fspath(path)!r}: it has no {error}: damaged") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"{os.fspath(path)!r}: {error}") from None

    def save_glove_format(self, path: AnyPath, vocab: AnyPath | None = None) -> None:
        """Write cooccurrence.bin as GloVe's cooccur does, and vocab.txt, if that is named.

        Both halves of a symmetric matrix are written, 16 bytes a record, sorted. Raises OSError
        naming the path; ValueError naming a word that vocab.txt cannot hold.

        >>> counts.save_glove_format("cooccurrence.bin", "vocab.txt")
        """
        if vocab is not None:
            self.save_vocab(vocab)
        files.write_records(path, self.blocks(), int(self.row_sizes.sum()))

    def save_vocab(self, path: AnyPath) -> None:
        """Write vocab.txt as GloVe's vocab_count does; see save_glove_format.

        >>> counts.save_vocab("vocab.txt")
        """
        files.write_vocabulary(path, self.vocabulary, self.vocab_text)

    @classmethod
    def load_glove_format(cls, path: AnyPath, vocab: AnyPath) -> "Cooccurrence":
        """Read cooccurrence.bin, shuffled or not, and the vocab.txt that it was made with.

        What was read is written again byte for byte, in sorted order.

        Raises FileNotFoundError; ValueError naming the file, the record and what is wrong with it.

        >>> w2v.Cooccurrence.load_glove_format("cooccurrence.bin", "vocab.txt")
        <Cooccurrence: 4 words, 5 of 10 pairs>
        """
        text = files.read_bytes(vocab)
        vocabulary = files.scan_vocabulary(text)
        records = files.read_records(path, len(vocabulary))
        offsets, columns, values = files.as_rows(records, len(vocabulary), os.fspath(path))
        half = files.lower_half(offsets, columns, values)
        made = cls(vocabulary, *(half or (offsets, columns, values)), symmetric=half is not None)
        made.vocab_text = text
        return made


def table_of(max_product: int | None, overflow_length: int | None, window: int) -> c_programs.Table:
    """Return the table of these options of cooccur; None: of its memory."""
    table = c_programs.Table.of_memory()
    if max_product is not None:
        table = table._replace(max_product=check_number("max_product", max_product, int, 0))
    if overflow_length is not None:
        most = check_number("overflow_length", overflow_length, int, window + 1)
        table = table._replace(overflow_length=most)
    return table


def in_glove_order(vocabulary: Vocabulary, ids: Corpus, n_threads: int) -> Vocabulary:
    """Return a vocabulary in GloVe's order, and give the corpus, in place, the ids of that.

    Keys that are no words stay in the order of their first sights.
    """
    words = as_keys(vocabulary.words)
    if not words or not isinstance(words[0], str):
        return vocabulary
    order = files.glove_order(words, vocabulary.counts)
    numbers = np.empty(len(order), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    table = _ids.renumbering(numbers)

    def renumber(_: int, segment: NDArray[np.int32]) -> None:
        _ids.renumber(segment, table, True)

    share_out(renumber, ids.segments, n_threads)
    return Vocabulary([words[row] for row in order], vocabulary.counts[order])
