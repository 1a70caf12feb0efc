"""Benchmarks whose score is a mean over items: one score, one interval and one paired test for all such kinds."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.evaluation.items import Itemised
from firth.evaluation.resampling import FEWEST, RESAMPLES, bootstrap_mean, percentile_interval
from firth.evaluation.rules import Rules, look_up
from firth.evaluation.score import Score, SectionScore, group_scores
from firth.evaluation.statistics import Interval, wilson

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a table makes of the items of a benchmark, in their order.

    Attributes:
        values: what each item is worth, float64 of shape ``(n_items,)``; NaN where the score does not count it.
        cluster: items of one number are drawn together in resamples, since they hang together; int64, ``(n_items,)``.
        covered: how many parts of the benchmark the table has (items, or what ``parts`` counts).
        parts: what ``covered`` is a part of; None for the items themselves.
        also: further numbers by name.
    """

    values: NDArray[np.float64]
    cluster: NDArray[np.int64]
    covered: int
    parts: int | None = None
    also: tuple[tuple[str, float], ...] = ()

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which items the score counts."""
        return ~np.isnan(self.values)


class Rows(NamedTuple):
    """The words of a benchmark that a table has, as unit vectors.

    Attributes:
        place: word → its row in ``units``.
        row: row in the table of each, of shape ``(n,)``.
        units: float64 of shape ``(n, dim)``.
    """

    place: dict[str, int]
    row: NDArray[np.int64]
    units: NDArray[np.float64]


def unit_rows(wv: WordVectors, words: Collection[str], rules: Rules, among: Collection[str] | None = None) -> Rows:
    """Return the unit vectors of those words that the table has under the rules.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog"], [[2, 0], [3, 4]])
    >>> rows = unit_rows(wv, ["dog", "Cat", "cow"], Rules())
    >>> rows.place, rows.units.round(1).tolist()
    ({'Cat': 0, 'dog': 1}, [[1.0, 0.0], [0.6, 0.8]])
    """
    wanted = sorted(words if among is None else set(words).intersection(among))
    found = look_up(wv, wanted, rules)
    have = [word for word in wanted if word in found]
    rows = np.array([found[word] for word in have], np.int64)
    units = wv.vectors[rows].astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    return Rows({word: i for i, word in enumerate(have)}, rows, units)


def offsets(rows: Rows, pairs: list[tuple[str, str]]) -> NDArray[np.float64]:
    """Return the direction from the first to the second word of every pair, from their unit vectors.

    Returns:
        float64 of shape ``(n_pairs, dim)``, of length one; zero for a word with itself. All words must be there.
    """
    one = np.array([rows.place[a] for a, _ in pairs], np.int64)
    two = np.array([rows.place[b] for _, b in pairs], np.int64)
    steps = rows.units[two] - rows.units[one]
    steps[rows.row[one] == rows.row[two]] = 0
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    directions: NDArray[np.float64] = np.divide(steps, lengths, out=np.zeros_like(steps), where=lengths > 1e-12)
    return directions


def score_items(wv: WordVectors, benchmark: Itemised, rules: Rules, *, resamples: int = RESAMPLES) -> Score:
    """Return the mean over the items, in all and by section."""
    outcomes = benchmark.outcomes(wv, rules)
    counted = outcomes.counted
    values = outcomes.values[counted]
    n = len(values)
    ci95 = Interval(math.nan, math.nan)
    if len(np.unique(outcomes.cluster[counted])) >= FEWEST:
        ci95 = percentile_interval(bootstrap_mean(outcomes.cluster[counted], values, resamples=resamples)[0])
        if benchmark.right_or_wrong:  # the bootstrap knows no edge of 0 or 1
            other = wilson(round(float(values.sum())), n)
            ci95 = Interval(min(ci95.low, other.low), max(ci95.high, other.high))
    sections, start = [], 0
    for name, size in benchmark.parts:
        part = outcomes.values[start : start + size]
        worth = part[~np.isnan(part)]
        sections.append(SectionScore(name, float(worth.sum()), len(worth), size))
        start += size
    return Score(
        benchmark=benchmark.name,
        kind=benchmark.kind,
        score=float(values.mean()) if n else math.nan,
        n=n,
        total=len(benchmark),
        covered=outcomes.covered,
        parts=outcomes.parts,
        ci95=ci95,
        rule=f"{rule_text(benchmark, rules, len(wv))}; interval: {_interval_text(benchmark, resamples)}",
        sections=tuple(sections),
        groups=group_scores(benchmark.name, tuple(sections)),
        also=outcomes.also,
        source=benchmark.source,
        problems=benchmark.problems,
    )


def rule_text(benchmark: Itemised, rules: Rules, *sizes: int) -> str:
    """Return the rule of a score in words, for tables of these many words."""
    return f"{benchmark.rule_text(rules)}; {rules.case_text}; {rules.cut_text(*sizes)}"


def _interval_text(benchmark: Itemised, resamples: int) -> str:
    drawn = f"{resamples:,} bootstrap resamples of the {benchmark.unit}"
    return f"the wider ends of Wilson's and of {drawn}" if benchmark.right_or_wrong else f"percentiles of {drawn}"


def paired_outcomes(a: WordVectors, b: WordVectors, benchmark: Itemised, rules: Rules) -> tuple[Outcomes, Outcomes]:
    """Return what two tables make of the same items.

    Where missing words are left out, words that one of them lacks are left out for both, so that both meet the very
    same words.
    """
    among = None
    if rules.oov == "skip":
        words = benchmark.words()
        among = look_up(a, words, rules).keys() & look_up(b, words, rules).keys()
    return benchmark.outcomes(a, rules, among), benchmark.outcomes(b, rules, among)
