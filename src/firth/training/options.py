"""What a training run may be told, checked in one place."""

from __future__ import annotations

import math
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any

from firth.errors import OptionError
from firth.training.threads import default_threads

#: Names of the models that can be trained.
MODELS = ("skipgram", "cbow")


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """All parameters of a training run.

    Attributes:
        model: "skipgram" or "cbow".
        dim: numbers a vector.
        window: words to either side that count as context, at most; each time 1 to ``window`` are taken at random.
        negative: random words a positive pair is set against.
        epochs: how often the corpus is gone through.
        min_count: words that occur less often are left out.
        sample: words more frequent than this share of the corpus are dropped at random (0: none are).
        lr: learning rate at the start; it falls in a straight line.
        min_lr: learning rate at the end.
        threads: cores to use; None is all that this process may use.
        seed: start of the random numbers; None draws one. With one thread a seed gives the same bits every time.

    Raises:
        OptionError: a value is outside what it may be.

    >>> TrainOptions(window=0)
    Traceback (most recent call last):
    firth.errors.OptionError: window is 0; expected a whole number of 1 or more
    """

    model: str = "skipgram"
    dim: int = 100
    window: int = 5
    negative: int = 5
    epochs: int = 5
    min_count: int = 5
    sample: float = 1e-3
    lr: float = 0.05
    min_lr: float = 1e-4
    threads: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise OptionError(f"model is {self.model!r}; expected one of: {', '.join(MODELS)}")
        for name, least, most in (
            ("dim", 1, 1 << 16),
            ("window", 1, 10_000),
            ("negative", 1, 1_000),
            ("epochs", 1, None),
            ("min_count", 1, None),
            ("threads", 1, 4096),
            ("seed", 0, (1 << 63) - 1),
        ):
            value = getattr(self, name)
            if value is None and name in ("threads", "seed"):
                continue
            if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
                raise OptionError(f"{name} is {value!r}; expected a whole number of {least} or more")
            if most is not None and value > most:
                raise OptionError(f"{name} is {value!r}; expected a whole number up to {most:,}")
        for name in ("sample", "lr", "min_lr"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise OptionError(f"{name} is {value!r}; expected a number of 0 or more")
        if not 0 < self.lr <= 1:
            raise OptionError(f"lr is {self.lr!r}; expected a number above 0 and up to 1")
        if self.min_lr > self.lr:
            raise OptionError(f"min_lr is {self.min_lr!r}, above lr {self.lr!r}; the rate can only fall")

    def settled(self) -> TrainOptions:
        """Return these options with the number of threads and the seed filled in."""
        threads = default_threads() if self.threads is None else self.threads
        seed = secrets.randbelow(1 << 31) if self.seed is None else self.seed
        return replace(self, threads=threads, seed=seed)

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values."""
        return asdict(self)
