"""The SIMD vocabulary against numpy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from firth.kernels import simd
from firth.kernels.simd import by_fours, fma, lanes_below, larger, load, meet, prefetch, smaller, splat, store, total
from firth.kernels.simd import totals as sums_of
from firth.training.model import aligned_zeros

ONE, THREE = (0,), (0, 0, 0)


def block(*values: float, size: int = 16) -> np.ndarray:
    array = aligned_zeros(1, size)[0]
    array[:] = values if len(values) > 1 else np.random.default_rng(3).normal(size=size)
    return array


@numba.njit
def arithmetic(x, y, out):  # type: ignore[no-untyped-def]
    a, b = load(x, THREE), load(y, THREE)
    store(out, fma(splat(2.0), a, b))
    store(out + 192, (a + b) * (a - b) / splat(4.0))
    store(out + 384, larger(smaller(a, splat(0.5)), splat(-0.5)))
    prefetch(out + (1 << 40))  # asking for memory that is not there is harmless
    return total(a)


def test_arithmetic_on_blocks_and_single_vectors() -> None:
    x, y, out = block(size=48), block(size=48)[::-1].copy(), aligned_zeros(1, 144)[0]
    whole = arithmetic(x.ctypes.data, y.ctypes.data, out.ctypes.data)
    np.testing.assert_allclose(out[:48], 2 * x + y, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(out[48:96], (x + y) * (x - y) / 4, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(out[96:], np.clip(x, -0.5, 0.5))
    assert whole == pytest.approx(x.sum(), rel=1e-5)


@numba.njit
def across(rows, out):  # type: ignore[no-untyped-def]
    a, b, c, d = load(rows, ONE), load(rows + 64, ONE), load(rows + 128, ONE), load(rows + 192, ONE)
    store(out, sums_of((a, b, c, d)))
    store(out + 64, sums_of((a, b, c, d, d, c, b, a)))
    store(out + 128, sums_of((a, b, c, d, d, c, b, a, b, b, c, c, a, a, d, d)))
    store(out + 192, by_fours(a, b))
    store(out + 256, lanes_below(5, a, b))


def test_sums_across_lanes_stand_in_order() -> None:
    rows, out = block(size=64), aligned_zeros(5, 16)
    across(rows.ctypes.data, out.ctypes.data)
    a, b, c, d = sums = rows.reshape(4, 16).sum(1)
    np.testing.assert_allclose(out[0], np.tile(sums, 4), rtol=1e-5)
    np.testing.assert_allclose(out[1], np.tile([a, b, c, d, d, c, b, a], 2), rtol=1e-5)
    np.testing.assert_allclose(out[2], [a, b, c, d, d, c, b, a, b, b, c, c, a, a, d, d], rtol=1e-5)
    first, second = rows[:16], rows[16:32]
    np.testing.assert_array_equal(out[3], np.where(np.arange(16) // 4 % 2, second, first))
    np.testing.assert_array_equal(out[4], np.where(np.arange(16) < 5, first, second))


@numba.njit
def functions(x, out):  # type: ignore[no-untyped-def]
    v = load(x, ONE)
    store(out, simd.exp(v))
    store(out + 64, simd.log(simd.exp(v) + splat(1.0)))


def test_exp_and_log_keep_their_errors() -> None:
    out = aligned_zeros(2, 16)
    for start in np.linspace(-20, 19, 50):
        x = block(*np.linspace(start, start + 1, 16))
        functions(x.ctypes.data, out.ctypes.data)
        np.testing.assert_allclose(out[0], np.exp(x.astype(float)), rtol=2e-6)
        np.testing.assert_allclose(out[1], np.log1p(np.exp(x.astype(float))), atol=2e-5)


@numba.njit
def meeting(row, a, b, out, g, h):  # type: ignore[no-untyped-def]
    zero = load(out, THREE)
    u, v = meet(row, (splat(g), splat(h)), (load(a, THREE), load(b, THREE)), (zero, zero))
    store(out, u)
    store(out + 192, v)


def test_meet_moves_the_row_and_gathers_both_gradients() -> None:
    row, a, b = (block(size=48) * k for k in (1, 2, 3))
    row, a, b = row.astype(np.float32), a.astype(np.float32), b.astype(np.float32)
    before, out = row.copy(), aligned_zeros(2, 48)
    meeting(row.ctypes.data, a.ctypes.data, b.ctypes.data, out.ctypes.data, np.float32(0.5), np.float32(-0.25))
    np.testing.assert_allclose(out, [0.5 * before, -0.25 * before], rtol=1e-6)
    np.testing.assert_allclose(row, before + 0.5 * a - 0.25 * b, rtol=1e-5, atol=1e-6)
