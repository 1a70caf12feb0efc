"""BLESS: are words that are related to a concept nearer to it than random words? (Baroni and Lenci 2011.)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.evaluation.items import Itemised
from firth.evaluation.outcomes import Outcomes, unit_rows
from firth.evaluation.rules import Rules
from firth.evaluation.statistics import average_ranks
from firth.report import Problem

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

_MISSING_TEXT = {
    "skip": "pairs with a missing word are left out",
    "zero": "pairs with a missing word get the cosine 0",
    "mean": "pairs with a missing word get the cosine 0",
}


class Related(NamedTuple):
    """The words that stand in one relation to a concept."""

    relation: str
    concept: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relata(Itemised):
    """Concepts with words related to them and random words; an item is a concept with one of its relations.

    Attributes:
        name, source, problems: as in every benchmark.
        related: the related words, by relation and in it by concept.
        random: concept → its random words.
    """

    kind: ClassVar[str] = "relations"
    unit: ClassVar[str] = "concepts"

    name: str
    source: str
    related: tuple[Related, ...]
    random: dict[str, tuple[str, ...]]
    problems: tuple[Problem, ...] = ()

    @property
    def parts(self) -> Sequence[tuple[str, int]]:
        """Name of every relation and number of concepts that have it."""
        sizes: dict[str, int] = {}
        for item in self.related:
            sizes[item.relation] = sizes.get(item.relation, 0) + 1
        return list(sizes.items())

    def words(self) -> set[str]:
        """All words."""
        return {word for item in self.related for word in (item.concept, *item.words)} | {
            word for words in self.random.values() for word in words
        }

    def rule_text(self, rules: Rules) -> str:
        """Return the rule in words."""
        return (
            "area under the ROC curve, the chance that a related word has a higher cosine with its concept than a "
            f"random word of that concept: mean over concepts and relations; {_MISSING_TEXT[rules.oov]}; coverage "
            "counts pairs; 'nearest' is the share of concepts whose nearest word of all stands in that relation"
        )

    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return the area under the curve for every concept and relation."""
        rows = unit_rows(wv, self.words(), rules, among)

        def cosines(concept: str, words: tuple[str, ...]) -> tuple[NDArray[np.float64], int]:
            have = [rows.place[word] for word in words if word in rows.place] if concept in rows.place else []
            near = (rows.units[have] @ rows.units[rows.place[concept]]).round(12) if have else np.empty(0)
            gap = 0 if rules.oov == "skip" else len(words) - len(have)
            return np.concatenate([near, np.zeros(gap)]), len(have)

        random = {concept: cosines(concept, words) for concept, words in self.random.items()}
        covered = sum(count for _, count in random.values())
        values = np.full(len(self.related), np.nan)
        nearest: dict[str, tuple[float, str]] = {
            concept: (float(near.max()), "random") for concept, (near, _) in random.items() if len(near)
        }
        ids: dict[str, int] = {}
        for i, (relation, concept, words) in enumerate(self.related):
            ids.setdefault(concept, len(ids))
            near, count = cosines(concept, words)
            covered += count
            far = random.get(concept, (np.empty(0), 0))[0]
            if len(near) and len(far):
                values[i] = roc_area(near, far)
                nearest[concept] = max(nearest[concept], (float(near.max()), relation))
        winners = [relation for _, relation in nearest.values()]
        names = [*dict.fromkeys(item.relation for item in self.related), "random"]
        return Outcomes(
            values,
            np.array([ids[item.concept] for item in self.related], np.int64),
            covered,
            parts=sum(len(item.words) for item in self.related) + sum(map(len, self.random.values())),
            also=tuple((f"nearest: {name}", winners.count(name) / len(winners)) for name in names) if winners else (),
        )


def roc_area(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """Return the chance that one of ``higher`` is above one of ``lower``, ties counting half (Mann and Whitney 1947).

    >>> roc_area(np.array([0.9, 0.5]), np.array([0.5, 0.1]))
    0.875
    """
    ranks = average_ranks(np.concatenate([higher, lower]))[: len(higher)]
    return float((ranks.sum() - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower)))
