"""What the parts of the dialect share: the names of their arguments' types, and the table itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

Floats = NDArray[np.float32]
#: A word, or the number of its row.
Key = str | int | np.integer[Any]
#: The same kind of key in and out.
K = TypeVar("K", bound=Key)
#: What gensim takes as an example: a key, a vector, or one of these with its weight.
Example = Key | NDArray[Any] | tuple[Key | NDArray[Any], float]
Examples = Example | Sequence[Example] | None


class Part:
    """A part of the dialect: methods on a table that another class brings."""

    __slots__ = ()

    @property
    def _table(self) -> WordVectors:
        return self  # type: ignore[return-value]
