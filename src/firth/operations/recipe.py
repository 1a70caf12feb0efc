"""How an operation makes its table: block by block, with a recipe that names the operation and its sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.lengths import directed
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Rows that are worked on at a time, so that only the result is ever held whole.
BLOCK = 16_384


def checked(*tables: WordVectors) -> None:
    """Refuse what is no table.

    Raises:
        OptionError: one of them is something else, such as the name of a file.

    >>> checked("g.vec")
    Traceback (most recent call last):
    firth.errors.OptionError: 'g.vec' is a str, no table; open a file with firth.load first
    """
    for table in tables:
        if not isinstance(table, WordVectors):
            raise OptionError(f"{table!r:.60} is a {type(table).__name__}, no table; open a file with firth.load first")


def recipe(operation: str, parameters: Mapping[str, Any], *sources: WordVectors) -> dict[str, Any]:
    """Return the recipe of a table that an operation made: its name, its parameters and the recipes of its sources.

    >>> wv = WordVectors.from_words(["a"], [[1.0]], recipe={"source": "a.txt"})
    >>> recipe("reduce", {"dim": 1}, wv)
    {'operation': 'reduce', 'parameters': {'dim': 1}, 'source': {'source': 'a.txt'}}
    """
    made = {"operation": operation, "parameters": dict(parameters)}
    if len(sources) == 1:
        return {**made, "source": sources[0].recipe}
    return {**made, "sources": [source.recipe for source in sources]}


def changed(
    wv: WordVectors,
    operation: str,
    parameters: Mapping[str, Any],
    vectors: NDArray[Any],
    subwords: Subwords | None = None,
) -> WordVectors:
    """Return a table of the same words and counts with other vectors; a loss of the subwords stands in the recipe."""
    if wv.subwords is not None and subwords is None:
        parameters = {**parameters, "subwords": "dropped"}
    made = recipe(operation, parameters, wv)
    return with_rules(WordVectors(wv.vocabulary, vectors, counts=wv.counts, recipe=made, subwords=subwords), wv)


def with_rules(made: WordVectors, source: WordVectors) -> WordVectors:
    """Return a table that answers for unknown words by the rules of its source, as far as it still can."""
    rules = tuple(rule for rule in source.oov if rule != "subwords" or made.subwords is not None)
    return made if rules == made.oov else made.with_oov(*rules or ("error",))


def affine_subwords(
    wv: WordVectors, function: Callable[[Floats, slice], NDArray[Any]], *, linear: bool = False
) -> Subwords | None:
    """Return the subword rows put through the same map as the words; None where that would be wrong.

    The vector of an unknown word is the mean of its rows (fastText, floret), and an affine map of a mean is the mean of
    the mapped rows; or it is their sum scaled to length one (finalfusion), which only a rotation respects (``linear``).
    """
    old = wv.subwords
    if old is None or not (linear or old.hashing in ("fasttext", "floret")):
        return None
    blocks = [slice(start, start + BLOCK) for start in range(0, len(old.rows), BLOCK)]
    rows = [np.asarray(function(old.rows[b].astype(np.float32, copy=False), b), np.float32) for b in blocks]
    return dataclasses.replace(old, rows=np.concatenate(rows)) if rows else old


def taken(wv: WordVectors, operation: str, parameters: Mapping[str, Any], rows: Rows) -> WordVectors:
    """Return a table of some rows, in that order; their vectors, norms and counts are kept bit by bit.

    Raises:
        OptionError: no row is left.
    """
    if len(rows) == 0:
        raise OptionError(f"{operation} would leave none of the {len(wv):,} words; ask for less")
    counts = None if wv.counts is None else wv.counts[rows]
    made = recipe(operation, parameters, wv)
    part = WordVectors(
        take(wv.vocabulary, rows),
        wv.vectors[rows],
        norms=wv.norms[rows],
        counts=counts,
        recipe=made,
        subwords=wv.subwords,
    )
    return with_rules(part, wv)


def take(vocabulary: Vocabulary, rows: Rows) -> Vocabulary:
    """Return a vocabulary of the words of ``rows``, in that order, cut from the bytes without decoding them.

    >>> take(Vocabulary.from_words(["a", "bcd", "ef"]), np.array([2, 0])).words()
    ['ef', 'a']
    """
    starts, lengths = vocabulary.offsets[rows], np.diff(vocabulary.offsets)[rows]
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    # byte k of word i comes from starts[i] + k
    blob = vocabulary.blob[np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])]
    return Vocabulary(blob, offsets)


def mapped(wv: WordVectors, function: Callable[[Floats, slice], NDArray[Any]], dim: int | None = None) -> Floats:
    """Return ``function(rows as float32, which rows)`` of every block, as one float32 array ``(n_words, dim)``.

    Rows without direction (zero, NaN, infinite) have nothing to say about meaning: they become rows of zeros, whatever
    the function would make of them.
    """
    out = np.empty((len(wv), wv.dim if dim is None else dim), np.float32)
    for start in range(0, len(wv), BLOCK):
        where = slice(start, min(start + BLOCK, len(wv)))
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            out[where] = function(wv.vectors[where].astype(np.float32, copy=False), where)
        out[where][~directed(wv.norms[where])] = 0.0
    return out


def _useful_blocks(wv: WordVectors) -> Iterator[Doubles]:
    """Yield the rows with a direction, float64, block by block."""
    for start in range(0, len(wv), BLOCK):
        rows, useful = wv.vectors[start : start + BLOCK], directed(wv.norms[start : start + BLOCK])
        yield (rows if useful.all() else rows[useful]).astype(np.float64)


def mean_row(wv: WordVectors) -> Doubles:
    """Return the mean of the rows with a direction, float64 of shape ``(dim,)``.

    Raises:
        OptionError: no row has a direction.
    """
    n = int(directed(wv.norms).sum())
    if n == 0:
        raise OptionError(f"none of the {len(wv):,} vectors has a direction, so there is nothing to take a mean of")
    return np.asarray(sum(rows.sum(axis=0) for rows in _useful_blocks(wv)) / n)


def moments(wv: WordVectors) -> tuple[Doubles, Doubles]:
    """Return mean ``(dim,)`` and covariance ``(dim, dim)`` of the rows with a direction, float64, in two passes.

    Raises:
        OptionError: no row has a direction.
    """
    mean, scatter, n = mean_row(wv), np.zeros((wv.dim, wv.dim)), 0
    for rows in _useful_blocks(wv):
        rows -= mean
        scatter += rows.T @ rows
        n += len(rows)
    return mean, scatter / n


def principal(covariance: Doubles) -> tuple[Doubles, Doubles]:
    """Return the axes of most variance as columns, largest first, and their variances.

    The sign of an axis is free; here its largest entry is positive, so that the answer does not depend on the machine.
    """
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1].clip(min=0.0), axes[:, ::-1]
    largest = axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])]
    return np.asarray(axes * np.where(largest < 0, -1.0, 1.0)), np.asarray(variances)


def share(variances: Doubles, k: int) -> float:
    """Return what part of all variance the first ``k`` axes hold."""
    total = float(variances.sum())
    return round(float(variances[:k].sum()) / total, 6) if total else 1.0


def positive(name: str, value: float) -> float:
    """Return a number above 0.

    Raises:
        OptionError: it is no such number.
    """
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not 0 < value < np.inf:
        raise OptionError(f"{name}={value!r}; expected a number above 0")
    return float(value)


def whole(name: str, value: int, least: int, most: int) -> int:
    """Return a whole number between bounds.

    Raises:
        OptionError: it is no such number.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        raise OptionError(f"{name}={value!r}; expected a whole number from {least} to {most:,}")
    return int(value)
