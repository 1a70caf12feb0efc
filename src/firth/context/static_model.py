"""A contextual model made static for others to load: one vector a piece, as Model2Vec reads it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from firth.context.distill import blend, check_finish, finish
from firth.context.layers import reading
from firth.errors import MissingExtraError
from firth.files import atomic_write, write_error
from firth.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firth.context.encoder import Encoder


def save_static(
    encoder: Encoder,
    folder: str | os.PathLike[str],
    *,
    layers: int | Sequence[int] | None = None,
    pca: int | None = 256,
    sif: float | None = 1e-4,
) -> Path:
    """Write a static text model: the model's tokenizer and one vector for each of its pieces.

    ``model2vec.StaticModel.from_pretrained(folder)`` and ``sentence_transformers.SentenceTransformer(folder)`` open it;
    a text is the mean of its pieces' vectors. The recipe is Model2Vec's (Tulkens and van Dongen 2024): every piece read
    alone, principal components, weights by Zipf's law.

    Args:
        encoder: the model.
        folder: where ``model.safetensors``, ``tokenizer.json`` and ``config.json`` go; made if need be.
        layers: which layers (see :func:`firth.context.distill.distill`).
        pca: how many principal components to keep; None for all numbers.
        sif: the parameter of the weights; None for none.

    Raises:
        OptionError: an option is outside what it may be.
        WriteError: a file could not be written.
    """
    try:
        from safetensors.numpy import save
    except ImportError as error:
        raise MissingExtraError("safetensors", "contextual", "writing a static model") from error
    check_finish(encoder.dim, remove=0, pca=pca, sif=sif)
    target = Path(folder)
    two = encoder.n_layers > 1 and not encoder.backend.only_last
    chosen = layers if layers is not None else ((1, -1) if two else -1)
    real = reading(chosen, "concat", "mean", encoder.n_layers).layers
    ids = np.arange(encoder.tokenizer.raw.get_vocab_size(), dtype=np.int64)
    stacked = encoder.read_pieces(ids, real)
    vectors = finish(blend(stacked, len(real), centre=True), remove=0, pca=pca, sif=sif, counts=None)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": encoder.name,
        "hidden_dim": int(vectors.shape[1]),
        "normalize": True,
        "made_by": f"firth {__version__}",
        "layers": list(real),
        "apply_pca": pca,
        "sif_coefficient": sif,
    }
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    files = {
        "modules.json": json.dumps(modules, indent=2).encode(),
        "model.safetensors": save({"embeddings": vectors}),
        "tokenizer.json": encoder.tokenizer.raw.to_str().encode(),
        "config.json": json.dumps(config, indent=2).encode(),
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(target, error) from error
    for name, content in files.items():
        with atomic_write(target / name) as file:
            file.write(content)
    return target
