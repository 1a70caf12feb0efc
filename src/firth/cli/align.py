"""``firth align A B``: one table turned into the space of another, and what moved between them."""

from __future__ import annotations

from pathlib import Path

import click

from firth.cli.common import format_table, json_option, print_json


@click.command(epilog="Example:  firth align news-1990.firth news-2020.firth -o aligned.firth --top 20000")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("-o", "--output", metavar="FILE", help="Write A, turned into the space of B.")
@click.option("--pairs", metavar="FILE", help="Fit to these pairs (two words a line) instead of the shared words.")
@click.option("--top", type=click.IntRange(min=1), help="Fit to, and compare, the first so many words only.")
@click.option("--centre", is_flag=True, help="Take the means out first.")
@click.option(
    "-n", "--moved", "topn", default=20, show_default=True, type=click.IntRange(min=0), help="How many words."
)
@json_option
def command(
    first: str,
    second: str,
    output: str | None,
    pairs: str | None,
    top: int | None,
    centre: bool,
    topn: int,
    as_json: bool,
) -> None:
    """Turn the vectors of A into the space of B, and show the shared words that moved most between them.

    For two time slices, two corpora, two runs, or, with --pairs, two languages.
    """
    from firth import operations
    from firth.errors import OptionError
    from firth.formats import target_format
    from firth.loading import load

    if output is not None:
        target_format(output)  # a wrong ending is told before the work
    a, b = load(first), load(second)
    chosen = None if pairs is None else _pairs(pairs)
    fitted = operations.fit_alignment(a, b, pairs=chosen, top=top, centre=centre)
    aligned = fitted.apply(a)
    try:
        moved = operations.moved(aligned, b, topn=topn, top=top) if topn else []
    except OptionError:  # two languages may share no word
        moved = []
    if output is not None:
        aligned.save(output)
    if as_json:
        before = None if a.dim != b.dim else round(fitted.cosine_before, 6)
        print_json({
            "pairs": fitted.pairs, "cosine_before": before, "cosine": round(fitted.cosine, 6),
            "moved": [[word, round(cosine, 6)] for word, cosine in moved], "path": output,
        })  # fmt: skip
        return
    click.echo(f"fitted to {fitted.pairs:,} pairs; their mean cosine is {fitted.cosine:.3f}")
    if moved:
        click.echo("\n" + format_table(["moved most", "cosine"], [[w, f"{c:.3f}"] for w, c in moved], right=[1]))
    if output is not None:
        click.echo(f"\nwritten to {output}")


def _pairs(path: str) -> list[tuple[str, str]]:
    from firth.errors import FormatError, ReadError

    try:
        text = Path(path).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ReadError(f"cannot read the pairs {path}: {error.strerror or error}") from error
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if len(words) == 2:
            found.append((words[0], words[1]))
        elif words:
            raise FormatError(f"{path}, line {number}: {len(words)} words {line.strip()!r}; expected two")
    return found
