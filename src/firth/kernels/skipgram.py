"""Skip-gram with negative sampling over one chunk of a corpus (Mikolov et al. 2013).

The centre's input row is trained to score high with the output rows of the words in its window, and low with negative
words, which a run of centres shares.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import fast_kernel
from firth.kernels.negative import BYTES, FOUR, place_of, step
from firth.kernels.simd import inlined, load, store
from firth.kernels.walk import ask_for_rows, walk


@inlined
def add_row(width: tuple[int, ...], blocks: int, row: int, gradient: int) -> None:
    """Add a gradient to a row of a matrix."""
    for block in range(blocks):
        at = block * BYTES * len(width)
        store(row + at, load(row + at, width) + load(gradient + at, width))


@inlined
def list_contexts(
    two: tuple[Any, ...],
    kept: NDArray[np.int32],
    outputs: int,
    row_bytes: int,
    rows: NDArray[np.int64],
    labels: NDArray[np.float32],
) -> int:
    """Write the rows of the windows of two centres to ``rows``, and whose each is to ``labels``; return how many.

    Neighbours of one sentence share most of their contexts: they get one list.
    """
    a, start_a, stop_a, b, start, stop, near = two
    together = start < stop and start <= stop_a and start_a <= stop and near
    from_a = min(start_a, start) if together else start_a
    to_a = max(stop_a, stop) if together else stop_a
    n_rows = to_a - from_a + (0 if together else stop - start)
    for j in range(n_rows):  # one loop, no break: else references to the arrays are counted at every call
        k = from_a + j if from_a + j < to_a else start + j - (to_a - from_a)
        rows[j] = outputs + np.int64(kept[k]) * row_bytes
        labels[place_of(j)] = np.float32((k >= start_a) & (k < stop_a) & (k != a))
        labels[place_of(j) + FOUR] = np.float32((k >= start) & (k < stop) & (k != b))
    for j in range(n_rows, n_rows + 3):  # places of the last four that stand for nothing
        rows[j] = outputs
        labels[place_of(j)] = labels[place_of(j) + FOUR] = 0.0
    return n_rows


@inlined
def meet_contexts(
    x_a: int,
    x_b: int,
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
    """Let two inputs, at the addresses ``x_a`` and ``x_b``, meet their contexts; return how many pairs that were.

    What the inputs move by is written behind the loss.
    """
    width, blocks, _, outputs = row
    row_bytes = blocks * len(width) * BYTES
    n_rows = list_contexts(two, kept, outputs, row_bytes, rows, labels)
    n_a, n_b = two[2] - two[1] - 1, max(0, two[5] - two[4] - 1)
    step(
        width, blocks, x_a, x_b, rows, labels, n_rows, shared, pulls, lr, np.float32(weight * n_a),
        np.float32(weight * n_b), loss + BYTES, loss + BYTES + row_bytes, loss,
    )  # fmt: skip
    return n_a + n_b


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
    width, blocks, inputs, _ = row
    row_bytes = blocks * len(width) * BYTES
    gradient = loss + BYTES
    nobody: Any = gradient + 2 * row_bytes  # zeros
    a = inputs + np.int64(kept[two[0]]) * row_bytes
    b = inputs + np.int64(kept[two[3]]) * row_bytes if two[4] < two[5] else nobody
    n_pairs: int = meet_contexts(a, b, row, two, kept, rows, labels, shared, pulls, loss, lr, weight)
    add_row(width, blocks, a, gradient)
    if b != nobody:
        add_row(width, blocks, b, gradient + row_bytes)
    return n_pairs


@fast_kernel
def train_chunk(
    own: tuple[()], row: tuple[Any, ...], text: tuple[Any, ...], negatives: tuple[Any, ...], room: tuple[Any, ...]
) -> None:
    """Train a chunk once; see :func:`firth.kernels.walk.walk`."""
    walk(ask_for_rows, _train_two, own, row, text, negatives, room)
