"""firth advise --task TEXTS.csv: which vectors do for these texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from firth.cli.common import format_table, json_option, print_json
from firth.cli.contextual_options import model_options, open_model

if TYPE_CHECKING:
    from firth.context.advise import Advice
    from firth.context.recommendation import Candidate
    from firth.evaluation.statistics import Interval


@click.command("advise")
@click.argument("file", metavar="[TEXTS]", required=False)
@click.option("--task", "task", metavar="TEXTS", help="The same as the argument: the labelled texts.")
@click.option("--text", default="text", show_default=True, help="Column of the texts.")
@click.option("--label", default="label", show_default=True, help="Column of the labels.")
@click.option("--group", help="Column of what must not be torn apart, such as the document of a sentence.")
@click.option("-s", "--static", multiple=True, help="A table of static vectors, file or name; may be repeated.")
@click.option("-m", "--model", default="minilm", show_default=True, help="The contextual model: folder or hub name.")
@click.option("--no-model", is_flag=True, help="Compare static tables alone.")
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2), help="Parts of the cross-validation.")
@model_options
@json_option
def command(
    file: str | None,
    task: str | None,
    text: str,
    label: str,
    group: str | None,
    static: tuple[str, ...],
    model: str,
    no_model: bool,
    folds: int,
    backend: str,
    dtype: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Tell which vectors do for your own labelled texts: static, distilled, or contextual.

    TEXTS, as an argument or with --task, is CSV, TSV or JSON Lines with a text and a label a row. On the mean of each
    text's word vectors a small classifier is trained and tested by cross-validation, the same folds for all; shown are
    its accuracy with 95 % intervals, how far each stays behind the best, the time a text takes, memory and disk, and
    what to take.

    \b
    firth advise --task reviews.csv --static glove.6B.100d.txt
    firth advise sentences.tsv --text sentence --label genre --group document --json
    """
    from firth.cli.display import progress
    from firth.context.advise import advise
    from firth.context.labelled import read_labelled

    given = [path for path in (file, task) if path is not None]
    if len(given) != 1:
        what = "no labelled texts" if not given else f"two files of labelled texts, {file} and {task}"
        raise click.UsageError(f"{what}; give one, such as: firth advise --task texts.csv")
    if no_model and not static:
        raise click.UsageError("nothing to compare: give --static TABLE, or leave --no-model out")
    found = read_labelled(given[0], text=text, label=label, group=group)
    for lacking, lines in found.left_out.items():
        _say(f"{len(lines)} of the rows have no {lacking} and are left out: lines {_shown(lines)}")
    encoder = None if no_model else open_model(model, backend, dtype, threads)
    advice = advise(
        found.texts, found.labels, static=static, encoder=encoder, groups=found.groups, folds=folds, progress=progress()
    )
    if advice.without_words:
        _say(f"{len(advice.without_words)} texts hold no word and are left out")
    if as_json:
        print_json({"file": given[0], "rows_left_out": found.left_out, **advice.to_json()})
    else:
        click.echo(table(advice))


def table(advice: Advice) -> str:
    """Return what was found as text: the table, the recommendation, the rules."""
    head = ["vectors", "kind", "dim", "accuracy", "95 %", "behind", "95 %", "words", "ms/text", "memory", "disk"]
    rows = [_row(c, c.name == advice.best) for c in advice.candidates]
    groups = "" if advice.n_groups is None else f" in {advice.n_groups:,} groups, none torn apart"
    return "\n".join(
        [
            f"{advice.n_texts:,} texts{groups}, {len(advice.classes)} classes, {advice.folds} folds",
            "",
            format_table(head, rows, right=range(2, len(head))),
            "",
            advice.sentence,
            "",
            f"Chosen: {advice.rule}. Intervals: {advice.interval}.",
        ]
    )


def _row(c: Candidate, best: bool) -> list[str]:
    known = c.kind != "majority"
    return [
        c.name,
        c.kind,
        str(c.dim) if known else "",
        f"{c.accuracy * 100:.1f} %",
        _interval(c.ci95, ""),
        "best" if best else f"{c.behind * 100:+.1f}",
        "" if best else _interval(c.behind_ci95, "+"),
        f"{c.covered * 100:.0f} %" if known else "",
        f"{c.milliseconds:.3g}" if known else "",
        _size(c.memory) if known else "",
        _size(c.disk) if known else "",
    ]


def _interval(interval: Interval, sign: str) -> str:
    return f"{interval.low * 100:{sign}.1f} to {interval.high * 100:{sign}.1f}"


def _size(n: int | None) -> str:
    """Return a number of bytes as a person would say it.

    >>> _size(91_000_000), _size(4_321), _size(None)
    ('91 MB', '0.0043 MB', '')
    """
    return "" if n is None else f"{n / 1e6:.3g} MB" if n >= 1e5 else f"{n / 1e6:.2g} MB"


def _shown(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:8])) + (", ..." if len(lines) > 8 else "")


def _say(text: str) -> None:
    click.echo(text, err=True)
