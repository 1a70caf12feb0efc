"""gensim's ways in and out: its reader's and writer's options, and its own objects."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from firth.errors import FormatError, MissingExtraError, OptionError, ReadError
from firth.files import atomic_write
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

_PathLike = str | os.PathLike[str]


def load_word2vec_format(
    fname: _PathLike,
    fvocab: _PathLike | None = None,
    binary: bool = False,
    encoding: str = "utf8",
    *,
    limit: int | None = None,
    datatype: Any = np.float32,
    no_header: bool = False,
) -> WordVectors:
    """Read a word2vec or GloVe file (see :meth:`firth.WordVectors.load_word2vec_format`)."""
    from firth.formats import load

    if encoding.lower().replace("-", "").replace("_", "") != "utf8":
        raise OptionError(f"the encoding {encoding!r} is not read; word vector files are UTF-8, recode others first")
    dtype = np.dtype(datatype)
    if dtype not in (np.float32, np.float16):
        raise OptionError(f"the datatype {dtype} is not kept; choose float32 or float16")
    if binary and no_header:
        raise OptionError("a word2vec binary file without header cannot be read: nothing says where its rows end")
    kind = "word2vec-bin" if binary else "glove" if no_header else "word2vec"
    wv = load(fname, top=limit, format=kind)
    counts = wv.counts if fvocab is None else _read_counts(Path(fvocab), wv.vocabulary)
    vectors = wv.vectors.astype(dtype, copy=False)
    return WordVectors(wv.vocabulary, vectors, counts=counts, recipe=wv.recipe, report=wv.report)


def _read_counts(path: Path, vocabulary: Vocabulary) -> np.ndarray:
    """Read lines ``word count``; words without one count 0, words that the table lacks are passed over."""
    counts = np.zeros(len(vocabulary), np.int64)
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ReadError(f"cannot read the counts from {path}: {error.strerror}") from error
    for number, line in enumerate(text.split("\n"), 1):
        word, _, count = line.rstrip().rpartition(" ")
        if not count:
            continue
        row = vocabulary.get(word)
        if not count.isdecimal():
            raise FormatError(f"{path}, line {number}: {line[:60]!r}; expected a word, a blank and a count")
        if row is not None:
            counts[row] = int(count)
    return counts


def save_word2vec_format(
    wv: WordVectors,
    fname: _PathLike,
    fvocab: _PathLike | None = None,
    binary: bool = False,
    total_vec: int | None = None,
    *,
    write_header: bool = True,
    prefix: str = "",
    append: bool = False,
    sort_attr: str = "count",
) -> None:
    """Write word2vec's text or binary form (see :meth:`firth.WordVectors.save_word2vec_format`)."""
    from firth.formats import save

    if append or total_vec not in (None, len(wv)):
        raise OptionError("files are written whole: append is not offered, and total_vec is the number of words")
    if binary and not write_header:
        raise OptionError("a word2vec binary file without header cannot be read again; leave write_header=True")
    if wv.counts is None and fvocab is not None:
        raise OptionError("the counts of the words are not known, so fvocab cannot be written")
    rows = np.arange(len(wv))
    if wv.counts is not None and sort_attr == "count":
        rows = np.argsort(-wv.counts, kind="stable")
    words = [prefix + word for word in wv.vocabulary]
    ordered = WordVectors(
        Vocabulary.from_words(words[row] for row in rows), wv.vectors[rows], norms=wv.norms[rows], recipe=wv.recipe
    )
    save(ordered, fname, format="word2vec-bin" if binary else "word2vec" if write_header else "glove")
    if fvocab is not None and wv.counts is not None:
        with atomic_write(fvocab) as file:
            for row in rows.tolist():
                file.write(f"{words[row]} {int(wv.counts[row])}\n".encode("utf-8", "surrogateescape"))


def to_gensim(wv: WordVectors) -> Any:
    """Return the table as a ``gensim.models.KeyedVectors`` that shares no memory with it.

    A table with fastText's subwords becomes a ``FastTextKeyedVectors``, which has vectors for unseen words too.
    """
    try:
        from gensim.models import KeyedVectors
        from gensim.models.fasttext import FastTextKeyedVectors
    except ImportError:
        raise MissingExtraError("gensim", "gensim", "turning a table into gensim's") from None
    subwords = wv.subwords
    with_ngrams = subwords is not None and subwords.hashing == "fasttext" and subwords.kept is None
    if subwords is not None and with_ngrams:
        keyed = FastTextKeyedVectors(wv.dim, subwords.minn, subwords.maxn, subwords.buckets)
    else:
        keyed = KeyedVectors(wv.dim)
    words = wv.vocabulary.words()
    keyed.vectors = np.array(wv.vectors)
    keyed.index_to_key = words
    keyed.key_to_index = {word: row for row, word in enumerate(words)}
    keyed.next_index = len(words)
    if wv.counts is not None:
        keyed.expandos["count"] = np.array(wv.counts)
    if subwords is not None and with_ngrams:
        from firth.formats.fasttext import own_rows

        keyed.vectors_vocab, keyed.vectors_ngrams = own_rows(wv), np.array(subwords.rows, np.float32)
        keyed.recalc_char_ngram_buckets()
    return keyed


def from_gensim(keyed_vectors: Any) -> WordVectors:
    """Make a table from a ``gensim.models.KeyedVectors`` or a model that holds one; a copy, counts included."""
    keyed = getattr(keyed_vectors, "wv", keyed_vectors)
    words = [str(word) for word in keyed.index_to_key]
    dtype = np.float16 if keyed.vectors.dtype == np.float16 else np.float32
    counts = keyed.expandos.get("count")
    subwords = None
    if getattr(keyed, "bucket", 0) and getattr(keyed, "vectors_ngrams", None) is not None:
        rows = np.array(keyed.vectors_ngrams, np.float32, order="C")
        subwords = Subwords(rows, minn=keyed.min_n, maxn=keyed.max_n, buckets=keyed.bucket)
    return WordVectors(
        Vocabulary.from_words(words),
        np.array(keyed.vectors[: len(words)], dtype, order="C"),
        counts=None if counts is None else np.array(counts[: len(words)], np.int64),
        recipe={"source": f"gensim {type(keyed).__name__}"},
        subwords=subwords,
    )
