"""Which words of a text are meant: by white space, by a pattern, by name, as tokens or as character spans."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.runningwords import JOINERS, marks

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

    A named word is found whatever its case and however its accents are written (composed or not), wherever no letter,
    digit or combining mark touches it; it may hold blanks.

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
        compiled = _compiled(pattern)
    elif chosen:
        if isinstance(words, str):
            raise OptionError(f"words is the string {words!r}; expected a list, or word={words!r}")
        if words is not None and not isinstance(words, Iterable):
            raise OptionError(f"words = {words!r}; expected a list of words")
        names = [word] if words is None else list(words)
        if not names or any(not isinstance(name, str) or not name.strip() for name in names):
            raise OptionError(f"the words asked for are {names!r}; expected at least one string, none of them empty")
        named = _named([str(name) for name in names])
        return lambda text: _whole(named, text)
    else:
        compiled = _BLANK
    return lambda text: [found.span() for found in compiled.finditer(text) if found.end() > found.start()]


def _compiled(pattern: object) -> re.Pattern[str]:
    """Return a caller's pattern ready for use."""
    if not isinstance(getattr(pattern, "pattern", pattern), str):
        raise OptionError(f"pattern = {pattern!r}; expected a regular expression over strings")
    try:
        return re.compile(pattern)  # type: ignore[call-overload, no-any-return]
    except re.error as error:
        raise OptionError(f"the pattern {pattern!r} is no regular expression: {error}") from error


def _named(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for words, their accents composed or not, where no letter touches one on the left, and none nor
    a mark on the right."""
    # the longest first, so that of "bat" and "bat house" the longer is found where both stand
    composed = sorted({unicodedata.normalize("NFC", word) for word in words}, key=len, reverse=True)
    left = r"(?:(?<!\w)|(?!\w))"
    # a variation selector at the end of a word belongs to a picture, which may stand close to the next word
    right = rf"(?!(?<=[\w{marks()}])(?<![\ufe00-\ufe0f])[{JOINERS}]*[\w{marks()}])"
    return re.compile(rf"{left}(?:{'|'.join(map(_spelled, composed))})(?-i:{right})", re.IGNORECASE)


def _spelled(word: str) -> str:
    """Return a pattern for a composed word in which every accent may also stand as a mark of its own."""
    if word.isascii():
        return re.escape(word)
    clusters = re.findall(f"[^{marks()}][{marks()}]*|[{marks()}]+", word)
    forms = [sorted(map(re.escape, _forms(cluster))) for cluster in clusters]
    return "".join(form[0] if len(form) == 1 else f"(?:{'|'.join(form)})" for form in forms)


def _forms(cluster: str) -> set[str]:
    """Return the ways to write a letter with its marks: composed, taken apart, or some marks in the letter."""
    composed, (base, *rest) = unicodedata.normalize("NFC", cluster), list(unicodedata.normalize("NFD", cluster))
    forms = {composed, base + "".join(rest)}
    for order in permutations(rest) if len(rest) < 4 else ():
        for k in range(len(order)):
            form = unicodedata.normalize("NFC", base + "".join(order[:k])) + "".join(order[k:])
            if unicodedata.normalize("NFC", form) == composed:
                forms.add(form)
    return forms


def _whole(words: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Return where words stand whole; what a pattern cannot say is that a mark before one belongs to a letter."""
    if text.isascii():
        return [found.span() for found in words.finditer(text)]
    spans, at = [], 0
    while found := words.search(text, at):
        start, end = found.span()
        before = start
        while before and (text[before - 1] in JOINERS or unicodedata.category(text[before - 1])[0] == "M"):
            before -= 1
        inside = before < start and re.match(r"\w", text[before - 1 : before]) and re.match(r"\w", text[start])
        at = start + 1 if inside else end
        if not inside:
            spans.append((start, end))
    return spans


def read_text(item: object, number: int) -> tuple[str, list[tuple[int, int]] | None]:
    """Return text ``number``, and the spans of its tokens where it came as tokens.

    Raises:
        OptionError: it is neither a string nor a list of strings.

    >>> read_text("a bat", 0), read_text(["a", "bat"], 1)
    (('a bat', None), ('a bat', [(0, 1), (2, 5)]))
    """
    if isinstance(item, str):
        return item, None
    if isinstance(item, Iterable) and not isinstance(item, bytes | bytearray):
        tokens = list(item)
        strange = next((token for token in tokens if not isinstance(token, str)), None)
        if strange is None:
            return joined(tokens)
        raise OptionError(f"text {number} has the token {strange!r:.60}; expected strings")
    hint = "; decode it first" if isinstance(item, bytes | bytearray) else ""
    raise OptionError(f"text {number} is {item!r:.60}; expected a string or a list of tokens{hint}")


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
    try:
        array = np.asarray(spans)
    except (ValueError, TypeError):  # rows of several lengths
        array = np.asarray(None)
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
