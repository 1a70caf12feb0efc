"""What a running word is, in any script: letters and digits with the marks that belong to them."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

#: What joins letters without being one: zero-width joiner and non-joiner.
JOINERS = "\u200c\u200d"


@cache
def marks() -> str:
    """Return all combining marks (Unicode's M) as ranges for a character class of :mod:`re`; ``\\w`` has none."""
    places = [*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)]  # no mark stands elsewhere
    kinds = map(unicodedata.category, map(chr, places))
    found = np.array([place for place, kind in zip(places, kinds, strict=True) if kind[0] == "M"])
    first = found[np.flatnonzero(np.diff(found, prepend=-2) > 1)]
    last = found[np.flatnonzero(np.diff(found, append=found[-1] + 2) > 1)]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(first.tolist(), last.tolist(), strict=True))


def composed(word: str) -> str:
    """Return a word with its accents composed (Unicode's NFC), however they were written.

    >>> composed("Cafe\u0301") == "Café"
    True
    """
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def folded(word: str) -> str:
    """Return what spellings of one word have in common: lower case, accents composed (Unicode's NFC).

    >>> folded("Cafe\u0301") == folded("café")
    True
    """
    return composed(word.lower())


@cache
def word_pattern() -> str:
    """Return the pattern of a running word: letters and digits with their marks, apostrophes and hyphens inside.

    >>> import re
    >>> re.findall(word_pattern(), "Don't panic: हिन्दी, state-of-the-art!")
    ["Don't", 'panic', 'हिन्दी', 'state-of-the-art']
    """
    # the look ahead spares plain text the search through the marks
    letters = rf"\w+(?:(?=[^\x00-\u02ff])[{JOINERS}{marks()}]\w*)*"
    return rf"{letters}(?:['’\-]{letters})*"
