"""ONNX graphs that a model folder brings along: any architecture, no torch, the last layer only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.context.backend import Backend, spare_padding
from firth.context.onnx_backend import cores, runtime
from firth.errors import FormatError, OptionError

Floats = NDArray[np.float32]

#: Where exporters put a graph, by what it computes in; the first that is there is taken.
PLACES = {
    "fp32": ("onnx/model.onnx", "model.onnx", "onnx/encoder_model.onnx", "encoder_model.onnx"),
    "int8": (
        "onnx/model_int8.onnx", "onnx/model_quantized.onnx", "onnx/model_qint8_avx512_vnni.onnx", "model_int8.onnx",
        "model_quantized.onnx", "onnx/encoder_model_quantized.onnx",
    ),
}  # fmt: skip

#: What exporters call the hidden states of the last layer.
OUTPUTS = ("last_hidden_state", "token_embeddings", "hidden_states", "output_0")

_TYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32, "tensor(bool)": np.bool_}

#: Architectures whose positions start after the padding id, so that their table holds fewer pieces than it has rows.
_SHIFTED = ("roberta", "camembert", "mpnet", "data2vec-text", "longformer", "xmod", "ibert", "luke", "esm", "bertweet")

#: What a configuration that names no limit is read with.
_NO_LIMIT = 4096


def ready_graph(folder: Path, dtype: str) -> tuple[Path, str] | None:
    """Return the path of a folder's own graph and its dtype; None where it has none.

    Args:
        folder: the model folder.
        dtype: ``"fp32"``, ``"int8"``, or ``"auto"`` for the first that is there, fp32 before int8.
    """
    for kind in ("fp32", "int8") if dtype == "auto" else (dtype,):
        for place in PLACES.get(kind, ()):
            if (folder / place).is_file():
                return folder / place, kind
    return None


class ReadyOnnxBackend(Backend):
    """Computes with a graph made by others, such as those in a hub model's ``onnx/`` folder.

    Inputs may be ``input_ids``, ``attention_mask``, ``token_type_ids`` and ``position_ids``; the output is that named
    in :data:`OUTPUTS`, else the first of shape ``(batch, pieces, dim)``.

    Args:
        path: the graph.
        dtype: what it computes in, for display.
        config: ``config.json`` of its folder.
        threads: how many batches are computed at the same time; None for one a processor.

    Raises:
        FormatError: it is damaged, or no encoder's graph.
        MissingExtraError: onnxruntime is not installed.
    """

    name = "onnx"
    device = "cpu"
    only_last = True

    def __init__(self, path: Path, dtype: str, config: Mapping[str, Any], threads: int | None) -> None:
        ort = runtime()
        self.path, self.dtype = path, dtype
        self.workers = threads or cores()
        self.budget, self.spare = 512, spare_padding(config)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's own kinds, none of them an OSError
            line = str(error).strip().split("\n")[0]
            raise FormatError(f"ONNX Runtime cannot open {path}: {line}") from error
        self._inputs = {one.name: _TYPES.get(one.type) for one in self._session.get_inputs()}
        self._check_inputs()
        self._output = self._find_output()
        self.n_layers = int(_first(config, "num_hidden_layers", "n_layers", "num_layers", "n_layer") or 1)
        self.max_pieces = max_pieces(path, config)
        self.dim = self._probed_dim(config)
        self.weight_bytes = sum(p.stat().st_size for p in path.parent.glob(f"{path.stem}*.onnx*") if _part(p, path))

    def _check_inputs(self) -> None:
        known = {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
        strange = [name for name, kind in self._inputs.items() if name not in known or kind is None]
        if strange or "input_ids" not in self._inputs:
            raise FormatError(
                f"{self.path} takes {', '.join(map(repr, self._inputs))}; expected a graph over 'input_ids', and"
                " at most 'attention_mask', 'token_type_ids' and 'position_ids'; use backend='torch'"
            )

    def _find_output(self) -> str:
        found = {one.name: one.shape for one in self._session.get_outputs()}
        named = [name for name in OUTPUTS if name in found]
        fitting = named or [name for name, shape in found.items() if shape is not None and len(shape) == 3]
        if not fitting:
            raise FormatError(
                f"{self.path} gives {', '.join(map(repr, found))}; expected 'last_hidden_state'; "
                "export the model for feature extraction, or use backend='torch'"
            )
        return fitting[0]

    def _probed_dim(self, config: Mapping[str, Any]) -> int:
        """Return the width, by a trial that also shows whether batches and lengths are free."""
        for shape in ((2, 3), (1, 5)):
            try:
                out = self._run(np.full(shape, 1, np.int64), np.full(shape[0], shape[1]))
            except Exception as error:
                line = str(error).strip().split("\n")[0]
                raise FormatError(
                    f"{self.path} cannot take {shape[0]} rows of {shape[1]} pieces: {line}; expected a graph exported "
                    "with free batch and sequence axes"
                ) from error
            if out.ndim != 3 or out.shape[:2] != shape:
                raise FormatError(
                    f"{self.path}: {self._output!r} has shape {out.shape} for pieces of shape {shape}; expected one "
                    "vector a piece"
                )
        width = _first(config, "hidden_size", "dim", "d_model")
        if width is not None and int(width) != out.shape[2]:
            raise FormatError(f"{self.path} gives {out.shape[2]} numbers a piece, but config.json says {width}")
        return int(out.shape[2])

    def forward(self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, layers: Sequence[int]) -> list[Floats]:
        """Return the hidden states of the last layer (see :class:`Backend`).

        Raises:
            OptionError: another layer is asked for.
        """
        other = [layer for layer in layers if layer != self.n_layers]
        if other:
            raise OptionError(
                f"layer {other[0]} is asked for, but the ONNX graph {self.path.name} gives the last layer only (-1, "
                f"which is {self.n_layers}); use layers=-1, or backend='torch' for all layers"
            )
        return [self._run(ids, np.full(len(ids), ids.shape[1]) if lengths is None else lengths)]

    def _run(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> Floats:
        places = np.arange(ids.shape[1])
        every = {
            "input_ids": ids,
            "attention_mask": places < lengths[:, None],
            "token_type_ids": np.zeros_like(ids),
            "position_ids": np.broadcast_to(places, ids.shape),
        }
        feed = {name: np.ascontiguousarray(every[name], kind) for name, kind in self._inputs.items()}
        return np.asarray(self._session.run([self._output], feed)[0], np.float32)


def max_pieces(path: Path, config: Mapping[str, Any]) -> int:
    """Return how many pieces a window may have, special ones included, as far as the files tell.

    A graph does not say it, so it is the smaller of what ``config.json`` and ``tokenizer_config.json`` allow.
    """
    most = int(_first(config, "max_position_embeddings", "n_positions", "max_seq_len") or 0)
    most = most if most > 0 else _NO_LIMIT  # XLNet writes -1
    kind = str(config.get("model_type"))
    if any(kind == name or kind.endswith(f"-{name}") for name in _SHIFTED):
        pad = config.get("pad_token_id")
        most -= 2 if pad is None else int(pad) + 1
    for folder in (path.parent, path.parent.parent):
        try:
            told = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8")).get("model_max_length")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(told, int | float) and 2 < told < most:  # some write 1e30 for "no limit"
            most = int(told)
    return most


def _first(config: Mapping[str, Any], *names: str) -> Any:
    return next((config[name] for name in names if config.get(name) is not None), None)


def _part(file: Path, graph: Path) -> bool:
    """Tell whether a file is the graph or weights beside it."""
    return file.name in (graph.name, f"{graph.name}_data", f"{graph.name}.data")
