"""The native file: words, counts, matrices and what is known of their training, opened by mapping.

Owns the format, and which of the formats that hold arrays a file is; it knows arrays and words, not
classes. V is the number of words, D the dimensions.

A native file is a valid safetensors file (https://github.com/huggingface/safetensors): 8 bytes, the
little-endian length of the header; the header, JSON padded with blanks; the tensors, one after
another without holes. No pickle, and nothing to decode or copy before it can be used:

    input_vectors    float32 (V, D); files of vectors alone may have float16 or float64
    output_vectors   float32 (V, D), of negative sampling    | of models
    node_vectors     float32 (V - 1, D), of the Huffman tree | alone
    input_biases, input_squares, input_bias_squares   float32 (V,), (V, D), (V,), of GloVe: biases,
        and squared gradients of both; output_... those of contexts, which output_vectors are then
    counts           int64 (V,), where they are known
    locks            float32 (V,), KeyedVectors.vectors_lockf, where one is not 1
    own_vectors, ngram_vectors, ngram_buckets   float32 (V, D), (R, D), int32 (R,): what the vectors
        are made of where words have n-grams, see subwords.py; no buckets: of all of them
    path_offsets, path_steps   int64 (V + 1,), int32: Vocabulary.paths, where the tree is gensim's
    word_bytes, word_offsets, word_slots   uint8, int64 (V + 1,), int32: the words; see words.py
    ids, id_order    int64 (V,), in their place where the keys are integers; see ids.py
    pair_offsets, pair_columns, pair_values   int64 (V + 1,), int32, float64 (n,): see
        cooccurrence/matrix.py; files of co-occurrences have these and no input_vectors

The metadata, which are strings, say `w2v_format`, the version of all this, `w2v_version`, and in
models what their save puts there; `vectors` says what GloVe's are made of: "word", or the "sum" or
"both" of input and output vectors; `ngrams` is min_n, max_n, bucket and whether n-grams without
a row count, in JSON; `keys` is "ids" where there are no words. A file of other
makers opens too when it has the vectors, and the bytes of the words and their offsets, or ids.
"""

import json
import math
import mmap as mapping
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

import numpy as np

from ..shared import VERSION, streams
from ..shared.checks import MAX_DIMENSIONS, check_path
from ..shared.types import AnyPath
from . import _words, strangers
from .ids import Ids, as_keys
from .stored import Stored
from .subwords import Parts
from .words import Words

FORMAT_VERSION = 1

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}

# The dtypes that each tensor may have, the first being what others are converted to.
TENSORS = {
    "input_vectors": ["F32", "F16", "F64"],
    "output_vectors": ["F32"],
    "node_vectors": ["F32"],
    "input_biases": ["F32"],
    "output_biases": ["F32"],
    "input_squares": ["F32"],
    "output_squares": ["F32"],
    "input_bias_squares": ["F32"],
    "output_bias_squares": ["F32"],
    "own_vectors": ["F32"],
    "ngram_vectors": ["F32"],
    "ngram_buckets": ["I32"],
    "counts": ["I64"],
    "locks": ["F32"],
    "path_offsets": ["I64"],
    "path_steps": ["I32"],
    "word_bytes": ["U8"],
    "word_offsets": ["I64"],
    "word_slots": ["I32"],
    "ids": ["I64"],
    "id_order": ["I64"],
    "pair_offsets": ["I64"],
    "pair_columns": ["I32"],
    "pair_values": ["F64"],
}

# The most bytes of header that the safetensors library reads.
MAX_HEADER_BYTES = 100_000_000
# Vectors of float32 start at a multiple of so many bytes: a cache line, as large as any register.
ALIGNMENT = 64
BLOCK_BYTES = 1 << 24


def write(
    path: AnyPath,
    words: Iterable[Any],
    arrays: Mapping[str, np.ndarray | None],
    metadata: dict[str, str],
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Write a native file, which appears whole or not at all, straight from the arrays.

    Parameters
    ----------
    words : V str or int, any iterable; Words and Ids are written as they are.
    arrays : `input_vectors`, or `pair_offsets`, and any other of the tensors above that is not of
        the words or ids; None where there is none.
    metadata : str to str.
    told : is called after each block with how many words have been written, and of how many; a word
        counts as written as its share of all bytes is.

    Raises ValueError naming the array whose shape does not fit, or the word that has no bytes,
    before writing; OSError naming the path.
    """
    tensors = {name: np.asarray(array) for name, array in arrays.items() if array is not None}
    keys = as_keys(words)
    if isinstance(keys, Ids):
        tensors |= dict(ids=keys.numbers, id_order=keys.order)
        metadata = {**metadata, "keys": "ids"}
    else:
        keys = Words.of(keys)
        tensors |= dict(word_bytes=keys.word_bytes, word_offsets=keys.offsets)
        tensors["word_slots"] = keys.slots
    check_shapes({name: array.shape for name, array in tensors.items()})
    dtypes = {name: stored_dtype(name, array.dtype) for name, array in tensors.items()}
    # Large items first, so that all are aligned without holes between them.
    order = sorted(tensors, key=lambda name: (-dtypes[name].itemsize, list(TENSORS).index(name)))
    about = {"w2v_format": str(FORMAT_VERSION), "w2v_version": VERSION, **metadata}
    header: dict[str, Any] = {"__metadata__": about}
    starts: dict[str, int] = {}
    end = 0
    for name in order:
        starts[name], end = end, end + tensors[name].size * dtypes[name].itemsize
        header[name] = {
            "dtype": NAMES[dtypes[name]],
            "shape": list(tensors[name].shape),
            "data_offsets": [starts[name], end],
        }
    head = json.dumps(header, separators=(",", ":")).encode()
    # The largest items have 8 bytes and come first.
    head += b" " * (-(8 + len(head) + starts.get("input_vectors", 0) // 8 * 8) % ALIGNMENT)
    with streams.replacing(path, compress=False) as file:
        file.write(len(head).to_bytes(8, "little") + head)
        n_bytes = 0
        for name in order:
            for n_more in write_array(file, tensors[name], dtypes[name]):
                n_bytes += n_more
                if told is not None:
                    told(len(keys) * n_bytes // end, len(keys))


def stored_dtype(name: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in which a tensor of this name is written."""
    own = NAMES.get(dtype.newbyteorder("<"))
    return np.dtype(DTYPES[own if own in TENSORS[name] else TENSORS[name][0]])


def write_array(file: IO[bytes], array: np.ndarray, dtype: np.dtype[Any]) -> Iterator[int]:
    """Write an array's bytes in C order, a block of rows at a time; yield how many they are."""
    n_rows = max(1, BLOCK_BYTES * len(array) // max(array.size * dtype.itemsize, 1))
    for start in range(0, len(array), n_rows):
        block = np.ascontiguousarray(array[start : start + n_rows], dtype)
        file.write(block.data)
        yield block.nbytes


def check_shapes(shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise ValueError unless the shapes of these tensors fit together."""
    of_keys = ("ids",) if "ids" in shapes else ("word_bytes", "word_offsets")
    of_pairs = "pair_offsets" in shapes
    for name in ("pair_columns" if of_pairs else "input_vectors", *of_keys):
        if name not in shapes:
            raise ValueError(f"there is no tensor {name}")
    shape = (math.prod(shapes["pair_offsets"]) - 1, 1) if of_pairs else shapes["input_vectors"]
    if len(shape) != 2 or not 1 <= shape[1] <= MAX_DIMENSIONS:
        raise ValueError(
            f"input_vectors: shape {shape}; (words, dimensions) is expected, with 1 to "
            f"{MAX_DIMENSIONS:,} dimensions"
        )
    V, D = shape
    offsets = shapes.get("word_offsets", (V + 1,))
    if offsets != (V + 1,) or V > 2**31 - 1:
        raise ValueError(
            f"input_vectors: {V:,} rows, for which word_offsets have shape {offsets}; one for each "
            "row and one more are expected"
        )
    wanted = {
        "output_vectors": (V, D),
        "node_vectors": (max(V - 1, 0), D),
        **dict.fromkeys(("input_squares", "output_squares"), (V, D)),
        **dict.fromkeys(("input_biases", "output_biases"), (V,)),
        **dict.fromkeys(("input_bias_squares", "output_bias_squares"), (V,)),
        "own_vectors": (V, D),
        "ngram_vectors": (*shapes.get("ngram_vectors", ())[:1], D),
        "ngram_buckets": shapes.get("ngram_vectors", ())[:1],
        "counts": (V,),
        "locks": (V,),
        "word_bytes": (math.prod(shapes.get("word_bytes", ())),),
        "path_offsets": (V + 1,),
        "path_steps": (math.prod(shapes.get("path_steps", ())),),
        "word_slots": (math.prod(shapes.get("word_slots", ())),),
        "ids": (V,),
        "id_order": (V,),
        "pair_offsets": (V + 1,),
        "pair_columns": (math.prod(shapes.get("pair_columns", ())),),
        "pair_values": shapes.get("pair_columns", ()),
    }
    for name, shape in shapes.items():
        if shape != wanted.get(name, shape):
            raise ValueError(f"{name}: shape {shape}; {wanted[name]} is expected")


def read(
    path: AnyPath, mmap: str | None = "c"
) -> tuple[dict[str, np.ndarray], dict[str, str], Words | Ids]:
    """Open a native file in a time that does not depend on its size.

    Parameters
    ----------
    mmap : "c": the arrays are the file, mapped; writing into them changes this process's copy of
        the pages written and never the file. "r": the same, but writing raises ValueError. None:
        read into memory.

    Returns the tensors, the metadata and the words, or ids. What a look is enough for is checked
    now; the words, which would have to be read for it, when they are used. The file must not be
    written into meanwhile (replacing it, as `write` does, is safe).

    Raises FileNotFoundError; ValueError naming the file and what is wrong with it.
    """
    path = check_path("path", path)
    data = map_file(path, mmap)
    try:
        header, metadata, begin = read_header(data)
        check_version(metadata)
        header = {name: header[name] for name in TENSORS if name in header}
        for name, (dtype, _, _) in header.items():
            if dtype not in TENSORS[name]:
                raise ValueError(
                    f"{name}: dtype {dtype[:20]!r}; {' or '.join(TENSORS[name])} is expected"
                )
        check_shapes({name: shape for name, (_, shape, _) in header.items()})
        arrays = {
            name: view(name, data, begin + start, dtype, shape)
            for name, (dtype, shape, start) in header.items()
        }
        return arrays, metadata, take_keys(arrays, repr(path))
    except ValueError as error:
        raise ValueError(f"{path!r}: {error}") from None


def take_keys(arrays: dict[str, np.ndarray], source: str) -> Words | Ids:
    """Take the words or ids out of the tensors of a file."""
    if "ids" in arrays:
        return Ids(arrays.pop("ids"), arrays.pop("id_order", None), source)
    word_bytes, offsets = arrays.pop("word_bytes"), arrays.pop("word_offsets")
    if offsets[0] != 0 or offsets[-1] != len(word_bytes):
        raise ValueError(
            f"word_offsets: {offsets[0]} to {offsets[-1]}; 0 to {len(word_bytes)}, the number "
            "of word_bytes, is expected"
        )
    slots = arrays.pop("word_slots", None)
    if slots is None:
        slots = _words.word_slots(word_bytes, offsets)
    return Words(word_bytes, offsets, slots, source)


def map_file(path: str, mmap: str | None) -> memoryview:
    """Return the bytes of a file as a buffer; see read.

    Raises FileNotFoundError; ValueError naming the file that is too short to be a native one.
    """
    if mmap not in ("c", "r", None):
        raise ValueError(
            f"mmap={mmap!r}: 'c' (changes stay in memory), 'r' (read-only) or None (read it all) "
            "is expected"
        )
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size < 8:
            raise ValueError(f"{path!r}: too short for a native file")
        head = file.read(strangers.HEAD_BYTES)
        if not is_native(head):
            raise ValueError(f"{path!r}: no native file, {what_else(head)}")
        file.seek(0)
        if mmap is None:
            return np.fromfile(file, np.uint8).data
        if mmap == "r" or not hasattr(mapping, "MAP_PRIVATE"):
            access = mapping.ACCESS_READ if mmap == "r" else mapping.ACCESS_COPY
            return memoryview(mapping.mmap(file.fileno(), 0, access=access))
        # Without MAP_NORESERVE Linux refuses files larger than memory, as if all of it would be
        # written into. Python has the constant since 3.13.
        reserve = getattr(mapping, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
        protection = mapping.PROT_READ | mapping.PROT_WRITE
        try:
            flags = mapping.MAP_PRIVATE | reserve
            return memoryview(mapping.mmap(file.fileno(), 0, flags, protection))
        except OSError as error:
            raise OSError(
                error.errno, f"{path!r}: {error.strerror}; mmap='r' takes no memory"
            ) from None


def what_else(head: bytes) -> str:
    """Say what a file that is not native may be, by how it begins, and who reads it."""
    if what := strangers.what_may_be(head):
        return f"but {what}"
    if not re.search(rb"[\0-\x08\x0e-\x1f]", head):
        return "but text: w2v.load reads vectors in the word2vec format"
    return "or damaged: w2v.load finds out what files of vectors are"


def is_native(head: bytes) -> bool:
    """Whether a file that starts with these bytes, 9 or more, is a safetensors file."""
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= MAX_HEADER_BYTES


def read_header(
    data: memoryview,
) -> tuple[dict[str, tuple[str, tuple[int, ...], int]], dict[str, str], int]:
    """Return dtype, shape and start of each tensor, the metadata, and where the tensors begin.

    Raises ValueError naming what does not agree with the format or the size of `data`.
    """
    size = len(data)
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= min(size - 8, MAX_HEADER_BYTES):
        raise ValueError(
            f"no native file, or cut off: a header of {length:,} bytes in a file of {size:,}"
        )
    try:
        header = json.loads(bytes(data[8 : 8 + length]).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no native file: the header is not JSON ({error})") from None
    if not isinstance(header, dict):
        raise ValueError("no native file: the header is not a JSON object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("damaged header: __metadata__ maps strings to strings")
    tensors = {name: read_entry(name, entry) for name, entry in header.items()}
    end = 0
    for name, (_, _, start, stop) in sorted(tensors.items(), key=lambda item: item[1][2:]):
        if start != end:
            raise ValueError(
                f"damaged header: {name[:60]!r} starts at {start:,}; {end:,} is expected"
            )
        end = stop
    if end != size - 8 - length:
        raise ValueError(
            f"cut off or damaged: the tensors take {end:,} bytes and {size - 8 - length:,} are "
            "there"
        )
    return {name: entry[:3] for name, entry in tensors.items()}, metadata, 8 + length


def read_entry(name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Return dtype, shape, start and stop of a tensor from its entry in the header."""
    damage = ValueError(f"damaged header: the entry of {name[:60]!r} is not as it must be")
    try:
        dtype, shape, (start, stop) = entry["dtype"], entry["shape"], entry["data_offsets"]
        # So many dimensions NumPy has; the product of more could take for ever.
        right = (
            isinstance(dtype, str)
            and len(shape) <= 32
            and all(type(number) is int and 0 <= number < 2**63 for number in [*shape, start, stop])
        )
    except (KeyError, TypeError, ValueError):
        raise damage from None
    if not right or stop < start:
        raise damage
    if dtype in DTYPES and stop - start != math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize:
        raise ValueError(
            f"damaged header: {name[:60]!r} of shape {tuple(shape)} and dtype {dtype} in "
            f"{stop - start:,} bytes"
        )
    return dtype, tuple(shape), start, stop


def view(name: str, data: memoryview, start: int, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array on the bytes of `data` from `start` on."""
    array: np.ndarray = np.ndarray(shape, DTYPES[dtype], data, start)
    if not array.flags.aligned:
        raise ValueError(
            f"{name} starts at byte {start:,}, no multiple of its item size; write the file again "
            "with a current safetensors"
        )
    return native_order(array)


def native_order(array: np.ndarray) -> np.ndarray:
    """Return an array in the byte order of this machine: itself, unless that is big-endian.

    Compiled code takes no other; what is turned is read, and in memory, no longer mapped.
    """
    if array.dtype.isnative:
        return array
    turned: np.ndarray = array.astype(array.dtype.newbyteorder("="))
    turned.flags.writeable = array.flags.writeable
    return turned


def check_version(metadata: dict[str, str]) -> None:
    """Raise ValueError when a later version of this format was written."""
    version = metadata.get("w2v_format", "1")
    if not version.isdigit() or len(version) > 9:
        raise ValueError(f"damaged header: w2v_format={version[:60]!r} is no number")
    if int(version) > FORMAT_VERSION:
        raise ValueError(
            f"written in version {version} of the native format by w2v "
            f"{metadata.get('w2v_version', 'of later')}; this one knows versions up to "
            f"{FORMAT_VERSION}: upgrade w2v"
        )


def write_vectors(
    path: AnyPath,
    words: Iterable[Any],
    vectors: np.ndarray,
    counts: np.ndarray | None = None,
    parts: Parts | None = None,
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Write a native file of vectors alone, and of what they are made of."""
    arrays, about = ({}, {}) if parts is None else parts.tensors()
    write(path, words, {"input_vectors": vectors, "counts": counts, **arrays}, about, told)


def read_vectors(path: AnyPath, mmap: str | None = "c") -> Stored:
    """Open the vectors of a native file, be it of a model or of vectors alone; see read."""
    arrays, metadata, words = read(path, mmap)
    if "input_vectors" not in arrays:
        raise ValueError(
            f"{os.fspath(path)!r}: this holds co-occurrences, no vectors: w2v.Cooccurrence.load "
            "opens it"
        )
    kind = "native model" if "params" in metadata else "native vectors"
    vectors = arrays["input_vectors"]
    if (made := metadata.get("vectors")) is not None and "output_vectors" in arrays:
        kind = "GloVe model"
        if made == "sum":
            vectors = vectors + arrays["output_vectors"]
        elif made == "both":
            vectors = np.concatenate([vectors, arrays["output_vectors"]], axis=1)
    try:
        parts = Parts.of_tensors(arrays, metadata)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)!r}: {error}") from None
    return Stored(words, vectors, arrays.get("counts"), kind, metadata, parts=parts)
