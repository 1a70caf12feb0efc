"""Parquet and Arrow files: a column of words, and a column of lists of numbers or one column a number.

firth writes ``word`` (string; binary where a word is not UTF-8), ``vector`` (fixed-size list of float32 or float16)
and, where known, ``count`` (int64). It reads what others wrote by the columns' kinds and usual names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, MissingExtraError
from firth.files import atomic_write
from firth.formats.base import ReadOptions, Source
from firth.formats.making import make_table
from firth.report import LoadReport
from firth.wordvectors import WordVectors

NAME = "parquet"
EXTENSIONS: tuple[str, ...] = (".parquet",)

WORD_NAMES = ("word", "words", "token", "key", "term", "text", "label", "name", "entity")
_VECTOR_NAMES = ("vector", "vectors", "embedding", "embeddings", "values")
_COUNT_NAMES = ("count", "counts", "freq", "frequency")
_BATCH = 1 << 16


def pyarrow() -> Any:
    """Import pyarrow.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pyarrow as module
    except ImportError:
        raise MissingExtraError("pyarrow", "arrow", "reading and writing Parquet and Arrow files") from None
    return module


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts a Parquet file."""
    return head.startswith(b"PAR1")


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read the words and vectors of a Parquet file; of its other columns nothing is read.

    Raises:
        FormatError: it is damaged, or has no words or no vectors.
        MissingExtraError: pyarrow is not installed.
    """
    arrow = pyarrow()
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(arrow.BufferReader(source.data))
        columns = choose(file.schema_arrow, source.name)
        wanted = [name for name in (columns.word, *columns.vector, columns.count) if name is not None]
        batches, rows = [], 0
        for batch in file.iter_batches(_BATCH, columns=wanted):
            batches.append(batch)
            rows += len(batch)
            if options.words is None and options.top is not None and rows >= options.top:
                break
        table = arrow.Table.from_batches(batches, None if batches else file.schema_arrow)
        return from_table(table, columns, options, NAME, source.name, file.schema_arrow.metadata)
    except (arrow.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise FormatError(f"{source.name}: {_first_line(error)}; the Parquet file is damaged") from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


class Columns:
    """The columns that hold the words, the numbers and the counts."""

    def __init__(self, word: str, vector: Sequence[str], count: str | None) -> None:
        self.word, self.vector, self.count = word, tuple(vector), count


def choose(schema: Any, name: str) -> Columns:
    """Choose the columns by their kinds, and by the usual names where several are of a kind.

    Raises:
        FormatError: there is no column of words, or none of numbers.
    """
    arrow = pyarrow()
    kinds = arrow.types
    texts, lists, floats, integers = [], [], [], []
    for field in schema:
        kind = field.type.value_type if kinds.is_dictionary(field.type) else field.type
        if kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_binary(kind) or kinds.is_large_binary(kind):
            texts.append(field.name)
        elif kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind):
            if kinds.is_floating(kind.value_type) or kinds.is_integer(kind.value_type):
                lists.append(field.name)
        elif kinds.is_floating(kind):
            floats.append(field.name)
        elif kinds.is_integer(kind):
            integers.append(field.name)
    listed = ", ".join(f"{field.name}: {field.type}" for field in list(schema)[:8])
    if not texts or not (lists or floats):
        what = "words" if not texts else "numbers"
        raise FormatError(f"{name} has no column of {what}; it has {listed or 'no columns'}")
    count = next((column for column in _COUNT_NAMES if column in integers), None)
    return Columns(_best(texts, WORD_NAMES), [_best(lists, _VECTOR_NAMES)] if lists else floats, count)


def _best(columns: list[str], usual: Sequence[str]) -> str:
    by_name = {column.lower(): column for column in reversed(columns)}
    return next((by_name[name] for name in usual if name in by_name), columns[0])


def from_table(table: Any, columns: Columns, options: ReadOptions, kind: str, name: str, metadata: Any) -> WordVectors:
    """Make a word table of an Arrow table; rows with a null are left out and reported."""
    arrow = pyarrow()
    import pyarrow.compute as compute

    report = LoadReport(kind, name)
    whole = len(table)
    table = table.select([columns.word, *columns.vector, *([columns.count] if columns.count else [])])
    for column in (columns.word, *columns.vector):
        if table[column].null_count:
            table = table.filter(compute.is_valid(table[column]))
    if len(table) < whole:
        report.add("null", f"{whole - len(table):,} rows without word or vector; skipped", times=whole - len(table))
        if options.strict:
            raise FormatError(f"{name}: {report.problems[0]}; read without strict to skip them")
    words_column = table[columns.word]
    if arrow.types.is_dictionary(words_column.type):
        words_column = words_column.cast(words_column.type.value_type)
    # words may be kept as bytes, and text from elsewhere need not be valid
    raw = words_column.cast(arrow.large_binary()).to_pylist()
    words = [word.decode("utf-8", "surrogateescape") for word in raw]
    if len(columns.vector) == 1 and not arrow.types.is_floating(table[columns.vector[0]].type):
        vectors = _lists(table[columns.vector[0]], name)
    else:
        vectors = np.column_stack([table[column].to_numpy() for column in columns.vector])
    counts = table[columns.count].fill_null(0).to_numpy().astype(np.int64) if columns.count else None
    return make_table(words, vectors, options, format=kind, source=name, counts=counts, recipe=_recipe(metadata),
                      report=report)  # fmt: skip


def _lists(column: Any, name: str) -> NDArray[Any]:
    """Return a column of lists of one length as a matrix, without a copy where it is one piece."""
    arrow = pyarrow()
    pieces: list[NDArray[Any]] = []
    for chunk in column.chunks:
        if not len(chunk):
            continue
        if arrow.types.is_fixed_size_list(chunk.type):
            width = chunk.type.list_size
        else:
            lengths = np.unique(chunk.value_lengths().to_numpy(zero_copy_only=False))
            if len(lengths) != 1:
                raise FormatError(
                    f"{name}: vectors of {int(lengths[0])} and of {int(lengths[-1])} numbers in one column"
                )
            width = int(lengths[0])
        values = chunk.flatten()
        if values.null_count:
            raise FormatError(f"{name}: a vector has a null among its numbers")
        pieces.append(values.to_numpy(zero_copy_only=False).reshape(len(chunk), width))
    if len({piece.shape[1] for piece in pieces}) > 1:
        raise FormatError(
            f"{name}: vectors of {' and '.join(str(p.shape[1]) for p in pieces[:2])} numbers in one column"
        )
    if not pieces:
        return np.empty((0, 0), np.float32)
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _uneven(name: str, one: int, other: int) -> FormatError:
    return FormatError(f"{name}: vectors of {one} and of {other} numbers in one column; expected one length")


def _recipe(metadata: Any) -> dict[str, Any]:
    try:
        found = json.loads((metadata or {}).get(b"firth.recipe", b"{}"))
    except ValueError:
        return {}
    return {"made_from": found} if isinstance(found, dict) and found else {}


def to_table(wv: WordVectors) -> Any:
    """Return a word table as an Arrow table of ``word``, ``vector`` and, where known, ``count``."""
    arrow = pyarrow()
    words: list[Any] = wv.vocabulary.words()
    try:
        texts = arrow.array(words, arrow.string())
    except UnicodeEncodeError:
        texts = arrow.array([word.encode("utf-8", "surrogateescape") for word in words], arrow.binary())
    flat = np.ascontiguousarray(wv.vectors).reshape(-1)
    columns = {"word": texts, "vector": arrow.FixedSizeListArray.from_arrays(arrow.array(flat), wv.dim)}
    if wv.counts is not None:
        columns["count"] = arrow.array(wv.counts)
    return arrow.table(columns).replace_schema_metadata({"firth.recipe": json.dumps(wv.recipe)})


def write(wv: WordVectors, path: Path) -> None:
    """Write a Parquet file, packed with zstd.

    Raises:
        MissingExtraError: pyarrow is not installed.
        WriteError: the file could not be written.
    """
    pyarrow()
    import pyarrow.parquet as parquet

    with atomic_write(path) as file:
        parquet.write_table(to_table(wv), file, compression="zstd")
