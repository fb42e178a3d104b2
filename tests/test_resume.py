"""Checkpoints: a run that ended anywhere goes on to the bytes it would have ended in."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import corpora
import numpy as np
import pytest

import w2v
from w2v.models import checkpoints, run
from w2v.shared.amounts import parse_interval, parse_seconds

TEXT = corpora.topics(sentences=1500)
MODES = {
    "sg-ns": dict(sg=1),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
    "deterministic": dict(sg=1, deterministic=True, workers=2),
    "deterministic-cbow": dict(deterministic=True, workers=3),
    "phrases": dict(phrases=1),
}
EXACT = dict(sg=1, exact=True, workers=None)
USUAL = dict(vector_size=12, min_count=1, epochs=3, workers=1, progress=False)


def weights(model):
    return [
        None if each is None else each.tobytes()
        for each in (model.wv.vectors, model.output_vectors, model.node_vectors)
    ]


def told(model):
    """What is the same however often a run was resumed."""
    report = model.report.as_dict()
    for name in report.copy():
        if "seconds" in name or "second" in name or name in ("peak_bytes", "checkpoints"):
            del report[name]
    totals = {name: model.totals[name] for name in model.totals if name != "seconds"}
    return report, totals, model.losses, model.train_count, model.corpus_count


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in TEXT))
    return path


@pytest.fixture
def short_chunks(monkeypatch):
    for name in ("MAX_CHUNK_IDS", "MIN_CHUNK_IDS", "MAX_LANE_CHUNK_IDS"):
        monkeypatch.setattr(run, name, 500)
    monkeypatch.setattr(run, "CHUNKS_PER_LEG", 1)


@pytest.fixture
def copies(monkeypatch, tmp_path):
    """Copies of all checkpoints that are written."""
    kept = []
    write = checkpoints.Checkpoints.write

    def keep(self, *given):
        write(self, *given)
        kept.append(tmp_path / f"{len(kept)}.w2v")
        kept[-1].write_bytes(Path(self.path).read_bytes())

    monkeypatch.setattr(checkpoints.Checkpoints, "write", keep)
    return kept


@pytest.mark.parametrize("mode", [*MODES, "exact"])
def test_resumed_anywhere_it_ends_in_the_same_bytes(mode, text, tmp_path, short_chunks, copies):
    options = {**USUAL, **(EXACT if mode == "exact" else MODES[mode])}
    whole = w2v.train(text, **options)
    watched = w2v.train(
        text, checkpoint=tmp_path / "run.w2v", checkpoint_every="2000 words", **options
    )
    assert weights(watched) == weights(whole) and told(watched) == told(whole)
    made, copies[:] = list(copies), []
    assert len(made) > 5 and watched.report.checkpoints == len(made)
    shares = [w2v.Word2Vec.load(path).report.words / whole.report.words for path in made]
    assert shares == sorted(shares) and shares[0] < 0.4 and shares[-1] == 1
    for path in made[::3] + made[-1:]:
        resumed = w2v.train(resume=path)
        assert weights(resumed) == weights(whole), path
        assert told(resumed) == told(whole)


def test_a_second_training_is_resumed_as_the_second(text, tmp_path, short_chunks, copies):
    def trained(**options):
        model = w2v.Word2Vec(text, **{**USUAL, "epochs": 1})
        model.train(text, epochs=2, start_alpha=0.02, progress=False, **options)
        return model

    whole = trained()
    trained(checkpoint=tmp_path / "run.w2v", checkpoint_every="3k words")
    resumed = w2v.Word2Vec.resume(copies[1])
    assert weights(resumed) == weights(whole) and told(resumed) == told(whole)
    assert resumed.params == whole.params and len(resumed.losses) == 3


def test_what_one_training_was_asked_to_note_is_noted_after_a_resume(
    text, tmp_path, short_chunks, copies
):
    """Every loss, evaluations by their epochs, and the last one, whatever `every` is."""
    words = list(dict.fromkeys(word for sentence in TEXT for word in sentence))
    pairs = [(words[i], words[i + 1], i) for i in range(5)]

    def hooks():
        return [w2v.Evaluate(pairs=pairs, every=2), w2v.EarlyStopping(TEXT[:50], patience=9)]

    def trained(**options):
        model = w2v.Word2Vec(**USUAL)
        model.build_vocab(text)
        model.train(text, epochs=5, compute_loss=True, callbacks=hooks(), **options)
        return model

    whole = trained()
    assert [each["epoch"] for each in whole.report.evaluations] == [1, 2, 3, 4, 5]
    noted = [each["epoch"] for each in whole.report.evaluations if "spearman" in each]
    assert noted == [2, 4, 5]
    trained(checkpoint=tmp_path / "run.w2v", checkpoint_every="1 epoch")
    stopping = hooks()
    resumed = w2v.train(resume=copies[2], callbacks=stopping)
    assert weights(resumed) == weights(whole) and told(resumed) == told(whole)
    assert stopping[1].history == [each["watched"] for each in whole.report.evaluations]
    assert resumed.compute_loss is None


def test_checkpoints_are_due_an_interval_after_a_resume(text, tmp_path, short_chunks, copies):
    w2v.train(text, checkpoint=tmp_path / "run.w2v", checkpoint_every="2000 words", **USUAL)
    first = copies[2]
    begun, copies[:] = w2v.Word2Vec.load(first).report.words, []
    w2v.train(resume=first)
    assert w2v.Word2Vec.load(copies[0]).report.words >= begun + 2000


def test_a_corpus_that_is_no_file_is_passed_again(tmp_path, short_chunks, copies):
    whole = w2v.train(TEXT, checkpoint=tmp_path / "a.w2v", checkpoint_every="1 epoch", **USUAL)
    assert len(copies) == 3
    with pytest.raises(ValueError, match="the corpus was no file that could be named; pass it"):
        w2v.train(resume=copies[0])
    assert weights(w2v.train(iter(TEXT), resume=copies[0])) == weights(whole)
    lines = [" ".join(sentence) for sentence in TEXT]
    w2v.train(lines, tokenizer=str.split, checkpoint=tmp_path / "b.w2v", **USUAL)
    with pytest.raises(ValueError, match="the corpus had a tokenizer, which files do not keep"):
        w2v.train(resume=tmp_path / "b.w2v")


def test_a_changed_corpus_is_refused_or_taken_on_request(text, tmp_path, short_chunks, copies):
    w2v.train(text, checkpoint=tmp_path / "run.w2v", checkpoint_every="4k words", **USUAL)
    path = copies[0]
    text.write_text(text.read_text() * 2 + "one more line\n")
    with pytest.raises(ValueError, match="the corpus is not the one that the run began with"):
        w2v.train(resume=path)
    begun = w2v.Word2Vec.load(path).report.words
    once = w2v.train(text, **{**USUAL, "epochs": 1}).report.words
    model = w2v.train(resume=path, changed_corpus=True)
    share = begun / (3 * once / 2)  # the text is twice as long as it was, and a line
    assert model.report.words == pytest.approx(begun + (1 - share) * 3 * once, rel=0.02)
    with pytest.raises(TypeError, match="changed_corpus=True: this is for resume="):
        w2v.train(text, changed_corpus=True)
    text.unlink()
    with pytest.raises(FileNotFoundError, match=r"text\.txt"):
        w2v.train(resume=path)


def test_what_is_no_checkpoint_is_refused_by_name(text, tmp_path):
    model = w2v.train(text, **USUAL)
    model.save(tmp_path / "model.w2v")
    with pytest.raises(ValueError, match=r"model.w2v': this is no checkpoint"):
        w2v.train(resume=tmp_path / "model.w2v")
    with pytest.raises(FileNotFoundError):
        w2v.train(resume=tmp_path / "none.w2v")
    with pytest.raises(TypeError, match="resume: vector_size=5 is the checkpoint's; leave it out"):
        w2v.train(resume=tmp_path / "model.w2v", vector_size=5)
    with pytest.raises(ValueError, match="checkpoint_every='1 epoch': pass checkpoint"):
        w2v.train(text, checkpoint_every="1 epoch")
    with pytest.raises(ValueError, match="checkpoint_every='often': text such as"):
        w2v.train(text, checkpoint="run.w2v", checkpoint_every="often")
    with pytest.raises(FileNotFoundError, match=r"checkpoint=.*there is no directory"):
        w2v.train(text, checkpoint=tmp_path / "no" / "run.w2v")


@pytest.mark.parametrize(
    "text, seconds",
    [("90s", 90), ("10 min", 600), ("1.5h", 5400), ("2 days", 172_800), (7, 7), ("10m", 600)],
)
def test_durations_as_people_write_them(text, seconds):
    assert parse_seconds("time_budget", text) == seconds
    assert parse_interval("every", text) == (seconds, "seconds")


def test_intervals_as_people_write_them():
    assert parse_interval("every", "5M words") == (5e6, "words")
    assert parse_interval("every", "1,000 words") == (1000, "words")
    assert parse_interval("every", "2 epochs") == (2, "epochs")
    for wrong in ("soon", "5 miles", "", "-3s", "0"):
        with pytest.raises(ValueError, match="every="):
            parse_interval("every", wrong)
    with pytest.raises(TypeError, match="every=None"):
        parse_interval("every", None)


# Ends of all kinds


SCRIPT = """
import sys, w2v
model = w2v.train(
    sys.argv[1], checkpoint=sys.argv[2], checkpoint_every="20k words", vector_size=32, min_count=1,
    epochs=400, workers=int(sys.argv[4]), deterministic=sys.argv[4] != "1", progress=False,
)
model.wv.save(sys.argv[3])
"""


def kill_at_random(n, signals, tmp_path, workers, seed):
    random = np.random.default_rng(seed)
    text, checkpoint, output = (tmp_path / name for name in ("t.txt", "run.w2v", "vectors.w2v"))
    text.write_text("".join(" ".join(sentence) + "\n" for sentence in TEXT))
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, script, text, checkpoint, output, str(workers)]
    begin = time.monotonic()
    subprocess.run(command, check=True)
    seconds = time.monotonic() - begin
    wanted = output.read_bytes()
    output.write_bytes(b"there before")
    was = checkpoint.read_bytes()
    n_resumed = 0
    for _ in range(n):
        checkpoint.write_bytes(was)
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.2, 1) * seconds)
        process.send_signal(random.choice(signals))
        process.wait(10)
        # A signal may come after the output has taken its place.
        may_be = [wanted] if process.returncode == 0 else [wanted, b"there before"]
        assert output.read_bytes() in may_be
        model = w2v.Word2Vec.load(checkpoint)  # whole, whatever happened
        assert np.isfinite(model.wv.vectors).all()
        if n_resumed < 3:
            n_resumed += 1
            w2v.train(resume=checkpoint, progress=False).wv.save(output)
            assert output.read_bytes() == wanted
        output.write_bytes(b"there before")
    return sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))


FILES = ["run.w2v", "script.py", "t.txt", "vectors.w2v"]


def test_a_killed_run_leaves_files_whole_and_goes_on(tmp_path):
    assert kill_at_random(3, [signal.SIGKILL, signal.SIGINT], tmp_path, 1, 1) == FILES


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_killed_at_any_moment_leaves_files_whole_and_goes_on(tmp_path, workers):
    signals = [signal.SIGKILL, signal.SIGINT, signal.SIGTERM]
    assert kill_at_random(25, signals, tmp_path, workers, 2) == FILES


def test_a_disk_that_is_full_keeps_the_checkpoint_before(text, tmp_path, short_chunks):
    resource = pytest.importorskip("resource")
    path = tmp_path / "run.w2v"
    w2v.train(text, checkpoint=path, **{**USUAL, "epochs": 1})
    before = path.read_bytes()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, usual[1]))
    try:
        with pytest.raises(OSError, match="what was there before stays"):
            w2v.train(text, checkpoint=path, **USUAL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["run.w2v", "text.txt"]


def test_a_damaged_story_is_an_error(text, tmp_path):
    path = tmp_path / "run.w2v"
    w2v.train(text, checkpoint=path, **USUAL)
    data = path.read_bytes()
    changed = data.replace(b'\\"state\\"', b'\\"stale\\"')
    assert changed != data
    path.write_bytes(changed)
    with pytest.raises(ValueError, match=r"run\.w2v': damaged"):
        w2v.train(resume=path)
