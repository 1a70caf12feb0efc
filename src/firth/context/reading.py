"""From words to the windows that they are read from, and from hidden states to word vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.context.alignment import align
from firth.context.pieces import Pieces
from firth.context.windows import plan

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Parts:
    """Where every word is read. A word has one part; none where it yields no piece; several where no window holds it.

    Attributes:
        window_starts, window_ends: the pieces of each window, int64 of shape ``(n_windows,)``.
        words: the word of each part, ascending.
        windows: the window of each part.
        pieces: the pieces that words are made of.
        first, last: the part's pieces are ``pieces[first:last]``.
    """

    window_starts: Ints
    window_ends: Ints
    words: Ints
    windows: Ints
    pieces: Ints
    first: Ints
    last: Ints


def read_plan(pieces: Pieces, lengths: Sequence[int], word_texts: Ints, spans: Ints, size: int) -> Parts:
    """Align words with pieces and lay windows of at most ``size`` pieces over the texts that hold a word."""
    found = align(pieces, lengths, word_texts, spans)
    has = np.flatnonzero(found.last > found.first)
    first, last = found.first, found.last
    counts = np.diff(pieces.bounds)
    long_texts = np.flatnonzero(counts > size)
    is_long = np.zeros(len(counts), bool)
    is_long[long_texts] = True
    short = has[~is_long[word_texts[has]]]
    texts, windows = np.unique(word_texts[short], return_inverse=True)
    starts, ends = [pieces.bounds[texts]], [pieces.bounds[texts + 1]]
    out = [np.stack([short, windows, first[short], last[short]], axis=1).astype(np.int64)]
    n_windows = len(texts)
    for text in long_texts.tolist():
        mine = has[word_texts[has] == text]
        if len(mine) == 0:
            continue
        low, high = int(pieces.bounds[text]), int(pieces.bounds[text + 1])
        left, right = found.pieces[first[mine]] - low, found.pieces[last[mine] - 1] + 1 - low
        made = plan(high - low, size, left, right, _cuts(pieces, low, high, left, right))
        starts.append(made.starts + low)
        ends.append(made.ends + low)
        words = mine[made.part_words]
        part_first = np.maximum(first[words], np.searchsorted(found.pieces, made.part_starts + low))
        part_last = np.minimum(last[words], np.searchsorted(found.pieces, made.part_ends + low))
        out.append(np.stack([words, made.part_windows + n_windows, part_first, part_last], axis=1))
        n_windows += len(made.starts)
    table = np.concatenate(out)
    table = table[np.argsort(table[:, 0], kind="stable")]
    return Parts(
        np.concatenate(starts), np.concatenate(ends), table[:, 0], table[:, 1], found.pieces, table[:, 2], table[:, 3]
    )


def _cuts(pieces: Pieces, low: int, high: int, left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Return before which pieces of a text a window may begin or end: after a blank, and inside no word asked for."""
    cuts = np.ones(high - low + 1, bool)
    if pieces.fresh is None:
        cuts[1:-1] = pieces.starts[low + 1 : high] > pieces.ends[low : high - 1]
    else:
        cuts[1:-1] = pieces.fresh[low + 1 : high]
    inside = np.zeros(high - low + 2, np.int64)
    np.add.at(inside, left + 1, 1)
    np.add.at(inside, right, -1)
    cuts[np.cumsum(inside)[:-1] > 0] = False
    return cuts


def pool(states: Floats, pieces: Ints, first: Ints, last: Ints, shift: Ints, pooling: str) -> Floats:
    """Return one vector for every run of pieces.

    Args:
        states: hidden states of a batch, float32 of shape ``(rows x pieces, dim)``.
        pieces: numbers of pieces; run ``i`` is ``pieces[first[i]:last[i]]``.
        first, last: int64 of shape ``(n_runs,)``; no run is empty.
        shift: what takes the number of a piece of run ``i`` to its row in ``states``.
        pooling: ``"mean"``, ``"first"``, ``"last"`` or ``"max"``.

    >>> states = np.array([[1, 5], [3, 1]], np.float32)
    >>> run = (np.arange(2), np.array([0]), np.array([2]), np.array([0]))
    >>> pool(states, *run, "mean").tolist(), pool(states, *run, "max").tolist()
    ([[2.0, 3.0]], [[3.0, 5.0]])
    """
    if pooling == "last":
        first = last - 1
    counts = last - first
    if pooling in ("first", "last") or (counts == 1).all():
        single: Floats = states[pieces[first] + shift]
        return single
    begin = np.cumsum(counts) - counts
    nth = np.arange(int(counts.sum())) - np.repeat(begin - first, counts)
    rows = states[pieces[nth] + np.repeat(shift, counts)]
    if pooling == "max":
        highest: Floats = np.maximum.reduceat(rows, begin, axis=0)
        return highest
    sums: Floats = np.add.reduceat(rows, begin, axis=0)
    sums /= counts[:, None].astype(np.float32)
    return sums


def merge_parts(parts: Parts, vectors: Floats, pooling: str, n_words: int) -> Floats:
    """Return the vector of every word out of those of its parts; NaN for words without any."""
    if len(parts.words) == n_words and (n_words == 0 or len(np.unique(parts.words)) == n_words):
        return vectors
    out = np.full((n_words, vectors.shape[1]), np.nan, np.float32)
    if len(parts.words) == 0:
        return out
    words, begin, counts = np.unique(parts.words, return_index=True, return_counts=True)
    if pooling == "first":
        out[words] = vectors[begin]
    elif pooling == "last":
        out[words] = vectors[begin + counts - 1]
    elif pooling == "max":
        out[words] = np.maximum.reduceat(vectors, begin, axis=0)
    else:
        size = (parts.last - parts.first).astype(np.float32)
        out[words] = np.add.reduceat(vectors * size[:, None], begin, axis=0)
        out[words] /= np.add.reduceat(size, begin)[:, None]
    return out
