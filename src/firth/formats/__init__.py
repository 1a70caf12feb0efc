"""Vector files: each kind read and written, told apart by their bytes.

Every module here that stands for one format has ``NAME``, ``EXTENSIONS``, ``sniff(head)``, ``read(source, options)``
and ``write(wv, path)``. To add a format, write such a module and enter it in ``_MODULES``.
"""

from __future__ import annotations

import importlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firth.errors import DuplicateWordError, FormatError, OptionError, ShapeError, UnknownFormatError

if TYPE_CHECKING:
    from firth.formats.base import ReadOptions, Source
    from firth.wordvectors import WordVectors

__all__ = ["FORMATS", "load", "save", "target_format"]

#: Name → module, in the order in which a file's first bytes are shown to them.
_MODULES = {
    "firth": "firth.formats.firth_file",
    "npy": "firth.formats.npy",
    "npz": "firth.formats.npz",
    "parquet": "firth.formats.parquet",
    "arrow": "firth.formats.arrow",
    "static-model": "firth.formats.static_model",
    "spacy": "firth.formats.spacy_vectors",
    "projector": "firth.formats.projector_tsv",
    "fasttext": "firth.formats.fasttext",
    "gensim": "firth.formats.gensim_native",
    "finalfusion": "firth.formats.fifu",
    "word2vec-bin": "firth.formats.word2vec_bin",
    "floret": "firth.formats.floret",
    "word2vec": "firth.formats.word2vec_text",
    "glove": "firth.formats.glove",
}

#: The names that ``format=`` takes.
FORMATS = tuple(_MODULES)

#: Ending of a file's name → the format that is written; the longest that fits wins.
_ENDINGS = {
    ".firth": "firth",
    ".npy": "npy",
    ".npz": "npz",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".tsv": "projector",
    ".fifu": "finalfusion",
    ".kv": "gensim",
    ".model": "gensim",
    ".bin": "word2vec-bin",
    ".w2v": "word2vec-bin",
    ".vec": "word2vec",
    ".w2v.txt": "word2vec",
    ".txt": "glove",
    ".glove": "glove",
    ".floret": "floret",
}

#: Formats that are read and never written.
_READ_ONLY = {"gensim"}

#: Lines beyond ``top`` that are unpacked of a packed text: a header, blank lines, rows that cannot be used.
_SPARE_LINES = 1_000

#: Formats that are mapped or stand in two files, so that packing them makes no sense.
_NEVER_PACKED = {"firth", "npy", "npz", "parquet", "arrow", "static-model", "spacy", "projector"}


def _module(name: str) -> Any:
    if name not in _MODULES:
        raise UnknownFormatError(f"no format {name!r}; there are: {', '.join(FORMATS)}")
    return importlib.import_module(_MODULES[name])


def load(
    path: str | os.PathLike[str],
    *,
    top: int | None = None,
    words: Iterable[str] | None = None,
    strict: bool = False,
    format: str | None = None,  # noqa: A002
) -> WordVectors:
    """Open a vector file of any kind; which kind, its bytes tell, not its name.

    Files packed with gzip, bzip2, xz, zstd, zip or tar are unpacked in passing; ``archive.zip::member`` names one
    file of an archive, ``-`` standard input. Rows that cannot be used are skipped and listed in the table's
    ``report``.

    Args:
        path: the file, or the folder of a static model (Model2Vec, sentence-transformers) or of spaCy's vectors.
        top: stop after this many words; published files have the most frequent first.
        words: load only these words.
        strict: refuse a file with rows that cannot be used, repeated words, or a header that is wrong.
        format: the name of a format (see ``firth.formats.FORMATS``) to take the file for; None to find out.

    Raises:
        ReadError: the file cannot be opened.
        UnknownFormatError: it is no vector file that firth knows; the message says what it seems to be.
        FormatError: it is damaged, or ``strict`` and not as its format demands.
        OptionError: an argument is outside what it may be.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "animals.txt"
    >>> _ = file.write_text("cat 0.5 1\\ndog 0.5 0.75\\ncow 1\\n")
    >>> wv = load(file)
    >>> wv
    <WordVectors: 2 words x 2, float32>
    >>> print(wv.report.problems[0])
    line 3: 1 number where 2 were expected: 'cow 1'; row skipped
    """
    options = _options(top, words, strict)
    if options.whole and format in (None, "firth") and (mapped := _open_firth(path)) is not None:
        return mapped
    if _is_kind(path, stat.S_ISDIR) and format in (None, "static-model", "spacy"):
        from firth.formats.folders import read_folder

        return read_folder(Path(path), options)
    from firth.formats.source import open_source

    few = None if options.top is None or options.words is not None else options.top + _SPARE_LINES
    source = open_source(path, lines=few)
    wv = read_source(source, options, format)
    if source.partial and len(wv) < (options.top or 0):  # many lines had to be skipped
        wv = read_source(open_source(path), options, format)
    return wv


def read_source(source: Source, options: ReadOptions, format: str | None = None) -> WordVectors:  # noqa: A002
    """Make a table of a file's unpacked bytes; every error names the file.

    Raises:
        FormatError: as in :func:`load`.

    >>> from firth.formats.base import ReadOptions, Source
    >>> read_source(Source.from_bytes(b"cat 0.5 1\\n"), ReadOptions())
    <WordVectors: 1 words x 2, float32>
    """
    try:
        module = _module(format) if format is not None else _detect(source)
        wv: WordVectors = module.read(source, options)
    except FormatError as error:
        if source.name in str(error) or format not in (None, *FORMATS):
            raise
        raise type(error)(f"{source.name}: {error}") from error
    except (DuplicateWordError, ShapeError) as error:  # a table that does not fit together
        raise FormatError(f"{source.name}: {error}; the file is damaged") from error
    return wv


def _options(top: int | None, words: Iterable[str] | None, strict: bool) -> ReadOptions:
    from firth.formats.base import ReadOptions

    if isinstance(words, str):
        raise OptionError(f"words={words!r} is one string; expected a list of words, such as words=[{words!r}]")
    return ReadOptions(top, None if words is None else frozenset(words), strict)


def _is_kind(path: str | os.PathLike[str], kind: Callable[[int], bool]) -> bool:
    """Tell what stands at a path; nothing, where it cannot be looked at."""
    try:
        return kind(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


def _open_firth(path: str | os.PathLike[str]) -> WordVectors | None:
    """Open a ``.firth`` file by the shortest way, so that it costs little more than numpy; None for anything else."""
    from firth.formats import firth_file

    try:
        if not _is_kind(path, stat.S_ISREG):  # a pipe can be opened only once
            return None
        with Path(path).open("rb") as file:
            head = file.read(4096)
    except (OSError, ValueError):
        return None  # what is wrong is said when it is opened the long way
    return firth_file.open_mapped(path) if firth_file.sniff(head) else None


def _detect(source: Source) -> Any:
    """Return the module of the format that the first bytes of a file show."""
    from firth.formats import foreign

    if len(source.data) == 0:
        raise FormatError(f"{source.name} is empty; expected a vector file")
    head = source.head()
    foreign.refuse(source, head)
    for name in FORMATS:
        module = _module(name)
        if module.sniff(head):
            return module
    return _module("glove")  # its reader says what the lines lack


def save(wv: WordVectors, path: str | os.PathLike[str], *, format: str | None = None) -> Path:  # noqa: A002
    """Write a table; the format follows from the name unless given.

    ``.firth``, ``.npy`` (with the words beside it), ``.txt`` (GloVe), ``.vec`` (word2vec text), ``.bin`` (word2vec
    binary; fastText's own where the table has its subwords); text and ``.bin`` also packed, such as ``.txt.gz`` or
    ``.vec.zst``. Further ``.npz``, ``.parquet``, ``.arrow``, ``.tsv`` (TensorBoard), ``.fifu`` (finalfusion),
    ``.floret`` (spaCy); and, by
    ``format="static-model"`` or ``"spacy"``, folders. What is written stands beside its target and is renamed, so that
    a crash leaves the old file or the new one.

    Raises:
        UnknownFormatError: the name tells no format.
        FormatError: the format cannot hold a word of the table.
        WriteError: the file could not be written.

    >>> import pathlib, tempfile
    >>> from firth.wordvectors import WordVectors
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "animals.vec"
    >>> _ = save(WordVectors.from_words(["cat"], [[0.5, 1]]), file)
    >>> file.read_text()
    '1 2\\ncat 0.5 1.0\\n'
    """
    target = Path(path)
    _module(target_format(target, wv, format=format)).write(wv, target)
    return target


def target_format(
    path: str | os.PathLike[str],
    wv: WordVectors | None = None,
    *,
    format: str | None = None,  # noqa: A002
) -> str:
    """Return the name of the format that :func:`save` writes; what can be told from the name alone is checked.

    Args:
        path: the file that shall be written.
        wv: the table; None where it is not known yet: then a ``.bin`` counts as word2vec's.
        format: as in :func:`save`.

    Raises:
        UnknownFormatError: the name tells no format, or that of a packed file which is never packed.
        FormatError: files of that kind are read and never written.

    >>> target_format("animals.vec.gz")
    'word2vec'
    """
    from firth.formats.target import PACKED

    target = Path(path)
    packed = target.suffix.lower() in PACKED
    name = format if format is not None else _format_of(target.with_suffix("") if packed else target)
    module = _module(name)
    if name in _READ_ONLY:
        module.refuse(target)
    if packed and name in _NEVER_PACKED:
        raise UnknownFormatError(
            f"cannot write {target}: a file of format {name} is never packed, so that it can be mapped; "
            f"drop the {target.suffix}"
        )
    subwords = None if wv is None else wv.subwords
    if format is None and name == "word2vec-bin" and subwords is not None and subwords.hashing == "fasttext":
        return "fasttext"  # word2vec's .bin would lose the subwords, fastText's own .bin keeps them
    return name


def _format_of(path: Path) -> str:
    endings = [ending for ending in _ENDINGS if path.name.lower().endswith(ending)]
    if not endings:
        written = ", ".join(ending for ending, name in _ENDINGS.items() if name not in _READ_ONLY)
        raise UnknownFormatError(
            f"the name {path.name!r} tells no format; end it in one of {written}, or give format= (convert: --to)"
        )
    return _ENDINGS[max(endings, key=len)]
