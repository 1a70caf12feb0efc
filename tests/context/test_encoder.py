"""The encoder gives what the slow way gives, on every back end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.context import Encoder, contextual
from firth.context.reading import read_plan
from firth.errors import FormatError, OptionError, ReadError
from tests.context.context_models import make_model, missing
from tests.context.context_reference import Reference

LONG = " ".join(f"the cave of state-of-the-art bats don't play 🏏bat {'q' * k}" for k in range(0, 60, 6))
TEXTS = [
    "A bat flew out of the cave.",
    "",
    "bat",
    "He swung the ball; the bat's naïve playing.",
    "  ",
    LONG,
    "日本語 bat שלום",
]


def reference(folder: Path, size: int) -> Reference:
    """Return the slow way, where torch and transformers are installed."""
    try:
        return Reference(folder, size)
    except ImportError:
        missing("torch and transformers are not installed; run: pip install -c constraints.txt 'firth[torch]'")
        raise


def worst(encoder: Encoder, slow: Reference, texts: list[str]) -> float:
    """Return the largest difference between the encoder and the slow way over all words and layers."""
    layers = range(encoder.n_layers + 1)
    usages = encoder.usages(texts, layers=layers, combine="concat")
    largest = 0.0
    for number, text in enumerate(texts):
        rows = np.flatnonzero(usages.numbers == number)
        if len(rows) == 0:
            continue
        pieces = encoder.tokenizer.encode([text])
        parts = read_plan(pieces, [len(text)], np.zeros(len(rows), np.int64), usages.spans[rows], encoder._room)
        windows = list(zip(parts.window_starts.tolist(), parts.window_ends.tolist(), strict=True))
        spans = [tuple(span) for span in usages.spans[rows].tolist()]
        for row, vectors in zip(rows.tolist(), slow.vectors(text, spans, windows), strict=True):
            if vectors is None:
                assert not usages.found[row]
            else:
                largest = max(largest, float(np.abs(usages.vectors[row] - vectors.reshape(-1)).max()))
    return largest


@pytest.mark.parametrize("backend", ["onnx", "numpy", "torch"])
def test_equals_one_text_at_a_time_through_transformers(tiny: Path, backend: str) -> None:
    assert worst(contextual(tiny, backend=backend), reference(tiny, 30), TEXTS) < 1e-5


def test_minilm_equals_transformers_on_real_text_and_a_long_document(
    minilm: Encoder, minilm_folder: Path, data: Path
) -> None:
    import gzip

    with gzip.open(data / "corpora" / "wiki-en-raw-sample.txt.gz", "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip()]
    texts = [*lines[:6], " ".join(lines[6:16])]
    assert len(minilm.tokenizer.encode(texts[-1:]).ids) > 600
    assert worst(minilm, reference(minilm_folder, 510), texts) < 1e-5


def test_no_torch_on_the_light_path(tiny: Path) -> None:
    code = (
        "import firth, sys\n"
        f"bert = firth.contextual({str(tiny)!r}, backend='onnx')\n"
        "bert.usages(['a bat in a cave'], word='bat'); bert.distill(['bat', 'cave', 'ball'])\n"
        "assert not {'torch', 'transformers', 'numba', 'matplotlib', 'rich'} & set(sys.modules), sorted(sys.modules)\n"
        "import firth.context; assert callable(firth.contextual)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_layers_and_pooling(encoder: Encoder) -> None:
    texts = ["the playing bats"]
    by_layer = [encoder.usages(texts, layers=k).vectors for k in range(4)]
    assert np.allclose(encoder.usages(texts, layers=[1, -1]).vectors, (by_layer[1] + by_layer[3]) / 2, atol=1e-6)
    both = encoder.usages(texts, layers=[3, 0], combine="concat").vectors
    assert np.allclose(both, np.hstack([by_layer[3], by_layer[0]]), atol=1e-6)
    first, last, highest, mean = (encoder.usages(texts, pooling=p).vectors[1] for p in ("first", "last", "max", "mean"))
    assert np.allclose((first + last) / 2, mean, atol=1e-6)  # play ##ing
    assert np.allclose(np.maximum(first, last), highest, atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "first", "last", "max"])
def test_a_word_longer_than_a_window_is_still_one_vector(encoder: Encoder, pooling: str) -> None:
    text = "the " + "bat-" * 40 + "cave a"
    usages = encoder.usages([text], pooling=pooling)
    assert len(usages) == 3 and usages.found.all()


def test_streaming_gives_the_same(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"a bat {k} in the cave" for k in range(50)] + [LONG]
    whole = encoder.usages(texts)
    monkeypatch.setattr("firth.context.encoder.CHUNK", 200)
    blocks = list(encoder.stream(iter(texts)))
    assert len(blocks) > 5
    assert np.allclose(np.concatenate([b.vectors for b in blocks]), whole.vectors, atol=1e-5)
    joined = encoder.usages(iter(texts))
    assert joined.words == whole.words and joined.numbers.tolist() == whole.numbers.tolist()


def test_a_smaller_window_is_kept_to(tiny: Path) -> None:
    encoder = contextual(tiny, backend="numpy", window=10)
    widths = []
    forward = encoder.backend.forward
    encoder.backend.forward = lambda ids, *rest: (widths.append(ids.shape[1]), forward(ids, *rest))[1]  # type: ignore[method-assign]
    assert encoder.usages([LONG]).found.all()
    assert max(widths) <= 10


def test_only_texts_with_the_word_are_read(tiny: Path) -> None:
    encoder = contextual(tiny, backend="numpy")
    rows = []
    forward = encoder.backend.forward
    encoder.backend.forward = lambda ids, *rest: (rows.append(len(ids)), forward(ids, *rest))[1]  # type: ignore[method-assign]
    encoder.usages(["no such word", "a bat", "nor here"], word="bat")
    assert sum(rows) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"layers": 4}, "no layer 4"),
        ({"pooling": "sum"}, "pooling"),
        ({"combine": "sum"}, "combine"),
        ({"word": "a", "words": ["b"]}, "expected one"),
        ({"word": ""}, "empty"),
        ({"words": "bat"}, "expected a list"),
        ({"pattern": "("}, "regular expression"),
        ({"spans": [(0, 99)]}, "outside text 0"),
        ({"spans": []}, "expected one for every text"),
        ({"spans": [(0, 1), (0, 1)]}, "more than 1"),
        ({"spans": [[(1, 2), (3,)]]}, "spans of text 0"),
        ({"spans": 5}, "spans = 5"),
        ({"layers": None}, "layers = None"),
        ({"layers": 1.5}, r"layers = 1\.5"),
        ({"layers": "1"}, "no layer '1'"),
        ({"layers": []}, "layers is empty"),
        ({"pattern": 3}, "pattern = 3"),
        ({"pattern": b"a"}, "pattern = b'a'"),
        ({"words": 5}, "words = 5"),
        ({"word": 5}, "words asked for are"),
    ],
)
def test_wrong_options_are_told(encoder: Encoder, options: dict, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        encoder.usages(["a bat"], **options)


def test_one_string_is_no_list_of_texts(encoder: Encoder) -> None:
    with pytest.raises(OptionError, match="expected a list"):
        encoder.usages("a bat")


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ([None], "text 0 is None"),
        (["a", 1, 2], "text 1 is 1; expected a string"),
        ([b"a bat"], "text 0 is b'a bat'.*decode"),
        ([["a", 1]], "text 0 has the token 1"),
        (b"a bat", "one string"),
        (None, "texts = None"),
        (5, "texts = 5"),
    ],
)
def test_what_is_no_text_is_told(encoder: Encoder, texts: Any, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        encoder.usages(texts)
    with pytest.raises(OptionError, match=says):
        list(encoder.stream(texts, word="bat"))


@pytest.mark.parametrize("name", [None, "", 5, b"minilm"])
def test_what_is_no_name_is_told(name: Any) -> None:
    with pytest.raises(OptionError, match="expected a folder, a hub name"):
        contextual(name)


def test_nothing_to_read(encoder: Encoder) -> None:
    assert len(encoder.usages([])) == 0
    assert encoder.usages(["a cave"], word="bat").vectors.shape == (0, 16)


def test_models_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReadError, match="no folder"):
        contextual("./nowhere")
    with pytest.raises(FormatError, match=r"config\.json"):
        contextual(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ReadError, match="not in the hub cache"):
        contextual("nobody/has-this-model")


def test_the_hub_cache_comes_before_the_hub(tiny: Path, tmp_path: Path) -> None:
    """A model in the hub cache opens with no network; one of which only the configuration is there does not."""
    revision = "0" * 40
    for name, files in (("whole", list(tiny.iterdir())), ("part", [tiny / "config.json"])):
        home = tmp_path / "hub" / f"models--somebody--{name}"
        (home / "refs").mkdir(parents=True)
        (home / "refs" / "main").write_text(revision)
        (home / "snapshots" / revision).mkdir(parents=True)
        for file in files:
            (home / "snapshots" / revision / file.name).write_bytes(file.read_bytes())
    code = (
        "import firth\n"
        "assert firth.contextual('somebody/whole').usages(['a bat']).found.all()\n"
        "try: firth.contextual('somebody/part')\n"
        "except firth.FirthError as error: assert 'not in the hub cache' in str(error), error\n"
        "else: raise SystemExit('opened')\n"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("what", ["weights", "tokenizer", "missing", "config"])
def test_damaged_models_are_told(tmp_path: Path, what: str) -> None:
    folder = make_model(tmp_path / "m", seed=hash(what) % 1000)
    if what == "weights":
        path = folder / "model.safetensors"
        path.write_bytes(path.read_bytes()[:500])
    elif what == "tokenizer":
        (folder / "tokenizer.json").write_text("{}")
    elif what == "config":
        (folder / "config.json").write_text("[]")
    else:
        (folder / "tokenizer.json").unlink()
    with pytest.raises(FormatError):
        contextual(folder, backend="onnx")


@pytest.mark.parametrize(
    "options",
    [{"backend": "tf"}, {"dtype": "fp16"}, {"device": "tpu"}, {"threads": 0}, {"threads": "2"}, {"threads": 1.5},
     {"threads": True}, {"window": "x"}, {"window": 2.5}, {"window": 3}, {"window": 99},
     {"backend": "onnx", "dtype": "bf16"}, {"backend": "torch", "dtype": "int8"}, {"dtype": "int8", "device": "cuda"}],
)  # fmt: skip
def test_options_that_do_not_go_together(tiny: Path, options: dict) -> None:
    with pytest.raises(OptionError):
        contextual(tiny, **options)


def test_the_graph_is_made_once(tiny: Path, own_cache: Path, encoder: Encoder) -> None:
    made = sorted((own_cache / "onnx").glob("bert-3x16-*/model.onnx"))
    times = [path.stat().st_mtime_ns for path in made]
    contextual(tiny, backend="onnx")
    assert [path.stat().st_mtime_ns for path in made] == times
    assert not list((own_cache / "onnx").glob(".*partial"))


def test_a_cache_that_cannot_be_written(tiny: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("FIRTH_CACHE", str(blocked))
    assert contextual(tiny, backend="onnx").usages(["a bat"]).found.all()


def test_int8_stays_near(minilm_folder: Path, minilm: Encoder, data: Path) -> None:
    import gzip

    with gzip.open(data / "corpora" / "wiki-en-mini.txt.gz", "rt", encoding="utf-8") as file:
        texts = [next(file).strip() for _ in range(60)]
    a = minilm.usages(texts).unit()
    b = contextual(minilm_folder, dtype="int8").usages(texts).unit()
    assert float(np.einsum("ij,ij->i", a, b).mean()) >= 0.985  # `bench_contextual.py` prints the figure on more text


def test_openvino_gives_what_the_graph_gives(tiny: Path, encoder: Encoder) -> None:
    pytest.importorskip("openvino")
    other = contextual(tiny, backend="openvino", threads=2)
    assert (other.backend.name, other.backend.dtype) == ("openvino", "fp32")
    for layers in (0, -1, [0, 2, 3]):
        a = encoder.usages(TEXTS, layers=layers, combine="concat").vectors
        b = other.usages(TEXTS, layers=layers, combine="concat").vectors
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_bf16_without_torch_stays_near(minilm_folder: Path, minilm: Encoder) -> None:
    pytest.importorskip("openvino")
    texts = ["A bat flew out of the cave.", "He swung the baseball bat and missed.", "bat"]
    try:
        other = contextual(minilm_folder, dtype="bf16", backend="openvino")
    except OptionError as error:  # an older processor says so in one line
        assert "no bf16 instructions" in str(error)
        return
    a, b = (bert.usages(texts, layers=[1, -1]).unit() for bert in (minilm, other))
    assert 0.999 <= float(np.einsum("ij,ij->i", a, b).min()) < 0.9999999


def test_bf16_stays_near(minilm_folder: Path, minilm: Encoder) -> None:
    pytest.importorskip("torch")
    texts = ["A bat flew out of the cave.", "He swung the baseball bat and missed."]
    a = minilm.usages(texts).unit()
    b = contextual(minilm_folder, dtype="bf16", backend="torch").usages(texts).unit()
    assert float(np.einsum("ij,ij->i", a, b).min()) >= 0.999
