"""CBOW with negative sampling over one chunk of a corpus (Mikolov et al. 2013).

Every kept word is a target. The mean of the input rows of the words in its window is trained to score high with the
output row of the target, and low with negative words, which a run of targets shares. The gradient of the mean goes in
full to every row of the window, as in word2vec's code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import fast_kernel
from firth.kernels.negative import BYTES, FOUR, place_of, step
from firth.kernels.simd import inlined, load, splat, store, zeros
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
def _train_two(
    own: tuple[()],
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
    has_b = np.float32(start_b < stop_b)
    # the targets' rows: of the first mean, of the second, and what fills the four up; then those of the windows
    rows[0] = rows[1] = rows[2] = rows[3] = outputs + np.int64(kept[a]) * row_bytes
    labels[place_of(0)] = 1.0
    labels[place_of(1) + FOUR] = has_b  # all others are 0 as they were made
    n_a = list_window(kept, a, start_a, stop_a, inputs, row_bytes, rows, FOUR)
    n_b = list_window(kept, b, start_b, stop_b, inputs, row_bytes, rows, FOUR + n_a)
    mean_row(width, blocks, rows, FOUR, n_a, mean)
    if n_b > 0:
        rows[1] = outputs + np.int64(kept[b]) * row_bytes
        mean_row(width, blocks, rows, FOUR + n_a, n_b, mean + row_bytes)
    step(
        width, blocks, mean, mean + row_bytes, rows, labels, 2, shared, pulls, lr, np.float32(weight),
        np.float32(weight * has_b), gradient, gradient + row_bytes, loss,
    )  # fmt: skip
    add_to_rows(width, blocks, rows, FOUR, n_a, gradient)
    add_to_rows(width, blocks, rows, FOUR + n_a, n_b, gradient + row_bytes)
    return 2 if n_b > 0 else 1


@fast_kernel
def train_chunk(
    own: tuple[()], row: tuple[Any, ...], text: tuple[Any, ...], negatives: tuple[Any, ...], room: tuple[Any, ...]
) -> None:
    """Train a chunk once; see :func:`firth.kernels.walk.walk`."""
    walk(ask_for_rows, _train_two, own, row, text, negatives, room)
