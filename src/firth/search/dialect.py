"""What gensim's methods do: examples and weights, means, ranks. The methods stand in :mod:`firth.keyedvectors`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import MissingWordError, OptionError, ZeroVectorError
from firth.lengths import UNDIRECTED, directed
from firth.search.exact import similarities
from firth.search.nearest import named, nearest
from firth.search.scores import Doubles, Floats, Rows, best, exact_scores, outside, rounding_slack, unit_query

if TYPE_CHECKING:
    from firth.keyedvectors import Example, Examples, Key
    from firth.keyedvectors.base import K
    from firth.wordvectors import WordVectors

logger = logging.getLogger("firth")

_KEYS = (str, int, np.integer)


def as_list(examples: Examples) -> list[Example]:
    """Return one example, or several in any form that gensim takes, as a list.

    >>> as_list("cat"), as_list(None), len(as_list(np.eye(3)))
    (['cat'], [], 3)
    """
    if examples is None:
        return []
    if isinstance(examples, _KEYS) or (isinstance(examples, np.ndarray) and examples.ndim == 1):
        return [examples]
    return list(examples)


def unit_of(wv: WordVectors, key: Key) -> Doubles:
    """Return the unit vector of a word or row, float64; a missing word follows the table's rule for such words."""
    name = key if isinstance(key, str) else wv.vocabulary[wv.get_index(key)]
    row = wv.get_index(key, -1)
    if row >= 0 and not directed(wv.norms[row]):
        raise ZeroVectorError(f"the vector of {name!r} {UNDIRECTED}")
    return unit_query(wv.get_vector(key), wv.dim, f"the vector of {name!r}")


def row_of(wv: WordVectors, key: Key) -> int:
    """Return the row that a key, or the word that stands in for it, has; -1 where its vector comes from subwords.

    Raises:
        MissingWordError: the table's rule has no vector for it.
    """
    if isinstance(key, str) and wv.oov:
        row = wv.lookup(key).row
        return -1 if row is None else row
    return wv.get_index(key)


def has_vector(wv: WordVectors, key: Key) -> bool:
    """Tell whether a key is in the table, or the table's rule gives it a vector."""
    if wv.has_index_for(key):
        return True
    if not wv.oov or not isinstance(key, str):
        return False
    try:
        wv.lookup(key)
    except MissingWordError:
        return False
    return True


def _whole(topn: Any) -> int | None:
    """Return how many answers gensim would give: None for all, 0 for none; 5.0 is taken for 5."""
    if topn is None:
        return None
    try:
        whole = int(topn)
    except (TypeError, ValueError, OverflowError):
        whole = -1
    if whole != topn:
        raise OptionError(f"topn is {topn!r}; expected a whole number, or None for the similarities of all rows")
    return max(whole, 0)


def _weighed(wv: WordVectors, positive: Examples, negative: Examples) -> list[tuple[Any, float]]:
    weighed: list[tuple[Any, float]] = []
    for examples, sign in ((positive, 1.0), (negative, -1.0)):
        for example in as_list(examples):
            if isinstance(example, (*_KEYS, np.ndarray)):
                weighed.append((example, sign))
            else:  # gensim takes the weight of a pair as it is, among negatives too
                weighed.append((example[0], float(example[1])))
    if not weighed:
        raise OptionError("there is nothing to compare with; give at least one word or vector")
    return weighed


def most_similar(
    wv: WordVectors,
    positive: Examples,
    negative: Examples,
    topn: int | None,
    clip_start: int,
    clip_end: int | None,
    *,
    restrict_vocab: int | None,
    indexer: Any,
) -> Any:
    """Do what :meth:`firth.WordVectors.most_similar` says."""
    topn = _whole(topn)
    if topn == 0:
        return []
    weighed = _weighed(wv, positive, negative)
    total = np.zeros(wv.dim)
    for item, weight in weighed:
        total += weight * (unit_of(wv, item) if isinstance(item, _KEYS) else _vector(wv, item))
    rows = [row_of(wv, item) for item, _ in weighed if isinstance(item, _KEYS)]
    if restrict_vocab:
        clip_start, clip_end = 0, restrict_vocab
    start, stop, _ = slice(clip_start, clip_end or len(wv)).indices(len(wv))
    query = unit_query(total, wv.dim, "the sum of the examples")
    if indexer is not None and topn is not None:
        return indexer.most_similar(query.astype(np.float32), topn)
    if topn is None:
        return similarities(wv, query, start, max(start, stop))
    return named(wv, *nearest(wv, query, topn, without=rows, start=start, stop=stop))


def _vector(wv: WordVectors, item: NDArray[Any]) -> Doubles:
    vector = np.asarray(item, np.float64)
    unit_query(vector, wv.dim, "a query vector")  # only for its checks: gensim takes raw vectors as they are
    return vector


def most_similar_cosmul(
    wv: WordVectors, positive: Examples, negative: Examples, topn: int | None, restrict_vocab: int | None
) -> Any:
    """Do what :meth:`firth.WordVectors.most_similar_cosmul` says."""
    topn = _whole(topn)
    if topn == 0:
        return []
    sides = [as_list(positive), as_list(negative)]
    if not sides[0]:
        raise OptionError("there is nothing to compare with; give at least one positive word or vector")
    stop = min(restrict_vocab or len(wv), len(wv))
    shares = []
    for side in sides:
        share = np.ones(stop)
        for item in side:
            unit, length = unit_of(wv, item) if isinstance(item, _KEYS) else _vector(wv, item), 1.0  # type: ignore[arg-type]
            if not isinstance(item, _KEYS):  # gensim takes raw vectors as they are
                length = float(np.sqrt((unit * unit).sum()))
                unit = unit_query(unit, wv.dim, "a query vector")
            share *= (1.0 + length * similarities(wv, unit, 0, stop)) / 2.0
        shares.append(share)
    scores = shares[0] / (shares[1] + 1e-6)
    if topn is None:
        return scores.astype(np.float32)
    left_out = [row_of(wv, item) for side in sides for item in side if isinstance(item, _KEYS)]
    rows = np.flatnonzero(directed(wv.norms[:stop]))
    rows = rows[outside(rows, np.array(left_out, np.int64))]
    return named(wv, *best(scores[rows], rows, topn))


def mean_vector(
    wv: WordVectors,
    keys: Sequence[Key | NDArray[Any]],
    weights: ArrayLike | None,
    pre_normalize: bool,
    post_normalize: bool,
    ignore_missing: bool,
) -> Floats:
    """Do what :meth:`firth.WordVectors.get_mean_vector` says."""
    if len(keys) == 0:
        raise OptionError("there is nothing to take the mean of; give at least one word or vector")
    each = np.ones(len(keys)) if weights is None else np.asarray(weights, np.float64)
    if each.shape != (len(keys),):
        raise OptionError(f"there are {len(keys)} keys, but weights of shape {each.shape}")
    total, share = np.zeros(wv.dim), 0.0
    for key, weight in zip(keys, each.tolist(), strict=True):
        if isinstance(key, np.ndarray):
            vector = key
        elif has_vector(wv, key):
            vector = unit_of(wv, key) if pre_normalize else wv.get_vector(key)
        elif ignore_missing:
            continue
        else:
            raise _missing(wv, key)
        total += weight * vector.astype(np.float64)
        share += abs(weight)
    if share > 0:
        total /= share
    if post_normalize:
        total = unit_query(total, wv.dim, "the mean")
    return total.astype(np.float32)


def _missing(wv: WordVectors, key: Key) -> MissingWordError:
    try:
        wv.get_index(key)
    except MissingWordError as error:
        return error
    raise AssertionError(f"{key!r} is there")


def similarity(wv: WordVectors, w1: Key, w2: Key) -> float:
    """Return the cosine of two words."""
    return float(np.dot(unit_of(wv, w1), unit_of(wv, w2)))


def n_similarity(wv: WordVectors, ws1: Sequence[Key], ws2: Sequence[Key]) -> float:
    """Return the cosine of the means of two lists of words; missing words are passed over, as gensim does."""
    means = []
    for words in (ws1, ws2):
        if len(words) == 0:
            raise OptionError("a list of words is empty; give at least one word each")
        if not any(has_vector(wv, word) for word in words):
            raise _missing(wv, words[0])
        mean = mean_vector(wv, words, None, pre_normalize=False, post_normalize=False, ignore_missing=True)
        means.append(unit_query(mean, wv.dim, f"the mean of {list(words)!r}"))
    return float(np.dot(*means))


def distances(wv: WordVectors, word_or_vector: Key | NDArray[Any], other_words: Sequence[Key]) -> Floats:
    """Return one minus the cosine with other words, or with all: float32; NaN without direction."""
    if isinstance(word_or_vector, _KEYS):
        query = unit_of(wv, word_or_vector)
    else:
        query = unit_query(word_or_vector, wv.dim, "the query vector")
    if not len(other_words):
        return np.asarray(1.0 - similarities(wv, query, 0, len(wv)), np.float32)
    rows = np.array([row_of(wv, word) for word in other_words], np.int64)
    stored, scores = rows >= 0, np.empty(len(rows))
    with np.errstate(invalid="ignore", divide="ignore"):
        scores[stored] = exact_scores(wv, query, rows[stored])
        scores[np.flatnonzero(stored)[~directed(wv.norms[rows[stored]])]] = np.nan
    for place in np.flatnonzero(~stored).tolist():
        scores[place] = np.dot(query, unit_of(wv, other_words[place]))
    return (1.0 - scores).astype(np.float32)


def closer_rows(wv: WordVectors, key1: Key, key2: Key) -> Rows:
    """Return the rows nearer to ``key1`` than ``key2`` is, in ascending order, without ``key1`` itself."""
    first, second = row_of(wv, key1), row_of(wv, key2)
    query, other = unit_of(wv, key1), unit_of(wv, key2)  # must have a direction, both
    limit = exact_scores(wv, query, np.array([second]))[0] if second >= 0 else float(np.dot(query, other))
    scores = similarities(wv, query, 0, len(wv))
    slack = rounding_slack(wv.dim)
    closer = scores > limit + slack
    unsure = np.flatnonzero(np.abs(scores - limit) <= slack)  # too near to tell in float32
    closer[unsure] = exact_scores(wv, query, unsure) > limit
    if first >= 0:
        closer[first] = False
    return np.flatnonzero(closer)


def by_centrality(wv: WordVectors, words: Sequence[K], use_norm: bool) -> list[tuple[float, K]]:
    """Return pairs (product with the mean of all, word), best first."""
    used = [word for word in words if has_vector(wv, word)]
    if len(used) < len(words):
        logger.warning("not in the table, so passed over: %s", [word for word in words if word not in used])
    if not used:
        raise OptionError(f"none of the words {list(words)!r} is in the table")
    if use_norm:
        vectors = np.stack([unit_of(wv, word) for word in used])
    else:
        vectors = np.stack([wv.get_vector(word).astype(np.float64) for word in used])
    mean = unit_query(vectors.mean(axis=0), wv.dim, "the mean of the words")
    central = (vectors * mean).sum(axis=1)
    return sorted(zip(central.tolist(), used, strict=True), reverse=True)
