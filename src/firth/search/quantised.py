"""Exact search over rows of bytes, with a certificate.

Let u be a stored row divided by its stored norm, q the unit query, and s r and t p their roundings: a scale times
signed bytes. With the residuals e = u - s r and d = q - t p,

    u.q = s t (r.p) + e.q + s r.d

and by Cauchy and Schwarz, as |q| = 1 and |s r| <= |u| + |e| <= 1 + |e|,

    |u.q - s t (r.p)|  <=  |e| + (1 + |e|) |d|  =  |e| (1 + |d|) + |d|.

**Theorem.** Let L be the k-th largest lower bound ``s t (r.p) - bound`` over all rows. At least k rows score L or more,
so a row whose upper bound ``s t (r.p) + bound`` is below L has at least k rows strictly above it and is not among the
best k, however ties are broken. Scoring the other rows exactly therefore gives the exact answer.

r.p is an integer, found without error. |e| is stored, rounded up. The roundings of the float32 steps around it (three
products of numbers of at most 1.1, and two sums) are below 1e-6 together, which is added to the bound. A stored norm
that is too short, so that |u| > 1, is made up for by adding |u| - 1 to the stored residual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import ShapeError
from firth.lengths import directed
from firth.search.exact import top_of_range
from firth.search.scores import Doubles, Floats, Rows, best, exact_scores
from firth.search.threads import pool, shares, threads
from firth.vocabulary import read_only

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: What the float32 steps of the scan may be off.
ROUNDING_SLACK = 1e-6

#: Shorter ranges and longer answers are left to the float32 products, which do them as well.
LEAST_ROWS = 4_096
MOST_ANSWERS = 512

#: Bytes of the shortest row: one step of the scan.
_WIDTH = 64
_BLOCK = 16_384


class Quantised:
    """The rows of a table as signed bytes, each with its scale and the length of what the rounding left.

    Args:
        rows: int8 of shape ``(n_words, max(dim, 64))``: unit rows divided by their scale and rounded; zeros beyond dim.
        scales: float32 of shape ``(n_words,)``.
        residuals: float32 of shape ``(n_words,)``: not less than the length of unit row - scale * bytes; NaN for a row
            without direction.

    Raises:
        ShapeError: the arrays do not fit each other.

    >>> vectors = np.array([[3, 4], [0, 0]], np.float32)
    >>> quantised = build_quantised(vectors, np.array([5, 0], np.float32))
    >>> quantised.rows[:, :2].tolist(), quantised.rows.shape
    ([[95, 127], [0, 0]], (2, 64))
    """

    __slots__ = ("residuals", "rows", "scales")

    def __init__(self, rows: NDArray[np.int8], scales: Floats, residuals: Floats) -> None:
        if rows.dtype != np.int8 or rows.ndim != 2 or rows.shape[1] < _WIDTH or not rows.flags.c_contiguous:
            raise ShapeError(
                f"quantised rows are {rows.dtype} of shape {rows.shape}; expected int8 of shape (n, at least {_WIDTH})"
            )
        for name, array in (("scales", scales), ("residuals", residuals)):
            if array.dtype != np.float32 or array.shape != (len(rows),):
                raise ShapeError(
                    f"{name} are {array.dtype} of shape {array.shape}; expected float32 of shape ({len(rows)},)"
                )
        self.rows, self.scales, self.residuals = read_only(rows), read_only(scales), read_only(residuals)

    def __len__(self) -> int:
        return len(self.rows)

    def top_of_range(self, wv: WordVectors, query: Doubles, topn: int, start: int, stop: int) -> tuple[Rows, Doubles]:
        """Return the best ``topn`` rows from ``start`` to ``stop`` and their scores, as the float32 way gives them.

        Where the table has so many equal rows that the bounds tell nothing, the float32 way answers.
        """
        if stop - start < LEAST_ROWS or topn > MOST_ANSWERS:
            return top_of_range(wv, query, topn, start, stop)
        rows = self.candidates(query, topn, start, stop)
        if rows is None:
            return top_of_range(wv, query, topn, start, stop)
        return best(exact_scores(wv, query, rows), rows, topn)

    def candidates(self, query: Doubles, topn: int, start: int, stop: int) -> Rows | None:
        """Return all rows that could be among the best ``topn``, ascending; None where there are too many."""
        from firth.kernels.int8scan import scan

        if not 0 <= start < stop <= len(self) or len(query) > self.rows.shape[1]:  # the scan itself checks nothing
            raise ShapeError(
                f"rows {start} to {stop} of dimension {len(query)} are not in quantised rows of shape {self.rows.shape}"
            )
        bytes_, factor = _round_query(query)
        left = query - factor * bytes_
        missed = float(np.sqrt((left * left).sum())) * (1.0 + 1e-9)
        lines = _lines(bytes_.astype(np.int8), self.rows.shape[1])
        total = int(bytes_.sum())
        room = max(1_024, (stop - start) // 16)

        def part(bounds: tuple[int, int]) -> tuple[Floats, Rows, Floats, int]:
            lowers = np.full(topn, -np.inf, np.float32)
            found, uppers = np.empty(room, np.int64), np.empty(room, np.float32)
            count = scan(
                self.rows, self.scales, self.residuals, lines, total, factor, 1.0 + missed, missed + ROUNDING_SLACK,
                bounds[0], bounds[1], lowers, found, uppers,
            )  # fmt: skip
            return lowers, found[: max(count, 0)], uppers[: max(count, 0)], count

        parts = list(pool().map(part, shares(start, stop, threads())))
        if any(count < 0 for *_, count in parts):
            return None
        least = np.sort(np.concatenate([lowers for lowers, *_ in parts]))[-topn]
        rows = np.concatenate([found[uppers >= least] for _, found, uppers, _ in parts])
        return np.sort(rows)


def _round_query(query: Doubles) -> tuple[Doubles, float]:
    """Return the query in steps of -127 to 127, and the size of a step, which is a float32."""
    factor = float(np.float32(np.abs(query).max() / 127.0))
    return np.clip(np.rint(query / factor), -127, 127), factor


def _lines(query: NDArray[np.int8], width: int) -> NDArray[np.int8]:
    """Lay the query out as the scan reads it: 64 bytes a step, the last step flush with the row's end."""
    padded = np.zeros(width, np.int8)
    padded[: len(query)] = query
    n_steps = -(-width // _WIDTH)
    lines = np.zeros((n_steps, _WIDTH), np.int8)
    for step in range(n_steps - 1):
        lines[step] = padded[step * _WIDTH : (step + 1) * _WIDTH]
    rest = width - (n_steps - 1) * _WIDTH
    lines[-1, _WIDTH - rest :] = padded[width - rest :]
    return lines


def build_quantised(vectors: NDArray[Any], norms: Floats) -> Quantised:
    """Round the unit rows of a matrix to bytes, block by block in all threads.

    Args:
        vectors: float32 or float16 of shape ``(n_words, dim)``.
        norms: the length of every row, float32 of shape ``(n_words,)``.
    """
    from firth.kernels.int8scan import quantise

    n_words, dim = vectors.shape
    rows = np.zeros((n_words, max(dim, _WIDTH)), np.int8)
    scales, residuals = np.empty(n_words, np.float32), np.empty(n_words, np.float32)
    usable = directed(norms)

    def block(start: int) -> None:
        part = slice(start, start + _BLOCK)
        floats = np.ascontiguousarray(vectors[part], np.float32)
        quantise(floats, norms[part], usable[part], rows[part], scales[part], residuals[part])

    list(pool().map(block, range(0, n_words, _BLOCK)))
    return Quantised(rows, scales, residuals)
