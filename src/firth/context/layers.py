"""Which layers a word's vector is made of, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError

POOLINGS = ("mean", "first", "last", "max")
COMBINATIONS = ("mean", "concat")


@dataclass(frozen=True)
class Reading:
    """What is read of the hidden states.

    Attributes:
        layers: the layers in the caller's order, none negative.
        combine: ``"mean"`` or ``"concat"``.
        pooling: what becomes of a word's several pieces.
    """

    layers: tuple[int, ...]
    combine: str
    pooling: str

    @property
    def needed(self) -> list[int]:
        """The layers that a back end must give, ascending, each once."""
        return sorted(set(self.layers))

    def width(self, dim: int) -> int:
        """Numbers a vector."""
        return dim * len(self.layers) if self.combine == "concat" else dim

    def join(self, states: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Return the states of :attr:`needed` as the caller wants them: their mean, or each in the caller's order."""
        by_layer = dict(zip(self.needed, states, strict=True))
        chosen = [by_layer[layer] for layer in self.layers]
        if self.combine == "concat" or len(chosen) == 1:
            return chosen
        total = chosen[0].copy()
        for state in chosen[1:]:
            total += state
        total /= np.float32(len(chosen))
        return [total]


def reading(layers: int | Sequence[int], combine: str, pooling: str, n_layers: int) -> Reading:
    """Check what the caller wants to read.

    Raises:
        OptionError: a layer does not exist, or a name is not known.

    >>> reading([0, -1], "mean", "mean", 6).layers
    (0, 6)
    """
    if combine not in COMBINATIONS:
        raise OptionError(f"combine = {combine!r}; expected one of {', '.join(map(repr, COMBINATIONS))}")
    if pooling not in POOLINGS:
        raise OptionError(f"pooling = {pooling!r}; expected one of {', '.join(map(repr, POOLINGS))}")
    if not isinstance(layers, int | np.integer | Iterable):
        raise OptionError(f"layers = {layers!r}; expected the number of a layer, or a list of such")
    asked = [layers] if isinstance(layers, int | np.integer) else list(layers)
    if not asked:
        raise OptionError("layers is empty; expected at least one layer")
    for layer in asked:
        if isinstance(layer, bool) or not isinstance(layer, int | np.integer) or not -n_layers - 1 <= layer <= n_layers:
            raise OptionError(
                f"there is no layer {layer!r}; expected 0 (embeddings) to {n_layers}, or -1 (last) to {-n_layers - 1}"
            )
    return Reading(tuple(int(k) if k >= 0 else n_layers + 1 + int(k) for k in asked), combine, pooling)
