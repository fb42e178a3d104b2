"""KeyedVectors: words with their vectors, selected, tested and loaded.

store.py holds the vectors, neighbours.py searches them, comparisons.py compares words, saving.py
writes them, formats/ has the files. V is the number of words, D the dimensions.
"""

import codecs
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .. import formats
from ..formats.ids import is_id, parsed, spelled
from ..formats.stored import Stored
from ..formats.vocabulary import read_vocabulary
from ..shared.checks import check_number
from ..shared.logs import log
from ..shared.progress import Show
from ..shared.types import AnyPath, Key
from . import evaluation
from .alignment import Alignable
from .comparisons import Comparisons
from .convert import Convertible
from .correlation import Correlation
from .question_files import Test
from .saving import Savable

# Names that code written for older versions of gensim may use, and what to write instead.
FORMER_NAMES = {
    "vocab": "key_to_index (from word to row), index_to_key, and get_vecattr(word, 'count')",
    "index2word": "index_to_key",
    "index2entity": "index_to_key",
    "syn0": "vectors",
    "syn0norm": "get_normed_vectors()",
    "vectors_norm": "get_normed_vectors()",
    "wv": "these vectors themselves; leave .wv out",
    "init_sims": "nothing, or unit_normalize_all() for replace=True",
    "accuracy": "evaluate_word_analogies",
    "word_vec": "get_vector",
    "words_closer_than": "closer_than",
    "add": "add_vectors",
    "get_keras_embedding": "vectors, as the weights of an embedding layer",
}


class KeyedVectors(Comparisons, Alignable, Convertible, Savable):
    """Words and their vectors; methods are called and behave as in gensim 4.

    KeyedVectors(words, vectors, counts=None) holds what it is given; keys may be ints, or of
    another hashable type, instead of words, and then no number is a row;
    KeyedVectors(vector_size, count=0, dtype=float32), gensim's form, is empty, with room for
    `count` vectors (gensim fills that room with words called None).

    A key is a word or its row, or, where keys are ints, an int. Among words, a number that is
    spelled like one (150 where "150" is one) is neither: it is a KeyError that says what to write.
    Every question about neighbours takes

    metric : "cosine", "euclidean", "manhattan" or "chebyshev". A score is the cosine (larger is
        nearer), or else the distance (smaller is nearer).
    allowed, banned : words that alone may be, or may not be, among the answers; or bool (V,).

    and gives equal scores in vocabulary order. Nothing that answers rely on is ever out of date:
    `vectors` may be written to at any time, unless `prepare` was called. (What `prepare` makes is
    made unasked after PACK_AFTER questions about one vector, unless somebody else holds the
    array, and dropped when `vectors` is looked at, since from then on it may be written to. It
    takes a quarter of the vectors' memory.)

    Attributes
    ----------
    index_to_key : list of V str, or int, in vocabulary order.
    words : the same, to be read only; those of a native file are decoded one by one.
    key_to_index : mapping from key to row.
    vectors : float (V, D), rows unpadded. Any float dtype; scores are computed in float32.
    counts : int64 (V,), or None where they are not known (read from a file).
    expandos : dict from name to array (V,), of get_vecattr and set_vecattr; "count" is `counts`.

    >>> import numpy as np
    >>> import w2v
    >>> words = ["man", "woman", "king", "queen", "apple"]
    >>> vectors = [[1, -1, 1, 1], [1, -1, -1, 1], [1, 1, 1, 1], [1, 1, -1, 1], [-1, 1, 1, -1]]
    >>> kv = w2v.KeyedVectors(words, np.array(vectors, np.float32), counts=[50, 40, 30, 20, 10])
    >>> kv["king"]
    array([1., 1., 1., 1.], dtype=float32)
    >>> kv.most_similar(positive=["king", "woman"], negative=["man"], topn=1)
    [('queen', 1.0)]

    The examples of the methods go on from there.
    """

    # What files with rows of n-grams become: SubwordVectors, as subwords.py says, which needs this.
    of_ngrams: "ClassVar[type[KeyedVectors]]"

    if not TYPE_CHECKING:  # which would take every name for an attribute

        def __getattr__(self, name):
            if name in FORMER_NAMES:
                raise AttributeError(f"KeyedVectors has no {name!r}; use {FORMER_NAMES[name]}")
            raise AttributeError(f"KeyedVectors has no attribute {name!r}")

    # Selections and files

    def vectors_for_all(
        self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> "KeyedVectors":
        """Return the known ones of `keys`, each once, with copies of their vectors.

        `copy_vecattrs` copies attributes too. `allow_inference` is for vectors that can be made for
        unknown words; there are none here.

        >>> kv.vectors_for_all(["queen", "stranger"]).index_to_key
        ['queen']
        """
        places = list(dict.fromkeys(row for row in self.places(keys).tolist() if row >= 0))
        words, rows = [self.words[row] for row in places], np.array(places, np.int64)
        out = KeyedVectors(words, self._vectors[rows], shared=False)
        if copy_vecattrs:
            out.expandos = {name: values[rows] for name, values in self.expandos.items()}
        return out

    def intersect_word2vec_format(
        self,
        fname: AnyPath,
        lockf: float = 0.0,
        binary: bool | None = None,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
    ) -> int:
        """Take over the vectors of the words that a file in the word2vec format has, too.

        No word is added. Returns how many were taken over. `lockf` is how far training may move
        them from now on, from 0 (not at all) to 1 (like all others); see vectors_lockf. `binary`
        None finds out.

        >>> kv.save_word2vec_format("vectors.txt")
        >>> kv.intersect_word2vec_format("vectors.txt")
        5
        """
        check_number("lockf", lockf, float, 0, 1)
        if codecs.lookup(encoding).name != "utf-8":
            raise ValueError(
                f"encoding={encoding!r}: words are read as utf8, the only one there is"
            )
        other = type(self).load_word2vec_format(fname, binary=binary, unicode_errors=unicode_errors)
        if other.vector_size != self.vector_size:
            raise ValueError(
                f"fname={str(fname)!r}: its vectors have {other.vector_size} dimensions, these "
                f"{self.vector_size}"
            )
        pairs = [(self.find(word), row) for row, word in enumerate(other.words)]
        pairs = [(row, place) for row, place in pairs if row >= 0]
        self.open_for_writing(len(self))
        for row, place in pairs:
            self._vectors[row] = other.vectors[place]
        if pairs:
            rows = np.array([row for row, _ in pairs], np.int64)
            self.changed(rows)
            self.vectors_lockf[rows] = lockf
        return len(pairs)

    def vectors_for(
        self, keys: int | Iterable[Key], missing: ArrayLike | None = 0.0
    ) -> NDArray[np.float32]:
        """Return the vectors of keys as a table, float32 (n, D), row i that of keys[i]: a copy.

        What an embedding layer starts from: unlike vectors_for_all it keeps order, repeats and the
        places of unknown keys.

        Parameters
        ----------
        keys : a list or array of keys; an int n stands for 0 to n - 1.
        missing : what rows of unknown keys hold, a number or a vector (D,); the log says how many
            there are. None: they are a KeyError.

        >>> kv.vectors_for(["king", "stranger"])
        array([[1., 1., 1., 1.],
               [0., 0., 0., 0.]], dtype=float32)
        """
        wanted: Any = np.arange(keys) if is_id(keys) else keys
        if isinstance(wanted, (str, bytes)):
            raise TypeError(f"keys={wanted!r}: a list of keys is expected; for one see get_vector")
        wanted = wanted if isinstance(wanted, np.ndarray) else list(wanted)
        if missing is None:
            return self.vectors_at(wanted).astype(np.float32)
        known, vectors = self.found(wanted)
        fill = np.asarray(missing, np.float32)
        if fill.shape not in ((), (self.vector_size,)):
            raise ValueError(
                f"missing: shape {fill.shape}; a number, a vector ({self.vector_size},) or None is "
                "expected"
            )
        out = np.empty((len(known), self.vector_size), np.float32)
        out[known], out[~known] = vectors, fill
        if n := len(known) - int(known.sum()):
            log("info", "vectors_for: %s of %s keys are unknown", f"{n:,}", f"{len(known):,}")
        return out

    # Files and other libraries

    @classmethod
    def load(cls, path: AnyPath, mmap: str | None = "c") -> "KeyedVectors":
        """Read what save wrote, or the vectors of a model's file, or of gensim's save().

        gensim's pickles (3.8 to 4.4: KeyedVectors, Word2Vec, FastText) are read without running
        anything in them, the arrays beside them mapped, attributes of words kept. What has rows
        of n-grams, such as FastText's, becomes SubwordVectors.

        Parameters
        ----------
        mmap : "c": `vectors` are the native file, mapped; writing into them changes this process's
            copy of what is written and never the file. "r": the same, read-only. None: read into
            memory. (gensim's default, None, lets write, too.) Other formats are always read.

        Raises FileNotFoundError; ValueError naming the file and what is wrong with it.

        >>> kv.save("vectors.w2v")
        >>> w2v.KeyedVectors.load("vectors.w2v")
        <KeyedVectors: 5 words x 4 dimensions>
        """
        return made_of(formats.read_arrays(path, mmap), cls)

    @classmethod
    def load_word2vec_format(
        cls,
        fname: AnyPath,
        fvocab: AnyPath | None = None,
        binary: bool | None = None,
        encoding: str = "utf8",
        unicode_errors: str = "replace",
        limit: int | None = None,
        datatype: DTypeLike = np.float32,
        no_header: bool = False,
        binary_chunk_size: int | None = None,
        *,
        workers: int | None = None,
        progress: Show = None,
    ) -> "KeyedVectors":
        """Read vectors in the word2vec format.

        Differs from gensim in that nothing needs to be known of the file: `binary` None and
        `no_header` False find out what it is, and words cut inside a character are repaired.

        Parameters
        ----------
        fvocab : path of a file of `word count` lines; a word that is not in it has count 0.
        binary : True or False for those who know; an error when it is the other.
        unicode_errors, limit, datatype, encoding, workers, progress : `errors`, `limit`, `dtype`,
            ... of formats.read_rows.
        no_header : True: the first line is a row even if it looks like a header.
        binary_chunk_size : taken as gensim takes it, and of no effect.

        Raises FileNotFoundError; ValueError naming the row and byte where the file is damaged.

        >>> kv.save_word2vec_format("vectors.bin", binary=True)
        >>> w2v.KeyedVectors.load_word2vec_format("vectors.bin", binary=True, limit=3)
        <KeyedVectors: 3 words x 4 dimensions>
        """
        if no_header and binary:
            raise ValueError("no_header=True, binary=True: binary files have a header")
        stored = formats.read_rows(
            fname, errors=unicode_errors, limit=limit, dtype=datatype, binary=binary,
            header=False if no_header else None, encoding=encoding, workers=workers,
            progress=progress,
        )  # fmt: skip
        counts = stored.counts
        if fvocab is not None:
            counts = counts_of(stored.words, *read_vocabulary(fvocab, argument="fvocab"))
        return cls(stored.words, stored.vectors, counts, shared=False)

    def evaluate_word_analogies(
        self,
        analogies: Test,
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> tuple[float, list[dict[str, Any]]]:
        """Return the accuracy on analogy questions and the questions by section, as gensim does.

        `similarity_function` is "most_similar" or "most_similar_cosmul"; gensim passes over it. For
        coverage, semantic and syntactic sums and the answers see evaluation.evaluate_analogies.

        >>> score, sections = kv.evaluate_word_analogies(["man king woman queen"])
        >>> score
        1.0
        """
        methods = {"most_similar": "3CosAdd", "most_similar_cosmul": "3CosMul"}
        if similarity_function not in methods:
            raise ValueError(
                f"similarity_function={similarity_function!r}: choose one of {', '.join(methods)}"
            )
        return evaluation.evaluate_analogies(
            self,
            analogies,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            dummy4unknown=dummy4unknown,
            method=methods[similarity_function],
        ).as_gensim()

    def evaluate_word_pairs(
        self,
        pairs: Test,
        delimiter: str | None = "\t",
        encoding: str = "utf8",
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[Correlation, Correlation, float]:
        """Return Pearson's and Spearman's (correlation, p) and the percent of unknown pairs.

        As gensim does, but for `delimiter` None, which finds out; see evaluation.evaluate_pairs.

        >>> pairs = ["king queen 9", "king woman 5", "man apple 0"]
        >>> pearson, spearman, unknown = kv.evaluate_word_pairs(pairs, delimiter=" ")
        >>> round(spearman.statistic, 3), unknown
        (1.0, 0.0)
        """
        if isinstance(pairs, (str, os.PathLike)) and encoding.lower() not in ("utf8", "utf-8"):
            with open(pairs, encoding=encoding) as file:
                pairs = file.readlines()
        return evaluation.evaluate_pairs(
            self,
            pairs,
            delimiter=delimiter,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            dummy4unknown=dummy4unknown,
        ).as_gensim()


def counts_of(
    words: Sequence[str], known: list[str], counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the counts of words, int64 (V,), 0 for those that a vocabulary does not have.

    A word that was repaired, or is in another encoding, has the count in its own place, where both
    lists have the same length.
    """
    count_of = dict(zip(known, counts.tolist(), strict=True))
    places: list[int] = counts.tolist() if len(known) == len(words) else [0] * len(words)
    return np.array(
        [count_of.get(word, place) for word, place in zip(words, places, strict=True)], np.int64
    )


def made_of(found: Stored, make: type[KeyedVectors]) -> KeyedVectors:
    """Return KeyedVectors, made by their class, of what a file holds.

    Where it has rows of n-grams these are SubwordVectors.
    """
    more: dict[str, Any] = {}
    if (parts := found.parts) is not None:
        make = make if issubclass(make, KeyedVectors.of_ngrams) else KeyedVectors.of_ngrams
        more = {**parts._asdict(), "is_composed": found.vectors is not parts.own}
    made = make(found.words, found.vectors, found.counts, shared=False, **more)
    made.expandos.update(found.attributes)
    return made


def load(
    path: AnyPath,
    *,
    errors: str | None = None,
    limit: int | None = None,
    dtype: DTypeLike | None = None,
    encoding: str = "utf-8",
    keep_repeats: bool = False,
    decimal: str = ".",
    mmap: str | None = "c",
    keys: type[str] | type[int] | None = None,
    progress: Show = None,
) -> KeyedVectors:
    """Load vectors from a file, finding out what it is.

    word2vec text or binary, GloVe, .vec, fastText .bin, each of them compressed or not; and what
    KeyedVectors.save and Word2Vec.save write, opened by mapping; and what gensim's save wrote, as
    KeyedVectors.load reads it. What has rows of n-grams, fastText's .bin above all, which is mapped
    as well, becomes SubwordVectors, which know unknown words.

    Parameters
    ----------
    errors, encoding, keep_repeats, decimal : see formats.read_rows.
    limit : rows to read at most.
    mmap : of native files and fastText's; see KeyedVectors.load. A mapped file that is written
        into, cut short say, ends the process that uses it; None reads it instead. Replacing it, as
        saving does, is safe.
    dtype : of the vectors; None: as the file has them, float32 where it holds decimals.
    progress : True shows on standard error how far it is, once it takes longer than a second: in a
        bar of tqdm where that is installed, else in a line; False shows nothing, None does as True
        in a notebook and at a terminal. A callable is given a Progress about ten times a second,
        and at the end, of what="loading" ("saving"), `words` and `total_words`. Files that are
        mapped open at once and tell nothing, nor do .npz, Parquet and gensim's pickles.
    keys : int makes ids of words that are digits, which is all that text has; str makes digits of
        ids. None: as they are in the file; native files, .npz and Parquet know.

    Raises FileNotFoundError; ValueError naming what is wrong with the file, and where.

    >>> import numpy as np
    >>> import w2v
    >>> w2v.KeyedVectors(["king", "queen"], np.eye(2)).save_word2vec_format("vectors.txt.gz")
    >>> w2v.load("vectors.txt.gz", limit=1)
    <KeyedVectors: 1 words x 2 dimensions>
    """
    if keys not in (str, int, None):
        raise ValueError(f"keys={keys!r}: str, int, or None, as the file has them, is expected")
    found = formats.read(
        path, errors=errors, limit=limit, dtype=dtype, encoding=encoding,
        keep_repeats=keep_repeats, decimal=decimal, mmap=mmap, compose=False,
        progress=progress,
    )  # fmt: skip
    if keys is not None:
        words = spelled(found.words) if keys is str else parsed(found.words, repr(os.fspath(path)))
        found = found._replace(words=words)
    return made_of(found, KeyedVectors)
