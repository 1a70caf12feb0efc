"""Retrofitting against the paper's own word-by-word form."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from firth import WordVectors, operations
from firth.errors import FormatError, OptionError, ReadError
from firth.operations.retrofit import read_lexicon


def word_by_word(wv: WordVectors, lexicon: dict[str, list[str]], rounds: int) -> dict[str, np.ndarray]:
    """Faruqui's program: each word in turn, with the new vectors of its neighbours."""
    old = {word: np.asarray(wv[word], np.float64) for word in wv.vocabulary}
    new = dict(old)
    for _ in range(rounds):
        for word, others in lexicon.items():
            known = [other for other in others if other in wv and other != word]
            if word in wv and known:
                new[word] = (len(known) * old[word] + sum(new[other] for other in known)) / (2 * len(known))
    return new


def test_it_reaches_the_point_that_the_papers_program_reaches() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(60)]
    wv = WordVectors.from_words(words, rng.normal(size=(60, 5)), recipe={"source": "s"})
    lexicon = {w: [*rng.choice(words, rng.integers(0, 12), replace=False), "unheard"] for w in words[:40]}
    lexicon["gone"] = ["w1"]
    made = operations.retrofit(wv, lexicon, iterations=40)
    for word, expected in word_by_word(wv, lexicon, 60).items():
        np.testing.assert_allclose(made[word], expected, atol=1e-5)
    np.testing.assert_array_equal(made["w59"], wv["w59"])
    assert made.recipe["parameters"]["iterations"] == 40


def test_alpha_keeps_a_word_where_it_is() -> None:
    wv = WordVectors.from_words(["a", "b"], [[1, 0], [0, 1]])
    made = operations.retrofit(wv, {"a": ["b"]}, alpha=3.0)
    np.testing.assert_allclose(made["a"], [0.75, 0.25], atol=1e-6)


def test_files(tmp_path: Path) -> None:
    plain, packed = tmp_path / "l.txt", tmp_path / "l.gz"
    plain.write_text("big large huge\n\nlonely\nbig grand\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_lexicon(plain) == read_lexicon(packed) == {"big": ["large", "huge", "grand"]}
    wv = WordVectors.from_words(["big", "large"], [[1, 0], [0, 1]])
    np.testing.assert_allclose(operations.retrofit(wv, plain)["big"], [0.5, 0.5], atol=1e-6)


def test_errors(tmp_path: Path) -> None:
    wv = WordVectors.from_words(["a", "b"], np.eye(2))
    with pytest.raises(OptionError, match="none of the lexicon's 1 words"):
        operations.retrofit(wv, {"x": ["y"]})
    with pytest.raises(OptionError, match="alpha=0"):
        operations.retrofit(wv, {"a": ["b"]}, alpha=0)
    with pytest.raises(ReadError, match="cannot read the lexicon"):
        operations.retrofit(wv, tmp_path / "missing.txt")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"a b c\n" * 1000)[:40])
    with pytest.raises(ReadError, match="cannot read the lexicon"):
        operations.retrofit(wv, tmp_path / "cut.gz")
    (tmp_path / "empty.txt").write_text("alone\n")
    with pytest.raises(FormatError, match="no line with a word and its neighbours"):
        operations.retrofit(wv, tmp_path / "empty.txt")
