"""Scores while training goes on, and the end when they no longer rise."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.errors import OptionError
from firth.training import Moment, Stop, TrainOptions, train, train_with
from firth.training.checkpoint import Checkpoint
from firth.training.scores import Scores
from firth.wordvectors import WordVectors
from tests.training.test_train import topics

GIVEN: dict[str, Any] = {"dim": 8, "min_count": 1, "sample": 0.0, "seed": 1, "threads": 1, "progress": False}


def recited(values: list[float]) -> Any:
    """Return a scorer that gives these values in turn."""
    rest = iter(values)
    return lambda wv: next(rest)


def test_every_epoch_is_scored_and_the_recipe_tells() -> None:
    scores = Scores(lambda wv: {"cat": wv.similarity("cat", "dog"), "bus": wv.similarity("bus", "car")})
    wv = train(topics(), epochs=3, callbacks=scores, **GIVEN)
    assert [entry.epoch for entry in scores.history] == [1, 2, 3]
    last = scores.history[-1]
    assert last.scores["cat"] == pytest.approx(wv.similarity("cat", "dog"), abs=1e-6)
    assert last.mean == pytest.approx(sum(last.scores.values()) / 2)
    told = scores.choose(wv)
    assert told.recipe["scores"][2]["bus"] == round(last.scores["bus"], 6)
    assert np.array_equal(told.vectors, wv.vectors)
    assert "kept_epoch" not in told.recipe


def test_patience_ends_training_and_keeps_the_best_epoch() -> None:
    scores = Scores(recited([0.1, 0.5, 0.4, 0.5, 0.9]), patience=2)
    tables: list[WordVectors] = []

    def keep(moment: Moment) -> None:
        tables.append(moment.table())

    wv = train(topics(), epochs=9, callbacks=[scores, keep], **GIVEN)
    assert len(scores.history) == 4  # as good is not better
    assert wv.recipe["ended"]["why"] == "no better score for 2 epochs"
    best = scores.choose(wv)
    assert best.recipe["kept_epoch"] == 2
    assert len(best.recipe["loss"]) == 4
    assert np.array_equal(best.vectors, tables[1].vectors)
    assert not np.array_equal(best.vectors, wv.vectors)
    assert best.counts is not None
    assert best.counts.sum() == 12_000


def test_scores_that_are_no_numbers_never_end_training() -> None:
    scores = Scores(recited([math.nan] * 4), patience=1)
    wv = train(topics(200), epochs=4, callbacks=scores, **GIVEN)
    assert "ended" not in wv.recipe
    assert scores.choose(wv).recipe["scores"][0]["score"] is None
    later = Scores(recited([math.nan, 0.2, 0.1, 0.1]), patience=2)
    assert later.choose(train(topics(200), epochs=9, callbacks=later, **GIVEN)).recipe["kept_epoch"] == 2


def test_benchmarks_score_as_they_do_afterwards(tmp_path: Path) -> None:
    pairs = tmp_path / "mine.txt"
    pairs.write_text("cat dog 9\ncat cow 8\nbus car 9\ncat bus 1\ncow ship 2\n")
    scores = Scores.on([pairs])
    wv = train(topics(), epochs=2, callbacks=scores, **GIVEN)
    assert scores.history[-1].scores == {"mine.txt": pytest.approx(wv.evaluate([pairs])[0].score)}


@pytest.mark.parametrize("patience", [0, -1, 1.5, True])
def test_wrong_patience_is_named(patience: Any) -> None:
    with pytest.raises(OptionError, match="patience is"):
        Scores(lambda wv: 0.0, patience=patience)


def test_copies_of_the_table_are_in_the_memory_forecast() -> None:
    plain = train(topics(200), epochs=1, **GIVEN).recipe["memory"]["matrices"]
    for patience, copies in ((None, 1), (2, 2)):
        scores = Scores(lambda wv: 1.0, patience=patience)
        plan = train(topics(200), epochs=1, callbacks=scores, **GIVEN).recipe["memory"]
        assert plan["matrices"] - plain == copies * 4 * 11 * GIVEN["dim"]


# ------------------------------------------------------------------------------------- killed, resumed, and still right


class Killed(BaseException):
    """What a kill is to a test in one process."""


def by_epoch(values: list[float], die_in: int | None = None) -> Any:
    """Return a callback and a scorer that gives the value of the epoch at hand; the process may die in that epoch."""
    at = []

    def note(moment: Moment) -> None:
        at.append(moment.epoch)
        if moment.epoch == die_in:
            raise Killed

    return note, lambda wv: values[at[-1] - 1]


VALUES = [0.1, 0.5, 0.4, 0.45, math.nan, 0.3, 0.9, 0.1]


@pytest.mark.parametrize("die_in", [2, 3, 4, 5])
@pytest.mark.parametrize("model", ["skipgram", "glove", "floret"])
def test_a_resumed_run_ends_where_an_undisturbed_one_would(model: str, die_in: int, tmp_path: Path) -> None:
    """The best epoch and the patience used up are those of before, wherever the kill fell."""
    given = {**GIVEN, "model": model, "epochs": 8}
    if model == "floret":
        given["buckets"] = 200
    if model == "glove":
        del given["sample"]
    corpus = topics(200)

    def run(die: int | None, patience: int = 3, **more: Any) -> WordVectors:
        note, score = by_epoch(VALUES, die)
        scores = Scores(score, patience=patience)
        return scores.choose(train(corpus, callbacks=[note, scores], **given, **more))

    whole = run(None)
    assert whole.recipe["kept_epoch"] == 2
    assert whole.recipe["ended"]["epoch"] == 5
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        run(die_in, checkpoint=path, checkpoint_every=1e-9)
    for _ in range(2):  # the second time, of a run that has ended: nothing is left to do
        resumed = run(None, checkpoint=path, resume=True)
        assert resumed.recipe["scores"] == whole.recipe["scores"]
        assert resumed.recipe["kept_epoch"] == 2
        assert resumed.recipe["ended"] == whole.recipe["ended"]
        assert np.array_equal(resumed.vectors, whole.vectors)
        if whole.subwords is not None and resumed.subwords is not None:
            assert np.array_equal(resumed.subwords.rows, whole.subwords.rows)
    assert (whole.subwords is None) == (model != "floret")
    longer = run(None, patience=5, checkpoint=path, resume=True)
    assert longer.recipe["kept_epoch"] == 7, "more patience goes on"


def test_an_end_of_epoch_that_nobody_saw_is_scored_after_the_resume(tmp_path: Path) -> None:
    """Told to end while the last chunk of an epoch trains: there is no time to score then."""
    options = TrainOptions(epochs=4, **{name: value for name, value in GIVEN.items() if name != "progress"})
    kept = Checkpoint(tmp_path / "checkpoint", resume=True)
    stop = Stop()

    class Ticking:
        """Asks for the end as the last words of epoch 2 are done."""

        words = 0.0

        def start(self, what: str, total: float | None = None, unit: str = "") -> None:
            self.words = 0.0

        def advance(self, amount: float) -> None:
            self.words += amount
            if stop.under_way and self.words > 2 * 1600 - 1:
                stop.ask("enough")

        def note(self, **fields: float | str) -> None: ...

        def close(self) -> None: ...

    first, second, whole = (Scores(lambda wv: wv.similarity("cat", "dog")) for _ in range(3))
    part = train_with(topics(200), options, Ticking(), observers=[first], stop=stop, checkpoint=kept)
    assert part.recipe["ended"] == {"share": 0.5, "epoch": 2, "why": "enough"}
    assert [entry.epoch for entry in first.history] == [1]
    train_with(topics(200), options, observers=[second], checkpoint=kept)
    train_with(topics(200), options, observers=[whole])
    assert second.history == whole.history
    assert len(whole.history) == 4


def test_scores_of_other_benchmarks_begin_anew(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text("cat dog 9\ncat cow 8\nbus car 9\ncat bus 1\ncow ship 2\n")
    kept: dict[str, Any] = {"checkpoint": tmp_path / "checkpoint", "checkpoint_every": 1e-9, "resume": True}
    corpus = topics(200)

    def die(moment: Moment) -> None:
        if moment.epoch == 3:
            raise Killed

    first = Scores.on([tmp_path / "one.txt"], patience=3)
    with pytest.raises(Killed):
        train(corpus, epochs=4, callbacks=[first, die], **kept, **GIVEN)
    for name, epochs in (("two", [3, 4]), ("one", [1, 2, 3, 4])):
        scores = Scores.on([tmp_path / f"{name}.txt"], patience=3)
        kept["checkpoint_every"] = 600.0
        train(corpus, epochs=4, callbacks=scores, **kept, **GIVEN)
        assert [entry.epoch for entry in scores.history] == epochs
