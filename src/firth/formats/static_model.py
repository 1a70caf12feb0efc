"""Static models of Model2Vec and sentence-transformers: ``model.safetensors`` beside ``tokenizer.json``.

The words of the table are the tokenizer's tokens as they stand there, marks such as ``##`` and ``▁`` included; a row is
the token's vector times its weight, where the model has weights. Both files are read as they are: neither of the
packages is needed. A folder that firth writes is opened by both: a word-level tokenizer over the table's words, where
words that text would not give in one piece ("New York", "well-known") are added tokens.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.formats.base import ReadOptions, Source
from firth.formats.firth_file import parse_safetensors
from firth.formats.folders import atomic_folder
from firth.formats.making import make_table
from firth.formats.source import open_source
from firth.wordvectors import WordVectors

NAME = "static-model"
EXTENSIONS: tuple[str, ...] = ()

_FOLDERS = ("", "0_StaticEmbedding")
_MATRICES = ("embeddings", "embedding.weight")
_UNKNOWN = "[UNK]"
_PIECE = re.compile(r"\w+|[^\w\s]+")
_DTYPES = {"float32": "F32", "float16": "F16"}


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts a safetensors file that is not firth's."""
    return (
        len(head) > 16 and head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 1 << 32
        and b'"firth.layout"' not in head[:4096]
    )  # fmt: skip


def find(folder: Path) -> tuple[Path, Path] | None:
    """Return the model and the tokenizer in a folder, None where they are not there."""
    for inner in _FOLDERS:
        model = folder / inner / "model.safetensors"
        for tokenizer in (folder / inner / "tokenizer.json", folder / "tokenizer.json"):
            if model.is_file() and tokenizer.is_file():
                return model, tokenizer
    return None


def read_folder(folder: Path, options: ReadOptions) -> WordVectors:
    """Read the static model in a folder.

    Raises:
        FormatError: the files are damaged, or not of a static model.
        ReadError: there is none.
    """
    found = find(folder)
    if found is None:
        raise ReadError(f"{folder} holds no model.safetensors beside a tokenizer.json")
    return _table(open_source(found[0]), found[1], folder, options)


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Read a ``model.safetensors`` with the ``tokenizer.json`` beside it.

    Raises:
        FormatError: the files are damaged, or not of a static model.
        ReadError: the tokenizer is not there.
    """
    if source.path is None:
        raise FormatError(f"{source.name}: its words stand in tokenizer.json beside it; name the file itself")
    for tokenizer in (source.path.with_name("tokenizer.json"), source.path.parent.parent / "tokenizer.json"):
        if tokenizer.is_file():
            return _table(source, tokenizer, tokenizer.parent, options)
    raise ReadError(
        f"{source.name} is a safetensors file without words: no tokenizer.json stands beside it; put it there, or take "
        "the arrays out with safetensors and use WordVectors.from_words(words, vectors)"
    )


def _table(model: Source, tokenizer: Path, folder: Path, options: ReadOptions) -> WordVectors:
    tensors, _ = parse_safetensors(model.data, model.name)
    rows = next((tensors[name] for name in _MATRICES if name in tensors), None)
    if rows is None or rows.ndim != 2:
        listed = ", ".join(f"{key} {array.shape}" for key, array in list(tensors.items())[:4])
        raise FormatError(
            f"{model.name} is no static model: no matrix {' or '.join(_MATRICES)}, but {listed or 'nothing'}; for a "
            "transformer see firth context and firth distill"
        )
    rows = _numbers(rows)
    config = _json(folder / "config.json") if (folder / "config.json").is_file() else {}
    words = _tokens(tokenizer)
    mapping, weights = tensors.get("mapping"), tensors.get("weights")
    if mapping is not None:
        fits = mapping.ndim == 1 and mapping.dtype.kind in "iu" and len(mapping) >= len(words)
        if not fits or (len(mapping) and not 0 <= int(mapping.min()) <= int(mapping.max()) < len(rows)):
            raise FormatError(f"{model.name}: its mapping of {mapping.shape} does not fit {len(rows):,} rows; damaged")
        rows = rows[mapping[: len(words)].astype(np.int64)]
    if weights is not None:
        if weights.ndim != 1 or len(weights) < len(words):
            raise FormatError(f"{model.name}: weights of {weights.shape} for {len(words):,} tokens; damaged")
        with np.errstate(all="ignore"):  # what is no number stays none, as in any table
            rows = (rows[: len(words)] * _numbers(weights)[: len(words), None]).astype(np.float32)
    if len(rows) < len(words):
        raise FormatError(f"{model.name}: {len(rows):,} rows for {len(words):,} tokens of {tokenizer}")
    if config.get("firth_added_unknown") is True and words and words[-1] == _UNKNOWN:
        words.pop()
    settings = {key: config[key] for key in ("tokenizer_name", "base_model_name", "normalize") if key in config}
    return make_table(
        words, rows[: len(words)], options, format=NAME, source=str(folder), recipe={"settings": settings}
    )  # fmt: skip


def _numbers(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers that numpy knows; bfloat16 comes as the upper half of a float32."""
    if array.dtype == np.uint16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(open_source(path).data.tobytes())
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is no JSON ({error}); the file is damaged") from error
    if not isinstance(found, dict):
        raise FormatError(f"{path} holds a {type(found).__name__}; expected an object")
    return found


def _tokens(path: Path) -> list[str]:
    """Return the tokens of a tokenizer in the order of their numbers; holes become names that no text gives."""
    whole = _json(path)
    model = whole.get("model")
    vocab = model.get("vocab") if isinstance(model, dict) else None
    numbers: dict[int, str] = {}
    if isinstance(vocab, dict):  # WordLevel, WordPiece, BPE
        numbers = {number: token for token, number in vocab.items() if type(number) is int}
    elif isinstance(vocab, list):  # Unigram: pairs of token and score
        numbers = {n: pair[0] for n, pair in enumerate(vocab) if isinstance(pair, list) and pair}
    for added in whole.get("added_tokens") or ():
        if isinstance(added, dict) and type(added.get("id")) is int:
            numbers[added["id"]] = added.get("content", "")
    if not numbers or not all(isinstance(token, str) for token in numbers.values()):
        raise FormatError(f"{path}: no vocabulary of tokens with numbers; the tokenizer is of an unknown kind")
    if min(numbers) < 0 or max(numbers) > 2 * len(numbers) + 1_000:
        raise FormatError(f"{path}: tokens are numbered {min(numbers)} to {max(numbers)}; the file is damaged")
    return [numbers.get(number, f"[unused{number}]") for number in range(max(numbers) + 1)]


def write(wv: WordVectors, path: Path) -> None:
    """Write a folder that Model2Vec and sentence-transformers open.

    Raises:
        FormatError: a word is not UTF-8 or is empty, which a tokenizer cannot hold.
        WriteError: the folder could not be written.
    """
    words = wv.vocabulary.words()
    for row, word in enumerate(words):
        if not word or any("\ud800" <= character <= "\udfff" for character in word):
            raise FormatError(f"the word {word!r} (row {row:,}) is empty or not UTF-8, which no tokenizer can hold")
    added_unknown = _UNKNOWN not in wv.vocabulary
    vectors = wv.vectors
    if added_unknown:
        words.append(_UNKNOWN)
        vectors = np.concatenate([vectors, np.zeros((1, wv.dim), vectors.dtype)])
    config = {
        "model_type": "model2vec", "architectures": ["StaticModel"], "tokenizer_name": "firth",
        "hidden_dim": wv.dim, "normalize": False, "embedding_dtype": str(vectors.dtype),
        "firth_added_unknown": added_unknown, "firth_recipe": wv.recipe,
    }  # fmt: skip
    modules = [{"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}]
    with atomic_folder(path, "model.safetensors") as folder:
        shape = [len(words), wv.dim]
        entry = {"dtype": _DTYPES[str(vectors.dtype)], "shape": shape, "data_offsets": [0, vectors.nbytes]}
        head = json.dumps({"__metadata__": {"format": "pt"}, "embeddings": entry}).encode()
        head += b" " * (-(8 + len(head)) % 64)
        with (folder / "model.safetensors").open("wb") as file:
            file.write(len(head).to_bytes(8, "little") + head)
            for start in range(0, len(vectors), 1 << 16):
                file.write(np.ascontiguousarray(vectors[start : start + (1 << 16)]).tobytes())
        contents = {"tokenizer.json": _tokenizer(words), "config.json": config, "modules.json": modules}
        for name, content in contents.items():
            (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _tokenizer(words: list[str]) -> dict[str, Any]:
    """Return a tokenizer that gives each of ``words`` one token."""
    lower = all(word == word.lower() for word in words if word != _UNKNOWN)
    added = [
        {"id": number, "content": word, "single_word": True, "lstrip": False, "rstrip": False, "normalized": lower,
         "special": False}
        for number, word in enumerate(words) if word != _UNKNOWN and not _PIECE.fullmatch(word)
    ]  # fmt: skip
    unknown = {"id": words.index(_UNKNOWN), "content": _UNKNOWN, "single_word": False, "lstrip": False,
               "rstrip": False, "normalized": False, "special": True}  # fmt: skip
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": sorted([unknown, *added],
                                                                                      key=lambda entry: entry["id"]),
        "normalizer": {"type": "Lowercase"} if lower else None, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: n for n, word in enumerate(words)}, "unk_token": _UNKNOWN},
    }  # fmt: skip
