"""The one decorator for compiled functions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


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
        compiled: F = numba.njit(**options, cache=True)(function)
    except RuntimeError:  # numba found no folder that it may write to
        compiled = numba.njit(**options)(function)
    return compiled


def _use_temporary_cache() -> None:
    """Point numba at the temporary folder where the home folder cannot be written."""
    home = Path("~").expanduser()
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(home, os.W_OK):
        numba.config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"firth-kernels-{os.getuid()}")


if hasattr(os, "getuid"):
    _use_temporary_cache()
