"""What is no corpus is refused with what to pass instead; what is one is read as one."""

import collections
import csv
import io

import numpy as np
import pytest

import w2v
from w2v.corpus import draft


def words_of(corpus, **options):
    return draft.encode(corpus, **options)[0].words


@pytest.mark.parametrize(
    "corpus, options, message",
    [
        (
            ["The cat sat"] * 5,
            dict(tokenizer=str.lower),
            "made .*the cat sat.* of type str",
        ),
        (["a b"], dict(tokenizer=lambda text: {"input_ids": [1]}), "of type dict .*tokenize"),
        (["a b"], dict(tokenizer=lambda text: collections.UserDict(a=1)), "of type UserDict"),
        (["a b"], dict(tokenizer=len), "of type int"),
        ([{"id": 1, "text": "a b"}], {}, "sentence 0 is a mapping with the keys 'id', 'text'"),
        ([{"id": 1, "text": "a b"}], dict(tokenizer=str.split), r"item 0: .* corpus\['text'\]"),
        ({"id": 1, "text": ["a b"]}, {}, r"dict is a mapping .* corpus\['text'\]"),
        (7, {}, "int is neither a path nor an iterable"),
        ([["a", "b\ud800"]], {}, "half a surrogate pair"),
    ],
)
def test_what_is_no_token_list_is_refused(corpus, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        draft.encode(corpus, **options)


def test_rows_of_csv_readers_are_refused():
    rows = csv.DictReader(io.StringIO("id,text\n1,a b\n"))
    with pytest.raises(TypeError, match="keys 'id', 'text'"):
        draft.encode(rows)


class Table:
    """What pandas, polars, Arrow and Hugging Face have in common here."""

    def __init__(self, **names):
        self.__dict__.update(names)

    def __iter__(self):
        return iter(["id", "review_text"])


@pytest.mark.parametrize("attribute", ["columns", "column_names"])
def test_a_whole_table_is_refused_with_the_column_to_pass(attribute):
    table = Table(**{attribute: ["id", "review_text"]})
    for options in ({}, dict(tokenizer=str.split)):
        with pytest.raises(
            TypeError, match=r"Table is a table .*'review_text'.* corpus\['review_t"
        ):
            draft.encode(table, **options)


def test_a_data_frame_is_refused_with_the_column_to_pass():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"id": [1, 2], "text": ["a b", "c d"]})
    with pytest.raises(TypeError, match=r"DataFrame is a table .* corpus\['text'\]"):
        draft.encode(frame)
    assert words_of(frame["text"], tokenizer=str.split) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("odd", ["-", ".", "*", "text"])
def test_texts_are_texts_whatever_they_say(tmp_path, monkeypatch, odd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("from the file")
    texts = ["the cat sat", odd]
    assert words_of(texts, tokenizer=str.split) == ["the", "cat", "sat", odd]
    assert words_of(["text", "text"], tokenizer=str.split) == ["from", "the", "file"]
    assert words_of("text", tokenizer=str.split) == ["from", "the", "file"]


def test_a_long_text_is_told_from_a_file_name():
    with pytest.raises(FileNotFoundError, match=r"too long for a file's name \(text itself"):
        draft.encode("a word or two " * 1000)


def test_tokens_of_str_subclasses_become_str():
    class Tag(str):
        def __str__(self):
            return "<b>" + super().__str__() + "</b>"

    model = w2v.train([np.array(["a", "b", "a"]), [Tag("c"), "b"]] * 5, min_count=1, workers=1)
    assert sorted(model.wv.index_to_key) == ["a", "b", "c"]
    assert {type(word) for word in model.wv.index_to_key} == {str}


def test_objects_with_length_and_items_alone_are_iterable():
    class Items:
        def __len__(self):
            return 3

        def __getitem__(self, i):
            if i >= 3:
                raise IndexError
            return ["a", f"b{i}"]

    assert words_of(Items()) == ["a", "b0", "b1", "b2"]
