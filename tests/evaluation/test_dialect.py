"""gensim's calls give gensim's numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firth
from firth import WordVectors
from firth.errors import BenchmarkError, OptionError, ReadError
from firth.evaluation import evaluate_word_analogies, evaluate_word_pairs

VARIANTS: list[dict[str, Any]] = [
    {},
    {"case_insensitive": False},
    {"dummy4unknown": True},
    {"restrict_vocab": 1000},
    {"restrict_vocab": 1500, "case_insensitive": False, "dummy4unknown": True},
]

#: What gensim 4.4.0 gives for the merged GoogleNews file, in the order of VARIANTS: share of right answers.
GENSIM_ANALOGIES = [
    0.7439791379045866,
    0.7554174633524537,
    0.24815800245599673,
]


def test_analogies_equal_gensims_recorded_scores(googlenews: WordVectors, data: Path) -> None:
    for options, expected in zip(VARIANTS, GENSIM_ANALOGIES, strict=False):
        score, _ = googlenews.evaluate_word_analogies(data / "eval" / "analogy" / "questions-words.txt", **options)
        assert score == pytest.approx(expected, abs=1e-12), options


PEER = (
    "import sys, json\n"
    "from gensim.models import KeyedVectors\n"
    "vectors, pairs, questions, variants = sys.argv[1:]\n"
    "wv = KeyedVectors.load_word2vec_format(vectors)\n"
    "out = []\n"
    "for options in json.loads(variants):\n"
    "    p, s, oov = wv.evaluate_word_pairs(pairs, **options)\n"
    "    out.append([list(map(float, p)), list(map(float, s)), oov,\n"
    "                *wv.evaluate_word_analogies(questions, **options)])\n"
    "print(json.dumps(out))\n"
)


def gensim_python() -> str:
    """Return a Python that has gensim: this one, or that of the peers."""
    peers = os.environ.get("FIRTH_PEERS", str(Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"))
    for python in (sys.executable, peers):
        if (
            Path(python).exists()
            and not subprocess.run([python, "-c", "import gensim"], capture_output=True).returncode
        ):
            return python
    pytest.skip("gensim is not installed, neither here nor in .venv-peers (make bench)")


def test_everything_equals_gensim_side_by_side(data: Path) -> None:
    vectors = data / "vectors" / "word2vec-googlenews-top2000-300d.txt.gz"
    pairs = data / "eval" / "similarity" / "EN-WS-353-ALL.txt"
    questions = data / "eval" / "analogy" / "questions-words.txt"
    arguments = [str(vectors), str(pairs), str(questions), json.dumps(VARIANTS)]
    # One thread: gensim's many small products are slower with more, above all on a busy machine.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    run = subprocess.run([gensim_python(), "-c", PEER, *arguments], capture_output=True, text=True, check=True, env=env)
    wv = firth.load(vectors)
    for options, theirs in zip(VARIANTS, json.loads(run.stdout), strict=True):
        r, rho, unknown = wv.evaluate_word_pairs(pairs, **options)
        assert [*r, *rho] == pytest.approx(theirs[0] + theirs[1], rel=1e-4), options
        assert unknown == pytest.approx(theirs[2])
        score, sections = wv.evaluate_word_analogies(questions, **options)
        assert score == theirs[3]
        assert json.loads(json.dumps(sections)) == theirs[4], options


@pytest.fixture
def small() -> WordVectors:
    words = ["man", "king", "woman", "queen", "Cat", "cat", "dog"]
    return WordVectors.from_words(words, np.random.default_rng(1).normal(size=(7, 5)))


def test_lines_that_gensim_passes_over(small: WordVectors, tmp_path: Path) -> None:
    file = tmp_path / "pairs.txt"
    file.write_text("# note\nWord 1;Word 2;mean\nman;king;5\nman;king\n\nCAT;dog;7\nwoman;none;1\nqueen;dog;2\n")
    r, rho, unknown = evaluate_word_pairs(small, file, delimiter=";")
    assert unknown == pytest.approx(100 / 4)
    assert -1 <= rho.statistic <= 1
    assert r[1] == r.pvalue
    assert evaluate_word_pairs(small, file, delimiter=";", case_insensitive=False)[2] == pytest.approx(50)
    assert evaluate_word_pairs(small, file, delimiter=";", dummy4unknown=True)[2] == pytest.approx(25)


def test_questions_that_gensim_passes_over(small: WordVectors, tmp_path: Path) -> None:
    file = tmp_path / "questions.txt"
    file.write_text(": a\nman king woman queen\nman king woman\n: b\nman king none queen\n")
    score, sections = evaluate_word_analogies(small, file)
    assert [section["section"] for section in sections] == ["a", "b", "Total accuracy"]
    assert len(sections[0]["correct"] + sections[0]["incorrect"]) == 1
    assert sections[1] == {"section": "b", "correct": [], "incorrect": []}
    assert score in (0.0, 1.0)
    _, sections = evaluate_word_analogies(small, file, dummy4unknown=True)
    assert sections[1]["incorrect"] == [("MAN", "KING", "NONE", "QUEEN")]


def test_errors_are_clear(small: WordVectors, tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text("man king woman queen\n")
    with pytest.raises(BenchmarkError, match=r"line 1 stands before the first ': section'"):
        evaluate_word_analogies(small, file)
    with pytest.raises(BenchmarkError, match="check the delimiter"):
        evaluate_word_pairs(small, file)
    with pytest.raises(ReadError, match="cannot read"):
        evaluate_word_pairs(small, tmp_path / "none")
    with pytest.raises(OptionError, match="encoding is 'klingon'"):
        evaluate_word_pairs(small, file, encoding="klingon")
    with pytest.raises(OptionError, match="similarity_function"):
        evaluate_word_analogies(small, file, similarity_function="closer_than")
    file.write_text(": a\nman king\n")
    with pytest.raises(BenchmarkError, match="no line of four words"):
        evaluate_word_analogies(small, file)
