"""Which words of a text are meant: by white space, by a pattern, by name, as tokens or as character spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError

Ints = NDArray[np.int64]

#: A text: as it is, or already cut into tokens.
Text = str | Sequence[str]

#: Finds the spans of the words in a text.
Finder = Callable[[str], list[tuple[int, int]]]

_BLANK = re.compile(r"\S+")


def finder(
    word: str | None = None, words: Iterable[str] | None = None, pattern: str | re.Pattern[str] | None = None
) -> Finder:
    r"""Return what finds the words: one, several, those that match a pattern; by default all between white space.

    A named word is found whatever its case, wherever no letter or digit touches it; it may hold blanks.

    Raises:
        OptionError: two of them are given, a word is empty, the pattern is wrong.

    >>> finder("bat")("A bat, a BAT; batman hits with a bat.")
    [(2, 5), (9, 12), (33, 36)]
    >>> finder()("so it goes"), finder(pattern=r"\w+")("state-of-the-art")
    ([(0, 2), (3, 5), (6, 10)], [(0, 5), (6, 8), (9, 12), (13, 16)])
    """
    given = {"word": word, "words": words, "pattern": pattern}
    chosen = [name for name, value in given.items() if value is not None]
    if len(chosen) > 1:
        raise OptionError(f"{' and '.join(chosen)} are given; expected one of them")
    if pattern is not None:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise OptionError(f"the pattern {pattern!r} is no regular expression: {error}") from error
    elif chosen:
        if isinstance(words, str):
            raise OptionError(f"words is the string {words!r}; expected a list, or word={words!r}")
        names = [word] if word is not None else list(words or ())
        if not names or any(not isinstance(name, str) or not name.strip() for name in names):
            raise OptionError(f"the words asked for are {names!r}; expected at least one, none of them empty")
        # the longest first, so that of "bat" and "bat house" the longer is found where both stand
        ordered = sorted(set(names), key=len, reverse=True)
        compiled = re.compile("|".join(map(_whole, ordered)), re.IGNORECASE)
    else:
        compiled = _BLANK
    return lambda text: [found.span() for found in compiled.finditer(text) if found.end() > found.start()]


def _whole(word: str) -> str:
    """Return a pattern for ``word`` where no letter or digit touches its own letters or digits."""
    left = r"(?<!\w)" if re.match(r"\w", word) else ""
    right = r"(?!\w)" if re.search(r"\w\Z", word) else ""
    return left + re.escape(word) + right


def joined(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return tokens as one text with single blanks between, and every token's span; an empty token has an empty span.

    >>> joined(["a", "", "bat"])
    ('a  bat', [(0, 1), (2, 2), (3, 6)])
    """
    spans, at = [], 0
    for token in tokens:
        spans.append((at, at + len(token)))
        at += len(token) + 1
    return " ".join(tokens), spans


def checked_spans(spans: object, text: str, number: int) -> list[tuple[int, int]]:
    """Return the character spans that a caller gave for text ``number``: one ``(start, end)`` or a list of them.

    Raises:
        OptionError: a span is no pair of numbers within the text.

    >>> checked_spans((2, 5), "a bat", 0)
    [(2, 5)]
    """
    array = np.asarray(spans)
    if array.size == 0:
        return []
    if array.shape == (2,):
        array = array[None]
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise OptionError(
            f"the spans of text {number} are {spans!r}; expected (start, end) in characters, or a list of such"
        )
    wrong = (array[:, 0] < 0) | (array[:, 1] < array[:, 0]) | (array[:, 1] > len(text))
    if wrong.any():
        start, end = array[int(np.argmax(wrong))].tolist()
        raise OptionError(f"the span ({start}, {end}) is outside text {number}, which has {len(text)} characters")
    return [(int(start), int(end)) for start, end in array.tolist()]
