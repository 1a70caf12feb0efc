"""Near spellings of a word that a table lacks, found in a tenth of a second without the compiler.

Three steps, each on fewer words: the set of letters in each word as 32 bits, compared for all words at once; the
Damerau-Levenshtein distance (a letter changed, added, dropped, or two neighbours swapped: Damerau 1964, in the form
that touches no letter twice) for the few that are left, all at once; and the plain forms of those that are near.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from firth.vocabulary import Vocabulary

#: Words whose letters are looked at together, so that tables of millions need little memory.
_BLOCK = 500_000

#: Longer words are not compared: they are not misspelt words.
_LONGEST = 64

#: The bit of each byte: by its five low bits, so that ASCII letters of either case share one. The first byte of a
#: longer letter has none: most letters of a script have it alike.
_BITS = np.left_shift(np.uint32(1), np.arange(256, dtype=np.uint32) & np.uint32(31))
_BITS[0xC0:] = 0
_JOINTS = dict.fromkeys(map(ord, "-_ \u00a0\u2010\u2011\u00ad"))


def plain_form(word: str) -> str:
    """Return a word without case, accents, hyphens, underscores and blanks.

    >>> plain_form("Café-Crème"), plain_form("new_york")
    ('cafecreme', 'newyork')
    """
    return without_accents(word).translate(_JOINTS)


def without_accents(word: str) -> str:
    """Return a word without case and accents.

    >>> without_accents("Café")
    'cafe'
    """
    folded = word.casefold()
    if folded.isascii():
        return folded
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


def suggest(vocabulary: Vocabulary, word: str, limit: int = 3) -> tuple[str, ...]:
    """Return words with nearly the spelling of ``word``, best first, at most ``limit``.

    Words that differ only in case, accents, hyphens, underscores or blanks come first; then the nearest by letters
    changed, added, dropped or swapped; of equally near words the more frequent (lower row).

    >>> from firth.vocabulary import Vocabulary
    >>> suggest(Vocabulary.from_words(["the", "café", "cage", "care"]), "Cafe")
    ('café', 'cage', 'care')
    """
    if not 0 < len(word) <= _LONGEST or len(vocabulary) == 0 or limit < 1:
        return ()
    allowed = 1 if len(word) < 4 else 2
    near = _near_rows(vocabulary, word, allowed)
    if len(near) == 0:
        return ()
    wanted_form, wanted = plain_form(word), without_accents(word)
    words = [vocabulary[int(row)] for row in near]
    letters = [without_accents(other) for other in words]
    distances = damerau(wanted, letters)
    ranked = []
    for row, other, distance in zip(near.tolist(), words, distances.tolist(), strict=True):
        if other == word:
            continue
        if plain_form(other) == wanted_form:
            ranked.append((-1, row, other))
        elif distance <= allowed:
            ranked.append((distance, row, other))
    return tuple(other for _, _, other in sorted(ranked)[:limit])


def _near_rows(vocabulary: Vocabulary, word: str, allowed: int) -> NDArray[np.int64]:
    """Return the rows of words whose sets of letters and lengths could be within ``allowed`` edits of ``word``."""
    raw = np.frombuffer(word.casefold().encode("utf-8", "surrogatepass"), np.uint8)
    width = max(2, max(len(letter.encode("utf-8", "surrogatepass")) for letter in word))  # bytes a letter
    joints = sum(character in "-_ " for character in word)
    wanted = np.bitwise_or.reduce(_BITS[raw])
    longer = (allowed + 1) * width + joints
    differing_most = 2 * allowed * (width - 1) + 2 * (joints > 0)  # one letter for another: at most so many bits
    found = []
    offsets = vocabulary.offsets
    for start in range(0, len(vocabulary), _BLOCK):
        ends = offsets[start : start + _BLOCK + 1]
        lengths = np.diff(ends)
        rows = np.flatnonzero(np.abs(lengths - len(raw)) <= longer)
        rows = rows[lengths[rows] > 0]
        if len(rows) == 0:
            continue
        # the letters of all words at once; reduceat needs no empty words, and those are never near
        filled = np.flatnonzero(lengths > 0)
        bits = _BITS[vocabulary.blob[int(ends[0]) : int(ends[-1])]]
        sets = np.zeros(len(lengths), np.uint32)
        sets[filled] = np.bitwise_or.reduceat(bits, ends[filled] - ends[0])
        differing = np.bitwise_count(sets[rows] ^ wanted)
        found.append(rows[differing <= differing_most] + start)
    return np.concatenate(found) if found else np.empty(0, np.int64)


def damerau(word: str, others: list[str]) -> NDArray[np.int64]:
    """Return how many edits lead from ``word`` to each of ``others``, int64 of shape ``(len(others),)``.

    An edit changes, adds or drops one letter, or swaps two neighbours.

    >>> damerau("form", ["from", "forms", "for", "farm", "cat"])
    array([1, 1, 1, 1, 4])
    """
    longest = max(map(len, others), default=0)
    table = np.zeros((longest, len(others)), np.uint32)  # column i: the letters of word i, padded with zeros
    for column, other in enumerate(others):
        table[: len(other), column] = np.frombuffer(other.encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.array([len(other) for other in others], np.int64)
    letters = np.frombuffer(word.encode("utf-32-le", "surrogatepass"), np.uint32)
    # rows[j] = distance between the first i letters of word and the first j letters of every other word
    before = np.zeros((longest + 1, len(others)), np.int16)
    above = np.repeat(np.arange(longest + 1, dtype=np.int16)[:, None], len(others), axis=1)
    for i, letter in enumerate(letters):
        row = np.empty_like(above)
        row[0] = i + 1
        for j in range(longest):
            cost = table[j] != letter
            row[j + 1] = np.minimum(np.minimum(above[j + 1], row[j]) + 1, above[j] + cost)
            if i and j:
                swapped = (table[j] == letters[i - 1]) & (table[j - 1] == letter)
                row[j + 1] = np.where(swapped, np.minimum(row[j + 1], before[j - 1] + 1), row[j + 1])
        before, above = above, row
    return above[ends, np.arange(len(others))].astype(np.int64)
