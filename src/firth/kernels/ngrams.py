"""The n-grams of words, hashed as fastText hashes them, and the mean of their rows.

A word stands between ``<`` and ``>``; an n-gram is a run of ``minn`` to ``maxn`` characters of that. Characters are cut
at bytes that do not continue a UTF-8 sequence, so words that are not UTF-8 are cut as fastText cuts them. The lone
``<`` and ``>`` are no n-grams. The hash is 32-bit FNV-1a over *signed* bytes: a byte from 0x80 on flips the upper 24
bits too. All this must stay as it is, or vectors of unseen words drift from those of the program that trained them.
The plain-Python twin stands in ``firth.subwords``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel

START = np.uint32(2166136261)
PRIME = np.uint32(16777619)


@kernel
def signed_byte(byte: np.uint8) -> np.uint32:
    """Return a byte as C's ``uint32_t(int8_t(byte))``."""
    return np.uint32(byte) if byte < 128 else np.uint32(byte) | np.uint32(0xFFFFFF00)


@kernel
def bracketed_byte(blob: NDArray[np.uint8], start: int, stop: int, place: int) -> np.uint8:
    """Return byte ``place`` of ``<`` + ``blob[start:stop]`` + ``>``."""
    if place == 0:
        return np.uint8(60)
    if place == stop - start + 1:
        return np.uint8(62)
    return blob[start + place - 1]


@kernel
def word_hashes(blob: NDArray[np.uint8], start: int, stop: int, minn: int, maxn: int, out: NDArray[np.uint32]) -> int:
    """Write the hashes of a word's n-grams to ``out``, in fastText's order; return how many there are.

    Where ``out`` is too short the rest is counted only.
    """
    length = stop - start + 2
    found = 0
    for first in range(length):
        if (bracketed_byte(blob, start, stop, first) & 0xC0) == 0x80:
            continue
        h = START
        place = first
        n = 1
        while place < length and n <= maxn:
            h = (h ^ signed_byte(bracketed_byte(blob, start, stop, place))) * PRIME
            place += 1
            while place < length and (bracketed_byte(blob, start, stop, place) & 0xC0) == 0x80:
                h = (h ^ signed_byte(bracketed_byte(blob, start, stop, place))) * PRIME
                place += 1
            if n >= minn and not (n == 1 and (first == 0 or place == length)):
                if found < len(out):
                    out[found] = h
                found += 1
            n += 1
    return found


@kernel
def ngram_rows(
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], minn: int, maxn: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return where each word's n-grams start, int64 of shape ``(n_words + 1,)``, and their buckets one after another.

    ``</s>``, fastText's end of a line, has none.
    """
    n_words = len(offsets) - 1
    starts = np.zeros(n_words + 1, np.int64)
    none = np.empty(0, np.uint32)
    longest = 0
    for word in range(n_words):
        count = 0
        if not is_line_end(blob, offsets[word], offsets[word + 1]):
            count = word_hashes(blob, offsets[word], offsets[word + 1], minn, maxn, none)
        longest = max(longest, count)
        starts[word + 1] = starts[word] + count
    rows = np.empty(starts[n_words], np.int32)
    hashes = np.empty(longest, np.uint32)
    for word in range(n_words):
        count = starts[word + 1] - starts[word]
        if count:
            word_hashes(blob, offsets[word], offsets[word + 1], minn, maxn, hashes)
        for k in range(count):
            rows[starts[word] + k] = np.int32(hashes[k] % np.uint32(buckets))
    return starts, rows


@kernel
def is_line_end(blob: NDArray[np.uint8], start: int, stop: int) -> bool:
    """Tell whether a word is ``</s>``."""
    return (
        stop - start == 4
        and blob[start] == 60
        and blob[start + 1] == 47
        and blob[start + 2] == 115
        and blob[start + 3] == 62
    )


@kernel
def find_kept(kept: NDArray[np.int32], bucket: Any) -> Any:
    """Return the place of ``bucket`` in the ascending list ``kept``, or -1."""
    low, high = 0, len(kept)
    while low < high:
        middle = (low + high) // 2
        if kept[middle] < bucket:
            low = middle + 1
        else:
            high = middle
    return low if low < len(kept) and kept[low] == bucket else -1


@kernel
def mean_with_ngrams(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    own: NDArray[Any],
    rows: NDArray[Any],
    kept: NDArray[np.int32],
    pruned: bool,
    minn: int,
    maxn: int,
    buckets: int,
    first: int,
    out: NDArray[np.float32],
) -> None:
    """Write to ``out[i]`` the mean of ``own[first + i]`` and the n-gram rows of that word, as fastText computes it.

    ``kept`` holds the buckets that have a row, where ``pruned``; otherwise every bucket is its own row.
    """
    dim = out.shape[1]
    hashes = np.empty(256, np.uint32)
    for i in range(len(out)):
        word = first + i
        start, stop = offsets[word], offsets[word + 1]
        for k in range(dim):
            out[i, k] = own[word, k]
        count = 0
        if not is_line_end(blob, start, stop):
            count = word_hashes(blob, start, stop, minn, maxn, hashes)
            if count > len(hashes):
                hashes = np.empty(2 * count, np.uint32)
                word_hashes(blob, start, stop, minn, maxn, hashes)
        used = 1
        for j in range(count):
            row = np.int64(hashes[j] % np.uint32(buckets))
            if pruned:
                row = find_kept(kept, row)
                if row < 0:
                    continue
            used += 1
            for k in range(dim):
                out[i, k] += rows[row, k]
        share = np.float32(1.0 / used)
        for k in range(dim):
            out[i, k] *= share


@kernel
def own_rows(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    means: NDArray[Any],
    rows: NDArray[Any],
    minn: int,
    maxn: int,
    buckets: int,
    first: int,
    out: NDArray[np.float32],
) -> None:
    """Undo :func:`mean_with_ngrams`: write to ``out[i]`` the row of its own that word ``first + i`` must have had."""
    dim = out.shape[1]
    hashes = np.empty(256, np.uint32)
    total = np.empty(dim, np.float64)
    for i in range(len(out)):
        word = first + i
        start, stop = offsets[word], offsets[word + 1]
        count = 0
        if not is_line_end(blob, start, stop):
            count = word_hashes(blob, start, stop, minn, maxn, hashes)
            if count > len(hashes):
                hashes = np.empty(2 * count, np.uint32)
                word_hashes(blob, start, stop, minn, maxn, hashes)
        for k in range(dim):
            total[k] = np.float64(means[word, k]) * (count + 1)
        for j in range(count):
            row = np.int64(hashes[j] % np.uint32(buckets))
            for k in range(dim):
                total[k] -= rows[row, k]
        for k in range(dim):
            out[i, k] = total[k]
