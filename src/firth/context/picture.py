"""Usages as a picture: one point a usage, coloured by its group, with its sentence on hover."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np

from firth.context.senses import Senses
from firth.errors import OptionError
from firth.projection.pca import pca
from firth.projection.picture import Picture, percent, picture_kind
from firth.wordvectors import WordVectors


def draw(senses: Senses, path: str | os.PathLike[str] | None = None, width: int = 34) -> Picture:
    """Draw grouped usages in the plane of their two principal components.

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
    labels = _labels([usage.snippet(width) for usage in usages])
    word = Counter(word.lower() for word in usages.words).most_common(1)[0][0]
    apart = f", silhouette {senses.silhouette:.2f}" if len(senses) > 1 else ""
    picture = Picture(
        words=tuple(labels),
        points=points,
        groups=tuple(names[int(label)] if len(senses) > 1 else None for label in senses.labels[known]),
        variance=(first, second),
        axes=("first component", "second component"),
        method="pca",
        title=f"{len(known):,} usages of “{word}”",
        subtitle=f"principal components of centred unit vectors in context, {percent(first)} + {percent(second)} of "
        f"their variance{apart}",
        wv=WordVectors.from_words(labels, unit),
        details=tuple(usage.snippet(400) for usage in usages),
    )
    if path is not None:
        picture.save(path)
    return picture


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
