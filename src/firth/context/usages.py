"""Usages: words, each in its sentence, each with its vector there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.context.centring import centred_unit, common_mean, cosines
from firth.context.usage import Near, Usage
from firth.errors import OptionError, ShapeError, ZeroVectorError
from firth.lengths import UNDIRECTED, directed
from firth.search.scores import checked_topn

if TYPE_CHECKING:
    from firth.context.senses import Senses, Suggestion
    from firth.projection import Picture
    from firth.wordvectors import WordVectors

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Usages:
    """A table of usages in the order of the texts; it never changes.

    Cosines of contextual vectors are all high, whatever the words: what is common to all usages drowns what differs.
    So every comparison stands beside its centred twin, which takes the mean of the table's usages away first; neither
    is the probability of a same sense.

    Attributes:
        spans: where each word stands in its text, in characters: int64 of shape ``(n_usages, 2)``.
        vectors: float32 of shape ``(n_usages, dim)``; NaN for a word that yields no piece.
        numbers: the text of each usage, counted from 0 in the order given: int64 of shape ``(n_usages,)``.
        model: the model that read them.

    >>> table = Usages(["a bat", "the bat"], np.array([0, 1]), np.array([0, 1]), np.array([[2, 5], [4, 7]]),
    ...                np.float32([[1, 0], [0.8, 0.6]]), "none")
    >>> table.words, round(float(table.similarity()[0, 1]), 3)
    (['bat', 'bat'], 0.8)
    """

    def __init__(
        self, texts: Sequence[str], text_numbers: Ints, rows: Ints, spans: Ints, vectors: Floats, model: str = ""
    ) -> None:
        if not len(rows) == len(spans) == len(vectors) or vectors.ndim != 2:
            raise ShapeError(f"{len(rows)} usages with {len(spans)} spans and vectors of shape {vectors.shape}")
        self._texts = list(texts)
        self._text_numbers = text_numbers
        self._rows = rows
        self.numbers: Ints = text_numbers[rows] if len(rows) else rows
        self.spans = spans
        self.vectors = vectors
        self.model = model
        for array in (self.numbers, self.spans, self.vectors):
            array.flags.writeable = False

    # -- what it is ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> Usage:
        if not -len(self) <= row < len(self):
            raise IndexError(f"usage {row} of {len(self)}")
        start, end = self.spans[row].tolist()
        return Usage(self._texts[int(self._rows[row])], start, end, self.vectors[row], int(self.numbers[row]))

    def __iter__(self) -> Iterator[Usage]:
        return (self[row] for row in range(len(self)))

    def __repr__(self) -> str:
        missing = len(self) - int(self.found.sum())
        without = f", {missing:,} without a piece" if missing else ""
        return f"<Usages: {len(self):,} in {len(np.unique(self.numbers)):,} texts x {self.dim}{without}>"

    @property
    def dim(self) -> int:
        """Numbers a vector."""
        return int(self.vectors.shape[1])

    @property
    def texts(self) -> list[str]:
        """The text of every usage."""
        return [self._texts[row] for row in self._rows.tolist()]

    @property
    def words(self) -> list[str]:
        """Every word as it stands in its text."""
        pairs = zip(self._rows.tolist(), self.spans.tolist(), strict=True)
        return [self._texts[row][start:end] for row, (start, end) in pairs]

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether each word yielded a piece, and so has a vector: bool of shape ``(n_usages,)``."""
        return ~np.isnan(self.vectors[:, 0]) if self.dim else np.zeros(len(self), bool)

    def choose(self, rows: Sequence[int] | Ints | NDArray[np.bool_]) -> Usages:
        """Return the table of some usages, by their rows or by a mask of one truth value a usage.

        Raises:
            OptionError: a row is not in the table, or the mask has another length.
        """
        chosen = _chosen(rows, len(self))
        return Usages(
            self._texts, self._text_numbers, self._rows[chosen], self.spans[chosen], self.vectors[chosen], self.model
        )

    # -- how near they are --------------------------------------------------------------------------------------

    def unit(self, *, centred: bool = False) -> Floats:
        """Return the vectors at length 1, float32; NaN where there is none.

        A vector that centring leaves nothing of has no direction: it becomes zero.

        Args:
            centred: True to take the mean of the usages away first.
        """
        if centred and self.found.any():
            return centred_unit(self.vectors, self._mean())
        norms = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return (self.vectors / np.where(norms > 0, norms, 1)).astype(np.float32)

    def _mean(self) -> Floats:
        """Return the mean of all vectors, float32 of shape ``(dim,)``."""
        return common_mean(self.vectors[self.found])

    def similarity(self, *, centred: bool = False) -> Floats:
        """Return the cosine of every usage with every other, float32 of shape ``(n_usages, n_usages)``.

        Args:
            centred: True for the cosines after the mean of the usages is taken away.
        """
        unit = self.unit(centred=centred)
        out: Floats = unit @ unit.T
        return out

    def nearest(self, query: int | ArrayLike, topn: int = 10) -> list[Near]:
        """Return the usages nearest to a usage of this table, or to a vector, the best centred cosine first.

        Args:
            query: the row of a usage, -1 for the last; or a vector of shape ``(dim,)``.
            topn: how many to return at most; the usage itself is none of them.

        Raises:
            OptionError: the table has no such row, or ``topn`` is below 1.
            ShapeError: the vector has another shape.
            ZeroVectorError: the usage has no vector, or the vector no direction.

        >>> table = Usages(["a bat", "the bat", "no bat"], np.arange(3), np.arange(3), np.tile([2, 5], (3, 1)),
        ...                np.float32([[1, 0], [0.8, 0.6], [0, 1]]))
        >>> [near.row for near in table.nearest(-1)]
        [1, 0]
        """
        topn = checked_topn(topn)
        row = self._row(query) if np.ndim(query) == 0 else None
        vector = np.asarray(query, np.float32) if row is None else self.vectors[row]
        if vector.shape != (self.dim,):
            raise ShapeError(f"the vector has shape {vector.shape}, expected ({self.dim},)")
        if row is not None and np.isnan(vector).any():
            raise ZeroVectorError(f"usage {row} yields no piece of the model, so it has no vector to compare")
        if not directed(np.linalg.norm(vector[None], axis=1))[0]:
            raise ZeroVectorError(f"{'the vector' if row is None else f'the vector of usage {row}'} {UNDIRECTED}")
        known = np.flatnonzero(self.found)
        if not len(known):
            return []
        rows, mean = self.vectors[known], self._mean()
        centred = centred_unit(rows, mean) @ centred_unit(vector[None], mean)[0]
        raw = cosines(rows, vector)
        order = [i for i in np.argsort(-centred, kind="stable").tolist() if known[i] != row][:topn]
        return [Near(int(known[i]), float(raw[i]), float(centred[i])) for i in order]

    def _row(self, query: object) -> int:
        """Return a row as a number from 0."""
        if isinstance(query, bool | np.bool_) or not isinstance(query, int | np.integer):
            raise OptionError(f"the query is {query!r}; expected the row of a usage, or a vector")
        if not -len(self) <= query < len(self):
            raise OptionError(f"there is no usage {query}; the table has {len(self)}, counted from 0")
        return int(query) % len(self)

    # -- what the modules beside do with it -----------------------------------------------------------------------

    def groups(self, k: int | None = None) -> Senses:
        """Return the usages in ``k`` groups, or as many as are suggested (see :mod:`firth.context.senses`)."""
        from firth.context.senses import senses

        return senses(self, k)

    def suggest(self) -> Suggestion:
        """Return how many groups the usages suggest, and how sure that is (see :mod:`firth.context.senses`)."""
        from firth.context.senses import suggest

        return suggest(self)

    def plot(self, path: str | os.PathLike[str] | None = None, k: int | None = None) -> Picture:
        """Draw every usage as a point, coloured by its group (see :mod:`firth.context.picture`)."""
        from firth.context.picture import draw

        return draw(self.groups(k), path)

    def means(self, *, min_count: int = 1, lower: bool = False) -> WordVectors:
        """Return the mean vector of every word over its usages, as a static table with counts.

        Args:
            min_count: leave out words with fewer usages.
            lower: True to count words alike whatever their case.
        """
        from firth.context.export import storable
        from firth.wordvectors import WordVectors

        known = np.flatnonzero(self.found)
        names = [storable(word.lower() if lower else word) for word in self.words]
        rows: dict[str, int] = {}
        of = np.array([rows.setdefault(names[i], len(rows)) for i in known.tolist()], np.int64)
        sums = np.zeros((len(rows), self.dim), np.float64)
        np.add.at(sums, of, self.vectors[known])
        counts = np.bincount(of, minlength=len(rows)).astype(np.int64)
        order = [i for i in np.argsort(-counts, kind="stable").tolist() if counts[i] >= min_count]
        spelled = list(rows)
        return WordVectors.from_words(
            [spelled[i] for i in order],
            (sums[order] / counts[order, None]).reshape(len(order), self.dim),
            counts=counts[order],
            recipe={"kind": "mean over usages", "model": self.model, "min_count": min_count},
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the usages as ``.parquet`` (text, number, start, end, word, vector) or as a ``.firth`` table.

        In the table a usage is called ``word@text:start``; the recipe holds the texts. What UTF-8 cannot hold of a text
        is written as "?".

        Raises:
            UnknownFormatError: the name ends in neither.
            MissingExtraError: pyarrow is not installed, for Parquet.
            WriteError: the file could not be written.
        """
        from firth.context.export import save

        return save(self, Path(path))


def join_usages(blocks: Sequence[Usages], dim: int, model: str) -> Usages:
    """Return the usages of several blocks as one table."""
    if len(blocks) == 1:
        return blocks[0]
    sizes = np.cumsum([0, *(len(block._texts) for block in blocks)])
    empty = np.zeros(0, np.int64)
    return Usages(
        [text for block in blocks for text in block._texts],
        np.concatenate([empty, *(block._text_numbers for block in blocks)]),
        np.concatenate([empty, *(block._rows + shift for block, shift in zip(blocks, sizes, strict=False))]),
        np.concatenate([np.zeros((0, 2), np.int64), *(block.spans for block in blocks)]),
        np.concatenate([np.zeros((0, dim), np.float32), *(block.vectors for block in blocks)]),
        model,
    )


def check_groups(k: int | None, n: int) -> None:
    """Refuse a number of groups that ``n`` usages cannot fill."""
    if k is None:
        return
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= n:
        raise OptionError(f"k = {k!r} groups of {n} usages; expected 1 to {n}, or None for a suggestion")


def _chosen(rows: Sequence[int] | Ints | NDArray[np.bool_], n: int) -> Ints:
    """Return the rows that rows or a mask name, int64."""
    array = np.asarray(rows)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "biu"):
        raise OptionError(f"the usages to choose are {rows!r:.80}; expected a list of rows, or a mask")
    if array.dtype == bool:
        if len(array) != n:
            raise OptionError(f"the mask has {len(array)} truth values; expected one for each of the {n} usages")
        return np.flatnonzero(array)
    wrong = (array < -n) | (array >= n)
    if wrong.any():
        raise OptionError(f"there is no usage {array[wrong][0]}; the table has {n}, counted from 0")
    return array.astype(np.int64)
