"""Ctrl-C that saves what there is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from firth.training import Stop

#: The signals that end a command in good order.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM ask training to end, where it is under way; any other ends the command at once.

    The command's exit code then is 128 + the signal's number, as shells count it.
    """

    def handle(number: int, frame: Any) -> None:
        name = signal.Signals(number).name
        if not stop.under_way or stop.reason:
            # The exit is lost where it comes up in a destructor or in a callback of the compiler; the wish stays.
            stop.ask(f"interrupted by {name}")
            click.echo(f"firth: ended by {name}; nothing was saved", err=True)
            raise SystemExit(128 + number)
        stop.ask(f"interrupted by {name}")

    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(stop: Stop) -> int:
    """Return the exit code of a command whose training was asked to end.

    >>> from firth.training import Stop
    >>> stop = Stop()
    >>> stop.ask("interrupted by SIGINT")
    >>> exit_code(stop)
    130
    """
    name = (stop.reason or "").rpartition(" ")[2]
    return next((128 + number for number in SIGNALS if number.name == name), 0)
