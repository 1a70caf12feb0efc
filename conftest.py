"""For the examples in Markdown: a folder of their own, with the file of real vectors that the README opens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _example_folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not request.node.name.endswith(".md"):
        return
    monkeypatch.chdir(tmp_path_factory.mktemp("examples"))
    if request.node.name != "README.md":
        return
    here = Path(__file__).parent
    vectors = Path(os.environ.get("FIRTH_DATA", here.parent / "shared" / "data")) / "vectors"
    file = vectors / "glove.6B.50d-4k.txt.gz"
    if not file.exists():
        reason = f"the README opens {file.name}, which is not in {vectors}; set FIRTH_DATA"
        pytest.fail(reason) if os.environ.get("FIRTH_CI") == "1" else pytest.skip(reason)
    Path(file.name).symlink_to(file)
