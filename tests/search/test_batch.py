"""A batch gives what its queries give one by one, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import MissingWordError, OptionError, ShapeError, ZeroVectorError
from firth.search import batch
from firth.search.scores import unit_query
from firth.wordvectors import WordVectors
from tests.search.hard_tables import make_table, plain_answer, tables


@settings(deadline=None)
@given(wv=tables(least=40), n=st.integers(1, 90), topn=st.integers(1, 20), seed=st.integers(0, 99))
def test_together_or_in_doubt(wv: WordVectors, n: int, topn: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    queries = np.stack([unit_query(query, wv.dim) for query in rng.normal(size=(n, wv.dim))])
    left_out = rng.integers(-1, len(wv), n).tolist()
    for query, row, found in zip(queries, left_out, batch._together(wv, queries, topn, left_out), strict=True):
        if found is not None:  # None: the bounds leave doubt, and the query is done by itself
            rows, scores = found
            others = np.setdiff1d(np.arange(len(wv)), [row])
            assert (rows.tolist(), scores.tolist()) == plain_answer(wv, query, topn, others)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_words_and_vectors(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wv = make_table("clusters", 20_000, 50, seed=2, dtype=dtype, blanks=0)
    monkeypatch.setattr(batch, "COMPILER_COST", 0.0)
    words = [f"w{i * 7}" for i in range(100)]
    assert wv.most_similar_batch(words, topn=4) == [wv.most_similar(word, topn=4) for word in words]
    vectors = np.random.default_rng(1).normal(size=(70, 50)).astype(np.float32)
    assert wv.most_similar_batch(vectors) == [wv.similar_by_vector(vector) for vector in vectors]
    assert wv.most_similar_batch([3, "w5"], topn=2) == [wv.most_similar(3, topn=2), wv.most_similar("w5", topn=2)]
    assert wv.most_similar_batch([]) == []


def test_duplicates_beyond_the_spare_rows(big: WordVectors) -> None:
    """Forty equal rows: more than a list has room for; the batch sees that it cannot tell and asks again."""
    words = [f"w{i}" for i in range(95, 135)]
    assert big.most_similar_batch(words, topn=3) == [big.most_similar(word, topn=3) for word in words]
    assert [word for word, _ in big.most_similar_batch(words, topn=3)[10]] == ["w99", "w100", "w101"]


def test_refusals(big: WordVectors) -> None:
    with pytest.raises(ShapeError, match=r"\(4, 49\).*\(n, 50\)"):
        big.most_similar_batch(np.ones((4, 49)))
    with pytest.raises(ZeroVectorError):
        big.most_similar_batch(["w1", "w7"])
    with pytest.raises(MissingWordError):
        big.most_similar_batch(["w1", "nothing"])
    with pytest.raises(OptionError, match="topn is 0"):
        big.most_similar_batch(["w1"], topn=0)
