"""What a training run may be told, checked in one place."""

from __future__ import annotations

import math
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any

from firth.errors import OptionError
from firth.training.threads import default_threads

#: Names of the models that can be trained.
MODELS = ("skipgram", "cbow", "glove")
#: What GloVe alone is told, and what it takes where nothing is said.
GLOVE = {"x_max": 10.0, "iterations": 15, "symmetric": True, "memory": 2048}
#: What GloVe has no use for.
NOT_GLOVE = ("negative", "epochs", "sample", "min_lr")


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """All parameters of a training run.

    Attributes:
        model: "skipgram", "cbow" or "glove".
        dim: numbers a vector.
        window: words to either side that count as context, at most; each time 1 to ``window`` are taken at random.
            GloVe takes all of them, and counts one at distance d as 1 / d.
        negative: random words a positive pair is set against.
        epochs: how often the corpus is gone through.
        min_count: words that occur less often are left out.
        sample: words more frequent than this share of the corpus are dropped at random (0: none are).
        lr: learning rate at the start; it falls in a straight line.
        min_lr: learning rate at the end.
        threads: cores to use; None is all that this process may use.
        seed: start of the random numbers; None draws one. With one thread a seed gives the same bits every time.
        x_max: pairs of words seen this often weigh most. This and the following are GloVe's alone, which has no use
            for ``negative``, ``epochs``, ``sample`` and ``min_lr``; None is 10.
        iterations: how often the pairs are gone through; None is 15.
        symmetric: count neighbours on both sides, or only those on the left; None is both.
        memory: megabytes for counting pairs; what does not fit goes to disk. None is 2048.

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
    x_max: float | None = None
    iterations: int | None = None
    symmetric: bool | None = None
    memory: int | None = None

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
        self._check_glove()

    def _check_glove(self) -> None:
        given = [name for name in GLOVE if getattr(self, name) is not None]
        if self.model != "glove":
            if given:
                raise OptionError(f"{given[0]} is an option of the model glove; the model is {self.model}")
            return
        if self.x_max is not None and not 0 < self.x_max < math.inf:
            raise OptionError(f"x_max is {self.x_max!r}; expected a number above 0")
        for name in ("iterations", "memory"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not hasattr(value, "__index__") or value < 1):
                raise OptionError(f"{name} is {value!r}; expected a whole number of 1 or more")

    def settled(self) -> TrainOptions:
        """Return these options with the number of threads and the seed filled in."""
        threads = default_threads() if self.threads is None else self.threads
        seed = secrets.randbelow(1 << 31) if self.seed is None else self.seed
        settled = replace(self, threads=threads, seed=seed)
        if self.model == "glove":
            unsaid: dict[str, Any] = {name: value for name, value in GLOVE.items() if getattr(self, name) is None}
            settled = replace(settled, **unsaid)
        return settled

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values, without those that the model has no use for."""
        unused = NOT_GLOVE if self.model == "glove" else tuple(GLOVE)
        return {name: value for name, value in asdict(self).items() if name not in unused}
