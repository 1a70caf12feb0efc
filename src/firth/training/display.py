"""A one-line progress display for plain Python: speed, time left and loss on stderr."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

from firth.progress import Progress, Silent, tell_of_compiling


def choose_display(progress: Progress | bool | None) -> Progress:
    """Return the watcher that ``progress`` means: True a line, False silence, None a line on a terminal.

    >>> type(choose_display(False)).__name__
    'Silent'
    """
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    if progress is True:
        line = LineDisplay(sys.stderr)
        tell_of_compiling(line.remark)
        return line
    return Silent() if progress is False else progress


class LineDisplay:
    """Rewrites one line, at most ten times a second; work of under half a second shows nothing."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._fields: dict[str, str] = {}
        self._shown = False

    def start(self, what: str, total: float | None = None, unit: str = "") -> None:
        """Begin a stage."""
        self._what, self._total, self._unit = what, total, unit
        self._done = 0.0
        self._fields = {}
        self._shown = False
        self._started = time.monotonic()
        self._next = self._started + 0.5

    def advance(self, amount: float) -> None:
        """Count units as done."""
        with self._lock:
            self._done += amount
            now = time.monotonic()
            if now >= self._next:
                self._next = now + 0.1
                self._show(now)

    def note(self, **fields: float | str) -> None:
        """Show named values."""
        self._fields.update((k, v if isinstance(v, str) else f"{v:.4g}") for k, v in fields.items())

    def remark(self, text: str) -> None:
        """Write a line of its own above."""
        with self._lock:
            self._out.write(f"\r\x1b[K{text}\n")
            self._out.flush()

    def close(self) -> None:
        """End the stage; its last line stays."""
        with self._lock:
            if self._shown:
                self._show(time.monotonic())
                self._out.write("\n")
                self._out.flush()

    def _show(self, now: float) -> None:
        elapsed = now - self._started
        speed = self._done / elapsed if elapsed else 0.0
        parts = [self._what]
        if self._total:
            share = min(1.0, self._done / self._total)
            parts.append(f"{share:4.0%}")
            left = (self._total - self._done) / speed if speed else 0.0
            parts.append(f"{_amount(speed)} {self._unit}/s")
            parts.append(f"{max(0.0, left):.0f} s left" if share < 1 else f"in {elapsed:.1f} s")
        else:
            parts.append(f"{_amount(self._done)} {self._unit}")
        parts += [f"{name} {value}" for name, value in self._fields.items()]
        self._out.write("\r\x1b[K" + "  ".join(parts))
        self._out.flush()
        self._shown = True


def _amount(value: float) -> str:
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f} {name}"
    return f"{value:.0f}"
