"""Small files of the further formats, made by code: for round trips, for damage, for the fuzzer.

``FILES`` names functions that return the bytes of one file; ``FOLDERS`` those that fill a folder.
"""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from firth.formats import save
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

WORDS = ["the", "cat", "naïve", "日本語", "New York", "don't", "well-known", ",", "x_y", *(f"w{i}" for i in range(30))]


def table(dtype: type = np.float32, hashing: str | None = None, words: list[str] | None = None) -> WordVectors:
    """Return a table of random vectors with counts, and subwords of a kind if asked."""
    words = WORDS if words is None else words
    rng = np.random.default_rng(11)
    subwords = None
    if hashing is not None:
        rows = rng.normal(size=(64, 6)).astype(np.float32)
        if hashing == "explicit":
            listed = Vocabulary.from_words(["<un", "uns", "een", "en>", "cat"])
            subwords = Subwords(rows[:5], 3, 3, 5, hashing, ngrams=listed)
        else:
            subwords = Subwords(rows, minn=3, maxn=5, buckets=64, hashing=hashing)
    vectors = rng.normal(size=(len(words), 6)).astype(dtype)
    counts = np.arange(len(words), 0, -1)
    return WordVectors(Vocabulary.from_words(words), vectors, counts=counts, recipe={"made": 1}, subwords=subwords)


def saved(kind: str, name: str, hashing: str | None = None) -> bytes:
    """Return the bytes of the sample table in a format."""
    with tempfile.TemporaryDirectory() as folder:
        return save(table(hashing=hashing), Path(folder) / name, format=kind).read_bytes()


def quantised_fasttext(norms: bool = True, pruned: bool = True) -> bytes:
    """Return a ``.ftz`` of 4 words and 10 buckets, or 3 that are kept, in parts of 3 numbers and a rest of 1."""
    rng = np.random.default_rng(5)
    kept = [(7, 0), (2, 2), (4, 1)] if pruned else []
    n_rows, dim, parts = 4 + (3 if pruned else 10), 7, 3
    head = struct.pack("<2i12id", 793712314, 12, dim, 5, 5, 1, 5, 1, 3, 3, 10, 3, 4, 100, 1e-4)
    head += struct.pack("<3iqq", 5, 4, 1, 100, 3 if pruned else -1)
    for word, kind in (("</s>", 0), ("cat", 0), ("dog", 0), ("naïve", 0), ("__label__x", 1)):
        head += word.encode() + b"\0" + struct.pack("<qb", 9, kind)
    head += b"".join(struct.pack("<2i", *pair) for pair in kept)
    body = struct.pack("<??qqi", True, norms, n_rows, dim, n_rows * parts)
    body += rng.integers(0, 256, n_rows * parts, np.uint8).tobytes()
    body += struct.pack("<4i", dim, parts, 3, 1) + rng.normal(size=256 * dim).astype("<f4").tobytes()
    if norms:
        body += rng.integers(0, 256, n_rows, np.uint8).tobytes()
        body += struct.pack("<4i", 1, 1, 1, 1) + rng.normal(size=256).astype("<f4").tobytes()
    return head + body + struct.pack("<?2q", False, 0, dim)


def old_fasttext() -> bytes:
    """Return the sample in the layout from before the magic number."""
    new = saved("fasttext", "a.bin", "fasttext")
    head, rest = new[8 : 8 + 56], new[8 + 56 :]
    n_words = len(WORDS)
    place = 20 + 8 + sum(len(word.encode()) + 10 for word in WORDS)
    matrix = rest[place + 1 :]
    size = 16 + 4 * 6 * (n_words + 64)
    return head + rest[:20] + rest[28:place] + matrix[:size] + matrix[size + 1 :]


def quantised_fifu() -> bytes:
    """Return a finalfusion file whose rows are codes, with a projection and norms."""
    rng = np.random.default_rng(6)
    words = struct.pack("<Q", 3) + b"".join(struct.pack("<I", len(w)) + w for w in (b"cat", b"dog", b"x"))
    file = io.BytesIO()
    file.write(b"FiFu" + struct.pack("<4I", 0, 2, 1, 4) + struct.pack("<IQ", 1, len(words)) + words)
    parts, dim, centroids = 2, 4, 5
    head = struct.pack("<5IQ2I", 1, 1, parts, dim, centroids, 3, 1, 10)
    padding = b"\0" * (4 - (file.tell() + 12 + len(head)) % 4)
    body = np.eye(dim, dtype="<f4")[::-1].tobytes() + rng.normal(size=centroids * dim).astype("<f4").tobytes()
    body += np.array([1, 2, 3], "<f4").tobytes() + bytes([0, 4, 1, 3, 2, 2])
    file.write(struct.pack("<IQ", 4, len(head) + len(padding) + len(body)) + head + padding + body)
    return file.getvalue()


def gensim_file(protocol: int = 4, fasttext: bool = False) -> bytes:
    """Return a pickle like the one that gensim's ``KeyedVectors.save`` writes, without gensim."""
    import pickle
    import sys
    import types

    name = "FastTextKeyedVectors" if fasttext else "KeyedVectors"
    place = "gensim.models.fasttext" if fasttext else "gensim.models.keyedvectors"
    names = [place.rsplit(".", depth)[0] for depth in (2, 1, 0)]
    modules = {key: types.ModuleType(key) for key in names}
    kind = type(name, (), {"__module__": place})
    setattr(modules[place], name, kind)
    keyed = kind()
    wv = table()
    vectors = {"vectors": np.array(wv.vectors)}
    if fasttext:
        rows = np.array(table(hashing="fasttext").subwords.rows)  # type: ignore[union-attr]
        vectors = {"vectors_vocab": np.array(wv.vectors), "vectors_ngrams": rows}
    keyed.__dict__ = {
        "vector_size": 6, "index_to_key": wv.vocabulary.words(), "key_to_index": {w: i for i, w in enumerate(WORDS)},
        **vectors, "norms": None, "expandos": {"count": np.array(wv.counts)}, "min_n": 3, "max_n": 5, "bucket": 64,
        "compatible_hash": True, "__numpys": [], "__scipys": [], "__ignoreds": ["vectors"], "odd": {1.5, frozenset()},
    }  # fmt: skip
    before = {key: sys.modules.get(key) for key in names}
    sys.modules.update(modules)
    try:
        return pickle.dumps(keyed, protocol)
    finally:
        for key, module in before.items():
            if module is None:
                del sys.modules[key]
            else:
                sys.modules[key] = module


#: Name of a file → what makes its bytes.
FILES: dict[str, Callable[[], bytes]] = {
    "fasttext.bin": lambda: saved("fasttext", "a.bin", "fasttext"),
    "plain-fasttext.bin": lambda: saved("fasttext", "a.bin"),
    "old-fasttext.bin": old_fasttext,
    "pruned.ftz": quantised_fasttext,
    "whole.ftz": lambda: quantised_fasttext(norms=False, pruned=False),
    "gensim.kv": gensim_file,
    "gensim-2.kv": lambda: gensim_file(2),
    "gensim-5.kv": lambda: gensim_file(5),
    "fasttext.kv": lambda: gensim_file(4, fasttext=True),
    "plain.fifu": lambda: saved("finalfusion", "a.fifu"),
    "fasttext.fifu": lambda: saved("finalfusion", "a.fifu", "fasttext"),
    "buckets.fifu": lambda: saved("finalfusion", "a.fifu", "finalfusion"),
    "explicit.fifu": lambda: saved("finalfusion", "a.fifu", "explicit"),
    "codes.fifu": quantised_fifu,
    "a.npz": lambda: saved("npz", "a.npz"),
    "a.parquet": lambda: saved("parquet", "a.parquet"),
    "a.arrow": lambda: saved("arrow", "a.arrow"),
    "subwords.firth": lambda: saved("firth", "a.firth", "fasttext"),
}


def _folder(kind: str) -> Callable[[Path], Path]:
    return lambda path: save(table(), path, format=kind)


#: Name of a folder, or of the first of several files → what writes it to a path.
FOLDERS: dict[str, Callable[[Path], Path]] = {
    "static-model": _folder("static-model"),
    "spacy": _folder("spacy"),
    "vectors.tsv": _folder("projector"),
}
