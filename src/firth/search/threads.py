"""The threads that searches share, and how work is cut for them."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_pool: list[ThreadPoolExecutor] = []


def threads() -> int:
    """Return how many threads a search uses: as many as the processors that this process may run on, at most 16."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, min(16, len(os.sched_getaffinity(0))))
    return max(1, min(16, os.cpu_count() or 1))


def pool() -> ThreadPoolExecutor:
    """Return the threads, started when first needed."""
    if not _pool:
        from concurrent.futures import ThreadPoolExecutor  # here, so that a single query starts without it

        _pool.append(ThreadPoolExecutor(threads(), thread_name_prefix="firth-search"))
    return _pool[0]


if hasattr(os, "register_at_fork"):  # threads do not survive a fork: the child starts its own
    os.register_at_fork(after_in_child=_pool.clear)


def cut(start: int, stop: int, size: int, least: int = 16) -> list[tuple[int, int]]:
    """Return ranges of ``size`` that cover ``start`` to ``stop``; a rest below ``least`` joins the one before it.

    >>> cut(0, 100, 48)
    [(0, 48), (48, 100)]
    """
    edges = [*range(start, stop, size), stop]
    if len(edges) > 2 and stop - edges[-2] < least:
        del edges[-2]
    return list(itertools.pairwise(edges))


def shares(start: int, stop: int, n: int) -> list[tuple[int, int]]:
    """Return about ``n`` ranges of like length, multiples of 16 but for the last, that cover ``start`` to ``stop``.

    >>> shares(0, 100, 2)
    [(0, 64), (64, 100)]
    """
    return cut(start, stop, max(16, -(-(stop - start) // (16 * n)) * 16))
