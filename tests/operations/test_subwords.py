"""What becomes of subwords, and of the rules for unknown words."""

from __future__ import annotations

import numpy as np
import pytest

from firth import WordVectors, operations
from firth.errors import OptionError
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary


def table(hashing: str) -> WordVectors:
    rng = np.random.default_rng(8)
    rows = rng.normal(size=(64, 6)).astype(np.float32)
    subwords = Subwords(rows, minn=3, maxn=4, buckets=64, hashing=hashing)
    vectors = (rng.normal(size=(50, 6)) + 1).astype(np.float32)
    return WordVectors(Vocabulary.from_words(f"word{i}" for i in range(50)), vectors, subwords=subwords)


AFFINE = {
    "centre": operations.centre,
    "all_but_the_top": lambda wv: operations.all_but_the_top(wv, 2),
    "reduce": lambda wv: operations.reduce(wv, 3),
    "shifted": lambda wv: operations.align(wv, operations.centre(wv), centre=True, unit=False),
}


@pytest.mark.parametrize("name", AFFINE)
def test_an_unknown_word_goes_through_the_same_map(name: str) -> None:
    """A word whose stored vector is its subword vector must stay equal to what the subwords give it."""
    wv = table("fasttext")
    vectors = np.array(wv.vectors)
    assert wv.subwords is not None
    vectors[5] = wv.subwords.vector("word5")
    wv = WordVectors(wv.vocabulary, vectors, subwords=wv.subwords)
    made = AFFINE[name](wv)
    assert made.subwords is not None
    np.testing.assert_allclose(made.subwords.vector("word5"), made["word5"], atol=1e-5)
    assert made.oov == ("subwords",)


@pytest.mark.parametrize("name", AFFINE)
def test_sums_scaled_to_length_one_are_dropped_and_said(name: str) -> None:
    made = AFFINE[name](table("finalfusion"))
    assert made.subwords is None and made.oov == ()
    assert made.recipe["parameters"]["subwords"] == "dropped"


@pytest.mark.parametrize("hashing", ["fasttext", "finalfusion"])
def test_a_rotation_keeps_both(hashing: str) -> None:
    wv = table(hashing)
    turned = WordVectors.from_words(wv.vocabulary.words(), np.asarray(wv.vectors)[:, ::-1])
    made = operations.align(wv, turned)
    assert made.subwords is not None and wv.subwords is not None
    before, after = wv.subwords.vector("unheard"), made.subwords.vector("unheard")
    np.testing.assert_allclose(after, before[::-1], atol=1e-5)


def test_selections_keep_subwords_and_rules() -> None:
    wv = table("fasttext").with_oov("case", "subwords")
    for made in (
        operations.prune(wv, top=10),
        operations.restrict(wv, ["word3"]),
        operations.rename(wv, str.upper),
        operations.quantise(wv),
        operations.retrofit(wv, {"word1": ["word2"]}),
        operations.sif_weight(wv),
    ):
        assert made.subwords is not None, made.recipe
        assert made.oov == ("case", "subwords"), made.recipe
    assert operations.centre(WordVectors.from_words(["a", "b"], np.eye(2)).with_oov("spelling")).oov == ("spelling",)


def test_no_length_one_for_words_unseen_so_their_subwords_go() -> None:
    for hashing in ("fasttext", "floret"):
        made = operations.normalise(table(hashing))
        assert made.subwords is None and made.oov == ()
        assert made.recipe["parameters"]["subwords"] == "dropped"
    made = operations.normalise(table("finalfusion"))
    assert np.isclose(np.linalg.norm(made["unheard"]), 1)
    assert made.recipe["parameters"] == {}


def test_a_word_unseen_has_the_weight_of_one_that_never_comes() -> None:
    wv = table("fasttext")
    for source in ("zipf", None):
        made = operations.sif_weight(wv, frequencies=source)  # type: ignore[arg-type]
        assert (made["unheard"] == wv["unheard"]).all()
        assert made.recipe["parameters"]["weight_of_unseen"] == 1.0
    given = {"word1": 3.0, "word2": 1.0}
    made = operations.sif_weight(wv, a=0.01, frequencies=given)
    factor = np.linalg.norm(made["word2"]) / np.linalg.norm(wv["word2"])
    np.testing.assert_allclose(made["unheard"], factor * wv["unheard"], rtol=1e-5)
    assert np.isclose(made.recipe["parameters"]["weight_of_unseen"], factor, atol=1e-5)
    listed = operations.sif_weight(table("finalfusion"), a=0.01, frequencies=given)
    assert listed.subwords is None and listed.recipe["parameters"]["subwords"] == "dropped"
    assert operations.sif_weight(table("finalfusion")).subwords is not None


@pytest.mark.parametrize("to", ["float16", "int8"])
def test_rounding_rounds_the_rows_of_ngrams_too(to: str) -> None:
    wv = table("fasttext")
    made = operations.quantise(wv, to)  # type: ignore[arg-type]
    assert made.subwords is not None and wv.subwords is not None
    assert (made.subwords.rows != wv.subwords.rows).any()
    np.testing.assert_allclose(made["unheard"], wv["unheard"], atol=0.02)
    if to == "int8":
        levels = made.subwords.rows / (np.abs(made.subwords.rows).max(axis=1, keepdims=True) / 127)
        np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
    else:
        assert made.subwords.rows.dtype == np.float16
        rows = np.full((64, 6), 1e5, np.float32)
        large = WordVectors(wv.vocabulary, wv.vectors, subwords=Subwords(rows, minn=3, maxn=4, buckets=64))
        with pytest.raises(OptionError, match="the largest number is 100000, and float16 ends at 65504"):
            operations.quantise(large)


def test_a_union_drops_them_and_says_so() -> None:
    wv = table("fasttext")
    made = operations.concatenate(wv, wv)
    assert made.subwords is None and made.recipe["parameters"]["subwords"] == "dropped"
    assert "subwords" not in operations.concatenate(made, made).recipe["parameters"]


ALL = {
    **AFFINE,
    "normalise": operations.normalise,
    "sif_weight": operations.sif_weight,
    "float16": operations.quantise,
    "int8": lambda wv: operations.quantise(wv, "int8"),
    "retrofit": lambda wv: operations.retrofit(wv, {"word1": ["word2"]}),
    "prune": lambda wv: operations.prune(wv, top=10),
    "restrict": lambda wv: operations.restrict(wv, pattern="word[0-9]"),
    "rename": lambda wv: operations.rename(wv, str.upper),
    "concatenate": lambda wv: operations.concatenate(wv, wv),
    "align": lambda wv: operations.align(wv, wv),
    "align, centred": lambda wv: operations.align(wv, wv, centre=True),
}


@pytest.mark.parametrize("hashing", ["fasttext", "floret", "finalfusion"])
@pytest.mark.parametrize("name", ALL)
def test_every_operation_keeps_subwords_or_says_that_it_does_not(name: str, hashing: str) -> None:
    made = ALL[name](table(hashing))
    dropped = made.recipe["parameters"].get("subwords") == "dropped"
    assert (made.subwords is None) == dropped
    assert made.oov == (() if dropped else ("subwords",))
