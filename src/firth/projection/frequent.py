"""Which words a picture shows when nobody names any: the most frequent that carry meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from firth.lengths import directed

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: English words that say how a sentence is built, not what it is about.
_FUNCTION_WORDS = """
    a about above across after again against all almost along already also although always am among an and another any
    anyone anything are aren't around as at away back be became because been before began behind being below between
    both but by came can can't cannot could did didn't do does doesn't doing don't done down during each either else
    enough et etc even ever every everyone everything few for from further gave get gets getting give given gives
    go goes going gone got had hadn't has hasn't have haven't having he her here hers herself him himself his how
    however i if in indeed instead into is isn't it it's its itself just kept know known less let let's like likely
    made make makes making many may maybe me might mine more most much must my myself near nearly need needs neither
    never new next no nobody none nor not nothing now nowhere of off often on once one ones only onto or other others
    otherwise ought our ours ourselves out over own per perhaps please put quite rather really said same saw say says
    see seem seemed seems seen set several shall she should shouldn't since so some somebody someone something
    sometimes somewhere still such take taken takes taking than that that's the their theirs them themselves then
    there thereby therefore these they thing things this those though through throughout thus to together too took
    toward towards two under unless until up upon us use used uses using usually very via want was wasn't way we well
    went were weren't what whatever when whenever where wherever whether which while who whole whom whose why will
    with within without won't would wouldn't yes yet you your yours yourself
"""

#: The same as a set.
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


def frequent_words(wv: WordVectors, n: int = 60) -> list[str]:
    """Return the first ``n`` words of a table that consist of three or more letters and are no English function words.

    Tables are ordered by frequency, so the first are the most frequent. A word that differs from an earlier one only in
    case, or that has no direction, is passed over. In scripts without upper and lower case one letter is a word enough.
    Where fewer than two words are left, the first of any kind are taken.

    >>> from firth.wordvectors import WordVectors
    >>> frequent_words(WordVectors.from_words(["the", ",", "Cat", "cat", "of", "dog", "1984"], [[1, 1]] * 7))
    ['Cat', 'dog']
    """
    chosen = _first(wv, n, lambda word: _has_letters(word) and word.casefold() not in FUNCTION_WORDS)
    return chosen if len(chosen) >= 2 else _first(wv, n, bool)


def _first(wv: WordVectors, n: int, wanted: Callable[[str], bool]) -> list[str]:
    chosen: dict[str, str] = {}
    good = directed(wv.norms)
    for row in range(len(wv)):
        if len(chosen) == n:
            break
        word = wv.vocabulary[row]
        if good[row] and wanted(word):
            chosen.setdefault(word.casefold(), word)
    return list(chosen.values())


def _has_letters(word: str) -> bool:
    return word.isalpha() and (len(word) >= 3 or word.lower() == word.upper())
