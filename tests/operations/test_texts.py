"""Text vectors and text distances, against scipy and against the formulas written out."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest

from firth import WordVectors, operations
from firth.errors import MissingExtraError, OptionError


@pytest.fixture
def wv() -> WordVectors:
    rng = np.random.default_rng(21)
    words = ["the", "a", "president", "obama", "speaks", "to", "media", "in", "illinois", "greets", "press", "chicago"]
    vectors = rng.normal(size=(len(words) + 1, 7))
    vectors[-1] = 0
    return WordVectors.from_words([*words, "zero"], vectors, counts=[900, 500, 9, 3, 5, 700, 4, 600, 2, 1, 6, 3, 1])


FIRST = "Obama speaks to the media in Illinois. Obama speaks!"
SECOND = "The president greets the press in Chicago"


def by_linear_program(wv: WordVectors, a: list[str], b: list[str]) -> float:
    linprog = pytest.importorskip("scipy.optimize").linprog
    left, right = sorted(set(a)), sorted(set(b))
    unit = {w: wv.get_vector(w, norm=True).astype(np.float64) for w in {*left, *right}}
    costs = np.array([[np.linalg.norm(unit[x] - unit[y]) for y in right] for x in left])
    n, m = costs.shape
    equal = np.zeros((n + m, n * m))
    for i, j in itertools.product(range(n), range(m)):
        equal[i, i * m + j] = equal[n + j, i * m + j] = 1
    masses = [a.count(w) / len(a) for w in left] + [b.count(w) / len(b) for w in right]
    return float(linprog(costs.ravel(), A_eq=equal, b_eq=masses).fun)


def test_words_of_texts(wv: WordVectors) -> None:
    assert operations.words_of(wv, FIRST).count("obama") == 2
    assert operations.words_of(wv, ["Obama", "obama"]) == ["obama"]


def test_word_movers_distance_is_the_linear_programs(wv: WordVectors) -> None:
    a, b = operations.words_of(wv, FIRST), operations.words_of(wv, SECOND)
    distance = operations.word_movers_distance(wv, FIRST, SECOND)
    assert distance == pytest.approx(by_linear_program(wv, a, b), abs=1e-6)
    assert distance == pytest.approx(operations.word_movers_distance(wv, b, a), abs=1e-12)
    relaxed = operations.relaxed_word_movers_distance(wv, FIRST, SECOND)
    assert 0 < relaxed <= distance + 1e-12
    assert operations.word_movers_distance(wv, a, a) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_random_texts(seed: int, wv: WordVectors) -> None:
    rng = np.random.default_rng(seed)
    words = wv.vocabulary.words()[:-1]
    a, b = (rng.choice(words, rng.integers(1, 20)).tolist() for _ in range(2))
    distance = operations.word_movers_distance(wv, a, b)
    assert distance == pytest.approx(by_linear_program(wv, a, b), abs=1e-6)
    assert operations.relaxed_word_movers_distance(wv, a, b) <= distance + 1e-9


def test_gensims_method(wv: WordVectors) -> None:
    a, b = operations.words_of(wv, FIRST), operations.words_of(wv, SECOND)
    assert wv.wmdistance(a, b) == operations.word_movers_distance(wv, a, b)
    assert wv.wmdistance(a, b, norm=False) == operations.word_movers_distance(wv, a, b, unit=False)
    assert wv.wmdistance(a, ["unheard"]) == float("inf")


def test_soft_cosine_is_its_formula(wv: WordVectors) -> None:
    a, b = ["obama", "speaks", "obama"], ["president", "speaks", "press"]
    words = sorted({*a, *b})
    similarity = np.array(
        [[1.0 if x == y else max(0.0, wv.similarity(x, y)) ** 2 for y in words] for x in words]
    )  # fmt: skip
    x, y = (np.array([text.count(word) for word in words]) for text in (a, b))
    expected = x @ similarity @ y / np.sqrt((x @ similarity @ x) * (y @ similarity @ y))
    assert operations.soft_cosine(wv, a, b) == pytest.approx(expected, abs=1e-6)
    assert operations.soft_cosine(wv, a, a) == pytest.approx(1)
    plain = operations.soft_cosine(wv, a, b, threshold=0.999)
    assert plain == pytest.approx(x @ y / np.sqrt((x @ x) * (y @ y)))


def test_texts_without_known_words(wv: WordVectors) -> None:
    for distance in (operations.word_movers_distance, operations.relaxed_word_movers_distance, operations.soft_cosine):
        with pytest.raises(OptionError, match="no word of the second text"):
            distance(wv, "the", "qwerty")
        with pytest.raises(OptionError, match="no word of the first text"):
            distance(wv, ["zero"], "the")


def test_without_the_solver(monkeypatch: pytest.MonkeyPatch, wv: WordVectors) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'firth\[distance\]'"):
        operations.word_movers_distance(wv, FIRST, SECOND)
    assert operations.word_movers_distance(wv, "obama", SECOND) > 0  # only one way to go: no solver needed


def test_probabilities(wv: WordVectors) -> None:
    assert wv.counts is not None
    np.testing.assert_allclose(operations.probabilities(wv), wv.counts / wv.counts.sum())
    zipf = operations.probabilities(wv, "zipf")
    assert zipf.sum() == pytest.approx(1) and zipf[0] == pytest.approx(13 * zipf[12])
    given = operations.probabilities(wv, {"the": 10, "a": 2})
    assert given[0] == pytest.approx(5 * given[1]) and given[5] == given[1]
    for wrong, message in (
        ({"x": 1}, "none of the words"),
        ({"the": -1.0}, "0 or more"),
        ("some", "expected 'counts'"),
    ):
        with pytest.raises(OptionError, match=message):
            operations.probabilities(wv, wrong)
    with pytest.raises(OptionError, match="a=0"):
        operations.sif_weights(wv, 0)


def test_plain_means_of_a_weighted_table_are_sif_means(wv: WordVectors) -> None:
    weighted = operations.sif_weight(wv, 1e-2)
    np.testing.assert_allclose(
        operations.mean_vectors(weighted, [FIRST, SECOND]),
        operations.mean_vectors(wv, [FIRST, SECOND], weights=operations.sif_weights(wv, 1e-2)),
        atol=1e-6,
    )


def test_sif_is_the_papers(wv: WordVectors) -> None:
    texts = [FIRST, SECOND, "the media", "qwerty"]
    assert wv.counts is not None
    p = wv.counts / wv.counts.sum()
    rows = []
    for text in texts:
        words = operations.words_of(wv, text)
        total = sum(1e-3 / (1e-3 + p[wv.row(w)]) * np.asarray(wv[w], np.float64) for w in words)
        rows.append(total / len(words) if words else np.zeros(7))
    matrix = np.array(rows)
    u = np.linalg.svd(matrix, full_matrices=False)[2][:1]
    expected = matrix - matrix @ u.T @ u
    encoder = operations.SIF(wv)
    np.testing.assert_allclose(encoder.fit_transform(texts), expected, atol=1e-6)
    np.testing.assert_allclose(encoder.transform(texts[:1]), expected[:1], atol=1e-6)
    np.testing.assert_allclose(encoder.common @ encoder.common.T, np.eye(1), atol=1e-12)


def test_sif_without_learning(wv: WordVectors) -> None:
    with pytest.raises(OptionError, match="call fit"):
        operations.SIF(wv).transform(["the"])
    with pytest.raises(OptionError, match="none of the 1 texts"):
        operations.SIF(wv).fit(["qwerty"])
    with pytest.raises(OptionError, match="one string"):
        operations.mean_vectors(wv, "the media")
    assert operations.SIF(wv, components=0).transform(["the"]).shape == (1, 7)
    assert operations.mean_vectors(wv, []).shape == (0, 7)
