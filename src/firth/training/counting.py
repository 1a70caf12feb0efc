"""Words of a corpus: counted, ordered, and the corpus as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.errors import CorpusError
from firth.progress import Progress, Silent
from firth.training.corpus import CorpusLike, TextFile
from firth.training.memory import default_room
from firth.training.phraserule import PhraseRule
from firth.training.phrases import join_phrases
from firth.training.reading import RawCorpus, read_corpus
from firth.training.stream import IdStore, Room, TokenStream
from firth.training.wordtable import COUNT, LENGTH, START, WordTable
from firth.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class EncodedCorpus:
    """A corpus as numbers.

    Attributes:
        vocabulary: the words that occur ``min_count`` times or more, most frequent first, ties by first appearance.
        counts: how often each occurs, int64 of shape ``(n_words,)``.
        stream: the corpus as word rows, sentences ended by -1; other words are left out.
        n_tokens: words of the corpus, all of them.
        n_types: different words among them.
        n_sentences: sentences with at least one word.
        n_kept: words of ``stream``.
        n_not_utf8: words of the vocabulary that are not valid UTF-8; they stand there with surrogate escapes.
        files: the files read; empty for an iterable.
    """

    vocabulary: Vocabulary
    counts: NDArray[np.int64]
    stream: TokenStream
    n_tokens: int
    n_types: int
    n_sentences: int
    n_kept: int
    n_not_utf8: int
    files: tuple[TextFile, ...]


def encode_corpus(
    corpus: CorpusLike,
    *,
    min_count: int = 5,
    threads: int = 1,
    progress: Progress | None = None,
    known: Vocabulary | None = None,
    max_words: int | None = None,
    column: str | None = None,
    phrases: PhraseRule | None = None,
    spool_above: int | None = None,
) -> EncodedCorpus:
    """Read a corpus once: count its words, order them, and turn it into rows.

    ``max_words`` keeps only so many words, the most frequent. Words of ``known`` are kept however rare they are, those
    that occur. ``column`` names the column of tables (parquet
    files, JSON lines, dicts) that holds the text; ``phrases`` joins words before they are counted. A corpus whose rows
    take more than ``spool_above`` megabytes (None: a quarter of what is available) is kept in a temporary file.

    Raises:
        ReadError: a file cannot be opened.
        CorpusError: a packed file is damaged, or no word occurs ``min_count`` times.
        WriteError: the temporary file does not fit the disk.

    >>> encoded = encode_corpus([["the", "cat", "sat"], ["the", "dog"]], min_count=1)
    >>> encoded.vocabulary.words(), encoded.counts.tolist()
    (['the', 'cat', 'sat', 'dog'], [2, 1, 1, 1])
    >>> encoded.stream.read(0, len(encoded.stream)).tolist()
    [0, 1, 2, -1, 0, 3, -1]
    """
    watcher = progress or Silent()
    room = Room(default_room() if spool_above is None else spool_above << 20)
    raw = read_corpus(corpus, threads=threads, watcher=watcher, room=room, column=column)
    try:
        if phrases is not None:
            raw, _ = join_phrases(raw, phrases, watcher)
        return _finish(raw, min_count, max_words, known)
    except BaseException:
        raw.close()
        raise


def _finish(raw: RawCorpus, min_count: int, max_words: int | None, known: Vocabulary | None) -> EncodedCorpus:
    from firth.kernels.tokens import gather_words, translate

    table, files = raw.table, raw.files
    n_types = len(table)
    is_known = np.zeros(n_types, np.bool_)
    if known is not None:
        names = [word.encode("utf-8", "surrogateescape") for word in known]
        found = table.merge(WordTable.of(names, np.zeros(len(names), np.int64)))
        is_known[found[found < n_types]] = True
    counts = table.words[:n_types, COUNT]
    where = f"{len(files):,} file{'s' * (len(files) != 1)}" if files else "the sentences given"
    if n_types == 0:
        raise CorpusError(f"the corpus has no words: nothing but white space in {where}")
    order = np.argsort(-counts, kind="stable")
    order = order[(counts[order] >= min_count) | is_known[order]]
    if max_words is not None:
        order = order[(np.arange(len(order)) < max_words) | is_known[order]]
    if len(order) == 0:
        best = int(np.argmax(counts))
        start, length = table.words[best, START], table.words[best, LENGTH]
        word = table.blob[start : start + length].tobytes().decode("utf-8", "surrogateescape")
        raise CorpusError(
            f"no word occurs {min_count} times: there are {int(counts.sum()):,} words of {n_types:,} kinds in {where}, "
            f"the most frequent is {word!r} with {int(counts[best]):,}; lower min_count or give more text"
        )
    n_tokens = int(counts.sum())
    ranks = np.full(n_types, -1, np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    kept = IdStore(raw.room)
    n_kept = 0
    is_open = False
    try:
        for store, moved in raw.parts:
            own = ranks if moved is None else ranks[moved]
            for ids in store.blocks(drain=True):
                n, words, is_open = translate(ids, own, is_open)
                kept.append(ids[:n])
                n_kept += words
    except BaseException:
        kept.close()
        raise
    blob = np.zeros(int(table.words[order, LENGTH].sum()), np.uint8)
    offsets = np.zeros(len(order) + 1, np.int64)
    gather_words(order, table.words, table.blob, blob, offsets)
    vocabulary = Vocabulary(blob, offsets)
    odd = 0 if blob.max(initial=0) < 128 else sum(any("\ud800" <= c <= "\udfff" for c in word) for word in vocabulary)
    return EncodedCorpus(
        vocabulary=vocabulary,
        counts=counts[order].copy(),
        stream=TokenStream(kept.pieces()),
        n_tokens=n_tokens,
        n_types=n_types,
        n_sentences=int(table.state[5]),
        n_kept=n_kept,
        n_not_utf8=odd,
        files=files,
    )
