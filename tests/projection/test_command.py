"""firth plot."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from firth import WordVectors
from firth.cli import main
from firth.cli.plot import parse_groups


@pytest.fixture
def file(wv: WordVectors, tmp_path, monkeypatch) -> Path:
    """Return a saved table, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return wv.save(tmp_path / "words.firth")


def run(*args: str | Path) -> int:
    """Run ``firth plot`` and return its exit status."""
    with pytest.raises(SystemExit) as end:
        main(["plot", *map(str, args)])
    return int(end.value.code or 0)


def test_prints_the_path_of_the_picture(file: Path, capsys) -> None:
    assert run(file, "cat", "dog", "car", "bus") == 0
    assert capsys.readouterr().out == "words.png\n"
    assert Path("words.png").read_bytes().startswith(b"\x89PNG")


def test_json_and_groups(file: Path, capsys) -> None:
    assert run(file, "$x$", "--groups", "pets:cat,dog;traffic:car,bus", "-o", "a.svg", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["path"] == "a.svg" and found["method"] == "pca" and len(found["variance"]) == 2
    assert [(p["word"], p["group"]) for p in found["points"]] == [
        ("$x$", None),
        ("cat", "pets"),
        ("dog", "pets"),
        ("car", "traffic"),
        ("bus", "traffic"),
    ]
    assert Path("a.svg").exists()


def test_words_from_standard_input_and_axes(file: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("cat dog\n\ncar\n"))
    assert run(file, "-", "bus", "--axes", "cat - car", "plum", "--json", "-o", "a.svg") == 0
    found = json.loads(capsys.readouterr().out)
    assert [p["word"] for p in found["points"]] == ["cat", "dog", "car", "bus"]
    assert found["method"] == "axes"


def test_without_words_the_most_frequent(file: Path, capsys) -> None:
    assert run(file, "--json", "--k-groups", "3") == 0
    found = json.loads(capsys.readouterr().out)
    assert "cat" in {p["word"] for p in found["points"]} and len({p["group"] for p in found["points"]}) == 3


def test_missing_words_are_one_line(file: Path, capsys) -> None:
    assert run(file, "cat", "catt", "xyzzyx") == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "'catt' (did you mean 'cat'" in err and "'xyzzyx'" in err
    assert not Path("words.png").exists()


@pytest.mark.parametrize("text", ["animals", "animals:", ":cat", "", ";", "a:cat;b"])
def test_groups_that_make_no_sense_are_wrong_usage(file: Path, capsys, text: str) -> None:
    assert run(file, "--groups", text) == 2
    assert "expected name:word,word" in capsys.readouterr().err


def test_groups_may_name_one_group_twice() -> None:
    assert parse_groups("a:x,y;b:z;a:w;") == {"a": ["x", "y", "w"], "b": ["z"]}


def test_a_wrong_ending(file: Path, capsys) -> None:
    assert run(file, "cat", "dog", "-o", "a.pdf") == 1
    assert "'.pdf'" in capsys.readouterr().err
