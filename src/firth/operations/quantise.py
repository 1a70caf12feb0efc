"""Fewer bits a number."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.lengths import directed
from firth.operations.recipe import BLOCK, Floats, changed, checked, mapped
from firth.wordvectors import WordVectors

_LARGEST_HALF = float(np.finfo(np.float16).max)


def quantise(wv: WordVectors, to: Literal["float16", "int8"] = "float16") -> WordVectors:
    """Return a table with its numbers rounded, and the largest error of any number in its recipe.

    ``"float16"`` halves the table in memory and in a ``.firth`` file. ``"int8"`` rounds each row to 255 levels between
    minus and plus its largest number, which is what int8 storage keeps; the table still holds these as float32, so it
    tells what int8 costs in quality and takes no less memory. (The int8 rows of the certified search are another thing:
    they ride along with the exact numbers.) Rows of subwords are rounded alike.

    Raises:
        OptionError: ``to`` is neither, or a number is too large for float16.

    >>> wv = WordVectors.from_words(["a"], [[1, 0.3, -0.1]])
    >>> quantise(wv, "int8").vectors.round(4)
    array([[ 1.    ,  0.2992, -0.1024]], dtype=float32)
    >>> quantise(wv).vectors.dtype, quantise(wv).recipe["parameters"]["largest_error"] < 1e-4
    (dtype('float16'), True)
    """
    checked(wv)
    if to == "float16":
        largest = max((float(np.abs(rows).max(initial=0.0)) for rows, _ in _pairs(wv, wv.vectors)), default=0.0)
        if wv.subwords is not None:
            for start in range(0, len(wv.subwords.rows), BLOCK):
                rows = wv.subwords.rows[start : start + BLOCK]
                largest = max(largest, float(np.abs(rows).max(initial=0.0, where=np.isfinite(rows))))
        if largest > _LARGEST_HALF:
            raise OptionError(
                f"the largest number is {largest:g}, and float16 ends at {_LARGEST_HALF:g}; normalise the table first"
            )
        with np.errstate(under="ignore"):
            half = wv.vectors.astype(np.float16)
            subwords = wv.subwords and dataclasses.replace(wv.subwords, rows=wv.subwords.rows.astype(np.float16))
        return changed(wv, "quantise", {"to": to, "largest_error": _error(wv, half)}, half, subwords)
    if to == "int8":
        coarse, subwords = mapped(wv, _rounded), wv.subwords
        if subwords is not None:
            coarse_rows = np.empty(subwords.rows.shape, np.float32)
            for start in range(0, len(coarse_rows), BLOCK):
                where = slice(start, start + BLOCK)
                coarse_rows[where] = _rounded(subwords.rows[where].astype(np.float32, copy=False), where)
            subwords = dataclasses.replace(subwords, rows=coarse_rows)
        return changed(wv, "quantise", {"to": to, "largest_error": _error(wv, coarse)}, coarse, subwords)
    raise OptionError(f"quantise to {to!r}; expected 'float16' or 'int8'")


def _rounded(rows: Floats, _: slice) -> Floats:
    """Return rows rounded to 255 levels each."""
    with np.errstate(invalid="ignore"):
        step = np.abs(rows).max(axis=1, keepdims=True) / np.float32(127)
        step[step == 0] = 1
        return np.asarray(np.rint(rows / step) * step, np.float32)


def _pairs(wv: WordVectors, other: NDArray[Any]) -> Iterator[tuple[NDArray[np.float32], NDArray[Any]]]:
    """Yield blocks of the rows with a direction, of the table and of another array."""
    for start in range(0, len(wv), BLOCK):
        useful = directed(wv.norms[start : start + BLOCK])
        yield wv.vectors[start : start + BLOCK][useful].astype(np.float32), other[start : start + BLOCK][useful]


def _error(wv: WordVectors, rounded: NDArray[Any]) -> float:
    return max((float(np.abs(a - b).max(initial=0.0)) for a, b in _pairs(wv, rounded)), default=0.0)
