"""Neighbours: the answer to a question about near words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload


class Neighbour(NamedTuple):
    """One word of an answer and its cosine similarity to the query (for ``3cosmul`` and ``lrcos``: its score).

    >>> Neighbour("queen", 0.71)
    Neighbour(word='queen', similarity=0.71)
    """

    word: str
    similarity: float


class Neighbours(Sequence[Neighbour]):
    """Words near to a query, best first. It cannot be changed.

    Args:
        query: the question as a person would write it.
        excluded: the words that were left out of the answer because they stand in the question.
        neighbours: pairs ``(word, similarity)``, best first.
        notes: what to know about the answer, such as a word of the question that another stood in for.

    >>> found = Neighbours("cat", ["cat"], [("dog", 0.922), ("monkey", 0.804)])
    >>> found
    cat  (left out: cat)
      dog     0.922
      monkey  0.804
    >>> found[0].word, len(found), [word for word, similarity in found]
    ('dog', 2, ['dog', 'monkey'])
    """

    __slots__ = ("_excluded", "_found", "_notes", "_query")

    def __init__(
        self,
        query: str,
        excluded: Iterable[str],
        neighbours: Iterable[tuple[str, float]],
        notes: Iterable[str] = (),
    ) -> None:
        self._query = query
        self._excluded = tuple(excluded)
        self._notes = tuple(notes)
        self._found = tuple(Neighbour(word, float(similarity)) for word, similarity in neighbours)

    @property
    def query(self) -> str:
        """The question as a person would write it."""
        return self._query

    @property
    def excluded(self) -> list[str]:
        """The words that were left out of the answer because they stand in the question (a copy)."""
        return list(self._excluded)

    @property
    def notes(self) -> list[str]:
        """What to know about the answer, such as a word of the question that another stood in for (a copy)."""
        return list(self._notes)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain dicts and lists.

        >>> Neighbours("cat", ["cat"], [("dog", 0.5)]).to_json()
        {'query': 'cat', 'excluded': ['cat'], 'neighbours': [{'word': 'dog', 'similarity': 0.5}]}
        """
        found = [{"word": word, "similarity": similarity} for word, similarity in self._found]
        answer = {"query": self._query, "excluded": list(self._excluded), "neighbours": found}
        return answer | ({"notes": list(self._notes)} if self._notes else {})

    @overload
    def __getitem__(self, place: int) -> Neighbour: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Neighbour, ...]: ...
    def __getitem__(self, place: int | slice) -> Neighbour | tuple[Neighbour, ...]:
        return self._found[place]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self._found)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Neighbours):
            return NotImplemented
        return (self._query, self._excluded, self._found) == (other._query, other._excluded, other._found)

    def __hash__(self) -> int:
        return hash((self._query, self._excluded, self._found))

    def __repr__(self) -> str:
        head = self._query
        if self._excluded:
            head += f"  (left out: {', '.join(self._excluded)})"
        head = "\n".join([head, *(f"  note: {note}" for note in self._notes)])
        if not self._found:
            return f"{head}\n  no neighbours"
        width = max(len(word) for word, _ in self._found)
        return "\n".join([head, *(f"  {word:<{width}}  {similarity:.3f}" for word, similarity in self._found)])
