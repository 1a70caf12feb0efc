"""Static tables out of a contextual model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth.context import Encoder
from firth.errors import CorpusError, OptionError

WORDS = ["bat", "cave", "ball", "playing", "state", "naïve", "art"]


def test_alone_is_each_word_as_a_text_of_its_own(encoder: Encoder) -> None:
    wv = encoder.distill([*WORDS, "bat", "\u200b"], layers=2, centre=False)
    assert wv.vocabulary.words() == WORDS  # each once; what yields no piece is left out, and counted
    assert wv.recipe["no_piece"] == 1
    for word in WORDS:
        assert np.allclose(wv[word], encoder.usages([word], layers=2).vectors[0], atol=1e-5)


def test_pieces_are_read_by_themselves_and_averaged(encoder: Encoder) -> None:
    wv = encoder.distill(["playing", "play"], mode="pieces", layers=3, centre=False)
    cut = encoder.tokenizer.encode(["playing"])
    alone = encoder.read_pieces(cut.ids, [3])
    assert len(cut.ids) == 2
    assert np.allclose(wv["playing"], alone.mean(axis=0), atol=1e-6)
    assert np.allclose(wv["play"], encoder.usages(["play"], layers=3).vectors[0], atol=1e-5)


def test_contexts_are_means_over_the_corpus(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = ["a bat in the cave", "The Bat, the ball", "a ball", "state-of-the-art bat"] * 3
    monkeypatch.setattr("firth.context.encoder.CHUNK", 100)  # several blocks
    wv = encoder.distill(corpus=iter(corpus), layers=2, centre=False, min_count=4)
    usages = encoder.usages(corpus, word="bat", layers=2)
    assert wv.counts is not None
    assert dict(zip(wv.vocabulary.words(), wv.counts.tolist(), strict=True)) == {"the": 9, "bat": 9, "a": 6, "ball": 6}
    assert np.allclose(wv["bat"], usages.vectors.mean(axis=0), atol=1e-5)
    few = encoder.distill(["bat", "nowhere"], corpus=corpus, layers=2, centre=False)
    assert few.vocabulary.words() == ["bat"] and few.recipe["too_rare"] == 1
    assert np.allclose(few["bat"], wv["bat"], atol=1e-5)


def test_centring_components_and_weights(encoder: Encoder) -> None:
    plain = encoder.distill(WORDS, layers=3)
    assert np.allclose(plain.vectors.mean(axis=0), 0, atol=1e-5)
    assert encoder.distill(WORDS).dim == 16  # two layers, added
    small = encoder.distill(WORDS, layers=3, pca=6)
    assert small.dim == 6
    a, b = plain.vectors @ plain.vectors.T, small.vectors @ small.vectors.T
    assert np.allclose(a, b, atol=1e-3)  # seven centred words fill six directions
    removed = encoder.distill(WORDS, layers=3, remove=1)
    assert np.linalg.norm(removed.vectors) < np.linalg.norm(plain.vectors)
    weighted = encoder.distill(WORDS, layers=3, sif=1e-1)
    shares = weighted.norms / plain.norms
    assert (np.diff(shares) > 0).all()  # the first word counts as the most frequent


@pytest.mark.parametrize(
    "options",
    [{"words": None}, {"mode": "other"}, {"mode": "contexts"}, {"corpus": ["a bat"], "mode": "alone"},
     {"words": "bat"}, {"pca": 99}, {"sif": 0}, {"layers": 9}],
)  # fmt: skip
def test_wrong_options(encoder: Encoder, options: dict) -> None:
    with pytest.raises(OptionError):
        encoder.distill(**{"words": WORDS, **options})


def test_a_corpus_without_words(encoder: Encoder) -> None:
    with pytest.raises(CorpusError):
        encoder.distill(corpus=["a bat"], min_count=5)


def test_minilms_table_beats_googlenews_on_the_words_they_share(minilm: Encoder, data: Path) -> None:
    import firth

    google = firth.load(data / "vectors" / "word2vec-googlenews-merged-300d.bin.gz")
    pairs = [data / "eval" / "similarity" / name for name in ("EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt")]
    lower = [word for word in google.vocabulary.words() if word.islower() and "_" not in word][:3000]
    rows = google.vocabulary.rows(lower)
    theirs = firth.WordVectors.from_words(lower, google.vectors[rows])
    ours = minilm.distill(lower)
    for mine, other in zip(ours.evaluate(pairs), theirs.evaluate(pairs), strict=True):
        assert mine.coverage == other.coverage
        assert mine.score > other.score


def test_a_static_model_has_a_vector_for_every_piece(encoder: Encoder, tmp_path: Path) -> None:
    import json

    from safetensors.numpy import load_file

    folder = encoder.save_static(tmp_path / "static", pca=8)
    vectors = load_file(folder / "model.safetensors")["embeddings"]
    assert vectors.shape == (encoder.tokenizer.raw.get_vocab_size(), 8)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "model2vec"
    assert (folder / "tokenizer.json").exists() and (folder / "modules.json").exists()
    with pytest.raises(OptionError):
        encoder.save_static(tmp_path / "other", pca=99)
    assert not (tmp_path / "other").exists()


def test_the_spellings_asked_for_come_back_in_their_order(encoder: Encoder) -> None:
    corpus = ["A bat in the cave", "the BAT", "the cave, nai\u0308ve"]
    wv = encoder.distill(["cave", "Bat", "nowhere", "BAT", "na\u00efve"], corpus=corpus, min_count=1, centre=False)
    assert wv.vocabulary.words() == ["cave", "Bat", "BAT", "na\u00efve"] and wv.recipe["too_rare"] == 1
    assert wv.counts is not None and wv.counts.tolist() == [2, 2, 2, 1]
    assert np.array_equal(wv["Bat"], wv["BAT"])
    strict = encoder.distill(["BAT", "bat", "Bat"], corpus=corpus, min_count=1, lower=False)
    assert strict.vocabulary.words() == ["BAT", "bat"]
    few = encoder.distill(["naïve", "the", "bat", "cave"], corpus=corpus, min_count=1, top=3)
    assert few.vocabulary.words() == ["the", "bat", "cave"]


def test_a_corpus_in_another_script_keeps_its_words(encoder: Encoder) -> None:
    wv = encoder.distill(corpus=["हिन्दी भाषा, cafe\u0301"], min_count=1, centre=False)
    assert set(wv.vocabulary.words()) <= {"हिन्दी", "भाषा", "cafe\u0301"} and "cafe\u0301" in wv
