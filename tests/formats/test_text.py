"""Vectors as text: every oddity, held row by row and bit by bit against a slow reader in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firth.errors import FormatError, UnknownFormatError
from firth.formats import textreader
from firth.formats.base import ReadOptions, Source
from firth.formats.textreader import read_text
from firth.wordvectors import WordVectors
from tests.formats.slow_readers import Rows, slow_text


def load(data: bytes, **options: object) -> WordVectors:
    """Read bytes as text."""
    if "words" in options:
        options["words"] = frozenset(options["words"])  # type: ignore[call-overload]
    return read_text(Source.from_bytes(data, "a.txt"), ReadOptions(**options))  # type: ignore[arg-type]


def same_table(wv: WordVectors, rows: Rows) -> None:
    """Assert that a table is what the slow reader found, bit by bit."""
    assert [word.encode("utf-8", "surrogateescape") for word in wv.vocabulary.words()] == rows.words
    expected = np.array(rows.vectors, np.float32).reshape(len(rows.words), wv.dim)
    both_nan = np.isnan(expected) & np.isnan(wv.vectors)
    assert ((wv.vectors.view(np.int32) == expected.view(np.int32)) | both_nan).all()
    lengths = np.sqrt((expected.astype(float) ** 2).sum(1))
    lengths[lengths > np.finfo(np.float32).max] = np.inf
    brink = np.isclose(lengths, np.finfo(np.float32).max, rtol=1e-6) & np.isinf(wv.norms)
    lengths[brink] = np.inf  # a length within rounding of the largest float32 may come out as infinite
    assert np.allclose(wv.norms, lengths, rtol=1e-6, equal_nan=True)
    assert [wv.vocabulary.get(word) for word in wv.vocabulary.words()] == list(range(len(wv)))


def same_report(wv: WordVectors, rows: Rows) -> None:
    """Assert that the report counts what the slow reader found, and names the same lines."""
    assert wv.report is not None
    counts = {kind: n for kind, n in wv.report.counts.items() if not kind.startswith(("header", "byte order"))}
    assert counts == rows.counts()
    for kind in counts:
        lines = [problem.line for problem in wv.report.problems if problem.kind == kind]
        assert lines == [line for found, line in rows.problems if found == kind][:100]


MANY = b"".join(b"%d 1 2 3\n" % k for k in range(40)) + b"cat 1 2 3\n"
ROWS = b"the 0.1 -2 3e-5\ncat 1 2 3\ndog .5 5. +7\n"


@pytest.mark.parametrize(
    ("data", "words", "counts"),
    [
        (ROWS, ["the", "cat", "dog"], {}),
        (b"3 3\n" + ROWS, ["the", "cat", "dog"], {}),
        (b"2 3\n" + ROWS, ["the", "cat", "dog"], {"header count": 1}),
        (b"3 4\n" + ROWS, ["the", "cat", "dog"], {"header dim": 1}),
        (ROWS.replace(b"\n", b"\r\n"), ["the", "cat", "dog"], {}),
        (b"3 3\r\n" + ROWS.replace(b"\n", b"\r\n"), ["the", "cat", "dog"], {}),
        (b"\xef\xbb\xbf" + ROWS, ["the", "cat", "dog"], {"byte order mark": 1}),
        (b"\xef\xbb\xbf3 3\n" + ROWS, ["the", "cat", "dog"], {"byte order mark": 1}),
        (ROWS.replace(b" ", b"\t"), ["the", "cat", "dog"], {}),
        (ROWS.replace(b" ", b"  "), ["the", "cat", "dog"], {}),
        (ROWS.replace(b"\n", b" \n"), ["the", "cat", "dog"], {}),
        (ROWS.replace(b"\n", b" \t \r\n"), ["the", "cat", "dog"], {}),
        (ROWS[:-1], ["the", "cat", "dog"], {}),
        (ROWS + b". . . 1 2 3\n", ["the", "cat", "dog", ". . ."], {"word with blanks": 1}),
        (ROWS + b"1984 1 2 3\n-1e5 1 2 3\n", ["the", "cat", "dog", "1984", "-1e5"], {}),
        (ROWS + b'" 1 2 3\nnan 1 2 3\nnull 1 2 3\n# 1 2 3\n', ["the", "cat", "dog", '"', "nan", "null", "#"], {}),
        (ROWS + "a\xa0b 1 2 3\nc\u2028d 1 2 3\ne\x85f 1 2 3\n".encode(),
         ["the", "cat", "dog", "a\xa0b", "c\u2028d", "e\x85f"], {}),
        (ROWS + b"caf\xe9 1 2 3\n", ["the", "cat", "dog", "caf\udce9"], {"word not UTF-8": 1}),
        (ROWS + b"cat 7 7 7\n", ["the", "cat", "dog"], {"duplicate word": 1}),
        (ROWS + b"cow 1 2\n" + b"pig 1 2 3\n", ["the", "cat", "dog", "pig"], {"short row": 1}),
        (ROWS + b"cow 1 2 3 4\n", ["the", "cat", "dog"], {"long row": 1}),
        (ROWS + b"cow 1 2x 3\n", ["the", "cat", "dog"], {"unreadable number": 1}),
        (ROWS + b"cow 1 1_0 3\n", ["the", "cat", "dog"], {"unreadable number": 1}),
        (ROWS + b"cow 1", ["the", "cat", "dog"], {"truncated row": 1}),
        (ROWS + b"cow nan 2 3\n", ["the", "cat", "dog", "cow"], {"row with NaN": 1}),
        (ROWS + b"cow inf 2 3\n", ["the", "cat", "dog", "cow"], {"row with infinity": 1}),
        (ROWS + b"cow 0 0.0 -0\n", ["the", "cat", "dog", "cow"], {"zero row": 1}),
        (ROWS + b"\n \n" + b"cow 1 2 3\n", ["the", "cat", "dog", "cow"], {"blank line": 2}),
        (b"\n\n" + ROWS, ["the", "cat", "dog"], {"blank line": 2}),
        (ROWS + b"cow 1e-40 0 0\n", ["the", "cat", "dog", "cow"], {"zero row": 1}),
        (ROWS + b"cow 1e37 0 0\n", ["the", "cat", "dog", "cow"], {"row with infinity": 1}),
        (ROWS + b" 1 2 3\n", ["the", "cat", "dog", ""], {"empty word": 1}),
        (b"# made by hand\n" + ROWS, ["the", "cat", "dog"], {"unreadable number": 1}),
        (b"cow 1 2\n" + ROWS, ["the", "cat", "dog"], {"short row": 1}),
        (b"cow 1 2 3 4 5\n" + ROWS, ["the", "cat", "dog"], {"long row": 1}),
    ],
)  # fmt: skip
def test_oddities(data: bytes, words: list[str], counts: dict[str, int]) -> None:
    wv = load(data)
    assert wv.vocabulary.words() == words
    assert wv.dim == 3
    assert wv.report is not None
    assert wv.report.counts == counts
    assert np.array_equal(wv["cat"], [1, 2, 3])
    assert np.array_equal(wv["dog"], [0.5, 5, 7])


def test_a_row_too_long_for_float32_is_told_by_its_word() -> None:
    wv = load(ROWS + b"cow 1 1e400 2\n")
    assert wv.report is not None
    assert [str(problem)[:14] for problem in wv.report.problems] == ["line 4: 'cow':"]


def test_the_first_line_is_a_header_or_a_row_as_the_second_tells() -> None:
    assert load(b"1 2\n3 4\n").vocabulary.words() == ["1", "3"]
    assert load(b"1 2\n3 4 5\n").vocabulary.words() == ["3"]
    assert load(b"9 1\ncat 5\n").vocabulary.words() == ["cat"]
    assert load(b"1990 1 2\n1991 3 4\n").vocabulary.words() == ["1990", "1991"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "nothing but blank lines"),
        (b" \n\n\r\n", "nothing but blank lines"),
        (b"400000 300\n", "is a header alone: it promises 400,000 words of 300 numbers"),
        (b"400000 300", "is a header alone"),
        (b"1 3\ncat 1 2 x\ncat 1 y 3\n", "no row can be used; line 2: 'x' is no number"),
        (
            b"the quick brown fox\njumps over\n",
            "not a vector file that firth knows: line 1 starts 'the quick brown fox'",
        ),
        (b"cat 1 2 3\rdog 4 5 6\r", "line 1: carriage returns alone end its lines"),
        (b"2 3\rcat 1 2 3\rdog 4 5 6", "line 1: carriage returns alone end its lines"),
        (b"2 3\nfoo bar\nbaz\n", "too few are a word followed by numbers"),
        (b"4 2\nx 1 2 y\nz w 3\n", "no row can be used; line 2"),
    ],
)
def test_hopeless_files_get_one_clear_error(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        load(data)
    assert str(caught.value).startswith("a.txt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"cow 1 2\n", r"a.txt, line 4: short row: 2 numbers where 3 were expected: 'cow 1 2'"),
        (b"cow 1 2 3 4\n", "line 4: long row: 4 numbers where 3 were expected"),
        (b"cow 1 x 3\n", "line 4: unreadable number: 'x' is no number"),
        (b"cat 1 2 3\n", "line 4: duplicate word: the word stood in line 2 already"),
        (b"cow 1", "line 4: truncated row"),
    ],
)
def test_strict_refuses_rows_that_cannot_be_used(line: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        load(ROWS + line, strict=True)
    assert len(load(ROWS + line)) == 3


def test_strict_refuses_a_wrong_header_and_takes_a_clean_file() -> None:
    with pytest.raises(FormatError, match="line 1: header count: the header promises 9 rows, the file has 3"):
        load(b"9 3\n" + ROWS, strict=True)
    with pytest.raises(FormatError, match="line 1: header dim"):
        load(b"3 4\n" + ROWS, strict=True)
    assert len(load(b"3 3\n" + ROWS + b"\n", strict=True)) == 3


def test_problems_name_line_numbers_through_header_and_blank_lines() -> None:
    wv = load(b"\n4 3\n\n" + ROWS + b"\ncow 1 2\ncat 1 2 3\n")
    assert wv.report is not None
    found = {problem.kind: problem.line for problem in wv.report.problems}
    assert found == {"blank line": 7, "short row": 8, "duplicate word": 9, "header count": 2} | found
    assert [p.line for p in wv.report.problems if p.kind == "blank line"] == [1, 3, 7]
    assert "line 5" in next(p.text for p in wv.report.problems if p.kind == "duplicate word")


def test_only_the_first_hundred_problems_of_a_kind_are_kept() -> None:
    wv = load(MANY + b"cow 1\n" * 250 + b"cat 1 2 3\n" * 150)
    assert wv.report is not None
    assert wv.report.counts == {"short row": 250, "duplicate word": 150}
    assert len(wv.report.problems) == 200


@pytest.mark.parametrize("n", [1, 2, 3, 7, 40, 41, 1000])
def test_top_stops_after_so_many_words(n: int) -> None:
    lines = [b"w%d %d 1 2\n" % (k, k) if k % 5 else b"bad\nw1 9 9 9\n" for k in range(1, 101)]
    whole = load(b"".join(lines))
    part = load(b"".join(lines), top=n)
    assert part.vocabulary.words() == whole.vocabulary.words()[:n]
    assert np.array_equal(part.vectors, whole.vectors[:n])
    assert part.report is not None
    assert whole.report is not None
    if n == 1000:
        assert part.report == whole.report
    assert part.report.problems == [p for p in whole.report.problems if p in part.report.problems]


def test_top_reports_only_what_stands_before_its_end() -> None:
    part = load(MANY + b"cow 1\n" + b"pig 1 2 3\n" + b"cow 1\n" * 9, top=42)
    assert part.report is not None
    assert part.report.counts == {"short row": 1}
    assert load(ROWS + b"cow 1\n", top=3).report.counts == {}  # type: ignore[union-attr]


def test_words_loads_only_those() -> None:
    data = ROWS + b"new york 4 5 6\n\t1 1 1\ncaf\xe9 9 9 9\n  lead 2 2 2\ncat 8 8 8\n"
    part = load(data, words=["cat", "new york", "caf\udce9", "lead", "gnu", "", "\ud800"])
    assert part.vocabulary.words() == ["cat", "new york", "", "caf\udce9", "lead"]
    assert part.vectors.tolist() == [[1, 2, 3], [4, 5, 6], [1, 1, 1], [9, 9, 9], [2, 2, 2]]
    assert part.report is not None
    assert part.report.counts["word not in file"] == 2
    assert load(data, words=["dog", "new york"], top=1).vocabulary.words() == ["dog"]
    assert len(load(data, words=["gnu"])) == 0


# ---------------------------------------------------------------------------------- properties

plain = st.floats(-1e3, 1e3).map(lambda x: b"%.5g" % x)
numbers = st.one_of(
    plain,
    st.floats(allow_nan=True, allow_infinity=True).map(lambda x: repr(x).encode()),
    st.floats(width=32).map(lambda x: b"%.9g" % x),
    st.tuples(st.integers(0, 10**25), st.integers(-60, 60)).map(lambda p: b"%de%d" % p),
    st.tuples(st.integers(0, 2**70), st.integers(0, 2**70)).map(lambda p: b"-%d.%d" % p),
    st.sampled_from([b"0", b"-0", b"1.", b".5", b"+3", b"NaN", b"-inf", b"Infinity", b"1e400", b"1e-400", b"00012",
                     b"0.000000000000000000001", b"123456789012345", b"1234567890123456", b"16777217", b"16777219.0"]),
)  # fmt: skip
junk = st.sampled_from(
    [b".", b"-", b"1e", b"1.2.3", b"0x1", b"1_0", b"--1", b"e5", b"nano", b"", b"\xff", b"1\r", b"\x00"]
)
words = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12).map(str.encode),
    st.binary(max_size=10).map(lambda b: b.replace(b"\n", b"")),
    st.sampled_from([b"cat", b"dog", b"1984", b". . .", b"", b"nan", b"a\tb", b"x" * 70, b"\xc3\xa9" * 20]),
)
separators = st.sampled_from([b" "] * 12 + [b"\t", b"  ", b" \t", b"\r", b"\x0b", b"\xa0"])
ends = st.sampled_from([b"\n"] * 8 + [b" \n", b"\r\n", b" \r\n", b"\t\n", b"\r\r\n", b"\n\n"])


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, int]:
    """Draw a file of mostly sound lines, and its dimension."""
    dim = draw(st.sampled_from([1, 2, 5, 7, 8, 9, 15, 16, 17, 24, 30]))
    gap, end = draw(separators), draw(ends)
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        oddity = draw(st.integers(0, 9))
        n = dim if oddity else draw(st.integers(0, dim + 3))
        fields = [draw(plain if oddity > 4 else numbers) for _ in range(n)]
        if fields and oddity == 1:
            fields[draw(st.integers(0, n - 1))] = draw(junk)
        between = gap if oddity > 2 else draw(separators)
        lines.append(between.join([draw(words), *fields]) + (end if oddity > 3 else draw(ends)))
    data = b"".join(lines)
    return data[: len(data) - draw(st.integers(0, 12)) * draw(st.booleans())], dim


@settings(deadline=None, max_examples=400)
@given(files(), st.integers(0, 80))
@example((b"x" * 56 + b" 1 2 3 4 5 6 7\r\n", 7), 0)
@example((b"a 1 2 3 4 5 6 7 8\rb 1 2 3 4 5 6 7 8\n", 8), 0)
def test_rows_equal_the_slow_reader(file: tuple[bytes, int], shift: int) -> None:
    data, dim = file
    # a header settles the dimension; a long first row moves everything against the blocks of 64 bytes
    good = b"g" * shift + b" 1" * dim + b"\n"
    data = b"9 %d\n" % dim + (good + b"G" + good) * 3 + data
    try:
        wv = load(data)
    except UnknownFormatError:
        pytest.fail("a file with sound rows was not taken for text")
    if wv.dim != dim:
        return  # odd rows were the majority
    rows = slow_text(data, dim, start=data.index(b"\n") + 1, first_line=2)
    same_table(wv, rows)
    same_report(wv, rows)
    chosen = [word for k, word in enumerate(wv.vocabulary.words()) if k % 2]
    part = load(data, words=chosen)
    assert sorted(part.vocabulary.words()) == sorted(word.strip(" \t") for word in chosen)
    for word in part.vocabulary.words():
        assert part[word].tobytes() == wv[word].tobytes()
    assert load(data, top=3).vocabulary.words() == wv.vocabulary.words()[:3]


@settings(deadline=None, max_examples=60)
@given(files(), st.integers(1, 200))
def test_pieces_and_threads_change_nothing(file: tuple[bytes, int], smallest: int) -> None:
    data, dim = file
    data = (b"3 %d\n" % dim) + b"good" + b" 1" * dim + b"\n" + data * 3
    whole = load(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textreader, "_SMALLEST_PIECE", smallest)
        patch.setattr(textreader, "_HARD", 1)
        patch.setattr(textreader, "thread_count", lambda: 4)
        pieces = load(data)
    assert pieces.vocabulary.words() == whole.vocabulary.words()
    assert pieces.vectors.tobytes() == whole.vectors.tobytes()
    assert pieces.report == whole.report
