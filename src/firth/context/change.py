"""Semantic change: how far a word's usages moved between two corpora, such as two periods or two communities."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.context.senses import sense_layer
from firth.context.usages import Usages
from firth.context.words import finder
from firth.errors import OptionError, ShapeError
from firth.operations import align, moved
from firth.progress import Progress
from firth.runningwords import folded

if TYPE_CHECKING:
    from firth.context.encoder import Encoder
    from firth.wordvectors import WordVectors

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """How far the usages of one word lie apart in two corpora.

    A degree is there to compare words by, in the same two corpora and layer: it has no unit, and 0 is not "no change".

    Attributes:
        word: the word.
        n_old, n_new: usages with a vector in each corpus.
        apd: average pairwise distance: the mean cosine distance of an old and a new usage, 0 to 2. A word of many
            senses has a high one even if nothing changed; compare it with the spreads.
        prt: prototype distance: the cosine distance of the mean old and the mean new vector, 0 to 2.
        spread_old, spread_new: the mean cosine distance of two usages of one corpus; NaN for fewer than two.
        p: how often the same usages, dealt at random into two piles of these sizes, lie as far apart: small values say
            that the difference is more than chance. Of many words, one in twenty falls below 0.05 by chance alone.

    All but the counts are NaN where a corpus lacks the word.
    """

    word: str
    n_old: int
    n_new: int
    apd: float
    prt: float
    spread_old: float
    spread_new: float
    p: float

    @property
    def excess(self) -> float:
        """What the average pairwise distance has above the mean of the two spreads: about 0 where nothing changed."""
        return self.apd - (self.spread_old + self.spread_new) / 2


def change(
    old: Usages, new: Usages, words: Iterable[str] | None = None, *, permutations: int = 1000, by: str = "prt"
) -> list[Change]:
    """Return how far each word's usages in one table lie from those in another, the furthest first.

    With U and V the old and the new usages of a word, and d the cosine distance,

        apd = sum of d(u, v) over all u in U, v in V / (|U| |V|)         prt = d(mean of U, mean of V)

    (Giulianelli et al. 2020; Kutuzov and Giulianelli 2020, whose PRT is 1 / (1 - prt) and ranks words alike). ``p`` is
    a permutation test (Liu et al. 2021), over the distance of the mean unit vectors. Seeded: the same usages give the
    same answer.

    Args:
        old, new: usages from one model and layer.
        words: the words; None for all that either table holds. Case does not count.
        permutations: how often the usages are dealt anew; 0 for no test.
        by: the order: ``"prt"``, ``"apd"`` or ``"excess"``; words that a table lacks come last.

    Raises:
        ShapeError: the vectors differ in length.
        OptionError: an unknown order, or a negative number.

    >>> place = np.array([[0, 3]] * 3)
    >>> def table(*rows):
    ...     return Usages(["bat"] * 3, np.arange(3), np.arange(3), place, np.array(rows, np.float32))
    >>> [found] = change(table([1, 0], [1, 0], [1, 0]), table([1, 0], [0, 1], [0, 1]))
    >>> found.word, round(found.apd, 3), round(found.prt, 3), round(found.spread_new, 3)
    ('bat', 0.667, 0.553, 0.667)
    """
    if old.dim != new.dim:
        raise ShapeError(f"the usages have {old.dim} and {new.dim} numbers; expected one model and layer for both")
    if by not in ("prt", "apd", "excess"):
        raise OptionError(f"by = {by!r}; expected 'prt', 'apd' or 'excess'")
    if permutations < 0:
        raise OptionError(f"permutations = {permutations}; expected 0 or more")
    rows_old, rows_new = _rows_by_word(old), _rows_by_word(new)
    chosen = [*rows_old, *rows_new] if words is None else [folded(word) for word in words]
    none: list[int] = []
    out = [
        _one(word, old.vectors[rows_old.get(word, none)], new.vectors[rows_new.get(word, none)], permutations)
        for word in dict.fromkeys(chosen)
    ]

    def order(one: Change) -> float:
        value = float(getattr(one, by))
        return -math.inf if math.isnan(value) else value

    return sorted(out, key=order, reverse=True)


def _rows_by_word(usages: Usages) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, (word, known) in enumerate(zip(usages.words, usages.found.tolist(), strict=True)):
        if known:
            rows.setdefault(folded(word), []).append(row)
    return rows


def _one(word: str, old: NDArray[np.float32], new: NDArray[np.float32], permutations: int) -> Change:
    n_old, n_new = len(old), len(new)
    if not n_old or not n_new:
        return Change(word, n_old, n_new, *[math.nan] * 5)
    both = np.concatenate([old, new]).astype(np.float64)
    unit = both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12)
    # The mean over all pairs of u . v is the product of the two means: no pair need be formed.
    mean_old, mean_new = unit[:n_old].mean(axis=0), unit[n_old:].mean(axis=0)
    apd = 1.0 - float(mean_old @ mean_new)
    first, second = both[:n_old].mean(axis=0), both[n_old:].mean(axis=0)
    prt = 1.0 - float(first @ second / max(float(np.linalg.norm(first) * np.linalg.norm(second)), 1e-12))
    p = _chance(unit, n_old, permutations) if permutations else math.nan
    return Change(word, n_old, n_new, apd, prt, _spread(mean_old, n_old), _spread(mean_new, n_new), p)


def _spread(mean: Floats, n: int) -> float:
    """Return the mean cosine distance of two different rows of ``n`` unit rows with this mean."""
    return 1.0 - (n * n * float(mean @ mean) - n) / (n * (n - 1)) if n > 1 else math.nan


def _chance(unit: Floats, n_old: int, permutations: int) -> float:
    """Return the share of random deals whose means lie as far apart as the real ones, which count as one deal."""
    rng = np.random.default_rng(11)
    n, whole = len(unit), unit.sum(axis=0)

    def apart(sums: Floats) -> Floats:
        return np.asarray(np.linalg.norm(sums / n_old - (whole - sums) / (n - n_old), axis=-1))

    real = float(apart(unit[:n_old].sum(axis=0)))
    as_far = 0
    step = max(1, 2_000_000 // n)
    for start in range(0, permutations, step):
        piles = np.zeros((min(step, permutations - start), n))
        piles[:, :n_old] = 1.0
        as_far += int((apart(rng.permuted(piles, axis=1) @ unit) >= real - 1e-12).sum())
    return (as_far + 1) / (permutations + 1)


def sample_usages(
    encoder: Encoder,
    texts: Iterable[str],
    words: Sequence[str],
    *,
    most: int = 500,
    layers: int | Sequence[int] | None = None,
    combine: str = "mean",
    seed: int = 0,
    progress: Progress | None = None,
) -> Usages:
    """Return usages of words in a corpus of any length: of each word at most so many, drawn at random.

    The texts are gone through once; only those drawn are kept and read by the model.

    Args:
        encoder: the model.
        texts: the corpus.
        words: the words, found as wholes and whatever their case.
        most: usages of each word at most.
        layers: which layer, or several; None for the one at two thirds of the depth.
        combine: what becomes of several layers: ``"mean"`` or ``"concat"``.
        seed: for the drawing.
        progress: who watches the reading.

    Raises:
        OptionError: no word is given, or ``most`` is below 1.
    """
    drawn = draw_usages(texts, words, most, seed)
    layer = sense_layer(encoder) if layers is None else layers
    return encoder.usages(
        [text for text, _ in drawn], spans=[span for _, span in drawn], layers=layer, combine=combine, progress=progress
    )


def draw_usages(
    texts: Iterable[str], words: Sequence[str], most: int, seed: int = 0
) -> list[tuple[str, tuple[int, int]]]:
    """Return texts and spans of at most so many usages of each word, in the order of the texts.

    >>> draw_usages(["a bat", "no such", "the Bat"], ["bat"], 5)
    [('a bat', (2, 5)), ('the Bat', (4, 7))]
    """
    if most < 1:
        raise OptionError(f"most = {most}; expected 1 or more")
    find = finder(words=words)
    # A look at the bare letters first: the pattern is slow, and most texts hold none of the words.
    letters = [word.lower() for word in words] if all(word.isascii() for word in words) else [""]
    rng = random.Random(seed)
    kept: dict[str, list[tuple[int, int, str, tuple[int, int]]]] = {}
    seen: dict[str, int] = {}
    for number, text in enumerate(texts):
        lower = text.lower()
        if text.isascii() and not any(word in lower for word in letters):
            continue
        for start, end in find(text):
            word = folded(text[start:end])
            seen[word] = seen.get(word, 0) + 1
            mine = kept.setdefault(word, [])
            usage = (number, start, text, (start, end))
            if len(mine) < most:
                mine.append(usage)
            elif (place := rng.randrange(seen[word])) < most:  # all usages stay with one chance (Vitter 1985)
                mine[place] = usage
    return [(text, span) for _, _, text, span in sorted(usage for mine in kept.values() for usage in mine)]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a word's vector lies from itself in another static table.

    Attributes:
        word: the word.
        distance: cosine distance of its two vectors after the tables are aligned, 0 to 2.
        rank: its place among all shared words, 1 for the one that moved most.
        shared: how many words were compared.
    """

    word: str
    distance: float
    rank: int
    shared: int


def shifts(
    old: WordVectors, new: WordVectors, words: Iterable[str] | None = None, *, top: int | None = None
) -> list[Shift]:
    """Return how far words moved between two static tables, the furthest first.

    The old table is turned into the space of the new one by the rotation that brings the shared words nearest together
    (Hamilton et al. 2016); see :func:`firth.operations.align`.

    Args:
        old, new: tables, such as trained on two periods.
        words: the words; None for all shared ones. Those that a table lacks are left out.
        top: align and compare only words among the first so many of both: rare words move by chance.

    Raises:
        OptionError: the tables share no word.

    >>> from firth.wordvectors import WordVectors
    >>> a = WordVectors.from_words(["cat", "dog", "mouse", "key"], [[1, 0, 0], [1, 0.2, 0], [0, 1, 0], [0, 0, 1]])
    >>> b = WordVectors.from_words(["cat", "dog", "mouse", "key"], [[1, 0, 0], [1, 0.2, 0], [0, 0.2, 1], [0, 0, 1]])
    >>> [(shift.word, shift.rank, shift.shared) for shift in shifts(a, b, ["mouse"])]
    [('mouse', 1, 4)]
    """
    ordered = moved(align(old, new, top=top), new, topn=None, top=top)
    wanted = None if words is None else set(words)
    return [
        Shift(found.word, 1.0 - found.cosine, rank, len(ordered))
        for rank, found in enumerate(ordered, 1)
        if wanted is None or found.word in wanted
    ]
