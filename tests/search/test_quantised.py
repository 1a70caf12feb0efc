"""The int8 way gives the plain answer, bit for bit; its certificate holds on tables made to break it."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import ShapeError
from firth.kernels import int8scan
from firth.lengths import directed
from firth.search import nearest as nearest_module
from firth.search import quantised as quantised_module
from firth.search.nearest import nearest
from firth.search.quantised import Quantised, build_quantised
from firth.search.scores import exact_scores, unit_query
from firth.wordvectors import WordVectors
from tests.search.hard_tables import make_table, plain_answer, tables


@pytest.fixture(autouse=True)
def short_tables_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantised_module, "LEAST_ROWS", 16)


def queries(wv: WordVectors, seed: int) -> list[np.ndarray]:
    """Return a random query, one that a row is equal to, and one between two rows."""
    rng = np.random.default_rng(seed)
    usable = np.flatnonzero(directed(wv.norms))
    found = [unit_query(rng.normal(size=wv.dim), wv.dim)]
    if len(usable):
        a, b = (unit_query(wv.vectors[row], wv.dim) for row in rng.choice(usable, 2))
        found.append(a)
        if np.abs(a + b).max() > 1e-3:
            found.append(unit_query(a + b, wv.dim))
    return found


@settings(deadline=None)
@given(wv=tables(least=16), seed=st.integers(0, 99), topn=st.integers(1, 40), data=st.data())
def test_answers_are_the_plain_ones(wv: WordVectors, seed: int, topn: int, data: st.DataObject) -> None:
    quantised = build_quantised(wv.vectors, wv.norms)
    start = data.draw(st.integers(0, len(wv) - 16))
    stop = data.draw(st.integers(start + 16, len(wv)))
    for query in queries(wv, seed):
        rows, scores = quantised.top_of_range(wv, query, topn, start, stop)
        assert (rows.tolist(), scores.tolist()) == plain_answer(wv, query, topn, np.arange(start, stop))


@settings(deadline=None)
@given(wv=tables(), seed=st.integers(0, 99))
def test_every_bound_holds(wv: WordVectors, seed: int) -> None:
    """The proof's inequality, row by row, in float64."""
    quantised = build_quantised(wv.vectors, wv.norms)
    usable = np.flatnonzero(directed(wv.norms))
    assert np.isnan(quantised.residuals).sum() == len(wv) - len(usable)
    units = wv.vectors[usable].astype(np.float64) / wv.norms[usable, None]
    bytes_ = quantised.rows[usable, : wv.dim].astype(np.float64)
    scales, residuals = (part[usable].astype(np.float64) for part in (quantised.scales, quantised.residuals))
    assert (np.sqrt(((units - scales[:, None] * bytes_) ** 2).sum(axis=1)) <= residuals).all()
    for query in queries(wv, seed):
        steps, factor = quantised_module._round_query(query)
        missed = float(np.sqrt(((query - factor * steps) ** 2).sum()))
        middle = scales * factor * (bytes_ @ steps)
        bound = residuals * (1 + missed) + missed + quantised_module.ROUNDING_SLACK
        assert (np.abs(exact_scores(wv, query, usable) - middle) <= bound).all()


@pytest.mark.parametrize("width", [64, 65, 100, 128, 200, 300])
def test_both_kinds_of_products_are_the_integers(width: int) -> None:
    rng = np.random.default_rng(width)
    rows = rng.integers(-127, 128, (16, width)).astype(np.int8)
    rows[0], rows[1] = 127, -127
    query = rng.integers(-127, 128, width)
    query[:10] = 127
    lines = quantised_module._lines(query.astype(np.int8), width)
    assert int(lines.astype(np.int64).sum()) == query.sum()
    expected = rows.astype(np.int64) @ query
    for vnni in (False, True) if int8scan.VNNI else (False,):
        products = int8scan.make_products(vnni)

        @numba.njit
        def run(rows: np.ndarray, lines: np.ndarray, out: np.ndarray, products=products) -> None:  # type: ignore[no-untyped-def]
            products(
                rows.ctypes.data, rows.shape[1], lines.ctypes.data, len(lines), rows.shape[1] - 64, out.ctypes.data
            )

        out = np.empty(16, np.int32)
        run(rows, lines, out)
        assert (out - (128 * query.sum() if vnni else 0)).tolist() == expected.tolist()


def test_a_table_of_equal_rows_is_left_to_the_float32_way() -> None:
    wv = make_table("equal", 9_000, 20, seed=1)
    quantised = build_quantised(wv.vectors, wv.norms)
    query = unit_query(wv.vectors[0], 20)
    assert quantised.candidates(query, 5, 0, 9_000) is None
    rows, _ = quantised.top_of_range(wv, query, 5, 0, 9_000)
    assert rows.tolist() == [0, 1, 2, 3, 4]


def test_stored_norms_that_are_too_short_cannot_hide_a_row() -> None:
    wv = make_table("clusters", 3_000, 30, seed=8)
    rng = np.random.default_rng(0)
    wrong = (wv.norms * rng.uniform(0.5, 1.0, len(wv))).astype(np.float32)
    odd = WordVectors(wv.vocabulary, wv.vectors, norms=wrong)
    quantised = build_quantised(odd.vectors, odd.norms)
    for query in queries(odd, 4):
        rows, scores = quantised.top_of_range(odd, query, 9, 0, len(odd))
        assert (rows.tolist(), scores.tolist()) == plain_answer(odd, query, 9)


def test_it_is_chosen_by_itself_once_it_pays(big: WordVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    wv = WordVectors(big.vocabulary, big.vectors, norms=big.norms, quantised=build_quantised(big.vectors, big.norms))
    calls = []
    original = Quantised.candidates
    monkeypatch.setattr(Quantised, "candidates", lambda *args: calls.append(1) or original(*args))
    monkeypatch.setattr(nearest_module, "sys", type("NoModules", (), {"modules": {}}))
    query = unit_query(wv.vectors[0], wv.dim)
    first = nearest(wv, query, 10)
    assert not calls  # the compiler is not there, and one query does not pay for it
    wv._search_state["spent"] = nearest_module.COMPILER_COST + 1
    second = nearest(wv, query, 10)
    assert calls
    assert [part.tolist() for part in first] == [part.tolist() for part in second]


def test_arrays_that_do_not_fit_are_refused() -> None:
    ones = np.ones(3, np.float32)
    with pytest.raises(ShapeError, match="quantised rows"):
        Quantised(np.zeros((3, 5), np.int8), ones, ones)
    with pytest.raises(ShapeError, match="residuals"):
        Quantised(np.zeros((3, 64), np.int8), ones, ones[:2])
    wv = make_table("plain", 100, 70, seed=0)
    quantised = build_quantised(wv.vectors[:50], wv.norms[:50])
    with pytest.raises(ShapeError, match=r"rows 0 to 100 .* of shape \(50, 70\)"):
        quantised.top_of_range(wv, unit_query(wv.vectors[0], 70), 5, 0, 100)
