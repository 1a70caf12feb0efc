"""Every vector file of the real data opens with the right rows, or gives one clear reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth.errors import FormatError
from firth.formats import load

#: Name → words, dim, and whether unseen words get a vector; or the reason why it does not open.
EXPECTED: dict[str, tuple[int, int, bool] | str] = {
    "bpemb-en.wiki.bpe.vs1000.d25.w2v.bin": (1000, 25, False),
    "euclidean_vectors.bin": (2747, 10, False),
    "fake_embeddings.5d.txt": (15, 5, False),
    "fake_embeddings.5d.txt.bz2": (15, 5, False),
    "fake_embeddings.5d.txt.gz": (15, 5, False),
    "fake_embeddings.5d.txt.tar.gz": (15, 5, False),
    "fake_embeddings.5d.txt.xz": (15, 5, False),
    "fake_embeddings.5d.txt.zip": (15, 5, False),
    "ff-embeddings.dims.txt": (7, 10, False),
    "ff-embeddings.fifu": (7, 10, False),
    "ff-embeddings.txt": (7, 10, False),
    "ff-embeddings.w2v": (7, 10, False),
    "high_precision.kv.bin": (2, 2, False),
    "high_precision.kv.txt": (2, 2, False),
    "lee_fasttext.bin": (1762, 10, True),
    "lee_fasttext.vec": (1762, 10, False),
    "lee_fasttext_new.bin": (1763, 10, True),
    "magnitude-fasttext.vec": (5, 2, False),
    "magnitude-glove.txt": (5, 2, False),
    "magnitude-word2vec.bin": (5, 2, False),
    "magnitude-word2vec.txt": (5, 2, False),
    "multi-file-archive.tar.gz": "the tar archive holds",
    "multi-file-archive.zip": "the zip archive holds",
    "pang_lee_polarity_fasttext.bin": (1694, 100, False),
    "pang_lee_polarity_fasttext.vec": (1694, 100, False),
    "pretrained.vec": (1, 5, False),
    "test_glove.txt": (76, 50, False),
    "toy-model-pretrained.bin": (24, 5, True),
    "toy-model.bin": (22, 5, True),
    "toy-model.vec": (22, 5, False),
    "vecto-plain_no_file_header.txt": (5, 4, False),
    "vecto-plain_with_file_header.txt": (9, 4, False),
    "fasttext-crawl-770-300d.vec.gz": (770, 300, False),
    "glove.6B.300d-100.txt": (100, 300, False),
    "glove.6B.50d-4k.txt.gz": (4197, 50, False),
    "word2vec-googlenews-merged-300d.bin.gz": (13784, 300, False),
    "word2vec-googlenews-top2000-300d.txt.gz": (2000, 300, False),
    "word2vec-googlenews-weat-347-300d.txt.gz": (347, 300, False),
}


def test_every_file_of_the_data_is_listed(data: Path) -> None:
    there = {path.name for folder in ("formats", "vectors") for path in (data / folder).iterdir()}
    assert there == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_published_file_opens_or_says_why_not(name: str, data: Path) -> None:
    path = next(data / folder / name for folder in ("formats", "vectors") if (data / folder / name).exists())
    expected = EXPECTED[name]
    if isinstance(expected, str):
        with pytest.raises(FormatError, match=expected) as refused:
            load(path)
        assert "\n" not in str(refused.value)
        return
    wv = load(path)
    assert (len(wv), wv.dim, wv.subwords is not None) == expected
    if wv.subwords is not None:
        assert np.isfinite(wv["never seen before"]).all()


@pytest.mark.parametrize(("model", "vec"), [
    ("lee_fasttext.bin", "lee_fasttext.vec"), ("pang_lee_polarity_fasttext.bin", "pang_lee_polarity_fasttext.vec"),
    ("toy-model.bin", "toy-model.vec"),
])  # fmt: skip
def test_a_model_and_its_vec_agree(model: str, vec: str, data: Path) -> None:
    one, other = load(data / "formats" / model), load(data / "formats" / vec)
    assert one.vocabulary.words() == other.vocabulary.words()
    np.testing.assert_allclose(one.vectors, other.vectors, rtol=5.1e-5, atol=1e-6)  # a .vec keeps five digits
