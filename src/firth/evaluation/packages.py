"""Benchmarks that are spread as folders: the SemEval-2012 package, and groups of words with outliers."""

from __future__ import annotations

import re
from pathlib import Path

from firth.errors import BenchmarkError, ReadError
from firth.evaluation.items import Itemised
from firth.evaluation.lines import Line, content_lines
from firth.evaluation.notes import named, problem
from firth.evaluation.outliers import Group
from firth.evaluation.ranking import Rankings, Relation
from firth.evaluation.shapes import Pair, outlier_groups
from firth.report import Problem

_RATING = re.compile(r'\s*(-?\d+(?:\.\d+)?)\s+"?([^":]+):([^":]+)"?\s*')
_GOLD = re.compile(r"GoldRatings-(\d+[a-z])\.txt")

#: Files of word lists are small; anything beyond is something else.
_LARGEST = 1 << 20


def read_package(folder: Path) -> Itemised | None:
    """Return the benchmark that a folder holds, or None where it is none of these.

    ``GoldRatings-1a.txt`` and its like, anywhere below, with ``Phase1Questions-1a.txt``: SemEval-2012 task 2. Text
    files of words, an empty line, and outliers: 8-8-8 and WikiSem500 as their authors spread them.

    Raises:
        BenchmarkError: ratings are there and the questions with the examples are not.
        ReadError: a file cannot be read.
    """
    try:
        files = sorted(file for file in folder.rglob("*.txt") if file.is_file() and file.stat().st_size <= _LARGEST)
        gold = {m[1]: file for file in files if (m := _GOLD.fullmatch(file.name))}
        if gold:
            return _semeval(folder, gold, {file.name: file for file in files})
        return _outlier_files(folder, [file for file in files if file.parent == folder])
    except OSError as error:
        raise ReadError(f"cannot read the folder {folder}: {error.strerror or error}") from error


def _semeval(folder: Path, gold: dict[str, Path], files: dict[str, Path]) -> Rankings:
    relations: list[Relation] = []
    problems: list[Problem] = []
    for name in sorted(gold, key=lambda name: (int(name[:-1]), name)):
        question = files.get(f"Phase1Questions-{name}.txt")
        if question is None:
            raise BenchmarkError(
                f"{folder} has {gold[name].name} and no Phase1Questions-{name}.txt, which holds the relation's "
                "examples; give the folder of the whole package"
            )
        examples = _examples(content_lines(question.read_bytes()))
        pairs: list[Pair] = []
        ratings: list[float] = []
        for line in content_lines(gold[name].read_bytes()):
            rated = _RATING.fullmatch(line.text)
            if rated is None:
                problems.append(_in_file(gold[name], problem(line, 'expected a rating and "word:word"')))
            else:
                ratings.append(float(rated[1]))
                pairs.append((rated[2].strip(), rated[3].strip()))
        if examples and pairs:
            relations.append(Relation(name, tuple(examples), tuple(pairs), tuple(ratings)))
        else:
            problems.append(Problem("odd size", None, None, f"relation {name} has no examples or no pairs; left out"))
    if not relations:
        raise BenchmarkError(f"{folder} has no relation with examples and rated pairs; {problems[0]}")
    known = named("ranking", str(folder), len(relations), [(r.name, *r.examples[0]) for r in relations])
    return Rankings(known, str(folder), tuple(relations), tuple(problems))


def _examples(lines: list[Line]) -> list[Pair]:
    """Return the pairs that stand between the first two sentences of a question."""
    found: list[Pair] = []
    for line in lines:
        pair = re.fullmatch(r"([^\s:]+):([^\s:]+)", line.text.strip())
        if pair is not None:
            found.append((pair[1], pair[2]))
        elif found:
            break
    return found


def _outlier_files(folder: Path, files: list[Path]) -> Itemised | None:
    groups: list[Group] = []
    for file in files:
        text = file.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        halves = [half.split("\n") for half in re.split(r"\n[ \t]*\n", text.strip())]
        lists = [tuple(word.strip() for word in half if word.strip()) for half in halves]
        # One word a line: prose and lists of answers have blanks or tabs.
        if len(lists) == 2 and all(words and not any(re.search(r"\s", word) for word in words) for words in lists):
            groups.append(Group(file.stem, *lists))
    if not groups or len(groups) * 2 < len(files):
        return None
    return outlier_groups(groups, [], str(folder))


def _in_file(file: Path, found: Problem) -> Problem:
    return Problem(found.kind, found.line, None, f"{file.name}: {found.text}")
