"""Vectors of texts: the plain mean of their words, and SIF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from firth.errors import OptionError
from firth.lengths import directed
from firth.operations.recipe import Doubles, Floats, Rows, checked, principal, whole
from firth.operations.weighting import Frequencies, sif_weights
from firth.runningwords import word_pattern
from firth.wordvectors import WordVectors

#: A text: a string, cut into words here, or the words themselves.
Text = str | Sequence[str]


def words_of(wv: WordVectors, text: Text) -> list[str]:
    """Return the words of a text that the table has, repeated as they come.

    A string is cut into runs of letters and digits with inner apostrophes and hyphens; of each the table's own spelling
    is taken: as it stands, or in lower case. A sequence is taken as it is.

    Raises:
        OptionError: the text is neither, or something in it is no string.

    >>> words_of(WordVectors.from_words(["the", "cat's"], np.eye(2)), "The cat's mat.")
    ['the', "cat's"]
    >>> words_of(WordVectors.from_words(["हिन्दी", "भाषा"], np.eye(2)), "हिन्दी भाषा।")
    ['हिन्दी', 'भाषा']
    """
    checked(wv)
    if not isinstance(text, str):
        given: Any = text
        words = list(given) if isinstance(given, Iterable) and not isinstance(given, bytes) else [given]
        if not all(isinstance(word, str) for word in words):
            raise OptionError(f"{text!r:.60} is no text; expected a string, or a list of words")
        return [word for word in words if word in wv]
    found = (word if word in wv else word.lower() for word in re.findall(word_pattern(), text))
    return [word for word in found if word in wv]


def useful_rows(wv: WordVectors, text: Text) -> Rows:
    """Return the rows of a text's words that have a direction, repeated as they come."""
    words = words_of(wv, text)
    rows = wv.vocabulary.rows(words)
    return rows[directed(wv.norms[rows])]


def mean_vectors(
    wv: WordVectors, texts: Iterable[Text], *, weights: Doubles | None = None, unit: bool = False
) -> Floats:
    """Return the mean vector of the words of each text, float32 of shape ``(n_texts, dim)``.

    A text of which the table has no word gets zeros, which have no direction. Words are found as :func:`words_of` says.

    Args:
        wv: the table.
        texts: strings, or lists of words.
        weights: a weight for every row, ``(n_words,)``, such as :func:`sif_weights` gives; the sum is divided by the
            number of words, as Arora et al. do.
        unit: take words as vectors of length one.

    Raises:
        OptionError: one string is given in place of several texts, something among them is no text, or the weights are
            not one number a row.

    >>> mean_vectors(WordVectors.from_words(["cat", "dog"], [[2, 0], [0, 4]]), ["a cat, a dog", ["cow"]]).tolist()
    [[1.0, 2.0], [0.0, 0.0]]
    """
    checked(wv)
    if isinstance(texts, str):
        raise OptionError("texts is one string; give a list of texts")
    if not isinstance(texts, Iterable):
        raise OptionError(f"texts={texts!r:.60}; expected a list of texts")
    if weights is not None:
        weights = _weights_of_rows(wv, weights)
    out = []
    for text in texts:
        rows = useful_rows(wv, text)
        vectors = wv.vectors[rows].astype(np.float64)
        if unit:
            vectors /= wv.norms[rows, None]
        if weights is not None:
            vectors *= weights[rows, None]
        out.append(vectors.sum(axis=0) / max(1, len(rows)))
    return np.array(out, np.float32).reshape(-1, wv.dim)


def _weights_of_rows(wv: WordVectors, weights: Any) -> Doubles:
    """Return weights as float64 of shape ``(n_words,)``."""
    try:
        each = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        each = np.zeros(())
    if each.shape != (len(wv),):
        found = f"of shape {each.shape}" if each.ndim else f"a {type(weights).__name__}"
        raise OptionError(
            f"weights is {found}; expected one number for each of the {len(wv):,} rows, such as sif_weights(wv) gives"
        )
    return each


class SIF:
    """Text vectors by smooth inverse frequency, without the direction that all texts share (Arora et al. 2017).

    Words are weighted with ``a / (a + p(word))``; then the first ``components`` singular vectors of the texts that
    :meth:`fit` saw are taken out of every text.

    Args:
        wv: the table.
        a: the smoothing.
        components: how many common directions to take out; 0 for none.
        frequencies: see :func:`probabilities`.

    Attributes:
        common: the common directions, float64 of shape ``(components, dim)``; empty before :meth:`fit`.

    >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 1, 0], [1, 0, 1], [1, -1, 0]])
    >>> SIF(wv).fit_transform(["cat", "dog", "car"]).shape
    (3, 3)
    """

    def __init__(
        self, wv: WordVectors, *, a: float = 1e-3, components: int = 1, frequencies: Frequencies = None
    ) -> None:
        checked(wv)
        self._wv = wv
        self._weights = sif_weights(wv, a, frequencies)
        self._components = whole("components", components, 0, wv.dim - 1)
        self.common: Doubles = np.zeros((0, wv.dim))

    def fit(self, texts: Iterable[Text]) -> SIF:
        """Learn the common directions from texts; return the same object."""
        self._learn(self._means(texts))
        return self

    def transform(self, texts: Iterable[Text]) -> Floats:
        """Return the vectors of texts, float32 of shape ``(n_texts, dim)``; zeros where no word is known.

        Raises:
            OptionError: nothing was learnt yet.
        """
        return self._without(self._means(texts))

    def fit_transform(self, texts: Iterable[Text]) -> Floats:
        """Learn from texts and return their vectors."""
        means = self._means(texts)
        self._learn(means)
        return self._without(means)

    def _means(self, texts: Iterable[Text]) -> Floats:
        return mean_vectors(self._wv, texts, weights=self._weights)

    def _learn(self, means: Floats) -> None:
        wide = means.astype(np.float64)
        if not wide.any():
            raise OptionError(f"none of the {len(means):,} texts has a word that the table knows")
        # right singular vectors of the texts, as the paper takes them: the mean stays in
        self.common = principal(wide.T @ wide)[0][:, : self._components].T

    def _without(self, means: Floats) -> Floats:
        if len(self.common) != self._components:
            raise OptionError("nothing was learnt yet; call fit with some texts first")
        wide = means.astype(np.float64)
        return np.asarray(wide - (wide @ self.common.T) @ self.common, np.float32)
