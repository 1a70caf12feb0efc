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
@click.option("--check", is_flag=True, help="Read all of a .firth file and compare it with its checksums.")
@json_option
def command(file: str, strict: bool, check: bool, as_json: bool) -> None:
    """Tell what FILE holds: how many words and numbers, where they came from, and what was odd about it."""
    start_light()
    checked: list[str] | None = None
    if check:
        from firth.formats import read_source
        from firth.formats.base import ReadOptions
        from firth.formats.checksums import check_source
        from firth.formats.source import open_source

        source = open_source(file)  # once: standard input cannot be opened twice
        checked = check_source(source)
        wv = read_source(source, ReadOptions(strict=strict))
    else:
        from firth.loading import load

        wv = load(file, strict=strict)
    found = {**describe(wv, file), "checked": checked}
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
        *([] if checked is None else [["check", _verdict(checked)]]),
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


def _verdict(checked: list[str]) -> str:
    if not checked:
        return "no checksums were saved; `firth convert` into a new .firth file writes them"
    return f"fine: header and {len(checked)} tensors are what was written"


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
