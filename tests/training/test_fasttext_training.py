"""Skip-gram with subwords: the rows that make a word, one step against plain numpy, and the file in fastText."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from firth import load
from firth.cli import group
from firth.errors import OptionError
from firth.formats.fasttext import own_rows
from firth.subwords import fasttext_hashes
from firth.training import Moment, TrainOptions, train
from firth.training.fasttext import FastText
from firth.training.fasttext_cbow import FastTextCbow
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors
from tests.formats.peers import run_peer
from tests.training.test_train import topics

WORDS = ["the", "cats", "cat", "banana", "aaaaaa", "naïve", "a", "</s>", "x" * 80, "b\udcff\udc80d"]
BUCKETS = 997


def model_of(words: list[str], **options: Any) -> FastText:
    given = {"dim": 20, "buckets": BUCKETS, "window": 1, "sample": 0, "seed": 1, **options}
    counts = np.arange(len(words), 0, -1)
    model = FastText(counts, TrainOptions("fasttext", **given), 1000, Vocabulary.from_words(words))
    model.start()
    return model


def small(corpus: Any = None, **options: Any) -> WordVectors:
    given = {"dim": 20, "buckets": BUCKETS, "epochs": 3, "min_count": 1, "sample": 0.0, "seed": 1, "threads": 1}
    return train(corpus or topics(), progress=False, **{"model": "fasttext", **given, **options})


def parts_of(model: FastText) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the rows of the words themselves and those of the buckets, as fastText would hold them."""
    return model.inputs[model._word_groups, : model._options.dim].astype(float), model.subwords().rows.astype(float)


def buckets_of(word: str, minn: int = 3, maxn: int = 6) -> list[int]:
    return [h % BUCKETS for h in fasttext_hashes(word, minn, maxn)]


@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 2)])
def test_a_word_is_the_mean_of_its_own_row_and_its_ngrams(minn: int, maxn: int) -> None:
    model = model_of(WORDS, minn=minn, maxn=maxn)
    own, rows = parts_of(model)
    vectors = model.finish()
    for k, word in enumerate(WORDS):
        expected = np.concatenate([own[k : k + 1], rows[buckets_of(word, minn, maxn)]]).mean(0)
        np.testing.assert_allclose(vectors[k], expected, rtol=1e-4, atol=1e-6)
    assert model.n_rows < len(WORDS) + len({b for w in WORDS for b in buckets_of(w, minn, maxn)})


def test_ngrams_of_the_same_words_share_a_row_and_others_do_not() -> None:
    model = model_of(["cats", "cat"], buckets=2_000_000)
    group = {n: int(model._bucket_groups[fasttext_hashes(w, 3, 6)[k]  % 2_000_000])
             for w in ("cats", "cat") for k, n in enumerate(_ngrams(w))}  # fmt: skip
    assert group["cats"] == group["ats>"] == group["<cats>"] == model._word_groups[0]
    assert group["cat>"] == group["<cat>"] == model._word_groups[1] != group["cats"]
    assert group["<ca"] == group["cat"] == group["<cat"] not in (group["cats"], group["cat>"])
    assert model.n_rows == 3


def _ngrams(word: str) -> list[str]:
    whole = f"<{word}>"
    return [whole[i : i + n] for i in range(len(whole)) for n in range(3, 7) if i + n <= len(whole)]


@pytest.mark.parametrize("dim", [20, 300])
def test_a_step_moves_every_row_by_the_whole_gradient(dim: int) -> None:
    """A sentence of two words, window 1 (so that nothing is left to chance), one word that every negative is."""
    lr, words = 1e-3, ["banana", "cats", "cat", "aaaa"]
    model = model_of(words, dim=dim)
    model._table[:] = 3
    random = np.random.default_rng(dim)
    model.inputs[:, :dim] = random.normal(size=(model.n_rows, dim)) / np.sqrt(dim)
    model.outputs[:, :dim] = random.normal(size=(4, dim)) / np.sqrt(dim)
    own, rows = parts_of(model)
    outputs = model.outputs[:, :dim].astype(float)
    model.train(model.workspace(), np.array([0, 1, -1], np.int32), (lr, lr), 0, 0)
    for centre, context in ((0, 1), (1, 0)):
        lists = {word: buckets_of(word) for word in words}
        mean = np.concatenate([own[centre : centre + 1], rows[lists[words[centre]]]]).mean(0)
        gradient = outputs[context] / (1 + np.exp(mean @ outputs[context]))
        gradient -= 5 * outputs[3] / (1 + np.exp(-mean @ outputs[3]))
        moved, moved_rows = parts_of(model)
        np.testing.assert_allclose((moved[centre] - own[centre]) / lr, gradient, atol=0.05)
        for bucket in lists[words[centre]]:  # a bucket that is listed twice is moved twice
            gradients = lists[words[centre]].count(bucket) * gradient
            if bucket not in lists[words[context]]:
                np.testing.assert_allclose((moved_rows[bucket] - rows[bucket]) / lr, gradients, atol=0.05)


@pytest.mark.parametrize("dim", [20, 300])
def test_a_step_of_cbow_moves_every_row_of_the_window(dim: int) -> None:
    """A sentence of three words, windows as wide as it; the mean is over rows, so long words weigh more."""
    lr, words = 1e-3, ["banana", "cats", "cat", "aaaa"]
    given = {"dim": dim, "buckets": BUCKETS, "window": 2, "shrink_windows": False, "sample": 0, "seed": 1}
    model = FastTextCbow(
        np.arange(4, 0, -1), TrainOptions("fasttext-cbow", **given), 1000, Vocabulary.from_words(words)
    )
    model.start()
    model._table[:] = 3
    random = np.random.default_rng(dim)
    model.inputs[:, :dim] = random.normal(size=(model.n_rows, dim)) / np.sqrt(dim)
    model.outputs[:, :dim] = random.normal(size=(4, dim)) / np.sqrt(dim)
    own, rows = parts_of(model)
    outputs = model.outputs[:, :dim].astype(float)
    model.train(model.workspace(), np.array([0, 1, 2, -1], np.int32), (lr, lr), 0, 0)
    lists = [buckets_of(word) for word in words]
    moves, moves_rows = np.zeros_like(own), np.zeros_like(rows)
    for target in range(3):
        window = [word for word in range(3) if word != target]
        mean = np.concatenate([*[own[w : w + 1] for w in window], *[rows[lists[w]] for w in window]]).mean(0)
        gradient = outputs[target] / (1 + np.exp(mean @ outputs[target]))
        gradient -= 5 * outputs[3] / (1 + np.exp(-mean @ outputs[3]))
        for word in window:
            moves[word] += gradient
            np.add.at(moves_rows, lists[word], gradient)
    moved, moved_rows = parts_of(model)
    np.testing.assert_allclose((moved - own)[:3] / lr, moves[:3], atol=0.1)
    used = sorted({bucket for word in range(3) for bucket in lists[word]} - set(lists[3]))
    np.testing.assert_allclose((moved_rows - rows)[used] / lr, moves_rows[used], atol=0.1)


@pytest.mark.parametrize("model", ["fasttext", "fasttext-cbow"])
def test_it_learns_and_gives_unseen_words_vectors(model: str, tmp_path: Path) -> None:
    wv = small(model=model, **({"epochs": 4} if model == "fasttext" else {"epochs": 12, "lr": 0.2}))
    border = 0.7 if model == "fasttext" else 0.95  # windows are alike where there are eleven words in all
    assert wv.similarity("cat", "dog") > border > wv.similarity("cat", "bus")
    assert "horses" not in wv and wv.similarity("horses", "horse") > 0.5
    assert wv.recipe["parameters"]["buckets"] == BUCKETS and wv.recipe["fasttext"]["ws"] == 5
    assert len(wv.recipe["loss"]) == wv.recipe["fasttext"]["epoch"]
    assert wv.recipe["fasttext"]["model"] == ("skipgram" if model == "fasttext" else "cbow")
    back = load(wv.save(tmp_path / "a.firth"))
    assert (back.vectors == wv.vectors).all() and (back["horses"] == wv["horses"]).all()


@pytest.mark.parametrize("model", ["fasttext", "fasttext-cbow"])
def test_same_seed_same_bits(model: str) -> None:
    first, again, other = (small(model=model, seed=seed) for seed in (1, 1, 2))
    assert (first.vectors == again.vectors).all() and (first["horses"] == again["horses"]).all()
    assert (first.vectors != other.vectors).any()


def test_a_killed_run_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    whole = small()

    def kill(moment: Moment) -> None:
        assert moment.table()["horses"].shape == (20,)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(checkpoint=tmp_path / "c", checkpoint_every=1e-9, callbacks=kill)
    resumed = small(checkpoint=tmp_path / "c", resume=True)
    assert (resumed.vectors == whole.vectors).all() and (resumed["horses"] == whole["horses"]).all()


def test_options() -> None:
    options = TrainOptions("fasttext")
    assert (options.minn, options.maxn, options.buckets, options.sample) == (3, 6, 2_000_000, 1e-4)
    with pytest.raises(OptionError, match="minn is 4, above maxn 3"):
        TrainOptions("fasttext", minn=4, maxn=3)
    with pytest.raises(OptionError, match="hashes is an option of floret; the model fasttext"):
        TrainOptions("fasttext", hashes=2)
    with pytest.raises(OptionError, match="minn is an option of fasttext, fasttext-cbow, floret"):
        TrainOptions("skipgram", minn=3)


OPEN = """
import fasttext
model = fasttext.load_model(sys.argv[1])
words = json.loads(sys.argv[2])
arguments = model.f.getArgs()
vectors = [model.get_word_vector(w).tolist() for w in words]
print(json.dumps([vectors, arguments.minCount, arguments.ws, model.words, str(arguments.model)]))
"""


@pytest.mark.parametrize("model", ["fasttext", "fasttext-cbow"])
def test_fasttext_opens_the_bin_with_the_same_vectors(model: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(" ".join(s) for s in topics(400)) + "\nnaïve über cats naïve cats\n" * 20)
    done = CliRunner().invoke(group, [
        "train", str(corpus), "-o", str(tmp_path / "a.firth"), "--model", model, "--dim", "20", "--buckets", "997",
        "--sample", "0", "--window", "3", "--epochs", "2", "--min-count", "2", "--json",
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    wv = load(tmp_path / "a.firth")
    assert wv.subwords is not None and wv.subwords.buckets == 997
    done = CliRunner().invoke(group, ["convert", str(tmp_path / "a.firth"), str(tmp_path / "a.bin")])
    assert done.exit_code == 0, done.output
    asked = [*wv.vocabulary.words(), "unseen", "naïveté", "catslike", "日本語", "bus-stop"]
    theirs, min_count, window, words, kind = run_peer(("fasttext",), OPEN, tmp_path / "a.bin", json.dumps(asked))
    np.testing.assert_allclose(np.array(theirs), [wv[word] for word in asked], atol=1e-6)
    assert (min_count, window, words) == (2, 3, wv.vocabulary.words())
    assert kind.endswith("cbow" if model == "fasttext-cbow" else "skipgram")
    np.testing.assert_allclose(load(tmp_path / "a.bin").vectors, wv.vectors, atol=1e-6)


def test_what_is_written_as_a_words_own_row_is_what_was_trained() -> None:
    model = model_of(WORDS)
    own, _ = parts_of(model)
    wv = WordVectors(Vocabulary.from_words(WORDS), model.finish(), subwords=model.subwords())
    np.testing.assert_allclose(own_rows(wv), own, atol=1e-5)


PROGRAM = """
import json, sys
from firth.training import train
from firth.training.memory import peak_bytes
options = {"model": sys.argv[2], "buckets": int(sys.argv[3]), "dim": 20, "epochs": 1, "min_count": 1, "threads": 2}
wv = train(sys.argv[1], progress=False, **options)
print(json.dumps([wv.recipe["memory"]["peak"], peak_bytes()]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is measured as Linux tells it")
@pytest.mark.parametrize(
    ("model", "buckets"), [("fasttext", 2_000_000), ("fasttext-cbow", 100_000), ("floret", 1_000_000)]
)
def test_forecast_is_true_within_15_percent(model: str, buckets: int, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    ids = np.concatenate([np.arange(20_000), (random.random(100_000) ** 3 * 20_000).astype(int)])
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(" ".join(f"word{i}" for i in line) for line in np.array_split(ids, len(ids) // 20)))
    command = [sys.executable, "-c", PROGRAM, str(corpus), model, str(buckets)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    forecast, peak = json.loads(done.stdout)
    assert forecast == pytest.approx(peak, rel=0.15)
