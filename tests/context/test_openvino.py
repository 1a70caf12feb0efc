"""OpenVINO in processes of its own: what a first use does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("attempt", range(3))
def test_two_threads_may_begin_at_once(minilm_folder: Path, attempt: int) -> None:
    """The first tensors of two threads once waited for each other for ever, in many a process."""
    pytest.importorskip("openvino")
    asked = ["context", str(minilm_folder), "-w", "bat", "A bat flew out.", "The bat of a x.", "--backend", "openvino"]
    ended = subprocess.run([sys.executable, "-m", "firth", *asked], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "bat" in ended.stdout
