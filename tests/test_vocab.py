"""Which words are kept, and what follows from counts, against hand calculation and brute force."""

import heapq
from itertools import pairwise

import numpy as np
import pytest

from w2v.corpus import draft, vocabulary
from w2v.corpus._tables import alias_table, huffman_paths
from w2v.corpus.vocabulary import Vocabulary
from w2v.formats.vocabulary import read_vocabulary, write_numbers


def words_of(counts, **options):
    sentences = [[word] for word, count in counts.items() for _ in range(count)]
    return draft.encode(sentences, **options)[0]


def test_words_stand_by_falling_count_then_first_sight():
    found = words_of({"b": 2, "z": 5, "a": 2, "c": 1})
    assert found.words == ["z", "b", "a", "c"]
    assert found.counts.tolist() == [5, 2, 2, 1]
    assert words_of({"b": 2, "z": 5, "a": 2, "c": 1}, min_count=2).words == ["z", "b", "a"]


@pytest.mark.parametrize("most, kept", [(1, "z"), (2, "z"), (3, "zba"), (4, "zbac"), (9, "zbac")])
def test_max_final_vocab_never_splits_words_of_one_count(most, kept):
    found = words_of({"b": 2, "z": 5, "a": 2, "c": 1}, max_final_vocab=most)
    assert "".join(found.words) == kept


def test_min_count_that_leaves_nothing_names_the_top_words():
    with pytest.raises(
        ValueError, match=r"min_count=9 leaves 0 of 2 words .*'z' 5x, 'b' 2x.*lower"
    ):
        words_of({"b": 2, "z": 5}, min_count=9)
    with pytest.raises(ValueError, match=r"max_final_vocab=1 leaves 0 of 2 words .*raise"):
        words_of({"b": 2, "z": 2}, max_final_vocab=1)


def test_the_vocabulary_does_not_depend_on_threads_or_blocks(tmp_path, monkeypatch, random):
    from w2v.corpus import sources

    lines = [" ".join(map(str, random.zipf(1.4, 12))) for _ in range(3000)]
    (tmp_path / "text").write_text("\n".join(lines))
    wanted = draft.encode(tmp_path / "text", mark=True)
    monkeypatch.setattr(sources, "BLOCK_BYTES", 997)
    for workers in (1, 2, 7):
        found = draft.encode(tmp_path / "text", mark=True, workers=workers)
        assert found[0].words == wanted[0].words
        np.testing.assert_array_equal(found[0].counts, wanted[0].counts)
        np.testing.assert_array_equal(
            np.concatenate(found[1].segments), np.concatenate(wanted[1].segments)
        )


def test_the_sentence_mark_counts_line_ends_and_literal_marks(tmp_path):
    (tmp_path / "text").write_bytes(b"a b </s> c\n\na\n")
    found, ids = draft.encode(tmp_path / "text", mark=True)
    assert found.words == ["</s>", "a", "b", "c"] and found.counts.tolist() == [4, 2, 1, 1]
    assert ids.segments[0].tolist() == [1, 2, -1, 3, -1, 1, -1]
    assert (ids.n_kept, ids.n_sentences, ids.n_words) == (4, 3, 7)


def test_keep_probabilities_are_those_of_c():
    found = Vocabulary(["</s>", "a", "b", "c"], [50, 900, 49, 1], has_mark=True)
    keep = found.keep_probabilities(0.01)
    share = np.array([0.9, 0.049, 0.001])
    wanted = np.minimum((np.sqrt(share / 0.01) + 1) * 0.01 / share, 1)
    np.testing.assert_allclose(keep, [1, *wanted], rtol=1e-6)
    assert (found.keep_probabilities(0) == 1).all()


def test_the_mark_is_never_noise():
    found = Vocabulary(["</s>", "a", "b"], [50, 3, 2], has_mark=True)
    np.testing.assert_allclose(found.noise_weights(0.75), [0, 3**0.75, 2**0.75])


@pytest.mark.parametrize("V", [1, 2, 3, 10, 1000])
def test_an_alias_table_holds_the_distribution(V, random):
    weights = random.pareto(0.5, V) + 1e-3
    table = alias_table(weights)
    share, aliases = (table >> 32) / 2**32, table & 0xFFFFFFFF
    held = share.copy()
    np.add.at(held, aliases, 1 - share)
    np.testing.assert_allclose(held / V, weights / weights.sum(), atol=1e-8)


@pytest.mark.parametrize("V", [2, 3, 10, 500])
def test_huffman_paths_are_optimal_prefix_codes(V, random):
    counts = np.sort(random.zipf(1.5, V).clip(max=10**9))[::-1].astype(np.int64)
    offsets, steps = huffman_paths(counts)
    codes = [steps[a:b] & 1 for a, b in pairwise(offsets)]
    nodes = [steps[a:b] >> 1 for a, b in pairwise(offsets)]
    # The cost is the least there is: that of the textbook's heap.
    heap, cost = counts.tolist(), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        total = heapq.heappop(heap) + heapq.heappop(heap)
        cost += total
        heapq.heappush(heap, total)
    assert sum(count * len(code) for count, code in zip(counts, codes, strict=True)) == cost
    # Codes tell words apart, and equal beginnings mean the same nodes.
    node_of = {}
    for code, path in zip(codes, nodes, strict=True):
        assert path[0] == V - 2 and (path >= 0).all() and (path < V - 1).all()
        for depth, node in enumerate(path.tolist()):
            assert node_of.setdefault(tuple(code[:depth]), node) == node
    assert len({tuple(code) for code in codes}) == V
    assert not any(tuple(code) in node_of for code in codes)


def test_huffman_ties_go_as_in_c():
    """Counts 2 1 1: leaves 2 and 1 join first; their node ties with leaf 0 and is taken first."""
    offsets, steps = huffman_paths(np.array([2, 1, 1]))
    paths = [steps[a:b].tolist() for a, b in pairwise(offsets)]
    assert paths == [[1 << 1 | 1], [1 << 1, 0 << 1 | 1], [1 << 1, 0 << 1]]
    assert huffman_paths(np.array([5]))[1].size == 0


def test_a_saved_vocabulary_reads_back(tmp_path):
    found = Vocabulary(["</s>", "é", "b"], [3, 20, 10], has_mark=True)
    with open(tmp_path / "v", "wb") as file:
        write_numbers(file, found.words, found.counts)
    again = vocabulary.load_vocabulary(tmp_path / "v", 5)
    assert (again.words, again.counts.tolist(), again.has_mark) == (found.words, [3, 20, 10], True)
    assert vocabulary.load_vocabulary(tmp_path / "v", 11).words == ["</s>", "é"]
    with pytest.raises(ValueError, match="min_count=99 leaves 0"):
        vocabulary.load_vocabulary(tmp_path / "v", 99)


@pytest.mark.parametrize(
    "data, line",
    [
        (b"a 1\nb\n", "line 2"),
        (b"a 1\nb x\n", "line 2"),
        (b"a 1\n\nb 2 3\n", "line 3"),
        (b"a 1\nb -2\n", "line 2"),
        (b"a 1\nb 2\na 3\n", "line 3 .*line 1 already"),
        (b" 1\n", "line 1"),
        (b"", "holds no words"),
    ],
)
def test_a_bad_line_of_a_vocabulary_is_named(tmp_path, data, line):
    (tmp_path / "v").write_bytes(data)
    with pytest.raises(ValueError, match=line):
        vocabulary.load_vocabulary(tmp_path / "v")


def test_exact_reads_a_vocabulary_with_the_oddities_of_c(tmp_path):
    (tmp_path / "v").write_bytes(b"w0 10\r\na 7\nb\n5\na x 3\n")
    words, counts = read_vocabulary(tmp_path / "v", exact=True)
    assert list(zip(words, counts.tolist(), strict=True)) == [
        ("w0", 10), ("</s>", 0), ("a", 7), ("b", 5), ("a", 0), ("x", 3)
    ]  # fmt: skip
    assert vocabulary.load_vocabulary(tmp_path / "v", 1, exact=True).words == ["w0", "a", "b", "x"]
