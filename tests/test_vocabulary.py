"""Vocabulary: look-ups by the hash table equal a dict's, however it was built."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import DuplicateWordError, FormatError
from firth.vocabulary import IndexToKey, KeyToIndex, Vocabulary, _fill, hash_word, slot_count

words = st.lists(st.text(max_size=20).filter(lambda w: not any("\ud800" <= c <= "\udfff" for c in w)), unique=True)


@given(words, st.lists(st.text(max_size=20)))
def test_looks_up_as_a_dict_does(known: list[str], asked: list[str]) -> None:
    vocabulary = Vocabulary.from_words(known)
    rows = {word: row for row, word in enumerate(known)}
    assert vocabulary.words() == known == list(vocabulary) == vocabulary[:]
    assert [vocabulary.get(word) for word in known + asked] == [rows.get(word) for word in known + asked]
    assert vocabulary.rows(known + asked).tolist() == [rows.get(word, -1) for word in known + asked]


def test_large_vocabularies_use_the_same_table() -> None:
    known = [f"w{i}é" for i in range(20_000)]
    vocabulary = Vocabulary.from_words(known)  # built by the kernel
    plain = np.full(slot_count(len(known)), -1, np.int32)
    _fill(vocabulary.blob.tobytes(), vocabulary.offsets.tolist(), plain)
    assert (plain == vocabulary.slots).all()
    asked = [*known, *(f"x{i}" for i in range(100))]
    assert (vocabulary.rows(asked) == [*range(20_000), *[-1] * 100]).all()


@given(st.binary(max_size=70))
def test_both_hashes_agree(word: bytes) -> None:
    from firth.kernels.wordhash import hash_bytes

    assert int(hash_bytes(np.frombuffer(word, np.uint8), 0, len(word))) == hash_word(word)


def test_the_hash_spreads_words_that_differ_in_one_late_letter() -> None:
    slots = {hash_word(f"abcdefg{c}".encode()) & 0xFFFF for c in "abcdefghijklmnopqrstuvwxyz0123456789"}
    assert len(slots) >= 34


def test_bytes_that_are_not_utf8_round_trip() -> None:
    word = b"caf\xe9".decode("utf-8", "surrogateescape")
    vocabulary = Vocabulary.from_words(["a", word])
    assert vocabulary.get(word) == 1
    assert vocabulary[1].encode("utf-8", "surrogateescape") == b"caf\xe9"


@pytest.mark.parametrize("n", [3, 6_000])
def test_a_word_given_twice_is_refused(n: int) -> None:
    with pytest.raises(DuplicateWordError, match=f"'w1' comes twice, in rows 1 and {n}"):
        Vocabulary.from_words([*(f"w{i}" for i in range(n)), "w1"])


def test_arrays_that_do_not_fit_are_refused() -> None:
    blob, offsets = np.frombuffer(b"abc", np.uint8), np.array([0, 1, 3])
    with pytest.raises(FormatError, match="offsets run from 0 to 2, expected 0 to 3"):
        Vocabulary(blob, np.array([0, 1, 2]))
    with pytest.raises(FormatError, match="3 slots"):
        Vocabulary(blob, offsets, np.full(3, -1, np.int32))


@given(st.lists(st.integers(-5, 9), min_size=8, max_size=8))
def test_a_damaged_table_never_hangs_or_reads_outside(slots: list[int]) -> None:
    vocabulary = Vocabulary(np.frombuffer(b"abc", np.uint8), np.array([0, 1, 3]), np.array(slots, np.int32))
    for word in ("a", "bc", "x"):
        assert vocabulary.get(word) in (None, 0, 1)


def test_the_arrays_cannot_be_written() -> None:
    vocabulary = Vocabulary.from_words(["a", "b"])
    for array in (vocabulary.blob, vocabulary.offsets, vocabulary.slots):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_gensim_views() -> None:
    vocabulary = Vocabulary.from_words(["a", "b"])
    mapping, sequence = KeyToIndex(vocabulary), IndexToKey(vocabulary)
    assert dict(mapping) == {"a": 0, "b": 1}
    assert list(sequence) == ["a", "b"] == sequence
    assert sequence[-1] == "b"
    with pytest.raises(KeyError):
        mapping["c"]
    with pytest.raises(IndexError, match="outside a vocabulary of 2 words"):
        sequence[2]
