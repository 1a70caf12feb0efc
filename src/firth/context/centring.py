"""Cosines of contextual vectors, as they are and after what is common to all is taken away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Vectors that differ by less than this share of their length are alike: the same text read in another batch.
ALIKE = 1e-5


def common_mean(vectors: Floats) -> Floats:
    """Return the mean of vectors, float32 of shape ``(dim,)``; of equal ones it is each of them."""
    mean: Floats = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


def centred_unit(rows: Floats, mean: Floats) -> Floats:
    """Return rows less a mean at length 1; zero where nothing is left but rounding."""
    rest = rows - mean
    norms = np.linalg.norm(rest, axis=1, keepdims=True)
    nothing = norms <= ALIKE * np.linalg.norm(rows, axis=1, keepdims=True)  # a NaN stays one
    return np.where(nothing, 0, rest / np.where(nothing, 1, norms)).astype(np.float32)


def cosines(rows: Floats, vector: Floats) -> Floats:
    """Return the cosine of every row with a vector, float32; 0 for a row of zeros."""
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
    return (rows @ vector / np.where(norms > 0, norms, 1)).astype(np.float32)
