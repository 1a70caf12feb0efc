"""The training log: a file of JSON lines that can be read while it grows, and plotted afterwards."""

from __future__ import annotations

import datetime
import io
import json
import math
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from firth.errors import WriteError
from firth.training.counting import EncodedCorpus
from firth.training.memory import MemoryForecast, peak_bytes
from firth.training.observers import Moment, Observer
from firth.training.options import TrainOptions
from firth.training.scores import Scores
from firth.version import __version__


class TrainingLog:
    """Writes a training run to a file, a JSON object a line, each flushed at once.

    Three kinds of lines, told by their ``record``:

    * ``run``: all parameters, the corpus, the memory forecast, versions, the machine;
    * ``look``: every ``every`` seconds and at the ends of epochs, with ``ends_epoch``: how far it is, words a second
      since the last look, loss, learning rate, and the scores of an epoch where ``scores`` took them;
    * ``end``: how it ended, seconds, losses, and the most memory that the process ever held.

    Lines are added to a file that is there: a run that goes on after a crash begins with a ``run`` line of its own.
    A disk that fills up ends the log and not the training; ``failed`` then says why.

    Args:
        path: the file.
        scores: who scores the epochs; must stand before the log among the observers.
        every: seconds between looks.

    >>> import tempfile
    >>> from firth.training import train
    >>> path = Path(tempfile.mkdtemp()) / "run.jsonl"
    >>> wv = train([["a", "b"]] * 99, dim=4, epochs=2, callbacks=[TrainingLog(path)], progress=False)
    >>> [json.loads(line)["record"] for line in path.read_text().splitlines()]
    ['run', 'look', 'look', 'end']
    """

    def __init__(
        self, path: str | os.PathLike[str], *, scores: Scores | None = None, every: float | None = 10.0
    ) -> None:
        self.path = Path(path)
        self.every = every
        self.failed: str | None = None
        self._scores = scores
        self._file: io.FileIO | None = None
        self._last = (0.0, 0.0)

    def open(self) -> None:
        """Open the file, so that one that cannot be written is known before training starts.

        Raises:
            WriteError: it cannot be opened.
        """
        if self._file is not None:
            return
        try:
            self._file = self.path.open("a+b", buffering=0)  # a line is on its way to the disk when it is written
            if self._file.tell():
                self._file.seek(-1, os.SEEK_END)
                if self._file.read(1) != b"\n":  # a line that a crash cut short stays a line of its own
                    self._file.write(b"\n")
        except OSError as error:
            raise WriteError(f"cannot write the log {self.path}: {error.strerror}") from error

    def begin(self, options: TrainOptions, encoded: EncodedCorpus, plan: MemoryForecast) -> None:
        """Write the line of a run that starts."""
        self.open()
        self._last = (0.0, 0.0)
        self._write(
            "run",
            parameters=options.to_json(),
            **({"note": options.one_thread} if options.one_thread else {}),
            corpus={
                "files": [{"path": file.path, "bytes": file.size} for file in encoded.files],
                "words": encoded.n_tokens,
                "kinds": encoded.n_types,
                "sentences": encoded.n_sentences,
                "words_kept": encoded.n_kept,
                "vocabulary": len(encoded.vocabulary),
            },
            memory=plan.to_json(),
            versions={"firth": __version__, "python": platform.python_version(), **_versions("numpy", "numba")},
            machine={
                "system": platform.system(),
                "processor": platform.machine(),
                "cores": os.cpu_count(),
                "threads": options.for_training().threads,
            },
        )

    def look(self, moment: Moment) -> bool:
        """Write the line of a look."""
        words, seconds = moment.words - self._last[0], moment.seconds - self._last[1]
        self._last = (moment.words, moment.seconds)
        more: dict[str, Any] = {}
        if self._scores is not None and moment.ends_epoch and self._scores.history:
            latest = self._scores.history[-1]
            if latest.epoch == moment.epoch:
                more = {"scores": latest.scores, "mean_score": latest.mean}
        self._write(
            "look",
            epoch=moment.epoch,
            epochs=moment.epochs,
            ends_epoch=moment.ends_epoch,
            share=round(moment.share, 6),
            words=round(moment.words),
            seconds=round(moment.seconds, 3),
            words_per_second=round(words / seconds) if seconds > 0 else None,
            loss=moment.loss,
            rate=moment.rate,
            **more,
        )
        return False

    def end(self, ended: str, **told: Any) -> None:
        """Write the last line and close the file."""
        self._write("end", ended=ended, **told, peak_memory=peak_bytes() or None)
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: str, **fields: Any) -> None:
        if self._file is None:
            return
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = json.dumps(_plain({"record": record, "time": now, **fields}), ensure_ascii=False, allow_nan=False)
        try:
            self._file.write(line.encode("utf-8", "surrogateescape") + b"\n")
        except OSError as error:
            self.failed = f"the log {self.path} ends early: {error.strerror}"
            with suppress(OSError):
                self._file.close()
            self._file = None


@contextmanager
def logged(
    observers: Sequence[Observer], options: TrainOptions, encoded: EncodedCorpus, plan: MemoryForecast
) -> Iterator[Callable[..., None]]:
    """Let the logs among the observers write down a training run: its start, and its end even where that is an error.

    What is yielded is to be called when training ended, with how it ended and what more there is to write down.
    """
    logs = [observer for observer in observers if isinstance(observer, TrainingLog)]

    def end(ended: str, **told: Any) -> None:
        for log in logs:
            log.end(ended, **told)

    try:
        for log in logs:
            log.begin(options, encoded, plan)
        yield end
    except BaseException as error:
        what = str(error).splitlines()[0] if str(error) else ""
        end("interrupted" if isinstance(error, KeyboardInterrupt) else f"failed: {type(error).__name__}: {what}")
        raise


def _versions(*packages: str) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: what is no number becomes null."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
