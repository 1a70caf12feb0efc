"""evaluate(): score a table on benchmarks. compare(): is one table better than another?"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.catalogue.benchmarks import find
from firth.catalogue.published import published
from firth.errors import BenchmarkError, OptionError
from firth.evaluation.analogies import METHODS, answer, score_questions
from firth.evaluation.analogies import rule_text as analogy_rule
from firth.evaluation.items import Analogies, Benchmark, Pairs
from firth.evaluation.places import all_at_hand, find_benchmark
from firth.evaluation.readers import read_benchmark
from firth.evaluation.rules import Case, Missing, Rules, one_of
from firth.evaluation.score import Score, finite
from firth.evaluation.similarity import pair_cosines, score_pairs
from firth.evaluation.similarity import rule_text as similarity_rule
from firth.evaluation.statistics import (
    RESAMPLES,
    Interval,
    bootstrap_p,
    bootstrap_spearman,
    mcnemar,
    percentile_interval,
    spearman,
)
from firth.progress import Progress, Silent

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

    Which = str | os.PathLike[str] | Benchmark


def evaluate(
    wv: WordVectors,
    benchmarks: Which | Iterable[Which] | None = None,
    *,
    oov: Missing = "skip",
    case: Case = "fallback",
    cut: int | None = None,
    method: str = "3cosadd",
    pearson: bool = False,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> list[Score]:
    """Score a table on benchmarks: those named, or every one at hand.

    Benchmarks are looked for in ``eval/similarity`` and ``eval/analogy`` of the folders that the environment variable
    ``FIRTH_DATA`` names, and in the user's cache folder (``firth.evaluation.folders()`` lists them); never on the network.

    Args:
        wv: the table.
        benchmarks: names (``"ws353"``, ``"google"``), paths, or benchmarks that were read before; None for all at hand.
        oov: what a missing word costs: ``"skip"``, ``"zero"`` or ``"mean"`` (see :class:`Rules`).
        case: how words are looked up: ``"fallback"``, ``"exact"``, ``"lower"`` or ``"ignore"`` (see :class:`Rules`).
        cut: how many rows of the table are looked at; None for all in similarity and the first 300,000 in analogies.
        method: for analogies: ``"3cosadd"`` (Mikolov et al. 2013) or ``"3cosmul"`` (Levy and Goldberg 2014).
        pearson: also compute Pearson's correlation.
        resamples: bootstrap resamples for the intervals, at least 20.
        progress: who watches.

    Returns:
        One score a benchmark, in order.

    Raises:
        BenchmarkError: a benchmark is not known, not at hand or not readable.
        ReadError: a benchmark's file cannot be opened.
        OptionError: an option has a value that it may not have.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog", "car", "bus"], [[1, 0], [3, 1], [0, 1], [1, 3]])
    >>> mine = Pairs("mine", "", ("cat",) * 3 + ("dog",), ("dog", "car", "bus", "bus"), np.array([9.0, 1.0, 3.0, 4.0]))
    >>> evaluate(wv, mine)
    [<Score mine: 1.000 [1.000, 1.000], n=4 of 4>]
    """
    rules = Rules(oov, case, cut)
    one_of("method", method, METHODS)
    check_resamples(resamples)
    chosen = open_benchmarks(benchmarks)
    watcher = progress or Silent()
    watcher.start("scoring", total=sum(map(len, chosen)), unit="items")
    scores = []
    try:
        for benchmark in chosen:
            if isinstance(benchmark, Pairs):
                score = score_pairs(wv, benchmark, rules, with_pearson=pearson, resamples=resamples)
            else:
                score = score_questions(wv, benchmark, rules, method=method, resamples=resamples)
            known = published(_sources(wv), len(wv), wv.dim, score.benchmark)
            scores.append(replace(score, published=known))
            watcher.advance(len(benchmark))
    finally:
        watcher.close()
    return scores


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
            f"<Comparison {self.benchmark}: {self.a:.3f} -> {self.b:.3f}, {self.difference:+.3f} [{low:+.3f}, {high:+.3f}], "
            f"p={self.p:.3g}, n={self.n:,} of {self.total:,}>"
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

    Both are resampled alike: word pairs for similarity, and for analogies the word pairs that questions are made of. With
    ``oov="skip"`` only items that both tables cover count.

    Args:
        a, b: the tables; the difference is ``b - a``.
        benchmark: a name, a path, or a benchmark that was read before.
        oov, case, cut, method: the rules, as in :func:`evaluate`.
        resamples: bootstrap resamples, at least 20.

    Raises:
        BenchmarkError: the benchmark is not known, not at hand or not readable.
        OptionError: an option has a value that it may not have.

    >>> from firth.wordvectors import WordVectors
    >>> words = [f"w{i}" for i in range(12)]
    >>> table = WordVectors.from_words(words, np.random.default_rng(1).normal(size=(12, 4)))
    >>> mine = Pairs("mine", "", tuple(words[:6]), tuple(words[6:]), np.arange(6.0))
    >>> compare(table, table, mine).difference
    0.0
    """
    rules = Rules(oov, case, cut)
    one_of("method", method, METHODS)
    check_resamples(resamples)
    chosen = _open(benchmark)
    if isinstance(chosen, Pairs):
        return _compare_pairs(a, b, chosen, rules, resamples)
    return _compare_questions(a, b, chosen, rules, method, resamples)


def _compare_pairs(a: WordVectors, b: WordVectors, pairs: Pairs, rules: Rules, resamples: int) -> Comparison:
    ours, theirs = pair_cosines(a, pairs, rules).values, pair_cosines(b, pairs, rules).values
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    ratings, ours, theirs = pairs.ratings[both], ours[both], theirs[both]
    differences = np.full(resamples, math.nan)
    if len(ratings) >= 3:
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
        "items that both tables cover; " + similarity_rule(a, rules, resamples),
    )


def _compare_questions(
    a: WordVectors, b: WordVectors, analogies: Analogies, rules: Rules, method: str, resamples: int
) -> Comparison:
    first, second = answer(a, analogies, rules, method), answer(b, analogies, rules, method)
    both = replace(first, counted=first.counted & second.counted)
    ours, theirs = first.correct[both.counted], second.correct[both.counted]
    differences = np.full(resamples, math.nan)
    if len(ours):
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
        "items that both tables cover; " + analogy_rule(a, analogies, rules, method, resamples),
        mcnemar(int((ours & ~theirs).sum()), int((theirs & ~ours).sum())),
    )


def open_benchmarks(benchmarks: Which | Iterable[Which] | None) -> list[Benchmark]:
    """Return the benchmarks that names, paths or objects mean; None for every one at hand.

    Raises:
        BenchmarkError: one is not known, not at hand or not readable, or there is none.
    """
    if benchmarks is None:
        return all_at_hand()
    if isinstance(benchmarks, str | os.PathLike | Pairs | Analogies):
        return [_open(benchmarks)]
    chosen = [_open(which) for which in benchmarks]
    return chosen if chosen else all_at_hand()


def _open(which: Which) -> Benchmark:
    if isinstance(which, Pairs | Analogies):
        return which
    if not isinstance(which, str | os.PathLike):
        raise BenchmarkError(f"{which!r} is no benchmark; give a name such as 'ws353', or the path of a file")
    path = Path(which)
    # A plain name means the benchmark even where a file of that name lies about; ./ws353 means the file.
    if isinstance(which, str) and len(path.parts) == 1 and not path.suffix and (find(which) or not path.exists()):
        return find_benchmark(which)
    if not path.exists() and len(path.parts) == 1 and find(path.stem):
        return find_benchmark(path.stem)
    return read_benchmark(path)


def check_resamples(resamples: int) -> None:
    """Raise an :class:`OptionError` unless an interval can be taken from so many resamples."""
    if not isinstance(resamples, int | np.integer) or not 20 <= resamples <= 1_000_000:
        raise OptionError(f"resamples is {resamples!r}; expected a number from 20 to 1,000,000")


def _sources(wv: WordVectors) -> list[str]:
    """Return the names of files that the table says it came from."""
    named = [value for key, value in wv.recipe.items() if key in ("source", "name", "file") and isinstance(value, str)]
    return named + ([wv.report.source] if wv.report is not None else [])
