"""One step of negative sampling: two input rows meet their own output rows and a list of shared negative ones.

For an input row x and an output row o with label 1 (seen together) or 0 (drawn at random) the loss is
``-log s(x.o)`` or ``-weight * log s(-x.o)`` with the logistic function s. The step takes all scores first, then moves
every row once by ``lr`` times its gradient (Mikolov et al. 2013, "Distributed Representations of Words and Phrases",
eq. 4; negatives shared between neighbours as in Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed
Memory").

Two inputs a step, because each negative row is then loaded and stored once for both, and because the long chains
score -> sigmoid -> update of the two overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels import simd
from firth.kernels.simd import (
    LANES,
    fma,
    inlined,
    lanes_below,
    larger,
    load,
    meet,
    smaller,
    splat,
    store,
    totals,
    zeros,
)

#: Bytes of one vector.
BYTES = 4 * LANES
#: Positive pairs are scored four at a time, shared negatives eight at a time (their number is a multiple of eight).
FOUR, EIGHT = 4, 8
#: Scores are clipped to +-20, where the logistic function is 0 or 1 to float32.
CLIP = 20.0
#: So many factors ``1 + e**20`` are multiplied before a logarithm is taken: five would overflow.
TOGETHER = 4
#: The score of a place that stands for nothing: no pull, no loss.
NOTHING = -1e9


@inlined
def score_pairs(width: tuple[int, ...], blocks: int, xs: NDArray[np.int64], rows: NDArray[np.int64], first: int) -> Any:
    """Return the dot products of four pairs (input, output row) in lanes 0 to 3."""
    one = (0,)
    x0, x1, x2, x3 = xs[first], xs[first + 1], xs[first + 2], xs[first + 3]
    r0, r1, r2, r3 = rows[first], rows[first + 1], rows[first + 2], rows[first + 3]
    s0 = s1 = s2 = s3 = zeros(one)
    for block in range(blocks):
        for k in range(len(width)):  # a constant number of times: the compiler unrolls it
            at = (block * len(width) + k) * BYTES
            s0 = fma(load(x0 + at, one), load(r0 + at, one), s0)
            s1 = fma(load(x1 + at, one), load(r1 + at, one), s1)
            s2 = fma(load(x2 + at, one), load(r2 + at, one), s2)
            s3 = fma(load(x3 + at, one), load(r3 + at, one), s3)
    return totals((s0, s1, s2, s3))


@inlined
def score_four(width: tuple[int, ...], blocks: int, a: int, b: int, rows: NDArray[np.int64], first: int) -> Any:
    """Return eight vectors whose sums are the dot products of four rows with ``a``, then of the four with ``b``."""
    one = (0,)
    r0, r1, r2, r3 = rows[first], rows[first + 1], rows[first + 2], rows[first + 3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = zeros(one)
    for block in range(blocks):
        for k in range(len(width)):
            at = (block * len(width) + k) * BYTES
            u = load(a + at, one)
            v = load(b + at, one)
            o = load(r0 + at, one)
            a0 = fma(u, o, a0)
            b0 = fma(v, o, b0)
            o = load(r1 + at, one)
            a1 = fma(u, o, a1)
            b1 = fma(v, o, b1)
            o = load(r2 + at, one)
            a2 = fma(u, o, a2)
            b2 = fma(v, o, b2)
            o = load(r3 + at, one)
            a3 = fma(u, o, a3)
            b3 = fma(v, o, b3)
    return a0, a1, a2, a3, b0, b1, b2, b3


@inlined
def pull(scores: Any, place: int, rates: Any) -> Any:
    """Store ``rates * s(z)`` for 16 scores z, and return ``1 + e**z``, whose logarithm is the loss."""
    e = simd.exp(larger(smaller(scores, splat(CLIP)), splat(-CLIP)))
    q = e + splat(1.0)
    store(place, rates * e / q)
    return q


@inlined
def step(
    width: tuple[int, ...],
    blocks: int,
    a: int,
    b: int,
    xs: NDArray[np.int64],
    rows: NDArray[np.int64],
    n_a: int,
    n_b: int,
    shared: NDArray[np.int64],
    pulls: NDArray[np.float32],
    lr: float,
    weight_a: float,
    weight_b: float,
    gradient_a: int,
    gradient_b: int,
    loss: int,
) -> None:
    """Move all output rows, and write the moves of the two inputs to ``gradient_a`` and ``gradient_b``.

    All rows are ``blocks * len(width)`` vectors long; everything named here is an address. Positive pair j is the
    input ``xs[j]`` (``a`` for the first ``n_a``, ``b`` for the next ``n_b``) and the output row ``rows[j]``; three
    more valid places must follow the last pair. ``shared`` holds the negative rows. ``pulls`` is room for
    ``n_a + n_b + 2 * len(shared) + 32`` numbers; ``loss`` points to 16 running sums.
    """
    n_pairs = n_a + n_b
    n_shared = len(shared)
    at = pulls.ctypes.data
    one = splat(1.0)
    nothing = splat(NOTHING)
    sums = load(loss, (0,))
    # scores and pulls; the sign of positives is turned, so that a large z means a large pull
    rates = splat(lr)
    for start in range(0, n_pairs, TOGETHER * FOUR):
        product = one
        for j in range(start, min(start + TOGETHER * FOUR, n_pairs), FOUR):
            z = splat(0.0) - score_pairs(width, blocks, xs, rows, j)
            product *= pull(lanes_below(min(FOUR, n_pairs - j), z, nothing), at + 4 * j, rates)
        sums += simd.log(product)
    negatives = ((n_pairs + FOUR - 1) & ~(FOUR - 1)) + LANES
    weights = simd.by_fours(splat(weight_a), splat(weight_b))
    rates = weights * splat(-lr)
    for start in range(0, n_shared, TOGETHER * EIGHT):
        product = one
        for j in range(start, min(start + TOGETHER * EIGHT, n_shared), EIGHT):
            a0, a1, a2, a3, b0, b1, b2, b3 = score_four(width, blocks, a, b, shared, j)
            a4, a5, a6, a7, b4, b5, b6, b7 = score_four(width, blocks, a, b, shared, j + FOUR)
            z = totals((a0, a1, a2, a3, b0, b1, b2, b3, a4, a5, a6, a7, b4, b5, b6, b7))
            product *= pull(z, at + 4 * (negatives + 2 * j), rates)
        sums = fma(weights, simd.log(product), sums)
    store(loss, sums)
    # moves, a column block of every row at a time
    for block in range(blocks):
        here = block * BYTES * len(width)
        x_a = load(a + here, width)
        x_b = load(b + here, width)
        g_a = zeros(width)
        g_b = zeros(width)
        for j in range(n_a):
            (g_a,) = meet(rows[j] + here, (splat(pulls[j]),), (x_a,), (g_a,))
        for j in range(n_a, n_pairs):
            (g_b,) = meet(rows[j] + here, (splat(pulls[j]),), (x_b,), (g_b,))
        for j in range(n_shared):
            place = negatives + EIGHT * (j >> 2) + (j & 3)
            both = (splat(pulls[place]), splat(pulls[place + FOUR]))
            g_a, g_b = meet(shared[j] + here, both, (x_a, x_b), (g_a, g_b))
        store(gradient_a + here, g_a)
        store(gradient_b + here, g_b)
