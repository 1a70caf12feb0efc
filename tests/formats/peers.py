"""A Python that has the programs whose files firth reads and writes, for tests that hold firth against them."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing

_HOME = Path(__file__).parents[2]


@functools.cache
def python_with(*packages: str) -> str | None:
    """Return a Python that imports all ``packages``: this one, the peers', or one that FIRTH_PEERS names."""
    named = os.environ.get("FIRTH_PEERS", "")
    candidates = [sys.executable, *named.split(os.pathsep), *map(str, sorted(_HOME.glob(".venv-*/bin/python")))]
    code = "; ".join(f"import {package}" for package in packages)
    for python in candidates:
        if (
            python
            and Path(python).exists()
            and not subprocess.run([python, "-c", code], capture_output=True).returncode
        ):
            return python
    return None


def run_peer(packages: tuple[str, ...], code: str, *arguments: object) -> Any:
    """Run ``code`` where ``packages`` are; it gets the arguments in ``sys.argv`` and prints JSON.

    Skips, with what to install, where there is no such Python; the peers of the benchmarks must be there in CI.
    """
    python = python_with(*packages)
    if python is None:
        skip = missing if set(packages) <= {"gensim", "fasttext", "torch"} else pytest.skip
        skip(
            f"{', '.join(packages)} not installed, neither here nor in .venv-peers; set FIRTH_PEERS to a Python with it"
        )
    lines = ["import json, sys, warnings", "warnings.simplefilter('ignore')", "import numpy as np", code]
    command = [str(python), "-c", "\n".join(lines), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])
