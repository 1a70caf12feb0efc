"""Long texts as overlapping windows, so that nothing is cut off and no word is cut in two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """Windows over one run of pieces, and where each word is read.

    Attributes:
        starts, ends: the pieces of each window, int64 of shape ``(n_windows,)``.
        part_words: the word of each part, ascending: one part a word, more for words longer than a window.
        part_windows: the window that the part is read from.
        part_starts, part_ends: the pieces of the part.
    """

    starts: Ints
    ends: Ints
    part_words: Ints
    part_windows: Ints
    part_starts: Ints
    part_ends: Ints


def plan(n_pieces: int, size: int, first: Ints, last: Ints, cuts: NDArray[np.bool_]) -> Plan:
    """Lay windows of at most ``size`` pieces over ``n_pieces``, each about half over the next.

    A word ``[p, q)`` is read from the window ``[s, e)`` that holds it whole and where ``min(p - s, e - q)`` is largest,
    so that it has the most context on its poorer side. A word that fits no window gets one around it; a word longer
    than a window is read in parts.

    Args:
        n_pieces: pieces of the text.
        size: most pieces of a window.
        first, last: the pieces of every word, int64 of shape ``(n_words,)``; words without a piece are left out.
        cuts: whether a window may begin or end before piece ``i``, bool of shape ``(n_pieces + 1,)``; where none may
            within a quarter of a window, it is cut anyway.

    >>> made = plan(10, 4, np.array([0, 3, 9]), np.array([1, 4, 10]), np.ones(11, bool))
    >>> list(zip(made.starts.tolist(), made.ends.tolist()))
    [(0, 4), (2, 6), (6, 10)]
    >>> made.part_windows.tolist()  # the word in piece 3 stands at the edge of the first window, inside the second
    [0, 1, 2]
    """
    words, starts, ends = _parts(first, last, size)
    edges = _edges(n_pieces, size, cuts)
    held = _held(edges, starts, ends)
    own = np.flatnonzero(held < 0)  # longer than the overlap, and no window has all of it
    if len(own):
        around = _around(starts[own], ends[own], n_pieces, size, cuts)
        edges = np.unique(np.concatenate([edges, around]), axis=0)
        held = _best(edges, starts, ends)
    used, windows = np.unique(held, return_inverse=True)
    return Plan(edges[used, 0], edges[used, 1], words, windows.astype(np.int64), starts, ends)


def _parts(first: Ints, last: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Return the word, first and last piece of every part of every word that has a piece."""
    counts = -(-(last - first) // size)
    words = np.repeat(np.arange(len(first)), counts)
    nth = np.arange(len(words)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = first[words] + nth * size
    return words, starts, np.minimum(starts + size, last[words])


def _edges(n_pieces: int, size: int, cuts: NDArray[np.bool_]) -> Ints:
    """Return the windows ``(start, end)``, each beginning and ending where a cut is allowed if one is near."""
    allowed = np.flatnonzero(cuts)
    edges, start = [], 0
    while True:
        end = _last_cut(allowed, start + size, start + size - size // 4) if start + size < n_pieces else n_pieces
        edges.append((start, end))
        if end >= n_pieces:
            return np.array(edges, np.int64)
        middle = start + max(1, size // 2)
        start = max(start + 1, min(end, _last_cut(allowed, middle, middle - size // 4)))


def _last_cut(allowed: Ints, at: int, lowest: int) -> int:
    """Return the last allowed cut from ``lowest`` to ``at``, or ``at`` where there is none."""
    k = int(np.searchsorted(allowed, at, side="right")) - 1
    return int(allowed[k]) if k >= 0 and allowed[k] > lowest else at


def _around(starts: Ints, ends: Ints, n_pieces: int, size: int, cuts: NDArray[np.bool_]) -> Ints:
    """Return a window around every part, cut where that is allowed if such a place is near and outside the part."""
    allowed = np.flatnonzero(cuts)
    left = np.clip(starts - (size - (ends - starts)) // 2, 0, max(0, n_pieces - size))
    after = np.append(allowed, n_pieces)[np.searchsorted(allowed, left)]
    left = np.where(after <= np.minimum(starts, left + size // 4), after, left)
    right = np.minimum(left + size, n_pieces)
    before = np.insert(allowed, 0, 0)[np.searchsorted(allowed, right, side="right")]
    right = np.where(before >= np.maximum(ends, right - size // 4), before, right)
    return np.stack([left, right], axis=1)


def _held(edges: Ints, starts: Ints, ends: Ints) -> Ints:
    """Return the best window of every part, -1 where none holds it; windows are sorted by start and by end."""
    low = np.searchsorted(edges[:, 1], ends, side="left")
    high = np.searchsorted(edges[:, 0], starts, side="right") - 1
    best, margin = np.full(len(starts), -1), np.full(len(starts), -1)
    for step in range(int((high - low).max(initial=-1)) + 1):
        window = low + step
        inside = window <= high
        near = np.minimum(window, len(edges) - 1)
        room = np.where(inside, np.minimum(starts - edges[near, 0], edges[near, 1] - ends), -1)
        better = room > margin
        best[better], margin[better] = window[better], room[better]
    return best


def _best(edges: Ints, starts: Ints, ends: Ints) -> Ints:
    """Return the best window of every part where windows no longer end in the order in which they begin."""
    best, margin = np.full(len(starts), -1), np.full(len(starts), -1)
    for k, (start, end) in enumerate(edges.tolist()):
        room = np.minimum(starts - start, end - ends)
        better = room > margin
        best[better], margin[better] = k, room[better]
    return best
