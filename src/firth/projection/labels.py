"""Where the labels of points go, so that all stay legible: pure geometry, no drawing.

Every label may stand in one of some hundred places around its point: sixteen directions, six distances. The placer
walks through the labels, most crowded point first, and gives each the cheapest place that covers no point and no other
label; then it goes round again, so that early labels can yield to later ones, until nothing improves. A label without
any free place is left out. There is no chance in it: the same points give the same places.

Units are those of the caller (pixels, say), x to the right, y up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: How far from the point's edge a label may stand, in label heights.
_DISTANCES = (0.25, 0.7, 1.3, 2.1, 3.2, 4.6)

#: Directions in degrees and what each costs, in label heights: right reads best, then left, above, below.
_DIRECTIONS = tuple(
    (angle, cost)
    for angle, cost in zip(
        np.arange(0, 360, 22.5).tolist(),
        (0.0, 0.12, 0.15, 0.25, 0.2, 0.3, 0.25, 0.2, 0.08, 0.25, 0.3, 0.35, 0.3, 0.35, 0.25, 0.15),
        strict=True,
    )
)

#: Beyond this distance, in label heights, a thin line ties a label to its point.
LINE_FROM = 1.0

_COVERS_LINE = 2.5  # cost of a label on another label's line, of a line through a label or a point
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Placement:
    """Where labels stand.

    Attributes:
        boxes: left, bottom, right and top of every label, NaN where there was no room: float64 of shape ``(n, 4)``.
        lines: start and end of the line that ties a label to its point, NaN where none is needed: ``(n, 4)``.
    """

    boxes: Floats
    lines: Floats

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which labels found room: bool of shape ``(n,)``."""
        return ~np.isnan(self.boxes[:, 0])


def place(
    points: ArrayLike, sizes: ArrayLike, frame: Sequence[float], *, radius: float = 3.0, gap: float = 1.0
) -> Placement:
    """Return a place for every label that covers no point and no other label.

    Args:
        points: shape ``(n, 2)``.
        sizes: width and height of every label, shape ``(n, 2)``; a width of zero asks for no label.
        frame: left, bottom, right and top of the space that labels must stay in.
        radius: radius of a drawn point.
        gap: free space kept around every label.

    >>> placement = place([[10, 10], [11, 10]], [[20, 8], [20, 8]], (0, 0, 60, 60))
    >>> placement.placed.tolist()
    [True, True]
    >>> overlaps(placement.boxes)
    0
    """
    centres = np.asarray(points, np.float64).reshape(-1, 2)
    extents = np.asarray(sizes, np.float64).reshape(-1, 2)
    return _Placer(centres, extents, tuple(frame), radius, gap).run()


def overlaps(boxes: ArrayLike) -> int:
    """Return how many pairs of boxes of shape ``(n, 4)`` overlap; NaN boxes overlap with nothing.

    >>> overlaps([[0, 0, 2, 1], [1, 0, 3, 1], [3, 0, 4, 1]])
    1
    """
    all_boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    return sum(int(_overlap(all_boxes[i], all_boxes[i + 1 :]).sum()) for i in range(len(all_boxes)))


class _Placer:
    def __init__(self, points: Floats, sizes: Floats, frame: tuple[float, ...], radius: float, gap: float) -> None:
        self.points, self.radius = points, radius
        self.height = float(sizes[:, 1].max(initial=1.0)) or 1.0
        self.boxes, self.lines, self.costs = self._candidates(sizes, frame, gap)
        self.chosen = np.full(len(points), -1)
        self.standing_boxes = np.full((len(points), 4), np.nan)
        self.standing_lines = np.full((len(points), 4), np.nan)
        self.gap = gap

    def _candidates(self, sizes: Floats, frame: tuple[float, ...], gap: float) -> tuple[Floats, Floats, Floats]:
        """Return boxes ``(n, c, 4)``, lines ``(n, c, 4)``, costs ``(n, c)`` of all places; useless ones cost inf."""
        n, h = len(self.points), self.height
        distances, angles, base = [], [], []
        for distance in _DISTANCES:
            for angle, direction in _DIRECTIONS:
                distances.append(self.radius + distance * h)
                angles.append(math.radians(angle))
                base.append(distance + (0.8 if distance > LINE_FROM else 0.0) + direction)
        reach, cos, sin = np.array(distances), np.cos(angles), np.sin(angles)
        half = sizes[:, None, :] / 2
        # The box touches the circle around the point from outside: its near edge, not its centre, is `reach` away.
        x = self.points[:, None, 0] + reach * cos + half[..., 0] * _flat(cos)
        y = self.points[:, None, 1] + reach * sin + half[..., 1] * _flat(sin)
        boxes = np.stack([x - half[..., 0], y - half[..., 1], x + half[..., 0], y + half[..., 1]], axis=-1)
        boxes += np.array([-gap, -gap, gap, gap])

        costs = np.broadcast_to(np.array(base), (n, len(base))).copy()
        inside = (boxes[..., :2] >= np.array(frame[:2])).all(-1) & (boxes[..., 2:] <= np.array(frame[2:])).all(-1)
        costs[~inside | (sizes[:, None, 0] <= 0)] = np.inf
        for i in range(n):  # a label may cover no point, and sits better where no point is near
            costs[i, _near(boxes[i], self.points, self.radius + gap).any(axis=1)] = np.inf
            costs[i] += 0.15 * _near(boxes[i], self.points, 2.5 * self.radius).sum(axis=1)
        return boxes, self._lines(boxes), costs

    def _lines(self, boxes: Floats) -> Floats:
        """Return the line from the point's edge to the nearest spot of every box, NaN where the two are close."""
        point = self.points[:, None, :]
        end = np.clip(point, boxes[..., :2], boxes[..., 2:])
        step = end - point
        length = np.hypot(step[..., 0], step[..., 1])
        with np.errstate(invalid="ignore", divide="ignore"):
            start = point + step / length[..., None] * (self.radius + 0.5)
        lines = np.concatenate([start, end], axis=-1)
        lines[length < self.radius + LINE_FROM * self.height] = np.nan
        return lines

    def run(self) -> Placement:
        free = np.isfinite(self.costs).sum(axis=1)
        order = np.lexsort((np.arange(len(free)), free))
        for _ in range(_ROUNDS):
            changed = sum(self._settle(int(i)) for i in order if free[i])
            changed += sum(self._make_room(int(i)) for i in order if free[i] and self.chosen[i] < 0)
            if not changed:
                break
        boxes = self.standing_boxes + np.array([self.gap, self.gap, -self.gap, -self.gap])
        return Placement(boxes, self.standing_lines)

    def _settle(self, i: int) -> bool:
        """Move label ``i`` to the cheapest place left by the others; True where it moved."""
        before = int(self.chosen[i])
        self._put(i, -1)
        costs = self._costs_now(i)
        best = int(np.argmin(costs))
        self._put(i, best if np.isfinite(costs[best]) else -1)
        return int(self.chosen[i]) != before

    def _make_room(self, i: int) -> bool:
        """Place label ``i`` where one other label stands, if that one finds another place; True where it worked."""
        places = np.argsort(self.costs[i], kind="stable")[: int(np.isfinite(self.costs[i]).sum())]
        blocked = _overlap(self.boxes[i, places, None], self.standing_boxes)
        for k in np.flatnonzero(blocked.sum(axis=1) == 1)[:12]:
            spot, other = int(places[k]), int(np.argmax(blocked[k]))
            before = int(self.chosen[other])
            self._put(other, -1)
            self._put(i, spot)
            if self._settle(other) and self.chosen[other] >= 0:
                return True
            self._put(i, -1)
            self._put(other, before)
        return False

    def _put(self, i: int, spot: int) -> None:
        self.chosen[i] = spot
        self.standing_boxes[i] = np.nan if spot < 0 else self.boxes[i, spot]
        self.standing_lines[i] = np.nan if spot < 0 else self.lines[i, spot]

    def _costs_now(self, i: int) -> Floats:
        """Return the cost of every place of label ``i`` as the others stand."""
        costs: Floats = self.costs[i].copy()
        costs[_overlap(self.boxes[i, :, None], self.standing_boxes).any(axis=1)] = np.inf
        open_places = np.flatnonzero(np.isfinite(costs))
        boxes, lines = self.boxes[i, open_places, None], self.lines[i, open_places, None]
        hits = _crosses(self.standing_lines, boxes).sum(axis=1) + _crosses(lines, self.standing_boxes).sum(axis=1)
        other_points = np.delete(self.points, i, axis=0)
        around = np.concatenate([other_points - self.radius, other_points + self.radius], axis=1)
        costs[open_places] += _COVERS_LINE * (hits + _crosses(lines, around).sum(axis=1))
        return costs


def _flat(direction: NDArray[Any]) -> Floats:
    """Return how far a box is pushed along an axis: fully where the direction points there, smoothly between."""
    return np.asarray(np.clip(1.45 * direction, -1.0, 1.0))


def _overlap(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Return which boxes overlap, broadcast against each other; NaN never does."""
    wide = (a[..., 0] < b[..., 2]) & (b[..., 0] < a[..., 2])
    return np.asarray(wide & (a[..., 1] < b[..., 3]) & (b[..., 1] < a[..., 3]))


def _near(boxes: Floats, points: Floats, distance: float) -> NDArray[np.bool_]:
    """Return which points lie nearer than ``distance`` to which boxes: bool of shape ``(n_boxes, n_points)``."""
    dx = np.maximum(boxes[:, None, 0] - points[None, :, 0], points[None, :, 0] - boxes[:, None, 2]).clip(0)
    dy = np.maximum(boxes[:, None, 1] - points[None, :, 1], points[None, :, 1] - boxes[:, None, 3]).clip(0)
    near: NDArray[np.bool_] = dx * dx + dy * dy < distance * distance
    return near


def _crosses(lines: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Return whether lines cross boxes, broadcast against each other (Liang-Barsky clipping); NaN never does."""
    start, step = lines[..., :2], lines[..., 2:] - lines[..., :2]
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    one, two = (boxes[..., :2] - start) / step, (boxes[..., 2:] - start) / step
    enter = np.minimum(one, two).max(axis=-1)
    leave = np.maximum(one, two).min(axis=-1)
    hit: NDArray[np.bool_] = (enter < leave) & (leave > 0) & (enter < 1)
    return hit
