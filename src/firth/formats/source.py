"""Opening a file: whatever it is wrapped in, out come its unpacked bytes, mapped into memory.

A plain file is mapped as it is. A packed one (gzip, bzip2, xz, zstd, zip, tar, also one within another) is unpacked
as a stream into a temporary file without a name, which is then mapped: memory stays small, and the system removes the
file when the last array over it is gone. What a file is, its first bytes tell, never its name.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.formats.base import HEAD, Source
from firth.formats.survey import looks_like_text
from firth.formats.unpacking import OPENERS, damaged, is_other_zip, packing_of

_BLOCK = 1 << 20
_DEEPEST = 5


def open_source(path: str | os.PathLike[str], *, lines: int | None = None) -> Source:
    """Open ``path`` and unpack it in passing; ``-`` is standard input, ``archive.zip::member`` one file of an archive.

    Where ``lines`` is given and a packed file is text, unpacking stops soon after so many lines; ``partial`` then says
    so.

    Raises:
        ReadError: the file cannot be opened or read.
        FormatError: it is packed, and damaged or cut; or an archive of several files.

    >>> import gzip
    >>> folder = Path(tempfile.mkdtemp())
    >>> with gzip.open(folder / "cat.txt", "wb") as file:
    ...     _ = file.write(b"cat 0.5")
    >>> source = open_source(folder / "cat.txt")
    >>> source.head(), source.packing
    (b'cat 0.5', ('gzip',))
    """
    name = os.fspath(path)
    if name == "-":
        data, target = _spool(sys.stdin.buffer, "standard input")[0], None
        name, member = "standard input", None
    else:
        file, member = _split_member(name)
        target = Path(file)
        data = _map(target, file)
    return unpack(name, target, data, member, lines)


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
                return _spool(file, name)[0]
            return _map_open(file)
    except OSError as error:
        raise read_error(name, error) from error
    except ValueError as error:  # a NUL in the name
        raise ReadError(f"cannot read {name!r}: {error}") from error


def _map_open(file: IO[bytes]) -> NDArray[np.uint8]:
    if os.fstat(file.fileno()).st_size == 0:
        return np.empty(0, np.uint8)
    return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)


def _spool(
    stream: Any, name: str, packing: str | None = None, lines: int | None = None
) -> tuple[NDArray[np.uint8], bool]:
    """Copy a stream into a temporary file without a name, and map that; tell whether it stopped after ``lines``."""
    done, seen, partial = 0, 0, False
    with tempfile.TemporaryFile(prefix="firth-") as target:
        try:
            while block := stream.read(_BLOCK):
                _write(target, block, name)
                if lines is not None and done == 0 and not _is_text(block):
                    lines = None
                done += len(block)
                seen += 0 if lines is None else block.count(b"\n")
                if lines is not None and seen > lines:
                    partial = True
                    break
            target.flush()
        except ReadError:
            raise
        except Exception as error:  # an unpacker fails on damaged data in more ways than it documents
            if packing is not None:
                raise damaged(name, packing, done, error) from error
            if isinstance(error, OSError):
                raise read_error(name, error) from error
            raise
        return _map_open(target), partial


def _is_text(block: bytes) -> bool:
    head = block[:HEAD]
    return looks_like_text(head, header=True) or looks_like_text(head, header=False)


def _write(target: Any, block: bytes, name: str) -> None:
    try:
        target.write(block)
    except OSError as error:
        raise ReadError(
            f"cannot unpack {name} into {tempfile.gettempdir()}: {error.strerror or error}; "
            "point TMPDIR at a disk with more room"
        ) from error


def unpack(
    name: str, path: Path | None, data: NDArray[np.uint8], member: str | None, lines: int | None = None
) -> Source:
    """Make a source of a file's bytes, unpacked as often as they are packed."""
    packing: list[str] = []
    partial = False
    while kind := packing_of(data):
        if len(packing) == _DEEPEST:
            raise FormatError(f"{name} is packed {_DEEPEST} times and more ({', '.join(packing)}); unpack it yourself")
        if kind == "zip" and member is None and is_other_zip(data):
            break  # an .npz or the like: the formats know what to say
        opener = OPENERS[kind]
        with opener(data, name, member) as stream:
            data, partial = _spool(stream, name, kind, lines)
        if kind in ("zip", "tar"):
            member = None
        packing.append(kind)
    if member is not None:
        raise FormatError(f"{name}: only zip and tar archives have members, and this file is neither")
    return Source(name, path, data, tuple(packing), partial)
