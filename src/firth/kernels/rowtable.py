"""Rows and their words, as readers of text and of binary files put them together.

Words lie one after another in an array of bytes; ``starts`` and ``lengths`` (or ``offsets``) say where.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import eight_squares, word_at
from firth.kernels.jit import kernel
from firth.kernels.wordhash import EMPTY, FOLD, MULTIPLIER, hash_bytes, same_bytes
from firth.lengths import LEAST, MOST

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

#: What :func:`length_of` finds odd about a row.
NAN, INFINITE, ZERO = 7, 8, 9

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)
_LEAST, _MOST = LEAST**2, MOST**2
_HIGH_BITS = np.uint64(0x8080808080808080)


@kernel
def is_utf8(data: Bytes, start: int, stop: int) -> bool:
    """Tell whether the bytes are UTF-8 as Python's strict decoder wants it."""
    p = start
    while p < stop:
        a = data[p]
        p += 1
        if a < 0x80:
            continue
        low, high = np.uint8(0x80), np.uint8(0xBF)
        if 0xC2 <= a <= 0xDF:
            more = 1
        elif 0xE0 <= a <= 0xEF:
            more = 2
            if a == 0xE0:
                low = np.uint8(0xA0)  # no overlong forms
            elif a == 0xED:
                high = np.uint8(0x9F)  # no surrogates
        elif 0xF0 <= a <= 0xF4:
            more = 3
            if a == 0xF0:
                low = np.uint8(0x90)
            elif a == 0xF4:
                high = np.uint8(0x8F)  # nothing beyond U+10FFFF
        else:
            return False
        for _ in range(more):
            if p >= stop or data[p] < low or data[p] > high:
                return False
            low, high = np.uint8(0x80), np.uint8(0xBF)
            p += 1
    return True


@kernel
def length_of(vectors: NDArray[np.float32], row: int) -> tuple[float, int]:
    """Return the length of a row, and what is odd about the row: NAN, INFINITE, ZERO or -1 for nothing."""
    dim, total = vectors.shape[1], 0.0
    place = vectors.ctypes.data + 4 * row * dim
    for k in range(dim // 8):
        total += eight_squares(place + 32 * k)
    for k in range(dim // 8 * 8, dim):
        total += np.float64(vectors[row, k]) * np.float64(vectors[row, k])
    if _LEAST <= total <= _MOST:
        return np.sqrt(total), -1
    if total < _LEAST:
        return np.sqrt(total), ZERO
    for k in range(dim):
        if np.isnan(vectors[row, k]):
            return np.nan, NAN
    return np.sqrt(total), INFINITE


@kernel
def is_among(blob: Bytes, offsets: Ints, slots: NDArray[np.int32], data: Bytes, start: int, stop: int) -> bool:
    """Tell whether the word ``data[start:stop]`` is in a word table."""
    mask = np.uint64(len(slots) - 1)
    slot = hash_bytes(data, start, stop) & mask
    while slots[slot] != EMPTY:
        row = slots[slot]
        if same_bytes(data, start, stop, blob, offsets[row], offsets[row + 1]):
            return True
        slot = (slot + _ONE) & mask
    return False


@kernel
def hash_ahead(address: int, length: int) -> tuple[np.uint64, bool]:
    """Return the hash of a word, and whether it is plain ASCII; up to seven bytes beyond it are read."""
    h = np.uint64(length) * MULTIPLIER
    high = np.uint64(0)
    while length > 0:
        word = word_at(address)
        if length < 8:
            word &= _ALL >> np.uint64(64 - 8 * length)
        high |= word
        h = (h ^ word) * MULTIPLIER
        h ^= h >> FOLD
        address, length = address + 8, length - 8
    h *= MULTIPLIER
    return h ^ (h >> FOLD), (high & _HIGH_BITS) == 0


@kernel
def settle_rows(
    runs: Ints,
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    hashes: NDArray[np.uint64],
    starts: Ints,
    lengths: Ints,
    lines: Ints,
    words: Bytes,
    slots: NDArray[np.int32],
    twice: Ints,
) -> tuple[int, int]:
    """Enter the words of all rows into the empty table ``slots``, close the gaps, leave out words that came before.

    ``runs`` lists first and last row of every stretch of rows in use. Lines of repeated words and of their first
    occurrence go to ``twice``, as many as fit. Returns how many rows are kept and how many were repeated.
    """
    mask = np.uint64(len(slots) - 1)
    kept, repeated = 0, 0
    for run in range(len(runs)):
        for row in range(runs[run, 0], runs[run, 1]):
            h = hashes[row]
            slot = h & mask
            fresh = True
            while slots[slot] != EMPTY:
                other = slots[slot]
                if hashes[other] == h and same_bytes(
                    words, starts[row], starts[row] + lengths[row], words, starts[other], starts[other] + lengths[other]
                ):
                    if repeated < len(twice):
                        twice[repeated, 0], twice[repeated, 1] = lines[row], lines[other]
                    repeated += 1
                    fresh = False
                    break
                slot = (slot + _ONE) & mask
            if not fresh:
                continue
            slots[slot] = kept
            if kept != row:
                for k in range(vectors.shape[1]):
                    vectors[kept, k] = vectors[row, k]
                norms[kept], hashes[kept] = norms[row], h
                starts[kept], lengths[kept], lines[kept] = starts[row], lengths[row], lines[row]
            kept += 1
    return kept, repeated


@kernel
def join_words(words: Bytes, starts: Ints, offsets: Ints, blob: Bytes) -> None:
    """Copy word ``i`` from ``words[starts[i]:]`` to ``blob[offsets[i]:offsets[i + 1]]``."""
    for row in range(len(offsets) - 1):
        source = starts[row]
        for k in range(offsets[row], offsets[row + 1]):
            blob[k] = words[source]
            source += 1
