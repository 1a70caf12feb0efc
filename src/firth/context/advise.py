"""Which vectors do for these texts: static, distilled or contextual, by a probe on the user's own labels."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.context.locate import locate
from firth.context.probe import make_folds, predict
from firth.context.recommendation import RULE, Candidate, recommend
from firth.context.textmeans import contextual_means, static_means, words_of
from firth.errors import CorpusError, FirthError, OptionError
from firth.evaluation.resampling import RESAMPLES, bootstrap_mean, percentile_interval
from firth.evaluation.statistics import wilson
from firth.loading import load
from firth.progress import Progress, Silent
from firth.wordvectors import WordVectors

if TYPE_CHECKING:
    from firth.context.encoder import Encoder

Floats = NDArray[np.float32]

#: Texts that a model reads before its time is taken.
_WARM = 32


@dataclass(frozen=True)
class Advice:
    """What the probe found.

    Attributes:
        candidates: the vectors, the most accurate first, then the majority class.
        best: name of the most accurate.
        choice: name of the recommended one; None where none does better than the majority class.
        sentence: the recommendation in words.
        rule: how it was chosen.
        interval: how the intervals were made.
        n_texts, folds: texts compared, parts of the cross-validation.
        classes: texts of each label.
        n_groups: groups that were kept together; None where there are none.
        without_words: numbers of the texts that hold no word, which were left out.
    """

    candidates: list[Candidate]
    best: str
    choice: str | None
    sentence: str
    rule: str
    interval: str
    n_texts: int
    folds: int
    classes: dict[str, int]
    n_groups: int | None
    without_words: list[int]

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


@dataclass
class _Entry:
    """A candidate in the making: how to read texts with it, and what it costs."""

    name: str
    kind: str
    means: Callable[[Sequence[str]], tuple[Floats, float]]
    memory: int
    disk: int | None
    features: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    covered: float = 0.0
    milliseconds: float = 0.0


def advise(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    static: Iterable[str | os.PathLike[str] | WordVectors] = (),
    encoder: Encoder | None = None,
    groups: Sequence[str] | None = None,
    folds: int = 5,
    progress: Progress | None = None,
) -> Advice:
    """Compare vectors on labelled texts: accuracy of a small probe, time, memory, disk; and recommend one.

    A text's vector is the mean of its words': out of each static table; out of a table distilled from the model, each
    word read alone; and out of the model, every word in its text. All are probed on the same folds (see
    :func:`firth.context.probe.predict`).

    Args:
        texts: the texts.
        labels: the class of each.
        static: files, names or open tables.
        encoder: the contextual model; None to compare static tables alone.
        groups: what each text belongs to; texts of one group are never on both sides of a fold. Without, sentences of
            one document help each other, and accuracies come out too high.
        folds: parts of the cross-validation.
        progress: who watches.

    Raises:
        OptionError: lists of unlike length, or nothing to compare.
        CorpusError: too few texts or classes.
        MissingExtraError: scikit-learn is not installed.
    """
    for name, other in (("labels", labels), ("groups", groups)):
        if other is not None and len(other) != len(texts):
            raise OptionError(f"{len(texts)} texts and {len(other)} {name}; expected one for every text")
    tables = list(static)
    if not tables and encoder is None:
        raise OptionError("neither static tables nor a model is given; expected one at least")
    has = [i for i, text in enumerate(texts) if words_of(text)]
    if not has:
        raise CorpusError(f"none of the {len(texts)} texts holds a word")
    without = sorted(set(range(len(texts))) - set(has))
    texts, labels = [texts[i] for i in has], [labels[i] for i in has]
    groups = None if groups is None else [groups[i] for i in has]
    parts = make_folds(labels, folds, groups)
    watch = progress or Silent()

    entries = [_static(table) for table in tables]
    if encoder is not None:
        entries += [_distilled(encoder, texts, watch), _contextual(encoder, watch)]
    _rename_twins(entries)
    right: list[NDArray[np.bool_]] = []
    truth = np.asarray(labels, object)
    for entry in entries:
        _read(entry, texts)
        watch.start(f"probing {entry.name}", folds, "folds")
        right.append(np.asarray(predict(entry.features, labels, parts, groups, watch), object) == truth)
        watch.close()
    classes = dict(Counter(labels).most_common())
    common = next(iter(classes))
    majority = _Entry(f"always {common!r}", "majority", lambda _: (entries[0].features, 0.0), 0, 0)
    cluster = np.arange(len(texts)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    candidates = _scored([*entries, majority], [*right, truth == common], cluster, groups is not None)
    choice, sentence = recommend(candidates)
    drawn = f"{RESAMPLES:,} bootstrap resamples of the"
    return Advice(
        candidates=candidates,
        best=candidates[0].name,
        choice=choice,
        sentence=sentence,
        rule=RULE,
        interval=f"{drawn} groups" if groups is not None else f"Wilson's; of differences: {drawn} texts",
        n_texts=len(texts),
        folds=folds,
        classes=classes,
        n_groups=None if groups is None else len(set(groups)),
        without_words=without,
    )


def _scored(
    entries: list[_Entry], right: list[NDArray[np.bool_]], cluster: NDArray[np.int64], grouped: bool
) -> list[Candidate]:
    """Return the candidates, the most accurate first, the majority class last."""
    shares = [float(r.mean()) for r in right]
    last = len(entries) - 1
    order = [*sorted(range(last), key=lambda i: (-shares[i], entries[i].milliseconds)), last]
    best = right[order[0]].astype(float)
    out = []
    for i in order:
        drawn = bootstrap_mean(cluster, right[i].astype(float), right[i] - best)
        entry = entries[i]
        out.append(
            Candidate(
                name=entry.name,
                kind=entry.kind,
                dim=int(entry.features.shape[1]),
                accuracy=shares[i],
                ci95=percentile_interval(drawn[0]) if grouped else wilson(int(right[i].sum()), len(right[i])),
                behind=shares[i] - shares[order[0]],
                behind_ci95=percentile_interval(drawn[1]),
                covered=entry.covered,
                milliseconds=entry.milliseconds,
                memory=entry.memory,
                disk=entry.disk,
            )
        )
    return out


# -- the candidates ---------------------------------------------------------------------------------------------


def _static(table: str | os.PathLike[str] | WordVectors) -> _Entry:
    if isinstance(table, WordVectors):
        source = table.report.source if table.report is not None else ""
        return _table_entry(table, Path(source).name or repr(table), "static", _file_size(source))
    wv = load(table)
    source = os.fspath(table) if Path(table).exists() else wv.report.source if wv.report is not None else ""
    return _table_entry(wv, Path(table).name, "static", _file_size(source))


def _distilled(encoder: Encoder, texts: Sequence[str], watch: Progress) -> _Entry:
    lower = encoder.ignores_case
    words = list(dict.fromkeys(w.lower() if lower else w for text in texts for w in words_of(text)))
    table = encoder.distill(words, progress=watch)
    with tempfile.TemporaryDirectory() as folder:
        disk = table.save(Path(folder) / "distilled.firth").stat().st_size
    return _table_entry(table, f"{Path(encoder.name).name} distilled", "distilled", disk)


def _table_entry(table: WordVectors, name: str, kind: str, disk: int | None) -> _Entry:
    v = table.vocabulary
    arrays = (table.vectors, table.norms, v.blob, v.offsets, v.slots)
    return _Entry(name, kind, lambda texts: static_means(table, texts), sum(a.nbytes for a in arrays), disk)


def _contextual(encoder: Encoder, watch: Progress) -> _Entry:
    def means(texts: Sequence[str]) -> tuple[Floats, float]:
        return contextual_means(encoder, texts, watch if len(texts) > _WARM else None)

    name = f"{Path(encoder.name).name} in context"
    return _Entry(name, "contextual", means, encoder.backend.weight_bytes, _model_size(encoder.name))


def _read(entry: _Entry, texts: Sequence[str]) -> None:
    """Make the vectors of all texts and take the time, after a short start."""
    entry.means(texts[:_WARM])
    seconds = []
    for _ in range(1 if entry.kind == "contextual" else 3):  # what is over at once is taken at its best of three
        start = time.perf_counter()
        entry.features, entry.covered = entry.means(texts)
        seconds.append(time.perf_counter() - start)
    entry.milliseconds = min(seconds) * 1000 / len(texts)


def _rename_twins(entries: list[_Entry]) -> None:
    """Give entries of one name numbers, so that a recommendation names one."""
    seen: Counter[str] = Counter()
    for entry in entries:
        seen[entry.name] += 1
        if seen[entry.name] > 1:
            entry.name += f" ({seen[entry.name]})"


def _file_size(source: str) -> int | None:
    path = Path(source.split("::")[0]) if source else None
    if path is None or not path.exists():
        return None
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)


def _model_size(name: str) -> int | None:
    """Return the bytes of a model's weights on disk: safetensors, else torch's own files, else its ONNX graph."""
    try:
        folder = locate(name)
    except FirthError:
        return None
    for pattern in ("model*.safetensors", "pytorch_model*.bin", "**/*model.onnx*"):
        files = list(folder.glob(pattern))
        if files:
            return sum(p.stat().st_size for p in files)
    return None
