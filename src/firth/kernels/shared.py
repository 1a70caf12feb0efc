"""Negative words that a run of centres shares (Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed
Memory"): drawn for a whole chunk at once, and taken up one after another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel
from firth.kernels.negative import BYTES
from firth.kernels.sampling import advance, upper_bits
from firth.kernels.simd import inlined, load, prefetch, store

#: A negative word's row is asked for from memory so many draws before it is used.
LEAD = 8


@inlined
def prefetch_row(row: int, vectors: int) -> None:
    """Ask for all cache lines of a row."""
    for k in range(vectors):
        prefetch(row + k * BYTES)


@inlined
def draws(n: int, n_shared: int, renew: int, apart: int) -> int:
    """Return how many words are drawn for a chunk of ``n`` places.

    They are all that are shared at first, ``renew`` for every two centres or one that is left alone (at most
    ``apart``), and those that are asked for ahead.
    """
    return n_shared + LEAD + renew * (n // 2 + apart)


@kernel
def draw(table: NDArray[np.int32], state: np.uint64, drawn: NDArray[np.int32]) -> np.uint64:
    """Fill ``drawn`` with random words of ``table``, whose length is a power of two; return the state.

    All at once: the table lies in far memory, and here many words are waited for together.
    """
    mask = np.uint64(len(table) - 1)
    for j in range(len(drawn)):
        state = advance(state)
        drawn[j] = table[np.int64(upper_bits(state) & mask)]
    return state


@inlined
def _take(home: int, copy: int, start: int, vectors: int) -> None:
    for k in range(vectors):
        row = load(home + k * BYTES, (0,))
        store(copy + k * BYTES, row)
        store(start + k * BYTES, row)


@inlined
def _give_back(home: int, copy: int, start: int, vectors: int) -> None:
    for k in range(vectors):
        moved = load(copy + k * BYTES, (0,)) - load(start + k * BYTES, (0,))
        store(home + k * BYTES, load(home + k * BYTES, (0,)) + moved)


@inlined
def share_first(
    shared: NDArray[np.int64],
    homes: NDArray[np.int64],
    desk: int,
    drawn: NDArray[np.int32],
    outputs: int,
    row_bytes: int,
) -> int:
    """Lay copies of the rows of the first words drawn on the desk; return how many that were.

    A thread works on copies, and brings back what they moved when they are done with: were the rows themselves shared,
    a word drawn by two threads would go back and forth between their caches with every step. ``shared`` are addresses
    of copies, ``homes`` those of the rows; the desk has room for each row twice, as it is and as it was taken. Where
    ``desk`` is 0 the rows themselves are shared.
    """
    n = len(shared)
    for j in range(n):
        homes[j] = shared[j] = outputs + np.int64(drawn[j]) * row_bytes
        if desk:
            shared[j] = desk + j * row_bytes
            _take(homes[j], shared[j], shared[j] + n * row_bytes, row_bytes // BYTES)
    return n


@inlined
def share_next(
    shared: NDArray[np.int64],
    homes: NDArray[np.int64],
    desk: int,
    place: int,
    row_bytes: int,
    drawn: NDArray[np.int32],
    n_drawn: int,
    outputs: int,
) -> Any:
    """Let the next word drawn have ``place``, and ask for one further on; return the place after."""
    n = len(shared)
    vectors = row_bytes // BYTES
    home = outputs + np.int64(drawn[n_drawn]) * row_bytes
    if desk:
        _give_back(homes[place], shared[place], shared[place] + n * row_bytes, vectors)
        _take(home, shared[place], shared[place] + n * row_bytes, vectors)
        prefetch_row(homes[place + LEAD if place + LEAD < n else place + LEAD - n], vectors)
    else:
        shared[place] = home
    homes[place] = home
    prefetch_row(outputs + np.int64(drawn[n_drawn + LEAD]) * row_bytes, vectors)
    return place + 1 if place + 1 < n else 0


@inlined
def share_no_more(shared: NDArray[np.int64], homes: NDArray[np.int64], desk: int, row_bytes: int) -> None:
    """Bring back what the copies moved."""
    n = len(shared)
    for j in range(n if desk else 0):
        _give_back(homes[j], shared[j], shared[j] + n * row_bytes, row_bytes // BYTES)
