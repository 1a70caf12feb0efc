"""Words split by sense: their usages in a corpus, put into groups, each with its mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.context.centring import centred_unit, common_mean
from firth.context.contexts import ContextMeans
from firth.context.senses import partition, sense_layer
from firth.context.usages import check_groups
from firth.errors import OptionError
from firth.runningwords import composed

if TYPE_CHECKING:
    from firth.context.encoder import Encoder

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: Usages of a word that are grouped with one another; of more, drawn at random, the others join the nearest group.
GROUPED = 1_000


@dataclass(frozen=True, eq=False)
class Split:
    """The groups of one word's usages.

    Attributes:
        word: the word, spelled as it was asked for.
        means: the mean of every group's usages, float32 of shape ``(n_groups, width)``.
        counts: usages of every group, int64.
    """

    word: str
    means: Floats
    counts: Ints

    @property
    def names(self) -> list[str]:
        """What the groups are called: ``bat#1``, ``bat#2``."""
        return [f"{self.word}#{number}" for number in range(1, len(self.means) + 1)]


class SplitMeans(ContextMeans):
    """Means of all words, as :class:`firth.context.contexts.ContextMeans`; the usages of some words are kept as well.

    Memory grows with the usages of those words alone. They are grouped by their vectors in the layer that
    :func:`firth.context.senses.sense_layer` names, which is read besides where it is none of ``layers``.

    Args:
        encoder, layers, words, lower, pattern: as there.
        split: the words to split, each with its number of groups; None for as many as are suggested.
    """

    def __init__(
        self,
        encoder: Encoder,
        layers: Sequence[int],
        words: list[str] | None,
        split: Mapping[str, int | None],
        *,
        lower: bool | None = None,
        pattern: str | None = None,
    ) -> None:
        super().__init__(encoder, layers, words, lower=lower, pattern=pattern)
        self.split = split
        self.layer = sense_layer(encoder)
        self.width = self.sums.shape[1]
        if self.layer not in self.layers:
            self.layers.append(self.layer)  # read beside the others, and no part of the sums
        self.kept: dict[str, list[Floats]] = {self._spelled(word): [] for word in split}

    def splits(self, min_count: int) -> list[Split]:
        """Return the groups of every word to split, in order, after the corpus was read; of too rare words none.

        Raises:
            OptionError: a word has fewer different usages than groups were asked for.
        """
        found: list[Split] = []
        for word, k in self.split.items():
            blocks = self.kept[self._spelled(word)]
            if sum(map(len, blocks)) < max(1, min_count):
                found.append(Split(word, np.zeros((0, self.width), np.float32), np.zeros(0, np.int64)))
                continue
            vectors = np.concatenate(blocks)
            try:
                labels = grouped(np.split(vectors, len(self.layers), axis=1)[self.layers.index(self.layer)], k)
            except OptionError as error:
                raise OptionError(f"senses of {word!r}: {error}") from error
            rows = [np.flatnonzero(labels == number) for number in range(int(labels.max()) + 1)]
            means = np.stack([vectors[own, : self.width].mean(axis=0, dtype=np.float64) for own in rows])
            found.append(Split(word, means.astype(np.float32), np.array([len(own) for own in rows], np.int64)))
        return found

    def _spelled(self, word: str) -> str:
        """Return what a word to split is counted as, however its accents are written."""
        same = composed(word)
        return same.lower() if self.lower else same

    def _add(self, words: list[str], vectors: Floats, known: Ints) -> None:
        super()._add(words, vectors[:, : self.width], known)
        rows: dict[str, list[int]] = {}
        for row in known.tolist():
            word = self._spelled(words[row])
            if word in self.kept:
                rows.setdefault(word, []).append(row)
        for word, own in rows.items():
            self.kept[word].append(vectors[own])


def checked_senses(senses: Iterable[str] | Mapping[str, int | None]) -> dict[str, int | None]:
    """Return the words to split, each with its number of groups.

    Raises:
        OptionError: they are no words, or a number is below 1.

    >>> checked_senses(["bat"]), checked_senses({"bat": 2})
    ({'bat': None}, {'bat': 2})
    """
    if isinstance(senses, str | bytes) or not isinstance(senses, Iterable):
        raise OptionError(f"senses = {senses!r}; expected a list of words, or a dict of words and numbers of groups")
    asked = dict(senses) if isinstance(senses, Mapping) else dict.fromkeys(senses)
    for word, k in asked.items():
        if not isinstance(word, str) or not word.strip():
            raise OptionError(f"senses has the word {word!r}; expected a string that is not blank")
        if k is not None and (isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1):
            raise OptionError(f"senses has {k!r} groups for {word!r}; expected 1 or more, or None for a suggestion")
    return asked


def grouped(vectors: Floats, k: int | None) -> Ints:
    """Return the group of every usage of a word, from 0 in order of appearance.

    Args:
        vectors: float32 of shape ``(n_usages, dim)``.
        k: how many groups; None for as many as are suggested.

    Raises:
        OptionError: there are fewer different usages than ``k``.

    >>> grouped(np.float32([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]]), 2).tolist()
    [0, 0, 1, 1]
    """
    check_groups(k, len(vectors))
    n = len(vectors)
    drawn = np.arange(n) if n <= GROUPED else np.sort(np.random.default_rng(7).choice(n, GROUPED, replace=False))
    some = vectors[drawn]
    mean = common_mean(some)
    unit = centred_unit(some, mean)
    own = partition(some, unit, k)[0]
    if n > GROUPED:
        centres = np.stack([unit[own == number].sum(axis=0) for number in range(int(own.max()) + 1)])
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
        labels = np.concatenate(
            [(centred_unit(block, mean) @ centres.T).argmax(axis=1) for block in np.array_split(vectors, n // GROUPED)]
        )
        labels[drawn] = own
        order = list(dict.fromkeys(labels.tolist()))
        own = np.argsort(order)[labels].astype(np.int64)
    return own
