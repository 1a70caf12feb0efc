"""firth advise: what it reads, how it probes, what it recommends; and MiniLM on real sentences."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from firth import WordVectors
from firth.cli import group
from firth.context import Encoder
from firth.context.advise import advise
from firth.context.labelled import read_labelled
from firth.context.probe import make_folds, predict
from firth.context.recommendation import Candidate, recommend
from firth.context.textmeans import contextual_means, static_means
from firth.errors import CorpusError, FormatError, OptionError, ReadError
from firth.evaluation.statistics import Interval

TABLE = WordVectors.from_words(["good", "bad", "film", "the"], np.eye(4))


def texts_and_labels(n: int = 12) -> tuple[list[str], list[str]]:
    """Return texts that one word tells apart."""
    both = [(f"the {word} film {i}", label) for i in range(n) for word, label in (("good", "pos"), ("bad", "neg"))]
    return [t for t, _ in both], [x for _, x in both]


# -- reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("packed", [False, True])
def test_csv(tmp_path: Path, delimiter: str, packed: bool) -> None:
    file = tmp_path / "t.csv"
    rows = [["label", "body"], ["a", f'"one{delimiter} two\nthree"'], ["", "four"], ["b", " "], ["b", "fünf"]]
    raw = ("\ufeff" + "\r\n".join(delimiter.join(row) for row in rows)).encode()
    file.write_bytes(gzip.compress(raw) if packed else raw)
    found = read_labelled(file, text="body")
    assert found.texts == [f"one{delimiter} two\nthree", "fünf"] and found.labels == ["a", "b"]
    assert found.left_out == {"label": [4], "text": [5]}  # the text of two lines counts as two


def test_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text('{"text": "one", "label": 1, "doc": "x"}\n\n{"text": "two", "label": null, "doc": "y"}\n')
    found = read_labelled(file, group="doc")
    assert (found.texts, found.labels, found.groups, found.left_out) == (["one"], ["1"], ["x"], {"label": [3]})


@pytest.mark.parametrize(
    ("content", "options", "error", "said"),
    [
        (b"a,b\n1,2\n", {}, OptionError, "t.csv:2: no column 'text'; found 'a', 'b'; name the column of the text"),
        (b"text,label\none, two,x\n", {}, FormatError, "t.csv:2: 3 cells under a header of 2"),
        (b"text,label\n\xe9t\xe9,x\n", {}, FormatError, "t.csv:2: byte 0xe9 is no UTF-8"),
        (b"text,text\na,b\n", {}, FormatError, "names a column twice"),
        (b'text,label\n"open,x\n', {}, FormatError, "no sound CSV"),
        (b'{"text": "a"\n', {}, FormatError, "t.csv:1: no JSON"),
        (b'{"text": "a", "label": "b"}\n[1]\n', {}, FormatError, "t.csv:2: a JSON list"),
        (b"text\na\n", {"label": "text"}, OptionError, "one column is to be two things"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, content: bytes, options: dict[str, str], error: type[Exception], said: str
) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    with pytest.raises(error, match=said):
        read_labelled(file, **options)
    with pytest.raises(ReadError, match="cannot read"):
        read_labelled(tmp_path / "none.csv")


# -- probing ----------------------------------------------------------------------------------------------------


def test_folds_keep_classes_even_and_groups_whole() -> None:
    labels = ["a"] * 40 + ["b"] * 20
    folds = make_folds(labels, 4)
    for label, each in (("a", 10), ("b", 5)):
        mine = folds[[i for i, x in enumerate(labels) if x == label]]
        assert np.bincount(mine).tolist() == [each] * 4
    groups = [f"{label}{i // 4}" for i, label in enumerate(labels)]
    labels = ["a"] * 40 + ["b"] * 24
    groups = [f"{label}{i // 4}" for i, label in enumerate(labels)]
    folds = make_folds(labels, 3, groups)
    assert all(len({folds[i] for i, g in enumerate(groups) if g == one}) == 1 for one in set(groups))


def test_the_probe_never_sees_what_it_is_tested_on() -> None:
    rng = np.random.default_rng(0)
    labels = [str(x) for x in rng.integers(0, 2, 120)]
    noise = rng.normal(size=(120, 60)).astype(np.float32)
    right = np.mean([a == b for a, b in zip(predict(noise, labels, make_folds(labels, 5)), labels, strict=True)])
    assert 0.3 < right < 0.7  # a probe that had seen them would know nearly all


@pytest.mark.parametrize(
    ("labels", "groups", "said"),
    [
        (["a"] * 20, None, "one class only, 'a'"),
        (["a"] * 20 + ["b"] * 3, None, "too few texts of a class for 5 folds: 'b' has 3; expected at least 6"),
        (["a", "b"] * 20, ["g"] * 40, "too few groups of a class"),
    ],
)
def test_too_little_to_probe(labels: list[str], groups: list[str] | None, said: str) -> None:
    with pytest.raises(CorpusError, match=said):
        make_folds(labels, 5, groups)
    with pytest.raises(OptionError, match="2 or more"):
        make_folds(labels, 1, groups)


# -- means ------------------------------------------------------------------------------------------------------


def test_static_means_are_plain_means(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Good film", "", "xyzzy", "the the bad THE"]
    wanted = [[0.5, 0, 0.5, 0], [0] * 4, [0] * 4, [0, 0.25, 0, 0.75]]
    for block in (1, 3, 100):
        monkeypatch.setattr("firth.context.textmeans._BLOCK", block)
        means, covered = static_means(TABLE, texts)
        assert means.tolist() == wanted and covered == 6 / 7


def test_contextual_means_are_means_of_usages(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["A bat in the cave.", "", "play the ball", "bat"]
    monkeypatch.setattr("firth.context.encoder.CHUNK", 20)  # several blocks
    means, covered = contextual_means(encoder, texts)
    assert covered == 1 and not means[1].any()
    for i in (0, 2, 3):
        words = encoder.usages([texts[i]], pattern=r"\w+").vectors
        assert np.allclose(means[i], words.mean(axis=0), atol=1e-6)


# -- advice -----------------------------------------------------------------------------------------------------


def candidate(name: str, accuracy: float, behind: tuple[float, float], ms: float, memory: int) -> Candidate:
    return Candidate(name, "static", 2, accuracy, Interval(0, 1), 0, Interval(*behind), 1, ms, memory, None)


@pytest.mark.parametrize(
    ("others", "majority_high", "chosen", "said"),
    [
        ([], -0.2, "best", "none as good is cheaper"),
        ([candidate("small", 0.85, (-0.1, 0.01), 1, 5)], -0.2, "small", "which may be chance"),
        ([candidate("small", 0.75, (-0.2, -0.01), 1, 5)], -0.2, "best", "behind by more than chance"),
        ([candidate("fast", 0.85, (-0.1, 0.0), 1, 50), candidate("lean", 0.8, (-0.1, 0.0), 1.9, 5)], -0.2, "lean", ""),
        ([candidate("fast", 0.85, (-0.1, 0.0), 1, 50), candidate("slow", 0.8, (-0.1, 0.0), 2.1, 5)], -0.2, "fast", ""),
        ([candidate("small", 0.85, (-0.1, 0.01), 1, 5)], 0.01, None, "the difference may be chance"),
    ],
)
def test_the_rule(others: list[Candidate], majority_high: float, chosen: str | None, said: str) -> None:
    best, majority = candidate("best", 0.9, (0, 0), 10, 100), candidate("always", 0.5, (-0.5, majority_high), 0, 0)
    name, sentence = recommend([best, *others, majority])
    assert name == chosen and said in sentence


def test_advice(encoder: Encoder) -> None:
    texts, labels = texts_and_labels()
    found = advise([*texts, "..."], [*labels, "pos"], static=[TABLE, TABLE], encoder=encoder, folds=3)
    assert found.without_words == [24] and found.classes == {"pos": 12, "neg": 12}
    kinds = [c.kind for c in found.candidates]
    assert sorted(kinds) == ["contextual", "distilled", "majority", "static", "static"] and kinds[-1] == "majority"
    static = next(c for c in found.candidates if c.kind == "static")
    assert static.accuracy == 1 and static.covered == 0.75 and static.disk is None
    assert len({c.name for c in found.candidates}) == 5
    assert found.candidates[-1].accuracy == 0.5 and found.candidates[-1].behind_ci95.high < 0
    assert found.candidates[0].behind == 0 and found.choice is not None
    with pytest.raises(OptionError, match="24 texts and 23 labels"):
        advise(texts, labels[1:], static=[TABLE])
    with pytest.raises(OptionError, match="neither static tables nor a model"):
        advise(texts, labels)
    with pytest.raises(CorpusError, match="holds a word"):
        advise(["", "!"], ["a", "b"], static=[TABLE])


def test_the_command(tmp_path: Path, tiny: Path) -> None:
    texts, labels = texts_and_labels()
    file = tmp_path / "films.tsv"
    rows = [f"{t}\t{x}\td{i}" for i, (t, x) in enumerate(zip(texts, labels, strict=True))]
    file.write_text("\n".join(["text\tlabel\tdoc", "\tpos\td", *rows]))
    TABLE.save(tmp_path / "own.firth")
    args = ["advise", str(file), "-s", str(tmp_path / "own.firth"), "-m", str(tiny), "--folds", "3", "--group", "doc"]
    shown = CliRunner().invoke(group, args, catch_exceptions=False)
    assert shown.exit_code == 0 and "1 of the rows have no text and are left out: lines 2" in shown.stderr
    assert "own.firth" in shown.stdout and "in context" in shown.stdout and "24 groups" in shown.stdout
    told = json.loads(CliRunner().invoke(group, [*args, "--no-model", "--json"], catch_exceptions=False).stdout)
    assert told["choice"] == "own.firth" and [c["kind"] for c in told["candidates"]] == ["static", "majority"]
    assert told["candidates"][0]["disk"] == (tmp_path / "own.firth").stat().st_size
    assert CliRunner().invoke(group, ["advise", str(file), "--no-model"]).exit_code == 2
    by_name = ["advise", "--task", *args[1:], "--no-model", "--json"]
    assert json.loads(CliRunner().invoke(group, by_name, catch_exceptions=False).stdout)["choice"] == "own.firth"
    none, two = (CliRunner().invoke(group, ["advise", *some]) for some in ([], ["a.csv", "--task", "b.csv"]))
    assert none.exit_code == two.exit_code == 2
    assert "no labelled texts" in none.stderr and "two files of labelled texts, a.csv and b.csv" in two.stderr


def test_minilm_tells_books_apart(minilm: Encoder, data: Path) -> None:
    """Real sentences: a model that knows every word is ahead of a small table, and both of chance."""
    texts, labels = [], []
    for name in ("factbook", "reuters", "openstax-us-history"):
        with gzip.open(data / "corpora" / f"{name}.txt.gz", "rt", encoding="utf-8") as file:
            lines = [line for _, line in zip(range(4000), file, strict=False) if 8 <= line.count(" ") < 20]
        some = random.Random(1).sample(lines, 60)
        texts += some
        labels += [name] * 60
    found = advise(texts, labels, static=[data / "vectors" / "glove.6B.50d-4k.txt.gz"], encoder=minilm, folds=3)
    by_kind = {c.kind: c for c in found.candidates}
    assert by_kind["majority"].accuracy == pytest.approx(1 / 3)
    assert by_kind["contextual"].accuracy > 0.75 and by_kind["static"].ci95.low > 0.5
    assert by_kind["static"].milliseconds < by_kind["contextual"].milliseconds / 5
    assert by_kind["contextual"].memory > 80e6 and by_kind["contextual"].disk > 80e6
    assert found.choice is not None and found.choice in found.sentence


def test_the_guides_example_runs(minilm_folder: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "advise.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    scope: dict[str, object] = {}
    exec(compile(block, "advise.md", "exec"), scope)
    assert scope["advice"].choice is not None  # type: ignore[attr-defined]
