"""The one decorator for compiled functions."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from firth.progress import compiling

F = TypeVar("F", bound=Callable[..., Any])

_ROOM = Path(__file__).parent


def kernel(function: F) -> F:
    """Compile ``function`` on its first call, without the interpreter lock, and keep the machine code on disk.

    Where neither the package's folder nor the user's cache can be written (a read-only install with no home), the code
    is kept for this process only.

    >>> @kernel
    ... def double(x):
    ...     return 2 * x
    >>> double(21)
    42
    """
    return _compile(function, fastmath=False)


def fast_kernel(function: F) -> F:
    """Compile like :func:`kernel`, and let the compiler reorder floating-point sums."""
    return _compile(function, fastmath=True)


def _compile(function: F, *, fastmath: bool) -> F:
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath, "error_model": "numpy", "boundscheck": False}
    try:
        compiled: Any = numba.njit(**options, cache=True)(function)
        # numba looks only at the file of the function itself, yet code of other kernels is compiled into it: machine
        # code that is older than one of them would write where the newer ones keep something else.
        stored = compiled._cache._cache_file
        stored._source_stamp = (stored._source_stamp, _stamp(Path(function.__code__.co_filename)))
        kept = True
    except (RuntimeError, AttributeError):  # no folder that may be written to, or a numba with other insides
        compiled, kept = numba.njit(**options)(function), False
    with contextlib.suppress(AttributeError):  # a numba with other insides compiles without a word
        _announce(compiled._cache, kept=kept)
    result: F = compiled
    return result


def _announce(cache: Any, *, kept: bool) -> None:
    """Have the compiler's watcher told when ``cache`` was asked for code and had none: numba then compiles it."""
    load = cache.load_overload

    def load_or_tell(signature: Any, context: Any) -> Any:
        found = load(signature, context)
        if found is None:
            compiling(kept=kept)
        return found

    cache.load_overload = load_or_tell


@functools.cache
def _stamp(file: Path) -> tuple[tuple[str, int], ...]:
    """Return name and checksum of a file of this room and of all those that it imports, directly or not."""
    seen: dict[str, int] = {}
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path.stem in seen or not path.is_file():
            continue
        text = path.read_bytes()
        seen[path.stem] = zlib.crc32(text)
        for name, names in re.findall(rb"^\s*from firth\.kernels(?:\.(\w+))? import ([^\n(]*)", text, re.MULTILINE):
            modules = [name] if name else re.split(rb"[,\s]+", names)
            waiting += [_ROOM / f"{module.decode()}.py" for module in modules if module]
    return tuple(sorted(seen.items()))


def _use_temporary_cache() -> None:
    """Point numba at the temporary folder where the home folder cannot be written."""
    home = Path("~").expanduser()
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(home, os.W_OK):
        numba.config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"firth-kernels-{os.getuid()}")


if hasattr(os, "getuid"):
    _use_temporary_cache()
