"""The commands near, analogy, similarity and odd: what they print, as text and as JSON, and how they fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from firth.cli import main
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    words = ["king", "man", "woman", "queen", "cats"]
    vectors = [[1, 1, 0], [0, 1, 0], [0, -1, 0], [1, -1, 0], [0.1, 0.1, 1]]
    path: Path = tmp_path_factory.mktemp("vectors") / "five.firth"
    WordVectors.from_words(words, vectors).save(path)
    return str(path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Call the command line; return its exit code, standard output and standard error."""

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        import io
        import sys

        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            main(list(arguments))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


def test_near(run: Any, file: str) -> None:
    assert run("near", file, "king - man + woman", "-n", "1") == (
        0, "king - man + woman  (left out: king, man, woman)\n  queen  0.960\n", "",
    )  # fmt: skip
    code, out, _ = run("near", file, "king", "--json", "--among", "[qm].*")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"query", "excluded", "neighbours"}
    assert (found["query"], found["excluded"]) == ("king", ["king"])
    assert [set(entry) for entry in found["neighbours"]] == [{"word", "similarity"}] * 2
    assert [entry["word"] for entry in found["neighbours"]] == ["man", "queen"]
    code, out, _ = run("near", file, "-", "--json", stdin="king\n\nqueen - man\n")
    assert [json.loads(line)["query"] for line in out.splitlines()] == ["king", "queen - man"]
    assert run("near", file, stdin="king\nman\n")[1].count("left out") == 2


def test_analogy(run: Any, file: str) -> None:
    code, out, _ = run("analogy", file, "man", "king", "woman", "-n", "1")
    assert (code, out) == (0, "man : king :: woman : ?  (left out: man, king, woman)\n  queen  0.960\n")
    found = json.loads(run("analogy", file, "man", "king", "woman", "-m", "3cosmul", "--json")[1])
    assert found["neighbours"][0]["word"] == "queen"
    arguments = ("analogy", file, "man", "king", "woman", "-m", "lrcos", "-e")
    assert run(*arguments, "cats:queen")[0] == 0
    assert run(*arguments, "cats")[0] == 2


def test_similarity(run: Any, file: str) -> None:
    assert run("similarity", file, "king", "man")[:2] == (0, "0.7071\n")
    assert json.loads(run("similarity", file, "king", "man", "--json")[1]) == {
        "words": ["king", "man"], "similarity": pytest.approx(0.5**0.5),
    }  # fmt: skip
    code, out, _ = run("similarity", file, stdin="king man\nman\twoman\n")
    assert (code, out) == (0, "king  man     0.7071\nman   woman  -1.0000\n")
    assert [entry["words"] for entry in json.loads(run("similarity", file, "-", "--json", stdin="king man\n")[1])] == [
        ["king", "man"]
    ]
    assert run("similarity", file, "king")[0] == 2
    code, _, error = run("similarity", file, stdin="king man woman\n")
    assert code == 1
    assert "pair 1 of standard input" in error


def test_odd(run: Any, file: str) -> None:
    code, out, _ = run("odd", file, "king", "man", "cats")
    assert code == 0
    assert out.splitlines()[-1].split()[0::2] == ["cats", "odd"]
    found = json.loads(run("odd", file, "king", "man", "cats", "--json")[1])
    assert (found["words"], found["odd"]) == (["king", "man", "cats"], "cats")
    assert run("odd", file, "king", "queen")[0] == 2
    assert run("odd", file, "king", "queen", "cow")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("near", "{file}", "kong"), "no word 'kong' among 5 words; did you mean 'king'?"),
        (("near", "{file}", "king -"), "found the end"),
        (("near", "{file}", "king - king"), "comes to zero"),
        (("near", "{file}", "king", "--among", "("), "not a regular expression"),
        (("near", "nowhere.firth", "king"), "nowhere.firth"),
        (("analogy", "{file}", "man", "king", "woman", "-m", "lrcos"), "several pairs"),
    ],
)
def test_failures_are_one_line_and_exit_1(run: Any, file: str, arguments: tuple[str, ...], problem: str) -> None:
    code, out, error = run(*(argument.format(file=file) for argument in arguments))
    assert code == 1
    assert out == ""
    assert problem in error
    assert error.count("\n") == 1
    assert error.startswith("firth: error: ")


@pytest.mark.parametrize("arguments", [("near",), ("near", "FILE", "x", "-n", "0"), ("analogy", "FILE", "a"), ("odd",)])
def test_wrong_usage_exits_2(run: Any, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


@pytest.mark.parametrize("name", ["near", "analogy", "similarity", "odd"])
def test_help_says_what_it_does(name: str) -> None:
    from firth.cli import group

    result = CliRunner().invoke(group, [name, "--help"])
    assert result.exit_code == 0
    for part in ("FILE", "--json", "--oov", "Given several times"):
        assert part in " ".join(result.output.split())


@pytest.fixture(scope="module")
def subworded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a table with subwords."""
    rng = np.random.default_rng(4)
    subwords = Subwords(rng.normal(size=(40, 3)).astype(np.float32), minn=3, maxn=5, buckets=40)
    vocabulary = Vocabulary.from_words(["king", "man", "woman", "queen", "cats"])
    table = WordVectors(vocabulary, rng.normal(size=(5, 3)).astype(np.float32), subwords=subwords)
    return str(table.save(tmp_path_factory.mktemp("vectors") / "subworded.firth"))


def test_rules_for_missing_words(run: Any, file: str) -> None:
    case = "'KING' is not in the table; 'king' stands in, which differs in case or accents"
    spelling = "'catz' is not in the table; 'cats' stands in, which differs least in spelling"
    code, out, _ = run("near", file, "KING - catz", "--oov", "case", "--oov", "spelling", "-n", "1")
    assert code == 0 and out.splitlines()[1:3] == [f"  note: {case}", f"  note: {spelling}"]
    found = json.loads(run("near", file, "KING", "--oov", "case", "--json")[1])
    assert set(found) == {"query", "excluded", "neighbours", "notes"} and found["notes"] == [case]
    assert found["neighbours"] == json.loads(run("near", file, "king", "--json")[1])["neighbours"]
    assert "notes" not in json.loads(run("near", file, "king", "--oov", "case", "--json")[1])

    assert run("similarity", file, "KING", "man", "--oov", "case") == (0, "0.7071\n", f"note: {case}\n")
    one = json.loads(run("similarity", file, "KING", "man", "--oov", "case", "--json")[1])
    assert one == {"words": ["KING", "man"], "similarity": pytest.approx(0.5**0.5), "notes": [case]}
    code, out, error = run("similarity", file, "--oov", "case", stdin="KING man\nKING KING\nking man\n")
    assert (code, error) == (0, f"note: {case}\n") and len(out.splitlines()) == 3
    several = json.loads(run("similarity", file, "--oov", "case", "--json", stdin="KING man\nking man\n")[1])
    assert [entry.get("notes") for entry in several] == [[case], None]

    code, out, _ = run("analogy", file, "man", "KING", "woman", "--oov", "case", "-n", "1")
    assert code == 0 and f"  note: {case}" in out and "queen" in out
    code, out, _ = run("odd", file, "KING", "man", "catz", "--oov", "case", "--oov", "spelling")
    assert code == 0 and out.splitlines()[2].endswith("odd")
    assert out.splitlines()[3:] == [f"  note: {case}", f"  note: {spelling}"]
    assert json.loads(run("odd", file, "KING", "man", "cats", "--oov", "case", "--json")[1])["notes"] == [case]


@pytest.mark.parametrize("name", ["near", "similarity", "analogy", "odd"])
def test_subwords_stand_in_unless_told_otherwise(run: Any, subworded: str, name: str) -> None:
    words = {"near": ["kings"], "similarity": ["kings", "man"]}.get(name, ["kings", "man", "woman"])
    code, out, error = run(name, subworded, *words)
    assert code == 0 and "'kings' is not in the table; its vector comes from its subwords" in out + error
    code, out, error = run(name, subworded, *words, "--oov", "error")
    assert (code, out) == (1, "") and "no word 'kings' among 5 words; did you mean 'king'?" in error


@pytest.mark.parametrize(("rules", "code", "problem"), [
    (["subwords"], 1, "the table has no subwords; open a fastText .bin"),
    (["case", "error"], 1, "the rules ('case', 'error') for missing words do not go together"),
    (["case", "case"], 1, "do not go together"), (["nearest"], 2, "nearest"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["near", "similarity", "analogy", "odd"])
def test_rules_that_do_not_do(run: Any, file: str, name: str, rules: list[str], code: int, problem: str) -> None:
    words = {"near": ["KING"], "similarity": ["KING", "man"]}.get(name, ["KING", "man", "woman"])
    found = run(name, file, *words, *(part for rule in rules for part in ("--oov", rule)))
    assert found[:2] == (code, "") and problem in found[2]


def test_a_file_without_words_has_no_neighbours(run: Any, subworded: str, tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float32)
    floret = Subwords(rows, minn=3, maxn=5, buckets=40, hashing="floret")
    made = WordVectors(Vocabulary.from_words(["king"]), rows[:1], subwords=floret).save(tmp_path / "c.floret")
    for arguments in (["near", str(made), "the"], ["analogy", str(made), "a", "b", "c"]):
        code, out, error = run(*arguments)
        assert (code, out) == (1, "") and error.count("\n") == 1
        assert "holds a hashed table of n-grams and no words" in error and "--words LIST" in error
    assert run("similarity", str(made), "king", "queen")[0] == 0
    empty = WordVectors.from_words([], np.empty((0, 3))).save(tmp_path / "empty.firth")
    assert run("near", str(empty), "the")[2].endswith("holds no words, so there are no neighbours to choose from\n")
