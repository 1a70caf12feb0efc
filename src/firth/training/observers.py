"""Who looks on while training stands still: between legs, on the thread that called, nothing moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.wordvectors import WordVectors


@dataclass(frozen=True, slots=True)
class Moment:
    """What an observer sees.

    Attributes:
        epoch: the epoch under way, or just ended, counted from 1.
        epochs: how many there are.
        share: how much of the whole training is done, 0 to 1.
        words: words of the corpus gone through, in all epochs.
        seconds: of training so far, those before a resume included.
        loss: mean loss of the epoch so far, as in the recipe.
        losses: of every epoch begun; the last is ``loss``.
        rate: the learning rate.
        ends_epoch: whether the epoch has just ended.
        table: makes a snapshot of the vectors; costs a copy of the table, and only when called.
    """

    epoch: int
    epochs: int
    share: float
    words: float
    seconds: float
    loss: float
    losses: tuple[float, ...]
    rate: float
    ends_epoch: bool
    table: Callable[[], WordVectors]


class Observer(Protocol):
    """Somebody who looks at the ends of epochs, and every so many seconds."""

    #: Seconds between looks besides the ends of epochs; None: only there.
    every: float | None

    def look(self, moment: Moment) -> bool:
        """Look; True ends training early, and what there is becomes the result.

        Where the observer has an attribute ``reason`` (a string), the recipe says it; else it says the class' name.
        """


@runtime_checkable
class Remembering(Protocol):
    """An observer whose memory goes into checkpoints, so that a resumed run ends where an undisturbed one does."""

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
        """Return what it remembers: plain JSON values, and arrays by name."""

    def restore(
        self, known: dict[str, Any], arrays: dict[str, NDArray[np.float32]], table: Callable[[], WordVectors]
    ) -> bool:
        """Take over what ``state`` gave in another run; True where training had ended by it.

        The arrays are views of a file. ``table`` makes a snapshot: words and counts are those of the run before.
        """


class Callback:
    """A plain function as an observer: called at the end of every epoch; ends training by returning True.

    >>> Callback(print).every is None
    True
    """

    every: float | None = None

    def __init__(self, function: Callable[[Moment], object]) -> None:
        self._function = function
        self.reason = f"ended by {getattr(function, '__name__', type(function).__name__)}"

    def look(self, moment: Moment) -> bool:
        """Call the function."""
        return self._function(moment) is True


def as_observers(
    callbacks: Observer | Callable[[Moment], object] | Sequence[Observer | Callable[[Moment], object]] | None,
) -> tuple[Observer, ...]:
    """Return observers for what ``firth.train`` takes as ``callbacks``: functions, observers, or a list of either.

    Raises:
        OptionError: one of them is neither.

    >>> as_observers(None), len(as_observers([print]))
    ((), 1)
    """
    if callbacks is None:
        return ()
    several: Sequence[Any] = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    found: list[Observer] = []
    for one in several:
        if hasattr(one, "look"):
            found.append(one)
        elif callable(one):
            found.append(Callback(one))
        else:
            raise OptionError(f"a callback is {one!r}; expected a function of a Moment, or an object with look(moment)")
    return tuple(found)


def snapshot_bytes(observers: Sequence[Observer], n_words: int, dim: int) -> int:
    """Return the memory that snapshots take: the one at hand, and those that an observer's ``holds`` says it keeps.

    >>> class Keeper(Callback):
    ...     holds = 1  # keeps a table from look to look; 0: makes one and lets it go
    >>> snapshot_bytes([Keeper(print), Callback(print)], 1000, 100)
    800000
    """
    held = [int(observer.holds) for observer in observers if hasattr(observer, "holds")]
    return 4 * n_words * dim * (sum(held) + 1) if held else 0


class Stop:
    """A wish, from wherever, that training end soon with what there is: a signal's handler, another thread.

    >>> stop = Stop()
    >>> stop.ask("interrupted")
    >>> stop.reason
    'interrupted'
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.asked = threading.Event()
        #: Whether training is under way, so that there is something to end.
        self.under_way = False

    def ask(self, reason: str) -> None:
        """Ask; the first reason counts. Safe in a signal's handler and from any thread."""
        self.reason = self.reason or reason
        self.asked.set()
