"""WEAT: are two sets of words tied differently to two sets of attributes? (Caliskan, Bryson and Narayanan 2017.)

This measures what vectors took over from their texts. It is no benchmark: a larger effect is not a better table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.catalogue.published import WEAT_FIGURES, Figure, published
from firth.evaluation.outcomes import unit_rows
from firth.evaluation.resampling import RESAMPLES, SEED, percentile_interval
from firth.evaluation.rules import Case, Rules
from firth.evaluation.score import finite
from firth.evaluation.statistics import Interval

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Where there are no more partitions than this all are looked at, else so many are drawn.
EXACT = 200_000
SAMPLED = 100_000

#: A set needs so many words of the table.
_FEWEST = 2

_Floats = NDArray[np.float64]


class WordSet(NamedTuple):
    """Words under a name."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BiasTest:
    """A test: are the words of ``x`` nearer to ``a`` than to ``b``, when compared with those of ``y``?

    Attributes:
        name: its name.
        x, y: the target words.
        a, b: the attribute words.
        source: the file.

    >>> flowers, insects = WordSet("flowers", ("rose", "lily")), WordSet("insects", ("ant", "fly"))
    >>> BiasTest("mine", flowers, insects, WordSet("good", ("joy",)), WordSet("bad", ("pain",))).question
    'flowers, insects : good, bad'
    """

    name: str
    x: WordSet
    y: WordSet
    a: WordSet
    b: WordSet
    source: str = ""

    @property
    def sets(self) -> tuple[WordSet, WordSet, WordSet, WordSet]:
        """The four sets: x, y, a, b."""
        return self.x, self.y, self.a, self.b

    @property
    def question(self) -> str:
        """The four names."""
        return f"{self.x.name}, {self.y.name} : {self.a.name}, {self.b.name}"


@dataclass(frozen=True, slots=True)
class Bias:
    """What a test found in a table.

    Attributes:
        test: the test.
        effect: effect size d: above 0 where ``x`` goes with ``a`` and ``y`` with ``b``; NaN where words are missing.
        p: one-sided: how often a partition of the target words into sets of these sizes gives as large a difference.
        ci95: 95 % interval of ``effect``: percentiles of resamples of the target words.
        partitions: how many partitions were looked at.
        exact: whether these were all of them.
        found: words that the table has, of ``x``, ``y``, ``a`` and ``b``.
        missing: words that it has not.
        rule: the rule in words.
        published: what others published for this very table and test.
    """

    test: BiasTest
    effect: float
    p: float
    ci95: Interval
    partitions: int
    exact: bool
    found: tuple[int, int, int, int]
    missing: tuple[str, ...]
    rule: str
    published: tuple[Figure, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of the words that the table has."""
        return sum(self.found) / sum(len(words) for _, words in self.test.sets)

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON values; what is not a number becomes None."""
        return {
            "test": self.test.name,
            "question": self.test.question,
            "effect_size": finite(self.effect),
            "ci95": [finite(self.ci95.low), finite(self.ci95.high)],
            "p": finite(self.p),
            "partitions": self.partitions,
            "exact": self.exact,
            "coverage": self.coverage,
            "sets": [
                {"name": name, "found": found, "total": len(words)}
                for (name, words), found in zip(self.test.sets, self.found, strict=True)
            ],
            "missing": list(self.missing),
            "rule": self.rule,
            "published": [figure.to_json() for figure in self.published],
            "source": self.test.source,
        }

    def __repr__(self) -> str:
        words = f"{sum(self.found)} of {sum(len(words) for _, words in self.test.sets)} words"
        if math.isnan(self.effect):
            return f"<Bias {self.test.name}: none, {words}>"
        return f"<Bias {self.test.name}: d={self.effect:.2f}, p={self.p:.2g}, {words}>"


def measure_bias(wv: WordVectors, test: BiasTest, *, case: Case = "exact", cut: int | None = None) -> Bias:
    """Measure one test in a table.

    With ``s(w)``, the mean cosine of ``w`` with ``a`` less that with ``b``, the effect size is the mean of ``s`` over
    ``x`` less that over ``y``, divided by its standard deviation over both (with n - 1, as the published figures have
    it). The p-value looks at the partitions of the target words into two sets of the same sizes: at all of them, where
    they are at most 200,000, else at 100,000 random ones with a fixed seed; the partition found is counted with them,
    so p is never 0. Missing words are left out; each set needs two.

    Args:
        wv: the table.
        test: the test.
        case: how words are looked up. The usual ``"exact"`` does not take the verb for the name in *Bill*; a table in
            lower case needs ``"lower"``.
        cut: how many rows of the table are looked at; None for all.

    Raises:
        OptionError: an option has a value that it may not have.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["rose", "lily", "ant", "fly", "joy", "fun", "pain", "woe"],
    ...     [[1, 0.1], [1, 0.2], [0.1, 1], [0.3, 1], [1, 0], [0.9, 0.1], [0, 1], [0.2, 0.9]])
    >>> flowers, insects = WordSet("flowers", ("rose", "lily")), WordSet("insects", ("ant", "fly"))
    >>> good, bad = WordSet("good", ("joy", "fun")), WordSet("bad", ("pain", "woe"))
    >>> measure_bias(wv, BiasTest("mine", flowers, insects, good, bad))
    <Bias mine: d=1.72, p=0.17, 8 of 8 words>
    """
    rules = Rules(case=case, cut=cut)
    words = {word for _, words in test.sets for word in words}
    rows = unit_rows(wv, words, rules)
    x, y, a, b = (rows.units[[rows.place[w] for w in words if w in rows.place]] for _, words in test.sets)
    found = (len(x), len(y), len(a), len(b))
    effect, p, ci95, partitions, exact = math.nan, math.nan, Interval(math.nan, math.nan), 0, False
    if min(found) >= _FEWEST:
        tied = [side @ a.mean(axis=0) - side @ b.mean(axis=0) for side in (x, y)]
        effect = effect_size(*tied)
        ci95 = percentile_interval(_resampled_effects(*tied))
        p, partitions, exact = partition_p(*tied)
    sources = [wv.report.source] if wv.report is not None else []
    return Bias(
        test=test,
        effect=effect,
        p=p,
        ci95=ci95,
        partitions=partitions,
        exact=exact,
        found=found,
        missing=tuple(w for w in dict.fromkeys(w for _, ws in test.sets for w in ws) if w not in rows.place),
        rule="WEAT effect size d; p one-sided, from all partitions of the target words, or where they are more than "
        f"{EXACT:,} from {SAMPLED:,} random ones; interval: percentiles of {RESAMPLES:,} bootstrap resamples of the "
        f"target words; missing words are left out; {rules.case_text}; {rules.cut_text(len(wv))}",
        published=published(sources, len(wv), wv.dim, test.name, WEAT_FIGURES),
    )


def effect_size(x: _Floats, y: _Floats) -> float:
    """Return (mean of x - mean of y) / standard deviation of both together; NaN where that is 0.

    >>> round(effect_size(np.array([1.0, 2.0]), np.array([-1.0, -2.0])), 3)
    1.643
    """
    return float(_effects(x[None], y[None])[0])


def _effects(x: _Floats, y: _Floats) -> _Floats:
    """Return the effect size of every row."""
    both = np.concatenate([x, y], axis=1)
    spread = both.std(axis=1, ddof=1)
    spread[spread <= 1e-12 * np.abs(both).max(axis=1)] = np.nan
    effects: _Floats = (x.mean(axis=1) - y.mean(axis=1)) / spread
    return effects


def partition_p(x: _Floats, y: _Floats) -> tuple[float, int, bool]:
    """Return how often a random partition of all values gives at least the difference of means that ``x`` and ``y`` do.

    Returns:
        the one-sided p-value, how many partitions were looked at, and whether these were all.

    >>> partition_p(np.array([3.0, 4.0]), np.array([1.0, 2.0]))
    (0.16666666666666666, 6, True)
    """
    values = np.concatenate([x, y])
    values = (values - values.mean()) / max(float(values.std()), 1e-300)
    n, size = len(values), len(x)
    # With all values given, the difference of means grows with the sum over the first set. Sums that differ by rounding
    # alone are equal.
    bar = values[:size].sum() - 1e-9
    total = math.comb(n, size)
    if total <= EXACT:
        as_large = sum(int((values[chosen].sum(axis=1) >= bar).sum()) for chosen in _blocks(n, size))
        return as_large / total, total, True
    rng = np.random.default_rng(SEED)
    as_large, block = 1, 4_000
    for _ in range(0, SAMPLED, block):
        shuffled = rng.permuted(np.broadcast_to(values, (block, n)), axis=1)
        as_large += int((shuffled[:, :size].sum(axis=1) >= bar).sum())
    return as_large / (SAMPLED + 1), SAMPLED, False


def _blocks(n: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Yield all choices of ``size`` out of ``n``, many at a time."""
    choices = combinations(range(n), size)
    while block := list(islice(choices, 20_000)):
        yield np.array(block, np.int64)


def _resampled_effects(x: _Floats, y: _Floats) -> _Floats:
    rng = np.random.default_rng(SEED)
    return _effects(*(side[rng.integers(0, len(side), (RESAMPLES, len(side)))] for side in (x, y)))
