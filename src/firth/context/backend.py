"""What a back end is: it turns piece ids into hidden states, and nothing more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Architectures, by ``model_type``, in which padding changes no vector: a test holds each of them to it. In others a
#: convolution, a mean over the text or a window of attention may read it.
PADDING_SAFE = frozenset(
    (
        "albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra", "ernie", "megatron-bert",
        "modernbert", "mpnet", "rembert", "roberta", "roformer", "t5", "xlm-roberta", "xlm-roberta-xl",
    )
)  # fmt: skip


def spare_padding(config: Mapping[str, Any]) -> float:
    """Return the share of a batch that may be padding, for the model of a ``config.json``.

    >>> spare_padding({"model_type": "bert"}), spare_padding({"model_type": "convbert"})
    (0.05, 0.0)
    """
    convolution = int(config.get("conv_kernel_size") or 0) > 0  # the large DeBERTas have one
    return 0.05 if config.get("model_type") in PADDING_SAFE and not convolution else 0.0


class Backend(ABC):
    """One way to compute a model's hidden states.

    Attributes:
        name: ``"onnx"``, ``"numpy"`` or ``"torch"``.
        dtype: what it computes in: ``"fp32"``, ``"bf16"`` or ``"int8"``.
        device: ``"cpu"`` or ``"cuda"``.
        dim: numbers a hidden state.
        n_layers: transformer layers; layer 0 is the embeddings, layer ``n_layers`` the last.
        max_pieces: most pieces of one window, special ones included.
        workers: how many batches may be computed at the same time.
        budget: pieces a batch should hold at most.
        spare: the share of a batch that may be padding; 0 where padding might change a vector.
        only_last: whether it gives the last layer and no other.
        weight_bytes: bytes that its weights take in memory.
    """

    name: str
    dtype: str
    device: str
    dim: int
    n_layers: int
    max_pieces: int
    workers: int = 1
    budget: int = 4096
    spare: float = 0.0
    only_last: bool = False
    weight_bytes: int = 0

    @abstractmethod
    def forward(
        self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, layers: Sequence[int]
    ) -> list[NDArray[np.float32]]:
        """Return the hidden states of some layers.

        Args:
            ids: piece ids of shape ``(batch, pieces)``.
            lengths: how many of each row's pieces are real, int64 of shape ``(batch,)``; None where all are.
            layers: which layers, ascending, 0 for the embeddings; nothing above the highest is computed.

        Returns:
            A float32 array of shape ``(batch, pieces, dim)`` for every layer; what stands beyond a row's length means
            nothing.
        """
