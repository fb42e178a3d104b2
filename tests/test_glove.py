"""GloVe: steps as a twin in float64 takes them, bytes that do not depend on threads, files.

The twin is glove.c's update in 15 lines; it follows the order of records that tiles.py decides.
"""

import collections
import itertools
import logging
import threading
from pathlib import Path

import corpora
import numpy as np
import pytest

import w2v
from w2v.cli import main
from w2v.cooccurrence import tiles, training
from w2v.cooccurrence._tiles import kernel_names


@pytest.fixture
def small_tiles(monkeypatch):
    """Many blocks even of a small matrix."""
    monkeypatch.setattr(tiles, "FEWEST_RECORDS", 64)


def some_counts(random, V=60, n=150, **arguments):
    words = (V * random.random((n, 12)) ** 2).astype(int)
    return w2v.Cooccurrence.count([[f"w{word}" for word in line] for line in words], 5, **arguments)


def records_of(counts):
    """The whole matrix as {(row, column): value}."""
    return {
        (first + row, int(column)): value
        for first, sizes, columns, values in counts.blocks()
        for row, column, value in zip(
            np.repeat(np.arange(len(sizes)), sizes).tolist(), columns, values, strict=True
        )
    }


class Order:
    """Stands for a Trainer, and notes which pairs it is given."""

    row_bytes = 1

    def __init__(self, records):
        self.records, self.pairs = records, []

    def train(self, begin, end, first_word, first_context, swapped, skips_diagonal, is_far):
        for row, column, _, _ in self.records[begin:end].tolist():
            if not (skips_diagonal and row == column):
                row, column = (column, row) if swapped else (row, column)
                self.pairs.append((first_word + row, first_context + column))
        return 0.0


def order_of(made, seed, iteration):
    """The pairs of an iteration, one after another as one thread takes them."""
    order, shifts = Order(made.records), tiles.shifts_of(made.P, seed, iteration)
    for number, shift in enumerate(shifts):
        for a in range(made.P):
            b = (a + shift) % made.P
            made.train(order, a, b, number // made.P, len(shifts) // made.P)
    return order.pairs


def twin(pairs, values, state, x_max=100, alpha=0.75, eta=0.05, bias_eta=1, clip=100):
    """glove.c's steps in float64; `state`: vectors, biases and the squares of both, of 2 sides."""
    vectors, biases, squares, bias_squares = state
    cost = 0.0
    for i, j in pairs:
        x = values[i, j]
        w, v = vectors[0][i].copy(), vectors[1][j].copy()
        difference = w @ v + biases[0][i] + biases[1][j] - np.log(x)
        g = min(1, (x / x_max) ** alpha) * difference
        cost += 0.5 * g * difference
        for side, row, other in ((0, i, v), (1, j, w)):
            step = np.clip(g * other, -clip, clip) * eta
            vectors[side][row] -= step / np.sqrt(squares[side][row])
            squares[side][row] += step**2
            biases[side][row] -= bias_eta * g / np.sqrt(bias_squares[side][row])
            bias_squares[side][row] += (bias_eta * g) ** 2
    return cost / len(pairs)


def parts(state):
    """The four arrays of both sides of a State, copied to float64."""
    names = ("vectors", "biases", "squares", "bias_squares")
    return [
        np.stack([getattr(state, name)(side) for side in (0, 1)]).astype(float) for name in names
    ]


@pytest.mark.parametrize("kernel", kernel_names())
@pytest.mark.parametrize("D", [1, 8, 14, 15, 16, 33, 64])
def test_every_kernel_takes_the_twin_s_steps(random, small_tiles, kernel, D):
    counts = some_counts(random)
    settings = dict(x_max=3, alpha=0.5, eta=0.1, bias_eta=0.3)
    model = w2v.GloVe(vector_size=D, kernel=kernel, workers=1, grad_clip=0.2, **settings)
    model.build(counts)
    expected, values = parts(model.state), records_of(counts)
    made = tiles.Tiles(counts, 3, 0.5, model.params.seed, 1)
    for iteration in range(3):
        cost = twin(order_of(made, 1, iteration), values, expected, clip=0.2, **settings)
        assert model.train(1).costs[0] == pytest.approx(cost, rel=1e-5)
    for found, wanted in zip(parts(model.state), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)
    rows = model.state.rows  # what is no number of the model stays as it is
    assert (rows[:, :, 0, D + 2 :] == 0).all() and (rows[:, :, 1, D + 2 :] == 1).all()
    assert (rows[0, :, 0, D + 1] == 1).all() and (rows[1, :, 0, D] == 1).all()


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("iteration", [0, 1, 5])
def test_an_iteration_has_each_record_once(random, small_tiles, symmetric, iteration):
    counts = some_counts(random, symmetric=symmetric)
    made = tiles.Tiles(counts, 100, 0.75, 1, 2)
    pairs = collections.Counter(order_of(made, 1, iteration))
    assert made.P > 3 and made.n == len(pairs)
    assert pairs == dict.fromkeys(records_of(counts), 1)


def test_records_are_in_another_order_for_another_seed_and_iteration(random, small_tiles):
    counts = some_counts(random)
    orders = [
        order_of(tiles.Tiles(counts, 100, 0.75, seed, 1), seed, iteration)
        for seed, iteration in ((1, 0), (1, 1), (2, 0))
    ]
    assert all(one != other for one, other in itertools.combinations(orders, 2))
    assert order_of(tiles.Tiles(counts, 100, 0.75, 1, 3), 1, 0) == orders[0]


def test_tiles_at_the_same_time_share_no_side(random):
    """Whatever threads do, and each side sees its rounds in order."""
    shifts = [int(shift) for _ in range(3) for shift in random.permutation(7)]
    schedule, running = tiles.Schedule(7, shifts), []
    rounds = [[] for _ in range(14)]
    n_taken = 0
    while n_taken < 7 * 21 or running:
        if schedule.ready and len(running) < 5 and random.random() < 0.7:
            running.append(schedule.take())
            n_taken += 1
            assert len({a for _, a, _ in running}) == len({b for *_, b in running}) == len(running)
        elif running:
            number, a, b = running.pop(random.integers(len(running)))
            rounds[a].append(number)
            rounds[7 + b].append(number)
            schedule.finish(number, a, b)
    assert schedule.take() is None
    assert rounds == [list(range(21))] * 14


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_bytes_are_the_same_for_any_number_of_threads(random, small_tiles, symmetric):
    counts = some_counts(random, symmetric=symmetric)
    models = [
        w2v.GloVe(cooccurrence=counts, vector_size=10, iterations=4, workers=workers)
        for workers in (1, 2, 3, 8)
    ]
    assert [model.report.workers for model in models] == [1, 2, 3, 6]  # of 6 blocks
    assert len({(model.state.rows.tobytes(), *model.costs) for model in models}) == 1


def test_the_cost_is_that_of_records_in_random_order(random):
    counts = some_counts(random, V=100, n=1500)
    model = w2v.GloVe(vector_size=20, workers=1)
    model.build(counts)
    values, costs = records_of(counts), []
    for _ in range(3):
        state = parts(model.state)
        pairs = [list(values)[i] for i in random.permutation(len(values))]
        costs.append([twin(pairs, values, state) for _ in range(2)])
    first, second = np.mean(costs, axis=0)
    model.train(2)
    assert model.costs[0] == pytest.approx(first, rel=0.06)  # one order differs so from another
    assert model.costs[1] == pytest.approx(second, rel=0.01)


def test_words_of_a_topic_are_neighbours(random):
    sentences = corpora.topics()
    words = [*{word for sentence in sentences for word in sentence}]
    for sentence in sentences:  # others stand among them: pairs that are rare
        sentence[::3] = random.choice(words, size=4).tolist()
    model = w2v.glove(sentences, vector_size=16, window=10, iterations=15)
    for word in words:
        assert all(found[:2] == word[:2] for found, _ in model.wv.most_similar(word, topn=5)), word
    assert model.costs == sorted(model.costs, reverse=True)
    assert model.report.costs == model.costs and model.report.records == 96 * 96


def test_wv_is_what_vectors_says(random):
    counts = some_counts(random)
    made = {
        vectors: w2v.GloVe(cooccurrence=counts, vector_size=6, iterations=2, vectors=vectors)
        for vectors in training.VECTORS
    }
    words, contexts = made["sum"].word_vectors, made["sum"].context_vectors
    assert not np.array_equal(words, contexts)
    np.testing.assert_array_equal(made["sum"].wv.vectors, words + contexts)
    np.testing.assert_array_equal(made["word"].wv.vectors, words)
    np.testing.assert_array_equal(made["both"].wv.vectors, np.concatenate([words, contexts], 1))
    assert made["sum"].wv.counts.tolist() == counts.vocabulary.counts.tolist()
    assert len(w2v.GloVe(vector_size=6).wv) == 0


@pytest.mark.parametrize("vectors", training.VECTORS)
def test_a_saved_model_goes_on_exactly(tmp_path, random, small_tiles, vectors):
    counts = some_counts(random)
    model = w2v.GloVe(cooccurrence=counts, vector_size=9, iterations=2, vectors=vectors)
    model.save(tmp_path / "model.w2v")
    counts.save(tmp_path / "counts.w2v")
    np.testing.assert_array_equal(w2v.load(tmp_path / "model.w2v").vectors, model.wv.vectors)
    model.train(2)
    again = w2v.GloVe.load(tmp_path / "model.w2v", workers=3)
    assert again.report.iterations == 2 and again.params.workers == 3
    with pytest.raises(ValueError, match="no counts to train on"):
        again.train(1)
    again.train(2, w2v.Cooccurrence.load(tmp_path / "counts.w2v"))
    assert again.state.rows.tobytes() == model.state.rows.tobytes()
    assert again.costs == model.costs and len(again.costs) == 4
    with pytest.raises(ValueError, match="words are not those of this model"):
        again.train(1, some_counts(random, V=20))


def test_files_of_others_are_refused(tmp_path, random):
    w2v.KeyedVectors(["a"], np.ones((1, 2))).save(tmp_path / "vectors.w2v")
    with pytest.raises(ValueError, match=r"vectors\.w2v': no output_vectors.*not what GloVe"):
        w2v.GloVe.load(tmp_path / "vectors.w2v")
    model = w2v.GloVe(cooccurrence=some_counts(random), vector_size=4, iterations=1)
    model.state.squares(1)[3, 2] = -1
    model.save(tmp_path / "damaged.w2v")
    with pytest.raises(ValueError, match="output_squares: above 0 is expected"):
        w2v.GloVe.load(tmp_path / "damaged.w2v")
    with pytest.raises(ValueError, match="holds a GloVe model"):
        w2v.Word2Vec.load(tmp_path / "damaged.w2v")
    with pytest.raises(ValueError, match="nothing to save"):
        w2v.GloVe().save(tmp_path / "none")


def test_the_text_file_is_glove_s(tmp_path, random):
    counts = some_counts(random, V=150, n=800)
    model = w2v.GloVe(cooccurrence=counts, vector_size=5, iterations=1)
    model.save_glove_format(tmp_path / "vectors.txt", header=True, unknown=True)
    rows = model.wv.vectors
    rows = np.concatenate([rows, rows[-100:].mean(axis=0, dtype=float)[None].astype("f4")])
    expected = f"{len(counts)} 5\n" + "".join(
        f"{word} {' '.join(f'{number:.6f}' for number in row.tolist())}\n"
        for word, row in zip([*model.wv.words, "<unk>"], rows, strict=True)
    )
    assert len(counts) > 100
    assert (tmp_path / "vectors.txt").read_text() == expected
    model.save_glove_format(tmp_path / "plain.txt", decimals=None, vectors="both")
    loaded = w2v.load(tmp_path / "plain.txt")
    np.testing.assert_array_equal(loaded.vectors, model.made("both"))


class Watcher(w2v.Callback):
    def __init__(self, stop_after=None):
        self.seen, self.stop_after = [], stop_after

    def on_epoch_end(self, model):
        self.seen.append((len(model.costs), model.wv.vectors.copy()))
        if len(self.seen) == self.stop_after:
            raise KeyboardInterrupt


def test_callbacks_see_the_vectors_of_each_iteration(random):
    counts, watcher = some_counts(random), Watcher()
    model = w2v.GloVe(cooccurrence=counts, vector_size=4, iterations=3, callbacks=[watcher])
    for iterations, vectors in watcher.seen:
        alone = w2v.GloVe(cooccurrence=counts, vector_size=4, iterations=iterations)
        np.testing.assert_array_equal(vectors, alone.wv.vectors)
    assert len(watcher.seen) == 3
    with pytest.raises(KeyboardInterrupt):
        model.train(5, callbacks=[Watcher(1)])
    assert len(model.costs) == 4 and model.report.iterations == 1  # and so it can be used
    with pytest.raises(TypeError, match="callbacks"):
        w2v.GloVe(callbacks=[1])


def test_progress_and_log_tell_how_far_it_is(random, small_tiles, capsys, caplog):
    seen, counts = [], some_counts(random)
    model = w2v.GloVe(cooccurrence=counts, vector_size=4, iterations=3, progress=seen.append)
    assert seen[-1].finished and seen[-1].share == 1 and seen[-1].cost == model.costs[-1]
    assert [now.records for now in seen] == sorted(now.records for now in seen)
    assert not any(now.finished for now in seen[:-1])
    with caplog.at_level(logging.INFO, "w2v"):
        model.train(1, progress=True)
    assert "100.0%" in capsys.readouterr().err
    assert f"iteration 4: cost {model.costs[-1]:.6f}" in caplog.text


@pytest.mark.parametrize("workers", [1, 3])
def test_divergence_is_an_error_that_names_the_setting(random, small_tiles, workers):
    counts = some_counts(random)
    n_threads = threading.active_count()
    with pytest.raises(FloatingPointError, match=r"eta=10: training diverged in iteration \d"):
        w2v.GloVe(
            cooccurrence=counts, vector_size=4, eta=10, bias_eta=10, grad_clip=1e30, x_max=0.01,
            workers=workers, iterations=50,
        )  # fmt: skip
    assert threading.active_count() == n_threads


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(x_max=0), "x_max=0"),
        (dict(window=0), "window=0"),
        (dict(iterations=0), "iterations=0"),
        (dict(eta=-1), "eta=-1"),
        (dict(vectors="mean"), "vectors='mean': sum, word, both are possible"),
        (dict(kernel="mmx"), "kernel='mmx' is not available"),
        (dict(epochs=3), "epochs=3: this is iterations"),
        (dict(vectorsize=3), "did you mean vector_size"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        w2v.glove([["a", "b"]] * 9, **arguments)


def test_what_cannot_be_trained_on_is_named(random):
    with pytest.raises(ValueError, match="no two words stand near each other"):
        w2v.glove([["a"], ["b"]] * 9)
    with pytest.raises(TypeError, match="exclude each other"):
        w2v.GloVe([["a", "b"]] * 9, cooccurrence=some_counts(random))
    with pytest.raises(TypeError, match=r"a w2v\.Cooccurrence is expected"):
        w2v.GloVe(cooccurrence=[["a", "b"]])


def test_ids_and_phrases_train(random):
    model = w2v.glove(random.integers(9, size=(50, 10)), vector_size=4, iterations=2)
    assert sorted(model.wv.index_to_key) == list(range(9))
    sentences = [["new", "york", *line] for line in random.integers(40, size=(60, 20)).astype(str)]
    model = w2v.glove(sentences, vector_size=4, iterations=2, phrases=1)
    assert "new_york" in model.wv and len(model.phrases) == 1


@pytest.fixture
def texts(tmp_path, monkeypatch, random):
    monkeypatch.chdir(tmp_path)
    words = (40 * random.random((200, 9)) ** 2).astype(int)
    lines = [" ".join(f"w{word}" for word in line) for line in words]
    (tmp_path / "text").write_text("\n".join(lines) + "\n")
    return tmp_path


def command(line):
    return main.w2v_main(["glove", *line.split()])


SMALL = "-q --vector-size 6 --iterations 2"


def n_words():
    """How many words stand in the text five times or more, which is the least by default."""
    tokens = Path("text").read_text().split()
    return sum(tokens.count(word) >= 5 for word in set(tokens))


def test_the_command_keeps_and_reuses_what_was_counted(texts, capsys):
    kept = "--vocab vocab.txt --cooccurrence records.bin"
    assert command("text -o one.txt --vector-size 6 --iterations 2 " + kept) == 0
    told = capsys.readouterr().out
    assert (
        f"1,800 tokens; {n_words()} words" in told
        and "cost 0.0" in told
        and "one.txt: text" in told
    )
    assert command(f"{kept} -o two.txt {SMALL}") == 0
    assert command(f"text --cooccurrence counts.w2v -o model.w2v {SMALL}") == 0
    assert command(f"--cooccurrence counts.w2v -o three.txt {SMALL}") == 0
    assert capsys.readouterr().out == ""
    one = (texts / "one.txt").read_bytes()
    assert (texts / "two.txt").read_bytes() == (texts / "three.txt").read_bytes() == one
    model = w2v.glove("text", vector_size=6, iterations=2)
    model.save_glove_format("python.txt")
    assert (texts / "python.txt").read_bytes() == one
    again = w2v.GloVe.load("model.w2v")
    np.testing.assert_array_equal(again.wv.vectors, model.wv.vectors)
    model.cooccurrence.save_glove_format("python.bin", "python.vocab")
    assert (texts / "python.bin").read_bytes() == (texts / "records.bin").read_bytes()
    assert (texts / "python.vocab").read_bytes() == (texts / "vocab.txt").read_bytes()


def test_the_command_writes_other_formats(texts, capsysbinary):
    assert command(f"text -o vectors.bin --window 3 --no-symmetric {SMALL}") == 0
    model = w2v.glove("text", vector_size=6, iterations=2, window=3, symmetric=False)
    np.testing.assert_array_equal(w2v.load("vectors.bin").vectors, model.wv.vectors)
    assert command(f"text -o - --header --unk --vectors both {SMALL}") == 0
    lines = capsysbinary.readouterr().out.splitlines()
    assert lines[0] == b"%d 12" % n_words() and lines[-1].startswith(b"<unk> ")
    assert len(lines) == n_words() + 2


@pytest.mark.parametrize(
    "line, message",
    [
        ("-o x", "corpus: name text files, or counts"),
        ("--cooccurrence text -o x", "name it by --vocab"),
        ("--cooccurrence a.w2v --vocab b -o x", "leave --vocab out"),
        ("--cooccurrence none --vocab text -o x", "cooccurrence='none': no such file"),
        ("--cooccurrence text --vocab text --phrases 1 -o x", "joined in text"),
        ("text -o text", "output='text' is an input too"),
        ("text -o x --vocab x", "vocab='x' is the output too"),
        ("text -o x.bin --unk", "--unk is for text"),
        ("text -o - --format model", "a model needs a file"),
        ("text -o x --x-max 0", "x_max=0"),
        ("text -o x --vocab none/x", "vocab='none/x': there is no directory"),
    ],
)
def test_mistakes_of_the_command_are_named_before_work(texts, capsys, line, message):
    assert command(line) == 2
    assert message in capsys.readouterr().err
    assert {path.name for path in texts.iterdir()} == {"text"}


@pytest.mark.parametrize("n_words", [3, 40_000])  # in one block of text, and in several
def test_a_header_that_does_not_count_unk_is_taken(tmp_path, n_words):
    path = tmp_path / "vectors.txt"
    text = "".join(f"w{i} {i}.5 {-i} 0.123456789012345\n" for i in range(n_words))
    path.write_text(f"{n_words} 3\n{text}<unk> 1 2 3\n")
    with pytest.warns(UserWarning, match=f"promises {n_words} words, and one more, <unk>") as told:
        loaded = w2v.load(path)
    assert len(told) == 1 and len(loaded) == n_words + 1
    assert loaded["<unk>"].tolist() == [1, 2, 3] and loaded["w2"].tolist()[:2] == [2.5, -2]
    assert len(w2v.load(path, limit=n_words)) == n_words
    for more, n in (("<unk> 1 2 3\nx 1 2 3\n", 2), ("x 1 2 3\n", 1), ("x 1 2 3\n<unk> 1 2 3\n", 2)):
        path.write_text(f"{n_words} 3\n{text}{more}")
        message = f"promises {n_words} words, but {n_words + n} rows follow it"
        with pytest.raises(ValueError, match=message):
            w2v.load(path)
    path.write_text(f"{n_words} 3\n{text}<unk> 1 2\n")
    with pytest.raises(ValueError, match="2 numbers instead of 3"):
        w2v.load(path)


def test_glove_s_own_header_option_is_read_back(tmp_path, random):
    model = w2v.GloVe(cooccurrence=some_counts(random), vector_size=4, iterations=1)
    model.save_glove_format(tmp_path / "vectors.txt", header=True, unknown=True)
    with pytest.warns(UserWarning, match="<unk>"):
        loaded = w2v.load(tmp_path / "vectors.txt")
    np.testing.assert_allclose(loaded.vectors[:-1], model.wv.vectors, atol=6e-7)
