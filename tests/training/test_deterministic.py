"""--deterministic: same bits at any number of threads, and training that is as good."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from firth.cli import group
from firth.kernels.merge import merge_rows
from firth.training import TrainingLog, train
from firth.training.deterministic import PULLS, SHARDS
from firth.training.options import IN_ROUNDS
from firth.wordvectors import WordVectors
from tests.training.test_train import topics

MODELS = ["skipgram", "cbow", "skipgram-hs", "cbow-hs"]
#: Models that one thread trains.
ALONE: dict[str, dict[str, Any]] = {"glove": {}, "fasttext": {"buckets": 500}, "floret": {"buckets": 500}}


def small(corpus: Any = None, **options: Any) -> WordVectors:
    given = {"dim": 20, "epochs": 3, "min_count": 1, "seed": 1, "threads": 1, "progress": False, "deterministic": True}
    return train(corpus or topics(), **{**given, **options})


@pytest.mark.parametrize("model", MODELS)
def test_same_bits_at_any_number_of_threads(model: str) -> None:
    random = np.random.default_rng(0)
    corpus = [[f"w{k}" for k in random.zipf(1.3, 20) % 3000] for _ in range(4000)]
    one, *others = (small(corpus, model=model, threads=threads) for threads in (1, 2, 4, 8, 13))
    for other in others:
        assert np.array_equal(one.vectors, other.vectors)
        assert one.recipe["loss"] == other.recipe["loss"]
        assert one.recipe["pairs"] == other.recipe["pairs"]
    assert not np.array_equal(one.vectors, small(corpus, model=model, seed=2).vectors)
    assert np.isfinite(one.vectors).all()


@pytest.mark.parametrize("model", MODELS)
def test_it_learns(model: str) -> None:
    wv = small(model=model, threads=2, epochs=20, sample=0.0)
    for query, kind in (("cat", {"dog", "cow", "horse"}), ("bus", {"car", "train", "ship"})):
        assert {word for word, _ in wv.most_similar(query, topn=3)} == kind
    hogwild = small(model=model, epochs=20, sample=0.0, deterministic=False)
    assert wv.recipe["loss"][-1] == pytest.approx(hogwild.recipe["loss"][-1], rel=0.05)


def test_odd_little_corpora() -> None:
    assert len(small([["a"]])) == 1
    assert len(small([["a", "b"]], threads=8)) == 2
    assert np.isfinite(small([["a", "b"] * 40_000], epochs=1).vectors).all()


def test_an_interrupt_ends_its_threads() -> None:
    before = threading.active_count()

    def callback(moment: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(threads=4, callbacks=callback)
    assert threading.active_count() == before


def test_models_in_rounds_are_those_that_can() -> None:
    assert set(IN_ROUNDS) == set(PULLS) == set(MODELS)


class Notes:
    """Remembers what it is told beside the progress."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def start(self, what: str, total: float | None = None, unit: str = "") -> None: ...

    def advance(self, amount: float) -> None: ...

    def note(self, **fields: float | str) -> None:
        self.fields |= fields

    def close(self) -> None: ...


@pytest.mark.parametrize("model", ALONE)
def test_other_models_take_one_thread_and_say_so(model: str, tmp_path: Path) -> None:
    """Same bits, from files that several threads read, whatever the number of threads."""
    random = np.random.default_rng(0)
    names = []
    for k in range(3):
        names.append(tmp_path / f"{k}.txt")
        words = random.zipf(1.3, (1000, 20)) % 3000
        names[-1].write_text("\n".join(" ".join(f"w{word}" for word in sentence) for sentence in words))
    told, log = Notes(), tmp_path / "run.jsonl"
    one, *others = (
        small(names, model=model, threads=threads, progress=told, callbacks=[TrainingLog(log)], **ALONE[model])
        for threads in (1, 2, 4)
    )
    for other in others:
        assert np.array_equal(one.vectors, other.vectors)
        assert one.recipe["loss"] == other.recipe["loss"]
        assert one.recipe["pairs"] == other.recipe["pairs"]
        if one.subwords is not None and other.subwords is not None:
            assert np.array_equal(one.subwords.rows, other.subwords.rows)
    assert (one.subwords is None) == (model == "glove")
    assert others[-1].recipe["note"].startswith(f"deterministic: {model} is trained by one thread")
    assert others[-1].recipe["parameters"]["threads"] == 4
    assert told.fields["threads"] == "1 (deterministic)"
    runs = [line for line in map(json.loads, log.read_text().splitlines()) if line["record"] == "run"]
    assert [(run["machine"]["threads"], run["note"]) for run in runs] == [(1, one.recipe["note"])] * 3
    single = small(names, model=model, deterministic=False, **ALONE[model])
    assert np.array_equal(one.vectors, single.vectors), "it is what one thread gives without it"
    assert "note" not in single.recipe


def test_a_deterministic_glove_goes_on_with_any_number_of_threads(tmp_path: Path) -> None:
    kept: dict[str, Any] = {"checkpoint": tmp_path / "checkpoint", "checkpoint_every": 1e-9, "resume": True}

    def end(moment: Any) -> bool:
        return bool(moment.epoch == 1)

    assert "ended" in small(model="glove", threads=2, callbacks=end, **kept).recipe
    resumed = small(model="glove", threads=4, **kept)
    assert np.array_equal(resumed.vectors, small(model="glove").vectors)


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a b c\n" * 50)
    for model, n in (("glove", 1), ("skipgram", 0)):
        command = ["train", str(corpus), "-o", str(tmp_path / "out.firth"), "--model", model, "--dim", "4"]
        shown = CliRunner().invoke(group, [*command, "--deterministic", "--seed", "1"], catch_exceptions=False)
        assert shown.exit_code == 0
        assert shown.stderr.count("trained by one thread") == n


@pytest.mark.parametrize("pull", [1e-9, 0.3, 50.0])
def test_merging_equals_plain_numpy(pull: float) -> None:
    """Few steps add up, many are averaged; a row of one shard is taken over as it is."""
    random = np.random.default_rng(1)
    n, columns, most = 40, 16, 12
    matrix = random.normal(size=(n, columns)).astype(np.float32)
    rows = np.array([random.permutation(n)[:most] for _ in range(SHARDS)], np.int32)
    sizes = random.integers(0, most + 1, SHARDS)
    places = np.full((SHARDS, n), -1, np.int32)
    for s in range(SHARDS):
        places[s, rows[s]] = np.arange(most)
    touches = random.uniform(0, 3, (SHARDS, most)).astype(np.float32)
    own = (matrix[rows] + random.normal(size=(SHARDS, most, columns))).astype(np.float32)
    expected = matrix.astype(float)
    for row in range(n):
        who = [(s, places[s, row]) for s in range(SHARDS) if 0 <= places[s, row] < sizes[s]]
        if who:
            steps = [float(touches[s, k]) for s, k in who]
            factor = np.expm1(-pull * sum(steps)) / sum(np.expm1(-pull * n) for n in steps)
            assert 1 / len(who) - 1e-6 <= factor <= 1 + 1e-6
            expected[row] += factor * sum(own[s, k] - matrix[row] for s, k in who)
    merged = []
    for parts in (1, 3):
        whole = matrix.copy()
        for part in range(parts):
            merge_rows(part, parts, sizes, rows, places, touches, own, pull, whole)
        merged.append(whole)
    assert np.array_equal(merged[0], merged[1])
    np.testing.assert_allclose(merged[0], expected, rtol=1e-4, atol=1e-4)


def test_scores_on_a_million_words(data: Path) -> None:
    """Three epochs, beside the training that is not deterministic: within some points."""
    scores = []
    for deterministic in (True, False):
        corpus = data / "corpora" / "wiki-en-mini.txt.gz"
        wv = train(corpus, seed=1, epochs=3, deterministic=deterministic, progress=False)
        pairs = []
        for line in (data / "eval" / "similarity" / "EN-WS-353-ALL.txt").read_text().splitlines():
            a, b, score = line.lower().split()
            if a in wv and b in wv:
                pairs.append((wv.similarity(a, b), float(score)))
        ranks = np.argsort(np.argsort(np.array(pairs), axis=0), axis=0)
        scores.append(float(np.asarray(np.corrcoef(ranks.T))[0, 1]))
    assert scores[0] > scores[1] - 0.06
