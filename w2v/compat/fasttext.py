"""The names of the Python module fasttext: `import w2v.compat.fasttext as fasttext`.

Word vectors, with the numbers of fastText to the bit, from files of fastText and from training
here. Classifiers are not: what is about them is an error that says so. Deliberate differences: rows
that do not exist are an IndexError (there the process dies), `words` that are not UTF-8 have
surrogates for their bytes in place of an error, and train_unsupervised takes `seed`.

>>> import w2v.compat.fasttext as fasttext
>>> with open("text.txt", "w") as file:
...     n = file.write("tea with milk, bread with butter, tea with bread " * 50)
>>> model = fasttext.train_unsupervised("text.txt", dim=8, minCount=1, thread=1, verbose=0)
>>> model.get_word_vector("breads").shape
(8,)
>>> model.save_model("model.bin")
>>> fasttext.load_model("model.bin").get_dimension()
8
"""

import os
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..formats import fasttext as files
from ..formats.subwords import NgramRows
from ..models import fasttext_files
from ..models.fasttext import FastText
from ..shared.checks import unexpected, word_bytes
from ..shared.progress import Show, shower
from ..shared.streams import STDIN
from ..shared.types import AnyPath
from ..vectors.fasttext import END_OF_LINE, Answers, Queries, tokens_of

BOW, EOW, EOS = "<", ">", "</s>"

__all__ = ["BOW", "EOS", "EOW", "load_model", "tokenize", "train_supervised", "train_unsupervised"]

# The arguments of train_unsupervised in their order, and their defaults.
DEFAULTS: dict[str, Any] = dict(
    model="skipgram", lr=0.05, dim=100, ws=5, epoch=5, minCount=5, minCountLabel=0, minn=3, maxn=6,
    neg=5, wordNgrams=1, loss="ns", bucket=2_000_000, thread=None, lrUpdateRate=100, t=1e-4,
    label="__label__", verbose=2, pretrainedVectors="", seed=0,
)  # fmt: skip
ALIASES = {
    "min_count": "minCount",
    "min_count_label": "minCountLabel",
    "word_ngrams": "wordNgrams",
    "lr_update_rate": "lrUpdateRate",
    "label_prefix": "label",
    "pretrained_vectors": "pretrainedVectors",
}


def train_unsupervised(*arguments: Any, **named: Any) -> "_FastText":
    """Train word vectors on a text file, as fasttext.train_unsupervised(input, ...) is called.

    Parameters are the module's, with its names, aliases, order and defaults, but for `thread`: all
    cores. `loss` is "ns" or "hs". `seed` is taken, too. Tokens that begin with `label` are no
    words. Of no effect are wordNgrams (there, too), minCountLabel and lrUpdateRate.

    Raises TypeError naming an unknown argument; ValueError naming what is wrong with a value.
    """
    given = dict(zip(("input", *DEFAULTS), arguments, strict=False))
    if len(arguments) > 1 + len(DEFAULTS):
        raise TypeError(f"train_unsupervised takes {1 + len(DEFAULTS)} arguments at most")
    for name, value in named.items():
        known = ALIASES.get(name, name)
        if known not in DEFAULTS and known != "input":
            raise unexpected(name, value, ("input", *DEFAULTS, *ALIASES), {})
        if known in given:
            raise TypeError(f"{name}={value!r}: {known} is given twice")
        given[known] = value
    if "input" not in given:
        raise TypeError("input is missing: the path of a text")
    path, options = given.pop("input"), DEFAULTS | given
    return trained(path, options)


def trained(path: AnyPath, options: dict[str, Any]) -> "_FastText":
    """Return a model of a text, by options of the module."""
    if options["model"] not in ("skipgram", "cbow"):
        raise ValueError(f"model={options['model']!r}: skipgram or cbow is expected")
    loss = str(getattr(options["loss"], "name", options["loss"]))
    if path == STDIN or not os.path.isfile(path):
        raise ValueError(f"{path} cannot be opened for training!")
    wanted: Show = options["verbose"] > 1
    show = shower(wanted)
    made = fasttext_files.trained(FastText, path, options | {"loss": loss}, show)
    return _FastText(made, options | {"input": path})


def load_model(path: AnyPath) -> "_FastText":
    """Open a .bin or .ftz file; its rows are mapped.

    Raises ValueError as fasttext does: cannot be opened, or has wrong file format.
    """
    if not os.path.isfile(path):
        raise ValueError(f"{os.fspath(path)} cannot be opened for loading!")
    return _FastText(files.read_model(path))


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text, </s> where a line ends.

    >>> tokenize("tea  with milk" + chr(10) + "bread")
    ['tea', 'with', 'milk', '</s>', 'bread']
    """
    return [text_of(token) for token in tokens_of(word_bytes(text))]


def train_supervised(*arguments: Any, **named: Any) -> NoReturn:
    """Raise NotImplementedError: classifiers are fastText's own."""
    refuse("train_supervised")


def refuse(name: str) -> NoReturn:
    raise NotImplementedError(
        f"{name}: w2v.compat.fasttext has word vectors alone; classifiers are trained, asked and "
        "made smaller by fastText itself, https://github.com/facebookresearch/fastText"
    )


def text_of(word: bytes, errors: str = "surrogateescape") -> str:
    return word.decode("utf-8", errors)


class _FastText:
    """A model of fastText; methods are called and behave as there.

    After training its arguments are attributes, `model.dim` and so on.
    """

    def __init__(self, model: files.Model, options: dict[str, Any] | None = None):
        self.queries = Queries(model)
        vars(self).update(options or {})

    @property
    def f(self) -> files.Model:
        """What the file holds, or would."""
        return self.queries.model

    # Words

    @property
    def words(self) -> list[str]:
        return [text_of(word) for word in self.queries.words]

    @property
    def labels(self) -> list[str]:
        return self.get_labels()

    def get_words(self, include_freq: bool = False, on_unicode_error: str = "strict") -> Any:
        """Return the words, with include_freq a pair of them and their counts, int64 (V,)."""
        words = [text_of(word, on_unicode_error) for word in self.queries.words]
        return (words, self.f.counts[: len(words)].copy()) if include_freq else words

    def get_labels(self, include_freq: bool = False, on_unicode_error: str = "strict") -> Any:
        """Return the labels of a supervised model, the words of others, as get_words does."""
        if self.f.header.model != files.SUPERVISED:
            return self.get_words(include_freq, on_unicode_error)
        labels = [text_of(label, on_unicode_error) for label in self.f.labels()]
        return (labels, self.f.counts[self.f.header.nwords :].copy()) if include_freq else labels

    def __contains__(self, word: str) -> bool:
        return word_bytes(word) in self.queries.rows

    def get_word_id(self, word: str) -> int:
        return self.queries.rows.get(word_bytes(word), -1)

    def get_label_id(self, label: str) -> int:
        """Return the place of a label, -1 for none."""
        labels = self.f.labels()
        return labels.index(word_bytes(label)) if word_bytes(label) in labels else -1

    def get_subword_id(self, subword: str) -> int:
        """Return the row of the bucket of any string, be it an n-gram or not."""
        if not self.f.ngrams.subwords:
            raise ValueError(f"subword={subword!r}: the words of this model have no n-grams")
        return self.f.header.nwords + self.f.ngrams.subwords.bucket_of(word_bytes(subword))

    def get_subwords(
        self, word: str, on_unicode_error: str = "strict"
    ) -> tuple[list[str], NDArray[np.int64]]:
        """Return the word itself, if it is known, and its n-grams, and their rows."""
        found = self.queries.subwords(word_bytes(word))
        names = [text_of(ngram, on_unicode_error) for ngram, _ in found]
        return names, np.array([row for _, row in found], np.int64)

    def get_line(self, text: str | list[str], on_unicode_error: str = "strict") -> Any:
        """Return the tokens of a line, and its labels; of a list of lines two lists."""
        if isinstance(text, list):
            pairs = [self.get_line(line, on_unicode_error) for line in text]
            return [words for words, _ in pairs], [labels for _, labels in pairs]
        tokens = tokens_of(word_bytes(one_line(text, "get_line")) + b"\n")
        tokens = tokens[: tokens.index(END_OF_LINE) + 1]
        known = set(self.f.labels())
        words = [text_of(token, on_unicode_error) for token in tokens if token not in known]
        return words, [text_of(token, on_unicode_error) for token in tokens if token in known]

    # Vectors

    def get_dimension(self) -> int:
        return self.f.header.dim

    def get_word_vector(self, word: str) -> NDArray[np.float32]:
        """Return the vector of a word, known or not, float32 (D,); zeros if it has no n-grams."""
        return self.queries.vector(word_bytes(word))

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        return self.get_word_vector(word)

    def get_sentence_vector(self, text: str) -> NDArray[np.float32]:
        """Return the mean of the unit vectors of a line's words, float32 (D,)."""
        if self.f.header.model == files.SUPERVISED:
            refuse("get_sentence_vector of a supervised model")
        words = word_bytes(one_line(text, "predict")).split()
        return self.queries.sentence(words)

    def get_input_vector(self, ind: int) -> NDArray[np.float32]:
        """Return a row of the input matrix, float32 (D,): words' own, then buckets of n-grams."""
        n = self.f.header.nwords + self.f.header.bucket
        if not 0 <= ind < n:
            raise IndexError(f"ind={ind}: there are {n:,} rows")
        return self.queries.input_row(ind)

    def get_nearest_neighbors(
        self, word: str, k: int = 10, on_unicode_error: str = "strict"
    ) -> list[tuple[float, str]]:
        """Return (score, word) of the k words nearest to a word."""
        found = self.queries.neighbours(word_bytes(word), checked(k))
        return shown(found, on_unicode_error)

    def get_analogies(
        self, wordA: str, wordB: str, wordC: str, k: int = 10, on_unicode_error: str = "strict"
    ) -> list[tuple[float, str]]:
        """Return (score, word) of the k words nearest to A - B + C."""
        words = [word_bytes(word) for word in (wordA, wordB, wordC)]
        return shown(self.queries.analogies(words, checked(k)), on_unicode_error)

    # Matrices and files

    def get_input_matrix(self) -> NDArray[np.float32]:
        """Return the rows of words and of all buckets, float32 (V + bucket, D): a copy."""
        self.refuse_quantised("get_input_matrix")
        bucket = self.f.header.bucket
        return np.concatenate([self.f.own, self.f.ngrams.part(0, bucket)])

    def get_output_matrix(self) -> NDArray[np.float32]:
        """Return the output matrix, float32 (V, D), of labels in supervised models: a copy."""
        self.refuse_quantised("get_output_matrix")
        return np.array(self.f.outputs)

    def set_matrices(self, input_matrix: ArrayLike, output_matrix: ArrayLike) -> None:
        """Put other numbers in place of both matrices, of as many rows; D may be another."""
        given = [np.ascontiguousarray(rows, np.float32) for rows in (input_matrix, output_matrix)]
        V, outputs = self.f.header.nwords, self.f.outputs
        assert outputs is not None
        wanted = V + self.f.header.bucket, len(outputs)
        for name, rows, n in zip(("input_matrix", "output_matrix"), given, wanted, strict=True):
            if rows.ndim != 2 or len(rows) != n or rows.shape[1] != given[0].shape[1]:
                raise ValueError(f"{name}: shape {rows.shape}; {n:,} rows are expected")
        self.queries = Queries(
            self.f._replace(
                header=self.f.header._replace(dim=given[0].shape[1]),
                own=given[0][:V],
                ngrams=NgramRows(self.f.ngrams.subwords, given[0][V:]),
                outputs=given[1],
                is_quantised=False,
            )
        )

    def save_model(self, path: AnyPath) -> None:
        """Write a .bin file, which appears whole or not at all."""
        files.write_model(path, self.f)

    def is_quantized(self) -> bool:
        return self.f.is_quantised

    def refuse_quantised(self, name: str) -> None:
        if self.f.is_quantised:
            raise ValueError(f"{name}: can't get the matrix of a quantized model")

    # Classifiers

    def predict(self, *arguments: Any, **named: Any) -> NoReturn:
        refuse("predict")

    def quantize(self, *arguments: Any, **named: Any) -> NoReturn:
        refuse("quantize")

    def test(self, *arguments: Any, **named: Any) -> NoReturn:
        refuse("test")

    def test_label(self, *arguments: Any, **named: Any) -> NoReturn:
        refuse("test_label")

    def get_meter(self, *arguments: Any, **named: Any) -> NoReturn:
        refuse("get_meter")


def one_line(text: str, name: str) -> str:
    if "\n" in text:
        raise ValueError(f"{name} processes one line at a time (remove '\\n')")
    return text


def checked(k: int) -> int:
    if not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"k={k!r}: a whole number from 1 up is expected")
    return int(k)


def shown(found: Answers, errors: str) -> list[tuple[float, str]]:
    return [(score, text_of(word, errors)) for score, word in found]
