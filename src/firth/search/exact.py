"""Exact search by float32 products over the stored rows: numpy alone, no copy of the matrix, no compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from firth.search.scores import (
    Doubles,
    Floats,
    Rows,
    best,
    exact_scores,
    nearly_kth,
    outside,
    rounding_slack,
    undirected_rows,
)

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Rows of a float16 table, or of a choice of rows, that stand in memory as float32 at a time.
_BLOCK = 4_096

#: Rows without direction go through the products like all others, and are taken out afterwards.
_QUIET: Any = {"invalid": "ignore", "divide": "ignore", "over": "ignore"}


def _least(scores: Floats, topn: int, dim: int) -> np.float32:
    """Return the float32 score below which no row can be among the exact best ``topn``."""
    least = nearly_kth(scores, topn) - 2.0 * rounding_slack(dim)
    return max(np.float32(least), np.finfo(np.float32).min)  # never -inf, which marks rows without direction


def products(wv: WordVectors, query: Floats, start: int, stop: int) -> Floats:
    """Return the float32 product of each row from ``start`` to ``stop`` and the query, shape ``(stop - start,)``."""
    vectors = wv.vectors
    with np.errstate(**_QUIET):
        if vectors.dtype == np.float32:
            return np.asarray(np.dot(vectors[start:stop], query), np.float32)
        out = np.empty(stop - start, np.float32)
        for place in range(start, stop, _BLOCK):
            end = min(place + _BLOCK, stop)
            np.dot(vectors[place:end].astype(np.float32), query, out=out[place - start : end - start])
    return out


def similarities(wv: WordVectors, query: Doubles, start: int, stop: int) -> Floats:
    """Return the cosine of each row from ``start`` to ``stop`` with the unit query, float32; NaN without direction."""
    scores = products(wv, query.astype(np.float32), start, stop)
    with np.errstate(**_QUIET):
        scores /= wv.norms[start:stop]
    blank = undirected_rows(wv)
    scores[blank[(blank >= start) & (blank < stop)] - start] = np.nan
    return scores


def top_of_range(wv: WordVectors, query: Doubles, topn: int, start: int, stop: int) -> tuple[Rows, Doubles]:
    """Return the best ``topn`` rows from ``start`` to ``stop`` and their scores, best first, ties by lower row.

    The float32 products choose every row that could be in the answer, given their largest possible error; the exact
    scores decide.
    """
    scores = products(wv, query.astype(np.float32), start, stop)
    with np.errstate(**_QUIET):
        scores /= wv.norms[start:stop]
    blank = undirected_rows(wv)
    blank = blank[(blank >= start) & (blank < stop)] - start
    scores[blank] = -np.inf
    topn = min(topn, len(scores) - len(blank))
    if topn < 1:
        return np.empty(0, np.int64), np.empty(0)
    rows = np.flatnonzero(scores >= _least(scores, topn, wv.dim)) + start
    return best(exact_scores(wv, query, rows), rows, topn)


def top_of_rows(wv: WordVectors, query: Doubles, topn: int, rows: Rows) -> tuple[Rows, Doubles]:
    """Return the best ``topn`` of the given rows and their scores, best first, ties by lower row."""
    rows = rows[outside(rows, undirected_rows(wv))]
    topn = min(topn, len(rows))
    if topn < 1:
        return np.empty(0, np.int64), np.empty(0)
    quick = query.astype(np.float32)
    scores = np.empty(len(rows), np.float32)
    for place in range(0, len(rows), _BLOCK):
        block = rows[place : place + _BLOCK]
        scores[place : place + _BLOCK] = np.dot(wv.vectors[block].astype(np.float32), quick) / wv.norms[block]
    rows = rows[scores >= _least(scores, topn, wv.dim)]
    return best(exact_scores(wv, query, rows), rows, topn)
