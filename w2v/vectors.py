"""KeyedVectors: words with their vectors, and the questions asked of them.

Owns look-up, similarity and neighbours. It does not train (model.py) and leaves bytes to files.py.
V is the number of words, D the dimensions.
"""

import numbers
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from . import files, vocab


class KeyedVectors:
    """Words and their vectors; methods are called and behave as in gensim 4.

    Attributes
    ----------
    index_to_key : list of V str, in vocabulary order.
    key_to_index : dict from word to row.
    vectors : float32 (V, D), rows unpadded.
    counts : int64 (V,), or None where they are not known (read from a file).
    """

    def __init__(self, words: Iterable[str], vectors, counts=None):
        self.index_to_key = list(words)
        self.vectors = np.asarray(vectors)
        self.counts = None if counts is None else np.asarray(counts)
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.index_to_key):
            raise ValueError(
                f"vectors: shape {self.vectors.shape} does not fit {len(self.index_to_key)} words; "
                "(words, dimensions) is expected"
            )

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        index: dict[str, int] = {}
        for i, word in enumerate(self.index_to_key):
            index.setdefault(word, i)
        return index

    @property
    def vector_size(self) -> int:
        return self.vectors.shape[1]

    @cached_property
    def norms(self) -> np.ndarray:
        """Euclidean lengths, float32 (V,); 1 for a zero vector, whose cosines are then 0."""
        squares = np.einsum("ij,ij->i", self.vectors, self.vectors, dtype=np.float32)
        lengths = np.sqrt(squares)
        lengths[lengths == 0] = 1
        return lengths

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word) -> bool:
        return word in self.key_to_index

    def __repr__(self) -> str:
        return f"<KeyedVectors: {len(self):,} words x {self.vector_size} dimensions>"

    def __getitem__(self, key):
        """Return a word's vector, float32 (D,), or those of a list of words, (n, D)."""
        if isinstance(key, (list, tuple)):
            return self.vectors[[self.get_index(word) for word in key]]
        return self.get_vector(key)

    def get_index(self, word: str) -> int:
        """Return a word's row.

        Raises KeyError when the word is unknown.
        """
        try:
            return self.key_to_index[word]
        except KeyError:
            raise KeyError(f"the word {word!r} is not in the vocabulary") from None

    def get_vector(self, word: str, norm: bool = False) -> np.ndarray:
        """Return a word's vector, float32 (D,), a view; with `norm` scaled to length 1, a copy."""
        i = self.get_index(word)
        return self.vectors[i] / self.norms[i] if norm else self.vectors[i]

    def similarity(self, word1: str, word2: str) -> float:
        """Return the cosine of the angle between two words' vectors, -1 to 1."""
        return float(self.get_vector(word1, norm=True) @ self.get_vector(word2, norm=True))

    def distance(self, word1: str, word2: str) -> float:
        """Return 1 - similarity, 0 to 2."""
        return 1 - self.similarity(word1, word2)

    def most_similar(self, positive=(), negative=(), topn: int | None = 10):
        """Return the words nearest to the mean of `positive` less `negative`, by cosine.

        Parameters
        ----------
        positive, negative : a word, a vector (D,), a pair (word or vector, weight), or a list of
            them. Each vector is scaled to length 1 before it is weighted (3CosAdd: Mikolov, Yih,
            Zweig 2013, https://aclanthology.org/N13-1090).
        topn : how many; None returns the cosines of all words in vocabulary order, float32 (V,).

        Returns a list of (word, cosine), best first; equal cosines in vocabulary order. The words
        asked about are left out.
        """
        query, asked = self.query(positive, negative)
        cosines = (self.vectors @ query) / self.norms
        if topn is None:
            return cosines
        topn = min(topn, len(self))
        if topn <= 0:
            return []
        wanted = min(topn + len(asked), len(self))
        # The best ones in any order, then all that tie with the least of them, in word order.
        least = np.partition(cosines, -wanted)[-wanted]
        best = np.flatnonzero(cosines >= least)
        best = best[np.argsort(-cosines[best], kind="stable")]
        best = best[~np.isin(best, asked)][:topn]
        return [(self.index_to_key[i], float(cosines[i])) for i in best.tolist()]

    def query(self, positive, negative) -> tuple[np.ndarray, list[int]]:
        """Return the unit vector of a query and the rows of the words in it."""
        total = np.zeros(self.vector_size, np.float32)
        asked = []
        for items, sign in ((listed(positive), 1), (listed(negative), -1)):
            for item in items:
                weight = 1.0
                if isinstance(item, tuple):
                    item, weight = item
                if isinstance(item, str):
                    asked.append(self.get_index(item))
                    vector = self.get_vector(item, norm=True)
                else:
                    vector = np.asarray(item, np.float32)
                    if vector.shape != total.shape:
                        raise ValueError(
                            f"most_similar: a vector of shape {vector.shape} where "
                            f"{total.shape} is expected"
                        )
                    vector = vector / (np.linalg.norm(vector) or 1)
                total += np.float32(sign * weight) * vector
        if not len(listed(positive)) + len(listed(negative)):
            raise ValueError("most_similar: no words given; pass positive=['word']")
        return total / (np.linalg.norm(total) or 1), asked

    def similar_by_word(self, word: str, topn: int | None = 10):
        """Return the words nearest to `word`; see most_similar."""
        return self.most_similar([word], topn=topn)

    def similar_by_vector(self, vector, topn: int | None = 10):
        """Return the words nearest to `vector`, float (D,); see most_similar."""
        return self.most_similar([np.asarray(vector)], topn=topn)

    def classes(self, n: int, exact: bool = False) -> np.ndarray:
        """Return the class, 0 to n - 1, of each word by 10 rounds of k-means, int64 (V,).

        As word2vec.c, TrainModel: word i starts in class i mod n, centres are scaled to length 1,
        and a word goes to the centre with the largest dot product, the lowest class winning. With
        `exact` sums are made in C's order, for its bytes; it takes some ten times as long.
        """
        vectors = np.asarray(self.vectors, np.float32)
        members = np.arange(len(self)) % n
        for _ in range(10):
            centres = np.zeros((n, self.vector_size), np.float32)
            np.add.at(centres, members, vectors)
            sizes = np.bincount(members, minlength=n) + 1
            centres /= sizes[:, np.newaxis].astype(np.float32)
            lengths = np.sqrt(summed((centres[:, d] ** 2 for d in range(self.vector_size)), (n,)))
            with np.errstate(invalid="ignore"):  # an empty class: 0/0 is NaN, which never wins
                centres /= lengths[:, np.newaxis]
            for start in range(0, len(self), 4096):
                rows = vectors[start : start + 4096]
                if exact:
                    terms = (np.outer(rows[:, d], centres[:, d]) for d in range(self.vector_size))
                    scores = summed(terms, (len(rows), n))
                else:
                    scores = rows @ centres.T
                # C starts from -10 and class 0, and no comparison with NaN is true.
                scores = np.where(scores > -10, scores, np.float32(-10))
                members[start : start + 4096] = scores.argmax(axis=1)
        return members

    def save_word2vec_format(
        self,
        fname,
        fvocab=None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        *,
        decimals: int | None = None,
        workers: int | None = None,
    ) -> None:
        """Write the vectors in the word2vec format, in the order of their rows.

        Parameters
        ----------
        fname : path; one that ends in .gz, .bz2, .xz or .zst is compressed. It appears whole or not
            at all.
        fvocab : path of a file for `word count` lines, or None.
        binary, prefix, decimals, workers : see files.write_word2vec.
        total_vec : the number of words the header says; None: of these.
        write_header : False for the format of GloVe.
        append : add to what the file holds, which is then not written anew.

        Raises ValueError naming a word that cannot stand in this format, before writing.
        """
        if fvocab is not None and self.counts is None:
            raise ValueError(f"fvocab={fvocab!r}: these vectors have no counts to write")
        header = write_header
        if write_header and total_vec is not None:
            header = (total_vec, self.vector_size)
        with open(fname, "ab") if append else files.replacing(fname, "fname") as file:
            files.write_word2vec(
                file, self.index_to_key, self.vectors, binary, decimals,
                header=header, prefix=prefix, workers=workers,
            )  # fmt: skip
        if fvocab is not None:
            with files.replacing(fvocab, "fvocab") as file:
                files.write_numbers(file, (prefix + w for w in self.index_to_key), self.counts)

    @classmethod
    def load_word2vec_format(
        cls,
        fname,
        fvocab=None,
        binary: bool | None = None,
        encoding: str = "utf8",
        unicode_errors: str = "replace",
        limit: int | None = None,
        datatype=np.float32,
        no_header: bool = False,
        *,
        workers: int | None = None,
    ) -> "KeyedVectors":
        """Read vectors in the word2vec format.

        Differs from gensim in that nothing needs to be known of the file: `binary` None and
        `no_header` False find out what it is, and words cut inside a character are repaired.

        Parameters
        ----------
        fvocab : path of a file of `word count` lines; a word that is not in it has count 0.
        binary : True or False for those who know; an error when it is the other.
        unicode_errors, limit, datatype, encoding, workers : `errors`, `limit`, `dtype`, ... of
            files.read.
        no_header : True: the first line is a row even if it looks like a header.

        Raises FileNotFoundError; ValueError naming the row and byte where the file is damaged.
        """
        if no_header and binary:
            raise ValueError("no_header=True, binary=True: binary files have a header")
        stored = files.read(
            fname, errors=unicode_errors, limit=limit, dtype=datatype, binary=binary,
            header=False if no_header else None, encoding=encoding, workers=workers,
        )  # fmt: skip
        counts = stored.counts
        if fvocab is not None:
            known = dict(zip(*vocab.read_vocabulary(fvocab), strict=True))
            counts = np.array([known.get(word, 0) for word in stored.words], np.int64)
        return cls(stored.words, stored.vectors, counts)


def listed(items) -> list:
    """Return one query item, or a list of them, as a list."""
    if isinstance(items, (str, np.ndarray)) and not (
        isinstance(items, np.ndarray) and items.ndim == 2
    ):
        return [items]
    if isinstance(items, tuple) and len(items) == 2 and isinstance(items[1], numbers.Real):
        return [items]
    return list(items)


def summed(terms: Iterable[np.ndarray], shape) -> np.ndarray:
    """Add float32 terms one after another, in that order."""
    total = np.zeros(shape, np.float32)
    for term in terms:
        total += term
    return total


def load(
    path, *, errors: str = "replace", limit: int | None = None, dtype=np.float32
) -> KeyedVectors:
    """Load vectors from a file, finding out what it is; see files.read.

    word2vec text or binary, GloVe, .vec, fastText .bin, each of them compressed or not.
    """
    return KeyedVectors(*files.read(path, errors=errors, limit=limit, dtype=dtype)[:3])
