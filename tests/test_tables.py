"""Columns of tables in pieces are the corpora that the tables hold, whoever's tables they are."""

import csv
import itertools
import json

import pytest

import w2v
from w2v import column

TEXTS = [f"tea and milk number{i} naïve" for i in range(50)]
LISTS = [[i, i + 1, 7] for i in range(50)]
ROWS = [{"text": text, "ids": ids} for text, ids in zip(TEXTS, LISTS, strict=True)]
SMALL = dict(vector_size=4, min_count=1, workers=1, epochs=1, sample=0)


@pytest.fixture(params=["text", "ids"])
def name(request):
    return request.param


@pytest.fixture
def wanted(name):
    """What training on the column, a list in memory, gives."""
    tokenizer = str.split if name == "text" else None
    return w2v.train([row[name] for row in ROWS], tokenizer=tokenizer, **SMALL).wv


def assert_trains_alike(corpus, name, wanted):
    tokenizer = str.split if name == "text" else None
    found = w2v.train(corpus, tokenizer=tokenizer, **SMALL).wv
    assert found.index_to_key == wanted.index_to_key
    assert (found.vectors == wanted.vectors).all()


def test_rows(name, wanted):
    assert_trains_alike(column(ROWS, name), name, wanted)
    assert_trains_alike(column(iter(ROWS), name), name, wanted)


def test_arrows_columns_tables_and_batches(name, wanted):
    arrow = pytest.importorskip("pyarrow")
    table = arrow.Table.from_pylist(ROWS)
    pieces = arrow.concat_tables([table[:20], table[20:]])
    for corpus in (
        table[name], pieces[name], table.to_batches()[0][name],
        column(table, name), column(pieces, name), column(table.to_batches()[0], name),
        column(pieces.to_batches(), name), column(table.to_reader(7), name),
        column(iter(table.to_batches(7)), name),
    ):  # fmt: skip
        assert_trains_alike(corpus, name, wanted)


def test_a_reader_is_not_read_ahead():
    arrow = pytest.importorskip("pyarrow")
    batch = arrow.RecordBatch.from_pylist(ROWS)
    taken = []

    def batches():
        for i in itertools.count():
            taken.append(i)
            yield batch

    found = column(batches(), "text")
    assert list(itertools.islice(found, 60)) == TEXTS + TEXTS[:10] and taken == [0, 1]


@pytest.mark.parametrize("ending", ["parquet", "arrow", "feather"])
def test_files(tmp_path, name, wanted, ending):
    arrow = pytest.importorskip("pyarrow")
    feather = pytest.importorskip("pyarrow.feather")
    parquet = pytest.importorskip("pyarrow.parquet")
    table, path = arrow.Table.from_pylist(ROWS), tmp_path / f"rows.{ending}"
    (parquet.write_table if ending == "parquet" else feather.write_feather)(table, path)
    assert_trains_alike(column(path, name), name, wanted)
    assert_trains_alike(column(str(path), name), name, wanted)
    assert len(list(column([path, path], name))) == 100


def test_text_files(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    with open(tmp_path / "rows.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *([text] for text in TEXTS)])
    for file in ("rows.jsonl", "rows.csv"):
        assert list(column(tmp_path / file, "text")) == TEXTS


def test_frames(name, wanted):
    pandas = pytest.importorskip("pandas")
    assert_trains_alike(column(pandas.DataFrame(ROWS), name), name, wanted)
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(ROWS)
    assert_trains_alike(column(frame, name), name, wanted)
    assert_trains_alike(column(frame.lazy(), name), name, wanted)
    assert_trains_alike(column(frame.iter_rows(named=True), name), name, wanted)


class Streamed:
    """What Hugging Face's streaming datasets have: batches, and columns that may not be known."""

    column_names = None

    def iter(self, batch_size):
        for start in range(0, len(ROWS), 8):
            rows = ROWS[start : start + 8]
            yield {key: [row[key] for row in rows] for key in rows[0]}


def test_hugging_faces_datasets(name, wanted):
    assert_trains_alike(column(Streamed(), name), name, wanted)


def test_phrases_learn_from_a_column_too():
    texts = [{"words": ["new", "york", f"x{i}", f"y{i % 7}"]} for i in range(200)]
    found = w2v.Phrases(column(texts, "words"), min_count=2, threshold=1)
    assert found[["new", "york"]] == ["new_york"]


@pytest.mark.parametrize(
    "table, error, message",
    [
        (5, TypeError, "table: int is no table; a file, a table, record batches or rows"),
        ({"text": ["a"]}, TypeError, "table: dict is no table"),
        ([1], TypeError, "table: it holds '1' of type int; record batches or rows, such as dicts"),
        (ROWS, ValueError, "name='txt': dict is a mapping with the keys 'text', 'ids'"),
        (Streamed(), ValueError, "name='txt': dict is a mapping with the keys 'text', 'ids'"),
    ],
)
def test_what_is_no_table_is_named(table, error, message):
    with pytest.raises(error, match=message):
        list(column(table, "txt"))


def test_columns_and_files_that_are_not_there_are_named(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    parquet.write_table(arrow.Table.from_pylist(ROWS), path)
    (tmp_path / "rows.xml").touch()
    for table, error, message in (
        (path, ValueError, r"name='txt': .*rows.parquet' has the columns \['text', 'ids'\]"),
        (tmp_path / "none.parquet", FileNotFoundError, "none.parquet"),
        (tmp_path / "rows.xml", ValueError, r"rows.xml': its name does not end in \.parquet"),
        (arrow.Table.from_pylist(ROWS), ValueError, "name='txt': RecordBatch is a table with"),
    ):
        with pytest.raises(error, match=message):
            list(column(table, "txt"))
    for frames in ("pandas", "polars"):
        frame = pytest.importorskip(frames).DataFrame(ROWS)
        with pytest.raises(ValueError, match="name='txt': DataFrame is a table with the columns"):
            column(frame, "txt")
    with pytest.raises(ValueError, match="name='txt': LazyFrame is a table with the columns"):
        column(frame.lazy(), "txt")
