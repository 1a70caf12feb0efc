"""Degrees of relational similarity: how typical is a pair of its relation? (SemEval-2012 task 2.)"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from firth.evaluation.items import Itemised
from firth.evaluation.outcomes import Outcomes, offsets, unit_rows
from firth.evaluation.resampling import FEWEST
from firth.evaluation.rules import Rules
from firth.evaluation.statistics import spearman
from firth.report import Problem

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

_MISSING_TEXT = {
    "skip": f"pairs with a missing word are left out, and a relation needs {FEWEST} of them",
    "zero": "pairs with a missing word get the cosine 0",
    "mean": "pairs with a missing word get the cosine 0",
}

Pair = tuple[str, str]


class Relation(NamedTuple):
    """A relation: a few pairs that show it, and pairs with a rating of how typical they are; higher is more typical."""

    name: str
    examples: tuple[Pair, ...]
    pairs: tuple[Pair, ...]
    ratings: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rankings(Itemised):
    """Relations with rated pairs; an item is a relation.

    Attributes:
        name, source, problems: as in every benchmark.
        relations: the relations.
        rated: what the ratings are, in words.
    """

    kind: ClassVar[str] = "ranking"
    unit: ClassVar[str] = "relations"

    name: str
    source: str
    relations: tuple[Relation, ...]
    problems: tuple[Problem, ...] = ()
    rated: str = "rating"

    @property
    def parts(self) -> Sequence[tuple[str, int]]:
        """Every relation is a section of one item."""
        return [(relation.name, 1) for relation in self.relations]

    def words(self) -> set[str]:
        """All words."""
        return {word for r in self.relations for pair in (*r.examples, *r.pairs) for word in pair}

    def rule_text(self, rules: Rules) -> str:
        """Return the rule in words."""
        return (
            f"mean over the relations of Spearman of {self.rated} and mean cosine of a pair's offset with the offsets "
            f"of the examples; examples with a missing word are left out; {_MISSING_TEXT[rules.oov]}; coverage counts "
            "pairs"
        )

    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return Spearman's correlation for every relation."""
        rows = unit_rows(wv, self.words(), rules, among)

        def known(pair: Pair) -> bool:
            return pair[0] in rows.place and pair[1] in rows.place

        values = np.full(len(self.relations), np.nan if rules.oov == "skip" else 0.0)
        covered = 0
        for i, relation in enumerate(self.relations):
            examples = [pair for pair in relation.examples if known(pair)]
            have = [k for k, pair in enumerate(relation.pairs) if known(pair)]
            covered += len(have)
            if not examples or not have:
                continue
            steps = offsets(rows, [relation.pairs[k] for k in have])
            cosines = np.zeros(len(relation.pairs))
            cosines[have] = (steps @ offsets(rows, examples).T).mean(axis=1).round(12)
            ratings = np.array(relation.ratings)
            if rules.oov == "skip":
                cosines, ratings = cosines[have], ratings[have]
            if len(ratings) >= FEWEST:
                r = spearman(cosines, ratings)
                values[i] = values[i] if math.isnan(r) else r
        return Outcomes(values, np.arange(len(values)), covered, parts=sum(len(r.pairs) for r in self.relations))
