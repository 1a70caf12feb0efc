"""What a benchmark is made of: word pairs with a rating, analogy questions in sections, or items of another kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.report import Problem

if TYPE_CHECKING:
    from firth.evaluation.outcomes import Outcomes
    from firth.evaluation.rules import Rules
    from firth.wordvectors import WordVectors


@dataclass(frozen=True, slots=True)
class Pairs:
    """Word pairs that people have rated.

    Attributes:
        name: the benchmark's name, or the file's where the catalogue does not know it.
        source: the file.
        first, second: the words of the pairs.
        ratings: how similar people found them, float64 of shape ``(n_pairs,)``, on any scale.
        problems: lines that could not be read.

    >>> pairs = Pairs("mine", "mine.tsv", ("cat", "cat"), ("dog", "car"), np.array([8.0, 1.5]))
    >>> len(pairs), pairs.kind
    (2, 'similarity')
    """

    name: str
    source: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    ratings: NDArray[np.float64]
    problems: tuple[Problem, ...] = ()

    @property
    def kind(self) -> str:
        """``"similarity"``."""
        return "similarity"

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Question:
    """a : b :: c : ?, where any of ``answers`` is right; of several ``b``, the first that the table has is given."""

    a: str
    b: tuple[str, ...]
    c: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Analogy questions of one kind: written out (Google), or every ordered pair of a list of word pairs (BATS).

    >>> bats = Section("plural", pairs=(("cat", ("cats",)), ("dog", ("dogs",)), ("car", ("cars",))))
    >>> len(bats), next(bats.questions())
    (6, Question(a='cat', b=('cats',), c='dog', answers=('dogs',)))
    """

    name: str
    written: tuple[tuple[str, str, str, str], ...] = ()
    pairs: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __len__(self) -> int:
        return len(self.written) + len(self.pairs) * (len(self.pairs) - 1)

    def questions(self) -> Iterator[Question]:
        """Yield the questions, in order."""
        for a, b, c, answer in self.written:
            yield Question(a, (b,), c, (answer,))
        for i, (a, b_list) in enumerate(self.pairs):
            for j, (c, answers) in enumerate(self.pairs):
                if i != j:
                    yield Question(a, b_list, c, answers)


@dataclass(frozen=True, slots=True)
class Analogies:
    """Analogy questions in sections.

    Attributes:
        name: the benchmark's name, or the file's where the catalogue does not know it.
        source: the file or folder.
        sections: the sections, in the file's order.
        problems: lines that could not be read.
    """

    name: str
    source: str
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def kind(self) -> str:
        """``"analogy"``."""
        return "analogy"

    def __len__(self) -> int:
        return sum(map(len, self.sections))


class Itemised(ABC):
    """A benchmark whose score is the mean over its items: each kind is one file with one class of this interface.

    Attributes:
        kind: the kind's name.
        unit: what is drawn in resamples, in words.
        right_or_wrong: every item is right or wrong, so that Wilson's interval holds too.
        name: the benchmark's name, or the file's where the catalogue does not know it.
        source: the file or folder.
        problems: lines that could not be read.
    """

    __slots__ = ()

    kind: ClassVar[str]
    unit: ClassVar[str]
    right_or_wrong: ClassVar[bool] = False
    name: str
    source: str
    problems: tuple[Problem, ...]

    @property
    @abstractmethod
    def parts(self) -> Sequence[tuple[str, int]]:
        """Name and number of items of every section, in order; items are counted through all of them."""

    @abstractmethod
    def words(self) -> set[str]:
        """All words that are looked up."""

    @abstractmethod
    def outcomes(self, wv: WordVectors, rules: Rules, among: Collection[str] | None = None) -> Outcomes:
        """Return what the table makes of every item; of words outside ``among`` it is taken to have none."""

    @abstractmethod
    def rule_text(self, rules: Rules) -> str:
        """Return in words what is computed and what missing words cost."""

    def __len__(self) -> int:
        return sum(size for _, size in self.parts)


Benchmark = Pairs | Analogies | Itemised
