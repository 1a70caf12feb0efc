"""``firth near FILE EXPRESSION``: the words nearest to a word or an expression."""

from __future__ import annotations

import sys

import click

from firth.cli.common import json_option, oov_option, open_words, print_json, stdin_lines
from firth.cli.light import start_light


@click.command(
    epilog="Examples:  firth near glove.txt 'king - man + woman'   ·   firth near vectors.firth - < expressions.txt"
)
@click.argument("file")
@click.argument("expressions", nargs=-1, metavar="EXPRESSION...")
@click.option("-n", "--topn", default=10, show_default=True, type=click.IntRange(min=1), help="How many neighbours.")
@click.option("--among", metavar="REGEX", help="Only words that match this pattern as a whole.")
@oov_option
@json_option
def command(
    file: str, expressions: tuple[str, ...], topn: int, among: str | None, oov: tuple[str, ...], as_json: bool
) -> None:
    """Show the words nearest to EXPRESSION in the vectors of FILE.

    An expression is a word, or words with + - * / and numbers, brackets and "quotes"; a hyphen between letters belongs
    to the word. `-`, or no expression, reads one a line from standard input. With --json every expression gives one
    JSON object on a line of its own. Where another word or subwords stand in for a word that FILE lacks (--oov), the
    answer says so.
    """
    asked = stdin_lines() if expressions in ((), ("-",)) else iter(expressions)
    if expressions == () and sys.stdin.isatty():
        raise click.UsageError("no EXPRESSION is given; give one, or `-` to read them from standard input")
    if len(expressions) == 1 and expressions != ("-",):
        start_light()
    wv = open_words(file, oov)
    for number, expression in enumerate(asked):
        found = wv.near(expression, topn, among=among)
        if as_json:
            print_json(found.to_json())
        else:
            click.echo(("\n" if number else "") + repr(found))
