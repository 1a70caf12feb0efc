"""Fewer words, other names, tables side by side."""

from __future__ import annotations

import numpy as np
import pytest

from firth import WordVectors, operations
from firth.errors import OptionError


@pytest.fixture
def wv() -> WordVectors:
    words = ["the", "cat", "Cat", "naïve", "dog", b"\xff\xfe".decode("utf-8", "surrogateescape")]
    return WordVectors.from_words(
        words, np.arange(24).reshape(6, 4), counts=[60, 5, 9, 2, 5, 1], recipe={"source": "s"}
    )


def test_restrict_keeps_order_bits_norms_and_counts(wv: WordVectors) -> None:
    made = operations.restrict(wv, ["dog", "cat", "unheard", "dog"])
    assert made.vocabulary.words() == ["cat", "dog"]
    np.testing.assert_array_equal(made.vectors, wv.vectors[[1, 4]])
    np.testing.assert_array_equal(made.norms, wv.norms[[1, 4]])
    assert made.counts is not None and made.counts.tolist() == [5, 5]
    assert made.recipe == {
        "operation": "restrict", "parameters": {"words": 3, "missing": 1}, "source": {"source": "s"}
    }  # fmt: skip


def test_restrict_by_several_conditions(wv: WordVectors) -> None:
    assert operations.restrict(wv, pattern="[a-z]+").vocabulary.words() == ["the", "cat", "dog"]
    assert operations.restrict(wv, top=4, pattern=r"\w+").vocabulary.words() == ["the", "cat", "Cat", "naïve"]
    assert operations.restrict(wv, {"the", "dog"}, top=2).vocabulary.words() == ["the"]


def test_words_that_are_not_utf8_stay(wv: WordVectors) -> None:
    odd = wv.vocabulary[5]
    assert operations.restrict(wv, [odd]).vocabulary.words() == [odd]
    assert odd in operations.prune(wv, min_count=1)


def test_prune(wv: WordVectors) -> None:
    assert operations.prune(wv, top=3).vocabulary.words() == ["the", "cat", "Cat"]
    assert operations.prune(wv, min_count=5).vocabulary.words() == ["the", "cat", "Cat", "dog"]
    assert operations.prune(wv, min_count=5, top=1).vocabulary.words() == ["the"]
    assert len(operations.prune(wv, top=1000)) == 6
    uncounted = WordVectors.from_words(["a", "b", "c"], np.eye(3))
    assert operations.prune(uncounted, top=2).vocabulary.words() == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda wv: operations.restrict(wv), "needs words, a pattern or top"),
        (lambda wv: operations.restrict(wv, "cat"), "one string"),
        (lambda wv: operations.restrict(wv, pattern="("), "does not parse"),
        (lambda wv: operations.restrict(wv, ["unheard"]), "would leave none of the 6 words"),
        (lambda wv: operations.prune(wv), "needs top or min_count"),
        (lambda wv: operations.prune(wv, top=0), "top=0"),
        (lambda wv: operations.prune(wv, min_count=99), "none"),
        (lambda wv: operations.prune(WordVectors.from_words(["a"], [[1]]), min_count=1), "the table has none"),
        (lambda wv: operations.rename(wv, str.lower, clash="last"), "clash='last'"),
        (lambda wv: operations.concatenate(wv), "at least two"),
        (lambda wv: operations.concatenate(wv, wv, weights=[1]), "1 weights for 2 tables"),
        (lambda wv: operations.concatenate(wv, wv, words="some"), "words='some'"),
        (lambda wv: operations.concatenate(wv, WordVectors.from_words(["x"], [[1]])), "no word in common"),
    ],
)  # fmt: skip
def test_wrong_options(call, message: str, wv: WordVectors) -> None:
    with pytest.raises(OptionError, match=message):
        call(wv)


def test_replacements_are_the_nearest_kept_words() -> None:
    rng = np.random.default_rng(5)
    wv = WordVectors.from_words([f"w{i}" for i in range(300)], rng.normal(size=(300, 8)))
    small = operations.prune(wv, top=50)
    found = operations.replacements(wv, small)
    assert set(found) == {f"w{i}" for i in range(50, 300)}
    for word in ("w50", "w123", "w299"):
        best, similarity = small.similar_by_vector(np.asarray(wv[word]), topn=1)[0]
        assert found[word].word == best
        assert found[word].similarity == pytest.approx(similarity, abs=1e-6)


def test_rename_first_and_mean(wv: WordVectors) -> None:
    lower = operations.rename(wv, str.lower)
    assert lower.vocabulary.words()[:3] == ["the", "cat", "naïve"]
    np.testing.assert_array_equal(lower["cat"], wv["cat"])
    assert lower.counts is not None and lower.counts.tolist() == [60, 14, 2, 5, 1]
    mean = operations.rename(wv, str.lower, clash="mean")
    np.testing.assert_allclose(mean["cat"], (5 * wv["cat"] + 9 * wv["Cat"]) / 14, rtol=1e-6)
    np.testing.assert_array_equal(mean["dog"], wv["dog"])
    assert operations.rename(wv, {"cat": "chat"}).vocabulary.words()[1] == "chat"


def test_concatenate_union_and_weights() -> None:
    a = WordVectors.from_words(["x", "y", "zero"], [[3, 4], [0, 2], [0, 0]], counts=[5, 3, 1], recipe={"source": "a"})
    b = WordVectors.from_words(["y", "v"], [[1], [7]], recipe={"source": "b"})
    made = operations.concatenate(a, b, words="union", weights=[2, 1])
    assert made.vocabulary.words() == ["x", "y", "zero", "v"]
    np.testing.assert_allclose(made.vectors, [[1.2, 1.6, 0], [0, 2, 1], [0, 0, 0], [0, 0, 1]], rtol=1e-6)
    assert made.counts is not None and made.counts.tolist() == [5, 3, 1, 0]
    assert made.recipe["sources"] == [{"source": "a"}, {"source": "b"}]
    raw = operations.concatenate(a, b, unit=False)
    assert raw.vectors.tolist() == [[0, 2, 1]]


def test_concatenated_cosine_is_the_mean_of_cosines() -> None:
    rng = np.random.default_rng(1)
    words = list("abcdefgh")
    one, two = (WordVectors.from_words(words, rng.normal(size=(8, dim))) for dim in (5, 9))
    both = operations.concatenate(one, two)
    for pair in (("a", "b"), ("c", "h")):
        expected = (one.similarity(*pair) + two.similarity(*pair)) / 2
        assert both.similarity(*pair) == pytest.approx(expected, abs=1e-6)
