"""What counts as a phrase: how pairs of words are scored, how high they must score, and what may stand between them."""

from __future__ import annotations

from dataclasses import dataclass

from firth.errors import OptionError

#: English words that may stand inside a phrase, but neither start nor end one: articles, prepositions, and, or.
ENGLISH_CONNECTORS = frozenset(
    ("a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or")
)
#: Scoring → the threshold where none is given.
THRESHOLDS = {"default": 10.0, "npmi": 0.5}


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """What counts as a phrase.

    Attributes:
        passes: how often the corpus is gone through; each may join what the one before has joined.
        min_count: pairs that occur less often are none (and the default score takes it off their count).
        threshold: pairs that score higher are phrases; None: 10 for "default", 0.5 for "npmi".
        scoring: "default" or "npmi", see :func:`find_phrases`.
        connectors: words that may stand inside a phrase but neither start nor end one.
        delimiter: what stands between the words of a phrase.

    Raises:
        OptionError: a value is outside what it may be.
    """

    passes: int = 1
    min_count: int = 5
    threshold: float | None = None
    scoring: str = "default"
    connectors: frozenset[str] = frozenset()
    delimiter: str = "_"

    def __post_init__(self) -> None:
        if self.scoring not in THRESHOLDS:
            raise OptionError(f"phrase scoring is {self.scoring!r}; expected one of: {', '.join(THRESHOLDS)}")
        if self.passes < 1 or self.min_count < 1:
            raise OptionError(f"passes is {self.passes!r}, min_count {self.min_count!r}; expected 1 or more")
        if self.scoring == "npmi" and self.threshold is not None and not -1 <= self.threshold <= 1:
            raise OptionError(f"threshold is {self.threshold!r}; an NPMI lies between -1 and 1")

    @property
    def bar(self) -> float:
        """The threshold that holds."""
        return THRESHOLDS[self.scoring] if self.threshold is None else self.threshold
