"""The command fasttext prints and writes the bytes of fastText 0.9.2, built with plain IEEE floats.

Digests are SHA-256 of what `fasttext` wrote on Linux, with -thread 1, of the texts of
golden_texts.py.
"""

# ruff: noqa: RUF001
import hashlib
import io
import subprocess
import sys

import golden_texts
import numpy as np
import pytest

import w2v
from w2v.cli import fasttext_options
from w2v.cli.fasttext import fasttext_main
from w2v.cli.main import w2v_main
from w2v.formats import fasttext as files
from w2v.vectors import fasttext as queries

NOTHING = hashlib.sha256(b"").hexdigest()

# The options, and digests of the .bin, .vec and .output files.
TRAINED = {
    "sg": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 2",
        [
            "bd9e5948f688a21eb9a77f1c584283c2072869fa3c90e5d98299ab6512b65df6",
            "eaf001218a4d7ea5f8bd860bfa0b3c9698b8d1fa029b867da05702be861530b8",
        ],
    ),
    "cbow": (
        "cbow -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 2",
        [
            "721f6255a064324f07c29bf4bb809a8c2e4abe23ae75d015659607b45f6af1da",
            "acfdbc5f7bd34101458b0c38ab156ec9f7ddf552d788550c241a28f70fac4acd",
        ],
    ),
    "sg-hs": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 2 -loss hs",
        [
            "7445081c96d38bf29a11751fa76e60ef7175895c7e6add44540cb1c6439b0f59",
            "b63b83155fb21a182290ffd1ba782e7baa52bc2755b8dd71c6a003a8fe40503b",
        ],
    ),
    "cbow-hs": (
        "cbow -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 1 -loss hs",
        [
            "dda15a9fe0a4a53b4554e2ad796882abcc3efe2286ef5c874cd24dacdb527985",
            "cf38b94191c38c46a318803ff37c4ceccbc38760a4ac679d4191b1ef78826d0f",
        ],
    ),
    "sg-softmax": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 1 -loss softmax",
        [
            "f5fb474a2ece8cb0888918d36804ba944d5cd0a3f54e55616e7f1cb1a691146e",
            "aabc6b6dad646980bdf0326f541c39bd1cdd18ae5468233c2c770c4ecb827fae",
        ],
    ),
    "sg-words": (
        "skipgram -input plain.txt -dim 10 -minCount 2 -epoch 2 -maxn 0",
        [
            "801264349fbf0586069c845fcee174d120b18d26307143e3a329b82a1ca3065b",
            "0cd77c30476c33633d7190557bdce4299c84a2db60fbb257312c71876707127e",
        ],
    ),
    "sg-t": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 2 -t 1e-4",
        [
            "eecac2c72906b3a276798023d3e67f113d4f3377f4fd0d15e7264e106e4acb08",
            "eaf001218a4d7ea5f8bd860bfa0b3c9698b8d1fa029b867da05702be861530b8",
        ],
    ),
    "sg-lr": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 2 -lr 0.05",
        [
            "3d8125b4a0f723773ddedbefef5ca904adb145fb994efd436d99a819c13178c5",
            "377fa8f990e7d1c50037a589f6d5d31c71731d05d6b0b2d8af4d86ad9facfadc",
        ],
    ),
    "sg-seed": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 2 -epoch 1 -seed 7",
        [
            "44f64c9bb75975390513888c9a77855d0328f34fe47639cbe293be15c666df95",
            "2c33d536ba4ed8754d301f05ad31401ac2c5de502c254b1f5718c6b60e64e978",
        ],
    ),
    "sg-16": (
        "skipgram -input plain.txt -dim 16 -bucket 500 -minCount 2 -epoch 1 -neg 3 -ws 2",
        [
            "ab6aad96121395bbae10c188c523a2965fd88c80beec94699f70565fd99354d4",
            "160b25eeeff3f968da0aa9b3f5de93ba1175b71a93536e1d27c09cd3f26bd506",
        ],
    ),
    "sg-output": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 20 -epoch 1 -saveOutput",
        [
            "0f47c9f8d7a99e4ee93247b35e237dd1c3f5f26c7911006d65e1d2e7f7ccb1b2",
            "45dff5e951bcfc77312ca3063c1b0e25c3fd70772c2c3d8786159b5680d00a5e",
            "bd20164b5336d456720a70cd074c0cd882470e7b6bbf87b5753723d8722e5330",
        ],
    ),
    "nasty-sg": (
        "skipgram -input nasty.txt -dim 10 -bucket 500 -minCount 1 -epoch 2 -minn 1 -maxn 3 "
        "-t 0.01",
        [
            "6c0c60f57b0f52f367a9cc8877786d8d2e36d52f678b9134005b17e23f92b2a3",
            "7dd6310740227242217def62c1df373b800d774901d1f69baa57c20ff3704d03",
        ],
    ),
    "nasty-cbow": (
        "cbow -input nasty.txt -dim 10 -bucket 500 -minCount 2 -epoch 3 -minn 2 -maxn 4 "
        "-t 0.01 -lrUpdateRate 10",
        [
            "927c883e4881a4e83644e6fcf31e17976df804c4a7c961edebd16ec31217fb65",
            "b86cf4763eddd54506e589c0c8f883d0234df8760ea0ab604b463aabffb45644",
        ],
    ),
    "sg-pretrained": (
        "skipgram -input plain.txt -dim 10 -bucket 500 -minCount 5 -epoch 1 "
        "-pretrainedVectors sg.vec",
        [
            "1afb108f114558df08b38d80e4e7bd23d7c749a8763b17dcac0496ce9ba6eef7",
            "1b446809bd33267ee58cca91cec0ecf11661de15cf79292aeba1f23ce7e52e70",
        ],
    ),
}

# The arguments, standard input, and digest of standard output.
ASKED = {
    "print-word-vectors": (
        "print-word-vectors sg.bin",
        "дoдoing unheard-of x ab </s> été\n",
        "79f6e0986277467e83c84faa29bdbd2817f70d6e567cdd6edb109ac2fe5a3d5a",
    ),
    "print-sentence-vectors": (
        "print-sentence-vectors sg.bin",
        "tes яustagé unheard-of\n\n   \nяоstäros\tbäditrо x </s>",
        "8c00311948569faf6c69de58a78a9cfbf592f98092ff8b8ffc971f98875b65de",
    ),
    "print-ngrams": (
        "print-ngrams sg.bin дoдoing",
        "",
        "ba5d6191c6154e7ec03b29d4d6600c5e5f31a02129a5d63f5f17f8d115e32475",
    ),
    "print-ngrams-oov": (
        "print-ngrams sg.bin abc",
        "",
        "de650933399663ae8adfa6c5b406a164fd3ab6ef98d7b8f38952bcb9f9e55c8e",
    ),
    "nn": (
        "nn sg.bin 4",
        "bäditrо unheard-of </s>\n",
        "f9b70884278a65a5b471316de58387970db32e742a3f6b4a9d331eaea5b5d3b2",
    ),
    "nn-default": (
        "nn sg.bin",
        "</s>\n",
        "db86e6b70f98f943a73d0efa41e1c0bb2f154b5439577e4284f348dc17bf7c60",
    ),
    "dump-args": (
        "dump sg.bin args",
        "",
        "76304435733cb27a00afce400b686ef927bdf098d8a52dcd3fe00c75fe8c0a8a",
    ),
    "dump-dict": (
        "dump sg.bin dict",
        "",
        "456a31938aee9694e6fe94abd7c9f165f7001de6d47805e623dacfae2d52dd49",
    ),
    "dump-input": (
        "dump sg.bin input",
        "",
        "e424762c3b394b7a32dd0be53506c0668f8bda7d15f8a48aa40f7b6eb214af95",
    ),
    "dump-output": (
        "dump sg.bin output",
        "",
        "af0569b6836c112aba6161414f588e8c92d1077749752d4bbfe0edbf29dc3f1d",
    ),
    "analogies": (
        "analogies sg.bin 3",
        "tes яiing traing\n",
        "59800b96f70986e247b5f10067c700b9b9a5e673804e608fb96c5ab84375d7d5",
    ),
}

# The arguments, and digests of standard output and error; the exit status is 1.
USAGES = {
    "usage": ("", [NOTHING, "a27ef92b38d689a3ef22cdf42dc01a1521d0292838fc160b25643c6ed8a28beb"]),
    "usage-nn": (
        "nn",
        ["262be9b0f726d63aadaa4fd44df244d043fc8d354806cfe92a9c93678c8d0b1f", NOTHING],
    ),
    "usage-pwv": (
        "print-word-vectors",
        [NOTHING, "24f1f120ad1321b6dfe28a64f6a2bc6f74df2e888419bc601ccd4538356237f2"],
    ),
    "usage-psv": (
        "print-sentence-vectors",
        [NOTHING, "1ba50062a1da704b180a176ceb194b6b057ed4c15c43e07535f0b99df64e511e"],
    ),
    "usage-ngrams": (
        "print-ngrams sg.bin",
        [NOTHING, "09bc421367449cbcce56f63ffc90b9e5a9e382677d135ba233c42429633374e8"],
    ),
    "usage-analogies": (
        "analogies",
        ["681fd86c8598b097ce8c434f2f672319ae52be1bbdb03c9cdbcac833cb7d18ab", NOTHING],
    ),
    "usage-dump": (
        "dump sg.bin",
        ["9116cda691df6da22f904c1d3dd221dadd68d4fd45cd2b88cd64813791f8172c", NOTHING],
    ),
    "usage-dump-bad": (
        "dump sg.bin bad",
        ["9116cda691df6da22f904c1d3dd221dadd68d4fd45cd2b88cd64813791f8172c", NOTHING],
    ),
    "train-help": (
        "skipgram -h",
        [NOTHING, "9431846e3a2c496c5a9986ee0dff570562daa2dd495c0b1368f4b2fdb5e959ff"],
    ),
    "train-none": (
        "skipgram",
        [NOTHING, "37cb3533068b1b3aecac0d58d2c331e97b0f6f806f93f53e1dae208306ab6bb7"],
    ),
    "train-unknown": (
        "skipgram -input plain.txt -output x -wrong 1",
        [NOTHING, "eaa9bea27827750cd7aa990774b7341d12a27b546f7ec20beedcc8d649dea282"],
    ),
    "train-noarg": (
        "skipgram -input plain.txt -output",
        [NOTHING, "f7db55b9714c52cde4ea0d049021234ac49e238c6a6863ecb02f22ce1c33ed38"],
    ),
    "train-nodash": (
        "skipgram input plain.txt",
        [NOTHING, "93e6cdb9625312311cd00a5dc1cb8ea5a24dacd302fe6d7c98567a9601860204"],
    ),
    "train-badloss": (
        "skipgram -input plain.txt -output x -loss none",
        [NOTHING, "55fdb65b04c9af66487e890729f187c4e65b28a1d4cdf74d7ddb2842e6d999fc"],
    ),
}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def run(monkeypatch, capfd):
    """Run the command; returns its exit status and what it wrote."""

    def run(arguments, stdin=b""):
        streams = {name: io.TextIOWrapper(io.BytesIO(), "utf-8") for name in ("stdout", "stderr")}
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        status = fasttext_main(arguments.split() if isinstance(arguments, str) else arguments)
        for stream in streams.values():
            stream.flush()
        return status, *(stream.buffer.getvalue() for stream in streams.values())

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the two texts, and sg.bin and sg.vec."""
    folder = tmp_path_factory.mktemp("fasttext")
    for name in ("plain", "nasty"):
        (folder / f"{name}.txt").write_bytes(getattr(golden_texts, name)())
    options = TRAINED["sg"][0].replace("plain.txt", str(folder / "plain.txt"))
    more = f"-output {folder / 'sg'} -exact 1 -verbose 0"
    assert fasttext_main(f"{options} {more}".split()) == 0
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", TRAINED)
def test_exact_training_writes_the_files_of_fasttext(here, run, name):
    options, digests = TRAINED[name]
    arguments = f"{options} -output {name}.x -exact 1 -thread 1 -verbose 0"
    assert run(arguments) == (0, b"", b"")
    paths = [here / f"{name}.x.{suffix}" for suffix in ("bin", "vec", "output")]
    assert [digest(path.read_bytes()) for path in paths if path.exists()] == digests


@pytest.mark.parametrize("name", ASKED)
def test_queries_print_the_bytes_of_fasttext(here, run, name):
    arguments, stdin, wanted = ASKED[name]
    status, out, err = run(arguments, stdin.encode())
    if name == "analogies":  # the digest ends before the second prompt; the tool never stops
        assert out.endswith(b"Query triplet (A - B + C)? ")
        out = out[: -len(b"Query triplet (A - B + C)? ")]
    assert (status, digest(out), err) == (0, wanted, b"")


@pytest.mark.parametrize("name", USAGES)
def test_usage_texts_are_those_of_fasttext(here, run, name):
    arguments, digests = USAGES[name]
    status, out, err = run(arguments)
    assert (status, [digest(out), digest(err)]) == (1, digests)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("skipgram -input nothere.txt -output x", "nothere.txt cannot be opened for training!"),
        ("skipgram -input - -output x", "Cannot use stdin for training!"),
        ("skipgram -input plain.txt -output nodir/x", "nodir/x.bin cannot be opened for saving."),
        ("cbow -exact 1 -input plain.txt -output x -minCount 1000000", "-minCount 1000000 leaves"),
        ("cbow -input plain.txt -output x -dim ten", "-dim 'ten': a whole number is expected"),
        ("cbow -input plain.txt -output x -bucket 2e6", "-bucket '2e6': a whole number is"),
        ("cbow -input plain.txt -output x -dim 5.9", "-dim '5.9': a whole number is expected"),
        ("cbow -input plain.txt -output x -lr 1e-50", "-lr 1e-50: out of the range of float32"),
        ("cbow -input plain.txt -output x -lr fast", "-lr 'fast': a number is expected"),
        ("cbow -input plain.txt -output x -epoch 9999999999", "-epoch 9999999999: out of range"),
        ("cbow -input plain.txt -output x -bucket 0", "-bucket 0: n-grams need buckets"),
        ("cbow -input plain.txt -output x -minn 5 -maxn 4", "-minn 5: above -maxn 4"),
        ("cbow -input plain.txt -output x -thread 0", "-thread 0: from 1 up is expected"),
        ("cbow -input plain.txt -output x -dim 0", "-dim 0: from 1 up is expected"),
        ("cbow -input plain.txt -output x -neg -1", "-neg -1: from 0 up is expected"),
        ("cbow -input plain.txt -output x -dsub 4", "-dsub: of quantize, which fastText itself"),
        ("cbow -input plain.txt -output x -exact 2", "-exact 2: 0 or 1 is expected"),
        ("cbow -input plain.txt -output x -autotune-duration 5", "-autotune-duration: classifiers"),
        ("cbow -input sg.bin -output sg", "-output sg: sg.bin is the input, too"),
        ("cbow -input plain.txt -output x -pretrainedVectors no", "no cannot be opened for load"),
        ("nn nothere.bin", "nothere.bin cannot be opened for loading!"),
        ("nn plain.txt", "plain.txt has wrong file format!"),
        ("nn sg.bin 0", "<k> '0': a whole number from 1 up is expected"),
        ("analogies sg.bin -3", "<k> '-3': a whole number from 1 up is expected"),
        ("predict sg.bin plain.txt", "predict: this fasttext has word vectors alone"),
        ("quantize -input plain.txt -output sg", "quantize: this fasttext has word vectors"),
        ("supervised -input plain.txt -output x", "facebookresearch/fastText"),
    ],
)
def test_mistakes_are_told_in_one_line_before_anything_is_written(here, run, arguments, message):
    before = sorted(here.iterdir())
    status, out, err = run(arguments)
    assert (status, out) == (1, b"")
    assert err.startswith(b"fasttext: ") and message.encode() in err and err.count(b"\n") == 1
    assert sorted(here.iterdir()) == before


def test_defaults_given_are_rounded_to_float_and_defaults_that_are_not_are_doubles():
    given = ["-input", "a", "-output", "b"]
    options = fasttext_options.parse(given)
    assert (options["lr"], options["t"]) == (0.05, 1e-4)
    options = fasttext_options.parse([*given, "-lr", "0.05", "-t", "1e-4"])
    assert (options["lr"], options["t"]) == (float(np.float32(0.05)), float(np.float32(1e-4)))


def test_words_without_rows_have_zeros_and_words_of_zeros_score_0(here, run):
    model = files.read_model("sg.bin")
    off = model.ngrams.with_rows(np.zeros_like(model.ngrams.rows))
    own = model.own.copy()
    own[:400] = 0
    files.write_model("zeros.bin", model._replace(own=own, ngrams=off))
    assert run("print-word-vectors zeros.bin", b"unknown\n")[1] == b"unknown " + b"0 " * 10 + b"\n"
    _, out, _ = run("nn zeros.bin 412", model.spelled[405])
    scores = [line.split()[1] for line in out.splitlines()[:-1] if b" " in line]
    assert scores.count(b"0") == 400


def test_neighbours_are_those_of_the_module_ties_included(here, random):
    module = pytest.importorskip("fasttext")
    model = files.read_model("sg.bin")
    tied = np.repeat(random.normal(size=(4, 10)), 103, axis=0).astype(np.float32)
    tied[random.integers(0, 412, 20)] = 0
    off = model.ngrams.with_rows(np.zeros_like(model.ngrams.rows))
    files.write_model("tied.bin", model._replace(own=tied[random.permutation(412)], ngrams=off))
    for name in ("tied.bin", "sg.bin"):
        theirs, ours = module.load_model(name), queries.Queries(files.read_model(name))
        for word in [*theirs.words[:40], "unheard-of", "x"]:
            for k in (1, 3, 17, 411, 1000):
                found = theirs.get_nearest_neighbors(word, k)
                assert [(score, name.encode()) for score, name in found] == (
                    ours.neighbours(word.encode(), k)
                )
        three = theirs.words[5:8]
        found = [(score, name.encode()) for score, name in theirs.get_analogies(*three, k=9)]
        assert found == ours.analogies([word.encode() for word in three], 9)


@pytest.mark.parametrize("command, more", [("skipgram", ""), ("cbow", "-loss hs -maxn 0")])
def test_training_on_all_threads_writes_what_fasttext_reads(here, run, command, more):
    arguments = f"{command} -input plain.txt -output fast -dim 8 -bucket 700 -thread 2 {more}"
    status, out, err = run(f"{arguments} -saveOutput -minCount 2 -epoch 3")
    assert (status, out) == (0, b"")
    counts = b"\rRead 0M words\nNumber of words:  412\nNumber of labels: 0\n\rProgress"
    assert err.startswith(counts)
    assert err.count(b"\n") == 4 and b"Progress: 100.0% words/sec/thread: " in err
    model = files.read_model("fast.bin")
    header, wv = model.header, w2v.load("fast.bin")
    n_tokens = len(golden_texts.plain().split()) + 900  # line ends, too
    assert (header.dim, header.epoch, header.minCount) == (8, 3, 2)
    assert header.ntokens == n_tokens
    assert header.bucket == (0 if more else 700) and "</s>" in wv.words
    for suffix, rows in (("vec", wv.vectors), ("output", model.outputs)):
        lines = (here / f"fast.{suffix}").read_text(encoding="utf-8").splitlines()
        assert lines[0] == "412 8" and len(lines) == 413
        shown = [float(number) for number in lines[7].split()[1:]]
        assert shown == pytest.approx(rows[6], rel=1e-4)
    assert run(f"{arguments} -verbose 0 -epoch 1") == (0, b"", b"")
    module = pytest.importorskip("fasttext")
    assert module.load_model("fast.bin").words == w2v.load("fast.bin").words


def test_the_script_is_installed(here):
    status = subprocess.run(
        [
            sys.executable,
            "-c",
            "from w2v.cli.fasttext import fasttext_main as m; raise SystemExit(m())",
        ],
        capture_output=True,
    )
    assert status.returncode == 1 and status.stderr.startswith(b"usage: fasttext <command> <args>")


def test_vectors_of_the_command_are_those_that_load_gives(here):
    wv = w2v.load("sg.bin")
    lines = (here / "sg.vec").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "412 10"
    assert [line.split(" ")[0] for line in lines[1:]] == wv.words
    for line, row in zip(lines[1:], wv.vectors, strict=True):
        assert line.split(" ")[1:] == [*(f"{x:.5g}" for x in row), ""]


def test_the_command_w2v_trains_with_subwords(here, capsys):
    train = ["train", "plain.txt", "-q", "--vector-size", "6", "--epochs", "2", "--workers", "1"]
    subwords = [*train, "--subwords", "--bucket", "300", "--min-n", "2", "--max-n", "4"]
    assert w2v_main([*subwords, "-o", "parts.w2v", "--checkpoint", "rest.w2v"]) == 0
    model = w2v.FastText.load("parts.w2v")
    params = model.params
    assert (params.sample, params.ns_exponent, params.bucket) == (1e-4, 0.5, 300)
    assert (params.min_n, params.max_n) == (2, 4) and "unheard-of" in w2v.load("parts.w2v")
    assert w2v_main([*subwords, "-o", "parts.bin", "--format", "fasttext"]) == 0
    made = w2v.load("parts.bin")
    assert made["unheard-of"].tobytes() == model.wv["unheard-of"].tobytes()
    given = ["--sample", "1e-3", "--ns-exponent", "0.75"]  # the defaults of the other model
    assert w2v_main([*subwords, *given, "-o", "given.w2v"]) == 0
    params = w2v.FastText.load("given.w2v").params
    assert (params.sample, params.ns_exponent) == (1e-3, 0.75)
    assert w2v_main(["train", "-q", "--resume", "rest.w2v", "-o", "again.w2v"]) == 0
    assert w2v.FastText.load("again.w2v").wv.vectors.tobytes() == model.wv.vectors.tobytes()
    assert w2v_main([*train, "-o", "plain.w2v"]) == 0
    params = w2v.Word2Vec.load("plain.w2v").params
    assert (params.sample, params.ns_exponent) == (1e-3, 0.75)
    for wrong, message in [
        (["--min-n", "3"], "--min-n 3: this is for --subwords"),
        (["--format", "fasttext"], "--format fasttext: this is for --subwords"),
        (["--subwords", "--min-n", "7"], "min_n=7 is above max_n=6"),
    ]:
        assert w2v_main([*train, *wrong, "-o", "x.bin"]) == 2
        assert message in capsys.readouterr().err
