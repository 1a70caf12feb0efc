"""Words in any script: marks belong to their letters, however they are written."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.context.textmeans import words_of
from firth.context.words import checked_spans, finder
from firth.errors import OptionError
from firth.runningwords import marks, word_pattern


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("text", ["हिन्दी भाषा", nfd("café naïve"), "می‌خواهم", "naïve café", nfd("Tiếng Việt"), "क्‍ष x"])
def test_a_word_keeps_its_marks(text: str) -> None:
    assert words_of(text) == text.split()


def test_plain_text_is_cut_as_before() -> None:
    text = "Don't panic -- it's state-of-the-art! 3rd_case, o’clock ❤️ 'quoted'"
    assert words_of(text) == re.findall(r"\w+(?:['’\-]\w+)*", text)


def test_all_marks_are_known() -> None:
    one = re.compile(f"[{marks()}]")
    assert [c for c in map(chr, range(0x110000)) if bool(one.match(c)) != (unicodedata.category(c)[0] == "M")] == []


@given(st.text(alphabet="ab e\u0301\u0323हि\u094d\u200d-'❤\ufe0f"))
def test_words_are_found_as_a_plain_walk_finds_them(text: str) -> None:
    def letter(c: str) -> bool:
        return c.isalnum() or c == "_"

    def joins(c: str) -> bool:
        return unicodedata.category(c)[0] == "M" or c in "\u200c\u200d"

    out, at = [], 0
    while at < len(text):
        start = at
        while at < len(text) and (letter(text[at]) or (at > start and joins(text[at]))):
            at += 1
            if at + 1 < len(text) and text[at] in "-'" and letter(text[at + 1]):
                at += 1
        if at > start:
            out.append(text[start:at])
        else:
            at += 1
    assert re.findall(word_pattern(), text) == out


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("cafe", nfd("café cafe"), [(6, 10)]),
        ("café", nfd("un café noir") + " CAFÉ", [(3, 8), (14, 18)]),
        (nfd("café"), "café cafe", [(0, 4)]),
        ("ह", "हिन्दी ह", [(7, 8)]),
        ("द", "हिन्दी द", [(7, 8)]),
        ("हिन्दी", "हिन्दी भाषा", [(0, 6)]),
        ("Việt", "Việt " + nfd("Việt") + " Vi\u1eb9\u0302t Vi\u00ea\u0323t", [(0, 4), (5, 11), (12, 17), (18, 23)]),
        ("한국", nfd("한국") + " 한국", [(0, 6), (7, 9)]),
        ("bat", "❤️bat 🏏bat bat👍🏽 bat\u200c", [(2, 5), (7, 10), (11, 14), (17, 20)]),
        ("❤️", "I ❤️NY", [(2, 4)]),
        ("کتاب", "کتاب‌ها کتاب", [(8, 12)]),
        ("U.S.", "the U.S.A", [(4, 8)]),
        ("ve", nfd("naïve"), []),
    ],
)
def test_a_named_word_is_found_whole(word: str, text: str, found: list[tuple[int, int]]) -> None:
    assert finder(word)(text) == found


def test_of_several_words_the_longer_is_found() -> None:
    assert finder(words=["bat", "bat house"])("a bat house, a bat houses, é") == [(2, 11), (15, 18)]


@pytest.mark.parametrize(
    "options", [{"pattern": 3}, {"pattern": b"x"}, {"pattern": re.compile(b"x")}, {"words": 5}, {"words": [b"a"]},
                {"words": []}, {"word": 3}, {"word": " "}]
)  # fmt: skip
def test_what_is_no_word_is_told(options: dict) -> None:
    with pytest.raises(OptionError, match="expected"):
        finder(**options)


@pytest.mark.parametrize("spans", [[(1, 2), (3,)], 5, "ab", [None], [(0.0, 1.0)], [[(0, 1)], [(0, 1)]], {"a": 1}])
def test_what_is_no_span_is_told(spans: object) -> None:
    with pytest.raises(OptionError, match=r"the spans of text 7 .*expected \(start, end\)"):
        checked_spans(spans, "a bat", 7)
