"""Work is not lost, files that were there are not harmed, and streams of any kind will do."""

import bz2
import errno
import gzip
import io
import lzma
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors
from w2v.cli.main import w2v_main
from w2v.cli.word2phrase import word2phrase_main
from w2v.cli.word2vec import word2vec_main
from w2v.shared import streams

TEXT = "the cat sat on the mat with the dog and the bird\n" * 40
PROGRAM = [sys.executable, "-m", "w2v"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text(TEXT)
    return tmp_path


def refuse(number):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EPERM, errno.EXDEV])
def test_what_cannot_be_renamed_is_written_into_the_file(folder, monkeypatch, number):
    (folder / "old").write_text("precious and longer")
    monkeypatch.setattr(os, "replace", refuse(number))
    with streams.replacing("old") as file:
        file.write(b"new")
        assert (folder / "old").read_text() == "precious and longer"
    assert (folder / "old").read_text() == "new"
    assert sorted(path.name for path in folder.iterdir()) == ["old", "text"]


def test_where_nothing_works_the_temporary_is_kept_and_named(folder, monkeypatch):
    monkeypatch.setattr(os, "replace", refuse(errno.EPERM))
    kept = pytest.raises(OSError, match=r"new': .* it is kept in ")
    with kept as error, streams.replacing("new", "output") as file:
        file.write(b"hours of work")
    name = str(error.value).rsplit("kept in ")[1].strip("'")
    with open(name) as file:
        assert file.read() == "hours of work"


def test_a_directory_that_vanished_costs_no_work(folder):
    (folder / "out").mkdir()
    kept = pytest.raises(OSError, match="it is kept in ")
    with kept as error, streams.replacing("out/vectors", "output") as file:
        file.write(b"hours of work")
        shutil.rmtree("out")
    name = str(error.value).rsplit("kept in ")[1].strip("'")
    with open(name) as file:
        assert file.read() == "hours of work"
    os.unlink(name)


def test_a_file_in_a_directory_of_others_is_an_output_too(folder, monkeypatch):
    (folder / "old").write_text("precious")
    make = tempfile.mkstemp

    def elsewhere(prefix, dir=None):
        if dir is not None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return make(prefix=prefix, dir=folder.parent)

    monkeypatch.setattr(tempfile, "mkstemp", elsewhere)
    with streams.replacing("old") as file:
        file.write(b"new")
    assert (folder / "old").read_text() == "new"
    with pytest.raises(PermissionError, match="cannot write there"), streams.replacing("other"):
        pass


def test_names_of_many_bytes_will_do_and_longer_ones_are_refused_first(folder):
    name = "词" * 83
    with streams.replacing(name) as file:
        file.write(b"x")
    assert (folder / name).read_text() == "x"
    for mistake in ("词" * 86, "text/file", "a\0b"):
        with pytest.raises(OSError, match=r"cannot write there|no directory|not the name of"):
            streams.check_writable(mistake)


def test_space_is_checked_before_training(folder, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 90, 10))
    assert w2v_main(["train", "text", "-o", "v.bin", "--min-count", "1", "-q"]) == 2
    assert "are needed there, and" in capsys.readouterr().err
    assert not (folder / "v.bin").exists()


def test_more_classes_than_words_are_refused_before_training(folder, capsys):
    line = "-train text -output out -min-count 1 -classes 100 -debug 0"
    assert word2vec_main(line.split()) == 2
    assert "-classes 100: there are only 10 words" in capsys.readouterr().err


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
def test_no_input_is_overwritten(folder, capsys, link):
    assert (
        word2vec_main(["-train", "text", "-save-vocab", "v", "-min-count", "1", "-debug", "0"]) == 0
    )
    assert (
        w2v_main(["phrases", "text", "-o", "joined", "--save", "p.json", "--threshold", "1", "-q"])
        == 0
    )
    KeyedVectors(["a"], np.ones((1, 2))).save_word2vec_format("v.bin", binary=True)

    def other(name):
        if link == "itself":
            return name
        (os.symlink if link == "symbolic" else os.link)(name, f"{name}.{link}.bin")
        return f"{name}.{link}.bin"

    before = {name: (folder / name).read_bytes() for name in ("v", "p.json", "v.bin", "text")}
    for main, line in (
        (word2vec_main, f"-train text -read-vocab v -output {other('v')} -debug 0"),
        (w2v_main, f"phrases text --use p.json -o {other('p.json')}"),
        (w2v_main, f"convert v.bin {other('v.bin')}"),
        (word2phrase_main, f"-train text -output {other('text')} -debug 0"),
    ):
        assert main(line.split()) == 2
        assert "choose another name" in capsys.readouterr().err
    assert before == {name: (folder / name).read_bytes() for name in before}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_leave_nothing_behind(folder, number):
    (folder / "text").write_text(TEXT * 2000)
    options = ["train", "text", "-o", "vectors.bin", "--epochs", "10000", "--min-count", "1", "-q"]
    # A shell may have had them ignored, which programs inherit.
    process = subprocess.Popen(
        [*PROGRAM, *options],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    for _ in range(200):
        time.sleep(0.05)
        if len(list(folder.iterdir())) > 1:
            break
    time.sleep(0.2)
    process.send_signal(number)
    try:
        message = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert process.returncode == 128 + number and b"interrupted" in message
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["text", "vectors.bin"]  # with what was trained so far
    assert len(w2v.load("vectors.bin")) == 9


@pytest.mark.parametrize(
    "command",
    [
        "train text -o {} --min-count 1 --format text",
        "convert vectors.txt {} --to text",
        "phrases text -o {}",
    ],
)
def test_standard_output_takes_what_is_written_and_nothing_else(folder, command):
    KeyedVectors(["the", "cat"], np.eye(2)).save_word2vec_format("vectors.txt")
    first = {"train": b"9 100\n", "convert": b"2 2\n", "phrases": b"the "}[command.split()[0]]
    for target in ("-", "/dev/stdout"):
        run = subprocess.run([*PROGRAM, *command.format(target).split()], capture_output=True)
        assert run.returncode == 0 and run.stdout.startswith(first), run.stderr
        n_lines = {b"9 100\n": 10, b"2 2\n": 3, b"the ": 40}[first]
        assert run.stdout.count(b"\n") == n_lines
    assert sorted(path.name for path in folder.iterdir()) == ["text", "vectors.txt"]


def test_the_drop_in_writes_to_standard_output(folder):
    code = "import sys; from w2v.cli.word2vec import *; sys.exit(word2vec_main())"
    line = "-train text -output - -min-count 1 -binary 0"
    run = subprocess.run([sys.executable, "-c", code, *line.split()], capture_output=True)
    assert run.returncode == 0 and run.stdout.startswith(b"10 100\n") and b"Vocab" in run.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_crash(folder, closed):
    program = f"{sys.executable} -m w2v"
    train = f"{program} train text -o vectors.bin --min-count 1 {closed}"
    run = subprocess.run(["sh", "-c", train], capture_output=True)
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr and (folder / "vectors.bin").exists()
    ask = ["sh", "-c", f"{program} similar vectors.bin {closed}"]
    asked = subprocess.run(ask, capture_output=True, stdin=subprocess.DEVNULL)
    assert b"Traceback" not in asked.stderr
    assert asked.returncode == (2 if "<&-" in closed else 0)


class Writes:
    """A stream that can do nothing but write, as some programs have them."""

    def write(self, text):
        return len(text)


@pytest.mark.parametrize("stream", [None, Writes(), io.StringIO()])
def test_replaced_streams_are_no_crash(folder, monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdout", stream)
    for progress in (None, True, False):
        w2v.train("text", min_count=1, epochs=1, progress=progress)
    assert w2v_main(["train", "text", "-o", "v.bin", "--min-count", "1"]) == 0
    assert w2v_main(["similar", "v.bin", "the"]) == w2v_main(["info", "v.bin"]) == 0
    for line in ("convert v.bin - --to text", "phrases text -o -", "train text -o -"):
        assert w2v_main(line.split()) == (0 if stream is None else 2)  # it takes no bytes


def test_what_the_locale_cannot_show_is_escaped_in_print_alone(folder):
    words = ["naïve", "词", "caf\udce9"]
    KeyedVectors(words, np.eye(3)).save("vectors.w2v")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for line in ("info vectors.w2v", "similar vectors.w2v 词"):
        run = subprocess.run([*PROGRAM, *line.split()], capture_output=True, env=environment)
        assert run.returncode == 0 and b"\\xef" in run.stdout, run.stderr
    assert list(KeyedVectors.load("vectors.w2v").index_to_key) == words


def test_the_locale_c_reads_and_names_what_any_other_does(folder):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (folder / "odd").write_bytes(b"2 2\ncaf\xe9 1 0\n" + "词 0 1\n".encode())
    for line in ("info odd", "similar odd 词", "convert odd 词.txt", "phrases text -o 词 -q"):
        run = subprocess.run(
            [*PROGRAM, *(os.fsencode(each) for each in line.split())],
            capture_output=True,
            env=environment,
        )
        assert run.returncode == 0 and run.stdout.isascii(), run.stderr
        assert run.stderr.count(b"\n") == (0 if "-q" in line else 1)  # a warning in one line
    assert list(w2v.load("词.txt").index_to_key) == ["caf\ufffd", "词"]
    assert (folder / "词").read_text().count("\n") == 40
    name = "词" * 83
    assert word2vec_main(f"-train text -output {name} -min-count 1 -debug 0".split()) == 0
    assert len(w2v.load(name)) == 10


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, "zstd"])
def test_truncated_files_are_errors_wherever_they_are_read(folder, capsys, pack):
    pack = streams.zstd("testing").compress if pack == "zstd" else pack
    KeyedVectors(["a", "b"], np.eye(2)).save_word2vec_format("v.bin", binary=True)
    for name in ("vocab", "questions", "phrases"):
        (folder / name).write_bytes(pack(b"a b c d\n" * 5000)[:-9])
    for main, line in (
        (word2vec_main, "-train text -read-vocab vocab -output out -debug 0"),
        (w2v_main, "evaluate v.bin -a questions"),
        (w2v_main, "evaluate v.bin -p questions"),
        (w2v_main, "phrases text --use phrases -o out"),
    ):
        assert main(line.split()) == 2
        message = capsys.readouterr().err
        assert message.count("\n") == 1 and "cannot be read to its end" in message
    assert not (folder / "out").exists()


def test_changed_bits_of_a_zst_file_are_found(folder):
    streams.zstd("testing")
    wv = KeyedVectors(["word", "other"], np.arange(200, dtype="f").reshape(2, 100))
    wv.save_word2vec_format("v.bin.zst", binary=True)
    data = bytearray((folder / "v.bin.zst").read_bytes())
    for i in range(9, len(data)):
        data[i] ^= 1 << i % 8
        (folder / "changed").write_bytes(data)
        try:
            found = w2v.load("changed", errors="surrogateescape")
        except ValueError:
            pass
        else:
            assert found.vectors.tobytes() == wv.vectors.tobytes()
        data[i] ^= 1 << i % 8


def test_home_directories_are_expanded_by_loading_too(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    wv = KeyedVectors(["a", "b"], np.eye(2))
    for name in ("~/v.w2v", "~/v.bin", "~/v.npz"):
        save = wv.save_word2vec_format if name.endswith("bin") else wv.save
        save(name)
        assert list(w2v.load(name).index_to_key) == ["a", "b"]
    assert len(KeyedVectors.load("~/v.w2v")) == len(KeyedVectors.load("~/v.npz")) == 2
    model = w2v.train("~/text", min_count=1)
    model.save("~/model.w2v")
    assert len(w2v.Word2Vec.load("~/model.w2v").wv) == 9


def test_threads_that_the_system_does_not_give_are_told(folder, monkeypatch):
    from w2v.shared import threads

    def no_more(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads.threading.Thread, "start", no_more)
    with pytest.raises(OSError, match="workers=2: the system starts only 0 threads"):
        w2v.train("text", min_count=1, workers=2)


def test_many_carriage_returns_in_an_exact_vocabulary_take_no_time(folder):
    from w2v.formats.vocabulary import C_TOKEN, read_vocabulary

    (folder / "v").write_bytes(b"\r" * 200_000)
    assert read_vocabulary("v", exact=True)[0] == []
    # What would take time is giving some back: then they would be a word before the blank.
    assert C_TOKEN.match(b"\r" * 9 + b" ") is None


@pytest.mark.parametrize("counts", [["0", "0"], ["9" * 30, "1"], [str(2**62)] * 3])
def test_counts_that_cannot_be_are_refused(folder, capsys, counts):
    lines = [f"{word} {count}\n" for word, count in zip("abc", counts, strict=False)]
    (folder / "v").write_text("</s> 5\n" * (counts[0] != "0") + "".join(lines))
    for exact in "01":
        line = f"-train text -read-vocab v -output out -debug 0 -exact {exact} -min-count 0"
        assert word2vec_main(line.split()) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_a_full_file_system_is_named_and_nothing_is_lost(tmp_path, monkeypatch):
    """Told by the system itself: what is written goes to /dev/full."""
    path = tmp_path / "vectors"
    path.write_bytes(b"before")
    fdopen = os.fdopen

    def full(descriptor, *arguments):
        with fdopen(descriptor):
            return open("/dev/full", "r+b", buffering=0)

    monkeypatch.setattr("w2v.shared.streams.os.fdopen", full)
    message = r"No space left on device; what was there.*vectors"
    with pytest.raises(OSError, match=message), streams.replacing(path) as file:
        file.write(b"after")
    assert path.read_bytes() == b"before" and os.listdir(tmp_path) == ["vectors"]
