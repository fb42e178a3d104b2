"""What a notebook shows of vectors, models and reports, with nothing but NumPy installed."""

import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import w2v
from w2v.shared import html


def read(text):
    """Return the rows of a table, by name, as an XML parser sees them."""
    table = ElementTree.fromstring(text)
    assert table.tag == "table"
    return table.find("caption").text, {
        row.find("th").text: row.find("td") for row in table.iter("tr")
    }


@pytest.fixture
def model(monkeypatch):
    for name in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    corpus = [["tea", "and", "<milk>"], ["bread", "&", "butter"]] * 50
    return w2v.train(corpus, vector_size=8, sg=1, epochs=4, sample=0, workers=1)


def test_vectors_show_their_size_and_words(model):
    title, rows = read(model.wv._repr_html_())
    assert title == "KeyedVectors"
    assert (rows["words"].text, rows["dimensions"].text) == ("6", "8")
    assert rows["counted"].text == "300"
    assert rows["first words"].text == ", ".join(model.wv.index_to_key)
    title, rows = read(w2v.KeyedVectors(5)._repr_html_())
    assert rows.keys() == {"words", "dimensions", "vectors"}


def test_models_show_parameters_speed_and_the_line_of_their_losses(model):
    title, rows = read(model._repr_html_())
    assert title == "Word2Vec"
    told = set(rows["parameters"].text.split(", "))
    assert told == {"vector_size=8", "sg=1", "sample=0.0", "workers=1", "epochs=4"}
    assert rows["words"].text.startswith("1,200 in 4 epochs: 1,200 trained")
    assert re.search(r"training [\d.]+ s", rows["time"].text)
    loss = rows["mean loss, by epoch"]
    (svg,) = loss
    assert svg.tag == "svg" and svg.tail.split() == [
        f"{model.losses[0]:.4g}", "to", f"{model.losses[-1]:.4g}",
    ]  # fmt: skip
    points = [tuple(map(float, pair.split(","))) for pair in svg[0].get("points").split()]
    y = np.array([y for _, y in points])
    assert len(points) == 4
    # Above is more, and heights are in proportion.
    expected = np.array(model.losses)
    expected = 2 + (expected.max() - expected) / np.ptp(expected) * (html.HEIGHT - 4)
    assert np.allclose(y, expected, rtol=1e-3)
    own = {"vocabulary", "parameters", "loss"}
    assert read(model.report._repr_html_())[1].keys() == rows.keys() - own


def test_a_model_without_words_or_training_shows_what_it_has():
    shown = read(w2v.Word2Vec(vector_size=7)._repr_html_())[1]
    assert shown.keys() == {"vocabulary", "parameters"}


def test_losses_that_are_no_numbers_leave_no_mark():
    svg = ElementTree.fromstring(html.line([float("nan"), 3.0, 1.0]))
    assert len(svg[0].get("points").split()) == 2
    assert html.line([1.0]) == html.line([float("nan"), 1.0]) == ""
    assert "nan" not in html.line([2.0, 2.0])
