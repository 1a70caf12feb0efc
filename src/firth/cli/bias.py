"""``firth bias``: measure what associations vectors took over from their texts.

A command of its own and no kind of benchmark within ``firth eval``: there a higher score is a better table, and a
larger effect here is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from firth.cli.common import format_table, json_option, print_json
from firth.cli.eval import interval, number

if TYPE_CHECKING:
    from firth.evaluation import Bias


@click.command("bias")
@click.argument("file", type=click.Path())
@click.argument("tests", nargs=-1, metavar="[TEST]...")
@json_option
@click.option(
    "--case",
    type=click.Choice(["exact", "lower", "fallback", "ignore"]),
    default="exact",
    show_default=True,
    help="How words are looked up; a table in lower case needs lower, and then Bill is also the bill.",
)
@click.option("--cut", type=click.IntRange(min=1), metavar="N", help="Look at the first N words only.")
def command(file: str, tests: tuple[str, ...], as_json: bool, case: Any, cut: int | None) -> None:
    """Measure associations in the vectors of FILE by WEAT: effect size d, and p of a permutation test.

    A TEST is a name such as weat6 or a path of a file; without one, all at hand are measured: those in eval/bias of the
    folder that the environment variable FIRTH_DATA names, and in bias of the cache folder.
    """
    from firth.evaluation import measure_bias
    from firth.evaluation.biasfiles import open_bias_tests
    from firth.loading import load

    chosen = open_bias_tests(tests)  # before the vectors, which may take long
    table = load(file)
    found = [measure_bias(table, test, case=case, cut=cut) for test in chosen]
    if as_json:
        print_json([bias.to_json() for bias in found])
    else:
        click.echo(bias_text(found))


def bias_text(found: list[Bias]) -> str:
    """Return what the tests found as a table for people, with missing words and rules below."""
    known = any(bias.published for bias in found)
    header = ["test", "x, y : a, b", "d", "95 % interval", "p", "words", *["published"] * known]
    rows = [
        [
            bias.test.name,
            bias.test.question,
            number(bias.effect, "+.2f"),
            interval(*bias.ci95, "+.2f"),
            number(bias.p, ".2g"),
            f"{sum(bias.found)}/{sum(len(words) for _, words in bias.test.sets)}",
            *["; ".join(map(str, bias.published))] * known,
        ]
        for bias in found
    ]
    missing = [
        f"{bias.test.name}, words that the table has not ({len(bias.missing)}): {', '.join(bias.missing[:8])}"
        + (" ..." if len(bias.missing) > 8 else "")
        for bias in found
        if bias.missing
    ]
    rules = [f"rule: {rule}" for rule in dict.fromkeys(bias.rule for bias in found)]
    return "\n".join([format_table(header, rows, right=[2, 3, 4, 5]), "", *missing, *rules])
