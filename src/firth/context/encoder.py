"""Encoder: a contextual model that gives every word of a text its vector in that text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.context.backend import Backend
from firth.context.batches import batches
from firth.context.layers import Reading, reading
from firth.context.pieces import Pieces, PieceTokenizer
from firth.context.reading import Parts, merge_parts, pool, read_plan
from firth.context.usages import Usages, join_usages
from firth.context.words import Finder, Text, checked_spans, finder, read_text
from firth.errors import OptionError
from firth.progress import Progress, Silent

if TYPE_CHECKING:
    from pathlib import Path

    from firth.wordvectors import WordVectors

Floats = NDArray[np.float32]

#: Characters read, encoded and given out at a time: about 100,000 pieces.
CHUNK = 400_000


class Encoder:
    """A contextual model, ready to read texts.

    Made by :func:`firth.contextual`. No text is ever cut off: one longer than the model's window is read through
    overlapping windows.

    Attributes:
        name: what it was asked for as.
        backend: what computes the hidden states (see :class:`firth.context.backend.Backend`).
        tokenizer: what cuts texts into pieces.
        window: most pieces read at a time, special ones included.
    """

    def __init__(self, name: str, backend: Backend, tokenizer: PieceTokenizer, window: int | None = None) -> None:
        most = backend.max_pieces
        least = tokenizer.n_special + 2
        if window is not None and not (isinstance(window, int) and least <= window <= most):
            raise OptionError(f"window = {window!r}; expected {least} to {most} pieces for {name}")
        self.name = name
        self.backend = backend
        self.tokenizer = tokenizer
        self.window = most if window is None else window

    @property
    def dim(self) -> int:
        """Numbers a vector of one layer."""
        return self.backend.dim

    @property
    def n_layers(self) -> int:
        """Transformer layers: layer 0 is the embeddings, layer ``n_layers`` (or -1) the last."""
        return self.backend.n_layers

    @property
    def ignores_case(self) -> bool:
        """Whether the tokenizer makes no difference between ``Bat`` and ``bat``."""
        pieces = self.tokenizer.encode(["Bat", "bat"])
        return bool(np.array_equal(pieces.ids[: pieces.bounds[1]], pieces.ids[pieces.bounds[1] :]))

    def __repr__(self) -> str:
        b = self.backend
        return f"<Encoder {self.name}: {b.n_layers} layers x {b.dim}, {b.name} {b.dtype} on {b.device}>"

    # -- words in context ---------------------------------------------------------------------------------------

    def usages(
        self,
        texts: Iterable[Text],
        *,
        word: str | None = None,
        words: Iterable[str] | None = None,
        spans: Iterable[object] | None = None,
        pattern: str | re.Pattern[str] | None = None,
        layers: int | Sequence[int] = -1,
        combine: str = "mean",
        pooling: str = "mean",
        progress: Progress | None = None,
    ) -> Usages:
        """Return every usage of the words asked for, in the order of the texts, each with its vector in its text.

        Args:
            texts: strings; or lists of tokens, each of which is then a word.
            word: one word, found as a whole and whatever its case, as often as it stands there.
            words: several such words.
            spans: for every text its words as ``(start, end)`` in characters, or a list of such.
            pattern: a regular expression whose matches are the words.
            layers: which layer, 0 for the embeddings, -1 for the last; or several.
            combine: what becomes of several layers: ``"mean"`` or ``"concat"``.
            pooling: what becomes of a word's several pieces: ``"mean"``, ``"first"``, ``"last"`` or ``"max"``.
            progress: who watches.

        With none of ``word``, ``words``, ``spans`` and ``pattern``, every word between white space is a usage.

        Returns:
            A table of usages; a word that yields no piece has a row of NaN and ``found`` False.

        Raises:
            OptionError: options contradict each other, a span is outside its text, a layer does not exist.
        """
        blocks = self.stream(
            texts, word=word, words=words, spans=spans, pattern=pattern, layers=layers, combine=combine,
            pooling=pooling, progress=progress,
        )  # fmt: skip
        width = reading(layers, combine, pooling, self.n_layers).width(self.dim)
        return join_usages(list(blocks), width, self.name)

    def stream(
        self,
        texts: Iterable[Text],
        *,
        word: str | None = None,
        words: Iterable[str] | None = None,
        spans: Iterable[object] | None = None,
        pattern: str | re.Pattern[str] | None = None,
        layers: int | Sequence[int] = -1,
        combine: str = "mean",
        pooling: str = "mean",
        progress: Progress | None = None,
    ) -> Iterator[Usages]:
        """Yield the usages block by block, in order, so that any number of texts needs little memory.

        Takes what :meth:`usages` takes.
        """
        how = reading(layers, combine, pooling, self.n_layers)
        if isinstance(texts, str | bytes):
            raise OptionError(f"texts is one string, {texts[:40]!r}; expected a list of texts, such as [text]")
        for name, value in (("texts", texts), ("spans", spans)):
            if not isinstance(value, Iterable) and not (value is None and name == "spans"):
                raise OptionError(f"{name} = {value!r}; expected a list with one entry for every text")
        asked = [name for name, value in (("word", word), ("words", words), ("pattern", pattern)) if value is not None]
        if spans is not None and asked:
            raise OptionError(f"spans and {asked[0]} are given; expected one of them")
        find = None if spans is not None else finder(word, words, pattern)
        watch = progress or Silent()
        known = len(texts) if isinstance(texts, Sequence) else None
        watch.start(f"reading with {self.name}", known, "texts")
        with ThreadPoolExecutor(self.backend.workers) as pool_of_threads:
            for chunk in _chunks(_found(texts, find, bool(asked), spans)):
                yield self._block(chunk, how, pool_of_threads)
                watch.advance(chunk.n_texts)
        watch.close()

    def _block(self, chunk: _Chunk, how: Reading, threads: ThreadPoolExecutor) -> Usages:
        """Return the usages of one chunk of texts."""
        counts = [len(spans) for spans in chunk.spans]
        word_texts = np.repeat(np.arange(len(chunk.texts)), counts)
        flat = [span for spans in chunk.spans for span in spans]
        spans = np.array(flat, np.int64).reshape(-1, 2)
        pieces = self.tokenizer.encode(chunk.texts)
        parts = read_plan(pieces, [len(text) for text in chunk.texts], word_texts, spans, self._room)
        vectors = merge_parts(parts, self._read(pieces, parts, how, threads), how.pooling, len(flat))
        return Usages(chunk.texts, np.asarray(chunk.numbers, np.int64), word_texts, spans, vectors, self.name)

    @property
    def _room(self) -> int:
        """Most pieces of a window, without the special ones."""
        return self.window - self.tokenizer.n_special

    def _read(self, pieces: Pieces, parts: Parts, how: Reading, threads: ThreadPoolExecutor) -> Floats:
        """Return the vector of every part, float32 of shape ``(n_parts, width)``."""
        special = self.tokenizer.n_special
        lengths = parts.window_ends - parts.window_starts + special
        out = np.empty((len(parts.windows), how.width(self.dim)), np.float32)
        order = np.argsort(parts.windows, kind="stable")
        bounds = np.searchsorted(parts.windows[order], np.arange(len(lengths) + 1))

        def run(rows: NDArray[np.int64]) -> None:
            wide = int(lengths[rows[0]])
            ids = np.full((len(rows), wide), self.tokenizer.pad, np.int64)
            for i, row in enumerate(rows.tolist()):
                inside = pieces.ids[parts.window_starts[row] : parts.window_ends[row]]
                ids[i, : lengths[row]] = np.concatenate([self.tokenizer.prefix, inside, self.tokenizer.suffix])
            padded = int(lengths[rows[-1]]) != wide
            states = self.backend.forward(ids, lengths[rows] if padded else None, how.needed)
            mine = np.concatenate([order[bounds[row] : bounds[row + 1]] for row in rows.tolist()])
            batch_row = np.repeat(np.arange(len(rows)), bounds[rows + 1] - bounds[rows])
            shift = batch_row * wide + len(self.tokenizer.prefix) - parts.window_starts[rows][batch_row]
            first, last = parts.first[mine], parts.last[mine]
            for k, state in enumerate(how.join(states)):
                out[mine, k * self.dim : (k + 1) * self.dim] = pool(
                    state.reshape(-1, self.dim), parts.pieces, first, last, shift, how.pooling
                )

        for _ in threads.map(run, batches(lengths, self.backend.budget, self.backend.spare)):
            pass
        return out

    def read_pieces(self, ids: NDArray[np.int64], layers: Sequence[int]) -> Floats:
        """Return the vectors of single pieces, each read by itself, float32 of shape ``(n_pieces, n_layers x dim)``."""
        how = reading(layers, "concat", "mean", self.n_layers)
        before, after = self.tokenizer.prefix, self.tokenizer.suffix
        out = np.empty((len(ids), how.width(self.dim)), np.float32)
        step = max(1, self.backend.budget // (1 + len(before) + len(after)))

        def run(start: int) -> None:
            some = ids[start : start + step]
            ends = [np.tile(special, (len(some), 1)) for special in (before, after)]
            rows = np.concatenate([ends[0], some[:, None], ends[1]], axis=1)
            states = how.join(self.backend.forward(rows, None, how.needed))
            out[start : start + step] = np.concatenate([state[:, len(before)] for state in states], axis=1)

        with ThreadPoolExecutor(self.backend.workers) as threads:
            for _ in threads.map(run, range(0, len(ids), step)):
                pass
        return out

    # -- tables out of contexts ---------------------------------------------------------------------------------

    def save_static(self, folder: str | os.PathLike[str], **options: Any) -> Path:
        """Write a static model for Model2Vec and sentence-transformers (see :mod:`firth.context.static_model`)."""
        from firth.context.static_model import save_static

        return save_static(self, folder, **options)

    def distill(self, words: Iterable[str] | None = None, **options: Any) -> WordVectors:
        """Return a static table made with this model (see :func:`firth.context.distill.distill`)."""
        from firth.context.distill import distill

        return distill(self, words, **options)


class _Chunk:
    """Texts that are encoded together."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.numbers: list[int] = []
        self.spans: list[list[tuple[int, int]]] = []
        self.n_texts = 0
        self.size = 0


def _found(
    texts: Iterable[Text], find: Finder | None, named: bool, spans: Iterable[object] | None
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield every text and the spans of its words."""
    given = iter(spans) if spans is not None else None
    nothing = object()
    number = -1
    for number, item in enumerate(texts):
        text, own = read_text(item, number)
        if given is not None:
            one = next(given, nothing)
            if one is nothing:
                raise OptionError(f"spans has {number} entries for more texts; expected one for every text")
            yield text, checked_spans(one, text, number)
        elif own is not None and find is not None and not named:
            yield text, own
        elif find is not None:
            yield text, find(text)
    if given is not None and next(given, nothing) is not nothing:
        raise OptionError(f"spans has more than {number + 1} entries; expected one for every text")


def _chunks(found: Iterator[tuple[str, list[tuple[int, int]]]]) -> Iterator[_Chunk]:
    """Yield texts together until they hold about ``CHUNK`` characters; texts without a word are counted, not kept."""
    chunk = _Chunk()
    for number, (text, spans) in enumerate(found):
        chunk.n_texts += 1
        if spans:
            chunk.texts.append(text)
            chunk.numbers.append(number)
            chunk.spans.append(spans)
            chunk.size += len(text) + 32
        if chunk.size >= CHUNK or chunk.n_texts >= CHUNK:
            yield chunk
            chunk = _Chunk()
    if chunk.n_texts:
        yield chunk
