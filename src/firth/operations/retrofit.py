"""Pulling words towards those that a lexicon says they are like."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from firth.errors import FormatError, OptionError, ReadError
from firth.operations.recipe import changed, mapped, whole
from firth.search.scores import directed
from firth.wordvectors import WordVectors

Lexicon = Mapping[str, Iterable[str]] | str | os.PathLike[str]

#: Neighbours whose vectors are gathered at a time.
_GATHERED = 131_072


def retrofit(wv: WordVectors, lexicon: Lexicon, *, iterations: int = 20, alpha: float = 1.0) -> WordVectors:
    """Return a table whose words lie nearer to their neighbours in a lexicon (Faruqui et al. 2015, Retrofitting).

    Each word with neighbours becomes the mean of its own vector, weighted ``alpha``, and of its neighbours' mean, again
    and again. All words take this step at once, so that the order of the lexicon does not matter; the paper's program
    goes word by word and reaches the same point. With ``alpha`` 1 an iteration halves what is left of the way.

    Args:
        wv: the table.
        lexicon: word → neighbours, or a file with ``word neighbour neighbour ...`` a line (may be ``.gz``). A
            neighbourhood counts in the direction in which it is given. Words that the table lacks are passed over.
        iterations: how often.
        alpha: how much of itself a word keeps, beside a weight of one for its neighbours together.

    Raises:
        OptionError: nothing of the lexicon is in the table, or ``alpha`` is not positive.
        ReadError, FormatError: the file cannot be read.

    >>> wv = WordVectors.from_words(["big", "large", "cat"], [[1, 0], [0, 1], [1, 1]])
    >>> retrofit(wv, {"big": ["large"]})["big"].tolist()
    [0.5, 0.5]
    """
    if not alpha > 0:
        raise OptionError(f"alpha={alpha!r}; expected a number above 0")
    whole("iterations", iterations, 1, 10_000)
    entries = lexicon if isinstance(lexicon, Mapping) else read_lexicon(lexicon)
    usable = directed(wv.norms)
    rows, ends, neighbours = [], [0], []
    for word, others in entries.items():
        row = wv.vocabulary.get(word)
        if row is None or not usable[row]:
            continue
        near = {other: wv.vocabulary.get(other) for other in others if other != word}
        known = [place for place in near.values() if place is not None and usable[place]]
        if known:
            rows.append(row)
            neighbours.extend(known)
            ends.append(len(neighbours))
    if not rows:
        raise OptionError(f"none of the lexicon's {len(entries):,} words with its neighbours is in the table")
    vectors = mapped(wv, lambda block, _: block)
    own = np.array(rows)
    gathered, edges = np.array(neighbours), np.array(ends)
    start_at = vectors[own]
    for _ in range(iterations):
        vectors[own] = (alpha * start_at + _neighbour_means(vectors, gathered, edges)) / np.float32(alpha + 1)
    parameters = {"iterations": iterations, "alpha": alpha, "words": len(rows), "neighbours": len(neighbours)}
    return changed(wv, "retrofit", parameters, vectors, wv.subwords)


def _neighbour_means(
    vectors: np.typing.NDArray[np.float32], neighbours: np.typing.NDArray[np.int64], ends: np.typing.NDArray[np.int64]
) -> np.typing.NDArray[np.float32]:
    out = np.empty((len(ends) - 1, vectors.shape[1]), np.float32)
    first = 0
    while first < len(out):  # as many words as have neighbours that fit one gathering, at least one
        last = max(first + 1, int(np.searchsorted(ends, ends[first] + _GATHERED, "right")) - 1)
        part = vectors[neighbours[ends[first] : ends[last]]]
        sums = np.add.reduceat(part, ends[first:last] - ends[first], axis=0)
        out[first:last] = sums / np.diff(ends[first : last + 1])[:, None]
        first = last
    return out


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
