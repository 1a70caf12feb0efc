"""Counting which words stand near each other: a dense part for frequent pairs, a growing hash table for the rest.

A pair of words ``(a, b)`` has the key ``a * n_words + b``. Weights are whole numbers of a unit (the trainer takes the
least common multiple of the distances, so that ``unit / distance`` is whole), so sums are exact and come out the same
in whatever order they are made.

Several threads each read the whole corpus and count the pairs whose ``b`` is theirs: nothing is shared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel
from firth.kernels.sampling import advance, seeded, upper_bits
from firth.kernels.simd import inlined, prefetch

#: A table is full when this share of its slots is taken.
FULL_NUMERATOR, FULL_DENOMINATOR = 3, 4
#: Pairs that wait while their slots come from memory.
WAITING = 256

_ONE = np.uint64(1)
_29, _32 = np.uint64(29), np.uint64(32)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@inlined
def mixed(key: np.uint64) -> np.uint64:
    """Return 64 well mixed bits of a key."""
    h = key * _MULTIPLIER
    h = (h ^ (h >> _29)) * _MIX
    return h ^ (h >> _32)


@inlined
def flush(n: int, keys: NDArray[np.uint64], values: NDArray[np.uint64], slots: NDArray[np.uint64], used: int) -> int:
    """Add ``n`` waiting pairs to the table; return how many slots are taken now."""
    mask = np.uint64((len(slots) >> 1) - 1)
    for k in range(n):
        wanted = keys[k] + _ONE
        slot = mixed(keys[k]) & mask
        while True:
            found = slots[2 * slot]
            if found == wanted:
                slots[2 * slot + _ONE] += values[k]
                break
            if found == 0:
                slots[2 * slot] = wanted
                slots[2 * slot + _ONE] = values[k]
                used += 1
                break
            slot = (slot + _ONE) & mask
    return used


@kernel
def count_pairs(
    ids: NDArray[np.int32],
    first: int,
    window: int,
    weights: NDArray[np.uint64],
    is_ordered: bool,
    mine: NDArray[np.bool_],
    starts: NDArray[np.int64],
    product: int,
    dense: NDArray[np.uint64],
    slots: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    values: NDArray[np.uint64],
    state: NDArray[np.int64],
) -> int:
    """Count the pairs that ``ids[first:]`` make with up to ``window`` words before them; return where it stopped.

    ``ids[:first]`` is what stands before, sentences ended by negative numbers. A pair at a distance d counts
    ``weights[d]``. It is (left, right) where ``is_ordered``, else (frequent, rare), and a word beside itself counts
    twice, because each stands in the window of the other. Pairs with ``(a + 1) * (b + 1) <= product`` stand in
    ``dense`` at ``starts[a] + b``, others in ``slots``: key plus one and sum, side by side. Only pairs with
    ``mine[b]`` are counted. It stops early where the table may be full; ``state[0]`` holds the slots taken.
    """
    n_words = np.uint64(len(mine))
    mask = np.uint64((len(slots) >> 1) - 1)
    base = slots.ctypes.data
    used = state[0]
    limit = (len(slots) >> 1) * FULL_NUMERATOR // FULL_DENOMINATOR - len(keys)
    n: Any = 0
    begin = 0
    for i in range(first):
        if ids[i] < 0:
            begin = i + 1
    for i in range(first, len(ids)):
        word = np.int64(ids[i])
        if word < 0:
            begin = i + 1
            continue
        if n + window > len(keys):
            used = flush(n, keys, values, slots, used)
            n = 0
        if used > limit:
            state[0] = used
            return i
        for k in range(max(begin, i - window), i):
            a = np.int64(ids[k])
            b = word
            weight = weights[i - k]
            if not is_ordered:
                a, b = min(a, b), max(a, b)
                weight += weight if a == b else np.uint64(0)
            if not mine[b]:
                continue
            if (a + 1) * (b + 1) <= product:
                dense[starts[a] + b] += weight
            else:
                key = np.uint64(a) * n_words + np.uint64(b)
                prefetch(base + np.int64(16 * (mixed(key) & mask)))
                keys[n] = key
                values[n] = weight
                n += 1
    state[0] = flush(n, keys, values, slots, used)
    return len(ids)


@kernel
def move_table(old: NDArray[np.uint64], new: NDArray[np.uint64]) -> None:
    """Enter all pairs of a table into a larger, empty one."""
    mask = np.uint64((len(new) >> 1) - 1)
    for place in range(0, len(old), 2):
        if old[place] != 0:
            slot = mixed(old[place] - _ONE) & mask
            while new[2 * slot] != 0:
                slot = (slot + _ONE) & mask
            new[2 * slot] = old[place]
            new[2 * slot + _ONE] = old[place + 1]


@kernel
def list_table(slots: NDArray[np.uint64], keys: NDArray[np.uint64], values: NDArray[np.uint64]) -> int:
    """Write the keys and sums of a table out, in the order of its slots; return how many."""
    n = 0
    for place in range(0, len(slots), 2):
        if slots[place] != 0:
            keys[n] = slots[place] - _ONE
            values[n] = slots[place + 1]
            n += 1
    return n


@kernel
def list_dense(
    n_words: int,
    starts: NDArray[np.int64],
    dense: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    values: NDArray[np.uint64],
) -> int:
    """Write the keys and sums of the dense part out; return how many."""
    n = 0
    for a in range(len(starts) - 1):
        for place in range(starts[a], starts[a + 1]):
            if dense[place] != 0:
                keys[n] = np.uint64(a) * np.uint64(n_words) + np.uint64(place - starts[a])
                values[n] = dense[place]
                n += 1
    return n


@kernel
def count_tiles(keys: NDArray[np.uint64], n_words: int, tile: int, sizes: NDArray[np.int64]) -> None:
    """Count the pairs whose second word is of each run of ``tile`` words."""
    n = np.uint64(n_words)
    for key in keys:
        sizes[np.int64(key % n) // tile] += 1


@inlined
def bucket_of(key: np.uint64, b: int, tile: int, bases: Any, order: Any, salt: np.uint64) -> Any:
    """Return the bucket of a pair: chance chooses among those of its second word's tile."""
    base = bases[b // tile]
    slices = np.uint64(bases[b // tile + 1] - base)
    return order[base + np.int64(((mixed(key ^ salt) >> _32) * slices) >> _32)]


@kernel
def count_buckets(
    keys: NDArray[np.uint64],
    n_words: int,
    tile: int,
    bases: NDArray[np.int64],
    order: NDArray[np.int64],
    salt: np.uint64,
    sizes: NDArray[np.int64],
) -> None:
    """Count the pairs of every bucket; the buckets of tile t are ``order[bases[t] : bases[t + 1]]``."""
    n = np.uint64(n_words)
    for key in keys:
        sizes[bucket_of(key, np.int64(key % n), tile, bases, order, salt)] += 1


@kernel
def fill_buckets(
    keys: NDArray[np.uint64],
    n_words: int,
    tile: int,
    bases: NDArray[np.int64],
    order: NDArray[np.int64],
    salt: np.uint64,
    values: NDArray[np.uint64],
    unit: float,
    x_max: float,
    alpha: float,
    places: NDArray[np.int64],
    words: NDArray[np.int32],
    numbers: NDArray[np.float32],
) -> None:
    """Write every pair as a record to the next of its bucket's ``places``.

    A record is the two words, then the logarithm of the sum x and its weight ``min(1, x / x_max) ** alpha``. ``words``
    and ``numbers`` are of shape ``(n, 4)`` and share their memory.
    """
    n = np.uint64(n_words)
    for k in range(len(keys)):
        a = keys[k] // n
        b = np.int64(keys[k] - a * n)
        bucket = bucket_of(keys[k], b, tile, bases, order, salt)
        place = places[bucket]
        places[bucket] += 1
        x = np.float64(values[k]) / unit
        words[place, 0] = np.int32(a)
        words[place, 1] = np.int32(b)
        numbers[place, 2] = np.float32(np.log(x))
        numbers[place, 3] = np.float32(min(1.0, (x / x_max) ** alpha))


@kernel
def shuffle_buckets(words: NDArray[np.int32], ends: NDArray[np.int64], first: int, last: int, seed: int) -> None:
    """Shuffle the records of each bucket from ``first`` to below ``last`` within their bucket."""
    for bucket in range(first, last):
        start = ends[bucket - 1] if bucket > 0 else 0
        state = seeded(seed, 1, bucket)
        for k in range(ends[bucket] - start - 1, 0, -1):
            state = advance(state)
            other = start + np.int64((upper_bits(state) * np.uint64(k + 1)) >> _32)
            for column in range(4):
                words[start + k, column], words[other, column] = words[other, column], words[start + k, column]
