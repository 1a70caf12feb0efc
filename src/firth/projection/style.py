"""How groups look: colours that colour-blind people can tell apart, and a shape each for those who see none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Look(NamedTuple):
    """How one group is drawn: colour of points, colour of text, shape for matplotlib and plotly, its enlargement."""

    colour: str
    ink: str
    marker: str
    symbol: str
    zoom: float = 1.0


#: Paper, text and lines.
PAPER, INK, QUIET, RULE = "#ffffff", "#1f2328", "#6a737d", "#d8dee4"

#: Words without a group.
PLAIN = Look("#8b949e", "#3b434b", "o", "circle")

#: The palette of Okabe and Ito (2008) without its yellow, which is too light on white; ink is the same hue, darker.
LOOKS = (
    Look("#0072b2", "#00568a", "o", "circle"),
    Look("#d55e00", "#a84700", "s", "square"),
    Look("#009e73", "#007353", "^", "triangle-up", 1.2),
    Look("#cc79a7", "#9c3f74", "D", "diamond"),
    Look("#e69f00", "#8f6000", "v", "triangle-down", 1.2),
    Look("#56b4e9", "#1b75a8", "P", "cross", 1.15),
    Look("#000000", "#000000", "X", "x", 1.1),
    Look("#7a5cc4", "#5a3da6", "*", "star", 1.4),
)


def looks(groups: Sequence[str | None]) -> dict[str | None, Look]:
    """Return the look of every group, in order of appearance; None stands for words without a group.

    From the ninth group on colours come round again, with another shape.

    >>> looks(["fruit", None, "animal", "fruit"])["animal"].marker
    's'
    """
    names = [name for name in dict.fromkeys(groups) if name is not None]
    chosen: dict[str | None, Look] = {}
    for i, name in enumerate(names):
        base = LOOKS[i % len(LOOKS)]
        shape = LOOKS[(i + i // len(LOOKS)) % len(LOOKS)]
        chosen[name] = base._replace(marker=shape.marker, symbol=shape.symbol, zoom=shape.zoom)
    if None in groups:
        chosen[None] = PLAIN
    return chosen
