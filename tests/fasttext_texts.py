"""Two small texts, made of whole numbers, on which fastText's bytes are known."""

import bisect

# ruff: noqa: RUF001
ONSETS = [
    "b",
    "d",
    "f",
    "g",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "st",
    "tr",
    "sch",
    "ß",
    "д",
    "я",
]  # two of these are Cyrillic
VOWELS = ["a", "e", "i", "o", "u", "ee", "ä", "é", "о"]  # and so is the last of these
ENDINGS = ["", "", "n", "ing", "ed", "s", "er", "ly"]
ODD = [
    "😀".encode(), "😀😁".encode(), b"x", b"<", b">", b"</s>", b"a\xcc\x81b", b"\xff\xfebad",
    b"cut\xe3\x81", b"__label__one", b"__label__two", b"__label", b"it's", b"1984", b"\xc2\xa0nb",
]  # fmt: skip
BLANKS = [b" ", b" ", b" ", b"\t", b"  ", b"\r", b"\v", b"\f"]


class Draws:
    """High bits of a congruential generator."""

    def __init__(self, state):
        self.state = state

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def among(self, items):
        return items[self.below(len(items))]


def words(draws, n):
    """Different words of syllables that many share."""
    found = {}
    while len(found) < n:
        syllables = [draws.among(ONSETS) + draws.among(VOWELS) for _ in range(1 + draws.below(3))]
        found.setdefault("".join(syllables) + draws.among(ENDINGS))
    return list(found)


def plain():
    """900 lines of 2 to 16 of 420 words, word k with a weight of about 1 / (k + 3)."""
    draws = Draws(20261124)
    known = words(draws, 420)
    bounds = [sum(1_000_000 // (k + 3) for k in range(stop + 1)) for stop in range(len(known))]
    lines = []
    for _ in range(900):
        line = []
        for _ in range(2 + draws.below(15)):
            drawn = draws.below(bounds[-1])
            line.append(known[bisect.bisect_right(bounds, drawn)])
        lines.append(" ".join(line) + "\n")
    return "".join(lines).encode()


def nasty():
    """Lines with all that a tokenizer may stumble over; the last one has no end."""
    draws = Draws(77)
    known = [word.encode() for word in words(draws, 60)]
    out = [b"\xef\xbb\xbfbom here\r\n", b"\n", b"\n", b"  leading and   trailing  \t\n"]
    for i in range(260):
        line = []
        for _ in range(1 + draws.below(12)):
            is_odd = draws.below(100) < 12
            line.append(draws.among(ODD) if is_odd else known[draws.below(1 + draws.below(60))])
            line.append(draws.among(BLANKS) if draws.below(10) == 0 else b" ")
        out.append(b"".join(line[:-1]) + (b"\r\n" if i % 7 == 0 else b"\n"))
    out.append(b" ".join(draws.among(known) for _ in range(2600)) + b"\n")
    long = b"long" * 250 + b"\xc3\xa9"
    out += [b" ".join([long, known[0], long]) + b"\n", b"nul\0inside " * 3 + b"\n"]
    out.append(b"the end without a line end")
    return b"".join(out)
