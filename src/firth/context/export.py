"""Usages as files: Parquet for tables, ``.firth`` for search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from firth.errors import MissingExtraError, UnknownFormatError
from firth.files import atomic_write
from firth.wordvectors import WordVectors

if TYPE_CHECKING:
    from firth.context.usages import Usages


def save(usages: Usages, path: Path) -> Path:
    """Write usages as Parquet or as a ``.firth`` table, told by the name (see :meth:`Usages.save`)."""
    kind = path.suffix.lower()
    if kind == ".parquet":
        _parquet(usages, path)
    elif kind == ".firth":
        as_table(usages).save(path)
    else:
        raise UnknownFormatError(
            f"{path}: usages are written as .parquet or .firth; use a name that ends in one of them"
        )
    return path


def as_table(usages: Usages) -> WordVectors:
    """Return usages as a static table of words ``word@text:start``; those without a vector are left out."""
    known = np.flatnonzero(usages.found)
    chosen = usages.choose(known)
    names = [
        f"{word}@{number}:{start}"
        for word, number, start in zip(chosen.words, chosen.numbers.tolist(), chosen.spans[:, 0].tolist(), strict=True)
    ]
    seen = dict(zip(chosen.numbers.tolist(), chosen.texts, strict=True))
    recipe = {
        "kind": "usages",
        "model": usages.model,
        "names": "word@text:start",
        "texts": {str(number): text for number, text in seen.items()},
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
    clean = [text.encode("utf-8", "replace").decode() for text in usages.texts]
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
