"""``firth transform`` and ``firth align``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import firth
from firth.cli import group
from firth.errors import FirthError, FormatError, OptionError, ReadError


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(group, list(arguments))
    if isinstance(result.exception, FirthError):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> str:
    rng = np.random.default_rng(2)
    words = [f"w{i}" for i in range(60)] + ["Upper", "upper"]
    table = firth.WordVectors.from_words(words, rng.normal(size=(62, 12)), counts=range(62, 0, -1))
    return str(table.save(tmp_path / "in.firth"))


def test_steps_in_order(file: str, tmp_path: Path) -> None:
    steps = ["top=62", "lower", "min-count=3", "centre", "abtt=1", "reduce=5", "sif", "normalise", "int8", "float16"]
    code, out, err = run("transform", file, str(tmp_path / "out.firth"), *steps)
    assert code == 0, err
    made = firth.load(tmp_path / "out.firth")
    assert made.dim == 5 and made.vectors.dtype == np.float16 and "Upper" not in made
    names, recipe = [], made.recipe
    while "operation" in recipe:
        names.append(recipe["operation"])
        recipe = recipe["source"]
    assert names[::-1] == ["prune", "rename", "prune", "centre", "all_but_the_top", "reduce", "sif_weight",
                           "normalise", "quantise", "quantise"]  # fmt: skip
    assert len(out.splitlines()) == 11 and "reduce: " in out


def test_lists_patterns_and_lexicons(file: str, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("w1\nw2\nw30\nunheard\n")
    (tmp_path / "lexicon.txt").write_text("w1 w2\n")
    target = str(tmp_path / "o.firth")
    code, out, _ = run("transform", "--json", file, target, f"words={tmp_path / 'list.txt'}", "pattern=w[0-9]",
                       f"retrofit={tmp_path / 'lexicon.txt'}")  # fmt: skip
    assert code == 0
    assert firth.load(target).vocabulary.words() == ["w1", "w2"]
    assert [step["words"] for step in json.loads(out)["steps"][:2]] == [3, 2]
    with pytest.raises(ReadError, match="list of words"):
        run("transform", file, target, "words=nowhere.txt")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("redce=5", "did you mean 'reduce'"), ("reduce", "expected reduce=DIM"), ("centre=1", "expected centre alone"),
        ("reduce=many", "is no number"), ("qqqq", "there are: normalise"),
    ],
)  # fmt: skip
def test_wrong_steps_are_wrong_usage(step: str, message: str, tmp_path: Path) -> None:
    code, _, err = run("transform", "not even read", str(tmp_path / "o.firth"), step)
    assert code == 2 and message in err


def test_a_step_that_fails_writes_nothing(file: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError):
        run("transform", file, str(tmp_path / "o.firth"), "reduce=500")
    with pytest.raises(OptionError, match=r"a=0\.0; expected a number above 0"):
        run("transform", file, str(tmp_path / "o.firth"), "sif=0")
    assert not (tmp_path / "o.firth").exists()


def test_help_lists_the_steps() -> None:
    assert "all-but-the-top[=N]" in run("transform", "--help")[1]


def test_align(file: str, tmp_path: Path) -> None:
    table = firth.load(file)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0]
    vectors = np.array(table.vectors) @ turn
    vectors[7] *= -1
    other = str(firth.WordVectors.from_words(table.vocabulary.words(), vectors).save(tmp_path / "b.firth"))
    target = tmp_path / "aligned.firth"
    code, out, _ = run("align", file, other, "-o", str(target), "-n", "1")
    assert code == 0 and "w7" in out and target.exists()
    answer = json.loads(run("align", file, other, "--json", "--top", "30", "-n", "2")[1])
    assert answer["pairs"] == 30 and answer["moved"][0][0] == "w7" and answer["cosine_before"] < answer["cosine"]
    (tmp_path / "pairs.txt").write_text("w1 w1\nw2 w2\n\nw3 w3\n")
    assert json.loads(run("align", file, other, "--json", "--pairs", str(tmp_path / "pairs.txt"))[1])["pairs"] == 3
    (tmp_path / "pairs.txt").write_text("w1 w1\nw2\n")
    with pytest.raises(FormatError, match="line 2: 1 words 'w2'; expected two"):
        run("align", file, other, "--pairs", str(tmp_path / "pairs.txt"))
