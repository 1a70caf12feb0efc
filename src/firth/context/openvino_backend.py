"""OpenVINO over the same graph as the light back end: bf16 on the processor without torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.context.backend import Backend
from firth.context.bert import BertConfig
from firth.context.onnx_backend import cores, made_graph
from firth.errors import MissingExtraError, OptionError

Floats = NDArray[np.float32]


class OpenVinoBackend(Backend):
    """Computes a BERT-class model with OpenVINO, in bf16 or float32; several batches at a time, a thread for each."""

    name = "openvino"
    device = "cpu"

    def __init__(self, folder: Path, config: BertConfig, dtype: str, threads: int | None) -> None:
        self._ov = openvino_package()
        self._core = self._ov.Core()
        # Two threads that make their first tensors at once can wait for each other for ever: one holds the module's
        # lock for things made once and wants the interpreter's, the other has it the other way round.
        self._ov.Tensor(np.zeros(1, np.float32), shared_memory=True)
        if dtype == "bf16" and "BF16" not in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise OptionError("dtype = 'bf16', but this processor has no bf16 instructions; use dtype='fp32' or 'int8'")
        self.config, self.dtype = config, dtype
        self.dim, self.n_layers, self.max_pieces = config.dim, config.n_layers, config.max_pieces
        self.workers = threads or cores()
        self.budget, self.spare = 512, 0.05
        made = made_graph(folder, config, "fp32")
        self._graph = self._core.read_model(made)
        size = sum(path.stat().st_size for path in made.parent.iterdir())
        self.weight_bytes = size // 2 if dtype == "bf16" else size
        self._compiled: dict[tuple[int, ...], Any] = {}
        self._idle: dict[tuple[int, ...], list[Any]] = {}
        self._lock = threading.Lock()

    def forward(self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, layers: Sequence[int]) -> list[Floats]:
        """Return the hidden states of ``layers`` (see :class:`Backend`)."""
        which = tuple(layers)
        mask = np.zeros((1, 1, 1, 1), np.float32)
        if lengths is not None:
            beyond = np.arange(ids.shape[1]) >= lengths[:, None]
            mask = np.where(beyond, np.float32(-1e9), np.float32(0))[:, None, None, :]
        request = self._request(which)
        feed = {"ids": ids, "mask": mask} if max(layers) > 0 else {"ids": ids}
        request.infer(feed, share_inputs=True, share_outputs=True)
        # the request's own memory is written again by whoever takes it next
        out = [np.array(request.get_output_tensor(k).data, np.float32) for k in range(len(which))]
        with self._lock:
            self._idle[which].append(request)
        return out

    def _request(self, layers: tuple[int, ...]) -> Any:
        """Return an idle request of the graph cut down to what ``layers`` need, made where there is none."""
        with self._lock:
            if layers not in self._compiled:
                ends = [self._graph.output(f"hidden.{k}").get_node().input_value(0) for k in layers]
                inputs = [p for p in self._graph.get_parameters() if max(layers) > 0 or p.get_friendly_name() == "ids"]
                how = {
                    "INFERENCE_PRECISION_HINT": "bf16" if self.dtype == "bf16" else "f32",
                    "INFERENCE_NUM_THREADS": self.workers,
                    "NUM_STREAMS": self.workers,
                }
                part = self._ov.Model(ends, inputs, "bert")
                self._compiled[layers] = self._core.compile_model(part, "CPU", how)
                self._idle[layers] = []
            if self._idle[layers]:
                return self._idle[layers].pop()
            return self._compiled[layers].create_infer_request()


def openvino_package() -> Any:
    """Return the ``openvino`` package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import openvino
    except ImportError as error:
        raise MissingExtraError("openvino", "openvino", "the OpenVINO back end") from error
    return openvino
