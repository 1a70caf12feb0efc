"""The words that ``words=[...]`` asks for, as word tables that kernels can look into."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from firth.vocabulary import build_slots

#: Word bytes, offsets and slots; empty slots stand for "all words".
Table = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]

_ALL: Table = (np.empty(0, np.uint8), np.zeros(1, np.int64), np.empty(0, np.int32))


def _encoded(words: Collection[str]) -> set[bytes]:
    """Return the words' bytes, without words that no file can hold (lone surrogates that stand for no byte)."""
    out = set()
    for word in words:
        try:
            out.add(word.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError:
            continue
    return out


def _table(words: set[bytes]) -> Table:
    ordered = sorted(words)
    blob = np.frombuffer(bytearray(b"".join(ordered)), np.uint8)
    offsets = np.zeros(len(ordered) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, ordered), np.int64, len(ordered)), out=offsets[1:])
    return blob, offsets, build_slots(blob, offsets)


def word_table(words: Collection[str] | None) -> Table:
    """Return the table of the words that are asked for; None asks for all."""
    return _ALL if words is None else _table(_encoded(words))


def line_tables(words: Collection[str] | None) -> tuple[Table, Table]:
    """Return the table of the words, and the table of what their lines start with (up to the first blank or tab)."""
    if words is None:
        return _ALL, _ALL
    whole = {word.strip(b" \t") for word in _encoded(words)}
    return _table(whole), _table({word.replace(b"\t", b" ").split(b" ")[0] for word in whole})
