"""word2vec binary: a header ``words dim``, then for every word its bytes, a blank and ``dim`` little-endian float32.

The original tool writes a newline after every vector, gensim does not; both are read. The header is not trusted:
nothing is allocated that the file's own size does not back.
"""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError
from firth.formats.base import ReadOptions, Source, restrict, thread_count
from firth.formats.survey import looks_like_text
from firth.formats.target import open_target, write_rows
from firth.formats.textwriter import check_words
from firth.formats.wanted import word_table
from firth.report import KEPT_PER_KIND, LoadReport
from firth.vocabulary import Vocabulary, slot_count
from firth.wordvectors import WordVectors

NAME = "word2vec-bin"
EXTENSIONS: tuple[str, ...] = (".bin", ".w2v")

_HEADER = re.compile(rb"([0-9]{1,18})[ \t]+([0-9]{1,9})[ \t\r]*\n")
_NOT_TEXT = bytes(set(range(32)) - set(b"\t\n\r"))
_LONGEST_WORD = 1 << 16
_CHUNK = 1 << 14


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` is a header of two whole numbers with something after it that is no text."""
    header = _HEADER.match(head)
    if header is None or looks_like_text(head, header=True):
        return False
    body = head[header.end() :]
    if any(byte in _NOT_TEXT for byte in body):
        return True
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end < len(body) - 4 or error.reason != "unexpected end of data"
    return False


@dataclass(slots=True)
class _Records:
    """The rows of the records that were walked over."""

    vocabulary: Vocabulary
    vectors: NDArray[np.float32]
    norms: NDArray[np.float32]
    offsets: NDArray[np.int64]
    words: NDArray[np.uint8]
    bodies: NDArray[np.int64]
    flags: NDArray[np.int32]
    walked: int
    end: int
    twice: list[tuple[int, int]]
    repeated: int


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read word2vec binary, with or without newlines between the records.

    Raises:
        FormatError: not one whole record is there, or ``strict`` is set and the file is cut or repeats words.

    >>> body = b"cat " + np.float32([1, 2]).tobytes() + b"\\ndog " + np.float32([3, 4]).tobytes()
    >>> wv = read(Source.from_bytes(b"2 2\\n" + body), ReadOptions())
    >>> wv.vocabulary.words(), wv.vectors.tolist()
    (['cat', 'dog'], [[1.0, 2.0], [3.0, 4.0]])
    """
    data, name = source.data, source.name
    header = _HEADER.match(source.head(64))
    if header is None:
        raise FormatError(
            f"{name}: no header of two whole numbers (words and dim) in its first line; no word2vec binary"
        )
    declared, dim = int(header[1]), int(header[2])
    start = header.end()
    if dim == 0 or len(data) - start < 4 * dim + 1:
        raise FormatError(
            f"{name}: the header promises {declared:,} words of {dim:,} numbers, and the {len(data) - start:,} bytes "
            "after it do not hold one; the file is cut, or no word2vec binary"
        )
    limit, top = declared, options.top
    if top is not None and options.words is None:
        limit = min(declared, top)
    while True:
        found = _walk(data, start, dim, limit, options)
        if limit == declared or found.walked < limit or top is None or len(found.vocabulary) >= top:
            break
        limit = min(declared, limit + max(2 * (top - len(found.vocabulary)), limit // 2))
    further = 0
    complete = top is None or len(found.vocabulary) < top
    if complete and found.walked == declared:
        further = _rows_after(data, found.end, dim)
        if further:
            found = _walk(data, start, dim, declared + further, options)
    if found.walked == 0:
        raise FormatError(f"{name}: not one whole record of a word and {dim:,} numbers follows the header")
    report = LoadReport(NAME, name, len(found.vocabulary), dim, declared)
    if limit > found.walked:
        text = f"{declared:,} words are promised, the file ends after {found.walked:,} whole ones"
        report.add("truncated file", text, offset=found.end)
    elif further:
        text = f"the header promises {declared:,} words, the file holds {found.walked:,}; all were read"
        report.add("header count", text, offset=0)
    elif complete and (rest := data[found.end :].tobytes().strip(b"\r\n")):
        report.add("bytes after the end", f"{len(rest):,} bytes follow the last record; left out", offset=found.end)
    _fill_report(report, found)
    if options.strict:
        _refuse(report)
    wv = WordVectors(found.vocabulary, found.vectors, norms=found.norms, report=report,
                     recipe={"source": name, "format": NAME})  # fmt: skip
    return restrict(wv, options)


def _rows_after(data: NDArray[np.uint8], start: int, dim: int) -> int:
    """Return how many records follow ``start`` if the rest of the file is nothing but records; else 0."""
    from firth.kernels.recordparse import find_records

    room = (len(data) - start) // (4 * dim + 1)
    if room == 0:
        return 0
    bodies, offsets = np.empty(room, np.int64), np.zeros(room + 1, np.int64)
    blob = np.empty(len(data) - start, np.uint8)
    count, end = find_records(data, start, dim, _LONGEST_WORD, 0, room, bodies, offsets, blob)
    if count == 0 or bool((offsets[1 : count + 1] == offsets[:count]).any()) or data[end:].tobytes().strip(b"\r\n"):
        return 0
    try:
        blob[: offsets[count]].tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return 0
    return int(count)


def _walk(data: NDArray[np.uint8], start: int, dim: int, limit: int, options: ReadOptions) -> _Records:
    """Read up to ``limit`` records: one thread walks from word to word, the others copy what it has passed."""
    from firth.kernels import recordparse as kernels
    from firth.kernels.rowtable import settle_rows

    room = min(limit, (len(data) - start) // (4 * dim + 1))
    asked = word_table(options.words)
    bodies, offsets = np.empty(room, np.int64), np.zeros(room + 1, np.int64)
    blob = np.empty(len(data) - start + 8, np.uint8)  # only touched where words are put
    vectors, norms = np.empty((room, dim), np.float32), np.empty(room, np.float32)
    hashes, flags = np.empty(room, np.uint64), np.zeros(room, np.int32)
    with ThreadPoolExecutor(thread_count()) as pool:
        waiting: list[Future[Any]] = []
        walked, end = 0, start
        while walked < room:
            last = min(walked + _CHUNK, room)
            now, end = kernels.find_records(data, end, dim, _LONGEST_WORD, walked, last, bodies, offsets, blob)
            arguments = (data, walked, now, bodies, offsets, blob, vectors, norms, hashes, flags, *asked)
            waiting.append(pool.submit(kernels.take_records, *arguments))
            walked = now
            if now < last:
                break
        for future in waiting:
            future.result()
    used = np.flatnonzero(flags[:walked] != kernels.NOT_ASKED) if options.words is not None else None
    runs = np.array([[0, walked]]) if used is None else np.stack([used, used + 1], axis=1)
    n_rows = int((runs[:, 1] - runs[:, 0]).sum())
    slots = np.full(slot_count(n_rows), -1, np.int32)
    twice = np.empty((KEPT_PER_KIND, 2), np.int64)
    starts, lengths, places = offsets[:-1].copy(), np.diff(offsets), np.arange(room)
    kept, repeated = settle_rows(runs, vectors, norms, hashes, starts, lengths, places, blob, slots, twice)
    if kept == walked:
        used_blob, used_offsets = blob[: offsets[walked]].copy(), offsets[: walked + 1]
    else:
        used_blob, used_offsets = _compact(blob, starts[:kept], lengths[:kept])
    if kept < 0.75 * room:
        vectors = vectors[:kept].copy()
    return _Records(
        Vocabulary(used_blob, used_offsets, slots), vectors[:kept], norms[:kept], offsets, blob, bodies, flags[:walked],
        walked, int(end), twice[:repeated].tolist(), int(repeated),
    )  # fmt: skip


def _compact(
    words: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    from firth.kernels.rowtable import join_words

    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    blob = np.empty(int(offsets[-1]), np.uint8)
    join_words(words, starts, offsets, blob)
    return blob, offsets


def _fill_report(report: LoadReport, found: _Records) -> None:
    from firth.formats.oddities import TEXTS
    from firth.kernels import recordparse as kernels
    from firth.kernels import rowtable as kinds

    flags = found.flags & ~kernels.NOT_ASKED
    if flags.any():
        for flag, kind in (
            (kernels.NOT_UTF8, "word not UTF-8"), (kernels.EMPTY, "empty word"), (1 << kinds.NAN, "row with NaN"),
            (1 << kinds.INFINITE, "row with infinity"), (1 << kinds.ZERO, "zero row"),
        ):  # fmt: skip
            rows = np.flatnonzero(flags & flag)
            for row in rows[:KEPT_PER_KIND].tolist():
                raw = found.words[found.offsets[row] : found.offsets[row + 1]].tobytes()
                text = f"word {raw.decode('utf-8', 'backslashreplace')!r}: {TEXTS[kind]}"
                report.add(kind, text, offset=int(found.bodies[row]))
            if len(rows) > KEPT_PER_KIND:
                report.add(kind, "", times=len(rows) - KEPT_PER_KIND)
    for row, first in found.twice:
        report.add("duplicate word", f"record {row + 1:,} repeats the word of record {first + 1:,}; skipped")
    if found.repeated > len(found.twice):
        report.add("duplicate word", "", times=found.repeated - len(found.twice))


def _refuse(report: LoadReport) -> None:
    for problem in report.problems:
        if problem.kind in ("truncated file", "duplicate word", "header count", "bytes after the end"):
            raise FormatError(
                f"{report.source}: {problem.kind}: {problem.text.removesuffix('; all were read')}; "
                "read without strict to load what is there"
            )


def write(wv: WordVectors, path: Path) -> None:
    """Write word2vec binary with a newline after each vector, as the original tool does; float16 becomes float32.

    Raises:
        FormatError: a word holds a blank or a newline, which the format cannot hold.
        WriteError: the file could not be written.
    """
    from firth.kernels.textwrite import put_records

    check_words(wv, "word2vec binary", b" \n")
    with open_target(path) as file:
        file.write(f"{len(wv)} {wv.dim}\n".encode())
        write_rows(wv, file, put_records, lambda rows: rows.view(np.uint8), 4 * wv.dim + 2)
