"""Saving: every format gives back every bit, packed or not, and says what it cannot hold."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import firth
from firth import WordVectors
from firth.errors import FormatError, ReadError, UnknownFormatError, WriteError
from firth.formats import _ENDINGS, _MODULES, _module, load, npy, save

NAMES = ["a.firth", "a.txt", "a.vec", "a.bin", "a.npy", "a.txt.gz", "a.vec.zst", "a.bin.xz", "a.vec.bz2", "a.txt.zip",
         "a.w2v.txt", "a.w2v", "a.glove"]  # fmt: skip


def same(a: WordVectors, b: WordVectors) -> None:
    """Assert that two tables hold the same words and bits."""
    assert a.vocabulary.words() == b.vocabulary.words()
    assert a.vectors.dtype == b.vectors.dtype
    assert np.array_equal(a.vectors.view(np.uint8), b.vectors.view(np.uint8))


def table(n: int, dim: int, dtype: type = np.float32) -> WordVectors:
    """Make a table of numbers of all sizes."""
    rng = np.random.default_rng(n + dim)
    with np.errstate(over="ignore", under="ignore"):
        vectors = (rng.normal(size=(n, dim)) * 10.0 ** rng.integers(-9, 5, size=(n, dim))).astype(dtype)
    words = [f"wörd{k}" for k in range(n - 1)] + ["caf\udce9"]
    return WordVectors.from_words(words, vectors)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("n", "dim"), [(1, 1), (7, 3), (300, 50), (5, 1000)])
def test_round_trip(name: str, n: int, dim: int, tmp_path: Path) -> None:
    wv = table(n, dim)
    path = save(wv, tmp_path / name)
    assert path == tmp_path / name
    back = load(path)
    same(back, wv)
    assert back.report is None or set(back.report.counts) <= {"word not UTF-8"}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        {name} | ({"a.vocab.txt"} if name == "a.npy" else set())
    )


@pytest.mark.parametrize("name", ["a.firth", "a.npy"])
def test_half_precision_stays_half(name: str, tmp_path: Path) -> None:
    wv = table(9, 5, np.float16)
    same(load(save(wv, tmp_path / name)), wv)


@pytest.mark.parametrize("name", ["a.txt", "a.vec", "a.bin"])
def test_half_precision_becomes_single_where_the_format_has_no_half(name: str, tmp_path: Path) -> None:
    wv = table(9, 5, np.float16)
    assert np.array_equal(load(save(wv, tmp_path / name)).vectors, wv.vectors.astype(np.float32))


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(st.text(max_size=6), st.lists(st.floats(width=32), min_size=9, max_size=9)),
        min_size=1, max_size=6, unique_by=lambda row: row[0],
    ),
    st.sampled_from(["a.txt", "a.vec", "a.bin", "a.npy", "a.firth"]),
)  # fmt: skip
def test_what_is_written_comes_back(rows: list[tuple[str, list[float]]], name: str) -> None:
    import tempfile

    wv = WordVectors.from_words([word for word, _ in rows], np.array([v for _, v in rows], np.float32))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        try:
            save(wv, path)
        except FormatError as error:
            assert "cannot hold" in str(error) or "byte order mark" in str(error)
            assert any(set(word) & set(" \t\n\r") for word, _ in rows) or rows[0][0].startswith("\ufeff")
            assert not path.exists()
            return
        back = load(path)
    assert back.vocabulary.words() == wv.vocabulary.words()
    both_nan = np.isnan(wv.vectors) & np.isnan(back.vectors)
    assert ((back.vectors.view(np.int32) == wv.vectors.view(np.int32)) | both_nan).all()


@pytest.mark.parametrize(
    ("word", "name", "held"),
    [("new york", "a.txt", False), ("a\tb", "a.vec", False), ("a\nb", "a.txt", False), ("a\rb", "a.vec", False),
     ("new york", "a.bin", False), ("a\nb", "a.bin", False), ("a\tb", "a.bin", True), ("new york", "a.npy", True),
     ("a\nb", "a.npy", False), ("a\nb", "a.firth", True)],
)  # fmt: skip
def test_words_that_a_format_cannot_hold(word: str, name: str, held: bool, tmp_path: Path) -> None:
    wv = WordVectors.from_words(["cat", word], np.eye(2))
    if held:
        same(load(save(wv, tmp_path / name)), wv)
        return
    with pytest.raises(FormatError, match=r"\(row 1\) holds .* cannot hold; write .firth, or rename the word"):
        save(wv, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_words_is_no_text(tmp_path: Path) -> None:
    empty = WordVectors.from_words([], np.empty((0, 3)))
    with pytest.raises(FormatError, match="cannot be written as GloVe text"):
        save(empty, tmp_path / "a.txt")


def test_names_that_tell_no_format(tmp_path: Path) -> None:
    wv = table(2, 2)
    for name, message in (("a", "tells no format"), ("a.xyz", "tells no format"), ("a.firth.gz", "is never packed")):
        with pytest.raises(UnknownFormatError, match=message):
            save(wv, tmp_path / name)
    with pytest.raises(UnknownFormatError, match="no format 'pickle'; there are: firth, npy"):
        save(wv, tmp_path / "a.txt", format="pickle")
    same(load(save(wv, tmp_path / "a.xyz", format="word2vec-bin")), wv)
    with pytest.raises(FormatError, match="no word2vec binary"):
        load(save(wv, tmp_path / "a.txt"), format="word2vec-bin")
    with pytest.raises(firth.FirthError, match="is one string"):
        load(tmp_path / "a.txt", words="cat")


def test_every_module_is_a_format() -> None:
    for name in _MODULES:
        module = _module(name)
        assert name == module.NAME
        assert callable(module.read)
        assert callable(module.write)
        assert not module.sniff(b"")
    for ending, name in _ENDINGS.items():
        assert ending in _module(name).EXTENSIONS


def test_packed_files_are_the_same_every_time(tmp_path: Path) -> None:
    wv = table(50, 4)
    assert save(wv, tmp_path / "a.txt.gz").read_bytes() == save(wv, tmp_path / "b.txt.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.txt.gz").read_bytes()) == save(wv, tmp_path / "c.txt").read_bytes()


# ---------------------------------------------------------------------------------- numpy's .npy


def test_npy_is_mapped_and_readable_by_numpy(tmp_path: Path) -> None:
    wv = table(9, 5)
    save(wv, tmp_path / "a.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), wv.vectors)
    assert np.array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), wv.vectors)
    words = (tmp_path / "a.vocab.txt").read_text("utf-8", "surrogateescape").split("\n")[:-1]
    assert words == wv.vocabulary.words()


def test_npy_made_by_hand(tmp_path: Path) -> None:
    matrix = np.arange(12.0).reshape(4, 3)
    np.save(tmp_path / "v.npy", matrix)
    with pytest.raises(
        ReadError, match=r"none of v.vocab.txt, v.words.txt, v.vocab, vocab.txt, words.txt stands beside it"
    ):
        load(tmp_path / "v.npy")
    (tmp_path / "words.txt").write_bytes(b"a\r\nb\r\na\r\nd")
    wv = load(tmp_path / "v.npy")
    assert wv.vocabulary.words() == ["a", "b", "d"]
    assert wv.vectors.tolist() == [[0, 1, 2], [3, 4, 5], [9, 10, 11]]
    assert wv.report is not None
    assert wv.report.counts == {"other number type": 1, "duplicate word": 1}
    with pytest.raises(FormatError, match="line 3: a word comes twice"):
        load(tmp_path / "v.npy", strict=True)
    assert load(tmp_path / "v.npy", top=1).vocabulary.words() == ["a"]
    np.save(tmp_path / "v.npy", np.asfortranarray(matrix.astype(">f4")))
    assert load(tmp_path / "v.npy").vectors.tolist() == wv.vectors.tolist()
    (tmp_path / "words.txt").write_text("a\nb\n")
    with pytest.raises(FormatError, match=r"holds 4 rows, .*words.txt 2 words"):
        load(tmp_path / "v.npy")


def test_words_of_another_save_are_noticed(tmp_path: Path) -> None:
    save(table(9, 5), tmp_path / "a.npy")
    (tmp_path / "a.vocab.txt").write_text("".join(f"other{k}\n" for k in range(9)))
    with pytest.raises(FormatError, match="is not the words' file that was saved with this matrix"):
        load(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "array", [np.array(["a"], object), np.zeros(3), np.zeros((2, 2, 2)), np.zeros((2, 2), complex)]
)
def test_other_arrays_are_refused(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(FormatError, match="expected a matrix of floats"):
        load(tmp_path / "a.npy")


def test_cut_npy_is_refused(tmp_path: Path) -> None:
    save(table(9, 5), tmp_path / "a.npy")
    data = (tmp_path / "a.npy").read_bytes()
    for size in (7, 40, 130, 200):
        (tmp_path / "a.npy").write_bytes(data[:size])
        with pytest.raises(FormatError, match=r"is cut|is damaged"):
            load(tmp_path / "a.npy")


def test_saving_over_a_mapped_file_leaves_the_mapped_table_whole(tmp_path: Path) -> None:
    wv = table(40, 6)
    path = save(wv, tmp_path / "a.npy")
    mapped = load(path)
    save(table(40, 7), path)
    same(mapped, wv)


def test_where_npy_looks_for_words() -> None:
    assert npy.words_files(Path("x/y.npy"))[0] == Path("x/y.vocab.txt")


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(WriteError, match="a folder stands there"):
        save(table(2, 2), tmp_path / "a.txt")
