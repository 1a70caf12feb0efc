"""fastText's own ``.bin`` and ``.ftz``: words, and the n-grams that give unseen words a vector.

Models of all kinds (cbow, skip-gram, supervised), of the old layout and quantised ones are read. The vector of a word
is the mean of its own row and those of its n-grams, bit for bit as fastText's ``print-word-vectors`` computes it
(Bojanowski et al. 2017). Of a supervised model the words are read; its labels stand in the recipe.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError
from firth.formats.base import ReadOptions, Source, thread_count
from firth.formats.fasttext_parts import MAGIC, Arguments, Model, looks_old, parse, write_parts
from firth.formats.target import open_target
from firth.formats.textwriter import check_words
from firth.report import LoadReport
from firth.subwords import LINE_END, Subwords, fasttext_hashes
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

NAME = "fasttext"
EXTENSIONS: tuple[str, ...] = (".bin", ".ftz")

_BLOCK = 8_192
_MOST_LABELS = 1_000


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts a fastText model."""
    return head.startswith(MAGIC.to_bytes(4, "little")) or looks_old(head)


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read a model; its n-gram rows become the table's ``subwords``, mapped where they are not quantised.

    Raises:
        FormatError: the file is cut or damaged.
    """
    model = parse(source)
    subwords = _subwords(model)
    report = LoadReport(NAME, source.name, 0, model.arguments.dim, model.n_words)
    if len(model.vocabulary) < model.n_words:
        twice = model.n_words - len(model.vocabulary)
        report.add("duplicate word", f"{twice:,} words come again; the first of each was kept", times=twice)
        if options.strict:
            raise FormatError(f"{source.name}: {twice:,} words come twice; read without strict to keep the first ones")
    vocabulary, rows, counts = model.vocabulary, model.rows, model.counts
    if not options.whole:
        chosen = _chosen(vocabulary, options)
        vocabulary, rows, counts = vocabulary.take(chosen), rows[chosen], counts[chosen]
    own: NDArray[Any] = model.matrix[: model.n_words]
    if len(rows) < model.n_words:
        own = own[rows]
    vectors = word_vectors(vocabulary, own, subwords)
    end = vocabulary.get(LINE_END)
    if model.old and subwords is not None and end is not None:  # fastText of that time gave it n-grams like any word
        hashes = fasttext_hashes(LINE_END, subwords.minn, subwords.maxn, line_end=True)
        numbers = [h % subwords.buckets for h in hashes]
        vectors[end] = np.concatenate([own[end : end + 1], subwords.rows[numbers]]).mean(axis=0)
    report.rows = len(vectors)
    settings: dict[str, Any] = model.arguments.to_json() | {"quantised": model.quantised}
    if model.labels:
        settings |= {"n_labels": len(model.labels), "labels": model.labels[:_MOST_LABELS]}
    recipe = {"source": source.name, "format": NAME, "fasttext": settings}
    return WordVectors(vocabulary, vectors, counts=counts, recipe=recipe, report=report, subwords=subwords)


def _chosen(vocabulary: Vocabulary, options: ReadOptions) -> NDArray[np.int64]:
    if options.words is None:
        return np.arange(min(options.top or 0, len(vocabulary)))
    rows = vocabulary.rows(sorted(options.words))
    return np.sort(rows[rows >= 0])[: options.top]


def _subwords(model: Model) -> Subwords | None:
    arguments, rows = model.arguments, model.matrix[model.n_words :]
    if arguments.maxn <= 0 or arguments.minn > arguments.maxn or arguments.bucket == 0 or len(rows) == 0:
        return None
    return Subwords(
        rows, minn=max(0, arguments.minn), maxn=arguments.maxn, buckets=arguments.bucket, kept=model.kept
    )  # fmt: skip


def word_vectors(vocabulary: Vocabulary, own: NDArray[Any], subwords: Subwords | None) -> NDArray[np.float32]:
    """Return the mean of each word's own row and those of its n-grams, float32 of shape ``(n_words, dim)``.

    Args:
        vocabulary: the words.
        own: the words' own rows, of shape ``(n_words, dim)``.
        subwords: the rows of n-grams; None where there are none.
    """
    if subwords is None:
        return np.array(own, np.float32, order="C")
    from firth.kernels.ngrams import mean_with_ngrams

    vectors, own, ngrams = np.empty((len(vocabulary), subwords.dim), np.float32), single(own), single(subwords.rows)
    kept = np.empty(0, np.int32) if subwords.kept is None else subwords.kept

    def fill(first: int) -> None:
        mean_with_ngrams(
            vocabulary.blob, vocabulary.offsets, own, ngrams, kept, subwords.kept is not None,
            subwords.minn, subwords.maxn, subwords.buckets, first, vectors[first : first + _BLOCK],
        )  # fmt: skip

    _in_blocks(fill, len(vocabulary))
    return vectors


def own_rows(wv: WordVectors) -> NDArray[np.float32]:
    """Return the rows that words have of their own, so that their mean with the n-grams' is the table's vector."""
    subwords = wv.subwords
    if subwords is None:
        return np.ascontiguousarray(wv.vectors, np.float32)
    from firth.kernels.ngrams import own_rows as undo

    out, vectors, ngrams = np.empty((len(wv), wv.dim), np.float32), single(wv.vectors), single(subwords.rows)

    def fill(first: int) -> None:
        undo(
            wv.vocabulary.blob, wv.vocabulary.offsets, vectors, ngrams, subwords.minn, subwords.maxn,
            subwords.buckets, first, out[first : first + _BLOCK],
        )  # fmt: skip

    _in_blocks(fill, len(wv))
    return out


def single(array: NDArray[Any]) -> NDArray[np.float32]:
    """Return an array as float32, which is what kernels read; itself where it is that already."""
    return array.astype(np.float32, copy=False)


def _in_blocks(fill: Any, n_words: int) -> None:
    firsts = range(0, n_words, _BLOCK)
    if len(firsts) < 2:
        for first in firsts:
            fill(first)
        return
    with ThreadPoolExecutor(thread_count()) as pool:
        for _ in pool.map(fill, firsts):
            pass


def write(wv: WordVectors, path: Path) -> None:
    """Write a model that fastText and gensim open, with the same vectors for words in it and words unseen.

    What fastText needs only to go on training (the rows that predict) is not known to a table and is written as zeros.

    Raises:
        FormatError: a word holds a NUL, there are no words, or the subwords are of a kind that fastText does not know.
        WriteError: the file could not be written.
    """
    subwords = wv.subwords
    if subwords is not None and (subwords.hashing != "fasttext" or subwords.kept is not None):
        kind = "pruned" if subwords.kept is not None else f"of the kind {subwords.hashing!r}"
        raise FormatError(
            f"cannot write {path}: its subwords are {kind}, which fastText's .bin cannot hold; save .firth"
        )
    check_words(wv, "a fastText model", b"\0")
    if len(wv) == 0:
        raise FormatError(f"cannot write {path}: a fastText model needs at least one word")
    known = wv.recipe.get("fasttext")
    arguments = Arguments.from_json(
        known if isinstance(known, dict) else {},
        dim=wv.dim,
        word_ngrams=1,
        bucket=0 if subwords is None else subwords.buckets,
        minn=0 if subwords is None else subwords.minn,
        maxn=0 if subwords is None else subwords.maxn,
    )
    arguments.model = arguments.model if arguments.model in (1, 2) else 2  # a table predicts no labels
    arguments.loss = arguments.loss if arguments.loss in (1, 2) else 2
    counts = np.ones(len(wv), np.int64) if wv.counts is None else np.asarray(wv.counts)
    with open_target(path) as file:
        write_parts(
            file, arguments, wv.vocabulary, counts, own_rows(wv), None if subwords is None else subwords.rows
        )  # fmt: skip
