"""Which of the candidates to take: the rule, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firth.evaluation.statistics import Interval

#: Times within this ratio of the quickest count as alike: they are measured once, on a machine that does other things.
ALIKE = 2.0

RULE = (
    "of the vectors whose accuracy is not significantly below the best (the paired 95 % interval of the difference "
    f"reaches 0), those that take at most {ALIKE:g} times the least time; of these the one with the least memory"
)


@dataclass(frozen=True)
class Candidate:
    """One kind of vectors and how it did.

    Attributes:
        name: the file, the model, or ``"always 'pos'"``.
        kind: ``"static"``, ``"distilled"``, ``"contextual"`` or ``"majority"``.
        dim: numbers a text.
        accuracy: share of texts whose label the probe got right, each by a probe that had not seen it.
        ci95: its 95 % interval.
        behind: accuracy minus that of the best, in the same texts.
        behind_ci95: the paired 95 % interval of ``behind``.
        covered: share of running words that have a vector.
        milliseconds: to make a text's vector, on average over all texts at once; the model's own start not counted.
        memory: bytes that the vectors, or the model's weights, take in memory.
        disk: bytes of the files; None where they are not known.
    """

    name: str
    kind: str
    dim: int
    accuracy: float
    ci95: Interval
    behind: float
    behind_ci95: Interval
    covered: float
    milliseconds: float
    memory: int
    disk: int | None


def recommend(candidates: Sequence[Candidate]) -> tuple[str | None, str]:
    """Return the name of the recommended candidate and a sentence that says why, by :data:`RULE`.

    Args:
        candidates: the most accurate first, the majority class last.
    """
    best, majority = candidates[0], candidates[-1]
    if majority.behind_ci95.high >= 0:
        return None, (
            f"None of them: {best.name} is right in {best.accuracy:.1%} of the texts, {majority.name} in "
            f"{majority.accuracy:.1%}, and the difference may be chance. The labels cannot be told from a mean of word "
            "vectors, or there are too few texts."
        )
    level = [c for c in candidates[:-1] if c.behind_ci95.high >= 0]
    quickest = min(c.milliseconds for c in level)
    choice = min((c for c in level if c.milliseconds <= ALIKE * quickest), key=lambda c: c.memory)
    if choice is not best:
        return choice.name, (
            f"Take {choice.name} ({choice.kind}): right in {choice.accuracy:.1%} of the texts, the best, {best.name} "
            f"({best.kind}), in {best.accuracy:.1%}, which may be chance (95 % interval of the difference "
            f"{_points(choice.behind_ci95)} points); a text takes {_ratio(choice.milliseconds, best.milliseconds)}."
        )
    others = [c for c in candidates[1:-1] if c not in level]
    if len(level) == 1 and others:
        return best.name, (
            f"Take {best.name} ({best.kind}): right in {best.accuracy:.1%} of the texts; the next, {others[0].name} "
            f"({others[0].kind}), is behind by more than chance (95 % interval of the difference "
            f"{_points(others[0].behind_ci95)} points)."
        )
    return best.name, (
        f"Take {best.name} ({best.kind}): right in {best.accuracy:.1%} of the texts, and none as good is cheaper."
    )


def _points(interval: Interval) -> str:
    return f"{interval.low * 100:+.1f} to {interval.high * 100:+.1f}"


def _ratio(ours: float, theirs: float) -> str:
    times = theirs / max(ours, 1e-9)
    if times < ALIKE:
        return f"{ours:.2g} ms, about the same"
    return f"{ours:.2g} ms instead of {theirs:.2g} ms"
