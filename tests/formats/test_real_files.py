"""Real files: each loads or gets one clear error; bit by bit what gensim reads, wherever gensim reads it.

The digests below are of what gensim 4.4.0 read (words joined by NUL, then NUL, then the float32 matrix), so that this
runs where gensim is not; where its environment is at hand (``make bench`` makes it, or FIRTH_PEERS names its Python),
they are taken anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import firth
from firth.cli import group
from firth.errors import FirthError
from tests.formats.slow_readers import slow_binary, slow_text

PEERS = Path(os.environ.get("FIRTH_PEERS", Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"))

#: File → words, dim, and digest as gensim reads it.
GENSIM = {
    "formats/bpemb-en.wiki.bpe.vs1000.d25.w2v.bin": (1000, 25, "4bf1e3bb6c9bec36"),
    "formats/euclidean_vectors.bin": (2747, 10, "4cf73d79f9ac8134"),
    "formats/fake_embeddings.5d.txt": (15, 5, "b8ef178512d2945d"),
    "formats/fake_embeddings.5d.txt.bz2": (15, 5, "b8ef178512d2945d"),
    "formats/fake_embeddings.5d.txt.gz": (15, 5, "b8ef178512d2945d"),
    "formats/fake_embeddings.5d.txt.xz": (15, 5, "b8ef178512d2945d"),
    "formats/ff-embeddings.dims.txt": (7, 10, "3f0f835b6b2277dd"),
    "formats/ff-embeddings.txt": (7, 10, "3f0f835b6b2277dd"),
    "formats/ff-embeddings.w2v": (7, 10, "8ecbde332a21976c"),
    "formats/high_precision.kv.bin": (2, 2, "de7e7bc7ac5b2181"),
    "formats/high_precision.kv.txt": (2, 2, "dec2bd7abaf5cc07"),
    "formats/lee_fasttext.vec": (1762, 10, "da87b506270aa63f"),
    "formats/magnitude-fasttext.vec": (5, 2, "dc562168bfc5def7"),
    "formats/magnitude-glove.txt": (5, 2, "dc562168bfc5def7"),
    "formats/magnitude-word2vec.bin": (5, 2, "dc562168bfc5def7"),
    "formats/magnitude-word2vec.txt": (5, 2, "dc562168bfc5def7"),
    "formats/test_glove.txt": (76, 50, "28e9e6e368aa5912"),
    "formats/toy-model.vec": (22, 5, "b058039609f2ee4f"),
    "formats/vecto-plain_no_file_header.txt": (5, 4, "e453a88ebfa5bd4a"),
    "formats/vecto-plain_with_file_header.txt": (9, 4, "d9d5f8be6a839bf7"),
    "vectors/fasttext-crawl-770-300d.vec.gz": (770, 300, "a36e58c9c62ed6d0"),
    "vectors/glove.6B.300d-100.txt": (100, 300, "b4dcc3a7d01f86a9"),
    "vectors/glove.6B.50d-4k.txt.gz": (4196, 50, "f232eff2ac706143"),
    "vectors/word2vec-googlenews-merged-300d.bin.gz": (13784, 300, "b66ad9f6fdf7a1ae"),
    "vectors/word2vec-googlenews-top2000-300d.txt.gz": (2000, 300, "edc7dd96512b6b08"),
    "vectors/word2vec-googlenews-weat-347-300d.txt.gz": (347, 300, "ed8e304c5a64b420"),
}

#: gensim's way to read a file, in its own Python.
READ = """
import hashlib, json, logging, sys
import numpy as np
from gensim.models import KeyedVectors
logging.disable(50)
out = {}
for path in json.load(sys.stdin):
    binary = ".bin" in path or path.endswith(".w2v")
    for options in [{"binary": True}] if binary else [{}, {"no_header": True}]:
        try:
            kv = KeyedVectors.load_word2vec_format(path, **options)
        except Exception:
            continue
        raw = chr(0).join(kv.index_to_key).encode() + bytes(1) + np.ascontiguousarray(kv.vectors).tobytes()
        out.setdefault(path, [len(kv), kv.vector_size, hashlib.sha256(raw).hexdigest()[:16]])
print(json.dumps(out))
"""


def digest(words: list[str], vectors: np.ndarray) -> str:
    """Return the digest of a table."""
    raw = "\0".join(words).encode("utf-8", "surrogateescape") + b"\0" + np.ascontiguousarray(vectors).tobytes()
    return hashlib.sha256(raw).hexdigest()[:16]


def files(data: Path) -> list[Path]:
    """Return all vector files at hand."""
    return sorted([*(data / "formats").glob("*"), *(data / "vectors").glob("*")])


def test_every_file_loads_or_gets_one_clear_error(data: Path) -> None:
    refused = {}
    for path in files(data):
        try:
            wv = firth.load(path)
        except FirthError as error:
            assert "\n" not in str(error)
            assert path.name in str(error)
            refused[path.name] = str(error)
        else:
            assert len(wv) > 0
            assert wv.report is not None
            assert np.isfinite(wv.vectors).all()
    archives = {"multi-file-archive.tar.gz", "multi-file-archive.zip"}
    assert set(refused) == archives
    for name in archives:
        assert "holds 2 files" in refused[name]
        member = f"{data / 'formats' / name}::folder/fake_embeddings.5d.txt"
        assert firth.load(member).dim == 5


@pytest.mark.parametrize("name", GENSIM)
def test_bits_are_those_that_gensim_reads(name: str, data: Path) -> None:
    wv = firth.load(data / name)
    words, dim, expected = GENSIM[name]
    if name == "vectors/glove.6B.50d-4k.txt.gz":  # its header says one word too few; gensim obeys and drops the last
        assert len(wv) == words + 1
        assert wv.report is not None
        assert wv.report.counts == {"header count": 1}
    else:
        assert len(wv) == words
    assert wv.dim == dim
    assert digest(wv.vocabulary.words()[:words], wv.vectors[:words]) == expected


def test_the_digests_are_still_what_gensim_reads(data: Path) -> None:
    if not PEERS.exists():
        pytest.skip("gensim's environment is not here; `make bench` makes it. The digests above stand in for it")
    paths = json.dumps([str(data / name) for name in GENSIM])
    done = subprocess.run([str(PEERS), "-c", READ], input=paths, capture_output=True, text=True, check=True)
    assert {path: tuple(found) for path, found in json.loads(done.stdout).items()} == {
        str(data / name): expected for name, expected in GENSIM.items()
    }


@pytest.mark.parametrize("name", GENSIM)
def test_rows_are_those_of_the_slow_reader(name: str, data: Path) -> None:
    from firth.formats.source import open_source

    source = open_source(data / name)
    raw = source.data.tobytes()
    if len(raw) > 5_000_000:
        raw = raw[:2_000_000]
    wv = firth.load(data / name)
    assert wv.report is not None
    start = raw.index(b"\n") + 1 if wv.report.declared_rows is not None else 0
    if wv.report.format == "word2vec-bin":
        rows, _ = slow_binary(raw, wv.dim, len(wv), start=start)
    else:
        rows = slow_text(raw[: raw.rindex(b"\n") + 1], wv.dim, start=start)
    n = len(rows.words)
    assert n > 0
    assert [word.encode() for word in wv.vocabulary.words()[:n]] == rows.words
    assert wv.vectors[:n].tobytes() == np.array(rows.vectors, np.float32).tobytes()


def test_neighbours_of_the_real_files(data: Path) -> None:
    glove = firth.load(data / "vectors" / "glove.6B.50d-4k.txt.gz")
    assert [(word, round(score, 3)) for word, score in glove.most_similar("cat", topn=3)] == [
        ("dog", 0.922), ("monkey", 0.804), ("snake", 0.780)
    ]  # fmt: skip
    crawl = firth.load(data / "vectors" / "fasttext-crawl-770-300d.vec.gz")
    assert [(word, round(score, 3)) for word, score in crawl.most_similar("good", topn=2)] == [
        ("great", 0.743), ("better", 0.606)
    ]  # fmt: skip


def test_the_commands_on_a_real_file(data: Path, tmp_path: Path) -> None:
    source, target = str(data / "vectors" / "glove.6B.50d-4k.txt.gz"), str(tmp_path / "glove.firth")
    done = CliRunner().invoke(group, ["convert", source, target])
    assert done.exit_code == 0
    assert "line 1: the header promises 4,196 rows, the file has 4,197; all were read" in done.output
    assert f"wrote {target}: 4,197 words x 50, float32" in done.output
    found = json.loads(CliRunner().invoke(group, ["info", target, "--json"]).output)
    assert {"words", "dim", "dtype", "format", "source", "recipe", "report"} <= set(found)
    assert (found["words"], found["dim"], found["dtype"], found["format"]) == (4197, 50, "float32", "firth")
    assert found["source"] == source
    assert found["recipe"]["sha256"] == hashlib.sha256(Path(source).read_bytes()).hexdigest()
    assert found["report"]["counts"] == {"header count": 1}
