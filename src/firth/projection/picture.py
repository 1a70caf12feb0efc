"""Picture: words as points in the plane, and what it can be saved as."""

from __future__ import annotations

import base64
import html
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import UnknownFormatError
from firth.files import atomic_write

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: File name endings and what is written for them.
ENDINGS = {".png": "png", ".svg": "svg", ".html": "html", ".htm": "html"}


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """Words as points in the plane.

    Attributes:
        words: the words, in the order given.
        points: where they stand, float32 of shape ``(n_words, 2)``.
        groups: the group of every word, None where it has none.
        variance: the share of the words' variance that each axis keeps, 0 to 1.
        axes: what each axis shows.
        method: ``"pca"``, or ``"axes"`` where the caller chose the axes.
        title, subtitle: the lines above the picture.
        wv: the table that the words come from.
        details: what the HTML page tells of every word on hover besides, such as a whole sentence; empty for nothing.
        labelled: rows of the words that get a label where there is room; None for all.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0, 0], [0.9, 0.4, 0], [0, 0, 1]])
    >>> wv.plot(["cat", "dog", "car"])
    <Picture: 3 words, pca, 94 % + 6 % of the variance>
    """

    words: tuple[str, ...]
    points: NDArray[np.float32]
    groups: tuple[str | None, ...]
    variance: tuple[float, float]
    axes: tuple[str, str]
    method: str
    title: str
    subtitle: str
    wv: WordVectors = field(compare=False)
    details: tuple[str, ...] = ()
    labelled: frozenset[int] | None = None

    def __post_init__(self) -> None:
        for name in ("title", "subtitle"):
            object.__setattr__(self, name, drawable(getattr(self, name)))
        object.__setattr__(self, "axes", tuple(map(drawable, self.axes)))
        object.__setattr__(self, "groups", tuple(group and drawable(group) for group in self.groups))

    def __repr__(self) -> str:
        kept = " + ".join(percent(share) for share in self.variance)
        return f"<Picture: {len(self.words)} words, {self.method}, {kept} of the variance>"

    @property
    def labels(self) -> list[str]:
        """The words as they can be drawn: bytes that are no UTF-8 become the replacement character."""
        return [drawable(word) for word in self.words]

    @property
    def group_names(self) -> list[str]:
        """The groups in order of appearance."""
        return [name for name in dict.fromkeys(self.groups) if name is not None]

    @property
    def axis_titles(self) -> tuple[str, str]:
        """What stands on the axes: what each shows, and how much of the variance it keeps."""
        comma = ", " if self.method == "pca" else "   "
        first, second = (
            f"{name}{comma}{percent(share)} of the variance"
            for name, share in zip(self.axes, self.variance, strict=True)
        )
        return first, second

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture as PNG, SVG or one self-contained HTML page, told by the ending of the name.

        Raises:
            UnknownFormatError: the name ends in none of .png, .svg and .html.
            MissingExtraError: matplotlib, or for HTML plotly, is not installed.
            WriteError: the file could not be written.
        """
        target = Path(path)
        kind = picture_kind(target)
        content = self.to_png() if kind == "png" else (self.to_svg() if kind == "svg" else self.to_html()).encode()
        with atomic_write(target) as file:
            file.write(content)
        return target

    def to_png(self) -> bytes:
        """Return the picture as PNG, 1,600 pixels wide."""
        from firth.projection.static import draw

        return draw(self, "png")

    def to_svg(self) -> str:
        """Return the picture as SVG: the same picture gives the same text."""
        from firth.projection.static import draw

        return draw(self, "svg").decode()

    def to_html(self) -> str:
        """Return the picture as one HTML page with hover and zoom, which needs no network."""
        from firth.projection.page import page

        return page(self)

    def to_json(self) -> dict[str, Any]:
        """Return the picture as plain dicts and lists."""
        rows = zip(self.labels, self.points.tolist(), self.groups, strict=True)
        return {
            "method": self.method,
            "axes": list(self.axes),
            "variance": [round(share, 6) for share in self.variance],
            "points": [{"word": w, "x": round(x, 6), "y": round(y, 6), "group": g} for w, (x, y), g in rows],
        }

    def _repr_png_(self) -> bytes:
        return self.to_png()

    def _repr_html_(self) -> str:
        """Show the drawing in notebooks at its intended size."""
        data = base64.b64encode(self.to_png()).decode()
        text = html.escape(f"{self.title}: {', '.join(self.labels)}", quote=True)
        return f'<img width="1000" style="max-width:100%" alt="{text}" src="data:image/png;base64,{data}">'


def picture_kind(path: Path) -> str:
    """Return ``"png"``, ``"svg"`` or ``"html"`` for a file name.

    Raises:
        UnknownFormatError: the name has another ending.

    >>> picture_kind(Path("cats.SVG"))
    'svg'
    """
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UnknownFormatError(
            f"{path}: no picture is written as {path.suffix or 'a name without ending'!r}; "
            "use a name that ends in .png, .svg or .html"
        )
    return kind


def drawable(word: str) -> str:
    """Return a word with the replacement character where its bytes are no UTF-8, or half a character stands.

    >>> drawable("caf\\udce9")
    'caf�'
    """
    return re.sub("[\ud800-\udfff]+", "\ufffd", word)


def percent(share: float) -> str:
    """Return a share as a person would write it.

    >>> percent(0.314), percent(0.0004), percent(0)
    ('31 %', 'under 1 %', '0 %')
    """
    if 1e-9 < share < 0.005:
        return "under 1 %"
    return f"{100 * share:.0f} %"
