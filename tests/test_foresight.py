"""What a training takes is told before it: memory, time, space; and is refused where it is not."""

import os
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.cli.main import w2v_main
from w2v.cli.word2vec import word2vec_main
from w2v.corpus import ids
from w2v.models import foresight
from w2v.models.params import Params
from w2v.models.weights import stride
from w2v.shared import memory, streams

resource = pytest.importorskip("resource")

MODES = {
    "ns": dict(),
    "hs": dict(hs=1, negative=0),
    "both": dict(hs=1, negative=5),
}
# Counts 1, 2, 3, ..., each of a word of its own.
CORPUS = [[f"w{i}"] * (i + 1) for i in range(200)]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A function that writes files of a /proc and a /sys/fs/cgroup, which are believed."""
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    infinity = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda which: (infinity, infinity))

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(text))

    return write


MEMINFO = {"proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 8000 kB\nSwapFree: 500 kB\n"}
V2 = {**MEMINFO, "proc/self/cgroup": "0::/pod/box\n"}
V1 = {**MEMINFO, "proc/self/cgroup": "5:cpu,memory:/pod/box\n4:cpuset:/\n0::/\n"}
LIMITED_V2 = {**V2, "cgroup/pod/memory.max": 3_000_000, "cgroup/pod/memory.current": 1_000_000}
LIMITED_V1 = {
    **V1,
    "cgroup/memory/pod/memory.limit_in_bytes": 3_000_000,
    "cgroup/memory/pod/memory.usage_in_bytes": 1_000_000,
}
TREES = {
    "nothing is known": ({}, None),
    "an old kernel does not tell": ({"proc/meminfo": "MemTotal: 9 kB\nMemFree: 1 kB\n"}, None),
    "the machine with its swap": (MEMINFO, 8500 * 1024),
    "a group without a limit": (
        {**V2, "cgroup/pod/box/memory.max": "max\n", "cgroup/pod/box/memory.current": "77\n"},
        8500 * 1024,
    ),
    "the limit of a group around it": (LIMITED_V2, 2_000_000 + 500 * 1024),
    "files in memory give way": (
        {
            **LIMITED_V2,
            "cgroup/pod/memory.stat": "anon 5\ninactive_file 200000\nactive_file 30000\n",
            "cgroup/pod/memory.swap.max": 0,
            "cgroup/pod/memory.swap.current": 0,
        },
        2_230_000,
    ),
    "a group that may swap a little": (
        {
            **LIMITED_V2,
            "cgroup/pod/memory.swap.max": 9_000,
            "cgroup/pod/memory.swap.current": 2_000,
        },
        2_007_000,
    ),
    "nothing is left": ({**LIMITED_V2, "cgroup/pod/memory.current": 4_000_000}, 500 * 1024),
    "version 1": (LIMITED_V1, 2_000_000 + 500 * 1024),
    "version 1 without a limit": (
        {**LIMITED_V1, "cgroup/memory/pod/memory.limit_in_bytes": 2**63 - 4096},
        8500 * 1024,
    ),
    "version 1, memory and swap together": (
        {
            **LIMITED_V1,
            "cgroup/memory/pod/memory.memsw.limit_in_bytes": 3_000_000,
            "cgroup/memory/pod/memory.memsw.usage_in_bytes": 1_100_000,
            "cgroup/memory/pod/memory.stat": "inactive_file 7\ntotal_inactive_file 100\n",
        },
        1_900_100,
    ),
    "version 1 in a container": (
        {
            **V1,
            "cgroup/memory/memory.limit_in_bytes": 3_000_000,
            "cgroup/memory/memory.usage_in_bytes": 2_000_000,
        },
        1_000_000 + 500 * 1024,
    ),
    "not what is expected": (
        {**MEMINFO, "proc/self/cgroup": "?\n", "cgroup/memory.max": "?"},
        8500 * 1024,
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_free_memory_is_what_machine_and_groups_leave(name, tree):
    files, expected = TREES[name]
    tree(files)
    assert memory.free_bytes() == expected


def test_free_memory_is_what_the_limit_of_the_process_leaves(tree, monkeypatch):
    tree({**MEMINFO, "proc/self/statm": "100 50 20 1 0 30 0"})
    limit = 150 * os.sysconf("SC_PAGE_SIZE")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit, limit))
    assert memory.free_bytes() == limit // 3


def test_ids_leave_half_of_what_is_free(tree, monkeypatch):
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 10**6, "SC_PAGE_SIZE": 4096}.get)
    assert ids.memory_limit() == 1_024_000_000  # nobody tells what is free
    tree(LIMITED_V2)
    assert ids.memory_limit() == (2_000_000 + 500 * 1024) // 2


@pytest.fixture
def free(monkeypatch):
    """A function that lets so many bytes be free."""
    return lambda n: monkeypatch.setattr(foresight, "free_bytes", lambda: n)


def model_of(counts, **params):
    model = w2v.Word2Vec(min_count=1, workers=1, **params)
    model.build_vocab_from_freq({f"w{i}": count for i, count in enumerate(counts)})
    return model


@pytest.mark.parametrize("mode", MODES)
def test_what_does_not_fit_is_refused_before_it_is_allocated(mode, free, allocating_at_most):
    V, D, n = 200, 100_000, 3 if mode == "both" else 2
    free(n * V * 4 * 100_000 - 1)
    with (
        allocating_at_most(40_000_000),  # a matrix has 80
        pytest.raises(MemoryError, match=f"vector_size={D}: {V} words need .* MB of memory, and"),
    ):
        w2v.train(CORPUS, vector_size=D, min_count=1, **MODES[mode])


@pytest.mark.parametrize("mode", MODES)
def test_what_fits_is_trained(mode, free):
    V, D, n = 200, 20, 3 if mode == "both" else 2
    free(n * V * 4 * 32 + 100 * V)
    w2v.train(CORPUS, vector_size=D, min_count=1, epochs=1, **MODES[mode])
    free(None)
    w2v.train(CORPUS, vector_size=D, min_count=1, epochs=1, **MODES[mode])


def test_a_model_that_is_refused_is_as_it_was(free):
    model = w2v.Word2Vec(CORPUS, vector_size=8, min_count=1, workers=1, epochs=1)
    before = model.wv.vectors.tobytes(), model.train_count, model.totals, model.vocabulary
    free(10_000)
    for call in (
        lambda: model.train(CORPUS),
        lambda: model.held_out_loss(CORPUS),
        lambda: model.build_vocab([["new"] * 9], update=True),
        lambda: model.build_vocab(CORPUS),
    ):
        with pytest.raises(MemoryError, match=r"vector_size=8: 20[01] words need"):
            call()
        assert before == (
            model.wv.vectors.tobytes(), model.train_count, model.totals, model.vocabulary
        )  # fmt: skip


@pytest.mark.parametrize("has_copies", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_remedies_fit_and_are_the_largest_that_do(mode, has_copies, random):
    counts = random.zipf(1.5, 5000).clip(1, 10**6)
    V, n = len(counts), 3 if mode == "both" else 2
    for D, share in ((300, 0.5), (1000, 0.03), (17, 0.9)):
        need = foresight.training_need(Params(vector_size=D, **MODES[mode]), has_copies)
        free = int(need.bytes(V, D) * share)

        def taken(V, D, need=need):
            matrices = n * (stride(D) + D * has_copies) * 4
            return V * (matrices + 100)  # bytes of tables are fewer

        found = dict(each.split("=") for each in need.remedies(counts, free))
        wide, least = int(found.get("vector_size", 0)), int(found["min_count"])
        kept = int(np.count_nonzero(counts >= least))
        assert need.bytes(V, wide) <= 0.95 * free and need.bytes(kept, D) <= 0.95 * free
        assert taken(V, wide + 16) > 0.95 * free or wide + 16 > D
        assert kept and taken(np.count_nonzero(counts >= least - 1), D) > 0.95 * free


def test_remedies_that_would_leave_nothing_are_not_named(free):
    free(1000)
    with pytest.raises(MemoryError, match=r"are free; lower vector_size and raise min_count"):
        model_of([7] * 500, vector_size=50)
    free(500 * 4 * 2 * 70)
    with pytest.raises(MemoryError, match=r"are free; vector_size=[1-9][0-9]? would fit"):
        model_of([7] * 500, vector_size=500)


def test_copies_for_callbacks_are_made_one_by_one(allocating_at_most):
    class Looks(w2v.Callback):
        def on_epoch_end(self, model):
            assert model.wv.vectors.any()

    model = model_of([7] * 200, vector_size=20_000, callbacks=[Looks()], epochs=2)
    matrix = 200 * 20_000 * 4
    # Two in training, two copies, and a third while it replaces one; plus ids and scratch.
    with allocating_at_most(5.6 * matrix):
        model.train([["w1", "w2", "w3"]] * 9, progress=False)


def test_an_allocation_that_fails_says_the_same(free, monkeypatch):
    free(None)

    def fail(*shape):
        raise MemoryError("Unable to allocate")

    model = model_of([7, 8], vector_size=50)
    monkeypatch.setattr(w2v.models.weights._core, "aligned_zeros", fail)
    said = "vector_size=50: 2 words need .* which the system does not give; lower vector_size"
    with pytest.raises(MemoryError, match=said):
        model.train([["w0", "w1"]])
    with pytest.raises(MemoryError, match=said):
        model_of([7, 8], vector_size=50)


def test_commands_refuse_in_a_line(tmp_path, free, capsys):
    text = tmp_path / "text"
    text.write_text("\n".join(" ".join(line) for line in CORPUS))
    free(100_000)
    arguments = [str(text), "-o", str(tmp_path / "out"), "--vector-size", "300"]
    assert w2v_main(["train", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("w2v: vector_size=300: 196 words need 4") and said.count("\n") == 1
    assert "min_count=" in said and not (tmp_path / "out").exists()
    assert word2vec_main(["-train", str(text), "-output", "-", "-size", "300"]) == 2
    assert "word2vec: -size 300: 197 words need" in capsys.readouterr().err


@pytest.fixture
def disk(monkeypatch):
    """A function that lets so many bytes be free on every file system."""
    usage = streams.shutil.disk_usage("/")
    return lambda n: monkeypatch.setattr(
        streams.shutil, "disk_usage", lambda path: usage._replace(free=n)
    )


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("\n".join(" ".join(line) for line in CORPUS))
    return "text"


@pytest.mark.parametrize("mode", MODES)
def test_checkpoints_that_will_not_fit_are_refused_before_training(mode, disk, tmp_path):
    path, n = tmp_path / "run.w2v", 3 if mode == "both" else 2
    given = dict(vector_size=40, min_count=1, workers=1, epochs=1, checkpoint=path, **MODES[mode])
    disk(n * 200 * 40 * 4 - 1)
    with pytest.raises(OSError, match=r"checkpoint='.*run.w2v': \d+\.?\d* kB are needed there"):
        w2v.train(CORPUS, progress=pytest.fail, **given)
    assert not list(tmp_path.iterdir())
    disk(n * 200 * 40 * 4)
    w2v.train(CORPUS, **given)
    assert path.stat().st_size > n * 200 * 40 * 4


def test_output_and_checkpoint_have_to_fit_together(disk, text, capsys):
    command = ["train", text, "--vector-size", "40", "--min-count", "1", "-q", "-o"]
    matrix = 200 * 40 * 4
    for output, options, n in (
        ("vectors.bin", [], 1),
        ("vectors.bin", ["--checkpoint", "run.w2v"], 3),
        ("model.w2v", [], 2),
        ("model.w2v", ["--hs", "1"], 3),
        ("model.w2v", ["--hs", "1", "--checkpoint", "run.w2v"], 6),
        ("again.w2v", ["--resume", "run.w2v"], 6),
    ):
        disk(n * matrix - 1)
        assert w2v_main([*command, output, *options]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"w2v: output={output!r}") and "kB are needed there, and" in said
        assert ("checkpoint='run.w2v': " in said) == (n > 2 and "run.w2v" in options)
        assert not Path(output).exists()
        disk(n * matrix)
        assert w2v_main([*command, output, *options]) == 0
        capsys.readouterr()
        Path(output).unlink()


def test_classes_need_no_space_for_vectors(disk, text):
    disk(100)
    command = ["-train", text, "-output", "out", "-size", "40", "-debug", "0"]
    assert word2vec_main(command) == 2
    assert word2vec_main([*command, "-classes", "5"]) == 0
