"""The general back end: any encoder of the transformers library, any layer, on the CPU or a GPU."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.context.backend import Backend, spare_padding
from firth.context.bert import bert_config, read_weights, weight_files
from firth.context.torch_bert import LeanBert, torch_package
from firth.errors import FirthError, FormatError, MissingExtraError, OptionError, ResourceError

Floats = NDArray[np.float32]

#: How many pieces are read at a time where neither the configuration nor the tokenizer names a limit.
_NO_LIMIT = 512

#: Pieces of the row that a model is tried with.
_PROBE = 7


def torch_backend(folder: Path, config: dict[str, Any], dtype: str, device: str, threads: int | None) -> Backend:
    """Return the torch back end for a model: lean where its architecture is known, else through transformers.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        OptionError: cuda is asked for and there is none.
        FormatError: transformers cannot open the model, or it gives no vector for every piece.
    """
    torch = torch_package()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise OptionError("device = 'cuda', but torch finds no CUDA device; use device='cpu'")
    if threads is not None:
        torch.set_num_threads(threads)
    shape = bert_config(config)
    if shape is not None and weight_files(folder):
        return LeanBert(shape, read_weights(folder, shape), dtype, device)
    return TransformersBackend(folder, config, dtype, device)


class _Stop(Exception):  # noqa: N818 - no error
    """The layer wanted is there; what lies above it need not be computed."""


class TransformersBackend(Backend):
    """Runs the model as transformers builds it, and listens at its layers.

    A trial at opening shows whether what is heard there are the model's hidden states. Where not (layers that share
    weights, or that are no modules of their own), every request asks the model for all its hidden states; where it has
    none, the last layer is all there is.
    """

    name = "torch"

    def __init__(self, folder: Path, config: dict[str, Any], dtype: str, device: str) -> None:
        torch = torch_package()
        self._torch = torch
        self.kind = str(config.get("model_type"))
        model = _open(folder, self.kind)
        model = getattr(model, "encoder", model) if getattr(model.config, "is_encoder_decoder", False) else model
        number = {"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]
        self._model = model.to(device=device, dtype=number).eval()
        self.dtype, self.device = dtype, device
        self.weight_bytes = sum(w.numel() * w.element_size() for w in self._model.parameters())
        self.max_pieces = _max_pieces(folder, model)
        self.budget = 1024 if device == "cpu" else 16_384
        self._takes_mask = "attention_mask" in inspect.signature(self._model.forward).parameters
        self.spare = spare_padding(config) if self._takes_mask else 0.0
        self._layers: Any = None
        self._try(folder)

    def _try(self, folder: Path) -> None:
        """Find out by a trial how many layers there are, how wide, and how to read them."""
        size = int(getattr(self._model.config, "vocab_size", 0) or 1)
        pad = getattr(self._model.config, "pad_token_id", None)
        ids = np.resize([i for i in range(min(size, 2 * _PROBE)) if i != pad] or [0], (1, _PROBE)).astype(np.int64)
        self.n_layers = int(getattr(self._model.config, "num_hidden_layers", 0) or 0)
        stacks = [m for m in self._model.modules() if isinstance(m, self._torch.nn.ModuleList)]
        fitting = [m for m in stacks if len(m) == self.n_layers]
        heard: dict[int, Any] = {}
        hooks = _listen(fitting[0], range(self.n_layers), heard) if fitting else []
        try:
            result = self._run(ids, None, all_layers=True)
        finally:
            for hook in hooks:
                hook.remove()
        last = self._checked(result[0], ids.shape, None)
        self.dim = int(last.shape[2])
        try:
            states = [self._checked(state, ids.shape, self.dim) for state in result["hidden_states"] or ()]
        except (KeyError, TypeError, FormatError):
            states = []
        self.only_last = len(states) < 2
        self.n_layers = len(states) - 1 if states else max(1, self.n_layers)
        agree = [self._same(heard.get(k), states[k]) for k in range(self.n_layers)] if states else [False]
        if fitting and len(fitting[0]) == self.n_layers and all(agree):
            self._layers = fitting[0]

    def _same(self, heard: Any, state: Any) -> bool:
        """Tell whether a hook heard a hidden state."""
        if not self._torch.is_tensor(heard) or heard.ndim != 3:
            return False
        mine = heard[:, : state.shape[1]]
        return mine.shape == state.shape and bool(self._torch.allclose(mine, state, rtol=1e-4, atol=1e-6))

    def forward(self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, layers: Sequence[int]) -> list[Floats]:
        """Return the hidden states of ``layers`` (see :class:`Backend`).

        Raises:
            OptionError: a layer that the model does not give is asked for.
            FormatError: the model fails, or gives another shape than one vector for every piece.
            ResourceError: memory is short.
        """
        others = [layer for layer in layers if layer != self.n_layers]
        states: dict[int, Any] = {}
        hooks: list[Any] = []
        if others and self.only_last:
            raise OptionError(
                f"layer {others[0]} is asked for, but a {self.kind!r} model gives no vector for every piece at each of "
                f"its layers, only at its last (-1, which is {self.n_layers}); use layers=-1"
            )
        if others and self._layers is not None:
            stop = max(layers) if max(layers) < self.n_layers else None
            hooks = _listen(self._layers, others, states, stop)
        try:
            result = self._run(ids, lengths, all_layers=bool(others) and self._layers is None)
            if others and self._layers is None:
                states = {layer: result["hidden_states"][layer] for layer in others}
            # The last layer is read at the model's end, since some models normalise once more after it.
            states[self.n_layers] = result[0]
        except _Stop:
            pass
        finally:
            for hook in hooks:
                hook.remove()
        checked = [self._checked(states.get(layer), ids.shape, self.dim) for layer in layers]
        return [state.float().cpu().numpy() for state in checked]

    def _run(self, ids: NDArray[np.int64], lengths: NDArray[np.int64] | None, *, all_layers: bool) -> Any:
        """Return what the model gives."""
        torch = self._torch
        given: dict[str, Any] = {"input_ids": torch.from_numpy(ids).to(self.device)}
        if self._takes_mask:
            real = np.ones(ids.shape, np.int64) if lengths is None else np.arange(ids.shape[1]) < lengths[:, None]
            given["attention_mask"] = torch.from_numpy(real.astype(np.int64)).to(self.device)
        if all_layers:
            given["output_hidden_states"] = True
        try:
            with torch.inference_mode():
                return self._model(**given)
        except (_Stop, FirthError):
            raise
        except Exception as error:  # whatever a model's own code raises
            line = (str(error).strip().split("\n")[0] or type(error).__name__)[:300]
            what = f"pieces of shape {ids.shape}"
            if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in line:
                raise ResourceError(f"memory is short for {what} in the {self.kind!r} model: {line}") from error
            raise FormatError(
                f"the {self.kind!r} model cannot read {what}: transformers raises {type(error).__name__}: {line}; "
                "expected an encoder that takes any number of input_ids; use another model"
            ) from error

    def _checked(self, state: Any, shape: tuple[int, ...], dim: int | None) -> Any:
        """Return a hidden state without the padding that some models add; it has a vector for every piece."""
        found = tuple(state.shape) if self._torch.is_tensor(state) else type(state).__name__
        if self._torch.is_tensor(state) and state.ndim == 3:
            state = state[:, : shape[1]]
            if tuple(state.shape) == (*shape, dim or state.shape[2]):
                return state
        raise FormatError(
            f"the {self.kind!r} model gives hidden states of shape {found} for pieces of shape {shape}; expected one"
            f" vector{f' of {dim} numbers' if dim else ''} for every piece"
        )


def _open(folder: Path, kind: str) -> Any:
    """Return the model as transformers opens it."""
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("transformers", "torch", f"a {kind!r} model") from error
    quiet = transformers.utils.logging
    bar = quiet.is_progress_bar_enabled()
    quiet.disable_progress_bar()
    try:
        return transformers.AutoModel.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # many kinds, none of ours
        line = str(error).strip().split("\n")[0]
        raise FormatError(f"transformers cannot open the model in {folder}: {line}") from error
    finally:
        if bar:
            quiet.enable_progress_bar()


def _listen(layers: Any, which: Sequence[int], states: dict[int, Any], stop: int | None = None) -> list[Any]:
    """Put hooks to ``layers`` that keep the hidden states of ``which``, 0 for what goes into the first.

    Args:
        layers: the model's layers.
        which: numbers of hidden states.
        states: where they are kept.
        stop: after which of them to raise :class:`_Stop`; None for none.
    """

    def keep(number: int, state: Any) -> None:
        states[number] = state.clone() if hasattr(state, "clone") else state  # some models go on in place
        if number == stop:
            raise _Stop

    def before(_: Any, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        keep(0, args[0] if args else named.get("hidden_states"))

    def after(number: int) -> Any:
        def hook(_: Any, __: Any, output: Any) -> None:
            keep(number, output[0] if isinstance(output, tuple) else output)

        return hook

    hooks = [layers[0].register_forward_pre_hook(before, with_kwargs=True)] if 0 in which else []
    return hooks + [layers[k - 1].register_forward_hook(after(k)) for k in which if k > 0]


def _max_pieces(folder: Path, model: Any) -> int:
    """Return the most pieces of a window: what the positions allow, else the tokenizer, else a usual number."""
    most = getattr(model.config, "max_position_embeddings", None)
    if isinstance(most, int) and most > 0:
        first = int(model.config.pad_token_id or 0) + 1 if _positions_after_padding(model) else 0
        return most - first
    try:
        told = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))["model_max_length"]
    except (OSError, ValueError, LookupError, TypeError):
        return _NO_LIMIT
    sane = isinstance(told, int | float) and 2 < told <= 1_000_000  # some write 1e30 for "no limit"
    return int(told) if sane else _NO_LIMIT


def _positions_after_padding(model: Any) -> bool:
    """Tell whether position numbers start after the padding id, as in RoBERTa."""
    embeddings = getattr(model, "embeddings", None)
    table = getattr(embeddings, "position_embeddings", None)
    return getattr(table, "padding_idx", None) is not None
