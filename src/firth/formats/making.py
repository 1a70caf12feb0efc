"""Words and rows → a table: repeated words left out, numbers made float, the wanted part taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError
from firth.formats.base import ReadOptions, restrict
from firth.report import LoadReport
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


def as_floats(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as float32, or float16 where it is that; the same memory where it can be.

    >>> as_floats(np.array([[1, 2]])).dtype
    dtype('float32')
    """
    target = np.float16 if array.dtype.kind == "f" and array.dtype.itemsize == 2 else np.float32
    with np.errstate(over="ignore"):
        return np.require(array, target, ["C", "A"])


def make_table(
    words: Sequence[str],
    vectors: NDArray[Any],
    options: ReadOptions,
    *,
    format: str,  # noqa: A002
    source: str,
    counts: NDArray[np.int64] | None = None,
    subwords: Subwords | None = None,
    recipe: Mapping[str, Any] | None = None,
    report: LoadReport | None = None,
) -> WordVectors:
    """Make a table of ``words`` and the rows beside them; of words that come twice the first one stays.

    Args:
        words: one word a row.
        vectors: numbers of shape ``(n_words, dim)``.
        options: what part is wanted.
        format, source: for the report, and the recipe.
        counts: how often each word stood in the corpus.
        subwords: rows of n-grams.
        recipe: what else is known of where the table came from.
        report: what was found so far.

    Raises:
        FormatError: words and rows do not fit each other; ``strict`` and a word comes twice.

    >>> wv = make_table(["a", "b", "a"], np.eye(3), ReadOptions(), format="parquet", source="a.parquet")
    >>> wv.vocabulary.words(), wv.report.counts
    (['a', 'b'], {'duplicate word': 1})
    """
    if vectors.ndim != 2 or len(vectors) != len(words) or vectors.dtype.kind not in "fiu":
        raise FormatError(
            f"{source}: {vectors.dtype} of shape {vectors.shape} for {len(words):,} words; expected one row of numbers "
            "a word"
        )
    report = report or LoadReport(format, source)
    rows = dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))  # the first of each wins
    if len(rows) < len(words):
        kept = np.array(sorted(rows.values()), np.int64)
        twice = np.setdiff1d(np.arange(len(words)), kept)
        for row in twice[:100].tolist():
            report.add("duplicate word", f"row {row:,} repeats the word of row {rows[words[row]]:,}; skipped")
        if len(twice) > 100:
            report.add("duplicate word", "", times=len(twice) - 100)
        if options.strict:
            raise FormatError(f"{source}: {report.problems[0]}; read without strict to skip it")
        words, vectors = [words[row] for row in kept.tolist()], vectors[kept]
        counts = None if counts is None else counts[kept]
    whole = WordVectors(
        Vocabulary.from_words(words), as_floats(vectors), counts=counts, report=report, subwords=subwords,
        recipe={"source": source, "format": format, **(recipe or {})},
    )  # fmt: skip
    report.rows, report.dim = len(words), whole.dim
    return restrict(whole, options)
