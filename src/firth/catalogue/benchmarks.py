"""The benchmarks that firth knows by name. Which one a file holds is told from its contents, never from its name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["similarity", "analogy", "categorisation", "outliers", "choice", "ranking", "mapping", "relations"]


@dataclass(frozen=True, slots=True)
class Known:
    """One benchmark.

    Attributes:
        name: the one name that scores carry.
        kind: what is scored.
        title: its name in papers.
        size: word pairs, questions, or other items.
        probe: words of one item of it, by which its file is known; for word pairs with the ``rating``.
        also: other names that people type.
        files: name patterns of the files it is spread in, the best copy first; used to find it quickly.
        citation: where it was published.
        licence: what is known of its licence; where nothing is, ask its authors before passing it on.
        groups: name of a group of sections → regular expression that a section's name must match.
    """

    name: str
    kind: Kind
    title: str
    size: int
    probe: tuple[str, ...]
    citation: str
    rating: float | None = None
    also: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    licence: str = "not stated"
    groups: tuple[tuple[str, str], ...] = ()


BENCHMARKS: tuple[Known, ...] = (
    Known(
        "ws353", "similarity", "WordSim-353", 353, ("love", "sex"), rating=6.77,
        also=("wordsim", "ws353all", "enws353all"), files=("EN-WS-353-ALL*", "wordsim353.*", "combined.*"),
        citation="Finkelstein et al. 2002, Placing search in context", licence="CC BY 4.0",
    ),
    Known(
        "ws353-sim", "similarity", "WordSim-353, similarity part", 203, ("tiger", "cat"), rating=7.35,
        also=("wordsimsimilarity", "enws353sim"), files=("EN-WS-353-SIM*", "wordsim353-sim*", "wordsim_similarity*"),
        citation="Agirre et al. 2009, A study on similarity and relatedness", licence="CC BY 4.0",
    ),
    Known(
        "ws353-rel", "similarity", "WordSim-353, relatedness part", 252, ("computer", "keyboard"), rating=7.62,
        also=("wordsimrelatedness", "enws353rel"), files=("EN-WS-353-REL*", "wordsim353-rel*", "wordsim_relatedness*"),
        citation="Agirre et al. 2009, A study on similarity and relatedness", licence="CC BY 4.0",
    ),
    Known(
        "simlex999", "similarity", "SimLex-999", 999, ("old", "new"), rating=1.58,
        also=("simlex", "sl999", "ensimlex999"), files=("EN-SIMLEX-999*", "SimLex-999*", "simlex999*"),
        citation="Hill, Reichart and Korhonen 2015, SimLex-999",
    ),
    Known(
        "simverb3500", "similarity", "SimVerb-3500", 3500, ("take", "remove"), rating=6.81,
        also=("simverb", "ensimverb3500"), files=("EN-SimVerb-3500*", "SimVerb-3500*", "simverb-3500*"),
        citation="Gerz et al. 2016, SimVerb-3500",
    ),
    Known(
        "men", "similarity", "MEN", 3000, ("sun", "sunlight"), rating=50.0,
        also=("men3000", "enmentr3k", "enmen"), files=("EN-MEN-TR-3k*", "MEN_dataset_natural_form_full*", "men*"),
        citation="Bruni, Tran and Baroni 2014, Multimodal distributional semantics", licence="CC BY 2.0",
    ),
    Known(
        "rw", "similarity", "Rare Words (Stanford)", 2034, ("squishing", "squirt"), rating=5.88,
        also=("rarewords", "rareword", "rw2034", "rwstanford"), files=("EN-RW-STANFORD*", "rw*"),
        citation="Luong, Socher and Manning 2013, Better word representations with recursive neural networks",
    ),
    Known(
        "rg65", "similarity", "RG-65", 65, ("gem", "jewel"), rating=3.94,
        also=("rg", "rubensteingoodenough", "enrg65"), files=("EN-RG-65*", "rg-65*"),
        citation="Rubenstein and Goodenough 1965, Contextual correlates of synonymy",
    ),
    Known(
        "mc30", "similarity", "MC-30", 30, ("car", "automobile"), rating=3.92,
        also=("mc", "millercharles", "enmc30"), files=("EN-MC-30*", "mc-30*"),
        citation="Miller and Charles 1991, Contextual correlates of semantic similarity",
    ),
    Known(
        "mturk287", "similarity", "MTurk-287", 287, ("episcopal", "russia"), rating=2.75,
        also=("enmturk287",), files=("EN-MTurk-287*", "mturk-287*"),
        citation="Radinsky et al. 2011, A word at a time",
    ),
    Known(
        "mturk771", "similarity", "MTurk-771", 771, ("access", "gateway"), rating=3.79,
        also=("enmturk771",), files=("EN-MTurk-771*", "mturk-771*"),
        citation="Halawi et al. 2012, Large-scale learning of word relatedness with constraints",
    ),
    Known(
        "verb143", "similarity", "Verb-143", 144, ("happen", "say"), rating=0.19,
        also=("verb144", "enverb143"), files=("EN-VERB-143*", "verb-143*"),
        citation="Baker, Reichart and Korhonen 2014, An unsupervised model for instance level subcategorization",
    ),
    Known(
        "yp130", "similarity", "YP-130", 130, ("brag", "boast"), rating=4.0,
        also=("yp", "enyp130"), files=("EN-YP-130*", "yp-130*"),
        citation="Yang and Powers 2006, Verb similarity on the taxonomy of WordNet",
    ),
    Known(
        "semeval17", "similarity", "SemEval-2017 task 2, English", 500, ("Joule", "spacecraft"), rating=0.58,
        also=("semeval2017", "semeval2017task2"), files=("semeval17*",),
        citation="Camacho-Collados et al. 2017, SemEval-2017 task 2",
    ),
    Known(
        "google", "analogy", "Google analogies", 19_544, ("Athens", "Greece", "Baghdad", "Iraq"),
        also=("googleanalogies", "questionswords", "googleanalogy"), files=("questions-words*", "google-analogies*"),
        citation="Mikolov et al. 2013, Efficient estimation of word representations in vector space",
        licence="Apache-2.0", groups=(("semantic", r"(?!gram\d)"), ("syntactic", r"gram\d")),
    ),
    Known(
        "google-phrases", "analogy", "Google phrase analogies", 3_218,
        ("Albuquerque", "Albuquerque_Journal", "Baltimore", "Baltimore_Sun"),
        also=("phrases", "questionsphrases"), files=("questions-phrases*",),
        citation="Mikolov et al. 2013, Distributed representations of words and phrases", licence="Apache-2.0",
    ),
    Known(
        "bats", "analogy", "BATS 3.0", 98_000, ("album", "albums"),
        also=("bats3", "bats30"), files=("BATS*",),
        citation="Gladkova, Drozd and Matsuoka 2016, Analogy-based detection of morphological and semantic relations",
        licence="CC BY-NC, as its site says",
        groups=(
            ("inflectional morphology", r"I\d"),
            ("derivational morphology", r"D\d"),
            ("encyclopedic", r"E\d"),
            ("lexicographic", r"L\d"),
        ),
    ),
    Known(
        "ap", "categorisation", "AP concepts", 402, ("illness", "acne"),
        also=("almuharebpoesio", "apconcepts402"), files=("ap.*",),
        citation="Almuhareb 2006, Attributes in lexical acquisition",
    ),
    Known(
        "battig", "categorisation", "Battig and Montague norms", 5_231, ("precious stone", "diamond"),
        also=("battigmontague", "battig5231"), files=("battig*",),
        citation="Battig and Montague 1969, Category norms for verbal items in 56 categories",
    ),
    Known(
        "bless", "categorisation", "BLESS, classes of concepts", 200, ("water_animal", "carp"),
        also=("blesscategories", "blessclasses"), files=("bless.*",),
        citation="Baroni and Lenci 2011, How we BLESSed distributional semantic evaluation",
    ),
    Known(
        "esslli2008", "categorisation", "ESSLLI-2008 verbs", 45, ("communication-cognition", "suggest"),
        also=("esslli", "essli2008", "essli", "esslli2008verbs", "esslli2c"), files=("ess*",),
        citation="Baroni, Evert and Lenci 2008, ESSLLI workshop on distributional lexical semantics, task 2c",
    ),
    Known(
        "8-8-8", "outliers", "8-8-8 outlier detection", 64, ("Apple", "Opel"),
        also=("outlier888",), files=("8-8-8*",),
        citation="Camacho-Collados and Navigli 2016, Find the word that does not belong",
    ),
    Known(
        "wikisem500", "outliers", "WikiSem500, English", 2_812, ("Windows_Phone", "Periscope"),
        also=("wikisem",), files=("wikisem500*",),
        citation="Blair, Merhav and Barry 2017, Automated generation of multilingual clusters",
    ),
    Known(
        "sat", "choice", "SAT analogies", 374, ("lull", "trust"),
        also=("sat374", "satfull"), files=("sat*",),
        citation="Turney, Littman, Bigham and Shnayder 2003, Combining independent modules",
        licence="for research; ask Peter Turney",
    ),
    Known(
        "semeval2012", "ranking", "SemEval-2012 task 2", 79, ("2c", "water", "drop"),
        also=("semeval12", "semeval2012task2", "semeval122"), files=("semeval.*", "semeval*2012*", "semeval12*"),
        citation="Jurgens, Mohammad, Turney and Holyoak 2012, SemEval-2012 task 2", licence="CC BY-SA 3.0",
        groups=(
            ("test relations", r"(?!(1a|2c|2h|3a|3c|4c|5d|5i|7a|10a)$)"),
            ("training relations", r"(1a|2c|2h|3a|3c|4c|5d|5i|7a|10a)$"),
        ),
    ),
    Known(
        "jair", "mapping", "JAIR analogical mapping", 20, ("solar system", "atom"),
        also=("lrme", "turney20"), files=("jair*",),
        citation="Turney 2008, The latent relation mapping engine",
    ),
    Known(
        "bless-relations", "relations", "BLESS, relations", 1_000, ("blouse", "attri", "fancy"),
        also=("blessrelata",), files=("bless.*",),
        citation="Baroni and Lenci 2011, How we BLESSed distributional semantic evaluation",
    ),
)  # fmt: skip

BY_NAME = {known.name: known for known in BENCHMARKS}


def plain(name: str) -> str:
    """Return a name without case and punctuation, for comparing.

    >>> plain("SimLex-999")
    'simlex999'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


_SPELLINGS = {spelling: known for known in BENCHMARKS for spelling in (plain(known.name), *known.also)} | {
    plain(known.title): known for known in BENCHMARKS
}


def find(name: str) -> Known | None:
    """Return the benchmark that a name means, however it is spelled, or None.

    >>> find("WordSim-353").name, find("SimLex").name, find("unheard")
    ('ws353', 'simlex999', None)
    """
    return _SPELLINGS.get(plain(name))


def near_names(name: str) -> list[str]:
    """Return names of benchmarks that are spelled nearly like ``name``, best first.

    >>> near_names("simlx")
    ['simlex999']
    """
    near = difflib.get_close_matches(plain(name), _SPELLINGS, n=6, cutoff=0.6)
    return list(dict.fromkeys(_SPELLINGS[spelling].name for spelling in near))[:3]


def identify_pairs(first: Sequence[str], second: Sequence[str], ratings: Sequence[float]) -> Known | None:
    """Return the similarity benchmark that these pairs are, or None: as many pairs, and the probe with its rating.

    >>> identify_pairs(["old"], ["new"], [1.58]) is None
    True
    """
    for known in BENCHMARKS:
        if known.kind == "similarity" and known.size == len(first) and known.rating is not None:
            for a, b, rating in zip(first, second, ratings, strict=True):
                # Some copies mark the part of speech ("sun-n").
                if (_bare(a), _bare(b)) == known.probe and abs(rating - known.rating) < 0.006:
                    return known
    return None


def _bare(word: str) -> str:
    return re.sub(r"[-_][nvaj]$", "", word)


def identify(kind: str, size: int, probes: Sequence[tuple[str, ...]]) -> Known | None:
    """Return the benchmark of this kind and size that has one of these items, or None.

    >>> identify("analogy", 19_544, [("Athens", "Greece", "Baghdad", "Iraq")]).name
    'google'
    """
    for known in BENCHMARKS:
        if known.kind == kind and known.size == size and known.probe in probes:
            return known
    return None
