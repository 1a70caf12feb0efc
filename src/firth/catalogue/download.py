"""Downloads that resume, are checked, and end: with the right file, or with one clear error.

What has come so far lies in ``FILE.part`` beside the target; ``FILE.part.json`` remembers where it came from and in
which version. The next try asks only for the rest, under the condition that the version is still the same. The file
takes its name only when its size and checksum are right.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from firth.catalogue.transfer import (
    Answer,
    InterruptedTransferError,
    Limits,
    RefusedTransferError,
    UnreachableError,
)
from firth.errors import DownloadError
from firth.files import write_error
from firth.progress import Progress, Silent

_RETRY = (408, 425, 429, 500, 502, 503, 504)
_WHY = {401: "asks for a password", 403: "forbids it", 404: "has no such file", 410: "has the file no longer"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched, and how its bytes are told to be right.

    Attributes:
        sources: addresses of the same file, tried in order.
        size: bytes, None where not known.
        checksum: ``"md5:..."``, ``"sha1:..."``, ``"sha256:..."`` or ``"sha512:..."``; None where not known.
        name: what messages call it.
    """

    sources: Sequence[str]
    size: int | None = None
    checksum: str | None = None
    name: str = "the file"


def download(wanted: Wanted, target: Path, *, limits: Limits | None = None, progress: Progress | None = None) -> str:
    """Fetch a file to ``target``, and return the address that it came from.

    Raises:
        DownloadError: no address gave the right file. What came of it stays for the next try, unless it was wrong.
        WriteError: it cannot be written.
    """
    rules, watcher = limits or Limits(), progress or Silent()
    part = target.with_name(f"{target.name}.part")
    problems: list[Exception] = []
    with _opened(part) as file:
        for source in wanted.sources:
            try:
                _from_source(wanted, source, file, part, rules, watcher)
            except (RefusedTransferError, InterruptedTransferError) as problem:
                problems.append(problem)
                continue
            except OSError as error:
                raise error if isinstance(error, DownloadError) else write_error(part, error) from error
            finally:
                watcher.close()
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix":  # still locked, so that nobody else writes into what is now the target
                part.replace(target)
            break
        else:
            raise _failure(wanted, target, part, problems)
    if part.exists() and os.name != "posix":
        part.replace(target)
    _state_path(part).unlink(missing_ok=True)
    return source


def _failure(wanted: Wanted, target: Path, part: Path, problems: list[Exception]) -> DownloadError:
    kept = part.stat().st_size if part.exists() else 0
    if not kept:
        part.unlink(missing_ok=True)
        _state_path(part).unlink(missing_ok=True)
    reasons = "; ".join(dict.fromkeys(map(str, problems))) or "no address is known"
    if problems and all(isinstance(problem, UnreachableError) for problem in problems):
        advice = f"check the network, or put the file there yourself: {target}"
    elif kept:
        advice = f"{kept:,} bytes are kept in {part}; the next try goes on from there"
    else:
        advice = f"nothing is kept; try again later, or put the file there yourself: {target}"
    return DownloadError(f"cannot download {wanted.name}: {reasons}; {advice}")


def _from_source(wanted: Wanted, source: str, file: BinaryIO, part: Path, limits: Limits, watcher: Progress) -> None:
    """Try one address as often as the limits allow; return when the file is whole and right."""
    tries, pause, fresh = 0, limits.pause, False
    while True:
        before = _length(file)
        tries += 1
        try:
            resumed = _attempt(wanted, source, file, part, limits, watcher)
            problem = _wrong(wanted, file, watcher)
            if problem is None:
                return
            _empty(file, part)
            if resumed and not fresh:  # the beginning may be from another version: once more from the start
                fresh = True
                continue
            raise RefusedTransferError(f"{_host(source)} sent wrong bytes: {problem}")
        except _RestartError:
            _empty(file, part)
            if tries >= limits.tries:
                raise
        except InterruptedTransferError:
            if _length(file) - before >= limits.worth:
                tries, pause = 0, limits.pause
            if tries >= limits.tries:
                raise
            time.sleep(pause)
            pause *= 2


def _attempt(wanted: Wanted, source: str, file: BinaryIO, part: Path, limits: Limits, watcher: Progress) -> bool:
    """Ask for what is missing and write it; tell whether it was added to what an earlier try had brought."""
    have = _length(file)
    state = _state(part)
    if have and not _resumable(wanted, source, have, state):
        have = _empty(file, part)
    if have and have == wanted.size:
        return True
    headers = {}
    if have:
        headers["Range"] = f"bytes={have}-"
        if state.get("source") == source and state.get("version"):
            headers["If-Range"] = state["version"]
    answer = Answer(source, headers, limits, verified=wanted.checksum is not None)
    try:
        start, total = _read_head(wanted, source, answer, have, state)
        if start == 0 and have:
            have = _empty(file, part)
        if have == 0:
            _remember(part, source, answer)
        _check_space(wanted, part, total, have)
        watcher.start(f"downloading {wanted.name}", total, "B")
        watcher.advance(have)
        file.seek(have)
        got = have
        for chunk in answer.chunks():
            got += len(chunk)
            if total is not None and got > total:
                _empty(file, part)
                raise RefusedTransferError(f"{_host(source)} sends more than the {total:,} bytes expected")
            file.write(chunk)
            watcher.advance(len(chunk))
        if total is not None and got < total:
            raise InterruptedTransferError(f"{_host(source)} closed the connection after {got:,} of {total:,} bytes")
    finally:
        answer.close()
        file.flush()
    return have > 0


def _read_head(wanted: Wanted, source: str, answer: Answer, have: int, state: dict[str, Any]) -> tuple[int, int | None]:
    """Return the offset at which the body starts, and the size of the whole file, None where nobody tells."""
    host, status = _host(source), answer.status
    if status in _RETRY:
        raise InterruptedTransferError(f"{host} answers with status {status}")
    if status == 206 and have:
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", answer.headers.get("Content-Range", "").strip())
        if match is None or int(match[1]) != have:
            raise _RestartError(f"{host} sent another part than the one asked for")
        if state.get("source") == source and _version(answer) not in (None, state.get("version")):
            raise _RestartError(f"the file changed on {host}")
        start, total = have, None if match[3] == "*" else int(match[3])
    elif status == 200:
        length = answer.headers.get("Content-Length", "")
        start, total = 0, int(length) if length.isdigit() else None
    elif status == 416 and have:
        raise _RestartError(f"{host} has nothing after byte {have:,}")
    else:
        raise RefusedTransferError(f"{host} {_WHY.get(status, f'answers with status {status}')}")
    if wanted.size is not None and total is not None and total != wanted.size:
        raise RefusedTransferError(f"{host} offers {total:,} bytes where the catalogue has {wanted.size:,}")
    return start, total if total is not None else wanted.size


class _RestartError(InterruptedTransferError):
    """What has come so far is of no use with this server."""


def _wrong(wanted: Wanted, file: BinaryIO, watcher: Progress) -> str | None:
    """Return what is wrong with the bytes that came, or None."""
    size = _length(file)
    if wanted.size is not None and size != wanted.size:
        return f"{size:,} bytes where {wanted.size:,} were expected"
    if wanted.checksum is None:
        return None
    kind, _, expected = wanted.checksum.partition(":")
    digest = hashlib.new(kind, usedforsecurity=False)
    watcher.start(f"checking {wanted.name}", size, "B")
    file.seek(0)
    while chunk := file.read(1 << 20):
        digest.update(chunk)
        watcher.advance(len(chunk))
    found = digest.hexdigest()
    return None if found == expected else f"{kind} {found} where {expected} was expected"


# -- the part and what is known about it ------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(part: Path) -> Iterator[BinaryIO]:
    """Open the part for reading and writing, for this process alone."""
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644), "r+b")
    except OSError as error:
        raise write_error(part, error) from error
    with file:
        if not _locked(file) or not _same(file, part):
            raise DownloadError(f"another process is downloading to {part}; wait for it to end")
        yield file


def _locked(file: BinaryIO) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows refuses to rename or delete what another process has open: no lock is needed
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, BlockingIOError)  # some network disks know no locks
    return True


def _same(file: BinaryIO, part: Path) -> bool:
    """Tell whether the open file still has its name: another process may have finished in between."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except OSError:
        return False


def _length(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def _empty(file: BinaryIO, part: Path) -> int:
    file.seek(0)
    file.truncate()
    _state_path(part).unlink(missing_ok=True)
    return 0


def _state_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _state(part: Path) -> dict[str, Any]:
    try:
        state = json.loads(_state_path(part).read_bytes())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _version(answer: Answer) -> str | None:
    """Return what tells one version of the file from another: a strong ETag, else its date."""
    etag = answer.headers.get("ETag")
    if etag and not etag.startswith("W/"):
        return str(etag)
    modified = answer.headers.get("Last-Modified")
    return str(modified) if modified else None


def _remember(part: Path, source: str, answer: Answer) -> None:
    _state_path(part).write_text(json.dumps({"source": source, "version": _version(answer)}), encoding="utf-8")


def _resumable(wanted: Wanted, source: str, have: int, state: dict[str, Any]) -> bool:
    """Tell whether the rest may be added: the same version can be asked for, or a checksum will tell."""
    if wanted.size is not None and have > wanted.size:
        return False
    same_version = state.get("source") == source and bool(state.get("version"))
    return same_version or (wanted.checksum is not None and bool(state))


def _check_space(wanted: Wanted, part: Path, total: int | None, have: int) -> None:
    if total is None:
        return
    free = shutil.disk_usage(part.parent).free
    if free < total - have:
        raise DownloadError(
            f"{wanted.name} needs {total - have:,} more bytes and {part.parent} has {free:,} free; make room, or set "
            "FIRTH_CACHE to a folder on another disk"
        )


def _host(source: str) -> str:
    return urlsplit(source).hostname or source
