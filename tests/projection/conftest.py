"""A small table with clear groups, and a browser."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from firth import WordVectors

GROUPS = {
    "animals": ["cat", "dog", "horse", "cow", "lion", "mouse"],
    "fruit": ["apple", "pear", "plum", "grape", "lemon", "fig"],
    "traffic": ["car", "bus", "train", "tram", "lorry", "ship"],
}


@pytest.fixture(scope="session")
def groups() -> dict[str, list[str]]:
    """Return the words of the table by kind."""
    return GROUPS


@pytest.fixture(scope="session")
def wv() -> WordVectors:
    """Return a table of three kinds of words, some function words, and odd ones."""
    rng = np.random.default_rng(11)
    words, rows = ["the", "of", "$x$"], [rng.standard_normal(16) for _ in range(3)]
    for i, members in enumerate(GROUPS.values()):
        for word in members:
            words.append(word)
            rows.append(np.eye(16)[i] * 3 + rng.standard_normal(16) * 0.5)
    words += ["caf\udce9", "<b>&amp;", "ωμέγα", "東京", "zero"]
    rows += [*rng.standard_normal((4, 16)), np.zeros(16)]
    return WordVectors.from_words(words, np.array(rows))


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


@pytest.fixture(scope="session")
def browser() -> str:
    """Return the path of an installed browser of the Chromium family; required in CI."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = f"no browser found; install one of {', '.join(BROWSERS)}"
        if os.environ.get("FIRTH_CI") == "1":
            pytest.fail(f"required by FIRTH_CI=1: {reason}")
        pytest.skip(reason)
    return str(found)
