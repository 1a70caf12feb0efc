"""Training in legs: threads take tickets until all shall stand still; then those look who wish to, and on it goes.

While training stands still exactly the tickets ``0 ... course.next - 1`` are done, whatever the number of threads.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.progress import Progress
from firth.training.observers import Moment, Observer, Stop
from firth.training.threads import run_threads
from firth.wordvectors import WordVectors

Sums = NDArray[np.float64]


@dataclass
class Course:
    """A training run as numbered tickets, ``chunks`` an epoch, and how far it is.

    Attributes:
        sums: a row an epoch: loss, what it is divided by (pairs), words trained.
        next: the first ticket that is not done.
        seconds: of training so far.
        ended: why it ended before its time; None where it did not.
        unseen: whether it was told to end with an epoch, before the observers had looked.
    """

    chunks: int
    epochs: int
    sums: Sums = field(default_factory=lambda: np.zeros((0, 3)))
    next: int = 0
    seconds: float = 0.0
    ended: str | None = None
    unseen: bool = False

    def __post_init__(self) -> None:
        if not len(self.sums):
            self.sums = np.zeros((self.epochs, 3))

    @property
    def total(self) -> int:
        """All tickets."""
        return self.chunks * self.epochs

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return self.next / self.total

    @property
    def epoch(self) -> int:
        """The epoch under way or just ended, from 1."""
        return max(1, -(-self.next // self.chunks))

    @property
    def losses(self) -> tuple[float, ...]:
        """The mean loss of every epoch begun."""
        return tuple(mean_loss(row) for row in self.sums[: self.epoch])


def mean_loss(row: Sums) -> float:
    """Return the mean loss that a row of sums holds."""
    return float(row[0] / row[1]) if row[1] else 0.0


def _no_table() -> WordVectors:
    raise NotImplementedError("whoever sets the training up says how a snapshot is made")


@dataclass
class Lookout:
    """Who looks on.

    Attributes:
        observers: look between legs.
        table: makes the snapshot that they may ask for.
        stop: the wish that training end; its leg ends at once.
        keep: called with the course every ``keep_every`` seconds and when training is told to end: saves a checkpoint.
        begin: called with the course before the first leg; may set it to where a checkpoint left off.
        said: what is noted for whoever watches the progress.
    """

    observers: Sequence[Observer] = ()
    table: Callable[[], WordVectors] = _no_table
    stop: Stop = field(default_factory=Stop)
    keep: Callable[[Course], None] | None = None
    keep_every: float = math.inf
    begin: Callable[[Course], None] | None = None
    said: dict[str, str] = field(default_factory=dict)


def travel(
    course: Course,
    drive: Callable[[Any, int], Sums],
    room: Callable[[], Any],
    *,
    threads: int,
    words: float,
    rate: Callable[[int], float],
    watcher: Progress,
    lookout: Lookout,
) -> None:
    """Do all tickets, in up to ``threads`` threads, or fewer where somebody ends training.

    ``drive(space, ticket)`` does one and returns its sums; ``space`` is one thread's ``room()``. ``words`` is what an
    epoch counts as, ``rate`` the learning rate at a ticket.
    """
    if lookout.begin is not None:
        lookout.begin(course)
    threads = max(1, min(threads, course.total))
    spaces: list[Any] = [None] * threads
    lock = threading.Lock()
    looks = [look.every if look.every is not None else math.inf for look in lookout.observers]
    due = [time.perf_counter() + every for every in [*looks, lookout.keep_every]]
    limit, deadline = 0, math.inf
    seen = course.next  # where the observers looked last

    def take(*, late: bool) -> int | None:
        if lookout.stop.asked.is_set() or late:
            return None
        with lock:
            ticket = course.next
            if ticket >= limit:
                return None
            course.next += 1
            return ticket

    def leg(k: int, stop: threading.Event) -> None:
        if spaces[k] is None:
            spaces[k] = room()
        late = False  # a leg does one ticket at least, however often somebody wants to look
        while not stop.is_set() and (ticket := take(late=late)) is not None:
            epoch = ticket // course.chunks
            sums = drive(spaces[k], ticket)
            with lock:
                course.sums[epoch] += sums
                if ticket % 16 == 0 or (ticket + 1) % course.chunks == 0:
                    loss = mean_loss(course.sums[epoch])
                    watcher.note(epoch=f"{epoch + 1}/{course.epochs}", loss=loss, lr=rate(ticket))
            watcher.advance(words / course.chunks)
            late = time.perf_counter() >= deadline

    watcher.start("training", total=words * course.epochs, unit="words")
    watcher.note(**lookout.said)
    lookout.stop.under_way = True
    try:
        if course.next:
            watcher.advance(words / course.chunks * course.next)
        if course.unseen and lookout.observers and course.ended is None:
            _look(course, lookout, looks, due, rate, words)
            course.unseen = False
        while course.next < course.total and course.ended is None:
            # Standing still at an epoch's end costs some milliseconds: only where somebody looks.
            limit = (course.next // course.chunks + 1) * course.chunks if lookout.observers else course.total
            deadline = min(due)
            started = time.perf_counter()
            run_threads(leg, threads)
            course.seconds += time.perf_counter() - started
            if lookout.stop.asked.is_set() and course.next < course.total:
                course.ended = lookout.stop.reason
                course.unseen = bool(lookout.observers) and course.next % course.chunks == 0 and course.next != seen
            elif lookout.observers:
                _look(course, lookout, looks, due, rate, words)
                seen = course.next
            now = time.perf_counter()
            if lookout.keep is not None and (now >= due[-1] or course.ended) and course.next < course.total:
                lookout.keep(course)
                due[-1] = time.perf_counter() + lookout.keep_every
    finally:
        lookout.stop.under_way = False
        watcher.close()
    if course.next == course.total:
        course.ended = None


def _look(
    course: Course,
    lookout: Lookout,
    looks: list[float],
    due: list[float],
    rate: Callable[[int], float],
    words: float,
) -> None:
    """Let those look whose time has come."""
    ends_epoch = course.next % course.chunks == 0
    losses = course.losses
    moment = Moment(
        epoch=course.epoch,
        epochs=course.epochs,
        share=course.share,
        words=words * course.next / course.chunks,
        seconds=course.seconds,
        loss=losses[-1],
        losses=losses,
        rate=rate(course.next),
        ends_epoch=ends_epoch,
        table=lookout.table,
    )
    for k, observer in enumerate(lookout.observers):
        if not ends_epoch and time.perf_counter() < due[k]:
            continue
        if observer.look(moment) is True and course.ended is None:
            course.ended = getattr(observer, "reason", None) or f"ended by {type(observer).__name__}"
        due[k] = time.perf_counter() + looks[k]
