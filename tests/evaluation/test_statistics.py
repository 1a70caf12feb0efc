"""Ranks, correlations, intervals and paired tests, against their definitions, and scipy where it is installed."""

from __future__ import annotations

import math
import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import ShapeError
from firth.evaluation.resampling import bootstrap_p, bootstrap_share, bootstrap_spearman, percentile_interval
from firth.evaluation.statistics import average_ranks, correlation_p, mcnemar, pearson, spearman, wilson

FLOATS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 2))
PAIRED = st.lists(st.tuples(FLOATS, FLOATS), min_size=2, max_size=60)


@given(st.lists(FLOATS, max_size=60))
def test_ranks_follow_their_definition(values: list[float]) -> None:
    ranks = average_ranks(values)
    for value, rank in zip(values, ranks, strict=True):
        below, equal = sum(v < value for v in values), sum(v == value for v in values)
        assert rank == below + (equal + 1) / 2


@given(PAIRED)
def test_spearman_is_bounded_symmetric_and_blind_to_monotone_change(items: list[tuple[float, float]]) -> None:
    x, y = map(np.array, zip(*items, strict=True))
    r = spearman(x, y)
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert math.isnan(r)
        return
    assert -1 <= r <= 1
    assert r == pytest.approx(spearman(y, x), abs=1e-12)
    assert r == pytest.approx(spearman(x**3 / 1e6, y), abs=1e-12)
    assert r == pytest.approx(-spearman(x, -y), abs=1e-12)
    assert spearman(x, x) == pytest.approx(1)


@given(PAIRED)
def test_spearman_without_ties_is_the_textbook_formula(items: list[tuple[float, float]]) -> None:
    x, y = map(np.array, zip(*items, strict=True))
    if len(set(x)) == len(x) and len(set(y)) == len(y):
        d, n = average_ranks(x) - average_ranks(y), len(x)
        assert spearman(x, y) == pytest.approx(1 - 6 * float(d @ d) / (n * (n * n - 1)), abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 5, 20, 300, 3500])
def test_correlations_equal_scipys(n: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(n)
    for slope in (0.0, 0.1, 0.9, -2.0):
        x = rng.normal(size=n).round(1)
        y = (slope * x + rng.normal(size=n)).round(1)
        if len(set(x)) < 2 or len(set(y)) < 2:
            continue
        with np.errstate(all="ignore"):
            for ours, theirs in ((spearman(x, y), stats.spearmanr(x, y)), (pearson(x, y), stats.pearsonr(x, y))):
                assert ours == pytest.approx(theirs[0], abs=1e-12)
                if abs(ours) < 1 and n > 2:
                    assert correlation_p(ours, n) == pytest.approx(theirs[1], rel=1e-9)


def test_p_values_of_tables() -> None:
    """Critical values of r, two-sided, from printed tables (degrees of freedom n - 2)."""
    for n, r, p in ((12, 0.576, 0.05), (12, 0.708, 0.01), (32, 0.349, 0.05), (102, 0.254, 0.01)):
        assert correlation_p(r, n) == pytest.approx(p, rel=0.01)
    assert correlation_p(1.0, 10) == 0
    assert correlation_p(0.0, 10) == 1
    assert math.isnan(correlation_p(math.nan, 10))


def test_correlation_of_what_does_not_vary_is_no_number() -> None:
    assert math.isnan(pearson([1, 1, 1], [1, 2, 3]))
    assert math.isnan(pearson([], []))
    assert math.isnan(spearman([1, math.nan], [1, 2]))
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        pearson([1, 2], [1, 2, 3])


@given(st.integers(3, 25), st.integers(0, 2**32 - 1))
def test_bootstrap_correlations_are_those_of_the_drawn_items(n: int, seed: int) -> None:
    """The counting form equals Spearman's on the items written out."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=n).round(1), rng.normal(size=n).round(1)
    resampled = bootstrap_spearman(x, y, resamples=5, seed=seed)[0]
    drawn = np.random.default_rng(seed).integers(0, n, (5, n))
    for r, items in zip(resampled, drawn, strict=True):
        expected = spearman(x[items], y[items])
        assert (math.isnan(r) and math.isnan(expected)) or r == pytest.approx(expected, abs=1e-9)


def test_bootstrap_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    truth = 6 / math.pi * math.asin(0.6 / 2)  # Spearman's of normal pairs with r = 0.6
    hits = 0
    for _ in range(200):
        x = rng.normal(size=120)
        y = 0.6 * x + 0.8 * rng.normal(size=120)
        low, high = percentile_interval(bootstrap_spearman(x, y, resamples=200)[0])
        hits += low <= truth <= high
    assert 0.88 <= hits / 200 <= 0.99


def test_bootstrap_is_quick() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=3500)
    times = []
    for _ in range(3):
        start = time.process_time()
        bootstrap_spearman(np.round(x, 1), x + rng.normal(size=3500))
        times.append(time.process_time() - start)
    assert min(times) < 2  # 0.2 s on a quiet machine


def test_wilson() -> None:
    assert wilson(0, 10)[0] == 0
    assert wilson(0, 10)[1] == pytest.approx(0.2775, abs=1e-4)
    assert wilson(10, 10)[1] == 1
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert math.isnan(wilson(0, 0)[0])


def test_mcnemar_equals_the_sum_over_all_outcomes() -> None:
    for a, b in product(range(7), repeat=2):
        n = a + b
        extreme = sum(math.comb(n, k) for k in range(n + 1) if min(k, n - k) <= min(a, b))
        assert mcnemar(a, b) == pytest.approx(min(1, extreme / 2**n))
    assert 0 <= mcnemar(9_000, 10_000) < 1e-10
    assert mcnemar(20_000, 20_000) == 1


def test_bootstrap_p() -> None:
    assert bootstrap_p(np.full(999, 0.5)) == pytest.approx(0.002)
    assert bootstrap_p(np.zeros(99)) == 1
    assert math.isnan(bootstrap_p(np.array([math.nan])))
    assert all(math.isnan(edge) for edge in percentile_interval(np.full(50, math.nan)))


def test_resampled_shares_are_those_of_the_drawn_pairs() -> None:
    """The matrix form equals counting question by question, for few pairs and for many."""
    rng = np.random.default_rng(3)
    for n_pairs, n in ((6, 30), (1_500, 2_000)):
        given_pairs, asked = rng.integers(0, n_pairs, (2, n))
        stratum = np.zeros(n, np.int64)
        right = rng.random(n) < 0.3
        shares = bootstrap_share(given_pairs, asked, stratum, right, resamples=20, seed=9)[0]
        used, place = np.unique(np.concatenate([given_pairs, asked]), return_inverse=True)
        size = len(used)
        copies = np.random.default_rng(9).multinomial(size, np.full(size, 1 / size), 20)
        left, other = place.reshape(2, -1)
        for share, row in zip(shares, copies, strict=True):
            weight = row[left] * row[other]
            assert share == pytest.approx((weight * right).sum() / weight.sum())


def test_resampling_pairs_is_wider_than_taking_questions_for_independent() -> None:
    """If an answer hangs on its pair, 40 pairs make 1,560 questions but not 1,560 facts."""
    rng = np.random.default_rng(2)
    a, c = (side.reshape(-1) for side in np.meshgrid(np.arange(40), np.arange(40)))
    keep = a != c
    a, c = a[keep], c[keep]
    right = (rng.random(40) < 0.5)[c]
    low, high = percentile_interval(bootstrap_share(a, c, np.zeros(len(a), np.int64), right)[0])
    plain = wilson(int(right.sum()), len(right))
    assert high - low > 3 * (plain.high - plain.low)
