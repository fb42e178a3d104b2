"""Write the tables of the README from results/*.json: python bench/table.py"""

import argparse
import json

import common

BEGIN, END = "<!-- peers: made by bench/table.py -->\n", "<!-- end -->"

ABOUT = """
Thousand words of text per second of training; how many times gensim's that is; and how many times
as fast the whole job is, from text file to vectors file. One epoch over {words} words of English
books, window 5, 5 noise words, on {machines}:

"""


USES = """
Using vectors, 200,000 words x 300 dimensions unless said, on {machine} (medians):

"""


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    readme = common.FOLDER.parent / "README.md"
    text = readme.read_text()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    readme.write_text(text[:start] + training_table() + uses_table() + "\n" + text[end:])


def uses_table() -> str:
    """Return what the other benchmarks found, a line each."""
    found = {
        name: json.loads((common.RESULTS / f"{name}.json").read_text())
        for name in ("files", "queries", "evaluation", "phrases", "native")
    }
    lines = [["", "threads", "w2v", "gensim", "x gensim"], ["---"] * 5]
    jobs = {
        (row["job"], row["who"], row["threads"]): row["seconds"] for row in found["files"]["rows"]
    }
    for (job, who, threads), seconds in jobs.items():
        if who == "w2v":
            lines.append([job, threads, seconds, jobs[job, "gensim", 1]])
    questions = {
        (row["question"], row["package"]): row["seconds"] for row in found["queries"]["rows"]
    }
    for (question, package), seconds in questions.items():
        if package == "w2v":
            what = f"neighbours of {question}"
            lines.append([what, 2, seconds, questions[question, "gensim"]])
    for row in found["evaluation"]["rows"]:
        if "gensim" in row["seconds"]:
            what = f"{row['what']}, {row['dimensions']} dimensions"
            lines.append([what, 2, row["seconds"]["w2v"], row["seconds"]["gensim"]])
    phrases = {
        (row["tool"], row["text"], row["threads"]): row["seconds"]
        for row in found["phrases"]["rows"]
    }
    for (tool, part, threads), seconds in phrases.items():
        if tool == "w2v" and ("gensim", part, 1) in phrases:
            what = f"phrases learned and joined, {part} of the books"
            lines.append([what, threads, seconds, phrases["gensim", part, 1]])
    for line in lines[2:]:
        ours, gensim = line[2:]
        line[1:] = [str(line[1]), shown(ours), shown(gensim), f"{gensim / ours:.1f}"]
    warm = next(row for row in found["native"]["rows"] if row["cache"] == "warm")
    what = f"open a native file of {found['native']['words']:,} words"
    lines.append([what, "1", shown(warm["open"] / 1000), "", ""])
    cpu = found["files"]["machine"]["cpu"]
    return USES.format(machine=cpu) + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def shown(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def training_table() -> str:
    """Return training against the peers."""
    rows, machines, words = [], set(), set()
    for path in sorted(common.RESULTS.glob("peers*.json")):
        found = json.loads(path.read_text())
        rows += found["rows"]
        machines.add(f"{found['machine']['cpu']}, {found['machine']['cores']} cores")
        words.add(f"{found['words']:,}")
    settings: dict = {}
    for row in rows:
        setting = row["mode"], row["dimensions"], row["threads"]
        settings.setdefault(setting, {})[row["trainer"]] = row
    trainers = ["w2v", *sorted({row["trainer"] for row in rows} - {"w2v"})]
    head = ["mode", "dimensions", "threads", *trainers, "x gensim", "x whole job"]
    lines = [head, ["---"] * len(head)]
    for setting, found in sorted(settings.items(), key=lambda item: item[0][2:0:-1]):
        shown = [
            f"{found[name]['words_per_second'] / 1000:,.0f}" if name in found else ""
            for name in trainers
        ]
        ours, gensim = found["w2v"], found["gensim"]
        speed = ours["words_per_second"] / gensim["words_per_second"]
        job = gensim["job_seconds"] / ours["job_seconds"]
        lines.append([*map(str, setting), *shown, f"{speed:.1f}", f"{job:.1f}"])
    about = ABOUT.format(words=", ".join(words), machines="; ".join(sorted(machines)))
    return about + "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    main()
