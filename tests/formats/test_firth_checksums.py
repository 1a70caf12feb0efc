"""Checksums: one changed byte anywhere in a .firth file is found and named; files without them open as before."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from firth.errors import FormatError, ReadError
from firth.formats import firth_file, load
from firth.formats.base import Source
from firth.formats.blocksums import BLOCK, add_block
from firth.formats.checksums import check, check_source
from firth.formats.firth_file import CHECKSUMS, HEADER_CHECKSUM
from firth.wordvectors import WordVectors
from tests.formats.samples import saved


def written(n: int = 40, dim: int = 7) -> bytes:
    """Return the bytes of a small table with every kind of tensor that a plain one has."""
    rng = np.random.default_rng(3)
    words = [f"w{k}" for k in range(n)]
    wv = WordVectors.from_words(words, rng.normal(size=(n, dim)).astype(np.float32), counts=np.arange(n)[::-1].copy())
    file = io.BytesIO()
    firth_file.write_to(wv, file)
    return file.getvalue()


def parts(raw: bytes) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """Return the metadata, and where each tensor stands, by another way than firth's."""
    size = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:size])
    metadata = header.pop("__metadata__")
    return metadata, {key: (size + e["data_offsets"][0], size + e["data_offsets"][1]) for key, e in header.items()}


def slow_checksum(raw: bytes | bytearray) -> str:
    """Return the checksum of a tensor's bytes, by the page's words, in plain Python."""
    sums = []
    for start in range(0, len(raw), 1 << 20):
        block = raw[start : start + (1 << 20)]
        numbers = [int.from_bytes(block[k : k + 8], "little") for k in range(0, len(block), 8)]
        rows = [numbers[k : k + 512] for k in range(0, len(numbers), 512)]
        sums += [sum(row) for row in rows]
        sums += [sum(row[k] for row in rows if k < len(row)) for k in range(512)]
    return f"{zlib.crc32(b''.join((value % 2**64).to_bytes(8, 'little') for value in sums)):08x}"


def compare(raw: bytes) -> list[str]:
    """Check bytes in memory."""
    return check_source(Source.from_bytes(raw, "a.firth"))


def test_the_checksums_are_what_the_page_says() -> None:
    raw = written()
    metadata, places = parts(raw)
    assert json.loads(metadata[CHECKSUMS]) == {
        key: slow_checksum(raw[start:stop]) for key, (start, stop) in places.items()
    }
    head = raw[: min(start for start, _ in places.values())]
    own = f'"{HEADER_CHECKSUM}":"{metadata[HEADER_CHECKSUM]}"'.encode()
    zeroed = head.replace(own, own[:-9] + b'00000000"')
    assert head.count(own) == 1
    assert metadata[HEADER_CHECKSUM] == f"{zlib.crc32(zeroed):08x}"
    assert compare(raw) == list(places)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 0), (3, 1), (512, 2), (26_215, 10), (30_001, 21)])
def test_a_tensor_of_any_size_and_order_is_summed_alike(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firth_file, "_COPY_BLOCK", 100_000)  # rows that lie apart are copied in many pieces
    plain = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    apart = np.repeat(plain, 2, axis=1)[:, ::2]
    files = []
    for array in (plain, apart, np.asfortranarray(plain)):
        file = io.BytesIO()
        firth_file.write_safetensors(file, {"x": array}, {})
        files.append(file.getvalue())
        assert file.tell() == len(files[-1])
    assert files[0] == files[1] == files[2]
    assert files[0].endswith(plain.tobytes())
    assert compare(files[0]) == ["x"]
    assert json.loads(parts(files[0])[0][CHECKSUMS])["x"] == slow_checksum(plain.tobytes())


def test_what_changes_places_is_found() -> None:
    raw = bytearray(np.random.default_rng(1).bytes(1 << 21))
    sound = slow_checksum(raw)
    for size in (8, 512, 1 << 12, 1 << 20):
        swapped = bytearray(raw)
        swapped[:size], swapped[size : 2 * size] = raw[size : 2 * size], raw[:size]
        assert checksum(bytes(raw)) == sound != checksum(bytes(swapped))
    cancelling = np.frombuffer(raw, np.uint64).copy()
    cancelling[3] += np.uint64(1)
    cancelling[9] -= np.uint64(1)
    assert checksum(cancelling.tobytes()) != sound


def checksum(raw: bytes) -> str:
    """Return the checksum that firth makes of bytes."""
    found = 0
    for start in range(0, len(raw), BLOCK):
        found = add_block(raw[start : start + BLOCK], found)
    return f"{found:08x}"


def test_a_flipped_byte_of_every_tensor_is_found_and_named(tmp_path: Path) -> None:
    firth_file.write(saved_quantised(), tmp_path / "a.firth")
    raw = bytearray((tmp_path / "a.firth").read_bytes())
    _, places = parts(bytes(raw))
    assert {"quantised.rows", "counts", "vectors", "words.bytes"} <= set(places)
    assert check(tmp_path / "a.firth") == list(places)
    for key, (start, stop) in places.items():
        for place in {start, (start + stop) // 2, stop - 1}:
            raw[place] ^= 1
            (tmp_path / "a.firth").write_bytes(raw)
            with pytest.raises(FormatError, match=rf"a\.firth: {key} is not what was written \(checksum") as caught:
                check(tmp_path / "a.firth")
            assert "\n" not in str(caught.value)
            assert str(caught.value).count("is not what was written") == 1
            raw[place] ^= 1


def saved_quantised() -> WordVectors:
    """Return a table that is large enough to be saved with rows of eight bits."""
    n = firth_file.QUANTISE_FROM
    vectors = np.random.default_rng(3).normal(size=(n, 3)).astype(np.float32)
    return WordVectors.from_words([f"w{k}" for k in range(n)], vectors, counts=np.arange(n)[::-1].copy())


def test_rows_of_ngrams_are_summed_too() -> None:
    raw = bytearray(saved("firth", "a.firth", "fasttext"))
    assert "subwords.rows" in compare(bytes(raw))
    raw[parts(bytes(raw))[1]["subwords.rows"][0]] ^= 64
    with pytest.raises(FormatError, match=r"subwords\.rows is not what was written"):
        compare(bytes(raw))


def test_no_byte_of_a_file_can_change_unnoticed() -> None:
    raw = bytearray(written(3, 2))
    for place in range(len(raw)):
        for bit in (1, 32, 128):
            raw[place] ^= bit
            with pytest.raises(FormatError):
                compare(bytes(raw))
            raw[place] ^= bit
    with pytest.raises(FormatError, match="1 bytes stand behind the last tensor"):
        compare(bytes(raw) + b"x")
    assert len(compare(bytes(raw))) == 6


def older(raw: bytes) -> bytes:
    """Return the file as it was written before there were checksums."""
    size = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:size])
    for key in (CHECKSUMS, HEADER_CHECKSUM):
        del header["__metadata__"][key]
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return len(text).to_bytes(8, "little") + text + raw[size:]


def test_an_older_file_opens_and_has_nothing_to_compare(tmp_path: Path) -> None:
    (tmp_path / "a.firth").write_bytes(older(written()))
    assert check(tmp_path / "a.firth") == []
    assert load(tmp_path / "a.firth").vocabulary.words()[:2] == ["w0", "w1"]


def test_one_key_without_the_other_is_damage() -> None:
    raw = written()
    for key in (CHECKSUMS, HEADER_CHECKSUM):
        with pytest.raises(FormatError, match="header is not what was written"):
            compare(raw.replace(f'"{key}"'.encode(), f'"{key[:-1]}_"'.encode()))


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("cat 1 2\n")
    with pytest.raises(FormatError, match=r"a\.txt is no \.firth file"):
        check(tmp_path / "a.txt")
    with pytest.raises(ReadError, match="there is no such file"):
        check(tmp_path / "none.firth")
