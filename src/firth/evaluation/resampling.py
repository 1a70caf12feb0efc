"""Resampling: how far a score would move with other items (Efron 1979). numpy only, seeds fixed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.evaluation.statistics import Interval

#: Every resampling starts here, so that the same table and benchmark always give the same interval.
SEED = 1
RESAMPLES = 1_000

#: With fewer items than this a bootstrap says nothing: of three pairs, most resamples agree perfectly.
FEWEST = 10

_BLOCK = 1 << 17  # numbers a block of resamples holds: it stays in the cache

_F64 = NDArray[np.float64]
_I64 = NDArray[np.int64]


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


def bootstrap_mean(cluster: ArrayLike, *values: ArrayLike, resamples: int = RESAMPLES, seed: int = SEED) -> _F64:
    """Return the mean of ``values`` in resamples of the clusters, the same for all.

    Args:
        cluster: number of the cluster of each item, of shape ``(n,)``: items of one cluster are drawn together.
        values: what each item is worth, of shape ``(n,)``; several tables are resampled alike.
        resamples: how many resamples.
        seed: start of the random numbers.

    Returns:
        float64 of shape ``(len(values), resamples)``.

    >>> bootstrap_mean([0, 0, 1], [1.0, 1.0, 1.0], resamples=4)
    array([[1., 1., 1., 1.]])
    """
    used, place = np.unique(np.asarray(cluster), return_inverse=True)
    place = place.reshape(-1)
    k = len(used)
    sums = np.array([np.bincount(place, np.asarray(v, np.float64), k) for v in (np.ones(len(place)), *values)]).T
    rng = np.random.default_rng(seed)
    out = np.empty((len(values), resamples))
    block = max(1, _BLOCK // max(k, 1))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        cells = rng.integers(0, k, (size, k)) + np.arange(size)[:, None] * k
        draws = np.bincount(cells.reshape(-1), minlength=size * k).reshape(size, k)
        drawn = draws @ sums
        out[:, start : start + size] = (drawn[:, 1:] / drawn[:, :1]).T
    return out


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
