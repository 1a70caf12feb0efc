"""One step of negative sampling: two input rows meet the output rows of their contexts and a list of random ones.

For an input row x and an output row o with label 1 (seen together) or 0 (drawn at random) the loss is
``-log s(x.o)`` or ``-weight * log s(-x.o)`` with the logistic function s. The step takes all scores first, then moves
every row by ``lr`` times its gradient (Mikolov et al. 2013, "Distributed Representations of Words and Phrases", eq. 4;
negatives shared between neighbours as in Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed Memory").

Two inputs a step, because each output row is then loaded and stored once for both: neighbours share most of their
contexts and all of their negatives.
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
#: Contexts are scored four at a time, shared negatives eight at a time (their number is a multiple of eight).
FOUR, EIGHT = 4, 8
#: Scores are clipped to +-20, where the logistic function is 0 or 1 to float32.
CLIP = 20.0
#: So many factors ``1 + e**20`` are multiplied before a logarithm is taken: five would overflow.
TOGETHER = 4


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
def place_of(j: int) -> int:
    """Return where the number of row ``j`` and the first input stands: four of one input, four of the other, and so on.

    That of the second input stands four places on.
    """
    return EIGHT * (j >> 2) + (j & 3)


@inlined
def step(
    width: tuple[int, ...],
    blocks: int,
    a: int,
    b: int,
    rows: NDArray[np.int64],
    labels: NDArray[np.float32],
    n_rows: int,
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

    All rows are ``blocks * len(width)`` vectors long; everything named here is an address. ``rows`` are the ``n_rows``
    contexts of either input, and three more valid addresses; ``labels`` says by 1 or 0 (at :func:`place_of`) whose they
    are, with zeros up to the end of the last four. ``shared`` are the negatives of both. ``pulls`` is room for
    ``2 * (n_rows + len(shared)) + 64`` numbers, ``labels`` for ``2 * n_rows + 24``; ``loss`` points to 16 running sums.
    """
    n_shared = len(shared)
    at = pulls.ctypes.data
    one, none = splat(1.0), splat(0.0)
    sums = load(loss, (0,))
    # scores and pulls; the sign of positives is turned, so that a large z means a large pull
    rate = splat(lr)
    for start in range(0, n_rows, TOGETHER * FOUR):
        product = one
        for j in range(start, min(start + TOGETHER * FOUR, n_rows), FOUR):
            label = lanes_below(EIGHT, load(labels.ctypes.data + 8 * j, (0,)), none)
            z = none - totals(score_four(width, blocks, a, b, rows, j))
            q = pull(z, at + 8 * j, rate * label)
            product *= fma(label, q - one, one)
        sums += simd.log(product)
    negatives = place_of(n_rows + FOUR - 1) + LANES
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
        for j in range(n_rows):
            place = place_of(j)
            both = (splat(pulls[place]), splat(pulls[place + FOUR]))
            g_a, g_b = meet(rows[j] + here, both, (x_a, x_b), (g_a, g_b))
        for j in range(n_shared):
            place = negatives + place_of(j)
            both = (splat(pulls[place]), splat(pulls[place + FOUR]))
            g_a, g_b = meet(shared[j] + here, both, (x_a, x_b), (g_a, g_b))
        store(gradient_a + here, g_a)
        store(gradient_b + here, g_b)
