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
from firth.kernels.topk import TILE_WIDTH, beating, broadcast, part

#: Candidates whose similarities to all given words are held at a time.
BLOCK = 256

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
def _fold(block: Any) -> Any:
    """Return one vector with the largest of the four numbers in each lane."""
    return larger(
        larger(part(block, (0,)), part(block, (0, 0))), larger(part(block, (0, 0, 0)), part(block, (0, 0, 0, 0)))
    )


@inlined
def _best_sum(x: int, y: int) -> Any:
    """Return one vector that holds the largest of 256 sums of floats at two addresses."""
    w = (0, 0, 0, 0)
    low = larger(load(x, w) + load(y, w), load(x + 256, w) + load(y + 256, w))
    return _fold(larger(low, larger(load(x + 512, w) + load(y + 512, w), load(x + 768, w) + load(y + 768, w))))


@inlined
def _best_product(x: int, y: int) -> Any:
    """Return one vector that holds the largest of 256 products of floats at two addresses."""
    w = (0, 0, 0, 0)
    low = larger(load(x, w) * load(y, w), load(x + 256, w) * load(y + 256, w))
    return _fold(larger(low, larger(load(x + 512, w) * load(y + 512, w), load(x + 768, w) * load(y + 768, w))))


@kernel
def solve(
    vectors: NDArray[np.float32],
    inverse: NDArray[np.float32],
    first_row: int,
    units: NDArray[np.float32],
    places: NDArray[np.int32],
    asked: NDArray[np.int64],
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
        places: for each question the places of a, b, c among the given words; best sorted, so that a and b repeat.
        asked: the rows of a, b, c, never collected.
        multiply: False for b - a + c; True for b c / (a + 1e-6) over (1 + cosine) / 2.
        margin: how near to the best is near enough: a difference, or with ``multiply`` a share of the best.
        width: ``TILE_WIDTH``.
        best, bars: the best score of each question and the bar below it; -inf at first.
        found, scores: what was collected, ``(n_questions, room)``.
        counts: how many; -1 where there was no room.
    """
    n, dim = vectors.shape
    tile = 16 * len(width)
    panels = np.zeros((256 // tile, dim, tile), np.float32)
    similar = np.empty((len(units), 256), np.float32)
    pair = np.empty(256, np.float32)
    base, pair_base = similar.ctypes.data, pair.ctypes.data
    room = found.shape[1]
    for start in range(0, n, 256):
        stop = min(start + 256, n)
        _pack(vectors, inverse, start, stop, panels)
        _multiply(units, panels, width, similar)
        if multiply:
            for i in range(len(units)):
                for k in range(256):
                    similar[i, k] = np.float32(0.5) + np.float32(0.5) * similar[i, k]
        last_a, last_b = -1, -1
        for q in range(len(places)):
            a, b, c = places[q, 0], places[q, 1], places[q, 2]
            if a != last_a or b != last_b:
                last_a, last_b = a, b
                if multiply:
                    for k in range(256):
                        pair[k] = similar[b, k] / (similar[a, k] + np.float32(1e-6))
                else:
                    for k in range(256):
                        pair[k] = similar[b, k] - similar[a, k]
            third = base + c * 1024
            top = _best_product(pair_base, third) if multiply else _best_sum(pair_base, third)
            if beating(top, splat(bars[q])) == 0:
                continue
            for k in range(stop - start):
                score = pair[k] * similar[c, k] if multiply else pair[k] + similar[c, k]
                row = first_row + start + k
                if score <= bars[q] or inverse[start + k] == 0 or counts[q] < 0:
                    continue
                if row == asked[q, 0] or row == asked[q, 1] or row == asked[q, 2]:
                    continue
                if score > best[q]:
                    best[q] = score
                    bars[q] = score - (margin * abs(score) if multiply else margin)
                if counts[q] == room:
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
