"""Texts cut into word pieces, with the characters that each piece came from."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, MissingExtraError

Ints = NDArray[np.int64]

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of several texts, one after another, without special ones.

    Attributes:
        ids: int64 of shape ``(n_pieces,)``.
        starts, ends: the characters of its text that each piece stands for, blanks around it left out, int64 of shape
            ``(n_pieces,)``; both equal for a piece of blanks alone.
        bounds: where each text's pieces begin, int64 of shape ``(n_texts + 1,)``.
        fresh: whether white space, or nothing, stands between a piece and the one before, bool of shape
            ``(n_pieces,)``; None where that is not known, and a gap counts as white space.
    """

    ids: Ints
    starts: Ints
    ends: Ints
    bounds: Ints
    fresh: NDArray[np.bool_] | None = None


class PieceTokenizer:
    """A model's own tokenizer, with its truncation and padding switched off.

    Special tokens that stand in a text, such as ``[MASK]``, are cut like any other text.

    Attributes:
        prefix, suffix: ids of the special pieces that stand before and after every text.
        pad: the id that fills short rows.
    """

    def __init__(self, tokenizer: Any) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        probe = tokenizer.encode("a")
        own = np.flatnonzero(np.asarray(probe.special_tokens_mask) == 0)
        ids = np.asarray(probe.ids, np.int64)
        first, last = (int(own[0]), int(own[-1]) + 1) if len(own) else (len(ids), len(ids))
        self.prefix, self.suffix = ids[:first], ids[last:]
        self.pad = 0

    @property
    def n_special(self) -> int:
        """How many special pieces wrap a window."""
        return len(self.prefix) + len(self.suffix)

    @property
    def raw(self) -> Any:
        """The tokenizer of the ``tokenizers`` library."""
        return self._tokenizer

    def whole_words(self) -> list[str]:
        """Return the pieces that are words by themselves, in the order of their ids: most frequent first, mostly.

        A piece counts when its text, cut again, gives that one piece back, and holds two letters or more.
        """
        vocabulary = sorted(self._tokenizer.get_vocab(with_added_tokens=False).items(), key=lambda item: item[1])
        texts = [self._tokenizer.decode([number]).strip() for _, number in vocabulary]
        cut = self.encode(texts)
        alone = np.diff(cut.bounds) == 1
        out = []
        for (_, number), text, at, one in zip(vocabulary, texts, cut.bounds.tolist(), alone.tolist(), strict=False):
            if one and cut.ids[at] == number and len(text) > 1 and text.isalpha():
                out.append(text)
        return list(dict.fromkeys(out))

    def encode(self, texts: Sequence[str]) -> Pieces:
        """Cut texts into pieces.

        A character that is no Unicode (a surrogate escape) counts as the replacement character, in the same place.
        """
        try:
            encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):
            sound = [_SURROGATES.sub("\ufffd", text) for text in texts]
            encoded = self._tokenizer.encode_batch(sound, add_special_tokens=False)
        bounds = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=bounds[1:])
        total = int(bounds[-1])
        ids = np.fromiter(itertools.chain.from_iterable(e.ids for e in encoded), np.int64, total)
        flat = itertools.chain.from_iterable(itertools.chain.from_iterable(e.offsets for e in encoded))
        offsets = np.fromiter(flat, np.int64, 2 * total)
        starts, ends, fresh = _without_blanks(texts, offsets[::2], offsets[1::2], bounds)
        return Pieces(ids, starts, ends, bounds, fresh)


@cache
def _blanks() -> NDArray[np.bool_]:
    """Return which characters are white space; no code point beyond the table is."""
    return np.array([chr(i).isspace() for i in range(0x3002)])


def _without_blanks(
    texts: Sequence[str], starts: Ints, ends: Ints, bounds: Ints
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Return the pieces' characters without blanks around them, and which pieces white space stands before.

    Some tokenizers count the blank before a word as part of its first piece (byte-level ones that do not trim, and
    SentencePiece's), some do not; afterwards they are alike.
    """
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    blank = np.append(_blanks()[np.minimum(points, 0x3001)], False)
    base = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=base[1:])
    shift = np.repeat(base[:-1], np.diff(bounds))
    starts, ends = starts + shift, ends + shift
    padded = np.flatnonzero(blank[starts])
    while len(padded := padded[blank[starts[padded]] & (starts[padded] < ends[padded])]):
        starts[padded] += 1
    padded = np.flatnonzero(blank[ends - 1])
    while len(padded := padded[blank[ends[padded] - 1] & (starts[padded] < ends[padded])]):
        ends[padded] -= 1
    seen = np.zeros(len(blank) + 1, np.int32)
    np.cumsum(blank, out=seen[1:])
    fresh = np.ones(len(starts), bool)
    fresh[1:] = seen[starts[1:]] > seen[ends[:-1]]
    fresh[bounds[:-1][np.diff(bounds) > 0]] = True
    return starts - shift, ends - shift, fresh


def read_tokenizer(folder: Path) -> PieceTokenizer:
    """Return the tokenizer of a model folder: its ``tokenizer.json``, or BERT's own rules over its ``vocab.txt``.

    Raises:
        FormatError: the folder holds neither, or a damaged one.
        MissingExtraError: the package tokenizers is not installed.
    """
    try:
        from tokenizers import Tokenizer
        from tokenizers.implementations import BertWordPieceTokenizer
    except ImportError as error:
        raise MissingExtraError("tokenizers", "contextual", "cutting texts into word pieces") from error
    file, vocabulary = folder / "tokenizer.json", folder / "vocab.txt"
    try:
        if file.exists():
            return PieceTokenizer(Tokenizer.from_file(str(file)))
        if vocabulary.exists():
            settings = folder / "tokenizer_config.json"
            lower = json.loads(settings.read_text()).get("do_lower_case", True) if settings.exists() else True
            return PieceTokenizer(BertWordPieceTokenizer(str(vocabulary), lowercase=bool(lower))._tokenizer)
    except Exception as error:  # the library raises bare Exception
        raise FormatError(f"the tokenizer in {folder} cannot be read: {error}") from error
    raise FormatError(f"{folder} holds neither tokenizer.json nor vocab.txt; expected a folder of a transformers model")
