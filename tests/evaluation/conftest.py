"""Real vectors for the evaluation tests."""

from __future__ import annotations

from pathlib import Path

import pytest

import firth
from firth import WordVectors


@pytest.fixture(scope="session")
def glove(data: Path) -> WordVectors:
    """4,197 real GloVe vectors of dimension 50."""
    return firth.load(data / "vectors" / "glove.6B.50d-4k.txt.gz")


@pytest.fixture(scope="session")
def googlenews(data: Path) -> WordVectors:
    """13,784 real GoogleNews vectors of dimension 300."""
    return firth.load(data / "vectors" / "word2vec-googlenews-merged-300d.bin.gz")
