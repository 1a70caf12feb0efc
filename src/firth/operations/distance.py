"""How far two texts are apart, word by word: word mover's distance and soft cosine."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firth.errors import MissingExtraError, OptionError
from firth.operations.recipe import Doubles, Rows
from firth.operations.texts import Text, useful_rows
from firth.wordvectors import WordVectors


def word_movers_distance(wv: WordVectors, a: Text, b: Text, *, unit: bool = True) -> float:
    """Return the least cost of moving the words of one text onto those of another (Kusner et al. 2015).

    Each text is a heap of its words, of total mass one; the cost of moving mass is the Euclidean distance of the word
    vectors. Exact, by the network simplex of POT, as in gensim. Words that the table lacks are passed over.

    Args:
        wv: the table.
        a, b: strings, cut into words as :func:`~firth.operations.words_of` does, or lists of words.
        unit: take word vectors at length one, as gensim does.

    Raises:
        OptionError: of one text the table has no word.
        MissingExtraError: POT is not installed (``pip install 'firth[distance]'``).

    >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0], [0.6, 0.8], [0, 1]])
    >>> round(word_movers_distance(wv, ["cat"], ["dog", "car"]), 3)
    1.154
    """
    mass_a, mass_b, costs = _problem(wv, a, b, unit)
    if 1 in costs.shape:  # all mass has one way to go
        return float(mass_a @ costs @ mass_b)
    try:
        from ot import emd2
    except ImportError as error:
        raise MissingExtraError("POT", "distance", "the word mover's distance") from error
    return float(emd2(mass_a, mass_b, costs, numItermax=1_000_000))


def wmdistance(wv: WordVectors, document1: Text, document2: Text, norm: bool = True) -> float:
    """Return :func:`word_movers_distance` as gensim's method of this name does: inf where a text has no known word.

    >>> wmdistance(WordVectors.from_words(["cat"], [[1, 0]]), ["cat"], ["unheard"])
    inf
    """
    useful_rows(wv, document1), useful_rows(wv, document2)  # what is no text is refused
    try:
        return word_movers_distance(wv, document1, document2, unit=norm)
    except OptionError:
        return math.inf


def relaxed_word_movers_distance(wv: WordVectors, a: Text, b: Text, *, unit: bool = True) -> float:
    """Return a lower bound of the word mover's distance that needs no solver (Kusner et al. 2015, section 4).

    Every word moves whole to the nearest word of the other text; the larger of the two directions is the bound.

    Raises:
        OptionError: of one text the table has no word.

    >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0], [0.6, 0.8], [0, 1]])
    >>> relaxed_word_movers_distance(wv, "cat dog", "dog cat")
    0.0
    """
    mass_a, mass_b, costs = _problem(wv, a, b, unit)
    return float(max(mass_a @ costs.min(axis=1), mass_b @ costs.min(axis=0)))


def soft_cosine(wv: WordVectors, a: Text, b: Text, *, threshold: float = 0.0, exponent: float = 2.0) -> float:
    """Return the soft cosine of two texts: a cosine in which different words are partly the same.

    With counts ``x`` and ``y`` of words and similarities ``S`` between words, it is ``x S y / sqrt(x S x * y S y)``
    (Sidorov et al. 2014; Charlet and Damnati 2017 for the form of ``S``): ``S = cosine ** exponent`` where the cosine
    is above ``threshold``, else 0. The defaults are gensim's.

    Raises:
        OptionError: of one text the table has no word, or the threshold is outside 0 to 1.

    >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0], [0.6, 0.8], [0, 1]])
    >>> round(soft_cosine(wv, ["cat"], ["dog"]), 3)
    0.36
    """
    if not 0 <= threshold < 1:
        raise OptionError(f"threshold={threshold!r}; expected a number from 0 to below 1")
    (rows_a, x), (rows_b, y) = _bag(wv, a, "first"), _bag(wv, b, "second")

    def similarities(left: Rows, right: Rows) -> Doubles:
        cosines = wv.unit_rows(left).astype(np.float64) @ wv.unit_rows(right).T
        raised = np.where(cosines > threshold, cosines.clip(0.0, 1.0) ** exponent, 0.0)
        return np.where(left[:, None] == right[None, :], 1.0, raised)

    inner = x @ similarities(rows_a, rows_b) @ y
    return float(inner / np.sqrt((x @ similarities(rows_a, rows_a) @ x) * (y @ similarities(rows_b, rows_b) @ y)))


def _bag(wv: WordVectors, text: Text, which: str) -> tuple[Rows, NDArray[np.int64]]:
    """Return the different rows of a text and how often each comes."""
    rows = useful_rows(wv, text)
    if len(rows) == 0:
        raise OptionError(f"the table has no word of the {which} text, so there is nothing to compare")
    different, counts = np.unique(rows, return_counts=True)
    return different, counts


def _problem(wv: WordVectors, a: Text, b: Text, unit: bool) -> tuple[Doubles, Doubles, Doubles]:
    """Return the masses of both texts and the costs between their words, float64."""
    (rows_a, counts_a), (rows_b, counts_b) = _bag(wv, a, "first"), _bag(wv, b, "second")
    left, right = (wv.vectors[rows].astype(np.float64) for rows in (rows_a, rows_b))
    if unit:
        left /= np.linalg.norm(left, axis=1, keepdims=True)
        right /= np.linalg.norm(right, axis=1, keepdims=True)
    # differences, not |a|^2 + |b|^2 - 2ab: equal words must be exactly 0 apart
    costs = np.empty((len(left), len(right)))
    for i, vector in enumerate(left):
        costs[i] = np.linalg.norm(right - vector, axis=1)
    return counts_a / counts_a.sum(), counts_b / counts_b.sum(), costs
