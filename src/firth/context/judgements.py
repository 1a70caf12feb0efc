"""What people said about words in context: WiC, SCWS and USim, and how a model's layers agree with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.context.words import joined
from firth.errors import BenchmarkError
from firth.evaluation.statistics import spearman
from firth.progress import Progress

if TYPE_CHECKING:
    from firth.context.encoder import Encoder

Span = tuple[int, int]


@dataclass(frozen=True)
class Judged:
    """Pairs of words in context and what people said of each.

    Attributes:
        name: the benchmark.
        texts: two texts a pair, one after another: ``2 n_pairs`` of them.
        spans: where the word stands in each text, in characters.
        gold: the judgement of each pair, float64 of shape ``(n_pairs,)``: 1 or 0 for same or different, or a grade.
    """

    name: str
    texts: tuple[str, ...]
    spans: tuple[Span, ...]
    gold: NDArray[np.float64]


def read_wic(folder: Path, part: str) -> Judged:
    """Read one part (``"train"`` or ``"dev"``) of Word-in-Context (Pilehvar and Camacho-Collados 2019).

    Raises:
        BenchmarkError: a file is missing or is not as its README says.
    """
    lines, gold = _lines(folder / f"{part}.data.txt"), _lines(folder / f"{part}.gold.txt")
    if len(lines) != len(gold):
        raise BenchmarkError(f"{folder}: {len(lines)} pairs in {part}.data.txt, {len(gold)} answers in {part}.gold.txt")
    texts: list[str] = []
    spans: list[Span] = []
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        if len(fields) != 5 or not re.fullmatch(r"\d+-\d+", fields[2]):
            raise BenchmarkError(
                f"{folder}/{part}.data.txt, line {number}: expected word, class, i-j, sentence, sentence"
            )
        for place, sentence in zip(map(int, fields[2].split("-")), fields[3:], strict=True):
            _add(texts, spans, sentence.split(" "), place, f"{part}.data.txt, line {number}")
    return Judged("WiC " + part, tuple(texts), tuple(spans), np.array([float(g.strip() == "T") for g in gold]))


def read_scws(path: Path) -> Judged:
    """Read Stanford's Contextual Word Similarities (Huang et al. 2012): long contexts, the word between ``<b>`` tags.

    Raises:
        BenchmarkError: the file is missing, or a line lacks its fields.
    """
    texts: list[str] = []
    spans: list[Span] = []
    gold = []
    for number, line in enumerate(_lines(path), 1):
        fields = line.split("\t")
        parts = [re.fullmatch(r"(.*)<b>\s*(.*?)\s*</b>(.*)", field) for field in fields[5:7]]
        if len(fields) < 8 or len(parts) != 2 or None in parts:
            raise BenchmarkError(f"{path}, line {number}: expected two contexts with <b>word</b> and a mean rating")
        for part in parts:
            assert part is not None
            before, word, after = part.groups()
            texts.append(before + word + after)
            spans.append((len(before), len(before) + len(word)))
        gold.append(float(fields[7]))
    return Judged("SCWS", tuple(texts), tuple(spans), np.array(gold))


def read_usim(path: Path) -> Judged:
    """Read USim (Erk et al. 2013) as two lines a pair: sentence, place of the word, rating, item.

    Raises:
        BenchmarkError: the file is missing, or a line lacks its fields.
    """
    texts: list[str] = []
    spans: list[Span] = []
    gold = []
    for number, line in enumerate(_lines(path), 1):
        fields = line.split("\t")
        if len(fields) < 3 or not fields[1].isdigit():
            raise BenchmarkError(f"{path}, line {number}: expected sentence, place and rating between tabs")
        _add(texts, spans, fields[0].split(" "), int(fields[1]), f"{path.name}, line {number}")
        gold.append(float(fields[2]))
    if len(gold) % 2:
        raise BenchmarkError(f"{path} holds {len(gold)} lines; expected two a pair")
    return Judged("USim", tuple(texts), tuple(spans), np.array(gold[::2]))


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
    except OSError as error:
        raise BenchmarkError(f"cannot read {path}: {error.strerror or error}") from error


def _add(texts: list[str], spans: list[Span], tokens: Sequence[str], place: int, where: str) -> None:
    text, found = joined(tokens)
    if place >= len(found):
        raise BenchmarkError(f"{where}: word {place} of {len(found)}")
    texts.append(text)
    spans.append(found[place])


def cosines(encoder: Encoder, judged: Judged, *, progress: Progress | None = None) -> NDArray[np.float64]:
    """Return every pair's cosine in every layer, raw and centred: float64 of shape ``(n_layers + 1, 2, n_pairs)``.

    Centred cosines take away the mean over all of the benchmark's words.
    """
    layers = range(encoder.n_layers + 1)
    usages = encoder.usages(judged.texts, spans=judged.spans, layers=layers, combine="concat", progress=progress)
    stacked = np.nan_to_num(usages.vectors).reshape(len(usages), len(layers), encoder.dim)
    out = np.empty((len(layers), 2, len(judged.gold)))
    for layer in layers:
        rows = stacked[:, layer].astype(np.float64)
        for kind, chosen in enumerate((rows, rows - rows.mean(axis=0))):
            norms = np.linalg.norm(chosen, axis=1, keepdims=True)
            unit = chosen / np.where(norms > 0, norms, 1)
            out[layer, kind] = np.einsum("ij,ij->i", unit[::2], unit[1::2])
    return out


def best_threshold(values: NDArray[np.float64], same: NDArray[np.float64]) -> float:
    """Return the cut above which "same" is right most often.

    >>> best_threshold(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0, 1, 1]))
    0.5
    """
    order = np.argsort(values)
    ordered, truth = values[order], same[order]
    right = np.concatenate([[0], np.cumsum(1 - truth)]) + np.concatenate([np.cumsum(truth[::-1])[::-1], [0]])
    cut = int(np.argmax(right))
    edges = np.concatenate([[ordered[0] - 1], (ordered[1:] + ordered[:-1]) / 2, [ordered[-1] + 1]])
    return float(edges[cut])


@dataclass(frozen=True)
class LayerScore:
    """How one layer agrees with people.

    Attributes:
        layer: 0 for the embeddings.
        centred: whether the cosines are centred.
        wic_train, wic_dev: share of right answers, the threshold fitted on train.
        wic_error: standard error of ``wic_dev``.
        scws, usim: Spearman correlations.
    """

    layer: int
    centred: bool
    wic_train: float
    wic_dev: float
    wic_error: float
    scws: float
    usim: float


def score_layers(encoder: Encoder, folder: Path, *, progress: Progress | None = None) -> list[LayerScore]:
    """Score every layer on WiC, SCWS and USim.

    Args:
        encoder: the model.
        folder: holds ``WiC/``, ``SCWS/ratings-odd.txt`` (or ``ratings.txt``) and ``USim/usim_en.txt``.
        progress: who watches.

    Raises:
        BenchmarkError: a file is missing or damaged.
    """
    train, dev = read_wic(folder / "WiC", "train"), read_wic(folder / "WiC", "dev")
    whole = folder / "SCWS" / "ratings.txt"
    scws = read_scws(whole if whole.exists() else folder / "SCWS" / "ratings-odd.txt")
    usim = read_usim(folder / "USim" / "usim_en.txt")
    found = [cosines(encoder, judged, progress=progress) for judged in (train, dev, scws, usim)]
    out = []
    for layer in range(encoder.n_layers + 1):
        for kind in (0, 1):
            on_train, on_dev, on_scws, on_usim = (values[layer, kind] for values in found)
            cut = best_threshold(on_train, train.gold)
            right = [float(((v > cut) == (j.gold > 0.5)).mean()) for v, j in ((on_train, train), (on_dev, dev))]
            error = float(np.sqrt(right[1] * (1 - right[1]) / len(dev.gold)))
            rho = [spearman(v, j.gold) for v, j in ((on_scws, scws), (on_usim, usim))]
            out.append(LayerScore(layer, bool(kind), right[0], right[1], error, rho[0], rho[1]))
    return out
