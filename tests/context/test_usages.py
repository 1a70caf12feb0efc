"""Usages: the tutorial's example, neighbours, groups, pictures, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import firth
from firth.context import Encoder, Usages
from firth.context.picture import draw
from firth.context.senses import Group, Senses, distinguishing
from firth.errors import OptionError, ShapeError, UnknownFormatError, ZeroVectorError

BATS = [
    "A bat flew out of the cave at dusk.",
    "The bat hung upside down from the ceiling of the cave.",
    "A fruit bat feeds on nectar and ripe figs.",
    "The bat uses echolocation to catch insects in the dark.",
    "Scientists found a bat roosting under the bridge.",
    "A vampire bat bit the cow during the night.",
    "He swung the baseball bat and missed the ball.",
    "She bought a new wooden bat for the cricket season.",
    "The batter dropped his bat and ran to first base.",
    "He hit a home run with an aluminium bat.",
    "The coach handed him a heavier bat before the game.",
    "The umpire checked the bat for cork.",
]
ANIMAL = np.arange(12) < 6


@pytest.fixture(scope="module")
def bats(minilm: Encoder) -> Usages:
    return minilm.usages(BATS, word="bat", layers=4)


def test_the_tutorials_example(minilm_folder: Path) -> None:
    bert = firth.contextual(minilm_folder)
    two = bert.usages(["A bat flew out of the cave.", "He swung the baseball bat."], word="bat")
    assert two.words == ["bat", "bat"]
    assert two.spans.tolist() == [[2, 5], [22, 25]]
    assert two.similarity()[0, 1] < 0.9  # the two vectors differ
    others = ["The bat hung upside down from the ceiling of the cave.", "She hit the ball with a wooden bat."]
    near = bert.usages(others, word="bat")
    cosines = two.unit() @ near.unit().T
    assert cosines[0, 0] > cosines[0, 1]  # the flying bat is nearer to the hanging one
    joined = bert.usages([*BATS, "He swung the baseball bat."], word="bat")
    assert joined.nearest(12, 1)[0].row in np.flatnonzero(~ANIMAL)
    assert joined.nearest(0, 1)[0].row in np.flatnonzero(ANIMAL)


def test_two_groups_are_the_two_senses(bats: Usages) -> None:
    senses = bats.groups(2)
    first = senses.labels == senses.labels[0]
    assert (first == ANIMAL).all()
    assert [len(group.rows) for group in senses] == [6, 6]
    assert {group.medoid in range(6) for group in senses} == {True, False}
    assert "cave" in senses.groups[0].terms
    assert senses.table().vocabulary.words() == ["bat#1", "bat#2"]


def test_a_suggestion_comes_with_its_certainty(bats: Usages) -> None:
    senses = bats.groups()
    chosen = senses.suggestion
    assert chosen is not None and chosen.k == len(senses) == 2
    assert chosen.shares[2] == chosen.certainty > 0.5
    assert bats.groups().labels.tolist() == senses.labels.tolist()
    assert "repetitions" in str(chosen)


def test_centred_cosines_tell_apart_what_raw_ones_hide(bats: Usages) -> None:
    raw, centred = bats.similarity(), bats.similarity(centred=True)
    across = np.ix_(ANIMAL, ~ANIMAL)
    assert raw[across].min() > 0.5  # all high: not "the same sense"
    assert centred[across].mean() < 0 < centred[np.ix_(ANIMAL, ANIMAL)].mean()
    near = bats.nearest(0)
    assert len(near) == 10 and near[0].centred == max(n.centred for n in near)
    assert near[0].cosine == pytest.approx(float(raw[0, near[0].row]), abs=1e-5)


def test_picture(bats: Usages, tmp_path: Path) -> None:
    picture = bats.plot(tmp_path / "bats.svg", k=2)
    assert len(picture.words) == 12 and len(picture.group_names) == 2
    assert (tmp_path / "bats.svg").read_text().startswith("<?xml")
    bats.plot(tmp_path / "bats.html", k=2)
    page = (tmp_path / "bats.html").read_text()
    assert all(text.partition("bat ")[2] in page for text in BATS)  # the whole sentence on hover
    assert "for the cricket season." in page
    with pytest.raises(UnknownFormatError):
        bats.plot(tmp_path / "bats.doc")


def test_files(encoder: Encoder, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    usages = encoder.usages(["a bat \u200b", "the bat \udce9"])
    table = parquet.read_table(usages.save(tmp_path / "u.parquet"))
    assert table.num_rows == len(usages) == 6
    assert table["word"].to_pylist()[:2] == ["a", "bat"] and table["found"].to_pylist()[2] is False
    assert np.allclose(np.stack(table["vector"].to_numpy()[:2]), usages.vectors[:2])
    wv = firth.load(usages.save(tmp_path / "u.firth"))
    assert wv.vocabulary.words()[:3] == ["a@0:0", "bat@0:2", "the@1:0"]
    assert wv.recipe["texts"]["0"] == "a bat \u200b"
    with pytest.raises(UnknownFormatError):
        usages.save(tmp_path / "u.csv")


def test_means_are_plain_means(encoder: Encoder) -> None:
    usages = encoder.usages(["a bat", "the Bat bat"])
    wv = usages.means(lower=True)
    rows = [i for i, word in enumerate(usages.words) if word.lower() == "bat"]
    assert np.allclose(wv["bat"], usages.vectors[rows].mean(axis=0), atol=1e-6)
    assert wv.counts is not None and wv.counts[wv.row("bat")] == 3
    assert "Bat" in usages.means()
    assert usages.means(min_count=2, lower=True).vocabulary.words() == ["bat"]


def test_a_table_of_usages(encoder: Encoder) -> None:
    usages = encoder.usages(["a bat", "no match", "the bat"], word="bat")
    assert usages.numbers.tolist() == [0, 2] and usages.texts == ["a bat", "the bat"]
    assert [usage.snippet() for usage in usages] == ["a [bat]", "the [bat]"]
    assert usages[-1].word == "bat" and usages.choose([1]).texts == ["the bat"]
    assert repr(usages) == "<Usages: 2 in 2 texts x 16>"
    with pytest.raises(IndexError):
        usages[2]
    with pytest.raises(ValueError, match="read-only"):
        usages.vectors[0] = 0


def test_what_cannot_be_asked(encoder: Encoder) -> None:
    usages = encoder.usages([["bat", "\u200b"]])
    with pytest.raises(ZeroVectorError):
        usages.nearest(1)
    with pytest.raises(ShapeError):
        usages.nearest(np.zeros(3, np.float32))
    with pytest.raises(OptionError, match="k = 3"):
        usages.groups(3)
    with pytest.raises(OptionError, match="no usage"):
        encoder.usages(["a cave"], word="bat").groups()


def test_snippets_keep_to_their_width() -> None:
    text = "one two three four five six bat seven eight nine ten eleven twelve"
    usage = firth.context.Usage(text, 28, 31, np.zeros(1, np.float32), 0)
    assert usage.snippet(24) == "…five six [bat] seven…"
    assert len(usage.snippet(40)) <= 44


def test_terms_that_stand_everywhere_distinguish_nothing() -> None:
    bags = [{"x", "a"}, {"x", "b"}]
    assert distinguishing(bags, np.array([True, False])) == ("a",)


def test_of_many_usages_the_typical_ones_are_labelled() -> None:
    rng = np.random.default_rng(6)
    n = 90
    vectors = np.concatenate([rng.normal(size=(n // 2, 6)), rng.normal(size=(n // 2, 6)) + 4]).astype(np.float32)
    rows, spans = np.arange(n), np.tile(np.int64([2, 5]), (n, 1))
    senses = Usages([f"a bat number {k}" for k in range(n)], rows, rows, spans, vectors, "none").groups(2)
    picture = draw(senses)
    assert picture.labelled is not None and 10 < len(picture.labelled) <= 30
    assert {group.medoid for group in senses} <= picture.labelled
    assert "typical ones labelled" in picture.subtitle and "found no room" not in picture.to_html()
    assert len(picture.words) == len(picture.details) == n
    assert all("bat" not in group.terms for group in senses)
    assert draw(senses.usages.choose(range(12)).groups(2)).labelled is None


def test_rows_count_from_the_end_and_the_usage_itself_is_never_near(bats: Usages) -> None:
    assert bats.nearest(-1) == bats.nearest(11) == bats.nearest(np.int64(11))
    assert 11 not in [near.row for near in bats.nearest(-1, 99)] and len(bats.nearest(0, 99)) == 11
    given = bats.nearest(bats.vectors[3].tolist(), 1)  # a list of numbers is a vector like any other
    assert given[0].row == 3 and given[0].cosine == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("query", "topn", "error", "said"),
    [
        (99, 3, OptionError, "no usage 99; the table has 12"),
        (-13, 3, OptionError, "no usage -13"),
        (0, -1, OptionError, "topn is -1"),
        (0, 0, OptionError, "topn is 0"),
        (True, 3, OptionError, "the query is True"),
        ("bat", 3, OptionError, "the query is 'bat'"),
        ([0.0] * 384, 3, ZeroVectorError, "the vector is zero"),
        ([np.inf] * 384, 3, ZeroVectorError, "infinity"),
        ([1.0] * 3, 3, ShapeError, "shape"),
    ],
)
def test_wrong_queries(bats: Usages, query: object, topn: int, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        bats.nearest(query, topn)  # type: ignore[arg-type]


@pytest.mark.parametrize("k", ["2", 2.5, True, 0, 13])
def test_wrong_numbers_of_groups(bats: Usages, k: object) -> None:
    with pytest.raises(OptionError, match=r"k = .* groups of 12 usages; expected 1 to 12"):
        bats.groups(k)  # type: ignore[arg-type]
    assert len(bats.groups(np.int64(2))) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [np.array([True]), [99], [-13], [0.5], ["a"], 3, [[1]]])
def test_wrong_choices(bats: Usages, rows: object) -> None:
    with pytest.raises(OptionError, match=r"mask|no usage|choose"):
        bats.choose(rows)  # type: ignore[arg-type]
    assert len(bats.choose([])) == 0 and bats.choose([-1]).texts == BATS[-1:]


def test_a_group_is_called_by_its_own_word(encoder: Encoder) -> None:
    usages = encoder.usages(["a bat", "a cave", "the bat", "art Bat", "a cave, a ball"], words=["bat", "cave"])
    animals = Senses(
        usages,
        np.array([1, 2, 3, 3, 2]),
        tuple(Group(i + 1, np.array(rows), rows[0], ()) for i, rows in enumerate([[0], [1, 4], [2, 3]])),
        0.0,
    )
    assert animals.table().vocabulary.words() == ["bat#1", "cave#1", "bat#2"]
    assert np.allclose(animals.table()["cave#1"], usages.vectors[[1, 4]].mean(axis=0), atol=1e-6)


def test_usages_that_are_all_alike_are_one_group(encoder: Encoder, tmp_path: Path) -> None:
    usages = encoder.usages(["A bat"] * 6, word="bat")
    assert not usages.unit(centred=True).any()  # centring leaves nothing, and noise has no direction
    assert all(near.centred == 0 and near.cosine == pytest.approx(1) for near in usages.nearest(0))
    senses = usages.groups()
    assert len(senses) == 1 and senses.silhouette == 0 and len(senses.groups[0].rows) == 6
    assert "all alike" in str(senses.suggestion)
    with pytest.raises(OptionError, match="k = 3 groups of 6 usages, of which only 1 is different"):
        usages.groups(3)
    usages.plot(tmp_path / "alike.html")
    two = encoder.usages(["A bat"] * 3 + ["the cave bat"] * 3, word="bat")
    assert two.groups().labels.tolist() == two.groups(2).labels.tolist() == [1, 1, 1, 2, 2, 2]
    with pytest.raises(OptionError, match="only 2 are different"):
        two.groups(3)


def test_lone_surrogates_are_written(encoder: Encoder, tmp_path: Path) -> None:
    usages = encoder.usages(["a \ud800bat x", "a caf\udce9 bat"])
    wv = firth.load(usages.save(tmp_path / "u.firth"))
    assert wv.vocabulary.words() == ["a@0:0", "?bat@0:2", "x@0:7", "a@1:0", "caf\udce9@1:2", "bat@1:7"]
    assert wv.recipe["texts"] == {"0": "a ?bat x", "1": "a caf? bat"}
    assert "caf\udce9" in usages.means() and "?bat" in usages.means()
    assert "?bat#1" in encoder.usages(["\ud800bat"]).groups().table()
    usages.plot(tmp_path / "u.html", k=2)
    assert "caf?" in (tmp_path / "u.html").read_text(encoding="utf-8")
    usages.plot(tmp_path / "u.svg", k=2)
