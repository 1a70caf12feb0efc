"""The .firth file: any safetensors reader can read it; opening maps it; damage gets one clear error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import FirthError, FormatError
from firth.formats import firth_file
from firth.report import LoadReport
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


def table(n: int = 40, dim: int = 7, dtype: type = np.float32) -> WordVectors:
    """Make a table of random vectors."""
    vectors = np.random.default_rng(5).normal(size=(n, dim)).astype(dtype)
    report = LoadReport("glove", "somewhere.txt", n, dim)
    report.add("short row", "2 numbers where 7 were expected; row skipped", line=3)
    return WordVectors(
        Vocabulary.from_words(f"wörd{i}" for i in range(n)),
        vectors,
        counts=np.arange(n)[::-1].copy(),
        recipe={"made_by": "test"},
        report=report,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("n", [0, 1, 40, 21_000])
def test_round_trip_keeps_every_bit(tmp_path: Path, dtype: type, n: int) -> None:
    wv = table(n, dtype=dtype)
    firth_file.write(wv, tmp_path / "a.firth")
    back = firth_file.open_mapped(tmp_path / "a.firth")
    assert back.vocabulary.words() == wv.vocabulary.words()
    assert back.vectors.dtype == dtype
    assert (back.vectors == wv.vectors).all()
    assert (back.norms == wv.norms).all()
    assert back.counts is not None and (back.counts == wv.counts).all()
    assert back.recipe == {"made_by": "test"}
    assert back.report == wv.report
    assert (back.quantised is not None) == (n >= firth_file.QUANTISE_FROM)
    assert n == 0 or back.row(f"wörd{n - 1}") == n - 1


def test_the_safetensors_library_reads_it(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    wv = table(21_000)
    firth_file.write(wv, tmp_path / "a.firth")
    tensors = load_file(tmp_path / "a.firth")
    assert (tensors["vectors"] == wv.vectors).all()
    assert bytes(tensors["words.bytes"])[: len("wörd0".encode())].decode() == "wörd0"
    assert set(tensors) >= {"norms", "words.offsets", "words.slots", "counts", "quantised.rows"}


def test_opening_copies_nothing(tmp_path: Path) -> None:
    firth_file.write(table(), tmp_path / "a.firth")
    wv = firth_file.open_mapped(tmp_path / "a.firth")
    for array in (wv.vectors, wv.norms, wv.vocabulary.blob, wv.vocabulary.slots):
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_another_layout_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.firth"
    firth_file.write(table(), path)
    path.write_bytes(path.read_bytes().replace(b'"firth.layout":"1"', b'"firth.layout":"9"'))
    with pytest.raises(FormatError, match=r"layout '9'; this firth .* reads layout '1'"):
        firth_file.open_mapped(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.firth"
    firth_file.write(table(), path)
    whole = path.read_bytes()
    for size in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(FormatError, match=r"empty|too short|cut|cannot be read"):
            firth_file.open_mapped(path)


@settings(max_examples=300)
@given(st.data())
def test_damage_is_an_error_or_a_table_that_answers(data: st.DataObject) -> None:
    import io

    file = io.BytesIO()
    firth_file.write_to(table(12, 3), file)
    raw = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        wv = firth_file.from_bytes(np.frombuffer(bytes(raw), np.uint8), "damaged")
        for word in [*wv.vocabulary, "x"]:
            wv.vocabulary.get(word)
        wv.vocabulary.rows(["wörd3"] * 6_000)
    except FirthError:
        pass


def test_metadata_is_plain_strings(tmp_path: Path) -> None:
    firth_file.write(table(), tmp_path / "a.firth")
    raw = (tmp_path / "a.firth").read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert all(isinstance(value, str) for value in header["__metadata__"].values())
    assert (8 + int.from_bytes(raw[:8], "little")) % 64 == 0
