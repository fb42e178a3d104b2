"""The documentation's pages: their examples run, links lead somewhere, and none is forgotten."""

import re
from pathlib import Path

import pages
import pytest

import w2v
from w2v.cli.main import w2v_main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
# Their corpus is Python's documentation, whose reading alone takes seconds.
SLOW = {"tutorial.md"}

# Written by hand, so that a page which is not there is missed.
FRONT = {ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "SECURITY.md")}

if not PAGES:
    pytest.skip("an installed package has no pages", allow_module_level=True)


@pytest.fixture
def files(tmp_path, monkeypatch, random):
    monkeypatch.chdir(tmp_path)
    pages.make_files(random)


@pytest.mark.filterwarnings("ignore:no installed font")  # has Chinese letters
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            id=path.relative_to(DOCS).as_posix(),
            marks=[pytest.mark.slow] if path.name in SLOW else [],
        )
        for path in PAGES
        if any(pages.snippets(path))
    ],
)
def test_what_a_page_shows_runs_as_it_stands(path, files):
    pages.run(path)


def anchors(path):
    """Return the anchors of a page's headings, as GitHub and MyST make them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("path", [*FRONT, *PAGES], ids=lambda path: path.name)
def test_links_of_a_page_lead_to_what_is_there(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            place = (path.parent / name).resolve() if name else path
            if (ROOT / "w2v") in place.parents and not (ROOT / "w2v").is_dir():
                continue  # .ci/run tests the installed package, without its source
            assert place.exists(), target
            assert not anchor or anchor in anchors(place), target


def test_every_page_is_reached_from_the_index():
    listed, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        listed.add(page)
        for block in re.findall(
            r"^```\{toctree\}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S
        ):
            names = [line.split("<")[-1].rstrip(">") for line in block.splitlines()]
            names = [name for name in names if name and not name.startswith(":")]
            waiting += [page.parent / f"{name}.md" for name in names]
    assert listed == set(PAGES)


def test_the_reference_has_every_public_name():
    shown = "".join(path.read_text("utf-8") for path in (DOCS / "api").glob("*.md"))
    shown = set(re.findall(r"^\.\. auto\w+:: w2v\.(\w+)", shown, re.M))
    assert shown == {"plot", "sklearn", "compat", *w2v.__all__} - {"__version__"}


def test_the_reference_names_every_command(capsys):
    assert w2v_main([]) == 0
    commands = re.findall(r"^    ([a-z]+)(?: |$)", capsys.readouterr().out, re.M)
    shown = re.findall(r"^\.\. command:: w2v (\w+)$", (DOCS / "api/commands.md").read_text(), re.M)
    assert len(commands) > 10 and shown == commands


def test_parameters_are_explained_one_by_one():
    page = (DOCS / "parameters.md").read_text("utf-8")
    for name in w2v.Params.__dataclass_fields__:
        assert f"`{name}`" in page, name


def test_no_page_speaks_of_names_that_do_not_exist():
    for path in PAGES:
        for name in re.findall(r"`w2v\.(\w+)[`(.]", path.read_text("utf-8")):
            assert name in ("compat", "cli", "sklearn") or hasattr(w2v, name), (path, name)


def test_the_changelog_keeps_its_form():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    assert text.startswith("# Changelog\n") and "\n## [Unreleased]\n" in text
    for release in text.split("\n## ")[1:]:
        assert re.match(r"\[Unreleased\]\n|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d\n", release)
        found = re.findall(r"^### (\w+)$", release, re.M)
        assert found == sorted(set(found), key=kinds.index)


def test_the_version_stands_in_one_place():
    for name in ("pyproject.toml", "setup.py", "CITATION.cff", "docs/conf.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert w2v.__version__ not in re.findall(r"\d[\w.]*", text), name
