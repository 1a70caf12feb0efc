"""Text to word ids: split, count and encode in one pass over bytes.

A word is a run of bytes above 32 (so a blank, a tab, a newline and every other control byte separates); a newline
ends a sentence. Words are kept in a growing table: ``slots`` finds them by hash, ``words`` holds one row of four
numbers a word, ``blob`` their bytes. Ids are given in order of first appearance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import byte_masks, word_at, zeros_below
from firth.kernels.jit import kernel
from firth.kernels.sampling import SENTENCE_END
from firth.kernels.simd import inlined

#: Columns of ``words``: the first eight bytes as a number, where the word starts in ``blob``, its length, its count.
HEAD, START, LENGTH, COUNT = range(4)
#: Bytes that must be readable behind the end of ``blob`` and of the text.
PADDING = 64

_ONE = np.uint64(1)
_LOW = np.uint64(0xFFFFFFFF)
_FOLD = np.uint64(32)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@inlined
def leading_bytes(address: int, length: int) -> np.uint64:
    """Return up to eight bytes as a number, absent ones as zero."""
    return word_at(address) & (_ALL >> np.uint64(8 * max(0, 8 - length)))


@inlined
def hash_of(address: int, length: int, head: np.uint64) -> np.uint64:
    """Return a 64-bit hash of a word whose leading bytes are known."""
    h = (head ^ np.uint64(length)) * _MULTIPLIER
    h ^= h >> _FOLD
    for at in range(8, length, 8):
        h = (h ^ leading_bytes(address + at, length - at)) * _MULTIPLIER
        h ^= h >> _FOLD
    h *= _MULTIPLIER
    return h ^ (h >> _FOLD)


@inlined
def find(
    address: int,
    length: int,
    head: np.uint64,
    code: np.uint64,
    slots: NDArray[np.uint64],
    words: NDArray[np.int64],
    blob: int,
) -> tuple[Any, Any]:
    """Return the id of a word, or -1, and the slot where it stands or belongs.

    A slot holds the upper half of a hash and, below it, the id plus one; the words' bytes are compared, not only
    hashes.
    """
    mask = np.uint64(len(slots) - 1)
    slot = code & mask
    while True:
        entry = slots[slot]
        if entry == 0:
            return -1, np.int64(slot)
        if (entry ^ code) >> _FOLD == 0:
            word = np.int64(entry & _LOW) - 1
            if words[word, LENGTH] == length and np.uint64(words[word, HEAD]) == head:
                other = blob + words[word, START]
                same = True
                for at in range(8, length, 8):
                    if leading_bytes(address + at, length - at) != leading_bytes(other + at, length - at):
                        same = False
                        break
                if same:
                    return word, np.int64(slot)
        slot = (slot + _ONE) & mask


@inlined
def add(
    address: int,
    length: int,
    head: np.uint64,
    code: np.uint64,
    slot: int,
    slots: NDArray[np.uint64],
    words: NDArray[np.int64],
    blob: NDArray[np.uint8],
    n_words: int,
    n_bytes: int,
    source: NDArray[np.uint8],
    source_start: int,
) -> None:
    """Enter a new word; there must be room."""
    slots[slot] = (code & ~_LOW) | np.uint64(n_words + 1)
    words[n_words, HEAD] = np.int64(head)
    words[n_words, START] = n_bytes
    words[n_words, LENGTH] = length
    words[n_words, COUNT] = 0
    for k in range(length):
        blob[n_bytes + k] = source[source_start + k]


@kernel
def encode_text(
    text: NDArray[np.uint8],
    start: int,
    stop: int,
    slots: NDArray[np.uint64],
    words: NDArray[np.int64],
    blob: NDArray[np.uint8],
    state: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> int:
    """Encode the whole words of ``text[start:stop]``; return where it stopped.

    It stops at a word that has no end before ``stop``, or for which there is no room: then ``state[3]`` is 1, and the
    caller enlarges ``words`` and ``slots`` (twice as many slots as words) or ``blob`` and calls again from there.
    ``text`` must be readable for 64 bytes behind ``stop``; ``ids`` needs ``stop - start + 1`` places. ``state`` holds
    the number of words known, of bytes in ``blob``, of ids in ``ids``, the request for room, whether the sentence in
    hand has a word, and the number of sentences ended.
    """
    n_words, n_bytes, n, state[3] = state[0], state[1], state[2], 0
    open_sentence = state[4] == 1
    source = text.ctypes.data
    target = blob.ctypes.data
    at = start
    full = False
    for base in range(start, stop, 64):
        ends, _, newlines = byte_masks(source + base)
        if stop - base < 64:
            ends &= (_ONE << np.uint64(stop - base)) - _ONE
        while ends != 0:
            bit = zeros_below(ends)
            ends &= ends - _ONE
            end = base + bit
            length = end - at
            if length > 0:
                head = leading_bytes(source + at, length)
                code = hash_of(source + at, length, head)
                word, slot = find(source + at, length, head, code, slots, words, target)
                if word < 0:
                    if n_words >= len(words) or n_bytes + length + PADDING > len(blob):
                        full = True
                        break
                    word = n_words
                    add(source + at, length, head, code, slot, slots, words, blob, n_words, n_bytes, text, at)
                    n_words += 1
                    n_bytes += length
                words[word, COUNT] += 1
                ids[n] = word
                n += 1
                open_sentence = True
            at = end + 1
            if (newlines >> np.uint64(bit)) & _ONE != 0 and open_sentence:
                ids[n] = SENTENCE_END
                n += 1
                open_sentence = False
                state[5] += 1
        if full:
            state[3] = 1
            break
    state[0], state[1], state[2], state[4] = n_words, n_bytes, n, 1 if open_sentence else 0
    return at


@kernel
def fill_slots(n_words: int, words: NDArray[np.int64], blob: NDArray[np.uint8], slots: NDArray[np.uint64]) -> None:
    """Enter all words into the empty table ``slots``."""
    mask = np.uint64(len(slots) - 1)
    base = blob.ctypes.data
    for word in range(n_words):
        code = hash_of(base + words[word, START], words[word, LENGTH], np.uint64(words[word, HEAD]))
        slot = code & mask
        while slots[slot] != 0:
            slot = (slot + _ONE) & mask
        slots[slot] = (code & ~_LOW) | np.uint64(word + 1)


@kernel
def merge_words(
    other_n: int,
    other: NDArray[np.int64],
    other_blob: NDArray[np.uint8],
    slots: NDArray[np.uint64],
    words: NDArray[np.int64],
    blob: NDArray[np.uint8],
    state: NDArray[np.int64],
    moved: NDArray[np.int64],
) -> None:
    """Add another table's words and counts, in their order; ``moved[id there]`` becomes the id here; no growing."""
    n_words, n_bytes = state[0], state[1]
    source = other_blob.ctypes.data
    target = blob.ctypes.data
    for row in range(other_n):
        start, length, head = other[row, START], other[row, LENGTH], np.uint64(other[row, HEAD])
        code = hash_of(source + start, length, head)
        word, slot = find(source + start, length, head, code, slots, words, target)
        if word < 0:
            word = n_words
            add(source + start, length, head, code, slot, slots, words, blob, n_words, n_bytes, other_blob, start)
            n_words += 1
            n_bytes += length
        words[word, COUNT] += other[row, COUNT]
        moved[row] = word
    state[0], state[1] = n_words, n_bytes


@kernel
def translate(ids: NDArray[np.int32], ranks: NDArray[np.int32], is_open: bool) -> tuple[int, int, bool]:
    """Replace ids by ranks in place; leave out words of rank -1, and sentences that lose all their words.

    ``is_open`` tells whether the sentence in hand has a word already. Return how many ids are left, how many of them
    are words, and whether a sentence is open at the end.
    """
    n = 0
    n_words = 0
    for id_ in ids:
        if id_ < 0:
            if is_open:
                ids[n] = SENTENCE_END
                n += 1
                is_open = False
        else:
            rank = ranks[id_]
            if rank >= 0:
                ids[n] = rank
                n += 1
                n_words += 1
                is_open = True
    return n, n_words, is_open


@kernel
def gather_words(
    order: NDArray[np.int64],
    words: NDArray[np.int64],
    blob: NDArray[np.uint8],
    out: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> None:
    """Copy the words of ``order`` to ``out``, one after another; ``offsets[0]`` is 0, the others are filled."""
    at = 0
    for k in range(len(order)):
        start, length = words[order[k], START], words[order[k], LENGTH]
        for j in range(length):
            out[at + j] = blob[start + j]
        at += length
        offsets[k + 1] = at
