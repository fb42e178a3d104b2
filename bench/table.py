"""Write the table of the README from results/peers*.json: python bench/table.py"""

import json

import common

BEGIN, END = "<!-- peers: made by bench/table.py -->\n", "<!-- end -->"


def main() -> None:
    rows, machines, words = [], set(), set()
    for path in sorted(common.RESULTS.glob("peers*.json")):
        found = json.loads(path.read_text())
        rows += found["rows"]
        machines.add(f"{found['machine']['cpu']}, {found['machine']['cores']} cores")
        words.add(f"{found['words']:,}")
    settings = {(row["mode"], row["dimensions"], row["threads"]): {} for row in rows}
    for row in rows:
        settings[row["mode"], row["dimensions"], row["threads"]][row["trainer"]] = row
    others = sorted({row["trainer"] for row in rows} - {"w2v"})
    head = [
        "mode",
        "dimensions",
        "threads",
        "w2v",
        *others,
        "w2v / gensim",
        "whole job, w2v / gensim",
    ]
    lines = [head, ["---"] * len(head)]
    for setting, found in settings.items():
        speeds = [
            found[name]["words_per_second"] if name in found else None for name in ("w2v", *others)
        ]
        ratio = found["w2v"]["words_per_second"] / found["gensim"]["words_per_second"]
        job = found["gensim"]["job_seconds"] / found["w2v"]["job_seconds"]
        shown = ["" if speed is None else f"{speed / 1000:,.0f}" for speed in speeds]
        lines.append([*map(str, setting), *shown, f"{ratio:.1f}", f"{job:.1f}"])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    about = (
        f"Thousand words of text per second of training (medians; one epoch over {', '.join(words)} "
        f"words of English books), on {'; '.join(sorted(machines))}:\n\n"
    )
    readme = common.FOLDER.parent / "README.md"
    text = readme.read_text()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    readme.write_text(f"{text[:start]}\n{about}{table}\n\n{text[end:]}")


if __name__ == "__main__":
    main()
