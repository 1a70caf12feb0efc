"""``firth compare``: is one file of vectors better than another on the same items, or is it chance?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from firth.cli.common import format_table, json_option, print_json
from firth.cli.eval import interval, note_problems, number, rule_options

if TYPE_CHECKING:
    from firth.evaluation import Comparison


@click.command("compare")
@click.argument("a", type=click.Path(), metavar="A")
@click.argument("b", type=click.Path(), metavar="B")
@click.argument("benchmarks", nargs=-1, metavar="[BENCHMARK]...")
@json_option
@rule_options
@click.option(
    "--resamples", type=click.IntRange(20, 1_000_000), default=2_000, show_default=True, help="Bootstrap resamples."
)
def command(
    a: str,
    b: str,
    benchmarks: tuple[str, ...],
    as_json: bool,
    oov: Any,
    case: Any,
    cut: int | None,
    method: str,
    resamples: int,
) -> None:
    """Compare the vectors of A with those of B on the same items of benchmarks, with paired tests.

    Benchmarks are named as for `firth eval`; without one, every one at hand is taken. Over several benchmarks some
    difference looks sure by chance, so beside p stands p as corrected for all that were looked at (Holm).
    """
    from firth.evaluation import compare, holm
    from firth.evaluation.scoring import open_benchmarks
    from firth.loading import load

    chosen = open_benchmarks(benchmarks or None)  # before the vectors, which may take long
    note_problems(chosen)
    first, second = load(a), load(b)
    comparisons = [
        compare(first, second, benchmark, oov=oov, case=case, cut=cut, method=method, resamples=resamples)
        for benchmark in chosen
    ]
    corrected = holm([comparison.p for comparison in comparisons])
    if as_json:
        print_json(
            [
                comparison.to_json() | {"p_holm": p if p == p else None}
                for comparison, p in zip(comparisons, corrected, strict=True)
            ]
        )
    else:
        click.echo(comparison_text(a, b, comparisons, corrected))


def comparison_text(first: str, second: str, comparisons: list[Comparison], corrected: list[float]) -> str:
    """Return comparisons as a table for people, with their rules below; ``corrected`` are p-values for all at once.

    >>> from firth.evaluation import Comparison
    >>> from firth.evaluation.statistics import Interval
    >>> one = Comparison("ws353", "similarity", 0.6, 0.65, Interval(0.01, 0.09), 0.02, 261, 353, "Spearman")
    >>> print(comparison_text("old.bin", "new.bin", [one], [0.02]))
    a: old.bin
    b: new.bin
    <BLANKLINE>
    benchmark  kind            a      b   b - a   95 % interval     p  n/total
    ws353      similarity  0.600  0.650  +0.050  +0.010..+0.090  0.02  261/353
    <BLANKLINE>
    similarity: Spearman
    """
    several = len(comparisons) > 1
    header = ["benchmark", "kind", "a", "b", "b - a", "95 % interval", "p", *["p (Holm)"] * several, "n/total"]
    rows = [
        [
            c.benchmark,
            c.kind,
            number(c.a),
            number(c.b),
            number(c.difference, "+.3f"),
            interval(*c.ci95, "+.3f"),
            number(c.p, ".3g"),
            *[number(p, ".3g")] * several,
            f"{c.n:,}/{c.total:,}",
        ]
        for c, p in zip(comparisons, corrected, strict=True)
    ]
    rules = dict.fromkeys((c.kind, c.rule) for c in comparisons)
    body = format_table(header, rows, right=range(2, len(header)))
    return "\n".join([f"a: {first}", f"b: {second}", "", body, "", *(f"{kind}: {rule}" for kind, rule in rules)])
