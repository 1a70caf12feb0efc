"""Usages as a picture: one point a usage, coloured by its group, with its sentence on hover."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firth.context.export import readable
from firth.context.senses import Senses
from firth.errors import OptionError
from firth.projection.pca import pca
from firth.projection.picture import Picture, percent, picture_kind
from firth.wordvectors import WordVectors

#: Most usages that are labelled, and how near to one another their points may be, as shares of width and height.
LABELS, APART = 30, (0.25, 0.045)


def draw(senses: Senses, path: str | os.PathLike[str] | None = None, width: int = 34) -> Picture:
    """Draw grouped usages in the plane of their two principal components.

    Of many usages, the typical ones of each group are labelled; all have their sentence on hover in the HTML page.

    Args:
        senses: the usages and their groups.
        path: where to save the picture, as ``.png``, ``.svg`` or ``.html``; None to save nothing yet.
        width: characters of a sentence that stand beside its point.

    Raises:
        OptionError: fewer than two usages have a vector.
        UnknownFormatError: the name has another ending.
    """
    if path is not None:
        picture_kind(Path(path))
    known = np.flatnonzero(senses.labels)
    if len(known) < 2:
        raise OptionError(f"a picture needs at least two usages; got {len(known)}")
    usages = senses.usages.choose(known)
    unit = usages.unit(centred=True)
    k = min(2, *unit.shape)
    result = pca(unit, k)
    points = np.zeros((len(known), 2), np.float32)
    points[:, :k] = result.points
    first, second = (*result.explained.tolist(), 0.0)[:2]
    names = {g.number: f"{g.number}: {', '.join(g.terms[:3]) or 'no terms'}" for g in senses.groups}
    labels = _labels([readable(usage.snippet(width)) for usage in usages])
    word = readable(Counter(word.lower() for word in usages.words).most_common(1)[0][0])
    apart = f", silhouette {senses.silhouette:.2f}" if len(senses) > 1 else ""
    shown = None if len(known) <= LABELS else _typical(senses.labels[known], unit, points)
    few = "" if shown is None else "; typical ones labelled"
    picture = Picture(
        words=tuple(labels),
        points=points,
        groups=tuple(names[int(label)] if len(senses) > 1 else None for label in senses.labels[known]),
        variance=(first, second),
        axes=("first component", "second component"),
        method="pca",
        title=f"{len(known):,} usages of “{word}”",
        subtitle=f"principal components of centred unit vectors in context, {percent(first)} + {percent(second)} of "
        f"their variance{apart}{few}",
        wv=WordVectors.from_words(labels, unit),
        details=tuple(readable(usage.snippet(400)) for usage in usages),
        labelled=shown,
    )
    if path is not None:
        picture.save(path)
    return picture


def _typical(labels: NDArray[np.int64], unit: NDArray[np.float32], points: NDArray[np.float32]) -> frozenset[int]:
    """Return the usages to label: of every group in turn the most typical whose label has some room around it."""
    turns: list[tuple[int, int]] = []
    for label in np.unique(labels).tolist():
        members = np.flatnonzero(labels == label)
        central = members[np.argsort(-(unit[members] @ unit[members].sum(axis=0)), kind="stable")]
        turns += enumerate(central.tolist())
    spread = np.maximum(np.ptp(points, axis=0), 1e-9) * APART
    chosen: list[int] = []
    for _, row in sorted(turns):
        near = (np.abs(points[chosen] - points[row]) < spread).all(axis=1)
        if len(chosen) < LABELS and not near.any():
            chosen.append(row)
    return frozenset(chosen)


def _labels(snippets: list[str]) -> list[str]:
    """Return snippets with a number behind those that come again, since a table needs every word once.

    >>> _labels(["a bat", "a bat", "the bat"])
    ['a bat', 'a bat (2)', 'the bat']
    """
    seen: Counter[str] = Counter()
    out = []
    for snippet in snippets:
        seen[snippet] += 1
        out.append(snippet if seen[snippet] == 1 else f"{snippet} ({seen[snippet]})")
    return out
