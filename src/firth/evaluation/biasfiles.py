"""Files of WEAT tests, and where they lie on this machine."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firth.errors import BenchmarkError, ReadError
from firth.evaluation.bias import BiasTest, WordSet
from firth.evaluation.places import BIAS, cache_folder, data_folders

_LARGEST = 4 << 20
_ROLES = ("targ1", "targ2", "attr1", "attr2")

#: The tests of the paper's table 1, out of named sets of words (WEFE's file has them under these names).
_FROM_SETS = {
    "1": ("flowers", "insects", "pleasant_5", "unpleasant_5a"),
    "2": ("instruments", "weapons", "pleasant_5", "unpleasant_5b"),
    "3": ("european_american_names_5", "african_american_names_5", "pleasant_5", "unpleasant_5b"),
    "4": ("european_american_names_7", "african_american_names_7", "pleasant_5", "unpleasant_5b"),
    "5": ("european_american_names_7", "african_american_names_7", "pleasant_9", "unpleasant_9"),
    "6": ("male_names", "female_names", "career", "family"),
    "7": ("math", "arts", "male_terms", "female_terms"),
    "8": ("science", "arts_2", "male_terms_2", "female_terms_2"),
    "9": ("mental_disease", "physical_disease", "temporary", "permanent"),
    "10": ("young_people_names", "old_people_names", "pleasant_9", "unpleasant_9"),
}

_EXPECTED = (
    'expected {"targ1": {"category": ..., "examples": [...]}, "targ2": ..., "attr1": ..., "attr2": ...}, or '
    '{"flowers": [...], "insects": [...], "pleasant_5": [...], ...}'
)


def read_bias_tests(path: str | os.PathLike[str]) -> list[BiasTest]:
    """Read the tests of a file: one test of four sets (its name is the file's), or named sets of words.

    Out of named sets as WEFE's file has them come the tests of the paper: ``wefe1`` to ``wefe10``.

    Raises:
        BenchmarkError: the file holds neither.
        ReadError: it could not be opened.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "mine.json"
    >>> _ = file.write_text('{"targ1": ["rose"], "targ2": ["ant"], "attr1": ["joy"], "attr2": ["pain"]}')
    >>> read_bias_tests(file)[0].name, read_bias_tests(file)[0].question
    ('mine', 'targ1, targ2 : attr1, attr2')
    """
    file = Path(path)
    try:
        if file.stat().st_size > _LARGEST:
            raise BenchmarkError(f"{file} has {file.stat().st_size >> 20:,} MiB, too much for word lists; {_EXPECTED}")
        value = json.loads(file.read_bytes())
    except OSError as error:
        raise ReadError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{file} is no JSON ({error}); {_EXPECTED}") from error
    if not isinstance(value, dict):
        raise BenchmarkError(f"{file} holds a {type(value).__name__}; {_EXPECTED}")
    if value.keys() >= set(_ROLES):
        return [_test(file, file.stem, value, _ROLES)]
    found = [
        _test(file, f"wefe{number}", value, names)
        for number, names in _FROM_SETS.items()
        if all(name in value for name in names)
    ]
    if not found:
        raise BenchmarkError(f"{file} has the keys {', '.join(map(repr, list(value)[:4]))} ...; {_EXPECTED}")
    return found


def _test(file: Path, name: str, value: dict[str, Any], keys: tuple[str, str, str, str]) -> BiasTest:
    x, y, a, b = (_word_set(file, key, value[key]) for key in keys)
    return BiasTest(name, x, y, a, b, str(file))


def _word_set(file: Path, role: str, value: Any) -> WordSet:
    name = role
    if isinstance(value, Mapping):
        name, value = str(value.get("category") or role), value.get("examples")
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise BenchmarkError(f"{file}: {role!r} is no list of words; {_EXPECTED}")
    return WordSet(name, tuple(dict.fromkeys(value)))


def bias_tests_at_hand() -> list[BiasTest]:
    """Return the tests on this machine, each name once, in the order of their numbers.

    They lie in ``eval/bias`` of the folders that the environment variable ``FIRTH_DATA`` names, and in ``bias`` of the
    user's cache folder. Files that hold no test are passed over.

    Raises:
        BenchmarkError: there is none.
    """
    places = [*(folder / "eval" / BIAS for folder in data_folders()), cache_folder() / BIAS]
    found: dict[str, BiasTest] = {}
    for place in places:
        for file in sorted(place.glob("*.json*")) if place.is_dir() else []:
            try:
                tests = read_bias_tests(file)
            except (BenchmarkError, ReadError):
                continue
            for test in tests:
                found.setdefault(test.name, test)
    if not found:
        raise BenchmarkError(
            f"no test of bias is at hand; put files such as weat1.jsonl into {cache_folder() / BIAS}, or give their "
            f"paths; looked in {', '.join(map(str, places))}"
        )
    return sorted(found.values(), key=lambda test: _numbered(test.name))


def open_bias_tests(names: list[str] | tuple[str, ...]) -> list[BiasTest]:
    """Return the tests that names (``"weat6"``) or paths mean; without any, all at hand.

    Raises:
        BenchmarkError: a name is not known, or a file holds no test.
    """
    if not names:
        return bias_tests_at_hand()
    chosen: list[BiasTest] = []
    for name in names:
        if Path(name).suffix or {"/", os.sep} & set(name):
            chosen += read_bias_tests(name)
            continue
        known = {re.sub(r"[^a-z0-9]", "", test.name.lower()): test for test in bias_tests_at_hand()}
        plain = re.sub(r"[^a-z0-9]", "", name.lower())
        if plain not in known:
            near = difflib.get_close_matches(plain, known, n=2)
            offer = f"did you mean {' or '.join(repr(known[n].name) for n in near)}?" if near else (
                f"at hand: {', '.join(test.name for test in known.values())}"
            )  # fmt: skip
            raise BenchmarkError(f"no test of bias is called {name!r}; {offer}")
        chosen.append(known[plain])
    return chosen


def _numbered(name: str) -> tuple[str, int, str]:
    """Sort weat2 before weat10."""
    parts = re.fullmatch(r"(\D*)(\d{1,9})(.*)", name, re.DOTALL)
    return (parts[1], int(parts[2]), parts[3]) if parts else (name, 0, "")
