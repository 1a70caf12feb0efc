"""firth train at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import firth
from firth.cli import group
from firth.errors import FirthError, OptionError


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    file = tmp_path / "corpus.txt"
    file.write_text("the cat sat on the mat\nthe dog sat on the cat\n" * 200)
    return file


def test_train_writes_a_table_and_prints_its_summary(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.firth"
    options = "--model skipgram --dim 8 --window 2 --negative 3 --epochs 2 --min-count 1 --sample 0 --lr 0.05"
    command = ["train", str(corpus), "-o", str(out), *options.split(), "--threads", "1", "--seed", "1"]
    shown = CliRunner().invoke(group, command, catch_exceptions=False)
    assert shown.exit_code == 0
    assert "7 words x 8" in shown.stdout or "6 words x 8" in shown.stdout
    assert "memory:" in shown.stderr
    wv = firth.load(out)
    assert wv.dim == 8
    assert wv.recipe["parameters"]["negative"] == 3

    summary = json.loads(CliRunner().invoke(group, [*command, "--json"], catch_exceptions=False).stdout)
    assert summary["corpus"]["words"] == 2400
    assert len(summary["loss"]) == 2
    assert (firth.load(out).vectors == wv.vectors).all()


def test_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    command = ["train", "-", "-o", str(out), "--dim", "4", "--min-count", "1"]
    shown = CliRunner().invoke(group, command, input=b"a b c\n" * 50, catch_exceptions=False)
    assert shown.exit_code == 0
    assert firth.load(out).vocabulary.words() == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["out.xyz", "no/folder/out.firth", "."])
def test_a_target_that_cannot_be_written_is_refused_first(corpus: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(FirthError):
        CliRunner().invoke(group, ["train", str(corpus), "-o", str(tmp_path / name)], catch_exceptions=False)


def test_wrong_usage_is_exit_code_2(corpus: Path, tmp_path: Path) -> None:
    for arguments in ([str(corpus)], ["-o", "x.firth"], [str(corpus), "-o", "x.firth", "--dim", "0"]):
        assert CliRunner().invoke(group, ["train", *arguments]).exit_code == 2


@pytest.mark.parametrize(("model", "name", "message"), [
    ("skipgram", "o.kv", "cannot write {}: gensim's own files are pickles"),
    ("skipgram", "o.model", "cannot write {}: gensim's own files are pickles"),
    ("skipgram", "o.floret", "cannot write {}: .floret holds a hashed table, and this one has no subwords"),
    ("floret", "o.fifu", "cannot write {}: finalfusion cannot hold subwords like"),
    ("skipgram", "o.xyz", "the name 'o.xyz' tells no format"),
    ("skipgram", "o.firth.gz", "cannot write {}: a file of format firth is never packed"),
])  # fmt: skip
def test_the_name_that_was_given_is_the_name_in_the_error(tmp_path: Path, model: str, name: str, message: str) -> None:
    out = str(tmp_path / name)
    with pytest.raises(FirthError) as error:  # the corpus is not even looked for
        CliRunner().invoke(group, ["train", "none.txt", "-o", out, "--model", model], catch_exceptions=False)
    assert str(error.value).startswith(message.format(out)), str(error.value)
    assert not ({".kv", ".model"} - {Path(name).suffix}) & set(str(error.value).replace(",", " ").split())


def test_what_the_file_will_not_keep_is_said_before_training(corpus: Path, tmp_path: Path) -> None:
    options = ["--dim", "4", "--min-count", "1", "--epochs", "1", "--buckets", "50"]
    for model, name, said in (
        ("fasttext", "o.vec", "words that the table lacks no longer get a vector"), ("fasttext", "o.bin", ""),
        ("floret", "o.floret", "the file holds a hashed table of n-grams and no words"), ("fasttext", "o.firth", ""),
        ("floret", "p.bin", "the format word2vec-bin holds no subwords"),
    ):  # fmt: skip
        command = ["train", str(corpus), "-o", str(tmp_path / name), "--model", model, *options]
        shown = CliRunner().invoke(group, command, catch_exceptions=False)
        assert shown.exit_code == 0
        assert said in shown.stderr if said else "note:" not in shown.stderr


@pytest.mark.parametrize("option", [["--phrase-threshold", "3"], ["--connectors", "english"]])
def test_options_of_phrases_need_phrases(corpus: Path, tmp_path: Path, option: list[str]) -> None:
    with pytest.raises(OptionError, match="is for finding phrases, and none are looked for; give phrases=1"):
        command = ["train", str(corpus), "-o", str(tmp_path / "o.firth"), *option]
        CliRunner().invoke(group, command, catch_exceptions=False)
