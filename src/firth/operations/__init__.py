"""Operations on tables: each takes a table and returns a new one, whose recipe says what was done to what.

>>> from firth import WordVectors, operations
>>> wv = WordVectors.from_words(["cat", "dog"], [[1, 0.2], [1, 0.4]], recipe={"source": "pets.txt"})
>>> operations.normalise(wv).recipe
{'operation': 'normalise', 'parameters': {}, 'source': {'source': 'pets.txt'}}
"""

from firth.operations.align import Alignment, Moved, align, fit_alignment, moved
from firth.operations.combine import concatenate
from firth.operations.distance import relaxed_word_movers_distance, soft_cosine, word_movers_distance
from firth.operations.quantise import quantise
from firth.operations.retrofit import read_lexicon, retrofit
from firth.operations.select import Replacement, prune, rename, replacements, restrict
from firth.operations.shape import all_but_the_top, centre, normalise, reduce
from firth.operations.texts import SIF, mean_vectors, words_of
from firth.operations.weighting import probabilities, sif_weight, sif_weights

__all__ = [
    "SIF",
    "Alignment",
    "Moved",
    "Replacement",
    "align",
    "all_but_the_top",
    "centre",
    "concatenate",
    "fit_alignment",
    "mean_vectors",
    "moved",
    "normalise",
    "probabilities",
    "prune",
    "quantise",
    "read_lexicon",
    "reduce",
    "relaxed_word_movers_distance",
    "rename",
    "replacements",
    "restrict",
    "retrofit",
    "sif_weight",
    "sif_weights",
    "soft_cosine",
    "word_movers_distance",
    "words_of",
]
