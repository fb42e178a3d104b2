"""Write the table of the README from results/peers*.json: python bench/table.py"""

import json

import common

BEGIN, END = "<!-- peers: made by bench/table.py -->\n", "<!-- end -->"

ABOUT = """
Thousand words of text per second of training; how many times gensim's that is; and how many times
as fast the whole job is, from text file to vectors file. One epoch over {words} words of English
books, window 5, 5 noise words, on {machines}:

"""


def main() -> None:
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
    table = "".join("| " + " | ".join(line) + " |\n" for line in lines)
    readme = common.FOLDER.parent / "README.md"
    text = readme.read_text()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    readme.write_text(text[:start] + about + table + "\n" + text[end:])


if __name__ == "__main__":
    main()
