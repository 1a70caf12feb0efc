"""Many analogy questions at once: a : b :: c : ?

Only the similarities of candidates to the *given words* are needed, not a query vector a question: for unit vectors
the 3CosAdd score of a candidate v is v.b - v.a + v.c, and the given words of a benchmark repeat (the 19,544 Google
questions use 905). One product over the distinct words gives them all; a question is then a sum of three of its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firth.errors import OptionError, ShapeError
from firth.lengths import directed
from firth.search.nearest import compiler_pays
from firth.search.scores import Doubles, Floats, Rows, exact_scores, rounding_slack
from firth.search.threads import cut, pool, shares, threads

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

METHODS = ("3cosadd", "3cosmul")

#: Less work than this (questions times candidates) is done without the compiler.
_SMALL = 50_000_000

#: Candidates whose similarities stand in memory at a time without the compiler; rows of float16 tables as float32.
_BLOCK = 2_048
_FLOAT16_BLOCK = 16_384

#: Near-best candidates kept a question. A question with more (many equal rows) is answered by the plain form.
_ROOM = 8

#: What a rounding may move a 3CosMul score, as a share of it, where no cosine of an answer is below -0.9.
_MUL_MARGIN = 80.0


def solve(wv: WordVectors, triples: Rows, candidates: int = 300_000, method: str = "3cosadd") -> tuple[Rows, Doubles]:
    """Return the answer to each question a : b :: c : ? and its score.

    The three given words are never an answer, nor is a row without direction; of equal scores the lower row wins. Where
    nothing can be the answer, or a given word has no direction, the answer is -1 and its score NaN.

    The float32 products only choose: every candidate that could have the best score, given their largest possible
    error, is scored in float64. (For 3CosMul that error is bounded only while no cosine of the answer to a given word
    is below -0.9.) Questions that share a and b are answered soonest if they stand together.

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
    answers, scores = np.full(len(asked), -1, np.int64), np.full(len(asked), np.nan)
    places = np.flatnonzero(directed(wv.norms)[asked].all(axis=1))
    asked, candidates = asked[places], min(candidates, len(wv))
    if len(asked) == 0 or candidates < 1:
        return answers, scores
    if len(asked) * candidates < _SMALL and not compiler_pays(wv):
        answers[places], scores[places] = _solve_plain(wv, asked, candidates, method)
        return answers, scores
    found, counts = _near_best(wv, asked, candidates, method)
    overflowing = counts < 0
    if overflowing.any():
        chosen = places[overflowing]
        answers[chosen], scores[chosen] = _solve_plain(wv, asked[overflowing], candidates, method)
    question = np.repeat(np.arange(len(asked)), np.maximum(counts, 0))
    rows = found[np.arange(found.shape[1]) < counts[:, None]]
    exact = _exact(wv, asked[question], rows, method)
    order = np.lexsort((rows, -exact, question))  # the first of each question is its answer
    firsts = order[np.concatenate([[True], np.diff(question[order]) > 0])] if len(order) else order
    answers[places[question[firsts]]], scores[places[question[firsts]]] = rows[firsts], exact[firsts]
    return answers, scores


def _units(wv: WordVectors, rows: Rows) -> Doubles:
    """Return the unit vectors of rows with a direction, float64; from their own lengths, not the stored ones."""
    vectors = wv.vectors[rows].astype(np.float64)
    return np.asarray(vectors / np.sqrt((vectors * vectors).sum(axis=1))[:, None])


def _combine(near_a: Doubles, near_b: Doubles, near_c: Doubles, method: str) -> Doubles:
    """Return scores from the cosines of candidates to the given words."""
    if method == "3cosadd":
        return near_b - near_a + near_c
    near_a, near_b, near_c = (1.0 + near_a) / 2.0, (1.0 + near_b) / 2.0, (1.0 + near_c) / 2.0
    return near_b * near_c / (near_a + 1e-6)


def _exact(wv: WordVectors, asked: Rows, rows: Rows, method: str) -> Doubles:
    """Return the score of one candidate each for questions, from float64 sums."""
    out = np.empty(len(rows))
    given, places = np.unique(asked, return_inverse=True)
    units, places = _units(wv, given), places.reshape(asked.shape)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        near = [exact_scores(wv, units[places[part, k]], rows[part]) for k in range(3)]
        out[part] = _combine(near[0], near[1], near[2], method)
    return out


def _near_best(wv: WordVectors, asked: Rows, candidates: int, method: str) -> tuple[Rows, Rows]:
    """Return rows that could be the answer, ``(n_questions, room)``, and how many; -1 where they are too many."""
    from firth.kernels import analogies
    from firth.kernels.topk import TILE_WIDTH

    given, places = np.unique(asked, return_inverse=True)
    units = np.zeros((max(6, len(given)), wv.dim), np.float32)
    units[: len(given)] = _units(wv, given)
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(directed(wv.norms[:candidates]), np.float32(1.0) / wv.norms[:candidates], np.float32(0.0))
    slack = rounding_slack(wv.dim)
    margin = 6.0 * slack if method == "3cosadd" else _MUL_MARGIN * slack
    numbers = places.reshape(asked.shape).astype(np.int32)
    news = np.flatnonzero((numbers[1:, :2] != numbers[:-1, :2]).any(axis=1)) + 1
    groups = np.concatenate([[0], news, [len(numbers)]])

    def part(bounds: tuple[int, int]) -> tuple[Floats, Rows, Floats, Rows]:
        n = len(asked)
        best, bars = np.full(n, -np.inf, np.float32), np.full(n, -np.inf, np.float32)
        found, scores = np.empty((n, _ROOM), np.int64), np.full((n, _ROOM), -np.inf, np.float32)
        counts = np.zeros(n, np.int64)
        direct = wv.vectors.dtype == np.float32 and wv.vectors.flags.c_contiguous
        for start, stop in [bounds] if direct else cut(*bounds, _FLOAT16_BLOCK):
            analogies.solve(
                np.ascontiguousarray(wv.vectors[start:stop], np.float32), inverse[start:stop], start, units, numbers,
                asked, groups, method == "3cosmul", margin, TILE_WIDTH, best, bars, found, scores, counts,
            )  # fmt: skip
        scores[np.arange(_ROOM) >= counts[:, None]] = -np.inf
        return bars, found, scores, counts

    parts = list(pool().map(part, shares(0, candidates, threads())))
    bars = np.max([bars for bars, *_ in parts], axis=0)
    found = np.concatenate([found for _, found, _, _ in parts], axis=1)
    scores = np.concatenate([scores for *_, scores, _ in parts], axis=1)
    kept = (scores >= bars[:, None]) & (scores > -np.inf)
    counts = np.where(np.min([counts for *_, counts in parts], axis=0) < 0, -1, kept.sum(axis=1))
    order = np.argsort(~kept, axis=1, kind="stable")  # those that are kept come first
    return np.take_along_axis(found, order, axis=1), counts


def _solve_plain(wv: WordVectors, asked: Rows, candidates: int, method: str) -> tuple[Rows, Doubles]:
    """Score every question against every block of candidates, all in float64, without the compiler."""
    answers, scores = np.full(len(asked), -1, np.int64), np.full(len(asked), -np.inf)
    given, places = np.unique(asked, return_inverse=True)
    units, places = _units(wv, given), places.reshape(asked.shape)
    for start in range(0, candidates, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, candidates))
        rows = rows[directed(wv.norms[rows])]
        if len(rows) == 0:
            continue
        block = wv.vectors[rows].astype(np.float64) / wv.norms[rows, None]
        similar = np.dot(units, block.T)
        for first in range(0, len(asked), _BLOCK):
            part = slice(first, first + _BLOCK)
            a, b, c = places[part].T
            total = _combine(similar[a], similar[b], similar[c], method)
            for column in asked[part].T:
                at = np.searchsorted(rows, column)
                inside = np.flatnonzero((at < len(rows)) & (rows[np.minimum(at, len(rows) - 1)] == column))
                total[inside, at[inside]] = -np.inf
            top = total.argmax(axis=1)
            value = total[np.arange(len(top)), top]
            better = np.flatnonzero(value > scores[part])
            answers[first + better], scores[first + better] = rows[top[better]], value[better]
    return answers, np.where(answers >= 0, scores, np.nan)
