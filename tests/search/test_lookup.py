"""Words that the table lacks: each rule, and that the answer says which was used."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from firth.errors import MissingWordError, OptionError
from firth.formats import load
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

WORDS = ["Paris", "PARIS", "café", "naïve", "Straße", "new-york", "dog", "house"]


@pytest.fixture
def plain() -> WordVectors:
    return WordVectors.from_words(WORDS, np.random.default_rng(3).normal(size=(len(WORDS), 6)))


@pytest.fixture
def subworded(plain: WordVectors) -> WordVectors:
    rows = np.random.default_rng(4).normal(size=(40, 6)).astype(np.float32)
    return WordVectors(plain.vocabulary, plain.vectors, subwords=Subwords(rows, minn=3, maxn=5, buckets=40))


def test_the_default_rules(plain: WordVectors, subworded: WordVectors) -> None:
    assert plain.oov == () and subworded.oov == ("subwords",)
    with pytest.raises(MissingWordError, match="did you mean 'dog'"):
        plain["dogg"]
    found = subworded.lookup("dogg")
    assert (found.how, found.stand_in, found.row) == ("subwords", None, None)
    assert (subworded["dogg"] == found.vector).all() and not subworded["dogg"].flags.writeable
    assert str(found) == "'dogg' is not in the table; its vector comes from its subwords"
    assert subworded.lookup("dog").how == "table" and (subworded["dog"] == plain["dog"]).all()
    assert "dogg" not in subworded  # whether it has a row; a vector it has


@pytest.mark.parametrize(("word", "stand_in"), [
    ("paris", "Paris"), ("pARIS", "Paris"), ("CAFÉ", "café"), ("cafe", "café"), ("CAFE", "café"), ("Naive", "naïve"),
    ("STRASSE", "Straße"), ("New-York", "new-york"),
])  # fmt: skip
def test_case_and_accents(plain: WordVectors, word: str, stand_in: str) -> None:
    found = plain.lookup(word, oov="case")
    assert (found.how, found.stand_in) == ("case", stand_in)
    assert found.row is not None and (found.vector == plain.vectors[found.row]).all()
    assert str(found) == f"{word!r} is not in the table; {stand_in!r} stands in, which differs in case or accents"


def test_spelling(plain: WordVectors) -> None:
    found = plain.lookup("hosue", oov="spelling")
    assert (found.how, found.stand_in) == ("spelling", "house")
    assert str(found).endswith("'house' stands in, which differs least in spelling")
    with pytest.raises(MissingWordError):
        plain.lookup("xyzzyx", oov=["case", "spelling"])


def test_rules_in_turn(subworded: WordVectors) -> None:
    assert subworded.lookup("cafe", oov=["case", "subwords"]).how == "case"
    assert subworded.lookup("cafe", oov=["subwords", "case"]).how == "subwords"
    with pytest.raises(MissingWordError):
        subworded.lookup("\ud800")  # no file can hold it, so it has no n-grams either


def test_a_table_with_another_rule(plain: WordVectors, subworded: WordVectors) -> None:
    lenient = plain.with_oov("case", "spelling")
    assert lenient.oov == ("case", "spelling") and plain.oov == ()
    assert lenient.vectors is not None and np.shares_memory(lenient.vectors, plain.vectors)
    assert (lenient["paris"] == plain["Paris"]).all() and (lenient["hosue"] == plain["house"]).all()
    assert subworded.with_oov("error").oov == ()
    with pytest.raises(MissingWordError):
        subworded.with_oov("error")["dogg"]


@pytest.mark.parametrize("rule", ["nearest", ["case", "case"], ["case", "error"], "subwords", [], 5, [None]])
def test_rules_that_make_no_sense(plain: WordVectors, rule: Any) -> None:
    with pytest.raises(OptionError):
        plain.lookup("x", oov=rule)


def test_no_rule_at_all_is_no_rule(plain: WordVectors, subworded: WordVectors) -> None:
    for wv in (plain, subworded):
        with pytest.raises(OptionError, match="no rule for missing words is given; choose 'error' alone, or some of"):
            wv.with_oov()


@pytest.mark.parametrize("word", [None, 5, b"dog", ["dog"]])
def test_what_is_no_word_is_not_looked_up(plain: WordVectors, subworded: WordVectors, word: Any) -> None:
    for wv in (plain, subworded, plain.with_oov("case")):
        with pytest.raises(OptionError, match="is no word; expected a string"):
            wv.lookup(word)


def test_ranks_follow_the_rule(plain: WordVectors, subworded: WordVectors) -> None:
    lenient = plain.with_oov("case")
    assert lenient.rank("paris", "cafe") == plain.rank("Paris", "café")
    assert lenient.closer_than("paris", "cafe") == plain.closer_than("Paris", "café")
    assert (lenient.distances("paris", ["cafe", "dog"]) == plain.distances("Paris", ["café", "dog"])).all()
    with_row = WordVectors.from_words(
        [*WORDS, "doggy", "houses"], np.vstack([subworded.vectors, subworded["doggy"], subworded["houses"]])
    )
    for pair in (("doggy", "house"), ("house", "doggy"), ("doggy", "houses")):
        expected = [word for word in with_row.closer_than(*pair) if word in subworded]
        assert subworded.closer_than(*pair) == expected
        assert subworded.rank(*pair) == len(expected) + 1
    found = subworded.distances("doggy", ["dog", "houses", "house"])
    np.testing.assert_allclose(found, with_row.distances("doggy", ["dog", "houses", "house"]), atol=1e-6)
    for call in (plain.rank, plain.closer_than):
        with pytest.raises(MissingWordError):
            call("doggy", "dog")
    with pytest.raises(MissingWordError):
        plain.distances("dog", ["doggy"])
    with pytest.raises(MissingWordError):
        subworded.get_index("doggy")


def test_questions_follow_the_rule_and_say_so(plain: WordVectors, subworded: WordVectors) -> None:
    lenient = plain.with_oov("case", "spelling")
    found = lenient.near("paris + cafe - hosue")
    assert "Paris" not in [word for word, _ in found] and "house" not in [word for word, _ in found]
    assert found.notes == [
        "'paris' is not in the table; 'Paris' stands in, which differs in case or accents",
        "'cafe' is not in the table; 'café' stands in, which differs in case or accents",
        "'hosue' is not in the table; 'house' stands in, which differs least in spelling",
    ]
    assert "note: 'paris' is not" in repr(found) and found.to_json()["notes"] == found.notes
    assert "notes" not in plain.near("Paris").to_json() and plain.near("Paris").notes == []
    assert list(lenient.near("paris")) == list(plain.near("Paris"))
    assert list(lenient.analogy("paris", "cafe", "hosue")) == list(plain.analogy("Paris", "café", "house"))
    assert lenient.analogy("paris", "cafe", "dog").notes == found.notes[:2]
    unseen = subworded.near("doggy - dog")
    assert unseen.notes == ["'doggy' is not in the table; its vector comes from its subwords"] and len(unseen) == 7


def test_gensims_methods_follow_the_rule(plain: WordVectors, subworded: WordVectors) -> None:
    lenient = plain.with_oov("case")
    assert lenient.most_similar("paris", topn=3) == plain.most_similar("Paris", topn=3)
    assert lenient.most_similar(["paris"], ["cafe"]) == plain.most_similar(["Paris"], ["café"])
    assert lenient.most_similar_cosmul(["paris"], ["cafe"]) == plain.most_similar_cosmul(["Paris"], ["café"])
    assert lenient.similarity("paris", "cafe") == plain.similarity("Paris", "café")
    assert lenient.most_similar_batch(["paris", "dog"]) == plain.most_similar_batch(["Paris", "dog"])
    assert (lenient[["paris", "dog"]] == plain[["Paris", "dog"]]).all()
    vector = subworded["doggy"]
    expected = subworded.most_similar([vector], topn=8)
    assert [word for word, _ in subworded.most_similar("doggy", topn=8)] == [word for word, _ in expected]
    assert np.isclose(np.linalg.norm(subworded.get_vector("doggy", norm=True)), 1)
    assert (subworded.get_mean_vector(["doggy"], pre_normalize=False) == vector).all()
    with pytest.raises(MissingWordError):
        subworded.row("doggy")


def test_subwords_stand_in_the_file(subworded: WordVectors, tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "a.firth"
    subworded.save(path)
    back = load(path)
    assert back.oov == ("subwords",) and back.subwords is not None
    assert not back.subwords.rows.flags.owndata and (back["doggy"] == subworded["doggy"]).all()
    listed = Vocabulary.from_words(["<do", "dog", "og>"])
    explicit = Subwords(np.eye(3, 6, dtype=np.float32), 3, 3, 3, "explicit", ngrams=listed)
    WordVectors(subworded.vocabulary, subworded.vectors, subwords=explicit).save(path)
    again = load(path)
    assert again.subwords is not None and again.subwords.ngrams is not None
    assert again.subwords.row_numbers("dogs") == [0, 1]
    np.testing.assert_allclose(again["dogs"][:3], [2**-0.5, 2**-0.5, 0])


def test_a_missing_word_error_can_travel() -> None:
    error = MissingWordError("dogg", ("dog",), 8)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
