"""What every format module shares: the unpacked bytes of a file, and what part of it is wanted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firth.errors import DuplicateWordError, FormatError, OptionError
from firth.report import LoadReport
from firth.vocabulary import Vocabulary, build_slots
from firth.wordvectors import WordVectors

_MOST_THREADS = 16

#: Bytes that a format may look at to recognise a file.
HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What part of a file is wanted, and how odd it may be.

    Attributes:
        top: stop after this many words; None for all.
        words: only these words, in the order of the file; None for all.
        strict: refuse a file with rows that cannot be used, instead of skipping and reporting them.

    Raises:
        OptionError: ``top`` is no positive number, ``words`` holds something else than words.

    >>> ReadOptions(top=0)
    Traceback (most recent call last):
    firth.errors.OptionError: top=0; expected a whole number from 1 on, or None for all words
    """

    top: int | None = None
    words: frozenset[str] | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        wrong = next((word for word in self.words or () if not isinstance(word, str)), None)
        if wrong is not None:
            raise OptionError(f"words holds {wrong!r}; expected strings")
        if self.top is not None and (isinstance(self.top, bool) or not isinstance(self.top, int) or self.top < 1):
            raise OptionError(f"top={self.top!r}; expected a whole number from 1 on, or None for all words")

    @property
    def whole(self) -> bool:
        """True where all words are wanted."""
        return self.top is None and self.words is None


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file, unpacked and mapped.

    Attributes:
        name: the path as given, for messages and reports.
        path: the file itself; None where there is none (standard input, bytes in memory).
        data: all unpacked bytes, read-only uint8 of shape ``(n_bytes,)``.
        packing: what was unpacked on the way, outermost first, such as ``("gzip", "tar")``.
        partial: unpacking stopped early, as only the first lines of a text were wanted.
    """

    name: str
    path: Path | None
    data: NDArray[np.uint8]
    packing: tuple[str, ...] = ()
    partial: bool = False

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "<bytes>") -> Source:
        """Make a source of bytes in memory.

        >>> Source.from_bytes(b"cat 0.5").head()
        b'cat 0.5'
        """
        return cls(name, None, np.frombuffer(data, np.uint8))

    def head(self, size: int = HEAD) -> bytes:
        """Return the first bytes."""
        return self.data[:size].tobytes()


def thread_count() -> int:
    """Return how many threads readers and writers use: the cores that this process may use, at most 16."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_THREADS)


def restrict(wv: WordVectors, options: ReadOptions) -> WordVectors:
    """Return the part of a table that the options ask for; the first ``top`` words share its memory.

    >>> wv = WordVectors.from_words(["a", "b", "c"], np.eye(3))
    >>> restrict(wv, ReadOptions(top=2)).vocabulary.words()
    ['a', 'b']
    >>> restrict(wv, ReadOptions(words=frozenset({"c", "x"}))).vocabulary.words()
    ['c']
    """
    if options.whole or (options.words is None and options.top is not None and options.top >= len(wv)):
        return wv
    vocabulary, report, quantised = wv.vocabulary, wv.report, None
    chosen: slice | NDArray[np.int64]
    try:
        if options.words is None:
            chosen = slice(0, options.top)
            offsets = vocabulary.offsets[: (options.top or 0) + 1]
            blob = vocabulary.blob[: int(offsets[-1])]
            part = Vocabulary(blob, offsets, build_slots(blob, offsets))
        else:
            rows = vocabulary.rows(sorted(options.words))
            chosen = np.sort(rows[rows >= 0])[: options.top]
            part = vocabulary.take(chosen)
    except DuplicateWordError as error:  # a table that was mapped, and not built here
        raise FormatError(f"{error}; the file is damaged") from error
    if report is not None:
        report = LoadReport.from_json({**report.to_json(), "rows": len(part)})
        for word in sorted(options.words or ()):
            if word not in part:
                report.add("word not in file", f"asked for {word!r}, which the file does not hold")
    if wv.quantised is not None:
        old = wv.quantised
        quantised = type(old)(old.rows[chosen], old.scales[chosen], old.residuals[chosen])
    counts = None if wv.counts is None else wv.counts[chosen]
    return WordVectors(
        part, wv.vectors[chosen], norms=wv.norms[chosen], counts=counts, recipe=wv.recipe, report=report,
        quantised=quantised, subwords=wv.subwords,
    )  # fmt: skip
