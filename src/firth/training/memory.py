"""How much memory a training run will take, known before it starts."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from firth.errors import ResourceError
from firth.training.stream import TokenStream


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """Bytes that training will hold at its peak.

    Attributes:
        matrices: the input and output vectors, and the finished table.
        corpus: the corpus as numbers.
        tables: negative words, subsampling, and the working space of the threads.
        process: what the process holds already, the interpreter and the compiled code; 0 where it cannot be told.
        available: bytes that the system can still give; None where it cannot be told.
        disk: bytes of the corpus that lie in a temporary file instead.

    >>> print(MemoryForecast(matrices=300 << 20, corpus=200 << 20, tables=8 << 20, process=100 << 20, available=None))
    608 MB: matrices 300, corpus 200, tables 8, process 100
    """

    matrices: int
    corpus: int
    tables: int
    process: int
    available: int | None
    disk: int = 0

    @property
    def peak(self) -> int:
        """All of it."""
        return self.matrices + self.corpus + self.tables + self.process

    def check(self) -> None:
        """Refuse work that would not fit.

        Raises:
            ResourceError: the matrices and tables need more than is available.
        """
        needed = self.matrices + self.tables
        if self.available is not None and needed > self.available:
            raise ResourceError(
                f"training would need {_mb(needed):,} MB more and {_mb(self.available):,} MB are free ({self}); "
                "raise min_count, lower dim, or use a machine with more memory"
            )

    def to_json(self) -> dict[str, int | None]:
        """Return the parts and the peak in bytes."""
        names = ("matrices", "corpus", "tables", "process", "available", "disk", "peak")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        parts = ", ".join(
            f"{name} {_mb(getattr(self, name)):,}" for name in ("matrices", "corpus", "tables", "process")
        )
        disk = f"; corpus on disk {_mb(self.disk):,}" if self.disk else ""
        return f"{_mb(self.peak):,} MB: {parts}{disk}"


def _mb(n: int) -> int:
    return round(n / (1 << 20))


def resident_bytes() -> int:
    """Return the memory that this process holds now; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return peak_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_bytes() -> int:
    """Return the most memory that this process ever held; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def available_bytes() -> int | None:
    """Return the memory that the system (and a container's limit) can still give; None where it does not tell."""
    found = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024)
    except (OSError, ValueError, IndexError):
        pass
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        if limit != "max":
            found.append(max(0, int(limit) - used))
    except (OSError, ValueError):
        pass
    return min(found) if found else None


def default_room() -> int | None:
    """Return how many bytes of a corpus are kept in memory where nothing is said: a quarter of what is available."""
    available = available_bytes()
    return None if available is None else available // 4


def forecast(stream: TokenStream, matrices: int, tables: int) -> MemoryForecast:
    """Return the memory that training on a stream of tokens will take at its peak."""
    held = resident_bytes()
    # Where reading took more than will be held again, that peak lies behind us and stays the peak.
    behind = max(0, peak_bytes() - held - matrices - tables)
    process = max(0, held + behind - stream.nbytes)
    return MemoryForecast(matrices, stream.nbytes, tables, process, available_bytes(), stream.disk_bytes)
