"""Skip-gram with negative sampling over one chunk of a corpus (Mikolov et al. 2013).

Every kept word is a centre; its window reaches 1 to ``window`` kept words to both sides, chosen at random, within its
sentence. The centre's input row is trained to score high with the output rows of the words in the window, and low with
negative words, which a run of centres shares.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import fast_kernel
from firth.kernels.negative import BYTES, step
from firth.kernels.sampling import SENTENCE_END, advance, seeded, subsample, upper_bits
from firth.kernels.simd import inlined, load, prefetch, store

#: Negative words are asked for from memory this many draws before they are used.
LEAD = 8
#: A word's rows are asked for from memory this many centres ahead.
AHEAD = 12


@inlined
def prefetch_row(row: int, vectors: int) -> None:
    """Ask for all cache lines of a row."""
    for k in range(vectors):
        prefetch(row + k * BYTES)


@inlined
def add_row(width: tuple[int, ...], blocks: int, row: int, gradient: int) -> None:
    """Add a gradient to a row of a matrix."""
    for block in range(blocks):
        at = block * BYTES * len(width)
        store(row + at, load(row + at, width) + load(gradient + at, width))


@inlined
def draw_negative(table: NDArray[np.int32], state: np.uint64, outputs: int, row_bytes: int) -> Any:
    """Return the address of the output row of a random word, and ask for the row."""
    word = table[np.int64(upper_bits(state) & np.uint64(len(table) - 1))]
    row = outputs + np.int64(word) * row_bytes
    prefetch_row(row, row_bytes // BYTES)
    return row


@fast_kernel
def train_chunk(
    width: tuple[int, ...],
    blocks: int,
    ids: NDArray[np.int32],
    keep: NDArray[np.uint32],
    table: NDArray[np.int32],
    inputs: int,
    outputs: int,
    window: int,
    negative: float,
    renew: int,
    lr_start: float,
    lr_stop: float,
    seed: int,
    epoch: int,
    chunk: int,
    kept: NDArray[np.int32],
    xs: NDArray[np.int64],
    rows: NDArray[np.int64],
    shared: NDArray[np.int64],
    coming: NDArray[np.int64],
    pulls: NDArray[np.float32],
    scratch: NDArray[np.float32],
    result: NDArray[np.float64],
) -> None:
    """Train the words ``ids`` once; add the loss, the number of positive pairs and of kept words to ``result``.

    ``inputs`` and ``outputs`` are the addresses of the two matrices. ``shared`` has shape ``(2, n_shared)``;
    ``scratch`` holds the loss (one vector), two gradients and one row of zeros. A list of negatives serves ``every``
    centres.
    """
    vectors = blocks * len(width)
    row_bytes = vectors * BYTES
    loss = scratch.ctypes.data
    gradient_a = loss + BYTES
    gradient_b = gradient_a + row_bytes
    nobody = gradient_b + row_bytes
    scratch[:] = 0.0
    n_shared = len(shared)
    state = seeded(seed, epoch, chunk)
    n, state = subsample(ids, keep, state, kept)
    for j in range(n_shared):
        state = advance(state)
        shared[j] = draw_negative(table, state, outputs, row_bytes)
    for j in range(LEAD):
        state = advance(state)
        coming[j] = draw_negative(table, state, outputs, row_bytes)
    oldest = 0
    soonest = 0
    n_pairs = 0
    n_kept = 0
    held = 0  # centres that wait for the step: 0 or 1
    a: Any = nobody
    n_a = 0
    first = 0  # of the sentence
    last = -1  # its SENTENCE_END
    for i in range(n):
        later = np.int64(kept[min(i + AHEAD, n - 1)])
        if later >= 0:
            prefetch_row(inputs + later * row_bytes, vectors)
            prefetch_row(outputs + later * row_bytes, vectors)
        word = kept[i]
        if i > last:
            first = i
            last = i
            while kept[last] != SENTENCE_END:
                last += 1
        if last - first < 2 and not (i == n - 1 and held == 1):
            continue
        x: Any = nobody
        count = 0
        held_pairs = n_a if held == 1 else 0
        if word != SENTENCE_END:
            x = inputs + np.int64(word) * row_bytes
            state = advance(state)
            reach: Any = 1 + np.int64(upper_bits(state) % np.uint64(window))
            for k in range(max(first, i - reach), min(last, i + reach + 1)):
                if k != i:
                    xs[held_pairs + count] = x
                    rows[held_pairs + count] = outputs + np.int64(kept[k]) * row_bytes
                    count += 1
            n_kept += 1
            n_pairs += count
            if held == 0:
                held = 1
                a = x
                n_a = count
                continue
        elif held == 0 or i < n - 1:
            continue
        for k in range(3):  # valid places after the last pair
            xs[n_a + count + k] = a
            rows[n_a + count + k] = rows[0]
        lr = lr_start + (lr_stop - lr_start) * (i / n)
        weight = negative / n_shared
        step(
            width,
            blocks,
            a,
            x,
            xs,
            rows,
            n_a,
            count,
            shared,
            pulls,
            np.float32(lr),
            np.float32(weight * n_a),
            np.float32(weight * count),
            gradient_a,
            gradient_b,
            loss,
        )
        add_row(width, blocks, a, gradient_a)
        if x != nobody:
            add_row(width, blocks, x, gradient_b)
        held = 0
        for _ in range(renew):
            shared[oldest] = coming[soonest]
            state = advance(state)
            coming[soonest] = draw_negative(table, state, outputs, row_bytes)
            oldest = oldest + 1 if oldest + 1 < n_shared else 0
            soonest = soonest + 1 if soonest + 1 < LEAD else 0
    for k in range(16):
        result[0] += np.float64(scratch[k])
    result[1] += n_pairs
    result[2] += n_kept
