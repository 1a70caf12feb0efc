"""A first look at vectors as text: byte order mark, header, and how many numbers a row has.

Only the first lines are looked at, in plain Python. One odd line among them does no harm: the dimension is what most of
them agree on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, UnknownFormatError

#: One number as the text reader takes it: what Python's float() takes, without underscores and other scripts' digits.
NUMBER = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)

_HEADER = re.compile(rb"([0-9]{1,18})[ \t]+([0-9]{1,9})[ \t\r]*")
_SEPARATORS = re.compile(rb"[ \t]+")
_LOOKED_AT = 32
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first lines tell.

    Attributes:
        start: where the first row's line starts.
        line: its line number, from 1.
        dim: numbers a row, as most of the first lines have it.
        declared_rows, declared_dim: what the header says; None without one.
        header_line: the header's line number.
        bom: whether the file starts with a byte order mark.
    """

    start: int
    line: int
    dim: int
    declared_rows: int | None = None
    declared_dim: int | None = None
    header_line: int = 1
    bom: bool = False


def numbers_at_end(line: bytes) -> int:
    """Return how many numbers stand at the end of a line, after its first field.

    >>> numbers_at_end(b". . 0.1 -2e-3"), numbers_at_end(b"1984 0.5 1 "), numbers_at_end(b"the cat sat")
    (2, 2, 0)
    """
    fields = _SEPARATORS.split(line.rstrip(b" \t\r"))
    count = 0
    while count < len(fields) - 1 and NUMBER.fullmatch(fields[-1 - count]):
        count += 1
    return count


def _first_lines(data: NDArray[np.uint8], start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield place, line number and content of the first lines that are not blank."""
    number, given, window = 0, 0, 1 << 16
    while start < len(data) and given < _LOOKED_AT:
        piece = data[start : start + window].tobytes()
        lines = piece.split(b"\n")
        whole = start + len(piece) == len(data)
        if len(lines) == 1 and not whole:
            window *= 8
            continue
        for line in lines if whole else lines[:-1]:
            number += 1
            if line.strip(b" \t\r"):
                yield start, number, line
                given += 1
                if given == _LOOKED_AT:
                    return
            start += len(line) + 1


def survey(data: NDArray[np.uint8], name: str) -> Survey:
    """Look at the first lines of a text file.

    Raises:
        FormatError: it is empty, or a header alone.
        UnknownFormatError: its lines are not words followed by numbers.

    >>> survey(np.frombuffer(b"2 3\\ncat 1 2 3\\ndog 4 5 6\\n", np.uint8), "a.vec")
    Survey(start=4, line=2, dim=3, declared_rows=2, declared_dim=3, header_line=1, bom=False)
    >>> survey(np.frombuffer(b"2 3\\n4 5\\n", np.uint8), "a.txt").dim
    1
    """
    bom = data[:3].tobytes() == _BOM
    start = 3 if bom else 0
    lines = list(_first_lines(data, start))
    if not lines:
        what = "is empty" if len(data) == 0 else "holds nothing but blank lines"
        raise FormatError(f"{name} {what}; expected lines of a word and its numbers")
    place, number, first = lines[0]
    parts = first.rstrip(b"\r").split(b"\r")
    if len(parts) > 1 and all(map(numbers_at_end, parts[:2])):
        raise FormatError(
            f"{name}, line {number}: carriage returns alone end its lines, as on old Macs; expected newlines: "
            "tr '\\r' '\\n' < FILE > NEWFILE makes them"
        )
    header = _HEADER.fullmatch(first)
    counts = [numbers_at_end(line) for _, _, line in (lines[1:] if header else lines)]
    rows, dim = (int(header[1]), int(header[2])) if header else (None, None)
    if header and not counts:
        raise FormatError(
            f"{name} is a header alone: it promises {rows:,} words of {dim:,} numbers, and no row follows; "
            "the file was cut"
        )
    votes = Counter(count for count in counts if count)
    if dim:  # a row with as many fields as the header promises counts for it, even if one is no number
        votes[dim] = sum(len(_SEPARATORS.split(line.rstrip(b" \t\r"))) == dim + 1 for _, _, line in lines[1:])
        votes += Counter()  # drop it where it is zero
    if not votes or (not header and max(votes.values()) * 4 < len(lines)):
        if b"\0" in data[:4096].tobytes():
            raise UnknownFormatError(
                f"{name} is not a vector file that firth knows: it holds no text, and starts with the bytes "
                f"{data[:8].tobytes().hex(' ')}"
            )
        shown = first[:60].decode("utf-8", "backslashreplace")
        raise UnknownFormatError(
            f"{name} is not a vector file that firth knows: line {number} starts {shown!r}, and among the first "
            f"{len(lines)} lines too few are a word followed by numbers"
        )
    best = max(votes, key=lambda count: (votes[count], count == dim, count))
    if header and best == 1 and dim != 1:
        # Rows of one number each, so the first line is a row of that kind too, and its word a number.
        return Survey(place, number, 1, bom=bom)
    if not header:
        return Survey(place, number, best, bom=bom)
    return Survey(place + len(first) + 1, number + 1, best, rows, dim, number, bom)


def looks_like_text(head: bytes, *, header: bool) -> bool:
    """Tell whether a file that begins with ``head`` is lines of words and numbers, with a header or without.

    >>> looks_like_text(b"2 3\\ncat 1 2 3\\n", header=True), looks_like_text(b"cat 1 2 3\\n", header=True)
    (True, False)
    """
    lines = [line for _, _, line in _first_lines(np.frombuffer(head.removeprefix(_BOM), np.uint8), 0)]
    found = _HEADER.fullmatch(lines[0]) if lines else None
    if (found is not None) != header:
        return False
    if found is None:
        return any(map(numbers_at_end, lines))
    counts = [numbers_at_end(line) for line in lines[1:]]
    # Floats of a binary file can look like a number by chance, hardly like as many as the header promises.
    return not counts or int(found[2]) in counts or (any(counts) and b"\0" not in head)
