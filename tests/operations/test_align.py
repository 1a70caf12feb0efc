"""Procrustes, and the words that moved."""

from __future__ import annotations

import numpy as np
import pytest

from firth import WordVectors, operations
from firth.errors import OptionError


def rotation(dim: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]


@pytest.fixture
def table() -> WordVectors:
    rng = np.random.default_rng(11)
    return WordVectors.from_words([f"w{i}" for i in range(200)], rng.normal(size=(200, 10)) + 0.5)


def test_a_turned_table_is_turned_back(table: WordVectors) -> None:
    other = WordVectors.from_words(table.vocabulary.words(), np.asarray(table.vectors) @ rotation(10, 2))
    back = operations.align(other, table)
    np.testing.assert_allclose(back.vectors, table.vectors, atol=1e-5)
    assert back.recipe["parameters"]["pairs"] == 200
    assert back.recipe["parameters"]["mean_cosine_of_pairs"] == 1.0
    assert all(cosine == pytest.approx(1) for _, cosine in operations.moved(back, table, topn=None))


def test_the_moved_word_is_found(table: WordVectors) -> None:
    vectors = np.array(table.vectors) @ rotation(10, 3)
    vectors[17], vectors[150] = -vectors[17], vectors[150, ::-1]
    other = WordVectors.from_words(table.vocabulary.words(), vectors)
    aligned = operations.align(other, table)
    found = operations.moved(aligned, table, topn=2)
    assert found[0].word == "w17"
    assert found[0].cosine < -0.9
    assert [word for word, _ in operations.moved(aligned, table, topn=1, top=17)] != ["w17"]


def test_the_matrix_is_scipys(table: WordVectors) -> None:
    scipy_linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(9)
    other = WordVectors.from_words(table.vocabulary.words(), rng.normal(size=(200, 10)))
    expected, _ = scipy_linalg.orthogonal_procrustes(
        np.asarray(other.vectors, np.float64), np.asarray(table.vectors, np.float64)
    )
    fitted = operations.fit_alignment(other, table, unit=False)
    np.testing.assert_allclose(fitted.matrix, expected, atol=1e-9)
    np.testing.assert_allclose(fitted.matrix @ fitted.matrix.T, np.eye(10), atol=1e-12)


def test_no_cosine_inside_the_table_changes(table: WordVectors) -> None:
    rng = np.random.default_rng(9)
    other = WordVectors.from_words(table.vocabulary.words(), rng.normal(size=(200, 10)))
    aligned = operations.align(table, other)
    np.testing.assert_allclose(aligned.norms, table.norms, rtol=1e-5)
    assert aligned.similarity("w1", "w2") == pytest.approx(table.similarity("w1", "w2"), abs=1e-5)


def test_dictionary_pairs_and_another_dimension() -> None:
    rng = np.random.default_rng(4)
    english = WordVectors.from_words([f"en{i}" for i in range(50)], rng.normal(size=(50, 6)))
    wide = np.zeros((50, 8))
    wide[:, :6] = english.vectors
    french = WordVectors.from_words([f"fr{i}" for i in range(50)], wide @ rotation(8, 1))
    pairs = {f"en{i}": f"fr{i}" for i in range(30)} | {"unheard": "fr1"}
    aligned = operations.align(english, french, pairs=pairs)
    assert aligned.dim == 8
    assert aligned.recipe["parameters"]["pairs"] == 30
    assert french.similar_by_vector(np.asarray(aligned["en45"]), topn=1)[0][0] == "fr45"
    assert operations.align(english, french, pairs=pairs, top=10).recipe["parameters"]["pairs"] == 10
    fitted = operations.fit_alignment(english, french, pairs=list(pairs.items()))
    assert np.isnan(fitted.cosine_before) and fitted.cosine == pytest.approx(1, abs=1e-6)
    with pytest.raises(OptionError, match="8 dimensions do not fit into 6"):
        operations.align(french, english, pairs=[("fr1", "en1")])


def test_centring_brings_the_other_mean(table: WordVectors) -> None:
    shifted = WordVectors.from_words(table.vocabulary.words(), np.asarray(table.vectors) @ rotation(10, 5) + 4)
    back = operations.align(shifted, table, centre=True, unit=False)
    np.testing.assert_allclose(back.vectors, table.vectors, atol=1e-4)
    assert back.recipe["parameters"]["centre"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: operations.align(t, WordVectors.from_words(["x"], np.eye(1, 10))), "no shared word"),
        (lambda t: operations.align(t, t, pairs=[("x", "y")]), "no pair"),
        (lambda t: operations.align(t, t, top=0), "top=0|no shared"),
        (lambda t: operations.moved(t, operations.reduce(t, 3)), "align them into one space first"),
        (lambda t: operations.fit_alignment(t, t).apply(operations.reduce(t, 3)), "fitted to 10"),
    ],
)
def test_wrong_options(call, message: str, table: WordVectors) -> None:
    with pytest.raises(OptionError, match=message):
        call(table)
