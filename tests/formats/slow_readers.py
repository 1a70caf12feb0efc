"""Plain-Python readers of vectors as text and as word2vec binary: slow, short, and the measure of the quick ones.

Both take the dimension from the caller, so that what is compared is every single row.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

NUMBER = re.compile(rb"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.I)
FIELD = re.compile(rb"[^ \t]+")


def is_number(text: bytes) -> bool:
    """Tell whether a field counts as a number."""
    return NUMBER.fullmatch(text) is not None


@dataclass
class Rows:
    """What a slow reader found: words, numbers, places (line numbers, or byte offsets), and problems."""

    words: list[bytes] = field(default_factory=list)
    vectors: list[np.ndarray] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    problems: list[tuple[str, int]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how often each kind of problem was seen."""
        return dict(Counter(kind for kind, _ in self.problems))

    def add(self, word: bytes, vector: np.ndarray, place: int) -> None:
        """Take a row, if its word is new."""
        squares = (vector.astype(float) ** 2).sum()
        if not squares <= 2.0**240:
            kind = "row with NaN" if np.isnan(vector).any() else "row with infinity"
            self.problems.append((kind, place))
        elif squares < 2.0**-240:
            self.problems.append(("zero row", place))
        try:
            word.decode("utf-8")
        except UnicodeDecodeError:
            self.problems.append(("word not UTF-8", place))
        if word == b"":
            self.problems.append(("empty word", place))
        if word in self.words:
            self.problems.append(("duplicate word", place))
            return
        self.words.append(word)
        self.vectors.append(vector)
        self.places.append(place)


def float32(text: bytes) -> np.float32:
    """Return what the quick reader must give for a number."""
    with np.errstate(over="ignore"):
        return np.float32(float(text))


def slow_text(data: bytes, dim: int, *, start: int = 0, first_line: int = 1) -> Rows:
    """Read lines of a word and ``dim`` numbers from ``data[start:]``."""
    rows = Rows()
    pieces = data[start:].split(b"\n")
    open_end = pieces[-1] != b""
    if not open_end:
        pieces.pop()
    for number, piece in enumerate(pieces, first_line):
        line = piece.rstrip(b" \t\r")
        fields = list(FIELD.finditer(line))
        leading = len(line) > 0 and line[:1] in b" \t"
        last = open_end and number == first_line + len(pieces) - 1
        if not fields:
            rows.problems.append(("blank line", number))
            continue
        if len(fields) < dim + 1 - leading:
            rows.problems.append(("truncated row" if last else "short row", number))
            continue
        numbers = [match.group() for match in fields[-dim:]]
        if not all(map(is_number, numbers)):
            rows.problems.append(("unreadable number", number))
            continue
        before = fields[:-dim]
        word = line[before[0].start() : before[-1].end()] if before else b""
        if len(before) > 1:
            if is_number(before[-1].group()):
                rows.problems.append(("long row", number))
                continue
            rows.problems.append(("word with blanks", number))
        rows.add(word, np.array([float32(text) for text in numbers], np.float32), number)
    return rows


def slow_binary(data: bytes, dim: int, most: int, *, start: int) -> tuple[Rows, int]:
    """Read up to ``most`` binary records from ``data[start:]``; return them and where the next one would start."""
    rows, place = Rows(), start
    for _ in range(most):
        first = place
        while data[first : first + 1] == b"\n":
            first += 1
        blank = data.find(b" ", first)
        if blank < 0 or blank - first > 1 << 16 or len(data) - blank - 1 < 4 * dim:
            break
        rows.add(data[first:blank], np.frombuffer(data, "<f4", dim, blank + 1), blank + 1)
        place = blank + 1 + 4 * dim
    return rows, place
