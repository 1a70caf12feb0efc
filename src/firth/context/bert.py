"""BERT-class weights: what a model folder's ``config.json`` and safetensors hold, under one set of names.

BERT, RoBERTa, XLM-R, CamemBERT and DistilBERT are one architecture (Devlin et al. 2019) with other names for its parts.
The light back ends compute it from these weights alone; every other encoder goes through torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, MissingExtraError

Floats = NDArray[np.float32]

#: Architectures that the light path computes, and whether their position numbers start after the padding id.
FAMILY = {"bert": False, "distilbert": False, "roberta": True, "xlm-roberta": True, "camembert": True}

_DISTILBERT = {
    "transformer.layer.": "encoder.layer.",
    "attention.q_lin": "attention.self.query",
    "attention.k_lin": "attention.self.key",
    "attention.v_lin": "attention.self.value",
    "attention.out_lin": "attention.output.dense",
    "sa_layer_norm": "attention.output.LayerNorm",
    "ffn.lin1": "intermediate.dense",
    "ffn.lin2": "output.dense",
    "output_layer_norm": "output.LayerNorm",
}


@dataclass(frozen=True)
class BertConfig:
    """The shape of a BERT-class model.

    Attributes:
        model_type: the name of its architecture in ``config.json``.
        n_layers, n_heads, dim, inner: transformer layers, attention heads, width, width of the feed-forward part.
        eps: what layer normalisation adds to the variance.
        first_position: the row of the position table that the first piece takes.
        max_pieces: most pieces of one window, special ones included.
    """

    model_type: str
    n_layers: int
    n_heads: int
    dim: int
    inner: int
    eps: float
    first_position: int
    max_pieces: int


def read_config(folder: Path) -> dict[str, Any]:
    """Return ``config.json`` of a model folder.

    Raises:
        FormatError: the file is missing or is no JSON object.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FormatError(
            f"{folder} holds no config.json; expected a folder of a transformers model (config.json, tokenizer.json, "
            "model.safetensors)"
        ) from None
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(config, dict):
        raise FormatError(f"{path} holds {type(config).__name__}, expected a JSON object")
    return config


def bert_config(config: Mapping[str, Any]) -> BertConfig | None:
    """Return the shape of a BERT-class model; None where the light path cannot compute it.

    >>> shape = {"model_type": "bert", "num_hidden_layers": 6, "num_attention_heads": 12, "hidden_size": 384,
    ...          "intermediate_size": 1536, "hidden_act": "gelu", "max_position_embeddings": 512}
    >>> bert_config(shape).dim, bert_config({"model_type": "deberta-v2"})
    (384, None)
    """
    model_type = str(config.get("model_type"))
    if model_type not in FAMILY or config.get("hidden_act", config.get("activation", "gelu")) != "gelu":
        return None
    if config.get("position_embedding_type", "absolute") not in ("absolute", None) or config.get("is_decoder"):
        return None
    distil = model_type == "distilbert"
    first = int(config.get("pad_token_id", 1)) + 1 if FAMILY[model_type] else 0
    return BertConfig(
        model_type=model_type,
        n_layers=int(config["n_layers" if distil else "num_hidden_layers"]),
        n_heads=int(config["n_heads" if distil else "num_attention_heads"]),
        dim=int(config["dim" if distil else "hidden_size"]),
        inner=int(config["hidden_dim" if distil else "intermediate_size"]),
        eps=float(config.get("layer_norm_eps", 1e-12)),
        first_position=first,
        max_pieces=int(config["max_position_embeddings"]) - first,
    )


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a model folder, empty where it has none."""
    index = folder / "model.safetensors.index.json"
    if index.exists():
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        return [folder / name for name in sorted(names)]
    single = folder / "model.safetensors"
    return [single] if single.exists() else []


def read_weights(folder: Path, config: BertConfig) -> dict[str, Floats]:
    """Return the weights as the light path computes with them, all float32 and contiguous.

    ``words`` (n_pieces, dim); ``positions`` (max_pieces, dim) with the first token type added; ``norm.weight`` and
    ``norm.bias`` (dim,); and for each layer ``k.qkv`` (dim, 3 dim), the query part already divided by the root of the
    head size; ``k.out``, ``k.up``, ``k.down``; each with its ``.bias``; ``k.norm1``, ``k.norm2`` with weight and bias.

    Raises:
        FormatError: a weight is missing or has another shape.
        MissingExtraError: safetensors is not installed.
    """
    found = _Reader(folder)
    dim, inner = config.dim, config.inner
    out: dict[str, Floats] = {"words": found.take("embeddings.word_embeddings.weight", (-1, dim))}
    positions = found.take("embeddings.position_embeddings.weight", (-1, dim))
    positions = positions[config.first_position : config.first_position + config.max_pieces]
    if config.model_type != "distilbert":
        positions = positions + found.take("embeddings.token_type_embeddings.weight", (-1, dim))[0]
    out["positions"] = np.ascontiguousarray(positions)
    found.norm(out, "norm", "embeddings.LayerNorm", dim)
    for k in range(config.n_layers):
        layer = f"encoder.layer.{k}"
        parts = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
        weights = [found.take(f"{part}.weight", (dim, dim)) for part in parts]
        biases = [found.take(f"{part}.bias", (dim,)) for part in parts]
        scale = np.float32(1 / np.sqrt(dim // config.n_heads))
        weights[0], biases[0] = weights[0] * scale, biases[0] * scale
        out[f"{k}.qkv"] = np.ascontiguousarray(np.concatenate(weights).T)
        out[f"{k}.qkv.bias"] = np.concatenate(biases)
        found.dense(out, f"{k}.out", f"{layer}.attention.output.dense", dim, dim)
        found.norm(out, f"{k}.norm1", f"{layer}.attention.output.LayerNorm", dim)
        found.dense(out, f"{k}.up", f"{layer}.intermediate.dense", inner, dim)
        found.dense(out, f"{k}.down", f"{layer}.output.dense", dim, inner)
        found.norm(out, f"{k}.norm2", f"{layer}.output.LayerNorm", dim)
    return out


class _Reader:
    """Finds tensors under their many names: with or without a prefix, LayerNorm's old names, DistilBERT's names."""

    def __init__(self, folder: Path) -> None:
        try:
            from safetensors import safe_open
        except ImportError as error:
            raise MissingExtraError("safetensors", "contextual", "reading a model's weights") from error
        self.folder = folder
        self.homes: dict[str, tuple[Any, str]] = {}
        for path in weight_files(folder):
            try:
                file = safe_open(path, framework="np")
            except Exception as error:  # the library raises its own type, which is no OSError
                raise FormatError(f"{path} is no sound safetensors file: {error}") from error
            names: list[str] = file.keys()  # type: ignore[no-untyped-call]
            for name in names:
                self.homes[_plain_name(name)] = (file, name)

    def take(self, name: str, shape: tuple[int, ...]) -> Floats:
        if name not in self.homes:
            raise FormatError(f"{self.folder} holds no weight {name!r}; expected those of a BERT-class model")
        file, stored = self.homes[name]
        try:
            array = np.asarray(file.get_tensor(stored)).astype(np.float32)
        except TypeError as error:
            raise FormatError(
                f"{self.folder}: the weight {stored!r} has a number type that numpy lacks ({error}); "
                "use backend='torch'"
            ) from error
        if len(array.shape) != len(shape) or any(w not in (-1, h) for h, w in zip(array.shape, shape, strict=True)):
            raise FormatError(f"{self.folder}: {stored!r} has shape {array.shape}, expected {shape}")
        return np.ascontiguousarray(array)

    def dense(self, out: dict[str, Floats], ours: str, theirs: str, rows: int, columns: int) -> None:
        out[ours] = np.ascontiguousarray(self.take(f"{theirs}.weight", (rows, columns)).T)
        out[f"{ours}.bias"] = self.take(f"{theirs}.bias", (rows,))

    def norm(self, out: dict[str, Floats], ours: str, theirs: str, dim: int) -> None:
        out[f"{ours}.weight"] = self.take(f"{theirs}.weight", (dim,))
        out[f"{ours}.bias"] = self.take(f"{theirs}.bias", (dim,))


def _plain_name(name: str) -> str:
    """Return a weight's name as BERT's own module would call it.

    >>> _plain_name("bert.embeddings.LayerNorm.gamma")
    'embeddings.LayerNorm.weight'
    >>> _plain_name("distilbert.transformer.layer.0.attention.q_lin.weight")
    'encoder.layer.0.attention.self.query.weight'
    """
    for prefix in ("bert.", "roberta.", "distilbert.", "model."):
        name = name.removeprefix(prefix)
    if name.startswith("transformer.layer."):
        for theirs, ours in _DISTILBERT.items():
            name = name.replace(theirs, ours)
    return name.removesuffix("gamma") + "weight" if name.endswith(".gamma") else _beta(name)


def _beta(name: str) -> str:
    return name.removesuffix("beta") + "bias" if name.endswith(".beta") else name
