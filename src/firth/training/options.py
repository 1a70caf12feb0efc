"""What a training run may be told, checked in one place."""

from __future__ import annotations

import math
import secrets
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from firth.errors import OptionError
from firth.training.phraserule import PhraseRule
from firth.training.threads import default_threads

#: What a field holds that its model has no use for, and what it is given where nothing is said.
UNSAID: Any = None

#: How a corpus is read.
_CORPUS = {
    "column": None,
    "phrases": 0,
    "phrase_scoring": "default",
    "phrase_threshold": None,
    "connectors": (),
    "spool_above": None,
}
_ALL = {
    "dim": 100,
    "window": 5,
    "min_count": 5,
    "max_words": None,
    "lr": 0.05,
    "threads": None,
    "seed": None,
    "deterministic": False,
    **_CORPUS,
}
_HIERARCHICAL = {**_ALL, "epochs": 5, "sample": 1e-3, "min_lr": 1e-4, "shrink_windows": True}
_SAMPLED = {**_HIERARCHICAL, "negative": 5, "ns_exponent": 0.75}
# The square root of the counts, as in fastText's code.
_FASTTEXT = {**_SAMPLED, "sample": 1e-4, "ns_exponent": 0.5, "minn": 3, "maxn": 6, "buckets": 2_000_000}
#: Model → what it may be told, and what it takes where nothing is said. Anything else is refused.
DEFAULTS: dict[str, dict[str, Any]] = {
    "skipgram": _SAMPLED,
    "cbow": _SAMPLED,
    "skipgram-hs": _HIERARCHICAL,
    "cbow-hs": _HIERARCHICAL,
    "glove": {**_ALL, "epochs": 15, "x_max": 10.0, "symmetric": True, "memory": 2048},
    "fasttext": _FASTTEXT,
    "fasttext-cbow": _FASTTEXT,
    "floret": {**_FASTTEXT, "buckets": 50_000, "hashes": 2},
    "pairs": {"dim": 3, "epochs": 100, "lr": 0.05, "seed": None, "deterministic": True},  # on one core, always
}
#: Models that threads share while they train deterministically (firth.training.deterministic); others take one thread.
IN_ROUNDS = ("skipgram", "cbow", "skipgram-hs", "cbow-hs")
#: Names of the models that can be trained.
MODELS = tuple(DEFAULTS)

#: Whole numbers: the least and the most.
_WHOLE: dict[str, tuple[int, int | None]] = {
    "dim": (1, 1 << 16),
    "window": (1, 10_000),
    "negative": (1, 1_000),
    "epochs": (1, None),
    "min_count": (1, None),
    "max_words": (1, None),
    "threads": (1, 4096),
    "seed": (0, (1 << 63) - 1),
    "memory": (1, None),
    "minn": (1, 64),
    "maxn": (1, 64),
    "buckets": (1, (1 << 31) - 1),
    "hashes": (1, 4),
    "phrases": (0, 100),
    "spool_above": (0, None),
}


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """All parameters of a training run; what is not said takes the model's default, see ``DEFAULTS``.

    Attributes:
        model: one of ``MODELS``.
        dim: numbers a vector.
        window: words to either side that count as context, at most; each time 1 to ``window`` are taken at random.
            GloVe takes all of them, and counts one at distance d as 1 / d.
        shrink_windows: whether windows are of random sizes (False: always ``window``).
        negative: random words a positive pair is set against.
        ns_exponent: they are drawn in proportion to count ** ns_exponent (Mikolov et al. 2013: 0.75; fastText and
            floret: 0.5; recommenders often do better with 0 or less, Caselles-Dupre et al. 2018).
        epochs: how often the corpus is gone through; GloVe goes through its pairs of words.
        min_count: words that occur less often are left out.
        max_words: only so many words are kept, the most frequent; None for all.
        sample: words more frequent than this share of the corpus are dropped at random (0: none are).
        lr: learning rate at the start; it falls in a straight line. GloVe's is AdaGrad's, and stays.
        min_lr: learning rate at the end.
        threads: cores to use; None is all that this process may use.
        seed: start of the random numbers; None draws one. With one thread a seed gives the same bits every time.
        deterministic: whether a seed gives the same bits at any number of threads, which costs time; models other than
            ``IN_ROUNDS`` are then trained by one thread. The model pairs always is.
        x_max: GloVe: pairs of words seen this often weigh most.
        symmetric: GloVe: count neighbours on both sides, or only those on the left.
        memory: GloVe: megabytes for counting pairs; what does not fit goes to disk.
        minn: fasttext and floret: characters of the shortest n-gram; the brackets around a word count.
        maxn: fasttext and floret: characters of the longest n-gram.
        buckets: fasttext and floret: rows that n-grams are hashed to; floret's hold words too.
        hashes: floret: rows an n-gram.
        column: of tables (parquet, JSON lines, dicts), the column that holds the text.
        phrases: how often phrases such as "new york" are looked for and joined before training.
        phrase_scoring: "default" (Mikolov et al. 2013) or "npmi" (Bouma 2009).
        phrase_threshold: pairs that score higher are phrases; None: 10, or 0.5 for "npmi".
        connectors: words that may stand inside a phrase but neither start nor end one.
        spool_above: megabytes of the corpus as numbers above which it is kept in a temporary file; None: a quarter of
            the memory that is available.

    Raises:
        OptionError: a value is outside what it may be, or the model has no use for it.

    >>> TrainOptions(window=0)
    Traceback (most recent call last):
    firth.errors.OptionError: window is 0; expected a whole number of 1 or more
    >>> TrainOptions("glove").epochs, TrainOptions("glove").negative
    (15, None)
    """

    model: str = "skipgram"
    dim: int = UNSAID
    window: int = UNSAID
    shrink_windows: bool = UNSAID
    negative: int = UNSAID
    ns_exponent: float = UNSAID
    epochs: int = UNSAID
    min_count: int = UNSAID
    max_words: int | None = None
    sample: float = UNSAID
    lr: float = UNSAID
    min_lr: float = UNSAID
    threads: int | None = None
    seed: int | None = None
    deterministic: bool = UNSAID
    x_max: float = UNSAID
    symmetric: bool = UNSAID
    memory: int = UNSAID
    minn: int = UNSAID
    maxn: int = UNSAID
    buckets: int = UNSAID
    hashes: int = UNSAID
    column: str | None = None
    phrases: int = UNSAID
    phrase_scoring: str = UNSAID
    phrase_threshold: float | None = None
    connectors: tuple[str, ...] = UNSAID
    spool_above: int | None = None

    def __post_init__(self) -> None:
        if self.model not in DEFAULTS:
            raise OptionError(f"model is {self.model!r}; expected one of: {', '.join(MODELS)}")
        defaults = DEFAULTS[self.model]
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name == "model":
                continue
            if value is None:
                value = defaults.get(name)
                object.__setattr__(self, name, value)
            elif name not in defaults:
                models = ", ".join(model for model in MODELS if name in DEFAULTS[model])
                raise OptionError(f"{name} is an option of {models}; the model {self.model} has no use for it")
            if value is not None:
                self._check(name, value)
        if self.min_lr is not None and self.min_lr > self.lr:
            raise OptionError(f"min_lr is {self.min_lr!r}, above lr {self.lr!r}; the rate can only fall")
        if self.minn is not None and self.minn > self.maxn:
            raise OptionError(f"minn is {self.minn!r}, above maxn {self.maxn!r}; expected minn <= maxn")
        if self.connectors is not None:
            object.__setattr__(self, "connectors", tuple(self.connectors))
            self.phrase_rule()
        if self.phrases == 0:
            unused = {
                "phrase_threshold": self.phrase_threshold is not None,
                "connectors": bool(self.connectors),
                "phrase_scoring": self.phrase_scoring != _CORPUS["phrase_scoring"],
            }
            said = ", ".join(name for name, given in unused.items() if given)
            if said:
                raise OptionError(f"{said} is for finding phrases, and none are looked for; give phrases=1 or more too")

    @staticmethod
    def _check(name: str, value: Any) -> None:
        """Refuse a value of the wrong kind or size."""
        is_bool = isinstance(value, bool)
        if name in _WHOLE:
            least, most = _WHOLE[name]
            if is_bool or not hasattr(value, "__index__") or value < least:
                raise OptionError(f"{name} is {value!r}; expected a whole number of {least} or more")
            if most is not None and value > most:
                raise OptionError(f"{name} is {value!r}; expected a whole number up to {most:,}")
        elif name in ("symmetric", "deterministic", "shrink_windows"):
            if not is_bool:
                raise OptionError(f"{name} is {value!r}; expected True or False")
        elif name in ("column", "phrase_scoring"):
            if not isinstance(value, str):
                raise OptionError(f"{name} is {value!r}; expected a string")
        elif name == "connectors":
            if isinstance(value, str) or not all(isinstance(word, str) for word in value):
                raise OptionError(f"{name} is {value!r}; expected several words, as a list")
        elif name in ("phrase_threshold", "ns_exponent"):
            if is_bool or not isinstance(value, int | float) or not math.isfinite(value):
                raise OptionError(f"{name} is {value!r}; expected a number")
        elif is_bool or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise OptionError(f"{name} is {value!r}; expected a number of 0 or more")
        elif name == "lr" and not 0 < value <= 1:
            raise OptionError(f"lr is {value!r}; expected a number above 0 and up to 1")
        elif name == "x_max" and value == 0:
            raise OptionError(f"x_max is {value!r}; expected a number above 0")

    def settled(self) -> TrainOptions:
        """Return these options with the number of threads and the seed filled in."""
        threads = default_threads() if self.threads is None and "threads" in DEFAULTS[self.model] else self.threads
        seed = secrets.randbelow(1 << 31) if self.seed is None else self.seed
        return replace(self, threads=threads, seed=seed)

    @property
    def least_window(self) -> int:
        """The fewest words to either side that a window is given."""
        return 1 if self.shrink_windows else self.window

    @property
    def in_rounds(self) -> bool:
        """Whether threads share the training deterministically."""
        return bool(self.deterministic) and self.model in IN_ROUNDS

    @property
    def one_thread(self) -> str | None:
        """What is to be said where one thread trains, whatever ``threads`` is; None where that decides."""
        if not self.deterministic or self.in_rounds or "threads" not in DEFAULTS[self.model]:
            return None
        return f"deterministic: {self.model} is trained by one thread, and threads are for reading the corpus"

    def for_training(self) -> TrainOptions:
        """Return the options with the number of threads that train.

        >>> options = TrainOptions("glove", threads=4, deterministic=True)
        >>> options.threads, options.for_training().threads
        (4, 1)
        """
        return self if self.one_thread is None else replace(self, threads=1)

    def phrase_rule(self) -> PhraseRule | None:
        """Return how phrases are found; None where they are not looked for."""
        scoring, connectors = self.phrase_scoring, frozenset(self.connectors)
        rule = PhraseRule(max(1, self.phrases), self.min_count, self.phrase_threshold, scoring, connectors)
        return rule if self.phrases else None

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values, without those that the model has no use for."""
        said = {name: value for name, value in asdict(self).items() if name == "model" or name in DEFAULTS[self.model]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
