"""Near spellings: the edit distance against its definition, and what is offered first."""

from __future__ import annotations

import functools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import MissingWordError
from firth.search.spelling import damerau, plain_form, suggest
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


def textbook(a: str, b: str) -> int:
    """Return the distance by its recursive definition."""

    @functools.cache
    def rest(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        least = min(rest(i - 1, j) + 1, rest(i, j - 1) + 1, rest(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            least = min(least, rest(i - 2, j - 2) + 1)
        return least

    return rest(len(a), len(b))


_letters = st.text(alphabet="abcéж", max_size=7)


@given(_letters, st.lists(_letters, max_size=6))
def test_distance_is_the_textbook_one(word: str, others: list[str]) -> None:
    assert damerau(word, others).tolist() == [textbook(word, other) for other in others]


@pytest.mark.parametrize(
    ("words", "asked", "first"),
    [
        (["the", "france", "francs"], "France", "france"),
        (["cafe", "café", "cage"], "Café", "cafe"),
        (["bat", "New_York", "newark"], "new york", "New_York"),
        (["newt", "new-york"], "NewYork", "new-york"),
        (["resume", "résumé"], "Résume", "resume"),
        (["from", "form", "farm"], "fomr", "form"),
        (["Strasse", "straps"], "straße", "Strasse"),
        (["Москва", "месяц"], "москва", "Москва"),
        (["東京", "京都"], "東都", "東京"),
    ],
)
def test_what_is_offered_first(words: list[str], asked: str, first: str) -> None:
    assert suggest(Vocabulary.from_words(words), asked)[0] == first


def test_forms_come_before_nearer_letters_and_frequent_words_before_rare() -> None:
    vocabulary = Vocabulary.from_words(["cat", "cut", "co-op", "coop", "CAT"])
    assert suggest(vocabulary, "Cat") == ("cat", "CAT", "cut")
    assert suggest(vocabulary, "co op") == ("co-op", "coop")


@given(st.lists(_letters.filter(bool), min_size=1, max_size=30, unique=True), _letters, st.integers(1, 4))
def test_nothing_within_one_edit_is_missed(words: list[str], asked: str, limit: int) -> None:
    found = suggest(Vocabulary.from_words(words), asked, limit=100)
    for word in words:
        if asked and word != asked and textbook(asked, word) == 1:
            assert word in found
    assert suggest(Vocabulary.from_words(words), asked, limit=limit) == found[:limit]


@pytest.mark.parametrize("asked", ["", "x" * 65, "\ud800", "qqqqqq"])
def test_nothing_to_offer(asked: str) -> None:
    assert suggest(Vocabulary.from_words(["cat", "dog"]), asked) == ()
    assert suggest(Vocabulary.from_words([]), "cat") == ()


def test_plain_form() -> None:
    assert plain_form("Łódź-Żyła") == "łodzzyła"  # the stroke of an l is no accent in Unicode


def test_it_is_quick() -> None:
    rng = np.random.default_rng(0)
    letters = rng.choice(list("etaoinshrdlu"), (400_000, 8))
    words = list(dict.fromkeys("".join(row[: 3 + k % 6]) for k, row in enumerate(letters)))
    vocabulary = Vocabulary.from_words(words)
    suggest(vocabulary, "start")
    began = time.process_time()
    suggest(vocabulary, "housees")
    assert time.process_time() - began < 0.5  # about 0.05 s on a free machine


def test_the_error_offers_them() -> None:
    wv = WordVectors.from_words(["apple", "Berlin"], np.eye(2))
    with pytest.raises(MissingWordError, match=r"no word 'berlin' among 2 words; did you mean 'Berlin'\?"):
        wv.most_similar("berlin")
