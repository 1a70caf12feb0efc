"""Smooth inverse frequency: common words count for less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from firth.errors import OptionError
from firth.operations.recipe import Doubles, affine_subwords, changed, checked, mapped, positive
from firth.wordvectors import WordVectors

#: Where the frequency of words comes from: the table's counts, Zipf's law over the rows, or given numbers.
Frequencies = Literal["counts", "zipf"] | Mapping[str, float] | None


def probabilities(wv: WordVectors, frequencies: Frequencies = None) -> Doubles:
    """Return how probable each word is in running text, float64 of shape ``(n_words,)``; they sum to 1.

    Args:
        wv: the table.
        frequencies: ``"counts"`` for the table's own; ``"zipf"`` for 1 / rank, where row 0 is the most frequent word,
            as in nearly all published files; a mapping word → frequency (words left out get the least one in it); None
            for counts where the table has them, else Zipf.

    Raises:
        OptionError: counts are asked for and not known, or the frequencies are not positive.

    >>> probabilities(WordVectors.from_words(["the", "cat"], np.eye(2))).round(3)
    array([0.667, 0.333])
    """
    checked(wv)
    if frequencies is None:
        frequencies = "zipf" if wv.counts is None else "counts"
    if isinstance(frequencies, Mapping):
        try:
            given = np.array([frequencies.get(word, np.nan) for word in wv.vocabulary], np.float64)
        except (TypeError, ValueError) as error:
            raise OptionError(f"the frequencies hold something that is no number: {error}") from None
        if np.isnan(given).all():
            raise OptionError("none of the words with a frequency is in the table")
        raw = np.where(np.isnan(given), np.nanmin(given), given)
    elif frequencies == "counts":
        if wv.counts is None:
            raise OptionError("the table has no counts; use 'zipf', or give frequencies")
        raw = wv.counts.astype(np.float64)
    elif frequencies == "zipf":
        raw = 1.0 / np.arange(1, len(wv) + 1)
    else:
        raise OptionError(f"frequencies={frequencies!r}; expected 'counts', 'zipf' or a mapping word -> frequency")
    if not (raw >= 0).all() or not raw.sum() > 0:
        raise OptionError("frequencies must be 0 or more, and not all 0")
    return np.asarray(raw / raw.sum())


def sif_weights(wv: WordVectors, a: float = 1e-3, frequencies: Frequencies = None) -> Doubles:
    """Return the weight ``a / (a + p(word))`` of each word, float64 of shape ``(n_words,)``.

    Smooth inverse frequency (Arora, Liang and Ma 2017, A simple but tough-to-beat baseline for sentence embeddings).

    Raises:
        OptionError: ``a`` is not positive, or the frequencies do not do.

    >>> sif_weights(WordVectors.from_words(["the", "cat"], np.eye(2)), a=1/3).round(3)
    array([0.333, 0.5  ])
    """
    positive("a", a)
    return np.asarray(a / (a + probabilities(wv, frequencies)))


def sif_weight(wv: WordVectors, a: float = 1e-3, frequencies: Frequencies = None) -> WordVectors:
    """Return a table whose vectors carry their weight as length, so that plain means of words become SIF means.

    See :func:`sif_weights`. Neighbours of single words stay the same. A word that only subwords know has the weight of
    a word that was never seen, 1; where frequencies are given, that of the least one. It stands in the recipe as
    ``weight_of_unseen``; subwords that cannot carry it (finalfusion's) are dropped.

    >>> sif_weight(WordVectors.from_words(["the", "cat"], np.eye(2)), a=1/3).norms.round(3)
    array([0.333, 0.5  ], dtype=float32)
    """
    weights = sif_weights(wv, a, frequencies)
    source = (
        "given" if isinstance(frequencies, Mapping) else frequencies or ("counts" if wv.counts is not None else "zipf")
    )
    parameters: dict[str, Any] = {"a": a, "frequencies": source}
    subwords = wv.subwords
    if subwords is not None:
        unseen = float(weights.max()) if source == "given" else 1.0  # a / (a + 0)
        if unseen < 1:
            subwords = affine_subwords(wv, lambda rows, _: rows * unseen)
        if subwords is not None:
            parameters["weight_of_unseen"] = round(unseen, 6)
    vectors = mapped(wv, lambda rows, where: rows * weights[where, None])
    return changed(wv, "sif_weight", parameters, vectors, subwords)
