"""Training on several nodes of one process: what it promises, and what it does when nodes die."""

import gzip
import hashlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import corpora
import numpy as np
import pytest

import w2v
from w2v.cli.main import w2v_main
from w2v.corpus.parts import cut_files
from w2v.corpus.vocabulary import Vocabulary
from w2v.distributed import engines, schedule
from w2v.models import cluster_run, clusters, node

MODES = {
    "sg-ns": dict(sg=1),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "both": dict(sg=1, hs=1),
}
USUAL = dict(vector_size=20, epochs=2, workers=1, min_count=2)


def digest(model):
    found = hashlib.sha256()
    for each in (model.wv.vectors, model.output_vectors, model.node_vectors):
        found.update(b"-" if each is None else each.tobytes())
    return found.hexdigest(), model.losses


def local(n, **options):
    return w2v.Cluster("local", nodes=n, **options)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "plain.txt"
    path.write_bytes(corpora.plain())
    return path


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch):
    """Several levels of rows even in a text so short."""
    monkeypatch.setattr(schedule, "ROUND_WORDS", 40_000)


def train(text, n, **options):
    settings = {name: options.pop(name) for name in ("merges", "speeds") if name in options}
    return w2v.train(text, cluster=local(n, **settings), **{**USUAL, **options})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("more", [{}, dict(deterministic=True, workers=3)], ids=["one", "lanes"])
def test_one_node_gives_the_bytes_of_one_machine(mode, more, text):
    options = {**USUAL, **MODES[mode], **more}
    alone, one = w2v.train(text, **options), train(text, 1, **options)
    assert digest(alone) == digest(one)
    differing = {"nodes", "rounds", "merges", "node_seconds", "node_speeds", "merging_seconds"}
    times = {"seconds", "cpu_seconds", "reading_seconds", "reading_cpu_seconds", "peak_bytes"}
    expected, found = alone.report.as_dict(), one.report.as_dict()
    for name in set(expected) - differing - times - {"words_per_second", "workers"}:
        assert found[name] == expected[name], name


@pytest.mark.parametrize("n", [2, 7])
def test_the_vocabulary_is_that_of_one_machine(n, text, tmp_path):
    """Words, order and counts, broken and rare words included, however the files are cut."""
    paths = [tmp_path / "a.txt", tmp_path / "b.txt.gz", tmp_path / "c.txt"]
    data = text.read_bytes()
    paths[0].write_bytes(b"\xef\xbb\xbf" + data[:40_000])
    paths[1].write_bytes(gzip.compress(data[40_000:60_000]))
    paths[2].write_bytes(corpora.nasty() + b"\n" + data[60_000:] + b"no line feed at the end")
    files = list(map(str, paths))
    for more in (dict(min_count=1), dict(max_final_vocab=50)):
        alone = w2v.train(files, **{**USUAL, **more})
        cluster = train(files, n, **more)
        assert cluster.wv.index_to_key == alone.wv.index_to_key
        assert (cluster.vocabulary.counts == alone.vocabulary.counts).all()
        for name in ("tokens_read", "tokens_known", "words"):
            assert getattr(cluster.report, name) == getattr(alone.report, name)
        assert cluster.corpus_count == alone.corpus_count


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_blocks_are_all_of_the_text_cut_after_lines(n, tmp_path):
    texts = [b"one two\nthree\n" * 50, b"", b"x" * 30 + b"\n\n\nlast line"]
    for i, each in enumerate(texts):
        (tmp_path / f"{i}.txt").write_bytes(each)
    blocks = cut_files([str(tmp_path / f"{i}.txt") for i in range(3)], n)
    assert len(blocks) == n
    parts = [part for block in blocks for part in block]
    found = {i: b"" for i in range(3)}
    for part in parts:
        name = int(Path(part).stem)
        assert part.start == len(found[name])
        found[name] += texts[name][part.start : part.stop]
        assert part.stop == len(texts[name]) or found[name].endswith(b"\n")
    assert list(found.values()) == texts


def test_a_line_of_megabytes_is_cut_at_a_blank(tmp_path):
    path = tmp_path / "long.txt"
    path.write_bytes(b"word " * 2_000_000)
    (first,), (second,) = cut_files([str(path)], 2)
    assert first.stop == second.start and first.stop % 5 == 0
    assert abs(first.stop - 5_000_000) < 10


@pytest.mark.parametrize("mode", MODES)
def test_every_word_is_trained_once_an_epoch(mode, text, monkeypatch):
    """And learning rates fall as they do on one machine, whatever node trains a word."""
    seen = []
    usual = node.Run.train_chunk

    def watched(self, i, number):
        segment, start, stop, _ = self.chunks[number % len(self.chunks)]
        seen.append((self.segments[segment][start:stop].tobytes(), number // len(self.chunks)))
        usual(self, i, number)

    monkeypatch.setattr(node.Run, "train_chunk", watched)
    report = train(text, 4, **MODES[mode]).report
    alone = w2v.Word2Vec(**USUAL)
    alone.build_vocab(text)
    ids = np.concatenate(alone.encode(text).segments)
    for epoch in range(2):
        trained = np.concatenate([np.frombuffer(b, np.int32) for b, e in seen if e == epoch])
        assert (np.bincount(trained + 1) == np.bincount(ids + 1)).all()
    assert report.words == report.words_trained + report.words_subsampled == 2 * (ids >= 0).sum()


def test_bytes_sent_are_those_of_the_formula_and_of_the_parts(text, monkeypatch):
    sent = []
    usual = engines.Local.exchange

    def counted(self, method, arguments):
        parts = usual(self, method, arguments)
        if method == "train":
            sent.append(
                sum(part.nbytes for i, each in enumerate(parts) for j, part in enumerate(each)
                    if i != j)
            )  # fmt: skip
        return parts

    monkeypatch.setattr(engines.Local, "exchange", counted)
    model = train(text, 3, hs=1, merges=2)
    V = len(model.wv)
    made = schedule.Schedule.of(3, (V, V, V - 1), 20, 2, 2, model.report.words // 2)
    assert made.levels > 1 and model.report.rounds == made.rounds == len(sent)
    assert model.report.bytes_sent == made.sent_bytes() == 2 * sum(sent)


def test_the_same_bytes_every_time_and_others_for_another_seed(text):
    assert digest(train(text, 3)) == digest(train(text, 3)) != digest(train(text, 3, seed=2))
    lanes = [train(text, 2, deterministic=True, workers=n) for n in (1, 3)]
    assert digest(lanes[0]) == digest(lanes[1])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [2, 16, pytest.param(32, marks=pytest.mark.slow)])
def test_many_nodes_stay_finite_and_learn(mode, n, tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "ROUND_WORDS", 3_200_000)
    path = tmp_path / "topics.txt"
    path.write_text("\n".join(" ".join(each) for each in corpora.topics(sentences=3000)))
    options = dict(vector_size=16, epochs=5, merges=2, min_count=1, sample=0, **MODES[mode])
    model = train(path, n, **options)
    alone = w2v.train(path, **{**USUAL, **{k: v for k, v in options.items() if k != "merges"}})
    near = [model.wv.most_similar(f"t{i}_0", topn=1)[0][0].split("_")[0] for i in range(8)]
    assert near == [f"t{i}" for i in range(8)]
    loss = [each.held_out_loss(path) for each in (model, alone)]
    # Of words that each node sees some hundred times an epoch sixteen learn more slowly than one.
    assert loss[0] < loss[1] * (1.01 if n == 2 else 1.2)


def test_pairs_unseen_follow_from_counts_alone(random):
    """Of a made-up text the rows' updates are counted one by one."""
    counts = np.array([500, 300, 120, 60, 20])
    vocabulary = Vocabulary(list("abcde"), counts)
    params = w2v.Params(sg=1, window=2, negative=3, sample=0, hs=1)
    inputs, outputs, nodes = node.unseen_pairs(params, vocabulary)
    offsets, steps = vocabulary.huffman_paths()
    noise = counts**0.75 / (counts**0.75).sum()
    found_in, found_out, found_nodes = np.zeros(5), np.zeros(5), np.zeros(4)
    n_words = 15_000
    words = random.choice(5, n_words, p=counts / 1000)
    for centre in words:
        for context in random.choice(5, 3, p=counts / 1000):  # of a window, on average
            path = steps[offsets[centre] : offsets[centre + 1]] >> 1
            found_in[context] += 4 + len(path)
            found_out[centre] += 1
            found_nodes[path] += 1
    found_out += 3 * 3 * n_words * noise
    for expected, found in ((inputs, found_in), (outputs, found_out), (nodes, found_nodes)):
        assert np.allclose(found / n_words, expected, rtol=0.1)


def test_rounds_unseen_are_those_since_a_row_was_merged():
    made = schedule.Schedule(4, (1000,), 8, 2, 1, 4)
    last = np.zeros(1000, int)
    for k in range(1, made.rounds + 1):
        n = made.rows(1000, k)
        found = node.rounds_unseen(made, 1000, False)[:n]
        assert (found == k - last[:n]).all()
        backwards = node.rounds_unseen(made, 1000, True)[1000 - n :]
        assert (backwards == (k - last[:n])[::-1]).all()
        last[:n] = k


def test_text_is_dealt_by_speed_and_the_bytes_can_be_had_again(text, monkeypatch):
    even, uneven = train(text, 3), train(text, 3, speeds=[1, 3, 1])
    assert digest(even) != digest(uneven) == digest(train(text, 3, speeds=[2, 6, 2]))
    words = uneven.report.node_seconds
    assert len(words) == 3 and even.report.words == uneven.report.words
    monkeypatch.setattr(node.Node, "agreed", lambda self, speeds: [1.0, 3.0, 1.0])
    seen = []
    usual = clusters.Crew.deal
    monkeypatch.setattr(
        clusters.Crew, "deal", lambda self, speeds: (seen.append(speeds), usual(self, speeds))
    )
    measured = train(text, 3, speeds="measure", epochs=3)
    assert seen == [[0.33, 1.0, 0.33]] and measured.report.node_speeds == seen[0]
    assert measured.report.words == 3 * even.report.words // 2


def test_training_goes_on_from_the_weights_at_hand(text):
    model = w2v.Word2Vec(text, **USUAL)
    model.wv.vectors_lockf[:30] = 0
    frozen = model.wv.vectors[:30].tobytes()
    report = model.train(text, epochs=1, cluster=local(2))
    assert report.nodes == 2 and report.epochs == 1 and model.totals["epochs"] == 3
    assert model.wv.vectors[:30].tobytes() == frozen
    alone, one = w2v.Word2Vec(text, **USUAL), w2v.Word2Vec(text, **USUAL)
    alone.train(text, epochs=1), one.train(text, epochs=1, cluster=local(1))
    assert digest(alone) == digest(one)


def test_callbacks_see_each_epoch_and_may_stop_or_change_it(text):
    class Halving(w2v.Callback):
        def __init__(self):
            self.seen = []

        def on_epoch_end(self, model):
            self.seen.append(model.report.epochs)
            model.wv.vectors[:] = model.wv.vectors / 2
            model.stop_training = len(self.seen) == 3

    halving = Halving()
    model = train(text, 2, epochs=5, callbacks=[halving])
    assert halving.seen == [1, 2, 3] and model.report.epochs == 3
    assert digest(model) != digest(train(text, 2, epochs=3))


class Killing(engines.Local):
    """Kills nodes when methods are called for the nth time."""

    deaths: ClassVar[dict] = {}

    def __init__(self, n, threads):
        super().__init__(n, threads)
        self.calls = {}

    def all(self, method, arguments):
        self.calls[method] = number = self.calls.get(method, 0) + 1
        for rank in self.deaths.pop((method, number), ()):
            self.nodes[rank] = None
        return super().all(method, arguments)


@pytest.mark.parametrize("when", [("train", 1), ("train", 9), ("merge", 7), ("end", 3),
                                  ("read", 1), ("words", 1), ("add_up", 1), ("settle", 1),
                                  ("begin", 1), ("rows_kept", 1)], ids=str)  # fmt: skip
@pytest.mark.parametrize("ranks", [[0], [2], [0, 2]], ids=str)
def test_whoever_dies_whenever_the_bytes_are_the_same(when, ranks, text, monkeypatch):
    calm = train(text, 4)
    monkeypatch.setitem(engines.ENGINES, "local", Killing)
    monkeypatch.setattr(Killing, "deaths", {when: ranks})
    model = train(text, 4)
    assert not Killing.deaths and model.report.nodes_lost == len(ranks)
    assert digest(model) == digest(calm)
    for name in ("words", "pairs", "bytes_sent", "rounds"):
        assert getattr(model.report, name) == getattr(calm.report, name)


def test_neighbours_that_die_together_are_told_and_the_checkpoint_goes_on(
    text, monkeypatch, tmp_path
):
    calm, path = train(text, 4), tmp_path / "run.w2v"
    monkeypatch.setitem(engines.ENGINES, "local", Killing)
    monkeypatch.setattr(Killing, "deaths", {("train", calm.report.rounds - 3): [1, 2]})
    options = dict(checkpoint=path, checkpoint_every="1 epoch", **USUAL)
    with pytest.raises(RuntimeError, match=r"nodes \[1, 2\] died at the same time.*resume"):
        w2v.train(text, cluster=local(4), **options)
    assert digest(w2v.train(resume=path, cluster=local(4))) == digest(calm)


def test_a_run_goes_on_with_as_many_threads_a_node(text, tmp_path):
    """Whatever workers= would stand for; here None, all cores."""
    options = {**USUAL, "workers": None, "checkpoint": tmp_path / "run.w2v"}
    w2v.train(text, cluster=local(2, threads=1), **options)
    assert w2v.train(resume=tmp_path / "run.w2v", cluster="local").report.workers == 2


@pytest.mark.parametrize("mode", ["sg-ns", "cbow-hs"])
def test_a_run_is_gone_on_with_from_its_checkpoint(mode, text, tmp_path, monkeypatch):
    calm, path = train(text, 3, **MODES[mode]), tmp_path / "run.w2v"
    usual = cluster_run.ClusterRun.train_chunk

    def dying(self, show):
        if self.position == 5:
            raise KeyboardInterrupt
        usual(self, show)

    options = dict(checkpoint=path, checkpoint_every=1e-9, **USUAL, **MODES[mode])
    with monkeypatch.context() as patched:
        patched.setattr(cluster_run.ClusterRun, "train_chunk", dying)
        with pytest.raises(KeyboardInterrupt) as interrupted:
            w2v.train(text, cluster=local(3), **options)
    assert interrupted.value.model.report.merges == 5
    model = w2v.train(resume=path, cluster="local")
    assert digest(model) == digest(calm)
    for name in ("words", "pairs", "bytes_sent", "rounds", "epochs"):
        assert getattr(model.report, name) == getattr(calm.report, name)
    with pytest.raises(ValueError, match="a run of a cluster of 3 nodes; pass cluster"):
        w2v.train(resume=path)
    with pytest.raises(ValueError, match="nodes=2 where the run has 3"):
        w2v.train(resume=path, cluster=local(2))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (dict(cluster="spark"), ValueError, "engine='spark': ray, mpi, local"),
        (dict(cluster=7), TypeError, 'cluster=7: "ray", "mpi", "local" or a w2v.Cluster'),
        (dict(cluster="local", exact=True), ValueError, "exact=True"),
        (dict(cluster="local", phrases=1), ValueError, "phrases=1: .*w2v phrases"),
        (dict(cluster="local", tokenizer=str.split), ValueError, "tokenizer"),
        (dict(cluster="local", time_budget=5), ValueError, "time_budget"),
        (dict(cluster="local", trim_rule=lambda *_: 0), ValueError, "trim_rule"),
        (dict(cluster="local", corpus=[["a", "b"]]), TypeError, "list is here alone"),
        (dict(cluster="local", corpus="-"), TypeError, "standard input is here alone"),
        (dict(cluster="local", corpus="nowhere.txt"), FileNotFoundError, "nowhere.txt"),
        (dict(cluster="local", min_count=10**6), ValueError, "min_count=1000000.* leave 0"),
    ],
    ids=str,
)
def test_what_a_cluster_does_not_take_is_told_before_it_works(options, error, said, text):
    with pytest.raises(error, match=said):
        w2v.train(**{"corpus": text, **USUAL, **options})


def test_more_nodes_than_text_are_told(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("tea and milk\n" * 3)
    with pytest.raises(ValueError, match=r"nodes=5: the share of node . of the text has no words"):
        train(path, 5, min_count=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (dict(nodes=0), "nodes=0"), (dict(threads=-1), "threads=-1"), (dict(merges=0), "merges=0"),
        (dict(speeds="fast"), 'speeds=.fast.: numbers, "measure" or None'),
        (dict(nodes=2, speeds=[1]), "one for each node"), (dict(speeds=[1]), "one for each node"),
        (dict(nodes=2, speeds=[1, 0]), "speeds=0"),
    ],
)  # fmt: skip
def test_settings_of_a_cluster_are_checked(options, said):
    with pytest.raises(ValueError, match=said):
        w2v.Cluster("local", **options)


def test_a_file_that_is_another_one_on_a_node_is_told(text, tmp_path, monkeypatch):
    path = tmp_path / "copy.txt"
    path.write_bytes(text.read_bytes())
    usual = clusters.cut_files

    def growing(*arguments):
        blocks = usual(*arguments)
        path.write_bytes(text.read_bytes() + b"more\n")
        return blocks

    monkeypatch.setattr(clusters, "cut_files", growing)
    with pytest.raises(ValueError, match=r"bytes here and .* where the cluster was started"):
        train(path, 2)


def test_it_is_told_before_what_is_sent_and_whether_one_machine_would_do(caplog, text):
    caplog.set_level(logging.INFO, "w2v")
    model = train(text, 2)
    (said,) = [each.getMessage() for each in caplog.records if "nodes send" in each.getMessage()]
    assert f"in {model.report.rounds:,} rounds" in said
    made = schedule.Schedule(4, (10**6, 10**6), 300, 4, 1, 7)
    slow = cluster_run.Forecast(made, 10**8, [1e6] * 4, 1e8, 1e-3, 1)
    fast = cluster_run.Forecast(made, 10**10, [1e6] * 4, 1e10, 1e-3, 1)
    # 512 rounds of 1e6 rows, half of them a further time for each of 7 levels, 304 bytes a row.
    full = 2 * 10**6 * 304 * 2 * 3 / 4
    assert 4.4 * full * 4 < 4 * slow.sent_bytes < 4 * 4.6 * full * 4
    assert slow.sent_bytes / 1e8 < slow.merging_seconds < slow.seconds
    assert slow.seconds > slow.seconds_alone == 100
    assert fast.seconds < fast.seconds_alone / 3 and "one machine 10000.0 s" in str(fast)


def test_divergence_is_told_as_on_one_machine(text):
    with pytest.raises(FloatingPointError, match=r"alpha=1\.0: training diverged"):
        train(text, 2, alpha=1.0, epochs=50, sg=1, window=30, negative=50, vector_size=300)


def test_a_node_that_holds_the_others_up_is_told(caplog, text, monkeypatch):
    usual = node.Node.end

    def slow(self, k, *merged):
        state = usual(self, k, *merged)
        return state | {"seconds": float(k * (9 if self.rank == 1 else 1))}

    monkeypatch.setattr(node.Node, "end", slow)
    train(text, 3)
    said = [each.getMessage() for each in caplog.records if "holds" in each.getMessage()]
    said += [each.getMessage() for each in caplog.records if "wait for it" in each.getMessage()]
    assert len(said) == 1 and "node 1 takes 9.0 times" in said[0]


def test_importing_w2v_imports_no_engine():
    code = "import sys, w2v; print([name for name in ('ray', 'mpi4py') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("engine", ["ray", "mpi"])
def test_an_engine_that_is_missing_says_how_to_get_it(engine, text, monkeypatch):
    for name in ("ray", "mpi4py", "mpi4py.MPI"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=rf"pip install 'w2v\[{engine}\]'"):
        w2v.train(text, cluster=engine, **USUAL)


def test_reports_tell_of_the_cluster(text, tmp_path):
    report = train(text, 2).report
    assert "2 nodes" in str(report) and "sent" in str(report)
    report.save(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text())["bytes_sent"] == report.bytes_sent
    assert "cluster" not in str(w2v.train(text, **USUAL).report)


def test_the_command_trains_on_a_cluster(text, tmp_path, capsys):
    output, options = tmp_path / "out.w2v", ["--vector-size", "20", "--epochs", "2"]
    options += ["--workers", "1", "--min-count", "2"]
    command = ["train", str(text), "-o", str(output), "--cluster", "local", "--nodes", "3"]
    assert w2v_main([*command, *options, "--merges", "2"]) == 0
    said = capsys.readouterr().out
    assert "words in the vocabulary\ncluster: 3 nodes send " in said and "Trained 2 epochs" in said
    assert digest(w2v.Word2Vec.load(output)) == digest(train(text, 3, merges=2))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--nodes", "3"], "--nodes 3: this is for --cluster"),
        (["--cluster", "local", "--speeds", "fast"], "--speeds fast: numbers with commas"),
        (["--cluster", "local", "--nodes", "0"], "nodes=0"),
        (["--cluster", "local", "--tokenizer", "words"], "tokenizer"),
    ],
)
def test_the_command_says_which_option_is_wrong(options, said, text, tmp_path, capsys):
    assert w2v_main(["train", str(text), "-o", str(tmp_path / "out.bin"), *options]) != 0
    assert said in capsys.readouterr().err and not (tmp_path / "out.bin").exists()
