"""Analogy answers where case is ignored, as gensim's evaluation has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: How many neighbours are tried until one is no form of a given word: gensim looks at five.
_TRIED = 5

_I64 = NDArray[np.int64]


def without_given_forms(
    wv: WordVectors, forms: Mapping[str, int], triples: _I64, predicted: _I64, cut: int, method: str
) -> _I64:
    """Replace answers that are another form ("King") of a given word ("king"), and fold every answer to its first form.

    Args:
        wv: the table.
        forms: upper-cased word → first row of its forms.
        triples: rows of the given words, of shape ``(n_questions, 3)``, each the first of its forms.
        predicted: the best row that is not itself given, -1 for none, of shape ``(n_questions,)``.
        cut: only the first so many rows can be answers.
        method: ``"3cosadd"`` or ``"3cosmul"``.

    Returns:
        Rows, int64 of shape ``(n_questions,)``: the first row of the answer's forms.
    """

    def fold(row: int) -> int:
        return forms[wv.vocabulary[row].upper()] if row >= 0 else -1

    folded: dict[int, int] = {int(row): fold(int(row)) for row in np.unique(predicted)}
    out = np.fromiter((folded[row] for row in predicted.tolist()), np.int64, len(predicted))
    again = np.flatnonzero((out[:, None] == triples).any(axis=1))
    for start in range(0, len(again), 64):
        block = again[start : start + 64]
        for i, rows in zip(block, _top_rows(wv, triples[block], cut, method), strict=True):
            candidates = [fold(int(row)) for row in rows]
            given = set(triples[i].tolist())
            # As in gensim: if all five are forms of given words, the last of them stands.
            out[i] = next((row for row in candidates if row not in given), candidates[-1])
    return out


def _top_rows(wv: WordVectors, triples: _I64, cut: int, method: str) -> _I64:
    """Return the best rows of each question, best first, the given rows left out: of shape ``(q, 5)`` or fewer."""
    with np.errstate(invalid="ignore", divide="ignore"):
        units = wv.vectors[:cut].astype(np.float32) / wv.norms[:cut, None]
    units[~np.isfinite(units).all(axis=1)] = 0
    a, b, c = (units[triples[:, k]] @ units.T for k in range(3))
    scores = b - a + c if method == "3cosadd" else (1 + b) * (1 + c) / (1 + a + 2e-6)
    scores[:, ~units.any(axis=1)] = -np.inf
    np.put_along_axis(scores, triples, -np.inf, axis=1)
    kept = min(_TRIED, max(1, cut - 3))
    best = np.argpartition(-scores, kept - 1, axis=1)[:, :kept]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    rows: _I64 = np.take_along_axis(best, order, axis=1).astype(np.int64)
    return rows
