"""Scores of categories, outliers, choices, rankings, mappings and relata, beside slow and plain counting."""

from __future__ import annotations

import math
from collections import Counter
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firth import WordVectors
from firth.evaluation import Itemised, Rules, compare, evaluate
from firth.evaluation.categories import Categories, Category, in_majority, kmeans
from firth.evaluation.choices import Choice, Choices
from firth.evaluation.mappings import Mappings, System
from firth.evaluation.outcomes import offsets, unit_rows
from firth.evaluation.outliers import Group, Outliers
from firth.evaluation.ranking import Rankings, Relation
from firth.evaluation.relata import Relata, Related, roc_area
from firth.evaluation.resampling import bootstrap_mean
from firth.evaluation.statistics import holm, spearman

RNG = np.random.default_rng(7)


def made(n: int = 60, dim: int = 12, seed: int = 1) -> WordVectors:
    return WordVectors.from_words([f"w{i}" for i in range(n)], np.random.default_rng(seed).normal(size=(n, dim)))


def unit(wv: WordVectors, word: str) -> NDArray[np.float64]:
    vector = wv[word].astype(np.float64)
    return np.asarray(vector / np.linalg.norm(vector))


def pair(i: int) -> tuple[str, str]:
    return f"w{i}", f"w{i + 1}"


CATEGORIES = Categories(
    "made", "", (Category("a", tuple(f"w{i}" for i in range(20))), Category("b", tuple(f"w{i}" for i in range(15, 40))))
)
OUTLIERS = Outliers(
    "made", "",
    tuple(Group(f"g{k}", tuple(f"w{4 * k + i}" for i in range(4)), ("w58", "w59", f"w{k + 46}")) for k in range(12)),
)  # fmt: skip
CHOICES = Choices("made", "", tuple(Choice(pair(i), (pair(i + 2), pair(i + 4), pair(i + 6)), i % 3) for i in range(40)))
RANKINGS = Rankings(
    "made", "",
    tuple(
        Relation(f"r{k}", (pair(k), pair(k + 30)), tuple(pair(k + j) for j in range(2, 16)), tuple(range(14)))
        for k in range(12)
    ),
)  # fmt: skip
MAPPINGS = Mappings(
    "made", "", tuple(System(f"s{k}", tuple((f"w{k + j}", f"w{k + j + 20}") for j in range(5))) for k in range(12))
)
RELATA = Relata(
    "made", "",
    tuple(Related(relation, f"w{k}", (f"w{k + 20 + j}", f"w{k + 30 + j}"))
          for j, relation in enumerate(("coord", "mero")) for k in range(12)),
    {f"w{k}": (f"w{k + 40}", f"w{k + 45}", "w59") for k in range(12)},
)  # fmt: skip
ALL: tuple[Itemised, ...] = (CATEGORIES, OUTLIERS, CHOICES, RANKINGS, MAPPINGS, RELATA)


@pytest.mark.parametrize("benchmark", ALL, ids=lambda b: b.kind)
def test_every_kind_fills_a_score(benchmark: Itemised) -> None:
    wv = made()
    score = evaluate(wv, benchmark)[0]
    assert (score.n, score.total, score.coverage) == (len(benchmark), len(benchmark), 1.0)
    assert score.kind == benchmark.kind
    assert score.ci95.low <= score.score <= score.ci95.high
    assert sum(section.n for section in score.sections) == score.n
    assert sum(section.correct for section in score.sections) / score.n == pytest.approx(score.score)
    assert "all 60 words of the table" in score.rule
    assert benchmark.unit in score.rule
    assert evaluate(wv, benchmark)[0] == score
    assert set(score.to_json()["also"]) == {name for name, _ in score.also}
    # Lengths do not matter, directions do.
    scaled = WordVectors.from_words(wv.vocabulary.words(), wv.vectors * RNG.uniform(0.5, 3, (60, 1)))
    assert evaluate(scaled, benchmark)[0].score == pytest.approx(score.score, abs=0.02)


@pytest.mark.parametrize("benchmark", ALL, ids=lambda b: b.kind)
def test_missing_words(benchmark: Itemised) -> None:
    whole = made()
    part = WordVectors.from_words(whole.vocabulary.words()[:50], whole.vectors[:50])
    skip, zero, mean = (evaluate(part, benchmark, oov=oov)[0] for oov in ("skip", "zero", "mean"))  # type: ignore[arg-type]
    assert skip.coverage == zero.coverage <= 1
    assert zero.n >= skip.n
    assert (zero.score, zero.n) == (mean.score, mean.n)
    if benchmark.kind in ("categorisation", "outliers", "choice", "mapping"):
        assert zero.n == zero.total
    none = WordVectors.from_words(["x", "y"], np.eye(2))
    for oov in ("skip", "zero"):
        score = evaluate(none, benchmark, oov=oov)[0]  # type: ignore[arg-type]
        assert score.covered == 0
        assert score.coverage == 0
        assert math.isnan(score.score) if score.n == 0 else score.score in (0.0, 0.5)
    exact = evaluate(whole, benchmark, cut=50)[0]
    assert (exact.score, exact.n, exact.also) == (skip.score, skip.n, skip.also)


@pytest.mark.parametrize("benchmark", ALL, ids=lambda b: b.kind)
def test_comparison_is_paired(benchmark: Itemised) -> None:
    a, b = made(seed=1), made(seed=2)
    same = compare(a, a, benchmark)
    assert (same.difference, same.p, tuple(same.ci95)) == (0, 1, (0, 0))
    there, back = compare(a, b, benchmark), compare(b, a, benchmark)
    assert there.difference == pytest.approx(-back.difference)
    assert there.a == pytest.approx(evaluate(a, benchmark)[0].score)
    assert there.n == len(benchmark)
    assert there.ci95.low <= there.difference <= there.ci95.high
    # Words that one table lacks are left out for both.
    part = WordVectors.from_words(b.vocabulary.words()[:50], b.vectors[:50])
    cut = WordVectors.from_words(a.vocabulary.words()[:50], a.vectors[:50])
    mixed = compare(a, part, benchmark)
    assert mixed.a == pytest.approx(evaluate(cut, benchmark)[0].score)
    assert mixed.n == evaluate(part, benchmark)[0].n


def test_a_good_table_beats_a_poor_one() -> None:
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(2, 20))
    words = [f"w{i}" for i in range(40)]
    families = Categories("made", "", (Category("a", tuple(words[:20])), Category("b", tuple(words[20:]))))
    good = WordVectors.from_words(words, np.repeat(centre, 20, axis=0) + 0.1 * rng.normal(size=(40, 20)))
    poor = WordVectors.from_words(words, rng.normal(size=(40, 20)))
    score = evaluate(good, families)[0]
    assert score.score == 1
    assert dict(score.also)["worst of 10"] == 1
    assert dict(score.also)["categories shuffled"] < 0.8
    result = compare(poor, good, families)
    assert result.ci95.low > 0
    assert result.p < 0.01


# -- categories -------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_purity_by_counting(items: list[tuple[int, int]]) -> None:
    clusters, labels = (np.array(column, np.int64) for column in zip(*items, strict=True))
    expected = 0
    for cluster in set(clusters.tolist()):
        expected += Counter(labels[clusters == cluster].tolist()).most_common(1)[0][1]
    assert in_majority(clusters, labels).sum() == expected


@settings(max_examples=40)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(0, 99), st.booleans())
def test_kmeans_ends_in_a_fixed_point(n: int, k: int, seed: int, repeated: bool) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 3))
    if repeated:
        points[:] = points[0]
    clusters = kmeans(points, min(k, n), np.random.default_rng(seed))
    assert clusters.shape == (n,)
    assert 0 <= clusters.min() <= clusters.max() < min(k, n)
    assert (clusters == kmeans(points, min(k, n), np.random.default_rng(seed))).all()
    if not repeated:
        used = np.unique(clusters)
        centres = np.array([points[clusters == c].mean(axis=0) for c in used])
        apart = ((points[:, None] - centres) ** 2).sum(axis=2)
        assert apart[np.arange(n), np.searchsorted(used, clusters)] == pytest.approx(apart.min(axis=1))


def test_a_word_in_two_categories_is_two_items() -> None:
    score = evaluate(made(), CATEGORIES)[0]
    assert score.total == 45
    outcomes = CATEGORIES.outcomes(made(), Rules())
    assert len(np.unique(outcomes.cluster)) == 40


# -- outliers ---------------------------------------------------------------------------------------------------------


def compactness(wv: WordVectors, words: list[str]) -> float:
    units = [unit(wv, word) for word in words]
    return float(np.mean([a @ b for i, a in enumerate(units) for j, b in enumerate(units) if i != j]))


def test_outliers_by_the_paper_s_definition() -> None:
    wv = made()
    right, place = [], []
    for _, words, outliers in OUTLIERS.groups:
        for outlier in outliers:
            every = [*words, outlier]
            without = {word: compactness(wv, [w for w in every if w != word]) for word in every}
            order = sorted(every, key=lambda word: without[word])
            right.append(order[-1] == outlier)
            place.append(order.index(outlier) / len(words))
    score = evaluate(wv, OUTLIERS)[0]
    assert score.score == pytest.approx(np.mean(right))
    assert dict(score.also)["OPP"] == pytest.approx(np.mean(place))


def test_an_outlier_that_ties_is_not_found() -> None:
    wv = WordVectors.from_words(["a", "b", "c"], [[1, 0], [0, 1], [0, 1]])
    score = evaluate(wv, Outliers("made", "", (Group("g", ("a", "b"), ("c",)), Group("h", ("b", "c"), ("a",)))))[0]
    assert [section.correct for section in score.sections] == [0, 1]
    small = evaluate(wv, Outliers("made", "", (Group("g", ("b", "none"), ("a",)),)))[0]
    assert (small.n, small.coverage) == (0, 2 / 3)


# -- offsets ----------------------------------------------------------------------------------------------------------


def test_offsets_of_a_word_with_itself_are_zero() -> None:
    wv = made()
    rows = unit_rows(wv, ["w1", "W1", "w2"], Rules())
    assert offsets(rows, [("w1", "W1")]).any() == 0
    step = unit(wv, "w2") - unit(wv, "w1")
    assert offsets(rows, [("W1", "w2")])[0] == pytest.approx(step / np.linalg.norm(step))


def test_choices_by_hand() -> None:
    wv = WordVectors.from_words(
        ["man", "woman", "king", "queen", "car", "bus"],
        [[1, 0.2, 0], [1, -0.2, 0], [0.2, 0.2, 1], [0.2, -0.2, 1], [0, 1, 0.1], [0.1, 1, -0.2]],
    )
    given_pair, right, wrong = ("man", "woman"), ("king", "queen"), ("car", "bus")
    questions = (
        Choice(given_pair, (wrong, right), 1),
        Choice(given_pair, (wrong, right), 0),
        Choice(given_pair, (right, right, wrong), 1),  # a tie: chosen in part
        Choice(given_pair, (right, ("none", "bus")), 0),
        Choice(given_pair, (right, ("none", "bus")), 1),
        Choice(("none", "man"), (right, wrong), 0),
    )
    outcomes = [Choices("made", "", questions).outcomes(wv, Rules(oov=oov)) for oov in ("skip", "zero")]  # type: ignore[arg-type]
    assert outcomes[0].values[:3].tolist() == [1, 0, 0.5]
    assert np.isnan(outcomes[0].values[3:]).all()
    assert outcomes[1].values.tolist() == [1, 0, 0.5, 1, 0, 0]
    assert [o.covered for o in outcomes] == [3, 3]


def test_ranking_by_plain_counting() -> None:
    wv = made()

    def step(words: tuple[str, str]) -> NDArray[np.float64]:
        d = unit(wv, words[1]) - unit(wv, words[0])
        return np.asarray(d / np.linalg.norm(d))

    expected = []
    for relation in RANKINGS.relations:
        cosines = [np.mean([step(p) @ step(e) for e in relation.examples]) for p in relation.pairs]
        expected.append(spearman(cosines, relation.ratings))
    score = evaluate(wv, RANKINGS)[0]
    assert [section.score for section in score.sections] == pytest.approx(expected)
    assert score.score == pytest.approx(np.mean(expected))


def test_mapping_by_plain_search() -> None:
    wv = made()

    def step(a: str, b: str) -> NDArray[np.float64]:
        d = unit(wv, b) - unit(wv, a)
        return np.asarray(d / np.linalg.norm(d))

    for system, section in zip(MAPPINGS.systems, evaluate(wv, MAPPINGS)[0].sections, strict=True):
        left, right = zip(*system.terms, strict=True)
        n = len(left)

        def worth(order: tuple[int, ...], left: tuple[str, ...] = left, right: tuple[str, ...] = right) -> float:
            return sum(
                float(step(left[i], left[j]) @ step(right[order[i]], right[order[j]]))
                for i in range(len(left)) for j in range(i)
            )  # fmt: skip

        best = max(permutations(range(n)), key=worth)
        assert section.score == pytest.approx(np.mean([image == i for i, image in enumerate(best)]))


def test_a_system_shifted_is_mapped_rightly() -> None:
    rng = np.random.default_rng(2)
    base = rng.normal(size=(9, 30))
    turn, _ = np.linalg.qr(rng.normal(size=(30, 30)))
    same = WordVectors.from_words([f"a{i}" for i in range(9)] + [f"b{i}" for i in range(9)], np.vstack([base, base]))
    system = Mappings("made", "", (System("s", tuple((f"a{i}", f"b{i}") for i in range(9))),))
    assert evaluate(same, system)[0].score == 1
    other = WordVectors.from_words(same.vocabulary.words(), np.vstack([base, base @ turn]))
    assert evaluate(other, system)[0].score < 1


# -- relata and statistics --------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_roc_area_by_counting(high: list[int], low: list[int]) -> None:
    wins = sum((a > b) + 0.5 * (a == b) for a in high for b in low)
    assert roc_area(np.array(high, float), np.array(low, float)) == pytest.approx(wins / len(high) / len(low))


def test_relata_by_hand() -> None:
    wv = WordVectors.from_words(["cat", "dog", "fur", "of", "to"], [[1, 0], [1, 0.1], [1, 1], [0, 1], [1, 0.5]])
    relata = Relata(
        "made", "", (Related("coord", "cat", ("dog", "none")), Related("mero", "cat", ("fur",))), {"cat": ("of", "to")}
    )
    score = evaluate(wv, relata)[0]
    assert [section.score for section in score.sections] == [1, 0.5]
    assert dict(score.also) == {"nearest: coord": 1, "nearest: mero": 0, "nearest: random": 0}
    assert score.coverage == 4 / 5


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=12))
def test_holm(values: list[float]) -> None:
    found = holm(values)
    good = [(p, q) for p, q in zip(values, found, strict=True) if not math.isnan(p)]
    assert [math.isnan(p) for p in values] == [math.isnan(q) for q in found]
    assert all(p <= q <= 1 for p, q in good)
    assert all(q <= r for (p, q) in good for (o, r) in good if p <= o)
    assert [p for p, _ in good] == [q for _, q in good] or len(good) > 1


def test_bootstrap_of_clusters() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=200)
    single = bootstrap_mean(np.arange(200), values, resamples=2_000)[0]
    assert single.std() == pytest.approx(values.std() / 200**0.5, rel=0.1)
    # Items that hang together are worth less than as many alone.
    copied = bootstrap_mean(np.arange(200) // 10, np.repeat(values[:20], 10), resamples=2_000)[0]
    assert copied.std() == pytest.approx(values[:20].std() / 20**0.5, rel=0.15)
    two = bootstrap_mean([5, 5, 9], [1, 0, 0.5], [2, 1, 1.5], resamples=50)
    assert two[1] - two[0] == pytest.approx(np.ones(50))


# -- real figures -----------------------------------------------------------------------------------------------------


def test_real_figures(googlenews: WordVectors, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRTH_DATA", str(data))
    others = ["8-8-8", "wikisem500", "semeval2012", "jair", "bless-relations"]
    names = ["ap", "esslli2008", *others]
    scores = {score.benchmark: score for score in evaluate(googlenews, names)}
    assert {name: (round(scores[name].score, 2), scores[name].n) for name in others} == {
        "8-8-8": (0.96, 25),
        "wikisem500": (0.88, 32),
        "semeval2012": (0.25, 63),
        "jair": (0.82, 16),
        "bless-relations": (0.83, 372),
    }
    # The same words under scikit-learn's KMeans of one start: 0.597 and 0.570, means of 40 seeds.
    for name, purity in (("ap", 0.585), ("esslli2008", 0.57)):  # clusters may differ by the last bits of a product
        assert scores[name].score == pytest.approx(purity, abs=0.03)
        assert dict(scores[name].also)["categories shuffled"] < purity - 0.1
    assert [group.name for group in scores["semeval2012"].groups] == ["test relations", "training relations"]
    assert [group.total for group in scores["semeval2012"].groups] == [69, 10]
