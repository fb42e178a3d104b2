"""The two texts that fastText and GloVe's own programs were run on; the same bytes everywhere."""

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
]
VOWELS = ["a", "e", "i", "o", "u", "ee", "ä", "é", "\u043e"]
ENDINGS = ["", "", "n", "ing", "ed", "s", "er", "ly"]


class Draws:
    """Whole numbers from a 64-bit congruential generator, high bits only."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def one(self, choices):
        return choices[self.below(len(choices))]


def make_words(draws, n):
    words = {}
    while len(words) < n:
        word = "".join(draws.one(ONSETS) + draws.one(VOWELS) for _ in range(1 + draws.below(3)))
        words[word + draws.one(ENDINGS)] = None
    return list(words)


def plain():
    """900 lines of 420 words that share syllables, in Latin and Cyrillic letters."""
    draws = Draws(20261124)
    words = make_words(draws, 420)
    bounds, total, lines = [], 0, []
    for rank in range(len(words)):
        total += 1_000_000 // (rank + 3)
        bounds.append(total)
    for _ in range(900):
        picks = [draws.below(total) for _ in range(2 + draws.below(15))]
        lines.append(" ".join(words[next(i for i, b in enumerate(bounds) if b > u)] for u in picks))
    return "".join(line + "\n" for line in lines).encode()


def nasty():
    """A byte order mark, odd white space, NUL, broken UTF-8, long lines and words, no last LF."""
    draws = Draws(77)
    words = [word.encode() for word in make_words(draws, 60)]
    out = [b"\xef\xbb\xbfbom here\r\n", b"\n", b"\n", b"  leading and   trailing  \t\n"]
    separators = [b" ", b" ", b" ", b"\t", b"  ", b"\r", b"\v", b"\f"]
    odd = [
        b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98\x80\xf0\x9f\x98\x81", b"x", b"<", b">", b"</s>",
        b"a\xcc\x81b", b"\xff\xfebad", b"cut\xe3\x81", b"__label__one", b"__label__two",
        b"__label", b"it's", b"1984", b"\xc2\xa0nb",
    ]  # fmt: skip
    for i in range(260):
        line = []
        for _ in range(1 + draws.below(12)):
            is_odd = draws.below(100) < 12
            line.append(draws.one(odd) if is_odd else words[draws.below(1 + draws.below(60))])
            line.append(draws.one(separators) if draws.below(10) == 0 else b" ")
        out.append(b"".join(line[:-1]) + (b"\r\n" if i % 7 == 0 else b"\n"))
    out.append(b" ".join(words[draws.below(60)] for _ in range(2600)) + b"\n")
    long_word = b"long" * 250 + "é".encode()
    out.append(b" ".join([long_word, words[0], long_word]) + b"\n")
    out.append(b"nul\0inside " * 3 + b"\n")
    out.append(b"the end without a line end")
    return b"".join(out)
