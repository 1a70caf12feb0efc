"""The walk over a chunk: sentences, windows, and the contexts of two centres."""

from __future__ import annotations

import numpy as np

from firth.kernels.negative import FOUR, place_of
from firth.kernels.skipgram import list_contexts
from firth.kernels.walk import window_at


def test_windows_stay_within_sentences() -> None:
    kept = np.array([5, 6, 7, 8, -1, 9, -1, -1, 1, 2, -1, -1], np.int32)
    reaches = set()
    for seed in range(1, 200):
        first, last, state = np.int64(0), np.int64(-1), np.uint64(seed)
        for i in range(len(kept)):
            before = state
            first, last, start, stop, state = window_at(kept, np.int64(i), first, last, np.uint64(state), 1, 3)
            assert kept[last] == -1 and first <= i <= last and (kept[first:last] >= 0).all()
            if kept[i] >= 0 and last - first >= 2:
                assert first <= start <= i < stop <= last
                reaches.add((i, start, stop))
            else:  # an end of a sentence, or a word alone: no window, and no random number for it
                assert start == stop and state == before
    assert {(stop - start) for i, start, stop in reaches if i == 1} == {3, 4}
    assert {(start, stop) for i, start, stop in reaches if i == 0} == {(0, 2), (0, 3), (0, 4)}
    assert {(start, stop) for i, start, stop in reaches if i == 9} == {(8, 10)}


def test_two_centres_share_a_list_where_their_windows_meet() -> None:
    kept = np.array([4, 5, 6, 7, 8, -1, 9, 3, -1], np.int32)
    cases = [
        ((1, 0, 3, 2, 1, 5, True), [0, 1, 2, 3, 4], [0, 2], [1, 3, 4]),
        ((4, 3, 5, 6, 6, 8, False), [3, 4, 6, 7], [3], [7]),  # two sentences
        ((1, 0, 3, 8, 8, 8, False), [0, 1, 2], [0, 2], []),  # one alone
    ]
    for two, places, around_a, around_b in cases:
        rows, labels = np.zeros(20, np.int64), np.full(60, 9.0, np.float32)
        n = list_contexts(tuple(np.int64(k) for k in two[:6]) + two[6:], kept, 1000, 64, rows, labels)
        assert rows[:n].tolist() == [1000 + 64 * int(kept[k]) for k in places]
        for offset, around in ((0, around_a), (FOUR, around_b)):
            marked = [k for j, k in enumerate(places) if labels[place_of(j) + offset] == 1.0]
            assert marked == around
            assert not any(labels[place_of(j) + offset] for j in range(n, n + 3))
        assert (rows[n : n + 3] == 1000).all()  # addresses that may be read
