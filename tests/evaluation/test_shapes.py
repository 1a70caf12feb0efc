"""Files of the kinds beyond word pairs and analogy questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import BenchmarkError, FirthError
from firth.evaluation import read_benchmark
from firth.evaluation.categories import Categories
from firth.evaluation.choices import Choices
from firth.evaluation.mappings import Mappings
from firth.evaluation.outliers import Outliers
from firth.evaluation.ranking import Rankings
from firth.evaluation.readers import parse_benchmark
from firth.evaluation.relata import Relata

HEAD = ",type,word1,word2,word3,target\n"


def test_categories() -> None:
    text = b",category,word\n0,animal,cat\n1,animal,dog\n2,tool,\n3,tool,saw\n4,,lost\n5,animal\n6,tool,cat\n"
    read = parse_benchmark(text, "x.csv")
    assert isinstance(read, Categories)
    assert (read.name, read.kind, len(read)) == ("x.csv", "categorisation", 4)
    assert read.categories == (("animal", ("cat", "dog")), ("tool", ("saw", "cat")))
    assert [problem.line for problem in read.problems] == [6, 7]
    tabbed = parse_benchmark(b"Word\tCategory\ncat\tanimal\nsaw\ttool\n", "x.tsv")
    assert isinstance(tabbed, Categories)
    assert tabbed.parts == [("animal", 1), ("tool", 1)]
    with pytest.raises(BenchmarkError, match="at least two categories"):
        parse_benchmark(b"category,word\na,b\n", "x.csv")


def test_outliers() -> None:
    text = (
        ",category,outliers,words\n"
        "0,cats,\"['dog', 'car', '']\",\"['lion', 'lynx', \"\"cat's\"\"]\"\n"
        '1,bad,"[1, 2]","[\'a\']"\n'
        "2,worse,\"__import__('os')\",\"['a']\"\n"
        "3,short\n"
        "4,stray,\"['\\d']\",\"['a', 'b']\"\n"
    )
    read = parse_benchmark(text.encode(), "x.csv")
    assert isinstance(read, Outliers)
    assert read.groups[0] == ("cats", ("lion", "lynx", "cat's"), ("dog", "car"))
    assert read.groups[1].outliers == ("\\d",)
    assert [problem.line for problem in read.problems] == [3, 4, 5]
    assert (len(read), read.parts) == (3, [("cats", 2), ("stray", 1)])


def test_relata_in_either_shape() -> None:
    text = b",word1,word2,relation\n0,cat,odd,?\n1,cat,dog,coord\n2,cat,fur,mero\n3,cat,of,random\n4,cow,calf,coord\n"
    read = parse_benchmark(text, "x.csv")
    assert isinstance(read, Relata)
    assert read.related == (("coord", "cat", ("dog",)), ("mero", "cat", ("fur",)))  # the cow has no random words
    assert read.random == {"cat": ("of",)}
    own = b"cat-n\tmammal\tcoord\tdog-n\ncat-n\tmammal\tmero\tfur-n\ncat-n\tmammal\trandom-j\tof-j\ncat-n\tmammal\n"
    read_own = parse_benchmark(own, "BLESS.txt")
    assert isinstance(read_own, Relata)
    assert (read_own.related, read_own.random) == (read.related, read.random)
    assert [problem.line for problem in read_own.problems] == [4]
    with pytest.raises(BenchmarkError, match="no concept with both"):
        parse_benchmark(b"word1,word2,relation\ncat,dog,coord\n", "x.csv")
    # With a rating it is word pairs, as SimVerb is.
    assert parse_benchmark(b"word1,word2,relation,score\ncat,dog,coord,8\n", "x.csv").kind == "similarity"


def chain(name: str, pairs: list[tuple[str, str]]) -> str:
    return "".join(
        f"0,{name},{a},{b},{c},{d}\n" for i, (a, b) in enumerate(pairs) for c, d in pairs[i + 1 :]
    )  # fmt: skip


def test_numbered_relations_are_told_apart_by_which_pairs_meet() -> None:
    pairs = [(f"a{i}", f"b{i}") for i in range(11)]
    system = parse_benchmark((HEAD + chain("0", pairs[:4]) + chain("1", pairs[:7]) + chain("2", pairs)).encode(), "x")
    assert isinstance(system, Mappings)
    assert system.systems[0] == ("0 a0 : b0", tuple(pairs[:4]))
    assert (len(system), system.problems[0].text[:21]) == (2, "problem 2 has 11 term")
    crossed = "".join(f"0,1a,e{k},f{k},{a},{b}\n" for a, b in pairs for k in range(3))
    ranking = parse_benchmark((HEAD + crossed).encode(), "x")
    assert isinstance(ranking, Rankings)
    assert ranking.relations[0].examples == (("e0", "f0"), ("e1", "f1"), ("e2", "f2"))
    assert ranking.relations[0].pairs == tuple(pairs)
    assert ranking.relations[0].ratings == tuple(range(11, 0, -1))
    with pytest.raises(BenchmarkError, match="without their answers"):
        parse_benchmark((HEAD + chain("0", pairs[:6]) + chain("1", pairs[:6])).encode(), "sat.csv")
    with pytest.raises(BenchmarkError, match="do not meet as theirs do"):
        parse_benchmark((HEAD + chain("0", pairs[:5]) + "0,0,x,y,z,w\n").encode(), "x.csv")
    with pytest.raises(BenchmarkError, match="no problem that can be scored"):
        parse_benchmark((HEAD + chain("0", pairs)).encode(), "x.csv")


def test_multiple_choice() -> None:
    sat = (
        b"# comment\n\n190 FROM REAL SATs\nlull trust v:n\nbalk fortitude v:n\ncajole compliance v:n\nb\n\n"
        b"KS model\nostrich bird n:n\nlion cat n:n\nsheep\ngoose flock n:n\na\n"
    )
    read = parse_benchmark(sat, "SAT-package-V3.txt")
    assert isinstance(read, Choices)
    assert read.questions == ((("lull", "trust"), (("balk", "fortitude"), ("cajole", "compliance")), 1),)
    assert [problem.line for problem in read.problems] == [12, 14]
    good = {"stem": ["a", "b"], "choice": [["c", "d"], ["e", "f"]], "answer": 1, "prefix": "x"}
    bad = [
        {**good, "answer": 2}, {**good, "answer": True}, {**good, "stem": ["a"]}, {**good, "choice": [["c", 1]] * 2},
        {**good, "stem": "ab"}, [1],
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, [good, *bad])) + "\n{\n"
    lines = parse_benchmark(text.encode(), "x.jsonl")
    assert isinstance(lines, Choices)
    assert lines.questions == ((("a", "b"), (("c", "d"), ("e", "f")), 1),)
    assert len(lines.problems) == 7
    with pytest.raises(BenchmarkError, match="no multiple-choice question"):
        parse_benchmark(b'{"targ1": []}\n', "x.jsonl")


def test_the_package_of_semeval(tmp_path: Path) -> None:
    questions, gold = tmp_path / "Testing" / "Phase1Questions", tmp_path / "Gold"
    questions.mkdir(parents=True)
    gold.mkdir()
    for name in ("10a", "2b"):
        (gold / f"GoldRatings-{name}.txt").write_text('# by\n 55.6 "hour:seconds"\n-2.2 "a b:c"\nodd\n 7 "x:y"\n')
    (questions / "Phase1Questions-10a.txt").write_text("Question 10(a)\n\nConsider:\n\nwater:drop\nmile:yard\n\nWhy:\n")
    with pytest.raises(BenchmarkError, match=r"GoldRatings-2b\.txt and no Phase1Questions-2b\.txt"):
        read_benchmark(tmp_path)
    (questions / "Phase1Questions-2b.txt").write_text("Consider:\n\nfoot:inch\n")
    read = read_benchmark(tmp_path)
    assert isinstance(read, Rankings)
    assert [relation.name for relation in read.relations] == ["2b", "10a"]
    assert read.relations[1] == (
        "10a", (("water", "drop"), ("mile", "yard")), (("hour", "seconds"), ("a b", "c"), ("x", "y")), (55.6, -2.2, 7.0)
    )  # fmt: skip
    assert len(read.problems) == 2


def test_a_folder_of_outliers(tmp_path: Path) -> None:
    (tmp_path / "Big_cats.txt").write_text("tiger\nlion\ncat\n\ndog\ncar\n")
    (tmp_path / "Months.txt").write_bytes(b"May\r\nJuly\r\n\r\nwinter\r\n")
    (tmp_path / "README.txt").write_text("Groups of words.\n\nBy some people.\n")
    read = read_benchmark(tmp_path)
    assert isinstance(read, Outliers)
    assert read.groups == (
        ("Big_cats", ("tiger", "lion", "cat"), ("dog", "car")),
        ("Months", ("May", "July"), ("winter",)),
    )


def test_real_files(data: Path) -> None:
    found = {}
    names = ["categorization/ap", "categorization/battig", "categorization/bless", "categorization/essli-2008"]
    names += ["outlier/8-8-8", "outlier/wikisem500", "relations/bless", "analogy/jair", "analogy/semeval"]
    for name in names:
        read = read_benchmark(data / "eval" / f"{name}.csv")
        assert read.problems == (), name
        found[name] = (read.name, read.kind, len(read))
    assert list(found.values()) == [
        ("ap", "categorisation", 402),
        ("battig", "categorisation", 5_231),
        ("bless", "categorisation", 200),
        ("esslli2008", "categorisation", 45),
        ("8-8-8", "outliers", 64),
        ("wikisem500", "outliers", 2_812),
        ("bless-relations", "relations", 1_000),
        ("jair", "mapping", 20),
        ("semeval2012", "ranking", 79),
    ]


@given(
    st.sampled_from([
        ",category,word\n", ",category,outliers,words\n", "word1,word2,relation\n", HEAD, '{"stem": ["a", "b"]',
        "a b n:n\nc d n:n\na\n", "c-n\tx\tcoord\td-n\n",
    ]),
    st.text('ab1,.:[]"\'{}\n\t ', max_size=120),
)  # fmt: skip
def test_any_rest_is_read_or_refused_cleanly(head: str, rest: str) -> None:
    try:
        read = parse_benchmark((head + rest).encode(), "any")
    except FirthError as error:
        assert "any" in str(error)
        assert "\n" not in str(error)
    else:
        assert len(read) > 0
