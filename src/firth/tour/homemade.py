"""Tests that a machine can make from its own words, where no benchmark of people's ratings is at hand.

They are no substitute for those: they ask what the text itself shows in its spelling and its modules. Their scores
compare settings on one machine, not machines.
"""

from __future__ import annotations

import ast
import os
import random
import sysconfig
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firth.evaluation import Analogies, Section
from firth.evaluation.statistics import Interval, wilson
from firth.files import atomic_write

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors

#: Ending → what it makes of a word, and last letters after which it is spelled otherwise.
ENDINGS = {"s": ("plural", "sxy"), "ed": ("past tense", "ey"), "ing": ("present participle", "e")}

#: Pairs a section: the most frequent ones; and how often both of their words must stand in the text.
PAIRS, LEAST = 20, 20


def word_forms(wv: WordVectors) -> Analogies:
    """Return questions such as file : files :: matrix : ? of the word forms in a table with counts.

    A section holds the 20 most frequent pairs of a word of four or more letters and the same word with an ending (s,
    ed, ing), and asks every pair of every other. Where a word is both ("returns" is a plural and a verb), so be it.
    """
    counts = _counts(wv)
    sections = []
    for ending, (name, exceptions) in ENDINGS.items():
        pairs = [
            (min(count, counts[word + ending]), word)
            for word, count in counts.items()
            if len(word) >= 4 and word.isalpha() and word[-1] not in exceptions and word + ending in counts
        ]
        best = [word for _, word in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:PAIRS]]
        written = tuple((a, a + ending, b, b + ending) for a in best for b in best if a != b)
        if written:
            sections.append(Section(name, written=written))
    return Analogies("word-forms", "", tuple(sections))


def write_questions(questions: Analogies, path: str | os.PathLike[str]) -> Path:
    """Write analogy questions in the shape of ``questions-words.txt``: sections named ": name", four words a line."""
    lines = []
    for section in questions.sections:
        lines.append(f": {section.name.replace(' ', '-')}")
        lines += [" ".join(words) for words in section.written]
    with atomic_write(path) as file:
        file.write("\n".join([*lines, ""]).encode())
    return Path(path)


@dataclass(frozen=True, slots=True)
class OddScore:
    """How often the odd one out was found.

    Attributes:
        correct, n: right answers, and sets asked.
        modules: how many modules the sets were made of.
        ci95: 95 % interval of the share (Wilson).
    """

    correct: int
    n: int
    modules: int
    ci95: Interval

    @property
    def score(self) -> float:
        """Share of right answers; one in five is what guessing gives."""
        return self.correct / self.n


def module_mates(wv: WordVectors, sets: int = 300) -> OddScore | None:
    """Score how well a table finds the name that comes from another module.

    A set is four public names of one module of the standard library and one of another, drawn with a fixed seed among
    names that are words of the table with a count of 20 or more and belong to one module only; the odd one is the name
    least similar to the mean of the five. None where the table has too few such names.
    """
    counts = _counts(wv)
    names = {module: [name for name in found if name in counts] for module, found in public_names().items()}
    homes = Counter(name for found in names.values() for name in found)
    own = {module: [name for name in found if homes[name] == 1] for module, found in names.items()}
    own = {module: found for module, found in own.items() if len(found) >= 4}
    if len(own) < 4:
        return None
    rng = random.Random(1)
    correct = 0
    for _ in range(sets):
        here, there = rng.sample(sorted(own), 2)
        odd = rng.choice(own[there])
        correct += wv.doesnt_match([*rng.sample(own[here], 4), odd]) == odd
    return OddScore(correct, sets, len(own), wilson(correct, sets))


def public_names() -> dict[str, list[str]]:
    """Return module of the standard library → its public functions and classes in lower case; nothing is imported."""
    library = Path(sysconfig.get_paths()["stdlib"])
    found: dict[str, list[str]] = {}
    for file in sorted([*library.glob("[a-z]*.py"), *library.glob("[a-z]*/__init__.py")]):
        module = file.parent.name if file.name == "__init__.py" else file.stem
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        found[module] = list(dict.fromkeys(_defined(tree.body)))
    return found


def _defined(body: Iterable[ast.stmt]) -> Iterable[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name.lower()


def _counts(wv: WordVectors) -> dict[str, int]:
    """Return the words that are frequent enough for a test, and how often they stand in the text."""
    if wv.counts is None:
        return {}
    return {word: n for word, n in zip(wv.vocabulary, wv.counts.tolist(), strict=True) if n >= LEAST}
