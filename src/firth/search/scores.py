"""What a score is, how far the quick ways may be off it, and how the best of many are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import OptionError, ShapeError, ZeroVectorError
from firth.lengths import directed

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Half the distance from 1 to the next float32: the largest relative error of one rounding.
ROUNDING = 2.0**-24

#: Rows that are rescored at a time, so that a long answer needs no float64 copy of the matrix.
_BLOCK = 8_192


def unit_query(vector: ArrayLike, dim: int, what: str = "the query") -> Doubles:
    """Return a vector scaled to length one, float64 of shape ``(dim,)``.

    Raises:
        ShapeError: it is not a vector of ``dim`` numbers.
        ZeroVectorError: it has no direction.

    >>> unit_query([3, 4], 2)
    array([0.6, 0.8])
    """
    query = np.asarray(vector, np.float64)
    if query.shape != (dim,):
        raise ShapeError(f"{what} has shape {query.shape}; expected ({dim},), as the vectors of the table have")
    largest = float(np.abs(query).max(initial=0.0))
    if not 0.0 < largest < np.inf:
        raise ZeroVectorError(f"{what} is zero or holds a NaN or infinity, so it has no direction to compare")
    if largest <= 1.0 and abs((query * query).sum() - 1.0) < 1e-14:
        return query  # scaled already: to do so again would move its last bits
    query = query / largest  # so that the squares of tiny and of huge numbers neither vanish nor overflow
    return np.asarray(query / np.sqrt((query * query).sum()))


def checked_topn(topn: Any) -> int:
    """Return how many answers were asked for.

    Raises:
        OptionError: it is no whole number of at least 1.
    """
    if not isinstance(topn, int | np.integer) or isinstance(topn, bool) or topn < 1:
        raise OptionError(f"topn is {topn!r}; expected a whole number of at least 1")
    return int(topn)


def undirected_rows(wv: WordVectors) -> Rows:
    """Return the rows that can be nobody's neighbour; found once a table, then remembered."""
    found: Rows | None = wv._search_state.get("undirected")
    if found is None:
        found = wv._search_state["undirected"] = np.flatnonzero(~directed(wv.norms))
    return found


def exact_scores(wv: WordVectors, query: Doubles, rows: Rows) -> Doubles:
    """Return *the* score of each of ``rows``, float64: all ways to search end here.

    Every row is summed on its own and in the same order, so that equal rows have equal scores wherever they stand.
    ``query`` is one unit vector ``(dim,)``, or one for each row ``(len(rows), dim)``.
    """
    out = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        chosen = rows[part]
        products = wv.vectors[chosen].astype(np.float64)
        products *= query if query.ndim == 1 else query[part]
        out[part] = products.sum(axis=1) / wv.norms[chosen]
    return out


def rounding_slack(dim: int) -> float:
    """Return how far a float32 product of a stored row and the query can be off the exact score.

    For a sum of ``dim`` products in float32, in any order and with or without fused steps, the error is at most
    ``dim u / (1 - dim u)`` times the sum of the absolute products (Higham, Accuracy and Stability of Numerical
    Algorithms, 2nd ed., section 3.1), which Cauchy and Schwarz bound by the two lengths. Three more roundings come from
    the query, the norm's reciprocal and the last product; norms that are themselves rounded sums, and lengths a
    little over one, are covered by the factor 2.

    >>> 1e-5 < rounding_slack(100) < 2e-5
    True
    """
    u = ROUNDING
    return 2.0 * (dim + 4) * u / (1.0 - (dim + 4) * u)


def best(scores: Doubles, rows: Rows, topn: int) -> tuple[Rows, Doubles]:
    """Return the ``topn`` rows with the best scores, best first; of equal scores the lower row comes first.

    >>> best(np.array([0.5, 0.9, 0.5]), np.array([7, 8, 3]), 2)
    (array([8, 3]), array([0.9, 0.5]))
    """
    order = np.lexsort((rows, -scores))[:topn]
    return rows[order], scores[order]


def outside(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """Tell which of ``rows`` are not among ``others``: what ``numpy.isin`` does, without its slow import of numpy.ma.

    >>> outside(np.array([4, 7, 9]), np.array([9, 4]))
    array([False,  True, False])
    """
    if len(others) == 0:
        return np.ones(len(rows), np.bool_)
    ordered = np.sort(others)
    places = np.minimum(np.searchsorted(ordered, rows), len(ordered) - 1)
    return np.asarray(ordered[places] != rows)


def nearly_kth(scores: NDArray[Any], k: int) -> float:
    """Return a number that at least ``k`` of the scores reach, and few more; needs ``1 <= k <= len(scores)``.

    The scores are laid out as a table and only the maxima of its columns are compared: the k-th largest maximum is
    reached by k different scores. That reads all scores once at full speed, where ``argpartition`` moves them about.

    >>> nearly_kth(np.array([0.1, 0.9, 0.5]), 2)
    0.5
    """
    columns = max(4_096, 64 * k)
    n_rows = len(scores) // columns
    if n_rows >= 2:
        whole = n_rows * columns
        maxima = scores[:whole].reshape(n_rows, columns).max(axis=0)
        scores = np.concatenate((maxima, scores[whole:]))
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])
