"""The word table: hash, build, look up (see docs/format.md for the byte-level rules).

The hash takes eight bytes a step, so that the plain-Python twin in ``firth.vocabulary`` stays fast enough for single
look-ups. Both must give the same numbers: files written by one are read by the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
FOLD = np.uint64(32)
EMPTY = np.int32(-1)


@kernel
def hash_bytes(blob: NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    """Return the 64-bit hash of ``blob[start:stop]``."""
    h = np.uint64(stop - start) * MULTIPLIER
    position = start
    while position < stop:
        word = np.uint64(0)
        last = min(8, stop - position)
        for k in range(last):
            word |= np.uint64(blob[position + k]) << np.uint64(8 * k)
        h = (h ^ word) * MULTIPLIER
        h ^= h >> FOLD
        position += 8
    h *= MULTIPLIER  # once more, so that the last bytes of a word reach the low bits, which choose the slot
    return h ^ (h >> FOLD)


@kernel
def same_bytes(
    a: NDArray[np.uint8], a_start: int, a_stop: int, b: NDArray[np.uint8], b_start: int, b_stop: int
) -> bool:
    """Tell whether two stretches of bytes are equal."""
    if a_stop - a_start != b_stop - b_start:
        return False
    for k in range(a_stop - a_start):  # noqa: SIM110 (all() of a generator is beyond numba)
        if a[a_start + k] != b[b_start + k]:
            return False
    return True


@kernel
def hash_words(blob: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the hash of every word ``blob[starts[i]:stops[i]]``, shape ``(n_words,)``."""
    out = np.empty(len(starts), np.uint64)
    for row in range(len(starts)):
        out[row] = hash_bytes(blob, starts[row], stops[row])
    return out


@kernel
def insert_words(
    blob: NDArray[np.uint8],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    slots: NDArray[np.int32],
    first: NDArray[np.int64],
) -> int:
    """Enter all words in row order into the empty table ``slots``; return how many rows repeat an earlier word.

    ``first[row]`` becomes the row itself, or the earlier row with the same word, which keeps the name.
    """
    mask = np.uint64(len(slots) - 1)
    repeated = 0
    for row in range(len(starts)):
        slot = hashes[row] & mask
        first[row] = row
        while slots[slot] != EMPTY:
            other = slots[slot]
            if hashes[other] == hashes[row] and same_bytes(
                blob, starts[row], stops[row], blob, starts[other], stops[other]
            ):
                first[row] = other
                repeated += 1
                break
            slot = (slot + np.uint64(1)) & mask
        if first[row] == row:
            slots[slot] = row
    return repeated


@kernel
def find_words(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int32],
    asked: NDArray[np.uint8],
    asked_offsets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the row of every asked word, -1 where there is none; never reads outside the arrays."""
    n = len(offsets) - 1
    mask = np.uint64(len(slots) - 1)
    rows = np.empty(len(asked_offsets) - 1, np.int64)
    for i in range(len(rows)):
        start, stop = asked_offsets[i], asked_offsets[i + 1]
        slot = hash_bytes(asked, start, stop) & mask
        rows[i] = -1
        for _ in range(len(slots)):  # a damaged table without an empty slot must not loop for ever
            row = slots[slot]
            if row < 0 or row >= n:
                break
            if same_bytes(asked, start, stop, blob, offsets[row], offsets[row + 1]):
                rows[i] = row
                break
            slot = (slot + np.uint64(1)) & mask
    return rows
