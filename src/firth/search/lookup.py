"""The vector of a word that the table may lack, under the table's rule for such words.

=========  =========================================================================================================
error      there is none: :class:`~firth.errors.MissingWordError` (the rule of tables without subwords)
subwords   the vector that the word's n-grams give it (the rule of tables that have them)
case       the vector of the first word that differs in case alone, else in case and accents
spelling   the vector of the nearest spelling: at most two letters changed, added, dropped or swapped
=========  =========================================================================================================

Rules are tried in the order given; the answer says which was used, and which word stood in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from firth.errors import MissingWordError, OptionError

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: The rules by name; ``"error"`` is the empty list of them.
RULES = ("subwords", "case", "spelling")


class Found(NamedTuple):
    """The vector of a word, and where it comes from.

    Attributes:
        word: the word that was asked for.
        vector: read-only, of shape ``(dim,)``.
        how: ``"table"`` where the word has a row of its own, else the rule: ``"subwords"``, ``"case"``, ``"spelling"``.
        stand_in: the word of the table whose vector this is; None for subwords.
        row: its row; None for subwords.
    """

    word: str
    vector: NDArray[Any]
    how: str
    stand_in: str | None
    row: int | None

    def __str__(self) -> str:
        if self.how == "table":
            return f"{self.word!r} stands in row {self.row}"
        if self.how == "subwords":
            return f"{self.word!r} is not in the table; its vector comes from its subwords"
        difference = "in case or accents" if self.how == "case" else "least in spelling"
        return f"{self.word!r} is not in the table; {self.stand_in!r} stands in, which differs {difference}"


def notes(words: Iterable[Found]) -> list[str]:
    """Return a sentence for each word that is not in the table, which says where its vector comes from."""
    return [str(found) for found in words if found.how != "table"]


def rules(wv: WordVectors, oov: str | Sequence[str]) -> tuple[str, ...]:
    """Return one rule or several as a tuple; ``"error"`` gives the empty one.

    Raises:
        OptionError: there is no rule, one is not known or comes twice, ``"error"`` stands beside another, or a rule
            needs subwords that the table has not.
    """
    asked = (oov,) if isinstance(oov, str) else tuple(oov) if isinstance(oov, Iterable) else (oov,)
    if asked == ("error",):
        return ()
    choice = f"choose 'error' alone, or some of {', '.join(map(repr, RULES))}"
    if not asked:
        raise OptionError(f"no rule for missing words is given; {choice}")
    unknown = [rule for rule in asked if rule not in (*RULES, "error")]
    if unknown:
        raise OptionError(f"the rule {unknown[0]!r} for missing words is not known; {choice}")
    if len(set(asked)) < len(asked) or "error" in asked:
        raise OptionError(f"the rules {asked!r} for missing words do not go together; {choice}, each once")
    if "subwords" in asked and wv.subwords is None:
        raise OptionError("the table has no subwords; open a fastText .bin, or choose 'case', 'spelling' or 'error'")
    return asked


def lookup(wv: WordVectors, word: str, oov: str | Sequence[str] | None = None) -> Found:
    """Return the vector of ``word`` and where it comes from (see :meth:`firth.WordVectors.lookup`)."""
    if not isinstance(word, str):
        raise OptionError(f"{word!r} is no word; expected a string")
    row = wv.vocabulary.get(word)
    if row is not None:
        return Found(word, wv.vectors[row], "table", word, row)
    for rule in wv.oov if oov is None else rules(wv, oov):
        if rule == "subwords":
            vector = None if wv.subwords is None else wv.subwords.vector(word)
            if vector is not None:
                vector.flags.writeable = False
                return Found(word, vector, rule, None, None)
            continue
        row = _same_letters(wv, word) if rule == "case" else _near_spelling(wv, word)
        if row is not None:
            return Found(word, wv.vectors[row], rule, wv.vocabulary[row], row)
    return _missing(wv, word)


def _missing(wv: WordVectors, word: str) -> Found:
    wv.row(word)  # raises, and offers near spellings
    raise MissingWordError(word, (), len(wv))


def _near_spelling(wv: WordVectors, word: str) -> int | None:
    from firth.search.spelling import suggest

    near = suggest(wv.vocabulary, word, 1)
    return wv.vocabulary.get(near[0]) if near else None


def _same_letters(wv: WordVectors, word: str) -> int | None:
    """Return the row of a word that differs in case alone, else in case and accents; the first of several."""
    variants = [word.lower(), word.capitalize(), word.upper(), word.title()]
    rows = [row for row in map(wv.vocabulary.get, variants) if row is not None]
    if rows:
        return min(rows)
    forms: dict[str, int] = wv._search_state.get("forms") or _remember_forms(wv)
    from firth.search.spelling import without_accents

    folded = forms.get(word.casefold())
    return folded if folded is not None else forms.get("\0" + without_accents(word))


def _remember_forms(wv: WordVectors) -> dict[str, int]:
    """Enter every word's form without case, and after a NUL the one without accents too, with its first row."""
    from firth.search.spelling import without_accents

    forms: dict[str, int] = {}
    for row, other in enumerate(wv.vocabulary.words()):
        forms.setdefault(other.casefold(), row)
        forms.setdefault("\0" + without_accents(other), row)
    wv._search_state["forms"] = forms
    return forms
