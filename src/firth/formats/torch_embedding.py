"""PyTorch's ``nn.Embedding`` both ways; torch is imported only here, when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from firth.errors import MissingExtraError, OptionError
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors


def to_torch(wv: WordVectors, *, freeze: bool = True, padding: bool = False) -> Any:
    """Return the table as a ``torch.nn.Embedding`` with a copy of its rows (see :meth:`firth.WordVectors.to_torch`)."""
    try:
        import torch
    except ImportError:
        raise MissingExtraError("torch", "torch", "turning a table into an nn.Embedding") from None
    rows = wv.vectors
    if padding:
        rows = np.concatenate([rows, np.zeros((1, wv.dim), rows.dtype)])
    weight = torch.from_numpy(np.array(rows, order="C"))
    return torch.nn.Embedding.from_pretrained(weight, freeze=freeze, padding_idx=len(wv) if padding else None)


def from_torch(embedding: Any, words: Iterable[str]) -> WordVectors:
    """Make a table of an embedding's rows, a copy (see :meth:`firth.WordVectors.from_torch`)."""
    weight = getattr(embedding, "weight", embedding)
    if not hasattr(weight, "detach"):
        raise OptionError(f"{type(embedding).__name__} is no nn.Embedding and no tensor")
    import torch

    rows = weight.detach().cpu()
    rows = rows if rows.dtype in (torch.float16, torch.float32) else rows.float()
    listed = list(words)
    padding = getattr(embedding, "padding_idx", None)
    if padding is not None and padding == len(listed) == len(rows) - 1:
        rows = rows[:-1]  # the padding row that to_torch added
    if rows.ndim != 2 or len(rows) != len(listed):
        raise OptionError(f"the embedding has shape {tuple(rows.shape)} for {len(listed):,} words; give one word a row")
    return WordVectors(
        Vocabulary.from_words(listed), rows.numpy().copy(), recipe={"source": f"torch {type(embedding).__name__}"}
    )  # fmt: skip
