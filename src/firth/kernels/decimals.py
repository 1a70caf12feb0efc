"""One decimal number of any shape → float32, to the bit what ``float32(float(text))`` gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import bits_of
from firth.kernels.jit import kernel

#: What :func:`read_number` found.
NOT_A_NUMBER, READ, UNDECIDED = 0, 1, 2

_POWERS = np.array([float(f"1e{k}") for k in range(61)])
_EXACT_POWER = 22  # 10**22 is the last power of ten that is exact in float64
_EXACT_WHOLE = np.uint64(1 << 53)
_SMALLEST_NORMAL, _LARGEST = 1.1754945e-38, 3.4028230e38
_LOW_BITS, _HALF_WAY, _DOUBT = (1 << 29) - 1, 1 << 28, 64


@kernel
def _lower(byte: np.uint8) -> Any:
    """Return the small letter of a letter; other bytes become something that is no small letter."""
    return np.int64(byte) | 0x20


@kernel
def _read_name(data: NDArray[np.uint8], start: int, stop: int) -> float:
    """Return NaN or infinity for ``nan``, ``inf`` and ``infinity`` in any case; 0 for anything else."""
    length = stop - start
    if length != 3 and length != 8:
        return 0.0
    a, b, c = _lower(data[start]), _lower(data[start + 1]), _lower(data[start + 2])
    if length == 3 and a == 110 and b == 97 and c == 110:
        return np.nan
    if a != 105 or b != 110 or c != 102:
        return 0.0
    if length == 3:
        return np.inf
    tail = 0
    for k in range(3, 8):
        tail = tail << 8 | _lower(data[start + k])
    return np.inf if tail == 0x696E697479 else 0.0  # "inity"


@kernel
def read_number(data: NDArray[np.uint8], start: int, stop: int) -> tuple[int, float]:
    """Read ``data[start:stop]`` as one number: a sign, digits with a point, an exponent, or nan, inf, infinity.

    Returns ``(READ, value)``, or ``(NOT_A_NUMBER, 0)``, or ``(UNDECIDED, 0)``: it is a number, but so near the middle
    between two float32, or so small or large, that the standard library has to decide.

    Up to 19 digits are taken into an integer ``m``, so that the number is ``m * 10**s`` (what is cut off changes it
    by less than one part in 10**18). Where ``m < 2**53`` and ``10**|s|`` is exact, one operation gives the correctly
    rounded float64, and rounding that to float32 is the result by definition. Elsewhere three roundings (``m``, the
    power, the product) make a float64 that is wrong by at most four units in its last place. Of its last 29 bits,
    which float32 drops, only values near the half-way point could then round differently; those within 64 units are
    left undecided.
    """
    p = start
    negative = False
    if p < stop and (data[p] == 45 or data[p] == 43):
        negative = data[p] == 45
        p += 1
    m = np.uint64(0)
    seen, taken, scale, exact, after_point = 0, 0, 0, True, False
    while p < stop:
        byte = np.int64(data[p])
        if byte == 46 and not after_point:
            after_point = True
        elif 48 <= byte <= 57:
            seen += 1
            if taken < 19:
                m = m * np.uint64(10) + np.uint64(byte - 48)
                if m > 0:
                    taken += 1
                if after_point:
                    scale -= 1
            else:
                if byte != 48:
                    exact = False
                if not after_point:
                    scale += 1
        else:
            break
        p += 1
    if seen == 0:
        named = 0.0 if after_point else _read_name(data, p, stop)
        if named == 0.0:
            return NOT_A_NUMBER, 0.0
        return READ, -named if negative else named
    if p < stop and _lower(data[p]) == 101:
        p += 1
        small = False
        if p < stop and (data[p] == 45 or data[p] == 43):
            small = data[p] == 45
            p += 1
        if p == stop:
            return NOT_A_NUMBER, 0.0
        exponent: Any = 0
        while p < stop and 48 <= data[p] <= 57:
            if exponent < 1 << 50:
                exponent = exponent * 10 + np.int64(data[p]) - 48
            p += 1
        scale += -exponent if small else exponent
    if p < stop:
        return NOT_A_NUMBER, 0.0
    value = np.float64(m)
    if m == 0:
        return READ, -value if negative else value
    if exact and m < _EXACT_WHOLE and -_EXACT_POWER <= scale <= _EXACT_POWER:
        value = value * _POWERS[scale] if scale >= 0 else value / _POWERS[-scale]
        return READ, -value if negative else value
    if not -60 <= scale <= 60:
        return UNDECIDED, 0.0
    value = value * _POWERS[scale] if scale >= 0 else value / _POWERS[-scale]
    if not _SMALLEST_NORMAL < value < _LARGEST or abs((bits_of(value) & _LOW_BITS) - _HALF_WAY) <= _DOUBT:
        return UNDECIDED, 0.0
    return READ, -value if negative else value
