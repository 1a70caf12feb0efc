"""CBOW: its one step against plain numpy, and what it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.training import TrainOptions, Word2Vec, train
from firth.training.cbow import Cbow
from firth.wordvectors import WordVectors
from tests.training.test_train import topics


def small(corpus: Any = None, **options: Any) -> WordVectors:
    given = {"dim": 20, "epochs": 3, "min_count": 1, "sample": 0.0, "seed": 1, "threads": 1, "progress": False}
    return train(corpus or topics(), model="cbow", **{**given, **options})


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("negative", [5, 9])
@pytest.mark.parametrize("apart", [1, 16])
@pytest.mark.parametrize("dim", [1, 16, 100, 300])
def test_a_step_equals_plain_numpy(dim: int, apart: int, negative: int) -> None:
    """One sentence of three words, window 1 (so that nothing is left to chance), one word that every negative is."""
    lr, weight = 0.05, float(negative)
    options = TrainOptions(model="cbow", dim=dim, window=1, negative=negative, sample=0, seed=1)
    model = Cbow(np.array([5, 4, 3, 2]), options, 1000)
    model.apart = apart
    model.start()
    model._table[:] = 3
    random = np.random.default_rng(dim)
    model.inputs[:, :dim] = random.normal(size=(4, dim)) / np.sqrt(dim)
    model.outputs[:, :dim] = random.normal(size=(4, dim))
    inputs, outputs = model.inputs[:, :dim].astype(float), model.outputs[:, :dim].astype(float)
    space = model.workspace()
    model.train(space, np.array([0, 1, 2, -1], np.int32), (lr, lr), 0, 0)

    loss = 0.0
    alone = (0, [1]), (1, [0, 2]), (2, [1])
    # two targets a step, all scores before any move; with three words there is none sixteen words on
    for targets in (alone[:2], alone[2:]) if apart == 1 else [(target,) for target in alone]:
        means = [inputs[around].mean(0) for _, around in targets]
        moved = outputs.copy()
        gradients = [np.zeros(dim) for _ in targets]
        for k, (target, _) in enumerate(targets):
            z = means[k] @ outputs[target]
            loss -= np.log(sigmoid(z))
            gradients[k] += lr * (1 - sigmoid(z)) * moved[target]
            moved[target] += lr * (1 - sigmoid(z)) * means[k]
        pulls = [-lr * weight / model._n_shared * sigmoid(mean @ outputs[3]) for mean in means]
        loss -= sum(weight * np.log(sigmoid(-(mean @ outputs[3]))) for mean in means)
        for _ in range(model._n_shared):
            for k in range(len(targets)):
                gradients[k] += pulls[k] * moved[3]
            moved[3] += sum(pull * mean for pull, mean in zip(pulls, means, strict=True))
        for k, (_, around) in enumerate(targets):
            for word in around:
                inputs[word] += gradients[k]
        outputs = moved
    np.testing.assert_allclose(model.inputs[:, :dim], inputs, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(model.outputs[:, :dim], outputs, rtol=2e-4, atol=2e-5)
    assert not model.inputs[:, dim:].any(), "the padding stays zero"
    got_loss, targets_trained, kept = model.tally(space)
    assert got_loss == pytest.approx(loss, rel=1e-4)
    assert (targets_trained, kept) == (3, 3)


@pytest.mark.parametrize("threads", [1, 2])
def test_words_of_one_kind_come_together(threads: int) -> None:
    wv = small(threads=threads, epochs=15)
    for query, kind in (("cat", {"dog", "cow", "horse"}), ("bus", {"car", "train", "ship"})):
        assert {word for word, _ in wv.most_similar(query, topn=3)} == kind


@pytest.mark.parametrize("options", [{"dim": 1}, {"dim": 300}, {"window": 30}, {"negative": 40}, {"sample": 1e-2}])
def test_any_size_trains_to_finite_vectors(options: dict[str, Any]) -> None:
    wv = small(topics(200), **options)
    assert wv.vectors.shape == (11, options.get("dim", 20))
    assert np.isfinite(wv.vectors).all()


def test_one_thread_and_a_seed_repeat_to_the_bit() -> None:
    first, again, other = (small(seed=seed).vectors for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_loss_falls_and_every_word_is_a_target() -> None:
    wv = small(epochs=8)
    losses = wv.recipe["loss"]
    assert losses[-1] < losses[0] < 6 * np.log(2)
    assert wv.recipe["pairs"] == 8 * 12_000
    assert wv.recipe["parameters"]["model"] == "cbow"


def test_odd_little_corpora() -> None:
    assert small([["a"]]).vocabulary.words() == ["a"]
    assert len(small([["a", "a"]])) == 1
    assert len(small([["a", "b", "c"]], threads=8)) == 3
    assert np.isfinite(small([["a", "b"] * 70_000], epochs=1).vectors).all()


def test_word2vec_trains_cbow_by_default(tmp_path: Path) -> None:
    model = Word2Vec(topics(), vector_size=20, min_count=1, alpha=0.05, workers=1, epochs=3, seed=1, sample=0)
    assert model.sg == 0
    assert np.array_equal(model.wv.vectors, small().vectors)
