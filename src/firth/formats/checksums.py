"""Comparing a ``.firth`` file with the checksums that were written into it: has any byte of it changed since?

Opening a file maps it and compares nothing, as that would mean to read all of it. What is summed, and how, is said in
``docs/format.md``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from firth.errors import FormatError
from firth.formats.base import Source
from firth.formats.blocksums import BLOCK, add_block
from firth.formats.firth_file import CHECKSUMS, HEADER_CHECKSUM, NO_CHECKSUM, find_header_checksum, parse_safetensors
from firth.formats.source import open_source, read_error

_WAY_OUT = "take another copy of the file, or make it anew from its source"


def check(path: str | os.PathLike[str]) -> list[str]:
    """Read a ``.firth`` file from end to end and compare it with its checksums; return the names of its tensors.

    The list is empty where no checksums were saved (firth wrote none at first).

    Raises:
        FormatError: a byte has changed since the file was written, and in which tensor; or it is no ``.firth`` file.
        ReadError: the file cannot be read, or not all of it.

    >>> import pathlib, tempfile
    >>> import firth
    >>> file = firth.WordVectors.from_words(["cat"], [[0.5, 1]]).save(pathlib.Path(tempfile.mkdtemp(), "cat.firth"))
    >>> check(file)
    ['words.offsets', 'vectors', 'norms', 'words.slots', 'words.bytes']
    >>> _ = file.write_bytes(file.read_bytes().replace(b"cat", b"car"))
    >>> check(file)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    firth.errors.FormatError: ...cat.firth: words.bytes is not what was written (checksum ...); take another copy ...
    """
    return check_source(open_source(path))


def check_source(source: Source) -> list[str]:
    """Do what :func:`check` does with a file that is open."""
    name, data = source.name, source.data
    length = int.from_bytes(source.head(8), "little")
    if len(data) < 16 or bytes(data[8:10]) != b'{"':
        raise FormatError(f"{name} is no .firth file, and other vector files hold no checksums that firth knows of")
    tensors, metadata = parse_safetensors(data, name)
    head = data[: 8 + length].tobytes()
    if CHECKSUMS not in metadata and HEADER_CHECKSUM not in metadata:
        return []
    place = find_header_checksum(head)
    zeroed = head[:place] + NO_CHECKSUM.encode() + head[place + 8 :]
    saved = str(metadata.get(HEADER_CHECKSUM))
    if place < 0 or saved != f"{crc32(zeroed):08x}":
        raise FormatError(
            f"{name}: its header is not what was written (checksum {crc32(zeroed):08x}, saved {saved}); {_WAY_OUT}"
        )
    expected = _saved_checksums(metadata.get(CHECKSUMS), name)
    if set(expected) != set(tensors):
        raise FormatError(f"{name}: checksums of {', '.join(expected)} were saved, the file holds {', '.join(tensors)}")
    wrong, end = [], len(head)
    for tensor, array in tensors.items():
        start = array.ctypes.data - data.ctypes.data if array.nbytes else end
        stop, found = start + array.nbytes, 0
        for block in _blocks(source, start, stop):
            found = add_block(block, found)
        end = max(end, stop)
        if f"{found:08x}" != expected[tensor]:
            wrong.append(f"{tensor} is not what was written (checksum {found:08x}, saved {expected[tensor]})")
    if end != len(data):
        wrong.append(f"{len(data) - end:,} bytes stand behind the last tensor")
    if wrong:
        raise FormatError(f"{name}: {', '.join(wrong)}; {_WAY_OUT}")
    return list(tensors)


def _saved_checksums(text: Any, name: str) -> dict[str, Any]:
    try:
        checksums = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        checksums = None
    if not isinstance(checksums, dict):
        raise FormatError(f"{name}: its checksums cannot be read: {str(text)[:40]!r}")
    return checksums


def _blocks(source: Source, start: int, stop: int) -> Iterator[Any]:
    """Yield the bytes from ``start`` to ``stop``; where the file is not packed, read rather than mapped.

    A disk that cannot give a page back ends a process that has mapped it, and is an error of one that reads.
    """
    if source.packing or source.path is None or not source.path.is_file():
        yield from (source.data[k : min(k + BLOCK, stop)].data for k in range(start, stop, BLOCK))
        return
    try:
        with source.path.open("rb") as file:
            file.seek(start)
            while start < stop and (block := file.read(min(BLOCK, stop - start))):
                start += len(block)
                yield block
    except OSError as error:
        raise read_error(source.name, error) from error
