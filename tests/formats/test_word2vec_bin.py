"""word2vec binary: both ways of ending records, headers that lie, cut files; record by record against a slow reader."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import FormatError
from firth.formats import word2vec_bin
from firth.formats.base import ReadOptions, Source
from firth.wordvectors import WordVectors
from tests.formats.slow_readers import slow_binary


def load(data: bytes, **options: object) -> WordVectors:
    """Read bytes as word2vec binary."""
    if "words" in options:
        options["words"] = frozenset(options["words"])  # type: ignore[call-overload]
    return word2vec_bin.read(Source.from_bytes(data, "a.bin"), ReadOptions(**options))  # type: ignore[arg-type]


def made(words: list[bytes], dim: int = 3, *, newline: bool = True, declared: int | None = None) -> bytes:
    """Make a file."""
    rng = np.random.default_rng(len(words) + dim)
    body = b"".join(word + b" " + rng.normal(size=dim).astype("<f4").tobytes() + b"\n" * newline for word in words)
    return b"%d %d\n" % (len(words) if declared is None else declared, dim) + body


WORDS = [b"the", b"cat", "naïve".encode(), b"1984", b"x" * 200]


@pytest.mark.parametrize("newline", [True, False])
@pytest.mark.parametrize("dim", [1, 3, 8, 100])
def test_both_endings(newline: bool, dim: int) -> None:
    data = made(WORDS, dim, newline=newline)
    assert word2vec_bin.sniff(data[:4096])
    wv = load(data)
    rows, _ = slow_binary(data, dim, 5, start=data.index(b"\n") + 1)
    assert [w.encode() for w in wv.vocabulary] == rows.words == WORDS
    assert wv.vectors.tobytes() == np.array(rows.vectors).tobytes()
    assert np.allclose(wv.norms, np.linalg.norm(wv.vectors, axis=1), rtol=1e-6)
    assert wv.report is not None
    assert wv.report.clean


def test_a_header_that_promises_too_much_is_not_believed() -> None:
    wv = load(made(WORDS, declared=10**17))
    assert wv.vocabulary.words() == [w.decode() for w in WORDS]
    assert wv.report is not None
    assert wv.report.counts == {"truncated file": 1}
    assert "100,000,000,000,000,000 words are promised" in str(wv.report)
    with pytest.raises(FormatError, match="do not hold one; the file is cut"):
        load(b"5 999999999\n" + made(WORDS)[4:])


def test_a_header_that_promises_too_little_is_reported_and_all_is_read() -> None:
    wv = load(made(WORDS, declared=3))
    assert len(wv) == 5
    assert wv.report is not None
    assert wv.report.counts == {"header count": 1}
    assert load(made(WORDS, declared=3) + b"rest!").report.counts == {"bytes after the end": 1}  # type: ignore[union-attr]
    assert len(load(made(WORDS, declared=3) + b"rest!")) == 3


@pytest.mark.parametrize("cut", [1, 5, 13, 14, 20])
def test_a_cut_file_gives_its_whole_records(cut: int) -> None:
    data = made(WORDS[:4], newline=False)
    wv = load(data[:-cut])
    assert wv.vocabulary.words() == ["the", "cat", "naïve", "1984"][: 3 if cut <= 17 else 2]
    assert wv.report is not None
    assert wv.report.counts == {"truncated file": 1}
    with pytest.raises(FormatError, match=r"a.bin: truncated file: 4 words are promised"):
        load(data[:-cut], strict=True)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no header of two whole numbers"),
        (b"3 x\n", "no header of two whole numbers"),
        (b"3 0\n", "do not hold one"),
        (b"3 3\n", "do not hold one"),
        (b"3 3\n" + b"x" * 50, "not one whole record"),
        (b"3 3\n" + b"x" * 10 + b" \x00\x00", "do not hold one|not one whole record"),
    ],
)
def test_hopeless_files_get_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        load(data)


def test_odd_rows_and_words_are_reported() -> None:
    odd = [np.array(v, "<f4") for v in ([1, np.nan, 2], [0, 0, 0], [np.inf, 1, 1], [1, 2, 3], [4, 5, 6])]
    words = [b"a", b"b", b"c", b"caf\xe9", b"a"]
    data = b"5 3\n" + b"".join(w + b" " + v.tobytes() + b"\n" for w, v in zip(words, odd, strict=True))
    wv = load(data)
    assert wv.vocabulary.words() == ["a", "b", "c", "caf\udce9"]
    assert wv.report is not None
    assert wv.report.counts == {
        "word not UTF-8": 1, "row with NaN": 1, "row with infinity": 1, "zero row": 1, "duplicate word": 1
    }  # fmt: skip
    assert "byte 6: word 'a': a number is NaN" in str(wv.report)
    with pytest.raises(FormatError, match="duplicate word: record 5 repeats the word of record 1"):
        load(data, strict=True)


def test_a_part() -> None:
    words = [b"w%d" % k for k in range(50)] + [b"w1", b"w1"] + [b"v%d" % k for k in range(50)]
    data = made(words)
    whole = load(data)
    for top in (1, 49, 50, 51, 100, 500):
        part = load(data, top=top)
        assert part.vocabulary.words() == whole.vocabulary.words()[:top]
        assert np.array_equal(part.vectors, whole.vectors[:top])
    some = load(data, words=["v3", "w1", "missing"])
    assert some.vocabulary.words() == ["w1", "v3"]
    assert np.array_equal(some["v3"], whole["v3"])
    assert some.report is not None
    assert some.report.counts["word not in file"] == 1


def test_text_is_not_taken_for_binary() -> None:
    for text in (
        b"2 3\ncat 1 2 3\ndog 4 5 6\n",
        b"2 3\n. . 1 2 3\n",
        b"12 3\nsome words\n",
        "2 2\nü 1 2\n".encode(),
        b"3 3\n",
    ):
        assert not word2vec_bin.sniff(text)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.binary(max_size=9).map(lambda b: b.replace(b" ", b"").lstrip(b"\n")), min_size=1, max_size=9),
    st.integers(1, 5), st.booleans(), st.integers(0, 12), st.integers(0, 30), st.binary(max_size=4),
)  # fmt: skip
def test_records_equal_the_slow_reader(
    words: list[bytes], dim: int, newline: bool, declared: int, cut: int, tail: bytes
) -> None:
    data = made(words, dim, newline=newline, declared=declared)
    data = data[: len(data) - cut] + tail
    start = data.find(b"\n") + 1
    try:
        wv = load(data)
    except FormatError:
        assert declared == 0 or start == 0 or not slow_binary(data, dim, declared, start=start)[0].words
        return
    assert wv.report is not None
    rows, _ = slow_binary(data, dim, declared if "header count" not in wv.report.counts else 10**6, start=start)
    assert [w.encode("utf-8", "surrogateescape") for w in wv.vocabulary] == rows.words
    assert wv.vectors.tobytes() == np.array(rows.vectors, "<f4").tobytes()
    kinds = ("zero row", "row with NaN", "row with infinity", "empty word", "word not UTF-8", "duplicate word")
    assert {k: n for k, n in wv.report.counts.items() if k in kinds} == rows.counts()
