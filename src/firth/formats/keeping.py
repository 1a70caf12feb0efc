"""What a format can keep of a table, and what is to be said where it cannot."""

from __future__ import annotations

from firth.wordvectors import WordVectors

#: Formats that hold float16 as it is; the others hold float32.
_HALVES = {"firth", "npy", "npz", "parquet", "arrow", "static-model"}

#: Formats that hold the subwords of a table.
_SUBWORDS = {"firth", "fasttext", "finalfusion", "floret"}


def written_dtype(wv: WordVectors, name: str) -> str:
    """Return the kind of number that a file of format ``name`` holds of a table.

    >>> import numpy as np
    >>> half = WordVectors.from_words(["cat"], np.ones((1, 2), np.float16))
    >>> written_dtype(half, "firth"), written_dtype(half, "glove")
    ('float16', 'float32')
    """
    return str(wv.vectors.dtype) if name in _HALVES else "float32"


def not_kept(wv: WordVectors, name: str) -> list[str]:
    """Return a sentence for each thing about words and their vectors that a file of format ``name`` does not keep.

    >>> import numpy as np
    >>> not_kept(WordVectors.from_words(["cat"], np.ones((1, 2), np.float16)), "glove")
    ['the numbers are rounded to float16 and stored as float32: the format glove holds no float16']
    """
    lines = []
    if str(wv.vectors.dtype) != written_dtype(wv, name):
        lines.append(f"the numbers are rounded to float16 and stored as float32: the format {name} holds no float16")
    if wv.subwords is not None and name not in _SUBWORDS:
        lines.append(
            f"words that the table lacks no longer get a vector in this file: the format {name} holds no subwords, "
            ".firth does"
        )
    if name == "floret":
        lines.append(
            "the file holds a hashed table of n-grams and no words: name the words to open it with, such as "
            "firth convert FILE.floret OUT.firth --words LIST, or firth.load(FILE, words=[...])"
        )
    return lines
