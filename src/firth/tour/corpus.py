"""The tour's corpus: the documentation that is installed on every machine that has Python.

Read are, in this order: the language reference that ``help()`` shows, the docstrings of the built-in types, the
docstrings of the standard library, those of every installed package, and the descriptions that packages were published
with. Source files are parsed, never imported. A sentence is kept once, however often it stands there.
"""

from __future__ import annotations

import builtins
import importlib.metadata
import inspect
import os
import subprocess
import sys
import sysconfig
import tempfile
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firth.errors import CorpusError
from firth.files import atomic_write
from firth.progress import Progress, Silent
from firth.tour import reading
from firth.tour.reading import read_files, sentences
from firth.training.threads import default_threads

#: Of one package at most so many bytes of source are read, so that none outweighs all others; and of all together.
PACKAGE_BYTES, ALL_BYTES = 5_000_000, 50_000_000

#: The corpus ends here: enough for a tour, and trained in seconds.
MOST_WORDS = 5_000_000

_LEFT_OUT = {"test", "tests", "__pycache__", "site-packages", "dist-packages", "idlelib", "lib2to3", "node_modules"}

#: A source file and its size in bytes.
Source = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered.

    Attributes:
        path: the text file, one sentence a line, UTF-8.
        sentences, words: how many.
        sources: words by where they come from, in reading order.
        packages: names of the packages that were read, sorted.
    """

    path: Path
    sentences: int
    words: int
    sources: dict[str, int]
    packages: tuple[str, ...]


def gather(path: str | os.PathLike[str], *, progress: Progress | None = None) -> Gathered:
    """Write the documentation text installed on this machine to a file, one sentence a line.

    The same machine gives the same file. No module is imported and nothing is downloaded.

    Raises:
        CorpusError: there is hardly any text.
        WriteError: the file could not be written.
    """
    watcher = progress or Silent()
    target = Path(path)
    packages = installed_packages()
    library = [file for file, _ in library_sources()]
    parts: list[tuple[str, Iterable[str]]] = [
        ("language reference", _language_reference()),
        ("built-in types", _builtin_types()),
        ("standard library", _read_all(library, watcher, "reading the standard library")),
        ("packages", _read_all(shared_out(packages), watcher, "reading installed packages")),
        ("descriptions", _descriptions()),
    ]
    seen: set[int] = set()
    sources: dict[str, int] = {}
    words = 0
    with atomic_write(target) as file:
        for name, lines in parts:
            before = words
            for line in lines:
                key = hash(line)
                if key not in seen and words < MOST_WORDS:
                    seen.add(key)
                    words += line.count(" ") + 1
                    file.write(line.encode("utf-8", "replace") + b"\n")
            sources[name] = words - before
        if words < 1_000:
            raise CorpusError(
                f"only {words} words of documentation are installed here (is Python run without docstrings?); "
                "give a text of your own to firth train instead"
            )
    return Gathered(target, len(seen), words, sources, tuple(packages))


def library_sources() -> list[Source]:
    """Return the source files of the standard library, tests left out."""
    return list(_sources(Path(sysconfig.get_paths()["stdlib"])))


def installed_packages() -> dict[str, list[Source]]:
    """Return top-level package or module → its source files, in sorted order."""
    found: dict[str, list[Source]] = {}
    folders = dict.fromkeys(sysconfig.get_paths()[name] for name in ("purelib", "platlib"))
    for folder in map(Path, folders):
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            name = entry.name.removesuffix(".py")
            if entry.is_dir() and name.isidentifier() and name not in _LEFT_OUT:
                found.setdefault(name, list(_sources(entry)))
            elif entry.suffix == ".py" and name.isidentifier():
                found.setdefault(name, [(str(entry), entry.stat().st_size)])
    return dict(sorted((name, files) for name, files in found.items() if files))


def _sources(folder: Path) -> Iterator[Source]:
    """Yield the source files below a folder: shallow ones first, for they matter most."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith((".", "config-"))]
        found += [os.path.join(root, name) for name in names if name.endswith(".py")]  # noqa: PTH118
    for path in sorted(found, key=lambda path: (path.count(os.sep), path)):
        try:
            yield path, os.path.getsize(path)  # noqa: PTH202
        except OSError:
            continue


def shared_out(packages: dict[str, list[Source]], each: int = PACKAGE_BYTES, most: int = ALL_BYTES) -> list[str]:
    """Return the files to read: of every package at most ``each`` bytes, and where all are too many, less of the large.

    >>> shared_out({"a": [("a/1", 50), ("a/2", 50)], "b": [("b/1", 10)]}, each=80, most=1000)
    ['a/1', 'b/1']
    """
    sizes = [sum(size for _, size in files) for files in packages.values()]
    while each > 1_000 and sum(min(size, each) for size in sizes) > most:
        each = each * 9 // 10
    chosen: list[str] = []
    for files in packages.values():
        used = 0
        for path, size in files:
            used += size
            if used <= each:
                chosen.append(path)
    return chosen


def _read_all(files: list[str], watcher: Progress, what: str) -> Iterator[str]:
    """Yield the sentences of all files, in their order, read by as many workers as this process has cores."""
    if not sys.executable:  # Python inside another program: no worker can be started
        yield from read_files(files)
        return
    size = max(10, min(100, len(files) // 20))  # small enough for a bar that moves
    waiting = [files[start : start + size] for start in range(0, len(files), size)]
    running: list[tuple[subprocess.Popen[bytes], IO[bytes], list[str]]] = []
    watcher.start(what, total=len(files), unit="files")
    try:
        while waiting or running:
            while waiting and len(running) < default_threads():
                running.append((*_start_worker(waiting[0]), waiting.pop(0)))
            process, out, members = running.pop(0)
            if process.wait():  # a worker that died left half of its text; read the whole of it here
                yield from read_files(members)
            else:
                out.seek(0)
                yield from out.read().decode("utf-8", "replace").splitlines()
            out.close()
            watcher.advance(len(members))
    finally:
        for process, _, _ in running:
            process.kill()
            process.wait()
        watcher.close()


def _start_worker(files: list[str]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start a reader whose input and output are files: a full pipe would make it wait."""
    out = tempfile.TemporaryFile()  # noqa: SIM115
    with tempfile.TemporaryFile() as listed:
        listed.write("\n".join(files).encode("utf-8", "surrogateescape"))
        listed.seek(0)
        command = [sys.executable, "-I", "-S", reading.__file__]  # the file alone: the package would cost half a second
        return subprocess.Popen(command, stdin=listed, stdout=out, stderr=subprocess.DEVNULL), out


def _language_reference() -> Iterator[str]:
    try:
        from pydoc_data.topics import topics
    except ImportError:  # some systems package it apart
        return
    for name in sorted(topics):
        yield from sentences(topics[name])


def _builtin_types() -> Iterator[str]:
    for name in sorted(vars(builtins)):
        thing = getattr(builtins, name)
        if not isinstance(thing, type | types.BuiltinFunctionType):
            continue
        members = [vars(thing)[key] for key in sorted(vars(thing))] if isinstance(thing, type) else []
        for member in (thing, *members):
            text = getattr(member, "__doc__", None)
            if isinstance(text, str):
                yield from sentences(inspect.cleandoc(text))


def _descriptions() -> Iterator[str]:
    """Yield the sentences of the descriptions that installed packages were published with."""
    named = {(one.name or "").lower(): one for one in importlib.metadata.distributions()}
    for name in sorted(named):
        raw = named[name].read_text("METADATA") or ""
        yield from sentences(raw.partition("\n\n")[2])
