"""Hierarchical softmax (Morin and Bengio 2005; Mikolov et al. 2013): words are leaves of a Huffman tree, and an input
row is trained to turn the right way at every inner node between the root and a word.

A node has one output row n. For an input row x and a turn of sign +1 or -1 the loss is ``-log s(sign * x.n)`` with the
logistic function s; the sum along a word's path is ``-log p(word | x)``, and the p of all words sum to one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels import simd
from firth.kernels.cbow import add_to_rows, list_window, mean_row
from firth.kernels.jit import fast_kernel, kernel
from firth.kernels.negative import BYTES, CLIP, EIGHT, FOUR, TOGETHER, place_of, score_four
from firth.kernels.sampling import seeded, subsample
from firth.kernels.shared import prefetch_row
from firth.kernels.simd import fma, inlined, lanes_below, larger, load, meet, smaller, splat, store, totals, zeros
from firth.kernels.skipgram import add_row
from firth.kernels.walk import AHEAD, window_at

#: Nodes nearer to the root than this are in cache anyway and are not asked for early.
NEAR_ROOT = 6


# ------------------------------------------------------------------------------------------ the tree
@kernel
def build_tree(counts: NDArray[np.int64], parents: NDArray[np.int64], turns: NDArray[np.int8]) -> None:
    """Build the Huffman tree of words whose counts fall; nodes ``n_words`` and up are inner, the last is the root.

    ``parents`` and ``turns`` have ``2 * n_words - 1`` places. Of the two rarest nodes the rarer turns +1, the other -1.
    Equally rare: an inner node before a word, the earlier made inner node first, the last word first.
    """
    n = len(counts)
    weights = np.empty(2 * n - 1, np.int64)
    weights[:n] = counts
    leaf = n - 1
    inner = n
    for made in range(n, 2 * n - 1):
        for turn in (1, -1):
            if leaf >= 0 and (inner >= made or weights[leaf] < weights[inner]):
                node = leaf
                leaf -= 1
            else:
                node = inner
                inner += 1
            parents[node] = made
            turns[node] = turn
            weights[made] = (0 if turn == 1 else weights[made]) + weights[node]
    parents[2 * n - 2] = -1


@kernel
def path_lengths(parents: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
    """Write how many inner nodes stand above every node."""
    lengths[len(parents) - 1] = 0
    for node in range(len(parents) - 2, -1, -1):
        lengths[node] = lengths[parents[node]] + 1


@kernel
def fill_paths(
    parents: NDArray[np.int64],
    turns: NDArray[np.int8],
    offsets: NDArray[np.int64],
    nodes: NDArray[np.int32],
    signs: NDArray[np.float32],
) -> None:
    """Write every word's path from the root: the inner nodes' rows, and which way it turns at each."""
    n = len(offsets) - 1
    for word in range(n):
        node: Any = word
        for place in range(offsets[word + 1] - 1, offsets[word] - 1, -1):
            signs[place] = turns[node]
            node = parents[node]
            nodes[place] = node - n


# ------------------------------------------------------------------------------------------ one step
@inlined
def turn_pull(scores: Any, sign: Any, place: int, rate: Any) -> Any:
    """Store ``rate * sign * s(-sign * z)`` for 16 scores z; return factors whose logarithms sum to the loss.

    A sign of zero stands for nothing: its pull is 0 and its factor 1.
    """
    one = splat(1.0)
    z = splat(0.0) - sign * scores
    e = simd.exp(larger(smaller(z, splat(CLIP)), splat(-CLIP)))
    q = e + one
    store(place, rate * sign * e / q)
    return fma(sign * sign, e, one)


@inlined
def step_two(
    width: tuple[int, ...],
    blocks: int,
    a: int,
    b: int,
    rows: NDArray[np.int64],
    signs: NDArray[np.float32],
    n_rows: int,
    pulls: NDArray[np.float32],
    lr: float,
    gradient_a: int,
    gradient_b: int,
    loss: int,
) -> None:
    """Move the ``n_rows`` node rows of one path, and write the moves of two inputs to the gradients.

    ``rows`` goes on with valid addresses, ``signs`` (at :func:`place_of`, the second input's four places on) with
    zeros up to the next multiple of eight. All scores are taken before any row moves.
    """
    at = pulls.ctypes.data
    turns = signs.ctypes.data
    none = splat(0.0)
    rate = splat(lr)
    sums = load(loss, (0,))
    whole = (n_rows + FOUR - 1) // EIGHT * EIGHT
    for start in range(0, whole, TOGETHER * EIGHT):
        product = splat(1.0)
        for j in range(start, min(start + TOGETHER * EIGHT, whole), EIGHT):
            a0, a1, a2, a3, b0, b1, b2, b3 = score_four(width, blocks, a, b, rows, j)
            a4, a5, a6, a7, b4, b5, b6, b7 = score_four(width, blocks, a, b, rows, j + FOUR)
            z = totals((a0, a1, a2, a3, b0, b1, b2, b3, a4, a5, a6, a7, b4, b5, b6, b7))
            product *= turn_pull(z, load(turns + 8 * j, (0,)), at + 8 * j, rate)
        sums += simd.log(product)
    if whole < n_rows:
        sign = lanes_below(EIGHT, load(turns + 8 * whole, (0,)), none)
        z = totals(score_four(width, blocks, a, b, rows, whole))
        sums += simd.log(turn_pull(z, sign, at + 8 * whole, rate))
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
        store(gradient_a + here, g_a)
        store(gradient_b + here, g_b)


@inlined
def score_one(width: tuple[int, ...], blocks: int, a: int, rows: NDArray[np.int64], first: int) -> Any:
    """Return four vectors whose sums are the dot products of four rows with ``a``."""
    one = (0,)
    r0, r1, r2, r3 = rows[first], rows[first + 1], rows[first + 2], rows[first + 3]
    a0 = a1 = a2 = a3 = zeros(one)
    for block in range(blocks):
        for k in range(len(width)):
            at = (block * len(width) + k) * BYTES
            u = load(a + at, one)
            a0 = fma(u, load(r0 + at, one), a0)
            a1 = fma(u, load(r1 + at, one), a1)
            a2 = fma(u, load(r2 + at, one), a2)
            a3 = fma(u, load(r3 + at, one), a3)
    return a0, a1, a2, a3


@inlined
def step_one(
    width: tuple[int, ...],
    blocks: int,
    a: int,
    rows: NDArray[np.int64],
    signs: NDArray[np.float32],
    n_rows: int,
    pulls: NDArray[np.float32],
    lr: float,
    gradient: int,
    loss: int,
) -> None:
    """Move the node rows of one path, and write the move of one input; ``signs`` stand in the order of ``rows``."""
    none = splat(0.0)
    rate = splat(lr)
    sums = load(loss, (0,))
    for start in range(0, n_rows, TOGETHER * EIGHT):
        product = splat(1.0)
        for j in range(start, min(start + TOGETHER * EIGHT, n_rows), EIGHT):
            a0, a1, a2, a3 = score_one(width, blocks, a, rows, j)
            a4, a5, a6, a7 = score_one(width, blocks, a, rows, j + FOUR)
            sign = lanes_below(EIGHT, load(signs.ctypes.data + 4 * j, (0,)), none)
            z = totals((a0, a1, a2, a3, a4, a5, a6, a7))
            product *= turn_pull(z, sign, pulls.ctypes.data + 4 * j, rate)
        sums += simd.log(product)
    store(loss, sums)
    for block in range(blocks):
        here = block * BYTES * len(width)
        x = load(a + here, width)
        g = zeros(width)
        for j in range(n_rows):
            (g,) = meet(rows[j] + here, (splat(pulls[j]),), (x,), (g,))
        store(gradient + here, g)


# ------------------------------------------------------------------------------------------ a chunk of the corpus
@inlined
def ask_for(
    word: int, offsets: NDArray[np.int64], nodes: NDArray[np.int32], inputs: int, outputs: int, vectors: int
) -> None:
    """Ask for a word's own row and for the nodes of its path that may not be in cache."""
    prefetch_row(inputs + word * vectors * BYTES, vectors)
    for place in range(offsets[word] + NEAR_ROOT, offsets[word + 1]):
        prefetch_row(outputs + np.int64(nodes[place]) * vectors * BYTES, vectors)


@fast_kernel
def train_chunk(
    width: tuple[int, ...],
    blocks: int,
    is_cbow: bool,
    ids: NDArray[np.int32],
    keep: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    nodes: NDArray[np.int32],
    signs: NDArray[np.float32],
    inputs: int,
    outputs: int,
    least: int,
    window: int,
    lr_start: float,
    lr_stop: float,
    seed: int,
    epoch: int,
    chunk: int,
    kept: NDArray[np.int32],
    around: NDArray[np.int64],
    rows: NDArray[np.int64],
    turns: NDArray[np.float32],
    pulls: NDArray[np.float32],
    scratch: NDArray[np.float32],
    result: NDArray[np.float64],
) -> None:
    """Train the words ``ids`` once; add the loss, the number of predictions and of kept words to ``result``.

    Every kept word is predicted: by each word of its window (skip-gram, two at a time), or by the mean of the window
    (``is_cbow``). ``scratch`` holds the loss (one vector), two gradients, the mean and one row of zeros; ``around``
    is room for the addresses of a window, ``rows``, ``turns`` and ``pulls`` for a path.
    """
    vectors = blocks * len(width)
    row_bytes = vectors * BYTES
    loss = scratch.ctypes.data
    gradient_a = loss + BYTES
    gradient_b = gradient_a + row_bytes
    mean = gradient_b + row_bytes
    nobody = mean + row_bytes
    scratch[:] = 0.0
    state = seeded(seed, epoch, chunk)
    n, state = subsample(ids, keep, state, kept)
    n_predicted = 0
    n_kept = 0
    first, last = np.int64(0), np.int64(-1)  # of the sentence
    for i in range(n):
        later = np.int64(kept[min(i + AHEAD, n - 1)])
        if later >= 0:
            ask_for(later, offsets, nodes, inputs, outputs, vectors)
        first, last, start, stop, state = window_at(kept, i, first, last, state, least, window)
        if start == stop:
            continue
        word = np.int64(kept[i])
        n_around = list_window(kept, i, start, stop, inputs, row_bytes, around, 0)
        path = offsets[word]
        n_rows = offsets[word + 1] - path
        lr = np.float32(lr_start + (lr_stop - lr_start) * (i / n))
        n_kept += 1
        n_predicted += 1 if is_cbow else n_around
        for j in range((n_rows + EIGHT - 1) // EIGHT * EIGHT):
            is_node = j < n_rows
            rows[j] = outputs + np.int64(nodes[path + j] if is_node else 0) * row_bytes
            sign = signs[path + j] if is_node else np.float32(0.0)
            place = j if is_cbow else place_of(j)
            turns[place] = sign
            if not is_cbow:
                turns[place + FOUR] = sign
        if is_cbow:
            mean_row(width, blocks, around, 0, n_around, mean)
            step_one(width, blocks, mean, rows, turns, n_rows, pulls, lr, gradient_a, loss)
            add_to_rows(width, blocks, around, 0, n_around, gradient_a)
            continue
        for k in range(0, n_around, 2):
            a = around[k]
            b: Any = nobody
            if k + 1 < n_around:
                b = around[k + 1]
            else:  # nobody turns anywhere
                for j in range(n_rows):
                    turns[place_of(j) + FOUR] = 0.0
            step_two(width, blocks, a, b, rows, turns, n_rows, pulls, lr, gradient_a, gradient_b, loss)
            add_row(width, blocks, a, gradient_a)
            if b != nobody:
                add_row(width, blocks, b, gradient_b)
    for k in range(16):
        result[0] += np.float64(scratch[k])
    result[1] += n_predicted
    result[2] += n_kept
