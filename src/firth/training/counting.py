"""Words of a corpus: counted, ordered, and the corpus as numbers."""

from __future__ import annotations

import io
import itertools
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firth.errors import CorpusError
from firth.progress import Progress, Silent
from firth.training.corpus import CorpusLike, Piece, TextFile, find_files, open_text, share_out
from firth.training.stream import TokenStream
from firth.training.threads import run_threads
from firth.vocabulary import Vocabulary

#: Bytes of text that are taken at a time.
BLOCK = 1 << 22
#: Sentences of an iterable that are taken at a time.
_BATCH = 8192
_PADDING = 64
_HEAD, _START, _LENGTH, _COUNT = range(4)  # the columns that firth.kernels.tokens gives a word


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
    corpus: CorpusLike, *, min_count: int = 5, threads: int = 1, progress: Progress | None = None
) -> EncodedCorpus:
    """Read a corpus once: count its words, order them, and turn it into rows.

    Raises:
        ReadError: a file cannot be opened.
        CorpusError: a packed file is damaged, or no word occurs ``min_count`` times.

    >>> encoded = encode_corpus([["the", "cat", "sat"], ["the", "dog"]], min_count=1)
    >>> encoded.vocabulary.words(), encoded.counts.tolist()
    (['the', 'cat', 'sat', 'dog'], [2, 1, 1, 1])
    >>> encoded.stream.read(0, len(encoded.stream)).tolist()
    [0, 1, 2, -1, 0, 3, -1]
    """
    watcher = progress or Silent()
    files = find_files(corpus)
    if files is not None:
        table, segments = _encode_files(files, threads, watcher)
    else:
        table, segments = _encode_iterable(corpus, watcher)  # type: ignore[arg-type]
    return _finish(table, segments, tuple(files or ()), min_count)


class Readable(Protocol):
    """Anything that fills a buffer with bytes of text, and returns 0 at the end."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer from its start; return how many bytes."""


class WordTable:
    """All words seen so far with their counts, in order of first appearance; see :mod:`firth.kernels.tokens`."""

    def __init__(self) -> None:
        self.slots = np.zeros(1 << 13, np.uint64)
        self.words = np.zeros((1 << 12, 4), np.int64)
        self.blob = np.zeros(1 << 16, np.uint8)
        # words, bytes in the blob, ids written, room wanted, a sentence is open, sentences ended
        self.state = np.zeros(6, np.int64)

    def __len__(self) -> int:
        return int(self.state[0])

    def reserve(self, n_words: int, n_bytes: int) -> None:
        """Make room for so many words and bytes in all."""
        from firth.kernels.tokens import fill_slots

        if n_words > len(self.words):
            size = 1 << (n_words - 1).bit_length()
            words = np.zeros((size, 4), np.int64)
            words[: len(self)] = self.words[: len(self)]
            self.words = words
            self.slots = np.zeros(2 * size, np.uint64)
            fill_slots(len(self), words, self.blob, self.slots)
        if n_bytes + _PADDING > len(self.blob):
            blob = np.zeros(1 << (n_bytes + _PADDING).bit_length(), np.uint8)
            blob[: self.state[1]] = self.blob[: self.state[1]]
            self.blob = blob

    def encode(
        self, text: Readable, length: int | None, *, last: bool, advance: Callable[[int], bool]
    ) -> Iterator[Any]:
        """Yield the ids of a text (up to ``length`` bytes of it) in segments; ``last`` ends the open sentence.

        ``advance`` is told the bytes taken, and stops the reading by returning False.
        """
        from firth.kernels.tokens import encode_text

        buffer = np.zeros(BLOCK + _PADDING, np.uint8)
        ids = np.empty(0, np.int32)
        held = 0
        left = length
        while True:
            room = len(buffer) - _PADDING - held
            wanted = room if left is None else min(room, left)
            n = (text.readinto(memoryview(buffer)[held : held + wanted]) or 0) if wanted else 0  # type: ignore[arg-type]
            stop = held + n
            if not n:
                buffer[stop] = 10 if last else 32  # the text's last word needs an end
                stop += 1
            elif left is not None:
                left -= n
            if len(ids) <= stop:
                ids = np.empty(len(buffer) + 1, np.int32)
            at = 0
            while True:
                at = encode_text(buffer, at, stop, self.slots, self.words, self.blob, self.state, ids)
                if not self.state[3]:
                    break
                self.reserve(len(self) + 1, int(self.state[1]) + stop)
            if self.state[2]:
                yield ids[: self.state[2]].copy()
                self.state[2] = 0
            if not n or not advance(n):
                return
            held = stop - at
            buffer[:held] = buffer[at:stop].copy()
            if held > len(buffer) // 2:  # one endless word
                buffer = np.concatenate([buffer, np.zeros(len(buffer), np.uint8)])

    def merge(self, other: WordTable) -> NDArray[np.int64]:
        """Add the words of a table whose text follows; return their ids here."""
        from firth.kernels.tokens import merge_words

        self.reserve(len(self) + len(other), int(self.state[1] + other.state[1]))
        moved = np.zeros(len(other), np.int64)
        merge_words(len(other), other.words, other.blob, self.slots, self.words, self.blob, self.state, moved)
        self.state[5] += other.state[5]
        return moved


Segments = list[tuple[NDArray[np.int32], NDArray[np.int64] | None]]


def _encode_files(files: list[TextFile], threads: int, watcher: Progress) -> tuple[WordTable, Segments]:
    shares = share_out(files, threads)
    tables = [WordTable() for _ in shares]
    found: list[list[NDArray[np.int32]]] = [[] for _ in shares]
    watcher.start("reading", total=sum(file.text_size for file in files) or None, unit="B")

    def work(k: int, stop: threading.Event) -> None:
        def advance(n: int) -> bool:
            watcher.advance(n)
            return not stop.is_set()

        for piece in shares[k]:
            if stop.is_set():
                return
            tables[k].state[4] = piece.start > 0  # a share that starts inside a file starts inside a sentence
            found[k].extend(_encode_piece(tables[k], piece, advance))

    try:
        run_threads(work, len(shares))
    finally:
        watcher.close()
    segments: Segments = [(ids, None) for ids in found[0]]
    for table, more in itertools.islice(zip(tables, found, strict=True), 1, None):
        moved = tables[0].merge(table)
        segments += [(ids, moved) for ids in more]
    return tables[0], segments


def _encode_piece(table: WordTable, piece: Piece, advance: Callable[[int], bool]) -> Iterator[NDArray[np.int32]]:
    with open_text(piece.file) as text:
        length = None
        if piece.start:
            text.seek(piece.start)
        if piece.stop is not None:
            length = piece.stop - piece.start
        yield from table.encode(text, length, last=piece.stop is None, advance=advance)


def _encode_iterable(corpus: Iterable[Any], watcher: Progress) -> tuple[WordTable, Segments]:
    try:
        sentences = iter(corpus)
    except TypeError:
        raise CorpusError(
            f"a corpus cannot be {type(corpus).__name__}; give a path, a pattern, or an iterable of sentences"
        ) from None
    first = next(sentences, None)
    sentences = itertools.chain(() if first is None else (first,), sentences)
    if isinstance(first, str | bytes):
        return _encode_lines(sentences, watcher)
    watcher.start("reading", unit="sentences")
    table = WordTable()
    segments: Segments = []
    n = 0
    try:
        while batch := list(itertools.islice(sentences, _BATCH)):
            lists = [_checked(sentence, n + k) for k, sentence in enumerate(batch)]
            text = _as_text([words for words in lists if words])
            if text is not None:
                segments += [(ids, None) for ids in table.encode(io.BytesIO(text), None, last=True, advance=_go_on)]
            else:
                ids, other = _encode_exactly(lists)
                segments.append((ids, table.merge(other)))
            n += len(batch)
            watcher.advance(len(batch))
    finally:
        watcher.close()
    return table, segments


def _go_on(_: int) -> bool:
    return True


def _checked(sentence: Any, number: int) -> list[str]:
    """Return a sentence as a list of words; what is no list of words is refused."""
    if isinstance(sentence, str | bytes):
        raise CorpusError(f"sentence {number:,} is a string, the ones before are lists of words; give one kind")
    try:
        return sentence if isinstance(sentence, list) else list(sentence)
    except TypeError:
        raise CorpusError(f"sentence {number:,} is {sentence!r}; expected a list of words") from None


def _as_text(lists: list[list[str]]) -> bytes | None:
    """Return sentences as lines of text; None where some word would not come back as it is: empty, or with a blank."""
    try:
        text = ("\n".join([" ".join(words) for words in lists]) + "\n").encode("utf-8", "surrogateescape")
    except TypeError:
        word = next(word for words in lists for word in words if not isinstance(word, str))
        raise CorpusError(f"a sentence holds {word!r}, a {type(word).__name__}; expected words (str)") from None
    gaps = np.frombuffer(text, np.uint8) <= 32
    whole = not gaps[0] and not (gaps[1:] & gaps[:-1]).any() and np.count_nonzero(gaps) == sum(map(len, lists))
    return text if whole else None


def _encode_exactly(lists: list[list[str]]) -> tuple[NDArray[np.int32], WordTable]:
    """Number words that may hold anything; return the ids, and the words as a table of their own."""
    numbers: dict[str, int] = {}
    ids = array("i")
    for words in lists:
        ids.extend(numbers.setdefault(word, len(numbers)) for word in words)
        if words:
            ids.append(-1)
    row = np.array(ids, np.int32)
    encoded = [word.encode("utf-8", "surrogateescape") for word in numbers]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    table = WordTable()
    table.words = np.zeros((len(encoded), 4), np.int64)
    table.words[:, _LENGTH] = lengths
    table.words[:, _START] = np.cumsum(lengths) - lengths
    table.words[:, _COUNT] = np.bincount(row[row >= 0], minlength=len(encoded))
    table.words[:, _HEAD] = [int.from_bytes(word[:8], "little", signed=len(word) >= 8) for word in encoded]
    table.blob = np.frombuffer(b"".join(encoded) + bytes(_PADDING), np.uint8)
    table.state[:] = (len(encoded), len(table.blob) - _PADDING, 0, 0, 0, int((row < 0).sum()))
    return row, table


class _Lines:
    """Lines of an iterable, read like a file."""

    def __init__(self, lines: Iterable[str | bytes]) -> None:
        self._lines = iter(lines)
        self._left = b""

    def readinto(self, buffer: memoryview) -> int:
        parts = [self._left]
        size = len(self._left)
        while size < len(buffer) and (batch := list(itertools.islice(self._lines, 256))):
            try:
                lines = [line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape") for line in batch]
            except AttributeError:
                raise CorpusError("the corpus mixes strings and lists of words; give one kind") from None
            parts.append(b"\n".join(lines) + b"\n")
            size += len(parts[-1])
        data = b"".join(parts)
        n = min(len(buffer), len(data))
        buffer[:n] = data[:n]
        self._left = data[n:]
        return n


def _encode_lines(lines: Iterable[str | bytes], watcher: Progress) -> tuple[WordTable, Segments]:
    watcher.start("reading", unit="B")
    table = WordTable()

    def advance(n: int) -> bool:
        watcher.advance(n)
        return True

    try:
        segments: Segments = [(ids, None) for ids in table.encode(_Lines(lines), None, last=True, advance=advance)]
    finally:
        watcher.close()
    return table, segments


def _finish(table: WordTable, segments: Segments, files: tuple[TextFile, ...], min_count: int) -> EncodedCorpus:
    from firth.kernels.tokens import gather_words, translate

    n_types = len(table)
    counts = table.words[:n_types, _COUNT]
    where = f"{len(files):,} file{'s' * (len(files) != 1)}" if files else "the sentences given"
    if n_types == 0:
        raise CorpusError(f"the corpus has no words: nothing but white space in {where}")
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] >= min_count]
    if len(order) == 0:
        best = int(np.argmax(counts))
        start, length = table.words[best, _START], table.words[best, _LENGTH]
        word = table.blob[start : start + length].tobytes().decode("utf-8", "surrogateescape")
        raise CorpusError(
            f"no word occurs {min_count} times: there are {int(counts.sum()):,} words of {n_types:,} kinds in {where}, "
            f"the most frequent is {word!r} with {int(counts[best]):,}; lower min_count or give more text"
        )
    n_tokens = int(counts.sum())
    ranks = np.full(n_types, -1, np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    parts = []
    n_kept = 0
    is_open = False
    for ids, moved in segments:
        n, words, is_open = translate(ids, ranks if moved is None else ranks[moved], is_open)
        parts.append(ids[:n])
        n_kept += words
    segments.clear()
    blob = np.zeros(int(table.words[order, _LENGTH].sum()), np.uint8)
    offsets = np.zeros(len(order) + 1, np.int64)
    gather_words(order, table.words, table.blob, blob, offsets)
    vocabulary = Vocabulary(blob, offsets)
    odd = 0 if blob.max(initial=0) < 128 else sum(any("\ud800" <= c <= "\udfff" for c in word) for word in vocabulary)
    return EncodedCorpus(
        vocabulary=vocabulary,
        counts=counts[order].copy(),
        stream=TokenStream(parts),
        n_tokens=n_tokens,
        n_types=n_types,
        n_sentences=int(table.state[5]),
        n_kept=n_kept,
        n_not_utf8=odd,
        files=files,
    )
