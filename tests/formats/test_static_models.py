"""Static models and spaCy's vectors, against the packages that write and read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from firth.errors import FormatError, ReadError
from firth.formats import load, save
from tests.formats.peers import run_peer
from tests.formats.samples import WORDS, table


def write_model(folder: Path, tensors: dict[str, np.ndarray], tokenizer: object) -> None:
    """Write a model as another tool would."""
    save_file = pytest.importorskip("safetensors.numpy").save_file
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


VOCAB = {"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "cat": 1, "##s": 2}}, "added_tokens": []}


def test_weights_and_mapping_of_model2vec(tmp_path: Path) -> None:
    rows = np.arange(4, dtype=np.float32).reshape(2, 2)
    tensors = {"embeddings": rows, "mapping": np.array([0, 1, 1]), "weights": np.array([1.0, 2.0, 0.5])}
    write_model(tmp_path / "m", tensors, VOCAB)
    for path in (tmp_path / "m", tmp_path / "m" / "model.safetensors"):
        wv = load(path)
        assert wv.vocabulary.words() == ["[UNK]", "cat", "##s"]
        assert wv.vectors.tolist() == [[0, 1], [4, 6], [1, 1.5]]


def test_tokenizers_of_all_kinds(tmp_path: Path) -> None:
    rows = {"embedding.weight": np.eye(3, dtype=np.float16)}
    unigram = {"model": {"type": "Unigram", "vocab": [["<unk>", 0.0], ["▁cat", -1.5]]},
               "added_tokens": [{"id": 2, "content": "New York"}]}  # fmt: skip
    write_model(tmp_path / "u", rows, unigram)
    wv = load(tmp_path / "u")
    assert wv.vocabulary.words() == ["<unk>", "▁cat", "New York"] and wv.vectors.dtype == np.float16
    (tmp_path / "u").rename(tmp_path / "0_StaticEmbedding")
    assert len(load(tmp_path)) == 3


def test_numbers_that_numpy_lacks(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    write_model(tmp_path / "m", {"embeddings": np.eye(3, dtype=np.float32)}, VOCAB)
    rows = torch.randn(3, 4).to(torch.bfloat16)
    save_file({"embeddings": rows}, tmp_path / "m" / "model.safetensors")
    assert (load(tmp_path / "m").vectors == rows.float().numpy()).all()


def test_models_that_are_none(tmp_path: Path) -> None:
    write_model(tmp_path / "m", {"embeddings": np.eye(2, dtype=np.float32)}, VOCAB)
    with pytest.raises(FormatError, match="2 rows for 3 tokens"):
        load(tmp_path / "m")
    write_model(tmp_path / "m", {"bert.layer.0": np.eye(2, dtype=np.float32)}, VOCAB)
    with pytest.raises(FormatError, match=r"no static model: .* but bert\.layer\.0 \(2, 2\)"):
        load(tmp_path / "m")
    write_model(tmp_path / "m", {"embeddings": np.eye(3, dtype=np.float32)}, {"model": {"vocab": {"a": 1 << 60}}})
    with pytest.raises(FormatError, match="damaged"):
        load(tmp_path / "m")
    (tmp_path / "m" / "tokenizer.json").unlink()
    with pytest.raises(ReadError, match=r"no tokenizer\.json stands beside it"):
        load(tmp_path / "m" / "model.safetensors")


def test_the_tokenizer_gives_every_word_one_token(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    save(table(), tmp_path / "m", format="static-model")
    tokenizer = tokenizers.Tokenizer.from_file(str(tmp_path / "m" / "tokenizer.json"))
    for row, word in enumerate(WORDS):
        assert tokenizer.encode(word, add_special_tokens=False).ids == [row], word
    text = "The cat, in New York: don't"
    assert tokenizer.encode(text).tokens[1:] == ["cat", ",", "[UNK]", "New York", "[UNK]", "don't"]


READ = {
    "model2vec": """
from model2vec import StaticModel
model = StaticModel.from_pretrained(sys.argv[1])
vectors = [model.encode([word])[0].tolist() for word in json.loads(sys.argv[3])]
model.save_pretrained(sys.argv[2])
print(json.dumps(vectors))
""",
    "sentence_transformers": """
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
vectors = model.encode(json.loads(sys.argv[3])).tolist()
model.save(sys.argv[2])
print(json.dumps(vectors))
""",
    "spacy": """
import spacy
from spacy.vocab import Vocab
vocab = Vocab().from_disk(sys.argv[1])
vectors = [vocab.get_vector(word).tolist() for word in json.loads(sys.argv[3])]
nlp = spacy.blank("en")
for word, vector in zip(json.loads(sys.argv[3]), vectors):
    nlp.vocab.set_vector(word, np.array(vector, "f"))
nlp.to_disk(sys.argv[2])
print(json.dumps(vectors))
""",
}


@pytest.mark.parametrize("package", READ)
def test_there_and_back_through(package: str, tmp_path: Path) -> None:
    wv = table()
    path = save(wv, tmp_path / "ours", format="spacy" if package == "spacy" else "static-model")
    theirs = run_peer((package,), READ[package], path, tmp_path / "theirs", json.dumps(WORDS))
    np.testing.assert_allclose(theirs, wv.vectors, atol=1e-6)
    back = load(tmp_path / "theirs")
    np.testing.assert_allclose([back[word] for word in WORDS], wv.vectors, atol=1e-6)


def test_floret_vectors_of_spacy(tmp_path: Path) -> None:
    code = """
from spacy.vocab import Vocab
from spacy.vectors import Vectors
vocab = Vocab()
for word in ["cat", "dog"]:
    vocab.strings.add(word)
rows = np.random.default_rng(1).normal(size=(50, 6)).astype("f")
options = dict(mode="floret", minn=2, maxn=4, hash_count=2, hash_seed=7)
vocab.vectors = Vectors(data=rows, strings=vocab.strings, **options)
vocab.to_disk(sys.argv[1])
print(json.dumps([vocab.get_vector(w).tolist() for w in ["cat", "unseen", "über"]]))
"""
    theirs = run_peer(("spacy",), code, tmp_path / "floret")
    wv = load(tmp_path / "floret")
    assert set(wv.vocabulary.words()) == {"cat", "dog"} and wv.subwords is not None
    np.testing.assert_allclose([wv[w] for w in ["cat", "unseen", "über"]], theirs, atol=1e-6)
    wv.save(tmp_path / "a.firth")
    assert (load(tmp_path / "a.firth")["unseen"] == wv["unseen"]).all()


def test_spacy_words_that_share_a_row(tmp_path: Path) -> None:
    path = save(table(words=["cat", "dog"]), tmp_path / "v", format="spacy")
    raw = bytearray((path / "key2row").read_bytes())
    raw[-1] = 0  # dog in cat's row
    (path / "key2row").write_bytes(bytes(raw))
    wv = load(path)
    assert wv.vocabulary.words() == ["cat", "dog"] and (wv["cat"] == wv["dog"]).all()
    (path / "strings.json").write_text('["cat"]')
    wv = load(path)
    assert wv.vocabulary.words() == ["cat"] and wv.report is not None and wv.report.counts == {"nameless key": 1}
    (path / "strings.json").unlink()
    with pytest.raises(ReadError, match="names their words"):
        load(path)


def test_finalfusion_hash() -> None:
    from firth.subwords import finalfusion_hash, ngrams

    # the buckets of finalfusion's own test
    buckets = sorted(finalfusion_hash(ngram) & 1023 for ngram in ngrams("tübingen", 3, 6))
    assert buckets[:5] == [12, 67, 72, 122, 166] and buckets[-1] == 1005 and len(buckets) == 26
