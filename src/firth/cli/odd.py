"""``firth odd FILE WORD WORD WORD...``: the word that does not belong."""

from __future__ import annotations

import click

from firth.cli.common import format_table, json_option, oov_option, open_vectors, print_json
from firth.cli.light import start_light


@click.command(epilog="Example:  firth odd glove.txt breakfast cereal dinner lunch")
@click.argument("file")
@click.argument("words", nargs=-1, required=True, metavar="WORD WORD WORD...")
@oov_option
@json_option
def command(file: str, words: tuple[str, ...], oov: tuple[str, ...], as_json: bool) -> None:
    """Show which word fits the others least: the one furthest from the mean of all.

    Every word is shown with its cosine to that mean, the odd one last. A word that FILE lacks is an error, unless
    another word or subwords stand in for it (--oov); the answer then says so.
    """
    start_light()
    from firth.search.lookup import notes

    if len(words) < 3:
        raise click.UsageError(f"{len(words)} word{'s' * (len(words) != 1)} given; an odd one needs at least three")
    wv = open_vectors(file, oov)
    # a missing word is an error here: the answer would not be about the words that were given
    told = notes(map(wv.lookup, dict.fromkeys(words)))
    ranked = wv.rank_by_centrality(words)
    if as_json:
        scores = [{"word": word, "similarity": score} for score, word in ranked]
        answer = {"words": list(words), "odd": ranked[-1][1], "centrality": scores}
        print_json(answer | {"notes": told} if told else answer)
    else:
        rows = [
            [str(word), f"{score:.3f}", "" if k < len(ranked) - 1 else "odd"] for k, (score, word) in enumerate(ranked)
        ]
        click.echo("\n".join([format_table([], rows, right=[1]), *(f"  note: {note}" for note in told)]))
