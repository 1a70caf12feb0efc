"""TensorBoard's Embedding Projector: ``vectors.tsv`` of numbers, ``metadata.tsv`` of words beside it.

A metadata file of one column has no head, one of several has (https://www.tensorflow.org/tensorboard/tensorboard_projector_plugin).
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.files import atomic_write
from firth.formats.base import ReadOptions, Source
from firth.formats.making import make_table
from firth.formats.parquet import WORD_NAMES
from firth.formats.source import open_source
from firth.formats.textwriter import check_words
from firth.wordvectors import WordVectors

NAME = "projector"
EXTENSIONS: tuple[str, ...] = (".tsv",)

_NUMBER = re.compile(rb"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)
_BLOCK = 1 << 14


def sniff(head: bytes) -> bool:
    """Tell whether the first lines are numbers alone, between tabs, the first of each no whole number."""
    lines = head[: 1 << 15].split(b"\n")
    lines = (lines if len(lines) == 1 else lines[:-1])[:8]
    fields = [line.rstrip(b"\r").split(b"\t") for line in lines if line.strip()]
    if not fields or any(len(row) != len(fields[0]) or len(row) < 2 for row in fields):
        return False
    numbers = all(_NUMBER.fullmatch(field) for row in fields for field in row)
    return numbers and not all(row[0].lstrip(b"-+").isdigit() for row in fields)


def metadata_files(path: Path) -> list[Path]:
    """Return where the words of ``path`` may stand, the likeliest first.

    >>> [str(path) for path in metadata_files(Path("a/vectors.tsv"))][:2]
    ['a/metadata.tsv', 'a/vectors_metadata.tsv']
    """
    names = [re.sub("vectors|tensors|tensor|vecs|embeddings", "metadata", path.name, count=1)]
    names += [f"{path.stem}_metadata.tsv", f"{path.stem}.metadata.tsv", "metadata.tsv", "meta.tsv", "labels.tsv"]
    return [path.with_name(name) for name in dict.fromkeys(names) if name != path.name]


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read the numbers, and the words beside them.

    Raises:
        FormatError: a line holds no numbers, or words and rows do not fit each other.
        ReadError: the words are not beside the numbers.
    """
    if source.path is None:
        raise FormatError(f"{source.name}: its words stand in metadata.tsv beside it; name the file itself")
    try:
        rows = np.loadtxt(io.BytesIO(source.data.tobytes()), np.float32, delimiter="\t", ndmin=2, comments=None)
    except ValueError as error:
        raise FormatError(f"{source.name}: {error}; expected numbers between tabs in every line") from error
    candidates = metadata_files(source.path)
    for path in candidates:
        if path.is_file():
            words, counts = _words(path, len(rows))
            return make_table(words, rows, options, format=NAME, source=source.name, counts=counts)
    raise ReadError(
        f"{source.name} holds {len(rows):,} rows without words, and none of {', '.join(p.name for p in candidates)} "
        f"stands beside it; write the words, one a line, to {candidates[0]}"
    )


def _words(path: Path, n_rows: int) -> tuple[list[str], NDArray[np.int64] | None]:
    """Return the words and, where a column has that name, the counts."""
    text = open_source(path).data.tobytes().decode("utf-8", "surrogateescape")
    lines = [line.removesuffix("\r").split("\t") for line in text.split("\n")]
    if lines[-1] == [""]:  # the last line's end
        lines.pop()
    if len(lines) not in (n_rows, n_rows + 1):
        raise FormatError(f"{path} has {len(lines):,} lines for {n_rows:,} rows; expected one word a row")
    head = ["word"] if len(lines) == n_rows else [name.strip().lower() for name in lines.pop(0)]
    column = next((head.index(name) for name in WORD_NAMES if name in head), 0)
    short = next((number for number, line in enumerate(lines, 1) if len(line) <= column), None)
    if short is not None:
        raise FormatError(f"{path}: row {short} has no column {column + 1}, where the words stand")
    words, counts = [line[column] for line in lines], None
    if "count" in head and all(
        line[head.index("count") :][:1] and line[head.index("count")].isdecimal() for line in lines
    ):
        counts = np.array([int(line[head.index("count")][:18]) for line in lines], np.int64)
    return words, counts


def write(wv: WordVectors, path: Path) -> None:
    """Write the numbers to ``path`` and the words beside it, the words first.

    Each file appears whole or not at all.

    Raises:
        FormatError: a word holds a tab or a line's end, or the table is empty.
        WriteError: a file could not be written.
    """
    from firth.kernels.textwrite import WIDEST, put_lines

    check_words(wv, "TensorBoard's metadata", b"\t\n\r")
    if wv.dim == 0 or len(wv) == 0:
        raise FormatError(f"a table of {len(wv):,} words x {wv.dim} cannot be written as TSV; use .firth")
    # the head is left out where there is one column: so the Projector wants it
    words = wv.vocabulary.words()
    lines = words
    if wv.counts is not None:
        pairs = zip(words, wv.counts.tolist(), strict=True)
        lines = ["word\tcount", *(f"{word}\t{count}" for word, count in pairs)]
    with atomic_write(metadata_files(path)[0]) as file:
        file.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    no_words, offsets = np.empty(0, np.uint8), np.zeros(_BLOCK + 1, np.int64)
    out = np.empty(_BLOCK * (WIDEST * wv.dim + 1), np.uint8)
    with atomic_write(path) as file:
        for start in range(0, len(wv), _BLOCK):
            rows = np.ascontiguousarray(wv.vectors[start : start + _BLOCK], np.float32)
            size = put_lines(no_words, offsets, rows.view(np.int32), 0, len(rows), out)
            # each line starts with the blank that would follow its word
            text = out[1:size].tobytes().replace(b"\n ", b"\n").replace(b" ", b"\t")
            file.write(text)
