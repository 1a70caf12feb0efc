"""gensim's dialect on tables made by hand: shapes of results, rules of exclusion, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth.errors import FirthError, ImmutableError, MissingWordError, OptionError, ZeroVectorError
from firth.wordvectors import WordVectors


@pytest.fixture
def wv() -> WordVectors:
    vectors = [[1, 0.2, 0], [1, 0.3, 0], [0, 1, 0.1], [0, 0.9, 0.3], [0, 0, 0]]
    return WordVectors.from_words(["cat", "dog", "car", "bus", "zero"], vectors, counts=[50, 40, 30, 20, 10])


def test_words_rows_and_vectors(wv: WordVectors) -> None:
    assert wv.vector_size == wv.dim == 3
    assert wv.index_to_key[1] == "dog"
    assert wv.key_to_index["car"] == 2
    assert wv["cat"].tolist() == wv.get_vector("cat").tolist() == wv[0].tolist() == wv.vectors[0].tolist()
    assert wv[["cat", "bus"]].shape == (2, 3)
    assert wv[[0, "bus"]].shape == (2, 3)
    assert np.linalg.norm(wv.get_vector("cat", norm=True)) == pytest.approx(1)
    assert not wv["cat"].flags.writeable
    assert not wv.get_vector("cat", norm=True).flags.writeable
    assert wv.get_index("dog") == 1
    assert wv.get_index("cow", 7) == 7
    assert wv.get_index(99, -1) == -1
    assert wv.has_index_for("dog")
    assert not wv.has_index_for("cow")
    assert wv.get_vecattr("dog", "count") == 40
    assert np.allclose(np.linalg.norm(wv.get_normed_vectors()[:4], axis=1), 1)
    assert np.isnan(wv.get_normed_vectors()[4]).all()
    for key in ("cow", 99, -1):
        with pytest.raises(KeyError):
            wv.get_index(key)
    with pytest.raises(KeyError, match="'colour'"):
        wv.get_vecattr("dog", "colour")


def test_most_similar_takes_what_gensim_takes(wv: WordVectors) -> None:
    plain = wv.most_similar("cat")
    assert [word for word, _ in plain] == ["dog", "car", "bus"]
    assert "zero" not in [word for word, _ in plain]
    assert all(isinstance(word, str) and isinstance(similarity, float) for word, similarity in plain)
    for same in (["cat"], 0, [0], [("cat", 1.0)], [("cat", 2.0)], np.int64(0)):
        assert wv.most_similar(same) == plain
    assert wv.most_similar(positive="cat") == wv.similar_by_word("cat") == wv.similar_by_key("cat") == plain
    vector = np.array(wv["cat"])
    assert wv.similar_by_vector(vector)[0][0] == "cat"
    assert wv.most_similar(vector) == wv.most_similar([vector]) == wv.most_similar(vector[None, :])
    assert wv.most_similar(["cat", "car"], ["dog"])[0][0] == "bus"
    assert wv.most_similar("cat", topn=0) == []
    assert wv.most_similar("cat", restrict_vocab=2) == plain[:1]
    assert {word for word, _ in wv.most_similar("cat", clip_start=2)} == {"car", "bus"}
    assert {word for word, _ in wv.most_similar("cat", clip_end=3)} == {"dog", "car"}
    everything = wv.most_similar("cat", topn=None)
    assert everything.dtype == np.float32
    assert everything[0] == pytest.approx(1)
    assert np.isnan(everything[4])
    assert wv.most_similar_cosmul("cat", topn=None).shape == (5,)
    assert "cat" not in [word for word, _ in wv.most_similar_cosmul(positive=["cat"], negative=["car"])]


def test_an_indexer_answers_instead(wv: WordVectors) -> None:
    class Indexer:
        def most_similar(self, vector: np.ndarray, topn: int) -> list[tuple[str, float]]:
            assert vector.shape == (3,)
            return [("indexed", float(topn))]

    assert wv.most_similar("cat", topn=4, indexer=Indexer()) == [("indexed", 4.0)]


def test_refusals(wv: WordVectors) -> None:
    with pytest.raises(OptionError, match="nothing to compare"):
        wv.most_similar()
    with pytest.raises(OptionError, match="positive"):
        wv.most_similar_cosmul(negative="cat")
    with pytest.raises(MissingWordError, match="did you mean 'cat'"):
        wv.most_similar("caat")
    for call in (
        lambda: wv.most_similar("zero"),
        lambda: wv.most_similar("cat", "cat"),
        lambda: wv.similarity("cat", "zero"),
        lambda: wv.distances("zero"),
        lambda: wv.similar_by_vector(np.zeros(3)),
        lambda: wv.get_vector("zero", norm=True),
    ):
        with pytest.raises(ZeroVectorError, match="no direction"):
            call()
    with pytest.raises(OptionError, match="empty"):
        wv.n_similarity([], ["cat"])
    with pytest.raises(OptionError, match="none of the words"):
        wv.doesnt_match(["x", "y"])
    with pytest.raises(OptionError, match="weights"):
        wv.get_mean_vector(["cat"], weights=[1, 2])
    with pytest.raises(OptionError, match="mean"):
        wv.get_mean_vector([])
    with pytest.raises(MissingWordError):
        wv.get_mean_vector(["cat", "cow"], ignore_missing=False)


def test_ranks(wv: WordVectors) -> None:
    assert wv.closer_than("cat", "car") == [word for word in ("dog", "bus") if word in wv.closer_than("cat", "car")]
    assert wv.rank("cat", "dog") == 1
    assert wv.closer_than("cat", "dog") == wv.words_closer_than("cat", "dog") == []
    assert wv.rank("cat", "cat") == 1
    assert wv.distance("cat", "dog") == pytest.approx(1 - wv.similarity("cat", "dog"))
    assert wv.distances("cat", ["dog", "zero"])[0] == pytest.approx(wv.distance("cat", "dog"), abs=1e-6)
    assert np.isnan(wv.distances("cat", ["dog", "zero"])[1])
    assert wv.distances("cat").shape == (5,)
    assert wv.most_similar_to_given("cat", ["car", "dog", "bus"]) == "dog"
    assert wv.doesnt_match(["cat", "dog", "car", "missing"]) == "car"


@pytest.mark.parametrize(
    "change",
    [
        lambda wv: wv.add_vector("x", np.ones(3)),
        lambda wv: wv.add_vectors(["x"], np.ones((1, 3)), replace=True),
        lambda wv: wv.__setitem__("cat", np.ones(3)),
        lambda wv: wv.set_vecattr("cat", "count", 3),
        lambda wv: wv.sort_by_descending_frequency(),
        lambda wv: wv.unit_normalize_all(),
    ],
)
def test_nothing_changes_a_table(wv: WordVectors, change: object) -> None:
    with pytest.raises(ImmutableError, match="from_words"):
        change(wv)  # type: ignore[operator]
    with pytest.raises(ValueError, match="read-only"):
        wv.vectors[0, 0] = 5
    wv.fill_norms()
    wv.init_sims()
    with pytest.raises(ImmutableError, match="normalise"):
        wv.init_sims(replace=True)


def test_tables_of_some_words(wv: WordVectors, tmp_path: Path) -> None:
    some = wv.vectors_for_all(["dog", "missing", 0, "dog"])
    assert some.index_to_key[:] == ["dog", wv.index_to_key[0]]
    assert np.array_equal(some["dog"], wv["dog"])
    counted = WordVectors.from_words(["a", "b"], np.eye(2), counts=[7, 5])
    assert counted.vectors_for_all(["b"], copy_vecattrs=True).get_vecattr("b", "count") == 5
    assert counted.vectors_for_all(["b"]).counts is None
    assert len(counted.vectors_for_all(["x"])) == 0
    assert len(counted.with_oov("spelling").vectors_for_all(["aa"])) == 1
    assert len(counted.with_oov("spelling").vectors_for_all(["aa"], allow_inference=False)) == 0
    assert WordVectors.load(counted.save(tmp_path / "a.firth"), mmap="r").index_to_key[:] == ["a", "b"]


def test_raw_vectors_are_taken_as_they_are(wv: WordVectors) -> None:
    raw = np.array([0.5, 2.0, -1.0])
    units = wv.vectors[:4] / wv.norms[:4, None]
    wanted = (1 + units @ raw) / 2 / ((1 + units @ units[0]) / 2 + 1e-6)
    scores = wv.most_similar_cosmul(positive=[raw], negative=["cat"], topn=None)
    assert scores.dtype == np.float32
    assert np.allclose(scores[:4], wanted, rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda wv: wv.most_similar("cat", topn=2.5),
        lambda wv: wv.near("cat", topn=None),
        lambda wv: wv.near("cat", topn=1.5),
        lambda wv: wv.most_similar_batch(["cat"], topn=None),
        lambda wv: wv.most_similar_batch("cat"),
        lambda wv: wv.analogy(1, 2, 3),
        lambda wv: wv.near(None),
        lambda wv: wv.evaluate(5),
    ],
)
def test_wrong_types_are_told(wv: WordVectors, call: object) -> None:
    with pytest.raises(FirthError, match=r"expected|give a name"):
        call(wv)  # type: ignore[operator]
    assert wv.evaluate([]) == []


def test_files_in_gensims_words(wv: WordVectors, tmp_path: Path) -> None:
    usable = WordVectors.from_words(wv.index_to_key[:4], wv.vectors[:4], counts=[20, 30, 40, 50])
    for binary in (False, True):
        file, counts = tmp_path / f"v{binary}", tmp_path / "counts"
        usable.save_word2vec_format(file, fvocab=counts, binary=binary)
        again = WordVectors.load_word2vec_format(file, fvocab=counts, binary=binary)
        assert again.index_to_key == ["bus", "car", "dog", "cat"]  # by falling count
        assert again.counts is not None
        assert again.counts.tolist() == [50, 40, 30, 20]
        assert np.array_equal(again["cat"], usable["cat"])
        assert len(WordVectors.load_word2vec_format(file, binary=binary, limit=2)) == 2
    usable.save_word2vec_format(tmp_path / "plain", write_header=False, prefix="x_")
    again = WordVectors.load_word2vec_format(tmp_path / "plain", no_header=True, datatype=np.float16)
    assert again.index_to_key[0] == "x_bus"
    assert again.vectors.dtype == np.float16
    with pytest.raises(OptionError, match="written whole"):
        usable.save_word2vec_format(tmp_path / "plain", append=True)
    with pytest.raises(OptionError, match="UTF-8"):
        WordVectors.load_word2vec_format(tmp_path / "plain", encoding="latin1")
