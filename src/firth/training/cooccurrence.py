"""How often words stand near each other, counted in bounded memory."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.progress import Progress
from firth.training.stream import TokenStream
from firth.training.threads import run_threads

Numbers = NDArray[np.uint64]

#: Ids that are read at a time.
CHUNK = 100_000
#: Sums in the dense part, at most: 32 MB, what a last-level cache holds.
DENSE = 1 << 22
#: Slots of a table at first, and at least.
SMALLEST = 1 << 16
#: A wider window's distances have no common multiple that is small enough to count in; they are rounded.
EXACT_WINDOW = 16


def weights_of(window: int) -> tuple[int, Numbers]:
    """Return the unit of the sums, and how many units a pair at each distance counts: 1 / distance.

    >>> weights_of(5)
    (60, array([ 0, 60, 30, 20, 15, 12], dtype=uint64))
    """
    unit = math.lcm(*range(1, window + 1)) if window <= EXACT_WINDOW else 1 << 24
    return unit, np.array([0] + [round(unit / d) for d in range(1, window + 1)], np.uint64)


def dense_layout(n_words: int, most: int) -> tuple[int, NDArray[np.int64]]:
    """Return a product, and where each word's sums start in the dense part.

    Pairs with ``(a + 1) * (b + 1)`` up to the product stand there. Row ``a`` has room for words below
    ``product // (a + 1)``, in whole cache lines; all rows together have at most ``most`` places.

    >>> dense_layout(3, 1000)
    (9, array([ 0,  8, 16, 24]))
    """

    def starts(product: int) -> NDArray[np.int64]:
        lengths = np.minimum(product // np.arange(1, min(n_words, product) + 1), n_words)
        return np.concatenate([[0], np.cumsum((lengths + 7) // 8 * 8)])

    low, high = 0, n_words * n_words
    while low < high:
        middle = (low + high + 1) // 2
        # the harmonic sum keeps the search from laying out rows that are far too many
        fits = middle <= 16 * most and starts(middle)[-1] <= most
        low, high = (middle, high) if fits else (low, middle - 1)
    return low, starts(low) if low else np.zeros(1, np.int64)


@dataclass
class _Share:
    """What one thread counts: a growing table, and sorted runs on disk for what did not fit."""

    mine: NDArray[np.bool_]
    most_slots: int
    folder: Path
    number: int
    slots: Numbers = field(default_factory=lambda: np.zeros(2 * SMALLEST, np.uint64))
    state: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    runs: list[Path] = field(default_factory=list)

    def make_room(self) -> None:
        """Enlarge the table, or write it to disk and begin anew."""
        from firth.kernels.cooccurrence import move_table

        if len(self.slots) < 2 * self.most_slots:
            larger = np.zeros(2 * len(self.slots), np.uint64)
            move_table(self.slots, larger)
            self.slots = larger
        else:
            self.spill()

    def listed(self) -> tuple[Numbers, Numbers]:
        """Return keys and sums, and empty the table."""
        from firth.kernels.cooccurrence import list_table

        keys, values = (np.empty(int(self.state[0]), np.uint64) for _ in range(2))
        list_table(self.slots, keys, values)
        self.state[0] = 0
        return keys, values

    def spill(self) -> None:
        """Write all pairs, sorted, to a new file."""
        keys, values = self.listed()
        self.slots[:] = 0
        order = np.argsort(keys)
        run = self.folder / f"pairs-{self.number}-{len(self.runs)}"
        keys[order].tofile(run)
        with run.open("ab") as file:
            values[order].tofile(file)
        self.runs.append(run)


@dataclass(frozen=True)
class PairCounts:
    """Pairs of words and how often they were seen near each other.

    Attributes:
        unit: a sum of so much is one occurrence side by side.
        pieces: keys ``a * n_words + b`` and sums; each key is in one piece only. May lie on disk.
        spilled: bytes that went to disk.
    """

    unit: int
    pieces: list[tuple[Numbers, Numbers]]
    spilled: int

    def __len__(self) -> int:
        return sum(len(keys) for keys, _ in self.pieces)


def count_pairs(
    stream: TokenStream,
    n_words: int,
    *,
    window: int,
    symmetric: bool,
    threads: int,
    memory: int,
    folder: Path,
    watcher: Progress,
    n_tokens: float = 0.0,
) -> PairCounts:
    """Count all pairs of words that stand up to ``window`` words apart in one sentence, each as 1 / distance.

    Pairs are (frequent, rare) where ``symmetric``, else (left, right). Takes about ``memory`` bytes; what does not fit
    goes to files in ``folder``.
    """
    from firth.kernels.cooccurrence import WAITING, list_dense
    from firth.kernels.cooccurrence import count_pairs as count

    unit, weights = weights_of(window)
    product, starts = dense_layout(n_words, min(DENSE, memory // 32))
    dense = np.zeros(max(1, int(starts[-1])), np.uint64)
    # a table being enlarged stands beside its successor, and a table being listed beside its list
    room = max(0, memory - dense.nbytes) // (24 * threads)
    most = max(SMALLEST, 1 << max(0, room.bit_length() - 1))
    lines = np.arange(n_words) >> 3  # sums of one cache line are one thread's
    shares = [_Share(lines % threads == k, most, folder, k) for k in range(threads)]

    def work(k: int, stop: threading.Event) -> None:
        share = shares[k]
        keys, values = (np.empty(WAITING + window, np.uint64) for _ in range(2))
        at = 0
        while at < len(stream) and not stop.is_set():
            before = max(0, at - window)
            ids = stream.read(before, min(len(stream), at + CHUNK))
            done = at - before
            args: Any = (weights, not symmetric, share.mine, starts, product, dense)
            while True:
                done = count(ids, done, window, *args, share.slots, keys, values, share.state)  # type: ignore[call-arg]
                if done == len(ids):
                    break
                share.make_room()
            moved = before + len(ids) - at
            at += moved
            watcher.advance(n_tokens * moved / len(stream) / threads)

    watcher.start("counting pairs", total=n_tokens, unit="words")
    try:
        run_threads(work, threads)
    finally:
        watcher.close()
    keys, values = (np.empty(int(np.count_nonzero(dense)), np.uint64) for _ in range(2))
    list_dense(n_words, starts, dense, keys, values)
    pieces = [(keys, values)]
    spilled = 0
    for share in shares:
        if share.runs:
            share.spill()
            spilled += sum(run.stat().st_size for run in share.runs)
            pieces += _merged(share, max(1 << 16, memory // (48 * threads)))
        else:
            pieces.append(share.listed())
        share.slots = np.zeros(0, np.uint64)
    return PairCounts(unit, pieces, spilled)


def _merged(share: _Share, most: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield a share's pairs, those of all runs summed, on disk; at most ``most`` of them are in memory."""
    runs = []
    for path in share.runs:
        both = np.memmap(path, np.uint64, "r").reshape(2, -1)
        runs.append((both[0], both[1]))
    largest = max((keys for keys, _ in runs), key=len)
    step = max(1, most // len(runs))
    bounds = [int(key) for key in largest[step::step]]
    target = share.folder / f"pairs-{share.number}"
    n = 0
    with target.open("wb") as key_file, target.with_suffix(".sums").open("wb") as value_file:
        starts = [0] * len(runs)
        for bound in [*bounds, None]:
            stops = [len(keys) if bound is None else int(np.searchsorted(keys, np.uint64(bound))) for keys, _ in runs]
            spans = list(zip(runs, starts, stops, strict=True))
            keys = np.concatenate([run[0][start:stop] for run, start, stop in spans])
            values = np.concatenate([run[1][start:stop] for run, start, stop in spans])
            starts = stops
            if len(keys):
                order = np.argsort(keys)
                keys = keys[order]
                firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
                keys[firsts].tofile(key_file)
                np.add.reduceat(values[order], firsts).tofile(value_file)
                n += len(firsts)
    del runs, largest
    for run in share.runs:
        run.unlink()
    if n:
        yield np.memmap(target, np.uint64, "r"), np.memmap(target.with_suffix(".sums"), np.uint64, "r")
