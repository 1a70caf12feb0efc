"""Outlier detection: which word does not belong to the others? (Camacho-Collados and Navigli 2016.)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from firth.evaluation.items import Itemised
from firth.evaluation.outcomes import Outcomes, unit_rows
from firth.evaluation.rules import Rules
from firth.report import Problem

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: With fewer words than this that belong together, nothing can stand out from them.
_FEWEST = 2

_MISSING_TEXT = {
    "skip": "of a group the words that the table has count; a question needs its outlier and two of the others",
    "zero": "a question with a missing word counts as wrong",
    "mean": "a question with a missing word counts as wrong",
}


class Group(NamedTuple):
    """Words that belong together, and words of which each in turn is put among them."""

    name: str
    words: tuple[str, ...]
    outliers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outliers(Itemised):
    """Groups of words and outliers; an item is one outlier among the words of its group.

    Attributes:
        name, source, problems: as in every benchmark.
        groups: the groups, in the file's order.
    """

    kind: ClassVar[str] = "outliers"
    unit: ClassVar[str] = "groups"
    right_or_wrong: ClassVar[bool] = True

    name: str
    source: str
    groups: tuple[Group, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def parts(self) -> Sequence[tuple[str, int]]:
        """Name and number of outliers of every group."""
        return [(group.name, len(group.outliers)) for group in self.groups]

    def words(self) -> set[str]:
        """All words."""
        return {word for group in self.groups for word in (*group.words, *group.outliers)}

    def rule_text(self, rules: Rules) -> str:
        """Return the rule in words."""
        return (
            "accuracy: without the outlier the words must be more compact (mean cosine of all pairs) than without any "
            f"other of them, so a tie is wrong; OPP: the outlier's place in that order; {_MISSING_TEXT[rules.oov]}; "
            "coverage counts words"
        )

    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return which outliers are found, and OPP, their mean place among the others."""
        rows = unit_rows(wv, self.words(), rules, among)
        right: list[float] = []
        place: list[float] = []
        known = 0
        for group in self.groups:
            inner = [rows.place[word] for word in group.words if word in rows.place]
            known += len(inner) + sum(word in rows.place for word in group.outliers)
            units = rows.units[inner]
            # Leaving out a word takes its cosines with all others from the sum; the smallest loss is the outlier's.
            mutual = units @ units.T
            bonds = mutual.sum(axis=1) - np.diag(mutual)
            enough = len(inner) >= (_FEWEST if rules.oov == "skip" else len(group.words))
            for outlier in group.outliers:
                if outlier not in rows.place or not enough:
                    right.append(np.nan if rules.oov == "skip" else 0.0)
                    place.append(right[-1])
                    continue
                strange = units @ rows.units[rows.place[outlier]]
                # Rounded, so that two words of one row tie and not by a last bit.
                closer = (bonds + strange).round(12) > strange.sum().round(12)
                right.append(float(closer.all()))
                place.append(float(closer.mean()))
        values, places = np.array(right), np.array(place)
        counted = ~np.isnan(values)
        return Outcomes(
            values,
            np.repeat(np.arange(len(self.groups)), [len(group.outliers) for group in self.groups]),
            known,
            parts=sum(len(group.words) + len(group.outliers) for group in self.groups),
            also=(("OPP", float(places[counted].mean())),) if counted.any() else (),
        )
