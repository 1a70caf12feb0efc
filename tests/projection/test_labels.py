"""Labels never cover each other or a point, whatever the points are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.projection.labels import Placement, overlaps, place

FRAME = (0.0, 0.0, 900.0, 600.0)
RADIUS = 4.0


def check(points: np.ndarray, sizes: np.ndarray, placement: Placement) -> None:
    """Demand what every placement must keep."""
    boxes = placement.boxes[placement.placed]
    assert overlaps(boxes) == 0
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2] <= FRAME[2]).all() and (boxes[:, 3] <= FRAME[3]).all()
    dx = np.maximum(boxes[:, None, 0] - points[:, 0], points[:, 0] - boxes[:, None, 2]).clip(0)
    dy = np.maximum(boxes[:, None, 1] - points[:, 1], points[:, 1] - boxes[:, None, 3]).clip(0)
    assert (np.hypot(dx, dy) >= RADIUS).all(), "a label covers a point"
    np.testing.assert_allclose(boxes[:, 2:] - boxes[:, :2], sizes[placement.placed], atol=1e-9)


def cloud(n: int, spread: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return points and label sizes like those of words."""
    rng = np.random.default_rng(seed)
    points = rng.normal((450, 300), (190 * spread, 120 * spread), (n, 2)).clip((20, 20), (880, 580))
    return points, np.stack([rng.integers(3, 12, n) * 8.0, np.full(n, 15.0)], axis=1)


@pytest.mark.parametrize(
    ("n", "spread", "least"), [(20, 1, 20), (60, 1, 60), (100, 1, 95), (40, 0.2, 25), (200, 1, 140)]
)
def test_places_labels_of_a_cloud(n: int, spread: float, least: int) -> None:
    points, sizes = cloud(n, spread)
    placement = place(points, sizes, FRAME, radius=RADIUS)
    check(points, sizes, placement)
    assert placement.placed.sum() >= least


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(5, 895), st.integers(5, 595), st.integers(8, 120)), min_size=1, max_size=25))
def test_never_overlaps(rows: list[tuple[int, int, int]]) -> None:
    points = np.array([row[:2] for row in rows], float)
    sizes = np.array([(row[2], 15) for row in rows], float)
    check(points, sizes, place(points, sizes, FRAME, radius=RADIUS))


def test_the_same_points_give_the_same_places() -> None:
    points, sizes = cloud(50, 0.5)
    first, second = place(points, sizes, FRAME), place(points, sizes, FRAME)
    np.testing.assert_array_equal(first.boxes, second.boxes)
    np.testing.assert_array_equal(first.lines, second.lines)


def test_a_lonely_label_stands_to_the_right_of_its_point() -> None:
    box = place([[100, 100]], [[50, 14]], FRAME).boxes[0]
    assert box[0] > 100 and box[1] < 100 < box[3]


def test_at_the_right_edge_it_stands_to_the_left() -> None:
    assert place([[890, 100]], [[50, 14]], FRAME).boxes[0][2] < 890


def test_a_label_without_room_is_left_out() -> None:
    placement = place([[50, 50], [60, 50]], [[2000, 14], [30, 14]], FRAME)
    assert placement.placed.tolist() == [False, True]


def test_a_width_of_zero_asks_for_no_label() -> None:
    assert place([[50, 50]], [[0, 14]], FRAME).placed.tolist() == [False]


def test_points_on_one_spot() -> None:
    points = np.full((6, 2), 200.0)
    sizes = np.tile([60.0, 15.0], (6, 1))
    placement = place(points, sizes, FRAME, radius=RADIUS)
    check(points, sizes, placement)
    assert placement.placed.all()


def test_lines_end_at_their_label() -> None:
    points, sizes = cloud(40, 0.2)
    placement = place(points, sizes, FRAME, radius=RADIUS)
    tied = ~np.isnan(placement.lines[:, 0])
    assert tied.any()
    ends, boxes = placement.lines[tied, 2:], placement.boxes[tied]
    assert (ends >= boxes[:, :2] - 1.01).all() and (ends <= boxes[:, 2:] + 1.01).all()
