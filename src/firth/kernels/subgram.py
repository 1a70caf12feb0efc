"""Skip-gram with subwords over one chunk of a corpus (Bojanowski et al. 2017).

As firth.kernels.skipgram, but a centre's input is a weighted mean of several rows: its own and those of its n-grams.
The gradient of the mean goes in full to every one of them, as in fastText's code. The mean is taken once for all
contexts of a centre, and the rows are moved once: fastText does both for every single pair.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import fast_kernel, kernel
from firth.kernels.negative import BYTES
from firth.kernels.shared import prefetch_row
from firth.kernels.simd import fma, inlined, load, splat, store, zeros
from firth.kernels.skipgram import meet_contexts
from firth.kernels.walk import AHEAD, walk

#: The rows of a centre are asked for from memory this many words ahead.
PARTS_AHEAD = 4


@inlined
def gather(
    width: tuple[int, ...],
    blocks: int,
    inputs: int,
    parts: NDArray[np.int32],
    shares: NDArray[np.float32],
    start: int,
    stop: int,
    mean: int,
) -> None:
    """Write the sum of ``shares[k]`` times row ``parts[k]`` for ``start <= k < stop`` to the address ``mean``."""
    row_bytes = blocks * BYTES * len(width)
    for block in range(blocks):
        here = inputs + block * BYTES * len(width)
        whole = zeros(width)
        for k in range(start, stop):
            whole = fma(splat(shares[k]), load(here + np.int64(parts[k]) * row_bytes, width), whole)
        store(mean + block * BYTES * len(width), whole)


@inlined
def scatter(
    width: tuple[int, ...], blocks: int, inputs: int, parts: NDArray[np.int32], start: int, stop: int, gradient: int
) -> None:
    """Add a gradient to the rows ``parts[start:stop]``."""
    row_bytes = blocks * BYTES * len(width)
    for block in range(blocks):
        here = inputs + block * BYTES * len(width)
        move = load(gradient + block * BYTES * len(width), width)
        for k in range(start, stop):
            row = here + np.int64(parts[k]) * row_bytes
            store(row, load(row, width) + move)


@inlined
def ask_for_parts(own: tuple[Any, ...], row: tuple[Any, ...], kept: NDArray[np.int32], i: int, n: int) -> None:
    """Ask for the rows of the words ahead of ``i``, which ``own`` begins with: ``starts`` and ``parts``."""
    starts, parts = own[0], own[1]
    width, blocks, inputs, outputs = row
    vectors = blocks * len(width)
    later = np.int64(kept[min(i + AHEAD, n - 1)])
    if later >= 0:
        prefetch_row(outputs + later * vectors * BYTES, vectors)
    later = np.int64(kept[min(i + PARTS_AHEAD, n - 1)])
    if later >= 0:
        for k in range(starts[later], starts[later + 1]):
            prefetch_row(inputs + np.int64(parts[k]) * vectors * BYTES, vectors)


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
    starts, parts, shares = own
    width, blocks, inputs, _ = row
    row_bytes = blocks * len(width) * BYTES
    gradient = loss + BYTES
    mean = gradient + 2 * row_bytes
    word_a, word_b = np.int64(kept[two[0]]), np.int64(kept[two[3]])
    from_a, to_a = starts[word_a], starts[word_a + 1]
    from_b, to_b = (starts[word_b], starts[word_b + 1]) if word_b >= 0 else (from_a, from_a)
    gather(width, blocks, inputs, parts, shares, from_a, to_a, mean)
    gather(width, blocks, inputs, parts, shares, from_b, to_b, mean + row_bytes)
    n_pairs: int = meet_contexts(
        mean, mean + row_bytes, row, two, kept, rows, labels, shared, pulls, loss, lr, weight
    )  # fmt: skip
    scatter(width, blocks, inputs, parts, from_a, to_a, gradient)
    scatter(width, blocks, inputs, parts, from_b, to_b, gradient + row_bytes)
    return n_pairs


@fast_kernel
def train_chunk(
    own: tuple[Any, ...], row: tuple[Any, ...], text: tuple[Any, ...], negatives: tuple[Any, ...], room: tuple[Any, ...]
) -> None:
    """Train a chunk once; see :func:`firth.kernels.walk.walk`.

    ``own`` is ``(starts, parts, shares)``: the input of word w is the sum of ``shares[k]`` times row ``parts[k]`` for
    ``starts[w] <= k < starts[w + 1]``.
    """
    walk(ask_for_parts, _train_two, own, row, text, negatives, room)


@kernel
def means(
    inputs: NDArray[np.float32],
    starts: NDArray[np.int64],
    parts: NDArray[np.int32],
    shares: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write the vector of every word to ``out``, of shape ``(n_words, dim)``."""
    total = np.empty(out.shape[1], np.float64)
    for word in range(len(out)):
        total[:] = 0.0
        for k in range(starts[word], starts[word + 1]):
            for column in range(out.shape[1]):
                total[column] += np.float64(shares[k]) * inputs[parts[k], column]
        for column in range(out.shape[1]):
            out[word, column] = total[column]
