"""Opening a file: whatever it is wrapped in, out come its unpacked bytes, mapped into memory.

A plain file is mapped as it is. A packed one (gzip, bzip2, xz, zstd, zip, tar, also one within another) is unpacked
as a stream into a temporary file without a name, which is then mapped: memory stays small, and the system removes the
file when the last array over it is gone. What a file is, its first bytes tell, never its name.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import mmap
import os
import stat
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.formats.base import Source

_BLOCK = 1 << 20
_DEEPEST = 5
_TAR_MAGIC = slice(257, 262)

_MAGICS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}


def open_source(path: str | os.PathLike[str]) -> Source:
    """Open ``path`` and unpack it in passing; ``-`` is standard input, ``archive.zip::member`` one file of an archive.

    Raises:
        ReadError: the file cannot be opened or read.
        FormatError: it is packed, and damaged or cut; or an archive of several files.

    >>> folder = Path(tempfile.mkdtemp())
    >>> with gzip.open(folder / "cat.txt", "wb") as file:
    ...     _ = file.write(b"cat 0.5")
    >>> source = open_source(folder / "cat.txt")
    >>> source.head(), source.packing
    (b'cat 0.5', ('gzip',))
    """
    name = os.fspath(path)
    if name == "-":
        data, target = _spool(sys.stdin.buffer, "standard input"), None
        name, member = "standard input", None
    else:
        file, member = _split_member(name)
        target = Path(file)
        data = _map(target, file)
    return unpack(name, target, data, member)


def open_member(source: Source, member: str) -> Source:
    """Open one file of an archive that is open, as far as it is packed itself.

    Raises:
        FormatError: there is no such member, or it is damaged.
    """
    return unpack(f"{source.name}::{member}", source.path, source.data, member)


def _split_member(name: str) -> tuple[str, str | None]:
    """Cut ``archive.zip::member`` in two, unless a file of the whole name exists."""
    if "::" in name and not Path(name).exists():
        file, _, member = name.partition("::")
        return file, member
    return name, None


def read_error(name: str, error: OSError) -> ReadError:
    """Return the :class:`ReadError` that tells a person why ``name`` cannot be read."""
    reasons = {
        errno.ENOENT: "there is no such file",
        errno.EACCES: "no permission to read it",
        errno.EISDIR: "it is a folder; name a file in it",
        errno.ENOTDIR: "a part of the path is not a folder",
        errno.ENAMETOOLONG: "the name is too long",
    }
    return ReadError(f"cannot read {name}: {reasons.get(error.errno or 0, error.strerror or str(error))}")


def _map(path: Path, name: str) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as file:
            kind = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(kind):  # a pipe, such as the shell's <(...)
                return _spool(file, name)
            return _map_open(file)
    except OSError as error:
        raise read_error(name, error) from error
    except ValueError as error:  # a NUL in the name
        raise ReadError(f"cannot read {name!r}: {error}") from error


def _map_open(file: IO[bytes]) -> NDArray[np.uint8]:
    if os.fstat(file.fileno()).st_size == 0:
        return np.empty(0, np.uint8)
    return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def _spool(stream: Any, name: str, packing: str | None = None) -> NDArray[np.uint8]:
    """Copy a stream into a temporary file without a name, and map that."""
    done = 0
    with tempfile.TemporaryFile(prefix="firth-") as target:
        try:
            while block := stream.read(_BLOCK):
                _write(target, block, name)
                done += len(block)
            target.flush()
        except ReadError:
            raise
        except Exception as error:  # an unpacker fails on damaged data in more ways than it documents
            if packing is not None:
                raise _damaged(name, packing, done, error) from error
            if isinstance(error, OSError):
                raise read_error(name, error) from error
            raise
        return _map_open(target)


def _write(target: Any, block: bytes, name: str) -> None:
    try:
        target.write(block)
    except OSError as error:
        raise ReadError(
            f"cannot unpack {name} into {tempfile.gettempdir()}: {error.strerror or error}; "
            "point TMPDIR at a disk with more room"
        ) from error


def _damaged(name: str, packing: str | None, done: int, error: Exception) -> FormatError:
    reason = str(error) or type(error).__name__
    return FormatError(
        f"{name}: the {packing or 'packed'} data is damaged or cut: {done:,} bytes came out, then: {reason}; "
        "fetch the file again"
    )


def unpack(name: str, path: Path | None, data: NDArray[np.uint8], member: str | None) -> Source:
    packing: list[str] = []
    while kind := _packing_of(data):
        if len(packing) == _DEEPEST:
            raise FormatError(f"{name} is packed {_DEEPEST} times and more ({', '.join(packing)}); unpack it yourself")
        if kind == "zip" and member is None and _is_other_zip(data):
            break  # an .npz or the like: the formats know what to say
        opener = _OPENERS[kind]
        with opener(data, name, member) as stream:
            data = _spool(stream, name, kind)
        if kind in ("zip", "tar"):
            member = None
        packing.append(kind)
    if member is not None:
        raise FormatError(f"{name}: only zip and tar archives have members, and this file is neither")
    return Source(name, path, data, tuple(packing))


def _packing_of(data: NDArray[np.uint8]) -> str | None:
    head = data[:512].tobytes()
    for magic, kind in _MAGICS.items():
        if head.startswith(magic) and (kind != "bzip2" or head[3:4].isdigit()):
            return kind
    return "tar" if head[_TAR_MAGIC] == b"ustar" else None


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


def _is_other_zip(data: NDArray[np.uint8]) -> bool:
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
            raise _damaged(name, "zip", 0, error) from error
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
            raise _damaged(name, "tar", 0, error) from error
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
        f"{name}: the {kind} archive holds {len(real)} files: {_listed(real)}; say which one, such as {name}::{real[0]}"
    )


def _listed(members: list[str], most: int = 5) -> str:
    return ", ".join(members[:most]) + (f" and {len(members) - most} more" if len(members) > most else "")


_OPENERS: dict[str, Callable[..., Any]] = {
    "gzip": _gzip, "bzip2": _bzip2, "xz": _xz, "zstd": _zstd, "zip": _zip, "tar": _tar,
}  # fmt: skip
