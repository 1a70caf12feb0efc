"""A corpus given as a Python iterable: lists of words, lines, or dicts with either in one column."""

from __future__ import annotations

import io
import itertools
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from firth.errors import CorpusError
from firth.progress import Progress
from firth.training.stream import Ids, IdStore
from firth.training.wordtable import WordTable

#: Sentences that are taken at a time.
_BATCH = 8192


def encode_iterable(
    corpus: Iterable[Any], watcher: Progress, table: WordTable, store: IdStore, column: str | None = None
) -> None:
    """Go through sentences once: enter their words in the table, and their ids in the store."""
    sentences = _sentences(corpus, column)
    first = next(sentences, None)
    sentences = itertools.chain(() if first is None else (first,), sentences)
    if isinstance(first, str | bytes):
        _encode_lines(sentences, watcher, table, store)
        return
    watcher.start("reading", unit="sentences")
    n = 0
    try:
        while batch := list(itertools.islice(sentences, _BATCH)):
            lists = [_checked(sentence, n + k) for k, sentence in enumerate(batch)]
            text = _as_text(lists, n)
            if text is not None:
                for ids in table.encode(io.BytesIO(text), None, last=True, advance=_go_on):
                    store.append(ids)
            else:
                ids, other = _encode_exactly(lists)
                moved = table.merge(other).astype(np.int32)
                store.append(np.where(ids < 0, ids, moved[ids]) if len(moved) else ids)
            n += len(batch)
            watcher.advance(len(batch))
    finally:
        watcher.close()


def _sentences(corpus: Iterable[Any], column: str | None) -> Iterator[Any]:
    """Yield sentences; of tables (dicts, datasets) what stands in a column, without the rows where nothing does."""
    if column is not None and hasattr(corpus, "column_names") and hasattr(corpus, "iter"):  # a Hugging Face dataset
        names = corpus.column_names
        if names is not None and column not in names:
            raise CorpusError(f"the dataset has no column {column!r}; it has: {', '.join(map(str, names))}")
        for batch in (corpus if names is None else corpus.select_columns(column)).iter(batch_size=1000):  # type: ignore[attr-defined]
            yield from (value for value in batch[column] if value is not None)
        return
    try:
        rows = iter(corpus)
    except TypeError:
        raise CorpusError(
            f"a corpus cannot be {type(corpus).__name__}; give a path, a pattern, or an iterable of sentences"
        ) from None
    for number, row in enumerate(rows):
        if isinstance(row, Mapping):
            if column is None:
                raise CorpusError(
                    f"row {number:,} is a dict; name the column that holds the text (column=, --column), one of: "
                    + ", ".join(map(str, row))
                )
            if column not in row:
                raise CorpusError(f"row {number:,} has no {column!r}; it has: {', '.join(map(str, row))}")
            if row[column] is not None:
                yield row[column]
        elif column is not None:
            raise CorpusError(f"row {number:,} is a {type(row).__name__}, not a dict with a column {column!r}")
        else:
            yield row


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


def _as_text(sentences: list[list[str]], first: int) -> bytes | None:
    """Return sentences as lines of text; None where some word would not come back as it is: empty, or with a blank.

    Raises:
        CorpusError: a word is no string, or none that bytes can stand for; sentences are numbered from ``first`` on.
    """
    lists = [words for words in sentences if words]
    try:
        text = ("\n".join([" ".join(words) for words in lists]) + "\n").encode("utf-8", "surrogateescape")
    except (TypeError, UnicodeEncodeError):
        for number, words in enumerate(sentences, first):
            for word in words:
                _check_word(word, number)
        raise
    gaps = np.frombuffer(text, np.uint8) <= 32
    whole = not gaps[0] and not (gaps[1:] & gaps[:-1]).any() and np.count_nonzero(gaps) == sum(map(len, lists))
    return text if whole else None


def _check_word(word: Any, number: int) -> None:
    if not isinstance(word, str):
        raise CorpusError(f"sentence {number:,} holds {word!r}, a {type(word).__name__}; expected words (str)")
    try:
        word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise CorpusError(
            f"sentence {number:,} holds the word {word!r} with half a character (a lone surrogate), which no text file "
            "can hold; make it whole: word.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from None


def _encode_exactly(lists: list[list[str]]) -> tuple[Ids, WordTable]:
    """Number words that may hold anything; return the ids, and the words as a table of their own."""
    numbers: dict[str, int] = {}
    ids = array("i")
    for words in lists:
        ids.extend(numbers.setdefault(word, len(numbers)) for word in words)
        if words:
            ids.append(-1)
    row = np.array(ids, np.int32)
    encoded = [word.encode("utf-8", "surrogateescape") for word in numbers]
    table = WordTable.of(encoded, np.bincount(row[row >= 0], minlength=len(encoded)))
    table.state[5] = int((row < 0).sum())
    return row, table


class _Lines:
    """Lines of an iterable, read like a file."""

    def __init__(self, lines: Iterable[str | bytes]) -> None:
        self._lines = iter(lines)
        self._left = b""
        self._step = 1
        self._read = 0

    def readinto(self, buffer: memoryview) -> int:
        parts = [self._left]
        size = len(self._left)
        while size < len(buffer) and (batch := list(itertools.islice(self._lines, self._step))):
            try:
                lines = [line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape") for line in batch]
            except AttributeError:
                raise CorpusError("the corpus mixes strings and lists of words; give one kind") from None
            except UnicodeEncodeError:
                for number, line in enumerate(batch, self._read):
                    for word in line.split() if isinstance(line, str) else ():
                        _check_word(word, number)
                raise
            self._read += len(batch)
            parts.append(b"\n".join(lines) + b"\n")
            size += len(parts[-1])
            # many short lines at a time, whole books one by one
            self._step = min(256, 2 * self._step) if len(parts[-1]) < 1 << 18 else max(1, self._step // 4)
        data = b"".join(parts)
        n = min(len(buffer), len(data))
        buffer[:n] = data[:n]
        self._left = data[n:]
        return n


def _encode_lines(lines: Iterable[str | bytes], watcher: Progress, table: WordTable, store: IdStore) -> None:
    watcher.start("reading", unit="B")

    def advance(n: int) -> bool:
        watcher.advance(n)
        return True

    try:
        for ids in table.encode(_Lines(lines), None, last=True, advance=advance):
            store.append(ids)
    finally:
        watcher.close()
