"""Benchmark files of every shape in use, and things that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import BenchmarkError, FirthError, ReadError
from firth.evaluation import Analogies, Pairs, read_benchmark
from firth.evaluation.lines import guess_table
from firth.evaluation.readers import parse_benchmark

WORDS = [("cat", "dog", 8.5), ("cat", "car", 1.25), ("sun", "moon", 6.0), ("I", "me", 9.0)]


def pairs(text: str | bytes, name: str = "x.txt") -> Pairs:
    read = parse_benchmark(text.encode() if isinstance(text, str) else text, name)
    assert isinstance(read, Pairs)
    return read


def content(read: Pairs) -> list[tuple[str, str, float]]:
    return list(zip(read.first, read.second, read.ratings.tolist(), strict=True))


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", " ", "  ", " \t"])
@pytest.mark.parametrize("header", ["", "word1{0}word2{0}similarity\n", "Word_1{0}Word_2{0}Mean\n", "a{0}b{0}c\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_separator_header_and_line_end(delimiter: str, header: str, end: str) -> None:
    body = "".join(f"{a}{delimiter}{b}{delimiter}{r}\n" for a, b, r in WORDS)
    text = (header.format(delimiter) + body).replace("\n", end)
    for whole in (text, text.rstrip(), "﻿" + text, end + text + end):
        read = pairs(whole)
        assert content(read) == WORDS
        assert read.problems == ()


def test_further_columns() -> None:
    simlex = (
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\tconcQ\tAssoc(USF)\tSD\n"
        + "old\tnew\tA\t1.58\t2.7\t2.8\t2\t7\t1\n"
    )
    assert content(pairs(simlex)) == [("old", "new", 1.58)]
    simverb = "take\tremove\tV\t6.81\tSYNONYMS\nwalk\ttrail\tV\t4.81\tCOHYPONYMS\n"
    assert content(pairs(simverb)) == [("take", "remove", 6.81), ("walk", "trail", 4.81)]
    rare = "squishing\tsquirt\t5.88\t7\t4\t8\t6\nundated\tundatable\t5.83\t10\t0\t6\t4\n"
    assert content(pairs(rare))[1] == ("undated", "undatable", 5.83)
    exported = ",similarity,word1,word2,relation\n0,6.81,take,remove,synonyms\n1,4.81,walk,trail,cohyponyms\n"
    assert content(pairs(exported))[0] == ("take", "remove", 6.81)
    assert content(pairs("0,car,automobile,3.92\n1,gem,jewel,3.84\n"))[0] == ("car", "automobile", 3.92)
    assert content(pairs("Word 1,Word 2,Human (mean)\nlove,sex,6.77\n")) == [("love", "sex", 6.77)]


def test_terms_quotes_comments_and_decimal_commas() -> None:
    assert content(pairs('"Promised Land","Los Angeles, California",0.42\na,b,1\n'))[0] == (
        "Promised Land",
        "Los Angeles, California",
        0.42,
    )
    assert content(pairs("# by people\ncat;dog;8,5\nsun;moon;6\n")) == [("cat", "dog", 8.5), ("sun", "moon", 6.0)]
    assert content(pairs("nan\tinf\t3.5\nNaN\tnull\t1\n"))[0] == ("nan", "inf", 3.5)
    assert content(pairs("na\u2028me\tcaf\u00e9\t2\nx\ty\t1\n"))[0][0] == "na\u2028me"
    assert pairs(b"caf\xe9\tbar\t2\nx\ty\t1\n").first[0] == "caf\udce9"
    assert content(pairs('say "hi\tword\t2\nx\ty\t1\n'))[0][0] == 'say "hi'


def test_bad_lines_are_reported_with_their_numbers() -> None:
    read = pairs("word1,word2,score\ncat,dog,8.5\ncat,car\n\nsun,,3\nsun,moon,high\na,b,1\n,,\n")
    assert len(read) == 2
    assert [problem.line for problem in read.problems] == [3, 5, 6]
    assert [str(problem).split(";")[0] for problem in read.problems] == [
        "line 3: 2 columns where 3 were expected",
        "line 5: a word is missing",
        "line 6: 'high' is no number",
    ]


def test_a_rating_that_is_no_number_makes_no_header() -> None:
    read = pairs("king\tqueen\tnan\n" + "".join(f"a{i}\tb{i}\t{i}\n" for i in range(7)))
    assert (len(read), [problem.line for problem in read.problems]) == (7, [1])


def test_google_sections() -> None:
    read = parse_benchmark(
        b": capital\nAthens Greece Oslo Norway\nAthens Greece\n\n:gram1-x\r\na b c d\r\n: empty\n", "q"
    )
    assert isinstance(read, Analogies)
    assert [(section.name, len(section)) for section in read.sections] == [("capital", 1), ("gram1-x", 1)]
    assert read.sections[0].written[0] == ("Athens", "Greece", "Oslo", "Norway")
    assert [(problem.line, problem.kind) for problem in read.problems] == [(3, "bad line")]


def test_analogies_in_columns() -> None:
    table = b",type,word1,word2,word3,target\n0,capital,Athens,Greece,Oslo,Norway\n1,capital,Athens,Greece,,Norway\n"
    read = parse_benchmark(table, "q.csv")
    assert isinstance(read, Analogies)
    assert (read.sections[0].name, len(read), len(read.problems)) == ("capital", 1, 1)
    bare = parse_benchmark(b"Athens Greece Oslo Norway\nman king woman queen\n", "q.txt")
    assert isinstance(bare, Analogies)
    assert [section.name for section in bare.sections] == ["all"]


def test_answer_lists(tmp_path: Path) -> None:
    (tmp_path / "1_Inflection").mkdir()
    (tmp_path / "1_Inflection" / "I10 [x].txt").write_text("go\twent\nsee\tsaw/seen\nodd\n")
    (tmp_path / "1_Inflection" / "I02 [y].txt").write_text("cat\tcats\ndog\tdogs\ncow\tcows/kine/\n")
    (tmp_path / "README.txt").write_text("This folder holds lists of words and of their answers.\nIt is prose.\n")
    read = read_benchmark(tmp_path)
    assert isinstance(read, Analogies)
    assert [section.name for section in read.sections] == ["I02 [y]", "I10 [x]"]
    assert len(read) == 3 * 2 + 2 * 1
    assert read.sections[0].pairs[2] == ("cow", ("cows", "kine"))
    assert [q.answers for q in read.sections[1].questions()] == [("saw", "seen"), ("went",)]
    assert "I10" in read.problems[0].text
    assert len(read_benchmark(tmp_path / "1_Inflection" / "I02 [y].txt")) == 6


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "no lines"),
        (b"\n \n# only a comment\n", "no lines"),
        (b"\x1f\x8b\x08\x00", "packed"),
        (b"cat\0dog\0", "binary"),
        (b"the 0.1 0.2 0.3\nof 0.2 0.1 0.5\n", "line 1 is 'the 0.1 0.2 0.3'"),
        (b"400000 100\nthe 0.1 0.2\n", "line 1 is '400000 100'"),
        (b"This is a text about words.\nIt has sentences.\n", "line 1 is 'This is"),
        (b'{"targ1": {}}\n', "line 1"),
        (b"0,dog,animal\n1,cat,animal\n", "line 1"),
        (b": a\n: b\n", "no analogy question"),
    ],
)
def test_what_is_no_benchmark_says_what_was_found_and_expected(raw: bytes, found: str) -> None:
    with pytest.raises(BenchmarkError) as error:
        parse_benchmark(raw, "thing.txt")
    assert "thing.txt" in str(error.value)
    assert found in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_and_large_files(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no file"):
        read_benchmark(tmp_path / "none.txt")
    with pytest.raises(BenchmarkError, match="no BATS lists"):
        read_benchmark(tmp_path)
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(BenchmarkError, match="is it a file of vectors"):
        read_benchmark(large)


LETTERS = st.text(st.characters(categories=["L", "Nd", "P", "Zs"], exclude_characters='"#:'), min_size=1, max_size=8)
WORD = LETTERS.map(lambda w: "w" + w.strip().replace("\t", "").replace(",", "").replace(";", ""))


@given(st.lists(st.tuples(WORD, WORD, st.floats(-10, 10)), min_size=1, max_size=20), st.sampled_from("\t;,"))
def test_what_is_written_is_read(items: list[tuple[str, str, float]], delimiter: str) -> None:
    items = [(a.strip(), b.strip(), round(r, 3)) for a, b, r in items]
    text = f"word1{delimiter}word2{delimiter}score\n" + "".join(
        f"{a}{delimiter}{b}{delimiter}{r}\n" for a, b, r in items
    )
    assert content(pairs(text)) == items


@given(st.binary(max_size=300) | st.text('ab1.:,;\t \n"#', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_cleanly(raw: bytes) -> None:
    try:
        read = parse_benchmark(raw, "any")
    except FirthError as error:
        assert "any" in str(error)
    else:
        assert len(read) > 0


def test_a_quick_guess_needs_only_the_first_lines() -> None:
    from firth.evaluation.lines import Line

    lines = [Line(k, "cat\tdog\t1.5") for k in range(500)]
    assert guess_table(lines).columns == (0, 1, 2)


SIZES = {
    "EN-MC-30.txt": ("mc30", 30), "EN-MTurk-287.txt": ("mturk287", 287), "EN-MTurk-771.txt": ("mturk771", 771),
    "EN-RG-65.txt": ("rg65", 65), "EN-SIMLEX-999.txt": ("simlex999", 999), "EN-SimVerb-3500.txt": ("simverb3500", 3500),
    "EN-VERB-143.txt": ("verb143", 144), "EN-WS-353-ALL.txt": ("ws353", 353), "EN-WS-353-REL.txt": ("ws353-rel", 252),
    "EN-WS-353-SIM.txt": ("ws353-sim", 203), "EN-YP-130.txt": ("yp130", 130), "mc-30.csv": ("mc30", 30),
    "mturk-287.csv": ("mturk287", 287), "mturk-771.csv": ("mturk771", 771), "rg-65.csv": ("rg65", 65),
    "semeval17.csv": ("semeval17", 500), "simverb-3500.csv": ("simverb3500", 3500), "yp-130.csv": ("yp130", 130),
    "wordsim353-rel.csv": ("ws353-rel", 252), "wordsim353-sim.csv": ("ws353-sim", 203),
    # the same pairs with other ratings: not the published benchmark, so not under its name
    "simlex999.csv": ("simlex999.csv", 999),
    # holds YP-130 under the name of Verb-143: the contents count
    "verb-143.csv": ("yp130", 130),
}  # fmt: skip


def test_real_similarity_files(data: Path) -> None:
    for file in sorted((data / "eval" / "similarity").iterdir()):
        read = read_benchmark(file)
        assert (read.name, len(read), read.problems) == (*SIZES[file.name], ()), file


def test_real_analogy_files(data: Path) -> None:
    folder = data / "eval" / "analogy"
    google, table = read_benchmark(folder / "questions-words.txt"), read_benchmark(folder / "google-analogies.csv")
    assert isinstance(google, Analogies)
    assert isinstance(table, Analogies)
    assert (google.name, len(google), len(google.sections)) == ("google", 19_544, 14)
    assert google.sections == table.sections
    bats = read_benchmark(folder / "BATS")
    assert isinstance(bats, Analogies)
    assert (bats.name, len(bats), len(bats.sections), bats.problems) == ("bats", 98_000, 40, ())
    assert [section.name for section in bats.sections[:10]] == [f"D{k}" for k in range(1, 11)]
    assert read_benchmark(folder / "questions-phrases.txt").name == "google-phrases"


def test_other_real_files_are_refused(data: Path) -> None:
    for name in ("README.md", "eval/analogy/sat.csv", "eval/bias/weat1.jsonl", "vectors/glove.6B.300d-100.txt",
                 "formats/test_glove.txt"):  # fmt: skip
        with pytest.raises(BenchmarkError):
            read_benchmark(data / name)
