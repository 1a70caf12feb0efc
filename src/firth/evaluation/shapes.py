"""Files of the kinds beyond word pairs and analogy questions: tables with known headers, and some shapes of their own.

,category,word                  categories               (AP, Battig, BLESS, ESSLLI-2008)
,category,outliers,words        outliers, as lists       (8-8-8, WikiSem500)
,word1,word2,relation           relations                (BLESS); also BLESS's own four columns
,type,word1,word2,word3,target  numbered relations       (SAT, JAIR, SemEval-2012; see ``numbered``)
{"stem": ..., "choice": ...}    multiple choice, a JSON object a line
given pair, pairs, letter       multiple choice, the shape of the SAT package
"""

from __future__ import annotations

import ast
import csv
import re
import warnings
from collections.abc import Sequence

from firth.errors import BenchmarkError
from firth.evaluation.categories import Categories, Category
from firth.evaluation.choicefiles import SAT_PAIR, json_choices, sat_choices
from firth.evaluation.items import Itemised
from firth.evaluation.lines import Line
from firth.evaluation.mappings import FEWEST_TERMS, MOST_TERMS, Mappings, System
from firth.evaluation.notes import first_problem, named, problem
from firth.evaluation.outliers import Group, Outliers
from firth.evaluation.ranking import Rankings, Relation
from firth.evaluation.relata import Relata, Related
from firth.report import Problem

_BLESS_RELATION = re.compile(r"(attri|coord|event|hyper|mero|random(-[njv])?)")

Pair = tuple[str, str]


def read_shape(lines: Sequence[Line], source: str) -> Itemised | None:
    """Return the benchmark that these lines hold, or None where they have none of the shapes above."""
    first = lines[0].text
    if first.lstrip().startswith("{"):
        return json_choices(lines, source)
    header = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in _cells(first)]
    at = {name: k for k, name in enumerate(header) if name}
    if at.keys() >= {"category", "outliers", "words"}:
        return _outliers(lines, at, source)
    if at.keys() >= {"category", "word"} and "word2" not in at:
        return _categories(lines, at, source)
    if at.keys() - {"id", "index"} == {"word1", "word2", "relation"}:
        rows = [(line, _cells(line.text)) for line in lines[1:]]
        width = max(at.values()) + 1
        short = [
            problem(line, f"{len(row)} columns where {width} were expected") for line, row in rows if len(row) < width
        ]
        return _relata(
            [(row[at["word1"]], row[at["word2"]], row[at["relation"]]) for _, row in rows if len(row) >= width],
            short,
            source,
        )
    columns = first.split("\t")
    if len(columns) == 4 and _BLESS_RELATION.fullmatch(columns[2]):
        return _bless(lines, source)
    if any(SAT_PAIR.fullmatch(line.text.strip()) for line in lines[:8]):
        return sat_choices(lines, source)
    return None


def _cells(text: str) -> list[str]:
    delimiter = "\t" if "\t" in text else ","
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return [cell.strip() for cell in text.split(delimiter)]


def _categories(lines: Sequence[Line], at: dict[str, int], source: str) -> Categories:
    found: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for line in lines[1:]:
        row = _cells(line.text)
        if len(row) <= max(at["category"], at["word"]) or not row[at["category"]]:
            problems.append(problem(line, "a category and a word were expected"))
        elif row[at["word"]]:  # an empty one only fills up the shorter categories
            found.setdefault(row[at["category"]], []).append(row[at["word"]])
    if len(found) < 2:
        raise BenchmarkError(f"{source} has {len(found)} category with words; clusters need at least two categories")
    categories = tuple(Category(name, tuple(words)) for name, words in found.items())
    size = sum(len(category.words) for category in categories)
    name = named("categorisation", source, size, [(c.name, c.words[0]) for c in categories])
    return Categories(name, source, categories, tuple(problems))


def _word_list(cell: str) -> list[str] | None:
    """Read "['a', 'b', '']", empty words left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # stray backslashes
        try:
            value = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        return None
    return [word for word in value if word]


def _outliers(lines: Sequence[Line], at: dict[str, int], source: str) -> Outliers:
    groups: list[Group] = []
    problems: list[Problem] = []
    for line in lines[1:]:
        row = _cells(line.text)
        lists = [_word_list(row[at[name]]) for name in ("words", "outliers")] if len(row) > max(at.values()) else [None]
        if not all(lists):
            problems.append(problem(line, "a category and two lists of words were expected"))
            continue
        words, strange = (tuple(words or ()) for words in lists)
        groups.append(Group(row[at["category"]], words, strange))
    return outlier_groups(groups, problems, source)


def outlier_groups(groups: list[Group], problems: list[Problem], source: str) -> Outliers:
    """Return groups as a benchmark.

    Raises:
        BenchmarkError: there is none.
    """
    if not groups:
        raise BenchmarkError(f"{source} has no group of words with outliers; {first_problem(problems)}")
    size = sum(len(group.outliers) for group in groups)
    name = named("outliers", source, size, [(group.words[0], group.outliers[0]) for group in groups])
    return Outliers(name, source, tuple(groups), tuple(problems))


def _relata(rows: list[tuple[str, str, str]], problems: list[Problem], source: str) -> Relata:
    random: dict[str, list[str]] = {}
    related: dict[tuple[str, str], list[str]] = {}
    for concept, word, relation in rows:
        if relation.startswith("random"):
            random.setdefault(concept, []).append(word)
        elif re.search(r"\w", relation):  # a few rows of one copy have a question mark
            related.setdefault((relation, concept), []).append(word)
    kept = [Related(relation, concept, tuple(words)) for (relation, concept), words in related.items()]
    kept = [item for item in kept if item.concept in random]
    order = {relation: i for i, relation in enumerate(dict.fromkeys(item.relation for item in kept))}
    kept.sort(key=lambda item: order[item.relation])
    if not kept:
        raise BenchmarkError(
            f"{source} has no concept with both related and random words (relation 'random'); {first_problem(problems)}"
        )
    probes = [(item.concept, item.relation, item.words[0]) for item in kept]
    name = named("relations", source, len(kept), probes)
    return Relata(name, source, tuple(kept), {c: tuple(words) for c, words in random.items()}, tuple(problems))


def _bless(lines: Sequence[Line], source: str) -> Relata:
    """Read BLESS's own shape: concept, class, relation, word, with marks of the part of speech."""
    rows: list[tuple[str, str, str]] = []
    problems: list[Problem] = []
    for line in lines:
        cells = line.text.split("\t")
        if len(cells) == 4 and all(cells):
            concept, _, relation, word = (cell.strip() for cell in cells)
            rows.append((re.sub(r"-[njv]$", "", concept), re.sub(r"-[njv]$", "", word), relation))
        else:
            problems.append(problem(line, f"{len(cells)} columns where 4 were expected"))
    return _relata(rows, problems, source)


# -- relations between pairs ------------------------------------------------------------------------------------------


def numbered(rows: list[tuple[str, Pair, Pair]], problems: list[Problem], source: str) -> Itemised:
    """Tell what analogy rows under numbered relations are, from which pairs meet which.

    All pairs of a few meeting all other pairs is SemEval-2012: examples, and the pairs of a relation from the most to
    the least typical. Every pair meeting every later one is a system of JAIR, or, with six pairs in all of them, SAT.

    Raises:
        BenchmarkError: they are SAT without its answers, or nothing that is known.
    """
    groups: dict[str, list[tuple[Pair, Pair]]] = {}
    for name, one, two in rows:
        groups.setdefault(name, []).append((one, two))
    if all(_crossed(met) for met in groups.values()):
        relations = []
        for name, met in groups.items():
            pairs = tuple(dict.fromkeys(two for _, two in met))
            examples = tuple(dict.fromkeys(one for one, _ in met))
            relations.append(Relation(name, examples, pairs, tuple(range(len(pairs), 0, -1))))
        probes = [(r.name, *r.examples[0]) for r in relations]
        name = named("ranking", source, len(relations), probes)
        return Rankings(name, source, tuple(relations), tuple(problems), "rank in the file (most typical first)")
    chains = {name: _chained(met) for name, met in groups.items()}
    if not all(chains.values()):
        odd = next(name for name, chain in chains.items() if not chain)
        raise BenchmarkError(
            f"{source} holds {len(groups)} numbered relations, as SAT, JAIR and SemEval-2012 do, but the pairs of "
            f"relation {odd} do not meet as theirs do (all examples with all pairs, or every pair with every later one)"
        )
    if all(len(chain) == 6 for chain in chains.values()):
        raise BenchmarkError(
            f"{source} holds {len(chains)} questions of six pairs, as the SAT analogies, without their answers; give "
            "the SAT package's own file (given pair, five pairs, letter), or JSON lines with stem, choice and answer"
        )
    systems: list[System] = []
    kept = list(problems)
    for name, chain in chains.items():
        if FEWEST_TERMS <= len(chain) <= MOST_TERMS:
            systems.append(System(f"{name} {chain[0][0]} : {chain[0][1]}", tuple(chain)))
        else:
            kept.append(
                Problem("odd size", None, None, f"problem {name} has {len(chain)} terms where {FEWEST_TERMS} to "
                        f"{MOST_TERMS} were expected; left out")
            )  # fmt: skip
    if not systems:
        raise BenchmarkError(f"{source} has no problem that can be scored; {first_problem(kept)}")
    name = named("mapping", source, len(systems), [system.terms[0] for system in systems])
    return Mappings(name, source, tuple(systems), tuple(kept))


def _crossed(met: list[tuple[Pair, Pair]]) -> bool:
    """Return whether each of some examples meets each of more pairs."""
    examples, pairs = {one for one, _ in met}, {two for _, two in met}
    return len(set(met)) == len(examples) * len(pairs) and len(pairs) > len(examples)


def _chained(met: list[tuple[Pair, Pair]]) -> list[Pair]:
    """Return the pairs where every one meets every later one, in order; else none."""
    chain = list(dict.fromkeys(pair for both in met for pair in both))
    every = (
        {(one, two) for i, one in enumerate(chain) for two in chain[i + 1 :]}
        if len(chain) ** 2 < 4 * len(met) + 9
        else set()
    )
    return chain if every == set(met) else []
