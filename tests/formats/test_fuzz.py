"""The fuzzer in short: some thousands of damaged files, always the same ones (`make fuzz` runs a million)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).parents[2] / "benchmarks" / "fuzz_formats.py"


def test_damaged_files_are_refused_or_read_right() -> None:
    done = subprocess.run([sys.executable, str(FUZZER), "--n", "4000", "--seed", "9"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4,000 files" in done.stdout
    assert done.stdout.splitlines()[0].endswith(", 0 went wrong")
