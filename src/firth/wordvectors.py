"""WordVectors: the one table that everything in firth makes or reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import MissingWordError, ShapeError, ZeroVectorError
from firth.keyedvectors import KeyedVectorsDialect
from firth.lengths import UNDIRECTED, directed, row_norms
from firth.report import LoadReport
from firth.vocabulary import Vocabulary, read_only

if TYPE_CHECKING:
    from pathlib import Path

    from firth.evaluation import Score
    from firth.evaluation.scoring import Which
    from firth.projection import Picture
    from firth.search import Neighbours
    from firth.search.lookup import Found
    from firth.search.quantised import Quantised
    from firth.subwords import Subwords

Floats = NDArray[np.float32]


class WordVectors(KeyedVectorsDialect):
    """A vocabulary × a matrix, with norms and a recipe. It never changes once made.

    Row ``i`` of the matrix is the vector of word ``i``. Rows keep the length that their source gave them; their norms
    are stored beside them, so that no search needs a second copy of the matrix. A row of zeros, or with a NaN, is
    nobody's neighbour.

    Args:
        vocabulary: the words, in row order.
        vectors: float32 or float16 of shape ``(n_words, dim)``; kept as it is, not copied.
        norms: length of every row, float32 of shape ``(n_words,)``; None to compute them.
        counts: how often each word stood in the corpus, int64 of shape ``(n_words,)``; None where not known.
        recipe: where the table came from, as plain JSON values.
        report: what the reader found in the file.
        quantised: int8 rows for certified exact search; None where there are none.
        subwords: rows of n-grams, which give words that the table lacks a vector; None where there are none.

    Raises:
        ShapeError: the arrays do not fit each other.

    >>> wv = WordVectors.from_words(["cat", "dog", "car"], [[1, 0.2], [1, 0.3], [0, 1]])
    >>> wv
    <WordVectors: 3 words x 2, float32>
    >>> wv["cat"]
    array([1. , 0.2], dtype=float32)
    >>> [word for word, similarity in wv.most_similar("cat")]
    ['dog', 'car']
    """

    __slots__ = (
        "_counts",
        "_norms",
        "_oov",
        "_quantised",
        "_recipe",
        "_report",
        "_search_state",
        "_subwords",
        "_vectors",
        "_vocabulary",
    )

    def __init__(
        self,
        vocabulary: Vocabulary,
        vectors: NDArray[Any],
        *,
        norms: Floats | None = None,
        counts: NDArray[np.int64] | None = None,
        recipe: Mapping[str, Any] | None = None,
        report: LoadReport | None = None,
        quantised: Quantised | None = None,
        subwords: Subwords | None = None,
    ) -> None:
        if vectors.ndim != 2 or vectors.dtype not in (np.float32, np.float16):
            raise ShapeError(
                f"vectors are {vectors.dtype} of shape {vectors.shape}; expected float32 or float16 of shape "
                "(n_words, dim)"
            )
        for name, array in (("vectors", vectors), ("norms", norms), ("counts", counts)):
            if array is not None and len(array) != len(vocabulary):
                raise ShapeError(f"{name} has {len(array):,} rows for a vocabulary of {len(vocabulary):,} words")
        if subwords is not None and subwords.dim != vectors.shape[1]:
            raise ShapeError(f"subwords have {subwords.dim} numbers a row where the words have {vectors.shape[1]}")
        self._vocabulary = vocabulary
        self._vectors = read_only(vectors)
        self._norms = read_only(row_norms(vectors) if norms is None else norms)
        self._counts = None if counts is None else read_only(counts)
        self._recipe = dict(recipe or {})
        self._report = report
        self._quantised = quantised
        self._subwords = subwords
        self._oov: tuple[str, ...] = () if subwords is None else ("subwords",)
        self._search_state: dict[str, Any] = {}  # what the search room remembers about this table, never a copy of it

    @classmethod
    def from_words(
        cls,
        words: Iterable[str],
        vectors: ArrayLike,
        *,
        counts: Sequence[int] | NDArray[np.int64] | None = None,
        recipe: Mapping[str, Any] | None = None,
    ) -> WordVectors:
        """Make a table from words and an array of shape ``(n_words, dim)``; float16 stays, all else becomes float32.

        Raises:
            DuplicateWordError: a word comes twice.
            ShapeError: the array does not fit the words.

        >>> WordVectors.from_words(["a", "b"], np.eye(2)).vectors.dtype
        dtype('float32')
        """
        matrix = np.asarray(vectors)
        if matrix.dtype != np.float16:
            matrix = np.ascontiguousarray(matrix, np.float32)
        known = None if counts is None else np.asarray(counts, np.int64)
        return cls(Vocabulary.from_words(words), matrix, counts=known, recipe=recipe)

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def vocabulary(self) -> Vocabulary:
        """The words, in row order."""
        return self._vocabulary

    @property
    def vectors(self) -> NDArray[Any]:
        """The matrix, read-only, float32 or float16 of shape ``(n_words, dim)``."""
        return self._vectors

    @property
    def norms(self) -> Floats:
        """Length of every row, read-only float32 of shape ``(n_words,)``."""
        return self._norms

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each word stood in the corpus, int64 of shape ``(n_words,)``; None where not known."""
        return self._counts

    @property
    def dim(self) -> int:
        """Numbers a vector."""
        return int(self._vectors.shape[1])

    @property
    def recipe(self) -> dict[str, Any]:
        """Where the table came from, as plain JSON values (a copy)."""
        return dict(self._recipe)

    @property
    def report(self) -> LoadReport | None:
        """What the reader found in the file; None for tables that were not read."""
        return self._report

    @property
    def quantised(self) -> Quantised | None:
        """int8 rows for certified exact search; None where there are none."""
        return self._quantised

    @property
    def subwords(self) -> Subwords | None:
        """Rows of n-grams, which give words that the table lacks a vector; None where there are none."""
        return self._subwords

    @property
    def oov(self) -> tuple[str, ...]:
        """The rules for words that the table lacks, in the order they are tried; empty: such a word is an error."""
        return self._oov

    def __len__(self) -> int:
        return len(self._vocabulary)

    def __contains__(self, word: object) -> bool:
        return word in self._vocabulary

    def __repr__(self) -> str:
        return f"<WordVectors: {len(self):,} words x {self.dim}, {self._vectors.dtype}>"

    # -- words and rows -----------------------------------------------------------------------------------------

    def row(self, word: str) -> int:
        """Return the row of ``word``.

        Raises:
            MissingWordError: it is not in the table; the message offers near spellings.

        >>> WordVectors.from_words(["apple", "pear"], np.eye(2)).row("aple")
        Traceback (most recent call last):
        firth.errors.MissingWordError: no word 'aple' among 2 words; did you mean 'apple'?
        """
        row = self._vocabulary.get(word)
        if row is None:
            from firth.search.spelling import suggest

            raise MissingWordError(word, suggest(self._vocabulary, word), len(self))
        return row

    def lookup(self, word: str, oov: str | Sequence[str] | None = None) -> Found:
        """Return the vector of ``word`` and where it comes from, under a rule for words that the table lacks.

        Args:
            word: the word.
            oov: ``"error"``, ``"subwords"``, ``"case"`` (case and accents), ``"spelling"`` (the nearest), or a list of
                rules that are tried in turn; None for the table's own.

        Raises:
            MissingWordError: neither the table nor a rule has a vector for it.
            OptionError: a rule is not known, or the table has no subwords.

        >>> wv = WordVectors.from_words(["Paris", "café"], np.eye(2))
        >>> print(wv.lookup("cafe", oov="case"))
        'cafe' is not in the table; 'café' stands in, which differs in case or accents
        >>> found = wv.lookup("Pariss", oov=["case", "spelling"])
        >>> found.how, found.stand_in, found.vector
        ('spelling', 'Paris', array([1., 0.], dtype=float32))
        """
        from firth.search.lookup import lookup

        return lookup(self, word, oov)

    def with_oov(self, *oov: str) -> WordVectors:
        """Return the same table with another rule for words that it lacks; nothing is copied.

        Args:
            oov: one rule or several, see :meth:`lookup`; ``"error"`` for none.

        Raises:
            OptionError: no rule is given, one is not known, or the table has no subwords.

        >>> WordVectors.from_words(["Paris"], [[1, 2]]).with_oov("case")["paris"]
        array([1., 2.], dtype=float32)
        """
        from firth.search.lookup import rules

        other = WordVectors(
            self._vocabulary, self._vectors, norms=self._norms, counts=self._counts, recipe=self._recipe,
            report=self._report, quantised=self._quantised, subwords=self._subwords,
        )  # fmt: skip
        other._oov = rules(self, oov)
        return other

    def unit_rows(self, rows: Sequence[int] | NDArray[np.int64]) -> Floats:
        """Return the vectors of ``rows`` scaled to length one, float32 of shape ``(len(rows), dim)``.

        Raises:
            ZeroVectorError: one of them has no direction.

        >>> WordVectors.from_words(["a", "b"], [[3, 4], [0, 2]]).unit_rows([0])
        array([[0.6, 0.8]], dtype=float32)
        """
        chosen = np.asarray(rows, np.int64)
        norms = self._norms[chosen]
        good = directed(norms)
        if not good.all():
            word = self._vocabulary[int(chosen[np.argmin(good)])]
            raise ZeroVectorError(f"the vector of {word!r} {UNDIRECTED}")
        unit: Floats = self._vectors[chosen].astype(np.float32) / norms[:, None]
        return unit

    # -- what the rooms above do with it ------------------------------------------------------------------------

    def near(self, expression: str, topn: int = 10, *, among: Iterable[str] | str | None = None) -> Neighbours:
        """Return the words nearest to a free expression such as ``king - man + woman``.

        Words stand for their unit vectors; ``+``, ``-``, ``*`` and ``/`` with numbers, brackets and ``"quoted words"``
        are understood. The words of the expression are left out of the answer, and listed as ``excluded``.

        Args:
            expression: the expression.
            topn: how many neighbours.
            among: candidates: a list of words, or a regular expression that a word must match as a whole.

        Raises:
            ExpressionError: the expression does not parse.
            MissingWordError: a word is not in the table.
            ZeroVectorError: the result has no direction.

        >>> wv = WordVectors.from_words(["king", "man", "woman", "queen"], [[1, 1], [0, 1], [0, -1], [1, -1]])
        >>> wv.near("king - man + woman")
        king - man + woman  (left out: king, man, woman)
          queen  0.960
        """
        from firth.search.expression import near

        return near(self, expression, topn, among=among)

    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        *,
        method: str = "3cosadd",
        topn: int = 10,
        examples: Iterable[tuple[str, str]] = (),
    ) -> Neighbours:
        """Return the words that stand to ``c`` as ``b`` stands to ``a``: man : king :: woman : ?

        Args:
            a, b, c: the three given words.
            method: ``"3cosadd"`` (Mikolov et al. 2013), ``"3cosmul"`` (Levy and Goldberg 2014), ``"pairdirection"``
                (the same), or ``"lrcos"`` (Drozd et al. 2016), which learns from several example pairs.
            topn: how many answers.
            examples: further pairs like ``(a, b)``, for ``"lrcos"``.

        Raises:
            MissingWordError: a word is not in the table.
            OptionError: the method is not known, or has too few examples.
        """
        from firth.search.analogy import analogy

        return analogy(self, a, b, c, method=method, topn=topn, examples=examples)

    def evaluate(self, benchmarks: Which | Iterable[Which] | None = None, **options: Any) -> list[Score]:
        """Score the table on benchmarks: those named, or every one at hand (see :mod:`firth.evaluation`)."""
        from firth.evaluation import evaluate

        return evaluate(self, benchmarks, **options)

    def plot(
        self,
        words: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        path: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Picture:
        """Draw words as points in the plane (see :func:`firth.projection.plot`)."""
        from firth.projection import plot

        return plot(self, words, path, **options)

    def to_torch(self, *, freeze: bool = True, padding: bool = False) -> Any:
        """Return a ``torch.nn.Embedding`` with a copy of the rows, in their order.

        Args:
            freeze: whether training leaves the rows as they are.
            padding: add a row of zeros at the end, as ``padding_idx``.

        Raises:
            MissingExtraError: torch is not installed.
        """
        from firth.formats.torch_embedding import to_torch

        return to_torch(self, freeze=freeze, padding=padding)

    @classmethod
    def from_torch(cls, embedding: Any, words: Iterable[str]) -> WordVectors:
        """Make a table of the rows of a ``torch.nn.Embedding`` (or a tensor) and one word a row; a copy.

        Raises:
            OptionError: there are not as many words as rows.
        """
        from firth.formats.torch_embedding import from_torch

        return from_torch(embedding, words)

    def save(self, path: str | os.PathLike[str], *, format: str | None = None) -> Path:  # noqa: A002
        """Write the table; the format follows from the name (``.firth``, ``.txt``, ``.vec``, ``.bin`` ...).

        The file is written beside its target and renamed, so that a crash leaves the old file or the new one.

        Raises:
            UnknownFormatError: the name tells no format.
            WriteError: the file could not be written.
        """
        from firth.formats import save

        return save(self, path, format=format)


#: gensim's name for the table, so that a script moves by changing its import.
KeyedVectors = WordVectors
