"""Numbers and words at the byte level: the quick ways give what Python gives, to the bit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firth.kernels.bytelanes import eight_numbers
from firth.kernels.decimals import NOT_A_NUMBER, READ, UNDECIDED, read_number
from firth.kernels.rowtable import is_utf8
from firth.kernels.textlines import after_lines, count_lines, find_newline
from firth.kernels.textwrite import WIDEST, put_number


def array(text: bytes) -> np.ndarray:
    """Return bytes as the read-only array that kernels are given."""
    return np.frombuffer(text, np.uint8)


def same(a: np.float32, b: np.float32) -> bool:
    """Tell whether two numbers have the same bits, or are both NaN."""
    return a.tobytes() == b.tobytes() or bool(np.isnan(a) and np.isnan(b))


def as_python(text: str) -> np.float32 | None:
    """Return float32(float(text)) for the numbers that firth takes; None for what it does not."""
    if not text.isascii() or "_" in text or text != text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    with np.errstate(over="ignore"):
        return np.float32(value)


shapes = st.one_of(
    st.floats().map(repr),
    st.floats(width=32).map(lambda x: f"{x:.9g}"),
    st.floats(-10, 10).map(lambda x: f"{x:.5g}"),
    st.floats(-1, 1).map(lambda x: f"{x:.18f}"),
    st.tuples(st.integers(0, 10**24), st.integers(-70, 60)).map(lambda p: f"{p[0]}e{p[1]}"),
    st.tuples(st.integers(0, 10**22), st.integers(0, 10**22), st.sampled_from("+- ")).map(
        lambda p: f"{p[2]}{p[0]}.{p[1]}".strip()
    ),
    st.text("0123456789.eE+-naifty", max_size=18),
)


@st.composite
def half_way(draw: st.DrawFn) -> str:
    """Draw a decimal at, or a hair beside, the middle between two float32: where roundings go wrong."""
    mantissa, power = draw(st.integers(1 << 23, (1 << 24) - 1)), draw(st.integers(-170, 100))
    middle = (2 * mantissa + 1) * (1 << max(power, 0))
    digits, exponent = (middle, 0) if power >= 0 else (middle * 5**-power, power)
    cut = draw(st.integers(15, 40))
    text = str(digits)
    if len(text) > cut:
        exponent += len(text) - cut
        text = str(int(text[:cut]) + draw(st.sampled_from([-1, 0, 1])))
    return f"{text}e{exponent}"


@settings(deadline=None, max_examples=2000)
@given(st.one_of(shapes, half_way()))
@example("16777217")
@example("16777219.000000000000000000000000000000000000000000000000001")
@example("1.1754943508222875e-38")
@example("7.0064923216240854e-46")
@example("3.4028235677973366e38")
@example("340282356779733661637539395458142568447")
@example("0." + "0" * 70 + "1e60")
@example("9007199254740993")
@example("nAn")
@example("-INFINITY")
@example("1e99999999999999999999")
@example("0e99999999999999999999")
def test_one_number_is_what_python_makes_of_it(text: str) -> None:
    expected = as_python(text)
    data = array(b"7" + text.encode() + b"7")
    status, value = read_number(data, 1, 1 + len(text))
    if expected is None:
        assert status == NOT_A_NUMBER
    else:
        assert status in (READ, UNDECIDED)
        if status == READ:
            assert same(np.float32(value), expected)


def test_numbers_of_everyday_files_are_never_left_to_the_slow_way() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=300) * 10.0**k for k in range(-8, 5)])
    for value in values.tolist():
        for text in (f"{value:.6f}", f"{value:.9g}", repr(value), repr(float(np.float32(value)))):
            status, _ = read_number(array(text.encode()), 0, len(text))
            assert status == READ, text


@numba.njit
def _eight(data: np.ndarray, positions: np.ndarray, out: np.ndarray) -> int:  # pragma: no cover (compiled)
    return eight_numbers(data.ctypes.data, positions.ctypes.data, out.ctypes.data)


def eight(texts: Sequence[str]) -> tuple[int, np.ndarray]:
    """Read eight numbers at once; return the mask of those that were not read, and the numbers."""
    joined = " ".join(texts).encode()
    positions = np.cumsum([15, *(len(text) + 1 for text in texts)]).astype(np.int32)
    out = np.zeros(8, np.float32)
    return int(_eight(array(b"9" * 15 + b" " + joined + b" "), positions, out)), out


@settings(deadline=None, max_examples=600)
@given(st.lists(st.one_of(shapes.map(lambda text: text.replace(" ", "")), st.text("0123456789.-", max_size=17)),
                min_size=8, max_size=8))  # fmt: skip
@example(["1", "-2", "0.5", "-.5", "5.", "123456789012345", "-0.1234567890123", "999999999999.99"])
@example([".", "-.", "..", "1..2", "1.2.3", "", "-", "1234567890123456"])
@example(["0" * 16, "0" * 17, "1" + "0" * 15, "." + "1" * 15, "1" * 15 + ".", "--1", "1-", "+1"])
def test_eight_numbers_at_once(texts: list[str]) -> None:
    bad, out = eight(texts)
    for lane, text in enumerate(texts):
        if not bad >> lane & 1:
            expected = as_python(text)
            assert expected is not None, text
            assert same(out[lane], expected), text


def test_eight_numbers_reads_all_plain_decimals() -> None:
    texts = ["1", "-2.25", "0.041242", "-.5", "5.", "123456789012345", "-0.12345678901234"[:16], "999999999999.99"]
    assert eight(texts)[0] == 0


# ---------------------------------------------------------------------------------- writing


def written(value: np.float32) -> str:
    """Return a number as the text writer writes it."""
    out = np.zeros(WIDEST, np.uint8)
    end = put_number(int(value.view(np.uint32)), out, 0)
    return out[:end].tobytes().decode()


@settings(deadline=None, max_examples=3000)
@given(st.one_of(st.integers(0, 2**32 - 1), st.floats(width=32).map(lambda x: int(np.float32(x).view(np.uint32)))))
@example(0x00000001)
@example(0x00800000)
@example(0x7F7FFFFF)
@example(0x4B800000)
@example(0x80000000)
def test_the_shortest_decimal_gives_the_number_back(bits: int) -> None:
    value = np.uint32(bits).view(np.float32)
    text = written(value)
    assert same(np.float32(float(text)), value)
    assert len(text) <= WIDEST - 1
    if math.isfinite(value) and value:
        digits = text.lstrip("-").partition("e")[0].replace(".", "").strip("0")
        shortest = (
            np.format_float_scientific(value, unique=True).lstrip("-").partition("e")[0].replace(".", "").strip("0")
        )
        assert len(digits) <= len(shortest)
        assert abs(float(text) - float(value)) <= abs(float(f"{np.format_float_scientific(value)}") - float(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (-2.5, "-2.5"), (1e-7, "1e-07"), (1.5e-7, "1.5e-07"),
     (1e8, "100000000.0"), (1e9, "1e+09"), (1.25e10, "1.25e+10"), (0.00001, "0.00001"), (np.nan, "nan"),
     (np.inf, "inf"), (-np.inf, "-inf"), (16777216, "16777216.0"), (3.4028235e38, "3.4028235e+38")],
)  # fmt: skip
def test_numbers_look_familiar(value: float, text: str) -> None:
    assert written(np.float32(value)) == text


# ---------------------------------------------------------------------------------- bytes


#: Pieces at the edges of what UTF-8 allows.
EDGES = [b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe0\x9f\xbf", b"\xc1\xbf", b"\xf0\x8f\xbf\xbf", b"\xef\xbf\xbf",
         b"a", b"\xc3", b"\x80"]  # fmt: skip


@settings(deadline=None, max_examples=1500)
@given(
    st.one_of(
        st.binary(max_size=24),
        st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(st.sampled_from(EDGES), max_size=4).map(b"".join),
    )
)
def test_utf8_is_judged_as_python_judges_it(data: bytes) -> None:
    try:
        data.decode("utf-8")
        good = True
    except UnicodeDecodeError:
        good = False
    assert is_utf8(array(b"x" + data), 1, 1 + len(data)) == good


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 300), st.lists(st.integers(0, 299), max_size=20))
def test_lines_are_counted_and_found(size: int, newlines: list[int]) -> None:
    raw = bytearray(b"x" * size)
    for place in newlines:
        if place < size:
            raw[place] = 10
    data = bytes(raw)
    view = array(data)
    lines = data.split(b"\n")
    assert count_lines(view, 0, size) == len(lines) - (lines[-1] == b"")
    for start in range(0, size + 1, 7):
        found = data.find(b"\n", start)
        assert find_newline(view, start, size) == (found if found >= 0 else size)
    for n in range(4):
        assert after_lines(view, 0, size, n) == min(size, sum(len(line) + 1 for line in lines[:n]))
