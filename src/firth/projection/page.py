"""A picture as one self-contained HTML page: hover, zoom and a legend that switches groups, by plotly, no network."""

from __future__ import annotations

import html
import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.errors import MissingExtraError
from firth.lengths import directed
from firth.projection import layout as at
from firth.projection.layout import Layout, lay_out
from firth.projection.picture import drawable
from firth.projection.static import measurer
from firth.projection.style import INK, PAPER, QUIET, RULE, looks

if TYPE_CHECKING:
    from firth.projection.picture import Picture

_FONT = "'DejaVu Sans', Verdana, 'Segoe UI', Helvetica, Arial, sans-serif"

#: Room above the field for plotly's buttons.
_TOOLS = 34.0

#: What UTF-8 cannot hold.
_SURROGATE = re.compile("[\\ud800-\\udfff]")

#: The policy forbids the page every request; all it needs stands in it.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; \
style-src 'unsafe-inline'; img-src data: blob:">
<title>{title}</title>
<style>
body {{ margin: 0; background: {paper}; color: {ink}; font-family: {font} }}
main {{ width: {width}px; margin: 0 auto }}
h1 {{ margin: 18px {left}px 0; font-size: {title_size}px; line-height: 1.3 }}
p {{ margin: 4px {left}px 0; font-size: {subtitle_size}px; color: {quiet} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{subtitle}</p>
<div id="picture" role="img" aria-label="{summary}"></div>
</main>
<noscript>This picture needs JavaScript. It shows: {summary}</noscript>
<script>{plotly}</script>
<script>
const figure = {figure};
const groups = {groups};  // of every annotation: the trace that it belongs to
Plotly.newPlot("picture", figure.data, figure.layout, {{displaylogo: false, scrollZoom: true,
  // named one by one: plotly's own choice holds a button that sends the data to a server
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]]}}).then(picture => {{
  picture.on("plotly_restyle", () => {{  // labels go with the points that the legend switches
    const change = {{}};
    groups.forEach((trace, i) => {{
      change[`annotations[${{i}}].visible`] = picture.data[trace].visible !== "legendonly";
    }});
    Plotly.relayout(picture, change);
  }});
}});
</script>
</body>
</html>
"""


def page(picture: Picture, near: int = 5) -> str:
    """Return a picture as HTML; every point tells its word, its group and its ``near`` nearest words in the table.

    Raises:
        MissingExtraError: plotly or matplotlib is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingExtraError("plotly", "plot", "writing a picture as HTML") from error
    canvas = lay_out(picture, measurer())
    data, layout, groups = _figure(picture, canvas, _hover(picture, near))
    return _PAGE.format(
        title=_escaped(picture.title),
        subtitle=_escaped(f"{picture.subtitle}; {canvas.note}" if canvas.note else picture.subtitle),
        summary=_escaped(f"{picture.title}: {', '.join(picture.labels[:100])}"),
        paper=PAPER,
        ink=INK,
        quiet=QUIET,
        font=_FONT,
        width=int(canvas.width),
        left=int(canvas.field[0]),
        title_size=at.TITLE_SIZE,
        subtitle_size=at.SUBTITLE_SIZE,
        plotly=get_plotlyjs(),
        figure=_script_json({"data": data, "layout": layout}),
        groups=_script_json(groups),
    )


def _escaped(text: str) -> str:
    """Return a text as HTML, the replacement character where it is no Unicode."""
    return html.escape(_SURROGATE.sub("\ufffd", text))


def _script_json(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in, the replacement character for what is no Unicode."""
    text = _SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False, allow_nan=False))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _hover(picture: Picture, near: int) -> list[str]:
    """Return every word's hover text."""
    texts = []
    for label, group in zip(picture.labels, picture.groups, strict=True):
        texts.append(f"<b>{_plain(label)}</b>" + ("" if group is None else f"<br>{_plain(group)}"))
    for i, detail in enumerate(picture.details):
        lines = textwrap.wrap(_SURROGATE.sub("\ufffd", detail), 80)[:12]
        texts[i] += "".join(f"<br>{_plain(line)}" for line in lines)
    lengths = np.array([np.linalg.norm(picture.wv[word]) for word in picture.words])
    rows = np.flatnonzero(directed(lengths)).tolist()  # the others have no neighbours
    found = picture.wv.most_similar_batch([picture.words[i] for i in rows], topn=near) if near and rows else []
    for i, neighbours in zip(rows, found, strict=False):
        shown = (f"{similarity:.2f} {_plain(drawable(word))}" for word, similarity in neighbours)
        texts[i] += "<br>nearest:" + "".join(f"<br>{line}" for line in shown)
    return texts


def _plain(text: str) -> str:
    """Escape what plotly would take for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _figure(
    picture: Picture, canvas: Layout, hover: list[str]
) -> tuple[list[dict[str, Any]], dict[str, Any], list[int]]:
    """Return plotly's traces and layout, and the trace that every label belongs to."""
    styles = looks(picture.groups)
    traces: list[dict[str, Any]] = []
    trace_of: dict[str | None, int] = {}
    for name, look in styles.items():
        rows = [i for i, group in enumerate(picture.groups) if group == name]
        trace_of[name] = len(traces)
        traces.append(
            {
                "type": "scatter" if len(picture.words) <= 5_000 else "scattergl",
                "mode": "markers",
                "name": "" if name is None else _plain(name),
                "x": [_short(picture.points[i, 0]) for i in rows],
                "y": [_short(picture.points[i, 1]) for i in rows],
                "text": [hover[i] for i in rows],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "color": look.colour,
                    "symbol": look.symbol,
                    "size": 2 * at.RADIUS * look.zoom,
                    "line": {"width": 0.8, "color": PAPER},
                },
                "showlegend": name is not None,
            }
        )
    return traces, _layout(picture, canvas, styles), [trace_of[picture.groups[i]] for i in _labelled(canvas)]


def _labelled(canvas: Layout) -> list[int]:
    return [int(i) for i in np.flatnonzero(canvas.placement.placed)]


def _layout(picture: Picture, canvas: Layout, styles: dict[Any, Any]) -> dict[str, Any]:
    left, bottom, right, top = canvas.field
    ranges = [
        [(low - canvas.origin[k]) / canvas.scale[k], (high - canvas.origin[k]) / canvas.scale[k]]
        for k, (low, high) in enumerate(((left, right), (bottom, top)))
    ]
    axes = [
        {
            "title": {"text": _plain(title), "font": {"size": at.SMALL_SIZE, "color": QUIET}, "standoff": 8},
            "range": limits,
            "showticklabels": False,
            "showgrid": False,
            "zeroline": True,
            "zerolinecolor": RULE,
            "zerolinewidth": 1,
            "mirror": True,
            "showline": True,
            "linecolor": RULE,
        }
        for title, limits in zip(picture.axis_titles, ranges, strict=True)
    ]
    if picture.method == "pca":
        axes[1].update({"scaleanchor": "x", "scaleratio": 1})
    return {
        "width": int(canvas.width),
        "height": round(top + _TOOLS),
        "margin": {"l": left, "r": canvas.width - right, "t": _TOOLS, "b": bottom, "pad": 0},
        "font": {"family": _FONT, "color": INK, "size": at.LABEL_SIZE},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -(at.AXIS_ROOM - 6) / (top - bottom),
            "yanchor": "top",
            "font": {"size": at.SMALL_SIZE},
        },
        "xaxis": axes[0],
        "yaxis": axes[1],
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": RULE,
            "font": {"size": at.SMALL_SIZE, "color": INK, "family": _FONT},
            "align": "left",
        },
        "hovermode": "closest",
        "dragmode": "pan",
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "annotations": [_label(picture, canvas, i, styles[picture.groups[i]].ink) for i in _labelled(canvas)],
    }


def _label(picture: Picture, canvas: Layout, i: int, ink: str) -> dict[str, Any]:
    """Return the annotation of one word: its text stands where the layout put it, and keeps that distance on zoom."""
    box, line, point = canvas.placement.boxes[i], canvas.placement.lines[i], canvas.points[i]
    across = float((box[0] + box[2]) / 2 - point[0])
    down = float(point[1] - (box[1] + box[3]) / 2)
    tied = not np.isnan(line[0])
    annotation: dict[str, Any] = {
        "text": _plain(picture.labels[i]),
        "x": _short(picture.points[i, 0]),
        "y": _short(picture.points[i, 1]),
        "font": {"size": canvas.label_size, "color": ink},
        "xanchor": "center",
        "yanchor": "middle",
        "borderpad": 0,
        "captureevents": False,
        "showarrow": tied,
    }
    if tied:  # ax and ay are where the text is, seen from the point
        annotation |= {"ax": round(across, 1), "ay": round(down, 1), "arrowhead": 0, "arrowwidth": 0.7}
        annotation |= {"arrowcolor": ink, "standoff": at.RADIUS, "opacity": 0.85}
    else:
        annotation |= {"xshift": round(across, 1), "yshift": round(-down, 1)}
    return annotation


def _short(value: float) -> float:
    return round(float(value), 6)
