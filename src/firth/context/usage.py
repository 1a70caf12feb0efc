"""One usage of a word, and one neighbour of a usage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Usage:
    """One word in one text.

    Attributes:
        text: the whole text.
        start, end: where the word stands in it, in characters.
        vector: its vector there, float32 of shape ``(dim,)``.
        number: which text it is, counted from 0.
    """

    text: str
    start: int
    end: int
    vector: Floats
    number: int

    @property
    def word(self) -> str:
        """The word as it stands in the text."""
        return self.text[self.start : self.end]

    def snippet(self, width: int = 60, marks: tuple[str, str] = ("[", "]")) -> str:
        """Return the word between marks with what stands around it, about ``width`` characters.

        >>> Usage("A bat flew out of the cave.", 2, 5, np.zeros(1, np.float32), 0).snippet()
        'A [bat] flew out of the cave.'
        """
        left, right = " ".join(self.text[: self.start].split()), " ".join(self.text[self.end :].split())
        room = max(0, width - len(self.word))
        before = max(room // 2, room - len(right))  # what one side leaves free, the other may take
        after = max(room - before, room - len(left))
        if len(left) > before:
            left = "…" + left[len(left) - before :].partition(" ")[2]
        if len(right) > after:
            right = right[:after].rpartition(" ")[0] + "…"
        spaces = [" " if side.isspace() else "" for side in self._sides()]
        return f"{left}{spaces[0]}{marks[0]}{self.word}{marks[1]}{spaces[1]}{right}"

    def _sides(self) -> tuple[str, str]:
        """Return the characters right before and right after the word."""
        return self.text[max(0, self.start - 1) : self.start], self.text[self.end : self.end + 1]


@dataclass(frozen=True)
class Near:
    """One neighbour of a usage.

    Attributes:
        row: which usage it is.
        cosine: its cosine with the one asked about.
        centred: the same after the mean of all usages is taken away from both.
    """

    row: int
    cosine: float
    centred: float
