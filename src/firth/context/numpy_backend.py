"""The forward pass of a BERT-class model in plain numpy: the reference that the other back ends are checked against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firth.context.backend import Backend
from firth.context.bert import BertConfig, Floats

#: Rows that the activation takes at a time, so that its temporaries stay in the cache.
_SLICE = 64


class NumpyBackend(Backend):
    """Computes with numpy alone, in float32; batches of one length are quickest."""

    name = "numpy"
    dtype = "fp32"
    device = "cpu"
    spare = 0.05

    def __init__(self, config: BertConfig, weights: dict[str, Floats]) -> None:
        self.config = config
        self.weights = weights
        self.weight_bytes = sum(array.nbytes for array in weights.values())
        self.dim, self.n_layers, self.max_pieces = config.dim, config.n_layers, config.max_pieces

    def forward(self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, layers: Sequence[int]) -> list[Floats]:
        """Return the hidden states of ``layers`` (see :class:`Backend`)."""
        w, c = self.weights, self.config
        batch, length = ids.shape
        x = w["words"][ids] + w["positions"][:length]
        _normalise(x, w["norm.weight"], w["norm.bias"], c.eps)
        states = {0: x}
        mask = None
        if lengths is not None:
            mask = np.where(np.arange(length) < lengths[:, None], np.float32(0), np.float32(-1e9))[:, None, None, :]
        for k in range(max(layers)):
            heads = (x @ w[f"{k}.qkv"] + w[f"{k}.qkv.bias"]).reshape(batch, length, 3, c.n_heads, -1)
            q, key, v = heads.transpose(2, 0, 3, 1, 4)
            scores = q @ key.swapaxes(2, 3)
            if mask is not None:
                scores += mask
            scores -= scores.max(axis=3, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=3, keepdims=True)
            context = (scores @ v).transpose(0, 2, 1, 3).reshape(batch, length, c.dim)
            attended = context @ w[f"{k}.out"]
            attended += w[f"{k}.out.bias"]
            attended += x
            _normalise(attended, w[f"{k}.norm1.weight"], w[f"{k}.norm1.bias"], c.eps)
            inner = attended @ w[f"{k}.up"]
            inner += w[f"{k}.up.bias"]
            _gelu(inner.reshape(-1, c.inner))
            x = inner @ w[f"{k}.down"]
            x += w[f"{k}.down.bias"]
            x += attended
            _normalise(x, w[f"{k}.norm2.weight"], w[f"{k}.norm2.bias"], c.eps)
            states[k + 1] = x
        return [states[layer] for layer in layers]


def _normalise(x: Floats, weight: Floats, bias: Floats, eps: float) -> None:
    """Layer normalisation in place (Ba et al. 2016)."""
    x -= x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(np.einsum("...i,...i->...", x, x)[..., None] / np.float32(x.shape[-1]) + np.float32(eps))
    x *= weight
    x += bias


def _gelu(x: Floats) -> None:
    """The exact GELU in place: x times the normal distribution function of x."""
    for start in range(0, len(x), _SLICE):
        part = x[start : start + _SLICE]
        part *= 0.5 * (1 + _erf(part * np.float32(0.5**0.5)))


def _erf(x: Floats) -> Floats:
    """The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).

    >>> float(abs(_erf(np.float32([0.5])) - 0.5204999)[0]) < 1e-6
    True
    """
    size = np.abs(x)
    t = np.reciprocal(1 + np.float32(0.3275911) * size)
    poly = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly = poly * t + np.float32(coefficient)
    out: Floats = np.copysign(1 - poly * t * np.exp(-size * size), x)
    return out
