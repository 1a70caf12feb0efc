"""gensim's names for words, rows and their vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import MissingWordError
from firth.keyedvectors.base import Floats, Key, Part
from firth.vocabulary import IndexToKey, KeyToIndex

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors


def _unseen(table: WordVectors, word: str, norm: bool) -> NDArray[Any]:
    """Return the vector that the table's rule gives a word it lacks."""
    vector = table.lookup(word).vector
    if not norm:
        return vector
    from firth.search.scores import unit_query

    unit: NDArray[Any] = unit_query(vector, table.dim, f"the vector of {word!r}").astype(np.float32)
    unit.flags.writeable = False
    return unit


class Vectors(Part):
    """Words, rows and vectors."""

    __slots__ = ()

    @property
    def vector_size(self) -> int:
        """Numbers a vector: ``dim`` in gensim's word."""
        return self._table.dim

    @property
    def key_to_index(self) -> KeyToIndex:
        """The mapping word → row; no dict is built."""
        return KeyToIndex(self._table.vocabulary)

    @property
    def index_to_key(self) -> IndexToKey:
        """The sequence row → word; no list is built."""
        return IndexToKey(self._table.vocabulary)

    def get_index(self, key: Key, default: int | None = None) -> int:
        """Return the row of a word, or of a row's own number; ``default``, if given, where there is none.

        Raises:
            MissingWordError: there is none, and no default.
        """
        table = self._table
        if isinstance(key, str):
            row = table.vocabulary.get(key)
            if row is None and default is None:
                return table.row(key)  # raises, and offers near spellings
        else:
            row = int(key) if 0 <= int(key) < len(table) else None
            if row is None and default is None:
                raise MissingWordError(str(key), (), len(table))
        return default if row is None else row  # type: ignore[return-value]

    def has_index_for(self, key: Key) -> bool:
        """Tell whether a word, or a row of that number, is in the table."""
        return self.get_index(key, -1) >= 0

    def __getitem__(self, key_or_keys: Key | Iterable[Key]) -> NDArray[Any]:
        """Return the stored vector of a word or row, read-only; of several, as an array ``(n, dim)``.

        A word that the table lacks follows the table's rule for such words (see :meth:`firth.WordVectors.lookup`):
        where there are subwords, it gets a vector as gensim's FastText gives it.

        Raises:
            MissingWordError: a word is not in the table.
        """
        if isinstance(key_or_keys, str | int | np.integer):
            return self.get_vector(key_or_keys)
        keys = list(key_or_keys)
        if self._table.oov and not all(map(self.has_index_for, keys)):
            return np.stack([self.get_vector(key) for key in keys])
        return np.asarray(self._table.vectors[[self.get_index(key) for key in keys]])

    def get_vector(self, key: Key, norm: bool = False) -> NDArray[Any]:
        """Return the vector of a word or row, scaled to length one if ``norm``; read-only, of shape ``(dim,)``.

        Raises:
            MissingWordError: the word is not in the table.
            ZeroVectorError: it should be scaled, but has no direction.
        """
        if isinstance(key, str) and self._table.oov and key not in self._table:
            return _unseen(self._table, key, norm)
        row = self.get_index(key)
        if not norm:
            vector: NDArray[Any] = self._table.vectors[row]
            return vector
        unit: NDArray[Any] = self._table.unit_rows([row])[0]
        unit.flags.writeable = False
        return unit

    word_vec = get_vector

    def get_normed_vectors(self) -> Floats:
        """Return all vectors scaled to length one: a float32 copy ``(n_words, dim)``; NaN without direction."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self._table.vectors / self._table.norms[:, None], np.float32)

    def get_vecattr(self, key: Key, attr: str) -> int:
        """Return the count of a word; ``"count"`` is the only attribute that a table keeps.

        Raises:
            KeyError: another attribute, or the counts are not known.
        """
        row = self.get_index(key)
        if attr != "count" or self._table.counts is None:
            known = "only 'count'" if self._table.counts is not None else "none"
            raise KeyError(f"the table keeps no {attr!r} of its words; it keeps {known}")
        return int(self._table.counts[row])

    def vectors_for_all(
        self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> WordVectors:
        """Return a table of the given words alone, each once, in their order; words without a vector are passed over.

        Args:
            keys: the words.
            allow_inference: also take words that the table's rule for missing ones has a vector for.
            copy_vecattrs: take the counts along (0 for inferred words).
        """
        from firth.search.dialect import has_vector
        from firth.wordvectors import WordVectors

        table = self._table
        known = has_vector if allow_inference else lambda wv, key: wv.has_index_for(key)
        words = [key if isinstance(key, str) else table.vocabulary[int(key)] for key in keys if known(table, key)]
        words = list(dict.fromkeys(words))
        vectors = np.stack([table.get_vector(word) for word in words]) if words else table.vectors[:0]
        rows = table.vocabulary.rows(words)
        counts = None if table.counts is None or not copy_vecattrs else np.where(rows < 0, 0, table.counts[rows])
        recipe = {"kind": "vectors for given words", "of": table.recipe}
        return WordVectors.from_words(words, vectors, counts=counts, recipe=recipe)

    def get_mean_vector(
        self,
        keys: Sequence[Key | NDArray[Any]],
        weights: ArrayLike | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> Floats:
        """Return the weighted mean of words (as unit vectors if ``pre_normalize``) and raw vectors, float32.

        The sum is divided by the sum of the absolute weights.

        Raises:
            OptionError: there are no keys, or not as many weights as keys.
            MissingWordError: a word is missing and ``ignore_missing`` is False.
        """
        from firth.search.dialect import mean_vector

        return mean_vector(self._table, keys, weights, pre_normalize, post_normalize, ignore_missing)
