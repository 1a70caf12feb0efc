"""GloVe text: one line a word, the word and its numbers with blanks between, no header.

Pennington, Socher and Manning 2014, https://nlp.stanford.edu/projects/glove/.
"""

from __future__ import annotations

from pathlib import Path

from firth.formats.base import ReadOptions, Source
from firth.formats.survey import looks_like_text
from firth.formats.textreader import read_text
from firth.formats.textwriter import write_text
from firth.wordvectors import WordVectors

NAME = "glove"
EXTENSIONS: tuple[str, ...] = (".txt", ".glove")


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts lines of words and numbers; a header makes it word2vec text."""
    return looks_like_text(head, header=False)


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read GloVe text (a header, where one stands, is understood)."""
    return read_text(source, options)


def write(wv: WordVectors, path: Path) -> None:
    """Write GloVe text: the shortest decimals that give the same float32 back."""
    write_text(wv, path, header=False)
