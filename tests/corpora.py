"""The corpora that tests make for themselves; the same bytes on every machine."""

import numpy as np

# SHA-256 of what plain() and nasty() return with the C tools' golden outputs; see test_exact.py.
PLAIN_SHA256 = "d5a4d47e41fec593d0bbd8a146248c8b4c2e2b565c02cbabce12b69ae4b6a800"
NASTY_SHA256 = "d8718228c5ac6b1a39d57c116045d6f6121d44d596f806c84838e43f61aec38d"


class Draws:
    """Whole numbers from a 31-bit congruential generator, the low byte thrown away."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return self.state // 256 % n

    def word(self, most):
        # Uniform below a uniform bound: small numbers are common.
        return f"w{1 + self.below(1 + self.below(most))}"


def plain():
    """4,000 lines of 5 to 34 words."""
    draws = Draws(1)
    lines = []
    for _ in range(4000):
        length = 5 + draws.below(30)
        lines.append(" ".join(draws.word(1500) for _ in range(length)) + "\n")
    return "".join(lines).encode()


def nasty():
    """Tabs, double blanks, CRLF, blank lines, long and non-ASCII words, a long line, no last LF."""
    draws = Draws(7)
    text = ""
    for i in range(1500):
        length = 2500 if i == 700 else 3 + draws.below(20)
        words = [draws.word(600) for _ in range(length)]
        if i % 11 == 3:
            words.insert(1, "x" * (95 + i % 60))
        if i % 7 == 2:
            words.insert(0, "词向量")
        if i % 13 == 5:
            words.insert(2, "naïveé")
        separator = {1: "\t", 2: "  "}.get(i % 5, " ")
        text += separator.join(words) + ("\r\n" if i % 3 == 0 else "\n")
        if i % 17 == 0:
            text += "\n"
    return text.rstrip("\r\n").encode()


def topics(n_topics=8, words_each=12, sentences=3000, length=10, seed=0):
    """Sentences that each stay with one topic's words; the planted answer is the word's prefix."""
    random = np.random.default_rng(seed)
    return [
        [f"t{topic}_{word}" for word in random.integers(words_each, size=length)]
        for topic in random.integers(n_topics, size=sentences)
    ]
