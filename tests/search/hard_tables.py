"""Tables that make search hard, and the plain definition of its answer."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from firth.lengths import directed
from firth.search.scores import best, exact_scores
from firth.wordvectors import WordVectors

KINDS = ("plain", "clusters", "duplicates", "near ties", "tiny", "huge", "mixed lengths", "one axis", "equal")


def make_table(kind: str, n: int, dim: int, seed: int, dtype: str = "float32", blanks: int = 0) -> WordVectors:
    """Return a table of ``n`` words, of which ``blanks`` have no direction."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, dim))
    if kind == "clusters":
        vectors = vectors[rng.integers(0, max(1, n // 50), n)] + 0.2 * rng.normal(size=(n, dim))
    elif kind == "duplicates":
        vectors = vectors[rng.integers(0, max(1, n // 4), n)]
    elif kind == "near ties":
        vectors = vectors[rng.integers(0, min(3, n), n)] * (1 + 1e-6 * rng.normal(size=(n, dim)))
    elif kind == "tiny":
        vectors *= 10.0 ** rng.choice([-36, -15]) if dtype == "float32" else 1e-3
    elif kind == "huge":
        vectors *= 10.0 ** rng.choice([15, 34]) if dtype == "float32" else 1e3
    elif kind == "mixed lengths":
        vectors *= 10.0 ** rng.uniform(*((-40, 37) if seed % 2 and dtype == "float32" else (-3, 3)), size=(n, 1))
    elif kind == "one axis":
        vectors[:] = 0
        vectors[np.arange(n), rng.integers(0, dim, n)] = rng.choice([-1.0, 1.0, 1e-3], n)
    elif kind == "equal":
        vectors[:] = vectors[0]
    chosen = rng.choice(n, min(blanks, n), replace=False)
    blank = np.array([0.0, np.nan] if dtype == "float16" else [0.0, np.nan, 1e-42, 3e38])
    vectors[chosen] = blank[np.arange(len(chosen)) % len(blank), None]
    return WordVectors.from_words([f"w{i}" for i in range(n)], vectors.astype(dtype))


@st.composite
def tables(draw: st.DrawFn, least: int = 1, most: int = 700) -> WordVectors:
    """Draw a table: any shape, any trouble."""
    return make_table(
        draw(st.sampled_from(KINDS)),
        draw(st.integers(least, most)),
        draw(st.sampled_from([1, 2, 3, 17, 50, 63, 64, 65, 100, 127, 128, 200, 300, 400])),
        draw(st.integers(0, 2**32 - 1)),
        draw(st.sampled_from(["float32", "float32", "float16"])),
        draw(st.sampled_from([0, 0, 1, 5])),
    )


def plain_answer(
    wv: WordVectors, query: NDArray[np.float64], topn: int, rows: NDArray[np.int64] | None = None
) -> tuple[list[int], list[float]]:
    """Score every row in float64, sort, take the first: what every way of searching must give."""
    rows = np.arange(len(wv)) if rows is None else rows
    rows = rows[directed(wv.norms[rows])]
    found, scores = best(exact_scores(wv, query, rows), rows, topn)
    return found.tolist(), scores.tolist()
