"""Turning one table into the space of another, and what moved between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from firth.errors import OptionError
from firth.lengths import directed
from firth.operations.recipe import BLOCK, Doubles, Floats, Rows, affine_subwords, changed, checked, mapped, whole
from firth.wordvectors import WordVectors

Pairs = Iterable[tuple[str, str]] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A rotation from one space into another, as :func:`fit_alignment` finds it.

    Attributes:
        matrix: float64 of shape ``(dim, dim of the other space)`` with orthonormal rows.
        mean: what is taken from a vector before the turn, ``(dim,)``; zeros unless centred.
        mean_onto: what is added after it, ``(dim of the other space,)``.
        unit: the means belong to vectors of length one.
        pairs: how many word pairs it was fitted to.
        cosine_before, cosine: mean cosine of those pairs before (NaN where the dimensions differ) and after.
    """

    matrix: Doubles
    mean: Doubles
    mean_onto: Doubles
    unit: bool
    pairs: int
    cosine_before: float
    cosine: float

    def apply(self, wv: WordVectors) -> WordVectors:
        """Return the table turned into the other space; without centring every vector keeps its length.

        Raises:
            OptionError: the table has another dimension.
        """
        checked(wv)
        if wv.dim != len(self.matrix):
            raise OptionError(f"the table has {wv.dim} dimensions; the alignment was fitted to {len(self.matrix)}")

        def turned(rows: Floats, where: slice) -> Doubles:
            lengths = wv.norms[where, None].astype(np.float64) if self.unit else 1.0
            return np.asarray(lengths * ((rows / lengths - self.mean) @ self.matrix + self.mean_onto))

        parameters = {
            "pairs": self.pairs,
            "centre": bool(self.mean.any() or self.mean_onto.any()),
            "unit": self.unit,
            "mean_cosine_of_pairs": round(self.cosine, 6),
        }
        subwords = None
        if not parameters["centre"]:
            subwords = affine_subwords(wv, lambda rows, _: rows @ self.matrix, linear=True)
        elif not self.unit:
            subwords = affine_subwords(wv, turned)
        return changed(wv, "align", parameters, mapped(wv, turned, self.matrix.shape[1]), subwords)


def fit_alignment(
    wv: WordVectors,
    onto: WordVectors,
    *,
    pairs: Pairs | None = None,
    top: int | None = None,
    centre: bool = False,
    unit: bool = True,
) -> Alignment:
    """Return the rotation that brings the words of one table nearest to their partners in another.

    Orthogonal Procrustes (Schönemann 1966): of all matrices with orthonormal rows the one with the least summed squared
    distance, from one singular value decomposition. See :func:`align` for the arguments and errors.
    """
    checked(wv, onto)
    rows, rows_onto = _partners(wv, onto, pairs, top)
    if wv.dim > onto.dim:
        raise OptionError(
            f"{wv.dim} dimensions do not fit into {onto.dim} without loss; align the other way round, or reduce the "
            f"first table to {onto.dim} dimensions"
        )
    mean, mean_onto = np.zeros(wv.dim), np.zeros(onto.dim)
    if centre:
        for start in range(0, len(rows), BLOCK):
            mean += _prepared(wv, rows[start : start + BLOCK], unit).sum(axis=0)
            mean_onto += _prepared(onto, rows_onto[start : start + BLOCK], unit).sum(axis=0)
        mean, mean_onto = mean / len(rows), mean_onto / len(rows)
    product = np.zeros((wv.dim, onto.dim))
    for start in range(0, len(rows), BLOCK):
        left = _prepared(wv, rows[start : start + BLOCK], unit) - mean
        product += left.T @ (_prepared(onto, rows_onto[start : start + BLOCK], unit) - mean_onto)
    outer, singular, inner = np.linalg.svd(product, full_matrices=False)
    matrix = outer @ inner
    if unit and not centre:  # the sums of cosines stand in the product already
        before = float(np.trace(product)) if wv.dim == onto.dim else np.nan
        after = float(singular.sum())
    else:
        before, after = _summed_cosines(wv, onto, (rows, rows_onto), (mean, mean_onto, matrix), unit)
    return Alignment(matrix, mean, mean_onto, unit, len(rows), before / len(rows), after / len(rows))


def align(
    wv: WordVectors,
    onto: WordVectors,
    *,
    pairs: Pairs | None = None,
    top: int | None = None,
    centre: bool = False,
    unit: bool = True,
) -> WordVectors:
    """Return the first table turned into the space of the second: languages, time slices, two runs of one training.

    A rotation changes no cosine inside the table; it only makes the two comparable (Hamilton, Leskovec and Jurafsky
    2016 for time slices). How near the pairs came stands in the recipe.

    Args:
        wv: the table to turn, ``(n_words, dim)``.
        onto: the table whose space it shall have; at least as many dimensions.
        pairs: which word of the first belongs to which of the second, such as a dictionary; None for shared words.
            Pairs with a word that its table lacks are passed over.
        top: of the pairs, only those whose words both stand in the first so many rows: frequent words are steadier.
        centre: take the mean of the pairs away first, and give the result the mean of the other space.
        unit: fit to vectors of length one, so that long vectors do not count for more.

    Raises:
        OptionError: no usable pairs, something among them that is no pair of words, or the second table has fewer
            dimensions.

    >>> a = WordVectors.from_words(["up", "right"], [[0, 1], [1, 0]])
    >>> b = WordVectors.from_words(["up", "right"], [[-1, 0], [0, 1]])
    >>> align(a, b).vectors.round(6).tolist()
    [[-1.0, 0.0], [0.0, 1.0]]
    """
    return fit_alignment(wv, onto, pairs=pairs, top=top, centre=centre, unit=unit).apply(wv)


class Moved(NamedTuple):
    """A word, and the cosine of its two vectors: the lower, the further it moved."""

    word: str
    cosine: float


def moved(a: WordVectors, b: WordVectors, *, topn: int | None = 20, top: int | None = None) -> list[Moved]:
    """Return the shared words whose vectors differ most between two tables in one space, the most moved first.

    Bring them into one space with :func:`align` first. Rare words move by chance alone; ``top`` keeps them out.

    Args:
        a, b: tables of equal dimension.
        topn: how many words; None for all.
        top: only words that stand in the first so many rows of both.

    Raises:
        OptionError: the dimensions differ, no shared word has two directions, or ``topn`` is below 1.

    >>> a = WordVectors.from_words(["cat", "mouse"], [[1, 0], [0, 1]])
    >>> b = WordVectors.from_words(["mouse", "cat"], [[1, 1], [1, 0]])
    >>> [(word, round(cosine, 3)) for word, cosine in moved(a, b)]
    [('mouse', 0.707), ('cat', 1.0)]
    """
    checked(a, b)
    if topn is not None:
        whole("topn", topn, 1, 2**62)
    if a.dim != b.dim:
        raise OptionError(f"the tables have {a.dim} and {b.dim} dimensions; align them into one space first")
    rows, rows_b = _partners(a, b, None, top)
    cosines = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        where = slice(start, start + BLOCK)
        cosines[where] = _cosines(_prepared(a, rows[where], True), _prepared(b, rows_b[where], True))
    order = np.argsort(cosines, kind="stable")[:topn]
    return [Moved(a.vocabulary[int(rows[place])], float(cosines[place])) for place in order]


def _partners(wv: WordVectors, onto: WordVectors, pairs: Pairs | None, top: int | None) -> tuple[Rows, Rows]:
    """Return the rows of word pairs that both tables have, with a direction."""
    if pairs is None:
        left = wv.vocabulary.words()[:top]
        rows, rows_onto = np.arange(len(left)), onto.vocabulary.rows(left)
    else:
        given = _pairs_of_words(pairs)
        rows = wv.vocabulary.rows([pair[0] for pair in given])
        rows_onto = onto.vocabulary.rows([pair[1] for pair in given])
    useful = (rows >= 0) & (rows_onto >= 0)
    useful &= directed(wv.norms)[rows] & directed(onto.norms)[rows_onto]
    if top is not None:
        whole("top", top, 1, 2**62)
        useful &= (rows < top) & (rows_onto < top)
    if not useful.any():
        what = "shared word" if pairs is None else "pair"
        raise OptionError(f"no {what} has a vector with a direction in both tables; give other pairs")
    return rows[useful], rows_onto[useful]


def _pairs_of_words(pairs: Pairs) -> list[tuple[str, str]]:
    """Return pairs of words as a list; anything else is refused."""
    given: Any = pairs.items() if isinstance(pairs, Mapping) else pairs
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise OptionError(f"pairs={given!r:.60}; expected pairs of words, such as [('cat', 'chat')], or a mapping")
    found = []
    for pair in given:
        words = tuple(pair) if isinstance(pair, Iterable) and not isinstance(pair, str) else ()
        if len(words) != 2 or not all(isinstance(word, str) for word in words):
            raise OptionError(f"{pair!r:.60} among the pairs; expected two words, such as ('cat', 'chat')")
        found.append((words[0], words[1]))
    return found


def _summed_cosines(
    wv: WordVectors, onto: WordVectors, pairs: tuple[Rows, Rows], turn: tuple[Doubles, Doubles, Doubles], unit: bool
) -> tuple[float, float]:
    """Return the sums of the pairs' cosines before (NaN where the dimensions differ) and after the turn."""
    (rows, rows_onto), (mean, mean_onto, matrix) = pairs, turn
    before = after = 0.0
    for start in range(0, len(rows), BLOCK):
        left = _prepared(wv, rows[start : start + BLOCK], unit)
        right = _prepared(onto, rows_onto[start : start + BLOCK], unit)
        before += float(_cosines(left, right).sum()) if wv.dim == onto.dim else np.nan
        after += float(_cosines((left - mean) @ matrix + mean_onto, right).sum())
    return before, after


def _prepared(wv: WordVectors, rows: Rows, unit: bool) -> Doubles:
    vectors = wv.vectors[rows].astype(np.float64)
    if unit:
        vectors /= np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    return vectors


def _cosines(left: Doubles, right: Doubles) -> Doubles:
    products = (left * right).sum(axis=1)
    lengths = np.sqrt((left * left).sum(axis=1) * (right * right).sum(axis=1))
    return np.asarray(products / np.where(lengths > 0, lengths, 1.0)).clip(-1.0, 1.0)
