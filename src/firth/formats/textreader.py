"""Vectors as text → a table: cuts the bytes into pieces, lets threads parse them, puts the rows together.

The kernel (``firth.kernels.textparse``) knows what a line means; this module knows what a file means: header,
duplicates, a part of the file, what to report and what to refuse.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError
from firth.formats.base import ReadOptions, Source, restrict, thread_count
from firth.formats.oddities import REFUSED, TEXTS
from firth.formats.survey import Survey, survey
from firth.formats.wanted import line_tables
from firth.report import KEPT_PER_KIND, LoadReport, Problem
from firth.vocabulary import Vocabulary, slot_count
from firth.wordvectors import WordVectors

#: Kind numbers of the kernel → names in the report.
_KINDS = (
    "blank line", "short row", "long row", "unreadable number", "empty word", "word with blanks", "word not UTF-8",
    "row with NaN", "row with infinity", "zero row",
)  # fmt: skip
_DUPLICATE, _TRUNCATED, _COUNT, _DIM = "duplicate word", "truncated row", "header count", "header dim"

_SMALLEST_PIECE = 1 << 18
_PIECES_A_THREAD = 8
_HARD = 4096

_Bytes = NDArray[np.uint8]


@dataclass(slots=True)
class _Parsed:
    """Rows of one stretch of text, words told apart by ``starts`` and ``lengths`` in ``words``."""

    vectors: NDArray[np.float32]
    norms: NDArray[np.float32]
    lines: NDArray[np.int64]
    vocabulary: Vocabulary
    n_lines: int
    counts: dict[str, int]
    problems: list[Problem]


def read_text(source: Source, options: ReadOptions) -> WordVectors:
    """Read lines of a word and its numbers, with or without a header.

    Raises:
        FormatError: the file holds no usable row, or ``strict`` is set and a row cannot be used.
        UnknownFormatError: the lines are not words followed by numbers.

    >>> wv = read_text(Source.from_bytes(b"cat 1 2\\ndog 3\\nnew york 5 6\\n"), ReadOptions())
    >>> wv.vocabulary.words(), wv.vectors.tolist()
    (['cat', 'new york'], [[1.0, 2.0], [5.0, 6.0]])
    >>> print(wv.report.problems[0])
    line 2: 1 number where 2 were expected: 'dog 3'; row skipped
    """
    data = source.data
    found = survey(data, source.name)
    report = LoadReport("word2vec" if found.declared_rows is not None else "glove", source.name, dim=found.dim)
    report.declared_rows = found.declared_rows
    if options.top is not None and options.words is None:
        parsed = _parse_top(data, found, options.top)
    else:
        parsed = _parse(data, found, len(data), options.words)
    _fill_report(report, found, parsed, options)
    report.rows = len(parsed.vectors)
    if options.strict:
        _refuse(report)
    if report.rows == 0 and options.words is None:
        first = f"; line {parsed.problems[0].line}: {parsed.problems[0].text}" if parsed.problems else ""
        raise FormatError(f"{source.name}: no row can be used{first}")
    recipe = {"source": source.name, "format": report.format}
    wv = WordVectors(parsed.vocabulary, parsed.vectors, norms=parsed.norms, recipe=recipe, report=report)
    return restrict(wv, options)


def _fill_report(report: LoadReport, found: Survey, parsed: _Parsed, options: ReadOptions) -> None:
    if found.bom:
        report.add("byte order mark", "the file starts with a byte order mark; left out", line=1)
    rows = parsed.n_lines - parsed.counts.get("blank line", 0)
    if options.whole and found.declared_rows not in (None, rows):
        report.add(_COUNT, f"the header promises {found.declared_rows:,} rows, the file has {rows:,}; all were read",
                   line=found.header_line)  # fmt: skip
    if found.declared_dim not in (None, found.dim):
        report.add(_DIM, f"the header promises {found.declared_dim:,} numbers a row, the rows have {found.dim:,}",
                   line=found.header_line)  # fmt: skip
    report.counts.update(parsed.counts)
    report.problems.extend(parsed.problems)
    for line in range(1, found.line if options.words is None else 1):
        if line != found.header_line or found.declared_rows is None:
            report.add("blank line", TEXTS["blank line"], line=line)
    report.problems.sort(key=lambda problem: problem.line or 0)


def _refuse(report: LoadReport) -> None:
    refused = [problem for problem in report.problems if problem.kind in REFUSED]
    if refused:
        first = min(refused, key=lambda problem: problem.line or 0)
        total = sum(report.counts[kind] for kind in REFUSED & set(report.counts))
        more = f" (and {total - 1:,} more)" if total > 1 else ""
        text = first.text.removesuffix("; row skipped").removesuffix("; all were read")
        way_out = "read without strict to skip such rows, take the header for advice, and report both"
        raise FormatError(f"{report.source}, line {first.line}: {first.kind}: {text}{more}; {way_out}")


def _parse_top(data: _Bytes, found: Survey, top: int) -> _Parsed:
    """Parse until there are ``top`` rows, and report exactly what stands up to the last of them."""
    from firth.kernels.textlines import after_lines

    lines = top
    while True:
        stop = after_lines(data, found.start, len(data), lines)
        parsed = _parse(data, found, stop, None)
        if len(parsed.vectors) >= top or stop >= len(data):
            break
        lines += max(2 * (top - len(parsed.vectors)), lines // 2, 64)
    if len(parsed.vectors) >= top and (last := int(parsed.lines[top - 1])) + 1 < parsed.n_lines:
        parsed = _parse(data, found, after_lines(data, found.start, len(data), last + 1), None)
    return parsed


def _cut(data: _Bytes, start: int, stop: int, threads: int) -> list[tuple[int, int]]:
    """Cut a stretch into pieces that end after a newline."""
    from firth.kernels.textlines import find_newline

    pieces = max(1, min(threads * _PIECES_A_THREAD, (stop - start) // _SMALLEST_PIECE))
    cuts = [start]
    for k in range(1, pieces):
        cut = start + (stop - start) * k // pieces
        cuts.append(min(find_newline(data, max(cut, cuts[-1]), stop) + 1, stop))
    cuts.append(stop)
    return [(a, b) for a, b in itertools.pairwise(cuts) if a < b]


def _parse(data: _Bytes, found: Survey, stop: int, words: frozenset[str] | None) -> _Parsed:
    """Parse ``data`` from the first row to ``stop``."""
    from firth.kernels import rowtable, textlines
    from firth.kernels import textparse as kernels

    threads, dim = thread_count(), found.dim
    tables = (*line_tables(words)[0], *line_tables(words)[1])
    pieces = _cut(data, found.start, stop, threads)
    with ThreadPoolExecutor(threads) as pool:
        in_turn = threads == 1 or len(pieces) == 1
        spread = map if in_turn else pool.map
        n_lines = list(spread(lambda piece: int(textlines.count_lines(data, *piece)), pieces))
        room = [min(n, (b - a) // (2 * dim) + 1) for n, (a, b) in zip(n_lines, pieces, strict=True)]
        first_rows = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
        capacity = int(first_rows[-1])
        vectors = np.empty((capacity, dim), np.float32)
        norms, hashes = np.empty(capacity, np.float32), np.empty(capacity, np.uint64)
        starts, lengths, lines = (np.empty(capacity, np.int64) for _ in range(3))
        texts = np.empty(stop, np.uint8)  # as long as the text, but only touched where words are put
        columns = (vectors, norms, hashes, starts, lengths, lines, texts)

        def work(k: int) -> _Piece:
            piece = _Piece(data, *pieces[k], dim, int(first_rows[k]), int(first_rows[k + 1]))
            piece.run(kernels, columns, tables)
            return piece

        done = list(spread(work, range(len(pieces))))
    lines_before = np.concatenate([[0], np.cumsum(n_lines)]).astype(np.int64)
    for k, piece in enumerate(done):
        lines[first_rows[k] : piece.row] += lines_before[k]
    runs = np.array([(first_rows[k], piece.row) for k, piece in enumerate(done)], np.int64).reshape(-1, 2)
    n_rows = int((runs[:, 1] - runs[:, 0]).sum())
    slots = np.full(slot_count(n_rows), -1, np.int32)
    twice = np.empty((KEPT_PER_KIND, 2), np.int64)
    kept, repeated = rowtable.settle_rows(runs, vectors, norms, hashes, starts, lengths, lines, texts, slots, twice)
    offsets = np.zeros(kept + 1, np.int64)
    np.cumsum(lengths[:kept], out=offsets[1:])
    blob = np.empty(int(offsets[-1]), np.uint8)
    rowtable.join_words(texts, starts, offsets, blob)
    if kept < 0.75 * capacity:
        vectors = vectors[:kept].copy()
    counts, problems = _collect(data, found, done, lines_before, stop)
    if repeated:
        counts[_DUPLICATE] = int(repeated)
        for line, first in twice[:repeated].tolist():
            text = f"the word stood in line {first + found.line} already; row skipped"
            problems.append(Problem(_DUPLICATE, line + found.line, None, text))
    return _Parsed(
        vectors[:kept], norms[:kept].copy(), lines[:kept], Vocabulary(blob, offsets, slots), int(lines_before[-1]),
        counts, problems,
    )  # fmt: skip


class _Piece:
    """One stretch of lines, and what was found in it."""

    def __init__(self, data: _Bytes, start: int, stop: int, dim: int, first_row: int, last_row: int) -> None:
        self.data, self.stop, self.dim, self.row, self.last_row = data, stop, dim, first_row, last_row
        self.state = np.array([start, first_row, 0, start, 0, 0], np.int64)
        self.counts = np.zeros(len(_KINDS), np.int64)
        self.problems = np.empty((KEPT_PER_KIND * len(_KINDS), 5), np.int64)
        self.late: list[tuple[int, int, int, int, int]] = []  # problems of rows with numbers that the library decided

    def run(self, kernels: Any, columns: tuple[Any, ...], tables: tuple[Any, ...]) -> None:
        """Parse the piece; numbers that the kernel leaves open are read by the standard library."""
        vectors, norms = columns[0], columns[1]
        positions = np.empty(self.dim + 80, np.int32)
        fields = np.empty(2 * self.dim, np.int64)
        hard = np.empty((max(_HARD, self.dim), 5), np.int64)
        state = self.state
        while state[kernels.POSITION] < self.stop:
            kernels.parse_lines(
                self.data, self.stop, self.dim, self.last_row, *columns, positions, fields, state, self.counts,
                self.problems, hard, *tables,
            )  # fmt: skip
            n_hard = int(state[kernels.N_HARD])
            if n_hard:
                self._decide(hard[:n_hard], vectors, norms, columns[4])
                state[kernels.N_HARD] = 0
        self.row = int(state[kernels.ROW])

    def _decide(self, hard: NDArray[np.int64], vectors: Any, norms: Any, lengths: Any) -> None:
        from firth.kernels.rowtable import length_of

        values = np.array([float(self.data[a:b].tobytes()) for a, b in hard[:, 2:4].tolist()])
        vectors[hard[:, 0], hard[:, 1]] = _single(values)
        rows, first = np.unique(hard[:, 0], return_index=True)
        for row, (_, _, number, _, line) in zip(rows.tolist(), hard[first].tolist(), strict=True):
            norm, odd = length_of(vectors, row)
            norms[row] = _single(norm)
            if odd >= 0:
                self.counts[odd] += 1
                if self.counts[odd] <= KEPT_PER_KIND:
                    start = self._word_before(number)
                    self.late.append((odd, line, start, start + int(lengths[row]), 0))

    def _word_before(self, place: int) -> int:
        """Return where the word starts in whose line ``place`` stands."""
        while place > 0 and int(self.data[place - 1]) != ord("\n"):
            place -= 1
        while int(self.data[place]) in b" \t":
            place += 1
        return place


def _single(values: Any) -> Any:
    """Round to float32; what is too large becomes infinite, without a warning."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(values).astype(np.float32)


def _collect(
    data: _Bytes, found: Survey, done: list[_Piece], lines_before: NDArray[np.int64], stop: int
) -> tuple[dict[str, int], list[Problem]]:
    """Put the problems of all pieces together, in the order of the file, with line numbers of the file."""
    counts: dict[str, int] = {}
    problems: list[Problem] = []
    for k, piece in enumerate(done):
        rows = piece.problems[: int(piece.state[5])].tolist() + [list(entry) for entry in piece.late]
        cut = stop == len(data) and k == len(done) - 1 and int(data[-1]) != ord("\n")
        totals = {_KINDS[kind]: int(n) for kind, n in enumerate(piece.counts) if n}
        for kind, line, start, end, detail in sorted(rows, key=lambda entry: entry[1]):
            name = _KINDS[kind]
            if name == "short row" and cut and end == len(data):
                totals[name] -= 1
                name = _TRUNCATED
                totals[name] = 1
            where = line + int(lines_before[k]) + found.line
            problems.append(Problem(name, where, None, _describe(data, found.dim, name, start, end, detail)))
        for name, n in totals.items():
            if n:
                counts[name] = counts.get(name, 0) + n
    kept: dict[str, int] = {}
    out = []
    for problem in problems:
        kept[problem.kind] = kept.get(problem.kind, 0) + 1
        if kept[problem.kind] <= KEPT_PER_KIND:
            out.append(problem)
    return counts, out


def _describe(data: _Bytes, dim: int, kind: str, start: int, stop: int, detail: int) -> str:
    """Say what was found, for people."""

    def shown(a: int, b: int) -> str:
        text = repr(data[a : min(b, a + 40)].tobytes().decode("utf-8", "backslashreplace"))
        return text + ("..." if b - a > 40 else "")

    if kind in ("short row", "long row", _TRUNCATED):
        numbers = f"{detail:,} number{'' if detail == 1 else 's'} where {dim:,} were expected"
        return f"{numbers}: {shown(start, stop)}; row skipped"
    if kind == "unreadable number":
        end = detail
        while end < stop and end - detail < 60 and int(data[end]) not in b" \t\r\n":
            end += 1
        return f"{shown(detail, end)} is no number, in the row {shown(start, min(stop, start + 40))}; row skipped"
    if kind == "word with blanks":
        return f"the word {shown(start, stop)} holds blanks; kept"
    return f"{shown(start, stop)}: {TEXTS[kind]}" if kind != "blank line" else TEXTS[kind]
