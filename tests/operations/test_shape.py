"""Length, mean, dominant axes, dimensions, bits."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from firth import WordVectors, operations
from firth.errors import OptionError


@pytest.fixture
def wv() -> WordVectors:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(400, 12)) @ rng.normal(size=(12, 12)) + 3
    vectors[7] = 0
    vectors[8, 3] = np.nan
    return WordVectors.from_words(
        [f"w{i}" for i in range(400)], vectors, counts=range(400, 0, -1), recipe={"source": "made"}
    )


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many blocks even in small tables, in every module that took the name."""
    for name in ("recipe", "align", "quantise", "combine", "select"):
        monkeypatch.setattr(sys.modules[f"firth.operations.{name}"], "BLOCK", 33)


def useful(wv: WordVectors) -> np.ndarray:
    return np.delete(np.asarray(wv.vectors, np.float64), [7, 8], axis=0)


ALL = {
    "normalise": operations.normalise,
    "centre": operations.centre,
    "all_but_the_top": operations.all_but_the_top,
    "reduce": lambda wv: operations.reduce(wv, 4),
    "sif_weight": operations.sif_weight,
    "quantise": lambda wv: operations.quantise(wv, "int8"),
    "align": lambda wv: operations.align(wv, wv, centre=True),
}


@pytest.mark.parametrize("name", ALL)
def test_every_operation_gives_a_new_table_with_its_recipe(name: str, wv: WordVectors) -> None:
    before = wv.vectors.copy()
    made = ALL[name](wv)
    assert made is not wv
    assert made.recipe["operation"] == name
    assert made.recipe["source"] == {"source": "made"}
    assert isinstance(made.recipe["parameters"], dict)
    np.testing.assert_array_equal(wv.vectors, before)
    assert made.vocabulary.words() == wv.vocabulary.words()
    assert made.counts is not None and wv.counts is not None
    np.testing.assert_array_equal(made.counts, wv.counts)
    # what had no direction has none, and no NaN goes on
    assert made.norms[7] == 0 and made.norms[8] == 0
    assert np.isfinite(made.vectors).all()


@pytest.mark.parametrize("name", ALL)
def test_recipes_survive_a_file(name: str, wv: WordVectors, tmp_path) -> None:
    from firth.formats.firth_file import open_mapped, write

    made = ALL[name](wv)
    write(made, tmp_path / "t.firth")
    assert open_mapped(tmp_path / "t.firth").recipe == made.recipe


def test_normalise(wv: WordVectors) -> None:
    np.testing.assert_allclose(np.delete(operations.normalise(wv).norms, [7, 8]), 1, rtol=1e-6)


def test_centre(wv: WordVectors) -> None:
    np.testing.assert_allclose(useful(operations.centre(wv)), useful(wv) - useful(wv).mean(axis=0), atol=1e-5)


def test_all_but_the_top_leaves_nothing_along_the_axes(wv: WordVectors) -> None:
    made = operations.all_but_the_top(wv, 3)
    centred = useful(wv) - useful(wv).mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:3]
    np.testing.assert_allclose(useful(made), centred - centred @ axes.T @ axes, atol=1e-4)
    np.testing.assert_allclose(useful(made) @ axes.T, 0, atol=1e-4)
    assert 0 < made.recipe["parameters"]["share_of_variance_removed"] < 1


def test_default_number_of_axes_is_a_hundredth() -> None:
    rng = np.random.default_rng(0)
    wide = WordVectors.from_words([f"w{i}" for i in range(500)], rng.normal(size=(500, 300)))
    assert operations.all_but_the_top(wide).recipe["parameters"]["components"] == 3


def test_reduce_is_pca(wv: WordVectors) -> None:
    made = operations.reduce(wv, 5)
    centred = useful(wv) - useful(wv).mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    expected = left[:, :5] * singular[:5]
    np.testing.assert_allclose(np.abs(useful(made)), np.abs(expected), atol=1e-3)
    share = (singular[:5] ** 2).sum() / (singular**2).sum()
    assert made.recipe["parameters"]["share_of_variance_kept"] == pytest.approx(share, abs=1e-5)


def test_reduce_to_all_dimensions_is_a_rotation(wv: WordVectors) -> None:
    made, centred = operations.reduce(wv, 12), operations.centre(wv)
    np.testing.assert_allclose(made.norms, centred.norms, rtol=1e-5)


@pytest.mark.parametrize("to", ["float16", "int8"])
def test_quantise_is_near(to, wv: WordVectors) -> None:
    made = operations.quantise(wv, to)
    error = np.abs(useful(made) - useful(wv)).max()
    assert error == pytest.approx(made.recipe["parameters"]["largest_error"], rel=1e-3)
    assert error < 0.1
    assert made.vectors.dtype == (np.float16 if to == "float16" else np.float32)


def test_int8_keeps_at_most_255_levels_a_row(wv: WordVectors) -> None:
    made = operations.quantise(wv, "int8")
    steps = np.abs(useful(wv)).max(axis=1, keepdims=True) / 127
    levels = useful(made) / steps
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)
    assert np.abs(levels).max() <= 127.001


def test_quantised_zero_rows_are_no_warning() -> None:
    table = WordVectors.from_words(["a", "b"], [[0, 0], [0, 1]])
    assert operations.quantise(table, "int8").vectors.tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda wv: operations.reduce(wv, 13), "dim=13; expected a whole number from 1 to 12"),
        (lambda wv: operations.reduce(wv, 2.5), "dim=2.5"),
        (lambda wv: operations.reduce(wv, True), "dim=True"),
        (lambda wv: operations.all_but_the_top(wv, 12), "components=12"),
        (lambda wv: operations.quantise(wv, "int4"), "expected 'float16' or 'int8'"),
    ],
)
def test_wrong_options(call, message: str, wv: WordVectors) -> None:
    with pytest.raises(OptionError, match=message.replace("(", r"\(")):
        call(wv)


def test_too_large_for_float16() -> None:
    with pytest.raises(OptionError, match="float16 ends at 65504"):
        operations.quantise(WordVectors.from_words(["a"], [[1e6, 0]]))


def test_a_table_of_zeros_has_no_mean() -> None:
    with pytest.raises(OptionError, match="has a direction"):
        operations.centre(WordVectors.from_words(["a", "b"], np.zeros((2, 2))))


def test_float16_tables_are_worked_on_in_float32() -> None:
    half = WordVectors.from_words(["a", "b"], np.array([[1, 2], [3, 2]], np.float16))
    assert operations.centre(half).vectors.dtype == np.float32
