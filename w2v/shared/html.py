"""HTML: how objects show themselves in a notebook, facts in a table and numbers as a line.

No picture needs matplotlib here: a line is a few bytes of SVG.
"""

import math
from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 180, 36  # of a line, in pixels


def table(title: str, facts: Iterable[tuple[str, object]], losses: Sequence[float] = ()) -> str:
    """Return a table of facts, those that are None left out, with the losses of epochs as a line.

    >>> table("A <title>", [("words", 1234), ("counts", None)])
    '<table><caption>A &lt;title&gt;</caption><tr><th>words</th><td>1,234</td></tr></table>'
    """
    from html import escape  # seldom needed

    rows = [
        (escape(name), escape(f"{value:,}" if isinstance(value, int) else str(value)))
        for name, value in facts
        if value is not None
    ]
    if len(losses):
        ends = f"{losses[0]:.4g} to {losses[-1]:.4g}" if len(losses) > 1 else f"{losses[0]:.4g}"
        rows.append(("mean loss, by epoch", f"{line(losses)} {ends}".strip()))
    cells = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    return f"<table><caption>{escape(title)}</caption>{cells}</table>"


def line(values: Sequence[float]) -> str:
    """Return numbers as a line, an SVG element; "" where fewer than two of them are numbers.

    >>> line([3.0, 1.0]).partition("points=")[2]
    '"2,2 178,34"/></svg>'
    """
    known = [(i, value) for i, value in enumerate(values) if math.isfinite(value)]
    if len(known) < 2:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    points = " ".join(
        f"{2 + i * (WIDTH - 4) / (len(values) - 1):.4g},"
        f"{2 + (high - value) * (HEIGHT - 4) / (high - low or 1):.4g}"
        for i, value in known
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img"><polyline fill="none" '
        f'stroke="currentColor" stroke-width="1.5" points="{points}"/></svg>'
    )
