"""Groups of usages: which belong together, how many groups there seem to be, and what tells them apart."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.context.centring import ALIKE
from firth.context.export import storable
from firth.context.usages import Usages, check_groups
from firth.errors import OptionError
from firth.projection.frequent import FUNCTION_WORDS
from firth.projection.groups import clusters, silhouette
from firth.runningwords import word_pattern

if TYPE_CHECKING:
    from firth.context.encoder import Encoder
    from firth.wordvectors import WordVectors

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: Most groups that are looked for, repetitions of the choice, and the share of usages that each looks at.
MOST, REPEATS, SHARE = 5, 20, 0.8


@dataclass(frozen=True)
class Suggestion:
    """How many groups the usages suggest, two or more; one where they are fewer than four, or all alike.

    Whether there is more than one sense at all these vectors do not tell: usages of a word with a single sense reach
    silhouettes as high as those of "bat". So read a suggestion as "if they are to be grouped, then into so many".

    Attributes:
        k: the number with the best silhouette.
        certainty: the share of repetitions, each over four fifths of the usages, that chose the same number.
        shares: number of groups → the share of repetitions that chose it.
        silhouettes: number of groups → mean silhouette of all usages in so many groups.
    """

    k: int
    certainty: float
    shares: dict[int, float]
    silhouettes: dict[int, float]

    def __str__(self) -> str:
        if self.k == 1:
            return "one group: fewer than four usages, or all alike"
        others = ", ".join(f"{k}: {share:.0%}" for k, share in self.shares.items() if k != self.k)
        line = f"{self.k} groups, the choice of {self.certainty:.0%} of {REPEATS} repetitions"
        return f"{line} ({others})" if others else line


@dataclass(frozen=True, eq=False)
class Group:
    """Usages that belong together.

    Attributes:
        number: counted from 1, in order of appearance.
        rows: which usages, in order: int64.
        medoid: the usage nearest to the others.
        terms: the words that stand in these texts more than in the other groups' texts, strongest first.
    """

    number: int
    rows: Ints
    medoid: int
    terms: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Senses:
    """Usages in groups. A group is no dictionary sense: it is what this model sees as alike.

    Attributes:
        usages: the usages.
        labels: the group of each, from 1; 0 for a usage without a vector: int64 of shape ``(n_usages,)``.
        groups: the groups.
        silhouette: how far the groups stand apart, -1 to 1; 0 for a single group.
        suggestion: how the number of groups was chosen; None where the caller chose it.
    """

    usages: Usages
    labels: Ints
    groups: tuple[Group, ...]
    silhouette: float
    suggestion: Suggestion | None = field(default=None)

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)

    def __repr__(self) -> str:
        sizes = " + ".join(str(len(group.rows)) for group in self.groups)
        return f"<Senses: {sizes} usages in {len(self)} groups, silhouette {self.silhouette:.2f}>"

    def table(self) -> WordVectors:
        """Return the mean vector of every group as a static table of words such as ``bat#1`` and ``bat#2``.

        A group is called by the word that stands in it most often, in lower case, and by its number among the groups
        of that word: usages of "bat" and "cave" may give ``bat#1``, ``cave#1`` and ``bat#2``. For the senses of each of
        several words group the usages of one word at a time, or see ``senses=`` of :func:`firth.context.distill`.
        """
        from firth.wordvectors import WordVectors

        words = [storable(word.lower()) for word in self.usages.words]
        names: Counter[str] = Counter()
        called = []
        for group in self.groups:
            name = Counter(words[row] for row in group.rows.tolist()).most_common(1)[0][0]
            names[name] += 1
            called.append(f"{name}#{names[name]}")
        return WordVectors.from_words(
            called,
            np.stack([self.usages.vectors[group.rows].mean(axis=0) for group in self.groups]),
            counts=[len(group.rows) for group in self.groups],
            recipe={"kind": "mean over usages of a group", "model": self.usages.model, "groups": len(self)},
        )


def sense_layer(encoder: Encoder) -> int:
    """Return the layer to read for senses: the one at two thirds of the depth, where the model gives it.

    There the vectors say most about the sense; the last layer is bent to the model's own task.
    """
    return encoder.n_layers if encoder.backend.only_last else round(encoder.n_layers * 2 / 3)


def senses(usages: Usages, k: int | None = None) -> Senses:
    """Put usages into groups: spherical k-means over centred vectors.

    Args:
        usages: usages of one word, or of any.
        k: how many groups; None for as many as :func:`suggest` suggests.

    Raises:
        OptionError: there is no usage with a vector, or fewer different ones than ``k``.
    """
    known = np.flatnonzero(usages.found)
    if len(known) == 0:
        raise OptionError("there is no usage to group: the texts hold none of the words, or none with a vector")
    check_groups(k, len(known))
    unit = usages.choose(known).unit(centred=True)
    found, suggestion = partition(usages.vectors[known], unit, k)
    labels = np.zeros(len(usages), np.int64)
    labels[known] = found + 1
    texts = [usages[int(row)] for row in known]
    bags = [_terms(usage.text[: usage.start] + " " + usage.text[usage.end :]) - {usage.word.lower()} for usage in texts]
    groups = []
    for number in range(1, int(found.max()) + 2):
        inside = found == number - 1
        rows = unit[inside]
        medoid = int(known[inside][int(np.argmax(rows @ rows.sum(axis=0)))])
        groups.append(Group(number, known[inside], medoid, distinguishing(bags, inside)))
    apart = silhouette(unit, found) if len(groups) > 1 else 0.0
    return Senses(usages, labels, tuple(groups), apart, suggestion)


def partition(vectors: Floats, unit: Floats, k: int | None) -> tuple[Ints, Suggestion | None]:
    """Return the group of every usage, from 0, and the suggestion where the caller chose no number.

    Args:
        vectors, unit: the usages as they are and centred at length 1, float32 of shape ``(n_usages, dim)``.
        k: how many groups; None for as many as are suggested.

    Raises:
        OptionError: there are fewer different usages than ``k``.
    """
    suggestion = _suggest(vectors, unit) if k is None else None
    count = suggestion.k if suggestion is not None else int(k or 1)
    if count == 1:
        return np.zeros(len(unit), np.int64), suggestion
    differ = different(vectors, count)
    if differ < count:
        raise OptionError(
            f"k = {k} groups of {len(unit)} usages, of which only {differ} {'is' if differ == 1 else 'are'} different; "
            f"expected 1 to {differ}"
        )
    return clusters(unit, count), suggestion


def different(vectors: Floats, most: int) -> int:
    """Return how many vectors differ by more than rounding, counted up to ``most``.

    >>> different(np.float32([[1, 0], [1, 0], [0, 1], [1, 1]]), 5), different(np.float32([[1, 0], [1, 1e-7]]), 5)
    (3, 1)
    """
    apart = np.full(len(vectors), np.inf)
    least = ALIKE * float(np.linalg.norm(vectors, axis=1).max(initial=0.0))
    count, row = 0, 0
    while count < min(most, len(vectors)):
        if count and apart[row] <= least:
            break
        count += 1
        np.minimum(apart, np.linalg.norm(vectors - vectors[row], axis=1), out=apart)
        row = int(np.argmax(apart))  # the one furthest from all that were counted
    return count


def suggest(usages: Usages) -> Suggestion:
    """Return how many groups the usages suggest: the number with the best silhouette (Rousseeuw 1987), from 2 to 5.

    The choice is repeated over random four fifths of the usages, which shows how much hangs on single ones. Seeded: the
    same usages give the same answer. Fewer than four usages are one group, and so are usages that are all alike.
    """
    known = usages.choose(usages.found)
    return _suggest(known.vectors, known.unit(centred=True))


def _suggest(vectors: Floats, unit: Floats) -> Suggestion:
    n = len(unit)
    scores = _silhouettes(vectors, unit) if n >= 4 else {}
    if not scores:
        return Suggestion(1, 1.0, {1: 1.0}, {})
    rng = np.random.default_rng(7)
    size = max(4, round(SHARE * n))
    votes: Counter[int] = Counter()
    for _ in range(REPEATS):
        some = np.sort(rng.choice(n, size, replace=False))
        votes[_best(_silhouettes(vectors[some], unit[some]))] += 1
    k = _best(scores)
    return Suggestion(k, votes[k] / REPEATS, {count: votes[count] / REPEATS for count in sorted(votes)}, scores)


def _silhouettes(vectors: Floats, unit: Floats) -> dict[int, float]:
    most = different(vectors, min(MOST, len(unit) - 1))
    return {k: silhouette(unit, clusters(unit, k)) for k in range(2, most + 1)}


def _best(scores: dict[int, float]) -> int:
    return max(scores, key=lambda count: scores[count], default=1)


def _terms(text: str) -> set[str]:
    found = re.findall(word_pattern(), text.lower())
    return {word for word in found if word not in FUNCTION_WORDS and not word.isdigit() and len(word) > 1}


def distinguishing(bags: list[set[str]], inside: NDArray[np.bool_], topn: int = 5) -> tuple[str, ...]:
    """Return the terms that stand in more texts of a group than elsewhere, by log-odds over their standard error.

    The informative Dirichlet prior of Monroe et al. 2008, counted in texts.

    >>> bags = [{"cave", "fly"}, {"cave"}, {"ball"}, {"ball", "fly"}]
    >>> distinguishing(bags, np.array([True, True, False, False]))
    ('cave',)
    """
    a = Counter(term for bag, own in zip(bags, inside.tolist(), strict=True) if own for term in bag)
    b = Counter(term for bag, own in zip(bags, inside.tolist(), strict=True) if not own for term in bag)
    whole, n_a, n_b = a + b, sum(a.values()), sum(b.values())
    if not n_a or not n_b:
        return tuple(term for term, _ in sorted(a.items(), key=lambda item: (-item[1], item[0]))[:topn])
    if len(whole) < 2:
        return ()  # a term that is all there is distinguishes nothing
    prior = 0.5
    total = prior * len(whole)
    scores: dict[str, float] = {}
    for term in a:
        x, y = a[term] + prior, b[term] + prior
        odds = math.log(x / (n_a + total - x)) - math.log(y / (n_b + total - y))
        scores[term] = odds / math.sqrt(1 / x + 1 / y)
    best = sorted(scores, key=lambda term: (-scores[term], term))
    return tuple(term for term in best if scores[term] > 0.1)[:topn]
