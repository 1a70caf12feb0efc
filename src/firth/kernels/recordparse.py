"""word2vec's binary records → rows: a word, a blank, ``dim`` float32, and in some files a newline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import copy_bytes, equal_mask, look_ahead, zeros_below
from firth.kernels.jit import kernel
from firth.kernels.rowtable import hash_ahead, is_among, is_utf8, length_of

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_NEWLINE, _BLANK = 10, 32
_AHEAD = 12

#: What is odd about a row: bits of its flag. The kinds that ``length_of`` finds stand at their own number.
NOT_ASKED, NOT_UTF8, EMPTY = 1, 2, 4


@kernel
def find_blank(data: Bytes, start: int, stop: int) -> int:
    """Return where the first blank of ``data[start:stop]`` stands, or ``stop``."""
    base, p = data.ctypes.data, start
    while p + 64 <= stop:
        mask = equal_mask(base + p, _BLANK)
        if mask:
            return p + zeros_below(mask)
        p += 64
    while p < stop and data[p] != _BLANK:
        p += 1
    return min(p, stop)


@kernel
def find_records(
    data: Bytes, start: int, dim: int, longest: int, first: int, last: int, bodies: Ints, offsets: Ints, blob: Bytes
) -> tuple[int, int]:
    """Walk over records ``first`` to ``last`` from ``start`` on, or until no whole record follows.

    Newlines before a word are passed over; a word may be ``longest`` bytes long. Words go to ``blob`` from
    ``offsets[first]`` on, and where the floats start to ``bodies``. Returns the record after the last that was found,
    and where it would start.
    """
    base, n = data.ctypes.data, len(data)
    width, p = 4 * dim, start
    for row in range(first, last):
        a = p
        while a < n and data[a] == _NEWLINE:
            a += 1
        limit = min(a + longest + 1, n)
        b = find_blank(data, a, limit)
        if b == limit or n - b - 1 < width:
            return row, p
        place = offsets[row]
        for k in range(b - a):
            blob[place + k] = data[a + k]
        offsets[row + 1], bodies[row] = place + b - a, b + 1
        look_ahead(base + b + _AHEAD * (b + 1 + width - p))  # words differ in length: a guess, mostly good enough
        p = b + 1 + width
    return last, p


@kernel
def take_records(
    data: Bytes,
    first: int,
    last: int,
    bodies: Ints,
    offsets: Ints,
    blob: Bytes,
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    hashes: NDArray[np.uint64],
    flags: NDArray[np.int32],
    asked_blob: Bytes,
    asked_offsets: Ints,
    asked_slots: NDArray[np.int32],
) -> None:
    """Copy the floats of records ``first`` to ``last`` into ``vectors``, and look at each row.

    ``blob`` must be at least seven bytes longer than the words in it.
    Where ``asked_slots`` is not empty, only words of that table are taken; the others get the flag NOT_ASKED.
    """
    width = 4 * vectors.shape[1]
    source, target, words = data.ctypes.data, vectors.ctypes.data, blob.ctypes.data
    for row in range(first, last):
        a, b = offsets[row], offsets[row + 1]
        if len(asked_slots) > 0 and not is_among(asked_blob, asked_offsets, asked_slots, blob, a, b):
            flags[row] = NOT_ASKED
            continue
        hashes[row], plain = hash_ahead(words + a, b - a)
        copy_bytes(target + row * width, source + bodies[row], width)
        norm, odd = length_of(vectors, row)
        norms[row] = np.float32(norm)
        flag = 0 if plain or is_utf8(blob, a, b) else NOT_UTF8
        if a == b:
            flag |= EMPTY
        flags[row] = flag | (1 << odd if odd >= 0 else 0)
