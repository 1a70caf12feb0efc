"""``firth eval``: score vectors on benchmarks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from firth.cli.common import format_table, json_option, print_json

if TYPE_CHECKING:
    from firth.evaluation import Benchmark, Score
    from firth.evaluation.score import SectionScore


_Command = TypeVar("_Command", bound=Callable[..., Any])


def rule_options(function: _Command) -> _Command:
    """Give a command the options that make up the rule of a score."""
    options = (
        click.option(
            "--oov",
            type=click.Choice(["skip", "zero", "mean"]),
            default="skip",
            show_default=True,
            help="What a missing word costs: its pair is left out, counts 0 or as wrong, or gets the mean vector.",
        ),
        click.option(
            "--case",
            type=click.Choice(["fallback", "exact", "lower", "ignore"]),
            default="fallback",
            show_default=True,
            help="How words are looked up: as they stand, then lower case, then capitalised; as they stand; in lower "
            "case; or with case ignored, as gensim does.",
        ),
        click.option(
            "--cut",
            type=click.IntRange(min=1),
            metavar="N",
            help="Look at the first N words only.  [all; analogies: 300,000]",
        ),
        click.option(
            "--method",
            type=click.Choice(["3cosadd", "3cosmul"]),
            default="3cosadd",
            show_default=True,
            help="For analogies.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("eval")
@click.argument("file", type=click.Path())
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK]...")
@json_option
@rule_options
@click.option("--pearson", is_flag=True, help="Show Pearson's correlation too.")
@click.option("--sections", is_flag=True, help="Show every section: of analogies, categories, groups ...")
def command(
    file: str,
    benchmarks: tuple[str, ...],
    as_json: bool,
    oov: Any,
    case: Any,
    cut: int | None,
    method: str,
    pearson: bool,
    sections: bool,
) -> None:
    """Score the vectors of FILE on benchmarks: names such as ws353, google, battig and wikisem500, or paths of files.

    Without a BENCHMARK, every one at hand is scored: those in eval/similarity, eval/analogy, eval/categorization,
    eval/outlier and eval/relations of the folder that the environment variable FIRTH_DATA names, and those in the
    cache folder (on Linux ~/.cache/firth/benchmarks). The network is never asked.
    """
    from firth.cli import display
    from firth.evaluation import evaluate
    from firth.evaluation.scoring import open_benchmarks
    from firth.loading import load

    chosen = open_benchmarks(benchmarks or None)  # before the vectors, which may take long
    note_problems(chosen)
    table = load(file)
    scores = evaluate(
        table, chosen, oov=oov, case=case, cut=cut, method=method, pearson=pearson, progress=display.progress()
    )
    if as_json:
        print_json([score.to_json() for score in scores])
    else:
        click.echo(score_text(scores, pearson=pearson, sections=sections))


def note_problems(benchmarks: list[Benchmark]) -> None:
    """Tell on stderr which lines of the benchmarks' files were left out."""
    for benchmark in benchmarks:
        if benchmark.problems:
            more = f", and {len(benchmark.problems) - 1:,} more" if len(benchmark.problems) > 1 else ""
            click.echo(f"firth: note: {benchmark.source}: {benchmark.problems[0]}{more}", err=True)


def score_text(scores: list[Score], *, pearson: bool = False, sections: bool = False) -> str:
    """Return scores as a table for people, with their rules below.

    >>> from firth.evaluation import Score
    >>> from firth.evaluation.statistics import Interval
    >>> print(score_text([Score("ws353", "similarity", 0.693, 261, 353, 261, Interval(0.617, 0.755), "Spearman")]))
    benchmark  kind        score  95 % interval  n/total  coverage
    ws353      similarity  0.693   0.617..0.755  261/353      74 %
    <BLANKLINE>
    similarity: Spearman
    """
    header = ["benchmark", "kind", "score", "95 % interval", "n/total", "coverage"]
    known = any(score.published for score in scores)
    header += ["Pearson"] * pearson + ["published"] * known
    rows = []
    for score in scores:
        row = [score.benchmark, score.kind, number(score.score), interval(*score.ci95)]
        row += [f"{score.n:,}/{score.total:,}", f"{100 * score.coverage:.0f} %"]
        row += ["" if score.pearson is None else number(score.pearson)] * pearson
        row += ["; ".join(map(str, score.published))] * known
        rows.append(row)
        rows += [[f"  {name}", "", number(value), *[""] * (len(header) - 3)] for name, value in score.also]
        for part in (*score.groups, *(score.sections if sections else ())):
            rows.append(_section_row(part, len(header)))
    right = [2, 3, 4, 5, 6] if pearson else [2, 3, 4, 5]
    rules = dict.fromkeys((score.kind, score.rule) for score in scores)
    return "\n".join([format_table(header, rows, right=right), "", *(f"{kind}: {rule}" for kind, rule in rules)])


def _section_row(part: SectionScore, columns: int) -> list[str]:
    coverage = 100 * part.n / part.total if part.total else 0
    row = [f"  {part.name}", "", number(part.score), "", f"{part.n:,}/{part.total:,}", f"{coverage:.0f} %"]
    return row + [""] * (columns - len(row))


def number(value: float, shape: str = ".3f") -> str:
    """Return a number as text; what is none says so."""
    return "none" if math.isnan(value) else format(value, shape)


def interval(low: float, high: float, shape: str = ".3f") -> str:
    """Return an interval as text."""
    return "too few" if math.isnan(low) else f"{low:{shape}}..{high:{shape}}"
