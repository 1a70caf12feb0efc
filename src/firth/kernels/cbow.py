"""CBOW with negative sampling over one chunk of a corpus (Mikolov et al. 2013).

Every kept word is a target. The mean of the input rows of the words in its window is trained to score high with the
output row of the target, and low with negative words, which two targets share. The gradient of the mean goes in full to
every row of the window, as in word2vec's code.

The two targets and their negatives are handled eight rows at a time: two targets and six negatives are all that two
centres need, so one logistic function of sixteen lanes does for them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels import simd
from firth.kernels.jit import fast_kernel
from firth.kernels.negative import BYTES, EIGHT, FOUR, place_of, pull, score_four
from firth.kernels.simd import fma, inlined, load, meet, splat, store, totals, zeros
from firth.kernels.walk import ask_for_rows, walk


@inlined
def mean_row(width: tuple[int, ...], blocks: int, rows: NDArray[np.int64], first: int, count: int, mean: int) -> None:
    """Write the mean of ``count`` rows, whose addresses are ``rows[first:]``, to the address ``mean``."""
    share = splat(np.float32(1.0) / np.float32(count))
    for block in range(blocks):
        here = block * BYTES * len(width)
        whole = zeros(width)
        for k in range(count):
            whole += load(rows[first + k] + here, width)
        store(mean + here, whole * share)


@inlined
def add_to_rows(
    width: tuple[int, ...], blocks: int, rows: NDArray[np.int64], first: int, count: int, gradient: int
) -> None:
    """Add a gradient to ``count`` rows."""
    for block in range(blocks):
        here = block * BYTES * len(width)
        move = load(gradient + here, width)
        for k in range(count):
            row = rows[first + k] + here
            store(row, load(row, width) + move)


@inlined
def list_window(
    kept: NDArray[np.int32], i: int, start: int, stop: int, inputs: int, row_bytes: int, rows: NDArray[np.int64], n: int
) -> int:
    """Write the addresses of the rows of a window, without that of its centre, to ``rows[n:]``; return how many."""
    count: Any = 0
    for k in range(start, stop):
        rows[n + count] = inputs + np.int64(kept[k]) * row_bytes
        count += k != i
    return count


@inlined
def _score_eight(width: tuple[int, ...], blocks: int, a: int, b: int, rows: NDArray[np.int64], first: int) -> Any:
    """Return the scores of eight rows with ``a`` and ``b``; where each stands, :func:`place_of` tells."""
    a0, a1, a2, a3, b0, b1, b2, b3 = score_four(width, blocks, a, b, rows, first)
    a4, a5, a6, a7, b4, b5, b6, b7 = score_four(width, blocks, a, b, rows, first + FOUR)
    return totals((a0, a1, a2, a3, b0, b1, b2, b3, a4, a5, a6, a7, b4, b5, b6, b7))


@inlined
def meet_rows(
    width: tuple[int, ...],
    blocks: int,
    a: int,
    rows: NDArray[np.int64],
    n_rows: int,
    roles: NDArray[np.float32],
    has_b: float,
    weight: float,
    lr: float,
    pulls: NDArray[np.float32],
    gradient: int,
    loss: int,
) -> None:
    """Move both targets' rows, ``rows[:2]``, and those of negatives, the others; write the moves of both means.

    The means are the rows at the address ``a`` and the one after, their moves go to ``gradient`` and the one after.
    ``n_rows`` is a multiple of eight. ``roles`` says by 1 or 0 which of the first sixteen scores are of a mean and its
    own target, then which are of a mean and a negative word; each of these weighs ``weight``. ``has_b`` is 0 where
    there is no second mean.
    """
    row_bytes = blocks * len(width) * BYTES
    b = a + row_bytes
    at = pulls.ctypes.data
    there = simd.by_fours(splat(np.float32(1.0)), splat(has_b))
    positive = load(roles.ctypes.data, (0,)) * there
    negative = load(roles.ctypes.data + BYTES, (0,)) * there * splat(weight)
    # the sign of positives is turned, so that a large z means a large pull
    sign = splat(1.0) - positive - positive
    rate = splat(lr)
    q = pull(_score_eight(width, blocks, a, b, rows, 0) * sign, at, (positive - negative) * rate)
    sums = fma(positive + negative, simd.log(q), load(loss, (0,)))
    weights = there * splat(weight)
    rates = weights * splat(-lr)
    for j in range(EIGHT, n_rows, EIGHT):
        q = pull(_score_eight(width, blocks, a, b, rows, j), at + 8 * j, rates)
        sums = fma(weights, simd.log(q), sums)
    store(loss, sums)
    for block in range(blocks):
        here = block * BYTES * len(width)
        x_a = load(a + here, width)
        x_b = load(b + here, width)
        g_a = zeros(width)
        g_b = zeros(width)
        for j in range(n_rows):
            place = place_of(j)
            both = (splat(pulls[place]), splat(pulls[place + FOUR]))
            g_a, g_b = meet(rows[j] + here, both, (x_a, x_b), (g_a, g_b))
        store(gradient + here, g_a)
        store(gradient + row_bytes + here, g_b)


@inlined
def _train_two(
    own: tuple[NDArray[np.float32]],
    row: tuple[Any, ...],
    two: tuple[Any, ...],
    kept: NDArray[np.int32],
    rows: NDArray[np.int64],
    labels: NDArray[np.float32],
    shared: NDArray[np.int64],
    pulls: NDArray[np.float32],
    loss: int,
    lr: float,
    weight: float,
) -> int:
    width, blocks, inputs, outputs = row
    a, start_a, stop_a, b, start_b, stop_b, _ = two
    row_bytes = blocks * len(width) * BYTES
    gradient = loss + BYTES
    mean = gradient + 2 * row_bytes
    # the targets' rows, the negatives', and those of the windows
    n = 2 + len(shared)
    rows[0] = rows[1] = outputs + np.int64(kept[a]) * row_bytes
    for j in range(len(shared)):
        rows[2 + j] = shared[j]
    n_a = list_window(kept, a, start_a, stop_a, inputs, row_bytes, rows, n)
    n_b = list_window(kept, b, start_b, stop_b, inputs, row_bytes, rows, n + n_a)
    mean_row(width, blocks, rows, n, n_a, mean)
    if n_b > 0:
        rows[1] = outputs + np.int64(kept[b]) * row_bytes
        mean_row(width, blocks, rows, n + n_a, n_b, mean + row_bytes)
    has_b = np.float32(n_b > 0)
    meet_rows(width, blocks, mean, rows, n, own[0], has_b, np.float32(weight), lr, pulls, gradient, loss)
    add_to_rows(width, blocks, rows, n, n_a, gradient)
    add_to_rows(width, blocks, rows, n + n_a, n_b, gradient + row_bytes)
    return 2 if n_b > 0 else 1


@fast_kernel
def train_chunk(
    own: tuple[NDArray[np.float32]],
    row: tuple[Any, ...],
    text: tuple[Any, ...],
    negatives: tuple[Any, ...],
    room: tuple[Any, ...],
) -> None:
    """Train a chunk once; see :func:`firth.kernels.walk.walk` and, for ``own``, :func:`meet_rows`."""
    walk(ask_for_rows, _train_two, own, row, text, negatives, room)
