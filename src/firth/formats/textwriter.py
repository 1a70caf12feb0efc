"""A table → text, as GloVe or word2vec write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError
from firth.formats.target import open_target, write_rows
from firth.wordvectors import WordVectors

_BOM = b"\xef\xbb\xbf"


def write_text(wv: WordVectors, path: Path, *, header: bool) -> None:
    """Write one line a word: the word, then the shortest decimals that give the same float32 back.

    Raises:
        FormatError: a word holds a blank, a tab or a line's end, which text cannot hold.
        WriteError: the file could not be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.vec"
    >>> write_text(WordVectors.from_words(["cat", "dog"], [[0.1, -2], [1e-7, 3.5]]), path, header=True)
    >>> print(path.read_text(), end="")
    2 2
    cat 0.1 -2.0
    dog 1e-07 3.5
    """
    from firth.kernels.textwrite import WIDEST, put_lines

    kind = "word2vec text" if header else "GloVe text"
    check_words(wv, kind, b" \t\n\r")
    if wv.dim == 0 or len(wv) == 0:
        raise FormatError(f"a table of {len(wv):,} words x {wv.dim} cannot be written as {kind}; use .firth")
    if not header and wv.vocabulary.blob[:3].tobytes() == _BOM:
        raise FormatError("the first word starts with a byte order mark, which readers of GloVe text drop; use .vec")
    with open_target(path) as file:
        if header:
            file.write(f"{len(wv)} {wv.dim}\n".encode())
        write_rows(wv, file, put_lines, lambda rows: rows.view(np.int32), WIDEST * wv.dim + 1)


def check_words(wv: WordVectors, kind: str, forbidden: bytes) -> None:
    """Raise where a word holds a byte that the format keeps for itself."""
    blob: NDArray[np.uint8] = wv.vocabulary.blob
    for byte in forbidden:
        places = np.flatnonzero(blob == byte)
        if len(places):
            row = int(np.searchsorted(wv.vocabulary.offsets, places[0], side="right")) - 1
            raise FormatError(
                f"the word {wv.vocabulary[row]!r} (row {row:,}) holds {chr(byte)!r}, which {kind} cannot hold; "
                "write .firth, or rename the word"
            )
