"""Going on with a table: warm start, frozen words, new text with new words."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.errors import FormatError, OptionError, ReadError, WriteError
from firth.training import Moment, TrainOptions, train
from firth.training.continuing import Beginning
from firth.training.counting import encode_corpus
from firth.training.frozen import Frozen, stretches
from firth.training.skipgram import SkipGram
from firth.training.state import read_state
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors
from tests.training.test_train import topics

GIVEN: dict[str, Any] = {"dim": 12, "epochs": 2, "min_count": 1, "sample": 0.0, "seed": 1, "threads": 1}


def small(corpus: Any, **options: Any) -> WordVectors:
    return train(corpus, **{**GIVEN, "progress": False, **options})


def news(n: int = 600) -> list[list[str]]:
    """Return sentences that lack the old "ship" and "bus" and have a new "truck" beside "car" and "train"."""
    random = np.random.default_rng(5)
    kinds = (["cat", "dog", "cow"], ["car", "train", "truck"])
    return [
        [str(w) for _ in range(4) for w in (random.choice(["the", "a"]), random.choice(kinds[k % 2]))] for k in range(n)
    ]


def test_known_words_are_kept_however_rare() -> None:
    corpus = [["a"] * 5 + ["b", "c", "New York"], ["a", "d"]]
    known = Vocabulary.from_words(["zzz", "c", "New York", "y"])
    encoded = encode_corpus(corpus, min_count=3, known=known)
    assert encoded.vocabulary.words() == ["a", "c", "New York"]
    assert encoded.counts.tolist() == [6, 1, 1]
    assert encoded.stream.read(0, len(encoded.stream)).tolist() == [0] * 5 + [1, 2, -1, 0, -1]
    assert (encoded.n_types, encoded.n_tokens) == (5, 10)
    only = encode_corpus(corpus, min_count=50, known=known)
    assert only.vocabulary.words() == ["c", "New York"]


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_a_warm_start_begins_with_the_vectors_of_the_table(model: str) -> None:
    old = small(topics(), model=model)
    first: list[WordVectors] = []

    def keep(moment: Moment) -> None:
        first.append(moment.table())

    # a rate of almost nothing shows where training began
    wv = small(news(), model=model, start_from=old, lr=1e-9, min_lr=0.0, callbacks=keep)
    for word in ("cat", "the", "car"):
        np.testing.assert_allclose(wv[word], old[word], atol=1e-5)
        np.testing.assert_allclose(first[0][word], old[word], atol=1e-5)
    assert "truck" in wv
    assert "ship" not in wv
    told = wv.recipe["started_from"]
    assert (told["words"], told["trained_again"], told["new_words"]) == (11, 7, 1)
    assert told["recipe"]["parameters"]["model"] == model


def test_a_table_of_float16_starts_too() -> None:
    old = WordVectors.from_words(["cat", "dog"], np.ones((2, 12), np.float16))
    assert np.allclose(small(news(50), start_from=old, freeze="all-known")["cat"], 1.0)


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
@pytest.mark.parametrize("threads", [1, 3])
def test_frozen_words_keep_every_bit_and_others_learn(model: str, threads: int) -> None:
    old = small(topics(), model=model)
    seen: list[WordVectors] = []

    def keep(moment: Moment) -> None:
        seen.append(moment.table())

    wv = small(news(), model=model, start_from=old, freeze="all-known", threads=threads, callbacks=keep, epochs=8)
    for word in ("cat", "dog", "cow", "car", "train", "the", "a"):
        assert np.array_equal(wv[word], old[word])
        assert all(np.array_equal(table[word], old[word]) for table in seen)
    assert wv.recipe["frozen"] == 7
    assert wv.most_similar("truck", topn=2)[0][0] in {"car", "train"}
    some = small(news(), model=model, start_from=old, freeze=["cat", "nonsense"])
    assert np.array_equal(some["cat"], old["cat"])
    assert not np.array_equal(some["dog"], old["dog"])
    assert some.recipe["frozen"] == 1


def test_frozen_stretches_cover_a_chunk_and_train_as_the_model_does() -> None:
    random = np.random.default_rng(0)
    ids = random.integers(0, 50, 30_000).astype(np.int32)
    ids[random.random(len(ids)) < 0.2] = -1
    cuts = list(stretches(ids))
    assert cuts[0][0] == 0
    assert cuts[-1][1] == len(ids)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(cuts))
    assert all(100 <= stop - start <= 200 and ids[stop - 1] == -1 for start, stop in cuts[:-1])
    assert len(list(stretches(np.zeros(30_000, np.int32)))) == 150  # one endless sentence
    options = TrainOptions(dim=12, sample=0.0, seed=1)
    counts = np.bincount(ids[ids >= 0])
    tallies = []
    for frozen in (False, True):
        model = SkipGram(counts, options, 30_000)
        model.start()
        nobody = np.zeros(len(counts), np.bool_)
        used: Any = Frozen(model, nobody, np.zeros((0, 12), np.float32)) if frozen else model
        space = used.workspace()
        used.train(space, ids, (0.05, 0.04), 0, 0)
        tallies.append(used.tally(space))
    assert tallies[0][2] == tallies[1][2]
    assert tallies[0][1] == pytest.approx(tallies[1][1], rel=0.02)
    assert tallies[0][0] / tallies[0][1] == pytest.approx(tallies[1][0] / tallies[1][1], rel=0.02)


def test_going_on_keeps_old_words_and_adds_new_ones(tmp_path: Path) -> None:
    state = tmp_path / "old.firth.state"
    old = small([*topics(), ["rare"]], keep_state=state)
    assert np.array_equal(read_state(state).inputs, old.vectors)
    tables: list[WordVectors] = []

    def keep(moment: Moment) -> None:
        tables.append(moment.table())

    second = tmp_path / "new.state"
    new = small([*news(), ["rare", "once"]], continue_from=tmp_path / "old.firth", keep_state=second, min_count=2,
                callbacks=keep)  # fmt: skip
    assert set(new.vocabulary.words()) == {*old.vocabulary.words(), "truck"}
    for word in ("ship", "bus", "horse", "of"):  # not in the new text
        assert np.array_equal(new[word], old[word])
        assert np.array_equal(tables[0][word], old[word])
    assert not np.array_equal(new["cat"], old["cat"])
    assert old.counts is not None
    assert new.counts is not None
    fresh = encode_corpus([*news(), ["rare", "once"]], min_count=1)
    counts = dict(zip(fresh.vocabulary.words(), fresh.counts.tolist(), strict=True))
    for word in new.vocabulary.words():
        before = int(old.counts[old.row(word)]) if word in old else 0
        assert new.counts[new.row(word)] == before + counts.get(word, 0)
    assert (np.diff(new.counts) <= 0).all()
    story = new.recipe["continued_from"]
    assert (story["words"], story["trained_again"], story["new_words"]) == (12, 8, 1)
    kept = read_state(second)
    assert kept.vocabulary.words() == new.vocabulary.words()
    assert np.array_equal(kept.inputs, new.vectors)
    assert np.array_equal(kept.counts, new.counts)
    was = read_state(state)
    for word in ("ship", "of"):
        rows = kept.vocabulary.get(word), was.vocabulary.get(word)
        assert np.array_equal(kept.outputs[rows[0]], was.outputs[rows[1]])
    third = small(news(50), continue_from=second)
    assert third.recipe["continued_from"]["recipe"]["continued_from"]["recipe"] == old.recipe
    assert "continued_from" not in old.recipe


def test_going_on_begins_where_training_ended(tmp_path: Path) -> None:
    """The loss of the first epoch on the same text is that of the last, where a warm start has to learn contexts."""
    state = tmp_path / "old.state"
    old = small(topics(), keep_state=state, epochs=10)
    on = small(topics(), continue_from=state, epochs=1, lr=0.01)
    warm = small(topics(), start_from=old, epochs=1, lr=0.01)
    assert on.recipe["loss"][0] == pytest.approx(old.recipe["loss"][-1], rel=0.02)
    assert warm.recipe["loss"][0] > on.recipe["loss"][0]


def test_new_words_come_to_their_kind(tmp_path: Path) -> None:
    state = tmp_path / "old.state"
    small(topics(), keep_state=state, epochs=10)
    new = small(news(), continue_from=state, epochs=10)
    # "bus" and "ship" stand where they stood, "truck" only met "car" and "train"
    assert {word for word, _ in new.most_similar("truck", topn=2)} <= {"car", "train", "bus", "ship"}


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    old = small(topics(100))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"start_from": old, "dim": 13}, "dim is 13 and the vectors of start_from have 12 numbers; pass dim=12"),
        ({"start_from": old, "model": "glove"}, "start_from is for the models skipgram and cbow"),
        ({"keep_state": tmp_path / "x", "model": "glove"}, "keep_state is for the models skipgram and cbow"),
        ({"freeze": "all-known"}, "give start_from or continue_from too"),
        ({"start_from": old, "freeze": "cat"}, "expected a list of words, or 'all-known'"),
        ({"start_from": old, "freeze": ["Cat"]}, "none of the 1 words to freeze"),
        ({"start_from": old, "continue_from": "x"}, "both given"),
    ]
    for options, message in wrong:
        given = {**options, **({"sample": None} if options.get("model") == "glove" else {})}
        with pytest.raises(OptionError, match=message):
            small(topics(100), **given)
    with pytest.raises(ReadError, match=r"there is no .*model\.firth\.state: a table alone cannot be trained further"):
        small(topics(100), continue_from=tmp_path / "model.firth")
    state = tmp_path / "a.state"
    old.save(tmp_path / "a.firth")
    (tmp_path / "a.firth").rename(state)
    with pytest.raises(FormatError, match="no training state"):
        read_state(state)
    small(topics(100), keep_state=state)
    whole = state.read_bytes()
    state.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(FormatError, match="not what was written"):
        read_state(state)
    state.write_bytes(whole[:-9])
    with pytest.raises(FormatError, match="cut or damaged"):
        read_state(state)
    state.write_bytes(b"")
    with pytest.raises(FormatError):
        read_state(state)


def test_a_state_that_cannot_be_written_costs_no_training(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="there is no folder"):
        small(topics(100), keep_state=tmp_path / "no" / "a.state")
    blocked = tmp_path / "a.state"
    blocked.mkdir()
    with pytest.warns(RuntimeWarning, match="the training state is not kept: cannot write"):
        wv = small(topics(100), keep_state=blocked)
    assert len(wv) == 11
    assert "a folder stands there" in wv.recipe["state_not_kept"]


def test_a_beginning_at_random_changes_nothing() -> None:
    assert Beginning().known is None
    assert not set(small(topics(100)).recipe) & {"started_from", "continued_from", "frozen"}
