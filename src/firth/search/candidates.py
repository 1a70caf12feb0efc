"""Which rows may be an answer: a list of words, or a pattern that words must match."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from firth.errors import OptionError
from firth.search.scores import Rows

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Patterns whose rows are remembered a table: a page that narrows its list asks the same one again and again.
_REMEMBERED = 4


def candidate_rows(wv: WordVectors, among: Iterable[str] | str | None) -> Rows | None:
    """Return the rows that ``among`` allows, in ascending order; None where it is None: all of them.

    Args:
        wv: the table.
        among: words (those that the table lacks are passed over), or a regular expression that must match a whole word.

    Raises:
        OptionError: the regular expression cannot be understood.
    """
    if among is None:
        return None
    if isinstance(among, str):
        return _matching_rows(wv, among)
    rows = wv.vocabulary.rows(list(among))
    return np.array(sorted(set(rows[rows >= 0].tolist())), np.int64)


def _matching_rows(wv: WordVectors, pattern: str) -> Rows:
    known: dict[str, Rows] = wv._search_state.setdefault("patterns", {})
    if pattern not in known:
        import re

        try:
            match = re.compile(pattern).fullmatch
        except re.error as error:
            raise OptionError(f"the pattern {pattern!r} is not a regular expression: {error}") from None
        words = wv.vocabulary.words()
        rows = np.fromiter((row for row, word in enumerate(words) if match(word)), np.int64)
        while len(known) >= _REMEMBERED:
            del known[next(iter(known))]
        known[pattern] = rows
    return known[pattern]
