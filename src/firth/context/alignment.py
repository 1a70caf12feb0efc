"""Which pieces make up which word: by the characters that both stand for, never by their spelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.context.pieces import Pieces

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Aligned:
    """The pieces of every word.

    Attributes:
        pieces: numbers of the pieces that stand for at least one character, int64.
        first, last: word ``i`` is made of ``pieces[first[i]:last[i]]``; both equal where it yields no piece.
    """

    pieces: Ints
    first: Ints
    last: Ints


def align(pieces: Pieces, lengths: Sequence[int], word_texts: Ints, spans: Ints) -> Aligned:
    """Find every word's pieces: all that share a character with it.

    All texts are thought of as one long line; on that line one binary search finds the pieces of all words. So words
    may overlap, stand in any order, or cut a piece in two, which then counts for both.

    Args:
        pieces: the pieces of all texts.
        lengths: characters of each text.
        word_texts: the text of each word, int64 of shape ``(n_words,)``.
        spans: the characters of each word within its text, int64 of shape ``(n_words, 2)``.

    >>> ids = np.array([5, 6, 7])  # "a playing" as a, play, ##ing
    >>> cut = Pieces(ids, np.array([0, 2, 6]), np.array([1, 6, 9]), np.array([0, 3]))
    >>> found = align(cut, [9], np.array([0, 0]), np.array([[0, 1], [2, 9]]))
    >>> found.first.tolist(), found.last.tolist()
    ([0, 1], [1, 3])
    """
    base = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(np.asarray(lengths, np.int64) + 1, out=base[1:])
    of_piece = np.repeat(base[:-1], np.diff(pieces.bounds))
    real = np.flatnonzero(pieces.ends > pieces.starts)
    # Pieces come in the order of the text; should a normaliser ever break that, no word may be lost for it.
    starts = np.maximum.accumulate((pieces.starts + of_piece)[real]) if len(real) else real
    ends = np.maximum.accumulate((pieces.ends + of_piece)[real]) if len(real) else real
    word_starts, word_ends = spans[:, 0] + base[word_texts], spans[:, 1] + base[word_texts]
    first = np.searchsorted(ends, word_starts, side="right")
    last = np.searchsorted(starts, word_ends, side="left")
    last = np.where(word_ends > word_starts, np.maximum(first, last), first)
    return Aligned(real, first, last)
