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
        self.weights = np.ones((self.V, 1))  # of words in the mean of a window
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
        self.end()

    def end(self):
        pass

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
        total = self.weights[context].sum()
        hidden = (self.weights[context] * self.inputs[context]).sum(axis=0, keepdims=True)
        if mean:
            hidden /= total
        Out = self.rows[rows]
        self.loss += loss(hidden, Out, labels)
        self.n_pairs += 1
        g = (labels - sigmoid(hidden @ Out.T)) * alpha
        gradient = g @ Out / (1 if mean else total)
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


BATCH_WORDS = 1024  # sentences are gathered until there are so many words of them


class SubwordTwin(Twin):
    """A model whose words are means of parts: `parts` are rows of `table` for each word."""

    def __init__(self, table, parts, outputs=None, nodes=None, is_fleeting=False, **options):
        self.table, self.parts = np.array(table, np.float64), parts
        super().__init__(self.table[: len(parts)], outputs, nodes, **options)
        self.part_locks = np.ones((len(table), 1))
        self.is_fleeting, self.word_locks, self.sentences = is_fleeting, self.locks, []

    def train_sentence(self, sentence, alpha):
        self.sentences.append((sentence, alpha))
        if sum(len(sentence) for sentence, _ in self.sentences) >= BATCH_WORDS:
            self.end()

    def end(self):
        """Train the sentences at hand, with a row for each position in them instead of a word."""
        self.batch = [word for sentence, _ in self.sentences for word in sentence]
        self.bases = np.zeros((len(self.batch), self.table.shape[1]))
        self.inputs = np.zeros_like(self.bases)
        self.locks = self.word_locks[self.batch]
        self.weights = np.array([[len(self.parts[word])] for word in self.batch])
        steps, start = [], 0
        for sentence, alpha in self.sentences:
            positions = list(range(start, start + len(sentence)))
            start += len(sentence)
            for i, word in enumerate(sentence):
                steps.append((word, self.context(positions, i), alpha))
        width = self.options["window"]
        composed = range(0, 0)
        for i, (centre, context, alpha) in enumerate(steps):
            if self.is_fleeting:
                composed = range(max(i - width, 0), max(i - width, 0))
            for position in range(composed.stop, min(i + width + 1, len(self.batch))):
                self.compose(position)
            composed = range(composed.start, min(i + width + 1, len(self.batch)))
            if context:
                train = self.train_skip_gram if self.options["sg"] else self.train_cbow
                train(centre, context, alpha)
            stop = composed.stop if self.is_fleeting else max(i - width + 1, composed.start)
            self.spread(range(composed.start, stop))
            composed = range(stop, composed.stop)
        self.spread(composed)
        self.sentences = []

    def compose(self, position):
        mean = self.table[self.parts[self.batch[position]]].mean(axis=0)
        self.inputs[position] = self.bases[position] = mean

    def spread(self, positions):
        for position in positions:
            change = self.inputs[position] - self.bases[position]
            parts = self.parts[self.batch[position]]
            np.add.at(self.table, parts, change * self.part_locks[parts])


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
