"""Groups of words for a picture: those that the caller names, or those that clustering finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

#: Most groups that are looked for: more could not be told apart by colour.
MOST = 8

#: Below this mean silhouette the words show no groups worth a colour.
WEAK = 0.03

_RESTARTS, _STEPS = 12, 50


def named_groups(words: Sequence[str], groups: Mapping[str, Iterable[str]]) -> list[str | None]:
    """Return the name of every word's group, None for words in no group.

    Raises:
        OptionError: a word stands in two groups, or a group's words are given as one string.

    >>> named_groups(["cat", "apple", "idea"], {"animal": ["cat"], "fruit": ["apple"]})
    ['animal', 'fruit', None]
    """
    home: dict[str, str] = {}
    for name, members in groups.items():
        if isinstance(members, str):
            raise OptionError(f"the group {name!r} is the string {members!r}; expected a list of words")
        for word in members:
            if home.setdefault(word, name) != name:
                raise OptionError(f"the word {word!r} stands in two groups, {home[word]!r} and {name!r}; choose one")
    return [home.get(word) for word in words]


def found_groups(words: Sequence[str], unit: Floats, k: int | None = None) -> list[str | None]:
    """Return for every word the name of the group that clustering puts it in; None for all where there are no groups.

    A group is named after its two most central words.

    Args:
        words: the words.
        unit: their unit vectors, float32 of shape ``(n_words, dim)``.
        k: how many groups; None to choose by the mean silhouette, 1 for none.

    Raises:
        OptionError: ``k`` is below 1 or above the number of words.
    """
    if k is not None and not 1 <= k <= len(words):
        raise OptionError(f"k_groups = {k} for {len(words)} words; expected 1 to {len(words)}, or None to choose")
    labels = best_clusters(unit) if k is None else clusters(unit, k)
    if labels.max(initial=0) == 0:
        return [None] * len(words)
    names: dict[int, str] = {}
    for label in dict.fromkeys(labels.tolist()):
        members = np.flatnonzero(labels == label)
        central = members[np.argsort(-(unit[members] @ unit[members].sum(axis=0)), kind="stable")]
        names[label] = ", ".join(words[i] for i in central[:2]) + (" …" if len(members) > 2 else "")
    return [names[label] for label in labels.tolist()]


def best_clusters(unit: Floats) -> Labels:
    """Return the best of 2 to 8 clusters by mean silhouette; all zeros where none is convincing.

    Of nearly equal ones, within a tenth of the best, that with the fewest clusters counts: fewer colours say more.
    """
    tried = [clusters(unit, k) for k in range(2, min(MOST, len(unit) // 3) + 1)]
    scores = [silhouette(unit, labels) for labels in tried]
    best = max(scores, default=0.0)
    if best < WEAK:
        return np.zeros(len(unit), np.int64)
    return next(labels for labels, score in zip(tried, scores, strict=True) if score >= 0.9 * best)


def clusters(unit: Floats, k: int) -> Labels:
    """Return the cluster of every row, int64 of shape ``(n_words,)``, numbered by first appearance.

    Spherical k-means (Dhillon and Modha 2001): rows join the centre with the highest cosine, a centre is the direction
    of its rows' sum. The best of twelve seeded starts is kept, so that the same rows give the same clusters.

    >>> clusters(np.array([[1, 0], [0, 1], [0.9, 0.1], [0.1, 0.9]], np.float32), 2).tolist()
    [0, 1, 0, 1]
    """
    rng = np.random.default_rng(20)
    best, best_fit = np.zeros(len(unit), np.int64), -np.inf
    for _ in range(_RESTARTS if k > 1 else 0):
        labels, fit = _one_start(unit, k, rng)
        if fit > best_fit + 1e-6:
            best, best_fit = labels, fit
    order = list(dict.fromkeys(best.tolist()))
    return np.array([order.index(label) for label in best.tolist()], np.int64)


def _one_start(unit: Floats, k: int, rng: np.random.Generator) -> tuple[Labels, float]:
    chosen = [int(rng.integers(len(unit)))]
    while len(chosen) < k:  # k-means++: far rows are likelier centres
        distance = np.clip(1 - (unit @ unit[chosen].T).max(axis=1), 0, None).astype(np.float64)
        distance[chosen] = 0.0
        whole = distance.sum()
        free = np.setdiff1d(np.arange(len(unit)), chosen)
        chosen.append(int(rng.choice(len(unit), p=distance / whole) if whole > 0 else free[0]))
    centres = unit[chosen]
    labels = np.full(len(unit), -1)
    for _ in range(_STEPS):
        scores = unit @ centres.T
        new = scores.argmax(axis=1)
        for empty in np.setdiff1d(np.arange(k), new):  # the worst served row founds an empty cluster anew
            new[np.argmin(scores[np.arange(len(unit)), new])] = empty
        if np.array_equal(new, labels):
            break
        labels = new
        sums = np.stack([unit[labels == j].sum(axis=0) for j in range(k)])
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return labels, float(np.take_along_axis(unit @ centres.T, labels[:, None], axis=1).sum())


def silhouette(unit: Floats, labels: Labels) -> float:
    """Return the mean silhouette under cosine distance (Rousseeuw 1987): -1 to 1, higher where groups stand apart.

    A row alone in its cluster counts as 0.

    >>> rows = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    >>> silhouette(rows, np.array([0, 0, 1, 1]))
    1.0
    """
    k = int(labels.max()) + 1
    member = np.eye(k)[labels]
    sizes = member.sum(axis=0)
    to_cluster = (1 - unit.astype(np.float64) @ unit.T) @ member  # summed distance of every row to every cluster
    rows = np.arange(len(unit))
    own_size = sizes[labels]
    inside = to_cluster[rows, labels] / np.maximum(own_size - 1, 1)
    means = to_cluster / sizes
    means[rows, labels] = np.inf
    outside = means.min(axis=1)
    width = np.where(own_size > 1, (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12), 0.0)
    return round(float(width.mean()), 6)
