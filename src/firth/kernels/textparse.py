"""Vectors as text, read at the byte level: lines → rows, as fast as memory gives the bytes.

A line is a word, then ``dim`` numbers, with blanks or tabs between. The common line takes the quick way: separators
are found 64 bytes at a time, and numbers are read eight at a time. Whatever does not fit that mould (a word with
blanks in it, two blanks in a row, a short line ...) goes through :func:`odd_line`, which defines what a line means.
The quick way only ever succeeds where that one gives the same.

Several threads parse pieces of one file at once, each into rows of its own; ``firth.formats.textreader`` cuts the
pieces and puts the rows together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.bytelanes import eight_numbers, put_word, word_at, zeros_below
from firth.kernels.decimals import NOT_A_NUMBER, UNDECIDED, read_number
from firth.kernels.jit import kernel
from firth.kernels.rowtable import INFINITE, NAN, ZERO, hash_ahead, is_among, is_utf8, length_of
from firth.kernels.textlines import NEWLINE, RETURN, cut_line, find_newline, is_separator
from firth.kernels.wordhash import hash_bytes

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

#: Kinds of problems, as the kernels number them; rows with the first four are left out.
BLANK, SHORT, LONG, UNREADABLE, EMPTY_WORD, SPACED_WORD, NOT_UTF8 = range(7)
KINDS = 10
assert (NAN, INFINITE, ZERO) == (7, 8, 9)
_USED = -1

#: Places in a piece's ``state``.
POSITION, ROW, LINE, WORDS_END, N_HARD, N_PROBLEMS = range(6)

#: Columns of a piece's ``problems``: kind, line (from 0 in the piece), first and last byte of the line, a detail.
PROBLEM_WIDTH = 5
KEPT = 100

_ONE = np.uint64(1)


@kernel
def odd_line(
    data: Bytes, start: int, stop: int, dim: int, fields: Ints, values: NDArray[np.float32]
) -> tuple[int, int, int, int, bool]:
    """Read any line ``data[start:stop]`` (without its newline): the definition of what a line means.

    Blanks, tabs and returns at its end do not count. The last ``dim`` fields, parted by runs of blanks or tabs, must be
    numbers. The word is what stands before them, without the separators at its ends; it may hold separators itself, but
    not if its last piece is a number, for then the line has too many.

    Returns ``(kind, word start, word stop, detail, undecided)``. ``kind`` is -1 for a row, else what is wrong with
    it; ``detail`` is then how many numbers there are, or where the unreadable one starts. Of a row, the places of the
    fields are left in ``fields``, and their values in ``values``; ``undecided`` tells whether the standard library
    decides one.
    """
    end = stop
    while end > start and (is_separator(data[end - 1]) or data[end - 1] == RETURN):
        end -= 1
    if end == start:
        return BLANK, 0, 0, 0, False
    found, p = 0, end
    while found < dim and p > start:
        last = p
        while p > start and not is_separator(data[p - 1]):
            p -= 1
        found += 1
        fields[2 * (dim - found)], fields[2 * (dim - found) + 1] = p, last
        if p == start:  # a field with nothing before it is the word
            return SHORT, 0, 0, found - 1, False
        while p > start and is_separator(data[p - 1]):
            p -= 1
    if found < dim:
        return SHORT, 0, 0, found, False
    undecided = False
    for k in range(dim):
        status, value = read_number(data, fields[2 * k], fields[2 * k + 1])
        if status == NOT_A_NUMBER:
            return UNREADABLE, 0, 0, fields[2 * k], False
        undecided |= status == UNDECIDED
        values[k] = np.float32(value)
    first, last = start, p
    while first < last and is_separator(data[first]):
        first += 1
    piece = last
    while piece > first and not is_separator(data[piece - 1]):
        piece -= 1
    if piece > first and read_number(data, piece, last)[0] != NOT_A_NUMBER:
        numbers = dim
        while piece > first and read_number(data, piece, last)[0] != NOT_A_NUMBER:
            numbers += 1
            last = piece
            while last > first and is_separator(data[last - 1]):
                last -= 1
            piece = last
            while piece > first and not is_separator(data[piece - 1]):
                piece -= 1
        return LONG, 0, 0, numbers, False
    return _USED, first, last, 0, undecided


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
def _take_word(data: Bytes, start: int, stop: int, words: Bytes, place: int) -> tuple[np.uint64, bool]:
    """Copy a word to ``words[place:]``, eight bytes a step; return its hash, and whether it is plain ASCII.

    Up to seven bytes beyond the word are read and written.
    """
    source, target = data.ctypes.data + start, words.ctypes.data + place
    for done in range(0, stop - start, 8):
        put_word(target + done, word_at(source + done))
    return hash_ahead(source, stop - start)


@kernel
def _quick_row(
    data: Bytes, start: int, dim: int, positions: NDArray[np.int32], vectors: NDArray[np.float32], row: int
) -> tuple[bool, bool]:
    """Read the ``dim >= 8`` numbers of a line with just one separator before each.

    Returns whether that is what the line holds, and whether the standard library has to decide one of them.
    """
    base, place = data.ctypes.data + start, positions.ctypes.data
    out = vectors.ctypes.data + 4 * row * dim
    undecided = False
    k = 0
    while k < dim:
        k = min(k, dim - 8)  # the last eight may overlap the eight before
        bad = np.uint64(eight_numbers(base, place + 4 * k, out + 4 * k))
        while bad:
            lane = k + zeros_below(bad)
            bad &= bad - _ONE
            status, value = read_number(data, start + positions[lane] + 1, start + positions[lane + 1])
            if status == NOT_A_NUMBER:
                return False, False
            undecided |= status == UNDECIDED
            vectors[row, lane] = np.float32(value)
        k += 8
    return True, undecided


@kernel
def _word_oddities(data: Bytes, start: int, stop: int) -> int:
    """Return what is odd about a word, one bit a kind."""
    odd = 0 if is_utf8(data, start, stop) else 1 << NOT_UTF8
    for p in range(start, stop):
        if is_separator(data[p]):
            odd |= 1 << SPACED_WORD
    return odd


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

    Words go to ``words`` from ``state[WORDS_END]`` on, which needs as much room as the lines themselves. Ends early
    when ``hard`` is nearly full or ``last_row`` is reached; calling again goes on. ``hard`` lists numbers for the
    standard library: row, column, first and last byte, line. Where ``slots`` is not empty, only words of that table
    are read, and a line is only looked at if its first piece is in the table of first pieces, or it starts with a
    separator.
    """
    chosen = len(slots) > 0
    # The quick way needs eight numbers a row. They also make it safe to copy words eight bytes a step.
    most = dim + 2 if dim >= 8 else 0
    while state[POSITION] < stop and state[ROW] < last_row and state[N_HARD] + dim <= len(hard):
        start, row, place = state[POSITION], state[ROW], state[WORDS_END]
        if chosen:
            p = start
            while p < stop and data[p] != NEWLINE and not is_separator(data[p]):
                p += 1
            if p > start and not is_among(first_blob, first_offsets, first_slots, data, start, p):
                state[POSITION] = min(find_newline(data, p, stop) + 1, stop)
                state[LINE] += 1
                continue
        end, count, quick = cut_line(data, start, stop, most, positions)
        undecided = False
        if quick:
            quick = count == dim + 1 or (count == dim + 2 and positions[dim + 1] - positions[dim] == 1)
        if quick and start + positions[1] >= 16:
            quick, undecided = _quick_row(data, start, dim, positions, vectors, row)
        else:
            quick = False
        kind, detail, odd = _USED, 0, 0
        if quick:
            word, word_end = start, start + np.int64(positions[0])
        else:
            kind, word, word_end, detail, undecided = odd_line(data, start, end, dim, fields, vectors[row])
        if kind != _USED:
            odd = 0 if chosen else 1 << kind
        elif chosen and not is_among(blob, offsets, slots, data, word, word_end):
            kind = BLANK  # not asked for
        else:
            plain = False
            if quick:
                hashes[row], plain = _take_word(data, word, word_end, words, place)
            else:
                for k in range(word_end - word):
                    words[place + k] = data[word + k]
                hashes[row] = hash_bytes(data, word, word_end)
            if not plain:
                odd = _word_oddities(data, word, word_end)
            if word == word_end:
                odd |= 1 << EMPTY_WORD
            if undecided:
                for k in range(dim):
                    a, b = fields[2 * k], fields[2 * k + 1]
                    if quick:
                        a, b = start + np.int64(positions[k]) + 1, start + np.int64(positions[k + 1])
                    if read_number(data, a, b)[0] == UNDECIDED:
                        n = state[N_HARD]
                        hard[n, 0], hard[n, 1], hard[n, 2], hard[n, 3], hard[n, 4] = row, k, a, b, state[LINE]
                        state[N_HARD] += 1
            else:
                norm, strange = length_of(vectors, row)
                norms[row] = np.float32(norm)
                if strange >= 0:
                    odd |= 1 << strange
            starts[row], lengths[row], lines[row] = place, word_end - word, state[LINE]
            state[WORDS_END] = place + word_end - word
            state[ROW] = row + 1
        if odd:
            first, last = (word, word_end) if kind == _USED and word < word_end else (start, end)
            for k in range(KINDS):
                if odd >> k & 1:
                    _note(problems, counts, state, k, first, last, detail)
        state[LINE] += 1
        state[POSITION] = min(end + 1, stop)
