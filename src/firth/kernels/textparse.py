"""Vectors as text, read at the byte level: lines → rows, as fast as memory gives the bytes.

A line is a word, then ``dim`` numbers, with blanks or tabs between. The common line takes the quick way: separators are
found 64 bytes at a time, and numbers are read eight at a time. Whatever does not fit that mould (a word with blanks in it,
two blanks in a row, a short line ...) goes through :func:`odd_line`, which defines what a line means. The quick way only
ever succeeds where that one gives the same.

Several threads parse pieces of one file at once, each into rows of its own; ``firth.formats.textreader`` cuts the pieces
and puts the rows together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import (
    byte_masks,
    eight_numbers,
    eight_squares,
    equal_mask,
    ones,
    put_position,
    put_positions,
    put_word,
    word_at,
    zeros_below,
)
from firth.kernels.decimals import NOT_A_NUMBER, UNDECIDED, read_number
from firth.kernels.jit import kernel
from firth.kernels.wordhash import EMPTY, FOLD, MULTIPLIER, hash_bytes, same_bytes

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

#: Kinds of problems, as the kernels number them; rows with the first four are left out.
BLANK, SHORT, LONG, UNREADABLE, EMPTY_WORD, SPACED_WORD, NOT_UTF8, NAN, INFINITE, ZERO = range(10)
KINDS = 10
_USED = -1

#: Places in a piece's ``state``.
POSITION, ROW, LINE, WORDS_END, N_HARD, N_PROBLEMS = range(6)

#: Columns of a piece's ``problems``: kind, line (from 0 in the piece), first and last byte of the line, a detail.
PROBLEM_WIDTH = 5
KEPT = 100

_NEWLINE, _RETURN, _TAB, _BLANK = 10, 13, 9, 32
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)
_TOP = np.uint64(1 << 63)
_HIGH_BITS = np.uint64(0x8080808080808080)
_LONGEST = 1 << 30  # a quick line's positions are int32


@kernel
def count_lines(data: Bytes, start: int, stop: int) -> int:
    """Return how many lines ``data[start:stop]`` holds; a last one without newline counts."""
    base, p, lines = data.ctypes.data, start, 0
    while p + 64 <= stop:
        lines += ones(equal_mask(base + p, _NEWLINE))
        p += 64
    while p < stop:
        lines += data[p] == _NEWLINE
        p += 1
    return lines + (1 if stop > start and data[stop - 1] != _NEWLINE else 0)


@kernel
def find_newline(data: Bytes, start: int, stop: int) -> int:
    """Return where the first newline of ``data[start:stop]`` stands, or ``stop``."""
    base, p = data.ctypes.data, start
    while p + 64 <= stop:
        mask = equal_mask(base + p, _NEWLINE)
        if mask:
            return p + zeros_below(mask)
        p += 64
    while p < stop and data[p] != _NEWLINE:
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
def is_utf8(data: Bytes, start: int, stop: int) -> bool:
    """Tell whether the bytes are UTF-8 as Python's strict decoder wants it."""
    p = start
    while p < stop:
        a = data[p]
        p += 1
        if a < 0x80:
            continue
        low, high = np.uint8(0x80), np.uint8(0xBF)
        if 0xC2 <= a <= 0xDF:
            more = 1
        elif 0xE0 <= a <= 0xEF:
            more = 2
            if a == 0xE0:
                low = np.uint8(0xA0)  # no overlong forms
            elif a == 0xED:
                high = np.uint8(0x9F)  # no surrogates
        elif 0xF0 <= a <= 0xF4:
            more = 3
            if a == 0xF0:
                low = np.uint8(0x90)
            elif a == 0xF4:
                high = np.uint8(0x8F)  # nothing beyond U+10FFFF
        else:
            return False
        for _ in range(more):
            if p >= stop or data[p] < low or data[p] > high:
                return False
            low, high = np.uint8(0x80), np.uint8(0xBF)
            p += 1
    return True


@kernel
def _is_separator(byte: np.uint8) -> bool:
    return byte == _BLANK or byte == _TAB


@kernel
def odd_line(
    data: Bytes, start: int, stop: int, dim: int, fields: Ints, values: NDArray[np.float32]
) -> tuple[int, int, int, int, int]:
    """Read any line ``data[start:stop]`` (without its newline): the definition of what a line means.

    Blanks, tabs and returns at its end do not count. The last ``dim`` fields, parted by runs of blanks or tabs, must be
    numbers. The word is what stands before them, without the separators at its ends; it may hold separators itself, but
    not if its last piece is a number, for then the line has too many.

    Returns ``(kind, word start, word stop, detail, undecided)``. ``kind`` is -1 for a row, else what is wrong with it;
    ``detail`` is then how many numbers there are, or where the unreadable one starts. Of a row, the places of the fields
    are left in ``fields``, and their values in ``values``; ``undecided`` counts those that the standard library decides.
    """
    end = stop
    while end > start and (_is_separator(data[end - 1]) or data[end - 1] == _RETURN):
        end -= 1
    if end == start:
        return BLANK, 0, 0, 0, 0
    found, p = 0, end
    while found < dim and p > start:
        last = p
        while p > start and not _is_separator(data[p - 1]):
            p -= 1
        found += 1
        fields[2 * (dim - found)], fields[2 * (dim - found) + 1] = p, last
        if p == start:  # a field with nothing before it is the word
            return SHORT, 0, 0, found - 1, 0
        while p > start and _is_separator(data[p - 1]):
            p -= 1
    if found < dim:
        return SHORT, 0, 0, found, 0
    undecided = 0
    for k in range(dim):
        status, value = read_number(data, fields[2 * k], fields[2 * k + 1])
        if status == NOT_A_NUMBER:
            return UNREADABLE, 0, 0, fields[2 * k], 0
        undecided += status == UNDECIDED
        values[k] = np.float32(value)
    first, last = start, p
    while first < last and _is_separator(data[first]):
        first += 1
    piece = last
    while piece > first and not _is_separator(data[piece - 1]):
        piece -= 1
    if piece > first and read_number(data, piece, last)[0] != NOT_A_NUMBER:
        numbers = dim
        while piece > first and read_number(data, piece, last)[0] != NOT_A_NUMBER:
            numbers += 1
            last = piece
            while last > first and _is_separator(data[last - 1]):
                last -= 1
            piece = last
            while piece > first and not _is_separator(data[piece - 1]):
                piece -= 1
        return LONG, 0, 0, numbers, 0
    return _USED, first, last, 0, undecided


@kernel
def length_of(vectors: NDArray[np.float32], row: int) -> tuple[float, int]:
    """Return the length of a row, and what is odd about the row: NAN, INFINITE, ZERO or -1 for nothing."""
    dim, total = vectors.shape[1], 0.0
    place = vectors.ctypes.data + 4 * row * dim
    for k in range(dim // 8):
        total += eight_squares(place + 32 * k)
    for k in range(dim // 8 * 8, dim):
        total += np.float64(vectors[row, k]) * np.float64(vectors[row, k])
    if 0.0 < total < np.inf:
        return np.sqrt(total), -1
    if total == 0.0:
        return 0.0, ZERO
    for k in range(dim):
        if np.isnan(vectors[row, k]):
            return np.nan, NAN
    return np.inf, INFINITE


@kernel
def _note(problems: Ints, counts: Ints, state: Ints, kind: int, start: int, stop: int, detail: int) -> None:
    """Count a problem, and keep the first hundred of its kind."""
    counts[kind] += 1
    n = state[N_PROBLEMS]
    if counts[kind] <= KEPT and n < len(problems):
        problems[n, 0], problems[n, 1], problems[n, 2], problems[n, 3] = kind, state[LINE], start, stop
        problems[n, 4] = detail
        state[N_PROBLEMS] += 1


@kernel
def is_among(blob: Bytes, offsets: Ints, slots: NDArray[np.int32], data: Bytes, start: int, stop: int) -> bool:
    """Tell whether the word ``data[start:stop]`` is in a word table."""
    mask = np.uint64(len(slots) - 1)
    slot = hash_bytes(data, start, stop) & mask
    while slots[slot] != EMPTY:
        row = slots[slot]
        if same_bytes(data, start, stop, blob, offsets[row], offsets[row + 1]):
            return True
        slot = (slot + _ONE) & mask
    return False


@kernel
def _masks(data: Bytes, base: int, p: int, stop: int) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Return masks of the separators (newlines, returns too), newlines and returns among the 64 bytes from ``p`` on."""
    if p + 64 <= stop:
        small, blank, newline = byte_masks(base + p)
        if small == blank | newline:
            return small, newline, np.uint64(0)
        returns = equal_mask(base + p, _RETURN)
        return blank | newline | returns | equal_mask(base + p, _TAB), newline, returns
    separators, newline, returns = np.uint64(0), np.uint64(0), np.uint64(0)
    for k in range(stop - p):
        byte, bit = data[p + k], _ONE << np.uint64(k)
        if byte == _NEWLINE:
            newline |= bit
        if byte == _RETURN:
            returns |= bit
        if byte == _NEWLINE or byte == _RETURN or byte == _BLANK or byte == _TAB:
            separators |= bit
    return separators, newline, returns


@kernel
def _cut_line(data: Bytes, start: int, stop: int, most: int, positions: NDArray[np.int32]) -> tuple[int, int, bool]:
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
            if stray == _TOP and p + 64 < stop and data[p + 64] == _NEWLINE:
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
    put_position(place + 4 * count, stop - start)  # the end of the file ends the last line
    return stop, count + 1, count < most


@kernel
def _take_word(data: Bytes, start: int, stop: int, words: Bytes, place: int) -> tuple[np.uint64, bool]:
    """Copy a word to ``words[place:]``, eight bytes a step; return its hash, and whether it is plain ASCII.

    Up to seven bytes beyond the word are read and written.
    """
    source, target = data.ctypes.data + start, words.ctypes.data + place
    left = stop - start
    h = np.uint64(left) * MULTIPLIER
    high = np.uint64(0)
    while left > 0:
        word = word_at(source)
        put_word(target, word)
        if left < 8:
            word &= _ALL >> np.uint64(64 - 8 * left)
        high |= word
        h = (h ^ word) * MULTIPLIER
        h ^= h >> FOLD
        source, target, left = source + 8, target + 8, left - 8
    h *= MULTIPLIER
    return h ^ (h >> FOLD), (high & _HIGH_BITS) == 0


@kernel
def parse_lines(
    data: Bytes,
    stop: int,
    dim: int,
    last_row: int,
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    hashes: NDArray[np.uint64],
    starts: Ints,
    lengths: Ints,
    lines: Ints,
    words: Bytes,
    positions: NDArray[np.int32],
    fields: Ints,
    state: Ints,
    counts: Ints,
    problems: Ints,
    hard: Ints,
    blob: Bytes,
    offsets: Ints,
    slots: NDArray[np.int32],
    first_blob: Bytes,
    first_offsets: Ints,
    first_slots: NDArray[np.int32],
) -> None:
    """Read lines of ``data`` from ``state[POSITION]`` to ``stop`` into the rows from ``state[ROW]`` on.

    Words go to ``words`` from ``state[WORDS_END]`` on, which needs as much room as the lines themselves. Ends early when
    ``hard`` is nearly full or ``last_row`` is reached; calling again goes on. ``hard`` lists numbers for the standard
    library: row, column, first and last byte, line. Where ``slots`` is not empty, only words of that table are read, and
    a line is only looked at if its first piece is in the table of first pieces, or it starts with a separator.
    """
    base = data.ctypes.data
    chosen = len(slots) > 0
    # `quick_line` needs eight numbers; the words it copies run up to seven bytes over, which those numbers make safe
    most = dim + 2 if dim >= 8 else 0
    while state[POSITION] < stop and state[ROW] < last_row and state[N_HARD] + dim <= len(hard):
        start = state[POSITION]
        if chosen:
            p = start
            while p < stop and data[p] != _NEWLINE and not _is_separator(data[p]):
                p += 1
            if p > start and not is_among(first_blob, first_offsets, first_slots, data, start, p):
                state[POSITION] = min(find_newline(data, p, stop) + 1, stop)
                state[LINE] += 1
                continue
        row, n_hard = state[ROW], state[N_HARD]
        end, count, quick = _cut_line(data, start, stop, most, positions)
        if quick:
            quick = count == dim + 1 or (count == dim + 2 and positions[dim + 1] - positions[dim] == 1)
            quick = quick and start + positions[1] >= 16
        undecided = 0
        if quick:
            k = 0
            place, out = positions.ctypes.data, vectors.ctypes.data + 4 * row * dim
            while k < dim:
                k = min(k, dim - 8)  # the last eight may overlap the eight before
                bad = np.uint64(eight_numbers(base + start, place + 4 * k, out + 4 * k))
                while bad:
                    lane = k + zeros_below(bad)
                    bad &= bad - _ONE
                    status, value = read_number(data, start + positions[lane] + 1, start + positions[lane + 1])
                    if status == NOT_A_NUMBER:
                        quick = False
                        break
                    undecided += status == UNDECIDED
                    vectors[row, lane] = np.float32(value)
                if not quick:
                    break
                k += 8
        kind, detail = _USED, 0
        if quick:
            word_start, word_stop = start, start + np.int64(positions[0])
        else:
            kind, word_start, word_stop, detail, undecided = odd_line(data, start, end, dim, fields, vectors[row])
        place = state[WORDS_END]
        ascii_word = False
        if kind != _USED:
            if not chosen:
                _note(problems, counts, state, kind, start, end, detail)
        elif chosen and not is_among(blob, offsets, slots, data, word_start, word_stop):
            kind = BLANK  # not asked for
        elif quick:
            hashes[row], ascii_word = _take_word(data, word_start, word_stop, words, place)
        else:
            words[place : place + word_stop - word_start] = data[word_start:word_stop]
            hashes[row] = hash_bytes(data, word_start, word_stop)
        if kind == _USED:
            starts[row], lengths[row], lines[row] = place, word_stop - word_start, state[LINE]
            if not ascii_word:
                if not is_utf8(data, word_start, word_stop):
                    _note(problems, counts, state, NOT_UTF8, word_start, word_stop, 0)
                if not quick:
                    for p in range(word_start, word_stop):
                        if _is_separator(data[p]):
                            _note(problems, counts, state, SPACED_WORD, word_start, word_stop, 0)
                            break
            if word_start == word_stop:
                _note(problems, counts, state, EMPTY_WORD, start, end, 0)
            if undecided:
                for k in range(dim):
                    a, b = fields[2 * k], fields[2 * k + 1]
                    if quick:
                        a, b = start + np.int64(positions[k]) + 1, start + np.int64(positions[k + 1])
                    if read_number(data, a, b)[0] == UNDECIDED:
                        n = state[N_HARD]
                        hard[n, 0], hard[n, 1], hard[n, 2], hard[n, 3], hard[n, 4] = row, k, a, b, state[LINE]
                        state[N_HARD] += 1
            norm, odd = length_of(vectors, row)
            norms[row] = np.float32(norm)
            if odd >= 0 and state[N_HARD] == n_hard:
                _note(problems, counts, state, odd, word_start, word_stop, 0)
            state[WORDS_END] = place + word_stop - word_start
            state[ROW] = row + 1
        state[LINE] += 1
        state[POSITION] = min(end + 1, stop)


@kernel
def settle_rows(
    runs: Ints,
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    hashes: NDArray[np.uint64],
    starts: Ints,
    lengths: Ints,
    lines: Ints,
    words: Bytes,
    slots: NDArray[np.int32],
    twice: Ints,
) -> tuple[int, int]:
    """Enter the words of all rows into the empty table ``slots``, close the gaps, leave out words that came before.

    ``runs`` lists first and last row of every stretch of rows in use. Lines of repeated words and of their first
    occurrence go to ``twice``, as many as fit. Returns how many rows are kept and how many were repeated.
    """
    mask = np.uint64(len(slots) - 1)
    kept, repeated = 0, 0
    for run in range(len(runs)):
        for row in range(runs[run, 0], runs[run, 1]):
            h = hashes[row]
            slot = h & mask
            fresh = True
            while slots[slot] != EMPTY:
                other = slots[slot]
                if hashes[other] == h and same_bytes(
                    words, starts[row], starts[row] + lengths[row], words, starts[other], starts[other] + lengths[other]
                ):
                    if repeated < len(twice):
                        twice[repeated, 0], twice[repeated, 1] = lines[row], lines[other]
                    repeated += 1
                    fresh = False
                    break
                slot = (slot + _ONE) & mask
            if not fresh:
                continue
            slots[slot] = kept
            if kept != row:
                vectors[kept] = vectors[row]
                norms[kept], hashes[kept] = norms[row], h
                starts[kept], lengths[kept], lines[kept] = starts[row], lengths[row], lines[row]
            kept += 1
    return kept, repeated


@kernel
def join_words(words: Bytes, starts: Ints, offsets: Ints, blob: Bytes) -> None:
    """Copy word ``i`` from ``words[starts[i]:]`` to ``blob[offsets[i]:offsets[i + 1]]``."""
    for row in range(len(offsets) - 1):
        source = starts[row]
        for k in range(offsets[row], offsets[row + 1]):
            blob[k] = words[source]
            source += 1
