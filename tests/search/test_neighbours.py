"""The answer object."""

from __future__ import annotations

import json

import pytest

from firth.search import Neighbour, Neighbours


def test_it_is_a_sequence_that_cannot_change() -> None:
    found = Neighbours("cat", ["cat"], [("dog", 0.9), ("cow", 0.5)])
    assert len(found) == 2
    assert found[0] == Neighbour("dog", 0.9) == ("dog", 0.9)
    assert found[:1] == (("dog", 0.9),)
    assert list(found) == [("dog", 0.9), ("cow", 0.5)]
    assert ("dog", 0.9) in found
    found.excluded.append("more")
    assert found.excluded == ["cat"]
    with pytest.raises(AttributeError):
        found.query = "dog"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found[0] = ("x", 1.0)  # type: ignore[index]
    assert found == Neighbours("cat", ["cat"], [("dog", 0.9), ("cow", 0.5)])
    assert found != Neighbours("cat", [], [("dog", 0.9), ("cow", 0.5)])
    assert len({found, Neighbours("cat", ["cat"], [("dog", 0.9), ("cow", 0.5)])}) == 1
    assert found != "cat"


def test_it_reads_well() -> None:
    assert repr(Neighbours("x", [], [])) == "x\n  no neighbours"
    assert repr(Neighbours("x", ["x"], [("longer", 1.0), ("y", -0.25)])) == (
        "x  (left out: x)\n  longer  1.000\n  y       -0.250"
    )


def test_json() -> None:
    found = Neighbours("x", ["x"], [("y", 0.5)])
    assert json.loads(json.dumps(found.to_json())) == {
        "query": "x", "excluded": ["x"], "neighbours": [{"word": "y", "similarity": 0.5}],
    }  # fmt: skip
