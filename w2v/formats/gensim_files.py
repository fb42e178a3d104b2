"""gensim's files (3.8 to 4.4): objects put together of a pickle and the arrays beside it.

Owns which files belong together and where the words, vectors and counts of each version are; the
pickle itself is read by pickled.py, which runs nothing. Large arrays stand in files of their own,
called like the pickle and the attribute, and can be mapped. V is the number of words, D the
dimensions.
"""

import mmap as mapping
import os
import zipfile
from typing import Any

import numpy as np

from ..shared.checks import check_path
from ..shared.streams import open_bytes
from ..shared.types import AnyPath
from . import npz, pickled
from .pickled import Held
from .stored import Stored, checked
from .subwords import NgramRows, Parts, Subwords

# Of 4.x; of 3.8; of the releases before.
WORDS = ("index_to_key", "index2word", "index2entity")
VECTORS = ("vectors", "syn0")

# Attributes of a word's object in 3.8.
VOCAB = ("count", "sample_int", "code", "point")

# Characters of the names of objects in objects; gensim has a model, its vectors, and no more.
MOST_NESTED = 200


def is_pickle(path: AnyPath) -> bool:
    """Whether a file, compressed or not, begins as gensim's do."""
    try:
        with open_bytes(check_path("path", path)) as file:
            return file.read(2) in pickled.MAGICS
    except (OSError, EOFError, ValueError, ModuleNotFoundError):
        return False  # others say what is wrong with it


def read_object(path: AnyPath, mmap: str | None = "c") -> Held:
    """Read the object of a file of gensim's save(), with the arrays that stand beside it.

    Parameters
    ----------
    mmap : how arrays in files of their own are opened: "c" mapped, so that what is written stays in
        memory, "r" mapped read-only, None read. What is in the pickle, or compressed, is read.

    Raises FileNotFoundError naming a file that is missing; ValueError naming what is wrong.
    """
    if mmap not in ("c", "r", None):
        raise ValueError(
            f"mmap={mmap!r}: 'c' (changes stay in memory), 'r' (read-only) or None (read it all) "
            "is expected"
        )
    path = check_path("path", path)
    with open_bytes(path) as file:
        found = pickled.loads(file.read(), path)
    if not isinstance(found, Held):
        raise ValueError(
            f"{path!r}: a pickle of a {type(found).__name__}; gensim's KeyedVectors, Word2Vec, "
            "FastText, Phrases or FrozenPhrases are read"
        )
    add_arrays(found, path, mmap, path.endswith((".gz", ".bz2")))
    return found


def add_arrays(held: Held, path: str, mmap: str | None, is_packed: bool) -> None:
    """Give an object, and those in it, the attributes that stand in files of their own."""
    waiting = [(held, path)]
    seen = set()
    while waiting:
        held, prefix = waiting.pop()
        if id(held) in seen:
            continue
        seen.add(id(held))
        if len(prefix) > len(path) + MOST_NESTED:
            raise ValueError(f"{path!r}: objects stand in objects too deep for gensim's")
        for name in names_in(held, "__numpys", path):
            beside = f"{prefix}.{name}.{'npz' if is_packed else 'npy'}"
            if not os.path.isfile(beside):
                raise FileNotFoundError(
                    f"{beside!r}: this file belongs to {path!r}; copy it there, too"
                )
            read = read_packed_array if is_packed else open_array
            held.state[name] = read(beside, mmap)
        if scipys := names_in(held, "__scipys", path):
            raise ValueError(f"{path!r}: {scipys[0]} is a sparse matrix, which no vectors are")
        for name in names_in(held, "__recursive_saveloads", path):
            if isinstance(held.state.get(name), Held):
                waiting.append((held.state[name], f"{prefix}.{name}"))


def names_in(held: Held, about: str, path: str) -> list[str]:
    """Return the names of attributes in a list of gensim's; raises unless they are plain names."""
    names: list[Any] = held.get(about, list, [])
    for name in names:
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"{path!r}: {about} holds what is no name of an attribute")
    return names


def open_array(path: str, mmap: str | None) -> np.ndarray:
    """Open an .npy file of numbers; see read_object."""
    n_bytes = os.path.getsize(path)
    with open(path, "rb") as file:
        shape, dtype, is_fortran = npz.read_npy_head(file, n_bytes, repr(path))
        start = file.tell()
        if mmap is None or n_bytes == start:
            data: Any = file.read()
            start = 0
        else:
            access = mapping.ACCESS_COPY if mmap == "c" else mapping.ACCESS_READ
            data = mapping.mmap(file.fileno(), 0, access=access)
    data = bytearray(data) if mmap is None else data
    flat: np.ndarray = np.ndarray(shape, dtype, data, start, order="F" if is_fortran else "C")
    return flat if dtype.isnative else flat.astype(dtype.newbyteorder("="))


def read_packed_array(path: str, mmap: str | None) -> np.ndarray:
    """Read the array of an .npz file, which stands beside compressed pickles."""
    with open(path, "rb") as file:
        try:
            return npz.read_npy(zipfile.ZipFile(file), "val", "fiubUS", None)
        except (*npz.DAMAGES, ValueError, OverflowError) as error:
            raise ValueError(f"{path!r}: {error or type(error).__name__}") from None


def read_vectors(path: AnyPath, mmap: str | None = "c") -> Stored:
    """Read the words and vectors of gensim's KeyedVectors, or of a model of Word2Vec or FastText.

    Of FastText the words' vectors are read, the mean of a word's row and its n-grams'; there are
    none for other words.

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    return vectors_of(read_object(path, mmap), os.fspath(path))


def vectors_of(held: Held, path: str) -> Stored:
    """Return the words and vectors of an object; see read_vectors."""
    kind, wv = held.kind, held.get("wv", Held, held)
    if first_of(wv, WORDS, list) is None:
        door = "; Phrases.load or FrozenPhrases.load reads them" if "Phrase" in kind else ""
        raise ValueError(f"{path!r}: gensim's {kind}, which holds no words with vectors{door}")
    words = first_of(wv, WORDS, list)
    try:
        for word in words:
            if type(word) is not str:  # which may be anything, and is not shown
                raise TypeError(f"a word is of type {type(word).__name__}; str is expected")
        vectors = first_of(wv, VECTORS, np.ndarray)
        parts = parts_of(wv, words) if vectors is None and "vectors_ngrams" in wv.state else None
        vectors = parts.composed(words) if parts else vectors
        if vectors is None:
            raise ValueError("it has words and no vectors")
        vectors = owned(vectors)
        attributes = attributes_of(wv, words)
        words, vectors, counts = checked(words, vectors, attributes.pop("count", None))
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{path!r}, gensim's {kind}: {error}") from None
    return Stored(words, vectors, counts, f"gensim's {kind}", attributes=attributes, parts=parts)


def owned(array: np.ndarray) -> np.ndarray:
    """Return an array of the pickle's bytes as a copy that can be written into, others as is."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return array.astype(array.dtype.newbyteorder("="), "C") if type(base) is bytes else array


def first_of(held: Held, names: tuple[str, ...], kind: type) -> Any:
    """Return the first of these attributes that is there, or None."""
    found = (held.get(name, kind) for name in names)
    return next((value for value in found if value is not None), None)


def attributes_of(wv: Held, words: list[str]) -> dict[str, np.ndarray]:
    """Return the attributes of words, arrays (V,): `expandos` of 4.x, the Vocab objects before."""
    expandos = wv.get("expandos", dict)
    if expandos is None:
        vocab: dict[Any, Any] = wv.get("vocab", dict, {})
        objects = [vocab.get(word) for word in words]
        states = [item.state if isinstance(item, Held) else {} for item in objects]
        names = [name for name in VOCAB if any(name in state for state in states)]
        return {name: objects_array([state.get(name) for state in states]) for name in names}
    found = {}
    made: dict[int, np.ndarray] = {}  # of what may stand under many names
    for name, value in expandos.items():
        value = pickled.plain(value)
        if isinstance(value, np.ndarray) and value.shape == (len(words),):
            if value.dtype == object and id(value) not in made:
                made[id(value)] = objects_array(value.tolist())
            found[name] = made.get(id(value), value)
    return found


def objects_array(items: list[Any]) -> np.ndarray:
    """Return an array of what may be arrays; of int64 where all are whole numbers."""
    if all(type(item) is int and abs(item) < 2**63 for item in items):
        return np.array(items, np.int64)
    array = np.empty(len(items), object)
    for i, item in enumerate(items):
        array[i] = pickled.plain(item)
    return array


def parts_of(wv: Held, words: list[str]) -> Parts:
    """Return what the vectors of FastText's words are made of; its files leave these out.

    gensim gives </s> n-grams, too; here, as in fastText, it has none.
    """
    own, ngrams = (wv.get(name, np.ndarray) for name in ("vectors_vocab", "vectors_ngrams"))
    shortest, longest = (wv.get(name, int, -1) for name in ("min_n", "max_n"))
    for rows in (own, ngrams):
        if (
            rows is None
            or rows.ndim != 2
            or rows.dtype.kind != "f"
            or rows.shape[1] != own.shape[1]
        ):
            raise ValueError("vectors_vocab and vectors_ngrams do not fit together")
    if len(own) != len(words) or not (0 <= shortest < 256 and 0 <= longest < 256):
        raise ValueError(f"vectors_vocab of shape {own.shape} for {len(words)} words")
    if wv.state.get("compatible_hash") is not True:
        raise ValueError("its n-grams have the hash of gensim before 3.7, which is not known here")
    subwords = Subwords(shortest, longest, len(ngrams))
    rows = NgramRows(subwords, owned(np.ascontiguousarray(ngrams, np.float32)))
    raw = {}
    for row, word in enumerate(words):
        try:
            word.encode()
        except UnicodeEncodeError:  # surrogates, which need not stand for bytes
            raw[row] = word.encode("utf-8", "surrogatepass")
    return Parts(owned(np.ascontiguousarray(own, np.float32)), rows, raw)
