"""Threads that a Ctrl-C, or an error in one of them, ends cleanly."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


def default_threads() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_threads(work: Callable[[int, threading.Event], None], n: int) -> None:
    """Call ``work(k, stop)`` for k = 0 ... n - 1, each in a thread, and wait for all.

    ``work`` must look at ``stop`` now and then and return soon once it is set. That happens when another thread
    failed or the waiting thread was interrupted; the first error is then raised here, after all threads have ended.

    >>> seen = []
    >>> run_threads(lambda k, stop: seen.append(k), 2)
    >>> sorted(seen)
    [0, 1]
    """
    stop = threading.Event()
    errors: list[BaseException] = []

    def guarded(k: int) -> None:
        try:
            work(k, stop)
        except BaseException as error:
            errors.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(k,), name=f"firth-{k}", daemon=True) for k in range(n)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # in short waits, so that Ctrl-C reaches this thread on every system
    except BaseException:
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        raise
    if errors:
        raise errors[0]
