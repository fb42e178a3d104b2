"""Phrases learned from a text and joined in it, one thread, from file to file; same answer first.

    python bench/phrases.py TEXT [--c-word2phrase PATH] [--cut-megabytes 10]

Beside gensim on the beginning of the text (it needs minutes for 100 MB), beside the C tool on all
of it; each run in a process of its own, in turn. Writes results/phrases.json.
"""

import argparse
import filecmp
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import common


def run_w2v(task: dict) -> dict:
    """Learn and join with gensim's score and defaults."""
    from w2v.corpus.draft import Draft
    from w2v.phrases import joining, learning

    begin = time.perf_counter()
    draft = Draft([], False, lambda n_read: None)
    draft.number(task["text"], None, task["threads"], False, mark_cuts=False)
    learned = learning.Phrases(workers=task["threads"])
    learned.learn(draft)
    found = learned.freeze()
    learn = time.perf_counter() - begin
    found.apply(draft, learned.runs)
    with open(task["output"], "wb") as file:
        joining.write_text(draft, file)
    return dict(learn=learn, job=time.perf_counter() - begin)


def run_gensim(task: dict) -> dict:
    """Learn and join as gensim's documentation does: Phrases, frozen, over LineSentence."""
    from gensim.models.phrases import Phrases
    from gensim.models.word2vec import LineSentence

    begin = time.perf_counter()
    # Beyond this length LineSentence would cut lines.
    sentences = LineSentence(task["text"], max_sentence_length=1 << 60)
    found = Phrases(sentences).freeze()
    learn = time.perf_counter() - begin
    with open(task["output"], "w", encoding="utf-8") as file:
        for sentence in found[sentences]:
            file.write(" ".join(sentence) + "\n")
    return dict(learn=learn, job=time.perf_counter() - begin)


def run_command(task: dict) -> dict:
    """Time a word2phrase command, ours or the C tool's."""
    script = "import sys; from w2v.cli.word2phrase import *; sys.exit(word2phrase_main())"
    program = [task["c"]] if task["tool"] == "C word2phrase" else [sys.executable, "-c", script]
    options = ["-train", task["text"], "-output", task["output"], "-debug", "0"]
    if task["tool"] == "w2v word2phrase":
        options += ["-threads", str(task["threads"])]
    if task["tool"] == "w2v word2phrase -exact 1":
        options += ["-exact", "1"]
    begin = time.perf_counter()
    subprocess.run([*program, *options], check=True, stdout=subprocess.DEVNULL)
    return dict(job=time.perf_counter() - begin)


RUNS = {
    "w2v": run_w2v,
    "gensim": run_gensim,
    "w2v word2phrase": run_command,
    "w2v word2phrase -exact 1": run_command,
    "C word2phrase": run_command,
}
# Whose outputs must be the same bytes.
TWINS = {"gensim": "w2v", "C word2phrase": "w2v word2phrase -exact 1"}


def measure(task: dict) -> dict:
    run = RUNS[task["tool"]](task)
    kibibytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {**run, "megabytes": kibibytes * (1 if sys.platform == "darwin" else 1024) / 1e6}


def cut(text: str, folder: str, megabytes: int) -> str:
    """Write the beginning of the text, whole lines of about so many megabytes, to a file."""
    path = os.path.join(folder, f"first {megabytes} MB")
    with open(text, "rb") as source, open(path, "wb") as file:
        file.write(source.read(megabytes * 10**6) + source.readline())
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text")
    parser.add_argument("--c-word2phrase", metavar="PATH")
    parser.add_argument("--cut-megabytes", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--name", default="phrases", help="of the file in results/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        part = cut(options.text, folder, options.cut_megabytes)
        settings = [(part, 1, "w2v"), (part, 1, "gensim")]
        settings += [(options.text, threads, "w2v") for threads in (1, 2)]
        settings += [(options.text, 1, "w2v word2phrase")]
        if options.c_word2phrase:
            names = ("w2v word2phrase -exact 1", "C word2phrase")
            settings += [(options.text, 1, name) for name in names]
        runs: dict = {setting: [] for setting in settings}
        for repeat in range(options.repeats):
            for setting in settings:
                text, threads, tool = setting
                output = os.path.join(folder, f"{tool} {text == part}")
                task = dict(
                    text=text, threads=threads, tool=tool, output=output, c=options.c_word2phrase
                )
                runs[setting].append(common.in_own_process(__file__, task))
                print(f"{tool:26} {os.path.basename(text):16} {threads} {runs[setting][-1]}")
                twin = os.path.join(folder, f"{TWINS.get(tool)} {text == part}")
                if repeat == 0 and tool in TWINS and not filecmp.cmp(output, twin, False):
                    raise SystemExit(f"{tool} and {TWINS[tool]} differ on {text}")
        rows = [
            dict(
                tool=tool,
                text=os.path.basename(text),
                megabytes_of_text=round(os.path.getsize(text) / 1e6, 1),
                threads=threads,
                seconds=common.median(run["job"] for run in found),
                peak_megabytes=common.median(run["megabytes"] for run in found),
                runs=[{key: round(value, 3) for key, value in run.items()} for run in found],
            )
            for (text, threads, tool), found in runs.items()
        ]
    common.save(options.name, {"rows": rows})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(json.loads(sys.argv[2]))))
    else:
        main()
