"""What ``firth train`` may be told of looking on, and of where it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from firth.progress import Progress
    from firth.training import EncodedCorpus, Observer, Scores, TrainingLog, TrainOptions
    from firth.training.continuing import Beginning
    from firth.wordvectors import WordVectors


def watching_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add who looks on while training goes on."""
    options = (
        click.option("--log", type=click.Path(dir_okay=False), metavar="FILE", help="Write JSON lines of its course."),
        click.option(
            "--eval",
            "benchmarks",
            multiple=True,
            metavar="BENCHMARK",
            help="Score the vectors after every epoch: a name or a file, as for firth eval; may come several times.",
        ),
        click.option(
            "--patience",
            type=click.IntRange(min=1),
            metavar="EPOCHS",
            help="End when the mean score has not risen for so many epochs, and save the best epoch's vectors.",
        ),
        click.option(
            "--probe",
            "probes",
            multiple=True,
            metavar="WORD",
            help="Show its neighbours as they change; several times.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def beginning_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add where training begins, and what is kept for going on."""
    options = (
        click.option("--start-from", metavar="TABLE", help="Words of this table begin with its vectors."),
        click.option(
            "--continue",
            "continue_from",
            metavar="MODEL",
            help="Go on with a model that was trained with --keep-state: its words, and new ones.",
        ),
        click.option(
            "--freeze-words",
            metavar="FILE",
            help="Words, one a line, whose vectors stay as they began; or: all-known.",
        ),
        click.option("--keep-state", is_flag=True, help="Write OUTPUT.state, which --continue needs."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass
class Watch:
    """Who looks on.

    Attributes:
        watcher: is told the progress.
        observers: look between epochs; scores first, then who shows and who writes them.
        scores: score the epochs, or None.
        log: writes the course, or None.
    """

    watcher: Progress
    observers: list[Observer] = field(default_factory=list)
    scores: Scores | None = None
    log: TrainingLog | None = None

    def told(self, options: TrainOptions, encoded: EncodedCorpus) -> None:
        """Name what is trained in the heading, if there is one."""
        if hasattr(self.watcher, "heading"):
            threads = options.settled().for_training().threads
            self.watcher.heading = (
                f"{options.model}, dim {options.dim}, window {options.window}: {encoded.n_tokens:,} words, "
                f"{len(encoded.vocabulary):,} kinds, {threads} thread{'s' * (threads != 1)}"
            )

    def finish(self, wv: WordVectors) -> WordVectors:
        """Return the table that is to be saved; tell what there is to tell."""
        if self.log is not None and self.log.failed:
            click.echo(f"firth: note: {self.log.failed}", err=True)
        if self.scores is None:
            return wv
        chosen = self.scores.choose(wv)
        kept = chosen.recipe.get("kept_epoch")
        if kept is not None and self.scores.best is not None:
            click.echo(f"saved are the vectors of epoch {kept}, mean score {self.scores.best.mean:.3f}", err=True)
        return chosen


def watch(log: str | None, benchmarks: tuple[str, ...], patience: int | None, probes: tuple[str, ...]) -> Watch:
    """Make those who look on.

    Raises:
        BenchmarkError: a benchmark is not known or not at hand.
        WriteError: the log cannot be written.
    """
    from firth.cli.live import watchers
    from firth.training import Scores, TrainingLog

    if patience is not None and not benchmarks:
        raise click.UsageError("--patience needs scores to look at; give --eval too")
    scores = None
    if benchmarks:
        from firth.cli.eval import note_problems
        from firth.evaluation.scoring import open_benchmarks

        opened = open_benchmarks(benchmarks)  # now, so that a wrong name costs no training
        note_problems(opened)
        scores = Scores.on(opened, patience=patience)
    watcher, observers = watchers("", scores=scores, probes=probes)
    made = Watch(watcher, [*([scores] if scores is not None else []), *observers], scores)
    if log is not None:
        made.log = TrainingLog(log, scores=scores)
        made.log.open()
        made.observers.append(made.log)
    return made


def beginning(start_from: str | None, continue_from: str | None, freeze_words: str | None) -> Beginning:
    """Return where training begins.

    Raises:
        ReadError, FormatError: a table, a state or the list of words cannot be read.
    """
    from firth.errors import ReadError
    from firth.loading import load
    from firth.training.continuing import ALL_KNOWN, Beginning

    if start_from is not None and continue_from is not None:
        raise click.UsageError("--start-from and --continue are both given; training begins in one place")
    if freeze_words is not None and start_from is None and continue_from is None:
        raise click.UsageError("--freeze-words keeps vectors that are known; give --start-from or --continue too")
    freeze: str | list[str] | None = freeze_words
    if freeze_words is not None and freeze_words != ALL_KNOWN:
        try:
            text = Path(freeze_words).read_text("utf-8-sig", "surrogateescape")
        except OSError as error:
            raise ReadError(f"cannot read {freeze_words}: {error.strerror}") from error
        freeze = [line.strip() for line in text.split("\n") if line.strip()]
    table = None if start_from is None else load(start_from)
    return Beginning(start_from=table, continue_from=continue_from, freeze=freeze)
