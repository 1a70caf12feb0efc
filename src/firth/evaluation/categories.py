"""Categorisation: do clusters of the vectors match the categories that people put the words into?"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.evaluation.items import Itemised
from firth.evaluation.outcomes import Outcomes, unit_rows
from firth.evaluation.rules import Rules
from firth.report import Problem

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: How often the words are clustered, from the seeds 0, 1, 2 ...
RUNS = 10

#: A run stops when no word changes its cluster, or after so many steps.
_STEPS = 100

_MISSING_TEXT = {
    "skip": "words that the table has not are left out",
    "zero": "words that the table has not count as wrong",
    "mean": "words that the table has not count as wrong",
}


class Category(NamedTuple):
    """A category and its words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Categories(Itemised):
    """Words in categories; an item is a word in one of them.

    Attributes:
        name, source, problems: as in every benchmark.
        categories: the categories, in the file's order; a word may stand in several.
    """

    kind: ClassVar[str] = "categorisation"
    unit: ClassVar[str] = "words, their clusters held fast"

    name: str
    source: str
    categories: tuple[Category, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def parts(self) -> Sequence[tuple[str, int]]:
        """Name and number of words of every category."""
        return [(category.name, len(category.words)) for category in self.categories]

    def words(self) -> set[str]:
        """All words."""
        return {word for category in self.categories for word in category.words}

    def rule_text(self, rules: Rules) -> str:
        """Return the rule in words."""
        return (
            f"purity, the share of words that are in the most frequent category of their cluster: mean of {RUNS} runs "
            "of k-means on unit vectors from greedy k-means++ seeds, as many clusters as categories; "
            f"{_MISSING_TEXT[rules.oov]}"
        )

    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return for every word in how many of the runs it is in the category that rules its cluster."""
        rows = unit_rows(wv, self.words(), rules, among)
        words = [word for category in self.categories for word in category.words]
        label = np.repeat(np.arange(len(self.categories)), [len(category.words) for category in self.categories])
        at = np.array([rows.place.get(word, -1) for word in words], np.int64)
        have = at >= 0
        values = np.full(len(words), np.nan if rules.oov == "skip" else 0.0)
        also: tuple[tuple[str, float], ...] = ()
        if have.any():
            units, labels = rows.units[at[have]], label[have]
            k = len(np.unique(labels))
            runs = np.empty((RUNS, len(labels)))
            shuffled = np.empty(RUNS)
            for run in range(RUNS):
                rng = np.random.default_rng(run)
                clusters = kmeans(units, k, rng)
                runs[run] = in_majority(clusters, labels)
                shuffled[run] = in_majority(clusters, rng.permutation(labels)).mean()
            values[have] = runs.mean(axis=0)
            purity = runs.mean(axis=1) * (1.0 if rules.oov == "skip" else have.mean())
            also = (
                (f"best of {RUNS}", float(purity.max())),
                (f"worst of {RUNS}", float(purity.min())),
                ("categories shuffled", float(shuffled.mean())),
            )
        ids: dict[str, int] = {}
        cluster = np.array([ids.setdefault(word, len(ids)) for word in words], np.int64)
        return Outcomes(values, cluster, int(have.sum()), also=also)


def in_majority(clusters: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which items carry the most frequent label of their cluster; of two as frequent, the first label counts.

    Their share is the purity of the clustering (Manning, Raghavan and Schütze 2008, 16.3).

    >>> in_majority(np.array([0, 0, 0, 1]), np.array([2, 2, 1, 1])).tolist()
    [True, True, False, True]
    """
    table = np.zeros((clusters.max(initial=-1) + 1, labels.max(initial=-1) + 1), np.int64)
    np.add.at(table, (clusters, labels), 1)
    ruling: NDArray[np.bool_] = table.argmax(axis=1)[clusters] == labels
    return ruling


def kmeans(points: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Cluster points by Lloyd's k-means from greedy k-means++ seeds, as scikit-learn does.

    Seeds are chosen as Arthur and Vassilvitskii (2007) say, each the best of a few that are drawn.

    Args:
        points: float64 of shape ``(n, dim)``.
        k: how many clusters, at most ``n``.
        rng: where the seeds come from.

    Returns:
        the cluster of every point, int64 of shape ``(n,)``.

    >>> kmeans(np.array([[0.0], [0.1], [5.0], [5.1]]), 2, np.random.default_rng(0)).tolist()
    [1, 1, 0, 0]
    """
    squares = np.einsum("ij,ij->i", points, points)

    def distances(centres: NDArray[np.float64]) -> NDArray[np.float64]:
        far: NDArray[np.float64] = squares[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
        return np.maximum(far, 0, out=far)

    n = len(points)
    chosen = [int(rng.integers(n))]
    nearest = distances(points[chosen])[:, 0]
    tries = 2 + int(math.log(k))
    for _ in range(1, k):
        # A point is drawn with a chance that grows with its squared distance from those chosen before; of several
        # drawn, the one is chosen that leaves the least distance in all.
        reach = np.cumsum(nearest)
        if reach[-1] > 0:
            drawn = np.minimum(np.searchsorted(reach, rng.random(tries) * reach[-1], side="right"), n - 1)
        else:  # all points are chosen already
            drawn = rng.integers(n, size=tries)
        after = np.minimum(nearest[:, None], distances(points[drawn]))
        best = int(after.sum(axis=0).argmin())
        chosen.append(int(drawn[best]))
        nearest = after[:, best]
    centres = points[chosen]
    clusters = np.full(n, -1, np.int64)
    for _ in range(_STEPS):
        apart = distances(centres)
        new = apart.argmin(axis=1)
        if (new == clusters).all():
            break
        clusters = new
        order = np.argsort(clusters, kind="stable")
        sizes = np.bincount(clusters, minlength=k)
        full = sizes > 0
        starts = (np.cumsum(sizes) - sizes)[full]
        centres[full] = np.add.reduceat(points[order], starts, axis=0) / sizes[full, None]
        if not full.all():  # a cluster that has lost all its points starts anew at those farthest from their centre
            farthest = np.argsort(-apart[np.arange(n), clusters], kind="stable")
            centres[~full] = points[farthest[: int((~full).sum())]]
    return clusters
