"""The slow, obvious twin: what _core.pyx and the kernels promise, in float64 and plain Python.

Written from the formulas, not from the compiled code; only the random draws are the same ones, so
that a whole run can be compared number by number.
"""

import collections
import re

import numpy as np

MASK = 2**64 - 1
TILE = 64  # different context words of one step; wider windows take several
NOISE_USES, NOISE_PAIRS = 8, 48  # noise words drawn together serve so many steps or pairs
NOISE_SETS = 64  # this far apart at most


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def block_step(inputs, input_rows, outputs, output_rows, labels, alpha, weights=1, locks=1):
    """Update both float64 matrices in place by one step; repeated rows get every update.

    `locks` are factors of the updates of the inputs. Returns the loss before the step.
    """
    In, Out = inputs[input_rows], outputs[output_rows]
    g = (labels - sigmoid(In @ Out.T)) * alpha * weights
    np.add.at(inputs, input_rows, g @ Out * locks)
    np.add.at(outputs, output_rows, g.T @ In)
    return loss(In, Out, labels, weights)


def loss(In, Out, labels, weights=1):
    """The objective that one block step descends, summed over all its pairs."""
    scores = In @ Out.T
    each = -np.where(labels == 1, np.log(sigmoid(scores)), np.log(sigmoid(-scores)))
    return (each * weights).sum()


def tiles(context):
    """Cut the context words of a window into those of one step: TILE different ones."""
    tile = []
    for word in context:
        if len(set(tile)) == TILE:
            yield tile
            tile = []
        tile.append(word)
    yield tile


class Splitmix:
    def __init__(self, state):
        self.state = state

    def draw(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


class Twin:
    """A model in float64, trained on ids in the order of _core.Worker.train."""

    def __init__(self, inputs, outputs=None, nodes=None, **options):
        # Both kinds of output rows in one matrix, so that a step can mix them.
        self.inputs = np.array(inputs, np.float64)
        self.V, D = self.inputs.shape
        self.outputs = np.zeros((self.V, D)) if outputs is None else np.array(outputs, np.float64)
        nodes = np.zeros((self.V - 1, D)) if nodes is None else np.array(nodes, np.float64)
        self.rows = np.concatenate([self.outputs, nodes])
        self.options = options
        self.locks = np.ones((self.V, 1))
        self.loss, self.n_pairs = 0.0, 0  # of all steps; of CBOW the pairs are centres

    def train(self, ids, state, words_before=0):
        random, option = Splitmix(state), self.options
        self.noise, self.window = Splitmix(~state & MASK), Splitmix(state ^ 1 << 63)
        self.noise_sets = collections.deque()
        words, sentence = 0, []
        ended = list(ids) if len(ids) and ids[-1] == -1 else [*ids, None]
        for word in ended:
            if word is not None and word >= 0:
                words += 1
                keep = option["keep"]
                if keep is None or random.draw() >> 32 <= keep[word]:
                    sentence.append(word)
                continue
            share = (words_before + words) / option["total_words"]
            alpha = option["start_alpha"] + (option["end_alpha"] - option["start_alpha"]) * share
            self.train_sentence(sentence, alpha)
            sentence = []

    def train_sentence(self, sentence, alpha):
        option = self.options
        contexts = [(word, self.context(sentence, i)) for i, word in enumerate(sentence)]
        contexts = [(centre, context) for centre, context in contexts if context]
        if option["sg"]:
            for centre, context in contexts:
                self.train_skip_gram(centre, context, alpha)
            return
        for centre, context in contexts:
            self.train_cbow(centre, context, alpha)

    def context(self, sentence, i):
        reach = self.options["window"]
        if self.options["shrink_windows"]:
            reach -= (self.window.draw() >> 32) * self.options["window"] >> 32
        return sentence[max(i - reach, 0) : i] + sentence[i + 1 : i + reach + 1]

    def train_skip_gram(self, centre, context, alpha):
        if not self.options["shared_noise"]:
            for word in context:
                rows, labels = self.output_rows(centre, self.noise_words())
                self.step([word], rows, labels, alpha)
            return
        rows, labels = self.output_rows(centre, self.noise_words())
        for tile in tiles(context):
            self.step(tile, rows, labels, alpha)

    def step(self, context, rows, labels, alpha):
        self.loss += block_step(
            self.inputs, context, self.rows, rows, labels, alpha, locks=self.locks[context]
        )
        self.n_pairs += len(context)

    def train_cbow(self, centre, context, alpha):
        mean = self.options["cbow_mean"]
        rows, labels = self.output_rows(centre, self.noise_words())
        hidden = self.inputs[context].sum(axis=0, keepdims=True)
        if mean:
            hidden /= len(context)
        Out = self.rows[rows]
        self.loss += loss(hidden, Out, labels)
        self.n_pairs += 1
        g = (labels - sigmoid(hidden @ Out.T)) * alpha
        gradient = g @ Out / (1 if mean else len(context))
        np.add.at(self.inputs, context, gradient * self.locks[context])
        np.add.at(self.rows, rows, g.T @ hidden)

    def noise_words(self):
        option, uses_left = self.options, 0
        if not option["shared_noise"]:
            return self.draw_noise_words()
        if len(self.noise_sets) == min(2 * option["window"] + 1, NOISE_SETS):
            words, uses_left = self.noise_sets.popleft()
        if uses_left == 0:
            pairs = option["window"] + 1 if option["shrink_windows"] else 2 * option["window"]
            most = NOISE_PAIRS // pairs if option["sg"] else NOISE_USES
            if 2 * option["window"] >= NOISE_SETS:  # they would meet in a window
                most = 1
            words, uses_left = self.draw_noise_words(), min(max(most, 1), NOISE_USES)
        self.noise_sets.append((words, uses_left - 1))
        return words

    def draw_noise_words(self):
        noise, words = self.options["noise"], []
        for _ in range(self.options["negative"] if noise is not None else 0):
            bits = self.noise.draw()
            slot = (bits >> 32) * self.V >> 32
            threshold, alias = divmod(int(noise[slot]), 2**32)
            words.append(slot if bits % 2**32 < threshold else alias)
        return words

    def output_rows(self, centre, noise):
        """The output rows and labels of a centre; noise words that are it are left out."""
        option, rows, labels = self.options, [], []
        if option["paths"] is not None:
            offsets, steps = option["paths"]
            for step in steps[offsets[centre] : offsets[centre + 1]]:
                rows.append(self.V + (step >> 1))
                labels.append(1 - (step & 1))
        if option["noise"] is not None:
            noise = [word for word in noise if word != centre]
            rows += [centre, *noise]
            labels += [1] + [0] * len(noise)
        return np.array(rows), np.array(labels)


def tokens(data):
    """Sentences of bytes as the package reads them: lists of tokens, one for each line."""
    lines = re.split(b"\r*\n|\r", data.removeprefix(b"\xef\xbb\xbf"))
    if lines[-1] == b"":
        lines.pop()
    return [[token for token in line.replace(b"\t", b" ").split(b" ") if token] for line in lines]


def tokens_like_c(data):
    """All tokens of bytes as the C tool reads them (c: one byte at a time), </s> for each LF."""
    out, word, position = [], bytearray(), 0
    while position < len(data):
        byte = data[position]
        position += 1
        if byte == 13:
            continue
        if byte in b" \t\n":
            if word:
                out.append(bytes(word[:98]).split(b"\0")[0])
                word.clear()
            if byte == 10:
                out.append(b"</s>")
            continue
        word.append(byte)
    return out  # what is left in `word` met the end of the file: dropped
