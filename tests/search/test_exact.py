"""The float32 way gives the plain answer, whatever the table and the candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import OptionError, ShapeError, ZeroVectorError
from firth.search.candidates import candidate_rows
from firth.search.nearest import nearest
from firth.search.scores import nearly_kth, unit_query
from firth.wordvectors import WordVectors
from tests.search.hard_tables import make_table, plain_answer, tables


@given(wv=tables(), seed=st.integers(0, 99), topn=st.integers(1, 30), data=st.data())
def test_any_table_any_range(wv: WordVectors, seed: int, topn: int, data: st.DataObject) -> None:
    query = unit_query(np.random.default_rng(seed).normal(size=wv.dim), wv.dim)
    start = data.draw(st.integers(0, len(wv)))
    stop = data.draw(st.integers(start, len(wv)))
    without = data.draw(st.lists(st.integers(0, len(wv) - 1), max_size=4))
    rows = np.setdiff1d(np.arange(start, stop), without)
    found, scores = nearest(wv, query, topn, without=without, start=start, stop=stop)
    assert (found.tolist(), scores.tolist()) == plain_answer(wv, query, topn, rows)
    among = np.unique(data.draw(st.lists(st.integers(0, len(wv) - 1), max_size=40)))
    found, scores = nearest(wv, query, topn, without=without, among=np.asarray(among, np.int64))
    assert (found.tolist(), scores.tolist()) == plain_answer(wv, query, topn, np.setdiff1d(among, without).astype(int))


def test_equal_rows_come_in_row_order() -> None:
    wv = make_table("equal", 9_000, 20, seed=1)
    assert [word for word, _ in wv.most_similar("w3", topn=5)] == ["w0", "w1", "w2", "w4", "w5"]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_large_table_of_either_type(dtype: str) -> None:
    wv = make_table("clusters", 30_000, 33, seed=5, dtype=dtype, blanks=9)
    query = unit_query(np.arange(33) - 11.0, 33)
    found, scores = nearest(wv, query, 12)
    assert (found.tolist(), scores.tolist()) == plain_answer(wv, query, 12)


@given(
    scores=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300),
    k=st.integers(1, 300),
    times=st.sampled_from([1, 40]),
)
def test_nearly_kth_is_reached_by_k(scores: list[float], k: int, times: int) -> None:
    many = np.array(scores * times, np.float32)
    k = min(k, len(many))
    bar = nearly_kth(many, k)
    assert (many >= bar).sum() >= k
    assert bar <= np.sort(many)[-k]


@pytest.mark.parametrize("vector", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_query_without_direction(vector: list[float]) -> None:
    with pytest.raises(ZeroVectorError, match="no direction"):
        unit_query(vector, 2)


def test_query_of_another_shape() -> None:
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)"):
        unit_query([1, 2, 3], 2)


@given(exponent=st.integers(-300, 300), seed=st.integers(0, 9))
def test_unit_query_of_any_size(exponent: int, seed: int) -> None:
    vector = np.random.default_rng(seed).normal(size=7)
    unit = unit_query(vector * 10.0**exponent, 7)
    assert np.allclose(unit, unit_query(vector, 7), rtol=1e-14)
    assert np.array_equal(unit_query(unit, 7), unit)  # a second time changes nothing


def test_candidates_by_list_and_pattern() -> None:
    wv = WordVectors.from_words(["cat", "car", "dog", "cats"], np.eye(4) + 0.1)
    assert candidate_rows(wv, None) is None
    for _ in range(2):  # found, then remembered
        rows = candidate_rows(wv, "ca.")
        assert rows is not None
        assert rows.tolist() == [0, 1]
    listed = candidate_rows(wv, ["dog", "cow", "cat"])
    assert listed is not None
    assert listed.tolist() == [0, 2]
    with pytest.raises(OptionError, match=r"not a regular expression"):
        candidate_rows(wv, "ca(")
    assert [word for word, _ in wv.near("cat", among="c.*")] == ["car", "cats"]
    assert not wv.near("cat", among=["cat"])
