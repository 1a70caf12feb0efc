"""Benchmark files of every shape in use, told from their bytes.

Word pairs: two words and a rating in columns cut by tabs, commas, semicolons or blanks, with or without a header,
with or without further columns (SimLex, SimVerb, Rare Words). Analogies: Google's ``: section`` lines with four words
each, the same as CSV, four bare columns, and BATS (a folder of ``word TAB answer/answer/...`` lists, or one of them).
Other kinds: see :mod:`firth.evaluation.shapes` and, for folders, :mod:`firth.evaluation.packages`.
"""

from __future__ import annotations

import os
from pathlib import Path

from firth.catalogue.benchmarks import identify, identify_pairs
from firth.errors import BenchmarkError, ReadError
from firth.evaluation.items import Analogies, Benchmark, Pairs, Section
from firth.evaluation.lines import Line, Table, content_lines, four_words, guess_table, has_sections, is_number
from firth.evaluation.notes import problem, shown
from firth.evaluation.packages import read_package
from firth.evaluation.shapes import numbered, read_shape
from firth.report import Problem

#: The largest benchmark in use has a few megabytes; anything far beyond is something else, such as a vector file.
LARGEST = 64 << 20

EXPECTED = (
    "expected word pairs with a rating ('cat<TAB>dog<TAB>7.5'; also commas, semicolons or blanks, with or without a "
    "header), Google analogies (': section' lines, then four words a line), BATS lists ('word<TAB>answer/answer'), or "
    "a table with the columns category and word, category, outliers and words, or word1, word2 and relation"
)


def read_benchmark(path: str | os.PathLike[str]) -> Benchmark:
    """Read a benchmark from a file, or from a folder (BATS, the SemEval-2012 package, groups with outliers).

    Lines that do not fit are left out and listed in ``problems`` with their numbers.

    Raises:
        BenchmarkError: it is no benchmark of a kind that firth scores; the message says what was found.
        ReadError: it could not be opened.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.csv"
    >>> _ = file.write_text("word1,word2,score\\ncat,dog,8.1\\ncat,car,x\\ncat,pet,9\\n")
    >>> pairs = read_benchmark(file)
    >>> len(pairs), str(pairs.problems[0])
    (2, "line 3: 'x' is no number; line left out: 'cat,car,x'")
    """
    place = Path(path)
    if place.is_dir():
        return _read_folder(place)
    return parse_benchmark(_read_bytes(place), str(place))


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise BenchmarkError(
                f"{path} has {size >> 20:,} MiB, too much for a benchmark; {EXPECTED}; is it a file of vectors?"
            )
        return path.read_bytes()
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise ReadError(f"no file {path}; give the path of a benchmark file or the name of a benchmark") from error
        raise ReadError(f"cannot read {path}: {error.strerror or error}") from error


def parse_benchmark(raw: bytes, source: str) -> Benchmark:
    """Read a benchmark from the bytes of its file; ``source`` stands in messages and gives unknown ones their name.

    Raises:
        BenchmarkError: the bytes are no benchmark of a kind that firth scores.

    >>> parse_benchmark(b": capitals\\nAthens Greece Oslo Norway\\n", "mine.txt").sections[0].name
    'capitals'
    """
    if raw[:2] == b"\x1f\x8b" or raw[:4] == b"PK\x03\x04":
        raise BenchmarkError(f"{source} is a packed file; unpack it first")
    if b"\0" in raw[:65536]:
        raise BenchmarkError(f"{source} holds binary data; {EXPECTED}")
    lines = content_lines(raw)
    if not lines:
        raise BenchmarkError(f"{source} has no lines with words; {EXPECTED}")
    if has_sections(lines):
        return _google(lines, source)
    shaped = read_shape(lines, source)
    if shaped is not None:
        return shaped
    table = guess_table(lines)
    if table.kind == "pairs":
        return _pairs(lines, table, source)
    if table.kind == "questions":
        return _columns(lines, table, source)
    if table.kind == "lists":
        section, problems = _lists(lines, source)
        return _analogies([section], problems, source)
    raise BenchmarkError(f"{source}: line {lines[0].number} is {shown(lines[0].text)}; {EXPECTED}")


# -- word pairs -------------------------------------------------------------------------------------------------------


def _pairs(lines: list[Line], table: Table, source: str) -> Pairs:
    first: list[str] = []
    second: list[str] = []
    ratings: list[float] = []
    problems: list[Problem] = []
    one, two, rating = table.columns
    for line in lines[table.skip :]:
        cells = table.split(line.text)
        if not any(cells[1:] if table.numbered else cells):
            continue  # the empty last row that some exporters write
        if len(cells) <= max(table.columns):
            problems.append(problem(line, f"{len(cells)} columns where {max(table.columns) + 1} were expected"))
        elif not cells[one] or not cells[two]:
            problems.append(problem(line, "a word is missing"))
        elif not is_number(cells[rating]):
            problems.append(problem(line, f"{cells[rating]!r} is no number"))
        else:
            first.append(cells[one])
            second.append(cells[two])
            ratings.append(float(cells[rating].replace(",", ".")))
    if not first:
        raise BenchmarkError(f"{source} has no pair of words with a rating; {problems[0]}; {EXPECTED}")
    import numpy as np

    known = identify_pairs(first, second, ratings)
    name = known.name if known else Path(source).name
    return Pairs(name, source, tuple(first), tuple(second), np.array(ratings, np.float64), tuple(problems))


# -- analogies --------------------------------------------------------------------------------------------------------


def _google(lines: list[Line], source: str) -> Analogies:
    sections: dict[str, list[tuple[str, str, str, str]]] = {}
    problems: list[Problem] = []
    current = "all"
    for line in lines:
        if line.text.startswith(":"):
            current = line.text.lstrip(": \t").strip() or f"section at line {line.number}"
            sections.setdefault(current, [])
            continue
        words = four_words(line.text.split())
        if words is None:
            problems.append(problem(line, f"{len(line.text.split())} words where 4 were expected"))
        else:
            sections.setdefault(current, []).append(words)
    found = [Section(name, written=tuple(questions)) for name, questions in sections.items() if questions]
    return _analogies(found, problems, source)


def _columns(lines: list[Line], table: Table, source: str) -> Benchmark:
    sections: dict[str, list[tuple[str, str, str, str]]] = {}
    problems: list[Problem] = []
    for line in lines[table.skip :]:
        cells = table.split(line.text)
        words = four_words([cells[k] for k in table.columns]) if len(cells) > max(table.columns) else None
        if words is None:
            problems.append(problem(line, f"{len(cells)} columns, some empty, where 4 words were expected"))
            continue
        name = cells[table.section] if table.section is not None else "all"
        sections.setdefault(name, []).append(words)
    if table.section is not None and all(name[:1].isdigit() for name in sections):
        rows = [(name, (a, b), (c, d)) for name, questions in sections.items() for a, b, c, d in questions]
        return numbered(rows, problems, source)
    found = [Section(name, written=tuple(questions)) for name, questions in sections.items()]
    return _analogies(found, problems, source)


def _lists(lines: list[Line], source: str) -> tuple[Section, list[Problem]]:
    pairs: list[tuple[str, tuple[str, ...]]] = []
    problems: list[Problem] = []
    for line in lines:
        cells = line.text.split("\t") if "\t" in line.text else line.text.split()
        cells = [cell.strip() for cell in cells if cell.strip()]
        answers = tuple(answer.strip() for answer in cells[1].split("/") if answer.strip()) if len(cells) == 2 else ()
        if answers:
            pairs.append((cells[0], answers))
        else:
            problems.append(problem(line, "expected a word and its answers"))
    return Section(Path(source).stem, pairs=tuple(pairs)), problems


def _analogies(sections: list[Section], problems: list[Problem], source: str) -> Analogies:
    size = sum(map(len, sections))
    if not size:
        raise BenchmarkError(
            f"{source} has no analogy question; {problems[0] if problems else 'no line fits'}; {EXPECTED}"
        )
    probes: list[tuple[str, ...]] = [section.written[0] for section in sections if section.written]
    probes += [(section.pairs[0][0], section.pairs[0][1][0]) for section in sections if section.pairs]
    known = identify("analogy", size, probes)
    return Analogies(known.name if known else Path(source).name, source, tuple(sections), tuple(problems))


def _read_folder(folder: Path) -> Benchmark:
    """Read a BATS folder: its lists, or those of the folders in it, in the order of their numbers; or another one."""
    package = read_package(folder)
    if package is not None:
        return package
    try:
        files = sorted(
            (file for pattern in ("*.txt", "*/*.txt") for file in folder.glob(pattern) if file.is_file()),
            key=lambda file: (file.stem[:1], _number(file.stem), file.stem),
        )
    except OSError as error:
        raise ReadError(f"cannot read the folder {folder}: {error.strerror or error}") from error
    sections: list[Section] = []
    problems: list[Problem] = []
    for file in files:
        lines = content_lines(_read_bytes(file))
        if lines and not has_sections(lines) and guess_table(lines).kind == "lists":
            section, odd = _lists(lines, str(file))
            sections.append(section)
            problems += [Problem(p.kind, p.line, None, f"{file.name}: {p.text}") for p in odd]
    if not sections:
        raise BenchmarkError(
            f"the folder {folder} holds no BATS lists ('word<TAB>answer/answer' lines in .txt files); give one "
            "benchmark file, the folder of BATS, or that of SemEval-2012 task 2"
        )
    return _analogies(sections, problems, str(folder))


def _number(stem: str) -> int:
    digits = "".join(c for c in stem.split(" ")[0] if c.isdigit())
    return int(digits[:9]) if digits else 0
