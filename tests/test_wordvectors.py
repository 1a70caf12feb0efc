"""The table: immutable, with norms, and clear about what is missing."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from firth import WordVectors
from firth.errors import MissingWordError, ShapeError, ZeroVectorError
from firth.lengths import row_norms


def test_shapes_are_checked() -> None:
    with pytest.raises(ShapeError, match="3 rows for a vocabulary of 2 words"):
        WordVectors.from_words(["a", "b"], np.eye(3))
    with pytest.raises(ShapeError, match=r"expected float32 or float16 of shape \(n_words, dim\)"):
        WordVectors.from_words(["a", "b"], [1.0, 2.0])


def test_it_never_changes() -> None:
    matrix = np.eye(2, dtype=np.float32)
    wv = WordVectors.from_words(["a", "b"], matrix, recipe={"made_by": "test"})
    with pytest.raises(ValueError, match="read-only"):
        wv.vectors[0, 0] = 2
    wv.recipe["made_by"] = "somebody else"
    assert wv.recipe == {"made_by": "test"}
    matrix[0, 0] = 1  # the caller's own array stays the caller's


def test_half_precision_stays_half() -> None:
    wv = WordVectors.from_words(["a"], np.ones((1, 4), np.float16))
    assert wv.vectors.dtype == np.float16
    assert wv.norms.dtype == np.float32
    assert wv.norms[0] == 2


def test_missing_words_offer_near_spellings_and_survive_pickling() -> None:
    wv = WordVectors.from_words(["colour", "Paris", "café"], np.eye(3))
    with pytest.raises(MissingWordError, match="did you mean 'colour'") as caught:
        wv.row("colur")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert isinstance(again, KeyError)
    for asked, meant in (("paris", "Paris"), ("cafe", "café")):
        with pytest.raises(MissingWordError, match=repr(meant)):
            wv.row(asked)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_row_without_direction_says_so(bad: float) -> None:
    wv = WordVectors.from_words(["a", "b"], [[1, 0], [bad, bad]])
    with pytest.raises(ZeroVectorError, match="'b' is zero or holds a NaN"):
        wv.unit_rows([0, 1])


def test_norms_by_blocks_equal_norms_at_once() -> None:
    vectors = np.random.default_rng(1).normal(size=(1000, 9)).astype(np.float32)
    assert np.allclose(row_norms(vectors, block=7), np.linalg.norm(vectors, axis=1), rtol=1e-6)
