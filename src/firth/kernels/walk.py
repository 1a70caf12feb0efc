"""The walk that models with shared negatives take over one chunk of a corpus (Mikolov et al. 2013).

Every kept word is a centre; its window reaches ``least`` to ``window`` kept words to both sides, chosen at random,
within its sentence. Two centres make a step; what that is, each model says by a function that is compiled into the
walk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from firth.kernels.negative import BYTES
from firth.kernels.sampling import SENTENCE_END, advance, seeded, subsample, upper_bits
from firth.kernels.shared import draw, draws, prefetch_row, share_first, share_next, share_no_more
from firth.kernels.simd import inlined

#: Puts the walk into the kernel before types are inferred: compiled for itself it would take LLVM as long once more.
spliced: Callable[[Any], Any] = numba.njit(inline="always")
#: A word's rows are asked for from memory this many centres ahead.
AHEAD = 12


@inlined
def window_at(
    kept: NDArray[np.int32], i: int, first: int, last: int, state: np.uint64, least: int, window: int
) -> tuple[int, int, int, int, np.uint64]:
    """Return where the sentence at ``i`` begins and ends, where the window of ``i`` begins and ends, and the state.

    ``first`` and ``last`` are those of ``i - 1``, or 0 and -1. Where no centre stands the window is empty.
    """
    if i > last:
        first = last = i
        while kept[last] != SENTENCE_END:
            last += 1
    start = stop = i
    if last - first >= 2 and i < last:
        state = advance(state)
        reach: Any = least + np.int64(upper_bits(state) % np.uint64(window - least + 1))
        start = max(first, i - reach)
        stop = min(last, i + reach + 1)
    return first, last, start, stop, state


@inlined
def ask_for_rows(own: tuple[()], row: tuple[Any, ...], kept: NDArray[np.int32], i: int, n: int) -> None:
    """Ask for both rows of the word that is ``AHEAD`` of ``i``."""
    width, blocks, inputs, outputs = row
    vectors = blocks * len(width)
    later = np.int64(kept[min(i + AHEAD, n - 1)])
    if later >= 0:
        prefetch_row(inputs + later * vectors * BYTES, vectors)
        prefetch_row(outputs + later * vectors * BYTES, vectors)


@spliced
def walk(
    ask_ahead: Callable[..., None],
    train_two: Callable[..., int],
    own: tuple[Any, ...],
    row: tuple[Any, ...],
    text: tuple[Any, ...],
    negatives: tuple[Any, ...],
    room: tuple[Any, ...],
) -> None:
    """Train a chunk once; add the loss, the number of positive pairs and of kept words to the last of ``room``.

    ``own`` is what only this model has. ``row`` is ``(width, blocks, inputs, outputs)``, the last two the addresses of
    the matrices; ``text`` is ``(ids, keep, least, window, lr_start, lr_stop, seed, epoch, chunk)``; ``negatives`` is
    ``(table, negative, renew)``: with every two centres the oldest ``renew`` shared negatives make room for new ones.
    ``room`` is room to work in, see :meth:`firth.training.skipgram.SkipGram.workspace`: ``scratch`` is for the loss
    (one vector), two gradients, and two rows of the model's; where ``desk`` is empty threads share the rows of
    negatives.

    ``train_two`` is handed ``two`` centres ``(a, start_a, stop_a, b, start_b, stop_b, near)``: their places and windows
    in ``kept``, and whether they stand in one sentence. A centre waits until as many others have come as ``waiting``
    has rows. The chunk's last steps may have one alone: b's window is empty.
    """
    width, blocks, _, outputs = row
    ids, keep, least, window, lr_start, lr_stop, seed, epoch, chunk = text
    table, negative, renew = negatives
    kept, waiting, rows, labels, shared, homes, desks, drawn, pulls, scratch, result = room
    row_bytes = blocks * len(width) * BYTES
    desk = desks.ctypes.data if len(desks) else 0
    loss = scratch.ctypes.data
    scratch[:] = 0.0
    n_shared = len(shared)
    apart = len(waiting)
    state = seeded(seed, epoch, chunk)
    n, state = subsample(ids, keep, state, kept)
    state = draw(table, state, drawn[: draws(n, n_shared, renew, apart)])
    n_drawn = share_first(shared, homes, desk, drawn, outputs, row_bytes)
    zero: Any = np.int64(0)  # not a literal, for which all that takes it would be compiled as well
    oldest = first = n_pairs = n_kept = n_waiting = served = zero
    last = zero - 1
    for i in range(n + apart):  # beyond n no centre comes, and those that still wait are trained alone
        start = stop = zero
        if i < n:
            ask_ahead(own, row, kept, i, n)
            first, last, start, stop, state = window_at(kept, i, first, last, state, least, window)
            n_kept += start < stop
        if start < stop and served == 0 and n_waiting < apart:
            waiting[n_waiting, 0], waiting[n_waiting, 1], waiting[n_waiting, 2] = i, start, stop
            n_waiting += 1
        elif served < n_waiting and (start < stop or i >= n):
            a = waiting[served, 0]
            two = (a, waiting[served, 1], waiting[served, 2], i, start, stop, a >= first)
            lr = np.float32(lr_start + (lr_stop - lr_start) * (min(i, n) / n))
            n_pairs += train_two(own, row, two, kept, rows, labels, shared, pulls, loss, lr, negative / n_shared)
            served += 1
            if served == n_waiting:
                served = n_waiting = zero
            for _ in range(renew):
                oldest = share_next(shared, homes, desk, oldest, row_bytes, drawn, n_drawn, outputs)
                n_drawn += 1
    share_no_more(shared, homes, desk, row_bytes)
    for k in range(16):
        result[0] += np.float64(scratch[k])
    result[1] += n_pairs
    result[2] += n_kept
