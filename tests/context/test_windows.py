"""Windows over long texts: nothing is lost, nothing is cut, every word stands where it has most context."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.context.windows import plan


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, int, np.ndarray, np.ndarray, np.ndarray]:
    n, size = draw(st.integers(1, 120)), draw(st.integers(1, 20))
    first = np.array(draw(st.lists(st.integers(0, n), max_size=12)), np.int64)
    last = np.array([draw(st.integers(p, min(n, p + 2 * size + 3))) for p in first.tolist()], np.int64)
    cuts = np.array(draw(st.lists(st.booleans(), min_size=n + 1, max_size=n + 1)))
    return n, size, first, last, cuts


@settings(max_examples=400, deadline=None)
@given(cases())
def test_every_word_is_read_whole_where_it_is_most_central(case: tuple) -> None:
    n, size, first, last, cuts = case
    made = plan(n, size, first, last, cuts)
    assert (made.ends - made.starts <= size).all() and (made.starts >= 0).all() and (made.ends <= n).all()
    read: dict[int, list[tuple[int, int]]] = {}
    for word, window, start, end in zip(
        made.part_words.tolist(),
        made.part_windows.tolist(),
        made.part_starts.tolist(),
        made.part_ends.tolist(),
        strict=True,
    ):
        assert made.starts[window] <= start < end <= made.ends[window]
        rooms = np.minimum(start - made.starts, made.ends - end)
        assert rooms[window] == rooms.max()
        read.setdefault(word, []).append((start, end))
    for word, (p, q) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        parts = read.get(word, [])
        assert len(parts) == -(-(q - p) // size)  # one, unless longer than a window
        assert [i for start, end in parts for i in range(start, end)] == list(range(p, q))


def test_a_word_in_the_middle_of_a_long_text_has_a_quarter_window_on_either_side() -> None:
    n, size = 10_000, 510
    places = np.arange(400, 9_600)
    made = plan(n, size, places, places + 1, np.ones(n + 1, bool))
    left = made.part_starts - made.starts[made.part_windows]
    right = made.ends[made.part_windows] - made.part_ends
    assert np.minimum(left, right).min() >= size // 4 - 1
