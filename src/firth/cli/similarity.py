"""``firth similarity FILE WORD WORD``: how similar two words are."""

from __future__ import annotations

from typing import Any

import click

from firth.cli.common import format_table, json_option, oov_option, open_vectors, print_json, stdin_lines
from firth.cli.light import start_light


@click.command(epilog="Examples:  firth similarity glove.txt cat dog   ·   firth similarity vectors.firth < pairs.txt")
@click.argument("file")
@click.argument("words", nargs=-1, metavar="WORD WORD")
@oov_option
@json_option
def command(file: str, words: tuple[str, ...], oov: tuple[str, ...], as_json: bool) -> None:
    """Show the cosine similarity of two words in the vectors of FILE: 1 the same direction, 0 unrelated, -1 opposite.

    Without words, or with `-`, pairs are read from standard input, two words a line, parted by a tab or blanks. With
    --json one pair gives one object, pairs from standard input a list of them. Where another word or subwords stand in
    for a word that FILE lacks (--oov), a note on standard error says so, or the key "notes".
    """
    start_light()
    from firth.errors import OptionError
    from firth.search.lookup import notes

    from_stdin = words in ((), ("-",))
    if not from_stdin and len(words) != 2:
        raise click.UsageError(f"{len(words)} word{'s' * (len(words) != 1)} given; expected two, or none to read pairs")
    pairs = [words] if not from_stdin else []
    if from_stdin:
        for number, line in enumerate(stdin_lines(), 1):
            pair = tuple(line.split("\t") if "\t" in line else line.split())
            if len(pair) != 2:
                raise OptionError(f"pair {number} of standard input is {line[:60]!r}; expected two words")
            pairs.append(pair)
    wv = open_vectors(file, oov)
    found: list[dict[str, Any]] = []
    said: dict[str, None] = {}
    for pair in pairs:
        told = notes(map(wv.lookup, dict.fromkeys(pair)))
        said |= dict.fromkeys(told)
        entry = {"words": list(pair), "similarity": wv.similarity(*pair)}
        found.append(entry | {"notes": told} if told else entry)
    if as_json:
        print_json(found if from_stdin else found[0])
    elif from_stdin:
        rows = [[*pair, f"{entry['similarity']:.4f}"] for pair, entry in zip(pairs, found, strict=True)]
        click.echo(format_table([], rows, right=[2]))
    else:
        click.echo(f"{found[0]['similarity']:.4f}")
    for note in said if not as_json else ():  # beside the answer, so that a script reads numbers alone
        click.echo(f"note: {note}", err=True)
