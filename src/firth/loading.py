"""firth.load: a file of any kind, or a name from the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from firth.formats import load as load_file

if TYPE_CHECKING:
    from firth.progress import Progress
    from firth.wordvectors import WordVectors


def load(
    path: str | os.PathLike[str],
    *,
    top: int | None = None,
    words: Iterable[str] | None = None,
    strict: bool = False,
    format: str | None = None,  # noqa: A002
    progress: Progress | None = None,
) -> WordVectors:
    """Open word vectors: a file of any kind, or a name from the catalogue such as ``"glove-wiki-gigaword-100"``.

    Which kind a file is, its bytes tell, not its name; packed files are unpacked in passing (see
    :func:`firth.formats.load`). What stands on disk comes first; a name is fetched once, checked, and kept (see
    ``firth get --list``).

    Args:
        path: a file or folder, ``archive.zip::member``, ``-`` for standard input, or a name.
        top: stop after this many words; published files have the most frequent first.
        words: load only these words.
        strict: refuse a file with rows that cannot be used, repeated words, or a header that is wrong.
        format: the name of a format to take a file for; None to find out.
        progress: who watches a download.

    Raises:
        ReadError: the file cannot be opened.
        FormatError: it is damaged, or no vector file that firth knows.
        DownloadError: a named table cannot be fetched.
        OptionError: an argument is outside what it may be.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "animals.txt"
    >>> _ = file.write_text("cat 0.5 1\\ndog 0.5 0.75\\n")
    >>> load(file)
    <WordVectors: 2 words x 2, float32>
    """
    if isinstance(path, str) and format is None and path != "-" and "::" not in path and not _stands(path):
        from firth.catalogue import open_named, resolve

        if resolve(path) is not None:
            return open_named(path, top=top, words=words, strict=strict, progress=progress)
    return load_file(path, top=top, words=words, strict=strict, format=format)


def _stands(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return True  # a name that no system takes: what is wrong is said when it is opened
