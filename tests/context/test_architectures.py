"""Other architectures: every layer of every word equals what transformers itself gives, on every back end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.context import contextual

from .context_models import missing

TEXTS = ["A bat flew out of the cave.", "the ball", "x", "playing state-of-the-art bats " * 2]

#: Architecture → the back end that "auto" takes.
KINDS = {
    "Bert": "onnx", "Roberta": "onnx", "XLMRoberta": "onnx", "DistilBert": "onnx", "Electra": "torch",
    "DebertaV2": "torch", "ModernBert": "torch", "MPNet": "torch",
}  # fmt: skip


def build(kind: str, n_pieces: int) -> Any:
    """Return a small model with random weights."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    shape: dict[str, Any] = {
        "vocab_size": n_pieces, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
        "intermediate_size": 64, "max_position_embeddings": 64, "pad_token_id": 0,
    }  # fmt: skip
    if kind == "DistilBert":
        shape = {"vocab_size": n_pieces, "dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 64,
                 "max_position_embeddings": 64, "pad_token_id": 0}  # fmt: skip
    elif kind in ("Roberta", "XLMRoberta", "MPNet"):
        shape["pad_token_id"] = 1
    elif kind == "Electra":
        shape["embedding_size"] = 32
    elif kind == "DebertaV2":
        shape |= {"type_vocab_size": 0, "relative_attention": True, "pos_att_type": ["p2c", "c2p"]}
        shape |= {"position_biased_input": False}
    elif kind == "ModernBert":
        shape |= {"global_attn_every_n_layers": 2, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2}
        shape |= {"sep_token_id": 3}
    config = getattr(transformers, f"{kind}Config")(**shape)
    torch.manual_seed(1)
    model = getattr(transformers, f"{kind}Model")(config).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.05)
    return model


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_equals_transformers(kind: str, tiny: Path, tmp_path: Path) -> None:
    try:
        import torch
        import transformers  # noqa: F401
    except ImportError:
        missing("torch and transformers are not installed; run: pip install -c constraints.txt 'firth[torch]'")
    from tokenizers import Tokenizer

    shutil.copy(tiny / "tokenizer.json", tmp_path)
    model = build(kind, Tokenizer.from_file(str(tmp_path / "tokenizer.json")).get_vocab_size())
    model.save_pretrained(tmp_path)
    for backend in {"auto", "torch"}:
        encoder = contextual(tmp_path, backend=backend)
        assert encoder.backend.name == (KINDS[kind] if backend == "auto" else "torch")
        usages = encoder.usages(TEXTS, layers=range(4), combine="concat")
        for usage in usages:
            cut = encoder.tokenizer.raw.encode(usage.text)
            with torch.no_grad():
                states = model(torch.tensor([cut.ids]), output_hidden_states=True).hidden_states
            mine = [
                i
                for i, (a, b) in enumerate(cut.offsets)
                if a < usage.end and b > usage.start and not cut.special_tokens_mask[i]
            ]
            wanted = np.concatenate([layer[0].numpy()[mine].mean(axis=0) for layer in states])
            assert np.abs(usage.vector - wanted).max() < 1e-5
        assert np.allclose(encoder.usages(TEXTS, layers=1).vectors, usages.vectors[:, 32:64], atol=1e-5)  # early stop
