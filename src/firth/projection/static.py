"""Pictures as PNG and SVG, drawn by matplotlib without its global state."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.errors import MissingExtraError
from firth.projection import layout as at
from firth.projection.fonts import families
from firth.projection.layout import Layout, Measure, lay_out
from firth.projection.style import INK, PAPER, QUIET, RULE, Look, looks
from firth.version import __version__

if TYPE_CHECKING:
    from firth.projection.picture import Picture

#: One layout pixel is 1/100 inch; a PNG has 1.6 of its pixels for each.
_DPI, _PNG_DPI = 100, 160


def draw(picture: Picture, kind: str) -> bytes:
    """Return a picture as ``"png"`` or ``"svg"`` bytes; the same picture gives the same bytes.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot", "drawing a picture") from error

    out = io.BytesIO()
    # Glyphs that no installed font has are drawn as boxes; the HTML page shows them.
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        fonts = families([*picture.labels, *picture.group_names, picture.title, *picture.axes])
        settings = {"font.family": fonts, "svg.hashsalt": "firth", "svg.fonttype": "path", "path.simplify": False}
        matplotlib.rcParams.update(settings)
        figure = Figure(figsize=(1, 1), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
        canvas = lay_out(picture, _measure(figure))
        figure.set_size_inches(canvas.width / _DPI, canvas.height / _DPI)
        _paint(figure, picture, canvas)
        metadata = {"Title": picture.title, "Date": None, "Creator": f"firth {__version__}"}
        if kind == "png":
            metadata = {"Title": picture.title, "Software": f"firth {__version__}"}
        figure.savefig(out, format=kind, dpi=_PNG_DPI if kind == "png" else _DPI, metadata=metadata, facecolor=PAPER)
    return out.getvalue()


def measurer() -> Measure:
    """Return a function that measures texts as matplotlib would draw them.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot", "drawing a picture") from error
    figure = Figure(figsize=(1, 1), dpi=_DPI)
    FigureCanvasAgg(figure)
    return _measure(figure)


def _measure(figure: Any) -> Measure:
    from matplotlib.font_manager import FontProperties

    renderer = figure.canvas.get_renderer()

    def measure(text: str, size: float) -> tuple[float, float]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            width, height, _ = renderer.get_text_width_height_descent(text, FontProperties(size=_points(size)), False)
        return float(width), float(height)

    return measure


def _points(pixels: float) -> float:
    return pixels * 72 / _DPI


def _paint(figure: Any, picture: Picture, canvas: Layout) -> None:
    """Draw on axes whose units are the layout's pixels."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, canvas.width), ylim=(0, canvas.height))
    axes.axis("off")
    left, bottom, right, top = canvas.field

    def write(x: float, y: float, text: str, size: float, colour: str, **more: Any) -> None:
        axes.text(x, y, text, size=_points(size), color=colour, parse_math=False, **more)

    write(left, top + 44, picture.title, at.TITLE_SIZE, INK, weight="bold", va="baseline")
    write(left, top + 19, picture.subtitle, at.SUBTITLE_SIZE, QUIET, va="baseline")
    across, up = picture.axis_titles
    write((left + right) / 2, bottom - 21, across, at.SMALL_SIZE, QUIET, ha="center", va="baseline")
    write(right, bottom - 21, canvas.note, at.SMALL_SIZE, QUIET, ha="right", va="baseline")
    write(left - 14, (bottom + top) / 2, up, at.SMALL_SIZE, QUIET, ha="center", va="center", rotation=90)

    frame_x, frame_y = [left, right, right, left, left], [bottom, bottom, top, top, bottom]
    axes.plot(frame_x, frame_y, color=RULE, lw=0.8, zorder=0, solid_joinstyle="miter")
    zero_x, zero_y = canvas.origin
    if left < zero_x < right:
        axes.plot([zero_x, zero_x], [bottom, top], color=RULE, lw=0.8, zorder=0)
    if bottom < zero_y < top:
        axes.plot([left, right], [zero_y, zero_y], color=RULE, lw=0.8, zorder=0)

    styles = looks(picture.groups)

    def points(where: Any, look: Look) -> None:
        size = (_points(2 * at.RADIUS) * look.zoom) ** 2
        axes.scatter(*where.T, s=size, c=look.colour, marker=look.marker, linewidths=0.6, edgecolors=PAPER, zorder=3)

    for name, look in styles.items():
        points(canvas.points[[group == name for group in picture.groups]], look)
    for i in np.flatnonzero(canvas.placement.placed).tolist():
        look, (x0, y0, x1, y1), line = styles[picture.groups[i]], canvas.placement.boxes[i], canvas.placement.lines[i]
        if not np.isnan(line[0]):
            axes.plot(line[[0, 2]], line[[1, 3]], color=look.ink, lw=0.6, alpha=0.55, zorder=2)
        middle = {"ha": "center", "va": "center", "zorder": 4}
        write((x0 + x1) / 2, (y0 + y1) / 2, picture.labels[i], canvas.label_size, look.ink, **middle)
    for name, (x, y) in zip(picture.group_names, canvas.legend, strict=True):
        points(np.array([[x - 9, y + 4.5]]), styles[name])
        write(x, y, name, at.SMALL_SIZE, styles[name].ink, va="baseline")
