"""Skip-gram with subwords, whatever the rows are that make a word: what fasttext.py and floret.py share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.subwords import Subwords
from firth.training.model import Floats, aligned_zeros
from firth.training.options import TrainOptions
from firth.training.skipgram import SkipGram, keep_thresholds
from firth.vocabulary import Vocabulary


class Subgram(SkipGram):
    """Skip-gram whose input is the weighted mean of several rows of one matrix.

    A model of this kind fills ``starts``, ``parts`` and ``shares``: the input of word w is the sum of ``shares[k]``
    times row ``parts[k]`` for ``starts[w] <= k < starts[w + 1]``; and ``n_rows``, the rows of that matrix.
    """

    #: Rows start uniform in +-spread / sqrt(dim).
    spread = 0.3
    #: Negative words that a run of 24 centres shares, at least: more than skip-gram's, as they cost little beside the
    #: rows of n-grams.
    n_shared = 96

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int, vocabulary: Vocabulary) -> None:
        super().__init__(counts, options, chunk)
        self._vocabulary = vocabulary
        self._n_shared = max(self.n_shared, self._n_shared)
        self._renew = self._n_shared // 12
        self.n_rows = 0
        self.starts = np.zeros(1, np.int64)
        self.parts = np.zeros(0, np.int32)
        self.shares = np.zeros(0, np.float32)

    def needed_bytes(self) -> tuple[int, int]:
        """Return the bytes of the matrices and of the other tables."""
        n, dim = len(self._counts), self._options.dim
        rows, outputs, vectors = 4 * self.n_rows * self._columns, 4 * n * self._columns, 4 * n * dim
        matrices = rows + max(outputs, vectors + 4 * dim * self._options.buckets)  # while training, and at its end
        lists = self.starts.nbytes + self.parts.nbytes + self.shares.nbytes
        return matrices, super().needed_bytes()[1] + lists

    def subwords(self) -> Subwords:
        """Return the table of n-grams, after :meth:`finish`."""
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        """Return what the recipe says beside the options."""
        return {}

    def compile(self) -> None:
        """Run the kernels once on next to nothing."""
        lists = self.starts, self.parts, self.shares
        self.starts, self.parts, self.shares = np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)
        super().compile()
        self.starts, self.parts, self.shares = lists

    def start(self) -> None:
        """Make the matrices: rows of words and n-grams uniform in a cube, context rows zero."""
        from firth.kernels.sampling import fill_negative_table

        options, dim = self._options, self._options.dim
        self._keep = keep_thresholds(self._counts, options.sample)
        self._table = np.empty(self._table_size, np.int32)
        fill_negative_table(self._counts, options.ns_exponent, self._table)
        self.outputs = aligned_zeros(len(self._counts), self._columns)
        self.inputs = aligned_zeros(self.n_rows, self._columns)
        random = np.random.default_rng(options.seed)
        for first in range(0, self.n_rows, 4096):
            rows = self.inputs[first : first + 4096, :dim]
            rows[:] = (random.random(rows.shape, np.float32) - 0.5) * (2 * self.spread / np.sqrt(dim))

    def kernel(self) -> tuple[Any, tuple[NDArray[Any], ...]]:
        """Return what trains a chunk, and the rows that make the words."""
        from firth.kernels.subgram import train_chunk

        return train_chunk, (self.starts, self.parts, self.shares)

    def finish(self) -> Floats:
        """Return the vectors of the words."""
        from firth.kernels.subgram import means

        self.outputs = np.zeros((0, 0), np.float32)
        vectors = np.empty((len(self._counts), self._options.dim), np.float32)
        means(self.inputs, self.starts, self.parts, self.shares, vectors)
        return vectors
