"""Other architectures: every layer of every word equals what transformers itself gives, on every back end."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth.context import Encoder, contextual
from firth.context.backend import PADDING_SAFE, spare_padding
from firth.context.bert import read_config
from firth.errors import FormatError, OptionError, ResourceError

from .context_models import missing

TEXTS = ["A bat flew out of the cave.", "the ball", "x", "playing state-of-the-art bats " * 2]

#: Architecture → the back end that "auto" takes.
KINDS = {
    "Bert": "onnx",
    "Roberta": "onnx",
    "XLMRoberta": "onnx",
    "DistilBert": "onnx",
    "Electra": "torch",
    "DebertaV2": "torch",
    "ModernBert": "torch",
    "MPNet": "torch",
    "Longformer": "torch",
    "ConvBert": "torch",
    "Flaubert": "torch",
    "XLM": "torch",
    "XLNet": "torch",
    "Albert": "torch",
    "GPT2": "torch",
    "T5": "torch",
    "FNet": "torch",
    "MobileBert": "torch",
}

#: Architectures whose layers cannot be listened to one by one.
ASKED = ("Flaubert", "XLM", "XLNet", "Albert")  # fmt: skip


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
    own: dict[str, dict[str, Any]] = {
        "DistilBert": {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 64},
        "Flaubert": {"emb_dim": 32, "n_layers": 3, "n_heads": 4, "pad_index": 0},
        "XLM": {"emb_dim": 32, "n_layers": 3, "n_heads": 4, "pad_index": 0},
        "XLNet": {"d_model": 32, "n_layer": 3, "n_head": 4, "d_inner": 64},
        "GPT2": {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64, "bos_token_id": 2, "eos_token_id": 3},
        "T5": {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 3, "num_heads": 4},
        "Funnel": {"d_model": 32, "n_head": 4, "d_head": 8, "d_inner": 64, "block_sizes": [1, 1, 1]},
    }  # fmt: skip
    more: dict[str, dict[str, Any]] = {
        "Roberta": {"pad_token_id": 1}, "XLMRoberta": {"pad_token_id": 1}, "MPNet": {"pad_token_id": 1},
        "Camembert": {"pad_token_id": 1}, "XLMRobertaXL": {"pad_token_id": 1},
        "Longformer": {"pad_token_id": 1, "attention_window": [8] * 3},
        "Electra": {"embedding_size": 32}, "ConvBert": {"embedding_size": 32}, "Albert": {"embedding_size": 16},
        "MobileBert": {"embedding_size": 32, "intra_bottleneck_size": 32},
        "Deberta": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
        "DebertaV2": {"type_vocab_size": 0, "relative_attention": True, "pos_att_type": ["p2c", "c2p"],
                      "position_biased_input": False},
        "ModernBert": {"global_attn_every_n_layers": 2, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2,
                       "sep_token_id": 3},
    }  # fmt: skip
    if kind in own:
        shape = {"vocab_size": n_pieces, "max_position_embeddings": 64, "pad_token_id": 0, **own[kind]}
        for name in ("max_position_embeddings",) if kind in ("XLNet", "GPT2", "T5", "Funnel") else ():
            del shape[name]
    shape |= more.get(kind, {})
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
    mask = {} if kind == "FNet" else {"attention_mask": None}
    model = getattr(model, "encoder", model) if kind == "T5" else model
    for backend in {"auto", "torch"}:
        encoder = contextual(tmp_path, backend=backend)
        assert encoder.backend.name == (KINDS[kind] if backend == "auto" else "torch")
        usages = encoder.usages(TEXTS, layers=range(4), combine="concat")
        for usage in usages:
            cut = encoder.tokenizer.raw.encode(usage.text)
            with torch.no_grad():
                ids = torch.tensor([cut.ids])
                states = model(ids, output_hidden_states=True, **{k: torch.ones_like(ids) for k in mask}).hidden_states
            mine = [
                i
                for i, (a, b) in enumerate(cut.offsets)
                if a < usage.end and b > usage.start and not cut.special_tokens_mask[i]
            ]
            wanted = np.concatenate([layer[0].numpy()[mine].mean(axis=0) for layer in states])
            assert np.abs(usage.vector - wanted).max() < 2e-5 * max(1, np.abs(wanted).max())
        if backend == "torch" and KINDS[kind] == "torch":
            assert (encoder.backend._layers is None) == (kind in ASKED)  # type: ignore[attr-defined]
        assert np.allclose(encoder.usages(TEXTS, layers=1).vectors, usages.vectors[:, 32:64], atol=1e-5)  # early stop


def opened(kind: str, tiny: Path, folder: Path) -> Encoder:
    """Return an encoder over a small model of an architecture."""
    if importlib.util.find_spec("torch") is None or importlib.util.find_spec("transformers") is None:
        missing("torch and transformers are not installed; run: pip install -c constraints.txt 'firth[torch]'")
    from tokenizers import Tokenizer

    shutil.copy(tiny / "tokenizer.json", folder)
    build(kind, Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()).save_pretrained(folder)
    return contextual(folder, backend="torch")


#: The architectures in which padding changes nothing, by their names in transformers.
SAFE = ("Albert", "Bert", "Camembert", "Deberta", "DebertaV2", "DistilBert", "Electra", "Ernie", "MegatronBert",
        "ModernBert", "MPNet", "RemBert", "Roberta", "RoFormer", "T5", "XLMRoberta", "XLMRobertaXL")  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", SAFE)
def test_padding_changes_no_vector(kind: str, tiny: Path, tmp_path: Path) -> None:
    made = opened(kind, tiny, tmp_path)
    torch_backend = importlib.import_module("firth.context.torch_backend")
    config = read_config(tmp_path)
    assert config["model_type"] in PADDING_SAFE and made.backend.spare == 0.05
    backend = torch_backend.TransformersBackend(tmp_path, config, "fp32", "cpu")
    ids = np.random.default_rng(0).integers(5, 60, (2, 20))
    alone = backend.forward(ids[:1, :9], None, range(4))
    ids[0, 9:] = config.get("pad_token_id") or 0
    padded = backend.forward(ids, np.array([9, 20]), range(4))
    for a, b in zip(alone, padded, strict=True):
        np.testing.assert_allclose(a[0], b[0, :9], atol=2e-5 * max(1, np.abs(a).max()))


def test_every_safe_architecture_is_tested() -> None:
    transformers = pytest.importorskip("transformers")
    assert {getattr(transformers, f"{kind}Config").model_type for kind in SAFE} == PADDING_SAFE
    assert spare_padding({"model_type": "deberta-v2", "conv_kernel_size": 3}) == spare_padding({}) == 0


@pytest.mark.filterwarnings("ignore")
def test_a_model_that_shortens_its_texts_gives_its_last_layer_only(tiny: Path, tmp_path: Path) -> None:
    funnel = opened("Funnel", tiny, tmp_path)
    assert funnel.backend.only_last and funnel.usages(TEXTS[:1]).found.all()
    with pytest.raises(OptionError, match=r"layer 0 .* 'funnel' model .* use layers=-1"):
        funnel.usages(TEXTS[:1], layers=0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("told", "window"), [(None, 512), (1e30, 512), (77, 77), ("x", 512), (-1, 512)])
def test_a_model_without_a_limit_reads_what_its_tokenizer_says(
    tiny: Path, tmp_path: Path, told: object, window: int
) -> None:
    if told is not None:
        (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": told}))
    xlnet = opened("XLNet", tiny, tmp_path)
    assert xlnet.window == window
    if window == 77:
        assert xlnet.usages(["the bat in a cave " * 60]).found.all()


@pytest.mark.filterwarnings("ignore")
def test_what_fails_inside_transformers_is_told_in_one_line(tiny: Path, tmp_path: Path) -> None:
    bert = opened("Electra", tiny, tmp_path)
    backend = bert.backend
    inner = backend._model.forward  # type: ignore[attr-defined]
    for error, kind in ((ValueError("no\nsuch"), FormatError), (RuntimeError("can't allocate memory"), ResourceError)):

        def fails(*_: Any, wrong: Exception = error, **__: Any) -> None:
            raise wrong

        backend._model.forward = fails  # type: ignore[attr-defined]
        with pytest.raises(kind, match=r"'electra' model") as told:
            bert.usages(TEXTS)
        assert "\n" not in str(told.value) and str(error).split("\n")[0] in str(told.value)
    backend._model.forward = lambda **given: (inner(**given)[0][:, :1],)  # type: ignore[attr-defined]
    with pytest.raises(FormatError, match=r"hidden states of shape \(.*, 1, 32\).*expected one vector of 32 numbers"):
        bert.usages(TEXTS)


@pytest.mark.filterwarnings("ignore")
def test_a_model_that_reads_no_pieces_is_told(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    transformers.ViTModel(transformers.ViTConfig(**shape, image_size=32, patch_size=16)).save_pretrained(tmp_path)
    shutil.copy(tiny / "tokenizer.json", tmp_path)
    with pytest.raises(FormatError, match="the 'vit' model cannot read"):
        contextual(tmp_path)
