"""From one file to another: read, note where the table came from, write."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.formats import load, save
from firth.formats import target_format as format_written
from firth.subwords import Subwords
from firth.wordvectors import WordVectors

_BLOCK = 1 << 22
#: Rows of subwords that are rounded at a time.
_ROWS = 1 << 14


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    top: int | None = None,
    words: Iterable[str] | None = None,
    strict: bool = False,
    half: bool = False,
    source_format: str | None = None,
    target_format: str | None = None,
) -> WordVectors:
    """Read a vector file and write it as another kind; return the table, whose report tells what was odd.

    The recipe that is written along holds the source's name and the SHA-256 of its bytes.

    Args:
        source, target: the files; the target's name tells its format.
        top, words, strict: as in :func:`firth.formats.load`.
        half: write float16, half as large, rows of subwords too; similarities change in the fourth digit. In a format
            that holds float32 alone the numbers are rounded all the same.
        source_format, target_format: names of formats, where bytes and name do not tell.

    Raises:
        ReadError, FormatError, WriteError: as in :func:`firth.formats.load` and :func:`firth.formats.save`. A target
            whose name no writer knows is refused before the source is read.
        OptionError: ``half``, and a number is too large for float16.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "animals.txt").write_text("cat 0.5 1\\ndog 0.5 0.75\\n")
    >>> convert(folder / "animals.txt", folder / "animals.firth", half=True)
    <WordVectors: 2 words x 2, float16>
    """
    format_written(target, format=target_format)
    with ThreadPoolExecutor(1) as pool:
        digest = pool.submit(sha256_of, Path(source))
        wv = load(source, top=top, words=words, strict=strict, format=source_format)
        sha256 = digest.result()
    recipe = wv.recipe if wv.recipe.get("sha256") else {**wv.recipe, "sha256": sha256} if sha256 else wv.recipe
    wv = _changed(wv, recipe, half=half and wv.vectors.dtype != np.float16)
    save(wv, target, format=target_format)
    return wv


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex; nothing where there is no file to read twice."""
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _changed(wv: WordVectors, recipe: dict[str, Any], *, half: bool) -> WordVectors:
    vectors, quantised, subwords = wv.vectors, wv.quantised, wv.subwords
    norms: NDArray[np.float32] | None = wv.norms
    if half:
        with np.errstate(over="ignore"):
            vectors = vectors.astype(np.float16)
        too_large = np.isinf(vectors).any(axis=1) & np.isfinite(wv.vectors).all(axis=1)
        if too_large.any():
            row = int(np.argmax(too_large))
            raise OptionError(
                f"the vector of {wv.vocabulary[row]!r} holds {np.abs(wv.vectors[row]).max():.6g}, and float16 ends at "
                "65,504; write it without half precision"
            )
        if subwords is not None:
            subwords = _halved(subwords)
        norms, quantised = None, None
        recipe = {**recipe, "halved": True}
    return WordVectors(
        wv.vocabulary, vectors, norms=norms, counts=wv.counts, recipe=recipe, report=wv.report, quantised=quantised,
        subwords=subwords,
    )  # fmt: skip


def _halved(subwords: Subwords) -> Subwords:
    rows = np.empty(subwords.rows.shape, np.float16)
    for start in range(0, len(rows), _ROWS):
        old = subwords.rows[start : start + _ROWS]
        with np.errstate(over="ignore"):
            rows[start : start + _ROWS] = old
        if (np.isinf(rows[start : start + _ROWS]) & np.isfinite(old)).any():
            raise OptionError(
                f"the subwords hold {np.abs(old).max():.6g}, and float16 ends at 65,504; write them without half "
                "precision"
            )
    return dataclasses.replace(subwords, rows=rows)
