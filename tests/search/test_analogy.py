"""Analogies by four methods, and many questions at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import MissingWordError, OptionError, ShapeError, ZeroVectorError
from firth.search import questions
from firth.search.analogy import logistic_regression
from firth.search.questions import solve
from firth.wordvectors import WordVectors
from tests.search.hard_tables import make_table, tables


@pytest.fixture(scope="module")
def countries() -> WordVectors:
    """Thirty countries and capitals: a capital is its country and a common step; other words are noise."""
    rng = np.random.default_rng(5)
    country = rng.normal(size=(30, 40))
    step = 1.5 * rng.normal(size=40)
    words = [f"country{i}" for i in range(30)] + [f"capital{i}" for i in range(30)] + [f"word{i}" for i in range(300)]
    vectors = np.concatenate([country, country + step + 0.2 * rng.normal(size=(30, 40)), rng.normal(size=(300, 40))])
    return WordVectors.from_words(words, vectors)


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul", "pairdirection"])
def test_one_pair(countries: WordVectors, method: str) -> None:
    right = 0
    for i in range(1, 30):
        found = countries.analogy("country0", "capital0", f"country{i}", method=method, topn=3)
        assert found.excluded == ["country0", "capital0", f"country{i}"]
        assert not {"country0", "capital0", f"country{i}"} & {word for word, _ in found}
        assert len(found) == 3
        right += found[0].word == f"capital{i}"
    assert right >= 25
    assert found.query == "country0 : capital0 :: country29 : ?"


def test_several_pairs(countries: WordVectors) -> None:
    examples = [(f"country{i}", f"capital{i}") for i in range(1, 5)]
    right = 0
    for i in range(5, 30):
        found = countries.analogy("country0", "capital0", f"country{i}", method="lrcos", examples=examples, topn=1)
        right += found[0].word == f"capital{i}"
        again = countries.analogy("country0", "capital0", f"country{i}", method="lrcos", examples=examples, topn=1)
        assert found == again
    assert right >= 23


def test_logistic_regression_is_at_its_minimum() -> None:
    rng = np.random.default_rng(1)
    examples = rng.normal(size=(60, 8))
    labels = (examples[:, 0] + 0.5 * rng.normal(size=60) > 0.8).astype(float)
    weights, offset = logistic_regression(examples, labels)
    share = np.where(labels > 0, 60 / (2 * labels.sum()), 60 / (2 * (60 - labels.sum())))
    chance = 1 / (1 + np.exp(-(examples @ weights + offset)))
    assert np.abs(examples.T @ (share * (chance - labels)) + weights).max() < 1e-6
    assert abs((share * (chance - labels)).sum()) < 1e-6


def test_refusals(countries: WordVectors) -> None:
    with pytest.raises(OptionError, match="choose one of 3cosadd"):
        countries.analogy("country0", "capital0", "country1", method="4cosadd")
    with pytest.raises(OptionError, match="several pairs"):
        countries.analogy("country0", "capital0", "country1", method="lrcos")
    with pytest.raises(OptionError, match="takes one pair"):
        countries.analogy("country0", "capital0", "country1", examples=[("country2", "capital2")])
    with pytest.raises(MissingWordError, match="country0"):
        countries.analogy("country00", "capital0", "country1")
    with pytest.raises(ZeroVectorError):
        countries.analogy("country0", "country0", "country1", method="pairdirection")


def test_questions_are_analogies(countries: WordVectors) -> None:
    triples = np.array([[0, 30, i] for i in range(1, 30)])
    for method in questions.METHODS:
        answers, _ = solve(countries, triples, method=method)
        for i, answer in zip(range(1, 30), answers.tolist(), strict=True):
            found = countries.analogy("country0", "capital0", f"country{i}", method=method, topn=1)
            assert countries.vocabulary[answer] == found[0].word


@settings(deadline=None)
@given(wv=tables(least=1), seed=st.integers(0, 99), n=st.integers(1, 60), method=st.sampled_from(questions.METHODS))
def test_the_compiled_form_gives_the_plain_answers(wv: WordVectors, seed: int, n: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    triples = rng.integers(0, len(wv), (n, 3))
    candidates = int(rng.integers(1, len(wv) + 1))
    slow = questions._SMALL
    try:
        questions._SMALL = 10**18
        plain = solve(wv, triples, candidates, method) if not _compiled() else _plain(wv, triples, candidates, method)
        questions._SMALL = 0
        quick = solve(wv, triples, candidates, method)
    finally:
        questions._SMALL = slow
    # equal scores may part in the last bits of the plain form's products
    same = quick[0] == plain[0]
    assert np.allclose(quick[1], plain[1], rtol=1e-9, atol=1e-12, equal_nan=True)
    assert same.all() or np.allclose(quick[1][~same], plain[1][~same], rtol=1e-12)


def _compiled() -> bool:
    import sys

    return "firth.kernels.int8scan" in sys.modules


def _plain(wv: WordVectors, triples: np.ndarray, candidates: int, method: str) -> tuple[np.ndarray, np.ndarray]:
    from firth.lengths import directed

    answers, scores = np.full(len(triples), -1), np.full(len(triples), np.nan)
    places = np.flatnonzero(directed(wv.norms)[triples].all(axis=1))
    if len(places):
        answers[places], scores[places] = questions._solve_plain(wv, triples[places], candidates, method)
    return answers, scores


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("method", questions.METHODS)
def test_a_larger_table(dtype: str, method: str) -> None:
    wv = make_table("clusters", 30_000, 64, seed=11, dtype=dtype, blanks=20)
    triples = np.random.default_rng(2).integers(0, 25_000, (200, 3))
    quick = solve(wv, triples, 20_000, method)
    plain = _plain(wv, triples, 20_000, method)
    assert (quick[0] == plain[0]).all()
    assert np.allclose(quick[1], plain[1], rtol=1e-12, equal_nan=True)
    assert (quick[0] < 20_000).all()


def test_many_equal_candidates(big: WordVectors) -> None:
    """Forty equal rows overflow the list of a question: it is answered by the plain form."""
    triples = np.repeat([[5, 5, 99]], 300, axis=0)
    answers, _ = solve(big, triples, 20_000)
    assert set(answers.tolist()) == {100}


def test_wrong_questions(countries: WordVectors) -> None:
    with pytest.raises(ShapeError, match=r"\(n_questions, 3\)"):
        solve(countries, np.zeros((4, 2), int))
    with pytest.raises(ShapeError, match="row 360 of a table of 360"):
        solve(countries, np.array([[0, 1, 360]]))
    with pytest.raises(OptionError, match="3cosadd, 3cosmul"):
        solve(countries, np.array([[0, 1, 2]]), method="pairdirection")
    assert solve(countries, np.empty((0, 3), int))[0].shape == (0,)
    assert solve(countries, np.array([[0, 1, 2]]), candidates=3)[0].tolist() == [-1]
