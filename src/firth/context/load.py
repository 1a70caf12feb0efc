"""From a model's name to an encoder: which back end, in which numbers, on which device."""

from __future__ import annotations

import importlib.util
import os
from numbers import Integral
from pathlib import Path
from typing import Any

from firth.context.backend import Backend
from firth.context.bert import bert_config, read_config, weight_files
from firth.context.encoder import Encoder
from firth.context.locate import locate
from firth.context.onnx_ready import PLACES, ReadyOnnxBackend, ready_graph
from firth.context.pieces import read_tokenizer
from firth.errors import MissingExtraError, OptionError

BACKENDS = ("auto", "onnx", "openvino", "torch", "numpy")
DTYPES = ("auto", "fp32", "bf16", "int8")


def contextual(
    name: str | os.PathLike[str],
    *,
    backend: str = "auto",
    dtype: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    window: int | None = None,
) -> Encoder:
    """Open a contextual model: any encoder of the transformers library.

    Args:
        name: a folder with ``config.json``, tokenizer and weights; or a hub name, looked for in the hub cache first;
            or ``"minilm"``.
        backend: ``"onnx"`` for BERT-class models (BERT, RoBERTa, XLM-R, CamemBERT, DistilBERT) without torch, and for
            the last layer of any model whose folder holds a graph (``onnx/model.onnx``); ``"openvino"`` for BERT-class
            models; ``"torch"`` for any, ``"numpy"`` the plain reference; ``"auto"`` takes the first that fits, the
            folder's own graph last.
        dtype: ``"fp32"``; ``"bf16"`` (openvino where it is installed, torch) and ``"int8"`` (onnx) are faster and less
            exact. ``"auto"`` is fp32.
        device: ``"cpu"`` or ``"cuda"`` (torch); ``"auto"`` is cuda where the torch back end finds it.
        threads: how many processor threads compute; None for all.
        window: most pieces read at a time; None for the most that the model can take.

    Raises:
        ReadError: no such model.
        FormatError: its files are damaged or no encoder's.
        OptionError: the options do not go together.
        MissingExtraError: a package is missing; the message names it.
    """
    if not isinstance(name, str | os.PathLike) or not isinstance(os.fspath(name), str) or not os.fspath(name):
        raise OptionError(f"name = {name!r}; expected a folder, a hub name such as 'bert-base-uncased', or 'minilm'")
    for option, value, allowed in (
        ("backend", backend, BACKENDS),
        ("dtype", dtype, DTYPES),
        ("device", device, ("auto", "cpu", "cuda")),
    ):
        if value not in allowed:
            raise OptionError(f"{option} = {value!r}; expected one of {', '.join(map(repr, allowed))}")
    threads, window = _number("threads", threads), _number("window", window)
    folder = locate(name)
    config = read_config(folder)
    own_folder = Path(name).expanduser().is_dir()
    if not own_folder and (backend == "onnx" or dtype == "int8") and not _light(folder, config):
        folder = locate(name, graph=True)  # a hub model's graph may not be here yet
    chosen = _choose(folder, config, backend, dtype, device)
    made: Backend
    if chosen == "graph":
        found = ready_graph(folder, dtype)
        assert found is not None  # _choose made sure
        made = ReadyOnnxBackend(*found, config, threads)
    elif chosen == "torch":
        from firth.context.torch_backend import torch_backend

        made = torch_backend(folder, config, "fp32" if dtype == "auto" else dtype, device, threads)
    else:
        made = _plain(folder, config, chosen, "fp32" if dtype == "auto" else dtype, threads)
    tokenizer = read_tokenizer(folder)
    pad = config.get("pad_token_id")
    tokenizer.pad = int(pad) if isinstance(pad, int) else 0
    return Encoder(os.fspath(name), made, tokenizer, window)


def _number(option: str, value: object) -> int | None:
    """Return a whole number from 1 on, or None.

    Raises:
        OptionError: it is neither.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise OptionError(f"{option} = {value!r}; expected a whole number from 1 on, or None for all")
    return int(value)


def _plain(folder: Path, config: dict[str, Any], chosen: str, dtype: str, threads: int | None) -> Backend:
    shape = bert_config(config)
    assert shape is not None  # _choose made sure
    if chosen == "onnx":
        from firth.context.onnx_backend import OnnxBackend

        return OnnxBackend(folder, shape, dtype, threads)
    if chosen == "openvino":
        from firth.context.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(folder, shape, dtype, threads)
    from firth.context.bert import read_weights
    from firth.context.numpy_backend import NumpyBackend

    return NumpyBackend(shape, read_weights(folder, shape))


def _choose(folder: Path, config: dict[str, Any], backend: str, dtype: str, device: str) -> str:
    """Return the name of the back end to use; ``"graph"`` is the folder's own ONNX graph."""
    kind = config.get("model_type")
    light = _light(folder, config)
    fitting = {"bf16": ("openvino", "torch"), "int8": ("onnx",)}.get(dtype, BACKENDS[1:])
    if device == "cuda":
        if dtype == "int8":
            raise OptionError("int8 is computed on the CPU only; use dtype='bf16' on cuda")
        fitting = ("torch",)
    if backend != "auto" and backend not in fitting:
        what = f"dtype = {dtype!r}" if dtype in ("bf16", "int8") and device != "cuda" else f"device = {device!r}"
        names = " or ".join(f"backend={name!r}" for name in fitting)
        raise OptionError(f"{what} needs {names}, but backend={backend!r} is given")
    asked: str | None = backend
    if backend == "auto":
        asked = fitting[0] if len(fitting) == 1 else None
        if dtype == "bf16" and asked is None:
            asked = "openvino" if light and _bf16_without_torch(device) else "torch"
    own = None if light else ready_graph(folder, dtype)
    if asked == "onnx" and own is not None:
        return "graph"
    if asked in ("onnx", "openvino", "numpy") and not light:
        why = "has no safetensors weights" if bert_config(config) is not None else f"is a {kind!r} model"
        place = PLACES["int8" if dtype == "int8" else "fp32"][0]
        graph = f", or the folder's own graph ({place})" if asked == "onnx" else ""
        raise OptionError(
            f"{folder} {why}; the {asked} back end needs a BERT-class one with model.safetensors{graph}; "
            "use backend='torch'"
        )
    if asked is not None:
        return asked
    ready = {
        name: importlib.util.find_spec(name) is not None for name in ("onnxruntime", "onnx", "torch", "transformers")
    }
    if light and ready["onnxruntime"] and ready["onnx"]:
        return "onnx"
    if ready["torch"] and ready["transformers"] and (own is None or _torch_weights(folder)):
        return "torch"
    if own is not None:
        return "graph"
    if light:
        raise MissingExtraError("onnxruntime", "contextual", f"reading with {folder.name}")
    raise MissingExtraError("torch", "torch", f"a {kind!r} model")


def _bf16_without_torch(device: str) -> bool:
    """Tell whether OpenVINO should compute bf16: where it is installed, and not in place of a GPU."""
    if importlib.util.find_spec("openvino") is None:
        return False
    return device == "cpu" or importlib.util.find_spec("torch") is None or not _cuda()


def _cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def _light(folder: Path, config: dict[str, Any]) -> bool:
    """Tell whether the light back ends can compute a model from its weights."""
    return bert_config(config) is not None and bool(weight_files(folder))


def _torch_weights(folder: Path) -> bool:
    return bool(weight_files(folder)) or any(folder.glob("pytorch_model*.bin"))
