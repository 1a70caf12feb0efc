"""The tutorial's model: groups come out, the same seed gives the same bits, and what is no pair is refused."""

from __future__ import annotations

import builtins
import inspect
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

import firth
from firth.cli import main
from firth.errors import CorpusError, MissingExtraError, OptionError, ReadError
from firth.training import Moment, Stop, TrainOptions, train_pairs
from firth.training.observers import as_observers
from firth.training.pairs import read_pairs, train_pairs_with
from tests.conftest import missing

GROUPS = [("car", "bike", "plane"), ("cat", "dog", "bird"), ("orange", "apple", "grape")]
PAIRS = [pair for words in GROUPS for pair in itertools.combinations(words, 2)]


@pytest.fixture
def torch():
    """Return PyTorch; its absence is checked by a test that needs none."""
    try:
        import torch
    except ImportError:
        missing("PyTorch is not installed; pip install 'firth[torch]'")
    return torch


@pytest.mark.parametrize("seed", range(5))
def test_words_that_are_told_to_be_related_end_beside_each_other(torch, seed: int) -> None:
    wv = firth.train(PAIRS, model="pairs", seed=seed)
    assert wv.dim == 3 and wv.vocabulary.words() == [word for words in GROUPS for word in words]
    for words in GROUPS:
        for word in words:
            near = [found for found, _ in wv.most_similar(word, topn=2)]
            assert set(near) == set(words) - {word}


def test_the_recipe_tells_all(torch) -> None:
    recipe = firth.train(PAIRS, model="pairs", epochs=30, seed=4).recipe
    said = {"model": "pairs", "dim": 3, "epochs": 30, "lr": 0.05, "seed": 4, "deterministic": True, "decay": 0.2}
    assert recipe["parameters"] == said
    assert len(recipe["loss"]) == 30 and recipe["loss"][0] > recipe["loss"][-1] > math.log(2)
    assert recipe["weights"] == 9 * 3 + 3 * 9 + 9
    assert recipe["corpus"] == {"pairs": 9, "words": 18, "kinds": 9} and recipe["pairs"] == 18 * 30


def test_it_is_deterministic_at_any_number_of_threads(torch) -> None:
    before = torch.get_num_threads()
    tables = []
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            tables.append(firth.train(PAIRS, model="pairs", epochs=20, seed=1, deterministic=True))
    finally:
        torch.set_num_threads(before)
    assert all(np.array_equal(tables[0].vectors, wv.vectors) for wv in tables)


def test_the_loss_is_the_cross_entropy(torch) -> None:
    """The loss of the first epoch is that of the random start, here computed by hand."""
    kept = {}
    train_pairs(PAIRS, epochs=1, seed=3, after_epoch=lambda epoch, loss, wv: kept.update({epoch: (loss, wv)}))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        vectors = torch.nn.Embedding(9, 3).weight.detach().numpy()
        linear = torch.nn.Linear(3, 9)
    assert kept[0][0] is None and np.array_equal(kept[0][1].vectors, vectors)
    scores = vectors @ linear.weight.detach().numpy().T + linear.bias.detach().numpy()
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    wv = kept[0][1]
    both = [(wv.row(a), wv.row(b)) for pair in PAIRS for a, b in (pair, pair[::-1])]
    assert kept[1][0] == pytest.approx(-np.mean([logs[a, b] for a, b in both]), abs=1e-6)


def test_a_seed_gives_the_same_bits_and_leaves_torch_as_it_was(torch) -> None:
    torch.manual_seed(77)
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    one = firth.train(PAIRS, model="pairs", epochs=20, seed=1)
    assert torch.equal(torch.random.get_rng_state(), before) and torch.get_num_threads() == threads
    again = firth.train(PAIRS, model="pairs", epochs=20, seed=1)
    other = firth.train(PAIRS, model="pairs", epochs=20, seed=2)
    assert one.vectors.tobytes() == again.vectors.tobytes() != other.vectors.tobytes()
    drawn = firth.train(PAIRS, model="pairs", epochs=20)
    repeated = firth.train(PAIRS, model="pairs", epochs=20, seed=drawn.recipe["parameters"]["seed"])
    assert drawn.vectors.tobytes() == repeated.vectors.tobytes()


def test_many_pairs_go_through_in_steps(torch) -> None:
    groups = [[f"{letter}{i}" for i in range(20)] for letter in "abcde"]
    pairs = [pair for words in groups for pair in itertools.combinations(words, 2)]
    wv = train_pairs(pairs, dim=8, epochs=60, seed=1)
    assert all(found[0] == "a" for found, _ in wv.most_similar("a3", topn=19))
    assert wv.recipe["pairs"] == 2 * len(pairs) * 60


def test_observers_look_on_and_may_end_it(torch) -> None:
    moments: list[Moment] = []

    def look(moment: Moment) -> bool:
        moments.append(moment)
        return moment.epoch == 7

    wv = firth.train(PAIRS, model="pairs", epochs=20, seed=1, callbacks=look)
    assert [moment.epoch for moment in moments] == list(range(1, 8))
    assert moments[-1].loss == pytest.approx(wv.recipe["loss"][-1], abs=1e-6) and moments[-1].share == 7 / 20
    assert moments[-1].table().vectors.tobytes() == wv.vectors.tobytes() != moments[0].table().vectors.tobytes()
    assert wv.recipe["ended"] == {"epoch": 7, "share": 7 / 20, "why": "ended by look"} and len(wv.recipe["loss"]) == 7


def test_a_wish_ends_it(torch) -> None:
    stop = Stop()

    def ask(moment: Moment) -> None:
        if moment.epoch == 4:
            stop.ask("interrupted")

    options = TrainOptions("pairs", epochs=20, seed=1)
    wv = train_pairs_with(PAIRS, options, observers=as_observers(ask), stop=stop)
    assert wv.recipe["ended"] == {"epoch": 5, "share": 0.25, "why": "interrupted"}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["cat dog"], "pair 1 is 'cat dog'; expected two words"),
        (["ab"], "pair 1 is 'ab'"),
        ([("cat", "dog"), ("cat",)], r"pair 2 is \('cat',\)"),
        ([("cat", "dog", "bird")], "expected two words"),
        ([("cat", "")], "a word of it is empty"),
        ([("cat", 3)], "holds 3, a int"),
        ([], "nothing to learn"),
        ([("cat", "cat")], "nothing to learn"),
        (7, "pairs cannot be int"),
    ],
)
def test_what_is_no_pair_is_refused(pairs, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_pairs(pairs)


def test_a_generator_of_pairs_will_do() -> None:
    assert read_pairs(pair for pair in PAIRS) == PAIRS


def test_pairs_from_a_file(torch, tmp_path, capsys) -> None:
    file = tmp_path / "pairs.txt"
    file.write_bytes(b"cat dog\r\nNew York\tLos Angeles\n\ncaf\xe9 dog\n")
    assert read_pairs(file) == [("cat", "dog"), ("New York", "Los Angeles"), ("caf\udce9", "dog")]
    out = tmp_path / "out.firth"
    command = ["train", str(file), "--model", "pairs", "--seed", "1", "--dim", "4", "-o", str(out)]
    with pytest.raises(SystemExit, match="0"):
        main(command)
    assert "5 words x 4" in capsys.readouterr().out
    wv = firth.load(out)
    assert wv["New York"].shape == (4,) and wv.recipe["parameters"]["seed"] == 1
    assert np.array_equal(wv.vectors, firth.train(file, model="pairs", dim=4, seed=1).vectors)
    file.write_text("cat dog\none two three\n")
    with pytest.raises(CorpusError, match=r"line 2: 'one two three' is not two words"):
        read_pairs(file)
    with pytest.raises(ReadError, match="cannot read"):
        read_pairs(tmp_path / "none.txt")


def test_options_of_other_models_are_refused() -> None:
    for name, value in {"window": 5, "threads": 2, "negative": 5, "min_count": 1}.items():
        with pytest.raises(OptionError, match=f"{name} is an option of .*; the model pairs has no use for it"):
            firth.train(PAIRS, model="pairs", **{name: value})
    with pytest.raises(OptionError, match="dim is 0"):
        train_pairs(PAIRS, dim=0)
    with pytest.raises(OptionError, match="decay is -1"):
        train_pairs(PAIRS, decay=-1)
    with pytest.raises(OptionError, match="checkpoint"):
        firth.train(PAIRS, model="pairs", checkpoint="x.checkpoint")


def test_defaults_are_written_alike_in_both_places() -> None:
    said = {name: entry.default for name, entry in inspect.signature(train_pairs).parameters.items()}
    options = TrainOptions("pairs")
    assert (said["dim"], said["epochs"], said["lr"]) == (options.dim, options.epochs, options.lr)


def test_without_torch_the_way_out_is_told(monkeypatch) -> None:
    real = builtins.__import__

    def no_torch(name: str, *rest, **more):
        if name.split(".")[0] == "torch":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_torch)
    with pytest.raises(MissingExtraError, match=r"pip install 'firth\[torch\]'"):
        firth.train(PAIRS, model="pairs")


def test_training_other_models_needs_no_torch() -> None:
    code = "import sys, firth.training, firth.tour; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
