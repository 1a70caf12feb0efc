"""CBOW with negative sampling: the continuous bag of words of Mikolov et al. 2013, "Efficient Estimation of Word
Representations in Vector Space"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.training.options import TrainOptions
from firth.training.skipgram import SkipGram


class Cbow(SkipGram):
    """Two rows a word, as in skip-gram: one that it gives to the mean of a window, one that the mean must find.

    A target meets one mean instead of every word of its window, so a pass over the corpus is cheaper and gives each
    row fewer, smoother moves.
    """

    #: Fewer than skip-gram's: a target weighs its list of negatives once, not once for every word of the window.
    n_shared = 16
    #: Shared negatives that make room for new ones with every two targets.
    renew = 4

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int) -> None:
        super().__init__(counts, options, chunk)
        self._n_shared = max(self.n_shared, -(-options.negative // 8) * 8)
        self._renew = self.renew

    def kernel(self) -> tuple[Any, tuple[NDArray[Any], ...]]:
        """Return what trains a chunk, and nothing more that it takes."""
        from firth.kernels.cbow import train_chunk

        return train_chunk, ()
