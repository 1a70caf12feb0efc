"""Usages as files: Parquet for tables, ``.firth`` for search."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from firth.errors import MissingExtraError, UnknownFormatError
from firth.files import atomic_write
from firth.wordvectors import WordVectors

if TYPE_CHECKING:
    from firth.context.usages import Usages

#: Halves of a surrogate pair that stand for no byte.
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def save(usages: Usages, path: Path) -> Path:
    """Write usages as Parquet or as a ``.firth`` table, told by the name (see :meth:`Usages.save`)."""
    if checked_ending(path) == ".parquet":
        _parquet(usages, path)
    else:
        as_table(usages).save(path)
    return path


def checked_ending(path: Path) -> str:
    """Return the ending of a file that usages are written to.

    Raises:
        UnknownFormatError: it is neither .parquet nor .firth.

    >>> checked_ending(Path("bats.Firth"))
    '.firth'
    """
    ending = path.suffix.lower()
    if ending not in (".parquet", ".firth"):
        raise UnknownFormatError(
            f"{path}: usages are written as .parquet or .firth; use a name that ends in one of them"
        )
    return ending


def storable(word: str) -> str:
    """Return a word as a table can hold it: bytes that are no UTF-8 stay, other lone surrogates become "?".

    >>> storable("caf\\udce9"), storable("\\ud800bat")
    ('caf\\udce9', '?bat')
    """
    return word if word.isascii() else _LONE.sub("?", word)


def readable(text: str) -> str:
    """Return a text as UTF-8 can hold it, every lone surrogate as "?", so that places in it stay.

    >>> readable("caf\\udce9 \\ud800bat")
    'caf? ?bat'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def as_table(usages: Usages) -> WordVectors:
    """Return usages as a static table of words ``word@text:start``; those without a vector are left out."""
    known = np.flatnonzero(usages.found)
    chosen = usages.choose(known)
    names = [
        f"{storable(word)}@{number}:{start}"
        for word, number, start in zip(chosen.words, chosen.numbers.tolist(), chosen.spans[:, 0].tolist(), strict=True)
    ]
    seen = dict(zip(chosen.numbers.tolist(), chosen.texts, strict=True))
    recipe = {
        "kind": "usages",
        "model": usages.model,
        "names": "word@text:start",
        "texts": {str(number): readable(text) for number, text in seen.items()},
    }
    unique = list(dict.fromkeys(names))
    rows = [names.index(name) for name in unique] if len(unique) < len(names) else list(range(len(names)))
    return WordVectors.from_words(unique, chosen.vectors[rows], recipe=recipe)


def _parquet(usages: Usages, path: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "arrow", "writing Parquet") from error
    clean = [readable(text) for text in usages.texts]
    values = pyarrow.array(usages.vectors.reshape(-1))
    table = pyarrow.table(
        {
            "text": clean,
            "number": usages.numbers,
            "start": usages.spans[:, 0],
            "end": usages.spans[:, 1],
            "word": [text[start:end] for text, (start, end) in zip(clean, usages.spans.tolist(), strict=True)],
            "found": usages.found,
            "vector": pyarrow.FixedSizeListArray.from_arrays(values, max(1, usages.dim)),
        }
    )
    with atomic_write(path) as file:
        pyarrow.parquet.write_table(table, file)
