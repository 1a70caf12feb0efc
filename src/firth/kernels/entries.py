"""The dictionary of a fastText model: words that end in a NUL, each with its count and its kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel


@kernel
def find_entries(
    data: NDArray[np.uint8],
    start: int,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    counts: NDArray[np.int64],
    kinds: NDArray[np.uint8],
) -> tuple[int, int]:
    """Walk over ``len(starts)`` entries from byte ``start``; return how many are whole, and where they end.

    An entry is a word, a NUL, an int64 count and one byte that is 0 for a word and 1 for a label.
    """
    place = start
    for entry in range(len(starts)):
        stop = place
        while stop < len(data) and data[stop] != 0:
            stop += 1
        if stop + 10 > len(data):
            return entry, place
        count = np.uint64(0)
        for k in range(8):
            count |= np.uint64(data[stop + 1 + k]) << np.uint64(8 * k)
        starts[entry], stops[entry] = place, stop
        counts[entry] = np.int64(count)
        kinds[entry] = data[stop + 9]
        place = stop + 10
    return len(starts), place


@kernel
def gather_bytes(
    data: NDArray[np.uint8], starts: NDArray[np.int64], offsets: NDArray[np.int64], out: NDArray[np.uint8]
) -> None:
    """Copy the stretch that begins at ``starts[i]`` to ``out[offsets[i]:offsets[i + 1]]``, for all i."""
    for i in range(len(starts)):
        for k in range(offsets[i + 1] - offsets[i]):
            out[offsets[i] + k] = data[starts[i] + k]
