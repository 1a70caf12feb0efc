"""From words to a picture: which words, where they stand, which group they are in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.errors import MissingWordsError, OptionError
from firth.projection.frequent import frequent_words
from firth.projection.groups import found_groups, named_groups
from firth.projection.pca import pca
from firth.projection.picture import Picture, percent, picture_kind

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Most words in one picture.
MOST_WORDS = 20_000

Words = Sequence[str] | Mapping[str, Sequence[str]] | None


def plot(
    wv: WordVectors,
    words: Words = None,
    path: str | os.PathLike[str] | None = None,
    *,
    method: str = "pca",
    axes: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    k_groups: int | None = None,
    title: str | None = None,
) -> Picture:
    """Draw words as points in the plane.

    Words stand for their unit vectors, so that direction alone decides, as it does for similarity. The two axes are the
    principal components of the words shown, or directions that the caller names; either way the axes say how much of
    the words' variance they keep.

    Args:
        wv: the table.
        words: the words; or groups of them, as a mapping from name to words; None for the 60 most frequent that carry
            meaning.
        path: where to save the picture, as ``.png``, ``.svg`` or ``.html``; None to save nothing yet.
        method: ``"pca"``.
        axes: two expressions such as ``("man - woman", "young - old")``: a word stands at its cosine with each.
        groups: name → words, drawn in a colour each; words that ``words`` lacks are added.
        k_groups: how many groups are looked for where none are given: None to choose by the silhouette, 1 for none.
        title: the line above the picture.

    Raises:
        MissingWordsError: words are not in the table; all are named, with near spellings.
        OptionError: fewer than two words, an unknown method, a word in two groups.
        ZeroVectorError: a word's vector has no direction.
        MissingExtraError: the picture is to be saved and matplotlib is not installed.

    >>> from firth.wordvectors import WordVectors
    >>> wv = WordVectors.from_words(["cat", "dog", "car", "bus"], [[1, 0.2], [1, 0.3], [0, 1], [0.1, 1]])
    >>> picture = plot(wv, {"animals": ["cat", "dog"], "traffic": ["car", "bus"]})
    >>> picture.groups, picture.axis_titles[0]
    (('animals', 'animals', 'traffic', 'traffic'), 'first component, 100 % of the variance')
    """
    if method != "pca":
        raise OptionError(f"method {method!r} is not known; expected 'pca', or axes=(...) for axes of your own")
    if path is not None:
        picture_kind(Path(path))  # a wrong ending is told before the work
    if isinstance(words, Mapping):
        if groups is not None:
            raise OptionError("groups are given twice: as words={name: [...]} and as groups=...; give them once")
        words, groups = None, words
    chosen, subject = _choose(wv, words, groups)
    unit = wv.unit_rows(_rows(wv, chosen))
    points, variance, names = _on_components(unit) if axes is None else _on_axes(wv, unit, axes)
    named = named_groups(chosen, groups) if groups else found_groups(chosen, unit, k_groups)
    how = "principal components" if axes is None else "cosines with two directions"
    kept = f", {' + '.join(map(percent, variance))} of their variance" if axes is None else ""
    found = "; groups found by k-means" if not groups and any(named) else ""
    picture = Picture(
        words=tuple(chosen),
        points=points,
        groups=tuple(named),
        variance=variance,
        axes=names,
        method="pca" if axes is None else "axes",
        title=subject if title is None else title,
        subtitle=f"{how} of {len(chosen):,} unit vectors of dimension {wv.dim}{kept}{found}",
        wv=wv,
    )
    if path is not None:
        picture.save(path)
    return picture


def _choose(
    wv: WordVectors, words: Sequence[str] | None, groups: Mapping[str, Sequence[str]] | None
) -> tuple[list[str], str]:
    """Return the words to draw, each once, and what to call them."""
    if isinstance(words, str):
        raise OptionError(f"words is the string {words!r}; expected a list of words, such as {words.split()!r}")
    if words is None and not groups:
        chosen, subject = frequent_words(wv), "The most frequent words"
    else:
        members: Iterable[str] = [word for group in (groups or {}).values() for word in group]
        chosen = list(dict.fromkeys([*(words or ()), *members]))
        subject = _listed(list(groups) if groups and not words else chosen)
    if len(chosen) < 2:
        raise OptionError(f"a picture needs at least two different words; got {len(chosen)}")
    if len(chosen) > MOST_WORDS:
        raise OptionError(f"{len(chosen):,} words are too many for one picture; expected at most {MOST_WORDS:,}")
    return chosen, subject


def _rows(wv: WordVectors, words: Sequence[str]) -> NDArray[np.int64]:
    rows = wv.vocabulary.rows(words)
    if (rows < 0).any():
        from firth.search.spelling import suggest

        missing = [word for word, row in zip(words, rows.tolist(), strict=True) if row < 0]
        near = {word: suggest(wv.vocabulary, word) if i < 10 else () for i, word in enumerate(missing)}
        raise MissingWordsError(near, len(wv))
    return rows


def _on_components(unit: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[float, float], tuple[str, str]]:
    k = min(2, unit.shape[1])
    result = pca(unit, k)
    points = np.zeros((len(unit), 2), np.float32)
    points[:, :k] = result.points
    first, second = (*result.explained.tolist(), 0.0)[:2]
    return points, (first, second), ("first component", "second component")


def _on_axes(
    wv: WordVectors, unit: NDArray[np.float32], axes: Sequence[str]
) -> tuple[NDArray[np.float32], tuple[float, float], tuple[str, str]]:
    from firth.search.expression import parse, vector

    if isinstance(axes, str) or len(axes) != 2:
        raise OptionError(f"axes is {axes!r}; expected two expressions, such as ('man - woman', 'young - old')")
    directions = np.stack([vector(wv, parse(axis), axis)[0] for axis in axes])
    points = unit @ directions.T
    whole = float(unit.astype(np.float64).var(axis=0).sum())
    shares = points.var(axis=0) / whole if whole > 0 else np.zeros(2)
    return points.astype(np.float32), (float(shares[0]), float(shares[1])), (_arrow(axes[0]), _arrow(axes[1]))


def _arrow(axis: str) -> str:
    return axis.strip().replace(" - ", " − ") + " →"


def _listed(names: Sequence[str]) -> str:
    """Return names as a title.

    >>> _listed(["cat", "dog"]), _listed(list("abcdefgh"))
    ('cat and dog', 'a, b, c, d and 4 more words')
    """
    if len(names) <= 6:
        return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"{', '.join(names[:4])} and {len(names) - 4:,} more words"
