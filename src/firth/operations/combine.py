"""Several tables side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from firth.errors import OptionError
from firth.lengths import directed
from firth.operations.recipe import BLOCK, checked, recipe
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


def concatenate(
    *tables: WordVectors,
    words: Literal["intersection", "union"] = "intersection",
    unit: bool = True,
    weights: Sequence[float] | None = None,
) -> WordVectors:
    """Return a table whose vectors are those of several tables one after another (Yin and Schütze 2016).

    Args:
        *tables: two tables or more.
        words: ``"intersection"`` keeps the words that all have; ``"union"`` keeps every word, with zeros in place of
            the vectors that a table lacks. Order: that of the first table, then what the next ones add.
        unit: scale every part to length one first, so that no table outweighs another by its lengths alone.
        weights: a factor for each table; None for ones.

    Counts are those of the first table that knows any, 0 for words that it lacks. Subwords are dropped, and the recipe
    says so.

    Raises:
        OptionError: fewer than two tables, other weights than tables, or no word in common.

    >>> a = WordVectors.from_words(["cat", "dog"], [[2, 0], [0, 2]])
    >>> b = WordVectors.from_words(["dog", "cow"], [[3], [4]])
    >>> concatenate(a, b).vocabulary.words(), concatenate(a, b)["dog"].tolist()
    (['dog'], [0.0, 1.0, 1.0])
    >>> concatenate(a, b, words="union")["cow"].tolist()
    [0.0, 0.0, 1.0]
    """
    checked(*tables)
    if len(tables) < 2:
        raise OptionError(f"{len(tables)} table; concatenate needs at least two")
    factors = [1.0] * len(tables) if weights is None else [float(weight) for weight in weights]
    if len(factors) != len(tables):
        raise OptionError(f"{len(factors)} weights for {len(tables)} tables; give one each")
    if words not in ("intersection", "union"):
        raise OptionError(f"words={words!r}; expected 'intersection' or 'union'")
    chosen = dict.fromkeys(tables[0].vocabulary.words())
    for other in tables[1:]:
        if words == "union":
            chosen.update(dict.fromkeys(other.vocabulary.words()))
        else:
            asked = list(chosen)
            chosen = {word: None for word, row in zip(asked, other.vocabulary.rows(asked), strict=True) if row >= 0}
    if not chosen:
        raise OptionError("the tables have no word in common; use words='union', or rename words first")
    asked = list(chosen)
    out = np.zeros((len(asked), sum(table.dim for table in tables)), np.float32)
    left = 0
    for table, factor in zip(tables, factors, strict=True):
        rows = table.vocabulary.rows(asked)
        places = np.flatnonzero((rows >= 0) & directed(table.norms)[rows])
        for start in range(0, len(places), BLOCK):
            here = places[start : start + BLOCK]
            part = table.unit_rows(rows[here]) if unit else table.vectors[rows[here]].astype(np.float32)
            out[here, left : left + table.dim] = part * np.float32(factor)
        left += table.dim
    counts = None
    known = next((table for table in tables if table.counts is not None), None)
    if known is not None and known.counts is not None:
        rows = known.vocabulary.rows(asked)
        counts = np.where(rows >= 0, known.counts[rows], 0)
    parameters: dict[str, Any] = {"words": words, "unit": unit, "weights": factors}
    if any(table.subwords is not None for table in tables):
        parameters["subwords"] = "dropped"
    made = recipe("concatenate", parameters, *tables)
    return WordVectors(Vocabulary.from_words(asked), out, counts=counts, recipe=made)
