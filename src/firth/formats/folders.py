"""Folders that are one model: which kind they are, and how one is written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from firth.errors import ReadError, UnknownFormatError, WriteError
from firth.files import write_error

if TYPE_CHECKING:
    from firth.formats.base import ReadOptions
    from firth.wordvectors import WordVectors


def read_folder(path: Path, options: ReadOptions) -> WordVectors:
    """Read a folder that holds a static model (Model2Vec, sentence-transformers) or spaCy's vectors.

    Raises:
        UnknownFormatError: it is neither; the message lists what it holds.
        ReadError: it cannot be listed.
    """
    from firth.formats import spacy_vectors, static_model

    if spacy_vectors.find(path) is not None:
        return spacy_vectors.read_folder(path, options)
    if static_model.find(path) is not None:
        return static_model.read_folder(path, options)
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from error
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    raise UnknownFormatError(
        f"{path} is a folder, and neither a static model (model.safetensors with tokenizer.json) nor spaCy's vectors "
        f"(vectors with key2row and strings.json); it holds: {listed or 'nothing'}; name a file in it"
    )


@contextlib.contextmanager
def atomic_folder(path: Path, ours: str) -> Iterator[Path]:
    """Fill a folder beside ``path`` that takes its place only when all of it is written.

    Args:
        path: the folder to write; one that exists is replaced only if it holds a file ``ours`` or nothing.
        ours: the name of a file that marks a folder of the same kind.

    Raises:
        WriteError: it could not be written, or a folder of another kind stands there.
    """
    if path.exists() and not path.is_dir():
        raise WriteError(f"cannot write the folder {path}: a file stands there")
    try:
        if path.is_dir() and any(path.iterdir()) and not (path / ours).is_file():
            raise WriteError(f"cannot write {path}: a folder with other things stands there; name a new one")
        beside = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.partial")
        beside.mkdir()
    except OSError as error:
        raise error if isinstance(error, WriteError) else write_error(path, error) from error
    try:
        yield beside
        for file in beside.rglob("*"):
            if file.is_file():
                with file.open("rb") as written:
                    os.fsync(written.fileno())
        old = None
        if path.is_dir():
            old = path.with_name(f"{beside.name}.old")
            path.rename(old)
        beside.rename(path)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
    except BaseException as error:
        shutil.rmtree(beside, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, WriteError):
            raise write_error(path, error) from error
        raise
