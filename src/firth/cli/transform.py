"""``firth transform IN OUT STEP...``: operations on a table, one after another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firth.cli.common import json_option, print_json

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Step → what follows its `=` (empty: nothing may; in brackets: it may be left out), and what it does.
STEPS = {
    "normalise": ("", "length one for every vector"),
    "centre": ("", "the mean is taken out"),
    "all-but-the-top": ("[N]", "the mean and N dominant axes are taken out (dim / 100)"),
    "reduce": ("DIM", "PCA to so many dimensions"),
    "sif": ("[A]", "length A / (A + p(word)) times the old one (0.001)"),
    "top": ("N", "the N most frequent words only"),
    "min-count": ("N", "words seen at least N times only"),
    "pattern": ("REGEX", "words that match as a whole only"),
    "words": ("FILE", "the words of FILE only, one a line"),
    "lower": ("", "words in lower case; of equal ones the first row stays"),
    "retrofit": ("FILE", "nearer to the neighbours in a lexicon: lines of `word neighbour ...`"),
    "float16": ("", "half the bytes"),
    "int8": ("", "numbers rounded as int8 storage would"),
}
_OTHERWISE = {"normalize": "normalise", "center": "centre", "abtt": "all-but-the-top", "pca": "reduce"}


class StepsCommand(click.Command):
    """A command whose help lists the steps."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the steps before the examples."""
        with formatter.section("Steps"):
            formatter.write_dl([
                (name + (value and f"{'[=' + value[1:] if value[0] == '[' else '=' + value}"), text)
                for name, (value, text) in STEPS.items()
            ])  # fmt: skip
        super().format_epilog(ctx, formatter)


@click.command(
    cls=StepsCommand,
    epilog="Example:  firth transform glove.6B.300d.txt small.firth top=100000 all-but-the-top reduce=100 float16",
)
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.argument("steps", nargs=-1, required=True, metavar="STEP...")
@json_option
def command(source: str, target: str, steps: tuple[str, ...], as_json: bool) -> None:
    """Take the vectors of IN through the STEPs, in that order, and write them to OUT; its recipe lists them."""
    parsed = [_parse(step) for step in steps]  # wrong usage is told before a large file is read
    from firth.formats import target_format
    from firth.formats.keeping import not_kept
    from firth.loading import load

    target_format(target)  # and a name that cannot be written, too
    wv = load(source)
    done = []
    for name, step in parsed:
        wv = step(wv)
        done.append({"step": name, "words": len(wv), "dim": wv.dim, "parameters": wv.recipe["parameters"]})
    path = wv.save(target)
    notes = not_kept(wv, target_format(target, wv))
    if as_json:
        print_json({"path": str(path), "steps": done, "notes": notes})
        return
    for line in done:
        facts = ", ".join(f"{key} {value}" for key, value in line["parameters"].items())
        click.echo(f"{line['step']}: {line['words']:,} words x {line['dim']}{facts and f' ({facts})'}")
    click.echo(f"written to {path}")
    for note in notes:
        click.echo(f"  note: {note}")


def _parse(step: str) -> tuple[str, Callable[[WordVectors], WordVectors]]:
    """Return a step's name and what it does.

    Raises:
        UsageError: there is no such step, or its value does not do.
    """
    from firth import operations

    name, _, value = step.partition("=")
    name = _OTHERWISE.get(name.lower(), name.lower())
    if name not in STEPS:
        import difflib

        near = difflib.get_close_matches(name, STEPS, n=2)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are: {', '.join(STEPS)}"
        raise click.UsageError(f"no step {name!r}; {hint}")
    wanted = STEPS[name][0]
    if bool(value) != bool(wanted) and not wanted.startswith("["):
        raise click.UsageError(f"{step!r}: expected {f'{name}={wanted}' if wanted else f'{name} alone'}")
    number: Any = None
    if value and wanted.strip("[]") in ("N", "DIM", "A"):
        try:
            number = float(value) if wanted == "[A]" else int(value)
        except ValueError as error:
            raise click.UsageError(f"{step!r}: {value!r} is no number") from error
    does: dict[str, Callable[[WordVectors], WordVectors]] = {
        "normalise": operations.normalise,
        "centre": operations.centre,
        "all-but-the-top": lambda wv: operations.all_but_the_top(wv, number),
        "reduce": lambda wv: operations.reduce(wv, number),
        "sif": lambda wv: operations.sif_weight(wv, 1e-3 if number is None else number),
        "top": lambda wv: operations.prune(wv, top=number),
        "min-count": lambda wv: operations.prune(wv, min_count=number),
        "pattern": lambda wv: operations.restrict(wv, pattern=value),
        "words": lambda wv: operations.restrict(wv, _words(value)),
        "lower": lambda wv: operations.rename(wv, str.lower),
        "retrofit": lambda wv: operations.retrofit(wv, value),
        "float16": lambda wv: operations.quantise(wv, "float16"),
        "int8": lambda wv: operations.quantise(wv, "int8"),
    }
    return name, does[name]


def _words(path: str) -> list[str]:
    from firth.errors import ReadError

    try:
        text = Path(path).read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ReadError(f"cannot read the list of words {path}: {error.strerror or error}") from error
    return [line.strip() for line in text.split("\n") if line.strip()]
