"""gensim's ``KeyedVectors`` dialect, so that a script moves by changing its import.

Names, arguments and shapes of results are those of gensim 4. What differs, on purpose:

* a missing word raises :class:`~firth.errors.MissingWordError` (a ``KeyError``) that offers near spellings;
* a query without direction raises :class:`~firth.errors.ZeroVectorError` where gensim answers with arbitrary words, and
  a row without direction is nobody's neighbour where gensim sorts its NaN anywhere;
* ``rank``, ``closer_than`` and ``distances`` to given words answer for unseen words under the table's rule, where
  gensim's FastText raises; ``get_index``, ``has_index_for`` and ``get_vecattr`` ask for a row of the word's own;
* of equal similarities the lower row comes first, where gensim leaves the order open;
* ``get_vecattr(word, "count")`` raises where counts are not known, instead of making them up; a number is no key of
  ``in``; ``index_to_key`` and ``key_to_index`` are views, ``list`` and ``dict`` of them are copies;
* ``evaluate_word_analogies`` heeds ``similarity_function``;
* numbers are Python floats, rounded from float64; norms, counts and words cannot be changed: a method that would do so
  raises :class:`~firth.errors.ImmutableError` and says how to make another table.
"""

from __future__ import annotations

from typing import Any, NoReturn

from firth.errors import ImmutableError
from firth.keyedvectors.base import Example, Examples, Key
from firth.keyedvectors.exchange import Exchange
from firth.keyedvectors.queries import Queries
from firth.keyedvectors.vectors import Vectors

__all__ = ["Example", "Examples", "Key", "KeyedVectorsDialect"]


class KeyedVectorsDialect(Vectors, Queries, Exchange):
    """The names, arguments and result shapes of gensim's ``KeyedVectors``, on an immutable table."""

    __slots__ = ()

    def _immutable(self, *_: Any, **__: Any) -> NoReturn:
        raise ImmutableError(
            "a table never changes once made; make another one: "
            "WordVectors.from_words([*wv.index_to_key, ...], numpy.vstack([wv.vectors, ...]))"
        )

    __setitem__ = __delitem__ = add_vector = add_vectors = set_vecattr = _immutable
    sort_by_descending_frequency = resize_vectors = allocate_vecattrs = unit_normalize_all = _immutable
    intersect_word2vec_format = _immutable
