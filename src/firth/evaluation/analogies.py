"""Analogy benchmarks: all questions as one product over their distinct words, by section."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.evaluation.casefree import without_given_forms
from firth.evaluation.items import Analogies, Question
from firth.evaluation.resampling import RESAMPLES, bootstrap_share, percentile_interval
from firth.evaluation.rules import Rules, first_by_upper_case, look_up, one_of
from firth.evaluation.score import Score, SectionScore, group_scores
from firth.evaluation.statistics import Interval, wilson

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Rows that are looked at where the caller names no cut: gensim's default, and close to word2vec's own script.
USUAL_CUT = 300_000

METHODS = ("3cosadd", "3cosmul")

_METHOD_TEXT = {"3cosadd": "3CosAdd", "3cosmul": "3CosMul"}
_MISSING_TEXT = {
    "skip": "questions with a missing word are left out",
    "zero": "questions with a missing word count as wrong",
    "mean": "questions with a missing word count as wrong",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """The table's answers to an analogy benchmark, one entry a question.

    Attributes:
        correct: which are right, bool of shape ``(n_questions,)``.
        covered: of which questions the table has all words, bool of shape ``(n_questions,)``.
        counted: which the score counts, bool of shape ``(n_questions,)``.
        section: index of the section, int64 of shape ``(n_questions,)``.
        given, asked: index of the pair a : b and of the pair c : ?, int64 of shape ``(n_questions,)``.
        predicted: row of the answer, -1 where there is none, int64 of shape ``(n_questions,)``.
    """

    correct: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    section: NDArray[np.int64]
    given: NDArray[np.int64]
    asked: NDArray[np.int64]
    predicted: NDArray[np.int64]

    def resampled(self, *correct: NDArray[np.bool_], resamples: int = RESAMPLES) -> NDArray[np.float64]:
        """Return the share of right answers in resamples of the word pairs (see ``bootstrap_share``)."""
        keep = self.counted
        return bootstrap_share(
            self.given[keep], self.asked[keep], self.section[keep], *(c[keep] for c in correct), resamples=resamples
        )


def answer(wv: WordVectors, analogies: Analogies, rules: Rules, method: str = "3cosadd") -> Answers:
    """Answer all questions of a benchmark.

    Raises:
        OptionError: the method is neither ``"3cosadd"`` nor ``"3cosmul"``.

    >>> from firth.evaluation.items import Section
    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["man", "king", "woman", "queen"], [[0, 1], [1, 1], [0.1, -1], [1, -0.8]])
    >>> royal = Analogies("mine", "", (Section("royal", written=(("man", "king", "woman", "queen"),)),))
    >>> answer(wv, royal, Rules()).correct
    array([ True])
    """
    one_of("method", method, METHODS)
    from firth.search.questions import solve

    rules = _with_cut(rules)
    questions = [question for section in analogies.sections for question in section.questions()]
    words = {word for q in questions for word in (q.a, *q.b, q.c, *q.answers)}
    forms = first_by_upper_case(wv, rules.cut) if rules.case == "ignore" else None
    found = look_up(wv, words, rules, forms)
    triples = np.full((len(questions), 3), -1, np.int64)
    targets: list[tuple[int, ...]] = []
    for i, q in enumerate(questions):
        b = next((found[word] for word in q.b if word in found), -1)
        triples[i] = found.get(q.a, -1), b, found.get(q.c, -1)
        targets.append(tuple(found[word] for word in q.answers if word in found))
    covered = (triples >= 0).all(axis=1) & np.array([bool(target) for target in targets], np.bool_)
    predicted = np.full(len(questions), -1, np.int64)
    if covered.any():
        cut = min(rules.cut or len(wv), len(wv))
        predicted[covered], _ = solve(wv, triples[covered], candidates=cut, method=method)
        if forms is not None:
            predicted[covered] = without_given_forms(wv, forms, triples[covered], predicted[covered], cut, method)
    correct = np.fromiter(
        (row >= 0 and row in target for row, target in zip(predicted.tolist(), targets, strict=True)),
        np.bool_,
        len(questions),
    )
    given, asked = _pair_ids(questions)
    return Answers(
        correct=correct & covered,
        covered=covered,
        counted=covered if rules.oov == "skip" else np.ones(len(questions), np.bool_),
        section=np.repeat(np.arange(len(analogies.sections)), [len(section) for section in analogies.sections]),
        given=given,
        asked=asked,
        predicted=predicted,
    )


def score_questions(
    wv: WordVectors, analogies: Analogies, rules: Rules, *, method: str = "3cosadd", resamples: int = RESAMPLES
) -> Score:
    """Return the share of right answers, in all and by section.

    Raises:
        OptionError: the method is neither ``"3cosadd"`` nor ``"3cosmul"``.
    """
    answers = answer(wv, analogies, rules, method)
    n, correct = int(answers.counted.sum()), int((answers.correct & answers.counted).sum())
    ci95 = wilson(correct, n)
    if n:
        # Wilson's takes the questions for independent, which they are not; the bootstrap knows no edge of 0 or 1.
        spread = percentile_interval(answers.resampled(answers.correct, resamples=resamples)[0])
        ci95 = Interval(float(np.fmin(ci95.low, spread.low)), float(np.fmax(ci95.high, spread.high)))
    sections = tuple(
        SectionScore(
            section.name,
            int((answers.correct & answers.counted)[answers.section == k].sum()),
            int(answers.counted[answers.section == k].sum()),
            len(section),
        )
        for k, section in enumerate(analogies.sections)
    )
    return Score(
        benchmark=analogies.name,
        kind=analogies.kind,
        score=correct / n if n else np.nan,
        n=n,
        total=len(analogies),
        covered=int(answers.covered.sum()),
        ci95=ci95,
        rule=f"{rule_text(rules, method, len(wv))}; interval: the wider ends of Wilson's and of {resamples:,} "
        "bootstrap resamples of the word pairs",
        sections=sections,
        groups=group_scores(analogies.name, sections),
        source=analogies.source,
        problems=analogies.problems,
    )


def rule_text(rules: Rules, method: str, *sizes: int) -> str:
    """Return the rule of an analogy score in words, for tables of these many words."""
    rules = _with_cut(rules)
    given = "the given words" + (", in any case," if rules.case == "ignore" else "") + " are no answers"
    return (
        f"{_METHOD_TEXT[method]}, the first answer must be right (one of those listed); {given}; "
        f"{_MISSING_TEXT[rules.oov]}; {rules.case_text}; questions and answers within {rules.cut_text(*sizes)}"
    )


def _with_cut(rules: Rules) -> Rules:
    return replace(rules, cut=USUAL_CUT) if rules.cut is None else rules


def _pair_ids(questions: list[Question]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the word pairs of the questions: the same pair has the same number on either side."""
    ids: dict[tuple[str, tuple[str, ...]], int] = {}
    given = [ids.setdefault((q.a, q.b), len(ids)) for q in questions]
    asked = [ids.setdefault((q.c, q.answers), len(ids)) for q in questions]
    return np.array(given, np.int64), np.array(asked, np.int64)
