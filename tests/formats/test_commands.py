"""``firth convert`` and ``firth info``."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import firth
from firth import WordVectors
from firth.cli import group
from firth.errors import FormatError, OptionError
from firth.formats import load
from firth.formats.conversion import convert
from firth.subwords import Subwords
from tests.formats import samples

ODD = b"4 3\nthe 0.1 -2 3e-5\ncat 1 2 3\ncow 1 2\ncat 1 1 1\n"


def run(*arguments: str) -> Result:
    """Run a command inside this process."""
    return CliRunner().invoke(group, list(arguments))


def test_convert_prints_its_report_and_writes(tmp_path: Path) -> None:
    source, target = tmp_path / "a.txt", tmp_path / "a.firth"
    source.write_bytes(ODD)
    done = run("convert", str(source), str(target))
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        f"{source}: word2vec, 2 words x 3",
        "  1 short row",
        "    line 4: 2 numbers where 3 were expected: 'cow 1 2'; row skipped",
        "  1 duplicate word",
        "    line 5: the word stood in line 3 already; row skipped",
        f"wrote {target}: 2 words x 3, float32, {target.stat().st_size / 1e6:,.1f} MB",
    ]
    back = load(target)
    assert back.vocabulary.words() == ["the", "cat"]
    assert back.report is not None
    assert back.report.counts == {"short row": 1, "duplicate word": 1}
    assert back.recipe["source"] == str(source)


def test_convert_json(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(ODD)
    found = json.loads(run("convert", str(tmp_path / "a.txt"), str(tmp_path / "a.bin"), "--json").output)
    assert found["report"]["counts"] == {"short row": 1, "duplicate word": 1}
    assert found["written"]["words"] == 2
    assert found["written"]["bytes"] == (tmp_path / "a.bin").stat().st_size


def test_convert_a_part(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(b"".join(b"w%d %d 1\n" % (k, k) for k in range(9)))
    (tmp_path / "words").write_text("w7\nw2\nnone\n")
    run("convert", str(source), str(tmp_path / "b.txt"), "--top", "3")
    assert load(tmp_path / "b.txt").vocabulary.words() == ["w0", "w1", "w2"]
    done = run("convert", str(source), str(tmp_path / "c.txt"), "--words", str(tmp_path / "words"))
    assert load(tmp_path / "c.txt").vocabulary.words() == ["w2", "w7"]
    assert "asked for 'none', which the file does not hold" in done.output


def test_convert_to_half_precision(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_bytes(b"cat 0.1 3\ndog 1e5 0\n")
    with pytest.raises(OptionError, match="the vector of 'dog' holds 100000, and float16 ends at 65,504"):
        convert(source, tmp_path / "a.firth", half=True)
    assert not (tmp_path / "a.firth").exists()
    wv = convert(source, tmp_path / "a.firth", half=True, top=1)
    assert load(tmp_path / "a.firth").vectors.dtype == wv.vectors.dtype == np.float16
    assert load(tmp_path / "a.firth").recipe["halved"] is True


def test_strict_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(ODD)
    with pytest.raises(FormatError, match="line 4: short row"):
        convert(tmp_path / "a.txt", tmp_path / "a.firth", strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["convert", "none.txt", "b.firth"], 1, "firth: error: cannot read none.txt: there is no such file\n"),
        (["convert", "a.txt", "b.xyz"], 1, "firth: error: the name 'b.xyz' tells no format; end it in one of"),
        (["convert", "a.txt"], 2, "Missing argument 'OUT'"),
        (["convert", "a.txt", "b.firth", "--top", "0"], 2, "0 is not in the range"),
        (["info", "empty.txt"], 1, "firth: error: empty.txt is empty; expected a vector file\n"),
    ],
)
def test_errors_are_one_line(arguments: list[str], code: int, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"cat 1 2\n")
    (tmp_path / "empty.txt").write_bytes(b"")
    done = subprocess.run([sys.executable, "-m", "firth", *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code
    assert message in done.stderr
    assert code == 2 or done.stderr.count("\n") == 1


def test_through_pipes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firth", "convert", "-", str(tmp_path / "a.vec")],
        input=b"caf\xe9 1 2\n", capture_output=True, check=True,
    )  # fmt: skip
    assert b"standard input: glove, 1 words x 2" in done.stdout
    assert (tmp_path / "a.vec").read_bytes() == b"1 2\ncaf\xe9 1.0 2.0\n"


def test_info(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(ODD + b"zero 0 0 0\nnan nan 0 0\n")
    found = json.loads(run("info", str(tmp_path / "a.txt"), "--json").output)
    assert (found["words"], found["dim"], found["dtype"], found["format"]) == (4, 3, "float32", "word2vec")
    assert found["norms"]["zero"] == 1
    assert found["norms"]["not_finite"] == 1
    assert found["sample"] == ["the", "cat", "zero", "nan"]
    shown = run("info", str(tmp_path / "a.txt")).output
    assert "'the', 'cat', 'zero', 'nan'" in shown
    assert "1 row with NaN" in shown
    wv = WordVectors.from_words([], np.empty((0, 3)))
    wv.save(tmp_path / "empty.firth")
    assert json.loads(run("info", str(tmp_path / "empty.firth"), "--json").output)["norms"] is None
    assert firth.load(tmp_path / "empty.firth").dim == 3


def subworded(path: Path, hashing: str = "fasttext", dtype: type = np.float32) -> str:
    """Write a table with subwords, of float16 if asked; return the file's name."""
    wv = samples.table(dtype, hashing, [word for word in samples.WORDS if " " not in word])
    assert wv.subwords is not None
    rows = dataclasses.replace(wv.subwords, rows=wv.subwords.rows.astype(dtype))
    return str(WordVectors(wv.vocabulary, wv.vectors, subwords=rows).save(path))


def test_convert_says_what_the_file_does_not_keep(tmp_path: Path) -> None:
    source = subworded(tmp_path / "a.firth")
    lost = "  note: words that the table lacks no longer get a vector in this file: the format {} holds no subwords"
    for name, more, kind in (
        ("b.txt", [], "glove"), ("b.npz", [], "npz"),
        ("b.bin", ["--to", "word2vec-bin"], "word2vec-bin"), ("static", ["--to", "static-model"], "static-model"),
    ):  # fmt: skip
        done = run("convert", source, str(tmp_path / name), *more)
        assert done.exit_code == 0, done.output
        assert f"{lost.format(kind)}, .firth does" in done.output.splitlines()
        assert load(tmp_path / name).subwords is None
    for name in ("c.firth", "c.bin", "c.fifu"):
        assert "note" not in run("convert", source, str(tmp_path / name)).output
        assert load(tmp_path / name).subwords is not None
    found = json.loads(run("convert", source, str(tmp_path / "d.vec"), "--json").output)
    assert found["written"]["format"] == "word2vec" and "no longer get a vector" in found["written"]["notes"][0]


def test_convert_tells_the_numbers_that_were_written(tmp_path: Path) -> None:
    source = subworded(tmp_path / "a.firth")
    for name in ("b.bin", "b.fifu", "b.vec"):
        done = run("convert", source, str(tmp_path / name), "--half")
        assert "float32, 0.0 MB" in done.output
        assert "  note: the numbers are rounded to float16 and stored as float32" in done.output
        assert load(tmp_path / name).vectors.dtype == np.float32
    for name, more in (("b.firth", []), ("b.npy", []), ("b.npz", []), ("s", ["--to", "static-model"])):
        done = run("convert", source, str(tmp_path / name), "--half", *more)
        assert ", float16, " in done.output and "rounded" not in done.output
        assert load(tmp_path / name).vectors.dtype == np.float16
    half = load(tmp_path / "b.firth")
    assert half.subwords is not None and half.subwords.rows.dtype == np.float16


def test_half_precision_ends_for_subwords_too(tmp_path: Path) -> None:
    wv = samples.table(hashing="fasttext")
    rows = Subwords(np.full((64, 6), 1e5, np.float32), minn=3, maxn=5, buckets=64)
    WordVectors(wv.vocabulary, wv.vectors, subwords=rows).save(tmp_path / "a.firth")
    with pytest.raises(OptionError, match="the subwords hold 100000, and float16 ends at 65,504"):
        convert(tmp_path / "a.firth", tmp_path / "b.firth", half=True)


@pytest.mark.parametrize("hashing", ["fasttext", "finalfusion", "explicit", "floret"])
def test_half_precision_with_subwords_is_written_everywhere(hashing: str, tmp_path: Path) -> None:
    source = subworded(tmp_path / "a.firth", hashing, np.float16)
    wv = load(source)
    names = {"fasttext": ("b.bin", "b.fifu"), "floret": ("b.floret", "b.floret.gz")}.get(hashing, ("b.fifu",))
    for name in (*names, "b.firth", "b.txt.gz", "b.npz", "b.w2v"):
        back = load(wv.save(tmp_path / name))
        if not name.startswith("b.floret"):
            np.testing.assert_allclose(np.asarray(back["w1"], np.float32), wv["w1"], atol=2e-3)
        if back.subwords is not None:
            np.testing.assert_allclose(back["unheard"], wv["unheard"], atol=1e-5)


def test_a_floret_table_holds_no_words_and_says_how_to_get_some(tmp_path: Path) -> None:
    source = subworded(tmp_path / "a.firth", "floret")
    done = run("convert", source, str(tmp_path / "b.floret"))
    assert f"wrote {tmp_path / 'b.floret'}: 64 rows x 6, float32" in done.output
    assert "  note: the file holds a hashed table of n-grams and no words: name the words" in done.output
    (tmp_path / "list").write_text("the\ncat\n")
    assert (
        run(
            "convert", str(tmp_path / "b.floret"), str(tmp_path / "c.firth"), "--words", str(tmp_path / "list")
        ).exit_code
        == 0
    )
    assert load(tmp_path / "c.firth").vocabulary.words() == ["cat", "the"]


@pytest.mark.parametrize(("name", "message"), [
    ("o.kv", "cannot write {}: gensim's own files are pickles"), ("o.model", "cannot write {}: gensim's own files"),
    ("o.xyz", "the name 'o.xyz' tells no format"), ("o.firth.gz", "cannot write {}: a file of format firth is never"),
])  # fmt: skip
def test_a_name_that_cannot_be_written_is_told_before_anything_is_read(name: str, message: str, tmp_path: Path) -> None:
    target = str(tmp_path / name)
    for command in (["convert", "none.txt", target], ["transform", "none.txt", target, "centre"]):
        error = run(*command).exception
        assert isinstance(error, FormatError) and message.format(target) in str(error)
        assert ".kv" not in str(error) or name == "o.kv"
        assert ".model" not in str(error) or name == "o.model"
