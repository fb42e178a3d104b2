"""Runs that are watched: reports that add up, losses, early stopping, budgets, progress."""

import io
import itertools
import json
import signal
import subprocess
import sys
import threading
import time

import corpora
import numpy as np
import pytest
import reference

import w2v
from w2v.cli.main import w2v_main
from w2v.corpus.draft import encode
from w2v.models import run
from w2v.shared import progress as progress_module

TEXT = corpora.topics(sentences=400)
USUAL = dict(vector_size=12, min_count=1, epochs=3, workers=1, progress=False)
MODES = {
    "sg-ns": dict(sg=1),
    "sg-hs": dict(sg=1, hs=1, negative=0),
    "cbow-ns": dict(sg=0),
    "cbow-hs": dict(sg=0, hs=1, negative=0),
}


# Reports


@pytest.mark.parametrize("options", [*MODES.values(), dict(exact=True, workers=None)], ids=str)
def test_a_report_counts_what_there_is(options):
    text = [*TEXT, *[["once", *sentence] for sentence in TEXT[:1]]]
    random = np.random.default_rng(1)
    text = [[word for word in sentence if random.random() < 0.9] for sentence in text]
    report = w2v.train(text, **{**USUAL, "min_count": 40, "sample": 1e-2, **options}).report
    counts = {}
    for sentence in text:
        for word in sentence:
            counts[word] = counts.get(word, 0) + 1
    known = {word for word, n in counts.items() if n >= 40}
    assert report.tokens_read == sum(map(len, text))
    assert report.tokens_known == sum(word in known for sentence in text for word in sentence)
    assert report.tokens_unknown == report.tokens_read - report.tokens_known > 0
    assert report.vocabulary == len(known) + ("exact" in options)
    assert report.epochs == 3 and len(report.losses) == 3
    marks = 3 * len(text) if "exact" in options else 0
    assert report.marks == marks and report.words == 3 * report.tokens_known + marks
    assert report.words == report.words_trained + report.words_subsampled + report.marks
    assert 0 < report.words_subsampled < report.words or "exact" in options
    assert report.pairs > report.words_trained > report.sentences > 0
    assert report.settings["min_count"] == 40 and "window" not in report.settings


def test_pairs_and_words_are_those_of_brute_force():
    report = w2v.train(
        TEXT, **{**USUAL, "sample": 0, "shrink_windows": False, "window": 2, "epochs": 1}
    ).report
    pairs = sum(
        0 < abs(i - j) <= 2 for sentence in TEXT for i in range(len(sentence))
        for j in range(len(sentence))
    )  # fmt: skip
    assert report.pairs == pairs and report.words_trained == report.words == report.tokens_read


def test_digests_tell_corpora_and_vocabularies_apart(tmp_path):
    def digests(text, **options):
        report = w2v.train(text, **{**USUAL, **options}).report
        return report.corpus_digest, report.vocabulary_digest

    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in TEXT))
    usual = digests(TEXT)
    assert digests(path) == digests(path, workers=2, seed=3) == usual
    swapped = [TEXT[1], TEXT[0], *TEXT[2:]]
    assert digests(swapped)[0] != usual[0]
    assert digests(TEXT, max_final_vocab=50) not in (usual, digests(TEXT, max_final_vocab=40))


def test_a_report_is_kept_and_shown(tmp_path, capsys):
    model = w2v.train(TEXT, **USUAL)
    model.save(tmp_path / "model.w2v")
    assert w2v.Word2Vec.load(tmp_path / "model.w2v").report == model.report
    page = model.report._repr_html_()
    for name, text in model.report.lines():
        assert f">{name}<" in page or name == "loss"  # which is a line, drawn
        assert len(text) < 400
    assert w2v_main(["info", str(tmp_path / "model.w2v")]) == 0
    shown = capsys.readouterr().out
    assert f"{model.report.tokens_read:,} read" in shown and model.report.corpus_digest in shown
    old = {name: value for name, value in model.report.as_dict().items() if name != "versions"}
    assert w2v.Report.from_dict({**old, "of_a_later_release": 1}).words == model.report.words


# The loss


def test_the_loss_of_a_pair_is_the_formula():
    random = np.random.default_rng(5)
    v, u, others = random.normal(size=8), random.normal(size=8), random.normal(size=(5, 8))
    sigmoid = reference.sigmoid
    wanted = -np.log(sigmoid(u @ v)) - np.log(sigmoid(-others @ v)).sum()
    assert w2v.negative_sampling_loss(None, v, u, others) == pytest.approx(wanted, rel=1e-12)
    assert w2v.negative_sampling_loss(None, v, u, []) == pytest.approx(-np.log(sigmoid(u @ v)))
    both = w2v.negative_sampling_loss(
        None, np.stack([v, u]), np.stack([u, v]), np.stack([others, others])
    )
    other = w2v.negative_sampling_loss(None, u, v, others)
    assert both == pytest.approx((wanted + other) / 2, rel=1e-12)
    model = w2v.train(TEXT, **USUAL, sg=1)
    a, b, c, d = model.wv.index_to_key[:4]
    out = {word: model.output_vectors[model.wv.get_index(word)] for word in (b, c, d)}
    wanted = w2v.negative_sampling_loss(None, model.wv[a], out[b], np.stack([out[c], out[d]]))
    assert w2v.negative_sampling_loss(model, a, b, [c, d]) == wanted
    assert w2v.negative_sampling_loss(model.wv, a, b, [c, d]) != wanted
    assert w2v.negative_sampling_loss(model, [a, a], [b, b], [[c, d], [c, d]]) == wanted
    with pytest.raises(KeyError, match="nowhere"):
        w2v.negative_sampling_loss(model, "nowhere", b, [c])
    with pytest.raises(ValueError, match=r"shapes \(1, 12\), \(1, 5\)"):
        w2v.negative_sampling_loss(model, a, np.zeros(5), [c])
    with pytest.raises(ValueError, match="negative=0: words have no output vectors"):
        w2v.negative_sampling_loss(w2v.train(TEXT, **USUAL, hs=1, negative=0), a, b, [c])


@pytest.mark.parametrize("mode", MODES)
def test_the_loss_does_not_depend_on_threads(mode, monkeypatch):
    """As far as weights do not: their updates are bounded here, and so is what follows from them.

    With a rate of 1e-7 a row moves by at most uses * 1e-7 * (the longest row), uses being how often
    it is updated at most: in each window of each of its tokens, once for each output row. The loss
    of a pair has as many terms as there are output rows, each of which follows the score by at
    most as much, and scores are products of two rows that have moved.
    """
    for name in ("MAX_CHUNK_IDS", "MIN_CHUNK_IDS"):  # the same draws whatever the threads
        monkeypatch.setattr(run, name, 200)
    options = {**USUAL, **MODES[mode], "alpha": 1e-7, "min_alpha": 1e-7, "sample": 0}
    models = [w2v.train(TEXT, **{**options, "workers": n}, compute_loss=True) for n in (1, 2, 16)]
    assert models[2].report.workers == 16
    most = max(float(np.linalg.norm(model.wv.vectors, axis=1).max()) for model in models)
    terms = 6 if "hs" not in MODES[mode] else 12
    uses = 3 * int(models[0].vocabulary.counts.max()) * 10 * terms
    bound = terms * 2 * uses * 1e-7 * most**2
    assert bound < 2e-2
    for model in models[1:]:
        assert model.losses == pytest.approx(models[0].losses, abs=bound)
        assert model.report.pairs == models[0].report.pairs


@pytest.mark.parametrize("mode", MODES)
def test_held_out_loss_is_that_of_the_twin(mode):
    model = w2v.train(TEXT, **USUAL, **MODES[mode])
    held = corpora.topics(sentences=60)
    vocabulary, ids = encode(held, vocabulary=model.vocabulary)
    params = model.params
    found = model.held_out_loss(held, sample=0)
    made = run.Run(
        w2v.Params(**{**params.__dict__, "sample": 0, "shared_noise": False, "epochs": 1}),
        vocabulary, ids, 0, model.padded_rows(params), is_training=False,
    )  # fmt: skip
    assert len(made.chunks) == 1
    paths = None
    if params.hs:
        offsets, steps = vocabulary.huffman_paths()
        paths = (offsets, steps)
    twin = twin_of(model, paths)
    twin.train(np.concatenate(ids.segments).tolist(), made.seed_of(0))
    assert found == pytest.approx(twin.loss / twin.n_pairs, rel=1e-5)


def twin_of(model, paths):
    params, vocabulary = model.params, model.vocabulary
    return reference.Twin(
        model.wv.vectors, model.output_vectors, model.node_vectors,
        sg=params.sg, negative=params.negative if model.output_vectors is not None else 0,
        window=params.window, shrink_windows=True, cbow_mean=params.cbow_mean,
        shared_noise=False, keep=None, paths=paths, start_alpha=0.0, end_alpha=0.0, total_words=1,
        noise=vocabulary.noise_table(0.75) if params.negative else None,
    )  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_held_out_loss_is_repeatable_and_changes_nothing(mode, monkeypatch):
    monkeypatch.setattr(run, "MIN_CHUNK_IDS", 300)
    model = w2v.train(TEXT, **{**USUAL, **MODES[mode], "workers": 2})
    before = model.wv.vectors.tobytes(), model.report, dict(model.totals), model.corpus_count
    losses = {model.held_out_loss(TEXT[:200], workers=n) for n in (1, 2, 3, 8)}
    assert len(losses) == 1
    assert model.held_out_loss(TEXT[:200], seed=2) not in losses
    assert before == (model.wv.vectors.tobytes(), model.report, model.totals, model.corpus_count)


def test_a_worse_setting_has_a_higher_held_out_loss():
    seen, held = corpora.topics(sentences=1500), corpora.topics(sentences=1700)[1500:]
    good, bad = (w2v.train(seen, **{**USUAL, "alpha": alpha}) for alpha in (0.05, 0.0005))
    words = [word for sentence in held for word in sentence]
    shuffled = [list(each) for each in np.random.default_rng(1).permutation(words).reshape(-1, 10)]
    assert good.held_out_loss(held) < bad.held_out_loss(held) - 0.1
    assert good.held_out_loss(held) < good.held_out_loss(shuffled) - 0.1


# Stopping


def test_early_stopping_keeps_the_weights_of_the_best_epoch():
    numbers = iter([5.0, 3.0, 4.0, 4.5, 9.0])
    kept = []

    def watch(model):
        kept.append((model.wv.vectors.copy(), model.output_vectors.copy()))
        return next(numbers)

    stopping = w2v.EarlyStopping(watch, patience=1)
    model = w2v.train(TEXT, **{**USUAL, "epochs": 50}, callbacks=[stopping])
    assert stopping.history == [5, 3, 4, 4.5] and stopping.best_epoch == 2
    assert model.report.epochs == 4 and model.report.stopped == "a callback stopped it"
    assert (model.wv.vectors == kept[1][0]).all() and (model.output_vectors == kept[1][1]).all()
    assert [each["watched"] for each in model.report.evaluations] == stopping.history
    upward = w2v.EarlyStopping(lambda model: len(model.losses), patience=0, mode="max")
    assert w2v.train(TEXT, **USUAL, callbacks=[upward]).report.epochs == 3
    with pytest.raises(TypeError, match="watch returned None; a number is expected"):
        w2v.train(TEXT, **USUAL, callbacks=[w2v.EarlyStopping(lambda model: None)])
    with pytest.raises(ValueError, match="mode='least'"):
        w2v.EarlyStopping(TEXT, mode="least")


def test_evaluations_are_noted_in_the_report(tmp_path):
    words = list(dict.fromkeys(word for sentence in TEXT for word in sentence))[:6]
    pairs = [(words[i], words[i + 1], i) for i in range(5)]
    questions = [": all", " ".join(words[:4]), " ".join(words[2:6])]
    callback = w2v.Evaluate(questions, pairs, every=2)
    model = w2v.train(TEXT, **USUAL, callbacks=[callback])
    assert [each["epoch"] for each in model.report.evaluations] == [2, 3]
    last = model.report.evaluations[-1]
    assert last["spearman"] == w2v.evaluate_pairs(model.wv, pairs).spearman.statistic
    assert last["analogies"] == w2v.evaluate_analogies(model.wv, questions).accuracy
    with pytest.raises(ValueError, match="pass one of them"):
        w2v.Evaluate()
    with pytest.raises(FileNotFoundError):
        w2v.Evaluate(pairs=tmp_path / "none.tsv")


@pytest.mark.parametrize(
    "options", [dict(workers=2), dict(exact=True, workers=None), dict(deterministic=True)], ids=str
)
def test_an_interrupt_ends_it_soon_with_a_model_that_can_be_used(options):
    random = np.random.default_rng(1)
    ids = random.zipf(1.3, 60_000) % 500
    text = [[f"w{i}" for i in ids]] if "exact" not in options else [[f"w{i}" for i in ids]] * 2
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    told = []

    def interrupt():
        told.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)

    wide = dict(window=400, alpha=1e-5, min_alpha=0, epochs=1000, shrink_windows=False)
    timer = threading.Timer(1.0, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        w2v.train(text, min_count=1, sample=0, sg=1, progress=False, **wide, **options)
    assert time.monotonic() - told[0] < 2  # much less, on a machine with nothing else to do
    model = caught.value.model
    assert model.report.interrupted and np.isfinite(model.wv.vectors).all()
    assert len(model.wv.most_similar("w1", topn=3)) == 3


@pytest.mark.parametrize("sg", [0, 1])
def test_a_rate_ends_where_it_is_to_end_whatever_time_is_left(sg, monkeypatch):
    given = {**USUAL, "sg": sg, "alpha": 0.05, "min_alpha": 0.01}
    level = w2v.train(TEXT, **{**given, "alpha": 0.01})
    # As if the first words of a run had taken all of its time.
    monkeypatch.setattr(run.Run, "reachable_words", lambda self: 1.0)
    falling = w2v.train(TEXT, **given, time_budget="1h")
    # The first sentence of each thread alone is trained at another rate.
    cosines = level.wv.cosine_similarities
    for word in level.wv.index_to_key[:20]:
        assert cosines(level.wv[word], falling.wv[[word]])[0] > 0.99


def test_words_before_a_resumed_run_tell_nothing_of_its_speed(monkeypatch):
    text = [["a", "b", "c"]] * 5000
    now = [0.0]
    monkeypatch.setattr(run.time, "monotonic", lambda: now[0])
    vocabulary, ids = encode(text)
    model = w2v.Word2Vec(vector_size=8, epochs=9)
    model.vocabulary = vocabulary
    given = (model.params, vocabulary, ids, 0, model.padded_rows(model.params))
    trained = run.Run(*given, deadline=20.0)
    trained.position = trained.epochs * len(trained.chunks)  # so that train does nothing
    trained.counters[0, 0] = 9000
    trained.train(None)
    trained.counters[0, 0], now[0] = 10_000, 10.0
    assert trained.reachable_words() == 11_000  # 1,000 words in the 10 seconds, and as many to come


def test_a_time_budget_ends_at_the_last_rate_in_time(monkeypatch):
    seen = []
    begin = time.monotonic()
    model = w2v.train(
        TEXT, **{**USUAL, "epochs": 10**6, "progress": seen.append}, time_budget="1.5s"
    )
    assert 1.4 < time.monotonic() - begin < 4
    assert model.report.stopped == "time_budget is used up" and not model.report.interrupted
    assert seen[-1].finished and seen[-1].alpha < 0.05 * 0.1
    rates = [now.alpha for now in seen if now.what == "training"]
    assert rates[0] > 0.03 and min(rates) == pytest.approx(rates[-1], abs=0.004)
    enough = w2v.train(TEXT, **USUAL, time_budget="1h")
    assert (enough.wv.vectors == w2v.train(TEXT, **USUAL).wv.vectors).all()
    assert enough.report.stopped == "" and enough.report.epochs == 3
    for wrong in ("soon", -1, "0s"):
        with pytest.raises(ValueError, match="time_budget="):
            w2v.train(TEXT, time_budget=wrong)


def test_weights_that_explode_are_noticed_before_they_are_infinite(tmp_path):
    path = tmp_path / "run.w2v"

    class Spoil(w2v.Callback):
        def on_epoch_end(self, model):
            if len(model.losses) == 3:
                model.wv.vectors[5] = 1e6

    with pytest.raises(FloatingPointError, match=r"diverged after [\d,]+ of .*'.*run\.w2v' is"):
        w2v.train(
            TEXT, **{**USUAL, "epochs": 9}, callbacks=[Spoil()], checkpoint=path,
            checkpoint_every="1 epoch",
        )  # fmt: skip
    assert np.abs(w2v.Word2Vec.load(path).wv.vectors).max() < 1e3


# Progress


def test_reading_and_training_are_told(tmp_path):
    seen = []
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in TEXT) * 300)
    w2v.train(path, **{**USUAL, "progress": seen.append})
    assert {now.what for now in seen} <= {"reading", "training"}
    last = seen[-1]
    assert last.finished and last.epoch == last.epochs == 3 and last.share == 1
    assert f"epoch 3/3  100.0%  {last.words_per_second:,.0f} words/s  alpha 0.00010" in str(last)
    assert len(str(last)) <= 80


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_has_one_line_and_a_file_some(monkeypatch):
    monkeypatch.setattr(progress_module, "tqdm", lambda: None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    w2v.train(TEXT, **{**USUAL, "progress": None})
    text = sys.stderr.getvalue()
    assert text.count("\n") == 1 and text.endswith("\n") and "\r" in text
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.0)
    w2v.train(TEXT, **{**USUAL, "progress": True})
    assert "\r" not in sys.stderr.getvalue() and sys.stderr.getvalue().count("\n") >= 1
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    w2v.train(TEXT, **{**USUAL, "progress": None})
    w2v.train(TEXT, **USUAL)
    assert sys.stderr.getvalue() == ""


KV = w2v.KeyedVectors([f"w{i}" for i in range(3000)], np.ones((3000, 20), np.float32))
SAVED = {
    "text": ("v.txt", {}),
    "binary": ("v.bin", {"binary": True}),
    "compressed": ("v.txt.gz", {}),
    "without a header": ("v.vec", {"write_header": False}),
}


@pytest.mark.parametrize("name", SAVED)
def test_saving_and_loading_are_told_to_their_end(tmp_path, monkeypatch, name):
    monkeypatch.setattr("w2v.formats.word2vec.BLOCK_BYTES", 10_000)
    monkeypatch.setattr("w2v.formats.source.BLOCK_BYTES", 10_000)
    file, how = SAVED[name]
    seen = []
    KV.save_word2vec_format(tmp_path / file, progress=seen.append, **how)
    assert [now.words for now in seen if now.finished] == [3000]
    for load in (w2v.load, w2v.KeyedVectors.load_word2vec_format):
        seen.clear()
        load(tmp_path / file, progress=seen.append)
        assert [(now.words, now.total_words) for now in seen if now.finished] == [(3000, 3000)]
        assert {now.what for now in seen} == {"loading"} and seen[-1].finished
        assert all(0 <= a.words <= b.words for a, b in itertools.pairwise(seen))
    assert str(seen[-1]).startswith("loading  100.0%  3,000 words  ")


def test_native_files_and_models_tell_how_far_saving_is(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v.formats.native.BLOCK_BYTES", 10_000)
    model = w2v.train(TEXT, **USUAL)
    for saved, V in ((KV.save, 3000), (model.save, len(model.wv)), (KV.save_projector, 3000)):
        seen = []
        saved(tmp_path / "saved", progress=seen.append)
        assert {now.what for now in seen} == {"saving"}
        assert [now.words for now in seen if now.finished] == [V] and seen[-1].finished


def test_a_short_job_shows_nothing_and_a_long_one_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module, "tqdm", lambda: None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    KV.save(tmp_path / "v.w2v")
    assert sys.stderr.getvalue() == ""
    monkeypatch.setattr(progress_module, "PATIENCE_SECONDS", 0.0)
    KV.save(tmp_path / "v.w2v", progress=False)
    assert sys.stderr.getvalue() == ""
    KV.save(tmp_path / "v.w2v")
    said = sys.stderr.getvalue()
    assert "saving  100.0%  3,000 words" in said and said.endswith("\n") and said.count("\n") == 1


def test_glove_tells_its_iterations_in_the_same_line(monkeypatch):
    monkeypatch.setattr(progress_module, "tqdm", lambda: None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    w2v.glove(TEXT, vector_size=4, min_count=1, iterations=3, progress=True)
    said = sys.stderr.getvalue()
    assert "\riteration 3/3  100.0%  " in said and "cost " in said and said.count("\n") == 1


def test_a_notebook_without_widgets_has_a_bar_without_warnings(monkeypatch):
    bar = pytest.importorskip("tqdm").tqdm
    monkeypatch.setattr(progress_module, "is_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert progress_module.tqdm() is bar


def test_tqdm_draws_the_bar_where_it_is_installed(monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    w2v.train(TEXT, **{**USUAL, "progress": True})
    assert "epoch 3/3: 100%" in sys.stderr.getvalue()


# The command


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in TEXT))
    return path


def test_the_command_writes_checkpoint_report_and_evaluations(text, capsys):
    words = list(dict.fromkeys(word for sentence in TEXT for word in sentence))
    pairs = "".join(f"{words[i]}\t{words[i + 1]}\t{i}\n" for i in range(5))
    (text.parent / "pairs.tsv").write_text(pairs)
    line = "train text.txt -o v.txt --min-count 1 --epochs 2 --workers 1 --checkpoint run.w2v"
    assert w2v_main([*line.split(), "--report", "r.json", "--evaluate", "pairs.tsv"]) == 0
    report = json.loads((text.parent / "r.json").read_text())
    assert report["tokens_read"] == sum(map(len, TEXT)) and report["checkpoints"] == 1
    assert [each["epoch"] for each in report["evaluations"]] == [1, 2]
    assert "pairs.tsv spearman" in report["evaluations"][0]
    # Parameters may be repeated, as in the command that was killed.
    line = "train --resume run.w2v -o again.txt --min-count 1 --epochs 2"
    assert w2v_main(line.split()) == 0
    assert (text.parent / "again.txt").read_bytes() == (text.parent / "v.txt").read_bytes()
    capsys.readouterr()
    for line, message in {
        "train -o v.txt": "FILE: name a text to train on",
        "train text.txt": "--output: name the file",
        "train --resume v.txt -o w.txt": "'v.txt': ",
        "train text.txt -o v.txt --evaluate none.tsv": "none.tsv",
        "train text.txt -o v.txt --checkpoint-every 5": "pass checkpoint",
        "train text.txt -o v.txt --time-budget soon": "time_budget='soon'",
        "train text.txt -o v.txt --checkpoint v.txt": "choose another name",
        "train text.txt -o v.txt --changed-corpus": "--changed-corpus: this is for --resume",
        "train --resume run.w2v -o run.w2v": "'run.w2v' is the input too",
        "train --resume run.w2v -o - --format model": "a model needs a file",
        "train --resume run.w2v -o v.txt --vector-size 9": "--vector-size 9: with --resume",
        "train --resume run.w2v -o v.txt --loss hs": "--hs 1: with --resume",
        "train --resume run.w2v -o v.txt --errors strict": "--errors strict: with --resume",
    }.items():
        assert w2v_main(line.split()) == 2, line
        told = capsys.readouterr().err
        assert message in told and told.count("\n") == 1, told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_told_to_end_saves_what_it_has(text, number):
    line = (
        "-m w2v train text.txt -o v.bin --min-count 1 --epochs 1000000 --checkpoint run.w2v "
        "--checkpoint-every 0.2s"
    )
    process = subprocess.Popen(
        [sys.executable, *line.split()], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not (text.parent / "run.w2v").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 128 + number
    assert "interrupted; 'v.bin' has what was trained so far; w2v train --resume run.w2v" in told
    assert np.isfinite(w2v.load("v.bin").vectors).all()
    assert sorted(path.name for path in text.parent.iterdir()) == ["run.w2v", "text.txt", "v.bin"]
