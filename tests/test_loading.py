"""firth.load: files first, then names; a mistyped path never starts a download."""

from __future__ import annotations

from pathlib import Path

import pytest

import firth
from firth import catalogue
from firth.errors import DownloadError, ReadError


def test_a_file_on_disk_comes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("glove-wiki-gigaword-50").write_text("cat 1 0\ndog 1 1\n")
    assert len(firth.load("glove-wiki-gigaword-50")) == 2


def test_a_name_with_no_network_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRTH_CACHE", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there
    assert catalogue.resolve("glove-wiki-gigaword-50") is not None
    with pytest.raises(DownloadError, match="glove-wiki-gigaword-50"):
        firth.load("glove-wiki-gigaword-50")


def test_a_mistyped_path_is_a_missing_file() -> None:
    with pytest.raises(ReadError, match=r"glove\.6B\.100d\.txt"):
        firth.load("no/such/glove.6B.100d.txt")
