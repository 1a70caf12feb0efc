"""How long work tells its watcher how far it is: a small protocol, silent by default.

Rooms below the command line know only this protocol; what it looks like (a bar, a log) is decided by the caller.
"""

from __future__ import annotations

from typing import Protocol


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
