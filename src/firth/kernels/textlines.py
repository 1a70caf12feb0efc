"""Lines and separators of text, found 64 bytes at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import byte_masks, equal_mask, ones, put_positions, zeros_below
from firth.kernels.jit import kernel

Bytes = NDArray[np.uint8]

NEWLINE, RETURN, TAB, BLANK = 10, 13, 9, 32
_ONE = np.uint64(1)
_TOP = np.uint64(1 << 63)
_LONGEST = 1 << 30  # positions are int32


@kernel
def count_lines(data: Bytes, start: int, stop: int) -> int:
    """Return how many lines ``data[start:stop]`` holds; a last one without newline counts."""
    base, p, lines = data.ctypes.data, start, 0
    while p + 64 <= stop:
        lines += ones(equal_mask(base + p, NEWLINE))
        p += 64
    while p < stop:
        lines += data[p] == NEWLINE
        p += 1
    return lines + (1 if stop > start and data[stop - 1] != NEWLINE else 0)


@kernel
def find_newline(data: Bytes, start: int, stop: int) -> int:
    """Return where the first newline of ``data[start:stop]`` stands, or ``stop``."""
    base, p = data.ctypes.data, start
    while p + 64 <= stop:
        mask = equal_mask(base + p, NEWLINE)
        if mask:
            return p + zeros_below(mask)
        p += 64
    while p < stop and data[p] != NEWLINE:
        p += 1
    return min(p, stop)


@kernel
def after_lines(data: Bytes, start: int, stop: int, lines: int) -> int:
    """Return where ``lines`` lines of ``data[start:stop]`` end: the byte after the newline, or ``stop``."""
    p = start
    for _ in range(lines):
        if p >= stop:
            break
        p = min(find_newline(data, p, stop) + 1, stop)
    return p


@kernel
def is_separator(byte: np.uint8) -> bool:
    """Tell whether a byte parts fields."""
    return byte in (BLANK, TAB)


@kernel
def _masks(data: Bytes, base: int, p: int, stop: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return masks of the separators (newlines, returns too), newlines and returns among the 64 bytes from ``p`` on."""
    if p + 64 <= stop:
        small, blank, newline = byte_masks(base + p)
        if small == blank | newline:
            return small, newline, np.uint64(0)
        returns = equal_mask(base + p, RETURN)
        return blank | newline | returns | equal_mask(base + p, TAB), newline, returns
    separators, newline, returns = np.uint64(0), np.uint64(0), np.uint64(0)
    for k in range(stop - p):
        byte, bit = data[p + k], _ONE << np.uint64(k)
        if byte == NEWLINE:
            newline |= bit
        if byte == RETURN:
            returns |= bit
        if byte in (NEWLINE, RETURN, BLANK, TAB):
            separators |= bit
    return separators, newline, returns


@kernel
def cut_line(data: Bytes, start: int, stop: int, most: int, positions: NDArray[np.int32]) -> tuple[int, int, bool]:
    """Find the end of the line at ``start``, and where its separators stand, relative to ``start``.

    Returns ``(end, count, quick)``: where the newline stands (or ``stop``), and how many separators there are, the
    newline among them. ``quick`` is false where there are more than ``most``, or a return that ends no line.
    """
    base, place = data.ctypes.data, positions.ctypes.data
    count, p = 0, start
    while p < stop:
        separators, newline, returns = _masks(data, base, p, stop)
        if newline:
            separators &= newline ^ (newline - _ONE)  # up to the first newline
        if returns:
            stray = returns & separators & ~(newline >> _ONE)
            if stray == _TOP and p + 64 < stop and data[p + 64] == NEWLINE:
                stray = np.uint64(0)
            if stray:
                return find_newline(data, p, stop), count, False
        k = count
        count += ones(separators)
        while separators:
            separators = put_positions(place + 4 * k, separators, p - start)
            k += 8
        if newline:
            return p + zeros_below(newline), count, count <= most
        p += 64
        if count > most or p - start > _LONGEST:
            return find_newline(data, p, stop), count, False
    positions[count] = stop - start  # the end of the file ends the last line
    return stop, count + 1, count < most
