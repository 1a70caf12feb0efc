"""CBOW with subwords as in fastText: the mean of a window, n-grams included, must find the word in its middle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.training.cbow import Cbow, new_negatives, score_roles
from firth.training.fasttext import FastText
from firth.training.options import TrainOptions
from firth.vocabulary import Vocabulary


class FastTextCbow(FastText):
    """The rows of :class:`FastText`; a window gives the mean of all rows of all its words.

    A word of many n-grams so weighs more in a window than a short one, as in fastText.
    """

    apart = Cbow.apart
    is_cbow = True

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int, vocabulary: Vocabulary) -> None:
        super().__init__(counts, options, chunk, vocabulary)
        self._n_shared = self._renew = new_negatives(options.negative)
        self._copies = False  # as in CBOW
        self._roles = score_roles()
        lengths = np.diff(self.starts)
        # a row stands for as many of the word's n-grams as are trained in it
        self._weights = np.rint(self.shares * np.repeat(self.sizes, lengths)).astype(np.float32)

    def needed_bytes(self) -> tuple[int, int]:
        """Return the bytes of the matrices and of the other tables."""
        matrices, tables = super().needed_bytes()
        return matrices, tables + self._weights.nbytes

    def kernel(self) -> tuple[Any, tuple[NDArray[Any], ...]]:
        """Return what trains a chunk, and the rows that make the words."""
        from firth.kernels.subcbow import train_chunk

        return train_chunk, (self.starts, self.parts, self._weights, self._roles)
