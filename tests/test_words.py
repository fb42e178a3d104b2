"""Words kept as bytes are the list they were made of, and are found without reading the others."""

import pickle

import numpy as np
import pytest

from w2v import KeyedVectors
from w2v.corpus.vocabulary import Vocabulary
from w2v.formats import _words
from w2v.formats.words import WordRows, Words

WORDS = ["</s>", "naïve", "词向量", "🙂", "", "a b\n", "x" * 500, "\udce9", "a\0", "naïve", "ab"]


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def look_up(words, word):
    """The look-up as words.py describes it, in Python."""
    key = word.encode("utf-8", "surrogateescape")
    slot = fnv1a(key) % len(words.slots)
    while (row := words.slots[slot]) >= 0:
        if words.word_bytes[words.offsets[row] : words.offsets[row + 1]].tobytes() == key:
            return row
        slot = (slot + 1) % len(words.slots)
    return -1


def assert_is_the_list(words, wanted):
    assert words == wanted and wanted == words and words.tolist() == list(words) == wanted
    assert len(words) == len(wanted) and words != [*wanted, "more"]
    assert [words[i] for i in range(-len(wanted), len(wanted))] == wanted * 2
    for piece in (slice(None), slice(1, 3), slice(5, 2), slice(None, None, -2), slice(-2, None)):
        assert words[piece] == wanted[piece]
    assert [words.find(word) for word in wanted] == [wanted.index(word) for word in wanted]
    assert all(word in words and word in WordRows(words) for word in wanted)
    index = {word: wanted.index(word) for word in wanted}
    assert dict(WordRows(words)) == index and len(WordRows(words)) == len(index)
    assert WordRows(words) == index and list(WordRows(words).items()) == list(index.items())


def test_words_are_the_list_they_were_made_of():
    for wanted in (WORDS, [], [""], ["", ""], ["one"]):
        words = Words.of(wanted)
        assert_is_the_list(words, wanted)
        assert_is_the_list(pickle.loads(pickle.dumps(words)), wanted)
        assert words == Words.of(iter(wanted)) and Words.of(words) is words


def test_any_words_are_the_list_they_were_made_of():
    hypothesis = pytest.importorskip("hypothesis")
    strategies = hypothesis.strategies
    word = strategies.text() | strategies.binary().map(
        lambda data: data.decode("utf-8", "surrogateescape")
    )

    @hypothesis.settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @hypothesis.given(strategies.lists(word, max_size=30))
    def check(wanted):
        assert_is_the_list(Words.of(wanted), wanted)

    check()


def test_the_hash_table_is_as_described():
    assert fnv1a(b"a") == 0xAF63DC4C8601EC8C and fnv1a(b"foobar") == 0x85944171F73967E8
    wanted = WORDS + [f"w{i}" for i in range(3000)]
    words = Words.of(wanted)
    for word in [*wanted, "unknown", "w3000"]:
        row = wanted.index(word) if word in wanted else -1
        assert look_up(words, word) == words.find(word) == row


@pytest.mark.parametrize("word", ["no", "nai\u0308ve", "", "\ud800", b"one", None, 0, ["one"]])
def test_what_is_no_word_is_not_found(word):
    words = Words.of(["one", "naïve"])
    assert words.find(word) == -1 and word not in words
    with pytest.raises(KeyError):
        WordRows(words)[word]


@pytest.mark.parametrize(
    "word, error, message",
    [
        (b"bytes", TypeError, r"the word b'bytes' is of type bytes; str is expected"),
        (None, TypeError, "the word None is of type NoneType"),
        ("\ud800", ValueError, r"the word '\\ud800' has surrogates"),
        ("\udce3\udc81\udc82", ValueError, "has surrogates"),  # would come back as あ
    ],
)
def test_words_without_bytes_of_their_own_are_errors(word, error, message):
    with pytest.raises(error, match=message):
        Words.of(["one", word])


def test_rows_outside_are_index_errors():
    words = Words.of(["one", "two"])
    for i in (2, -3, 10**30):
        with pytest.raises(IndexError):
            words[i]
    with pytest.raises(TypeError):
        words["one"]


def test_a_million_words_are_kept_in_little_and_found(allocating_at_most):
    wanted = [f"wörd{i}" for i in range(1_000_000)]
    words = Words.of(wanted)
    assert [words.find(wanted[i]) for i in range(0, 10**6, 997)] == list(range(0, 10**6, 997))
    assert words == wanted
    vectors, counts = np.zeros((len(words), 1), np.float32), np.ones(len(words), np.int64)
    with allocating_at_most(100_000):
        wv, vocabulary = KeyedVectors(words, vectors), Vocabulary(words, counts)
        assert wv.get_index("wörd777777") == 777_777 and "wörd" not in wv
        assert wv.words is vocabulary.words is words


@pytest.mark.parametrize("offsets", [[0, 9], [0, -1], [-1, 3], [2, 1], [0, 2**62], [-(2**63), 3]])
def test_damaged_offsets_are_errors_when_they_are_used(offsets):
    offsets = np.array(offsets)
    data = np.frombuffer(b"abc", np.uint8)
    words = Words(data, offsets, np.array([0], np.int32), "file.w2v")
    for use in (lambda: words[0], words.tolist, lambda: list(words), lambda: words.find("abc")):
        with pytest.raises(ValueError, match=r"^file.w2v: word_(offsets|slots): [^\n]*outside"):
            use()
    with pytest.raises(ValueError, match="word 0 lies outside"):
        _words.word_slots(data, offsets)


def test_damaged_slots_are_errors_or_find_nothing():
    whole = Words.of(["a", "b"])
    for row in (2, -2, 2**31 - 1, -(2**31)):
        words = Words(whole.word_bytes, whole.offsets, np.full(5, row, np.int32))
        with pytest.raises(ValueError, match="a slot or offset points outside"):
            words.find("a")
    for slots in ([], [1], [1] * 5):  # no empty slot to end at
        assert Words(whole.word_bytes, whole.offsets, np.array(slots, np.int32)).find("a") == -1


def test_short_and_long_words_show():
    assert repr(Words.of(["a", "b"])) == "Words(['a', 'b'])"
    assert repr(Words.of(map(str, range(1000)))) == "Words(['0', '1', '2', ..., '999']: 1,000)"
