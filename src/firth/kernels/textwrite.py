"""Rows → lines: every float32 as the shortest decimal that gives it back, and rows as word2vec's binary records.

The digits are found by the Schubfach method: R. Giulietti, "The Schubfach way to render doubles" (2020), for float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel

Bytes = NDArray[np.uint8]

#: The most bytes that one number takes, with the blank before it: ``" -1.17549435e-38"``.
WIDEST = 16

_FIRST_POWER, _LAST_POWER = -31, 45


def _power(k: int) -> int:
    """Return the 64 leading bits of 10**k, rounded up."""
    if k >= 0:
        return (10**k << 64 >> (10**k).bit_length()) + 1
    inverse = 10**-k
    return (1 << (63 + inverse.bit_length())) // inverse + 1


_POWERS = np.array([_power(k) for k in range(_FIRST_POWER, _LAST_POWER + 1)], np.uint64)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@kernel
def _rounded_to_odd(power: np.uint64, c: np.uint64) -> Any:
    """Return the upper part of ``power * c / 2**64``, its last bit set where something was cut off."""
    total = (power >> _HALF) * c + (((power & _LOW) * c) >> _HALF)
    return np.int64(total >> _HALF) | np.int64((total & _LOW) > 1)


@kernel
def shortest(bits: int) -> tuple[int, int]:
    """Return ``(digits, k)`` of the shortest decimal ``digits * 10**k`` that rounds to a positive finite float32.

    ``bits`` are its 31 bits without the sign, not all zero. Of several shortest ones it is the nearest.
    """
    fraction, exponent = bits & 0x7FFFFF, bits >> 23
    c, q = (fraction | 0x800000, exponent - 150) if exponent else (fraction, -149)
    if -23 <= q <= 0 and c & ((1 << -q) - 1) == 0:
        return c >> -q, 0
    edge = 1 - (c & 1)  # an even one owns the borders of its interval
    narrow = fraction == 0 and exponent > 1  # the neighbour below is only half as far
    k = (q * 1262611 - 524031 if narrow else q * 1262611) >> 22
    h = np.uint64(q + ((-k * 1741647) >> 19) + 1)
    power = _POWERS[-k - _FIRST_POWER]
    low = _rounded_to_odd(power, np.uint64(4 * c - 2 + narrow) << h)
    mid = _rounded_to_odd(power, np.uint64(4 * c) << h)
    high = _rounded_to_odd(power, np.uint64(4 * c + 2) << h)
    low, high = low + 1 - edge, high - 1 + edge
    s = mid // 4
    if s >= 10:
        tens = s // 10
        down, up = low <= 40 * tens, 40 * tens + 40 <= high
        if down != up:
            return tens + up, k + 1
    down, up = low <= 4 * s, 4 * s + 4 <= high
    if down != up:
        return s + up, k
    middle = 4 * s + 2
    return s + (mid > middle or (mid == middle and s & 1)), k


@kernel
def put_number(bits: int, out: Bytes, place: int) -> int:
    """Write a float32, given by its 32 bits, to ``out[place:]``; return where it ends."""
    if bits >> 31:
        out[place] = 45
        place += 1
    bits &= 0x7FFFFFFF
    if bits >= 0x7F800000:  # nan, inf
        nan = bits > 0x7F800000
        out[place], out[place + 1], out[place + 2] = (110, 97, 110) if nan else (105, 110, 102)
        return place + 3
    if bits == 0:
        out[place], out[place + 1], out[place + 2] = 48, 46, 48
        return place + 3
    digits, k = shortest(bits)
    while digits % 10 == 0:
        digits //= 10
        k += 1
    n, rest = 0, digits
    while rest:
        rest //= 10
        n += 1
    leading = n + k - 1  # the power of ten of the first digit
    if -6 < leading < 0:
        out[place], out[place + 1] = 48, 46
        place += 2
        for _ in range(-leading - 1):
            out[place] = 48
            place += 1
        for j in range(n):
            out[place + n - 1 - j] = 48 + digits % 10
            digits //= 10
        return place + n
    fixed = 0 <= leading < 9
    point = leading + 1 if fixed else 1  # digits before the point
    for _ in range(point - n):  # whole numbers: fill up with zeros
        digits *= 10
        n += 1
    if n == point and fixed:  # never without a digit after the point, so that no row looks like a header
        digits *= 10
        n += 1
    for j in range(n):
        at = n - 1 - j
        out[place + at + (at >= point)] = 48 + digits % 10
        digits //= 10
    if n > point:
        out[place + point] = 46
        n += 1
    place += n
    if fixed:
        return place
    out[place], out[place + 1] = 101, 45 if leading < 0 else 43
    out[place + 2], out[place + 3] = 48 + abs(leading) // 10, 48 + abs(leading) % 10
    return place + 4


@kernel
def put_lines(
    blob: Bytes, offsets: NDArray[np.int64], bits: NDArray[np.int32], first: int, last: int, out: Bytes
) -> int:
    """Write rows ``first`` to ``last`` as lines of text; return how many bytes they take."""
    place = 0
    for row in range(first, last):
        for k in range(offsets[row], offsets[row + 1]):
            out[place] = blob[k]
            place += 1
        for k in range(bits.shape[1]):
            out[place] = 32
            number: Any = np.int64(bits[row - first, k]) & 0xFFFFFFFF
            place = put_number(number, out, place + 1)
        out[place] = 10
        place += 1
    return place


@kernel
def put_records(blob: Bytes, offsets: NDArray[np.int64], rows: Bytes, first: int, last: int, out: Bytes) -> int:
    """Write rows as word2vec's binary records (word, blank, floats, newline); return how many bytes they take."""
    place = 0
    for row in range(first, last):
        for k in range(offsets[row], offsets[row + 1]):
            out[place] = blob[k]
            place += 1
        out[place] = 32
        place += 1
        for k in range(rows.shape[1]):
            out[place + k] = rows[row - first, k]
        place += rows.shape[1]
        out[place] = 10
        place += 1
    return place
