"""Check the links of the built site: python docs/check_links.py FOLDER

Every link to the site itself leads to a file and an anchor that are there, and no page fetches
anything from elsewhere: it works without a network. Links to other sites are counted, not followed.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Of these a browser fetches the target by itself.
FETCHED = {("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src")}
STYLES = {"stylesheet", "icon", "preload", "manifest"}


class Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[tuple[str, bool]] = []  # each with whether it is fetched
        self.anchors = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        self.anchors |= {told.get("id") or "", told.get("name") or ""}
        for name in ("href", "src"):
            if told.get(name):
                is_style = tag == "link" and bool(STYLES & set((told.get("rel") or "").split()))
                self.links.append((told[name] or "", is_style or (tag, name) in FETCHED))


def main(folder: Path) -> int:
    """Print what is wrong; returns the number of faults."""
    pages = {path: Page(path) for path in sorted(folder.resolve().rglob("*.html"))}
    n_links = n_elsewhere = n_faults = 0
    for path, page in pages.items():
        for link, is_fetched in page.links:
            target = urlsplit(link)
            n_links += 1
            if target.scheme == "data":
                continue
            if target.scheme or target.netloc:
                n_elsewhere += 1
                fault = "is fetched from elsewhere" if is_fetched else ""
            else:
                fault = missing(path, unquote(target.path), unquote(target.fragment), pages)
            if fault:
                n_faults += 1
                print(f"{path.relative_to(folder.resolve())}: {link} {fault}")
    print(f"{len(pages)} pages, {n_links} links ({n_elsewhere} to elsewhere), {n_faults} faults")
    return n_faults if pages else 1


def missing(path: Path, name: str, anchor: str, pages: dict[Path, Page]) -> str:
    place = (path.parent / name).resolve() if name else path
    if not place.is_file():
        return "leads nowhere"
    is_known = place not in pages or anchor in pages[place].anchors
    return "" if is_known else "has no such anchor"


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1])), 1))
