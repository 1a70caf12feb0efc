"""Fewer words, or the same words under other names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from firth.errors import OptionError
from firth.lengths import directed
from firth.operations.recipe import BLOCK, Rows, checked, recipe, taken, whole, with_rules
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


def restrict(
    wv: WordVectors, words: Iterable[str] | None = None, *, pattern: str | None = None, top: int | None = None
) -> WordVectors:
    """Return a table of those words only that satisfy every condition given.

    Rows keep the order of the table. The result's vectors are those of the source, bit by bit.

    Args:
        wv: the table.
        words: words to keep; those that the table lacks are passed over, and counted in the recipe.
        pattern: regular expression that a word must match as a whole.
        top: only the first so many rows.

    Raises:
        OptionError: no condition is given, the pattern does not parse, or no word is left.

    >>> wv = WordVectors.from_words(["the", "cat", "CAT", "dog"], np.eye(4))
    >>> restrict(wv, pattern="[a-z]+", top=3).vocabulary.words()
    ['the', 'cat']
    >>> restrict(wv, ["dog", "cat", "cow"]).recipe["parameters"]
    {'words': 3, 'missing': 1}
    """
    checked(wv)
    parameters: dict[str, object] = {}
    rows: Rows = np.arange(len(wv))
    if isinstance(words, str):
        raise OptionError(f"words={words!r} is one string; give a list of words")
    if words is None and pattern is None and top is None:
        raise OptionError("restrict needs words, a pattern or top")
    if words is not None:
        given: Any = words
        asked = list(dict.fromkeys(given)) if isinstance(given, Iterable) else [given]
        if not all(isinstance(word, str) for word in asked):
            raise OptionError(f"words={words!r:.60}; expected a list of words")
        found = wv.vocabulary.rows(asked)
        rows = np.sort(found[found >= 0])
        parameters |= {"words": len(asked), "missing": int((found < 0).sum())}
    if top is not None:
        rows = rows[rows < whole("top", top, 1, 2**62)]
        parameters["top"] = top
    if pattern is not None:
        try:
            matches = re.compile(pattern).fullmatch
        except re.error as error:
            raise OptionError(f"the pattern {pattern!r} does not parse: {error}") from error
        all_words = wv.vocabulary.words()
        rows = np.array([row for row in rows.tolist() if matches(all_words[row])], np.int64)
        parameters["pattern"] = pattern
    return taken(wv, "restrict", parameters, rows)


def prune(wv: WordVectors, *, top: int | None = None, min_count: int | None = None) -> WordVectors:
    """Return a table without its rare words.

    Args:
        wv: the table.
        top: keep so many words: the most frequent where counts are known, else the first. Order stays.
        min_count: keep words with at least this count.

    Raises:
        OptionError: nothing is asked for, no word is left, or ``min_count`` is given and counts are not known.

    >>> wv = WordVectors.from_words(["a", "b", "c"], np.eye(3), counts=[5, 1, 9])
    >>> prune(wv, top=2).vocabulary.words(), prune(wv, min_count=9).vocabulary.words()
    (['a', 'c'], ['c'])
    """
    checked(wv)
    if top is None and min_count is None:
        raise OptionError("prune needs top or min_count")
    rows: Rows = np.arange(len(wv))
    if min_count is not None:
        if wv.counts is None:
            raise OptionError(f"min_count={min_count} needs counts, and the table has none; use top")
        rows = rows[wv.counts >= whole("min_count", min_count, 1, 2**62)]
    if top is not None and whole("top", top, 1, 2**62) < len(rows):
        frequent = rows if wv.counts is None else rows[np.argsort(-wv.counts[rows], kind="stable")]
        rows = np.sort(frequent[:top])
    asked = {"top": top, "min_count": min_count}
    return taken(wv, "prune", {name: value for name, value in asked.items() if value is not None}, rows)


class Replacement(NamedTuple):
    """The kept word that stands in for a removed one, and their cosine."""

    word: str
    similarity: float


def replacements(wv: WordVectors, kept: WordVectors) -> dict[str, Replacement]:
    """Return, for every word of ``wv`` that ``kept`` lacks, the kept word nearest to it.

    So that a pruned table still answers for all words, as spaCy's ``prune_vectors`` does. Words without direction have
    no replacement.

    Args:
        wv: the whole table, ``(n_words, dim)``.
        kept: a part of it, such as :func:`prune` gives.

    Raises:
        OptionError: the tables differ in dimension.

    >>> wv = WordVectors.from_words(["cat", "car", "kitten"], [[1, 0], [0, 1], [1, 0.1]])
    >>> replacements(wv, prune(wv, top=2))
    {'kitten': Replacement(word='cat', similarity=0.995...)}
    """
    checked(wv, kept)
    if wv.dim != kept.dim:
        raise OptionError(f"the tables have {wv.dim} and {kept.dim} dimensions; give a part of the same table")
    words = wv.vocabulary.words()
    removed = np.flatnonzero((kept.vocabulary.rows(words) < 0) & directed(wv.norms))
    known = np.flatnonzero(directed(kept.norms))
    unit = kept.unit_rows(known)
    found: dict[str, Replacement] = {}
    step = max(1, BLOCK * 256 // max(1, len(known)))
    for start in range(0, len(removed), step):
        chosen = removed[start : start + step]
        cosines = wv.unit_rows(chosen) @ unit.T
        best = np.argmax(cosines, axis=1)
        for row, place, cosine in zip(chosen.tolist(), best.tolist(), cosines.max(axis=1).tolist(), strict=True):
            found[words[row]] = Replacement(kept.vocabulary[int(known[place])], cosine)
    return found


def rename(
    wv: WordVectors, names: Mapping[str, str] | Callable[[str], str], clash: Literal["first", "mean"] = "first"
) -> WordVectors:
    """Return a table with other words for its rows, such as lower case, or without a prefix.

    Args:
        wv: the table.
        names: old word → new word (words left out keep their name), or a function that gives the new word.
        clash: where several rows get one name: keep the ``"first"``, or their ``"mean"``, weighted with the counts
            where they are known; counts are summed in both cases.

    Subwords stay as they are: a word that no row is named after gets the vector of its own n-grams, as before.

    Raises:
        OptionError: ``clash`` is neither, or a new name is no string.

    >>> wv = WordVectors.from_words(["Cat", "cat", "dog"], [[1, 0], [3, 0], [0, 1]], counts=[1, 3, 5])
    >>> lower = rename(wv, str.lower, clash="mean")
    >>> lower["cat"].tolist(), lower.counts.tolist()
    ([2.5, 0.0], [4, 5])
    """
    if clash not in ("first", "mean"):
        raise OptionError(f"clash={clash!r}; expected 'first' or 'mean'")
    checked(wv)
    if not callable(names) and not isinstance(names, Mapping):
        raise OptionError(f"names={names!r:.60}; expected a mapping old word -> new word, or a function")
    new_names = list(map(names, wv.vocabulary)) if callable(names) else [names.get(w, w) for w in wv.vocabulary]
    wrong = next((row for row, name in enumerate(new_names) if not isinstance(name, str)), None)
    if wrong is not None:
        raise OptionError(f"the new name of {wv.vocabulary[wrong]!r} is {new_names[wrong]!r:.60}; expected a string")
    places: dict[str, int] = {}
    groups = np.array([places.setdefault(name, len(places)) for name in new_names], np.int64)
    first = np.full(len(places), -1, np.int64)
    first[groups[::-1]] = np.arange(len(wv))[::-1]
    vectors = wv.vectors[first]
    doubled = np.flatnonzero(np.bincount(groups, minlength=len(places)) > 1)
    if clash == "mean" and len(doubled):
        vectors = vectors.astype(np.float32)
        members = np.flatnonzero(np.isin(groups, doubled))
        weights = np.ones(len(wv)) if wv.counts is None else wv.counts.clip(min=1).astype(np.float64)
        sums, totals = np.zeros((len(places), wv.dim)), np.bincount(groups, weights, minlength=len(places))
        np.add.at(sums, groups[members], wv.vectors[members] * weights[members, None])
        vectors[doubled] = sums[doubled] / totals[doubled, None]
    counts = None
    if wv.counts is not None:
        counts = np.zeros(len(places), np.int64)
        np.add.at(counts, groups, wv.counts)
    made = recipe("rename", {"clash": clash, "merged": len(wv) - len(places)}, wv)
    renamed = WordVectors(Vocabulary.from_words(places), vectors, counts=counts, recipe=made, subwords=wv.subwords)
    return with_rules(renamed, wv)
