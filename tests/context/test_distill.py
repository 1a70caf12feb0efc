"""Static tables out of a contextual model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth.context import Encoder, splits
from firth.errors import CorpusError, OptionError
from tests.context.test_usages import BATS

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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"words": ["bat"]}, "1 word that are|of 1 word"),
        ({"words": ["bat", "BAT"]}, "of 2 words .* different words, or centre=False"),
        ({"pca": 7}, "7 words in 16 numbers have at most 6 components"),
        ({"remove": 3, "pca": 4}, "at most 6 components"),
        ({"remove": 6}, "at most 6 components"),
        ({"pca": 2.5}, "pca=2.5"),
        ({"remove": -1}, "remove=-1"),
        ({"sif": "a"}, "sif='a'"),
        ({"corpus": ["a bat"], "top": 0}, "top = 0"),
        ({"corpus": ["a bat"], "top": -1}, "top = -1"),
        ({"corpus": ["a bat"], "top": 2.5}, r"top = 2\.5"),
        ({"top": 3}, "top is given without a corpus"),
        ({"corpus": ["a bat"], "min_count": -1}, "min_count = -1"),
        ({"words": [1, 2]}, "words has 1; expected strings"),
        ({"words": 5}, "words is 5"),
        ({"words": ["\ud800bat", "cave"]}, "lone surrogate"),
        ({"senses": ["bat"]}, "senses is given without a corpus"),
        ({"corpus": ["a bat"], "senses": "bat"}, "senses = 'bat'"),
        ({"corpus": ["a bat"], "senses": [" "]}, "not blank"),
        ({"corpus": ["a bat"], "senses": {"bat": 0}}, "0 groups for 'bat'"),
        ({"corpus": ["a bat"], "senses": {"bat": "2"}}, "'2' groups for 'bat'"),
        ({"corpus": ["a bat"], "senses": ["bat"], "words": ["bat#1"]}, "name of a sense"),
        ({"corpus": ["a bat", "a bat", "the bat"], "senses": {"bat": 3}}, "senses of 'bat': k = 3 .* 2 are different"),
        ({"corpus": ["a bat"] * 3, "senses": {"bat": 5}}, "senses of 'bat': k = 5"),
    ],
)  # fmt: skip
def test_wrong_options_are_named(encoder: Encoder, options: dict, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        encoder.distill(**{"words": WORDS, **options})


def test_one_word_alone_is_kept_uncentred(encoder: Encoder) -> None:
    assert encoder.distill(["bat"], centre=False).norms[0] > 0


SENSES = ["a bat in the cave", "the bat in a cave", "the ball, the bat", "a bat and a ball", "the bat, the ball"]


def test_words_split_by_sense(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firth.context.encoder.CHUNK", 40)  # several blocks
    corpus = [*SENSES, "The BAT!", "a naïve ball"]
    wv = encoder.distill(
        corpus=iter(corpus), min_count=2, layers=3, centre=False, senses={"bat": 2, "ball": 1, "naïve": 2}
    )
    usages = encoder.usages(corpus, word="bat", layers=2)  # layer 2 of 3: two thirds of the depth
    labels, last = usages.groups(2).labels, encoder.usages(corpus, word="bat", layers=3)
    for number in (1, 2):
        assert np.allclose(wv[f"bat#{number}"], last.vectors[labels == number].mean(axis=0), atol=1e-5)
    assert wv.counts is not None and wv.counts[wv.row("bat")] == 6
    assert wv.recipe["senses"] == {"bat": np.bincount(labels)[1:].tolist(), "ball": [4], "naïve": []}
    assert np.allclose(wv["ball#1"], wv["ball"], atol=1e-5) and wv.row("ball#1") == wv.row("ball") + 1
    assert (np.diff(wv.counts) <= 0).all() and "naïve" not in wv
    plain = encoder.distill(corpus=corpus, min_count=2, layers=3, centre=False)
    assert [word for word in wv.vocabulary.words() if "#" not in word] == plain.vocabulary.words()
    assert np.allclose(wv["the"], plain["the"], atol=1e-6)


def test_senses_are_finished_like_all_words(encoder: Encoder) -> None:
    wv = encoder.distill(["ball", "Bat", "cave"], corpus=SENSES, min_count=1, pca=3, senses=["Bat", "the", "nowhere"])
    words = wv.vocabulary.words()
    assert (
        words[:3] == ["ball", "Bat", "Bat#1"]
        and "the" not in words
        and words[-len(wv.recipe["senses"]["the"])] == "the#1"
    )
    assert wv.dim == 3 and np.allclose(wv.vectors.mean(axis=0), 0, atol=1e-5)
    assert wv.recipe["senses"]["nowhere"] == [] and wv.recipe["too_rare"] == 0
    assert len(encoder.distill([], corpus=SENSES, senses={"bat": 2})) == 2
    with pytest.raises(CorpusError):
        encoder.distill([], corpus=SENSES, senses=["nowhere"])


def test_of_many_usages_some_are_grouped_and_the_others_join_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    sides = rng.integers(0, 2, 500)
    vectors = (rng.normal(size=(500, 8)) + 6 * np.eye(8)[sides]).astype(np.float32)
    monkeypatch.setattr(splits, "GROUPED", 50)
    assert (splits.grouped(vectors, 2) == (sides != sides[0])).all()


def test_senses_of_minilm_lie_beside_their_own_words(minilm: Encoder) -> None:
    corpus = [text for text in BATS for _ in range(3)]
    wv = minilm.distill(corpus=corpus, senses={"bat": 2})
    assert wv.recipe["senses"] == {"bat": [18, 18]}
    a, b = wv.unit_rows(wv.vocabulary.rows(["bat#1", "bat#2"]))
    animal, sport = (
        wv.unit_rows(wv.vocabulary.rows(words)) for words in (["cave", "figs", "insects"], ["ball", "cricket", "run"])
    )
    assert (animal @ a).mean() > (animal @ b).mean() and (sport @ b).mean() > (sport @ a).mean()
