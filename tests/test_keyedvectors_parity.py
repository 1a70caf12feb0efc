"""gensim itself beside firth, on real published vectors: the same words, numbers within 1e-6."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firth
from firth.wordvectors import WordVectors

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # gensim calls its own old names

NAMES = ("glove", "googlenews")
_Both = tuple[WordVectors, Any]


@pytest.fixture(scope="module", params=NAMES)
def both(request: pytest.FixtureRequest, data: Path) -> _Both:
    """The same file, read by firth and by gensim."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gensim's own
        try:
            from gensim.models import KeyedVectors
        except ImportError:
            reason = "gensim is not installed; pip install 'firth[gensim]'"
            pytest.fail(reason) if os.environ.get("FIRTH_CI") == "1" else pytest.skip(reason)
    if request.param == "glove":
        file = data / "vectors" / "glove.6B.50d-4k.txt.gz"
        # its header says 4196, so gensim drops the last word
        theirs = KeyedVectors.load_word2vec_format(file)
        return firth.load(file, top=len(theirs)), theirs
    file = data / "vectors" / "word2vec-googlenews-merged-300d.bin.gz"
    return firth.load(file), KeyedVectors.load_word2vec_format(file, binary=True)


def same(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> None:
    """Demand the same words in the same order, and similarities within 1e-6; words nearer to each other may swap."""
    assert len(ours) == len(theirs)
    for (word, similarity), (other, expected) in zip(ours, theirs, strict=True):
        assert similarity == pytest.approx(expected, abs=1e-6)
        if word != other:  # a tie that float32 cannot tell
            assert dict(theirs).get(word, expected) == pytest.approx(similarity, abs=1e-6)


def some_words(wv: WordVectors, n: int, seed: int = 0) -> list[str]:
    rows = np.random.default_rng(seed).choice(len(wv), n, replace=False)
    return [wv.vocabulary[int(row)] for row in rows]


def test_the_table(both: _Both) -> None:
    ours, theirs = both
    assert list(ours.index_to_key) == theirs.index_to_key
    assert np.array_equal(ours.vectors, theirs.vectors)
    assert ours.vector_size == theirs.vector_size
    word = some_words(ours, 1)[0]
    assert ours.key_to_index[word] == theirs.key_to_index[word]
    assert np.array_equal(ours[word], theirs[word])
    assert np.array_equal(ours[[word, "king"]], theirs[[word, "king"]])
    assert np.allclose(ours.get_vector(word, norm=True), theirs.get_vector(word, norm=True), atol=1e-6)
    assert np.allclose(ours.get_normed_vectors(), theirs.get_normed_vectors(), atol=1e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        {"positive": ["woman", "king"], "negative": ["man"]},
        {"positive": "king", "topn": 25},
        {"positive": [("king", 2.0), "woman"], "negative": [("man", -0.5)]},
        {"positive": ["king"], "restrict_vocab": 1000},
        {"positive": ["king"], "clip_start": 500, "clip_end": 2500},
        {"positive": [5, "king"], "negative": [7]},
        {"negative": ["king"]},
        {"positive": ["king"], "topn": 0},
    ],
    ids=str,
)
def test_most_similar(both: _Both, arguments: dict[str, Any]) -> None:
    ours, theirs = both
    same(ours.most_similar(**arguments), theirs.most_similar(**arguments))


def test_most_similar_of_many_words_and_vectors(both: _Both) -> None:
    ours, theirs = both
    for word in some_words(ours, 50):
        same(ours.most_similar(word), theirs.most_similar(word))
        same(ours.similar_by_word(word, 3), theirs.similar_by_word(word, 3))
        vector = np.array(theirs[word]) + 0.01
        same(ours.similar_by_vector(vector), theirs.similar_by_vector(vector))
        same(ours.most_similar([word, vector]), theirs.most_similar([word, vector]))
    assert np.allclose(ours.most_similar("king", topn=None), theirs.most_similar("king", topn=None), atol=1e-6)


def test_cosmul(both: _Both) -> None:
    ours, theirs = both
    for a, b, c in np.array(some_words(ours, 90)).reshape(30, 3).tolist():
        arguments = {"positive": [b, c], "negative": [a]}
        same(ours.most_similar_cosmul(**arguments), theirs.most_similar_cosmul(**arguments))
    same(ours.most_similar_cosmul("king", topn=3), theirs.most_similar_cosmul("king", topn=3))


def test_numbers(both: _Both) -> None:
    ours, theirs = both
    words = some_words(ours, 60, seed=1)
    for a, b, c in np.array(words).reshape(20, 3).tolist():
        assert ours.similarity(a, b) == pytest.approx(theirs.similarity(a, b), abs=1e-6)
        assert ours.distance(a, b) == pytest.approx(theirs.distance(a, b), abs=1e-6)
        assert ours.n_similarity([a, b], [c, "king"]) == pytest.approx(
            theirs.n_similarity([a, b], [c, "king"]), abs=1e-6
        )
        assert np.allclose(ours.distances(a), theirs.distances(a), atol=1e-6)
        assert np.allclose(ours.distances(a, [b, c]), theirs.distances(a, [b, c]), atol=1e-6)
        assert abs(ours.rank(a, b) - theirs.rank(a, b)) <= 1
        assert len(set(ours.closer_than(a, b)) ^ set(theirs.closer_than(a, b))) <= 1
        assert ours.most_similar_to_given(a, [b, c, "king"]) == theirs.most_similar_to_given(a, [b, c, "king"])
        assert ours.relative_cosine_similarity(a, b) == pytest.approx(theirs.relative_cosine_similarity(a, b), abs=1e-5)
        assert ours.doesnt_match([a, b, c, "king"]) == theirs.doesnt_match([a, b, c, "king"])
        assert np.allclose(ours.get_mean_vector([a, b, c]), theirs.get_mean_vector([a, b, c]), atol=1e-6)
        options = {"weights": [1.0, -2.0, 0.5], "pre_normalize": False, "post_normalize": True}
        assert np.allclose(
            ours.get_mean_vector([a, b, c], **options), theirs.get_mean_vector([a, b, c], **options), atol=1e-6
        )
    many = np.array(ours.vectors[:50])
    assert np.allclose(ours.cosine_similarities(ours["king"], many), theirs.cosine_similarities(theirs["king"], many))


def test_benchmarks(both: _Both, data: Path) -> None:
    ours, theirs = both
    pairs = data / "eval" / "similarity" / "EN-WS-353-ALL.txt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs.evaluate_word_pairs(pairs)
    found = ours.evaluate_word_pairs(pairs)
    assert found[0][0] == pytest.approx(expected[0][0], abs=1e-6)
    assert found[1][0] == pytest.approx(expected[1][0], abs=1e-6)
    assert found[2] == pytest.approx(expected[2])


def test_there_and_back(both: _Both) -> None:
    ours, theirs = both
    turned = ours.to_gensim()
    assert turned.index_to_key == theirs.index_to_key
    assert turned.most_similar("king", topn=3) == theirs.most_similar("king", topn=3)
    turned.vectors[0] = 5  # a copy: ours stays as it is
    assert not (ours.vectors[0] == 5).all()
    back = WordVectors.from_gensim(theirs)
    assert list(back.index_to_key) == theirs.index_to_key
    assert np.array_equal(back.vectors, theirs.vectors)


def test_refusals_are_of_gensims_kind(both: _Both) -> None:
    ours, theirs = both
    for call in (
        lambda wv: wv.most_similar("no such word"),
        lambda wv: wv.similarity("king", "no such word"),
        lambda wv: wv["no such word"],
        lambda wv: wv.get_vecattr("king", "colour"),
    ):
        for wv in (ours, theirs):
            with pytest.raises(KeyError):
                call(wv)
    for wv in (ours, theirs):
        with pytest.raises(ValueError, match=r"."):
            wv.most_similar()
