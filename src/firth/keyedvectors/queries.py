"""gensim's questions: similarities, neighbours, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import OptionError
from firth.keyedvectors.base import Examples, Floats, K, Key, Part


class Queries(Part):
    """Similarities, neighbours and ranks."""

    __slots__ = ()

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

    def most_similar_to_given(self, key1: Key, keys_list: Sequence[K]) -> K:
        """Return that key of a list which is nearest to ``key1``; of equally near ones the first."""
        return keys_list[int(np.argmax([self.similarity(key1, key) for key in keys_list]))]

    def closer_than(self, key1: Key, key2: Key) -> list[str]:
        """Return all words that are nearer to ``key1`` than ``key2`` is, in row order.

        Both may be words that only the table's rule for missing ones has a vector for.
        """
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

    def rank_by_centrality(self, words: Sequence[K], use_norm: bool = True) -> list[tuple[float, K]]:
        """Return pairs (cosine with the mean of all, word), the most central first; missing words are left out."""
        from firth.search.dialect import by_centrality

        return by_centrality(self._table, words, use_norm)

    def doesnt_match(self, words: Sequence[K]) -> K:
        """Return the odd word out: the one furthest from the mean of all; missing words are passed over.

        Raises:
            OptionError: none of the words is in the table.

        >>> from firth import WordVectors
        >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0.2], [1, 0.3], [0, 1]])
        >>> wv.doesnt_match(["cat", "dog", "car"])
        'car'
        """
        return self.rank_by_centrality(words)[-1][1]

    def wmdistance(self, document1: Sequence[str], document2: Sequence[str], norm: bool = True) -> float:
        """Return the word mover's distance of two lists of words (Kusner et al. 2015); inf where one has none known.

        Raises:
            MissingExtraError: POT is not installed (``pip install 'firth[distance]'``).
        """
        from firth.operations.distance import wmdistance

        return wmdistance(self._table, document1, document2, norm)
