"""Lines of a benchmark file, and a guess at what their columns mean."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

#: How many lines are looked at to tell the shape of a file.
_LOOK = 200

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")

#: Header names, without case, blanks and punctuation.
_FIRST = {"word1", "w1", "term1", "word", "worda"}
_SECOND = {"word2", "w2", "term2", "wordb"}
_RATING = {
    "similarity", "simlex999", "simlex", "simverb", "score", "rating", "relatedness", "humanmean", "mean", "human",
    "gold", "average", "avg", "sim", "value", "meanscore", "averagescore", "goldscore", "humanscore",
}  # fmt: skip
_THIRD = {"word3", "w3"}
_TARGET = {"target", "word4", "w4", "answer"}
_SECTION = {"type", "category", "section", "relation"}


class Line(NamedTuple):
    """A line that has something on it, with its number from 1."""

    number: int
    text: str


def content_lines(raw: bytes) -> list[Line]:
    """Return the lines that are neither blank nor a ``#`` comment, without their ends.

    >>> content_lines(b"\\xef\\xbb\\xbfcat dog 1\\r\\n\\n# note\\nsun moon 2")
    [Line(number=1, text='cat dog 1'), Line(number=4, text='sun moon 2')]
    """
    text = (
        raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    )
    # str.splitlines would also cut at U+2028 and its like, which may stand inside words.
    numbered = enumerate(text.split("\n"), start=1)
    return [Line(number, line) for number, line in numbered if line.strip() and not line.startswith("#")]


def is_number(cell: str) -> bool:
    """Return whether a cell is a plain number; ``nan`` and ``inf`` are words.

    >>> is_number("6.77"), is_number("6,77"), is_number("nan"), is_number("9/11")
    (True, True, False, False)
    """
    return _NUMBER.fullmatch(cell) is not None


def four_words(cells: Sequence[str]) -> tuple[str, str, str, str] | None:
    """Return four words if the cells are just that."""
    if len(cells) != 4 or not all(cells):
        return None
    a, b, c, d = cells
    return a, b, c, d


def has_sections(lines: Sequence[Line]) -> bool:
    """Return whether this is Google's shape: ``: section`` lines, and most of the others four words.

    >>> has_sections(content_lines(b": capitals\\nAthens Greece Oslo Norway\\n"))
    True
    """
    if not any(line.text.startswith(":") for line in lines):
        return False
    others = [line.text for line in lines if not line.text.startswith(":")][:_LOOK]
    return sum(len(text.split()) == 4 for text in others) * 2 >= len(others)


#: Ratings that cannot be used, but make no header of their line.
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """What the columns of a file mean.

    Attributes:
        kind: ``"pairs"``, ``"questions"``, ``"lists"`` or ``"unknown"``.
        delimiter: what cuts the columns; None for runs of blanks.
        columns: for pairs: first word, second word, rating; for questions: the four words.
        section: the column that names the section of a question.
        skip: header lines, 0 or 1.
        numbered: the first column only counts the rows.
    """

    kind: Literal["pairs", "questions", "lists", "unknown"]
    delimiter: str | None = None
    columns: tuple[int, ...] = ()
    section: int | None = None
    skip: int = 0
    numbered: bool = False

    def split(self, text: str) -> list[str]:
        """Cut a line into its cells."""
        return _split(text, self.delimiter)


def _split(text: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return text.split()
    if '"' in text and delimiter != "\t":
        try:  # a line at a time, so that a stray quotation mark swallows no others
            return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter))]
        except (csv.Error, StopIteration):
            pass
    return [cell.strip() for cell in text.split(delimiter)]


def guess_table(lines: Sequence[Line]) -> Table:
    """Tell the shape of a file from its first lines.

    >>> guess_table(content_lines(b"take\\tremove\\tV\\t6.81\\tSYNONYMS\\n"))
    Table(kind='pairs', delimiter='\\t', columns=(0, 1, 3), section=None, skip=0, numbered=False)
    >>> guess_table(content_lines(b",word1,word2,similarity\\n0,car,automobile,3.92\\n")).columns
    (1, 2, 3)
    """
    best, best_share = Table("unknown"), 0.0
    for delimiter in ("\t", ";", ",", None):
        rows = [_split(line.text, delimiter) for line in lines[:_LOOK]]
        # Names in a header are trusted; without them most rows must fit.
        for table, needed in ((_with_header(rows, delimiter), 0.0), (_without_header(rows, delimiter), 0.5)):
            share = _share_that_fits(rows[table.skip :], table) if table is not None else 0.0
            if table is not None and share > max(needed, best_share):
                best, best_share = table, share
    if best.kind != "unknown":
        return best
    return Table("lists") if _are_lists(lines[:_LOOK]) else best


def _share_that_fits(rows: list[list[str]], table: Table) -> float:
    """Return the share of rows that the guess can read."""
    if not rows:
        return 0.0
    wanted = max(table.columns)

    def fits(row: list[str]) -> bool:
        if len(row) <= wanted or not all(row[k] for k in table.columns):
            return False
        return table.kind == "questions" or is_number(row[table.columns[2]])

    return sum(map(fits, rows)) / len(rows)


def _with_header(rows: list[list[str]], delimiter: str | None) -> Table | None:
    names = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in rows[0]]

    def column(known: set[str]) -> int | None:
        return next((k for k, name in enumerate(names) if name in known), None)

    first, second, third, rating = column(_FIRST), column(_SECOND), column(_THIRD), column(_RATING)
    target, section = column(_TARGET), column(_SECTION)
    numbered = names[0] in ("", "id", "index", "n", "no", "number")
    if first is None or second is None:
        return None
    if third is not None and target is not None:
        return Table("questions", delimiter, (first, second, third, target), section, 1, numbered)
    if rating is None:  # a header of unknown names: the first column of numbers after the words
        body = rows[1:]
        rating = next((k for k in range(len(names)) if k > second and _numeric(body, k)), None)
    return None if rating is None else Table("pairs", delimiter, (first, second, rating), None, 1, numbered)


def _without_header(rows: list[list[str]], delimiter: str | None) -> Table | None:
    width = Counter(map(len, rows)).most_common(1)[0][0]
    alike = [row for row in rows if len(row) == width]
    numeric = [_numeric(alike, k) for k in range(width)]
    words = [k for k in range(width) if not numeric[k]]
    # A header with names that nobody knows has words where its column has numbers.
    named = len(rows[0]) == width and not any(is_number(cell) or _NOT_FINITE.fullmatch(cell) for cell in rows[0])
    skip = int(len(rows) > 1 and any(numeric) and named)
    if len(words) >= 2 and any(numeric):
        after = [k for k in range(words[1] + 1, width) if numeric[k]]
        if after:  # numbers before the words only count the rows
            return Table("pairs", delimiter, (words[0], words[1], after[0]), None, skip, numeric[0])
    if width == 4 and not any(numeric) and all(all(row) for row in alike):
        return Table("questions", delimiter, (0, 1, 2, 3), None, 0)
    return None


def _numeric(rows: list[list[str]], column: int) -> bool:
    cells = [row[column] for row in rows if len(row) > column and row[column]]
    return bool(cells) and sum(map(is_number, cells)) > 0.6 * len(cells)


def _are_lists(lines: Sequence[Line]) -> bool:
    """Return whether most lines are a word, a tab (or blanks), and answers."""

    def fits(text: str) -> bool:
        cells = [cell for cell in (text.split("\t") if "\t" in text else text.split()) if cell.strip()]
        return len(cells) == 2 and not is_number(cells[1].strip()) and not is_number(cells[0].strip())

    fitting = sum(fits(line.text) for line in lines)
    return fitting > 1 and fitting >= 0.6 * len(lines)
