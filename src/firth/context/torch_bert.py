"""The forward pass of a BERT-class model in bare torch calls: in bf16 the module machinery would cost a third."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.context.backend import Backend
from firth.context.bert import BertConfig, Floats
from firth.errors import MissingExtraError


def torch_package() -> Any:
    """Return the ``torch`` package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "torch", "the torch back end") from error
    return torch


class LeanBert(Backend):
    """Computes a BERT-class model in fp32 or bf16; word vectors are looked up in fp32 either way."""

    name = "torch"
    spare = 0.05

    def __init__(self, config: BertConfig, weights: dict[str, Floats], dtype: str, device: str) -> None:
        torch = torch_package()
        self._torch = torch
        self.config, self.dtype, self.device = config, dtype, device
        self.dim, self.n_layers, self.max_pieces = config.dim, config.n_layers, config.max_pieces
        self.budget = 1024 if device == "cpu" else 16_384
        self._number = {"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]
        self._weights: dict[str, Any] = {}
        for name, array in weights.items():
            matrix = name[0].isdigit() and array.ndim == 2  # torch wants (out, in)
            tensor = torch.from_numpy(np.ascontiguousarray(array.T) if matrix else array)
            keep = name in ("words", "positions")
            self._weights[name] = tensor.to(device=device, dtype=torch.float32 if keep else self._number)
        self.weight_bytes = sum(w.numel() * w.element_size() for w in self._weights.values())

    def forward(self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, layers: Sequence[int]) -> list[Floats]:
        """Return the hidden states of ``layers`` (see :class:`Backend`)."""
        torch, f, w, c = self._torch, self._torch.nn.functional, self._weights, self.config
        batch, length = ids.shape
        mask = None
        with torch.inference_mode():
            if lengths is not None:
                real = np.arange(length) < lengths[:, None]
                mask = torch.from_numpy(real[:, None, None, :]).to(self.device)
            rows = torch.from_numpy(ids).to(self.device)
            x = (f.embedding(rows, w["words"]) + w["positions"][:length]).to(self._number)
            x = self._norm(x, "norm")
            states = {0: x}
            for k in range(max(layers)):
                heads = f.linear(x, w[f"{k}.qkv"], w[f"{k}.qkv.bias"]).view(batch, length, 3, c.n_heads, -1)
                q, key, v = heads.permute(2, 0, 3, 1, 4)
                # the query weights hold the scale already
                mixed = f.scaled_dot_product_attention(q, key, v, attn_mask=mask, scale=1.0)
                mixed = mixed.transpose(1, 2).reshape(batch, length, c.dim)
                x = self._norm(f.linear(mixed, w[f"{k}.out"], w[f"{k}.out.bias"]).add_(x), f"{k}.norm1")
                inner = f.gelu(f.linear(x, w[f"{k}.up"], w[f"{k}.up.bias"]))
                x = self._norm(f.linear(inner, w[f"{k}.down"], w[f"{k}.down.bias"]).add_(x), f"{k}.norm2")
                states[k + 1] = x
            return [states[layer].float().cpu().numpy() for layer in layers]

    def _norm(self, x: Any, name: str) -> Any:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return self._torch.nn.functional.layer_norm(x, (self.dim,), weight, bias, self.config.eps)
