"""CBOW with subwords over one chunk of a corpus: CBOW (Mikolov et al. 2013) with the rows of Bojanowski et al. 2017.

As firth.kernels.cbow, but what a window gives is the mean of all rows of all its words, n-grams included, each counted
as often as it stands there. The gradient of the mean goes in full to every one of them, as in fastText's code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.cbow import meet_rows
from firth.kernels.jit import fast_kernel
from firth.kernels.negative import BYTES
from firth.kernels.simd import fma, inlined, load, splat, store, zeros
from firth.kernels.subgram import ask_for_parts
from firth.kernels.walk import walk


@inlined
def gather_window(
    width: tuple[int, ...],
    blocks: int,
    inputs: int,
    own: tuple[Any, ...],
    kept: NDArray[np.int32],
    i: int,
    start: int,
    stop: int,
    mean: int,
) -> None:
    """Write the mean of the rows of the words ``kept[start:stop]`` without ``kept[i]`` to the address ``mean``."""
    starts, parts, weights, _ = own
    row_bytes = blocks * BYTES * len(width)
    total = np.float32(0.0)
    for j in range(start, stop):
        word = np.int64(kept[j])
        if j != i:
            for k in range(starts[word], starts[word + 1]):
                total += weights[k]
    share = splat(np.float32(1.0) / total)
    for block in range(blocks):
        here = inputs + block * BYTES * len(width)
        whole = zeros(width)
        for j in range(start, stop):
            word = np.int64(kept[j])
            if j != i:
                for k in range(starts[word], starts[word + 1]):
                    whole = fma(splat(weights[k]), load(here + np.int64(parts[k]) * row_bytes, width), whole)
        store(mean + block * BYTES * len(width), whole * share)


@inlined
def scatter_window(
    width: tuple[int, ...],
    blocks: int,
    inputs: int,
    own: tuple[Any, ...],
    kept: NDArray[np.int32],
    i: int,
    start: int,
    stop: int,
    gradient: int,
) -> None:
    """Add a gradient to the rows of the words ``kept[start:stop]`` without ``kept[i]``."""
    starts, parts, _, _ = own
    row_bytes = blocks * BYTES * len(width)
    for block in range(blocks):
        here = inputs + block * BYTES * len(width)
        move = load(gradient + block * BYTES * len(width), width)
        for j in range(start, stop):
            word = np.int64(kept[j])
            if j != i:
                for k in range(starts[word], starts[word + 1]):
                    row = here + np.int64(parts[k]) * row_bytes
                    store(row, load(row, width) + move)


@inlined
def _train_two(
    own: tuple[Any, ...],
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
    rows[0] = rows[1] = outputs + np.int64(kept[a]) * row_bytes
    for j in range(len(shared)):
        rows[2 + j] = shared[j]
    gather_window(width, blocks, inputs, own, kept, a, start_a, stop_a, mean)
    has_b = np.float32(start_b < stop_b)
    if has_b:
        rows[1] = outputs + np.int64(kept[b]) * row_bytes
        gather_window(width, blocks, inputs, own, kept, b, start_b, stop_b, mean + row_bytes)
    n = 2 + len(shared)
    meet_rows(width, blocks, mean, rows, n, own[3], has_b, np.float32(weight), lr, pulls, gradient, loss)
    scatter_window(width, blocks, inputs, own, kept, a, start_a, stop_a, gradient)
    if has_b:
        scatter_window(width, blocks, inputs, own, kept, b, start_b, stop_b, gradient + row_bytes)
        return 2
    return 1


@fast_kernel
def train_chunk(
    own: tuple[Any, ...], row: tuple[Any, ...], text: tuple[Any, ...], negatives: tuple[Any, ...], room: tuple[Any, ...]
) -> None:
    """Train a chunk once; see :func:`firth.kernels.walk.walk`.

    ``own`` is ``(starts, parts, weights, roles)``: word w stands for row ``parts[k]``, ``weights[k]`` times over, for
    ``starts[w] <= k < starts[w + 1]``; for ``roles`` see :func:`firth.kernels.cbow.meet_rows`.
    """
    walk(ask_for_parts, _train_two, own, row, text, negatives, room)
