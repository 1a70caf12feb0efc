"""The mean of a word's vectors over a corpus, read once, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.context.words import Text
from firth.progress import Progress
from firth.runningwords import composed, word_pattern

if TYPE_CHECKING:
    from firth.context.encoder import Encoder

Ints = NDArray[np.int64]


class ContextMeans:
    """Sums and counts for every word, grown as words appear.

    Args:
        encoder: the model.
        layers: the layers, kept side by side.
        words: the only words that count, each once; None for all.
        lower: count words alike whatever their case; None to do so where the model does.
        pattern: what a word is.
    """

    def __init__(
        self,
        encoder: Encoder,
        layers: Sequence[int],
        words: list[str] | None,
        *,
        lower: bool | None = None,
        pattern: str | None = None,
    ) -> None:
        self.encoder = encoder
        self.layers = list(layers)
        self.lower = encoder.ignores_case if lower is None else lower
        self.pattern = word_pattern() if pattern is None else pattern
        self.words = words
        self.rows: dict[str, int] = {}
        for word in words or ():
            self.rows.setdefault(self._key(word), len(self.rows))
        self.sums = np.zeros((max(1024, len(self.rows)), len(self.layers) * encoder.dim), np.float32)
        self.counts = np.zeros(len(self.sums), np.int64)

    def over(
        self, corpus: Iterable[Text], min_count: int, top: int | None, progress: Progress | None
    ) -> tuple[list[str], NDArray[np.float32], Ints]:
        """Read the corpus; return words, means and counts: as the words were given, else the most frequent first."""
        blocks = self.encoder.stream(
            corpus, pattern=self.pattern, layers=self.layers, combine="concat", progress=progress
        )
        for block in blocks:
            self._add(block.words, block.vectors, np.flatnonzero(block.found))
        names = list(self.rows) if self.words is None else self.words
        rows = np.fromiter((self.rows[self._key(name)] for name in names), np.int64, len(names))
        order = np.argsort(-self.counts[rows], kind="stable")
        order = order[self.counts[rows[order]] >= max(1, min_count)][:top]
        if self.words is not None:
            order.sort()
        counts = self.counts[rows[order]]
        means = self.sums[rows[order]] / counts[:, None].astype(np.float32)
        return [names[i] for i in order.tolist()], means.astype(np.float32, copy=False), counts

    def _key(self, word: str) -> str:
        """Return what a word is counted as; one that was asked for counts however its accents are written."""
        same = word if self.words is None else composed(word)
        return same.lower() if self.lower else same

    def _add(self, words: list[str], vectors: NDArray[np.float32], known: Ints) -> None:
        names = [self._key(words[i]) for i in known.tolist()]
        if self.words is not None:
            found = np.array([self.rows.get(name, -1) for name in names], np.int64)
            known, found = known[found >= 0], found[found >= 0]
        else:
            found = np.array([self.rows.setdefault(name, len(self.rows)) for name in names], np.int64)
        if len(found) == 0:
            return
        if len(self.rows) > len(self.sums):
            more = max(len(self.rows), 2 * len(self.sums)) - len(self.sums)
            self.sums = np.concatenate([self.sums, np.zeros((more, self.sums.shape[1]), np.float32)])
            self.counts = np.concatenate([self.counts, np.zeros(more, np.int64)])
        order = np.argsort(found, kind="stable")
        rows, begin, counts = np.unique(found[order], return_index=True, return_counts=True)
        self.sums[rows] += np.add.reduceat(vectors[known[order]], begin, axis=0)
        self.counts[rows] += counts
