"""The numbers behind a score: rank correlation, intervals, paired tests. numpy only."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import ShapeError

#: Every resampling starts here, so that the same table and benchmark always give the same interval.
SEED = 1
RESAMPLES = 1_000

#: With fewer items than this a bootstrap says nothing: of three pairs, most resamples agree perfectly.
FEWEST = 10

_Z95 = 1.959963984540054
_BLOCK = 1 << 17  # numbers a block of resamples holds: it stays in the cache

_F64 = NDArray[np.float64]
_I64 = NDArray[np.int64]


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class Correlation(NamedTuple):
    """A correlation and its two-sided p-value, in the order that scipy gives them."""

    statistic: float
    pvalue: float


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


def _groups(values: _F64) -> tuple[_I64, _I64, _I64]:
    """Return the order that sorts the values, where each run of equal ones starts in it, and the run of every item."""
    _, group = np.unique(values, return_inverse=True)
    group = group.reshape(-1).astype(np.int64)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate(([0], np.flatnonzero(np.diff(group[order])) + 1))
    return order, starts, group


def _resampled_spearman(draws: _F64, x: tuple[_I64, _I64, _I64], y: tuple[_I64, _I64, _I64]) -> _F64:
    """Return Spearman's correlation of every resample: ``draws`` of shape (b, n) says how often it took each item."""
    half = draws[0].sum() / 2

    def centred(order: _I64, starts: _I64, group: _I64) -> tuple[_F64, _F64]:
        # All copies of a value share a rank: the copies below it plus half of its own. Minus n/2, the mean is 0.
        copies = np.add.reduceat(draws[:, order], starts, axis=1)
        ranks = np.cumsum(copies, axis=1) - copies / 2 - half
        return ranks[:, group], np.einsum("ij,ij,ij->i", copies, ranks, ranks)

    ranks_x, var_x = centred(*x)
    ranks_y, var_y = centred(*y)
    both = np.einsum("ij,ij,ij->i", draws, ranks_x, ranks_y)
    with np.errstate(invalid="ignore", divide="ignore"):
        r: _F64 = both / np.sqrt(var_x * var_y)
    return r


def bootstrap_spearman(gold: ArrayLike, *scores: ArrayLike, resamples: int = RESAMPLES, seed: int = SEED) -> _F64:
    """Return Spearman's correlation of ``gold`` with each of ``scores`` in resamples of the items, the same for all.

    Items are drawn with replacement (Efron 1979). Ranks are counted anew in every resample, ties included.

    Returns:
        float64 of shape ``(len(scores), resamples)``; NaN where a resample has one value only.

    >>> bootstrap_spearman([1, 2, 3, 4, 5], [1, 2, 3, 5, 4], resamples=200).shape
    (1, 200)
    """
    n = len(np.asarray(gold))
    gold_groups = _groups(np.asarray(gold, np.float64))
    score_groups = [_groups(np.asarray(s, np.float64)) for s in scores]
    rng = np.random.default_rng(seed)
    out = np.empty((len(scores), resamples))
    block = max(1, _BLOCK // max(n, 1))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        cells = rng.integers(0, n, (size, n)) + np.arange(size)[:, None] * n
        draws = np.bincount(cells.reshape(-1), minlength=size * n).reshape(size, n).astype(np.float64)
        for row, groups in enumerate(score_groups):
            out[row, start : start + size] = _resampled_spearman(draws, gold_groups, groups)
    return out


def percentile_interval(values: _F64) -> Interval:
    """Return the middle 95 % of resampled values, NaNs left out; NaN where fewer than 20 remain.

    >>> percentile_interval(np.arange(1001.0))
    Interval(low=25.0, high=975.0)
    """
    kept = values[np.isfinite(values)]
    if len(kept) < 20:
        return Interval(math.nan, math.nan)
    low, high = np.percentile(kept, [2.5, 97.5])
    return Interval(float(low), float(high))


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


def bootstrap_p(differences: _F64) -> float:
    """Return the two-sided p-value that resampled differences give for "no difference".

    Twice the smaller share of resamples on either side of zero, counted so that it is never 0 (Davison and Hinkley
    1997).

    >>> bootstrap_p(np.array([0.1, 0.2, 0.3, -0.1]))
    0.8
    """
    kept = differences[np.isfinite(differences)]
    if not len(kept):
        return math.nan
    below, above = int((kept <= 0).sum()), int((kept >= 0).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (len(kept) + 1))


def bootstrap_share(
    given: _I64, asked: _I64, stratum: _I64, *correct: NDArray[np.bool_], resamples: int = RESAMPLES, seed: int = SEED
) -> _F64:
    """Return the share of right answers in resamples of the word pairs that analogy questions are made of.

    Every pair stands in many questions, so questions are not independent. Pairs are drawn with replacement within their
    section, and a question counts as often as both of its pairs were drawn together (the pigeonhole bootstrap, Owen
    2007).

    Args:
        given, asked: number of the pair a : b and of the pair c : ?, of shape ``(n,)``.
        stratum: the section of each question, of shape ``(n,)``.
        correct: which answers are right, of shape ``(n,)``; several tables are resampled alike.
        resamples: how many resamples.
        seed: start of the random numbers.

    Returns:
        float64 of shape ``(len(correct), resamples)``; NaN where a resample has no question.
    """
    rng = np.random.default_rng(seed)
    total, right = np.zeros(resamples), np.zeros((len(correct), resamples))
    for section in np.unique(stratum):
        here = stratum == section
        used, place = np.unique(np.concatenate([given[here], asked[here]]), return_inverse=True)
        left, other = place.reshape(2, -1)
        block = max(1, _BLOCK // len(used))
        for start in range(0, resamples, block):
            part = slice(start, min(start + block, resamples))
            size = part.stop - start
            copies = rng.multinomial(len(used), np.full(len(used), 1 / len(used)), size).astype(np.float32)
            total[part] += _pair_weight(copies, left, other)
            for row, hits in enumerate(correct):
                right[row, part] += _pair_weight(copies, left[hits[here]], other[hits[here]])
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: _F64 = right / total
    return shares


def _pair_weight(copies: NDArray[np.float32], left: _I64, right: _I64) -> _F64:
    """Return the sum over questions of copies[left] * copies[right], for every resample: small whole numbers, exact."""
    n_pairs = copies.shape[1]
    if n_pairs <= 1_000:  # one product with the matrix of which pair meets which
        met = np.zeros((n_pairs, n_pairs), np.float32)
        np.add.at(met, (left, right), 1)
        weights: _F64 = np.einsum("ij,ij->i", copies @ met, copies, dtype=np.float64)
        return weights
    return np.array([np.sum(row[left] * row[right], dtype=np.float64) for row in copies])
