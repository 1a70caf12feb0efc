"""How long work tells its watcher how far it is: a small protocol, silent by default.

Rooms below the command line know only this protocol; what it looks like (a bar, a log) is decided by the caller. The
one wait that no caller can foresee, machine code that must be made first, is told through :func:`tell_of_compiling`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

_say: Callable[[str], None] | None = None


def tell_of_compiling(say: Callable[[str], None] | None) -> None:
    """Have ``say`` called with a line of text, once, before code is compiled that is not on disk; None: nobody is told.

    >>> tell_of_compiling(print)
    >>> compiling(kept=True)
    compiling firth's inner loops for this machine, once: takes some seconds
    >>> compiling(kept=True)
    """
    global _say
    _say = say


def compiling(*, kept: bool) -> None:
    """Tell whoever asked for it that code is about to be compiled, and whether it will be ``kept`` on disk."""
    global _say
    say, _say = _say, None
    if say is None:
        return
    if kept:
        say("compiling firth's inner loops for this machine, once: takes some seconds")
    else:
        say("compiling firth's inner loops, which takes some seconds every time: no folder to keep them can be written "
            "(the environment variable NUMBA_CACHE_DIR may name one)")  # fmt: skip


class Progress(Protocol):
    """Somebody who watches long work."""

    def start(self, what: str, total: float | None = None, unit: str = "") -> None:
        """Begin a stage of ``total`` units (None: not known)."""

    def advance(self, amount: float) -> None:
        """Count ``amount`` more units as done; cheap, may be called often and from any thread."""

    def note(self, **fields: float | str) -> None:
        """Show named values beside the bar, such as ``loss=0.31``."""

    def close(self) -> None:
        """End the current stage."""


class Silent:
    """Watches nothing.

    >>> watcher = Silent()
    >>> watcher.start("reading", total=10)
    >>> watcher.advance(10)
    >>> watcher.close()
    """

    def start(self, what: str, total: float | None = None, unit: str = "") -> None:
        """Ignore the stage."""

    def advance(self, amount: float) -> None:
        """Ignore the step."""

    def note(self, **fields: float | str) -> None:
        """Ignore the values."""

    def close(self) -> None:
        """Ignore the end."""
