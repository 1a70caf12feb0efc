"""Pulling words towards those that a lexicon says they are like."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from firth.errors import FormatError, OptionError, ReadError
from firth.lengths import directed
from firth.operations.recipe import Floats, Rows, changed, checked, mapped, positive, whole
from firth.wordvectors import WordVectors

Lexicon = Mapping[str, Iterable[str]] | str | os.PathLike[str]


def retrofit(wv: WordVectors, lexicon: Lexicon, *, iterations: int = 20, alpha: float = 1.0) -> WordVectors:
    """Return a table whose words lie nearer to their neighbours in a lexicon (Faruqui et al. 2015, Retrofitting).

    Each word with neighbours becomes the mean of its own vector, weighted ``alpha``, and of its neighbours' mean, again
    and again. All words take this step at once, so that the order of the lexicon does not matter; the paper's program
    goes word by word and reaches the same point. With ``alpha`` 1 an iteration halves what is left of the way.

    Args:
        wv: the table.
        lexicon: word → neighbours, or a file with ``word neighbour neighbour ...`` a line (may be ``.gz``). A
            neighbourhood counts in the direction in which it is given. Words that the table lacks are passed over;
            subwords stay as they are, like words without neighbours.
        iterations: how often.
        alpha: how much of itself a word keeps, beside a weight of one for its neighbours together.

    Raises:
        OptionError: nothing of the lexicon is in the table, it is no mapping of words to lists of words, or ``alpha``
            is not positive.
        ReadError, FormatError: the file cannot be read.

    >>> wv = WordVectors.from_words(["big", "large", "cat"], [[1, 0], [0, 1], [1, 1]])
    >>> retrofit(wv, {"big": ["large"]})["big"].tolist()
    [0.5, 0.5]
    """
    checked(wv)
    positive("alpha", alpha)
    whole("iterations", iterations, 1, 10_000)
    entries = _entries(lexicon)
    own, neighbours, ends = _edges(wv, entries)
    if len(own) == 0:
        raise OptionError(f"none of the lexicon's {len(entries):,} words with its neighbours is in the table")
    vectors = mapped(wv, lambda block, _: block)
    start_at = vectors[own]
    for _ in range(iterations):
        vectors[own] = (alpha * start_at + _neighbour_means(vectors, neighbours, ends)) / np.float32(alpha + 1)
    parameters = {"iterations": iterations, "alpha": alpha, "words": len(own), "neighbours": len(neighbours)}
    return changed(wv, "retrofit", parameters, vectors, wv.subwords)


def _entries(lexicon: Lexicon) -> dict[str, list[str]]:
    """Return a lexicon as lists of words."""
    if isinstance(lexicon, str | os.PathLike):
        return read_lexicon(lexicon)
    if not isinstance(lexicon, Mapping):
        raise OptionError(
            f"the lexicon is a {type(lexicon).__name__}; expected a mapping of words to lists of words, such as "
            "{'cat': ['dog']}, or a file"
        )
    entries = {}
    for word, neighbours in lexicon.items():
        near: list[Any] = (
            list(neighbours) if isinstance(neighbours, Iterable) and not isinstance(neighbours, str) else [None]
        )
        if not isinstance(word, str) or not all(isinstance(other, str) for other in near):
            raise OptionError(
                f"the lexicon gives {word!r} the neighbours {neighbours!r:.60}; expected a word and a list of words, "
                "such as {'cat': ['dog']}"
            )
        entries[word] = near
    return entries


def _edges(wv: WordVectors, entries: Mapping[str, Iterable[str]]) -> tuple[Rows, Rows, Rows]:
    """Return the rows of words with neighbours, most neighbours first; their neighbours' rows; where each list ends."""
    words = list(entries)
    lists = [list(dict.fromkeys(entries[word])) for word in words]
    owners = wv.vocabulary.rows(words)
    sizes = np.fromiter(map(len, lists), np.int64, len(lists))
    asked = wv.vocabulary.rows([other for near in lists for other in near])
    of_word = np.repeat(owners, sizes)
    usable = directed(wv.norms)
    good = (of_word >= 0) & (asked >= 0) & (asked != of_word)
    good &= usable[of_word] & usable[asked]  # row -1 reads the last one, and is not good already
    kept = np.bincount(np.repeat(np.arange(len(words)), sizes)[good], minlength=len(words))
    order = np.argsort(-kept, kind="stable")
    order = order[kept[order] > 0]
    starts = np.concatenate(([0], np.cumsum(kept)))[order]
    ends = np.concatenate(([0], np.cumsum(kept[order])))
    places = np.repeat(starts - ends[:-1], kept[order]) + np.arange(ends[-1])
    return owners[order], asked[good][places], ends


def _neighbour_means(vectors: Floats, neighbours: Rows, ends: Rows) -> Floats:
    """Return the mean of each word's neighbours; the words stand in order of falling numbers of neighbours.

    All first neighbours are added at once, then all second ones, and so on: long sums of whole arrays.
    """
    degrees = np.diff(ends)
    out = vectors[neighbours[ends[:-1]]]
    for k in range(1, int(degrees[0])):
        n = int(np.searchsorted(-degrees, -k, "left"))  # so many words have more than k neighbours
        out[:n] += vectors[neighbours[ends[:n] + k]]
    return np.asarray(out / degrees[:, None], np.float32)


def read_lexicon(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    """Return the lexicon of a file with ``word neighbour neighbour ...`` a line; several lines of a word add up.

    Raises:
        ReadError: the file cannot be opened or unpacked.
        FormatError: it holds no line of at least two words.
    """
    entries: dict[str, list[str]] = {}
    try:
        raw = Path(path).read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(f"cannot read the lexicon {path}: {getattr(error, 'strerror', None) or error}") from error
    for line in raw.decode("utf-8", "surrogateescape").splitlines():
        word, *others = line.split() or [""]
        if others:
            entries.setdefault(word, []).extend(others)
    if not entries:
        raise FormatError(f"{path}: no line with a word and its neighbours; expected `word neighbour neighbour ...`")
    return entries
