"""Skip-gram with negative sampling: the model of Mikolov et al. 2013, "Distributed Representations of Words and
Phrases"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.training.model import LANES, Floats, aligned_zeros, overwrite, row_layout
from firth.training.options import TrainOptions

#: Vectors start uniform in +-SPREAD / sqrt(dim), so about 0.46 long at any dim. Word2vec's +-0.5 / dim is far shorter
#: and wastes the first part of a small corpus on growing (docs/model-skipgram.md).
SPREAD = 0.8

#: Two negative words may be the same as often as this, for copies of their rows to be safe: in a list of 32 words about
#: one pair is then alike.
MOST_REPEATS = 1 / 500


class SkipGram:
    """Two rows a word: its vector, and the one that it shows to its neighbours.

    The list of negative words is shared by the words of a run, each weighted so that a positive pair is still set
    against ``negative`` of them; see docs/model-skipgram.md.
    """

    #: How many centres later the other one of a step comes: neighbours share most of their contexts.
    apart = 1

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int) -> None:
        self._counts = counts
        self._options = options
        self._chunk = chunk
        self._width, self._blocks = row_layout(options.dim)
        self._columns = self._width * self._blocks * LANES
        self._table_size = 1 << max(21, (16 * len(counts) - 1).bit_length())
        self._n_shared, self._renew = shared_negatives(options.negative, options.dim)
        self._copies = few_repeats(counts, options.ns_exponent)
        self._keep = np.zeros(1, np.uint32)
        self._table = np.zeros(1, np.int32)
        self.inputs = self.outputs = np.zeros((0, 0), np.float32)

    def needed_bytes(self) -> tuple[int, int]:
        """Return the bytes of the matrices and of the other tables."""
        n = len(self._counts)
        spaces = (self._options.threads or 1) * 4 * (2 * self._chunk + (4 + 2 * self._n_shared) * self._columns)
        return 8 * n * self._columns, 4 * self._table_size + 4 * n + spaces

    def compile(self) -> None:
        """Run the kernels once on next to nothing."""
        from firth.kernels.sampling import fill_negative_table

        fill_negative_table(np.ones(1, np.int64), self._options.ns_exponent, self._table)
        self.inputs = self.outputs = aligned_zeros(1, self._columns)
        self.train(self.workspace(), np.zeros(1, np.int32), (0.0, 0.0), 0, 0)

    def start(self) -> None:
        """Make the matrices: vectors uniform in a cube, context rows zero."""
        from firth.kernels.sampling import fill_negative_table

        options, n, dim = self._options, len(self._counts), self._options.dim
        self.inputs = aligned_zeros(n, self._columns)
        self.outputs = aligned_zeros(n, self._columns)
        random = np.random.default_rng(options.seed)
        for first in range(0, n, 4096):  # in blocks, so that no second matrix is needed
            rows = self.inputs[first : first + 4096, :dim]
            rows[:] = (random.random(rows.shape, np.float32) - 0.5) * (2 * SPREAD / np.sqrt(dim))
        self._keep = keep_thresholds(self._counts, options.sample)
        self._table = np.empty(self._table_size, np.int32)
        fill_negative_table(self._counts, options.ns_exponent, self._table)

    def workspace(self) -> Any:
        """Return the buffers of one thread."""
        from firth.kernels.shared import draws

        pairs = 4 * self._options.window  # of two centres that share nothing
        return (
            np.zeros(self._chunk + 1, np.int32),  # words kept
            np.zeros((self.apart, 3), np.int64),  # centres that wait for another one
            np.zeros(pairs + self._n_shared + 8, np.int64),  # addresses of rows
            np.zeros(2 * pairs + 32, np.float32),  # their labels
            np.zeros(self._n_shared, np.int64),  # addresses of the negatives' rows, or of their copies
            np.zeros(self._n_shared, np.int64),  # where they are at home
            aligned_zeros(2 * self._n_shared if self._copies else 0, self._columns),  # the desk
            np.zeros(draws(self._chunk + 1, self._n_shared, self._renew, self.apart), np.int32),  # negatives drawn
            np.zeros(2 * (pairs + self._n_shared) + 96, np.float32),  # pulls
            aligned_zeros(1, LANES + 4 * self._columns)[0],  # scratch
            np.zeros(3),  # the result
        )

    def train(self, space: Any, ids: NDArray[np.int32], rates: tuple[float, float], epoch: int, chunk: int) -> None:
        """Train a chunk once."""
        options = self._options
        train_chunk, own = self.kernel()
        train_chunk(
            own,
            ((0,) * self._width, self._blocks, self.inputs.ctypes.data, self.outputs.ctypes.data),
            (ids, self._keep, options.least_window, options.window, *rates, options.seed or 0, epoch, chunk),
            (self._table, float(options.negative), self._renew),
            space,
        )

    def kernel(self) -> tuple[Any, tuple[NDArray[Any], ...]]:
        """Return what trains a chunk, and what it takes beside what every model with shared negatives gives it."""
        from firth.kernels.skipgram import train_chunk

        return train_chunk, ()

    def tally(self, space: Any) -> NDArray[np.float64]:
        """Return loss, positive pairs and words trained since the last call."""
        sums: NDArray[np.float64] = space[-1].copy()
        space[-1][:] = 0.0
        return sums

    def state(self) -> dict[str, NDArray[Any]]:
        """Return both matrices."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over both matrices."""
        overwrite(self.state(), state)

    def finish(self) -> Floats:
        """Return the vectors."""
        self.outputs = np.zeros((0, 0), np.float32)  # first, so that the copy takes its place
        vectors = np.ascontiguousarray(self.inputs[:, : self._options.dim])
        self.inputs = self.outputs
        return vectors


def few_repeats(counts: NDArray[np.int64], exponent: float) -> bool:
    """Tell whether two random negative words are hardly ever the same: then threads may work on copies of them.

    What several copies of one row moved adds up, which is too much of a good thing where few words make up the corpus.

    >>> few_repeats(np.full(1000, 5), 0.75), few_repeats(np.array([9, 5]), 0.75)
    (True, False)
    """
    chances = np.where(counts > 0, np.maximum(counts, 1).astype(np.float64) ** exponent, 0.0)
    return bool((chances**2).sum() < MOST_REPEATS * chances.sum() ** 2)


def shared_negatives(negative: int, dim: int) -> tuple[int, int]:
    """Return how many negative words a run of centres shares, and how many are new with every two centres.

    More of them, each weighing less, give better vectors and take longer (docs/model-skipgram.md). The list has to stay
    in the nearest cache, so wide rows get fewer.

    >>> shared_negatives(5, 100), shared_negatives(5, 300), shared_negatives(20, 100)
    ((32, 2), (24, 2), (64, 4))
    """
    n = max(32 if dim <= 8 * LANES else 24, -(-3 * negative // 8) * 8)
    return n, max(2, n // 16)


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """Return, for every word, the chance to be kept as a share of 2**32 - 1.

    A word of frequency f stays with probability ``sqrt(sample / f) + sample / f``, as in word2vec's code.

    >>> (keep_thresholds(np.array([999, 1]), 1e-3) / (2**32 - 1)).round(4)
    array([0.0326, 1.    ])
    """
    if not sample:
        return np.full(len(counts), 2**32 - 1, np.uint32)
    rarity: NDArray[np.float64] = sample * counts.sum() / counts
    keep: NDArray[np.uint32] = (np.minimum(1.0, np.sqrt(rarity) + rarity) * (2**32 - 1)).astype(np.uint32)
    return keep
