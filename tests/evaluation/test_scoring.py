"""evaluate() and compare(): rules, coverage, real scores."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from firth import WordVectors
from firth.errors import BenchmarkError, OptionError
from firth.evaluation import Analogies, Pairs, Rules, Section, compare, evaluate, read_benchmark
from firth.evaluation.analogies import answer
from firth.evaluation.rules import look_up
from firth.evaluation.similarity import pair_cosines
from firth.evaluation.statistics import pearson, spearman


@pytest.fixture(scope="module")
def table() -> WordVectors:
    """40 words in two families whose offsets are alike, with a zero row, and some words in two cases."""
    rng = np.random.default_rng(4)
    base, step = rng.normal(size=(20, 60)), rng.normal(size=60)
    words = [f"w{i}" for i in range(20)] + [f"v{i}" for i in range(20)] + ["Zero", "W1", "new_york"]
    vectors = np.vstack([base, base + step, np.zeros((1, 60)), base[1] * 1.01, rng.normal(size=60)])
    return WordVectors.from_words(words, vectors)


def made_pairs(first: list[str], second: list[str], ratings: list[float]) -> Pairs:
    return Pairs("made", "made.tsv", tuple(first), tuple(second), np.array(ratings))


def made_questions(n: int = 20) -> Analogies:
    written = tuple((f"w{i}", f"v{i}", f"w{j}", f"v{j}") for i in range(n) for j in range(n) if i != j)
    return Analogies("made", "made.txt", (Section("all", written=written),))


def test_look_up_rules(table: WordVectors) -> None:
    words = ["w1", "W1", "W2", "zero", "New York", "none"]
    assert look_up(table, words, Rules()) == {"w1": 1, "W1": 41, "W2": 2, "New York": 42} | {}
    assert look_up(table, words, Rules(case="exact")) == {"w1": 1, "W1": 41}
    assert look_up(table, words, Rules(case="lower")) == {"w1": 1, "W1": 1, "W2": 2}
    assert look_up(table, words, Rules(case="ignore")) == {"w1": 1, "W1": 1, "W2": 2}
    # Beyond the cut a form is missing, and the next form is tried.
    assert look_up(table, words, Rules(cut=41)) == {"w1": 1, "W1": 1, "W2": 2}
    cased = WordVectors.from_words(["Paris", "paris"], np.eye(2))
    assert look_up(cased, ["paris", "PARIS"], Rules()) == {"paris": 1, "PARIS": 1}


def test_a_word_without_direction_is_missing(table: WordVectors) -> None:
    assert "Zero" in table
    pairs = made_pairs(["Zero", "w1"], ["w1", "w2"], [1, 2])
    assert pair_cosines(table, pairs, Rules()).covered.tolist() == [False, True]


def test_missing_words(table: WordVectors) -> None:
    pairs = made_pairs(["w1", "w2", "none", "w4"], ["w2", "w3", "w4", "gone"], [3, 1, 5, 2])
    skip, zero, mean = (pair_cosines(table, pairs, Rules(oov=oov)) for oov in ("skip", "zero", "mean"))
    assert np.isnan(skip.values).tolist() == [False, False, True, True]
    assert zero.values[2:].tolist() == [0, 0]
    assert skip.values[:2] == pytest.approx(zero.values[:2])
    assert skip.values[:2] == pytest.approx(mean.values[:2])
    average = table.vectors[table.norms > 0].mean(axis=0, dtype=np.float64)
    w4 = table["w4"].astype(np.float64)
    expected = average @ w4 / np.linalg.norm(average) / np.linalg.norm(w4)
    assert mean.values[2:] == pytest.approx([expected, expected])
    for oov, n in (("skip", 2), ("zero", 4), ("mean", 4)):
        score = evaluate(table, pairs, oov=oov)[0]  # type: ignore[arg-type]
        assert (score.n, score.total, score.covered, score.coverage) == (n, 4, 2, 0.5)


def test_similarity_is_the_correlation_of_cosines(table: WordVectors) -> None:
    rng = np.random.default_rng(0)
    one, two = rng.integers(0, 40, (2, 60))
    words = table.vocabulary.words()
    ratings = rng.normal(size=60)
    pairs = made_pairs([words[i] for i in one], [words[i] for i in two], ratings.tolist())
    units = table.vectors[:40].astype(float)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cosines = np.einsum("ij,ij->i", units[one], units[two]).round(12)
    score = evaluate(table, pairs, pearson=True)[0]
    assert score.score == pytest.approx(spearman(cosines, ratings))
    assert score.pearson == pytest.approx(pearson(cosines, ratings), abs=1e-6)
    assert score.ci95.low < score.score < score.ci95.high
    assert evaluate(table, pairs)[0] == evaluate(table, pairs)[0]
    assert evaluate(table, pairs)[0].pearson is None


def test_nothing_covered_is_no_score(table: WordVectors) -> None:
    for benchmark in (made_pairs(["a", "b"], ["c", "d"], [1, 2]), Analogies("a", "", (Section("s", (("a",) * 4,)),))):
        score = evaluate(table, benchmark)[0]
        assert math.isnan(score.score)
        assert (score.n, score.coverage) == (0, 0)
        assert "none" in repr(score)
        assert json.loads(json.dumps(score.to_json(), allow_nan=False))["score"] is None


def test_analogies_and_their_rules(table: WordVectors) -> None:
    questions = made_questions()
    for method in ("3cosadd", "3cosmul"):
        assert evaluate(table, questions, method=method)[0].score > 0.9
    half = evaluate(table, questions, cut=30)[0]
    assert half.n == half.covered == 10 * 9
    zero = evaluate(table, questions, cut=30, oov="zero")[0]
    assert (zero.n, zero.covered) == (380, 90)
    assert zero.score == pytest.approx(half.score * 90 / 380)
    assert zero.sections[0].score == zero.score
    assert evaluate(table, questions, cut=30, oov="mean")[0].score == zero.score


def test_any_listed_answer_is_right_and_given_words_are_none(table: WordVectors) -> None:
    lists = tuple((f"w{i}", ("nowhere", f"v{i}", "w0")) for i in range(6))
    score = evaluate(table, Analogies("lists", "", (Section("x", pairs=lists),)))[0]
    assert score.n == score.total == 30
    assert score.score > 0.9
    # where the one answer is itself given, nothing can be right
    same = tuple((f"w{i}", ("v0",)) for i in range(3))
    assert evaluate(table, Analogies("same", "", (Section("x", pairs=same),)))[0].score == 0


def test_case_ignored_leaves_out_every_form_of_a_given_word() -> None:
    words = ["man", "king", "woman", "King", "KING", "queen", "other"]
    vectors = [[0, 1, 0], [1, 1, 0], [0, -1, 0.1], [1.01, 1, 0], [1, 1.01, 0], [1, -0.9, -0.6], [-1, 0, 1]]
    wv = WordVectors.from_words(words, vectors)
    near = Analogies("q", "", (Section("x", (("woman", "man", "king", "queen"),)),))
    exact, ignore = (answer(wv, near, Rules(case=case)) for case in ("exact", "ignore"))  # type: ignore[arg-type]
    assert wv.vocabulary[int(exact.predicted[0])] in ("King", "KING")
    assert wv.vocabulary[int(ignore.predicted[0])] not in ("King", "KING", "king")
    for method in ("3cosadd", "3cosmul"):
        folded = answer(wv, near, Rules(case="ignore"), method)
        assert int(folded.predicted[0]) in (5, 6)


def test_the_rule_names_everything(table: WordVectors) -> None:
    pairs = made_pairs(["w1"], ["w2"], [1])
    assert evaluate(table, pairs, oov="zero", case="ignore", cut=7, resamples=50)[0].rule == (
        "Spearman of cosine and rating; pairs with a missing word get the similarity 0; case is ignored: of the forms "
        "of a word the first in the table counts; the first 7 of 43 words; interval: percentiles of 50 bootstrap "
        "resamples of the pairs"
    )
    rule = evaluate(table, made_questions(), method="3cosmul")[0].rule
    for part in ("3CosMul", "given words are no answers", "left out", "as it stands", "all 43 words", "Wilson"):
        assert part in rule


def test_wrong_options_say_what_is_right(table: WordVectors) -> None:
    pairs = made_pairs(["w1"], ["w2"], [1])
    for options in (
        {"oov": "drop"}, {"case": "upper"}, {"cut": 0}, {"cut": 1.5}, {"method": "lrcos"}, {"resamples": 5},
    ):  # fmt: skip
        name = next(iter(options))
        with pytest.raises(OptionError, match=f"{name} is .*; expected"):
            evaluate(table, pairs, **options)  # type: ignore[arg-type]
    with pytest.raises(BenchmarkError, match="no benchmark"):
        evaluate(table, [3])  # type: ignore[list-item]


def test_progress_is_told(table: WordVectors) -> None:
    seen: list[object] = []

    class Watcher:
        def start(self, what: str, total: float | None = None, unit: str = "") -> None:
            seen.append(total)

        def advance(self, amount: float) -> None:
            seen.append(amount)

        def note(self, **fields: float | str) -> None: ...

        def close(self) -> None:
            seen.append("end")

    evaluate(table, [made_pairs(["w1"], ["w2"], [1]), made_questions(3)], progress=Watcher())
    assert seen == [7, 1, 6, "end"]


def test_comparison_of_similarity(table: WordVectors) -> None:
    rng = np.random.default_rng(7)
    one, two = rng.integers(0, 40, (2, 200))
    words = table.vocabulary.words()
    units = table.vectors / np.maximum(table.norms, 1e-9)[:, None]
    ratings = np.einsum("ij,ij->i", units[one], units[two]) + rng.normal(size=200) * 0.1
    pairs = made_pairs([words[i] for i in one], [words[i] for i in two], ratings.tolist())
    worse = WordVectors.from_words(words, table.vectors + rng.normal(size=table.vectors.shape))
    result = compare(worse, table, pairs)
    assert result.b == pytest.approx(evaluate(table, pairs)[0].score)
    assert result.difference > 0.05
    assert result.ci95.low > 0
    assert result.p < 0.01
    same = compare(table, table, pairs)
    assert (same.difference, same.p, tuple(same.ci95)) == (0, 1, (0, 0))
    fewer = WordVectors.from_words(words[:30], table.vectors[:30])
    assert compare(fewer, table, pairs).n == evaluate(fewer, pairs)[0].n
    assert compare(fewer, table, pairs, oov="zero").n == 200


def test_a_null_difference_is_rarely_called_one() -> None:
    """Two tables that are equally good by construction: p < 0.05 in about 5 % of trials."""
    rng = np.random.default_rng(11)
    words = [f"x{i}" for i in range(60)]
    pairs_of = rng.integers(0, 60, (2, 150))
    called = 0
    for _ in range(60):
        truth = rng.normal(size=(60, 20))
        a, b = (WordVectors.from_words(words, truth + rng.normal(size=truth.shape)) for _ in range(2))
        one, two = pairs_of
        ratings = np.einsum("ij,ij->i", truth[one], truth[two])
        pairs = made_pairs([words[i] for i in one], [words[i] for i in two], ratings.tolist())
        called += compare(a, b, pairs, resamples=200).p < 0.05
    assert called <= 9


def test_comparison_of_analogies(table: WordVectors) -> None:
    rng = np.random.default_rng(2)
    worse = WordVectors.from_words(table.vocabulary.words(), table.vectors + rng.normal(size=table.vectors.shape) * 0.8)
    result = compare(worse, table, made_questions())
    assert result.n == result.total == 380
    assert result.difference > 0.05
    assert result.p < 0.05
    assert result.p_mcnemar is not None
    assert result.p_mcnemar < 0.001
    assert json.loads(json.dumps(result.to_json(), allow_nan=False))["n"] == 380


# -- real vectors and benchmarks ---------------------------------------------------------------------------------------


def test_googlenews_similarity(googlenews: WordVectors, data: Path) -> None:
    folder = data / "eval" / "similarity"
    ws353, simlex = evaluate(googlenews, [folder / "EN-WS-353-ALL.txt", folder / "EN-SIMLEX-999.txt"])
    assert (round(ws353.score, 3), ws353.n, ws353.total) == (0.693, 261, 353)
    assert (round(simlex.score, 3), simlex.n, simlex.total) == (0.429, 713, 999)
    assert ws353.ci95.low < 0.65 < 0.72 < ws353.ci95.high


def test_glove_similarity_and_analogies(glove: WordVectors, data: Path) -> None:
    ws353 = evaluate(glove, data / "eval" / "similarity" / "EN-WS-353-ALL.txt")[0]
    assert (round(ws353.score, 3), ws353.n) == (0.534, 167)
    google = evaluate(glove, data / "eval" / "analogy" / "questions-words.txt")[0]
    assert (round(google.score, 3), google.n, google.total) == (0.623, 1516, 19_544)
    assert [(group.name, group.n) for group in google.groups] == [("semantic", 142), ("syntactic", 1374)]
    assert sum(section.n for section in google.sections) == google.n
    assert sum(section.correct for section in google.sections) == round(google.score * google.n)


def test_googlenews_analogies(googlenews: WordVectors, data: Path) -> None:
    google = read_benchmark(data / "eval" / "analogy" / "questions-words.txt")
    assert evaluate(googlenews, google, case="exact")[0].n == 6276
    bats = evaluate(googlenews, data / "eval" / "analogy" / "BATS")[0]
    assert (bats.benchmark, bats.total, len(bats.sections), len(bats.groups)) == ("bats", 98_000, 40, 4)
    assert 0.4 < bats.score < 0.55


def test_real_comparison(glove: WordVectors, googlenews: WordVectors, data: Path) -> None:
    result = compare(glove, googlenews, data / "eval" / "similarity" / "EN-SIMLEX-999.txt")
    assert (round(result.a, 2), round(result.b, 2), result.n) == (0.23, 0.36, 284)
    assert 0 < result.ci95.low < result.difference < result.ci95.high


def test_a_table_takes_one_name_or_benchmark(table: WordVectors) -> None:
    pairs = made_pairs(["w1", "w2", "w3"], ["w2", "w3", "w4"], [3, 1, 2])
    assert table.evaluate(pairs) == evaluate(table, pairs)
    with pytest.raises(BenchmarkError, match="did you mean 'simlex999'"):
        table.evaluate("simlx")
