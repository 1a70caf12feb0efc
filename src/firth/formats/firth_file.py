"""The ``.firth`` file: one safetensors file that is mapped, so that opening it costs nothing.

Layout (all of it is plain safetensors, so that any tool can read it; byte-level rules in ``docs/format.md``)::

    8 bytes   little-endian length H of the header
    H bytes   JSON: {"__metadata__": {...}, "words.offsets": {"dtype", "shape", "data_offsets"}, ...}
    rest      the tensors one after another, without holes

    words.offsets        I64 (n_words + 1,)    where each word starts in words.bytes
    counts               I64 (n_words,)        optional: how often each word stood in the corpus
    vectors              F32 | F16 (n_words, dim)
    norms                F32 (n_words,)
    words.slots          I32 (n_slots,)        hash table, see firth.vocabulary
    quantised.scales     F32 (n_words,)        optional, these three together: see firth.search.quantised
    quantised.residuals  F32 (n_words,)
    quantised.rows       I8  (n_words, padded dim)
    words.bytes          U8  (n_bytes,)
    subwords.rows        F32 | F16 (n_rows, dim)  optional: rows of n-grams, see firth.subwords; their rule stands in
    subwords.kept        I32 (n_kept,)            the metadata; kept and ngrams only where the rule needs them
    subwords.ngrams.offsets, subwords.ngrams.bytes

The metadata keep a checksum of each tensor and one of the header; :mod:`firth.formats.checksums` compares them. Opening
does not: it would have to read the whole file. No pickle, ever.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.files import atomic_write
from firth.report import LoadReport
from firth.version import __version__
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

if TYPE_CHECKING:
    from firth.formats.base import ReadOptions, Source

NAME = "firth"
EXTENSIONS = (".firth",)

#: The version of the layout that this module writes, and the only one that it reads.
LAYOUT = "1"

#: From this many words on, int8 rows for the quantised search are stored too.
QUANTISE_FROM = 20_000

#: Metadata: JSON that maps each tensor to its checksum; the checksum of the header. Eight hex digits each.
CHECKSUMS, HEADER_CHECKSUM = "firth.checksums", "firth.checksums.header"
#: What stands in place of a checksum while it is not known.
NO_CHECKSUM = "00000000"

_DTYPES = {"I64": np.int64, "F32": np.float32, "F16": np.float16, "I32": np.int32, "I8": np.int8, "U8": np.uint8}
_CODES = {np.dtype(kind): code for code, kind in _DTYPES.items()}
#: What stands in safetensors files of others, beside those; numpy has no bfloat16, so its bits are given.
_OTHERS = {"F64": np.float64, "BF16": np.uint16, "BOOL": np.uint8, "I16": np.int16, "U32": np.uint32, "U64": np.uint64}
_LONGEST_HEADER = 100_000_000  # the limit that the safetensors format itself sets
_COPY_BLOCK = 1 << 26  # bytes of rows that lie apart


def sniff(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` is a ``.firth`` file (or another safetensors file of ours)."""
    return len(head) > 16 and head[8:10] == b'{"' and b'"firth.layout"' in head[:4096]


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Map a ``.firth`` file; a part of it (``top``, ``words``) shares the mapped pages where it can."""
    from firth.formats.base import restrict

    return restrict(from_bytes(source.data, source.name), options)


def open_mapped(path: str | os.PathLike[str]) -> WordVectors:
    """Open a ``.firth`` file by mapping it: no dict is built, no matrix copied.

    Raises:
        ReadError: the file cannot be opened.
        FormatError: it is damaged, or not a ``.firth`` file.
    """
    try:
        with Path(path).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise FormatError(f"{path} is empty; expected a .firth file") from error
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from error
    return from_bytes(np.frombuffer(mapped, np.uint8), str(path))


def from_bytes(data: NDArray[np.uint8], name: str) -> WordVectors:
    """Make the table whose file content is ``data``, as views without a copy.

    Raises:
        FormatError: the bytes are no whole ``.firth`` file.
    """
    tensors, metadata = parse_safetensors(data, name)
    missing = [key for key in ("words.offsets", "words.bytes", "words.slots", "vectors", "norms") if key not in tensors]
    if missing or metadata.get("firth.layout") != LAYOUT:
        found = f"layout {metadata.get('firth.layout')!r}" if not missing else f"no {', no '.join(missing)}"
        raise FormatError(
            f"{name}: {found}; this firth {__version__} reads layout {LAYOUT!r}: "
            "write the file anew with `firth convert`, or update firth"
        )
    offsets, blob, slots = tensors["words.offsets"], tensors["words.bytes"], tensors["words.slots"]
    expected = {
        "words.offsets": ("int64", 1), "words.bytes": ("uint8", 1), "words.slots": ("int32", 1),
        "norms": ("float32", 1), "counts": ("int64", 1), "quantised.rows": ("int8", 2),
        "quantised.scales": ("float32", 1), "quantised.residuals": ("float32", 1),
    }  # fmt: skip
    for key, (dtype, ndim) in expected.items():
        if key in tensors and (tensors[key].dtype != dtype or tensors[key].ndim != ndim):
            raise FormatError(f"{name}: {key} is {tensors[key].dtype} in {tensors[key].ndim} dimensions; "
                              f"expected {dtype} in {ndim}")  # fmt: skip
    if len(offsets) > 1 and not bool((offsets[1:] >= offsets[:-1]).all()):
        raise FormatError(f"{name}: word offsets run backwards; the file is damaged")
    try:
        return WordVectors(
            Vocabulary(blob, offsets, slots),
            tensors["vectors"],
            norms=tensors["norms"],
            counts=tensors.get("counts"),
            recipe=json.loads(metadata.get("firth.recipe", "{}")),
            report=LoadReport.from_json(json.loads(metadata["firth.report"])) if "firth.report" in metadata else None,
            quantised=_quantised(tensors, name),
            subwords=_subwords(tensors, metadata),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{name}: {error}; the file is damaged") from error


def _quantised(tensors: dict[str, NDArray[Any]], name: str) -> Any:
    if any(f"quantised.{part}" not in tensors for part in ("rows", "scales", "residuals")):
        return None
    parts = [tensors[f"quantised.{part}"] for part in ("rows", "scales", "residuals")]
    n_words, dim = tensors["vectors"].shape if tensors["vectors"].ndim == 2 else (-1, 0)
    rows = tensors["quantised.rows"]
    if any(len(part) != n_words for part in parts) or rows.shape[1] < dim:
        raise FormatError(f"{name}: quantised rows of shape {rows.shape} do not fit {n_words} words x {dim}")
    from firth.search.quantised import Quantised

    return Quantised(*parts)


def _subwords(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> Any:
    if "firth.subwords" not in metadata:
        return None
    from firth.subwords import Subwords

    parts = {key.removeprefix("subwords."): a for key, a in tensors.items() if key.startswith("subwords.")}
    return Subwords.from_tensors(parts, json.loads(metadata["firth.subwords"]))


def parse_safetensors(data: NDArray[np.uint8], name: str) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Read a safetensors file: return its tensors as views, and its metadata.

    Raises:
        FormatError: it is cut or damaged.
    """
    size = len(data)
    length = int.from_bytes(data[:8].tobytes(), "little") if size >= 8 else 0
    if size < 8 or length > min(_LONGEST_HEADER, size - 8):
        raise FormatError(
            f"{name}: {size:,} bytes, too short for its header of {length:,}; the file is cut or no .firth file"
        )
    try:
        header = json.loads(data[8 : 8 + length].tobytes())
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for key, entry in header.items():
            start, stop = entry["data_offsets"]
            dtype, shape = np.dtype((_DTYPES | _OTHERS)[entry["dtype"]]), tuple(entry["shape"])
            n_bytes = int(np.prod(shape, dtype=object)) * dtype.itemsize
            if not (0 <= start <= stop <= size - 8 - length) or stop - start != n_bytes or min(shape, default=0) < 0:
                raise FormatError(
                    f"{name}: {key} should be {n_bytes:,} bytes at {start:,}..{stop:,}, the file holds "
                    f"{size - 8 - length:,}; it is cut or damaged"
                )
            tensors[key] = np.frombuffer(data, dtype, n_bytes // dtype.itemsize, 8 + length + start).reshape(shape)
    except FormatError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise FormatError(f"{name}: its header cannot be read ({error}); the file is damaged") from error
    if not isinstance(metadata, dict):
        raise FormatError(f"{name}: its metadata is no object; the file is damaged")
    return tensors, metadata


def write(wv: WordVectors, path: Path) -> None:
    """Write the table to ``path``, whole or not at all."""
    with atomic_write(path) as file:
        write_to(wv, file)


def write_to(wv: WordVectors, file: BinaryIO) -> None:
    """Write the table to an open binary file, tensor by tensor, without a copy of the matrix."""
    vocabulary, quantised = wv.vocabulary, wv.quantised
    if quantised is None and len(wv) >= QUANTISE_FROM:
        from firth.search.quantised import build_quantised

        quantised = build_quantised(wv.vectors, wv.norms)
    arrays: dict[str, NDArray[Any] | None] = {
        "words.offsets": vocabulary.offsets,
        "counts": wv.counts,
        "vectors": wv.vectors,
        "norms": wv.norms,
        "words.slots": vocabulary.slots,
        "quantised.scales": None if quantised is None else quantised.scales,
        "quantised.residuals": None if quantised is None else quantised.residuals,
        "quantised.rows": None if quantised is None else quantised.rows,
        "words.bytes": vocabulary.blob,
    }
    if wv.subwords is not None:
        arrays |= {f"subwords.{key}": array for key, array in wv.subwords.tensors().items()}
    write_safetensors(file, {name: array for name, array in arrays.items() if array is not None}, _metadata(wv))


def write_safetensors(file: BinaryIO, arrays: dict[str, NDArray[Any]], metadata: dict[str, str]) -> None:
    """Write arrays as a safetensors file with checksums, tensor by tensor; rows that lie apart are copied in blocks.

    ``file`` must be seekable: the checksums are known, and written into the header, when everything else is.
    """
    from firth.formats.blocksums import add_block

    # Falling item size, as safetensors itself orders them: every tensor then starts at a multiple of its item size.
    tensors = sorted(arrays.items(), key=lambda pair: -pair[1].itemsize)
    entries: dict[str, Any] = {}
    position = 0
    for key, array in tensors:
        where = [position, position + array.nbytes]
        entries[key] = {"dtype": _CODES[array.dtype], "shape": list(array.shape), "data_offsets": where}
        position += array.nbytes
    begin = file.tell()
    file.write(_header(entries, metadata, dict.fromkeys(entries, NO_CHECKSUM)))
    checksums = {}
    for key, array in tensors:
        checksum = 0
        for block in _blocks(array):
            checksum = add_block(block, checksum)
            file.write(block)
        checksums[key] = f"{checksum:08x}"
    file.seek(begin)
    file.write(_header(entries, metadata, checksums))
    file.seek(0, os.SEEK_END)


def _blocks(array: NDArray[Any]) -> Iterator[memoryview]:
    """Yield the bytes of an array, row-major, as blocks to be summed."""
    from firth.formats.blocksums import BLOCK

    rows = max(1, len(array) if array.flags.c_contiguous else _COPY_BLOCK * len(array) // max(1, array.nbytes))
    left = np.empty(0, np.uint8)
    for start in range(0, len(array), rows):
        piece = np.ascontiguousarray(array[start : start + rows]).reshape(-1).view(np.uint8)
        if len(left):
            piece = np.concatenate([left, piece])
        whole = len(piece) if start + rows >= len(array) else len(piece) // BLOCK * BLOCK
        yield from (piece[k : min(k + BLOCK, whole)].data for k in range(0, whole, BLOCK))
        left = piece[whole:]


def _header(entries: Mapping[str, Any], metadata: Mapping[str, str], checksums: Mapping[str, str]) -> bytes:
    """Return length and header; as long, whatever the checksums are."""
    from zlib import crc32

    sums = {CHECKSUMS: json.dumps(checksums, separators=(",", ":")), HEADER_CHECKSUM: NO_CHECKSUM}
    text = json.dumps({"__metadata__": {**metadata, **sums}, **entries}, ensure_ascii=True, separators=(",", ":"))
    text += " " * (-(8 + len(text)) % 64)  # the first tensor starts on a cache line
    head = len(text).to_bytes(8, "little") + text.encode()
    place = find_header_checksum(head)
    return head[:place] + f"{crc32(head):08x}".encode() + head[place + 8 :]


def find_header_checksum(head: bytes) -> int:
    """Return where in length and header the eight digits of the header's own checksum stand; -1 if nowhere."""
    key = f'"{HEADER_CHECKSUM}":"'.encode()  # in a string within the JSON these quotes would be escaped
    place = head.find(key)
    return -1 if place < 0 else place + len(key)


def _metadata(wv: WordVectors) -> dict[str, str]:
    metadata = {"firth.layout": LAYOUT, "firth.version": __version__, "firth.recipe": json.dumps(wv.recipe)}
    if wv.report is not None:
        metadata["firth.report"] = json.dumps(wv.report.to_json())
    if wv.subwords is not None:
        metadata["firth.subwords"] = json.dumps(wv.subwords.settings())
    return metadata
