"""firth context, firth senses, firth distill."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import firth
from firth.cli import group

TEXTS = ["a bat in the cave", "the bat and a ball", "art of the cave", "play the bat", "a bat"]


def run(*args: object, stdin: str | None = None) -> str:
    done = CliRunner().invoke(group, [str(a) for a in args], input=stdin, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_context(tiny: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in run("context", tiny, "-w", "bat", "--json", *TEXTS).splitlines()]
    assert [line["number"] for line in lines] == [0, 1, 3, 4]
    assert lines[0]["start"] == 2 and len(lines[0]["nearest"]) == 3
    file = tmp_path / "texts.txt"
    file.write_text("\n".join(TEXTS))
    shown = run("context", tiny, "-w", "bat", "-f", file, "-n", 1, "-o", tmp_path / "u.firth")
    assert shown == run("context", tiny, "-w", "bat", "-n", 1, stdin="\n".join(TEXTS))
    assert "a [bat] in the cave" in shown and "centred" in shown
    assert len(firth.load(tmp_path / "u.firth")) == 4


def test_senses(tiny: Path, tmp_path: Path) -> None:
    found = json.loads(run("senses", tiny, "-w", "bat", "-k", 2, "--json", *TEXTS))
    assert sum(group["size"] for group in found["groups"]) == 4 and found["suggestion"] is None
    shown = run("senses", tiny, "-w", "bat", "-o", tmp_path / "bat.svg", *TEXTS)
    assert "suggested" in shown and (tmp_path / "bat.svg").exists()


def test_distill(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.firth"
    words = tmp_path / "words.txt"
    words.write_text("bat\ncave\nball\n")
    assert run("distill", tiny, "-o", out, "--words", words) == f"{out}: 3 words x 16\n"
    assert firth.load(out).vocabulary.words() == ["bat", "cave", "ball"]
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(TEXTS * 2))
    told = json.loads(run("distill", tiny, "-o", out, "--corpus", corpus, "--json"))
    assert told["recipe"]["mode"] == "contexts" and firth.load(out).counts is not None
    run("distill", tiny, "-o", out)
    assert "bat" in firth.load(out) and "##ing" not in firth.load(out)


@pytest.mark.parametrize("command", ["context", "senses"])
def test_wrong_usage(tiny: Path, command: str) -> None:
    assert CliRunner().invoke(group, [command, str(tiny)]).exit_code == 2
    assert CliRunner().invoke(group, [command, str(tiny), "-w", "bat", "--dtype", "x"]).exit_code == 2


def test_a_word_that_stands_nowhere(tiny: Path) -> None:
    done = CliRunner().invoke(group, ["context", str(tiny), "-w", "zebra", *TEXTS])
    assert done.exit_code == 0 and "none of the texts" in done.stderr


def test_distilled_senses(tiny: Path, tmp_path: Path) -> None:
    corpus, out = tmp_path / "corpus.txt", tmp_path / "t.firth"
    corpus.write_text("\n".join(TEXTS * 2))
    shown = run("distill", tiny, "-o", out, "--corpus", corpus, "--senses", "bat:2,ball", "--senses", "nowhere")
    words = firth.load(out).vocabulary.words()
    assert {"bat", "bat#1", "bat#2"} <= set(words) and "bat#3" not in words
    assert "  bat#1 (" in shown and "nowhere: in fewer than 3 places" in shown
    for wrong in (["--senses", "bat:2"], ["--corpus", corpus, "--senses", "bat,,ball"], ["--senses", ""]):
        done = CliRunner().invoke(group, [str(a) for a in ("distill", tiny, "-o", out, *wrong)])
        assert done.exit_code == 2 and "--senses" in done.stderr, done.output


def test_groups_as_a_table(tiny: Path, tmp_path: Path) -> None:
    run("senses", tiny, "-w", "bat", "-k", 2, "-o", tmp_path / "bat.vec", *TEXTS)
    assert firth.load(tmp_path / "bat.vec").vocabulary.words() == ["bat#1", "bat#2"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["context", "-w", "bat", "-o", "x.csv"], ".parquet or .firth"),
        (["senses", "-w", "bat", "-o", "x.csv"], "no picture (.png, .svg, .html, .htm) and no table"),
        (["distill", "-o", "x.csv"], "tells no format"),
    ],
)
def test_a_wrong_ending_is_refused_before_anything_is_read(
    args: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("read before the name was checked")

    for command in ("context", "senses", "distill"):
        monkeypatch.setattr(f"firth.cli.{command}.open_model", read)
    done = CliRunner().invoke(group, [args[0], "minilm", *args[1:]])
    assert done.exit_code == 1 and said in str(done.exception)


def test_no_neighbours_asked_for(tiny: Path) -> None:
    assert run("context", tiny, "-w", "bat", "-n", 0, "A bat").strip() == "1  A [bat]"
