"""Checkpoints: a run that was killed, at any moment, ends with the bits of one that never was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firth
from firth.errors import FormatError, ResumeError, WriteError
from firth.training import Checkpoint, Moment, Stop, TrainOptions, train, train_with
from firth.training.observers import Callback
from firth.wordvectors import WordVectors
from tests.training.test_train import topics

#: How a run gives the same bits twice, and how often it is killed.
MODES = [("--threads 1 --epochs 300", 20), ("--deterministic --threads 2 --epochs 20", 6)]
MODELS = ["skipgram", "cbow", "skipgram-hs", "glove"]


def small(corpus: Any = None, **options: Any) -> WordVectors:
    given = {"dim": 20, "epochs": 4, "min_count": 1, "threads": 1, "progress": False}
    return train(corpus or topics(500), **{**given, **options})


class Killed(BaseException):
    """What a kill is to a test in one process."""


def kill_at(look: int) -> Callable[[Moment], None]:
    moments = []

    def callback(moment: Moment) -> None:
        moments.append(moment)
        if len(moments) == look:
            raise Killed

    return callback


@pytest.mark.parametrize("model", MODELS)
def test_a_resumed_run_has_the_same_bits(model: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    whole = small(model=model, seed=7)
    for _ in range(2):  # dies in its second epoch; goes on, and dies again
        with pytest.raises(Killed):
            small(model=model, seed=7, checkpoint=path, checkpoint_every=1e-9, resume=True, callbacks=kill_at(2))
        assert path.exists()
    found = Checkpoint(path, resume=True).read()
    assert found is not None
    assert 2 <= found[1]["next"] / found[1]["course"]["chunks"] < 3
    moments: list[Moment] = []
    resumed = small(model=model, seed=7, checkpoint=path, resume=True, callbacks=moments.append)
    assert [moment.epoch for moment in moments] == [3, 4]
    assert np.array_equal(resumed.vectors, whole.vectors)
    assert resumed.recipe["loss"] == whole.recipe["loss"]
    assert resumed.recipe["pairs"] == whole.recipe["pairs"]
    assert np.array_equal(small(model=model, seed=7, checkpoint=path, resume=True).vectors, whole.vectors)


@pytest.mark.parametrize("model", ["fasttext", "floret"])
def test_models_of_subwords_resume_too(model: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        small(model=model, seed=7, buckets=500, checkpoint=path, checkpoint_every=1e-9, callbacks=kill_at(3))
    resumed = small(model=model, seed=7, buckets=500, checkpoint=path, resume=True)
    assert np.array_equal(resumed.vectors, small(model=model, seed=7, buckets=500).vectors)


@pytest.mark.parametrize("more", [{"threads": 1}, {"threads": 2, "deterministic": True}])
def test_a_run_that_was_told_to_end_goes_on(more: dict[str, Any], tmp_path: Path) -> None:
    stop = Stop()
    kept = Checkpoint(tmp_path / "checkpoint", resume=True)
    options = TrainOptions(dim=20, epochs=4, min_count=1, seed=7, **more)

    def ask(moment: Moment) -> None:
        stop.ask("enough for today")

    part = train_with(topics(500), options, observers=[Callback(ask)], stop=stop, checkpoint=kept)
    assert part.recipe["ended"] == {"share": 0.25, "epoch": 1, "why": "enough for today"}
    assert len(part.recipe["loss"]) == 1
    whole, resumed = (train_with(topics(500), options, checkpoint=found) for found in (None, kept))
    assert np.array_equal(resumed.vectors, whole.vectors)
    assert not np.array_equal(part.vectors, whole.vectors)
    assert "ended" not in resumed.recipe


def test_without_a_checkpoint_it_starts_afresh(tmp_path: Path) -> None:
    assert np.array_equal(small(seed=7, checkpoint=tmp_path / "none", resume=True).vectors, small(seed=7).vectors)


def test_a_run_goes_on_with_the_seed_that_it_drew(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        small(checkpoint=path, checkpoint_every=1e-9, callbacks=kill_at(2))
    resumed = small(checkpoint=path, resume=True)
    again = small(seed=resumed.recipe["parameters"]["seed"])
    assert np.array_equal(resumed.vectors, again.vectors)


def test_another_run_is_refused_and_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        small(seed=7, checkpoint=path, checkpoint_every=1e-9, callbacks=kill_at(2))
    before = path.read_bytes()
    for options, message in (
        ({"seed": 8}, "made with options of seed 7; this run has seed 8; remove the file to start afresh"),
        ({"seed": 7, "dim": 30, "lr": 0.02}, "options of dim 20, lr 0.05; this run has dim 30, lr 0.02"),
        ({"model": "cbow"}, "options of model skipgram"),
        ({"corpus": topics(501)}, "a corpus of words 4000, sentences 500"),
        ({"corpus": topics(500)[::-1]}, "a corpus of"),
    ):
        with pytest.raises(ResumeError, match=message):
            small(**options, checkpoint=path, resume=True)
    assert path.read_bytes() == before
    small(seed=7, threads=2, checkpoint=path, resume=True)


@pytest.mark.parametrize("content", [b"", b"x" * 50, b"\x02\0\0\0\0\0\0\0{}"])
def test_a_file_that_is_no_checkpoint_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    path.write_bytes(content)
    with pytest.raises(FormatError):
        small(checkpoint=path, resume=True)
    small(checkpoint=path)  # not asked to resume: the file is nobody's business until the first checkpoint


def test_a_checkpoint_whose_bytes_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        small(seed=7, checkpoint=path, checkpoint_every=1e-9, callbacks=kill_at(2))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"not what was written.*remove the file to start afresh"):
        small(seed=7, checkpoint=path, resume=True)


def test_a_disk_that_takes_no_checkpoint_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="checkpoint"):
        small(checkpoint=tmp_path / "no" / "checkpoint", checkpoint_every=1e-9)


# ------------------------------------------------------------------------------------------------ the command itself


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    words = np.random.default_rng(0).zipf(1.2, (3000, 8)) % 2000
    file.write_text("\n".join(" ".join(f"w{word}" for word in sentence) for sentence in words))
    return file


def command(corpus: Path, out: Path, *more: str) -> list[str]:
    options = "--dim 64 --min-count 1 --seed 3 --checkpoint-every 0.01 --json"
    return [sys.executable, "-m", "firth", "train", str(corpus), "-o", str(out), *options.split(), *more]


def run(arguments: list[str]) -> None:
    subprocess.run(arguments, check=True, capture_output=True)


#: Forks the command again and again, kills each at a random moment, and lets the last one run to its end. A fork of a
#: process that has imported all starts in milliseconds, so that most of the kills fall into the training.
KILLER = """
import os, random, signal, sys, time
from firth.cli import main
from firth.training import train
train([["a", "b"]] * 9, min_count=1, epochs=1, progress=False)
chance = random.Random(5)
kills = 0
times = int(sys.argv.pop(1))
for attempt in range(times + 1):
    child = os.fork()
    if child == 0:
        main(sys.argv[1:])
        os._exit(0)
    if attempt < times:
        time.sleep(chance.uniform(0.0, 0.25))
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    kills += os.WIFSIGNALED(status)
print(kills)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize(("mode", "times"), MODES)
def test_killed_at_any_moment_it_ends_with_the_same_bits(mode: str, times: int, corpus: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.firth", tmp_path / "out.firth"
    run(command(corpus, whole, *mode.split()))
    arguments = [str(times), *command(corpus, out, *mode.split())[3:], "--resume"]
    done = subprocess.run([sys.executable, "-c", KILLER, *arguments], check=True, capture_output=True, text=True)
    assert int(done.stdout.split()[-1]) > times // 2, "most were killed at work"
    assert np.array_equal(firth.load(out).vectors, firth.load(whole).vectors)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.firth", "whole.firth"], "nothing is left behind"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_saves_what_there_is(number: int, code: int, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.firth"
    checkpoint = Path(f"{out}.checkpoint")
    more = ["--epochs", "100000", "--threads", "2"]
    process = subprocess.Popen(command(corpus, out, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == code, told
    wv = firth.load(out)
    ended = wv.recipe["ended"]
    assert ended["why"] == f"interrupted by {signal.Signals(number).name}"
    assert 0 < ended["share"] < 1
    assert checkpoint.exists()
    found = Checkpoint(checkpoint, resume=True).read()
    assert found is not None
    share = found[1]["next"] / (found[1]["course"]["chunks"] * found[1]["course"]["epochs"])
    assert share == pytest.approx(ended["share"], abs=1e-5), "the last checkpoint is what was saved"
    assert b"--resume goes on from" in told
