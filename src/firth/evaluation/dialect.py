"""gensim's evaluation calls: its arguments, rules and result shapes, so that a script moves by changing its import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.errors import BenchmarkError, OptionError, ReadError
from firth.evaluation.analogies import answer
from firth.evaluation.items import Analogies, Pairs, Section
from firth.evaluation.rules import Rules
from firth.evaluation.similarity import pair_cosines
from firth.evaluation.statistics import Correlation, correlation_p, pearson, spearman

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

_Quad = tuple[str, str, str, str]


def evaluate_word_pairs(
    wv: WordVectors,
    pairs: str | os.PathLike[str],
    delimiter: str = "\t",
    encoding: str = "utf8",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> tuple[Correlation, Correlation, float]:
    """Return Pearson's and Spearman's correlation with their p-values, and the percentage of pairs with unknown words.

    The rules are gensim's: lines that are not ``word, word, number`` are passed over, words are compared in upper case.

    Args:
        wv: the table.
        pairs: a file of word pairs with a rating.
        delimiter: what cuts its columns.
        encoding: its encoding.
        restrict_vocab: only the first so many rows count; None for all.
        case_insensitive: compare words in upper case.
        dummy4unknown: give pairs with unknown words the similarity 0 instead of leaving them out.

    Raises:
        ReadError: the file cannot be opened.
        BenchmarkError: no pair of it can be scored.

    >>> import tempfile
    >>> from firth.wordvectors import WordVectors
    >>> file = Path(tempfile.mkdtemp()) / "pairs.tsv"
    >>> _ = file.write_text("cat\\tdog\\t9\\ncat\\tcar\\t1\\nCat\\tbus\\t3\\n")
    >>> wv = WordVectors.from_words(["cat", "dog", "car", "bus"], [[1, 0], [3, 1], [0, 1], [1, 3]])
    >>> evaluate_word_pairs(wv, file)[1]
    Correlation(statistic=1.0, pvalue=0.0)
    """
    first: list[str] = []
    second: list[str] = []
    ratings: list[float] = []
    for line in _lines(pairs, encoding):
        cells = line.split(delimiter)
        if line.startswith("#") or len(cells) != 3:
            continue
        try:
            ratings.append(float(cells[2]))
        except ValueError:
            continue
        first.append(cells[0])
        second.append(cells[1])
    rules = Rules("zero" if dummy4unknown else "skip", "ignore" if case_insensitive else "exact", _cut(restrict_vocab))
    read = Pairs(Path(pairs).name, str(pairs), tuple(first), tuple(second), np.array(ratings, np.float64))
    cosines = pair_cosines(wv, read, rules)
    counted = ~np.isnan(cosines.values)
    if not counted.any():
        raise BenchmarkError(
            f"{pairs}: of its {len(first)} lines of word, word, number cut by {delimiter!r}, none has both words in "
            "the table; check the delimiter, or use firth.evaluation.evaluate, which tells the shape by itself"
        )
    gold, ours = read.ratings[counted], cosines.values[counted]
    n = len(gold)
    r, rho = pearson(gold, ours), spearman(gold, ours)
    unknown = 100 * float(1 - cosines.covered.sum() / len(read))
    return Correlation(r, correlation_p(r, n)), Correlation(rho, correlation_p(rho, n)), unknown


def evaluate_word_analogies(
    wv: WordVectors,
    analogies: str | os.PathLike[str],
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    similarity_function: str = "most_similar",
) -> tuple[float, list[dict[str, Any]]]:
    """Return the share of right answers, and a dict for every section with its ``correct`` and ``incorrect`` questions.

    The rules are gensim's: 3CosAdd, words compared in upper case, forms of the given words are no answers. The last
    dict is the total.

    Args:
        wv: the table.
        analogies: a file in Google's shape: ``: section`` lines, then four words a line.
        restrict_vocab: only the first so many rows count, in questions and answers; None for all.
        case_insensitive: compare words in upper case.
        dummy4unknown: count questions with unknown words as incorrect instead of leaving them out.
        similarity_function: ``"most_similar"`` (3CosAdd), or ``"most_similar_cosmul"`` (3CosMul).

    Raises:
        ReadError: the file cannot be opened.
        BenchmarkError: a question stands before the first section, or there is none.
        OptionError: ``similarity_function`` is another one.

    >>> import tempfile
    >>> from firth.wordvectors import WordVectors
    >>> file = Path(tempfile.mkdtemp()) / "questions.txt"
    >>> _ = file.write_text(": royal\\nman king woman queen\\n")
    >>> wv = WordVectors.from_words(["man", "king", "woman", "queen"], [[0, 1], [1, 1], [0.1, -1], [1, -0.8]])
    >>> evaluate_word_analogies(wv, file)[0]
    1.0
    """
    methods = {"most_similar": "3cosadd", "most_similar_cosmul": "3cosmul"}
    if similarity_function not in methods:
        raise OptionError(
            f"similarity_function is {similarity_function!r}; expected 'most_similar' or 'most_similar_cosmul'"
        )
    named = _questions(analogies, case_insensitive)
    read = Analogies(
        Path(analogies).name, str(analogies), tuple(Section(name, written=tuple(quads)) for name, quads in named)
    )
    rules = Rules("skip", "ignore" if case_insensitive else "exact", _cut(restrict_vocab) or max(len(wv), 1))
    answers = answer(wv, read, rules, methods[similarity_function])
    sections: list[dict[str, Any]] = []
    at = 0
    for name, quads in named:
        section: dict[str, Any] = {"section": name, "correct": [], "incorrect": []}
        for k, quad in enumerate(quads, start=at):
            if answers.covered[k] or dummy4unknown:
                section["correct" if answers.correct[k] else "incorrect"].append(quad)
        at += len(quads)
        sections.append(section)
    total: dict[str, Any] = {"section": "Total accuracy"}
    for key in ("correct", "incorrect"):
        total[key] = [quad for section in sections for quad in section[key]]
    asked = len(total["correct"]) + len(total["incorrect"])
    return (len(total["correct"]) / asked if asked else 0.0), [*sections, total]


def _questions(path: str | os.PathLike[str], fold: bool) -> list[tuple[str, list[_Quad]]]:
    """Read Google's shape as gensim does: lines that have not four words are passed over."""
    sections: list[tuple[str, list[_Quad]]] = []
    for number, line in enumerate(_lines(path, "utf8"), start=1):
        if line.startswith(": "):
            sections.append((line.lstrip(": ").strip(), []))
            continue
        if not sections:
            raise BenchmarkError(f"{path}: line {number} stands before the first ': section' line; put one above it")
        words = (line.upper() if fold else line).split()
        if len(words) == 4:
            a, b, c, expected = words
            sections[-1][1].append((a, b, c, expected))
    if not any(quads for _, quads in sections):
        raise BenchmarkError(f"{path} has no line of four words under a ': section' line")
    return sections


def _lines(path: str | os.PathLike[str], encoding: str) -> list[str]:
    try:
        return Path(path).read_bytes().decode(encoding, "surrogateescape").split("\n")
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from error
    except LookupError as error:
        raise OptionError(f"encoding is {encoding!r}, which Python does not know") from error


def _cut(restrict_vocab: int | None) -> int | None:
    return restrict_vocab or None
