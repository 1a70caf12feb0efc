"""One step of negative sampling against the same step in plain numpy."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from firth.kernels.negative import step
from firth.training.model import aligned_zeros, row_layout


@numba.njit
def run_step(width, blocks, a, b, xs, rows, n_a, n_b, shared, pulls, lr, weight_a, weight_b, scratch):  # type: ignore[no-untyped-def]
    row_bytes = 64 * blocks * len(width)
    loss = scratch.ctypes.data
    a_gradient, b_gradient = loss + 64, loss + 64 + row_bytes
    step(width, blocks, a, b, xs, rows, n_a, n_b, shared, pulls, lr, weight_a, weight_b, a_gradient, b_gradient, loss)


def plain_step(
    x: NDArray[Any],
    out: NDArray[Any],
    positives: list[list[int]],
    negatives: list[int],
    lr: float,
    weights: list[float],
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return the gradients of the two inputs, the moved output rows and the loss, in float64."""

    def s(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    pulls = []  # (input, row, pull), all scores taken before any row moves
    loss = 0.0
    for i in (0, 1):
        for j in positives[i]:
            z = x[i] @ out[j]
            pulls.append((i, j, lr * (1 - s(z))))
            loss += -np.log(s(z))
    for j in negatives:
        for i in (0, 1):
            z = x[i] @ out[j]
            pulls.append((i, j, -lr * weights[i] * s(z)))
            loss += -weights[i] * np.log(s(-z))
    moved = out.copy()
    gradients = np.zeros_like(x)
    at = 0
    while at < len(pulls):
        j = pulls[at][1]
        group = [pulls[at]]
        if at >= sum(map(len, positives)):  # a negative row meets both inputs at once
            group = pulls[at : at + 2]
        row = moved[j].copy()
        for i, _, g in group:
            gradients[i] += g * row
            moved[j] += g * x[i]
        at += len(group)
    return gradients, moved, loss


@pytest.mark.parametrize("dim", [1, 16, 50, 100, 128, 300, 700])
@pytest.mark.parametrize(("n_a", "n_b", "n_shared"), [(5, 5, 24), (1, 10, 8), (0, 3, 64), (23, 2, 24), (4, 0, 24)])
def test_step_equals_plain_numpy(dim: int, n_a: int, n_b: int, n_shared: int) -> None:
    random = np.random.default_rng(dim + n_a)
    width, blocks = row_layout(dim)
    columns = width * blocks * 16
    x = aligned_zeros(2, columns)
    out = aligned_zeros(100, columns)
    x[:, :dim] = random.normal(size=(2, dim)) * 2 / np.sqrt(dim)
    out[:, :dim] = random.normal(size=(100, dim)) * 2
    positives = [random.integers(0, 100, n_a).tolist(), random.integers(0, 100, n_b).tolist()]
    negatives = random.integers(0, 100, n_shared).tolist()  # words may come several times
    lr, weights = 0.05, [5 * n_a / n_shared, 5 * n_b / n_shared]

    gradients, moved, loss = plain_step(x.astype(float), out.astype(float), positives, negatives, lr, weights)

    a = x.ctypes.data
    b = a + 4 * columns
    xs = np.array([a] * n_a + [b] * n_b + [a] * 3, np.int64)
    place = out.ctypes.data + 4 * columns * np.array(positives[0] + positives[1] + [0] * 3 + negatives, np.int64)
    rows, shared = place[: n_a + n_b + 3].copy(), place[n_a + n_b + 3 :].copy()
    pulls = np.zeros(n_a + n_b + 2 * n_shared + 64, np.float32)
    scratch = aligned_zeros(1, 16 + 2 * columns)[0]
    run_step((0,) * width, blocks, a, b, xs, rows, n_a, n_b, shared, pulls, lr, *weights, scratch)

    np.testing.assert_allclose(scratch[16 : 16 + columns][:dim], gradients[0, :dim], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(scratch[16 + columns :][:dim], gradients[1, :dim], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(out, moved, rtol=2e-4, atol=2e-5)
    assert scratch[:16].sum() == pytest.approx(loss, rel=1e-4)
    assert not out[:, dim:].any(), "the padding stays zero"
