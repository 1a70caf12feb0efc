"""Files of multiple-choice questions: JSON lines, and the SAT package's own shape.

{"stem": ["lull", "trust"], "choice": [["balk", "fortitude"], ["cajole", "compliance"]], "answer": 1}

190 FROM REAL SATs
lull trust v:n
balk fortitude v:n
cajole compliance v:n
b
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from firth.errors import BenchmarkError
from firth.evaluation.choices import Choice, Choices, Pair
from firth.evaluation.lines import Line
from firth.evaluation.notes import first_problem, named, problem
from firth.report import Problem

#: A pair in the SAT package, with its parts of speech.
SAT_PAIR = re.compile(r"(\S+) (\S+) \S+:\S+")


def json_choices(lines: Sequence[Line], source: str) -> Choices:
    """Read a JSON object a line.

    Raises:
        BenchmarkError: none of them is a question.
    """
    questions: list[Choice] = []
    problems: list[Problem] = []
    for line in lines:
        question = _json_choice(line.text)
        if question is None:
            problems.append(problem(line, 'expected {"stem": [a, b], "choice": [[c, d], ...], "answer": number}'))
        else:
            questions.append(question)
    return _choices(questions, problems, source)


def _json_choice(text: str) -> Choice | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    stem, given, answer = value.get("stem"), value.get("choice"), value.get("answer")
    if not isinstance(given, list) or type(answer) is not int or not 0 <= answer < len(given):
        return None
    pairs = [tuple(pair) if isinstance(pair, list) else () for pair in (stem, *given)]
    if not all(len(pair) == 2 and all(isinstance(word, str) and word for word in pair) for pair in pairs):
        return None
    first, *others = ((a, b) for a, b in pairs)
    return Choice(first, tuple(others), answer)


def sat_choices(lines: Sequence[Line], source: str) -> Choices:
    """Read the SAT package: a line of where it is from, the given pair, five pairs, and the letter of the right one.

    Raises:
        BenchmarkError: there is no question.
    """
    questions: list[Choice] = []
    problems: list[Problem] = []
    open_pairs: list[Pair] = []
    for line in lines:
        text = line.text.strip()
        pair = SAT_PAIR.fullmatch(text)
        if pair is not None:
            open_pairs.append((pair[1], pair[2]))
        elif re.fullmatch("[a-e]", text):
            answer = ord(text) - ord("a")
            if 2 <= len(open_pairs) <= 6 and answer < len(open_pairs) - 1:
                questions.append(Choice(open_pairs[0], tuple(open_pairs[1:]), answer))
            else:
                problems.append(problem(line, f"an answer below {len(open_pairs)} pairs where 6 were expected"))
            open_pairs = []
        elif open_pairs:
            problems.append(problem(line, "expected a pair, or the letter of the right one"))
            open_pairs = []
    return _choices(questions, problems, source)


def _choices(questions: list[Choice], problems: list[Problem], source: str) -> Choices:
    if not questions:
        raise BenchmarkError(f"{source} has no multiple-choice question; {first_problem(problems)}")
    name = named("choice", source, len(questions), [question.stem for question in questions])
    return Choices(name, source, tuple(questions), tuple(problems))
