"""The names of what readers report, and what each means."""

from __future__ import annotations

#: Oddities of a row or a word that is kept → what is said of it.
TEXTS = {
    "blank line": "nothing in the line; skipped",
    "empty word": "the word is empty; kept",
    "word not UTF-8": "its bytes are not UTF-8; kept as they are",
    "row with NaN": "a number is NaN, so the word has no neighbours; kept",
    "row with infinity": "a number is infinite or the row too long to compare, so the word has no neighbours; kept",
    "zero row": "all numbers are zero or too small to compare, so the word has no neighbours; kept",
}

#: What ``strict=True`` refuses: rows that are left out, and headers that are wrong.
REFUSED = frozenset(
    {
        "short row", "long row", "unreadable number", "truncated row", "duplicate word", "header count", "header dim",
        "truncated file", "bytes after the end",
    }
)  # fmt: skip
