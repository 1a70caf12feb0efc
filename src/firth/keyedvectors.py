"""gensim's ``KeyedVectors`` dialect, so that a script moves by changing its import.

Names, arguments and shapes of results are those of gensim 4. What differs, on purpose:

* a missing word raises :class:`~firth.errors.MissingWordError` (a ``KeyError``) that offers near spellings;
* a query without direction raises :class:`~firth.errors.ZeroVectorError` where gensim answers with arbitrary words, and
  a row without direction is nobody's neighbour where gensim sorts its NaN anywhere;
* of equal similarities the lower row comes first, where gensim leaves the order open;
* numbers are Python floats, rounded from float64; norms, counts and words cannot be changed: a method that would do so
  raises :class:`~firth.errors.ImmutableError` and says how to make another table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import ImmutableError, MissingWordError, OptionError
from firth.vocabulary import IndexToKey, KeyToIndex

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

Floats = NDArray[np.float32]
#: A word, or the number of its row.
Key = str | int | np.integer[Any]
#: What gensim takes as an example: a key, a vector, or one of these with its weight.
Example = Key | NDArray[Any] | tuple[Key | NDArray[Any], float]
Examples = Example | Sequence[Example] | None


def _unseen(table: WordVectors, word: str, norm: bool) -> NDArray[Any]:
    """Return the vector that the table's rule gives a word it lacks."""
    vector = table.lookup(word).vector
    if not norm:
        return vector
    from firth.search.scores import unit_query

    unit: NDArray[Any] = unit_query(vector, table.dim, f"the vector of {word!r}").astype(np.float32)
    unit.flags.writeable = False
    return unit


class KeyedVectorsDialect:
    """The names, arguments and result shapes of gensim's ``KeyedVectors``, on an immutable table."""

    __slots__ = ()

    @property
    def _table(self) -> WordVectors:
        return self  # type: ignore[return-value]

    # -- words, rows, vectors -----------------------------------------------------------------------------------

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

    # -- similarities -------------------------------------------------------------------------------------------

    def similarity(self, w1: Key, w2: Key) -> float:
        """Return the cosine of two words.

        Raises:
            MissingWordError: a word is not in the table.
            ZeroVectorError: one has no direction.
        """
        from firth.search.dialect import similarity

        return similarity(self._table, w1, w2)

    def distance(self, w1: Key, w2: Key) -> float:
        """Return one minus the cosine of two words."""
        return 1.0 - self.similarity(w1, w2)

    def n_similarity(self, ws1: Sequence[Key], ws2: Sequence[Key]) -> float:
        """Return the cosine of the means of two lists of words.

        Raises:
            OptionError: a list is empty.
        """
        from firth.search.dialect import n_similarity

        return n_similarity(self._table, ws1, ws2)

    @staticmethod
    def cosine_similarities(vector_1: ArrayLike, vectors_all: ArrayLike) -> NDArray[Any]:
        """Return the cosine of one vector with each row of an array; NaN where a row has no direction."""
        one, every = np.asarray(vector_1), np.asarray(vectors_all)
        with np.errstate(invalid="ignore", divide="ignore"):
            lengths = np.linalg.norm(one) * np.linalg.norm(every, axis=1)
            return np.asarray(np.dot(every, one) / lengths)

    def distances(self, word_or_vector: Key | NDArray[Any], other_words: Sequence[Key] = ()) -> Floats:
        """Return one minus the cosine with ``other_words``, or with all: float32; NaN where there is no direction."""
        from firth.search.dialect import distances

        return distances(self._table, word_or_vector, other_words)

    def most_similar(
        self,
        positive: Examples = None,
        negative: Examples = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        indexer: Any = None,
    ) -> Any:
        """Return the words nearest to the mean of positive examples and, turned round, negative ones.

        Examples are words or rows (taken as unit vectors), raw vectors (taken as they are), or pairs of one of these
        and a weight. Words and rows among them are left out of the answer.

        Args:
            positive, negative: one example or a list of them.
            topn: how many; None for the cosines of all candidates, float32, as gensim gives them.
            clip_start, clip_end: only rows from ``clip_start`` to ``clip_end`` are candidates.
            restrict_vocab: only the first so many rows are candidates; goes before the clips.
            indexer: an object with ``most_similar(vector, topn)`` that answers instead.

        Returns:
            Pairs ``(word, cosine)``, best first; of equal cosines the lower row comes first.

        Raises:
            MissingWordError: a word is not in the table.
            OptionError: there are no examples.
            ZeroVectorError: an example or the mean has no direction.
        """
        from firth.search.dialect import most_similar

        return most_similar(
            self._table, positive, negative, topn, clip_start, clip_end, restrict_vocab=restrict_vocab, indexer=indexer
        )

    def most_similar_batch(
        self, queries: Sequence[Key] | NDArray[Any], topn: int = 10
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest words of many queries, as :meth:`most_similar` gives them one by one, much faster.

        Args:
            queries: words or rows, each left out of its own answer, or an array of vectors of shape ``(n, dim)``.
            topn: how many words each.

        Raises:
            MissingWordError: a word is not in the table.
            ShapeError: the array does not fit the table.
            ZeroVectorError: a query has no direction.

        >>> from firth import WordVectors
        >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0.2], [1, 0.3], [0, 1]])
        >>> [[word for word, _ in found] for found in wv.most_similar_batch(["cat", "car"], topn=1)]
        [['dog'], ['dog']]
        """
        from firth.search.batch import most_similar_batch

        return most_similar_batch(self._table, queries, topn)

    def similar_by_word(self, word: Key, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """Return the words nearest to one word."""
        return self.most_similar(positive=[word], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_key = similar_by_word

    def similar_by_vector(self, vector: NDArray[Any], topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """Return the words nearest to a vector."""
        return self.most_similar(positive=[np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_cosmul(
        self,
        positive: Examples = None,
        negative: Examples = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Any:
        """Return the words with the best product of (1 + cosine) / 2 over positives, divided by that of negatives.

        The 3CosMul of Levy and Goldberg (2014). ``restrict_vocab`` is heeded, where gensim 4 passes over it.
        """
        from firth.search.dialect import most_similar_cosmul

        return most_similar_cosmul(self._table, positive, negative, topn, restrict_vocab)

    def most_similar_to_given(self, key1: Key, keys_list: Sequence[Key]) -> Key:
        """Return that key of a list which is nearest to ``key1``; of equally near ones the first."""
        return keys_list[int(np.argmax([self.similarity(key1, key) for key in keys_list]))]

    def closer_than(self, key1: Key, key2: Key) -> list[str]:
        """Return all words that are nearer to ``key1`` than ``key2`` is, in row order."""
        from firth.search.dialect import closer_rows

        vocabulary = self._table.vocabulary
        return [vocabulary[int(row)] for row in closer_rows(self._table, key1, key2)]

    words_closer_than = closer_than

    def rank(self, key1: Key, key2: Key) -> int:
        """Return the place of ``key2`` among the neighbours of ``key1``, from 1."""
        from firth.search.dialect import closer_rows

        return len(closer_rows(self._table, key1, key2)) + 1

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """Return the cosine of two words, divided by the sum of those of the ``topn`` nearest to ``wa``.

        Synonyms tend to have more than 1 / topn (Leeuwenberg et al. 2016).
        """
        found = self.similar_by_word(wa, topn)
        if not found:
            raise OptionError(f"{wa!r} has no neighbours to compare with")
        return self.similarity(wa, wb) / float(sum(similarity for _, similarity in found))

    def rank_by_centrality(self, words: Sequence[Key], use_norm: bool = True) -> list[tuple[float, Key]]:
        """Return pairs (cosine with the mean of all, word), the most central first; missing words are left out."""
        from firth.search.dialect import by_centrality

        return by_centrality(self._table, words, use_norm)

    def doesnt_match(self, words: Sequence[Key]) -> Key:
        """Return the odd word out: the one furthest from the mean of all; missing words are passed over.

        Raises:
            OptionError: none of the words is in the table.

        >>> from firth import WordVectors
        >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0.2], [1, 0.3], [0, 1]])
        >>> wv.doesnt_match(["cat", "dog", "car"])
        'car'
        """
        return self.rank_by_centrality(words)[-1][1]

    # -- evaluation ---------------------------------------------------------------------------------------------

    def evaluate_word_pairs(
        self,
        pairs: str | os.PathLike[str],
        delimiter: str = "\t",
        encoding: str = "utf8",
        restrict_vocab: int = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> Any:
        """Return (Pearson, p), (Spearman, p) and the percentage of pairs with unknown words, under gensim's rule."""
        from firth.evaluation.dialect import evaluate_word_pairs

        return evaluate_word_pairs(
            self._table, pairs, delimiter, encoding, restrict_vocab, case_insensitive, dummy4unknown
        )

    def evaluate_word_analogies(
        self,
        analogies: str | os.PathLike[str],
        restrict_vocab: int = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> Any:
        """Return the share of right answers and the sections with their questions, under gensim's rule."""
        from firth.evaluation.dialect import evaluate_word_analogies

        return evaluate_word_analogies(
            self._table, analogies, restrict_vocab, case_insensitive, dummy4unknown, similarity_function
        )

    # -- files and gensim itself --------------------------------------------------------------------------------

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | os.PathLike[str],
        fvocab: str | os.PathLike[str] | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
        limit: int | None = None,
        datatype: Any = np.float32,
        no_header: bool = False,
    ) -> WordVectors:
        """Read a word2vec or GloVe file; ``fvocab`` names a file of lines ``word count``.

        Words that are not UTF-8 are read and kept as they are, whatever ``unicode_errors`` says.

        Raises:
            FormatError: the file is not what it should be.
            OptionError: another encoding than UTF-8, or a datatype other than float32 or float16.
        """
        from firth.formats.dialect import load_word2vec_format

        return load_word2vec_format(
            fname, fvocab, binary, encoding, limit=limit, datatype=datatype, no_header=no_header
        )

    def save_word2vec_format(
        self,
        fname: str | os.PathLike[str],
        fvocab: str | os.PathLike[str] | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Write the table in word2vec's text or binary form, most frequent words first where counts are known.

        Raises:
            OptionError: ``append``, or a ``total_vec`` other than the number of words: files are written whole.
        """
        from firth.formats.dialect import save_word2vec_format

        save_word2vec_format(
            self._table, fname, fvocab, binary, total_vec, write_header=write_header, prefix=prefix, append=append,
            sort_attr=sort_attr,
        )  # fmt: skip

    def to_gensim(self) -> Any:
        """Return the table as a ``gensim.models.KeyedVectors``, which shares no memory with it.

        Raises:
            MissingExtraError: gensim is not installed.
        """
        from firth.formats.dialect import to_gensim

        return to_gensim(self._table)

    @classmethod
    def from_gensim(cls, keyed_vectors: Any) -> WordVectors:
        """Make a table from a ``gensim.models.KeyedVectors``; a copy, counts included."""
        from firth.formats.dialect import from_gensim

        return from_gensim(keyed_vectors)

    def fill_norms(self, force: bool = False) -> None:
        """Do nothing: the norms are always there."""

    # -- what an immutable table has not ------------------------------------------------------------------------

    def _immutable(self, *_: Any, **__: Any) -> NoReturn:
        raise ImmutableError(
            "a table never changes once made; make another one: "
            "WordVectors.from_words([*wv.index_to_key, ...], numpy.vstack([wv.vectors, ...]))"
        )

    __setitem__ = __delitem__ = add_vector = add_vectors = set_vecattr = _immutable
    sort_by_descending_frequency = resize_vectors = allocate_vecattrs = unit_normalize_all = _immutable
    init_sims = intersect_word2vec_format = _immutable
