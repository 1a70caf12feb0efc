"""Scores while training goes on, and an end when they no longer rise."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.training.observers import Moment
from firth.wordvectors import WordVectors

#: What scores a table: one number, or several by name; higher is better.
Scorer = Callable[[WordVectors], float | Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class EpochScores:
    """What a table scored at the end of an epoch.

    Attributes:
        epoch: counted from 1.
        scores: by name; NaN where there was nothing to score.
        mean: of those that are numbers; NaN where none is.
    """

    epoch: int
    scores: dict[str, float]
    mean: float


class Scores:
    """An observer that scores the vectors at the end of every epoch.

    With ``patience``, training ends when the mean score has not risen for so many epochs, and :meth:`choose` gives the
    vectors of the best epoch; a copy of the table is held for that. The learning rate falls over all epochs that were
    asked for, and scores mostly rise until it has fallen: an early end pays where there are many epochs. Checkpoints
    hold the scores and the best epoch's vectors: a resumed run ends where one that was never stopped does.

    Args:
        score: what scores a table: a function that returns a number, or several by name; higher is better.
        patience: epochs without a better mean after which training ends; None: it never does.

    Raises:
        OptionError: ``patience`` is no whole number of 1 or more.

    >>> from firth.training import train
    >>> scores = Scores(lambda wv: wv.similarity("a", "b"), patience=3)
    >>> wv = scores.choose(train([["a", "b"]] * 99, dim=4, epochs=2, callbacks=[scores], progress=False))
    >>> [entry.epoch for entry in scores.history], "kept_epoch" in wv.recipe
    ([1, 2], True)
    """

    every: float | None = None

    def __init__(self, score: Scorer, *, patience: int | None = None) -> None:
        if patience is not None and (isinstance(patience, bool) or not isinstance(patience, int) or patience < 1):
            raise OptionError(f"patience is {patience!r}; expected a whole number of epochs, 1 or more")
        self._score = score
        self._patience = patience
        self._of: list[str] = []  # what is scored, as far as that is known
        self._best_table: WordVectors | None = None
        self.history: list[EpochScores] = []
        self.best: EpochScores | None = None
        self.holds = 0 if patience is None else 1  # tables from look to look, for the memory forecast
        self.reason = f"no better score for {patience} epoch{'s' * (patience != 1)}"

    @classmethod
    def on(
        cls, benchmarks: Sequence[str | os.PathLike[str] | Any], *, patience: int | None = None, **rules: Any
    ) -> Scores:
        """Score on benchmarks, given as :func:`firth.evaluation.evaluate` takes them, by its ``rules``."""

        def score(wv: WordVectors) -> dict[str, float]:
            found = wv.evaluate(list(benchmarks), **{"resamples": 20, **rules})  # intervals are of no use here
            return {score.benchmark: score.score for score in found}

        scores = cls(score, patience=patience)
        names = [str(getattr(benchmark, "name", benchmark)) for benchmark in benchmarks]
        scores._of = [*names, *(f"{rule}={value}" for rule, value in sorted(rules.items()))]
        return scores

    def look(self, moment: Moment) -> bool:
        """Score at the end of an epoch."""
        if not moment.ends_epoch or (self.history and self.history[-1].epoch == moment.epoch):
            return False
        table = moment.table()
        found = self._score(table)
        scores = {name: float(value) for name, value in found.items()} if isinstance(found, Mapping) else None
        scores = {"score": float(found)} if scores is None else scores  # type: ignore[arg-type]
        known = [value for value in scores.values() if not math.isnan(value)]
        entry = EpochScores(moment.epoch, scores, math.fsum(known) / len(known) if known else math.nan)
        self.history.append(entry)
        if self.best is None or math.isnan(self.best.mean) or entry.mean > self.best.mean:
            self.best = entry
            if self._patience is not None:
                self._best_table = table
        return self._is_over()

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
        """Return all scores so far and, with ``patience``, the vectors of the best epoch."""
        history = [
            {
                "epoch": entry.epoch,
                "scores": {name: _null(value) for name, value in entry.scores.items()},
                "mean": _null(entry.mean),
            }
            for entry in self.history
        ]
        arrays: dict[str, NDArray[np.float32]] = {}
        if self._best_table is not None:
            arrays["vectors"] = self._best_table.vectors
            if self._best_table.subwords is not None:
                arrays["subwords"] = self._best_table.subwords.rows
        best = None if self.best is None else self.best.epoch
        return {"of": self._of, "history": history, "best": best}, arrays

    def restore(
        self, known: dict[str, Any], arrays: dict[str, NDArray[np.float32]], table: Callable[[], WordVectors]
    ) -> bool:
        """Take over the scores of a run that goes on; True where patience was at its end.

        Scores of other benchmarks are left alone. Where no best vectors were kept, patience begins here.
        """
        if known["of"] != self._of:
            return False
        self.history = [
            EpochScores(
                entry["epoch"],
                {name: _number(value) for name, value in entry["scores"].items()},
                _number(entry["mean"]),
            )
            for entry in known["history"]
        ]
        self.best, self._best_table = None, None
        if self._patience is None or "vectors" in arrays:
            self.best = next((entry for entry in self.history if entry.epoch == known["best"]), None)
        if self._patience is not None and self.best is not None:
            now = table()
            subwords = now.subwords
            if subwords is not None:
                subwords = replace(subwords, rows=arrays["subwords"].copy())
            vectors = arrays["vectors"].copy()
            self._best_table = WordVectors(now.vocabulary, vectors, counts=now.counts, subwords=subwords)
        return self._is_over()

    def _is_over(self) -> bool:
        if self._patience is None or self.best is None:
            return False
        return self.history[-1].epoch - self.best.epoch >= self._patience

    def choose(self, wv: WordVectors) -> WordVectors:
        """Return the finished table with the scores in its recipe; with ``patience`` the vectors of the best epoch."""
        recipe = dict(wv.recipe)
        recipe["scores"] = [
            {"epoch": entry.epoch, **{name: _rounded(value) for name, value in entry.scores.items()}}
            for entry in self.history
        ]
        chosen = wv
        if self._best_table is not None and self.best is not None:
            recipe["kept_epoch"] = self.best.epoch
            chosen = self._best_table
        return WordVectors(
            chosen.vocabulary,
            chosen.vectors,
            norms=chosen.norms,
            counts=chosen.counts,
            recipe=recipe,
            report=chosen.report,
            quantised=chosen.quantised,
            subwords=chosen.subwords,
        )


def _null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
