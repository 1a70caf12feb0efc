"""What the tests of this room share."""

from __future__ import annotations

import numpy as np
import pytest

from firth.wordvectors import WordVectors
from tests.search.hard_tables import make_table


@pytest.fixture(scope="session")
def big() -> WordVectors:
    """A table large enough for the compiled ways: clusters, duplicates, and rows without direction."""
    wv = make_table("clusters", 20_000, 50, seed=3)
    vectors = np.array(wv.vectors)
    vectors[100:140] = vectors[99]
    vectors[7], vectors[8] = 0, np.nan
    return WordVectors.from_words(wv.vocabulary.words(), vectors)
