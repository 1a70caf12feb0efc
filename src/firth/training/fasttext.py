"""Skip-gram with subwords as in fastText: Bojanowski et al. 2017, "Enriching Word Vectors with Subword Information"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.subwords import Subwords
from firth.training.options import TrainOptions
from firth.training.subgram import Subgram
from firth.vocabulary import Vocabulary


class FastText(Subgram):
    """A row for every word and a row for every bucket of n-grams; a word is the mean of its own and its n-grams'.

    N-grams that always occur together share a row while they are trained (firth.kernels.ngramgroups): the same
    training, with fewer rows to move. Buckets that no n-gram of the corpus falls into stay zero.
    """

    #: Whether a window must find its middle, rather than a word its neighbours.
    is_cbow = False

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int, vocabulary: Vocabulary) -> None:
        super().__init__(counts, options, chunk, vocabulary)
        #: How many rows fastText takes the mean of for every word.
        self.sizes = np.zeros(0, np.int64)
        self._word_groups = np.zeros(0, np.int32)
        self._bucket_groups = np.zeros(0, np.int32)
        self._group()

    def _group(self) -> None:
        """List the rows of every word."""
        from firth.kernels.ngramgroups import add_signatures, group_parts, number_groups
        from firth.kernels.ngrams import ngram_rows

        options, vocabulary = self._options, self._vocabulary
        starts, rows = ngram_rows(
            vocabulary.blob, vocabulary.offsets, options.minn, options.maxn, options.buckets
        )  # fmt: skip
        self.sizes = np.diff(starts) + 1
        n_words = len(vocabulary)
        signatures = np.zeros(options.buckets, np.uint64)
        add_signatures(starts, rows, signatures)
        slots = 1 << int(2 * (n_words + min(len(rows), options.buckets))).bit_length()
        self._word_groups = np.empty(n_words, np.int32)
        self._bucket_groups = np.full(options.buckets, -1, np.int32)
        self.n_rows = number_groups(
            starts, rows, signatures, np.empty(slots, np.uint64), np.full(slots, -1, np.int32), self._word_groups,
            self._bucket_groups,
        )  # fmt: skip
        self.starts = np.empty(n_words + 1, np.int64)
        parts, shares = np.empty(len(rows) + n_words, np.int32), np.empty(len(rows) + n_words, np.float32)
        n_parts = group_parts(
            starts, rows, self._word_groups, self._bucket_groups, self.n_rows, self.starts, parts, shares
        )  # fmt: skip
        self.parts, self.shares = parts[:n_parts].copy(), shares[:n_parts].copy()

    def needed_bytes(self) -> tuple[int, int]:
        """Return the bytes of the matrices and of the other tables."""
        matrices, tables = super().needed_bytes()
        return matrices, tables + self._word_groups.nbytes + self._bucket_groups.nbytes

    def subwords(self) -> Subwords:
        """Return the rows of all buckets."""
        options, dim = self._options, self._options.dim
        rows = np.zeros((options.buckets, dim), np.float32)
        used = np.flatnonzero(self._bucket_groups >= 0)
        for first in range(0, len(used), 1 << 16):
            some = used[first : first + (1 << 16)]
            rows[some] = self.inputs[self._bucket_groups[some], :dim]
        return Subwords(rows, minn=options.minn, maxn=options.maxn, buckets=options.buckets)

    def told(self) -> dict[str, Any]:
        """Return fastText's names for the options, which stand in its files."""
        from firth.formats.fasttext_parts import Arguments

        options = self._options
        arguments = Arguments(
            options.dim, options.window, options.epochs, options.min_count, options.negative, bucket=options.buckets,
            minn=options.minn, maxn=options.maxn, t=options.sample, model=1 if self.is_cbow else 2,
        )  # fmt: skip
        return {"fasttext": arguments.to_json()}
