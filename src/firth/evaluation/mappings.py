"""Mapping one system onto another, as the solar system onto the atom (Turney 2008, the twenty problems of JAIR)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.evaluation.items import Itemised
from firth.evaluation.outcomes import Outcomes, offsets, unit_rows
from firth.evaluation.rules import Rules
from firth.report import Problem

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: All orders of so many terms are tried, at most: 362,880.
MOST_TERMS = 9

#: Two terms can be swapped without any relation telling.
FEWEST_TERMS = 3

_MISSING_TEXT = {
    "skip": f"terms that have a missing word on either side are left out, and a problem needs {FEWEST_TERMS}",
    "zero": "terms that have a missing word on either side count as wrong",
    "mean": "terms that have a missing word on either side count as wrong",
}


class System(NamedTuple):
    """A problem: the terms of one system, and in the same order what they correspond to in the other."""

    name: str
    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mappings(Itemised):
    """Systems of terms to be mapped onto each other; an item is a problem, worth the share of its terms mapped rightly.

    Attributes:
        name, source, problems: as in every benchmark.
        systems: the problems.
    """

    kind: ClassVar[str] = "mapping"
    unit: ClassVar[str] = "problems"

    name: str
    source: str
    systems: tuple[System, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def parts(self) -> Sequence[tuple[str, int]]:
        """Every problem is a section of one item."""
        return [(system.name, 1) for system in self.systems]

    def words(self) -> set[str]:
        """All terms."""
        return {word for system in self.systems for pair in system.terms for word in pair}

    def rule_text(self, rules: Rules) -> str:
        """Return the rule in words."""
        return (
            "mean over the problems of the share of terms mapped rightly by the mapping for which the cosines of the "
            f"offsets between any two terms and between their images have the largest sum; {_MISSING_TEXT[rules.oov]}; "
            "coverage counts terms"
        )

    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return the share of terms that are mapped rightly, for every problem."""
        rows = unit_rows(wv, self.words(), rules, among)
        values = np.full(len(self.systems), np.nan if rules.oov == "skip" else 0.0)
        covered = 0
        for i, system in enumerate(self.systems):
            have = [(a, b) for a, b in system.terms if a in rows.place and b in rows.place]
            covered += len(have)
            if len(have) >= FEWEST_TERMS:
                ordered = [(j, k) for j in range(len(have)) for k in range(j)]
                left = offsets(rows, [(have[j][0], have[k][0]) for j, k in ordered])
                right = offsets(rows, [(have[j][1], have[k][1]) for j, k in ordered])
                share = best_mapping(left @ right.T, len(have))
                values[i] = share * (1.0 if rules.oov == "skip" else len(have) / len(system.terms))
        return Outcomes(
            values, np.arange(len(values)), covered, parts=sum(len(system.terms) for system in self.systems)
        )


def best_mapping(alike: NDArray[np.float64], n: int) -> float:
    """Return the share of terms that stay in place under the order of images whose relations are most alike.

    Args:
        alike: cosine of the offset of the i-th pair of terms with that of the j-th pair of images, of shape
            ``(n(n-1)/2, n(n-1)/2)``; pairs are (1, 0), (2, 0), (2, 1), (3, 0) ...
        n: how many terms.

    Returns:
        their share; of orders that tie, the mean.

    >>> best_mapping(np.eye(3), 3)
    1.0
    """
    orders = _orders(n)
    place = np.zeros((n, n), np.int64)
    sign = np.ones((n, n))
    pairs = [(j, k) for j in range(n) for k in range(j)]
    for at, (j, k) in enumerate(pairs):
        place[j, k] = place[k, j] = at
        sign[k, j] = -1
    total = np.zeros(len(orders))
    for at, (j, k) in enumerate(pairs):
        one, two = orders[:, j], orders[:, k]
        total += (alike[at][place] * sign)[one, two]
    best = total >= total.max() - 1e-9
    return float((orders[best] == np.arange(n)).mean())


@cache
def _orders(n: int) -> NDArray[np.int8]:
    return np.array(list(permutations(range(n))), np.int8)
