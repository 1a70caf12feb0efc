"""Opening: packed files by their bytes, archives by their members, and one clear error for what cannot be opened."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

import firth
from firth.errors import FirthError, FormatError, ReadError, UnknownFormatError
from firth.formats.source import open_source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"".join(b"word%d %d 0.5 -1\n" % (k, k) for k in range(2000))


def zipped(members: dict[str, bytes]) -> bytes:
    """Return a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    """Return a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


PACKED = {
    "gzip": gzip.compress(TEXT),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "zip": zipped({"a": TEXT}),
    "tar": tarred({"a": TEXT}),
}


@pytest.mark.parametrize("kind", PACKED)
def test_packed_files_are_told_by_their_bytes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"  # the name says nothing
    path.write_bytes(PACKED[kind])
    source = open_source(path)
    assert source.packing == (kind,)
    assert source.data.tobytes() == TEXT
    assert len(firth.load(path)) == 2000


@pytest.mark.parametrize(
    "data",
    [gzip.compress(tarred({"a": TEXT})), tarred({"a": TEXT}, "w:gz"), zipped({"a": gzip.compress(TEXT)}),
     gzip.compress(gzip.compress(TEXT)),
     gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]), zipped({"x/": b"", "a": TEXT, "__MACOSX/a": b"rubbish"})],
    ids=["gzip of tar", "tar.gz", "zip of gzip", "gzip of gzip", "two gzip streams", "zip with a Mac's shadow"],
)  # fmt: skip
def test_one_within_another(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert open_source(path).data.tobytes() == TEXT


@pytest.mark.parametrize("kind", PACKED)
def test_cut_and_damaged_packed_files_get_one_clear_error(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for cut in (0.3, 0.6, 0.95)[: 2 if kind == "tar" else 3]:  # tar ends in padding
        path.write_bytes(PACKED[kind][: int(len(PACKED[kind]) * cut)])
        with pytest.raises(
            FormatError, match=r"a.txt: the \w+ data is damaged or cut: [\d,]+ bytes came out"
        ) as caught:
            open_source(path)
        assert "\n" not in str(caught.value)
    damaged = bytearray(PACKED[kind])
    for place in range(len(damaged) // 2, len(damaged) // 2 + 40):
        damaged[place] ^= 0x55
    path.write_bytes(bytes(damaged))
    if kind not in ("tar", "zstd"):  # which have no checksum over their content, or need not
        with pytest.raises(FormatError, match="damaged"):
            open_source(path)


def test_a_wrong_checksum_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(PACKED["gzip"][:-8] + b"\0\0\0\0" + PACKED["gzip"][-4:])
    with pytest.raises(FormatError, match="CRC"):
        open_source(path)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_members_of_archives(make: object, tmp_path: Path) -> None:
    path = tmp_path / "two.archive"
    path.write_bytes(make({"a": TEXT, "b": b"cat 1 2\n"}))  # type: ignore[operator]
    with pytest.raises(FormatError, match=r"holds 2 files: a, b; say which one, such as .*two.archive::a"):
        firth.load(path)
    assert firth.load(f"{path}::b").vocabulary.words() == ["cat"]
    with pytest.raises(FormatError, match="has no member 'c'; it has: a, b"):
        firth.load(f"{path}::c")
    path.write_bytes(make({}))  # type: ignore[operator]
    with pytest.raises(FormatError, match=r"is empty|damaged|holds no text"):
        firth.load(path)
    path.write_bytes(TEXT)
    with pytest.raises(FormatError, match="only zip and tar archives have members"):
        firth.load(f"{path}::a")


def test_only_the_wanted_lines_of_a_packed_text_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    text = b"".join(b"word%d %d 0.5 -1\n" % (k, k) for k in range(200_000))
    path.write_bytes(gzip.compress(text, 1))
    source = open_source(path, lines=100)
    assert source.partial
    assert len(source.data) < len(text) / 2
    assert text.startswith(source.data.tobytes())
    assert not open_source(path).partial
    for top in (1, 150_000):
        wv = firth.load(path, top=top)
        assert wv.vocabulary.words() == [f"word{k}" for k in range(top)]
    odd = b"cow\n" * 200_000 + b"pig 1 2 3\n"
    path.write_bytes(gzip.compress(TEXT + odd, 1))
    assert len(firth.load(path, top=2001)) == 2001  # unpacked anew, and whole


def test_endless_packing_is_refused(tmp_path: Path) -> None:
    data = TEXT
    for _ in range(7):
        data = gzip.compress(data)
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(FormatError, match="packed 5 times and more"):
        open_source(tmp_path / "a")


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "none.txt", "there is no such file"),
        (tmp_path, "is a folder"),
        ("a\0b", "null byte"),
        (tmp_path / "none.txt" / "x", "no such file|not a folder"),
        ("x" * 5000, "name is too long"),
    ):
        with pytest.raises(FirthError, match=message):
            firth.load(path)
    if os.getuid() != 0:
        locked = tmp_path / "locked"
        locked.write_bytes(TEXT)
        locked.chmod(0)
        with pytest.raises(ReadError, match="no permission"):
            firth.load(locked)


def test_pipes_and_standard_input(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    feeder = threading.Thread(target=fifo.write_bytes, args=(PACKED["gzip"],))
    feeder.start()
    assert len(firth.load(fifo)) == 2000
    feeder.join()
    code = "import firth; print(len(firth.load('-')))"
    done = subprocess.run([sys.executable, "-c", code], input=PACKED["xz"], capture_output=True, check=True)
    assert done.stdout == b"2000\n"


# ---------------------------------------------------------------------------------- other kinds of files

OTHERS = {
    b"SQLite format 3\0": "an SQLite database",
    b"\x89HDF\r\n": "an HDF5 file",
    b"<!DOCTYPE html><html>": "a web page",
    b'{"cat": [1, 2]}': "JSON",
    b'[["cat", 1]]': "JSON",
    b"version https://git-lfs.github.com/spec/v1\n": "a Git LFS pointer",
    b"\xff\xfec\0a\0t\0": "text in UTF-16",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR": "not a vector file that firth knows",
    b"import numpy as np\nprint(1)\n": "not a vector file that firth knows",
    b"word,1,2,3\nother,2,3,4\n": "not a vector file that firth knows",
}


@pytest.mark.parametrize("head", OTHERS, ids=lambda head: OTHERS[head])
def test_other_kinds_are_named(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vectors.bin"
    path.write_bytes(head)
    with pytest.raises(UnknownFormatError, match=f"vectors.bin is {OTHERS[head]}") as caught:
        firth.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [b"FiFu\0\0\0\0\x02\0", b"\x80\x04\x95abc", b"PAR1....", b"\x08\0\0\0\0\0\0\0" + b'{"a":{}}', b"ARROW1\0\0",
     b"\x93NUMPY\x01\0", b"\xba\x16O/\x0c\0", b"PK\x03\x04", b"\x1f\x8b", bytes(300), bytes(range(256))],
)  # fmt: skip
def test_starts_of_files_get_one_clear_error(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vectors.bin"
    path.write_bytes(head)
    with pytest.raises(FirthError) as caught:
        firth.load(path)
    assert "vectors.bin" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_file_has_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"")
    (tmp_path / "a.gz").write_bytes(gzip.compress(b""))
    for name in ("a.bin", "a.gz"):
        with pytest.raises(FirthError, match=f"{name} is empty; expected a vector file"):
            firth.load(tmp_path / name)
