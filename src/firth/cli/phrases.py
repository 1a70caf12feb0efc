"""``firth phrases``: words that belong together, found and joined."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from firth.cli.common import format_table, json_option, print_json


def connector_words(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Return the words that an option names: blanks between them, or "english"."""
    if value is None:
        return None
    if value == "english":
        from firth.training.phraserule import ENGLISH_CONNECTORS

        return tuple(sorted(ENGLISH_CONNECTORS))
    return tuple(value.split())


def phrase_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what ``firth train`` may be told of phrases."""
    for option in reversed(
        (
            click.option(
                "--phrases",
                type=click.IntRange(0, 100),
                metavar="PASSES",
                help="Look for phrases so many times and join them: new york becomes new_york.  [default: 0]",
            ),
            click.option("--phrase-scoring", type=click.Choice(["default", "npmi"]), help="How pairs are scored."),
            click.option(
                "--phrase-threshold", type=float, help="Pairs that score higher are phrases.  [default: 10; npmi 0.5]"
            ),
            click.option(
                "--connectors",
                callback=connector_words,
                metavar="WORDS",
                help='Words that may stand inside a phrase, such as "of the"; or: english.',
            ),
        )
    ):
        command = option(command)
    return command


@click.command("phrases")
@click.argument("corpus", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(), help="Where the text with joined phrases goes; without, only a list."
)
@click.option("--passes", type=click.IntRange(1, 100), default=1, show_default=True, help="2 finds up to four words.")
@click.option("--min-count", type=click.IntRange(min=1), default=5, show_default=True, help="Rarer pairs are none.")
@click.option("--scoring", type=click.Choice(["default", "npmi"]), default="default", show_default=True)
@click.option("--threshold", type=float, help="Pairs that score higher are phrases.  [default: 10; npmi 0.5]")
@click.option(
    "--connectors",
    callback=connector_words,
    metavar="WORDS",
    help='Words that may stand inside a phrase but neither start nor end one, such as "of the"; or: english.',
)
@click.option("--column", help="Of parquet files and JSON lines: the column that holds the text.")
@click.option("--threads", type=click.IntRange(min=1), help="Cores to use for reading.  [default: all]")
@click.option("-n", "--top", type=click.IntRange(min=0), default=20, show_default=True, help="Phrases to show.")
@json_option
def command(
    corpus: tuple[str, ...],
    output: str | None,
    passes: int,
    min_count: int,
    scoring: str,
    threshold: float | None,
    connectors: tuple[str, ...] | None,
    column: str | None,
    threads: int | None,
    top: int,
    as_json: bool,
) -> None:
    """Find phrases of CORPUS such as "new york", show the best, and write the text with them joined: new_york.

    CORPUS is what firth train takes; its option --phrases does the same in passing.
    """
    from firth.cli.display import progress
    from firth.cli.probes import printable
    from firth.files import atomic_write
    from firth.training.corpus import find_files
    from firth.training.phraserule import PhraseRule
    from firth.training.phrases import find_phrases, write_joined

    names: list[Any] = [Path(name) if name != "-" else name for name in corpus]
    files = [file for name in names for file in find_files(name, column) or []]
    rule = PhraseRule(passes, min_count, threshold, scoring, frozenset(connectors or ()))
    if output is None:
        found = find_phrases(
            files,
            min_count=min_count,
            threshold=threshold,
            scoring=scoring,
            connectors=connectors or (),
            passes=passes,
            column=column,
            threads=threads,
            progress=progress(),
        )
        words: dict[str, Any] = {}
    else:
        with atomic_write(output) as out:
            found, before, after = write_joined(files, rule, out, column=column, threads=threads, progress=progress())
        words = {"output": output, "words": before, "words_joined": after}
    best = list(found.scores.items())
    if as_json:
        print_json({**words, "phrases": len(best), "scores": [list(pair) for pair in (best[:top] if top else best)]})
        return
    if best and top:
        rows = [[printable(phrase), f"{score:.4g}"] for phrase, score in best[:top]]
        click.echo(format_table(["phrase", "score"], rows, right=[1]))
    said = f"{len(best):,} phrases"
    if words:
        said += f"; {output}: {words['words']:,} words became {words['words_joined']:,}"
    click.echo(said, err=True)
