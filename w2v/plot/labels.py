"""Labels: where the names of points stand, so that they lie neither on each other nor on points.

Owns the rule, in pixels; what is labelled is maps.py's. n is the number of points.
"""

import numpy as np
from numpy.typing import NDArray

# Directions from a point to the middle of its label, the best first: right, left, above, below.
DIRECTIONS = np.array(
    [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)], np.float64
)
# How many of its own heights a label may stand away from its point, where all are to be shown.
RINGS = (0.0, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0)


def place(
    points: np.ndarray,
    sizes: np.ndarray,
    radii: np.ndarray,
    bounds: tuple[float, float, float, float],
    all_shown: bool,
    leftward: np.ndarray | None = None,
    obstacles: np.ndarray | None = None,
) -> NDArray[np.float64]:
    """Return the middles of labels, float64 (n, 2); NaN for those that find no free place.

    One after another takes the place, of eight around its point, that covers no label placed
    before, and then the fewest points. With `all_shown` places farther off are tried as well, and
    where none is free the label goes where it covers least, so that none is left out.

    Parameters
    ----------
    points : float (n, 2), the most important first.
    sizes : float (n, 2), width and height of each label; 0: the point has none.
    radii : float (n,), of the points.
    bounds : left, bottom, right and top, which labels do not leave if they can.
    leftward : bool (n,), labels that stand rather to the left than to the right.
    obstacles : float (m, 2), other points not to be covered.

    >>> place(np.zeros((2, 2)), np.ones((2, 2)), np.zeros(2), (-9, -9, 9, 9), False)
    array([[ 0.5,  0. ],
           [-0.5,  0. ]])
    """
    n = len(points)
    middles = np.full((n, 2), np.nan)
    placed = np.empty((n, 4))  # left, bottom, right, top
    n_placed = 0
    rings = np.array(RINGS if all_shown else RINGS[:1])
    others = np.empty((0, 2)) if obstacles is None else obstacles
    others, sizes_of = np.concatenate([points, others]), np.append(radii, np.zeros(len(others)))
    for i in range(n):
        if not sizes[i].any():
            continue
        far = (radii[i] + rings * sizes[i, 1])[:, np.newaxis, np.newaxis]
        turn = (-1, 1) if leftward is not None and leftward[i] else (1, 1)
        places = (points[i] + DIRECTIONS * turn * (far + sizes[i] / 2)).reshape(-1, 2)
        boxes = np.hstack([places - sizes[i] / 2, places + sizes[i] / 2])
        covered = overlaps(boxes, placed[:n_placed]).sum(axis=1)
        covered += outside(boxes, bounds)
        free = covered <= 1e-6
        if not free.any() and not all_shown:
            continue
        hidden = points_under(boxes, others, sizes_of).astype(np.float64)
        # The order of the places decides among equal ones.
        best = np.lexsort((hidden + np.arange(len(boxes)) * 0.3, covered * ~free))[0]
        middles[i], placed[n_placed] = places[best], boxes[best]
        n_placed += 1
    return middles


def overlaps(boxes: np.ndarray, others: np.ndarray) -> NDArray[np.float64]:
    """Return the area that each of k boxes shares with each of m others, float64 (k, m)."""
    low = np.maximum(boxes[:, np.newaxis, :2], others[:, :2])
    high = np.minimum(boxes[:, np.newaxis, 2:], others[:, 2:])
    return np.maximum(high - low, 0).prod(axis=2)


def outside(boxes: np.ndarray, bounds: tuple[float, ...]) -> NDArray[np.float64]:
    """Return how much of the area of each box is outside of the bounds, float64 (k,)."""
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return area - overlaps(boxes, np.array([bounds]))[:, 0]


def points_under(boxes: np.ndarray, points: np.ndarray, radii: np.ndarray) -> NDArray[np.int64]:
    """Return how many points each box covers or touches, int64 (k,)."""
    low = boxes[:, np.newaxis, :2] - radii[:, np.newaxis]
    high = boxes[:, np.newaxis, 2:] + radii[:, np.newaxis]
    return ((points > low) & (points < high)).all(axis=2).sum(axis=1)


def covered_share(boxes: np.ndarray) -> float:
    """Return the area that labels share with each other over the area of all, 0 where none do.

    >>> covered_share(np.array([[0, 0, 2, 1], [1, 0, 3, 1]]))
    0.25
    """
    shared = np.triu(overlaps(boxes, boxes), 1).sum()
    return float(shared / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum())
