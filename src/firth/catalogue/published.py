"""Figures that others have published for vectors that anyone can download, each with its source and rule.

A figure is shown only beside a table that is surely the same: name of the source file, number of words and dimension
must all agree. ``mark`` tells how sure the figure is: ``"read"`` in the named source, or ``"recalled"`` from it and
not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Table:
    """A published table of vectors: how its file is called, and its shape."""

    name: str
    pattern: str
    n_words: int
    dim: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure.

    Attributes:
        table: which vectors.
        benchmark: the benchmark's name in the catalogue.
        score: Spearman's correlation, or share of right answers; for WEAT the effect size.
        source: where it stands.
        mark: ``"read"`` there, or ``"recalled"`` and not read again.
        rule: what is known of its rule.
        groups: score by group of sections.
    """

    table: str
    benchmark: str
    score: float
    source: str
    mark: Literal["read", "recalled"]
    rule: str = "rule not stated"
    groups: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain values."""
        return {
            "score": self.score,
            "source": self.source,
            "mark": self.mark,
            "rule": self.rule,
            "groups": dict(self.groups),
        }

    def __str__(self) -> str:
        rule = "" if self.rule == "rule not stated" else f", {self.rule}"
        recalled = ", recalled" if self.mark == "recalled" else ""
        return f"{self.score:.3f} ({self.source}{rule}{recalled})"


#: The tables that figures are known for.
TABLES = (
    Table("glove.6B.300d", r"glove\.6B\.300d|glove-wiki-gigaword-300", 400_000, 300),
    Table("glove.42B.300d", r"glove\.42B\.300d", 1_917_494, 300),
    Table("glove.840B.300d", r"glove\.840B\.300d", 2_196_017, 300),
    Table("GoogleNews", r"GoogleNews-vectors-negative300|word2vec-google-news-300", 3_000_000, 300),
)

_GLOVE_PAPER = "Pennington et al. 2014"
_WIKIPEDIA2VEC = "benchmark page of wikipedia2vec"
_WIKIPEDIA2VEC_OR_LEE = "benchmark page of wikipedia2vec, or leelaylay/Word_Similarity"
_ISSUE_108 = "stanfordnlp/GloVe issue 108"

#: All figures.
FIGURES = (
    Figure(
        "glove.6B.300d", "google", 0.717, _GLOVE_PAPER + ", table 2", "recalled",
        groups=(("semantic", 0.774), ("syntactic", 0.670)),
    ),
    Figure("glove.6B.300d", "ws353", 0.658, _GLOVE_PAPER, "recalled"),
    Figure("glove.6B.300d", "rw", 0.381, _GLOVE_PAPER + ", confirmed in " + _ISSUE_108, "read"),
    Figure("glove.6B.300d", "ws353", 0.6085, _ISSUE_108, "read"),
    Figure("glove.6B.300d", "rw", 0.3421, _ISSUE_108, "read", "missing words count 0"),
    Figure("glove.6B.300d", "rw", 0.4109, _ISSUE_108, "read", "pairs with missing words dropped"),
    Figure(
        "glove.42B.300d", "google", 0.750, _GLOVE_PAPER + ", table 2", "recalled",
        groups=(("semantic", 0.819), ("syntactic", 0.693)),
    ),
    Figure("glove.42B.300d", "men", 0.736, _WIKIPEDIA2VEC, "read"),
    Figure("glove.42B.300d", "simlex999", 0.374, _WIKIPEDIA2VEC, "read"),
    Figure("glove.42B.300d", "ws353", 0.632, _WIKIPEDIA2VEC, "read"),
    Figure("glove.42B.300d", "rg65", 0.817, _WIKIPEDIA2VEC, "read"),
    Figure("glove.840B.300d", "men", 0.802, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("glove.840B.300d", "simlex999", 0.408, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("glove.840B.300d", "ws353", 0.738, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("glove.840B.300d", "rw", 0.451, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("glove.840B.300d", "simverb3500", 0.283, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("glove.840B.300d", "mturk771", 0.715, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "simlex999", 0.442, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "ws353", 0.700, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "rg65", 0.761, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "men", 0.732, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "rw", 0.453, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "simverb3500", 0.364, _WIKIPEDIA2VEC_OR_LEE, "read"),
    Figure("GoogleNews", "ws353", 0.659, "SGNS-PyTorch", "read"),
    Figure("GoogleNews", "rw", 0.553, "SGNS-PyTorch", "read"),
    Figure("GoogleNews", "simlex999", 0.436, "SGNS-PyTorch", "read"),
)  # fmt: skip

_CALISKAN = "Caliskan et al. 2017"

#: Effect sizes of WEAT; here ``score`` is d.
WEAT_FIGURES = tuple(
    Figure(table, f"weat{number}", d, f"{_CALISKAN}, {where}", "recalled", "effect size d")
    for table, where, sizes in (
        (
            "glove.840B.300d", "table 1",
            {1: 1.50, 2: 1.53, 3: 1.41, 4: 1.50, 5: 1.28, 6: 1.81, 7: 1.06, 8: 1.24, 9: 1.38, 10: 1.21},
        ),
        (
            "GoogleNews", "supplement",
            {1: 1.54, 2: 1.63, 3: 0.58, 4: 1.24, 5: 0.72, 6: 1.89, 7: 0.97, 8: 1.24, 9: 1.30, 10: -0.08},
        ),
    )
    for number, d in sizes.items()
)  # fmt: skip


def published(
    sources: Iterable[str], n_words: int, dim: int, benchmark: str, figures: Iterable[Figure] = FIGURES
) -> tuple[Figure, ...]:
    """Return the figures known for a table and a benchmark; none unless the table is surely the published one.

    Args:
        sources: file names that the table came from.
        n_words: its words; 0.1 % fewer than published is allowed, for rows that readers rightly leave out.
        dim: its dimension.
        benchmark: the benchmark's name in the catalogue.
        figures: among which.

    >>> published(["glove.42B.300d.zip"], 1_917_494, 300, "ws353")[0].score
    0.632
    >>> published(["glove.42B.300d.zip"], 4_000, 300, "ws353")
    ()
    """
    names = [re.split(r"[\\/]", source)[-1] for source in sources]
    for table in TABLES:
        whole = 0.999 * table.n_words <= n_words <= table.n_words + 2
        if whole and dim == table.dim and any(re.match(rf"({table.pattern})(?![-\w])", name) for name in names):
            return tuple(f for f in figures if f.table == table.name and f.benchmark == benchmark)
    return ()
