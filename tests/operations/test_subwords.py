"""What becomes of subwords, and of the rules for unknown words."""

from __future__ import annotations

import numpy as np
import pytest

from firth import WordVectors, operations
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
        operations.normalise(wv),
        operations.quantise(wv),
        operations.retrofit(wv, {"word1": ["word2"]}),
        operations.sif_weight(wv),
    ):
        assert made.subwords is not None, made.recipe
        assert made.oov == ("case", "subwords"), made.recipe
    assert operations.centre(WordVectors.from_words(["a", "b"], np.eye(2)).with_oov("spelling")).oov == ("spelling",)
