"""``firth tour``: the whole way on this machine's own documentation."""

from __future__ import annotations

import click


@click.command(epilog="Example:  firth tour --out /tmp/tour")
@click.option("--out", default="firth-tour", show_default=True, metavar="DIR", help="Where to write.")
@click.option("--epochs", type=click.IntRange(1), help="Times through the text.  [default: 5 to 20, by its size]")
def command(out: str, epochs: int | None) -> None:
    """Show firth at work on this machine's own documentation, in well under a minute.

    The docstrings of Python and of every installed package are gathered; word vectors are trained on them, saved,
    asked, scored and drawn. Every step shows the line that repeats it. Nothing is downloaded.
    """
    from firth.cli import display
    from firth.tour import take_tour

    take_tour(out, say=click.echo, epochs=epochs, progress=display.progress())
