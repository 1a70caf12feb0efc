"""Many queries in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError, ShapeError
from firth.search.dialect import unit_of
from firth.search.nearest import named, nearest
from firth.search.scores import Doubles, unit_query

if TYPE_CHECKING:
    from firth.keyedvectors import Key
    from firth.wordvectors import WordVectors


def most_similar_batch(
    wv: WordVectors, queries: Sequence[Key] | NDArray[Any], topn: int
) -> list[list[tuple[str, float]]]:
    """Return the nearest words of many queries (see :meth:`firth.WordVectors.most_similar_batch`)."""
    if topn < 1:
        raise OptionError(f"topn is {topn}; at least one neighbour must be asked for")
    units, left_out = query_units(wv, queries)
    found = [
        nearest(wv, unit, topn, without=() if row < 0 else (row,)) for unit, row in zip(units, left_out, strict=True)
    ]
    return [named(wv, *rows_and_scores) for rows_and_scores in found]


def query_units(wv: WordVectors, queries: Sequence[Key] | NDArray[Any]) -> tuple[Doubles, list[int]]:
    """Return the unit query vectors, float64 of shape ``(n, dim)``, and the row of each that is a word, else -1."""
    if isinstance(queries, np.ndarray) and queries.dtype.kind == "f":
        if queries.ndim != 2 or queries.shape[1] != wv.dim:
            raise ShapeError(f"the queries have shape {queries.shape}; expected (n, {wv.dim})")
        each = [unit_query(query, wv.dim, f"query {place}") for place, query in enumerate(queries)]
        rows = [-1] * len(each)
    else:
        rows = [wv.get_index(key) for key in queries]
        each = [unit_of(wv, row) for row in rows]
    return np.array(each).reshape(len(rows), wv.dim), rows
