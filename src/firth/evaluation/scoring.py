"""evaluate(): score a table on benchmarks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from firth.catalogue.benchmarks import find
from firth.catalogue.published import published
from firth.errors import BenchmarkError, OptionError
from firth.evaluation.analogies import METHODS, score_questions
from firth.evaluation.items import Analogies, Benchmark, Itemised, Pairs
from firth.evaluation.outcomes import score_items
from firth.evaluation.places import all_at_hand, find_benchmark
from firth.evaluation.readers import read_benchmark
from firth.evaluation.resampling import RESAMPLES
from firth.evaluation.rules import Case, Missing, Rules, one_of
from firth.evaluation.score import Score
from firth.evaluation.similarity import score_pairs
from firth.progress import Progress, Silent

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

    Which = str | os.PathLike[str] | Benchmark


def evaluate(
    wv: WordVectors,
    benchmarks: Which | Iterable[Which] | None = None,
    *,
    oov: Missing = "skip",
    case: Case = "fallback",
    cut: int | None = None,
    method: str = "3cosadd",
    pearson: bool = False,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> list[Score]:
    """Score a table on benchmarks: those named, or every one at hand.

    Benchmarks are looked for in the folders that ``firth.evaluation.folders()`` lists (below those that the environment
    variable ``FIRTH_DATA`` names, and in the user's cache folder); never on the network.

    Args:
        wv: the table.
        benchmarks: names (``"ws353"``, ``"google"``), paths, or benchmarks that were read before; None for all at hand.
        oov: what a missing word costs: ``"skip"``, ``"zero"`` or ``"mean"`` (see :class:`Rules`).
        case: how words are looked up: ``"fallback"``, ``"exact"``, ``"lower"`` or ``"ignore"`` (see :class:`Rules`).
        cut: how many rows of the table are looked at; None for all, and in analogies for the first 300,000.
        method: for analogies: ``"3cosadd"`` (Mikolov et al. 2013) or ``"3cosmul"`` (Levy and Goldberg 2014).
        pearson: also compute Pearson's correlation.
        resamples: bootstrap resamples for the intervals, at least 20.
        progress: who watches.

    Returns:
        One score a benchmark, in order.

    Raises:
        BenchmarkError: a benchmark is not known, not at hand or not readable.
        ReadError: a benchmark's file cannot be opened.
        OptionError: an option has a value that it may not have.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog", "car", "bus"], [[1, 0], [3, 1], [0, 1], [1, 3]])
    >>> mine = Pairs("mine", "", ("cat",) * 3 + ("dog",), ("dog", "car", "bus", "bus"), np.array([9.0, 1.0, 3.0, 4.0]))
    >>> evaluate(wv, mine)
    [<Score mine: 1.000, n=4 of 4>]
    """
    rules = Rules(oov, case, cut)
    one_of("method", method, METHODS)
    check_resamples(resamples)
    chosen = open_benchmarks(benchmarks)
    watcher = progress or Silent()
    watcher.start("scoring", total=sum(map(len, chosen)), unit="items")
    scores = []
    try:
        for benchmark in chosen:
            if isinstance(benchmark, Pairs):
                score = score_pairs(wv, benchmark, rules, with_pearson=pearson, resamples=resamples)
            elif isinstance(benchmark, Itemised):
                score = score_items(wv, benchmark, rules, resamples=resamples)
            else:
                score = score_questions(wv, benchmark, rules, method=method, resamples=resamples)
            known = published(_sources(wv), len(wv), wv.dim, score.benchmark)
            scores.append(replace(score, published=known))
            watcher.advance(len(benchmark))
    finally:
        watcher.close()
    return scores


def open_benchmarks(benchmarks: Which | Iterable[Which] | None) -> list[Benchmark]:
    """Return the benchmarks that names, paths or objects mean; None for every one at hand.

    Raises:
        BenchmarkError: one is not known, not at hand or not readable, or there is none.
    """
    if benchmarks is None:
        return all_at_hand()
    if isinstance(benchmarks, str | os.PathLike | Pairs | Analogies | Itemised):
        return [open_benchmark(benchmarks)]
    if not isinstance(benchmarks, Iterable):
        raise BenchmarkError(f"{benchmarks!r} is no benchmark; give a name such as 'ws353', or the path of a file")
    return [open_benchmark(which) for which in benchmarks]


def open_benchmark(which: Which) -> Benchmark:
    """Return the benchmark that a name, a path or an object means.

    Raises:
        BenchmarkError: it is not known, not at hand or not readable.
    """
    if isinstance(which, Pairs | Analogies | Itemised):
        return which
    if not isinstance(which, str | os.PathLike):
        raise BenchmarkError(f"{which!r} is no benchmark; give a name such as 'ws353', or the path of a file")
    path = Path(which)
    # A plain name means the benchmark even where a file of that name lies about; ./ws353 means the file.
    name = which if isinstance(which, str) and not {"/", os.sep} & set(which) else ""
    if name and not path.suffix and (find(name) or not path.exists()):
        return find_benchmark(name)
    return read_benchmark(path)


def check_resamples(resamples: int) -> None:
    """Raise an :class:`OptionError` unless an interval can be taken from so many resamples."""
    if not isinstance(resamples, int | np.integer) or not 20 <= resamples <= 1_000_000:
        raise OptionError(f"resamples is {resamples!r}; expected a number from 20 to 1,000,000")


def _sources(wv: WordVectors) -> list[str]:
    """Return the names of files that the table says it came from."""
    named = [value for key, value in wv.recipe.items() if key in ("source", "name", "file") and isinstance(value, str)]
    return named + ([wv.report.source] if wv.report is not None else [])
