"""The numbers behind a score: correlations, their p-values, exact intervals and tests. numpy only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import ShapeError

_Z95 = 1.959963984540054

_F64 = NDArray[np.float64]


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class Correlation(NamedTuple):
    """A correlation and its two-sided p-value, in the order that scipy gives them."""

    statistic: float
    pvalue: float

    @property
    def correlation(self) -> float:
        """The statistic, by scipy's older name for it."""
        return self.statistic


def average_ranks(values: ArrayLike) -> _F64:
    """Return the ranks of the values, from 1; equal values share the mean of their ranks: float64 of shape ``(n,)``.

    >>> average_ranks([0.3, 0.1, 0.3, 0.2])
    array([3.5, 1. , 3.5, 2. ])
    """
    _, group, sizes = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: _F64 = (last - (sizes - 1) / 2)[group.reshape(-1)]
    return ranks


def pearson(x: ArrayLike, y: ArrayLike) -> float:
    """Return Pearson's correlation of two arrays of shape ``(n,)``; NaN where one of them is constant or ``n`` < 2.

    >>> round(pearson([1, 2, 3, 4], [1, 3, 2, 4]), 3)
    0.8
    """
    a, b = _pair(x, y)
    if len(a) < 2 or (a == a[0]).all() or (b == b[0]).all():
        return math.nan
    a, b = a - a.mean(), b - b.mean()
    # Scaled first, so that neither huge nor tiny numbers leave the range of a float when squared.
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    r = float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
    return max(-1.0, min(1.0, r))


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Return Spearman's rank correlation of two arrays of shape ``(n,)``, ties sharing their mean rank.

    >>> spearman([1, 2, 3, 4], [10, 20, 25, 1000])
    1.0
    """
    a, b = _pair(x, y)
    if np.isnan(a).any() or np.isnan(b).any():
        return math.nan
    return pearson(average_ranks(a), average_ranks(b))


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[_F64, _F64]:
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ShapeError(f"a correlation needs two arrays of one length, found shapes {a.shape} and {b.shape}")
    return a, b


def correlation_p(r: float, n: int) -> float:
    """Return the two-sided p-value of a correlation ``r`` over ``n`` items (Student's t with n - 2 degrees of freedom).

    >>> round(correlation_p(0.5, 20), 4)
    0.0248
    """
    if math.isnan(r) or n < 2:
        return math.nan
    if n == 2:
        return 1.0
    # P(|T| > t) with t² = r² (n-2) / (1-r²) is the regularised incomplete beta function at 1 - r².
    return _incomplete_beta((n - 2) / 2, 0.5, (1 - r) * (1 + r))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side only
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x) - math.log(a)
    fraction = 1.0
    for m in range(50 + 2 * int(math.sqrt(max(a, b))), -1, -1):  # it needs about sqrt(max(a, b)) terms
        fraction = 1 - (a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) / fraction
        if m:
            fraction = 1 + m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) / fraction
    return math.exp(front) / fraction


def wilson(correct: int, n: int) -> Interval:
    """Return Wilson's 95 % interval of a share (Wilson 1927): right at the edges too, where the usual one is not.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if n == 0:
        return Interval(math.nan, math.nan)
    p, z2 = correct / n, _Z95 * _Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    # At the edges it is exactly 0 or 1; the sum above misses that by a last bit.
    return Interval(max(0.0, middle - half) if correct else 0.0, min(1.0, middle + half) if correct < n else 1.0)


def mcnemar(only_a: int, only_b: int) -> float:
    """Return McNemar's exact two-sided p-value: how odd is it that, of the items on which two tables differ, so many
    go to one of them?

    Args:
        only_a: items that the first table alone has right.
        only_b: items that the second table alone has right.

    >>> mcnemar(9, 1)
    0.021484375
    """
    n, fewer = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    ways = term = 1
    for k in range(fewer):
        term = term * (n - k) // (k + 1)
        ways += term
    return min(1.0, 2 * ways / (1 << n))


def holm(pvalues: Sequence[float]) -> list[float]:
    """Return p-values that hold when all of them are looked at together (Holm 1979); NaNs stay and do not count.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    out = [math.nan] * len(pvalues)
    order = sorted((p, i) for i, p in enumerate(pvalues) if not math.isnan(p))
    largest = 0.0
    for rank, (p, i) in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p))
        out[i] = largest
    return out
