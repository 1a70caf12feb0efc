"""Documentation text out of source files: the right text, whatever the files are."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.tour import reading
from firth.tour.reading import LONGEST_SENTENCE, docstrings, read_files, sentences

SOURCE = b'''
"""The module."""

import side_effect_that_must_not_happen


class Thing:
    """A thing.

    It has parts.
    """

    def part(self):
        "One part."
        def inner():
            """Inside."""
        return """no docstring"""

    async def other(self):
        r"""Another \\d part."""


if True:
    def conditional():
        """Sometimes."""
else:
    try:
        def last_resort():
            """Rarely."""
    except Exception:
        pass

x = """no docstring either"""
'''


def test_docstrings_in_order_without_running_anything() -> None:
    found = list(docstrings(SOURCE))
    assert found == [
        "The module.",
        "A thing.\n\nIt has parts.",
        "One part.",
        "Inside.",
        "Another \\d part.",
        "Sometimes.",
        "Rarely.",
    ]


@pytest.mark.parametrize(
    "source", [b"def broken(:", b"\x00\x01", b"\xff\xfe", b"# -*- coding: none -*-\n'''x'''", b"(" * 5_000, b""]
)
def test_what_is_no_python_gives_nothing(source: bytes) -> None:
    assert list(docstrings(source)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One of two. And of three!", ["one of two", "and of three"]),
        ("Use :func:`os.path.join`, not `+`, please.", ["use os path join not please"]),
        ("See https://example.org/a?b=c for the rules.", ["see for the rules"]),
        ("Python’s own `__init__` method isn't it.", ["python own init method isn't it"]),
        ("Encode as UTF-8, non-ASCII too.", ["encode as utf-8 non-ascii too"]),
        ("<p>An <b>HTML</b> paragraph here</p>", ["an html paragraph here"]),
        ("x : array of shape (n,)\n    The points to draw.", ["x array of shape n", "the points to draw"]),
        (".. versionadded:: 3.2\n   The keyword was added.", ["the keyword was added"]),
        ("The first list:\n- the one item\n- the other item", ["the first list", "the one item", "the other item"]),
        (">>> f(1)\nresult of one\n\nThe text goes on.", ["the text goes on"]),
        ("```python\nimport some thing here\n```\nText after the fence.", ["text after the fence"]),
        ("Größe und Maß überall", ["größe und maß überall"]),
        ("x = 1", []),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@given(st.text(max_size=400))
def test_any_text_gives_plain_sentences(text: str) -> None:
    for sentence in sentences(text):
        words = sentence.split(" ")
        assert 3 <= len(words) <= LONGEST_SENTENCE
        assert sentence == sentence.strip() and all(words)
        assert "\n" not in sentence and sentence == " ".join(sentence.split())


def test_files_that_cannot_be_read_are_passed_over(tmp_path) -> None:
    (tmp_path / "good.py").write_text('"""All of it is good."""\n')
    assert list(read_files([str(tmp_path / "none.py"), str(tmp_path), str(tmp_path / "good.py")])) == [
        "all of it is good"
    ]


def test_the_worker_gives_the_same_and_needs_no_package(tmp_path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.py").write_text(f'"""This is module {name}, says it.\n\nAnd a second one."""\n')
    paths = [str(tmp_path / "a.py"), str(tmp_path / "b.py")]
    command = [sys.executable, "-I", "-S", str(reading.__file__)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(read_files(paths))
    assert done.stderr == ""
