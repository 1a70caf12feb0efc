"""What all tests share: where the real data lies, and when a missing part is a failure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: In CI nothing may be skipped for a part that is missing.
REQUIRED = os.environ.get("FIRTH_CI") == "1"


def missing(reason: str) -> None:
    """Skip for a part that is missing here; fail where everything is required."""
    if REQUIRED:
        pytest.fail(f"required by FIRTH_CI=1: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real corpora, vectors and benchmarks."""
    folder = Path(os.environ.get("FIRTH_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        missing(f"no real data in {folder}; set FIRTH_DATA to a folder that holds it")
    return folder
