"""All questions of an analogy benchmark against all candidates.

Candidates come in blocks. For each block one product gives the similarity of every given word to every candidate,
small enough to stay in the second cache while all questions read it. A question a : b :: c : ? is then a sum (or a
product) of three stretches of that array, of which the first two are put together once for all questions that share a
and b.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel
from firth.kernels.simd import LANES, fma, inlined, larger, load, splat, store, zeros
from firth.kernels.topk import TILE_WIDTH, aligned, beating, broadcast, part

#: Candidates whose similarities to all given words are held at a time: eight vectors of 16, so that the part of a
#: score that questions share stays in registers.
BLOCK = 128
_1, _2, _3, _4, _5, _6, _7, _8 = ((0,) * k for k in range(1, 9))

#: Candidates of one tile of the product.
TILE = LANES * len(TILE_WIDTH)


@kernel
def _pack(
    vectors: NDArray[np.float32], inverse: NDArray[np.float32], start: int, stop: int, panels: NDArray[np.float32]
) -> None:
    """Lay unit rows out coordinate by coordinate; places beyond ``stop`` are left as they are."""
    tile = panels.shape[2]
    for row in range(start, stop):
        panel, lane = (row - start) // tile, (row - start) % tile
        scale = inverse[row]
        for k in range(vectors.shape[1]):
            panels[panel, k, lane] = vectors[row, k] * scale


@kernel
def _multiply(
    units: NDArray[np.float32], panels: NDArray[np.float32], width: tuple[int, ...], similar: NDArray[np.float32]
) -> None:
    """Write the product of every unit vector ``(n, dim)``, ``n >= 6``, with every packed candidate."""
    n, dim = units.shape
    line, stride, out_stride = 4 * panels.shape[2], 4 * dim, 4 * similar.shape[1]
    base, panel_base, out_base = units.ctypes.data, panels.ctypes.data, similar.ctypes.data
    for panel in range(len(panels)):
        group = 0
        while group < n:
            at = min(group, n - 6)
            place = base + at * stride
            number = panel_base + panel * dim * line
            a = b = c = d = e = f = zeros(width)
            for _ in range(dim):
                x = load(number, width)
                a = fma(broadcast(place), x, a)
                b = fma(broadcast(place + stride), x, b)
                c = fma(broadcast(place + 2 * stride), x, c)
                d = fma(broadcast(place + 3 * stride), x, d)
                e = fma(broadcast(place + 4 * stride), x, e)
                f = fma(broadcast(place + 5 * stride), x, f)
                number += line
                place += 4
            out = out_base + at * out_stride + panel * line
            store(out, a)
            store(out + out_stride, b)
            store(out + 2 * out_stride, c)
            store(out + 3 * out_stride, d)
            store(out + 4 * out_stride, e)
            store(out + 5 * out_stride, f)
            group += 6


@inlined
def _largest(block: Any) -> Any:
    """Return one vector with the largest of the eight numbers in each lane."""
    low = larger(larger(part(block, _1), part(block, _2)), larger(part(block, _3), part(block, _4)))
    return larger(low, larger(larger(part(block, _5), part(block, _6)), larger(part(block, _7), part(block, _8))))


@kernel
def _next_sum(pair: int, similar: int, places: NDArray[np.int32], bars: NDArray[np.float32], q: int, end: int) -> int:
    """Return the first question from ``q`` on with a sum above its bar, or ``end``; the arrays come as addresses."""
    shared = load(pair, _8)
    while q < end:
        if beating(_largest(shared + load(similar + 4 * BLOCK * places[q, 2], _8)), splat(bars[q])):
            break
        q += 1
    return q


@kernel
def _next_product(
    pair: int, similar: int, places: NDArray[np.int32], bars: NDArray[np.float32], q: int, end: int
) -> int:
    """Return the first question from ``q`` on with a product above its bar, or ``end``."""
    shared = load(pair, _8)
    while q < end:
        if beating(_largest(shared * load(similar + 4 * BLOCK * places[q, 2], _8)), splat(bars[q])):
            break
        q += 1
    return q


@kernel
def _collect(
    block: NDArray[np.float32],
    inverse: NDArray[np.float32],
    start: int,
    stop: int,
    first_row: int,
    asked: NDArray[np.int64],
    q: int,
    multiply: bool,
    margin: float,
    best: NDArray[np.float32],
    bars: NDArray[np.float32],
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:
    """Enter the candidates of a block that are above the bar of question ``q`` (see :func:`solve`)."""
    room = found.shape[1]
    for k in range(stop - start):
        score, row = block[k], first_row + start + k
        if score <= bars[q] or inverse[start + k] == 0 or counts[q] < 0:
            continue
        if row == asked[q, 0] or row == asked[q, 1] or row == asked[q, 2]:
            continue
        if score > best[q]:
            best[q] = score
            bars[q] = score - (margin * abs(score) if multiply else margin)
        if counts[q] == room:  # make room: the bar has risen since the first were collected
            kept = 0
            for j in range(room):
                if scores[q, j] >= bars[q]:
                    found[q, kept], scores[q, kept] = found[q, j], scores[q, j]
                    kept += 1
            counts[q] = kept
            if kept == room:
                counts[q] = -1
                continue
        found[q, counts[q]], scores[q, counts[q]] = row, score
        counts[q] += 1


@kernel
def solve(
    vectors: NDArray[np.float32],
    inverse: NDArray[np.float32],
    first_row: int,
    units: NDArray[np.float32],
    places: NDArray[np.int32],
    asked: NDArray[np.int64],
    groups: NDArray[np.int64],
    multiply: bool,
    margin: float,
    width: tuple[int, ...],
    best: NDArray[np.float32],
    bars: NDArray[np.float32],
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    counts: NDArray[np.int64],
) -> None:
    """Collect for each question the candidates whose score comes within ``margin`` of the best one seen so far.

    Args:
        vectors: candidates, C-contiguous, of shape ``(n, dim)``.
        inverse: one over the length of each, 0 for a row without direction.
        first_row: the number that the first candidate goes by.
        units: unit vectors of the given words, ``(n_given, dim)``, at least six.
        places: for each question the places of a, b, c among the given words.
        asked: the rows of a, b, c, never collected.
        groups: where each run of questions with the same a and b begins, and the end of the last.
        multiply: False for b - a + c; True for b c / (a + 1e-6) over (1 + cosine) / 2.
        margin: how near to the best is near enough: a difference, or with ``multiply`` a share of the best.
        width: ``TILE_WIDTH``.
        best, bars: the best score of each question and the bar below it; -inf at first.
        found, scores: what was collected, ``(n_questions, room)``.
        counts: how many; -1 where there was no room.
    """
    n, dim = vectors.shape
    tile = LANES * len(width)
    panels = aligned(BLOCK * dim).reshape(BLOCK // tile, dim, tile)
    similar = aligned(len(units) * BLOCK).reshape(len(units), BLOCK)
    pair, block = aligned(BLOCK), np.empty(BLOCK, np.float32)
    base, pair_base = similar.ctypes.data, pair.ctypes.data
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        _pack(vectors, inverse, start, stop, panels)
        _multiply(units, panels, width, similar)
        if multiply:
            for i in range(len(units)):
                for k in range(BLOCK):
                    similar[i, k] = np.float32(0.5) + np.float32(0.5) * similar[i, k]
        for group in range(len(groups) - 1):
            q, end = groups[group], groups[group + 1]
            a, b = places[q, 0], places[q, 1]
            for k in range(BLOCK):
                if multiply:
                    pair[k] = similar[b, k] / (similar[a, k] + np.float32(1e-6))
                else:
                    pair[k] = similar[b, k] - similar[a, k]
            while q < end:
                if multiply:
                    q = _next_product(pair_base, base, places, bars, q, end)
                else:
                    q = _next_sum(pair_base, base, places, bars, q, end)
                if q < end:
                    c = places[q, 2]
                    for k in range(BLOCK):
                        block[k] = pair[k] * similar[c, k] if multiply else pair[k] + similar[c, k]
                    _collect(
                        block,
                        inverse,
                        start,
                        stop,
                        first_row,
                        asked,
                        q,
                        multiply,
                        margin,
                        best,
                        bars,
                        found,
                        scores,
                        counts,
                    )
                    q += 1
