"""Free expressions over words: ``king - man + woman``.

    sum     = product (("+" | "-") product)*
    product = signed (("*" | "/") signed)*
    signed  = ("-" | "+")* value
    value   = number | word | "quoted word" | "(" sum ")"

Words stand for their unit vectors. A word runs up to the next blank, bracket, quote or ``+ * /``. **A hyphen with a
character of a word on both sides belongs to the word** (``new-york``, ``2-3``); with a blank, an operator or the end on
either side it is a minus. A run of characters that reads as a number is one (``2``, ``.5``, ``1e-3``), unless it is the
whole expression. Anything can be quoted: ``"1984" - "and/or"``; ``\\"`` and ``\\\\`` stand for ``"`` and ``\\`` within.

An expression is parsed into weights of words. Products of two words have no meaning here and are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from firth.errors import ExpressionError, MissingWordError, ZeroVectorError
from firth.search.lookup import Found, notes
from firth.search.neighbours import Neighbours

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Longer texts and deeper brackets are refused: no person writes them, and a server must not spend time on them.
MAX_LENGTH = 10_000
MAX_DEPTH = 100

_BREAKS = set('+*/()"')
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class Token(NamedTuple):
    """A piece of an expression: its kind (an operator, ``number``, ``word``, ``quoted`` or ``end``), text and place."""

    kind: str
    text: str
    place: int


def _refuse(text: str, place: int, problem: str) -> NoReturn:
    """Raise an error whose message shows the place with a caret."""
    before, after = text[max(0, place - 30) : place], text[place : place + 30]
    shown = f"{'...' if place > 30 else ''}{before}^{after}{'...' if len(text) > place + 30 else ''}"
    shown = "".join(c if c.isprintable() else " " for c in shown)  # the message is one line
    raise ExpressionError(f"{problem}, at character {place + 1} (the ^ in: {shown})")


def _in_word(character: str) -> bool:
    return not character.isspace() and character not in _BREAKS and character != "-"


def tokenise(text: str) -> list[Token]:
    """Cut an expression into tokens.

    Raises:
        ExpressionError: a quote is not closed, or the text is too long.

    >>> [token.text for token in tokenise('king-size - 2*"New York"')]
    ['king-size', '-', '2', '*', 'New York', '']
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text):,} characters; at most {MAX_LENGTH:,} are taken")
    tokens = []
    place, end = 0, len(text)
    while place < end:
        character = text[place]
        start = place
        if character.isspace():
            place += 1
        elif character == '"':
            place, word = _quoted(text, place)
            tokens.append(Token("quoted", word, start))
        elif character in _BREAKS or character == "-":
            place += 1
            tokens.append(Token(character, character, start))
        else:
            while place < end and (_in_word(text[place]) or _glued(text, place)):
                place += 1
            run = text[start:place]
            tokens.append(Token("number" if _NUMBER.fullmatch(run) else "word", run, start))
    tokens.append(Token("end", "", end))
    return tokens


def _glued(text: str, place: int) -> bool:
    """Tell whether a hyphen that follows a character of a word is part of it: hyphens, then another such character."""
    if text[place] != "-":
        return False
    while place < len(text) and text[place] == "-":
        place += 1
    return place < len(text) and _in_word(text[place])


def _quoted(text: str, start: int) -> tuple[int, str]:
    """Return the place after a quoted word, and the word."""
    word: list[str] = []
    place = start + 1
    while place < len(text):
        character = text[place]
        if character == '"':
            if not word:
                _refuse(text, start, "there is no word between the quotes")
            return place + 1, "".join(word)
        if character == "\\" and text[place + 1 : place + 2] in ('"', "\\"):
            place += 1
            character = text[place]
        word.append(character)
        place += 1
    _refuse(text, start, "this quote is not closed")


#: A parsed value: words with their weights in order of appearance, or a plain number.
_Value = dict[str, float] | float


class _Parser:
    """One function a rule of the grammar, each called only with brackets at most ``MAX_DEPTH`` deep."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenise(text)
        self.next = 0
        self.depth = 0

    def peek(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def whole(self) -> dict[str, float]:
        if len(self.tokens) == 2 and self.peek().kind == "number":
            return {self.peek().text: 1.0}
        value = self.sum()
        token = self.peek()
        if token.kind == ")":
            _refuse(self.text, token.place, "no bracket is open here")
        if token.kind != "end":
            _refuse(
                self.text, token.place, f"expected + - * or / before {token.text!r}; quote a word that holds a blank"
            )
        if isinstance(value, float):
            raise ExpressionError(f"{self.text!r} has no word in it; quote a number that is meant as a word")
        return value

    def sum(self) -> _Value:
        value = self.product()
        while self.peek().kind in ("+", "-"):
            operator = self.take()
            other = self.product()
            sign = 1.0 if operator.kind == "+" else -1.0
            if isinstance(value, float) and isinstance(other, float):
                value = value + sign * other
            elif isinstance(value, dict) and isinstance(other, dict):
                for word, weight in other.items():  # in place: long sums stay quick
                    value[word] = value.get(word, 0.0) + sign * weight
            else:
                _refuse(self.text, operator.place, "a number cannot be added to a word or taken from it")
        return value

    def product(self) -> _Value:
        value = self.signed()
        while self.peek().kind in ("*", "/"):
            operator = self.take()
            other = self.signed()
            if operator.kind == "*":
                if isinstance(value, float) and isinstance(other, dict):
                    value, other = other, value
                if isinstance(other, dict):
                    _refuse(self.text, operator.place, "two words cannot be multiplied, only a word and a number")
                factor = other
            else:
                if isinstance(other, dict):
                    _refuse(self.text, operator.place, "nothing can be divided by a word, only by a number")
                if other == 0.0 or not math.isfinite(1.0 / other):
                    _refuse(self.text, operator.place, "division by zero")
                factor = 1.0 / other
            value = {w: x * factor for w, x in value.items()} if isinstance(value, dict) else value * factor
        return value

    def signed(self) -> _Value:
        sign = 1.0
        while self.peek().kind in ("+", "-"):
            if self.take().kind == "-":
                sign = -sign
        value = self.value()
        if sign > 0:
            return value
        return {w: -x for w, x in value.items()} if isinstance(value, dict) else -value

    def value(self) -> _Value:
        token = self.take()
        if token.kind == "number":
            return float(token.text)
        if token.kind in ("word", "quoted"):
            return {token.text: 1.0}
        if token.kind != "(":
            found = "the end" if token.kind == "end" else repr(token.text)
            _refuse(self.text, token.place, f"expected a word, a number or '(', found {found}")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            _refuse(self.text, token.place, f"brackets more than {MAX_DEPTH} deep")
        inner = self.sum()
        if self.peek().kind != ")":
            _refuse(self.text, token.place, "this bracket is not closed")
        self.take()
        self.depth -= 1
        return inner


def parse(text: str) -> dict[str, float]:
    """Return the words of an expression and their weights, in order of appearance.

    Raises:
        ExpressionError: it does not parse; the message shows the place.

    >>> parse("2*(king - man)/4 + woman")
    {'king': 0.5, 'man': -0.5, 'woman': 1.0}
    >>> parse("king - * man")
    Traceback (most recent call last):
    firth.errors.ExpressionError: expected a word, a number or '(', found '*', at character 8 (the ^ in: king - ^* man)
    """
    weights = _Parser(text).whole()
    if not all(map(math.isfinite, weights.values())):
        raise ExpressionError(f"a number in {text.strip()[:60]!r} is too large")
    return weights


def vector(wv: WordVectors, weights: dict[str, float], text: str) -> tuple[np.ndarray, list[Found]]:
    """Return the weighted sum of unit vectors, float64 of length one, and what was found for each of its words.

    Raises:
        MissingWordError: a word is not in the table.
        ZeroVectorError: the sum, or a word of it, has no direction.
    """
    from firth.search.scores import unit_query

    words = [_found(wv, word) for word in weights]
    total = np.zeros(wv.dim)
    most = max(map(abs, weights.values()))
    for found, (word, weight) in zip(words, weights.items(), strict=True):
        unit = unit_query(found.vector, wv.dim, f"the vector of {word!r}")
        total += (weight / most if most else 0.0) * unit
    if not np.sqrt((total * total).sum()) > 1e-12:
        raise ZeroVectorError(f"{text!r} comes to zero, so it has no direction to compare")
    return unit_query(total, wv.dim), words


def _found(wv: WordVectors, word: str) -> Found:
    try:
        return wv.lookup(word)
    except MissingWordError as error:
        parts = [part for part in word.split("-") if part]
        if len(parts) > 1 and all(part in wv for part in parts):  # a minus was meant
            raise MissingWordError(word, (" - ".join(parts), *error.suggestions), len(wv)) from None
        raise


def near(wv: WordVectors, expression: str, topn: int = 10, *, among: Iterable[str] | str | None = None) -> Neighbours:
    """Return the words nearest to an expression, its own words left out (see :meth:`firth.WordVectors.near`).

    Raises:
        ExpressionError: the expression does not parse.
        MissingWordError: a word is not in the table.
        ZeroVectorError: the result has no direction.
        OptionError: ``topn`` is below 1, or ``among`` is not a regular expression.
    """
    from firth.search.candidates import candidate_rows
    from firth.search.nearest import named, nearest
    from firth.search.scores import checked_topn

    topn = checked_topn(topn)
    if not isinstance(expression, str):
        raise ExpressionError(f"the expression is {expression!r}; expected text such as 'king - man + woman'")
    weights = parse(expression)
    query, words = vector(wv, weights, expression.strip())
    rows = [word.row for word in words if word.row is not None]
    found = nearest(wv, query, topn, without=rows, among=candidate_rows(wv, among))
    return Neighbours(expression.strip(), weights, named(wv, *found), notes(words))
