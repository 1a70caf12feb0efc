"""Principal components: against the singular value decomposition, against scikit-learn's rule, on odd input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firth.errors import OptionError, ShapeError, ZeroVectorError
from firth.projection import pca


def by_svd(rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points, components and explained shares by another road: the SVD of the centred rows."""
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    right *= np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])[:, None]
    return (centred @ right[:k].T), right[:k], (singular**2 / (singular**2).sum())[:k]


def spread_rows(n: int, dim: int, seed: int = 1) -> np.ndarray:
    """Return rows whose directions have clearly different variances."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (rng.standard_normal((n, dim)) * 0.7 ** np.arange(dim)) @ turn


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("n", [3, 40, 8_192, 20_001])
def test_equals_the_svd(n: int, dtype: type) -> None:
    rows = spread_rows(n, 12).astype(dtype)
    result = pca(rows, k=2)
    points, components, explained = by_svd(rows, 2)
    np.testing.assert_allclose(result.points, points, atol=2e-4)
    np.testing.assert_allclose(result.components, components, atol=2e-4)
    np.testing.assert_allclose(result.explained, explained, atol=1e-5)
    np.testing.assert_allclose(result.transform(rows), result.points, atol=1e-3)


@pytest.mark.parametrize("shift", [0.0, 3.0, 1e3])
def test_a_mean_far_from_zero_costs_no_digits(shift: float) -> None:
    rows = (spread_rows(20_000, 8) * 0.1 + shift).astype(np.float32)
    np.testing.assert_allclose(pca(rows).points, by_svd(rows, 2)[0], atol=3e-4 if shift < 100 else 3e-3)


def test_same_sign_whatever_the_order_of_rows() -> None:
    rows = spread_rows(500, 6)
    order = np.random.default_rng(2).permutation(500)
    np.testing.assert_allclose(pca(rows).points[order], pca(rows[order]).points, atol=1e-6)


def test_no_copy_of_the_matrix() -> None:
    import tracemalloc

    rows = np.ones((200_000, 50), np.float32)
    rows[::2] = 2
    pca(rows[:10])
    tracemalloc.start()
    pca(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows.nbytes / 4


def test_reads_a_mapped_file(tmp_path) -> None:
    rows = spread_rows(20_000, 7).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    np.testing.assert_array_equal(pca(mapped).points, pca(rows).points)


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
        elements=st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3)),
    )
)
def test_properties_hold_for_any_rows(rows: np.ndarray) -> None:
    k = min(2, rows.shape[1])
    result = pca(rows, k)
    assert np.isfinite(result.points).all()
    assert (result.explained >= 0).all() and result.explained.sum() <= 1 + 1e-9
    np.testing.assert_allclose(result.components @ result.components.T, np.eye(k), atol=1e-9)
    assert (np.diff(result.explained) <= 1e-12).all()


def test_equal_rows_have_no_variance() -> None:
    result = pca([[1, 2, 3]] * 4)
    assert result.explained.tolist() == [0.0, 0.0]
    assert (result.points == 0).all()


def test_two_rows_span_a_line() -> None:
    result = pca([[0.0, 0, 0], [3, 4, 0]])
    assert result.explained.round(6).tolist() == [1.0, 0.0]
    assert np.abs(result.points[:, 0]).round(5).tolist() == [2.5, 2.5]
    assert (result.points[:, 1] == 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 9_999])
def test_names_the_row_that_is_not_finite(bad: float, row: int) -> None:
    rows = np.random.default_rng(0).standard_normal((10_000, 3)).astype(np.float32)
    rows[row, 1] = bad
    with pytest.raises(ZeroVectorError, match=f"row {row} "):
        pca(rows)


def test_refuses_what_is_no_matrix() -> None:
    with pytest.raises(ShapeError, match="at least two rows"):
        pca([1.0, 2.0])
    with pytest.raises(ShapeError, match=r"\(1, 3\)"):
        pca([[1.0, 2.0, 3.0]])
    with pytest.raises(OptionError, match="expected 1 to 3"):
        pca([[1.0, 2.0, 3.0]] * 2, k=4)
