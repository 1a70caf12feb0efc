"""How long a row is, and whether that gives it a direction that float32 can compare."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Shorter and longer rows have no direction: products with them, or one over their length, leave what float32 holds
#: with all its digits (1.2e-38 to 3.4e38).
LEAST, MOST = 2.0**-120, 2.0**120

#: What is said of such a row, after its name.
UNDIRECTED = (
    f"is zero or holds a NaN or infinity, or its length is outside {LEAST:.1e} to {MOST:.1e}, so it has no direction "
    "to compare"
)


def directed(norms: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which rows have a direction, by their lengths.

    >>> directed(np.array([1, 0, np.nan, np.inf, 1e-42], np.float32))
    array([ True, False, False, False, False])
    """
    return np.asarray((norms >= LEAST) & (norms <= MOST))


def row_norms(vectors: NDArray[Any], block: int = 65_536) -> Floats:
    """Return the length of every row in float32, block by block, so that no copy of the matrix is made.

    >>> row_norms(np.array([[3, 4], [0, 0]], np.float32))
    array([5., 0.], dtype=float32)
    """
    out = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), block):
        with np.errstate(invalid="ignore"):  # a NaN stays one
            rows = vectors[start : start + block].astype(np.float32, copy=False)
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        odd = np.flatnonzero(~((lengths > 1e-15) & (lengths < 1e18)))  # squares that vanish or overflow in float32
        if len(odd):
            with np.errstate(over="ignore", invalid="ignore"):  # too long for float32: infinite
                lengths[odd] = np.sqrt((rows[odd].astype(np.float64) ** 2).sum(axis=1))
        out[start : start + block] = lengths
    return out
