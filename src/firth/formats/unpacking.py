"""The packers: which one the first bytes of a file show, and its content as a stream."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError

_TAR_MAGIC = slice(257, 262)

_MAGICS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}


def packing_of(data: NDArray[np.uint8]) -> str | None:
    """Return the name of the packer that made a file, by its first bytes."""
    head = data[:512].tobytes()
    for magic, kind in _MAGICS.items():
        if head.startswith(magic) and (kind != "bzip2" or head[3:4].isdigit()):
            return kind
    return "tar" if head[_TAR_MAGIC] == b"ustar" else None


def one_line(text: str, most: int = 120) -> str:
    """Return foreign text fit for a line of a message: short, and without control characters.

    >>> one_line("two\\nlines")
    'two\\\\nlines'
    """
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: most + 1])
    return shown if len(text) <= most else shown[:most] + "..."


def damaged(name: str, packing: str | None, done: int, error: Exception) -> FormatError:
    """Return the error for packed data that broke off after ``done`` bytes."""
    reason = one_line(str(error) or type(error).__name__)
    return FormatError(
        f"{name}: the {packing or 'packed'} data is damaged or cut: {done:,} bytes came out, then: {reason}; "
        "fetch the file again"
    )


def _file(data: NDArray[np.uint8]) -> BinaryIO:
    """Return mapped bytes as a file, without a copy."""
    return io.BufferedReader(_View(data))


class _View(io.RawIOBase):
    """Reads an array as a file."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._view, self._place = data.data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n = max(0, min(len(buffer), len(self._view) - self._place))
        buffer[:n] = self._view[self._place : self._place + n]
        self._place += n
        return n

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._place, len(self._view))[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "seek before the start")
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place


_Opened = Iterator[Any]


@contextmanager
def _gzip(data: NDArray[np.uint8], name: str, member: str | None) -> _Opened:
    with gzip.GzipFile(fileobj=_file(data)) as stream:
        yield stream


@contextmanager
def _bzip2(data: NDArray[np.uint8], name: str, member: str | None) -> _Opened:
    with bz2.BZ2File(_file(data)) as stream:
        yield stream


@contextmanager
def _xz(data: NDArray[np.uint8], name: str, member: str | None) -> _Opened:
    with lzma.LZMAFile(_file(data)) as stream:
        yield stream


@contextmanager
def _zstd(data: NDArray[np.uint8], name: str, member: str | None) -> _Opened:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    with zstd.ZstdFile(_file(data)) as stream:
        yield stream


def is_other_zip(data: NDArray[np.uint8]) -> bool:
    """Tell whether a zip is a kind of file of its own: numpy's .npz, or torch's saved objects."""
    try:
        with zipfile.ZipFile(_file(data)) as archive:
            names = archive.namelist()
    except Exception:  # what is wrong is said when it is opened for reading
        return False
    return any(name.endswith((".npy", "/data.pkl", "[Content_Types].xml")) for name in names)


@contextmanager
def _zip(data: NDArray[np.uint8], name: str, member: str | None) -> _Opened:
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(_file(data)))
            members = [entry for entry in archive.namelist() if not entry.endswith("/")]
            stream = stack.enter_context(archive.open(_choose(name, "zip", members, member)))
        except FormatError:
            raise
        except Exception as error:  # zipfile fails on damaged archives in more ways than it documents
            raise damaged(name, "zip", 0, error) from error
        yield stream


@contextmanager
def _tar(data: NDArray[np.uint8], name: str, member: str | None) -> _Opened:
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(tarfile.open(fileobj=_file(data), mode="r:"))
            entries = {entry.name: entry for entry in archive if entry.isfile()}
            stream = archive.extractfile(entries[_choose(name, "tar", list(entries), member)])
        except FormatError:
            raise
        except Exception as error:  # so does tarfile
            raise damaged(name, "tar", 0, error) from error
        yield stream


def _choose(name: str, kind: str, members: list[str], member: str | None) -> str:
    """Return the one member of an archive that is meant."""
    if member is not None:
        if member in members:
            return member
        raise FormatError(f"{name}: the {kind} archive has no member {member!r}; it has: {_listed(members)}")
    real = [entry for entry in members if not entry.startswith("__MACOSX/")]
    if len(real) == 1:
        return real[0]
    if not real:
        raise FormatError(f"{name}: the {kind} archive is empty")
    raise FormatError(
        f"{name}: the {kind} archive holds {len(real)} files: {_listed(real)}; "
        f"say which one, such as {name}::{one_line(real[0])}"
    )


def _listed(members: list[str], most: int = 5) -> str:
    return ", ".join(map(one_line, members[:most])) + (
        f" and {len(members) - most} more" if len(members) > most else ""
    )


_Opener = Callable[[NDArray[np.uint8], str, str | None], AbstractContextManager[Any]]

#: Packer → what opens a file of it (bytes, name for messages, member of the archive) as a stream.
OPENERS: dict[str, _Opener] = {
    "gzip": _gzip, "bzip2": _bzip2, "xz": _xz, "zstd": _zstd, "zip": _zip, "tar": _tar,
}  # fmt: skip
