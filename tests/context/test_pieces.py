"""Pieces of every kind of tokenizer: without the blanks around them, and known by what stands before."""

from __future__ import annotations

import random
import re
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.context.pieces import PieceTokenizer
from firth.context.reading import read_plan

from .context_tokenizers import KINDS, LINES, make_tokenizer


@cache
def cutter(kind: str) -> PieceTokenizer:
    return PieceTokenizer(make_tokenizer(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_are_what_they_are_taken_for(kind: str) -> None:
    raw = cutter(kind).raw.encode("the bat  flew", add_special_tokens=False).offsets
    assert any("the bat  flew"[a:b].startswith(" ") for a, b in raw) == KINDS[kind]


@settings(deadline=None, max_examples=80)
@given(st.lists(st.text(alphabet="ab bat. \t\u3000é🏏日\ud800"), max_size=4), st.sampled_from(sorted(KINDS)))
def test_pieces_hold_no_blanks_around_them(texts: list[str], kind: str) -> None:
    pieces = cutter(kind).encode(texts)
    sound = [text.replace("\ud800", "\ufffd") for text in texts]
    raw = [one.offsets for one in cutter(kind).raw.encode_batch(sound, add_special_tokens=False)]
    assert pieces.fresh is not None and pieces.bounds.tolist() == np.cumsum([0, *map(len, raw)]).tolist()
    for k, text in enumerate(texts):
        low, end = int(pieces.bounds[k]), 0
        for i, (a, b) in enumerate(raw[k], low):
            start, stop = int(pieces.starts[i]), int(pieces.ends[i])
            assert a <= start <= stop <= b
            assert text[start:stop] == text[a:b].strip()
            before = text[end:start]
            assert bool(pieces.fresh[i]) == (i == low or any(map(str.isspace, before)))
            end = stop


@pytest.mark.parametrize("size", [8, 12, 30])
@pytest.mark.parametrize("kind", KINDS)
def test_no_window_begins_or_ends_within_a_word(kind: str, size: int) -> None:
    words = " ".join(LINES).replace("\u0301", "").split()
    text = "  ".join(random.Random(size).choices([word for word in words if word.isascii()], k=400))
    pieces = cutter(kind).encode([text])
    spans = np.array([found.span() for found in re.finditer(r"\S+", text)])
    pure = pieces.ends > pieces.starts
    lengths = [int((pure & (pieces.starts < b) & (pieces.ends > a)).sum()) for a, b in spans.tolist()]
    asked = spans[::37]  # the others are to be kept whole as well
    parts = read_plan(pieces, [len(text)], np.zeros(len(asked), np.int64), asked, size)
    edges = np.concatenate([parts.window_starts, parts.window_ends]).tolist()
    checked = 0
    for edge in edges:
        if 0 < edge < len(pieces.ids):
            a, b = pieces.ends[edge - 1], pieces.starts[edge]
            for (start, end), length in zip(spans.tolist(), lengths, strict=True):
                if start < a and b < end and length < size // 4:
                    raise AssertionError(f"a window ends within {text[start:end]!r}")
            checked += 1
    assert checked > 5


def test_a_letter_that_the_tokenizer_drops_is_no_place_to_cut() -> None:
    pieces = cutter("wordpiece").encode(["fo\u00adx b\u0301at"])
    fresh = pieces.fresh
    assert fresh is not None
    assert [int(at) for at in pieces.starts[fresh]] == [0, 5]
