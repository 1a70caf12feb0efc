"""Expressions: what they mean, and that nothing a stranger types does worse than raise a clear error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firth.errors import ExpressionError, MissingWordError, OptionError, ZeroVectorError
from firth.search.expression import MAX_LENGTH, parse, tokenise
from firth.wordvectors import WordVectors


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("cat", {"cat": 1}),
        ("king - man + woman", {"king": 1, "man": -1, "woman": 1}),
        ("king -man", {"king": 1, "man": -1}),
        ("king- man", {"king": 1, "man": -1}),
        ("king-man", {"king-man": 1}),
        ("well--known - e-mail", {"well--known": 1, "e-mail": -1}),
        ("-cat", {"cat": -1}),
        ("--cat", {"cat": 1}),
        ("- + - cat", {"cat": 1}),
        ("a - -b", {"a": 1, "b": 1}),
        ("2*cat/4", {"cat": 0.5}),
        ("cat * 2", {"cat": 2}),
        ("2 * (1 + .5) * cat", {"cat": 3}),
        ("(a + b) / 2 - 1e-3*c", {"a": 0.5, "b": 0.5, "c": -0.001}),
        ("a + a - b + b", {"a": 2, "b": 0}),
        ("1984", {"1984": 1}),
        ('"1984" - 2*"2"', {"1984": 1, "2": -2}),
        ("1990s + 3d + 2-3 + 1.5.2", {"1990s": 1, "3d": 1, "2-3": 1, "1.5.2": 1}),
        ('"New York" + "and/or"', {"New York": 1, "and/or": 1}),
        (r'"a \"b\" \\ c\d"', {r'a "b" \ c\d': 1}),
        ("don't + U.S. + C#", {"don't": 1, "U.S.": 1, "C#": 1}),
        ("naïve + 東京 - Łódź", {"naïve": 1, "東京": 1, "Łódź": -1}),
        ("a\u00a0+\u2003b", {"a": 1, "b": 1}),
    ],
)
def test_meaning(text: str, weights: dict[str, float]) -> None:
    assert parse(text) == weights
    assert list(parse(text)) == list(weights)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", r"expected a word.*found the end.*character 1"),
        ("   ", "found the end"),
        ("king -", r"found the end, at character 7 \(the \^ in: king -\^\)"),
        ("king - * man", r"found '\*', at character 8 \(the \^ in: king - \^\* man\)"),
        ("New York", r"expected \+ - \* or / before 'York'; quote a word that holds a blank, at character 5"),
        ("(a + b", "bracket is not closed, at character 1"),
        ("a + b)", "no bracket is open here, at character 6"),
        ("()", r"found '\)'"),
        ('a + "b', "quote is not closed, at character 5"),
        ('""', "no word between the quotes"),
        ("a * b", "two words cannot be multiplied"),
        ("a / b", "divided by a word"),
        ("2 / a", "divided by a word"),
        ("a / 0", "division by zero"),
        ("a / 1e-400", "division by zero"),
        ("a + 1", "a number cannot be added"),
        ("1 - a", "a number cannot be added"),
        ("1 + 1", "has no word in it"),
        ("1e999 * a", "too large"),
        ("a\n+\n\n*", r"\(the \^ in: a \+  \^\*\)"),
        ("1e300 * 1e300 * a", "too large"),
        ("a " * 5_001, "at most 10,000"),
        ("(" * 101 + "a" + ")" * 101, "more than 100 deep"),
    ],
)
def test_refusals(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError, match=problem) as error:
        parse(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("piece", ["(", "-", "a+", '"', "a*2*", "(a)-", "a b ", "-(", "\\", "1/", "((a))+"])
def test_hostile_length(piece: str) -> None:
    with pytest.raises(ExpressionError):
        parse(piece * (1_000_000 // len(piece)))
    try:  # the longest that are looked at
        parse((piece * MAX_LENGTH)[:MAX_LENGTH])
    except ExpressionError as error:
        assert len(str(error)) < 300


@given(st.text(alphabet=list('ab12.e-+*/() "\\\t\u00a0é\ud800'), max_size=60))
@example("-" * 60)
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        weights = parse(text)
    except ExpressionError:
        return
    assert weights
    assert all(map(math.isfinite, weights.values()))


_words = st.text(alphabet="abcé'.#", min_size=1, max_size=5)
_expressions = st.recursive(
    _words.map(lambda word: (f'"{word}"', {word: 1.0})),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-"), inner).map(
            lambda p: (f"({p[0][0]} {p[1]} {p[2][0]})", _added(p[0][1], p[2][1], 1.0 if p[1] == "+" else -1.0))
        ),
        st.tuples(st.sampled_from([2.0, -0.5, 3.0]), inner).map(
            lambda p: (f"{p[0]}*{p[1][0]}", {word: p[0] * weight for word, weight in p[1][1].items()})
        ),
    ),
    max_leaves=12,
)


def _added(a: dict[str, float], b: dict[str, float], sign: float) -> dict[str, float]:
    return {word: a.get(word, 0.0) + sign * b.get(word, 0.0) for word in [*a, *(w for w in b if w not in a)]}


@given(_expressions)
def test_built_expressions_mean_what_they_say(built: tuple[str, dict[str, float]]) -> None:
    text, weights = built
    found = parse(text)
    assert list(found) == list(weights)
    assert np.allclose(list(found.values()), list(weights.values()))


def test_tokens_know_their_places() -> None:
    assert [(token.kind, token.place) for token in tokenise("a - (2*b)")] == [
        ("word", 0), ("-", 2), ("(", 4), ("number", 5), ("*", 6), ("word", 7), (")", 8), ("end", 9),
    ]  # fmt: skip


@pytest.fixture
def royal() -> WordVectors:
    return WordVectors.from_words(["king", "man", "woman", "queen", "zero"], [[1, 1], [0, 1], [0, -1], [1, -1], [0, 0]])


def test_near(royal: WordVectors) -> None:
    found = royal.near(" king - man + woman ")
    assert found.query == "king - man + woman"
    assert found.excluded == ["king", "man", "woman"]
    assert [neighbour.word for neighbour in found] == ["queen"]
    unit = np.array([1, 1]) / np.sqrt(2) - [0, 1] + [0, -1]
    assert found[0].similarity == pytest.approx(unit @ [1, -1] / np.sqrt(2) / np.linalg.norm(unit))


def test_near_refuses(royal: WordVectors) -> None:
    with pytest.raises(MissingWordError, match="'king - man'"):
        royal.near("king-man")
    with pytest.raises(ZeroVectorError, match="comes to zero"):
        royal.near("king - king")
    with pytest.raises(ZeroVectorError, match="'zero'"):
        royal.near("king + zero")
    with pytest.raises(OptionError, match="topn is 0"):
        royal.near("king", 0)
