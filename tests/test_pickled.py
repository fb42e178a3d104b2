"""Pickles run nothing, take no more memory than their bytes, and say what is wrong with them."""

import functools
import operator
import os
import pickle
import struct
import subprocess
import sys

import numpy as np
import pickles
import pytest

import w2v
from w2v.formats import pickled

WORDS = ["tea", "naïve", "词"]


class Calls:
    """Something whose pickle calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def opcodes(*parts):
    return b"\x80\x04" + b"".join(parts) + b"."


def text(string):
    return b"X" + struct.pack("<I", len(string.encode())) + string.encode()


def name(module, attribute):
    return text(module) + text(attribute) + b"\x93"


KV = name("gensim.models.keyedvectors", "KeyedVectors")
OBJECT = KV + b")\x81"
ARRAY = name("numpy._core.multiarray", "_reconstruct") + name("numpy", "ndarray")
ARRAY += b"K\0\x85C\x01b\x87R"
F4 = name("numpy", "dtype") + text("f4") + b"\x89\x88\x87R"
# Doubles a tuple 60 times: each holds the one before twice.
LAUGHS = b")" + b"q\0h\0\x86" * 60


def called(module, attribute, *arguments):
    return opcodes(name(module, attribute), b"(", *arguments, b"tR")


def array_state(shape, data, dtype=F4):
    return opcodes(ARRAY, b"(K\x01", shape, dtype, b"\x89", data, b"tb")


def huge(n):
    return b"\x8a\x09" + n.to_bytes(9, "little")


HOSTILE = {
    "os.system": (pickle.dumps(Calls(os.system, "touch ran")), "posix.system|nt.system"),
    "os.system, protocol 2": (pickle.dumps(Calls(os.system, "touch ran"), 2), "system"),
    "eval": (pickle.dumps(Calls(eval, "open('ran', 'w')")), "builtins.eval"),
    "exec": (pickle.dumps(Calls(exec, "open('ran', 'w')")), "builtins.exec"),
    "open": (pickle.dumps(Calls(open, "ran", "w")), "open"),
    "__import__": (pickle.dumps(Calls(__import__, "os")), "builtins.__import__"),
    "compile": (pickle.dumps(Calls(compile, "1", "a", "eval")), "builtins.compile"),
    "getattr": (called("builtins", "getattr", text("a"), text("upper")), "builtins.getattr"),
    "getattr of a chain": (opcodes(name("builtins", "getattr"), KV, text("__init__"), b"\x86R"),
                           "builtins.getattr"),
    "functools.partial": (pickle.dumps(Calls(functools.partial, print)), "functools.partial"),
    "attrgetter": (pickle.dumps(operator.attrgetter("a.b")), "operator.attrgetter"),
    "methodcaller": (pickle.dumps(operator.methodcaller("system", "a")), "operator.methodcaller"),
    "subprocess": (pickle.dumps(Calls(subprocess.Popen, ["touch", "ran"])), "subprocess.Popen"),
    "runpy": (called("runpy", "run_path", text("a")), "runpy.run_path"),
    "numpy.load": (called("numpy", "load", text("a.npy"), b"N\x88"), "numpy.load"),
    "numpy.lib": (called("numpy.lib._npyio_impl", "load", text("a")), "numpy.lib"),
    "numpy's runstring": (called("numpy.testing._private.utils", "runstring", text("a"), b"}"),
                          "runstring"),
    "numpy.core by another name": (called("numpy.core.multiarray", "fromfile", text("a")),
                                   "numpy.core.multiarray.fromfile"),
    "numpy memmap called": (called("numpy", "memmap", text("a")), "calls numpy.memmap"),
    "copyreg": (opcodes(name("copyreg", "_reconstructor"), KV,
                        name("builtins", "object"), b"N\x87R"), "copyreg._reconstructor"),
    "copy_reg": (called("copy_reg", "__newobj__", text("a")), "copy_reg.__newobj__"),
    "pickle.loads": (called("pickle", "loads", b"C\x01."), "pickle.loads"),
    "_pickle.Unpickler": (called("_pickle", "Unpickler", text("a")), "_pickle.Unpickler"),
    "a callback of the user's": (opcodes(name("__main__", "Logger"), b")\x81"), "__main__.Logger"),
    "another class of gensim's": (opcodes(name("gensim.models.ldamodel", "LdaModel"), b")\x81"),
                                  "gensim.models.ldamodel.LdaModel"),
    "gensim.utils": (called("gensim.utils", "unpickle", text("a")), "gensim.utils.unpickle"),
    "a dotted name": (opcodes(name("gensim.models.keyedvectors", "KeyedVectors.load"), b")R"),
                      "KeyedVectors.load"),
    "a dotted name into modules": (opcodes(name("gensim.utils", "os.system")), "os.system"),
    "GLOBAL": (b"\x80\x02cos\nsystem\n(X\x01\0\0\0atR.", "os.system"),
    "INST": (b"\x80\x02(X\x01\0\0\0aios\nsystem\n.", "opcode b'i'"),
    "OBJ": (opcodes(b"(", KV, b"o"), "opcode b'o'"),
    "NEWOBJ_EX": (opcodes(KV, b")}\x92"), "opcode b'.x92'"),
    "a class that is called": (opcodes(KV, b")R"), "calls gensim.models.keyedvectors.KeyedVectors"),
    "an object that is called": (opcodes(OBJECT, b")R"), "calls a Held"),
    "text that is called": (opcodes(text("os.system"), b")R"), "calls a str"),
    "NEWOBJ of a function": (opcodes(name("builtins", "hash"), b")\x81"), "builtins.hash"),
    "NEWOBJ with arguments": (opcodes(KV, b"K\x01\x85\x81"), "KeyedVectors"),
    "a name of bytes": (opcodes(b"C\x01a", text("b"), b"\x93"), "a name is no string"),
    "a name of a list": (opcodes(b"]", text("b"), b"\x93"), "a name is no string"),
    "BUILD of a class": (opcodes(KV, b"}", text("load"), text("a"), b"sb"), "a Name is given"),
    "BUILD of a dict": (opcodes(b"}}b"), "a dict is given a state"),
    "BUILD with slots": (opcodes(OBJECT, b"N}", text("__class__"), KV, b"s\x86b"), "no dict"),
    "BUILD with odd names": (opcodes(OBJECT, b"}K\x01K\x02sb"), "no dict of attributes"),
    "persistent id": (b"\x80\x02Pa\n.", "opcode b'P'"),
    "binary persistent id": (opcodes(text("a"), b"Q"), "opcode b'Q'"),
    "extension": (opcodes(b"\x82\x01"), "opcode b'.x82'"),
    "extension of 4 bytes": (opcodes(b"\x84\1\0\0\0"), "opcode b'.x84'"),
    "buffer outside": (opcodes(b"\x97"), "opcode b'.x97'"),
    "2 ** 60 bytes": (opcodes(b"\x8e", struct.pack("<Q", 2**60)), "ends in the middle"),
    "2 ** 60 of text": (opcodes(b"\x8d", struct.pack("<Q", 2**60)), "ends in the middle"),
    "2 ** 60 of a bytearray": (opcodes(b"\x96", struct.pack("<Q", 2**60)), "ends in the middle"),
    "a frame of 2 ** 60": (opcodes(b"\x95", struct.pack("<Q", 2**60)), "ends in the middle"),
    "a number of 2 ** 31 bytes": (opcodes(b"\x8b", struct.pack("<I", 2**31)), "ends in the middle"),
    "a shape of 2 ** 40": (array_state(huge(2**40) + b"\x85", b"C\0"), "not so many bytes"),
    "a shape of 2 ** 70": (array_state(huge(2**70) + b"\x85", b"C\0"), "no tuple of whole"),
    "a shape below 0": (array_state(b"J\xff\xff\xff\xff\x85", b"C\0"), "no tuple of whole"),
    "a shape of 33 dimensions": (array_state(b"(" + b"K\0" * 33 + b"t", b"C\0"), "no tuple"),
    "objects of 2 ** 40": (array_state(huge(2**40) + b"\x85", b"]", name("numpy", "dtype") +
                                       text("O8") + b"\x85R"), "not so many items"),
    "a pickle in objects": (array_state(b"K\1\x85", b"C\1a", name("numpy", "dtype") + text("O8") +
                                        b"\x85R"), "not so many items"),
    "a structured dtype": (opcodes(name("numpy", "dtype"), text("V8"), b"\x85R"), "no dtype"),
    "a dtype of many fields": (opcodes(name("numpy", "dtype"), text("f4,O"), b"\x85R"), "no dtype"),
    "a dtype of nothing": (opcodes(name("numpy", "dtype"), b")R"), "a pickle, byte"),
    "characters that there are not": (array_state(b"K\1\x85", b"C\4\xff\xff\xff\xff", name(
        "numpy", "dtype") + text("<U1") + b"\x85R"), "no characters"),
    "codecs": (called("_codecs", "encode", text("a"), text("rot13")), "else than latin1"),
    "codecs.decode": (called("_codecs", "decode", text("a"), text("zip")), "_codecs.decode"),
    "a tree of tuples as a key": (opcodes(b"}", LAUGHS, b"Ns"), "a tuple is the key"),
    "a tree of tuples in a set": (opcodes(b"(", LAUGHS, b"\x91"), "a tuple is the key"),
    "a list as a key": (opcodes(b"}]Ns"), "a list is the key"),
    "a memo that is not there": (opcodes(b"j\xff\xff\xff\x7f"), "recalls what it has not kept"),
    "nothing on the stack": (opcodes(), "finds nothing"),
    "nothing above the mark": (opcodes(b"N(0b"), "finds nothing|is given"),
    "no mark": (opcodes(b"Nt"), "finds no mark"),
    "half an item": (opcodes(b"}(Nu"), "no dict"),
    "items of a tuple": (opcodes(b")Na"), "no list"),
    "protocol 9": (opcodes(b"\x80\x09"), "protocol 9"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_pickle_is_refused_by_name_and_runs_nothing(
    tmp_path, monkeypatch, allocating_at_most, case
):
    data, message = HOSTILE[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hostile").write_bytes(data)
    loaded = set(sys.modules)
    for load in (w2v.load, w2v.KeyedVectors.load, w2v.Word2Vec.load, w2v.Phrases.load,
                 w2v.FrozenPhrases.load):  # fmt: skip
        with allocating_at_most(3_000_000), pytest.raises(ValueError, match=message) as raised:
            load("hostile")
        assert "hostile" in str(raised.value) and "\n" not in str(raised.value)
        assert len(str(raised.value)) < 300
    assert os.listdir(tmp_path) == ["hostile"]
    assert not {"runpy", "numpy.testing"} & (set(sys.modules) - loaded)


def test_what_is_kept_once_is_not_copied_often(allocating_at_most):
    kept = name("_codecs", "encode") + b"q\0" + text("a" * 100_000) + b"q\1"
    part = b"h\0h\1" + text("latin1") + b"\x86R"
    with allocating_at_most(2_000_000), pytest.raises(ValueError, match="more of the same"):
        pickled.loads(opcodes(kept, b"(", part * 2000, b"t"), "bomb")


def test_arguments_that_are_long_are_not_looked_through_often():
    long = b"(" + b"N" * 300_000 + b"tq\0"
    part = name("collections", "OrderedDict") + b"h\0R"
    with pytest.raises(ValueError, match="more of the same"):
        pickled.loads(opcodes(long, b"(", part * 10_000, b"t"), "bomb")


def test_one_array_under_many_names_or_in_many_words_is_no_bomb(tmp_path, allocating_at_most):
    n = 2000
    words = b"](" + b"".join(text(f"w{i}") for i in range(n)) + b"e"
    array = ARRAY + b"(K\1M" + struct.pack("<H", n) + b"\x85" + name("numpy", "dtype")
    counts = array + text("i8") + b"\x85R\x89B" + struct.pack("<I", 8 * n) + bytes(8 * n) + b"tb"
    path = array + text("u1") + b"\x85R\x89B" + struct.pack("<I", n) + bytes(n) + b"tb"
    paths = array + text("O8") + b"\x85R\x89](" + path + b"q\1" + b"h\1" * (n - 1) + b"etb"
    vectors = ARRAY + b"(K\1M" + struct.pack("<H", n) + b"K\1\x86" + F4 + b"\x89B"
    vectors += struct.pack("<I", 4 * n) + bytes(4 * n) + b"tb"
    many = b"".join(text(f"a{i}") + b"h\0" for i in range(n))
    expandos = b"}(" + text("count") + counts + b"q\0" + many
    expandos += text("point") + paths + b"q\2" + text("code") + b"h\2u"
    state = text("index_to_key") + words + text("vectors") + vectors
    state += text("expandos") + expandos + text("syn1") + vectors + text("hs") + b"K\1"
    state += text("negative") + b"K\0"
    model = name("gensim.models.word2vec", "Word2Vec") + b")\x81}(" + state + b"ub"
    (tmp_path / "bomb").write_bytes(opcodes(model))
    with allocating_at_most(8_000_000):
        assert len(w2v.load(tmp_path / "bomb")) == n
        with pytest.raises(ValueError, match=r"\(code, point\) is damaged"):
            w2v.Word2Vec.load(tmp_path / "bomb")


def test_spellings_that_split_in_too_many_ways_are_refused(tmp_path, allocating_at_most):
    with pickles.stand_ins() as kinds:
        made = pickles.having(
            kinds.Phraser, phrasegrams={"_".join(["of"] * 5000): 1.0}, delimiter="_", min_count=1,
            threshold=1.0, scoring=kinds.original_scorer, connector_words=frozenset(["of"]),
        )  # fmt: skip
        path = pickles.dump(tmp_path / "phrases", made)
    with allocating_at_most(8_000_000), pytest.raises(ValueError, match="in too many ways"):
        w2v.FrozenPhrases.load(path)


def test_sets_and_states_that_are_copied_often_are_refused(allocating_at_most):
    items = b"".join(text(str(i)) for i in range(5000))
    many = opcodes(name("builtins", "frozenset"), b"q\0", b"](", items, b"eq\1(",
                   b"h\0h\1\x85R" * 2000, b"t")  # fmt: skip
    states = b"".join(text(f"a{i}") + b"N" for i in range(5000))
    objects = opcodes(b"}(", states, b"uq\1(", (KV + b")\x81h\1b") * 2000, b"t")
    for data in (many, objects):
        with allocating_at_most(40_000_000), pytest.raises(ValueError, match="more of the same"):
            pickled.loads(data, "bomb")


@pytest.mark.parametrize(
    "opened, closed",
    [(b"]", b"a"), (b"(", b"t"), (OBJECT + b"}" + text("a"), b"sb"),
     (ARRAY + b"(K\1K\1\x85" + name("numpy", "dtype") + text("O8") + b"\x85R\x89]", b"atb")],
    ids=["lists", "tuples", "objects", "arrays"],
)  # fmt: skip
def test_deep_nesting_takes_no_stack(opened, closed):
    n = 50_000
    found = pickled.loads(opcodes(opened * n, b"N", closed * n), "deep")
    assert found is not None
    del found  # freeing it takes none, either


def test_what_overrides_methods_is_an_attribute_like_others():
    state = b"".join(text(word) + text("x") for word in ("__class__", "__setstate__", "__reduce__"))
    found = pickled.loads(opcodes(OBJECT, b"}(", state, b"ub", b"}", text("a"), b"Nsb"), "odd")
    assert type(found) is pickled.Held and found.kind == "KeyedVectors"
    assert set(found.state) == {"__class__", "__setstate__", "__reduce__", "a"}


def test_a_vocabulary_that_nests_without_end_is_no_endless_message(tmp_path):
    laughs = b"](" + LAUGHS + b"e"
    for attribute in ("index_to_key", "vectors", "wv", "expandos"):
        words = laughs if attribute == "index_to_key" else b"](" + text("a") + b"e"
        state = text("index_to_key") + words + text("hs") + laughs + text(attribute) + laughs
        data = opcodes(name("gensim.models.word2vec", "Word2Vec"), b")\x81}(", state, b"ub")
        (tmp_path / "laughs").write_bytes(data)
        for load in (w2v.load, w2v.Word2Vec.load):
            with pytest.raises(ValueError, match="gensim's Word2Vec") as raised:
                load(tmp_path / "laughs")
            assert len(str(raised.value)) < 300


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_file_that_is_cut_anywhere_is_an_error(tmp_path, random, protocol):
    vectors = random.normal(size=(3, 2)).astype(np.float32)
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, [9, 5, 2], vectors, vectors, random=None)
        data = pickle.dumps(model, protocol)
    path = tmp_path / "cut"
    for length in range(2, len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(ValueError, match=r"cut.*(pickle|gensim)"):
            w2v.load(path)
    path.write_bytes(data)
    assert w2v.load(path).index_to_key == WORDS


def test_a_file_with_a_wrong_byte_is_an_error_or_an_answer(tmp_path, random):
    vectors = random.normal(size=(3, 2)).astype(np.float32)
    with pickles.stand_ins() as kinds:
        model = pickles.word2vec_3_8(kinds, WORDS, [9, 5, 2], vectors, vectors, random=None)
        data = pickle.dumps(model, 4)
    path = tmp_path / "wrong"
    for _ in range(1500):
        broken = bytearray(data)
        broken[random.integers(2, len(data))] = random.integers(256)
        path.write_bytes(broken)
        try:
            w2v.Word2Vec.load(path)
        except ValueError as error:
            assert "\n" not in str(error)
