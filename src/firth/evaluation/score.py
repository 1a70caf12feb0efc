"""Score: what a table reached on a benchmark, and by which rule."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from firth.catalogue.benchmarks import BY_NAME
from firth.catalogue.published import Figure
from firth.evaluation.statistics import Interval
from firth.report import Problem


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The mean over the items of one section, or of one group of sections: for analogies, the share of right answers.

    Attributes:
        name: the section's name.
        correct: sum of what the counted items are worth; right answers count 1.
        n: items that are counted.
        total: items of the section.
    """

    name: str
    correct: float
    n: int
    total: int

    @property
    def score(self) -> float:
        """Mean over the items counted; NaN where none was."""
        return self.correct / self.n if self.n else math.nan

    def to_json(self) -> dict[str, Any]:
        """Return the section as plain values."""
        return {"section": self.name, "score": finite(self.score), "n": self.n, "total": self.total}


@dataclass(frozen=True, slots=True)
class Score:
    """What a table reached on one benchmark.

    Attributes:
        benchmark: the benchmark's name.
        kind: ``"similarity"`` (Spearman's correlation with people's ratings), ``"analogy"`` (share of right answers),
            ``"categorisation"`` (purity), ``"outliers"``, ``"choice"`` and ``"mapping"`` (shares of right answers),
            ``"ranking"`` (mean of Spearman's correlations) or ``"relations"`` (area under the ROC curve).
        score: from -1 to 1 for similarity and ranking, 0 to 1 for the others; NaN where too little is covered.
        n: items (pairs, questions, words ...) that the score counts.
        total: items of the benchmark.
        covered: items whose words the table all has; ``n`` is larger where missing words count as wrong.
        ci95: 95 % interval of the score (see ``rule``), NaN where there are too few items.
        rule: in words: what is compared with what, what happens to missing words, which words are looked at.
        pearson: Pearson's correlation, where it was asked for.
        sections: the score by section, in the file's order.
        groups: the score by group of sections ("semantic", "syntactic").
        also: further numbers by name, where the kind has them ("OPP").
        parts: where ``covered`` counts something smaller than items (the pairs of a ranking), how many there are.
        published: what others published for this very table and benchmark.
        source: the benchmark's file.
        problems: lines of the file that were left out.
    """

    benchmark: str
    kind: str
    score: float
    n: int
    total: int
    covered: int
    ci95: Interval
    rule: str
    pearson: float | None = None
    sections: tuple[SectionScore, ...] = ()
    groups: tuple[SectionScore, ...] = ()
    also: tuple[tuple[str, float], ...] = ()
    parts: int | None = None
    published: tuple[Figure, ...] = ()
    source: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of the benchmark's items whose words the table all has."""
        whole = self.total if self.parts is None else self.parts
        return self.covered / whole if whole else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the score as plain JSON values; what is not a number becomes None.

        >>> Score("mine", "similarity", 0.5, 10, 20, 10, Interval(0.1, 0.8), "Spearman").to_json()["ci95"]
        [0.1, 0.8]
        """
        return {
            "benchmark": self.benchmark,
            "kind": self.kind,
            "score": finite(self.score),
            "n": self.n,
            "total": self.total,
            "coverage": self.coverage,
            "ci95": [finite(self.ci95.low), finite(self.ci95.high)],
            "rule": self.rule,
            "pearson": None if self.pearson is None else finite(self.pearson),
            "sections": [section.to_json() for section in self.sections],
            "groups": [group.to_json() for group in self.groups],
            "also": {name: finite(value) for name, value in self.also},
            "published": [figure.to_json() for figure in self.published],
            "source": self.source,
            "problems": [str(problem) for problem in self.problems],
        }

    def __repr__(self) -> str:
        if math.isnan(self.score):
            return f"<Score {self.benchmark}: none, {self.n:,} of {self.total:,} covered>"
        low, high = self.ci95
        interval = "" if math.isnan(low) else f" [{low:.3f}, {high:.3f}]"
        return f"<Score {self.benchmark}: {self.score:.3f}{interval}, n={self.n:,} of {self.total:,}>"


def group_scores(benchmark: str, sections: tuple[SectionScore, ...]) -> tuple[SectionScore, ...]:
    """Sum sections up to the groups that the catalogue names for this benchmark."""
    if benchmark not in BY_NAME:
        return ()
    out = []
    for group, pattern in BY_NAME[benchmark].groups:
        parts = [section for section in sections if re.match(pattern, section.name)]
        out.append(
            SectionScore(group, sum(p.correct for p in parts), sum(p.n for p in parts), sum(p.total for p in parts))
        )
    return tuple(out)


def finite(value: float) -> float | None:
    """Return the value, or None where it is no number: JSON has no NaN."""
    return float(value) if math.isfinite(value) else None
