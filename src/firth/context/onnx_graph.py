"""The ONNX graph of a BERT-class model, made from its weights: no torch, no export.

The graph has every layer's hidden states as outputs ``hidden.0`` ... ``hidden.n``; its weights lie in a file beside it,
which ONNX Runtime maps. :func:`keep` cuts a graph down to the outputs that are wanted, so that an early layer costs
only the layers below it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.context.bert import BertConfig, Floats
from firth.errors import MissingExtraError

#: LayerNormalization came with 17, Gelu with 20.
OPSET = 20

#: The version of this file's graphs: part of the cache key.
VERSION = 2

WEIGHTS_FILE = "weights.bin"


def onnx_package() -> Any:
    """Return the ``onnx`` package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import onnx
        import onnx.helper
    except ImportError as error:
        raise MissingExtraError("onnx", "contextual", "making a model's graph") from error
    return onnx


def build(config: BertConfig, weights: dict[str, Floats], folder: Path) -> Path:
    """Write ``model.onnx`` and ``weights.bin`` into ``folder`` and return the path of the former.

    Inputs: ``ids`` int64 of shape ``(batch, pieces)``; ``mask`` float32 of shape ``(batch, 1, 1, pieces)``, 0 for
    pieces and a large negative number for padding. Outputs: float32 of shape ``(batch, pieces, dim)``.
    """
    onnx = onnx_package()
    graph = _Graph(onnx)
    with (folder / WEIGHTS_FILE).open("wb") as file:
        for name, array in weights.items():
            graph.external(name, array, file)
    _nodes(graph, config)
    made = onnx.helper.make_graph(
        graph.nodes,
        "bert",
        [
            onnx.helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, ["batch", "pieces"]),
            onnx.helper.make_tensor_value_info("mask", onnx.TensorProto.FLOAT, ["batch", 1, 1, "pieces"]),
        ],
        [
            onnx.helper.make_tensor_value_info(f"hidden.{k}", onnx.TensorProto.FLOAT, ["batch", "pieces", config.dim])
            for k in range(config.n_layers + 1)
        ],
        graph.weights,
    )
    model = onnx.helper.make_model(
        made, opset_imports=[onnx.helper.make_opsetid("", OPSET)], producer_name="firth", ir_version=10
    )
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def keep(model: Any, outputs: Iterable[str], *, masked: bool) -> Any:
    """Return a copy of ``model`` with only what ``outputs`` need; ``masked=False`` drops the mask."""
    onnx = onnx_package()
    nodes = [_copy(onnx, node) for node in model.graph.node]
    if not masked:
        gone = {node.output[0]: node.input[0] for node in nodes if "mask" in node.input}
        nodes = [node for node in nodes if node.output[0] not in gone]
        for node in nodes:
            node.input[:] = [gone.get(name, name) for name in node.input]
    wanted = set(outputs)
    needed = set(wanted)
    kept = []
    for node in reversed(nodes):  # the nodes are in order, so one pass backwards finds all that is needed
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    made = onnx.helper.make_graph(
        kept[::-1],
        model.graph.name,
        [value for value in model.graph.input if value.name in needed],
        [value for value in model.graph.output if value.name in wanted],
        [tensor for tensor in model.graph.initializer if tensor.name in needed],
    )
    return onnx.helper.make_model(made, opset_imports=model.opset_import, ir_version=model.ir_version)


def _copy(onnx: Any, node: Any) -> Any:
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    return copy


class _Graph:
    """Nodes and weights of a graph in the making."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def external(self, name: str, array: NDArray[Any], file: Any) -> None:
        """Add a weight whose bytes stand in ``file``, on a page boundary so that they can be mapped."""
        file.write(b"\0" * (-file.tell() % 4096))
        tensor = self.onnx.TensorProto(
            name=name, data_type=self.onnx.TensorProto.FLOAT, dims=array.shape,
            data_location=self.onnx.TensorProto.EXTERNAL,
        )  # fmt: skip
        entries = {"location": WEIGHTS_FILE, "offset": file.tell(), "length": array.nbytes}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        file.write(np.ascontiguousarray(array, "<f4").tobytes())
        self.weights.append(tensor)

    def small(self, name: str, values: list[int]) -> str:
        """Add a constant list of integers."""
        self.weights.append(self.onnx.helper.make_tensor(name, self.onnx.TensorProto.INT64, [len(values)], values))
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node with one output."""
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def dense(self, x: str, name: str, output: str) -> str:
        """Add a matrix product and its bias."""
        return self.add("Add", [self.add("MatMul", [x, name], f"{output}.product"), f"{name}.bias"], output)

    def norm(self, x: str, name: str, output: str, eps: float) -> str:
        """Add a layer normalisation."""
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        return self.add("LayerNormalization", inputs, output, axis=-1, epsilon=eps)


def _nodes(g: _Graph, c: BertConfig) -> None:
    head = c.dim // c.n_heads
    heads, flat = g.small("shape.heads", [0, 0, c.n_heads, head]), g.small("shape.flat", [0, 0, c.dim])
    zero, one = g.small("zero", [0]), g.small("one", [1])
    length = g.add("Shape", ["ids"], "length", start=1, end=2)
    places = g.add("Slice", ["positions", zero, length, zero, one], "places")
    x = g.add("Add", [g.add("Gather", ["words", "ids"], "looked.up"), places], "embedded")
    x = g.norm(x, "norm", "hidden.0", c.eps)
    for k in range(c.n_layers):
        qkv = g.dense(x, f"{k}.qkv", f"{k}.qkv.out")
        parts = [f"{k}.q", f"{k}.k", f"{k}.v"]
        g.nodes.append(g.onnx.helper.make_node("Split", [qkv], parts, name=f"{k}.split", axis=-1, num_outputs=3))
        shaped = [g.add("Reshape", [part, heads], f"{part}.shaped") for part in parts]
        # the key is turned for the product at once
        turns = ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        q, key, v = (
            g.add("Transpose", [part], f"{part}.turned", perm=turn) for part, turn in zip(shaped, turns, strict=True)
        )
        scores = g.add("MatMul", [q, key], f"{k}.scores")
        scores = g.add("Add", [scores, "mask"], f"{k}.scores.masked")
        weights = g.add("Softmax", [scores], f"{k}.weights", axis=-1)
        mixed = g.add("MatMul", [weights, v], f"{k}.mixed")
        mixed = g.add("Transpose", [mixed], f"{k}.mixed.turned", perm=[0, 2, 1, 3])
        mixed = g.add("Reshape", [mixed, flat], f"{k}.mixed.flat")
        attended = g.add("Add", [g.dense(mixed, f"{k}.out", f"{k}.attended"), x], f"{k}.attended.sum")
        attended = g.norm(attended, f"{k}.norm1", f"{k}.attended.norm", c.eps)
        inner = g.add("Gelu", [g.dense(attended, f"{k}.up", f"{k}.inner")], f"{k}.gelu", approximate="none")
        x = g.add("Add", [g.dense(inner, f"{k}.down", f"{k}.lowered"), attended], f"{k}.lowered.sum")
        x = g.norm(x, f"{k}.norm2", f"hidden.{k + 1}", c.eps)
