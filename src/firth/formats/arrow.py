"""Arrow's own files (IPC, also called Feather 2): the same columns as in Parquet, mapped without unpacking."""

from __future__ import annotations

from pathlib import Path

from firth.errors import FormatError
from firth.files import atomic_write
from firth.formats.base import ReadOptions, Source
from firth.formats.parquet import choose, from_table, pyarrow, to_table
from firth.wordvectors import WordVectors

NAME = "arrow"
EXTENSIONS: tuple[str, ...] = (".arrow", ".feather")

_STREAM = b"\xff\xff\xff\xff"


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts an Arrow file or stream."""
    return head.startswith(b"ARROW1") or (head.startswith(_STREAM) and head[8:12] == b"\x10\x00\x00\x00")


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read the words and vectors of an Arrow file or stream; unpacked vectors are mapped.

    Raises:
        FormatError: it is damaged, or has no words or no vectors.
        MissingExtraError: pyarrow is not installed.
    """
    arrow = pyarrow()
    buffer = arrow.BufferReader(source.data)
    stream = source.head(4) == _STREAM
    try:
        opened = arrow.ipc.open_stream(buffer) if stream else arrow.ipc.open_file(buffer)
        table = opened.read_all()
        table.validate(full=True)  # offsets come from the file
        columns = choose(table.schema, source.name)
        return from_table(table, columns, options, NAME, source.name, table.schema.metadata)
    except (arrow.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        line = (str(error) or type(error).__name__).splitlines()[0]
        raise FormatError(f"{source.name}: {line}; the Arrow file is damaged") from error


def write(wv: WordVectors, path: Path) -> None:
    """Write an Arrow file, not packed, so that it can be mapped.

    Raises:
        MissingExtraError: pyarrow is not installed.
        WriteError: the file could not be written.
    """
    arrow = pyarrow()
    table = to_table(wv)
    with atomic_write(path) as file, arrow.ipc.new_file(file, table.schema) as target:
        target.write_table(table)
