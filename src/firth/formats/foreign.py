"""Files of other kinds that people hand to a reader of vectors: each is told what it is, and what to do with it."""

from __future__ import annotations

from firth.errors import UnknownFormatError
from firth.formats.base import Source

#: How a file begins → what it is and what to do.
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x93NUMPY", ""),
    (b"SQLite format 3", "an SQLite database (perhaps .magnitude), which firth does not read"),
    (b"\x89HDF", "an HDF5 file, which firth does not read; take the arrays out with h5py"),
    (b"%PDF", "a PDF document, no vectors"),
    (b"GGUF", "a GGUF language model, no word vectors"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x1f\x9d", "a file packed with compress (.Z); unpack it first"),
    (b"\x04\x22\x4d\x18", "a file packed with lz4; unpack it first"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself; run `git lfs pull`"),
    (b"\xff\xfe", "text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"),
    (b"\xfe\xff", "text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"),
)  # fmt: skip


def refuse(source: Source, head: bytes) -> None:
    """Raise where the first bytes show a kind of file that firth does not read.

    Raises:
        UnknownFormatError: says what the file is, and what to do.

    >>> refuse(Source.from_bytes(b"%PDF-1.7", "a.pdf"), b"%PDF-1.7")
    Traceback (most recent call last):
    firth.errors.UnknownFormatError: a.pdf is a PDF document, no vectors
    """
    kind = _kind_of(head)
    if kind:
        raise UnknownFormatError(f"{source.name} is {kind}")


def _kind_of(head: bytes) -> str:
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not _is_npz(head):
        return (
            "a zip of objects (PyTorch's .pt, an office file), which names no words; "
            "take the arrays out and use WordVectors.from_words(words, vectors), or WordVectors.from_torch"
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return "a web page, perhaps an error page saved in the file's place; download the file again"
    if _is_json(head):
        return "JSON; take words and vectors out of it and use WordVectors.from_words(words, vectors)"
    return ""


def _is_npz(head: bytes) -> bool:
    return head[30 : 30 + int.from_bytes(head[26:28], "little")].endswith(b".npy")


def _is_json(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] not in (b"{", b"["):
        return False
    rest = start[1:].lstrip(b" \t\r\n")
    return rest[:1] in (b'"', b"}", b"]", b"{", b"[") or (
        start[:1] == b"[" and rest[:1].isdigit() and b"," in rest[:40]
    )
