"""The .floret file: read by a slow reader of its own, read back, and damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from firth import load
from firth.cli import group
from firth.errors import FormatError
from firth.formats import save
from firth.training import train
from firth.wordvectors import WordVectors
from tests.formats.peers import run_peer
from tests.formats.samples import table as sample
from tests.training.test_train import topics

ASKED = ["cat", "the", "unseen", "naïveté", "日本語", "a-rather-long-word-of-many-letters"]


@pytest.fixture(scope="module")
def trained() -> WordVectors:
    return train(
        topics(200), model="floret", dim=20, buckets=50, hashes=3, minn=2, maxn=4, sample=0.0, epochs=1, min_count=1,
        progress=False,
    )  # fmt: skip


def rotated(x: int, by: int) -> int:
    return (x << by | x >> 64 - by) % 2**64


def murmur3(key: bytes, seed: int) -> list[int]:
    """MurmurHash3_x64_128 once more, from its published description, a byte at a time."""
    h, c = [seed, seed], (0x87C37B91114253D5, 0x4CF5AD432745937F)
    turn, add, spin = (31, 33), (0x52DCE729, 0x38495AB5), (27, 31)
    padded = key + bytes(-len(key) % 16)
    for start in range(0, len(padded), 16):
        for half in (0, 1):
            block = padded[start + 8 * half : start + 8 * half + 8]
            k = sum(byte << 8 * place for place, byte in enumerate(block))
            h[half] ^= rotated(k * c[half] % 2**64, turn[half]) * c[1 - half] % 2**64
            if start + 16 <= len(key):
                h[half] = ((rotated(h[half], spin[half]) + h[1 - half]) * 5 + add[half]) % 2**64
    h = [x ^ len(key) for x in h]
    h[0] = sum(h) % 2**64
    h[1] = sum(h) % 2**64
    for half in (0, 1):
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 1):
            h[half] = (h[half] ^ h[half] >> 33) * factor % 2**64
    h[0] = sum(h) % 2**64
    h[1] = sum(h) % 2**64
    return [part for x in h for part in (x % 2**32, x >> 32)]


def slow_vector(path: Path, word: str) -> Any:
    """Return the vector of a word by what stands in the file alone."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    buckets, dim, minn, maxn, hashes, seed = map(int, head.split()[:6])
    begin, end = head.split()[6:]
    table = {int(line.split()[0]): np.array(line.split()[1:], np.float64) for line in lines}
    assert sorted(table) == list(range(buckets)) and {len(row) for row in table.values()} == {dim}
    whole = begin + word + end
    parts = [whole] + [whole[i : i + n] for n in range(minn, maxn + 1) for i in range(len(whole) - n + 1)]
    rows = [table[h % buckets] for part in parts for h in murmur3(part.encode(), seed)[:hashes]]
    return np.mean(rows, axis=0)


def test_a_slow_reader_finds_the_same_vectors(trained: WordVectors, tmp_path: Path) -> None:
    path = save(trained, tmp_path / "a.floret")
    assert path.read_text().splitlines()[0] == "50 20 2 4 3 2166136261 < >"
    for word in ASKED:
        np.testing.assert_allclose(trained[word], slow_vector(path, word), atol=1e-6)


def test_it_is_read_back(trained: WordVectors, tmp_path: Path) -> None:
    path = save(trained, tmp_path / "a.floret.gz", format="floret")
    part = load(path, words=ASKED)
    assert part.vocabulary.words() == sorted(ASKED)
    for word in [*ASKED, "further"]:
        np.testing.assert_allclose(part[word], trained[word], atol=1e-6)
    none = load(path)
    assert len(none) == 0 and none.subwords is not None
    assert (none.subwords.rows == trained.subwords.rows).all()  # type: ignore[union-attr]


def test_command(tmp_path: Path) -> None:
    corpus, out = tmp_path / "corpus.txt", tmp_path / "a.floret"
    corpus.write_text("\n".join(" ".join(sentence) for sentence in topics(50)))
    options = "--model floret --dim 20 --buckets 40 --min-count 1 --epochs 1"
    done = CliRunner().invoke(group, ["train", str(corpus), "-o", str(out), *options.split()])
    assert done.exit_code == 0, done.output
    assert out.read_text().startswith("40 20 3 6 2 2166136261 < >\n0 ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("< >", "[ ]", 1), "firth knows < and >"),
        (lambda text: text[: len(text) // 2], "can be used where 50 x 20 are promised"),
        (lambda text: text.replace("\n7 ", "\n8 "), "can be used where"),
        (lambda text: text.replace("50 20", "50 21", 1), "where 50 x 21 are promised"),
        (lambda text: text.replace("50 20", "5000000 20", 1), "too short for them"),
        (lambda text: text.replace("50 20 2 4 3", "50 20 2 4 9", 1), "9 hashes"),
        (lambda text: text.replace("50 20 2 4", "50 20 5 4", 1), "subwords of 5 to 4"),
    ],
)
def test_damage_is_told(change: Any, message: str, trained: WordVectors, tmp_path: Path) -> None:
    path = save(trained, tmp_path / "a.floret")
    path.write_text(change(path.read_text()))
    with pytest.raises(FormatError, match=message):
        load(path)


def test_other_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has no subwords"):
        save(WordVectors.from_words(["a"], [[1.0]]), tmp_path / "a.floret")
    with pytest.raises(FormatError, match="of the kind 'fasttext'"):
        save(sample(hashing="fasttext"), tmp_path / "a.floret")


SPACY = """
import pathlib, subprocess, spacy
folder = pathlib.Path(sys.argv[1])
command = [sys.executable, "-m", "spacy", "init", "vectors", "en", str(folder / "a.floret"), str(folder / "out")]
subprocess.run([*command, "--mode", "floret"], check=True, capture_output=True)
vectors = spacy.load(folder / "out").vocab.vectors
print(json.dumps([vectors[w].tolist() for w in json.loads(sys.argv[2])]))
"""


def test_spacy_reads_it(trained: WordVectors, tmp_path: Path) -> None:
    import json

    save(trained, tmp_path / "a.floret")
    theirs = run_peer(("spacy",), SPACY, tmp_path, json.dumps(ASKED))
    np.testing.assert_allclose(np.array(theirs), [trained[word] for word in ASKED], atol=1e-5)


def test_what_floret_itself_wrote(tmp_path: Path) -> None:
    floret = pytest.importorskip("floret")
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(" ".join(line) for line in topics(300)), encoding="utf-8")
    model = floret.train_unsupervised(
        str(corpus), model="skipgram", mode="floret", hashCount=3, bucket=500, minn=2, maxn=4, dim=20, epoch=1,
        thread=1, minCount=1, verbose=0,
    )  # fmt: skip
    model.save_floret_vectors(str(tmp_path / "x.floret"))
    wv = load(tmp_path / "x.floret")
    for word in set(ASKED) - set(model.get_words()):
        np.testing.assert_allclose(wv[word], model.get_word_vector(word), atol=1e-4)  # the file has 5 digits
