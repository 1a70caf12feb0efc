"""Principal components of a matrix, in one pass over its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import OptionError, ShapeError, ZeroVectorError

Floats64 = NDArray[np.float64]

#: Rows a block: small enough to stay in the cache, large enough that threads seldom wait for each other.
BLOCK = 8192


@dataclass(frozen=True, slots=True)
class PCA:
    """The directions in which the rows of a matrix vary most.

    Attributes:
        points: the rows in those directions, float32 of shape ``(n_words, k)``.
        components: the directions, unit rows, widest spread first: float64 of shape ``(k, dim)``.
        mean: the mean row, float64 of shape ``(dim,)``.
        variance: variance along every direction (divided by ``n_words - 1``), float64 of shape ``(k,)``.
        explained: the share of the whole variance that every direction keeps, 0 to 1: float64 of shape ``(k,)``.
    """

    points: NDArray[np.float32]
    components: Floats64
    mean: Floats64
    variance: Floats64
    explained: Floats64

    def transform(self, rows: ArrayLike) -> NDArray[np.float32]:
        """Return further rows of shape ``(n, dim)`` in the same directions: float32 of shape ``(n, k)``."""
        return _project(_numbers(rows), self.components, self.mean, self.mean)


def pca(rows: ArrayLike, k: int = 2) -> PCA:
    """Return the ``k`` principal components of a matrix.

    Rows are taken as they are; pictures hand in unit rows, so that a frequent word with a long vector does not decide
    the picture alone. The matrix is read block by block, twice, and never copied as a whole: it may be mapped from a
    file. The sign of a direction is fixed: its entry of largest size is positive.

    Args:
        rows: numbers of shape ``(n_words, dim)``, at least two rows.
        k: how many directions, 1 to ``dim``.

    Raises:
        OptionError: ``k`` is outside 1 to ``dim``.
        ShapeError: the rows are not a matrix of at least two rows.
        ZeroVectorError: a row holds a NaN or an infinity.

    Method: eigenvectors of the covariance matrix (Hotelling 1933), in float64.

    >>> result = pca([[0, 0], [2, 2], [4, 4.2]], k=1)
    >>> [round(float(x), 2) for x in result.points[:, 0]]
    [-2.88, -0.05, 2.92]
    >>> result.explained.round(3).tolist()
    [1.0]
    """
    matrix = _numbers(rows)
    if matrix.ndim != 2 or len(matrix) < 2 or matrix.shape[1] < 1:
        raise ShapeError(f"principal components need a matrix of at least two rows; got shape {matrix.shape}")
    if not 1 <= k <= matrix.shape[1]:
        raise OptionError(f"k = {k} components of {matrix.shape[1]}-dimensional rows; expected 1 to {matrix.shape[1]}")

    centre = _rough_centre(matrix)
    mean, covariance = _moments(matrix, centre)
    values, vectors = np.linalg.eigh(covariance)
    variance = np.maximum(values[::-1][:k], 0.0)
    components = np.ascontiguousarray(vectors[:, ::-1][:, :k].T)
    largest = np.argmax(np.abs(components), axis=1)
    components *= np.sign(components[np.arange(k), largest])[:, None]

    whole = float(np.trace(covariance))
    explained = variance / whole if whole > 0 else np.zeros(k)
    points = _project(matrix, components, mean, centre)
    points[:, explained < 1e-12] = 0.0  # a direction without variance holds rounding errors only
    return PCA(points, components, mean, variance, explained)


def _numbers(rows: ArrayLike) -> NDArray[Any]:
    """Return the rows as numbers; few rows as float64, which costs them nothing."""
    matrix = np.asarray(rows)
    return (
        matrix if matrix.dtype.kind == "f" and matrix.ndim == 2 and len(matrix) > BLOCK else matrix.astype(np.float64)
    )


def _centred(matrix: NDArray[Any], centre: Floats64) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield start and centred rows of every block, in one buffer that the next block overwrites."""
    narrow = matrix.dtype in (np.float32, np.float16)
    centre = centre.astype(np.float32 if narrow else np.float64)
    as_it_is = matrix.dtype == centre.dtype and not centre.any()
    buffer = np.empty((0 if as_it_is else min(BLOCK, len(matrix)), matrix.shape[1]), centre.dtype)
    for start in range(0, len(matrix), BLOCK):
        part = matrix[start : start + BLOCK]
        yield start, part if as_it_is else np.subtract(part, centre, out=buffer[: len(part)])


def _rough_centre(matrix: NDArray[Any]) -> Floats64:
    """Return a centre to subtract before any product is formed: zero where the mean is small against the spread.

    A variance taken as a difference of squares is exact enough until the mean is far larger than the spread; where it
    is, a centre estimated from the first rows is subtracted, which costs a pass through a buffer.
    """
    head = matrix[:512].astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):  # a NaN or an infinity is reported later, with its row
        mean, spread = head.mean(axis=0), head.std(axis=0)
    far = np.abs(mean).max(initial=0.0) > 10.0 * spread.mean()
    return mean.astype(np.float32).astype(np.float64) if far else np.zeros(matrix.shape[1])


def _moments(matrix: NDArray[Any], centre: Floats64) -> tuple[Floats64, Floats64]:
    """Return mean row and covariance matrix; products are formed in the matrix's precision, summed up in float64."""
    dim = matrix.shape[1]
    total, products = np.zeros(dim), np.zeros((dim, dim))
    with np.errstate(invalid="ignore", over="ignore"):
        for _, block in _centred(matrix, centre):
            total += np.ones(len(block), block.dtype) @ block
            products += block.T @ block
    if not np.isfinite(products).all():
        raise _not_finite(matrix)
    shift = total / len(matrix)
    covariance = (products - len(matrix) * np.outer(shift, shift)) / (len(matrix) - 1)
    return centre + shift, covariance


def _not_finite(matrix: NDArray[Any]) -> ZeroVectorError:
    for start in range(0, len(matrix), BLOCK):
        good = np.isfinite(matrix[start : start + BLOCK]).all(axis=1)
        if not good.all():
            return ZeroVectorError(f"row {start + int(np.argmin(good))} holds a NaN or an infinity; leave it out")
    return ZeroVectorError("the rows are so long that their squares overflow; scale them down")


def _project(matrix: NDArray[Any], components: Floats64, mean: Floats64, centre: Floats64) -> NDArray[np.float32]:
    points = np.empty((len(matrix), len(components)), np.float32)
    offset = components @ (mean - centre)
    for start, block in _centred(matrix, centre):
        points[start : start + len(block)] = block @ components.T.astype(block.dtype) - offset
    return points
