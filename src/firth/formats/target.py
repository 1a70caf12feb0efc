"""Where a table is written to: a file that appears whole or not at all, packed where its name says so."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from firth.files import atomic_write
from firth.formats.base import thread_count
from firth.wordvectors import WordVectors

#: Ending of a packed file's name → what it means.
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")

_BLOCK = 1 << 22


@contextmanager
def open_target(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for writing, through the packer that its ending names.

    Raises:
        WriteError: the file could not be written; what stood there before still stands.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cat.txt.gz"
    >>> with open_target(path) as file:
    ...     _ = file.write(b"cat 0.5")
    >>> gzip.decompress(path.read_bytes())
    b'cat 0.5'
    """
    with atomic_write(path) as file:
        ending = path.suffix.lower()
        if ending == ".zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(path.stem, "w") as member:
                yield cast(BinaryIO, member)
            return
        if ending not in PACKED:
            yield file
            return
        with _packer(ending, file) as packed:
            yield packed


def _packer(ending: str, file: BinaryIO) -> Any:
    if ending == ".gz":
        # no time and no name inside, so that the same table gives the same bytes
        return gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0)
    if ending == ".bz2":
        return bz2.BZ2File(file, "wb")
    if ending == ".xz":
        return lzma.LZMAFile(file, "wb")
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdFile(file, "wb")


def write_rows(
    wv: WordVectors,
    file: BinaryIO,
    put: Callable[[NDArray[np.uint8], NDArray[np.int64], Any, int, int, NDArray[np.uint8]], int],
    view: Callable[[NDArray[np.float32]], NDArray[Any]],
    width: int,
) -> None:
    """Let a kernel turn all rows into bytes, several blocks at a time, and write them in order.

    Args:
        wv: the table.
        file: where to.
        put: the kernel: word bytes, word offsets, rows as ``view`` gives them, first and last row, where to.
        view: float32 rows → what the kernel takes.
        width: the most bytes that one row takes beside its word.
    """
    offsets, blob = np.ascontiguousarray(wv.vocabulary.offsets), np.ascontiguousarray(wv.vocabulary.blob)
    step = max(1, min(_BLOCK // width, 1 << 16))

    def block(first: int) -> NDArray[np.uint8]:
        last = min(first + step, len(wv))
        rows = np.ascontiguousarray(wv.vectors[first:last], np.float32)
        out = np.empty((last - first) * width + int(offsets[last] - offsets[first]), np.uint8)
        return out[: put(blob, offsets, view(rows), first, last, out)]

    threads = thread_count()
    with ThreadPoolExecutor(threads) as pool:
        firsts = list(range(0, len(wv), step))
        for k in range(0, len(firsts), 2 * threads):
            for piece in pool.map(block, firsts[k : k + 2 * threads]):
                file.write(piece.data)


def fsync_path(path: str | os.PathLike[str]) -> None:
    """Make a file's bytes durable."""
    with Path(path).open("rb") as file:
        os.fsync(file.fileno())
