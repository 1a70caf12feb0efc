"""``firth odd FILE WORD WORD WORD...``: the word that does not belong."""

from __future__ import annotations

import click

from firth.cli.common import format_table, json_option, print_json
from firth.cli.light import start_light


@click.command(epilog="Example:  firth odd glove.txt breakfast cereal dinner lunch")
@click.argument("file")
@click.argument("words", nargs=-1, required=True, metavar="WORD WORD WORD...")
@json_option
def command(file: str, words: tuple[str, ...], as_json: bool) -> None:
    """Show which word fits the others least: the one furthest from the mean of all.

    Every word is shown with its cosine to that mean, the odd one last. Words that are not in the vectors are an error.
    """
    start_light()
    from firth.loading import load

    if len(words) < 3:
        raise click.UsageError(f"{len(words)} word{'s' * (len(words) != 1)} given; an odd one needs at least three")
    wv = load(file)
    for word in words:
        wv.row(word)  # a missing word is an error here: the answer would not be about the words that were given
    ranked = wv.rank_by_centrality(words)
    if as_json:
        scores = [{"word": word, "similarity": score} for score, word in ranked]
        print_json({"words": list(words), "odd": ranked[-1][1], "centrality": scores})
    else:
        rows = [
            [str(word), f"{score:.3f}", "" if k < len(ranked) - 1 else "odd"] for k, (score, word) in enumerate(ranked)
        ]
        click.echo(format_table([], rows, right=[1]))
