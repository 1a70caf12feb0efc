"""Many analogy questions at once: a : b :: c : ?

Only the similarities of candidates to the *given words* are needed, not a query vector a question: for unit vectors
the 3CosAdd score of a candidate v is v.b - v.a + v.c, and the given words of a benchmark repeat (the 19,544 Google
questions use 905). One product over the distinct words gives them all; a question is then a sum of three of its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firth.errors import OptionError, ShapeError
from firth.search.scores import Doubles, Floats, Rows, directed

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

METHODS = ("3cosadd", "3cosmul")

#: Candidates whose similarities stand in memory at a time.
_BLOCK = 2_048


def solve(wv: WordVectors, triples: Rows, candidates: int = 300_000, method: str = "3cosadd") -> tuple[Rows, Doubles]:
    """Return the answer to each question a : b :: c : ? and its score.

    The three given words are never an answer, nor is a row without direction; of equal scores the lower row wins. Where
    nothing can be the answer, or a given word has no direction, the answer is -1 and its score NaN.

    Args:
        wv: the table.
        triples: rows of the given words a, b, c: integers of shape ``(n_questions, 3)``.
        candidates: only the first so many rows can be answers.
        method: ``"3cosadd"``, whose score is cos(v, b) - cos(v, a) + cos(v, c) (Mikolov et al. 2013), or ``"3cosmul"``,
            whose score is p(b) p(c) / (p(a) + 1e-6) with p(x) = (1 + cos(v, x)) / 2 (Levy and Goldberg 2014).

    Returns:
        Answers, int64 of shape ``(n_questions,)``, and scores, float64 of that shape.

    Raises:
        OptionError: the method is not known.
        ShapeError: ``triples`` has another shape, or a row that the table has not.

    >>> from firth import WordVectors
    >>> wv = WordVectors.from_words(["man", "king", "woman", "queen"], [[0, 1], [1, 1], [0.1, -1], [1, -0.8]])
    >>> wv.vocabulary[int(solve(wv, np.array([[0, 1, 2]]))[0][0])]
    'queen'
    """
    asked = np.asarray(triples, np.int64)
    if asked.ndim != 2 or asked.shape[1] != 3:
        raise ShapeError(f"the questions have shape {asked.shape}; expected (n_questions, 3)")
    wrong = asked[(asked < 0) | (asked >= len(wv))]
    if len(wrong):
        raise ShapeError(f"a question names row {int(wrong[0])} of a table of {len(wv):,} words")
    if method not in METHODS:
        raise OptionError(f"the method {method!r} is not known here; choose one of {', '.join(METHODS)}")
    given, places = np.unique(asked, return_inverse=True)
    return _solve_numpy(wv, asked, given, places.reshape(asked.shape), min(candidates, len(wv)), method)


def given_units(wv: WordVectors, given: Rows) -> Floats:
    """Return the unit vectors of the given words, float32; NaN where there is no direction."""
    with np.errstate(invalid="ignore", divide="ignore"):
        units = wv.vectors[given].astype(np.float32) / wv.norms[given, None]
    units[~directed(wv.norms[given])] = np.nan
    return np.asarray(units, np.float32)


def _solve_numpy(
    wv: WordVectors, asked: Rows, given: Rows, places: Rows, candidates: int, method: str
) -> tuple[Rows, Doubles]:
    """The plain form: every question scored against every block of candidates."""
    answers, scores = np.full(len(asked), -1, np.int64), np.full(len(asked), -np.inf, np.float32)
    units = given_units(wv, given)
    usable = directed(wv.norms)
    a, b, c = places.T
    questions = np.arange(len(asked))
    for start in range(0, candidates, _BLOCK):
        stop = min(start + _BLOCK, candidates)
        with np.errstate(invalid="ignore", divide="ignore"):
            block = wv.vectors[start:stop].astype(np.float32) / wv.norms[start:stop, None]
            similar = np.dot(units, block.T)
        if method == "3cosmul":
            similar = (1.0 + similar) / 2.0
        for first in range(0, len(asked), _BLOCK):
            part = slice(first, first + _BLOCK)
            if method == "3cosadd":
                total = similar[b[part]] - similar[a[part]] + similar[c[part]]
            else:
                total = similar[b[part]] * similar[c[part]] / (similar[a[part]] + np.float32(1e-6))
            total[:, ~usable[start:stop]] = -np.inf
            for column in asked[part].T:
                inside = (column >= start) & (column < stop)
                total[np.flatnonzero(inside), column[inside] - start] = -np.inf
            total[np.isnan(total)] = -np.inf
            top = total.argmax(axis=1)
            value = total[np.arange(len(top)), top]
            better = value > scores[part]
            chosen = questions[part][better]
            answers[chosen], scores[chosen] = top[better] + start, value[better]
    return answers, np.where(answers >= 0, scores, np.nan).astype(np.float64)
