"""compare(): is one table better than another on the same items, or is it chance?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.evaluation.analogies import METHODS, answer
from firth.evaluation.analogies import rule_text as analogy_rule
from firth.evaluation.items import Analogies, Itemised, Pairs
from firth.evaluation.outcomes import paired_outcomes
from firth.evaluation.outcomes import rule_text as item_rule
from firth.evaluation.resampling import FEWEST, bootstrap_mean, bootstrap_p, bootstrap_spearman, percentile_interval
from firth.evaluation.rules import Case, Missing, Rules, one_of
from firth.evaluation.score import finite
from firth.evaluation.scoring import check_resamples, open_benchmark
from firth.evaluation.similarity import pair_cosines
from firth.evaluation.similarity import rule_text as similarity_rule
from firth.evaluation.statistics import Interval, mcnemar, spearman

if TYPE_CHECKING:
    from firth.evaluation.scoring import Which
    from firth.wordvectors import WordVectors


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables on one benchmark, over the items that both cover.

    Attributes:
        benchmark, kind: the benchmark's name and kind.
        a, b: the scores of the two tables.
        ci95: 95 % interval of ``b - a``.
        p: two-sided p-value of "no difference", from the same resamples as the interval.
        n: items that were compared.
        total: items of the benchmark.
        rule: the rule in words.
        p_mcnemar: McNemar's exact p-value for analogies; it takes the questions for independent, so it is too small.
    """

    benchmark: str
    kind: str
    a: float
    b: float
    ci95: Interval
    p: float
    n: int
    total: int
    rule: str
    p_mcnemar: float | None = None

    @property
    def difference(self) -> float:
        """``b - a``."""
        return self.b - self.a

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values."""
        return {
            "benchmark": self.benchmark,
            "kind": self.kind,
            "a": finite(self.a),
            "b": finite(self.b),
            "difference": finite(self.difference),
            "ci95": [finite(self.ci95.low), finite(self.ci95.high)],
            "p": finite(self.p),
            "p_mcnemar": self.p_mcnemar,
            "n": self.n,
            "total": self.total,
            "rule": self.rule,
        }

    def __repr__(self) -> str:
        low, high = self.ci95
        return (
            f"<Comparison {self.benchmark}: {self.a:.3f} -> {self.b:.3f}, {self.difference:+.3f} "
            f"[{low:+.3f}, {high:+.3f}], p={self.p:.3g}, n={self.n:,} of {self.total:,}>"
        )


def compare(
    a: WordVectors,
    b: WordVectors,
    benchmark: Which,
    *,
    oov: Missing = "skip",
    case: Case = "fallback",
    cut: int | None = None,
    method: str = "3cosadd",
    resamples: int = 2_000,
) -> Comparison:
    """Compare two tables on the same items of one benchmark.

    Both are resampled alike: word pairs for similarity, for analogies the word pairs that questions are made of, for
    other kinds what their rule names. With ``oov="skip"`` only items (for kinds other than similarity and analogies:
    only words) that both tables cover count.

    Args:
        a, b: the tables; the difference is ``b - a``.
        benchmark: a name, a path, or a benchmark that was read before.
        oov, case, cut, method: the rules, as in :func:`evaluate`.
        resamples: bootstrap resamples, at least 20.

    Raises:
        BenchmarkError: the benchmark is not known, not at hand or not readable.
        OptionError: an option has a value that it may not have.

    >>> from firth.wordvectors import WordVectors
    >>> words = [f"w{i}" for i in range(24)]
    >>> table = WordVectors.from_words(words, np.random.default_rng(1).normal(size=(24, 4)))
    >>> mine = Pairs("mine", "", tuple(words[:12]), tuple(words[12:]), np.arange(12.0))
    >>> compare(table, table, mine).difference
    0.0
    """
    rules = Rules(oov, case, cut)
    one_of("method", method, METHODS)
    check_resamples(resamples)
    chosen = open_benchmark(benchmark)
    if isinstance(chosen, Pairs):
        return _compare_pairs(a, b, chosen, rules, resamples)
    if isinstance(chosen, Itemised):
        return _compare_items(a, b, chosen, rules, resamples)
    return _compare_questions(a, b, chosen, rules, method, resamples)


def _paired_text(resamples: int, what: str) -> str:
    return f"items that both tables count; interval and p of b - a: {resamples:,} bootstrap resamples of the {what}"


def _compare_pairs(a: WordVectors, b: WordVectors, pairs: Pairs, rules: Rules, resamples: int) -> Comparison:
    ours, theirs = pair_cosines(a, pairs, rules).values, pair_cosines(b, pairs, rules).values
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    ratings, ours, theirs = pairs.ratings[both], ours[both], theirs[both]
    differences = np.full(resamples, math.nan)
    if len(ratings) >= FEWEST:
        r = bootstrap_spearman(ratings, ours, theirs, resamples=resamples)
        differences = r[1] - r[0]
    return Comparison(
        pairs.name,
        pairs.kind,
        spearman(ours, ratings),
        spearman(theirs, ratings),
        percentile_interval(differences),
        bootstrap_p(differences),
        len(ratings),
        len(pairs),
        f"{similarity_rule(rules, len(a), len(b))}; {_paired_text(resamples, 'pairs')}",
    )


def _compare_items(a: WordVectors, b: WordVectors, benchmark: Itemised, rules: Rules, resamples: int) -> Comparison:
    first, second = paired_outcomes(a, b, benchmark, rules)
    both = first.counted & second.counted
    cluster, ours, theirs = first.cluster[both], first.values[both], second.values[both]
    differences = np.full(resamples, math.nan)
    if len(np.unique(cluster)) >= FEWEST:
        differences = bootstrap_mean(cluster, theirs - ours, resamples=resamples)[0]
    return Comparison(
        benchmark.name,
        benchmark.kind,
        float(ours.mean()) if len(ours) else math.nan,
        float(theirs.mean()) if len(ours) else math.nan,
        percentile_interval(differences),
        bootstrap_p(differences),
        len(ours),
        len(benchmark),
        f"{item_rule(benchmark, rules, len(a), len(b))}; {_paired_text(resamples, benchmark.unit)}",
    )


def _compare_questions(
    a: WordVectors, b: WordVectors, analogies: Analogies, rules: Rules, method: str, resamples: int
) -> Comparison:
    first, second = answer(a, analogies, rules, method), answer(b, analogies, rules, method)
    both = replace(first, counted=first.counted & second.counted)
    ours, theirs = first.correct[both.counted], second.correct[both.counted]
    differences = np.full(resamples, math.nan)
    if len(ours) >= FEWEST:
        shares = both.resampled(first.correct, second.correct, resamples=resamples)
        differences = shares[1] - shares[0]
    return Comparison(
        analogies.name,
        analogies.kind,
        float(ours.mean()) if len(ours) else math.nan,
        float(theirs.mean()) if len(ours) else math.nan,
        percentile_interval(differences),
        bootstrap_p(differences),
        len(ours),
        len(analogies),
        f"{analogy_rule(rules, method, len(a), len(b))}; {_paired_text(resamples, 'word pairs')}",
        mcnemar(int((ours & ~theirs).sum()), int((theirs & ~ours).sum())),
    )
