"""The training state: what a finished table leaves out and going on with it needs, as one safetensors file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.files import atomic_write
from firth.formats.checksums import check
from firth.formats.firth_file import parse_safetensors, write_safetensors
from firth.training.model import Floats
from firth.version import __version__
from firth.vocabulary import Vocabulary

#: The version of the file, and what its name ends with.
LAYOUT, ENDING = "1", ".state"


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Everything that training holds of its words.

    Attributes:
        vocabulary: the words.
        counts: how often each was seen in all texts so far, int64 of shape ``(n_words,)``.
        inputs: their vectors, float32 of shape ``(n_words, dim)``.
        outputs: their context rows, float32 of shape ``(n_words, dim)``.
        recipe: of the table that was made of it.
    """

    vocabulary: Vocabulary
    counts: NDArray[np.int64]
    inputs: Floats
    outputs: Floats
    recipe: dict[str, Any]


def state_path(model: str | os.PathLike[str]) -> Path:
    """Return where the state of a model lies: beside it, or the path itself where that is a state.

    >>> state_path("news.firth").name, state_path("news.firth.state").name
    ('news.firth.state', 'news.firth.state')
    """
    path = Path(model)
    return path if path.suffix == ENDING else path.with_name(path.name + ENDING)


def write_state(
    path: str | os.PathLike[str],
    vocabulary: Vocabulary,
    counts: NDArray[np.int64],
    inputs: Floats,
    outputs: Floats,
    recipe: Mapping[str, Any],
) -> None:
    """Write a state, whole or not at all.

    Raises:
        WriteError: the file cannot be written.
    """
    tensors: dict[str, NDArray[Any]] = {
        "words.offsets": vocabulary.offsets,
        "counts": counts,
        "inputs": inputs,
        "outputs": outputs,
        "words.bytes": vocabulary.blob,
    }
    metadata = {"firth.state": LAYOUT, "firth.version": __version__, "firth.recipe": json.dumps(recipe)}
    with atomic_write(path) as file:
        write_safetensors(file, tensors, metadata)


def read_state(model: str | os.PathLike[str]) -> TrainingState:
    """Read the state of a model, given by the path of the model or of the state.

    Raises:
        ReadError: there is none, or it cannot be opened.
        FormatError: the file is damaged or no state.
    """
    path = state_path(model)
    if not path.exists():
        raise ReadError(
            f"there is no {path}: a table alone cannot be trained further, its context rows are missing; train it with "
            "a state kept beside it (--keep-state, keep_state=), or begin from its vectors alone (--start-from)"
        )
    try:
        data = np.fromfile(path, np.uint8)
    except (OSError, ValueError) as error:
        raise ReadError(f"cannot read {path}: {error}") from error
    tensors, metadata = parse_safetensors(data, str(path))
    if metadata.get("firth.state") != LAYOUT:
        raise FormatError(f"{path} is no training state that this firth {__version__} reads (layout {LAYOUT!r})")
    check(path)
    try:
        vocabulary = Vocabulary(tensors["words.bytes"], tensors["words.offsets"])
        counts, inputs, outputs = (tensors[name] for name in ("counts", "inputs", "outputs"))
        shapes = {inputs.shape, outputs.shape, (*counts.shape, inputs.shape[-1])}
        if len(shapes) != 1 or inputs.ndim != 2 or len(inputs) != len(vocabulary):
            raise FormatError(f"{path}: its parts do not fit each other; the file is damaged")
        recipe = json.loads(metadata.get("firth.recipe", "{}"))
        return TrainingState(vocabulary, counts, inputs, outputs, recipe)
    except (KeyError, ValueError, IndexError) as error:
        raise error if isinstance(error, FormatError) else FormatError(f"{path}: {error}; damaged file") from error
