"""Groups: given ones are kept, found ones are right, repeatable and not invented."""

from __future__ import annotations

import numpy as np
import pytest

from firth.errors import OptionError
from firth.projection.groups import best_clusters, clusters, found_groups, named_groups, silhouette


def bundles(k: int, each: int, dim: int = 20, noise: float = 0.3, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Return unit rows around ``k`` directions, shuffled, and the direction of each."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(k), each))
    rows = np.eye(dim)[truth] + rng.standard_normal((k * each, dim)) * noise / np.sqrt(dim)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Tell whether two labellings part the rows alike."""
    return bool(((a[:, None] == a) == (b[:, None] == b)).all())


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_finds_how_many_groups_there_are_and_which(k: int) -> None:
    rows, truth = bundles(k, 9)
    assert same_partition(best_clusters(rows), truth)


def test_is_repeatable_and_numbered_by_appearance() -> None:
    rows, _ = bundles(4, 10, noise=1.5)
    first = clusters(rows, 4)
    np.testing.assert_array_equal(first, clusters(rows, 4))
    assert list(dict.fromkeys(first.tolist())) == [0, 1, 2, 3]


def test_finds_none_where_there_are_none() -> None:
    rows = np.random.default_rng(0).standard_normal((60, 200)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert best_clusters(rows).max() == 0
    assert found_groups([str(i) for i in range(60)], rows) == [None] * 60


def test_few_words_have_no_groups() -> None:
    assert found_groups(["a", "b", "c"], np.eye(3, dtype=np.float32)) == [None] * 3


def test_more_clusters_than_different_rows() -> None:
    rows = np.tile(np.eye(2, dtype=np.float32), (3, 1))
    assert set(clusters(rows, 4).tolist()) <= {0, 1, 2, 3}


def test_silhouette_equals_its_definition() -> None:
    rows, labels = bundles(3, 6, noise=2.0)
    distance = 1 - rows.astype(float) @ rows.T
    widths = []
    for i in range(len(rows)):
        own = [distance[i, j] for j in range(len(rows)) if labels[j] == labels[i] and j != i]
        others = [distance[i, labels == other].mean() for other in set(labels.tolist()) - {labels[i]}]
        a, b = float(np.mean(own)), float(min(others))
        widths.append((b - a) / max(a, b))
    assert silhouette(rows, labels) == pytest.approx(np.mean(widths), abs=1e-5)


def test_names_found_groups_after_their_central_words() -> None:
    rows = np.array([[1, 0], [0.99, 0.1], [0.9, -0.3], [0, 1], [0.1, 0.99], [-0.3, 0.9]], np.float32)
    names = found_groups(["cat", "dog", "cow", "car", "bus", "van"], rows / np.linalg.norm(rows, axis=1)[:, None], k=2)
    assert names == ["cat, dog …"] * 3 + ["car, bus …"] * 3


def test_given_groups() -> None:
    assert named_groups(["a", "b", "c"], {"x": ["a", "c"], "y": ["b"]}) == ["x", "y", "x"]
    with pytest.raises(OptionError, match="two groups"):
        named_groups(["a"], {"x": ["a"], "y": ["a"]})
    with pytest.raises(OptionError, match="list of words"):
        named_groups(["a"], {"x": "a"})
    with pytest.raises(OptionError, match="k_groups = 0"):
        found_groups(["a", "b"], np.eye(2, dtype=np.float32), k=0)
