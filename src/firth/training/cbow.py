"""CBOW with negative sampling: the continuous bag of words of Mikolov et al. 2013, "Efficient Estimation of Word
Representations in Vector Space"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.training.model import LANES
from firth.training.options import TrainOptions
from firth.training.skipgram import SkipGram


class Cbow(SkipGram):
    """Two rows a word, as in skip-gram: one that it gives to the mean of a window, one that the mean must find.

    A target meets one mean instead of every word of its window, so a pass over the corpus is cheaper and gives each
    row fewer, smoother moves.
    """

    #: Two targets of a step move no row of each other's windows.
    apart = 16

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int) -> None:
        super().__init__(counts, options, chunk)
        self._n_shared = self._renew = new_negatives(options.negative)
        # New ones for every two targets: no word stays long enough for threads to send its row back and forth.
        self._copies = False
        self._roles = score_roles()

    def kernel(self) -> tuple[Any, tuple[NDArray[Any], ...]]:
        """Return what trains a chunk, and which score is whose."""
        from firth.kernels.cbow import train_chunk

        return train_chunk, (self._roles,)


def new_negatives(negative: int) -> int:
    """Return how many negatives two targets share: with the targets' own rows a multiple of eight.

    >>> new_negatives(5), new_negatives(20)
    (6, 22)
    """
    return -(-(max(6, negative) + 2) // 8) * 8 - 2


def score_roles() -> NDArray[np.float32]:
    """Return which of the first sixteen scores are of a mean and its own target, and which of a mean and a negative."""
    roles = np.zeros((2, LANES), np.float32)
    roles[0, [place_of(0), place_of(1) + 4]] = 1.0
    roles[1, [place_of(j) + side for j in range(2, 8) for side in (0, 4)]] = 1.0
    return roles


def place_of(j: int) -> int:
    """Return the lane of row ``j`` of eight and the first mean, as in :func:`firth.kernels.negative.place_of`."""
    return 8 * (j // 4) + j % 4
