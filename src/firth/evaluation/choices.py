"""Multiple choice, as in the SAT: which of these pairs is related as the given pair is?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from firth.evaluation.items import Itemised
from firth.evaluation.outcomes import Outcomes, offsets, unit_rows
from firth.evaluation.rules import Rules
from firth.report import Problem

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

_MISSING_TEXT = {
    "skip": "questions with a missing word are left out",
    "zero": "a pair with a missing word is never chosen, and a given pair with one makes its question wrong",
    "mean": "a pair with a missing word is never chosen, and a given pair with one makes its question wrong",
}

Pair = tuple[str, str]


class Choice(NamedTuple):
    """A question: the given pair, the pairs to choose from, and which of them is right."""

    stem: Pair
    pairs: tuple[Pair, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Choices(Itemised):
    """Multiple-choice questions on relations between words; an item is a question.

    Attributes:
        name, source, problems: as in every benchmark.
        questions: the questions.
    """

    kind: ClassVar[str] = "choice"
    unit: ClassVar[str] = "questions"
    right_or_wrong: ClassVar[bool] = True

    name: str
    source: str
    questions: tuple[Choice, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def parts(self) -> Sequence[tuple[str, int]]:
        """One section of all questions."""
        return [("all", len(self.questions))]

    def words(self) -> set[str]:
        """All words."""
        return {word for q in self.questions for pair in (q.stem, *q.pairs) for word in pair}

    def rule_text(self, rules: Rules) -> str:
        """Return the rule in words."""
        return (
            "the pair whose offset has the highest cosine with the offset of the given pair must be the right one; of "
            f"pairs that tie each is chosen in part; {_MISSING_TEXT[rules.oov]}"
        )

    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return which questions are answered rightly."""
        rows = unit_rows(wv, self.words(), rules, among)
        values = np.full(len(self.questions), np.nan if rules.oov == "skip" else 0.0)
        covered = 0
        for i, (stem, pairs, answer) in enumerate(self.questions):
            known = [all(word in rows.place for word in pair) for pair in (stem, *pairs)]
            covered += all(known)
            if not all(known) and (rules.oov == "skip" or not known[0] or not known[1 + answer]):
                continue
            kept = [k for k in range(len(pairs)) if known[1 + k]]
            given, *steps = offsets(rows, [stem, *(pairs[k] for k in kept)])
            cosines = (np.array(steps) @ given).round(12)
            best = cosines == cosines.max()
            values[i] = best[kept.index(answer)] / best.sum()
        return Outcomes(values, np.arange(len(values)), covered)
