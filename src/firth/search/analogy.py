"""Analogies: a is to b as c is to what?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from firth.errors import OptionError, ZeroVectorError
from firth.lengths import directed
from firth.search.lookup import notes
from firth.search.nearest import named, nearest
from firth.search.neighbours import Neighbours
from firth.search.scores import Doubles, Rows, best, checked_topn, unit_query

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Rows that are scored at a time by the methods that need more than one product.
_BLOCK = 8_192

#: lrcos: further words drawn as examples of what the answer is not, per example pair, and weight of the penalty.
_OTHERS = 20
_PENALTY = 1.0
_STEPS = 30

_Found = tuple[Rows, Doubles]


def analogy(
    wv: WordVectors,
    a: str,
    b: str,
    c: str,
    *,
    method: str = "3cosadd",
    topn: int = 10,
    examples: Iterable[tuple[str, str]] = (),
) -> Neighbours:
    """Return the words that stand to ``c`` as ``b`` stands to ``a`` (see :meth:`firth.WordVectors.analogy`).

    =============== ==================================================================================================
    3cosadd         cos(v, b - a + c) over unit vectors (Mikolov, Yih and Zweig 2013)
    3cosmul         p(b) p(c) / (p(a) + 1e-6), p(x) = (1 + cos(v, x)) / 2 (Levy and Goldberg 2014)
    pairdirection   cos(v - c, b - a): only the direction of the step counts (Levy and Goldberg 2014)
    lrcos           P(v is of the class of the b's) cos(v, c), the class learned from pairs (Drozd et al. 2016)
    =============== ==================================================================================================

    Given words, those of the examples included, are left out of the answer.

    Raises:
        MissingWordError: a word is not in the table.
        OptionError: the method is not known, has too few examples, or takes none.
        ZeroVectorError: a word has no direction.
    """
    if method not in _METHODS:
        raise OptionError(f"the method {method!r} is not known; choose one of {', '.join(_METHODS)}")
    topn = checked_topn(topn)
    pairs = [(a, b), *examples]
    if method == "lrcos" and len(pairs) < 2:
        raise OptionError("lrcos learns from several pairs; give further ones as examples=[(a2, b2), ...]")
    if method != "lrcos" and len(pairs) > 1:
        raise OptionError(f"{method} takes one pair; examples are for lrcos")
    words = list(dict.fromkeys([*(word for pair in pairs for word in pair), c]))
    if not all(isinstance(word, str) for word in words):
        raise OptionError(f"{next(w for w in words if not isinstance(w, str))!r} is no word; expected strings")
    found_words = {word: wv.lookup(word) for word in words}
    units = {word: unit_query(at.vector, wv.dim, f"the vector of {word!r}") for word, at in found_words.items()}
    rows = [at.row for at in found_words.values() if at.row is not None]
    left_out = np.unique(np.array(rows, np.int64))
    if method == "lrcos":
        found = _lrcos(wv, pairs, c, units, left_out, topn)
    else:
        found = _METHODS[method](wv, units[a], units[b], units[c], left_out, topn)
    query = f"{a} : {b} :: {c} : ?"
    return Neighbours(query, words, named(wv, *found), notes(found_words.values()))


def _3cosadd(wv: WordVectors, a: Doubles, b: Doubles, c: Doubles, left_out: Rows, topn: int) -> _Found:
    target = b - a + c
    if not np.sqrt((target * target).sum()) > 1e-12:
        raise ZeroVectorError("b - a + c comes to zero, so it has no direction to compare")
    return nearest(wv, unit_query(target, wv.dim), topn, without=left_out.tolist())


def _3cosmul(wv: WordVectors, a: Doubles, b: Doubles, c: Doubles, left_out: Rows, topn: int) -> _Found:
    given = np.stack([a, b, c])

    def score(units: Doubles) -> Doubles:
        near_a, near_b, near_c = (1.0 + np.dot(given, units.T)) / 2.0
        return np.asarray(near_b * near_c / (near_a + 1e-6))

    return best_by(wv, score, left_out, topn)


def _pairdirection(wv: WordVectors, a: Doubles, b: Doubles, c: Doubles, left_out: Rows, topn: int) -> _Found:
    step = b - a
    if not np.sqrt((step * step).sum()) > 1e-12:
        raise ZeroVectorError("a and b have the same direction, so there is no step from one to the other")
    step = unit_query(step, wv.dim)

    def score(units: Doubles) -> Doubles:
        steps = units - c
        lengths = np.sqrt((steps * steps).sum(axis=1))
        along = np.dot(steps, step)
        return np.where(lengths > 1e-12, along / np.maximum(lengths, 1e-12), -np.inf)

    return best_by(wv, score, left_out, topn)


def _lrcos(
    wv: WordVectors,
    pairs: list[tuple[str, str]],
    c: str,
    units: dict[str, Doubles],
    left_out: Rows,
    topn: int,
) -> _Found:
    """Learn what the b's have in common, against the a's and words drawn at random, and ask for such a word near c."""
    ours = np.stack([units[b] for _, b in pairs])
    usable = np.flatnonzero(directed(wv.norms))
    usable = usable[~np.isin(usable, left_out)]
    draw = np.random.default_rng(len(wv)).permutation(len(usable))[: _OTHERS * len(pairs)]
    others = np.concatenate([np.stack([units[a] for a, _ in pairs]), wv.unit_rows(usable[draw]).astype(np.float64)])
    examples = np.concatenate([ours, others])
    weights, offset = logistic_regression(examples, np.repeat([1.0, 0.0], [len(ours), len(others)]))

    def score(candidates: Doubles) -> Doubles:
        chance = 1.0 / (1.0 + np.exp(-(np.dot(candidates, weights) + offset)))
        return np.asarray(chance * np.dot(candidates, units[c]))

    return best_by(wv, score, left_out, topn)


def logistic_regression(examples: Doubles, labels: Doubles) -> tuple[Doubles, float]:
    """Return the weights and the offset of a logistic regression, with a penalty of half the squared weights.

    The same objective as scikit-learn's default (C = 1), both classes given equal weight in sum, solved by Newton's
    method with halved steps where a full one overshoots; deterministic.

    Args:
        examples: float64 of shape ``(n, dim)``.
        labels: 1.0 or 0.0, float64 of shape ``(n,)``.

    >>> weights, offset = logistic_regression(np.array([[1.0], [2.0], [-1.0], [-2.0]]), np.array([1.0, 1.0, 0.0, 0.0]))
    >>> bool(weights[0] > 0.5), abs(round(offset, 6))
    (True, 0.0)
    """
    n, dim = examples.shape
    design = np.concatenate([examples, np.ones((n, 1))], axis=1)
    share = np.where(labels > 0, n / (2 * labels.sum()), n / (2 * (n - labels.sum())))
    penalty = np.append(np.full(dim, _PENALTY), 0.0)
    signs = 2 * labels - 1
    solution = np.zeros(dim + 1)

    def objective(candidate: Doubles) -> float:
        losses = np.logaddexp(0.0, -signs * np.dot(design, candidate))
        return float((share * losses).sum() + 0.5 * (penalty * candidate**2).sum())

    value = objective(solution)
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.dot(design, solution)))
        gradient = np.dot(design.T, share * (chance - labels)) + penalty * solution
        curvature = np.dot(design.T * (share * chance * (1 - chance)), design) + np.diag(penalty)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(dim + 1), gradient)
        size = 1.0
        while size > 1e-4 and objective(solution - size * step) > value:
            size /= 2
        solution = solution - size * step
        before, value = value, objective(solution)
        if before - value < 1e-10 * max(1.0, abs(value)):
            break
    return solution[:dim], float(solution[dim])


def best_by(wv: WordVectors, score: Callable[[Doubles], Doubles], left_out: Rows, topn: int) -> _Found:
    """Return the best rows by a score of unit vectors, float64, block by block; of equal scores the lower row."""
    usable = directed(wv.norms)
    usable[left_out] = False
    kept_rows, kept_scores = np.empty(0, np.int64), np.empty(0)
    for start in range(0, len(wv), _BLOCK):
        rows = np.flatnonzero(usable[start : start + _BLOCK]) + start
        units = wv.vectors[rows].astype(np.float64) / wv.norms[rows, None]
        scores = score(units)
        rows, scores = rows[np.isfinite(scores)], scores[np.isfinite(scores)]
        kept_rows, kept_scores = best(np.concatenate([kept_scores, scores]), np.concatenate([kept_rows, rows]), topn)
    return kept_rows, kept_scores


_METHODS: dict[str, Callable[..., _Found]] = {
    "3cosadd": _3cosadd,
    "3cosmul": _3cosmul,
    "pairdirection": _pairdirection,
    "lrcos": _lrcos,
}
