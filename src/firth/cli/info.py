"""``firth info FILE``: what a vector file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from firth.cli.common import format_table, json_option, print_json
from firth.cli.light import start_light

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

_SAMPLE = 10


@click.command(epilog="Example:  firth info glove.6B.100d.txt")
@click.argument("file")
@click.option("--strict", is_flag=True, help="Refuse the file if a row cannot be used.")
@json_option
def command(file: str, strict: bool, as_json: bool) -> None:
    """Tell what FILE holds: how many words and numbers, where they came from, and what was odd about it."""
    start_light()
    from firth.loading import load

    wv = load(file, strict=strict)
    found = describe(wv, file)
    if as_json:
        print_json(found)
        return
    norms = found["norms"]
    rows = [
        ["file", file],
        ["format", found["format"]],
        ["words", f"{found['words']:,}"],
        ["numbers a word", f"{found['dim']:,} ({found['dtype']})"],
        ["lengths", "none" if norms is None else f"{norms['min']:.4g} to {norms['max']:.4g}, mean {norms['mean']:.4g}"],
        ["counts", "yes" if found["counts"] else "no"],
        ["first words", ", ".join(map(repr, found["sample"]))],
        *(
            ["recipe: " + key.replace("_", " "), str(value)]
            for key, value in wv.recipe.items()
            if not isinstance(value, dict | list)
        ),
    ]
    click.echo(format_table([], rows))
    if wv.report is not None and not wv.report.clean:
        click.echo(str(wv.report))


def describe(wv: WordVectors, file: str) -> dict[str, Any]:
    """Return what there is to say about a table, as plain JSON values."""
    import numpy as np

    report = wv.report
    lengths = wv.norms[np.isfinite(wv.norms)]
    return {
        "words": len(wv),
        "dim": wv.dim,
        "dtype": str(wv.vectors.dtype),
        "format": report.format if report is not None and not _is_firth(file) else "firth",
        "source": wv.recipe.get("source", report.source if report is not None else file),
        "recipe": wv.recipe,
        "report": report.to_json() if report is not None else None,
        "counts": wv.counts is not None,
        "norms": None
        if len(lengths) == 0
        else {
            "min": float(lengths.min()),
            "mean": float(lengths.mean(dtype=float)),
            "max": float(lengths.max()),
            "zero": int((wv.norms == 0).sum()),
            "not_finite": len(wv) - len(lengths),
        },
        "sample": wv.vocabulary[:_SAMPLE],
    }


def _is_firth(file: str) -> bool:
    """Tell whether a file is a ``.firth`` file, whose report tells of the file that it was made from."""
    from pathlib import Path

    from firth.formats.firth_file import sniff

    path = Path(file)
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return sniff(stream.read(4096))
