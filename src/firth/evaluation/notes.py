"""What readers share: notes on lines that were left out, and the name of what was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from firth.catalogue.benchmarks import identify
from firth.evaluation.lines import Line
from firth.report import Problem


def problem(line: Line, what: str) -> Problem:
    """Return the note on a line that was left out."""
    return Problem("bad line", line.number, None, f"{what}; line left out: {shown(line.text)}")


def shown(text: str) -> str:
    """Return a line for a message, cut where it is long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def named(kind: str, source: str, size: int, probes: Sequence[tuple[str, ...]]) -> str:
    """Return the name of a benchmark: the catalogue's where it knows these items, else the file's."""
    known = identify(kind, size, probes)
    return known.name if known else Path(source).name


def first_problem(problems: Sequence[Problem]) -> str:
    """Return the first note as words."""
    return str(problems[0]) if problems else "no line fits"
