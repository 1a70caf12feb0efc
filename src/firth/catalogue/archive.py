"""One file out of a zip archive."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from firth.errors import DownloadError
from firth.files import atomic_write
from firth.progress import Progress, Silent

_BLOCK = 1 << 20


def member_name(archive: Path, member: str) -> tuple[str, int]:
    """Return the full name of an archive's file, and how many files there are; ``""`` means the only one.

    Raises:
        DownloadError: it is no zip archive, or has no such file.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            files = [info.filename for info in zipped.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DownloadError(f"{archive} is no whole zip archive ({error}); remove it and get it again") from error
    files = [name for name in files if not name.startswith("__MACOSX/")]
    matching = [name for name in files if not member or PurePosixPath(name).name == member]
    if len(matching) != 1:
        found = ", ".join(files[:8]) or "nothing"
        raise DownloadError(f"{archive} should hold {f'{member!r}' if member else 'one file'}; it holds {found}")
    return matching[0], len(files)


def extract(archive: Path, name: str, target: Path, *, progress: Progress | None = None) -> None:
    """Write one file of a zip archive to ``target``, whole or not at all; its CRC-32 is checked.

    Raises:
        DownloadError: the archive is damaged.
        WriteError: the file cannot be written.
    """
    watcher = progress or Silent()
    try:
        with zipfile.ZipFile(archive) as zipped, zipped.open(name) as packed, atomic_write(target) as out:
            watcher.start(f"unpacking {target.name}", zipped.getinfo(name).file_size, "B")
            while block := packed.read(_BLOCK):
                out.write(block)
                watcher.advance(len(block))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise DownloadError(f"{archive}: {name} cannot be unpacked ({error}); remove it and get it again") from error
    finally:
        watcher.close()
