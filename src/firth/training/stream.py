"""A corpus as one long row of numbers that may lie in many pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class TokenStream:
    """Word rows in corpus order, sentences ended by -1.

    How the pieces lie makes no difference to what is read, so that a corpus gives the same training however many
    threads encoded it.

    >>> stream = TokenStream([np.array([0, 1, -1], np.int32), np.array([2, -1], np.int32)])
    >>> len(stream), stream.read(1, 4).tolist()
    (5, [1, -1, 2])
    """

    def __init__(self, pieces: Sequence[NDArray[np.int32]]) -> None:
        self._pieces = [piece for piece in pieces if len(piece)]
        self._starts = np.cumsum([0, *map(len, self._pieces)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return 4 * len(self)

    def read(self, start: int, stop: int) -> NDArray[np.int32]:
        """Return rows ``start`` to ``stop``: a view where they lie in one piece, else a copy."""
        k = int(np.searchsorted(self._starts, start, side="right")) - 1
        parts = []
        while k < len(self._pieces) and self._starts[k] < stop:
            offset = int(self._starts[k])
            parts.append(self._pieces[k][max(0, start - offset) : stop - offset])
            k += 1
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty(0, np.int32)
