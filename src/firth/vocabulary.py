"""Words ↔ rows, built in memory or mapped from a file.

A vocabulary is three arrays: the words' bytes one after another, the offsets that cut them, and an open-addressing hash
table from word to row. Mapped from a ``.firth`` file it costs nothing to open: no dict is built, a look-up touches a
handful of pages. The byte-level rules of the table stand in ``docs/format.md``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from firth.errors import DuplicateWordError, FormatError

_MASK = (1 << 64) - 1
_MULTIPLIER = 0x9E3779B97F4A7C15

#: Up to this many words the table is built, or searched, in plain Python: quicker than importing the compiler.
_SMALL = 5_000

_Blob = NDArray[np.uint8]
_Offsets = NDArray[np.int64]
_Slots = NDArray[np.int32]
_Array = TypeVar("_Array", bound=NDArray[Any])


def read_only(array: _Array) -> _Array:
    """Return a view of ``array`` that cannot be written through.

    >>> read_only(np.zeros(2)).flags.writeable
    False
    """
    view = array.view()
    view.flags.writeable = False
    return view


def hash_word(word: bytes) -> int:
    """Return the 64-bit hash of a word's bytes: the plain-Python twin of ``firth.kernels.wordhash.hash_bytes``.

    >>> hex(hash_word(b"cat"))
    '0x8bc407c6d8023153'
    """
    h = (len(word) * _MULTIPLIER) & _MASK
    for start in range(0, len(word), 8):
        h = ((h ^ int.from_bytes(word[start : start + 8], "little")) * _MULTIPLIER) & _MASK
        h ^= h >> 32
    h = (h * _MULTIPLIER) & _MASK
    return h ^ (h >> 32)


def slot_count(n_words: int) -> int:
    """Return the size of the hash table for ``n_words``: the next power of two that is at least 1.6 times as many.

    >>> slot_count(400_000)
    1048576
    """
    return 1 << max(3, int(np.ceil(1.6 * n_words)) - 1).bit_length()


class Vocabulary:
    """An immutable set of words in row order, most frequent first where the source has an order.

    Words are ``str``; bytes that are not UTF-8 stand in them as surrogate escapes, so that they survive a round trip.

    Args:
        blob: the words' UTF-8 bytes one after another, uint8 of shape ``(n_bytes,)``.
        offsets: where each word starts, and the end of the last: int64 of shape ``(n_words + 1,)``.
        slots: the hash table, int32 of a power-of-two length; None to build it when first needed.

    Raises:
        FormatError: the arrays do not fit each other.

    >>> vocabulary = Vocabulary.from_words(["the", "cat", "sat"])
    >>> vocabulary.get("cat"), vocabulary[2], "dog" in vocabulary, len(vocabulary)
    (1, 'sat', False, 3)
    """

    __slots__ = ("_blob", "_offsets", "_slots")

    def __init__(self, blob: _Blob, offsets: _Offsets, slots: _Slots | None = None) -> None:
        if offsets.ndim != 1 or len(offsets) == 0 or blob.ndim != 1:
            raise FormatError("a vocabulary needs one-dimensional bytes and at least one offset")
        if int(offsets[0]) != 0 or int(offsets[-1]) != len(blob):
            raise FormatError(
                f"word offsets run from {int(offsets[0])} to {int(offsets[-1])}, expected 0 to {len(blob)}"
            )
        if slots is not None and (len(slots) & (len(slots) - 1) or len(slots) < len(offsets)):
            raise FormatError(f"a word table of {len(slots)} slots cannot serve {len(offsets) - 1} words")
        self._blob, self._offsets = read_only(blob), read_only(offsets)
        self._slots = None if slots is None else read_only(slots)

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Vocabulary:
        """Make a vocabulary from words in row order.

        Raises:
            DuplicateWordError: a word comes twice.

        >>> Vocabulary.from_words(["a", "b", "a"])
        Traceback (most recent call last):
        firth.errors.DuplicateWordError: the word 'a' comes twice, in rows 0 and 2; give every word one row
        """
        encoded = [word.encode("utf-8", "surrogateescape") for word in words]
        blob = np.frombuffer(bytearray(b"".join(encoded)), np.uint8)
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
        return cls(blob, offsets, build_slots(blob, offsets))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def _bytes(self, row: int) -> bytes:
        return self._blob[self._offsets[row] : self._offsets[row + 1]].tobytes()

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        if row < 0:
            row += len(self)
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} is outside a vocabulary of {len(self):,} words")
        return self._bytes(row).decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        return iter(self.words())

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.get(word) is not None

    def __repr__(self) -> str:
        shown = ", ".join(repr(word) for word in self[:3])
        return f"<Vocabulary of {len(self):,} words: {shown}{', ...' if len(self) > 3 else ''}>"

    def get(self, word: str) -> int | None:
        """Return the row of ``word``, or None."""
        try:
            wanted = word.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate that no byte stands behind: no file can hold it
            return None
        slots, offsets, blob = self.slots, self._offsets, self._blob
        mask, n = len(slots) - 1, len(self)
        slot = hash_word(wanted) & mask
        for _ in range(len(slots)):
            row = int(slots[slot])
            if not 0 <= row < n:
                return None
            start = int(offsets[row])
            if int(offsets[row + 1]) - start == len(wanted) and blob[start : start + len(wanted)].tobytes() == wanted:
                return row
            slot = (slot + 1) & mask
        return None

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of every word, -1 where it is missing: int64 of shape ``(len(words),)``.

        >>> Vocabulary.from_words(["a", "b"]).rows(["b", "x"])
        array([ 1, -1])
        """
        if len(words) <= _SMALL:
            found = (self.get(word) for word in words)
            return np.fromiter((-1 if row is None else row for row in found), np.int64, len(words))
        from firth.kernels.wordhash import find_words

        asked = [word.encode("utf-8", "surrogatepass") for word in words]
        ends = np.zeros(len(asked) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, asked), np.int64, len(asked)), out=ends[1:])
        joined = np.frombuffer(b"".join(asked), np.uint8)
        return np.asarray(find_words(self._blob, self._offsets, self.slots, joined, ends))

    def words(self) -> list[str]:
        """Return all words in row order."""
        raw, ends = self._blob.tobytes(), self._offsets.tolist()
        return [raw[a:b].decode("utf-8", "surrogateescape") for a, b in itertools.pairwise(ends)]

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Vocabulary:
        """Return a vocabulary of the words of ``rows``, in that order."""
        return Vocabulary.from_words(self[int(row)] for row in rows)

    @property
    def blob(self) -> _Blob:
        """The words' bytes one after another, uint8 of shape ``(n_bytes,)``."""
        return self._blob

    @property
    def offsets(self) -> _Offsets:
        """Where each word starts in ``blob``, and the end of the last: int64 of shape ``(n_words + 1,)``."""
        return self._offsets

    @property
    def slots(self) -> _Slots:
        """The hash table, int32: a row, or -1 for an empty slot."""
        if self._slots is None:
            self._slots = read_only(build_slots(self._blob, self._offsets))
        return self._slots


def build_slots(blob: _Blob, offsets: _Offsets) -> _Slots:
    """Enter all words into a new hash table, in row order with linear probing: int32 of shape ``(n_slots,)``.

    Raises:
        DuplicateWordError: a word comes twice.
    """
    n_words = len(offsets) - 1
    slots = np.full(slot_count(n_words), -1, np.int32)
    if n_words > _SMALL:
        _fill_compiled(blob, offsets, slots)
    else:
        _fill(blob.tobytes(), offsets.tolist(), slots)
    return slots


def _fill(raw: bytes, ends: list[int], slots: _Slots) -> None:
    table, mask = [-1] * len(slots), len(slots) - 1
    seen: dict[bytes, int] = {}
    for row in range(len(ends) - 1):
        word = raw[ends[row] : ends[row + 1]]
        if seen.setdefault(word, row) != row:
            raise _duplicate(word, seen[word], row)
        slot = hash_word(word) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = row
    slots[:] = table


def _fill_compiled(blob: _Blob, offsets: _Offsets, slots: _Slots) -> None:
    from firth.kernels.wordhash import hash_words, insert_words

    starts, stops = offsets[:-1], offsets[1:]
    first = np.empty(len(starts), np.int64)
    if insert_words(blob, starts, stops, hash_words(blob, starts, stops), slots, first):
        row = int(np.argmax(first != np.arange(len(first))))
        raise _duplicate(blob[starts[row] : stops[row]].tobytes(), int(first[row]), row)


def _duplicate(word: bytes, first: int, second: int) -> DuplicateWordError:
    shown = word.decode("utf-8", "surrogateescape")
    return DuplicateWordError(f"the word {shown!r} comes twice, in rows {first} and {second}; give every word one row")


class KeyToIndex(Mapping[str, int]):
    """A vocabulary seen as gensim's ``key_to_index``: a mapping word → row that builds no dict."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def __getitem__(self, word: str) -> int:
        row = self._vocabulary.get(word)
        if row is None:
            raise KeyError(word)
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._vocabulary)

    def __len__(self) -> int:
        return len(self._vocabulary)


class IndexToKey(Sequence[str]):
    """A vocabulary seen as gensim's ``index_to_key``: a sequence row → word that builds no list."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        return self._vocabulary[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._vocabulary)

    def __len__(self) -> int:
        return len(self._vocabulary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]
