"""Training as a whole: what it learns, that it repeats itself, and that it ends well."""

from __future__ import annotations

import gzip
import threading
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.errors import CorpusError, OptionError
from firth.progress import Silent
from firth.training import TrainOptions, Word2Vec, train, trainer
from firth.training.threads import run_threads
from firth.wordvectors import WordVectors


def topics(n: int = 1500, seed: int = 0) -> list[list[str]]:
    """Return sentences of two kinds that share only function words."""
    random = np.random.default_rng(seed)
    kinds = (["cat", "dog", "cow", "horse"], ["car", "bus", "train", "ship"])
    common = ["the", "a", "of"]
    return [
        [str(word) for _ in range(4) for word in (random.choice(common), random.choice(kinds[k % 2]))] for k in range(n)
    ]


def small(corpus: Any = None, **options: Any) -> WordVectors:
    given = {"dim": 20, "epochs": 3, "min_count": 1, "sample": 0.0, "seed": 1, "threads": 1, "progress": False}
    return train(corpus or topics(), **{**given, **options})


@pytest.mark.parametrize("threads", [1, 2])
def test_words_of_one_kind_come_together(threads: int) -> None:
    wv = small(threads=threads, epochs=10)
    for query, kind in (("cat", {"dog", "cow", "horse"}), ("bus", {"car", "train", "ship"})):
        assert {word for word, _ in wv.most_similar(query, topn=3)} == kind


@pytest.mark.parametrize(
    "options",
    [
        {"dim": 1},
        {"dim": 17},
        {"dim": 300},
        {"dim": 2000, "epochs": 1},
        {"window": 30},
        {"window": 1},
        {"negative": 1},
        {"negative": 40},
        {"sample": 1e-2},
    ],
)
def test_any_size_trains_to_finite_vectors(options: dict[str, Any]) -> None:
    wv = small(topics(200), **options)
    assert wv.vectors.shape == (11, options.get("dim", 20))
    assert np.isfinite(wv.vectors).all()
    assert (wv.norms > 0).all()


def test_one_thread_and_a_seed_repeat_to_the_bit() -> None:
    first, again, other = (small(seed=seed).vectors for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_loss_falls_and_is_the_same_under_threads() -> None:
    one, two = (small(threads=threads, epochs=8).recipe["loss"] for threads in (1, 2))
    assert one[-1] < one[1] < one[0] < 6 * np.log(2)  # six terms a pair, each log 2 where all rows are still zero
    assert two == pytest.approx(one, rel=0.05)


def test_odd_little_corpora() -> None:
    assert small([["a"]]).vocabulary.words() == ["a"]  # nothing to learn from, nothing to fail at
    assert len(small([["a", "a"]])) == 1
    assert len(small([["a", "b"]], threads=8)) == 2
    assert len(small([["a", "b"], ["c"]])) == 3
    assert np.isfinite(small([["a", "b"] * 70_000], epochs=1).vectors).all()  # one endless sentence


def test_every_pair_is_trained_once_an_epoch() -> None:
    sentences = [["a", "b", "c", "d"], ["e"], ["f", "g"]] * 7
    wv = small(sentences, window=1, epochs=3)
    assert wv.recipe["pairs"] == 3 * 7 * (2 * 3 + 2 * 1)


def test_a_long_sentence_loses_no_word() -> None:
    wv = small([["a", "b"] * 50_000], window=1, epochs=1)
    chunks = -(-100_001 // trainer.chunk_size(100_001))
    assert wv.recipe["pairs"] >= 2 * (100_000 - 1) - 2 * chunks  # a chunk's end parts two neighbours


def test_the_recipe_tells_everything(tmp_path: Path) -> None:
    file = tmp_path / "corpus.txt"
    file.write_text("\n".join(" ".join(sentence) for sentence in topics()))
    wv = small(file)
    recipe = wv.recipe
    assert recipe["parameters"] == TrainOptions(dim=20, epochs=3, min_count=1, sample=0.0, seed=1, threads=1).to_json()
    assert recipe["corpus"]["files"] == [{"path": str(file), "bytes": file.stat().st_size}]
    assert recipe["corpus"]["words"] == 12_000 == wv.counts.sum()  # type: ignore[union-attr]
    assert len(recipe["loss"]) == 3
    assert recipe["memory"]["peak"] > 0
    assert recipe["made_by"].startswith("firth ")


def test_a_file_and_an_iterable_give_the_same_bits(tmp_path: Path) -> None:
    file = tmp_path / "corpus.txt"
    file.write_text("\n".join(" ".join(sentence) for sentence in topics()))
    assert np.array_equal(small(file).vectors, small(iter(topics())).vectors)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 0}, "dim is 0; expected a whole number of 1 or more"),
        ({"dim": 2.5}, "dim is 2.5"),
        ({"window": 0}, "window is 0"),
        ({"negative": 0}, "negative is 0"),
        ({"epochs": -1}, "epochs is -1"),
        ({"lr": 0}, "lr is 0"),
        ({"lr": 2}, "lr is 2"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"min_lr": 0.5}, "above lr"),
        ({"threads": 0}, "threads is 0"),
        ({"model": "bert"}, "expected one of: skipgram, cbow"),
        ({"seed": -1}, "seed is -1"),
        ({"phrase_threshold": 3.0}, "phrase_threshold is for finding phrases.* give phrases=1 or more too"),
        ({"connectors": ["of"], "phrases": 0}, "connectors is for finding phrases"),
        ({"phrase_scoring": "npmi", "phrase_threshold": 0.4}, "phrase_threshold, phrase_scoring is for"),
        ({"checkpoint_every": 1}, "checkpoint_every needs to know where the checkpoint is kept; give checkpoint=PATH"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        small(**options)


class Watcher(Silent):
    """Interrupts training after some steps, or writes down what it hears."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.steps, self.stop_after, self.stages, self.total, self.done = 0, stop_after, [], 0.0, 0.0
        self.notes: dict[str, Any] = {}

    def start(self, what: str, total: float | None = None, unit: str = "") -> None:
        self.stages.append(what)
        self.total, self.done = total or 0.0, 0.0

    def advance(self, amount: float) -> None:
        self.done += amount
        self.steps += self.stages[-1] == "training"
        if self.stop_after is not None and self.steps >= self.stop_after:
            raise KeyboardInterrupt

    def note(self, **fields: float | str) -> None:
        self.notes.update(fields)


def test_progress_hears_words_epochs_and_loss() -> None:
    watcher = Watcher()
    small(progress=watcher)
    assert watcher.stages == ["reading", "training"]
    assert watcher.total == 36_000
    assert watcher.done == pytest.approx(36_000)
    assert watcher.notes["epoch"] == "3/3"
    assert 0 < watcher.notes["loss"] < 5


@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_ends_all_threads(threads: int) -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        small(progress=Watcher(stop_after=3), threads=threads, epochs=50)
    assert threading.active_count() == before


def test_the_first_error_of_a_thread_is_raised() -> None:
    def work(k: int, stop: threading.Event) -> None:
        if k == 1:
            raise ValueError("here")
        assert stop.wait(10)

    with pytest.raises(ValueError, match="here"):
        run_threads(work, 3)


def test_word2vec_speaks_gensims_names(tmp_path: Path) -> None:
    file = tmp_path / "corpus.txt"
    file.write_text("\n".join(" ".join(sentence) for sentence in topics()))
    # gensim's parameters in gensim's order, at gensim's defaults
    Word2Vec(topics(10), None, 12, 0.025, 5, 1, None, 1e-3, 1, 1, 1e-4, 1, 0, 5, 0.75, 1, hash, 1, 0, None, 1, 10_000)
    model = Word2Vec(corpus_file=file, vector_size=12, min_count=1, sg=1, workers=1, epochs=2, seed=3, sample=0)
    again = Word2Vec(topics(), vector_size=12, min_count=1, sg=1, workers=1, epochs=2, seed=3, sample=0)
    assert np.array_equal(model.wv.vectors, again.wv.vectors)
    assert (model.corpus_total_words, model.corpus_count, model.workers) == (12_000, 1500, 1)
    assert model.get_latest_training_loss() == model.training_loss[1]


@pytest.mark.parametrize("model", ["skipgram", "cbow", "skipgram-hs", "fasttext"])
def test_windows_of_one_size_see_every_pair(model: str) -> None:
    """In a sentence of nine words a window of three has 2 x (3 + 4 + 5) + 3 x 6 pairs, one of two 30, and of one 16."""
    corpus = [list("abcdefghi")] * 400
    extra = {"buckets": 50} if model == "fasttext" else {}
    fixed, shrunk = (
        small(corpus, model=model, window=3, epochs=1, shrink_windows=shrink, **extra) for shrink in (False, True)
    )
    predictions = 9 if model == "cbow" else 42
    assert fixed.recipe["pairs"] == 400 * predictions
    if model != "cbow":
        assert shrunk.recipe["pairs"] / 400 == pytest.approx((16 + 30 + 42) / 3, abs=0.5)


def test_only_the_most_frequent_words_are_kept() -> None:
    corpus = [list("aaaabbbccd")] * 50
    assert small(corpus, max_words=3).vocabulary.words() == ["a", "b", "c"]
    assert small(corpus, max_words=9).vocabulary.words() == ["a", "b", "c", "d"]
    known = small([["d", "a"]] * 50)
    again = small(corpus, max_words=2, start_from=known, freeze=["d"])
    assert {"a", "b"} <= set(again.vocabulary.words())


@pytest.mark.parametrize("exponent", [-0.5, 0.0, 0.75, 1.0])
def test_negative_words_follow_the_exponent(exponent: float) -> None:
    from firth.kernels.sampling import fill_negative_table

    counts = np.array([1000, 100, 10, 0], np.int64)
    table = np.empty(100_000, np.int32)
    fill_negative_table(counts, exponent, table)
    wanted = np.array([float(n) ** exponent if n else 0.0 for n in counts])
    assert np.bincount(table, minlength=4) / len(table) == pytest.approx(wanted / wanted.sum(), abs=1e-4)
    small(ns_exponent=exponent)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sg": 2}, "sg is 2"),
        ({"cbow_mean": 0}, "cbow_mean is 0"),
        ({"sorted_vocab": 0}, "sorted_vocab=1 alone"),
        ({"max_final_vocab": 0}, "max_words is 0"),
        ({"ns_exponent": float("nan")}, "ns_exponent is nan"),
        ({"callbacks": [print]}, "callbacks of gensim"),
        ({"sg": 1, "corpus_file": "a"}, "not both"),
    ],
)
def test_word2vec_says_what_is_not_there(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Word2Vec(topics(10), **options)
    with pytest.raises(OptionError, match="either sentences or corpus_file"):
        Word2Vec(sg=1)
    with pytest.raises(OptionError, match="corpus_file"):
        Word2Vec("corpus.txt", sg=1)


def test_scores_on_a_million_words(data: Path) -> None:
    """Five epochs over 1M words of Wikipedia reach a floor some points under what they gave when this was written."""
    corpus = data / "corpora" / "wiki-en-mini.txt.gz"
    wv = train(corpus, seed=1, progress=False)
    pairs = []
    for line in (data / "eval" / "similarity" / "EN-WS-353-ALL.txt").read_text().splitlines():
        a, b, score = line.lower().split()
        if a in wv and b in wv:
            pairs.append((wv.similarity(a, b), float(score)))
    ranks = np.argsort(np.argsort(np.array(pairs), axis=0), axis=0)
    assert len(pairs) > 250
    assert np.corrcoef(ranks.T)[0, 1] > 0.45
    with gzip.open(corpus, "rt", encoding="utf-8") as file:
        sentences = [line.split() for line in islice(file, 20_000)]
    assert len(train(sentences, epochs=1, progress=False)) > 5_000


def test_half_a_character_is_named_with_its_sentence() -> None:
    """A lone surrogate that no byte stands behind: in a list of words, in a string, and beside a word with a blank."""
    good = [["a", "b"]] * 9_000
    message = r"sentence 9,000 holds the word 'a\\ud800' with half a character \(a lone surrogate\)"
    for bad in (["b", "a\ud800"], ["b c", "a\ud800"]):
        with pytest.raises(CorpusError, match=message):
            small([*good, bad])
    with pytest.raises(CorpusError, match=message):
        small([*map(" ".join, good), "b a\ud800 c"])
    with pytest.raises(CorpusError, match="sentence 1 holds 5, a int; expected words"):
        small([["a"], ["b", 5]])
    kept = small([["a", "caf\udce9"]] * 50)  # bytes that are no UTF-8 come back as they are
    assert "caf\udce9" in kept
    assert "character" in "a\ud800 character".encode("utf-16", "surrogatepass").decode("utf-16", "replace")
