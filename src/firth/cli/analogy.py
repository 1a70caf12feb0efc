"""``firth analogy FILE A B C``: what is to C as B is to A?"""

from __future__ import annotations

import click

from firth.cli.common import json_option, oov_option, open_words, print_json
from firth.cli.light import start_light

METHODS = ("3cosadd", "3cosmul", "pairdirection", "lrcos")


@click.command(epilog="Example:  firth analogy glove.txt man king woman")
@click.argument("file")
@click.argument("a")
@click.argument("b")
@click.argument("c")
@click.option(
    "-m", "--method", default="3cosadd", show_default=True, type=click.Choice(METHODS), help="How to solve it."
)
@click.option(
    "-e", "--example", "examples", multiple=True, metavar="A:B", help="A further pair, for lrcos; repeatable."
)
@click.option("-n", "--topn", default=10, show_default=True, type=click.IntRange(min=1), help="How many answers.")
@oov_option
@json_option
def command(
    file: str,
    a: str,
    b: str,
    c: str,
    method: str,
    examples: tuple[str, ...],
    topn: int,
    oov: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the words that stand to C as B stands to A: man is to king as woman is to what?

    The three words, and those of examples, are left out of the answer. Where another word or subwords stand in for a
    word that FILE lacks (--oov), the answer says so.
    """
    start_light()
    pairs = []
    for example in examples:
        first, colon, second = example.partition(":")
        if not (first and colon and second):
            raise click.BadParameter(f"{example!r}; expected two words with a colon between", param_hint="--example")
        pairs.append((first, second))
    found = open_words(file, oov).analogy(a, b, c, method=method, topn=topn, examples=pairs)
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(repr(found))
