"""fastText's models: n-grams, unseen words and both layouts, against a slow reader and fastText itself."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import FormatError, MissingWordError
from firth.formats import load, save
from firth.formats.base import ReadOptions, Source
from firth.formats.fasttext import read
from firth.kernels.ngrams import ngram_rows, word_hashes
from firth.subwords import Subwords, fasttext_hashes
from firth.vocabulary import Vocabulary
from tests.formats.peers import run_peer
from tests.formats.samples import WORDS, old_fasttext, quantised_fasttext, table


def slow_hashes(word: str, minn: int, maxn: int) -> list[int]:
    """Hash every n-gram from its start, as ``Dictionary::computeSubwords`` is written."""
    raw = b"<" + word.encode("utf-8", "surrogateescape") + b">"
    out = []
    for i in range(len(raw)):
        if raw[i] & 0xC0 == 0x80:
            continue
        j, n, ngram = i, 1, b""
        while j < len(raw) and n <= maxn:
            ngram += raw[j : j + 1]
            j += 1
            while j < len(raw) and raw[j] & 0xC0 == 0x80:
                ngram += raw[j : j + 1]
                j += 1
            if n >= minn and not (n == 1 and (i == 0 or j == len(raw))):
                h = np.uint32(2166136261)
                with np.errstate(over="ignore"):
                    for byte in np.frombuffer(ngram, np.int8):
                        h = (h ^ np.uint32(int(byte) & 0xFFFFFFFF)) * np.uint32(16777619)
                out.append(int(h))
            n += 1
    return out


words = st.one_of(st.text(max_size=12), st.binary(max_size=9).map(lambda raw: raw.decode("utf-8", "surrogateescape")))


@settings(deadline=None)
@given(words, st.integers(0, 4), st.integers(1, 7))
def test_the_three_ways_to_hash_agree(word: str, minn: int, maxn: int) -> None:
    if word == "</s>" or any("\ud800" <= c <= "\udc7f" or "\udd00" <= c <= "\udfff" for c in word):
        return  # not made of bytes
    expected = slow_hashes(word, minn, maxn)
    assert fasttext_hashes(word, minn, maxn) == expected
    raw = np.frombuffer(word.encode("utf-8", "surrogateescape"), np.uint8)
    out = np.zeros(400, np.uint32)
    assert out[: word_hashes(raw, 0, len(raw), minn, maxn, out)].tolist() == expected


def test_the_signed_char_rule() -> None:
    # the published buckets of finalfusion's own test of fastText's hash
    assert [h % 2_000_000 for h in fasttext_hashes("en", 3, 3)][-1] == 619228
    buckets = sorted(h % 2_000_000 for h in fasttext_hashes("überspringen", 3, 6))
    assert buckets[:4] == [79599, 119685, 255527, 263610] and buckets[-1] == 1992797 and len(buckets) == 42


def test_rows_of_all_words_at_once() -> None:
    vocabulary = Vocabulary.from_words([*WORDS, "</s>", ""])
    starts, rows = ngram_rows(vocabulary.blob, vocabulary.offsets, 3, 6, 1000)
    for row, word in enumerate(vocabulary):
        assert rows[starts[row] : starts[row + 1]].tolist() == [h % 1000 for h in fasttext_hashes(word, 3, 6)]


def slow_vector(word: str, own: np.ndarray | None, rows: np.ndarray, numbers: list[int]) -> np.ndarray:
    """Add up rows in float32, one after another, as fastText does."""
    total = np.zeros(rows.shape[1], np.float32)
    for row in ([] if own is None else [own]) + [rows[number] for number in numbers]:
        total += row
    return total * np.float32(1.0 / (len(numbers) + (own is not None)))


def test_vectors_of_words_and_unseen_words(tmp_path: Path) -> None:
    wv = table(hashing="fasttext")
    back = load(save(wv, tmp_path / "a.bin"))
    assert wv.subwords is not None and back.subwords is not None
    assert back.subwords.settings() == wv.subwords.settings()
    assert (back.subwords.rows == wv.subwords.rows).all()
    np.testing.assert_allclose(back.vectors, wv.vectors, atol=1e-6)
    for word in ("unseen", "naïf", "日本", "caf\udce9"):
        expected = slow_vector(word, None, wv.subwords.rows, wv.subwords.row_numbers(word))
        assert (back[word] == expected).all() and (wv[word] == expected).all()
    assert back.counts is not None and (back.counts == wv.counts).all()


def test_the_old_layout_and_the_new_one_agree() -> None:
    old = read(Source.from_bytes(old_fasttext(), "old.bin"), ReadOptions())
    wv = table(hashing="fasttext")
    np.testing.assert_allclose(old.vectors, wv.vectors, atol=1e-6)
    assert (old["unseen"] == wv["unseen"]).all()


@pytest.mark.parametrize("pruned", [True, False])
@pytest.mark.parametrize("norms", [True, False])
def test_quantised_rows_are_unfolded(pruned: bool, norms: bool) -> None:
    raw = quantised_fasttext(norms, pruned)
    wv = read(Source.from_bytes(raw, "a.ftz"), ReadOptions())
    assert wv.vocabulary.words() == ["</s>", "cat", "dog", "naïve"]
    assert wv.recipe["fasttext"]["labels"] == ["__label__x"] and wv.recipe["fasttext"]["quantised"] is True
    n_rows = 4 + (3 if pruned else 10)
    # the codes again, by hand: the centroids follow 26 bytes of shape, the codes and 16 bytes of the quantiser's shape
    dictionary = 8 + 56 + 28 + sum(len(w.encode()) + 10 for w in [*wv.vocabulary.words(), "__label__x"])
    start = dictionary + (24 if pruned else 0) + 22
    codes = np.frombuffer(raw, np.uint8, 3 * n_rows, start).reshape(n_rows, 3).astype(int)
    centroids = np.frombuffer(raw, "<f4", 256 * 7, start + 3 * n_rows + 16)
    rows = np.zeros((n_rows, 7), np.float32)
    for row in range(n_rows):
        for part, (at, width) in enumerate([(0, 3), (3, 3), (6, 1)]):
            first = 256 * at + codes[row, part] * width
            rows[row, at : at + width] = centroids[first : first + width]
    if norms:
        place = start + 3 * n_rows + 16 + 4 * 256 * 7
        norm_codes = np.frombuffer(raw, np.uint8, n_rows, place)
        rows *= np.frombuffer(raw, "<f4", 256, place + n_rows + 16)[norm_codes][:, None]
    bucket_row = {7: 4, 2: 6, 4: 5} if pruned else {bucket: 4 + bucket for bucket in range(10)}
    for word in ["cat", "dog", "naïve", "</s>", "mouse", "rabbits"]:
        buckets = [h % 10 for h in fasttext_hashes(word, 3, 4)]
        own = rows[wv.row(word)] if word in wv else None
        numbers = [bucket_row[bucket] for bucket in buckets if bucket in bucket_row]
        np.testing.assert_allclose(wv[word], slow_vector(word, own, rows, numbers), rtol=1e-6)


def test_a_word_without_ngrams_is_missing() -> None:
    wv = read(Source.from_bytes(old_fasttext(), "old.bin"), ReadOptions())
    with pytest.raises(MissingWordError):
        wv[""]


def test_parts_keep_their_subwords(tmp_path: Path) -> None:
    path = save(table(hashing="fasttext"), tmp_path / "a.bin")
    whole, part, some = load(path), load(path, top=2), load(path, words=["cat", "w3"])
    assert part.vocabulary.words() == WORDS[:2] and some.vocabulary.words() == ["cat", "w3"]
    assert (some["w3"] == whole["w3"]).all() and (part["unseen"] == whole["unseen"]).all()


def test_what_a_bin_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"of the kind 'floret'.* save \.firth"):
        save(table(hashing="floret"), tmp_path / "a.bin", format="fasttext")
    pruned = read(Source.from_bytes(quantised_fasttext(), "a.ftz"), ReadOptions())
    with pytest.raises(FormatError, match=r"pruned.* save \.firth"):
        save(pruned, tmp_path / "a.bin", format="fasttext")
    back = load(save(pruned, tmp_path / "a.firth"))
    assert (back["mouse"] == pruned["mouse"]).all()


def test_a_version_of_tomorrow() -> None:
    with pytest.raises(FormatError, match="version 13 of a fastText model; versions 11 and 12 are known"):
        read(Source.from_bytes(struct.pack("<2i", 793712314, 13) + bytes(100), "new.bin"), ReadOptions())


def test_words_that_come_twice(tmp_path: Path) -> None:
    from io import BytesIO

    from firth.formats.fasttext_parts import Arguments, write_parts

    file = BytesIO()
    twice = Vocabulary(np.frombuffer(b"aba", np.uint8), np.arange(4))
    write_parts(file, Arguments(2), twice, np.arange(3), np.arange(6, dtype=np.float32).reshape(3, 2))
    wv = read(Source.from_bytes(file.getvalue(), "a.bin"), ReadOptions())
    assert wv.vocabulary.words() == ["a", "b"] and wv.vectors.tolist() == [[0, 1], [2, 3]]
    assert wv.report is not None and wv.report.counts == {"duplicate word": 1}
    with pytest.raises(FormatError, match="read without strict"):
        read(Source.from_bytes(file.getvalue(), "a.bin"), ReadOptions(strict=True))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        words.filter(lambda w: "\0" not in w and not any("\ud800" <= c <= "\udfff" for c in w)),
        min_size=1,
        max_size=8,
        unique=True,
    ),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_writing_undoes_reading(listed: list[str], minn: int, more: int) -> None:
    import tempfile

    rng = np.random.default_rng(len(listed))
    wv = table(words=listed)
    subwords = Subwords(rng.normal(size=(50, 6)).astype(np.float32), max(minn, 1), max(minn, 1) + more, 50)
    wv = type(wv)(wv.vocabulary, wv.vectors, subwords=subwords)
    with tempfile.TemporaryDirectory() as folder:
        back = load(save(wv, Path(folder) / "a.bin"))
    assert back.vocabulary.words() == listed
    np.testing.assert_allclose(back.vectors, wv.vectors, atol=2e-6)


ASKED = ["the", "cat", "naïve", "unseen", "katze", "日本", "über-cool", "w1000", "don't stop", "émigré" * 9]
GENSIM = """
from gensim.models.fasttext import load_facebook_vectors
kv = load_facebook_vectors(sys.argv[1])
print(json.dumps([kv[w].tolist() for w in json.loads(sys.argv[2])]))
"""
FASTTEXT = """
import fasttext
model = fasttext.load_model(sys.argv[1])
print(json.dumps([model.get_word_vector(w).tolist() for w in json.loads(sys.argv[2])]))
"""


def test_gensims_own_objects_keep_the_subwords() -> None:
    pytest.importorskip("gensim")
    wv = table(hashing="fasttext")
    keyed = wv.to_gensim()
    np.testing.assert_allclose([keyed[word] for word in ASKED], [wv[word] for word in ASKED], atol=1e-6)
    back = type(wv).from_gensim(keyed)
    assert (back["unseen"] == wv["unseen"]).all() and (back.vectors == wv.vectors).all()


@pytest.mark.parametrize(("package", "code"), [("gensim", GENSIM), ("fasttext", FASTTEXT)])
def test_a_bin_that_firth_wrote_opens_elsewhere(package: str, code: str, tmp_path: Path) -> None:
    import json

    wv = table(hashing="fasttext")
    path = save(wv, tmp_path / "a.bin")
    theirs = run_peer((package,), code, path, json.dumps(ASKED))
    np.testing.assert_allclose(np.array(theirs), [wv[word] for word in ASKED], atol=1e-6)


@pytest.mark.parametrize(("package", "code"), [("gensim", GENSIM), ("fasttext", FASTTEXT)])
@pytest.mark.parametrize(
    "name", ["lee_fasttext.bin", "lee_fasttext_new.bin", "toy-model.bin", "toy-model-pretrained.bin"]
)
def test_published_models(package: str, code: str, name: str, data: Path) -> None:
    import json

    if package == "fasttext" and name == "lee_fasttext.bin":
        pytest.skip("fastText itself no longer opens the old layout")
    path = data / "formats" / name
    wv = load(path)
    asked = [*wv.vocabulary[:20], "unseen", "naïveté", "日本語"]
    theirs = run_peer((package,), code, path, json.dumps(asked))
    np.testing.assert_allclose(np.array(theirs), [wv[word] for word in asked], atol=1e-6)


TRAIN = """
import fasttext, os, random
folder, rng = sys.argv[1], random.Random(3)
words = ["cat", "dog", "naïve", "über", "日本語"] + [f"w{i}" for i in range(400)]
lines = [" ".join(rng.choice(words) for _ in range(12)) for _ in range(6000)]
open(folder + "/text", "w").write("\\n".join(f"__label__{rng.choice('ab')} {line}" for line in lines))
model = fasttext.train_supervised(folder + "/text", dim=10, bucket=2000, minn=2, maxn=4, epoch=2, thread=1, verbose=0)
model.save_model(folder + "/whole.bin")
for name, options in {"plain": {}, "norms": {"qnorm": True}, "cut": {"qnorm": True, "cutoff": 600}}.items():
    model = fasttext.load_model(folder + "/whole.bin")
    model.quantize(input=folder + "/text", **options)
    model.save_model(f"{folder}/{name}.ftz")
asked = words[:30] + ["unseen", "katze", "日本", "w4000"]
files = sorted(f for f in os.listdir(folder) if f.endswith((".bin", ".ftz")))
models = {f: fasttext.load_model(f"{folder}/{f}") for f in files}
print(json.dumps({f: {w: model.get_word_vector(w).tolist() for w in asked} for f, model in models.items()}))
"""


def test_supervised_and_quantised_models_of_fasttext(tmp_path: Path) -> None:
    theirs = run_peer(("fasttext",), TRAIN, tmp_path)
    assert sorted(theirs) == ["cut.ftz", "norms.ftz", "plain.ftz", "whole.bin"]
    for name, vectors in theirs.items():
        wv = load(tmp_path / name)
        for word, vector in vectors.items():
            np.testing.assert_allclose(wv[word], vector, atol=1e-6, err_msg=f"{name}: {word}")
