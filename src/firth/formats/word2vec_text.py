"""word2vec text, also fastText's ``.vec``: a header ``words dim``, then one line a word.

Mikolov et al. 2013, https://code.google.com/archive/p/word2vec/.
"""

from __future__ import annotations

from pathlib import Path

from firth.formats.base import ReadOptions, Source
from firth.formats.survey import looks_like_text
from firth.formats.textreader import read_text
from firth.formats.textwriter import write_text
from firth.wordvectors import WordVectors

NAME = "word2vec"
EXTENSIONS: tuple[str, ...] = (".vec", ".w2v.txt")


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` is a header of two whole numbers, with lines of words and numbers after it."""
    return looks_like_text(head, header=True)


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read word2vec text (a missing header is understood)."""
    return read_text(source, options)


def write(wv: WordVectors, path: Path) -> None:
    """Write word2vec text: the shortest decimals that give the same float32 back."""
    write_text(wv, path, header=True)
