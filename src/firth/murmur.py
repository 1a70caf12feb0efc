"""Two MurmurHashes (Austin Appleby, public domain) that files are made with: spaCy's string ids, floret's rows.

They run once for a word that is asked for, so plain Python is quick enough; whole lists of words go through numpy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MASK = (1 << 64) - 1
_M = 0xC6A4A7935BD1E995
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def hash64(data: bytes, seed: int = 1) -> int:
    """Return MurmurHash64A, which with seed 1 is spaCy's id of a string.

    >>> hash64("coffee".encode())
    3197928453018144401
    """
    h = (seed ^ (len(data) * _M)) & _MASK
    whole = len(data) // 8 * 8
    for start in range(0, whole, 8):
        k = (int.from_bytes(data[start : start + 8], "little") * _M) & _MASK
        k = ((k ^ (k >> 47)) * _M) & _MASK
        h = ((h ^ k) * _M) & _MASK
    if whole < len(data):
        h = ((h ^ int.from_bytes(data[whole:], "little")) * _M) & _MASK
    h = ((h ^ (h >> 47)) * _M) & _MASK
    return h ^ (h >> 47)


def hash64_many(words: Sequence[bytes], seed: int = 1) -> NDArray[np.uint64]:
    """Return :func:`hash64` of many byte strings at once, uint64 of shape ``(len(words),)``.

    >>> [int(h) for h in hash64_many([b"coffee", b""])] == [hash64(b"coffee"), hash64(b"")]
    True
    """
    out = np.empty(len(words), np.uint64)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    m, fold = np.uint64(_M), np.uint64(47)
    for length in np.unique(lengths):  # words of one length step together
        rows = np.flatnonzero(lengths == length)
        steps = -(-int(length) // 8)
        padded = b"".join(words[row].ljust(8 * steps, b"\0") for row in rows.tolist())
        blocks = np.frombuffer(padded, "<u8").reshape(len(rows), steps).astype(np.uint64)
        h = np.full(len(rows), (seed ^ (int(length) * _M)) & _MASK, np.uint64)
        for step in range(steps):
            k = blocks[:, step]
            if 8 * (step + 1) <= length:
                k = k * m
                k = (k ^ (k >> fold)) * m
            h = (h ^ k) * m
        h = (h ^ (h >> fold)) * m
        out[rows] = h ^ (h >> fold)
    return out


def hash128(data: bytes, seed: int = 0) -> tuple[int, int, int, int]:
    """Return MurmurHash3_x64_128 as four 32-bit numbers, low to high, as floret takes them.

    >>> hash128(b"apple")
    (2163350631, 3851839683, 876655727, 3681059029)
    """
    h1 = h2 = seed
    whole = len(data) // 16 * 16
    for start in range(0, whole, 16):
        k1 = int.from_bytes(data[start : start + 8], "little")
        k2 = int.from_bytes(data[start + 8 : start + 16], "little")
        h1 ^= _mix1(k1)
        h1 = ((_turn(h1, 27) + h2) * 5 + 0x52DCE729) & _MASK
        h2 ^= _mix2(k2)
        h2 = ((_turn(h2, 31) + h1) * 5 + 0x38495AB5) & _MASK
    rest = data[whole:]
    if len(rest) > 8:
        h2 ^= _mix2(int.from_bytes(rest[8:], "little"))
    if rest:
        h1 ^= _mix1(int.from_bytes(rest[:8], "little"))
    h1 ^= len(data)
    h2 ^= len(data)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    h1, h2 = _finish(h1), _finish(h2)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    return h1 & 0xFFFFFFFF, h1 >> 32, h2 & 0xFFFFFFFF, h2 >> 32


def _turn(x: int, by: int) -> int:
    return ((x << by) | (x >> (64 - by))) & _MASK


def _mix1(k: int) -> int:
    return (_turn((k * _C1) & _MASK, 31) * _C2) & _MASK


def _mix2(k: int) -> int:
    return (_turn((k * _C2) & _MASK, 33) * _C1) & _MASK


def _finish(h: int) -> int:
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & _MASK
    return h ^ (h >> 33)
