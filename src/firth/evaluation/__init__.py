"""Evaluation: what vectors score on benchmarks, by which rule, and how sure that is.

>>> import numpy as np
>>> from firth.wordvectors import WordVectors
>>> wv = WordVectors.from_words(["cat", "dog", "car", "bus"], [[1, 0], [3, 1], [0, 1], [1, 3]])
>>> pairs = Pairs("mine", "", ("cat", "cat", "cat"), ("dog", "car", "bus"), np.array([9.0, 1.0, 3.0]))
>>> evaluate(wv, pairs)[0].score
1.0
"""

from firth.evaluation.bias import Bias, BiasTest, WordSet, measure_bias
from firth.evaluation.biasfiles import bias_tests_at_hand, read_bias_tests
from firth.evaluation.comparison import Comparison, compare
from firth.evaluation.dialect import evaluate_word_analogies, evaluate_word_pairs
from firth.evaluation.items import Analogies, Benchmark, Itemised, Pairs, Section
from firth.evaluation.places import all_at_hand, find_benchmark, folders
from firth.evaluation.readers import read_benchmark
from firth.evaluation.rules import Rules
from firth.evaluation.score import Score, SectionScore
from firth.evaluation.scoring import evaluate
from firth.evaluation.statistics import holm, pearson, spearman

__all__ = [
    "Analogies",
    "Benchmark",
    "Bias",
    "BiasTest",
    "Comparison",
    "Itemised",
    "Pairs",
    "Rules",
    "Score",
    "Section",
    "SectionScore",
    "WordSet",
    "all_at_hand",
    "bias_tests_at_hand",
    "compare",
    "evaluate",
    "evaluate_word_analogies",
    "evaluate_word_pairs",
    "find_benchmark",
    "folders",
    "holm",
    "measure_bias",
    "pearson",
    "read_benchmark",
    "read_bias_tests",
    "spearman",
]
