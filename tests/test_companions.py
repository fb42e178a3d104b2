"""distance, word-analogy and compute-accuracy print the bytes of the C tools.

Digests and short transcripts are of what the C tools printed (compiled without fused multiply-add);
on other vectors a twin sums in C's order, number by number.
"""

import hashlib
import io
import os
import subprocess
import sys

import corpora
import numpy as np
import pytest

from w2v import KeyedVectors
from w2v.cli import c_queries, word2vec

GOLDEN = {
    c_queries.distance_main: (
        [],
        b"w1\nw2 w3\nw9999999\nEXIT\n",
        "b1bcccb379338963a9cc2f47f47dd8a283acacb8a63ca6742a8a8a684204622e",
    ),
    c_queries.word_analogy_main: (
        [],
        b"w1 w2 w3\nw1 nope w3\nEXIT\n",
        "10c9c4df64983246d4bad51a38cc99f7d1462184740e860af35aae2a600da9af",
    ),
    c_queries.compute_accuracy_main: (
        ["1000"],
        b": fake-section\nw1 w2 w3 w4\nW5 W6 W7 W8\n: gram-fake\nw9 w10 w11 w12\nw1 w2 nope w4\n",
        "65bc541288fa041385f56521bbb3ecb9f6301f9a2078ea176055d50040400cd7",
    ),
}


@pytest.fixture
def run(monkeypatch, capfdbinary):
    def run(main, arguments, stdin):
        out = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
        status = main([*map(str, arguments)])
        sys.stdout.flush()
        return status, out.getvalue()

    return run


@pytest.fixture(scope="module")
def golden_vectors(tmp_path_factory):
    folder = tmp_path_factory.mktemp("companions")
    (folder / "plain").write_bytes(corpora.plain())
    options = "-cbow 0 -size 20 -iter 2 -min-count 1 -binary 1 -threads 1 -exact 1 -debug 0"
    files = ["-train", str(folder / "plain"), "-output", str(folder / "vectors")]
    assert word2vec.word2vec_main([*files, *options.split()]) == 0
    return folder / "vectors"


@pytest.mark.parametrize("main", GOLDEN)
def test_output_has_the_digest_of_c(golden_vectors, run, main):
    arguments, stdin, digest = GOLDEN[main]
    status, out = run(main, [golden_vectors, *arguments], stdin)
    assert status == 0 and hashlib.sha256(out).hexdigest() == digest


@pytest.mark.parametrize("binary", [True, False])
def test_text_files_are_read_too(golden_vectors, run, tmp_path, binary):
    kv = KeyedVectors.load_word2vec_format(golden_vectors)
    kv.save_word2vec_format(tmp_path / "vectors", binary=binary)
    for main, (arguments, stdin, digest) in GOLDEN.items():
        _, out = run(main, [tmp_path / "vectors", *arguments], stdin)
        assert hashlib.sha256(out).hexdigest() == digest


WORDS = ["</s>", "a", "b", "c", "d", "A", "été", "e", "f", "g", "詞" * 20, "h"]


@pytest.fixture
def small(random, tmp_path):
    vectors = random.normal(size=(len(WORDS), 3)).astype(np.float32)
    vectors[4] = vectors[2] - vectors[1] + vectors[3]
    vectors[9] = 0
    KeyedVectors(WORDS, vectors).save_word2vec_format(tmp_path / "small", binary=True)
    return tmp_path / "small"


def heads(out):
    """Leave out the tables."""
    return b"".join(line for line in out.splitlines(True) if b"\t\t" not in line and line != b"\n")


PROMPT = b"Enter word or sentence (EXIT to break): "
TABLE = b" " * 46 + b"Word       Cosine distance\n" + b"-" * 72 + b"\n"
UNKNOWN = b"Out of dictionary word!\n"


def line(word, row):
    return b"Word: %s  Position in vocabulary: %d\n" % (word, row)


# What is typed, and for each line of it what distance answers, after the prompt.
TRANSCRIPTS = {
    b"a\n": line(b"a", 1) + TABLE,
    b"a a\n": line(b"a", 1) * 2 + TABLE,
    b"a  b\n": line(b"a", 1) + line(b" b", -1) + UNKNOWN,
    b" a\n": line(b" a", -1) + UNKNOWN,
    b"a \n": line(b"a", 1) + line(b"", -1) + UNKNOWN,
    b"a\tb\n": line(b"a\tb", -1) + UNKNOWN,
    b"a\r\n": line(b"a\r", -1) + UNKNOWN,
    b"a nope b\n": line(b"a", 1) + line(b"nope", -1) + UNKNOWN,
    b"\n": line(b"", -1) + UNKNOWN,
    b"</s> g\n": line(b"</s>", 0) + line(b"g", 9) + TABLE,
    "été\n".encode(): line("été".encode(), 6) + TABLE,
    b"exit\n": line(b"exit", -1) + UNKNOWN,
    b"EXIT \n": line(b"EXIT", -1) + UNKNOWN,
}


@pytest.mark.parametrize("typed", TRANSCRIPTS)
def test_distance_answers_each_line_as_c(small, run, typed):
    _, out = run(c_queries.distance_main, [small], typed + b"EXIT\nnever read\n")
    assert heads(out).replace(PROMPT + b"\n", PROMPT) == PROMPT + TRANSCRIPTS[typed] + PROMPT
    tables = out.count(TABLE)
    assert out.count(b"\t\t") == 40 * tables
    if tables:
        padded = out.splitlines()[-2]
        assert padded == b" " * 50 + b"\t\t-1.000000"


def test_an_empty_word_reads_what_earlier_lines_left():
    buffer = c_queries.Line()
    assert buffer.words(b"a bc d") == [b"a", b"bc", b"d"]
    assert buffer.words(b"") == [b"", b"bc", b"d"]  # its NUL stands where `a` was
    assert buffer.words(b"x") == [b"x"]
    assert buffer.words(b"x ") == [b"x", b"", b"d"]
    assert buffer.words(b"nope") == [b"nope"]
    assert buffer.words(b"") == [b""]


def test_word_analogy_asks_for_three_words_and_excludes_more(small, run):
    typed = b"a b\na b c\na b c d\na b </s>\n\n"
    status, out = run(c_queries.word_analogy_main, [small], typed)
    prompt = b"Enter three words (EXIT to break): "
    answers = out.split(prompt)
    complaint = b"Only %d words were entered.. three words are needed at the input to perform the "
    assert status == 0 and answers[0] == b""
    assert answers[1] == complaint % 2 + b"calculation\n"
    assert b" " * 46 + b"Word              Distance\n" + b"-" * 72 + b"\n" in answers[2]
    shown = [line.split(b"\t\t") for line in answers[2].splitlines() if b"\t" in line]
    assert shown[0][0] == b"%50s" % b"d" and len(shown) == 40
    assert shown[-1] == [b" " * 50, b"0.000000"] and all(b"-" not in cosine for _, cosine in shown)
    assert b"%50s" % b"d" not in answers[3]
    assert answers[4].endswith(line(b"</s>", 0) + UNKNOWN)
    assert answers[5].endswith(line(b"", 0) + UNKNOWN)  # "", "b", "</s>" of the line before
    assert answers[6] == b""  # the end of input


def in_order(products):
    total = np.float32(0)
    for product in products:
        total = np.float32(total + product)
    return total


def unit_twin(vector):
    with np.errstate(invalid="ignore", divide="ignore"):
        return vector / np.sqrt(in_order(vector * vector))


def some_vectors(random, kind):
    vectors = random.normal(size=(90, 30)).astype(np.float32)
    if kind == "near ties":
        vectors = vectors * np.float32(1e-4) + random.normal(size=30).astype(np.float32)
    if kind == "ties and zeros":
        vectors = vectors.round()[random.integers(40, size=90)]
        vectors[[5, 50]] = 0
    return vectors


KINDS = ["any", "near ties", "ties and zeros"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("main", [c_queries.distance_main, c_queries.word_analogy_main])
def test_tables_equal_a_twin_that_sums_in_the_order_of_c(run, tmp_path, random, main, kind):
    vectors = some_vectors(random, kind)[: 35 if kind == "ties and zeros" else 90]
    V = len(vectors)
    words = [f"w{row}" for row in range(V)]
    KeyedVectors(words, vectors).save_word2vec_format(tmp_path / "v", binary=True)
    units = [unit_twin(vector) for vector in vectors]
    queries = [*random.integers(1, len(words), size=(25, 3)).tolist(), [5, 6, 7]]
    typed = "".join(" ".join(words[row] for row in query) + "\n" for query in queries)
    _, out = run(main, [tmp_path / "v"], typed.encode())
    tables = [part.split(b"-" * 72 + b"\n")[-1] for part in out.split(b"Enter ")[1:-1]]
    for query, table in zip(queries, tables, strict=True):
        a, b, c = (units[row] for row in query)
        is_distance = main is c_queries.distance_main
        vector = unit_twin(a + b + c if is_distance else b - a + c)
        cosines = [in_order(unit * vector) for unit in units]
        least = -1 if is_distance else 0
        rows = [row for row in range(V) if row not in query and cosines[row] > least]
        rows = sorted(rows, key=lambda row: -cosines[row])[:40]
        lines = [f"{words[row]:>50}\t\t{cosines[row]:f}\n" for row in rows]
        lines += [f"{'':50}\t\t{least:f}\n"] * (40 - len(lines))
        assert table.decode() == "".join(lines)


@pytest.mark.parametrize("kind", KINDS)
def test_accuracy_equals_a_twin_that_sums_in_the_order_of_c(run, tmp_path, random, kind):
    vectors = some_vectors(random, kind)
    words = [f"{'wW'[row % 2]}{row % 60}" for row in range(len(vectors))]
    KeyedVectors(words, vectors).save_word2vec_format(tmp_path / "v", binary=True)
    units = [unit_twin(vector) for vector in vectors]
    names = [word.upper() for word in words]
    correct, typed = 0, ": all\n"
    for i in range(300):
        triple = random.integers(60, size=3).tolist()
        a, b, c = (units[row] for row in triple)
        products = [in_order(unit * (b - a + c)) for unit in units]
        best = [row for row in range(90) if row not in triple and products[row] > 0]
        best = names[max(best, key=lambda row: products[row])] if best else ""
        expected = best if best and i % 2 else "W1"
        correct += best == expected
        typed += " ".join([*(words[row] for row in triple), expected.lower()]) + "\n"
    _, out = run(c_queries.compute_accuracy_main, [tmp_path / "v"], typed.encode())
    assert b"ACCURACY TOP1: %.2f %%  (%d / 300)\n" % (correct / 3, correct) in out
    assert 100 < correct < 300


def section(name, correct, seen, total, semantic, syntactic):
    shares = (b"%.2f" % (100 * correct / seen), correct, seen)
    return (
        name + b":\nACCURACY TOP1: %s %%  (%d / %d)\n" % shares + b"Total accuracy: %s %%   "
        b"Semantic accuracy: %s %%   Syntactic accuracy: %s %% \n" % (total, semantic, syntactic)
    )


NAN = b"-nan"
ACCURACY = {
    b"": b"Questions seen / total: 0 0   -nan % \n",
    b": s\n": section(b"s", 0, 1, NAN, NAN, NAN) + b"Questions seen / total: 0 0   -nan % \n",
    # Without a section nothing is shown, but counted.
    b"a b c d\n": b"Questions seen / total: 1 1   100.00 % \n",
    b"a b c d\n: t\na b c e\n": section(b"t", 0, 1, b"50.00", b"50.00", NAN)
    + b"Questions seen / total: 2 2   100.00 % \n",
    # The end of input ends a section; a name that meets it is not shown.
    b": s\na b c d\n: t": section(b"s", 1, 1, b"100.00", b"100.00", NAN)
    + b"Questions seen / total: 1 1   100.00 % \n",
    b": s\na b c d\nexit": section(b"s", 1, 1, b"100.00", b"100.00", NAN)
    + b"Questions seen / total: 1 1   100.00 % \n",
    # A question cut off gets its last words from the one before, if a line end follows.
    b": s\na b c d\na b\n": section(b"s", 2, 2, b"100.00", b"100.00", NAN)
    + b"Questions seen / total: 2 2   100.00 % \n",
    b": s\na b c d\na": section(b"s", 1, 1, b"100.00", b"100.00", NAN)
    + b"Questions seen / total: 1 1   100.00 % \n",
    # Lines do not matter, nor does case, but that of the name and of other letters than A to Z.
    b": Two words a b c\nEXIT u\n\n A b\r\nC d": section(b"Two", 0, 1, NAN, NAN, NAN)
    + section(b"u", 1, 1, b"100.00", b"100.00", NAN)
    + b"Questions seen / total: 1 2   50.00 % \n",
    ": Été\nétÉ b c d\n été b c d\n".encode(): section(
        "Été".encode(), 1, 1, b"100.00", b"100.00", NAN
    )
    + b"Questions seen / total: 1 2   50.00 % \n",
}


@pytest.mark.parametrize("typed", ACCURACY)
def test_compute_accuracy_reads_questions_as_c(small, run, typed):
    assert run(c_queries.compute_accuracy_main, [small], typed) == (0, ACCURACY[typed])


def test_accuracy_takes_only_products_above_0_and_no_word_of_the_question(run, tmp_path):
    vectors = np.array([[1, 0], [0, 1], [0.5, -1]])
    KeyedVectors(["a", "b", "d"], vectors).save_word2vec_format(tmp_path / "v", binary=True)
    _, out = run(c_queries.compute_accuracy_main, [tmp_path / "v"], b": s\na b b d\na b d b\n")
    assert out.startswith(section(b"s", 0, 2, b"0.00", b"0.00", NAN))


def test_the_sixth_section_is_syntactic(small, run):
    typed = b"".join(b": %d\na b c d\n" % number for number in range(1, 6))
    typed += b": 6\na b c e\na b c d\na b c e\n"
    _, out = run(c_queries.compute_accuracy_main, [small, "0"], typed)
    assert section(b"6", 1, 3, b"75.00", b"100.00", b"33.33") in out
    _, out = run(c_queries.compute_accuracy_main, [small, "4"], typed)
    assert b"Questions seen / total: 0 8   0.00 % \n" in out


@pytest.mark.parametrize("main", GOLDEN)
def test_without_arguments_the_usage_is_shown(run, main):
    status, out = run(main, [], b"")
    assert status == 0 and out.startswith(b"usage: ")


@pytest.mark.parametrize(
    "main, arguments, message",
    [
        (c_queries.distance_main, ["nowhere"], b"distance: 'nowhere': No such file"),
        (
            c_queries.word_analogy_main,
            ["small", "x"],
            b"unexpected argument 'x'; usage: word-analogy FILE",
        ),
        (c_queries.compute_accuracy_main, ["small", "-3"], b"THRESHOLD '-3': a whole number"),
        (c_queries.compute_accuracy_main, ["small", "all"], b"THRESHOLD 'all': a whole number"),
        (c_queries.distance_main, ["cut"], b"the file ends before its"),
    ],
)
def test_mistakes_are_one_line_and_status_2(
    small, run, main, arguments, message, monkeypatch, capfdbinary
):
    monkeypatch.chdir(small.parent)
    (small.parent / "cut").write_bytes(small.read_bytes()[:-9])
    assert run(main, arguments, b"a\n") == (2, b"")
    error = capfdbinary.readouterr().err
    assert message in error and error.count(b"\n") == 1


def test_lines_at_a_terminal_are_edited_recalled_and_ended_by_ctrl_d(small):
    pty = pytest.importorskip("pty")
    pytest.importorskip("readline")
    script = f"from w2v.cli.c_queries import *; raise SystemExit(distance_main([{str(small)!r}]))"
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=terminal,
        stdout=terminal,
        env={**os.environ, "TERM": "xterm", "INPUTRC": os.devnull},
        cwd=small.parent,  # not the checkout, whose w2v may not be the one installed
    )
    os.close(terminal)
    out = b""
    for typed in (b"nopx\x7fe\n", b"\x1b[A\n", b"\x04"):
        out += read_until(main, PROMPT)
        os.write(main, typed)
    assert process.wait(20) == 0
    os.close(main)
    assert out.count(b"Word: nope  Position in vocabulary: -1") == 2


def read_until(descriptor, end):
    data = b""
    while end not in data:
        data += os.read(descriptor, 1000)
    return data
