"""Many queries in one call: one blocked product of all queries and all rows, from which only winners come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError, ShapeError
from firth.lengths import directed
from firth.search.dialect import row_of, unit_of
from firth.search.nearest import COMPILER_COST, compiler_pays, named, nearest
from firth.search.scores import Doubles, Floats, Rows, best, checked_topn, exact_scores, rounding_slack, unit_query
from firth.search.threads import cut, pool, shares, threads

if TYPE_CHECKING:
    from firth.keyedvectors import Key
    from firth.wordvectors import WordVectors

#: Fewer queries, shorter tables and longer answers are searched one by one.
LEAST_QUERIES = 8
LEAST_ROWS = 4_096
MOST_ANSWERS = 256

#: Rows kept a query beyond those asked for, to tell that no row was missed for a rounding.
_SPARE = 8

#: Queries that go through the table together: their panels fit the second cache.
_TOGETHER = 1_024

#: Rows of a float16 table that stand in memory as float32 at a time, a thread.
_BLOCK = 8_064

_Found = tuple[Rows, Doubles]


def most_similar_batch(
    wv: WordVectors, queries: Sequence[Key] | NDArray[Any], topn: int
) -> list[list[tuple[str, float]]]:
    """Return the nearest words of many queries (see :meth:`firth.WordVectors.most_similar_batch`)."""
    topn = checked_topn(topn)
    if isinstance(queries, str):
        raise OptionError(f"queries is the string {queries!r}; expected a list of words, such as [{queries!r}]")
    units, left_out = query_units(wv, queries)
    return [named(wv, *found) for found in nearest_batch(wv, units, topn, left_out)]


def query_units(wv: WordVectors, queries: Sequence[Key] | NDArray[Any]) -> tuple[Doubles, list[int]]:
    """Return the unit query vectors, float64 of shape ``(n, dim)``, and the row of each that is a word, else -1."""
    if isinstance(queries, np.ndarray) and queries.dtype.kind == "f":
        if queries.ndim != 2 or queries.shape[1] != wv.dim:
            raise ShapeError(f"the queries have shape {queries.shape}; expected (n, {wv.dim})")
        each = [unit_query(query, wv.dim, f"query {place}") for place, query in enumerate(queries)]
        rows = [-1] * len(each)
    else:
        rows = [row_of(wv, key) for key in queries]
        each = [unit_of(wv, key) for key in queries]
    return np.array(each).reshape(len(rows), wv.dim), rows


def nearest_batch(wv: WordVectors, queries: Doubles, topn: int, left_out: Sequence[int]) -> list[_Found]:
    """Return for each unit query what :func:`firth.search.nearest.nearest` gives, bit for bit.

    Args:
        wv: the table.
        queries: float64 of shape ``(n, dim)``.
        topn: how many rows each.
        left_out: one row a query that is left out of its answer, or -1.
    """

    def one(place: int) -> _Found:
        row = left_out[place]
        return nearest(wv, queries[place], topn, without=() if row < 0 else (row,))

    seconds = len(queries) * wv.vectors.nbytes / 20e9  # what reading the table once a query takes
    if (
        len(queries) < LEAST_QUERIES
        or len(wv) < LEAST_ROWS
        or topn > MOST_ANSWERS
        or not (compiler_pays(wv) or seconds > COMPILER_COST)
    ):
        return [one(place) for place in range(len(queries))]
    found: list[_Found | None] = []
    for start in range(0, len(queries), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        found += _together(wv, queries[part], topn, left_out[part])
    return [one(place) if answer is None else answer for place, answer in enumerate(found)]


def _together(wv: WordVectors, queries: Doubles, topn: int, left_out: Sequence[int]) -> list[_Found | None]:
    """Answer the queries in one pass over the table; None for one whose float32 scores leave doubt."""
    asked = topn + 1
    lists = _scan(wv, queries.astype(np.float32), asked + _SPARE)
    slack = 2.0 * rounding_slack(wv.dim)
    least = np.partition(np.concatenate([scores for scores, _ in lists], axis=1), -asked, axis=1)[:, -asked] - slack
    chosen, certain = [], np.ones(len(queries), np.bool_)
    for kept, kept_rows in lists:
        # a row that a full list let go scored no better than the last it kept
        certain &= (kept[:, -1] < least) | (kept_rows[:, -1] < 0)
        place, column = np.nonzero((kept >= least[:, None]) & (kept_rows >= 0))
        chosen.append((place, kept_rows[place, column]))
    places, rows = (np.concatenate(parts) for parts in zip(*chosen, strict=True))
    order = np.argsort(places, kind="stable")
    places, rows = places[order], rows[order]
    scores = exact_scores(wv, queries[places], rows)
    edges = np.searchsorted(places, np.arange(len(queries) + 1))
    answers: list[_Found | None] = []
    for i in range(len(queries)):
        if not certain[i]:
            answers.append(None)
            continue
        mine = slice(edges[i], edges[i + 1])
        others = rows[mine] != left_out[i]
        answers.append(best(scores[mine][others], rows[mine][others], topn))
    return answers


def _scan(wv: WordVectors, queries: Floats, kept: int) -> list[tuple[Floats, Rows]]:
    """Return one pair of lists a thread: the best scores of each query, descending, and their rows, -1 where none."""
    from firth.kernels.topk import TILE, TILE_WIDTH, aligned, pack, scan_batch

    n_panels = -(-len(queries) // TILE)
    panels = aligned(n_panels * wv.dim * TILE).reshape(n_panels, wv.dim, TILE)
    pack(queries, panels)
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(directed(wv.norms), np.float32(1.0) / wv.norms, np.float32(0.0))

    def part(bounds: tuple[int, int]) -> tuple[Floats, Rows]:
        scores = np.full((len(panels) * TILE, kept), -np.inf, np.float32)
        rows = np.full(scores.shape, -1, np.int64)
        bars = np.full(len(scores), np.inf, np.float32)
        bars[: len(queries)] = -np.inf
        direct = wv.vectors.dtype == np.float32 and wv.vectors.flags.c_contiguous
        for start, stop in [bounds] if direct else cut(*bounds, _BLOCK):
            block = np.ascontiguousarray(wv.vectors[start:stop], np.float32)
            scan_batch(block, inverse[start:stop], start, panels, TILE_WIDTH, scores, rows, bars)
        return scores[: len(queries)], rows[: len(queries)]

    return list(pool().map(part, shares(0, len(wv), threads())))
