"""Arguments of a wrong kind: one clear error each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import firth
from firth import WordVectors, operations
from firth.errors import OptionError

WV = WordVectors.from_words(["cat", "dog", "cow"], [[1, 0.2], [1, 0.4], [0, 1]])


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """Return the message of the error that a call ends with."""
    with pytest.raises(OptionError) as error:
        call(*arguments, **named)
    return str(error.value)


@pytest.mark.parametrize("call", [
    operations.normalise, operations.centre, operations.all_but_the_top, lambda wv: operations.reduce(wv, 2),
    operations.sif_weight, operations.sif_weights, operations.probabilities, operations.quantise,
    lambda wv: operations.restrict(wv, top=1), lambda wv: operations.prune(wv, top=1),
    lambda wv: operations.rename(wv, str.lower), lambda wv: operations.replacements(WV, wv),
    lambda wv: operations.retrofit(wv, {"cat": ["dog"]}), lambda wv: operations.concatenate(wv, WV),
    lambda wv: firth.align(wv, WV), lambda wv: firth.align(WV, wv), lambda wv: firth.moved(WV, wv),
    lambda wv: operations.fit_alignment(WV, WV).apply(wv), lambda wv: operations.mean_vectors(wv, ["cat"]),
    operations.SIF, lambda wv: operations.soft_cosine(wv, "cat", "dog"),
])  # fmt: skip
def test_the_name_of_a_file_is_no_table(call: Callable[[Any], Any]) -> None:
    assert refused(call, "g.vec") == "'g.vec' is a str, no table; open a file with firth.load first"
    assert "no table" in refused(call, None)


def test_lexicons() -> None:
    expected = "the lexicon gives 'cat' the neighbours 'dog'; expected a word and a list of words"
    assert refused(operations.retrofit, WV, {"cat": "dog"}).startswith(expected)
    assert "the neighbours 5" in refused(operations.retrofit, WV, {"cat": 5})
    assert "the neighbours [None]" in refused(operations.retrofit, WV, {"cat": [None]})
    assert "the lexicon is a list; expected a mapping" in refused(operations.retrofit, WV, [("cat", "dog")])
    assert "a lexicon" not in operations.retrofit(WV, {"cat": ("dog",)}).recipe


@pytest.mark.parametrize(("pairs", "message"), [
    (["ab"], "'ab' among the pairs; expected two words"), ([("a", "b", "c")], "('a', 'b', 'c') among the pairs"),
    ([("a", 1)], "('a', 1) among the pairs"), ([None], "None among the pairs"), ("cat", "pairs='cat'; expected pairs"),
    (5, "pairs=5; expected pairs"), ({"cat": None}, "('cat', None) among the pairs"),
])  # fmt: skip
def test_pairs(pairs: Any, message: str) -> None:
    assert message in refused(firth.align, WV, WV, pairs=pairs)
    assert message in refused(operations.fit_alignment, WV, WV, pairs=pairs)


def test_pairs_of_any_kind() -> None:
    for pairs in ({"cat": "cat", "cow": "cow"}, [["cat", "cat"], ("cow", "cow")], iter([("cat", "cat")])):
        assert len(firth.align(WV, WV, pairs=pairs)) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("topn", [-1, 0, 1.5, "3"])
def test_moved_takes_a_whole_number(topn: Any) -> None:
    assert refused(firth.moved, WV, WV, topn=topn).startswith(f"topn={topn!r}; expected a whole number from 1")
    assert len(firth.moved(WV, WV, topn=None)) == 3


@pytest.mark.parametrize(("weights", "message"), [
    ({"cat": 2.0}, "weights is a dict; expected one number for each of the 3 rows"),
    ([1, 2], "weights is of shape (2,); expected one number for each"), ("abc", "weights is a str"),
    ([None, "a", 2], "weights is a list"),
])  # fmt: skip
def test_weights_of_means(weights: Any, message: str) -> None:
    assert message in refused(operations.mean_vectors, WV, ["cat"], weights=weights)


def test_weights_as_a_list_will_do() -> None:
    assert np.allclose(operations.mean_vectors(WV, ["cow"], weights=[1, 1, 2]), [[0, 2]])  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, 5, b"cat", ["cat", None], [None, "cat"], [b"cat"]])
def test_texts(text: Any) -> None:
    message = re.escape(f"{text!r} is no text; expected a string, or a list of words")
    with pytest.raises(OptionError, match=message):
        operations.mean_vectors(WV, [text])
    with pytest.raises(OptionError, match=message):
        operations.soft_cosine(WV, text, "cat")
    assert "expected a list of texts" in refused(operations.mean_vectors, WV, 5)


def test_new_names() -> None:
    assert refused(operations.rename, WV, lambda _: None) == "the new name of 'cat' is None; expected a string"
    assert "the new name of 'dog' is 5" in refused(operations.rename, WV, {"dog": 5})
    assert "expected a mapping old word -> new word, or a function" in refused(operations.rename, WV, "lower")


@pytest.mark.parametrize("number", ["x", None, 0, -1.0, float("nan"), True])
def test_numbers_above_zero(number: Any) -> None:
    assert f"a={number!r}; expected a number above 0" in refused(operations.sif_weight, WV, a=number)
    message = refused(operations.retrofit, WV, {"cat": ["dog"]}, alpha=number)
    assert f"alpha={number!r}; expected a number above 0" in message


def test_lists_of_words_and_frequencies() -> None:
    for words in (5, [None], [b"cat"]):
        assert "expected a list of words" in refused(operations.restrict, WV, words)
    assert len(operations.restrict(WV, iter(["cat", "unheard"]))) == 1
    assert "something that is no number" in refused(operations.probabilities, WV, {"cat": "often"})
