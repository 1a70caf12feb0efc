"""``firth info FILE --check``: sound, damaged, older, or no .firth file at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from firth import WordVectors
from firth.cli import group, main
from tests.formats.test_firth_checksums import older, written


def info(*arguments: str, given: bytes | None = None) -> str:
    """Run the command inside this process."""
    done = CliRunner().invoke(group, ["info", *arguments], input=given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_sound_file_and_an_older_one(tmp_path: Path) -> None:
    file = str(tmp_path / "a.firth")
    WordVectors.from_words(["cat", "dog"], [[1, 2], [3, 4]]).save(file)
    assert "fine: header and 5 tensors are what was written" in info(file, "--check")
    assert json.loads(info(file, "--check", "--json"))["checked"] == [
        "words.offsets", "vectors", "norms", "words.slots", "words.bytes",
    ]  # fmt: skip
    assert "check" not in info(file)
    assert json.loads(info(file, "--json"))["checked"] is None
    Path(file).write_bytes(older(written()))
    assert "no checksums were saved" in info(file, "--check")
    assert json.loads(info(file, "--check", "--json"))["checked"] == []


def test_standard_input_is_read_once() -> None:
    assert "fine: header and 6 tensors" in info("-", "--check", given=written())


def test_damage_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = bytearray(written())
    raw[-1] ^= 1
    (tmp_path / "a.firth").write_bytes(raw)
    with pytest.raises(SystemExit) as ended:
        main(["info", str(tmp_path / "a.firth"), "--check"])
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith(f"firth: error: {tmp_path / 'a.firth'}: words.bytes is not what was written (checksum ")
    assert error.count("\n") == 1
