"""Pictures: what they hold, what they are saved as, what they refuse."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from firth import WordVectors
from firth.errors import (
    MissingExtraError,
    MissingWordError,
    MissingWordsError,
    OptionError,
    UnknownFormatError,
    WriteError,
    ZeroVectorError,
)
from firth.projection import pca, plot
from firth.projection.frequent import frequent_words
from firth.projection.labels import overlaps
from firth.projection.layout import lay_out
from firth.projection.picture import percent
from firth.projection.static import measurer
from firth.projection.style import LOOKS, looks


def test_points_are_principal_components_of_unit_rows(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    words = groups["animals"] + groups["fruit"]
    picture = wv.plot(words)
    expected = pca(wv.unit_rows([wv.row(word) for word in words]))
    np.testing.assert_array_equal(picture.points, expected.points)
    assert picture.variance == tuple(expected.explained)
    assert picture.words == tuple(words)
    share = percent(picture.variance[0])
    assert picture.axis_titles[0] == f"first component, {share} of the variance"


def test_length_of_a_vector_does_not_matter(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    longer = WordVectors.from_words(list(wv.vocabulary), wv.vectors * np.linspace(0.5, 4, len(wv))[:, None])
    np.testing.assert_allclose(longer.plot(groups).points, wv.plot(groups).points, atol=1e-5)


def test_groups_come_from_the_caller(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    picture = wv.plot(groups)
    assert picture.group_names == ["animals", "fruit", "traffic"]
    again = wv.plot(["$x$"], groups=groups)
    assert again.groups[0] is None and again.groups[1:] == picture.groups


def test_groups_are_found(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    picture = wv.plot([word for members in groups.values() for word in members])
    assert [len(set(picture.groups[i : i + 6])) for i in (0, 6, 12)] == [1, 1, 1]
    assert len(picture.group_names) == 3
    assert "groups found by k-means" in picture.subtitle
    assert set(wv.plot(groups["fruit"], k_groups=1).groups) == {None}
    assert len(wv.plot(groups["fruit"], k_groups=2).group_names) == 2


def test_frequent_words_carry_meaning(wv: WordVectors) -> None:
    picture = wv.plot()
    assert picture.words[0] == "cat" and "the" not in picture.words and "zero" not in picture.words
    assert picture.title == "The most frequent words"
    assert frequent_words(wv, 2) == ["cat", "dog"]


def test_short_words_are_drawn_where_there_are_no_others(caplog, monkeypatch) -> None:
    from firth.projection import fonts

    monkeypatch.setattr(fonts, "_OTHERS", ())
    chinese = WordVectors.from_words(["犬", "猫", "1984"], [[1, 0], [1, 1], [0, 1]])
    picture = chinese.plot()
    assert picture.words == ("犬", "猫")
    assert WordVectors.from_words(["a", "b"], np.eye(2)).plot().words == ("a", "b")
    picture.to_svg()
    assert "no installed font has 犬猫" in caplog.text


def test_axes_of_ones_own(wv: WordVectors) -> None:
    picture = wv.plot(["dog", "apple", "cat", "pear"], axes=("cat - pear", "bus"))
    assert picture.method == "axes"
    direction = wv.unit_rows([wv.row("cat")])[0].astype(float) - wv.unit_rows([wv.row("pear")])[0]
    direction /= np.linalg.norm(direction)
    unit = wv.unit_rows([wv.row(word) for word in picture.words])
    np.testing.assert_allclose(picture.points[:, 0], unit @ direction, atol=1e-6)
    assert picture.variance[0] == pytest.approx((unit @ direction).var() / unit.var(axis=0).sum(), rel=1e-4)
    assert picture.axis_titles[0].startswith("cat − pear →   ")


def test_names_all_missing_words_at_once(wv: WordVectors) -> None:
    with pytest.raises(MissingWordsError) as caught:
        wv.plot(["cat", "hrose", "xyzzyx", "dog"])
    assert isinstance(caught.value, MissingWordError) and isinstance(caught.value, KeyError)
    message = str(caught.value)
    assert "'hrose' (did you mean 'horse'" in message and "'xyzzyx'" in message
    assert str(pickle.loads(pickle.dumps(caught.value))) == message
    with pytest.raises(MissingWordError, match="no word 'hrose' among"):
        wv.plot(["cat", "hrose"])


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        (["cat"], {}, "at least two different words"),
        (["cat", "cat"], {}, "got 1"),
        ([], {}, "at least two"),
        ("cat dog", {}, r"expected a list of words, such as \['cat', 'dog'\]"),
        (["cat", "dog"], {"method": "tsne"}, "'tsne' is not known"),
        (["cat", "dog"], {"k_groups": 3}, "expected 1 to 2"),
        (["cat", "dog"], {"axes": ("cat",)}, "expected two expressions"),
        ({"a": ["cat"], "b": ["dog"]}, {"groups": {"a": ["cat"]}}, "twice"),
        ({"a": ["cat", "dog"], "b": ["dog"]}, {}, "two groups"),
    ],
)
def test_refuses(wv: WordVectors, words: object, options: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        plot(wv, words, **options)  # type: ignore[arg-type]


def test_a_word_without_direction_is_refused(wv: WordVectors) -> None:
    with pytest.raises(ZeroVectorError, match="'zero'"):
        wv.plot(["cat", "zero"])


def test_saves_png_and_svg(wv: WordVectors, groups: dict[str, list[str]], tmp_path) -> None:
    picture = wv.plot(groups, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    picture.save(tmp_path / "a.SVG")
    root = ET.parse(tmp_path / "a.SVG").getroot()
    assert root.tag.endswith("svg")
    text = (tmp_path / "a.SVG").read_text()
    for word in (*picture.words, *picture.group_names, *picture.axis_titles):  # as comments beside the outlines
        assert word in text
    assert picture._repr_png_() == (tmp_path / "a.png").read_bytes()
    assert picture._repr_html_().startswith("<img")


def test_the_same_picture_gives_the_same_bytes(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    assert wv.plot(groups).to_svg() == wv.plot(groups).to_svg()
    assert wv.plot(groups).to_png() == wv.plot(groups).to_png()


def test_other_processes_give_the_same_bytes(tmp_path) -> None:
    code = (
        "import firth, hashlib; rows = [[1,0],[0,1],[1,1],[-1,1],[0,-1],[2,1]];"
        "w = firth.WordVectors.from_words(list('abcdef'), rows);"
        "print(hashlib.sha256(w.plot(list('abcdef')).to_svg().encode()).hexdigest())"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "12"
    }
    assert len(runs) == 1


def test_no_two_labels_overlap(wv: WordVectors, groups: dict[str, list[str]]) -> None:
    picture = wv.plot(groups)
    layout = lay_out(picture, measurer())
    assert overlaps(layout.placement.boxes) == 0
    assert layout.placement.placed.all()


def test_real_words_are_all_labelled_and_none_overlaps(data) -> None:
    from firth import load

    wv = load(data / "vectors" / "glove.6B.50d-4k.txt.gz")
    picture = wv.plot()
    layout = lay_out(picture, measurer())
    assert len(picture.words) == 60
    assert overlaps(layout.placement.boxes) == 0
    assert layout.placement.placed.all()


def test_says_how_many_words_found_no_room() -> None:
    words = [f"word-number-{i}" for i in range(60)]
    crowd = WordVectors.from_words(words, np.random.default_rng(0).normal((10, 1), 1e-6, (60, 2)))
    far = WordVectors.from_words([*words, "far"], [*crowd.vectors, [-1, 5]]).plot([*words, "far"])
    layout = lay_out(far, measurer())
    missing = int((~layout.placement.placed).sum())
    assert 0 < missing < 60 and layout.note == f"{missing} words found no room for a label"
    assert layout.note in far.to_svg() and layout.note in far.to_html()


def test_odd_words_can_be_drawn(wv: WordVectors, tmp_path) -> None:
    picture = wv.plot(["$x$", "caf\udce9", "<b>&amp;", "ωμέγα", "東京"], title="$1 & <2>")
    for ending in ("png", "svg"):
        assert picture.save(tmp_path / f"odd.{ending}").stat().st_size > 1000
    assert json.dumps(picture.to_json())


def test_groups_and_titles_that_are_not_utf8_are_drawn(tmp_path) -> None:
    odd = WordVectors.from_words(["gr\udce9", "ab", "cd", "ef"], np.eye(4)[:, :3] + 0.1)
    for ending in ("png", "svg", "html"):
        picture = odd.plot(
            {"g\udce9": ["gr\udce9", "ab"], "x": ["cd", "ef"]}, tmp_path / f"a.{ending}", title="a\ud800"
        )
        assert (picture.group_names[0], picture.title) == ("g\ufffd", "a\ufffd")


def test_one_dimension_and_many_groups(tmp_path) -> None:
    flat = WordVectors.from_words(["a", "b", "c"], [[1.0], [-1.0], [2.0]])
    assert flat.plot(["a", "b", "c"]).save(tmp_path / "flat.png").exists()
    names = [f"group {i}" for i in range(12)]
    styles = looks(names)
    assert len({(look.colour, look.marker) for look in styles.values()}) == 12
    assert len({look.colour for look in LOOKS}) == len({look.marker for look in LOOKS}) == 8


def test_refuses_other_endings_before_the_work(wv: WordVectors, tmp_path) -> None:
    with pytest.raises(UnknownFormatError, match=r"\.png, \.svg or \.html"):
        wv.plot(["cat", "dog"], tmp_path / "a.gif")
    with pytest.raises(UnknownFormatError, match="without ending"):
        wv.plot(["cat", "nowhere"], tmp_path / "a")


def test_a_folder_that_is_not_there(wv: WordVectors, tmp_path) -> None:
    with pytest.raises(WriteError, match="folder does not exist"):
        wv.plot(["cat", "dog"], tmp_path / "no" / "a.png")


@pytest.mark.parametrize(("package", "ending"), [("matplotlib", "png"), ("matplotlib", "html"), ("plotly", "html")])
def test_a_missing_package_is_named(wv: WordVectors, monkeypatch, tmp_path, package: str, ending: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"'{package}'.*pip install 'firth\[plot\]'"):
        wv.plot(["cat", "dog"], tmp_path / f"a.{ending}")
    assert not list(tmp_path.iterdir())


def test_drawing_leaves_matplotlib_as_it_was(wv: WordVectors) -> None:
    code = (
        "import sys, firth, matplotlib; before = matplotlib.rcParams.copy()\n"
        "w = firth.WordVectors.from_words(list('abc'), [[1,0],[0,1],[1,1]]); w.plot(list('abc')).to_png()\n"
        "assert matplotlib.rcParams.copy() == before and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
