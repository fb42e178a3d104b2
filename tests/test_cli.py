"""The commands as a shell meets them: what is written, printed and returned."""

import os
import re
import stat
import subprocess
import sys

import corpora
import numpy as np
import pytest

import w2v
from w2v.cli.main import w2v_main
from w2v.cli.word2vec import WORD2VEC_OPTIONS, word2vec_main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "text").write_text("\n".join(map(" ".join, corpora.topics(sentences=400))))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def word2vec(line):
    return word2vec_main(line.split())


def test_without_arguments_every_option_is_shown(capsys):
    assert word2vec_main([]) == 0
    out, err = capsys.readouterr()
    assert all(f"{option} " in out for option in WORD2VEC_OPTIONS) and not err


@pytest.mark.parametrize("binary", [0, 1])
def test_word2vec_writes_the_format_of_c(folder, capsys, binary):
    assert word2vec(f"-train text -output out -size 8 -iter 1 -binary {binary} -threads 2") == 0
    out = capsys.readouterr().out
    assert out.startswith("Starting training using file text\n")
    assert "Vocab size: 97\nWords in train file: 4400\n" in out
    assert re.search(r"\rAlpha: 0\.\d{6}  Progress: 100\.00%  Words/thread/sec: [\d.]+k  ", out)
    assert re.search(r"Words/sec: [\d.]+k  Time left: 0:00:00  \n", out)
    assert "Trained 1 epochs, 4,400 words in" in out
    data = (folder / "out").read_bytes()
    assert data.startswith(b"97 8\n</s> ")
    if binary:
        assert len(data) == len(b"97 8\n") + sum(len(w) + 2 + 32 for w in words_in(folder / "out"))
    else:
        assert re.fullmatch(rb"\S+( -?\d+\.\d{6}){8} ", data.splitlines()[1])
    assert np.isfinite(w2v.load("out").vectors).all()


def words_in(path):
    return w2v.load(path).index_to_key


def test_debug_0_prints_one_line_and_1_no_progress(folder, capsys):
    assert word2vec("-train text -output out -size 8 -iter 1 -debug 0") == 0
    assert capsys.readouterr().out == "Starting training using file text\n"
    assert word2vec("-train text -output out -size 8 -iter 1 -debug 1") == 0
    out = capsys.readouterr().out
    assert "Vocab size: 97\n" in out and "Alpha" not in out and "Trained" in out


def test_without_output_only_the_vocabulary_is_made(folder, capsys):
    assert word2vec("-train text -save-vocab vocab -min-count 1 -debug 1") == 0
    assert "Trained" not in capsys.readouterr().out
    lines = (folder / "vocab").read_bytes().splitlines()
    assert lines[0] == b"</s> 400" and len(lines) == 97
    counts = [int(line.split()[1]) for line in lines[1:]]
    assert counts == sorted(counts, reverse=True) and sum(counts) == 4000


def test_a_vocabulary_is_read_and_saved_again(folder, capsys):
    (folder / "v").write_bytes(b"</s> 400\nt0_1 60\nt0_2 70\nt9_9 5\nrare 4\n")
    assert word2vec("-train text -read-vocab v -save-vocab again -output out -size 4 -iter 1") == 0
    assert (folder / "again").read_bytes() == b"</s> 400\nt0_2 70\nt0_1 60\nt9_9 5\n"
    assert words_in(folder / "out") == ["</s>", "t0_2", "t0_1", "t9_9"]


def test_classes_are_written_instead_of_vectors(folder, capsys):
    assert word2vec("-train text -output out -classes 5 -size 8 -iter 1 -cbow 0") == 0
    lines = (folder / "out").read_text().splitlines()
    assert len(lines) == 97 and {line.split()[1] for line in lines} <= set("01234")


def test_the_last_line_without_a_line_end_is_trained(folder, capsys):
    (folder / "short").write_text("a b\nc d")
    assert word2vec("-train short -output out -min-count 1 -size 4 -iter 1") == 0
    assert words_in(folder / "out") == ["</s>", "a", "b", "c", "d"]
    assert "Words in train file: 6\n" in capsys.readouterr().out


def test_lenient_passes_over_what_c_ignores(folder, capsys):
    line = "-train text -output out -size 4 -iter 1 -iter 3 -min_count 2 junk --lenient"
    assert word2vec(line) == 0
    out, err = capsys.readouterr()
    assert "warning: unknown option -min_count; did you mean -min-count?" in err
    assert "-iter is given twice" in err and "Trained 1 epochs" in out


BAD = {
    "-output out": "-train is missing",
    "-train nowhere -output out": "-train 'nowhere': no such file",
    "-train empty -output out": "-train 'empty' is empty",
    "-train folder -output out": "-train 'folder': this directory holds no text files",
    "-train binary -output out": "'binary' is not text: byte 3 is NUL",
    "-train utf16 -output out": "'utf16' is UTF-16; convert it first: iconv",
    "-train text -output nowhere/out": "-output '",
    "-train text -output folder": "this is a directory",
    "-train text -output text": "-output 'text' is an input too",
    "-train text -output ./text": "-output './text' is an input too",
    "-train text -output out -save-vocab out": "-save-vocab 'out' is the output too",
    "-train text -output out -save-vocab nowhere/v": "-save-vocab '",
    "-train text -output out -min-count 5000": "-min-count 5000 leaves 0 of 96 words (most",
    "-train text -output out -size 0": "-size 0 is out of range",
    "-train text -output out -size x": "-size 'x': a whole number is expected",
    "-train text -output out -size 1.5": "-size '1.5': a whole number is expected",
    "-train text -output out -window 0": "-window 0 is out of range",
    "-train text -output out -iter 0": "-iter 0 is out of range",
    "-train text -output out -threads 0": "-threads 0 is out of range",
    "-train text -output out -negative -5": "-negative -5 is out of range",
    "-train text -output out -sample -1": "-sample -1.0 is out of range",
    "-train text -output out -sample nan": "-sample nan is out of range",
    "-train text -output out -alpha 0": "-alpha 0.0 is out of range",
    "-train text -output out -alpha fast": "-alpha 'fast': a number is expected",
    "-train text -output out -classes -1": "-classes -1: a whole number from 0 up",
    "-train text -output out -negative 0": "-negative 0 with hs=0 leaves nothing to train",
    "-train text -output out -itr 3": "unknown option -itr; did you mean -iter?",
    "-train text -output out -min_count 3": "unknown option -min_count; did you mean -min-count?",
    "-train text -output out -iter 3 -iter 4": "-iter is given twice",
    "-train text -output out -iter": "Argument missing for -iter",
    "-train text out": "'out' follows no option",
    "-train text -output out -exact 1 -threads 4": "-threads 4: exact runs on one thread",
    "-train text -output out -read-vocab nowhere": "-read-vocab 'nowhere': no such vocabulary",
    "-train text -output out -read-vocab vocab": "'vocab', line 2 ('b x')",
    "-train text -output out -read-vocab other": "-train 'text' holds none of the 1",
}


@pytest.mark.parametrize("line", BAD)
def test_a_users_mistake_is_one_line_and_status_2_and_leaves_no_file(folder, capsys, line):
    (folder / "empty").write_text(" \n")
    (folder / "folder").mkdir()
    (folder / "binary").write_bytes(b"abc\0def")
    (folder / "utf16").write_bytes("abc".encode("utf-16"))
    (folder / "vocab").write_bytes(b"a 5\nb x\n")
    (folder / "other").write_bytes(b"zzz 5\n")
    before = {name: os.path.getmtime(name) for name in sorted(os.listdir("."))}
    assert word2vec(line) == 2
    err = capsys.readouterr().err
    assert err.startswith("word2vec: ") and err.count("\n") == 1
    assert BAD[line] in err
    assert {name: os.path.getmtime(name) for name in sorted(os.listdir("."))} == before


def test_an_output_without_write_permission_is_refused(folder, capsys):
    (folder / "out").write_text("precious")
    (folder / "out").chmod(stat.S_IREAD)
    if os.access("out", os.W_OK):
        pytest.skip("this user may write anything")
    assert word2vec("-train text -output out") == 2
    assert "no permission" in capsys.readouterr().err


def test_a_pipe_is_read_once_and_trained(folder):
    command = [
        sys.executable,
        "-c",
        "import sys; from w2v.cli.word2vec import *; sys.exit(word2vec_main())",
    ]
    options = ["-train", "-", "-output", "out", "-size", "4", "-iter", "2", "-debug", "1"]
    run = subprocess.run(
        command + options, input=(folder / "text").read_bytes(), capture_output=True, check=True
    )
    assert b"Vocab size: 97" in run.stdout and len(words_in(folder / "out")) == 97


def test_a_closed_pipe_ends_quietly(folder):
    script = "import sys; from w2v.cli.word2vec import *; sys.exit(word2vec_main())"
    options = "-train text -output out -size 4 -iter 1"
    run = subprocess.run(
        f"{sys.executable} -c '{script}' {options} | true", shell=True, capture_output=True
    )
    assert run.stderr == b""


def test_w2v_train_saves_what_load_reads(folder, capsys):
    line = "train text text -o vectors.bin --vector-size 8 --epochs 1 --sg 1 --min-count 90"
    assert w2v_main(line.split()) == 0
    out = capsys.readouterr().out
    assert "8,000 tokens" in out and "vectors.bin: binary" in out
    wv = w2v.load("vectors.bin")
    assert wv.vector_size == 8 and 0 < len(wv) < 96 and "</s>" not in wv
    assert w2v_main([*line.split(), "-o", "vectors.txt", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert (folder / "vectors.txt").read_text().count("\n") == len(wv) + 1


@pytest.mark.parametrize(
    "line, message",
    [
        ("train nowhere -o out", "corpus='nowhere': no such file"),
        ("train text -o text", "output='text' is an input too"),
        ("train text -o out --window 0", "window=0 is out of range"),
        ("train text -o out --min-count 5000", "min_count=5000 leaves 0 of 96 words"),
    ],
)
def test_w2v_train_names_mistakes(folder, capsys, line, message):
    assert w2v_main(line.split()) == 2
    assert message in capsys.readouterr().err
    assert os.listdir(".") == ["text"]


def test_help_shows_the_live_defaults(capsys):
    with pytest.raises(SystemExit) as exit:
        w2v_main(["train", "--help"])
    assert exit.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"(default {w2v.Params().vector_size})" in out and "--ns-exponent X" in out
    # What the vocabulary decides has none.
    assert "gains some in text" in out and "in text (default" not in out


def test_w2v_alone_lists_its_commands(capsys):
    assert w2v_main([]) == 0
    assert "demo" in capsys.readouterr().out


@pytest.mark.slow
def test_the_demo_finds_neighbours_that_make_sense(capsys):
    assert w2v_main(["demo"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^  directory .*(path|dir)", out, re.M)
    assert re.search(r"^  write .*\b(read|file)\b", out, re.M)
    assert w2v_main(["demo", "write", "zebra"]) == 2
    assert "words=zebra" in capsys.readouterr().err


def test_a_mistyped_command_is_answered_with_the_nearest(capsys):
    assert w2v_main(["simlar", "vectors.bin"]) == 2
    assert capsys.readouterr().err == "w2v: no command 'simlar'; did you mean similar?\n"
    assert w2v_main(["xyzzy"]) == 2 and "there are train, " in capsys.readouterr().err
