"""The commands w2v similar, analogy, evaluate, convert and info, as a shell meets them."""

import io
import json
import sys

import numpy as np
import pytest

import w2v
from w2v.cli import main

WORDS = ["king", "queen", "man", "woman", "été", "Paris", "other"]
VECTORS = np.array(
    [[1, 0, 3], [0, 1, 3], [1, 0, 0], [0, 1, 0], [-1, -1, 1], [1, 2, 2], [-3, 1, -1]], np.float32
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    kv = w2v.KeyedVectors(WORDS, VECTORS)
    kv.save_word2vec_format(tmp_path / "vectors.bin", binary=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, capsys, monkeypatch):
    def run(line, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = main.w2v_main(line if isinstance(line, list) else line.split())
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_similar_shows_the_neighbours_of_each_query(run):
    status, out, err = run(["similar", "vectors.bin", "king", "man woman", "-n", "2"])
    kv = w2v.load("vectors.bin")
    expected = ""
    for query in (["king"], ["man", "woman"]):
        (a, x), (b, y) = kv.most_similar(query, topn=2)
        width = max(len(a), len(b))
        expected += f"{' '.join(query)}\n  {a:<{width}}  {x:7.4f}\n  {b:<{width}}  {y:7.4f}\n"
    assert (status, out, err) == (0, expected, "")


def test_similar_prints_a_line_of_json_for_each_query(run):
    status, out, _ = run("similar vectors.bin --json -n 1", stdin="king\n\n été  man\nwoman")
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and [answer["query"] for answer in answers] == [
        ["king"], ["été", "man"], ["woman"],
    ]  # fmt: skip
    assert answers[0]["nearest"] == [{"word": "queen", "similarity": 0.9}]


def test_analogy_answers_b_less_a_plus_c(run):
    status, out, _ = run("analogy vectors.bin man king woman -n 1")
    assert (status, out.split()[:4]) == (0, ["man", "king", "woman", "queen"])
    assert run("analogy vectors.bin -n 1", stdin="man king woman\n")[1] == out


def test_analogies_are_also_answered_by_products(folder, run):
    ask = "analogy vectors.bin man king woman --json"
    (word, score), *_ = w2v.load(folder / "vectors.bin").most_similar_cosmul(
        ["king", "woman"], ["man"]
    )
    first = json.loads(run(f"{ask} --method 3CosMul")[1])["nearest"][0]
    assert first == {"word": word, "similarity": pytest.approx(score, abs=1e-4)}
    assert first != json.loads(run(ask)[1])["nearest"][0]


def test_unknown_words_in_lines_are_told_and_counted_and_the_rest_is_answered(run):
    status, out, err = run("similar vectors.bin -n 1", stdin="king\nKing\nzebra man\nqueen\n")
    assert status == 2 and out.count("\n") == 4
    assert err.splitlines() == [
        "w2v: query 2: not among the 7 words: King; did you mean king?",
        "w2v: query 3: not among the 7 words: zebra",
        "w2v: 2 of 4 queries were not answered",
    ]
    status, out, err = run("analogy vectors.bin -n 1", stdin="king man\n")
    assert status == 2 and "query 1: 'king man': an analogy is asked with three words" in err


def planted_test(folder):
    questions = ": family\nman king woman queen\nman king woman Paris\n"
    questions += ": gram\nman king woman QUEEN\nman king woman zebra\n: z\n"
    (folder / "questions").write_text(questions)
    (folder / "pairs").write_text("king,queen,9\nman,woman,3\nking,other,1\nking,zebra,4\n")


def test_evaluate_shows_sections_sums_and_coverage(folder, run):
    planted_test(folder)
    status, out, err = run("evaluate vectors.bin --analogies questions --pairs pairs")
    assert status == 0 and not err
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line[:1] == " "}
    assert rows["family"] == ["1", "2", "50.00", "%", "0", "100.00", "%"]
    assert rows["gram"] == ["1", "1", "100.00", "%", "1", "50.00", "%"]
    assert rows["z"] == ["0", "0", "-", "0", "-"]
    assert rows["semantic"] == rows["family"] and rows["syntactic"] == rows["gram"]
    assert rows["all"] == ["2", "3", "66.67", "%", "1", "75.00", "%"]
    assert "pairs: Spearman 1.0000 (p 0), Pearson" in out and "3 of 4 pairs known (75.0%)" in out


def test_evaluate_as_json_has_the_numbers_of_the_api(folder, run):
    planted_test(folder)
    options = "--case-sensitive --count-unknown --restrict-vocab 4 --method 3CosMul --json"
    status, out, _ = run(f"evaluate vectors.bin -a questions -p pairs {options}")
    report = json.loads(out)
    kv = w2v.load("vectors.bin")
    rules = dict(restrict_vocab=4, case_insensitive=False, dummy4unknown=True)
    analogies = w2v.evaluate_analogies(kv, "questions", method="3CosMul", **rules)
    pairs = w2v.evaluate_pairs(kv, "pairs", **rules)
    (found,) = report["analogies"]
    assert status == 0 and found["all"] == {
        "correct": 1, "total": 4, "skipped": 3, "asked": 4, "accuracy": 0.25, "coverage": 0.25,
    }  # fmt: skip
    assert found["all"]["accuracy"] == analogies.accuracy
    assert [row["name"] for row in found["sections"]] == ["family", "gram", "z"]
    assert found["sections"][2]["accuracy"] is None
    (found,) = report["pairs"]
    assert found["spearman"] == pairs.spearman._asdict() and found["total"] == 4
    assert (found["skipped"], found["coverage"]) == (2, 0.5)


@pytest.mark.parametrize("line, binary", [("out.vec", 0), ("out.bin", 1), ("out --to text", 0)])
def test_convert_writes_what_the_name_or_the_option_says(folder, run, line, binary):
    status, out, _ = run(f"convert vectors.bin {line}")
    path = folder / line.split()[0]
    size = path.stat().st_size
    kind = "binary" if binary else "text"
    assert (status, out) == (0, f"{path.name}: {kind}, 7 words x 3 dimensions, {size} bytes\n")
    kv = w2v.load(path)
    assert kv.index_to_key == WORDS and np.array_equal(kv.vectors, VECTORS)
    assert (b"king 1" in path.read_bytes()) == (not binary)
    status, out, _ = run(f"info {path.name} --json")
    assert json.loads(out) == {
        "file": path.name, "kind": f"word2vec {kind}", "words": 7, "dimensions": 3,
        "size_bytes": size, "counts_known": False, "first_words": WORDS,
    }  # fmt: skip


def test_convert_writes_the_two_files_of_the_projector(folder, run):
    status, out, _ = run("convert vectors.bin out --to projector")
    paths = [folder / "out_tensor.tsv", folder / "out_metadata.tsv"]
    size = sum(path.stat().st_size for path in paths)
    assert (status, out) == (0, f"out: projector, 7 words x 3 dimensions, {size} bytes\n")
    assert np.array_equal(np.loadtxt(paths[0], np.float32), VECTORS)
    assert paths[1].read_text("utf-8").splitlines() == WORDS
    paths[0].unlink()
    paths[0].mkdir()
    assert "out_tensor.tsv" in run("convert vectors.bin out --to projector")[2]


def test_info_is_readable(run):
    status, out, _ = run("info vectors.bin")
    assert status == 0
    lines = dict(line.split(":", 1) for line in out.splitlines())
    assert lines["words"].strip() == "7" and lines["counts known"].strip() == "no"
    assert lines["first words"].split() == WORDS


@pytest.mark.parametrize(
    "line, message",
    [
        ("similar nowhere king", "'nowhere': No such file"),
        ("similar vectors.bin king zebra Queen", "7 words: zebra Queen; did you mean queen?"),
        ("similar vectors.bin king -n 0", "--topn 0: a whole number from 1 up"),
        ("analogy vectors.bin man king", "'man king': an analogy is asked with three words"),
        ("evaluate vectors.bin", "name tests with --analogies or --pairs"),
        ("evaluate nowhere -a absent", "analogies='absent': no such file"),
        ("evaluate nowhere -p bad", "line 2, 'king queen': two words and a number"),
        ("evaluate vectors.bin -a questions --restrict-vocab -4", "restrict_vocab=-4"),
        ("convert vectors.bin out", "output='out': its name does not say what format"),
        ("convert vectors.bin ./vectors.bin", "output='./vectors.bin' is the input too"),
        ("convert nowhere absent/out.bin", "output='absent/out.bin': there is no directory"),
        ("convert nowhere folder.bin", "this is a directory"),
        ("info questions", "'questions'"),
    ],
)
def test_mistakes_are_one_line_and_status_2_and_leave_no_file(folder, run, line, message):
    planted_test(folder)
    (folder / "bad").write_text("king queen 1\nking queen\n")
    (folder / "folder.bin").mkdir()
    before = sorted(folder.iterdir())
    status, out, err = run(line)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("command", ["similar", "analogy", "evaluate", "convert", "info"])
def test_each_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as exit:
        main.w2v_main([command, "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert exit.value.code == 0 and f"w2v {command} [-h]" in out
    if command == "evaluate":
        default = w2v.evaluate_analogies.__kwdefaults__["restrict_vocab"]
        assert f"(default {default})" in out


def test_unknown_words_are_all_named_with_the_nearest_spellings(run):
    status, _, err = run("similar vectors.bin quen wonan zebra king")
    said = "w2v: not among the 7 words: quen wonan zebra; did you mean queen, woman?\n"
    assert (status, err) == (2, said)
