"""Operations on the cloud of vectors as a whole: unit length, no mean, no dominant axes, fewer dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from firth.operations.recipe import (
    Doubles,
    Floats,
    affine_subwords,
    changed,
    checked,
    mapped,
    mean_row,
    moments,
    principal,
    share,
    whole,
)
from firth.wordvectors import WordVectors


def normalise(wv: WordVectors) -> WordVectors:
    """Return a table whose vectors have length one.

    Neighbours stay the same; sums and means of words then weigh every word alike. Rows without direction become zero.
    fastText's and floret's subwords are dropped: no change to their rows gives every unseen word length one. Those of
    finalfusion give vectors of length one anyway, and stay.

    >>> normalise(WordVectors.from_words(["a"], [[3, 4]])).vectors
    array([[0.6, 0.8]], dtype=float32)
    """
    checked(wv)
    vectors = mapped(wv, lambda rows, where: rows / wv.norms[where, None])
    unit = wv.subwords is not None and wv.subwords.gives_unit_vectors
    return changed(wv, "normalise", {}, vectors, wv.subwords if unit else None)


def centre(wv: WordVectors) -> WordVectors:
    """Return a table whose mean vector is zero: the mean of all rows with a direction is taken from each.

    Raises:
        OptionError: no row has a direction.

    >>> centre(WordVectors.from_words(["a", "b"], [[1, 2], [3, 2]])).vectors.tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    checked(wv)
    mean = mean_row(wv)
    return _affine(wv, "centre", {}, lambda rows, _: rows - mean)


def all_but_the_top(wv: WordVectors, components: int | None = None) -> WordVectors:
    """Return a table without its mean and without its dominant axes.

    The few axes of most variance hold how frequent a word is rather than what it means (Mu and Viswanath 2018,
    All-but-the-top). Where the paper's last step projects the vector, the centred vector is projected here, so that
    nothing is left along those axes.

    Args:
        wv: the table, ``(n_words, dim)``.
        components: how many axes; None for ``dim / 100``, at least one, as the paper advises.

    Raises:
        OptionError: ``components`` is outside ``0..dim - 1``.

    >>> wv = WordVectors.from_words(list("abcd"), [[9, 1], [-9, 1], [9, -1], [-9, -1]])
    >>> all_but_the_top(wv).vectors.round(3).tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.0, -1.0], [0.0, -1.0]]
    """
    checked(wv)
    wanted = max(1, round(wv.dim / 100)) if components is None else components
    k = whole("components", wanted, 0, wv.dim - 1)
    mean, covariance = moments(wv)
    axes, variances = principal(covariance)
    top = axes[:, :k]
    parameters = {"components": k, "share_of_variance_removed": share(variances, k)}

    def without(rows: Floats, _: slice) -> Doubles:
        centred = rows - mean
        return np.asarray(centred - (centred @ top) @ top.T)

    return _affine(wv, "all_but_the_top", parameters, without)


def reduce(wv: WordVectors, dim: int) -> WordVectors:
    """Return a table of ``dim`` dimensions that keeps as much of the variance as can be: PCA.

    The mean is taken out. How much of the variance is kept stands in the recipe.

    Args:
        wv: the table, ``(n_words, d)``.
        dim: dimensions of the result, from 1 to ``d``.

    Raises:
        OptionError: ``dim`` is outside that.

    >>> small = reduce(WordVectors.from_words(["a", "b", "c"], [[1, 0, 1], [2, 0, 2], [3, 0, 3]]), 1)
    >>> small["c"].round(3), small.recipe["parameters"]["share_of_variance_kept"]
    (array([1.414], dtype=float32), 1.0)
    """
    checked(wv)
    k = whole("dim", dim, 1, wv.dim)
    mean, covariance = moments(wv)
    axes, variances = principal(covariance)
    kept = axes[:, :k]
    parameters = {"dim": k, "share_of_variance_kept": share(variances, k)}
    return _affine(wv, "reduce", parameters, lambda rows, _: (rows - mean) @ kept, k)


def _affine(
    wv: WordVectors,
    name: str,
    parameters: dict[str, Any],
    function: Callable[[Floats, slice], Doubles],
    dim: int | None = None,
) -> WordVectors:
    return changed(wv, name, parameters, mapped(wv, function, dim), affine_subwords(wv, function))
