"""What the commands share: JSON, plain tables, words from standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


oov_option = click.option(
    "--oov",
    multiple=True,
    type=click.Choice(["error", "subwords", "case", "spelling"]),
    help="What stands in for a word that FILE lacks: nothing, the vector of its subwords, a word that differs in case "
    "or accents, the nearest spelling. Given several times: tried in turn.  [default: subwords where FILE has them, "
    "else error]",
)


def open_vectors(file: str, oov: Sequence[str]) -> WordVectors:
    """Open vectors, under a rule for words that they lack where one is given.

    Raises:
        OptionError: the rules do not go together, or the file has no subwords.
    """
    from firth.loading import load

    wv = load(file)
    return wv.with_oov(*oov) if oov else wv


def open_words(file: str, oov: Sequence[str]) -> WordVectors:
    """Open vectors that neighbours shall be chosen from.

    Raises:
        FormatError: there are no words, as in a hashed table.
    """
    from firth.errors import FormatError

    wv = open_vectors(file, oov)
    if len(wv) == 0:
        way = f"; name some: firth convert {file} OUT.firth --words LIST" if wv.subwords is not None else ""
        what = "a hashed table of n-grams and no words" if way else "no words"
        raise FormatError(f"{file} holds {what}, so there are no neighbours to choose from{way}")
    return wv


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
