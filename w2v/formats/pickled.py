"""Pickles of gensim, read without running anything that is in them.

Owns the opcodes, and the few names that gensim's files of vectors and phrases hold; what is done
with the objects is in gensim_files.py. The interpreter is our own, since pickle.Unpickler calls
what a file names, even if it is let find harmless names only, sets attributes of these, hashes what
is nested (a tuple that holds a tuple twice, and so on, takes 2 ** depth steps) and allocates what
is announced (a memo of 2 ** 32 places for five bytes). Here nothing is called, keys are flat, and
memory is bounded by the file: an opcode makes an object of constant size, or one of the bytes that
follow it, or, where it may copy what the memo keeps, pays for it (Machine.pay). C's reader is
faster.
"""

import functools
import math
import re
import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

# How a pickle of protocol 2 to 5 begins; gensim writes no others.
MAGICS = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))

# dtypes of arrays that are read: numbers and text of plain sizes, objects.
DTYPE = re.compile(r"[<>|=]?(f[248]|[iu][1248]|b1|[SU][1-9]\d{0,7}|O8?)")

# The kind of objects nothing of which matters here: random generators.
SKIPPED = "skipped"

# Of what is copied, this many times the file's bytes; gensim's files copy nothing twice.
MOST_COPIES = 4

T = TypeVar("T")


class Held:
    """Stands for an object: the name of its class, and its attributes, which may be anything."""

    __slots__ = ("kind", "state")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[str, Any] = {}

    def get(self, name: str, kind: type[T], default: Any = None) -> T | Any:
        """Return an attribute that is of this type, or else the default."""
        value = plain(self.state.get(name))
        return value if isinstance(value, kind) else default


class Name:
    """Stands for a class or function, which is never called: `job` says what calling it makes."""

    __slots__ = ("job", "kind")

    def __init__(self, kind: str, job: "Callable[[tuple[Any, ...]], Any] | None" = None) -> None:
        self.kind = kind
        self.job = job


class Coming:
    """Stands for an array or dtype that BUILD completes: `value` is None before."""

    __slots__ = ("is_array", "value")

    def __init__(self, is_array: bool, value: Any = None) -> None:
        self.is_array = is_array
        self.value = value


def dtype_of(value: Any) -> np.dtype[Any]:
    """Return the dtype that an opcode has made, or a string names."""
    if isinstance(value, Coming) and isinstance(value.value, np.dtype):
        return value.value
    if isinstance(value, str) and DTYPE.fullmatch(value):
        return np.dtype(value.replace("O8", "O"))
    raise ValueError("an array is of no dtype of numbers or text")


def array_of(shape: Any, dtype: np.dtype[Any], is_fortran: Any, data: Any) -> np.ndarray:
    """Return an array made of bytes, or of a list of objects; raises where they do not fit."""
    if type(shape) is not tuple or len(shape) > 32 or not all(map(is_size, shape)):
        raise ValueError("an array's shape is no tuple of whole numbers")
    if dtype.kind == "O":
        if not isinstance(data, list) or len(data) != math.prod(shape):
            raise ValueError(f"an array of objects and shape {shape} has not so many items")
        flat = np.empty(len(data), object)
        for i, item in enumerate(data):  # an assignment at once would look into lists
            flat[i] = item
        return flat.reshape(shape, order="F" if is_fortran else "C")
    if isinstance(data, str):  # bytes of Python 2, or of protocol 2
        data = data.encode("latin-1")
    if not isinstance(data, bytes) or len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"an array of shape {shape} and dtype {dtype} has not so many bytes")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
    if dtype.kind == "U" and np.frombuffer(data, dtype.byteorder + "u4").max(initial=0) > 0x10FFFF:
        raise ValueError("an array of text holds numbers that are no characters")
    return array


def is_empty(arguments: Any) -> bool:
    return type(arguments) is tuple and not arguments


def is_size(n: Any) -> bool:
    return type(n) is int and 0 <= n < 2**62


# What calling a name makes, of the arguments.


def skip(arguments: tuple[Any, ...]) -> Held:
    return Held(SKIPPED)


def make_bytes(arguments: tuple[Any, ...]) -> bytes:
    if len(arguments) == 0:
        return b""
    text, *encoding = arguments
    if not isinstance(text, str) or encoding != ["latin1"]:
        raise ValueError("_codecs.encode is given something else than latin1")
    return text.encode("latin-1")


def make_set(arguments: tuple[Any, ...]) -> Any:
    (items,) = arguments or ([],)
    return frozenset(map(key_of, items)) if isinstance(items, (list, tuple)) else items


def make_dtype(arguments: tuple[Any, ...]) -> Coming:
    return Coming(False, dtype_of(arguments[0]))


def make_scalar(arguments: tuple[Any, ...]) -> Any:
    dtype, data = arguments
    return array_of((), dtype_of(dtype), False, data).item()


def make_array(arguments: tuple[Any, ...]) -> np.ndarray:
    data, dtype, shape, order = arguments
    return array_of(shape, dtype_of(dtype), order == "F", data)


JOBS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "_codecs.encode": make_bytes,
    "builtins.bytes": make_bytes,
    "builtins.frozenset": make_set,
    "builtins.set": make_set,
    "collections.OrderedDict": lambda arguments: {},
    "collections.defaultdict": lambda arguments: {},
    "numpy.dtype": make_dtype,
    "numpy._core.multiarray._reconstruct": lambda arguments: Coming(True),
    "numpy._core.multiarray.scalar": make_scalar,
    "numpy._core.numeric._frombuffer": make_array,
    "numpy.random._pickle.__randomstate_ctor": skip,
    "numpy.random._pickle.__bit_generator_ctor": skip,
    "numpy.random.__randomstate_ctor": skip,
    "numpy.random.__RandomState_ctor": skip,
}

# What modules are called in older versions, or by protocol 2.
FORMER = {
    "__builtin__": "builtins",
    "numpy.core.memmap": "numpy",
    "numpy._core.memmap": "numpy",
    "numpy.core.multiarray": "numpy._core.multiarray",
    "numpy.core.numeric": "numpy._core.numeric",
    "numpy.random.mtrand": "numpy.random",
}

# Names that are only mentioned.
MENTIONED = (
    "builtins.hash", "builtins.int", "builtins.long", "builtins.list", "builtins.dict",
    "numpy.ndarray", "numpy.memmap", "numpy.random._mt19937.MT19937",
    "gensim.utils.call_on_class_only",
    "gensim.models.phrases.original_scorer", "gensim.models.phrases.npmi_scorer",
)  # fmt: skip

# Classes whose objects are held, by module below gensim.models.
CLASSES = {
    "word2vec": "Word2Vec Word2VecVocab Word2VecTrainables Vocab",
    "keyedvectors": "KeyedVectors Word2VecKeyedVectors EuclideanKeyedVectors "
    "BaseKeyedVectors WordEmbeddingsKeyedVectors FastTextKeyedVectors Vocab CompatVocab",
    "fasttext": "FastText FastTextKeyedVectors FastTextVocab FastTextTrainables",
    "phrases": "Phrases FrozenPhrases Phraser PhrasesTransformation",
}
HELD = {
    f"gensim.models.{module}.{name}" for module, names in CLASSES.items() for name in names.split()
}


def find(module: Any, name: Any) -> Name:
    """Return what stands for a name; raises ValueError for all that such files do not hold."""
    if not (isinstance(module, str) and isinstance(name, str)):
        raise ValueError("a name is no string")
    full = f"{FORMER.get(module, module)}.{name}"
    if full in JOBS or full in HELD or full in MENTIONED:
        return Name(full, JOBS.get(full))
    raise ValueError(
        f"it asks for {f'{module}.{name}'[:80]!r}, which no file of word vectors or phrases holds, "
        "so it is not read any further (of gensim's callbacks and trim rules save none)"
    )


def key_of(key: Any) -> Any:
    """Return a key that is hashed in a short time; raises for others."""
    if isinstance(key, tuple):
        if len(key) < 100 and all(isinstance(item, (str, bytes)) for item in key):
            return key
    elif isinstance(key, (str, bytes)) or (type(key) is int and -(2**60) < key < 2**60):
        return key
    raise ValueError(f"a {type(key).__name__} is the key of a dict or item of a set")


# Opcodes with a number behind them that stands for itself, and those with a length and as many
# bytes, which become str or bytes.
NUMBERS = {b"K": "<B", b"M": "<H", b"J": "<i", b"G": ">d"}
STRINGS = {
    b"\x8c": ("<B", "utf-8"), b"X": ("<I", "utf-8"), b"\x8d": ("<Q", "utf-8"),
    b"U": ("<B", "latin-1"), b"T": ("<I", "latin-1"),
    b"C": ("<B", None), b"B": ("<I", None), b"\x8e": ("<Q", None), b"\x96": ("<Q", None),
}  # fmt: skip
SIZES = {form: struct.calcsize(form) for form in ("<B", "<H", "<I", "<i", "<Q", ">d")}
INTEGERS = {b"\x8a": "<B", b"\x8b": "<I"}
CONSTANTS: dict[bytes, Any] = {b"N": None, b"\x88": True, b"\x89": False}
GETS = {b"h": "<B", b"j": "<I"}
PUTS = {b"q": "<B", b"r": "<I"}
TUPLES = {b"\x85": 1, b"\x86": 2, b"\x87": 3}
MAKERS: dict[bytes, Callable[[], Any]] = {b"}": dict, b"]": list, b")": tuple, b"\x8f": set}


class Machine:
    """The stack, the memo and the bytes of one pickle."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []  # heights of the stack
        self.memo: dict[int, Any] = {}
        self.copied = 0

    def run(self) -> Any:
        """Return what the pickle holds; raises ValueError, of which `at` is the place."""
        jobs = self.jobs()
        while True:
            opcode = self.take(1)
            if opcode == b".":
                return self.pop()
            if opcode not in jobs:
                raise ValueError(f"the opcode {opcode!r} is not one that gensim's files have")
            jobs[opcode]()

    def jobs(self) -> dict[bytes, Callable[[], None]]:
        """Return what each opcode does."""
        push, value, take = self.stack.append, self.value, self.take

        def text(length: str, encoding: str | None) -> None:
            data = take(value(length))
            push(data if encoding is None else data.decode(encoding, "surrogatepass"))

        def each(table: Any, job: Callable[..., None]) -> None:
            found.update((opcode, functools.partial(job, about)) for opcode, about in table.items())

        found: dict[bytes, Callable[[], None]] = {
            b"\x80": lambda: self.check_protocol(value("<B")),
            b"\x95": lambda: self.check_left(value("<Q")),
            b"(": lambda: self.marks.append(len(self.stack)),
            b"0": self.drop,
            b"1": self.drop_marked,
            b"t": lambda: push(tuple(self.pop_mark())),
            b"\x91": lambda: push(make_set((self.pop_mark(),))),
            b"\x90": lambda: self.add(self.pop_mark()),
            b"a": lambda: self.extend([self.pop()]),
            b"e": lambda: self.extend(self.pop_mark()),
            b"s": lambda: self.set_items([self.pop(), self.pop()][::-1]),
            b"u": lambda: self.set_items(self.pop_mark()),
            b"\x94": lambda: self.put(len(self.memo)),
            b"c": lambda: push(find(self.line(), self.line())),
            b"\x93": lambda: push(find(*[self.pop(), self.pop()][::-1])),
            b"R": lambda: push(self.reduce(*[self.pop(), self.pop()][::-1])),
            b"\x81": lambda: push(self.new(*[self.pop(), self.pop()][::-1])),
            b"b": lambda: self.build(self.pop()),
        }
        each(CONSTANTS, push)
        each(NUMBERS, lambda form: push(value(form)))
        each(INTEGERS, lambda form: push(int.from_bytes(take(value(form)), "little", signed=True)))
        each(STRINGS, lambda about: text(*about))
        each(GETS, lambda form: push(self.recall(value(form))))
        each(PUTS, lambda form: self.put(value(form)))
        each(TUPLES, lambda n: push(tuple(self.pop_many(n))))
        each(MAKERS, lambda make: push(make()))
        return found

    # Bytes

    def take(self, n: int) -> bytes:
        start, end = self.at, self.at + n
        if end > len(self.data):
            raise ValueError("the file ends in the middle of an object")
        self.at = end
        return self.data[start:end]

    def value(self, form: str) -> Any:
        return struct.unpack(form, self.take(SIZES[form]))[0]

    def line(self) -> str:
        end = self.data.find(b"\n", self.at, self.at + 1000)
        if end < 0:
            raise ValueError("the file ends in the middle of a name")
        return self.take(end + 1 - self.at)[:-1].decode("utf-8")

    def check_protocol(self, protocol: int) -> None:
        if protocol > 5:
            raise ValueError(f"protocol {protocol}; 2 to 5 are known")

    def check_left(self, n: int) -> None:
        if n > len(self.data) - self.at:
            raise ValueError("the file ends in the middle of an object")

    # The stack and the memo

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise ValueError("damaged, for an opcode finds nothing to work on")
        return self.stack.pop()

    def pop_many(self, n: int) -> list[Any]:
        return [self.pop() for _ in range(n)][::-1]

    def drop_marked(self) -> None:
        self.pop_mark()

    def drop(self) -> None:
        """Take off the item on top, or the mark."""
        if self.marks and len(self.stack) == self.marks[-1]:
            self.marks.pop()
        else:
            self.pop()

    def pop_mark(self) -> list[Any]:
        if not self.marks:
            raise ValueError("damaged, for an opcode finds no mark")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def top(self) -> Any:
        value = self.pop()
        self.stack.append(value)
        return value

    def put(self, place: int) -> None:
        self.memo[place] = self.top()

    def recall(self, place: int) -> Any:
        if place not in self.memo:
            raise ValueError(f"damaged, for it recalls what it has not kept ({place})")
        return self.memo[place]

    # Containers

    def extend(self, items: list[Any]) -> None:
        if type(self.top()) is not list:
            raise ValueError("items are appended to what is no list")
        self.top().extend(items)

    def add(self, items: list[Any]) -> None:
        if type(self.top()) is not set:
            raise ValueError("items are added to what is no set")
        self.top().update(map(key_of, items))

    def set_items(self, items: list[Any]) -> None:
        if type(self.top()) is not dict or len(items) % 2:
            raise ValueError("items are set of what is no dict")
        self.top().update(zip(map(key_of, items[::2]), items[1::2], strict=True))

    # Objects

    def pay(self, parts: Sequence[Any]) -> None:
        """Count what may be copied; raises ValueError beyond MOST_COPIES of the file's size."""
        sizes = [len(x) for x in parts if isinstance(x, (str, bytes, list, tuple, dict))]
        self.copied += len(parts) + sum(sizes)
        if self.copied > MOST_COPIES * len(self.data):
            raise ValueError("it makes more of the same bytes than a file of gensim's does")

    def reduce(self, name: Any, arguments: Any) -> Any:
        """Return what stands for the outcome of a call, which does not take place."""
        if not isinstance(name, Name) or name.job is None or type(arguments) is not tuple:
            what = name.kind if isinstance(name, Name) else f"a {type(name).__name__}"
            raise ValueError(f"it calls {what}, which no file of word vectors or phrases does")
        self.pay(arguments)
        return name.job(arguments)

    def new(self, name: Any, arguments: Any) -> Held:
        if not isinstance(name, Name) or name.kind not in HELD or not is_empty(arguments):
            what = name.kind if isinstance(name, Name) else f"a {type(name).__name__}"
            raise ValueError(f"it makes an object of {what}, which no such file does")
        return Held(name.kind.rpartition(".")[2])

    def build(self, state: Any) -> None:
        """Give the object on the stack its state."""
        target = self.top()
        self.pay(state if type(state) is tuple else [state])
        if isinstance(target, Coming):
            build_array(target, state) if target.is_array else build_dtype(target, state)
        elif not isinstance(target, Held):
            raise ValueError(f"a {type(target).__name__} is given a state, which it cannot have")
        elif target.kind != SKIPPED:
            if type(state) is not dict or not all(type(name) is str for name in state):
                raise ValueError(f"the state of a {target.kind} is no dict of attributes")
            target.state.update(state)


def build_dtype(target: Coming, state: Any) -> None:
    """Take over the byte order; a structured dtype is refused."""
    if type(state) is not tuple or len(state) < 5 or state[1] not in tuple("<>|="):
        raise ValueError("the state of a dtype is damaged")
    if not all(field is None for field in state[2:5]):
        raise ValueError("an array is of a structured dtype; numbers or text are expected")
    target.value = target.value.newbyteorder(state[1]) if state[1] in "<>" else target.value


def build_array(target: Coming, state: Any) -> None:
    if type(state) is not tuple or len(state) != 5 or target.value is not None:
        raise ValueError("the state of an array is damaged")
    _, shape, dtype, is_fortran, data = state
    target.value = array_of(shape, dtype_of(dtype), is_fortran, data)


def loads(data: bytes, path: str) -> Any:
    """Return what a pickle holds: Held objects, containers, and arrays, for which see `plain`.

    Raises ValueError naming the file, the byte, and what is refused or damaged there.
    """
    machine = Machine(data)
    try:
        return machine.run()
    except (ValueError, TypeError, IndexError, OverflowError, struct.error) as error:
        what = str(error) or type(error).__name__
        raise ValueError(f"{path!r}, a pickle, byte {machine.at}: {what}") from None


def plain(value: Any) -> Any:
    """Return the value of what may be an array still wrapped, or the value itself."""
    return value.value if isinstance(value, Coming) else value
