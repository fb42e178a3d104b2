"""The page of words: what is in it, and, in a real browser without a network, what it does."""

import base64
import functools
import gzip
import json
import re
import shutil
import time
from html import unescape

import numpy as np
import pytest

import w2v
from w2v.cli import main
from w2v.plot import pages

WORDS = [f"word{i}" for i in range(38)] + ["<b>bold</b>", "</script><script>window.bad=1</script>"]


@pytest.fixture(scope="module")
def wv():
    vectors = np.random.default_rng(3).normal(size=(40, 6)).astype(np.float32)
    return w2v.KeyedVectors(WORDS, vectors, counts=np.arange(400, 0, -10))


def nearest(wv, word):
    return [near for near, _ in wv.most_similar(word, topn=10)]


def test_words_are_laid_out_with_their_nearest_among_those_shown(wv):
    laid = pages.laid_out(wv, topn=30, method="pca")
    assert laid["word"] == WORDS[:30] and laid["rank"].tolist() == list(range(1, 31))
    assert laid["count"].tolist() == list(range(400, 100, -10)) and laid["group"] is None
    for i in (0, 17):
        expected = wv.most_similar(WORDS[i], topn=10, restrict_vocab=30)
        assert [WORDS[row] for row in laid["near"][i]] == [word for word, _ in expected]
        assert np.allclose(laid["cosines"][i], [cosine for _, cosine in expected], atol=1e-5)
    few = pages.laid_out(wv, WORDS[5:8], method="pca")
    assert few["rank"].tolist() == [6, 7, 8] and few["near"].shape == (3, 2)


def test_the_page_needs_no_network_and_holds_the_numbers(wv, tmp_path):
    pytest.importorskip("bokeh")
    path = tmp_path / "map.html"
    w2v.plot.page(wv, path, method="pca", clusters=3, title="A <title>")
    html = path.read_text("utf-8")
    assert not re.findall(r"<script[^>]* src=", html)
    assert "http" not in re.sub(r"<(script|style).*?</\1>", "", html, flags=re.S)
    assert "<title>A &lt;title&gt;</title>" in html
    (text,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)
    (document,) = json.loads(unescape(text)).values()
    found = []

    def walk(node):
        if isinstance(node, dict):
            if node.get("name") == "ColumnDataSource" and "near" in str(node)[:99999]:
                found.append(dict(node["attributes"]["data"]["entries"]))
            node = list(node.values())
        for each in node if isinstance(node, list) else []:
            walk(each)

    walk(document)
    data = next(each for each in found if "near" in each)
    laid = pages.laid_out(wv, method="pca", clusters=3)
    for name in ("x", "y", "near"):
        raw = base64.b64decode(data[name]["array"]["data"])
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        numbers = np.frombuffer(raw, data[name]["dtype"]).reshape(laid[name].shape)
        assert np.array_equal(numbers, laid[name])
    assert data["word"] == WORDS and data["group"] == laid["group"]


def test_the_table_is_what_embedding_atlas_takes(wv, tmp_path, monkeypatch, capsys):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    wv.save("vectors.w2v")
    status = main.w2v_main(["map", "vectors.w2v", "--method", "pca", "-n", "20",
                            "--atlas", "words.parquet"])  # fmt: skip
    out = capsys.readouterr().out.splitlines()
    assert status == 0
    assert out[1] == "embedding-atlas words.parquet --text word --x x --y y --neighbors neighbours"
    table = parquet.read_table("words.parquet")
    assert table.column_names == ["word", "count", "x", "y", "neighbours"]
    assert table["word"].to_pylist() == WORDS[:20]
    laid = pages.laid_out(wv, topn=20, method="pca")
    assert np.array_equal(table["x"], laid["x"]) and np.array_equal(table["y"], laid["y"])
    near = table["neighbours"].to_pylist()
    assert [each["ids"] for each in near] == laid["near"].tolist()
    assert np.allclose([each["distances"] for each in near], 1 - laid["cosines"])


@pytest.mark.parametrize(
    "line, said",
    [
        ("map vectors.w2v", "-o: name the page to write, map.html say, or --atlas a table"),
        ("map vectors.w2v -o map.png", "-o 'map.png': end the name with .html"),
        ("map vectors.w2v --atlas map.csv", "--atlas 'map.csv': end the name with .parquet"),
        ("map vectors.w2v wird0 -o a.html --method pca", "not among the 40 words: wird0; did you"),
        ("map vectors.w2v -n 1 -o a.html", "1 word x 6 dimensions: two words or more"),
        ("map vectors.w2v -o no/a.html", "path='no/a.html': there is no directory"),
    ],
)
def test_mistakes_are_one_line_and_leave_no_file(wv, tmp_path, monkeypatch, capsys, line, said):
    if "a.html" in line:
        pytest.importorskip("bokeh")
    monkeypatch.chdir(tmp_path)
    wv.save("vectors.w2v")
    status = main.w2v_main(line.split())
    out, err = capsys.readouterr()
    assert (status, out) == (2, "") and err.startswith(f"w2v: {said}") and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.w2v"]


def test_missing_packages_are_told(wv, monkeypatch):
    for package, named in (("bokeh", dict(path="a.html")), ("pyarrow", dict(atlas="a.parquet"))):
        monkeypatch.setitem(__import__("sys").modules, package, None)
        with pytest.raises(ModuleNotFoundError, match=f"needs the {package} package: pip install"):
            w2v.plot.page(wv, **named)
    with pytest.raises(ValueError, match=r"^path=None: name a file"):
        w2v.plot.page(wv)


def test_an_old_bokeh_is_told(wv, monkeypatch):
    bokeh = pytest.importorskip("bokeh")
    monkeypatch.setattr(bokeh, "__version__", "3.7.3")
    with pytest.raises(
        ImportError, match=r"^bokeh 3\.7\.3 takes words for HTML; .* pip install -U"
    ):
        w2v.plot.page(wv, "a.html")


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    pytest.importorskip("selenium")
    pytest.importorskip("bokeh")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("there is no Chromium, of Debian's packages chromium and chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    # No name is found, so nothing is loaded from anywhere.
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1100,800",
                     "host-resolver-rules=MAP * ~NOTFOUND"):  # fmt: skip
        options.add_argument("--" + argument)
    folder = tmp_path_factory.mktemp("saved")
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver))
    driver.saved = folder
    yield driver
    driver.quit()


READY = "return window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle"
MODEL = "const model = (name) => Bokeh.documents[0].get_model_by_name(name);"
VIEW = """
const view = Bokeh.index.roots[0].child_views.find((each) => each.model.name === "map");
const box = view.el.getBoundingClientRect(), frame = view.frame;
const at = (i) => [
  box.left + frame.bbox.left + frame.x_scale.compute(model("words").data.x[i]) - frame.bbox.left,
  box.top + frame.y_scale.compute(model("words").data.y[i]),
];
"""


class Page:
    """The page of words as its reader meets it."""

    def __init__(self, driver):
        self.driver = driver

    def ask(self, code):
        return self.driver.execute_script(f"{MODEL}{VIEW}{code}")

    def wait(self, code, wanted):
        """Wait for an expression to have a value, and return what it has in the end."""
        for _ in range(100):
            if (found := self.ask(f"return {code}")) == wanted:
                break
            time.sleep(0.05)
        return found

    def mouse(self, *events):
        for kind, (x, y), more in events:
            self.driver.execute_cdp_cmd("Input.dispatchMouseEvent",
                                        {"type": kind, "x": x, "y": y, **more})  # fmt: skip

    def highlighted(self, word):
        return self.wait("model('shown').data.word[0]", word), self.ask(
            "return Array.from(model('shown').data.word)"
        )


@pytest.fixture
def page(browser, wv, tmp_path):
    path = tmp_path / "map.html"
    w2v.plot.page(wv, path, method="pca")
    browser.get_log("browser")
    browser.get(path.as_uri())
    for _ in range(200):
        if browser.execute_script(READY):
            break
        time.sleep(0.05)
    page = Page(browser)
    assert page.wait("model('named').data.x.length > 5", True)
    yield page
    entries = [entry["message"] for entry in browser.get_log("browser")]
    assert [entry for entry in entries if "[bokeh" not in entry] == []
    assert browser.execute_script("return window.bad") is None


def press(page, x, y):
    button = {"button": "left", "buttons": 1, "clickCount": 1}
    page.mouse(("mouseMoved", (x, y), {}), ("mousePressed", (x, y), button),
               ("mouseReleased", (x, y), button))  # fmt: skip


@pytest.mark.browser
def test_all_words_are_in_view_and_names_do_not_lie_on_each_other(page):
    inside = page.ask("""
        const { x, y } = model("words").data, plot = model("map");
        return Array.from(x).every((_, i) => x[i] > plot.x_range.start && x[i] < plot.x_range.end
          && y[i] > plot.y_range.start && y[i] < plot.y_range.end);""")
    assert inside
    ratio = page.ask("""const plot = model("map");
        return (plot.x_range.end - plot.x_range.start) / plot.inner_width
             / ((plot.y_range.end - plot.y_range.start) / plot.inner_height)""")
    assert np.isclose(ratio, 1, atol=0.01)
    named = page.ask("""const { x, y, word } = model("named").data;
        return x.map((_, i) => [frame.x_scale.compute(x[i]), frame.y_scale.compute(y[i]),
                                word[i].length]);""")
    for i, (x, y, length) in enumerate(named):
        for other, line, _ in named[i + 1 :]:
            assert abs(line - y) > 10 or not x <= other < x + 5 * length


@pytest.mark.browser
def test_search_finds_a_word_flies_there_and_shows_its_neighbours(page, wv):
    page.ask("""
      function deep(root) {
        for (const each of root.querySelectorAll("*")) {
          if (each.tagName === "INPUT") return each;
          const found = each.shadowRoot && deep(each.shadowRoot);
          if (found) return found;
        }
      }
      deep(document).focus();""")
    page.driver.switch_to.active_element.send_keys("WORD7\n")
    first, shown = page.highlighted("word7")
    assert first == "word7" and shown[1:] == nearest(wv, "word7")
    place = """(() => { const { x_range, y_range } = model("map"), i = 7;
      const { x, y } = model("words").data;
      return Math.abs((x_range.start + x_range.end) / 2 - x[i]) < 1e-3
        && Math.abs((y_range.start + y_range.end) / 2 - y[i]) < 1e-3 })()"""
    assert page.wait(place, True)
    page.driver.switch_to.active_element.send_keys("nothing like this\n")
    said = (
        "(Bokeh.index.roots[0].child_views[0].child_views[2].model.text.includes('no such word'))"
    )
    assert page.wait(said, True)


@pytest.mark.browser
def test_pointing_at_a_word_shows_its_rank_count_and_neighbours(page, wv):
    for i in (3, 38):  # the second looks like HTML
        x, y = page.ask(f"return at({i})")
        page.mouse(("mouseMoved", (x - 40, y - 40), {}), ("mouseMoved", (x, y), {}))
        hint = """(() => { function deep(root) { let text = "";
          for (const each of root.querySelectorAll("*")) {
            if (each.classList.contains("bk-Tooltip")) return each.shadowRoot.textContent;
            if (each.shadowRoot) text = text || deep(each.shadowRoot);
          } return text; } return deep(document) })()"""
        for _ in range(60):
            text = page.ask(f"return {hint}")
            if WORDS[i] in text and "rank" in text:
                break
            time.sleep(0.05)
        text = " ".join(text.split())
        assert f"{WORDS[i]} rank {i + 1} count {400 - 10 * i}" in text
        assert ", ".join(nearest(wv, WORDS[i])) in text


@pytest.mark.browser
def test_a_click_shows_the_neighbours_of_a_word(page, wv):
    x, y = page.ask("return at(12)")
    press(page, x, y)
    first, shown = page.highlighted("word12")
    assert first == "word12" and shown[1:] == nearest(wv, "word12")


@pytest.mark.browser
def test_a_selection_is_saved_as_a_list(page):
    page.ask("model('words').selected.indices = [5, 2, 38]; ")
    wait = functools.partial(
        page.wait, "Bokeh.index.roots[0].child_views[0].child_views[1].model.label"
    )
    assert wait("Save selection (3)") == "Save selection (3)"
    page.ask("Bokeh.index.roots[0].child_views[0].child_views[1].click()")
    path = page.driver.saved / "words.txt"
    for _ in range(100):
        if path.exists() and path.stat().st_size:
            break
        time.sleep(0.05)
    assert path.read_text("utf-8").split() == ["word2", "word5", "<b>bold</b>"]


@pytest.mark.browser
def test_the_map_follows_the_mouse_and_comes_back(page):
    start = page.ask("return model('map').x_range.start")
    x, y = page.ask("return [box.left + 400, box.top + 300]")
    held = {"button": "left", "buttons": 1}
    page.mouse(("mouseMoved", (x, y), {}), ("mousePressed", (x, y), {**held, "clickCount": 1}),
               *(("mouseMoved", (x + 20 * i, y), held) for i in range(1, 6)),
               ("mouseReleased", (x + 100, y), {"button": "left", "clickCount": 1}))  # fmt: skip
    assert page.wait(f"model('map').x_range.start < {start}", True)
    page.ask("view.reset()")
    assert page.wait(f"Math.abs(model('map').x_range.start - {start}) < 1e-6", True)
