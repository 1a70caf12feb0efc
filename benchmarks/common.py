"""What the benchmarks share: alternating runs, rows with ratios, the peers' own Python.

Every row is measured in one run on the same machine: A B A B, medians. Peers live in an environment of their own, whose
Python ``make bench`` installs and names in FIRTH_PEERS.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEERS = os.environ.get("FIRTH_PEERS", str(ROOT / ".venv-peers" / "bin" / "python"))
DATA = Path(os.environ.get("FIRTH_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("FIRTH_BENCH_CACHE", ROOT / ".cache" / "bench"))


@dataclass
class Row:
    """One measured comparison.

    Attributes:
        work: what was done.
        peer: who else did it.
        ours, theirs: medians, in ``unit``.
        bar: the ratio to reach; None where there is none.
        higher: True where more of ``unit`` is better (words/s), False for times.
        note: settings and the rule of the comparison.
    """

    work: str
    peer: str
    ours: float
    theirs: float
    unit: str = "s"
    bar: float | None = None
    higher: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times better than the peer."""
        return self.ours / self.theirs if self.higher else self.theirs / self.ours

    def __str__(self) -> str:
        met = "" if self.bar is None else f"  bar {self.bar:.3g} x: {'met' if self.ratio >= self.bar else 'MISSED'}"
        line = (
            f"{self.work:<52} firth {self.ours:>10.4g} {self.unit:<4} {self.peer} {self.theirs:>10.4g} {self.unit:<4}"
            f" = {self.ratio:6.2f} x{met}"
        )
        return line + (f"\n    {self.note}" if self.note else "")

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {**self.__dict__, "ratio": self.ratio}


def timed(work: Callable[[], Any]) -> float:
    """Return the seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(a: Callable[[], float], b: Callable[[], float], rounds: int = 5, warmup: int = 1) -> tuple[float, float]:
    """Call two measurements in turn (A B A B ...) and return their medians; each returns its own figure."""
    for _ in range(warmup):
        a(), b()
    pairs = [(a(), b()) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def emit(row: Row) -> Row:
    """Print a row, and append it as JSON to the file named in FIRTH_BENCH_ROWS, if any."""
    print(row, flush=True)
    if target := os.environ.get("FIRTH_BENCH_ROWS"):
        with Path(target).open("a") as file:
            file.write(json.dumps(row.to_json()) + "\n")
    return row


class Worker:
    """A Python process that runs snippets and stays alive between them, so that rivals can alternate.

    A snippet is code that sets ``result`` to a JSON value. ``setup`` runs once, imports included.
    """

    LOOP = (
        "import sys, json, contextlib\n"
        "scope = {}\n"
        "for line in sys.stdin:\n"
        "    with contextlib.redirect_stdout(sys.stderr):\n"
        "        exec(json.loads(line), scope)\n"
        "    print(json.dumps(scope.get('result')), flush=True)\n"
    )

    def __init__(self, python: str = sys.executable, setup: str = "", env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [python, "-c", self.LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self.run(setup or "result = None")

    def run(self, code: str) -> Any:
        """Run a snippet; return its ``result``."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker ended while it ran: {code[:200]}")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


def whole_process(command: list[str], env: dict[str, str] | None = None) -> Callable[[], float]:
    """Return a measurement of a command's wall time from start to end, its output thrown away."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}
        )
        return time.perf_counter() - start

    return run
