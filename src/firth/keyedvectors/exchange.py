"""gensim's benchmarks and files, and gensim's own objects."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.errors import ImmutableError
from firth.keyedvectors.base import Part

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors


class Exchange(Part):
    """Benchmarks, files, and gensim itself."""

    __slots__ = ()

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

    @classmethod
    def load(cls, fname: str | os.PathLike[str], mmap: str | None = None) -> WordVectors:
        """Open any file that :func:`firth.load` opens, gensim's own included; ``mmap`` changes nothing.

        Files of firth are mapped always; of gensim's files the arrays alone are read, and no code in them is run.
        """
        from firth.loading import load

        return load(fname)

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

    def init_sims(self, replace: bool = False) -> None:
        """Do nothing: the norms are always there.

        Raises:
            ImmutableError: ``replace``, which would scale the vectors in place; :func:`firth.operations.normalise`
                makes a scaled table.
        """
        if replace:
            raise ImmutableError("a table never changes once made; firth.operations.normalise(wv) makes a scaled one")
