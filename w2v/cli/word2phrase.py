"""The command word2phrase, a drop-in for the C tool; with -exact 1 its bytes, quirks included.

Owns what is particular to that tool. Phrases as such are in phrases.py and joining.py.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, TypeAlias

import numpy as np

from ..corpus import _ids, _text
from ..corpus.draft import Draft
from ..formats.vocabulary import SENTENCE_MARK
from ..phrases import _pairs, joining
from ..phrases.learning import Phrases
from ..shared import VERSION
from ..shared.checks import check_number
from .c_options import Option, describe, is_answered, parse_like_c
from .console import check_paths, guarded, messages_beside, open_output, tell_warnings

OPTIONS = {
    "-train": Option(str, "corpus", "", "text to read: file, directory, glob or - (stdin)"),
    "-debug": Option(int, "debug", 2, "0: quiet, 1: sizes, 2: progress too"),
    "-output": Option(str, "output", "", "write the text with its phrases joined here; -: stdout"),
    "-min-count": Option(int, "min_count", 5, "drop words and pairs that are rarer than this"),
    "-threshold": Option(float, "threshold", 100.0, "join pairs whose score is above this"),
    "-threads": Option(int, "workers", None, "threads; all cores unless given"),
    "-exact": Option(int, "exact", 0, "1: the C tool's output byte for byte, on one thread"),
}

USAGE = """word2phrase (w2v {version}): joins words that go together; options as in the C tool

usage: word2phrase -train FILE -output FILE [-option value ...]

{options}
  --lenient          pass over unknown and repeated options with a warning

example: word2phrase -train text.txt -output phrases.txt -threshold 100
"""

# Prints a message; see run.
Say: TypeAlias = Callable[..., None]

# Different words and pairs before rare ones are dropped: 70 % of the C tool's 500,000,000 slots.
MAX_ENTRIES = 350_000_000

# Words between two lines of progress, as in the original C tool.
STEP = 100_000

# What word2phrase.c keeps of a pair: MAX_STRING (60) less the terminator.
PAIR_BYTES = 59


def word2phrase_main(arguments: list[str] | None = None) -> int:
    """Run the `word2phrase` command; returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    usage = USAGE.format(version=VERSION, options=describe(OPTIONS))
    if is_answered("word2phrase", usage, arguments):
        return 0
    return guarded(
        "word2phrase",
        lambda: run(parse_like_c(arguments, OPTIONS)),
        {option.name: name for name, option in OPTIONS.items()},
        "nothing was written",
    )


def run(options: dict) -> None:
    """Do what the C tool does, in the same order and with the same labels on standard output."""
    corpus, output, debug = options["corpus"], options["output"], options["debug"]
    if not corpus:
        raise ValueError("-train is missing: name the text to read")
    if not output:
        raise ValueError("-output is missing: name the file to write")
    if options["exact"] and options["workers"] not in (None, 1):
        raise ValueError(f"workers={options['workers']}: exact runs on one thread; leave it out")
    check_number("min_count", options["min_count"], int, -(2**31), 2**31 - 1)  # C's int
    phrases = None
    if not options["exact"]:
        names = ("min_count", "threshold", "workers")
        phrases = Phrases(
            scoring="word2phrase",
            max_vocab_size=MAX_ENTRIES,
            **{name: options[name] for name in names},
        )
    check_paths(corpus, output=output)
    messages = messages_beside(output)

    def say(message: str, least_debug: int = 0, end: str = "\n") -> None:
        if debug >= least_debug:
            print(message, file=messages, end=end, flush=True)

    with contextlib.ExitStack() as stack, tell_warnings("word2phrase"):
        file = open_output(stack, output, "output")
        say(f"Starting training using file {corpus}")
        if phrases is None:
            run_exact(corpus, file, options["min_count"], options["threshold"], say)
        else:
            run_phrases(corpus, file, phrases, say)


def run_phrases(corpus: str, file: IO[bytes], phrases: Phrases, say: Say) -> None:
    draft = Draft([], False, lambda n_read: None)
    draft.number(corpus, None, phrases.n_workers, False, mark_cuts=False)
    if not draft.n_read:
        raise ValueError(f"corpus={corpus!r} is empty: it holds no words")
    phrases.learn(draft, lambda *now: say_processed(say, *now))
    say_sizes(say, phrases.count_frequent(), phrases.corpus_word_count)
    phrases.current().apply(draft)
    joining.write_text(draft, file, lambda n: say(f"Words written: {n // 1000}K", 2, "\r"))


def say_processed(say: Say, n_words: int, n_entries: int) -> None:
    say(f"Words processed: {n_words // 1000}K     Vocab size: {n_entries // 1000}K  ", 2, "\r")


def say_sizes(say: Say, n_entries: int, n_words: int) -> None:
    say(f"\nVocab size (unigrams + bigrams): {n_entries}", 1)
    say(f"Words in train file: {n_words}", 1)


def run_exact(corpus: str, file: IO[bytes], min_count: int, threshold: float, say: Say) -> None:
    """Repeat word2phrase.c: count, then read again, join and write.

    Pairs are counted over line ends, and before the first word there is an empty one. A pair is
    known by its spelling, cut to 59 bytes, so that it may share its count with a word.
    """
    draft = Draft([SENTENCE_MARK], False, lambda n_read: None)
    draft.number(corpus, None, 1, True, token_bytes=_text.C_PHRASE_TOKEN_BYTES)
    lexicon = draft.unify(1)
    if lexicon.counts()[0]:  # </s> in the text is a line end
        numbers = np.arange(lexicon.n_words, dtype=np.int32)
        numbers[0] = _ids.SENTENCE_END
        table = _ids.renumbering(numbers)
        for ids in draft.segments():
            _ids.renumber(ids, table, True)
    counts, pairs, n_words = np.zeros(lexicon.n_words, np.int64), _pairs.PairMap(), 0
    for ids, at_step in in_steps(draft.segments(), STEP):
        n_words += _pairs.count_words(ids, counts)
        pairs.count(ids, True)
        if at_step:
            # The line end's entry and that of the first word's pair besides.
            say_processed(say, n_words, 2 + int(np.count_nonzero(counts)) + pairs.n_pairs)
    spellings = Spellings(lexicon, counts, pairs)
    words = np.concatenate([ids[ids >= 0] for ids in draft.segments()] or [counts[:0]])
    spellings.add_up(int(words[0]) if n_words else None)
    say_sizes(say, spellings.shown_size(min_count), n_words)
    all_found = n_words and 1 <= min_count <= spellings.all_counts.min()
    if all_found and spellings.loss_matters(words, min_count):
        spellings.lose_last(words)
    del words
    speller = _pairs.Speller(*lexicon.spellings())
    out, n_written = joining.output_buffer(speller), 0
    for ids, at_step in in_steps(draft.segments(), STEP):
        start = 0
        while start < len(ids):
            n_taken, n_bytes = speller.spell_like_c(
                ids[start:], out, pairs, counts, min_count, threshold, n_words
            )
            file.write(out[:n_bytes].data)
            start += n_taken
        if at_step:
            n_written += STEP
            say(f"Words written: {n_written // 1000}K", 2, "\r")


def in_steps(segments: Iterable[np.ndarray], step: int) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield the ids piece by piece, and whether a multiple of `step` words ends with the piece."""
    n_words = 0
    for ids in segments:
        words = np.flatnonzero(ids != _ids.SENTENCE_END)
        start = 0
        for last in words[step - n_words % step - 1 :: step].tolist():
            yield ids[start : last + 1], True
            start = last + 1
        yield ids[start:], False
        n_words += len(words)


@dataclass
class Entry:
    """An entry of the C tool's table that several words or pairs may share."""

    count: int = 0
    words: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)


class Spellings:
    """Counts of words and pairs as the C tool has them: by spelling.

    A word with a bar may be spelled like a pair, a pair with more bars like another pair, and a
    pair of 59 bytes or more like any with the same beginning. Only those are looked at one by one.

    Attributes
    ----------
    counts : int64, IN/OUT. The count of each word; -1 for one that cannot be found.
    pairs : PairMap, IN/OUT. The count of each pair.
    entries : dict from a spelling to its Entry, for those that may be shared.
    all_counts : int64, of all entries of the table but the line end's.
    """

    def __init__(self, lexicon: _text.Lexicon, counts: np.ndarray, pairs: _pairs.PairMap):
        self.lexicon, self.counts, self.pairs = lexicon, counts, pairs
        arena, self.offsets = lexicon.spellings()
        self.arena = arena[: self.offsets[-1]]
        self.entries: dict[bytes, Entry] = {}
        self.all_counts = np.zeros(0, np.int64)

    def word(self, number: int) -> bytes:
        return self.arena[self.offsets[number] : self.offsets[number + 1]].tobytes()

    def add_up(self, first_number: int | None) -> None:
        """Give words and pairs that are spelled alike the sum of their counts.

        `first_number` is that of the text's first word.
        """
        bars = np.flatnonzero(self.arena == ord("_"))
        has_bar = np.zeros(len(self.counts), bool)
        has_bar[np.searchsorted(self.offsets, bars, "right") - 1] = True
        odd_words = has_bar & (self.counts > 0)
        for number in np.flatnonzero(odd_words).tolist():
            entry = self.entry(self.word(number))
            entry.count += int(self.counts[number])
            entry.words.append(number)
        if first_number is not None:
            self.entry(spell_pair(b"", self.word(first_number))).count += 1
        firsts, _, seconds, numbers = self.pairs.entries()
        lengths = np.diff(self.offsets)
        odd_pairs = has_bar[firsts] | has_bar[seconds]
        odd_pairs |= lengths[firsts] + lengths[seconds] + 1 >= PAIR_BYTES
        odd_pairs |= np.isin(firsts.astype(np.int64) << 32 | seconds, self.split_entries())
        odd = (array[odd_pairs].tolist() for array in (firsts, seconds, numbers))
        for first, second, count in zip(*odd, strict=True):
            entry = self.entry(spell_pair(self.word(first), self.word(second)))
            entry.count += count
            entry.pairs.append((first, second))
        self.add_line_starts()
        for entry in self.entries.values():
            self.set_count(entry, entry.count)
        shared = [entry.count for entry in self.entries.values()]
        plain = (self.counts > 0) & ~odd_words
        self.all_counts = np.concatenate(
            [self.counts[plain], numbers[~odd_pairs], np.array(shared, np.int64)]
        )

    def entry(self, spelling: bytes) -> Entry:
        return self.entries.setdefault(spelling, Entry())

    def split_entries(self) -> list[int]:
        """Return first << 32 | second of the pairs that entries with one bar may stand for."""
        keys = []
        for spelling in self.entries:
            first, second = map(self.lexicon.number_of, spelling.partition(b"_")[::2])
            if first >= 0 and second >= 0:
                keys.append(first << 32 | second)
        return keys

    def add_line_starts(self) -> None:
        """Let words such as </s>_the join the first word of a line to the line end before it."""
        mark = SENTENCE_MARK.encode()
        if not any(spelling.startswith(mark + b"_") for spelling in self.entries):
            return
        for number in range(len(self.counts)):
            entry = self.entries.get(spell_pair(mark, self.word(number)))
            if entry is not None:
                entry.pairs.append((0, number))

    def set_count(self, entry: Entry, count: int) -> None:
        self.counts[entry.words] = -1 if count == _pairs.LOST else count
        if entry.pairs:
            firsts, seconds = np.array(entry.pairs).T
            self.pairs.put(firsts, 0 * firsts, seconds, np.full(len(firsts), count))

    def shown_size(self, min_count: int) -> int:
        """Return the size of the vocabulary that the C tool prints, which is not that it has.

        It shortens a table, sorted by count, while it walks through it; one empty entry is behind.
        """
        n_entries = len(self.all_counts) + 1
        if min_count < 1:
            return n_entries
        n_frequent = int(np.count_nonzero(self.all_counts >= min_count))
        return n_entries - (n_entries - n_frequent + 1) // 2

    def lose_last(self, words: np.ndarray) -> None:
        """Make the last entry of the sorted table unfindable, as the C tool does if none is rare.

        That entry has the least count and was entered last of those that have. `words` are all
        numbers of the text in order.
        """
        counts: dict[bytes, int] = {}
        last = b""
        for number in words.tolist():
            word = self.word(number)
            for spelling in (word, spell_pair(last, word)):
                counts[spelling] = counts.get(spelling, 0) + 1
            last = word
        least = min(counts.values())
        lost = [spelling for spelling, count in counts.items() if count == least][-1]
        first, bar, second = lost.partition(b"_")
        plain = Entry(pairs=[(self.lexicon.number_of(first), self.lexicon.number_of(second))])
        if not bar:
            plain = Entry(words=[self.lexicon.number_of(lost)])
        self.set_count(self.entries.get(lost, plain), _pairs.LOST)

    def loss_matters(self, words: np.ndarray, min_count: int) -> bool:
        """Whether the loss of the last entry can change what is written.

        It takes a slow walk to find that entry. With min_count 1 one is always lost, but a pair
        that occurs once is not joined anyway; and the last word to occur once is followed into the
        table by the pair that it ends, unless that is spelled like what is there already.
        """
        least = int(self.all_counts.min())
        if least > min_count:
            return True
        rare = np.flatnonzero(self.counts == least)
        if not len(rare):
            return False
        last = rare[np.argmax(self.lexicon.first_sights()[rare])]
        place = int(np.argmax(words == last))
        before = self.word(int(words[place - 1])) if place else b""
        entry = self.entries.get(spell_pair(before, self.word(int(last))))
        return entry is not None and entry.count > least


def spell_pair(first: bytes, second: bytes) -> bytes:
    return (first + b"_" + second)[:PAIR_BYTES]
