"""A tiny model with random weights, made by code; and what a missing part means."""

from __future__ import annotations

import json
import os
import string
from pathlib import Path

import numpy as np
import pytest


def missing(reason: str) -> None:
    """Skip for a part that is missing here; fail where everything is required."""
    if os.environ.get("FIRTH_CI") == "1":
        pytest.fail(f"required by FIRTH_CI=1: {reason}")
    pytest.skip(reason)


WORDS = ["bat", "cave", "ball", "the", "a", "play", "##ing", "##s", "naive", "state", "of", "art", "don", "word"]


def make_model(
    folder: Path, *, dim: int = 16, layers: int = 3, heads: int = 2, pieces: int = 32, seed: int = 0
) -> Path:
    """Write a BERT model with random weights and a small word-piece vocabulary."""
    from safetensors.numpy import save_file
    from tokenizers.implementations import BertWordPieceTokenizer

    letters = string.ascii_lowercase + string.digits + string.punctuation + "éüñößабвгдежшלוםمرحبا世界日本語한국어"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    vocabulary += list(dict.fromkeys(letters)) + [f"##{c}" for c in dict.fromkeys(letters)]
    numbered = {piece: number for number, piece in enumerate(dict.fromkeys(vocabulary))}
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = BertWordPieceTokenizer(numbered, lowercase=True)
    tokenizer.enable_truncation(8)  # both are traps that the encoder must not fall into
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(folder / "tokenizer.json"))
    rng = np.random.default_rng(seed)
    inner = 2 * dim

    def weight(*shape: int) -> np.ndarray:
        return rng.normal(scale=0.3, size=shape).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": weight(len(numbered), dim) * 3,
        "embeddings.position_embeddings.weight": weight(pieces, dim),
        "embeddings.token_type_embeddings.weight": weight(2, dim),
        "embeddings.LayerNorm.gamma": 1 + weight(dim),
        "embeddings.LayerNorm.beta": weight(dim),
    }
    for k in range(layers):
        at = f"encoder.layer.{k}"
        shapes = {
            "attention.self.query": (dim, dim), "attention.self.key": (dim, dim), "attention.self.value": (dim, dim),
            "attention.output.dense": (dim, dim), "intermediate.dense": (inner, dim), "output.dense": (dim, inner),
        }  # fmt: skip
        for name, shape in shapes.items():
            tensors[f"{at}.{name}.weight"], tensors[f"{at}.{name}.bias"] = weight(*shape), weight(shape[0])
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"{at}.{name}.weight"], tensors[f"{at}.{name}.bias"] = 1 + weight(dim), weight(dim)
    tensors["pooler.dense.weight"], tensors["pooler.dense.bias"] = weight(dim, dim), weight(dim)
    save_file({f"bert.{name}": array for name, array in tensors.items()}, folder / "model.safetensors")
    config = {
        "model_type": "bert", "architectures": ["BertModel"], "vocab_size": len(numbered), "hidden_size": dim,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner, "hidden_act": "gelu",
        "max_position_embeddings": pieces, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return folder
