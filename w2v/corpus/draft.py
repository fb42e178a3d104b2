"""A corpus read once: numbered as its words come, then given the ids of a vocabulary.

Owns the encoding of a corpus against a vocabulary, made from it or given. Strings end here: what is
trained sees only numbers (ids.py).
"""

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..formats.vocabulary import SENTENCE_MARK
from ..shared import paths
from ..shared.checks import NoWords, check_callable, word_bytes
from ..shared.encodings import check_coding
from ..shared.logs import log
from ..shared.threads import run_threads, share_out
from ..shared.types import Tokenizer, TrimRule
from . import _ids, _text, arrays, readers, sources
from ._ids import SENTENCE_END, UNKNOWN
from .ids import Corpus, SegmentStore, memory_limit
from .vocabulary import Vocabulary, choose_new, choose_words

# About the tokens of one block of text; token lists are gathered into segments of this size.
SEGMENT_TOKENS = 1 << 20


def encode(
    source: Any,
    *,
    vocabulary: Vocabulary | None = None,
    grow: bool = False,
    tokenizer: Tokenizer | None = None,
    min_count: int = 1,
    max_final_vocab: int | None = None,
    trim_rule: TrimRule | None = None,
    workers: int = 1,
    mark: bool = False,
    exact: bool = False,
    whole_lines: bool = False,
    encoding: str = "utf-8",
    errors: str | None = None,
    on_progress: Callable[[int], None] | None = None,
    rework: Callable[["Draft"], None] | None = None,
) -> tuple[Vocabulary, Corpus]:
    """Read a corpus once and return its vocabulary and its ids.

    Parameters
    ----------
    source : paths, an iterable of token lists, or arrays of ids; see paths.find_files,
        sources.read_sentences and arrays.read_arrays. All tokens are str, or all are int, or all of
        one other hashable type.
    vocabulary : encode against this one; None makes it from the corpus.
    grow : make a vocabulary of this one's words and behind them the new ones, with counts added up.
    tokenizer : splits each string of the source, or each line of the files, into tokens.
    min_count, max_final_vocab, trim_rule : which new words are kept; see choose_words, apply_rule.
    workers : threads that read files; the outcome does not depend on their number.
    mark : whether a new vocabulary starts with the sentence mark, as in the C tools.
    exact : read files with the quirks of the C tools.
    whole_lines : a line longer than a block of text goes on in the next segment, where else it
        would end; sentences without words keep their ends then.
    encoding : of files, any that Python knows.
    errors : what happens to bytes that are not in that encoding. None: in up to 1 % of the tokens
        they become U+FFFD, with a warning that counts these; in more they are an error that names
        the likely encoding. "strict" refuses them all. "replace", "ignore" and other handlers of
        bytes.decode are silent; "surrogateescape" keeps the bytes, so that files get them back.
    on_progress : called with the number of tokens read so far.
    rework : changes the words of the numbered corpus before any are chosen; see learning.py.

    Raises FileNotFoundError, TypeError or ValueError naming what is wrong with the corpus, and
    ValueError when it holds no words, or none of the vocabulary.

    >>> vocabulary, ids = encode([["a", "cat", "a"], ["cat", "a", "dog"]], min_count=2)
    >>> vocabulary.words, vocabulary.counts.tolist()
    (['a', 'cat'], [3, 2])
    >>> ids.segments[0].tolist()  # -1 ends a sentence
    [0, 1, 0, -1, 1, 0, -1]
    """
    check_callable("trim_rule", trim_rule, "a function of word, count and min_count")
    known = list(vocabulary.ids) if vocabulary else [SENTENCE_MARK] if mark else []
    frozen = vocabulary is not None and rework is None and not grow
    draft = Draft(known, frozen, on_progress or (lambda n_read: None))
    what = draft.number(
        source, tokenizer, workers, exact, encoding=encoding, errors=errors,
        words_for="exact=True" if exact else "phrases" if rework is not None else "",
        mark_cuts=not whole_lines,
    )  # fmt: skip
    if draft.n_read == 0:
        used_up = "; a generator that was read before is" if what == "generator" else ""
        raise NoWords(f"corpus={what} is empty: it holds no words{used_up}")
    if rework is not None:
        rework(draft)
    end = SENTENCE_END
    if vocabulary is None or grow:
        vocabulary, finals = draft.settle(
            min_count, max_final_vocab, mark, trim_rule=trim_rule, known=vocabulary
        )
    else:
        finals = np.full(max(len(draft.counts), len(known)), UNKNOWN, np.int32)
        finals[: len(known)] = np.fromiter(vocabulary.ids.values(), np.int32)
        if vocabulary.has_mark:
            finals[0] = SENTENCE_END
            if vocabulary.words[0] != SENTENCE_MARK:
                # Read with `exact`: the first word ends sentences whatever its name, and a line
                # feed is the ordinary word </s>, if it is a word at all.
                end = vocabulary.ids.get(SENTENCE_MARK, UNKNOWN)
    corpus = draft.finish(finals, end, vocabulary.has_mark, exact or whole_lines, workers)
    if not corpus.n_kept:
        raise NoWords(
            f"corpus={what} holds none of the {len(vocabulary):,} vocabulary words", draft.n_read
        )
    del draft  # and its lexicons
    _ids.trim_memory()
    return vocabulary, corpus


class Draft:
    """A corpus in provisional numbers, before it is known which words stay.

    `known` words have the numbers 0, 1, ...; with `frozen` there are no others. A `lexicon` has the
    numbers of earlier texts and gets the new words of this one. Words are keys of any one type.
    """

    def __init__(
        self,
        known: list[Any],
        frozen: bool,
        on_progress: Callable[[int], None],
        lexicon: _text.Lexicon | None = None,
    ):
        self.known = known
        self.frozen = frozen
        self.on_progress = on_progress
        self._lexicon = lexicon
        self.store = SegmentStore(memory_limit())
        self.lock = threading.Lock()
        self.n_read = 0  # tokens
        self.n_ends = 0  # sentence ends
        self.numberer: dict[int, int] = {}  # segment -> who numbered it
        self.maps: list[np.ndarray | None] = []  # numbers of numberer i -> ours; None: the same
        self.words: list[Any] | None = None  # of token lists; else they are in the lexicon
        self.words_of: Callable[[np.ndarray], list[Any]]
        self.counts: np.ndarray = np.empty(0, np.int64)
        self.first_sights: np.ndarray = np.empty(0, np.int64)

    @property
    def lexicon(self) -> _text.Lexicon:
        """What numbered the words; of token lists only once unify was called."""
        assert self._lexicon is not None
        return self._lexicon

    def put(self, index: int, ids: np.ndarray, n_ends: int, numberer: int = 0) -> None:
        """Keep a segment with its sentence ends, those made by a cut included."""
        with self.lock:
            self.store.put(index, ids)
            self.numberer[index] = numberer
            self.n_ends += n_ends
            self.n_read += len(ids) - n_ends
            self.on_progress(self.n_read)

    def number(
        self,
        source: Any,
        tokenizer: Tokenizer | None,
        workers: int,
        exact: bool,
        *,
        encoding: str = "utf-8",
        errors: str | None = None,
        words_for: str = "phrases",
        **options: Any,
    ) -> str:
        """Number the words of a corpus; see encode. Returns what to call it in messages.

        `words_for` is what takes no other tokens than str, if anything does.
        """
        check_coding(encoding, errors)
        check_callable("tokenizer", tokenizer, "a function from str to a list of tokens")
        files, edit = readers.plan(source) if tokenizer is None else (None, None)
        if files is None:
            files = paths.find_files(source, may_be_texts=tokenizer is not None)
        what = type(source).__name__ if files is None else paths.shortened(", ".join(files))
        if files is not None and tokenizer is None:
            self.check_kind(str, words_for)
            self.number_files(files, workers, exact, encoding, errors, edit=edit, **options)
            return what
        blocks = arrays.read_arrays(source) if files is None and tokenizer is None else None
        if blocks is None:
            lines = source
            if files is not None:
                lines = sources.read_lines(files, encoding, errors)
            elif tokenizer is None and readers.is_untouched(source):
                lines = source.read(encoding, errors)
            kind, sentences = arrays.kind_of(sources.read_sentences(lines, tokenizer))
            self.check_kind(kind, words_for)
            if kind is not int:
                self.number_sentences(sentences, kind)
                return what
            blocks = arrays.read_lists(sentences)
        self.check_kind(int, words_for)
        self.number_ids(blocks)
        return what

    def check_kind(self, kind: type, words_for: str) -> None:
        """Raise TypeError when tokens of this type cannot be numbered here."""
        name, known = kind.__name__, type(self.known[0]) if self.known else kind
        if words_for and kind is not str:
            raise TypeError(
                f"corpus: its tokens are {name}, and {words_for} takes words alone: convert them "
                "with str()"
            )
        if known is not kind and not (issubclass(known, str) and kind is str):
            raise TypeError(
                f"corpus: its tokens are {name} where the keys of the vocabulary are "
                f"{known.__name__}; pass tokens of that type, in lists or arrays"
            )

    def number_files(
        self,
        files: list[str],
        workers: int,
        exact: bool,
        encoding: str,
        errors: str | None,
        token_bytes: int = _text.C_TOKEN_BYTES,
        mark_cuts: bool = True,
        edit: readers.Edit | None = None,
    ) -> None:
        """Number the words of files, each thread with a lexicon of its own, then merge those.

        `token_bytes` is what exact keeps of a token. With `mark_cuts`, a line longer than a block
        gets a sentence end where it is cut; else it goes on in the next segment. `edit` changes
        each block before it is numbered; what is read with `exact` stays as it is.
        """
        known = [word_bytes(word) for word in self.known]
        n_lexicons = 1 if self.frozen else workers
        lexicons = [
            _text.Lexicon(exact, known, self.frozen, token_bytes) for _ in range(n_lexicons)
        ]
        start = 0
        if self._lexicon is not None:
            lexicons[0] = self._lexicon
            start = self.first_sight(self._lexicon)
        reader, indices = sources.BlockReader(files, exact, encoding, errors), itertools.count()
        reading = threading.Lock()

        def work(i: int, stop: threading.Event) -> None:
            buffer, ids = bytearray(), np.empty(0, np.int32)
            while not stop.is_set():
                with reading:
                    length, index = reader.read(buffer), next(indices)
                if not length:
                    return
                if len(ids) <= length:
                    ids = np.empty(length + 1, np.int32)
                numberer = i % n_lexicons
                with memoryview(buffer)[:length] as block:
                    if edit is not None and not exact:
                        edit(np.frombuffer(block, np.uint8))
                    n_ids, n_ends = lexicons[numberer].encode(block, start + (index << 32), ids)
                cut = mark_cuts and not exact and buffer[length - 1] != ord("\n")
                if cut:  # inside a line longer than a block
                    ids[n_ids] = SENTENCE_END
                self.put(index, ids[: n_ids + cut], n_ends + cut, numberer)

        with contextlib.closing(reader):
            run_threads(work, workers)
        self.maps = [None] + [lexicons[0].absorb(lexicon) for lexicon in lexicons[1:]]
        if not exact and errors != "surrogateescape":
            if self.frozen:  # other words have no numbers, so only the files' beginnings can tell
                sources.judge_broken(files, reader.n_broken, reader.n_checked)
            else:
                self.repair(lexicons[0], files, errors)
        self.take_words(lexicons[0])

    def repair(self, lexicon: _text.Lexicon, files: list[str], errors: str | None) -> None:
        """Let words that are not UTF-8 be what `errors`, or else U+FFFD, makes of them.

        Raises ValueError when they are too many, or there may be none.
        """
        broken = lexicon.broken()
        counts, sights = lexicon.counts()[broken].tolist(), lexicon.first_sights()[broken].tolist()
        n_broken = sum(counts)
        if not n_broken:
            return
        if errors == "strict":
            raise sources.not_utf8(files, n_broken, self.n_read)
        if errors is None:
            sources.judge_broken(files, n_broken, self.n_read)
            sources.warn_repaired(f"{n_broken:,} of {self.n_read:,} tokens")
        numbers = np.arange(lexicon.n_words, dtype=np.int32)
        arena, offsets = lexicon.spellings()
        for number, count, sight in zip(broken.tolist(), counts, sights, strict=True):
            word = arena[offsets[number] : offsets[number + 1]].tobytes()
            repaired = word.decode("utf-8", errors or "replace").encode("utf-8", "surrogateescape")
            lexicon.add(word, -count)
            numbers[number] = lexicon.add(repaired, count, sight) if repaired else UNKNOWN
        self.maps = [numbers if each is None else numbers[each] for each in self.maps]

    def take_words(self, lexicon: _text.Lexicon) -> None:
        self._lexicon, self.words_of = lexicon, lexicon.words
        self.counts, self.first_sights = lexicon.counts(), lexicon.first_sights()

    def number_sentences(self, sentences: Iterator[Any], kind: type) -> None:
        """Number the tokens of token lists, which are all of this type."""
        numbers = {word: i for i, word in enumerate(self.known)}
        index = n_sentences = 0
        while True:
            ids, n_taken = _ids.encode_sentences(
                sentences, numbers, self.frozen, SEGMENT_TOKENS, n_sentences, kind
            )
            if not n_taken:
                break
            self.put(index, ids, n_taken)
            counted = np.bincount(ids[ids >= 0], minlength=len(numbers))
            counted[: len(self.counts)] += self.counts
            self.counts = counted
            index, n_sentences = index + 1, n_sentences + n_taken
        self.maps = [None]
        self.first_sights = np.arange(len(numbers))
        self.words = words = list(numbers)
        for word in words if kind is str else ():
            word_bytes(word)  # raises
        self.words_of = lambda chosen: [words[i] for i in chosen]

    def number_ids(self, blocks: Iterator[arrays.Block]) -> None:
        """Number integer ids, none of which becomes an object."""
        lexicon = _ids.IdLexicon(np.array(self.known, np.int64), self.frozen)
        for index, (values, ends) in enumerate(blocks):
            self.put(index, lexicon.encode(values, ends), len(ends))
        self.maps = [None]
        ids, self.counts = lexicon.numbered()
        self.first_sights = np.arange(len(ids))
        self.words_of = lambda chosen: ids[chosen].tolist()

    def unify(self, workers: int) -> _text.Lexicon:
        """Give all segments the numbers of one lexicon, which is returned."""
        if self.words is not None:
            lexicon = self._lexicon or _text.Lexicon()
            start = self.first_sight(lexicon)
            numbers = [
                lexicon.add(word_bytes(word), count, start + i)
                for i, (word, count) in enumerate(
                    zip(self.words, self.counts.tolist(), strict=True)
                )
            ]
            self.maps, self.words = [np.array(numbers, np.int32)], None
            self.take_words(lexicon)
        tables = [None if numbers is None else _ids.renumbering(numbers) for numbers in self.maps]

        def work(_: int, index: int) -> None:
            table = tables[self.numberer[index]]
            if table is not None:
                _ids.renumber(self.store.segments[index], table, True)

        share_out(work, sorted(self.numberer), workers)
        self.maps = [None] * len(self.maps)
        return self.lexicon

    def segments(self) -> Iterator[np.ndarray]:
        """Yield the segments in text order."""
        for index in sorted(self.store.segments):
            yield self.store.segments[index]

    def first_sight(self, lexicon: _text.Lexicon) -> int:
        """Return a position after all that the lexicon has seen."""
        sights = lexicon.first_sights()
        return (int(sights.max()) >> 32) + 1 << 32 if len(sights) else 0

    def settle(
        self,
        min_count: int,
        max_final_vocab: int | None,
        mark: bool,
        trim_rule: TrimRule | None = None,
        known: Vocabulary | None = None,
    ) -> tuple[Vocabulary, np.ndarray]:
        """Choose the vocabulary; returns it and the final id of each provisional number.

        The words of a vocabulary that is known stay first, as they are numbered.
        """
        n_known = len(known) if known is not None else 0
        chosen = choose_new(
            self.words_of, self.counts, self.first_sights, n_known or mark, min_count,
            # The mark is not among those that max_final_vocab counts.
            None if max_final_vocab is None else max_final_vocab + mark, trim_rule,
        )  # fmt: skip
        if not len(chosen) and known is None:
            raise ValueError(self.nothing_left(mark, min_count, max_final_vocab))
        finals = np.full(len(self.counts), UNKNOWN, np.int32)
        finals[chosen] = np.arange(len(chosen)) + (n_known or mark)
        words, counts = self.words_of(chosen), self.counts[chosen]
        if known is not None:
            finals[:n_known] = np.arange(n_known)
            return known.with_more(self.counts[:n_known], words, counts), finals
        if mark:
            # A literal </s> in the text is a sentence end too, as in C.
            finals[0] = SENTENCE_END
            words.insert(0, SENTENCE_MARK)
            counts = np.insert(counts, 0, self.counts[0] + self.n_ends)
        return Vocabulary(words, counts, has_mark=mark), finals

    def nothing_left(self, mark: bool, min_count: int, max_final_vocab: int | None) -> str:
        counts = self.counts.copy()
        counts[:mark] = 0
        n_words = int(np.count_nonzero(counts))
        if n_words == 0:
            return "corpus is empty: it holds only sentence marks"
        top = choose_words(counts, self.first_sights, 1)[:3]
        shown = ", ".join(
            f"{word!r} {count:,}x"
            for word, count in zip(self.words_of(top), counts[top].tolist(), strict=True)
        )
        culprit = f"min_count={min_count}"
        if int(counts[top[0]]) >= min_count:
            culprit = f"max_final_vocab={max_final_vocab}"
        remedy = "lower" if culprit.startswith("min") else "raise"
        return f"{culprit} leaves 0 of {n_words:,} words (most frequent: {shown}); {remedy} it"

    def finish(
        self, finals: np.ndarray, end: int, has_mark: bool, keep_empty: bool, workers: int
    ) -> Corpus:
        """Give the segments their final ids, in place; empty sentences keep their ends or not."""
        tables = [
            _ids.renumbering(finals if numbers is None else finals[numbers], end)
            for numbers in self.maps
        ]
        segments = self.store.segments
        n_ends = dict.fromkeys(segments, 0)

        def work(_: int, index: int) -> None:
            ids = segments[index]
            n_kept, n_ends[index] = _ids.renumber(ids, tables[self.numberer[index]], keep_empty)
            segments[index] = ids[:n_kept]

        share_out(work, sorted(segments), workers)
        if self.store.file is not None:
            self.store.file.close()  # the maps stay
            log(
                "info",
                "%s bytes of ids lie in a temporary file, since they would not leave memory free",
                f"{self.store.spooled_bytes:,}",
            )
        n_sentences = sum(n_ends.values())
        ordered = [segments[index] for index in sorted(segments) if len(segments[index])]
        n_kept = sum(map(len, ordered)) - n_sentences
        return Corpus(
            segments=ordered,
            n_kept=n_kept,
            n_words=n_kept + (n_sentences if has_mark else 0),
            n_sentences=n_sentences,
            n_read=self.n_read,
            n_read_sentences=self.n_ends,
            spooled_bytes=self.store.spooled_bytes,
        )
