"""spaCy's vectors: ``vectors`` (a .npy), ``key2row`` (MessagePack) and ``strings.json`` in one folder.

Keys are hashes of strings; the strings beside them are hashed to find the words. Where several words share a row, as
in pruned tables, each gets it. In floret mode there are no keys: the table's rows are n-gram rows, so the words are
those of ``strings.json`` and every other word gets a vector too. A pipeline's folder or its ``vocab`` may be named.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.formats.base import ReadOptions, Source
from firth.formats.cursor import Cursor
from firth.formats.folders import atomic_folder
from firth.formats.making import as_floats, make_table
from firth.formats.npy import matrix_of
from firth.formats.source import open_source
from firth.murmur import hash64_many
from firth.subwords import Subwords
from firth.wordvectors import WordVectors

NAME = "spacy"
EXTENSIONS: tuple[str, ...] = ()


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts a file of spaCy's: never, they come as a folder."""
    return False


def find(path: Path) -> Path | None:
    """Return the folder that holds the vectors: ``path`` or its ``vocab``; None where there are none."""
    for folder in (path, path / "vocab"):
        if (folder / "vectors").is_file() and (folder / "key2row").is_file():
            return folder
    return None


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read the folder that a file of it stands in.

    Raises:
        ReadError: there is no such folder.
    """
    folder = None if source.path is None else find(source.path.parent)
    if folder is None:
        raise ReadError(
            f"{source.name}: spaCy's vectors are a folder with vectors, key2row and strings.json; name that"
        )
    return read_folder(folder, options)


def read_folder(path: Path, options: ReadOptions) -> WordVectors:
    """Read the vectors in a folder that spaCy wrote.

    Raises:
        FormatError: a file is damaged, or strings are missing.
        ReadError: the folder holds no vectors.
    """
    folder = find(path)
    if folder is None:
        raise ReadError(f"{path} holds no spaCy vectors: vectors and key2row")
    matrix = matrix_of(open_source(folder / "vectors"))[0]
    strings = _strings(folder)
    settings = _json(folder / "vectors.cfg", dict) if (folder / "vectors.cfg").is_file() else {}
    if settings.get("mode") == "floret":
        return _floret(matrix, strings, settings, str(path), options)
    source = open_source(folder / "key2row")
    keys, rows = _key_to_row(source, len(matrix))
    encoded = [word.encode("utf-8", "surrogatepass") for word in strings]
    names = dict(zip(hash64_many(encoded).tolist(), strings, strict=True))
    unknown = sum(key not in names for key in keys)
    if unknown == len(keys) and keys:
        raise FormatError(f"{folder}: strings.json holds none of the {len(keys):,} words that have vectors")
    found = sorted((row, names[key]) for key, row in zip(keys, rows, strict=True) if key in names)
    chosen = np.array([row for row, _ in found], np.int64)
    in_order = len(chosen) == len(matrix) and bool((chosen == np.arange(len(matrix))).all())
    wv = make_table(
        [word for _, word in found], matrix if in_order else matrix[chosen], options, format=NAME, source=str(path)
    )  # fmt: skip
    if unknown and wv.report is not None:
        wv.report.add(
            "nameless key", f"{unknown:,} vectors whose words are not in strings.json; skipped", times=unknown
        )
    return wv


def _strings(folder: Path) -> list[str]:
    for path in (folder / "strings.json", folder.parent / "strings.json"):
        if path.is_file():
            found = _json(path, list)
            return list(dict.fromkeys(word for word in found if isinstance(word, str)))
    raise ReadError(
        f"{folder} holds vectors by hash, and no strings.json names their words; copy the whole vocab folder"
    )


def _json(path: Path, kind: type) -> Any:
    try:
        found = json.loads(open_source(path).data.tobytes())
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is no JSON ({error}); the file is damaged") from error
    if not isinstance(found, kind):
        raise FormatError(f"{path} holds a {type(found).__name__}; expected a {kind.__name__}")
    return found


def _floret(
    matrix: NDArray[Any], strings: list[str], settings: dict[str, Any], name: str, options: ReadOptions
) -> WordVectors:
    names = ("minn", "maxn", "hash_count", "hash_seed")
    numbers = {key: settings.get(key, 1 if key == "hash_count" else 0) for key in names}
    brackets = settings.get("bow", "<"), settings.get("eow", ">")
    if any(type(value) is not int for value in numbers.values()) or brackets != ("<", ">"):
        raise FormatError(f"{name}: floret settings {settings}; firth reads whole numbers and words between < and >")
    subwords = Subwords(as_floats(matrix), buckets=len(matrix), hashing="floret", **numbers)
    words = [word for word in strings if word]
    if options.top is not None and options.words is None:
        words = words[: options.top]
    if options.words is not None:
        words = [word for word in words if word in options.words]
    vectors = np.zeros((len(words), matrix.shape[1]), np.float32)
    for row, word in enumerate(words):
        vector = subwords.vector(word)
        if vector is not None:
            vectors[row] = vector
    return make_table(words, vectors, options, format=NAME, source=name, subwords=subwords, recipe={"mode": "floret"})


def _key_to_row(source: Source, n_rows: int) -> tuple[list[int], list[int]]:
    """Read a MessagePack map of whole numbers, the only thing that such a file holds."""
    cursor = Cursor(source)
    kind = int(cursor.take(1, "the kind of content")[0])
    if 0x80 <= kind <= 0x8F:
        size = kind & 0x0F
    elif kind in (0xDE, 0xDF):
        size = cursor.unpack("H" if kind == 0xDE else "I", "the size of the map")[0]
        size = int.from_bytes(size.to_bytes(2 if kind == 0xDE else 4, "little"), "big")
    else:
        raise FormatError(f"{source.name}: begins with {kind:#04x}; expected a MessagePack map of hash to row")
    raw, place = memoryview(source.data.tobytes()), cursor.place
    keys, rows = [], []
    for _ in range(size):
        key, place = _whole_number(raw, place, source.name)
        row, place = _whole_number(raw, place, source.name)
        if not 0 <= row < n_rows:
            if row == -1:
                continue  # a word that was given no row
            raise FormatError(f"{source.name}: a word in row {row} of {n_rows:,}; the file is damaged")
        keys.append(key)
        rows.append(row)
    return keys, rows


#: MessagePack's first byte of a whole number → how the number follows.
_NUMBERS = {
    0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip


def _whole_number(raw: memoryview, place: int, name: str) -> tuple[int, int]:
    if place < len(raw):
        first = raw[place]
        if first < 0x80:
            return first, place + 1
        if first >= 0xE0:
            return first - 256, place + 1
        layout = _NUMBERS.get(first)
        if layout and place + 1 + struct.calcsize(layout) <= len(raw):
            return struct.unpack_from(layout, raw, place + 1)[0], place + 1 + struct.calcsize(layout)
    raise FormatError(f"{name}: no whole number at byte {place:,}; the file is cut or damaged")


def write(wv: WordVectors, path: Path) -> None:
    """Write a folder that ``Vocab().from_disk(path)`` opens, with ``strings.json`` in it.

    Raises:
        FormatError: a word is not UTF-8 or is empty, which spaCy cannot hold.
        WriteError: the folder could not be written.
    """
    words = wv.vocabulary.words()
    for row, word in enumerate(words):
        if not word or any("\ud800" <= character <= "\udfff" for character in word):
            raise FormatError(f"the word {word!r} (row {row:,}) is empty or not UTF-8, which spaCy cannot hold")
    keys = hash64_many([word.encode() for word in words])
    with atomic_folder(path, "key2row") as folder:
        with (folder / "vectors").open("wb") as file:
            np.lib.format.write_array(file, np.ascontiguousarray(wv.vectors, np.float32), allow_pickle=False)
        pairs = b"".join(struct.pack(">BQBI", 0xCF, key, 0xCE, row) for row, key in enumerate(keys.tolist()))
        (folder / "key2row").write_bytes(struct.pack(">BI", 0xDF, len(words)) + pairs)
        (folder / "strings.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        (folder / "vectors.cfg").write_text(json.dumps({"mode": "default"}), encoding="utf-8")
