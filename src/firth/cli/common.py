"""What the commands share: JSON, plain tables, words from standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def print_json(value: Any) -> None:
    """Print one JSON value on a line of its own.

    >>> print_json({"word": "café"})
    {"word": "café"}
    """
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return rows as aligned text; the columns listed in ``right`` stand flush right.

    >>> print(format_table(["word", "similarity"], [["cats", "0.810"], ["dog", "0.761"]], right=[1]))
    word  similarity
    cats       0.810
    dog        0.761
    """
    table = [list(header), *map(list, rows)] if header else [list(row) for row in rows]
    widths = [max((_width(row[k]) for row in table), default=0) for k in range(len(table[0]) if table else 0)]

    def cell(text: str, k: int) -> str:
        pad = " " * (widths[k] - _width(text))
        return pad + text if k in right else text + pad

    return "\n".join("  ".join(cell(text, k) for k, text in enumerate(row)).rstrip() for row in table)


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def stdin_lines() -> Iterator[str]:
    """Yield the lines of standard input without their ends, blank ones left out."""
    for line in sys.stdin:
        stripped = line.rstrip("\r\n")
        if stripped.strip():
            yield stripped
