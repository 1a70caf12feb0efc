"""Word similarity: how well cosines follow the ratings of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.evaluation.items import Pairs
from firth.evaluation.resampling import FEWEST, RESAMPLES, bootstrap_spearman, percentile_interval
from firth.evaluation.rules import Rules, has_direction, look_up
from firth.evaluation.score import Score
from firth.evaluation.statistics import Interval, pearson, spearman

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

_MISSING_TEXT = {
    "skip": "pairs with a missing word are left out",
    "zero": "pairs with a missing word get the similarity 0",
    "mean": "a missing word gets the mean of all vectors",
}


class Cosines(NamedTuple):
    """The table's side of a similarity benchmark.

    Attributes:
        values: cosine of every pair, float64 of shape ``(n_pairs,)``; NaN where it has none.
        covered: which pairs the table has both words of, of shape ``(n_pairs,)``.
    """

    values: NDArray[np.float64]
    covered: NDArray[np.bool_]


def pair_cosines(wv: WordVectors, pairs: Pairs, rules: Rules) -> Cosines:
    """Return the cosine of every pair under the rules.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog"], [[1, 0], [3, 4]])
    >>> pairs = Pairs("mine", "mine.tsv", ("cat", "cat"), ("Dog", "car"), np.array([8.0, 1.5]))
    >>> pair_cosines(wv, pairs, Rules()).values
    array([0.6, nan])
    """
    found = look_up(wv, (*pairs.first, *pairs.second), rules)
    words = list(found)
    place = {word: i for i, word in enumerate(words)}
    rows = np.array([found[word] for word in words], np.int64)
    units = wv.vectors[rows].astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    one = np.array([place.get(word, -1) for word in pairs.first], np.int64)
    two = np.array([place.get(word, -1) for word in pairs.second], np.int64)
    covered = (one >= 0) & (two >= 0)
    if rules.oov == "mean":
        units = np.vstack([units, _mean_direction(wv, rules.cut)])  # the last row, which -1 names
        return Cosines(_cosines(units[one], units[two]), covered)
    values = np.full(len(pairs), 0.0 if rules.oov == "zero" else np.nan)
    values[covered] = _cosines(units[one[covered]], units[two[covered]])
    return Cosines(values, covered)


def _cosines(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the products of unit rows; rounded, so that two words with themselves tie at 1 and not by a last bit."""
    cosines: NDArray[np.float64] = np.einsum("ij,ij->i", one, two).round(12)
    return cosines


def score_pairs(
    wv: WordVectors, pairs: Pairs, rules: Rules, *, with_pearson: bool = False, resamples: int = RESAMPLES
) -> Score:
    """Return Spearman's correlation of the table's cosines with the ratings.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog", "car", "bus"], [[1, 0], [3, 1], [0, 1], [1, 3]])
    >>> pairs = Pairs("mine", "mine.tsv", ("cat",) * 3, ("dog", "car", "bus"), np.array([9.0, 1.0, 3.0]))
    >>> score_pairs(wv, pairs, Rules()).score
    1.0
    """
    values, covered = pair_cosines(wv, pairs, rules)
    counted = ~np.isnan(values)
    ours, theirs = values[counted], pairs.ratings[counted]
    ci95 = Interval(np.nan, np.nan)
    if len(ours) >= FEWEST:
        ci95 = percentile_interval(bootstrap_spearman(theirs, ours, resamples=resamples)[0])
    return Score(
        benchmark=pairs.name,
        kind=pairs.kind,
        score=spearman(ours, theirs),
        n=len(ours),
        total=len(pairs),
        covered=int(covered.sum()),
        ci95=ci95,
        rule=f"{rule_text(rules, len(wv))}; interval: percentiles of {resamples:,} bootstrap resamples of the pairs",
        pearson=pearson(ours, theirs) if with_pearson else None,
        source=pairs.source,
        problems=pairs.problems,
    )


def rule_text(rules: Rules, *sizes: int) -> str:
    """Return the rule of a similarity score in words, for tables of these many words."""
    return f"Spearman of cosine and rating; {_MISSING_TEXT[rules.oov]}; {rules.case_text}; {rules.cut_text(*sizes)}"


def _mean_direction(wv: WordVectors, cut: int | None, block: int = 65_536) -> NDArray[np.float64]:
    """Return the mean of the vectors that have a direction, scaled to length one, block by block."""
    limit = len(wv) if cut is None else min(cut, len(wv))
    total = np.zeros(wv.dim)
    for start in range(0, limit, block):
        part = slice(start, min(start + block, limit))
        total += wv.vectors[part][has_direction(wv, part)].sum(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(total))
    mean: NDArray[np.float64] = (total / length if length else total)[None, :]
    return mean
