"""A text as one vector: the mean of its words' vectors, out of a table or out of a contextual model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.errors import MissingWordError
from firth.progress import Progress
from firth.runningwords import word_pattern
from firth.wordvectors import WordVectors

if TYPE_CHECKING:
    from firth.context.encoder import Encoder

Floats = NDArray[np.float32]

#: Words whose vectors are gathered at a time.
_BLOCK = 1 << 16


def words_of(text: str) -> list[str]:
    """Return the words of a text: runs of letters and digits with their marks, apostrophes and hyphens inside.

    >>> words_of("Don't panic -- it's state-of-the-art!")
    ["Don't", 'panic', "it's", 'state-of-the-art']
    """
    return re.findall(word_pattern(), text)


def static_means(table: WordVectors, texts: Sequence[str]) -> tuple[Floats, float]:
    """Return the mean of the vectors of each text's words, and the share of running words that have a vector.

    A word that the table lacks is tried in lower case, then capitalised, then by the table's own rules for missing
    words (n-grams, where it has them). A text without any known word has a row of zeros.

    Returns:
        float32 of shape ``(n_texts, dim)``; a share from 0 to 1.

    >>> wv = WordVectors.from_words(["cat", "Paris"], [[1, 0], [0, 1]])
    >>> static_means(wv, ["Cat! paris?", "xyzzy"])
    (array([[0.5, 0.5],
           [0. , 0. ]], dtype=float32), 0.6666666666666666)
    """
    numbers: dict[str, int] = {}
    flat: list[int] = []
    counts = np.empty(len(texts), np.int64)
    for i, text in enumerate(texts):
        words = words_of(text)
        counts[i] = len(words)
        flat += [numbers.setdefault(word, len(numbers)) for word in words]
    types = np.array(flat, np.int64)
    rows, extra = _rows(table, list(numbers))
    ends = np.concatenate([[0], np.cumsum(counts)])
    out = np.zeros((len(texts), table.dim), np.float32)
    known_words = 0
    first = 0
    while first < len(texts):
        last = max(first + 1, int(np.searchsorted(ends, ends[first] + _BLOCK, side="right")) - 1)
        mine = rows[types[ends[first] : ends[last]]]
        owner = np.repeat(np.arange(last - first), counts[first:last])
        has = np.flatnonzero(mine >= 0)
        if len(has):
            mine, owner = mine[has], owner[has]
            found = np.empty((len(mine), table.dim), np.float32)
            own = mine < len(table)
            found[own] = table.vectors[mine[own]]
            found[~own] = extra[mine[~own] - len(table)]
            begin = np.flatnonzero(np.diff(owner, prepend=-1))
            size = np.diff(np.append(begin, len(owner)))
            out[first + owner[begin]] = np.add.reduceat(found, begin, axis=0) / size[:, None].astype(np.float32)
            known_words += len(mine)
        first = last
    return out, known_words / max(1, len(types))


def _rows(table: WordVectors, words: list[str]) -> tuple[NDArray[np.int64], Floats]:
    """Return the row of every word, -1 for none; rows from ``len(table)`` on stand in the second array."""
    rows = table.vocabulary.rows(words)
    for change in (str.lower, str.capitalize):
        missing = np.flatnonzero(rows < 0)
        rows[missing] = table.vocabulary.rows([change(words[i]) for i in missing.tolist()])
    extra: list[Floats] = []
    rules = table.oov or (("subwords",) if table.subwords is not None else ())
    if rules:
        for i in np.flatnonzero(rows < 0).tolist():
            try:
                extra.append(table.lookup(words[i], rules).vector)
            except MissingWordError:
                continue
            rows[i] = len(table) + len(extra) - 1
    return rows, np.array(extra, np.float32).reshape(-1, table.dim)


def contextual_means(encoder: Encoder, texts: Sequence[str], progress: Progress | None = None) -> tuple[Floats, float]:
    """Return the mean of the last layer's vectors of each text's words, and the share of words that have a vector.

    Returns:
        float32 of shape ``(n_texts, dim)``, a row of zeros for a text without a word; a share from 0 to 1.
    """
    out = np.zeros((len(texts), encoder.dim), np.float32)
    counts = np.zeros(len(texts), np.int64)
    n_words = 0
    for block in encoder.stream(texts, pattern=word_pattern(), progress=progress):
        n_words += len(block)
        known = np.flatnonzero(block.found)
        if len(known):
            owner = block.numbers[known]
            begin = np.flatnonzero(np.diff(owner, prepend=-1))
            out[owner[begin]] += np.add.reduceat(block.vectors[known], begin, axis=0)
            np.add.at(counts, owner, 1)
    out /= np.maximum(counts, 1)[:, None].astype(np.float32)
    return out, int(counts.sum()) / max(1, n_words)
