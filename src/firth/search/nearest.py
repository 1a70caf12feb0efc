"""The nearest rows to a query, by whichever way answers soonest; words of the question left out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from firth.search.exact import top_of_range, top_of_rows
from firth.search.scores import Doubles, Rows, outside

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Seconds of search that must have been spent before the compiler is imported for the quicker ways: about what the
#: import costs. As with skis that may be rented or bought, nobody ever pays more than twice the least possible.
COMPILER_COST = 0.5


def nearest(
    wv: WordVectors,
    query: Doubles,
    topn: int,
    *,
    without: Iterable[int] = (),
    start: int = 0,
    stop: int | None = None,
    among: Rows | None = None,
) -> tuple[Rows, Doubles]:
    """Return the rows nearest to a unit query and their scores, best first; of equal scores the lower row comes first.

    Args:
        wv: the table.
        query: a vector of length one, float64 of shape ``(dim,)``.
        topn: how many rows; fewer come back where the table has fewer with a direction.
        without: rows left out of the answer.
        start, stop: only rows from ``start`` to ``stop`` are candidates.
        among: only these rows are candidates; None for all.
    """
    start, stop, _ = slice(start, stop).indices(len(wv))
    left_out = np.array(sorted(set(without)), np.int64)
    if topn < 1 or stop <= start:
        return np.empty(0, np.int64), np.empty(0)
    if among is not None:
        among = among[(among >= start) & (among < stop) & outside(among, left_out)]
        return top_of_rows(wv, query, topn, among)
    began = time.perf_counter()
    quantised = wv.quantised
    if quantised is not None and compiler_pays(wv):
        rows, scores = quantised.top_of_range(wv, query, topn + len(left_out), start, stop)
    else:
        rows, scores = top_of_range(wv, query, topn + len(left_out), start, stop)
        wv._search_state["spent"] = wv._search_state.get("spent", 0.0) + time.perf_counter() - began
    if len(left_out):
        kept = outside(rows, left_out)
        rows, scores = rows[kept], scores[kept]
    return rows[:topn], scores[:topn]


def compiler_pays(wv: WordVectors) -> bool:
    """Tell whether the compiler is at hand, or worth its import by now."""
    return "firth.kernels.int8scan" in sys.modules or wv._search_state.get("spent", 0.0) > COMPILER_COST


def named(wv: WordVectors, rows: Sequence[int] | Rows, scores: Doubles) -> list[tuple[str, float]]:
    """Return rows and scores as pairs ``(word, score)``."""
    vocabulary = wv.vocabulary
    return [(vocabulary[int(row)], float(score)) for row, score in zip(rows, scores, strict=True)]
