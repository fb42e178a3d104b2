"""`w2v doctor` tells what works here, `w2v completion` what commands take, each its version."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys

import pytest
from commands import COMMANDS

import w2v
from w2v.cli import completion, doctor, main


def w2v_says(capsys, *arguments):
    assert main.w2v_main(list(arguments)) == 0
    return capsys.readouterr().out


# doctor


def test_the_doctor_tells_what_a_report_needs(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "BESIDES", ("pytest", "no-such-package"))
    found = json.loads(w2v_says(capsys, "doctor", "--json"))
    assert found["w2v"]["version"] == w2v.__version__
    assert found["w2v"]["kernels"].split() == w2v.kernels()
    assert found["python"]["version"] == sys.version.split(" (")[0]
    assert found["packages"] == {"pytest": pytest.__version__}
    assert set(found["trials"].values()) == {"works"}
    shown = w2v_says(capsys, "doctor")
    for part in found.values():
        assert all(str(fact) in shown for fact in part.values() if fact is not None)


def test_extras_of_this_package_are_each_a_package_that_users_install():
    told = doctor.extras()
    assert {"plot", "parquet", "ray"} <= set(told)
    for state in ", ".join(told.values()).split(", "):
        package = state.removeprefix("no ").split(":")[0]
        assert "[" not in package and "=" not in package, state


def test_extras_are_those_of_the_package_and_what_they_want(monkeypatch):
    required = [
        "numpy>=1.22",
        'matplotlib>=3.7; extra == "plot"',
        'scipy; extra == "sparse"',
        "backports.zstd; python_version < '3.14' and extra == 'zstd'",
        'pyarrow>=2; extra == "parquet"',
        'pytest>=7; extra == "test"',
    ]
    have = {"matplotlib": "3.10.1", "pyarrow": "1.9rc1"}
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: required)
    monkeypatch.setattr(doctor, "version", have.get)
    zstd = "no backports.zstd: pip install 'w2v[zstd]'"
    assert doctor.extras() == {
        "parquet": "pyarrow 1.9rc1, where 2 is needed: pip install -U pyarrow",
        "plot": "matplotlib 3.10.1",
        "sparse": "no scipy: pip install 'w2v[sparse]'",
        "zstd": zstd if sys.version_info < (3, 14) else "part of this Python",
    }


def test_what_fails_is_told_and_ends_in_an_error(capsys, monkeypatch):
    def train(corpus, **params):
        raise ValueError("no such instruction")

    monkeypatch.setattr(doctor, "train", train)
    assert main.w2v_main(["doctor"]) == 2
    said = capsys.readouterr()
    assert said.out.count("ValueError: no such instruction") == len(w2v.kernels()) + 1
    assert said.err.startswith(f"w2v: these do not work here: training, {w2v.kernels()[0]}, ")


# Versions


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_its_version(capsys, command):
    try:
        assert COMMANDS[command](["--version"]) == 0
    except SystemExit as end:  # argparse's
        assert end.code == 0
    assert re.fullmatch(rf"{command} \(?(w2v )?{w2v.__version__}\)?\n", capsys.readouterr().out)


def test_commands_of_w2v_tell_it_too(capsys):
    for command in ("train", "similar", "completion"):
        with pytest.raises(SystemExit):
            main.w2v_main([command, "--version"])
        assert capsys.readouterr().out == f"w2v {w2v.__version__}\n"


# Completion


@pytest.fixture
def completed(capsys, tmp_path):
    """What bash completes a line to, which it is told as its interactive shell is."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    script = w2v_says(capsys, "completion", "bash")
    (tmp_path / "corpus.txt").touch()

    def complete(line):
        words = [*line.split(), *([""] if line.endswith(" ") else [])]
        program = f"""{script}
            COMP_WORDS=({" ".join(word or "''" for word in words)}); COMP_CWORD={len(words) - 1}
            _w2v_complete; echo "${{COMPREPLY[@]}}"; complete -p {words[0]}"""
        run = subprocess.run(
            [bash, "--norc", "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stderr == "" and run.stdout.splitlines()[1].endswith(words[0])
        return run.stdout.splitlines()[0].split()

    return complete


@pytest.mark.parametrize(
    "line, wanted",
    [
        ("w2v tra", ["train"]),
        ("w2v plot ma", ["map"]),
        ("w2v train corp", ["corpus.txt"]),
        ("w2v train --checkpoint-e", ["--checkpoint-every"]),
        ("w2v train --output corp", ["corpus.txt"]),
        ("w2v train x --loss ", ["ns", "hs"]),
        ("w2v plot map x --method ", ["pca", "tsne", "umap"]),
        ("w2v map --method t", ["tsne"]),
        ("w2v train --quiet corp", ["corpus.txt"]),
        ("w2v similar --topn map plot", []),
        ("word2vec -ne", ["-negative"]),
        ("word2vec -train co", ["corpus.txt"]),
        ("distance --v", ["--version"]),
        ("w2v completion f", ["fish"]),
    ],
)
def test_bash_completes_commands_options_and_files(completed, line, wanted):
    assert sorted(completed(line)) == sorted(wanted)


def test_every_command_of_the_package_and_each_option_is_completed(capsys):
    entries = importlib.metadata.distribution("w2v").entry_points
    scripts = {"bash": w2v_says(capsys, "completion", "bash")}
    scripts["fish"] = w2v_says(capsys, "completion", "fish")
    assert scripts["bash"] in w2v_says(capsys, "completion", "zsh")
    names = {entry.name for entry in entries if entry.group == "console_scripts"}
    assert names == {"w2v", *completion.C_TOOLS}
    assert scripts["bash"].splitlines()[-1].endswith(" ".join(["w2v", *completion.C_TOOLS]))
    with pytest.raises(SystemExit):
        main.w2v_main(["train", "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    line = next(line for line in scripts["bash"].splitlines() if '-*:"w2v train")' in line)
    assert options <= set(re.findall(r"--[a-z-]+", line))
    fish = [line for line in scripts["fish"].splitlines() if "'train*'" in line]
    assert {f"--{name}" for line in fish for name in re.findall(r" -l (\S+)", line)} >= options


@pytest.mark.parametrize("shell", completion.HOW)
def test_scripts_start_nothing_when_a_key_is_pressed(capsys, shell):
    script = w2v_says(capsys, "completion", shell)
    assert not re.search(r"\$\(w2v|python3? ", script) and script.count("\n") > 20
