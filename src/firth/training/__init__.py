"""The training room: corpus → vocabulary and numbers → model → WordVectors.

corpus.py    files, packed files, patterns, iterables
reading.py   one pass: words numbered and counted; stream.py keeps the numbers, in memory or in a file
phrases.py   new york → new_york, by the rule of phraserule.py; pairtable.py counts the pairs
counting.py  rare words dropped, the corpus as rows of the table
model.py     what the trainer asks of a model; one file a model beside it (skipgram.py)
trainer.py   chunks, learning rate, loss
legs.py      threads and tickets; where training stands still
observers.py who looks on then, and may end it
scores.py    an observer: benchmarks after every epoch, an early end
log.py       an observer: the course as JSON lines
checkpoint.py what a killed run needs to go on
continuing.py where training begins: chance, a table, or the state (state.py) of a model; frozen.py holds words
job.py       firth.train
pairs.py     the tutorial's model, in PyTorch, on pairs of words: begin reading here
word2vec.py  firth.Word2Vec, the same in gensim's parameter names
"""

from firth.training.checkpoint import Checkpoint
from firth.training.corpus import CorpusLike
from firth.training.counting import EncodedCorpus, encode_corpus
from firth.training.job import train, train_with
from firth.training.log import TrainingLog
from firth.training.memory import MemoryForecast
from firth.training.observers import Moment, Observer, Stop
from firth.training.options import TrainOptions
from firth.training.pairs import train_pairs
from firth.training.phraserule import ENGLISH_CONNECTORS, PhraseRule
from firth.training.phrases import Phrases, find_phrases
from firth.training.scores import Scores
from firth.training.word2vec import Word2Vec

__all__ = [
    "ENGLISH_CONNECTORS",
    "Checkpoint",
    "CorpusLike",
    "EncodedCorpus",
    "MemoryForecast",
    "Moment",
    "Observer",
    "PhraseRule",
    "Phrases",
    "Scores",
    "Stop",
    "TrainOptions",
    "TrainingLog",
    "Word2Vec",
    "encode_corpus",
    "find_phrases",
    "train",
    "train_pairs",
    "train_with",
]
