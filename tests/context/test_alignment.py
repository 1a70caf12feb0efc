"""Every word is accounted for, whatever stands in the text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firth.context import Encoder
from firth.context.alignment import align

HOSTILE = [
    "🏏bat", "bat🏏", "👩‍👩‍👧‍👦", "👍🏽", "na\u0308ive", "naïve", "e\u0301",
    "\u200b", "\u200bbat\u200b", "ba\u00adt", "\ufeffbat", "\x00",
    "ba\x00t", "x" * 120, "שלום", "مرحبا", "世界", "日本語bat", "한국어",
    "don't", "state-of-the-art", "U.S.", "[MASK]", "[SEP]", "\ud800",
    "caf\udce9", "ﬁ", "İ", "ß", "a\u0300\u0301\u0302",
    "\u2067bat\u2069", "bat", "playing", "...", "\u3000",
]  # fmt: skip
words = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=8), st.sampled_from(["the", "cave", "a"]))
blanks = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0", "\u3000"])
texts = st.lists(st.tuples(words, blanks), max_size=30).map(lambda parts: "".join(w + b for w, b in parts))
slow = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@slow
@given(st.lists(texts, max_size=6))
def test_every_word_has_a_row(encoder: Encoder, some: list[str]) -> None:
    usages = encoder.usages(some)
    wanted = [(k, *m.span()) for k, text in enumerate(some) for m in re.finditer(r"\S+", text)]
    found = [(int(n), *span) for n, span in zip(usages.numbers, usages.spans.tolist(), strict=True)]
    assert found == wanted
    assert usages.words == [some[k][start:end] for k, start, end in wanted]
    assert usages.vectors.shape == (len(wanted), encoder.dim)
    whole = np.isfinite(usages.vectors).all(axis=1)
    assert (whole == usages.found).all()
    # a word has no vector only where the tokenizer makes no piece of any of its characters
    pieces = encoder.tokenizer.encode(some)
    for (k, start, end), has in zip(wanted, usages.found.tolist(), strict=True):
        own = slice(pieces.bounds[k], pieces.bounds[k + 1])
        starts, ends = pieces.starts[own], pieces.ends[own]
        assert has == bool(((starts < end) & (ends > start) & (ends > starts)).any())


@slow
@given(st.lists(texts, min_size=1, max_size=4), st.data())
def test_ranges_are_those_of_a_plain_search(encoder: Encoder, some: list[str], data: st.DataObject) -> None:
    spans, numbers = [], []
    for k, text in enumerate(some):
        for _ in range(data.draw(st.integers(0, 5))):
            start = data.draw(st.integers(0, len(text)))
            spans.append((start, data.draw(st.integers(start, len(text)))))
            numbers.append(k)
    if not spans:
        return
    pieces = encoder.tokenizer.encode(some)
    found = align(pieces, [len(text) for text in some], np.array(numbers), np.array(spans))
    for (start, end), k, first, last in zip(spans, numbers, found.first, found.last, strict=True):
        low, high = pieces.bounds[k], pieces.bounds[k + 1]
        wanted = [
            i
            for i in range(low, high)
            if pieces.starts[i] < pieces.ends[i] and pieces.starts[i] < end and pieces.ends[i] > start and start < end
        ]
        assert found.pieces[first:last].tolist() == wanted


def test_words_without_a_piece_are_marked_and_shift_nothing(encoder: Encoder) -> None:
    usages = encoder.usages([["bat", "\u200b", "", "cave"]])
    assert usages.found.tolist() == [True, False, False, True]
    assert np.isnan(usages.vectors[1]).all()
    plain = encoder.usages([["bat", "cave"]])
    assert np.allclose(usages.vectors[[0, 3]], plain.vectors, atol=1e-6)


def test_a_special_token_in_the_text_is_text(encoder: Encoder) -> None:
    cut = encoder.tokenizer.encode(["the [MASK] bat"])
    assert len(cut.ids) > 3 and 4 not in cut.ids


def test_every_occurrence_counts(encoder: Encoder) -> None:
    text = "the bat, the BAT and the bat-cave; batman, acrobat"
    usages = encoder.usages([text], word="bat")
    assert usages.spans.tolist() == [[4, 7], [13, 16], [25, 28]]
    assert len({tuple(row) for row in usages.vectors.round(4).tolist()}) == 3


@pytest.mark.parametrize("kind", ["tokens", "spans", "pattern"])
def test_ways_to_name_words_agree(encoder: Encoder, kind: str) -> None:
    texts = ["a bat in the cave", "the bats"]
    wanted = encoder.usages(texts)
    if kind == "tokens":
        found = encoder.usages([text.split() for text in texts])
    elif kind == "spans":
        found = encoder.usages(texts, spans=[[m.span() for m in re.finditer(r"\S+", text)] for text in texts])
    else:
        found = encoder.usages(texts, pattern=r"\w+")
    assert found.words == wanted.words
    assert np.array_equal(found.vectors, wanted.vectors)


def test_wikipedia_words_are_all_covered(minilm: Encoder, data: object) -> None:
    import gzip
    from pathlib import Path

    with gzip.open(Path(str(data)) / "corpora" / "wiki-en-raw-sample.txt.gz", "rt", encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file][:2000]
    n = sum(len(line.split()) for line in lines)
    pieces = minilm.tokenizer.encode(lines)
    spans = [(k, *m.span()) for k, line in enumerate(lines) for m in re.finditer(r"\S+", line)]
    assert len(spans) == n
    array = np.array(spans)
    found = align(pieces, [len(line) for line in lines], array[:, 0], array[:, 1:])
    assert (found.last > found.first).all()
    assert int((found.last - found.first).sum()) == len(pieces.ids)  # each piece in one word, none left over
