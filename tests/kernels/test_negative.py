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
def run_step(width, blocks, a, b, rows, labels, n_rows, shared, pulls, lr, weight_a, weight_b, scratch):  # type: ignore[no-untyped-def]
    row_bytes = 64 * blocks * len(width)
    loss = scratch.ctypes.data
    a_gradient, b_gradient = loss + 64, loss + 64 + row_bytes
    step(width, blocks, a, b, rows, labels, n_rows, shared, pulls, lr, weight_a, weight_b, a_gradient, b_gradient, loss)


def plain_step(
    x: NDArray[Any],
    out: NDArray[Any],
    contexts: list[int],
    labels: NDArray[Any],
    negatives: list[int],
    lr: float,
    weights: list[float],
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return the gradients of the two inputs, the moved output rows and the loss, in float64."""

    def s(z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    pulls = []  # all scores are taken before any row moves
    loss = 0.0
    for k, j in enumerate(contexts):
        z = x @ out[j]
        pulls.append((j, labels[k] * lr * (1 - s(z))))
        loss += -labels[k] @ np.log(s(z))
    for j in negatives:
        z = x @ out[j]
        pulls.append((j, -lr * np.array(weights) * s(z)))
        loss += -np.array(weights) @ np.log(s(-z))
    moved = out.copy()
    gradients = np.zeros_like(x)
    for j, g in pulls:
        gradients += np.outer(g, moved[j])
        moved[j] += g @ x
    return gradients, moved, loss


@pytest.mark.parametrize("dim", [1, 16, 50, 100, 128, 300, 700])
@pytest.mark.parametrize(("n_rows", "n_shared"), [(7, 24), (1, 8), (3, 64), (23, 24), (0, 24), (40, 40)])
def test_step_equals_plain_numpy(dim: int, n_rows: int, n_shared: int) -> None:
    random = np.random.default_rng(dim + n_rows)
    width, blocks = row_layout(dim)
    columns = width * blocks * 16
    x = aligned_zeros(2, columns)
    out = aligned_zeros(100, columns)
    x[:, :dim] = random.normal(size=(2, dim)) * 2 / np.sqrt(dim)
    out[:, :dim] = random.normal(size=(100, dim)) * 2
    contexts = random.integers(0, 100, n_rows).tolist()  # words may come several times
    negatives = random.integers(0, 100, n_shared).tolist()
    label = random.integers(0, 2, (n_rows, 2)).astype(float)
    lr, weights = 0.05, [5 * n / n_shared for n in label.sum(0)]

    gradients, moved, loss = plain_step(x.astype(float), out.astype(float), contexts, label, negatives, lr, weights)

    a = x.ctypes.data
    b = a + 4 * columns
    place = out.ctypes.data + 4 * columns * np.array([*contexts, 0, 0, 0, *negatives], np.int64)
    rows, shared = place[: n_rows + 3].copy(), place[n_rows + 3 :].copy()
    labels = np.zeros(2 * n_rows + 32, np.float32)
    for k in range(n_rows):
        labels[8 * (k // 4) + k % 4], labels[8 * (k // 4) + k % 4 + 4] = label[k]
    pulls = np.zeros(2 * (n_rows + n_shared) + 96, np.float32)
    scratch = aligned_zeros(1, 16 + 2 * columns)[0]
    run_step((0,) * width, blocks, a, b, rows, labels, n_rows, shared, pulls, lr, *weights, scratch)

    np.testing.assert_allclose(scratch[16 : 16 + columns][:dim], gradients[0, :dim], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(scratch[16 + columns :][:dim], gradients[1, :dim], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(out, moved, rtol=2e-4, atol=2e-5)
    assert scratch[:16].sum() == pytest.approx(loss, rel=1e-4, abs=1e-4)
    assert not out[:, dim:].any(), "the padding stays zero"
