"""Static tables out of a contextual model: each word read alone, by its pieces, or in its sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.context.centring import ALIKE
from firth.context.contexts import ContextMeans
from firth.context.export import storable
from firth.context.layers import reading
from firth.context.splits import Split, SplitMeans, checked_senses
from firth.context.words import Text
from firth.errors import CorpusError, OptionError
from firth.operations.recipe import positive, whole
from firth.progress import Progress
from firth.wordvectors import WordVectors

if TYPE_CHECKING:
    from firth.context.encoder import Encoder

Floats = NDArray[np.float32]

MODES = ("alone", "pieces", "contexts")


def distill(
    encoder: Encoder,
    words: Iterable[str] | None = None,
    *,
    corpus: Iterable[Text] | None = None,
    mode: str = "auto",
    layers: int | Sequence[int] | None = None,
    centre: bool = True,
    remove: int = 0,
    pca: int | None = None,
    sif: float | None = None,
    min_count: int = 3,
    top: int | None = None,
    lower: bool | None = None,
    pattern: str | None = None,
    senses: Iterable[str] | Mapping[str, int | None] | None = None,
    progress: Progress | None = None,
) -> WordVectors:
    """Return a static table made with a contextual model.

    Args:
        encoder: the model.
        words: the words of the table; None for those of the corpus.
        corpus: texts; with one, a word's vector is its mean over the sentences that it stands in.
        mode: ``"alone"`` reads every word by itself; ``"pieces"`` reads only the model's own pieces and averages them,
            as Model2Vec does (Tulkens and van Dongen 2024); ``"contexts"`` needs ``corpus``. ``"auto"`` is
            ``"contexts"`` with a corpus, else ``"alone"``.
        layers: which layers; several are each centred, brought to unit length and added. None for layer 1 and the
            last: early layers do better on analogies, late ones on similarity; of some only the last.
        centre: take the mean of all words away; needs two different words.
        remove: how many of the strongest common directions to take away as well (Mu and Viswanath 2018).
        pca: how many principal components to keep; None for all numbers. With ``remove`` at most one less than words.
        sif: the parameter ``a`` of smooth inverse frequency (Arora et al. 2017): rows are scaled by ``a / (a + p)``, so
            that a plain mean over a text weighs rare words more; 1e-3 is usual. Frequencies come from the corpus, else
            from the order of ``words`` by Zipf's law. None for no scaling.
        min_count: with a corpus, leave out words seen in fewer places.
        top: with a corpus, keep the most frequent.
        lower: count words of the corpus alike whatever their case; None to do so where the model does.
        pattern: with a corpus, what a word is; by default runs of letters, digits and inner apostrophes or hyphens.
        senses: with a corpus, words to split by sense; or a dict of words and numbers of groups, None for as many as
            are suggested (see :func:`firth.context.senses.suggest`). Their usages are kept and grouped by the layer at
            two thirds of the depth; each group's mean becomes a word ``bat#1``, ``bat#2`` beside ``bat``, made of the
            same layers and centred and cut like all others, so that it compares with them.
        progress: who watches.

    Returns:
        float32 vectors; words in the order given, or the most frequent first; senses behind their word, or by their
        counts. Words without a piece are left out and counted in the recipe as ``"no_piece"``, too rare ones as
        ``"too_rare"``; its ``"senses"`` holds the number of usages of every group, none for a word that is too rare.

    Raises:
        OptionError: options contradict each other, or are outside what they may be.
        CorpusError: the corpus has no word often enough.
    """
    if mode == "auto":
        mode = "alone" if corpus is None else "contexts"
    if mode not in MODES:
        raise OptionError(f"mode = {mode!r}; expected one of {', '.join(map(repr, ('auto', *MODES)))}")
    if (mode == "contexts") != (corpus is not None):
        raise OptionError(f"mode = {mode!r} and corpus are given; a corpus goes with mode='contexts' alone")
    if words is None and corpus is None:
        raise OptionError("neither words nor corpus is given; expected a list of words, or texts to take them from")
    if corpus is None and (top is not None or senses is not None):
        raise OptionError(f"{'top' if senses is None else 'senses'} is given without a corpus; give corpus= as well")
    _at_least("min_count", min_count, 0)
    if top is not None:
        _at_least("top", top, 1)
    check_finish(encoder.dim, remove=remove, pca=pca, sif=sif)
    listed = None if words is None else _checked_words(words)
    asked = {} if senses is None else checked_senses(senses)
    for word in listed or ():
        stem, _, number = word.rpartition("#")
        if stem in asked and number.isdigit():
            raise OptionError(f"{word!r} is among the words and may be the name of a sense; leave it out of words")
    if layers is None:
        layers = (1, -1) if encoder.n_layers > 1 and not encoder.backend.only_last else -1
    chosen = reading(layers, "concat", "mean", encoder.n_layers).layers
    counts: NDArray[np.int64] | None = None
    if corpus is not None:
        if asked:
            means: ContextMeans = SplitMeans(encoder, chosen, listed, asked, lower=lower, pattern=pattern)
        else:
            means = ContextMeans(encoder, chosen, listed, lower=lower, pattern=pattern)
        names, stacked, counts = means.over(corpus, min_count, top, progress)
        splits = means.splits(min_count) if isinstance(means, SplitMeans) else []
        if not names and not any(len(split.means) for split in splits):
            raise CorpusError(f"no word stands in the corpus {min_count} times or more; lower min_count")
        missing = 0 if listed is None else len(listed) - len(names)
        names, stacked, counts = _with_splits(names, stacked, counts, splits, ordered=listed is not None)
    else:
        read = _pieces if mode == "pieces" else _alone
        stacked = read(encoder, listed or [], chosen, progress)
        known = np.flatnonzero(~np.isnan(stacked[:, 0])) if len(stacked) else np.zeros(0, np.int64)
        names, stacked, missing = [(listed or [])[i] for i in known.tolist()], stacked[known], len(stacked) - len(known)
    if centre and not _differ(stacked):
        raise OptionError(
            f"centre takes the mean of all words away, and of {len(names)} word{'s' * (len(names) != 1)} that are one "
            "vector nothing is left; give several different words, or centre=False"
        )
    vectors = finish(blend(stacked, len(chosen), centre=centre), remove=remove, pca=pca, sif=sif, counts=counts)
    recipe: dict[str, Any] = {
        "kind": "distilled",
        "model": encoder.name,
        "mode": mode,
        "layers": list(chosen),
        "centre": centre,
        "remove": remove,
        "pca": pca,
        "sif": sif,
        "backend": f"{encoder.backend.name} {encoder.backend.dtype}",
        "no_piece" if corpus is None else "too_rare": missing,
    }
    if asked:
        recipe["senses"] = {split.word: split.counts.tolist() for split in splits}
    return WordVectors.from_words(names, vectors, counts=counts, recipe=recipe)


def _at_least(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OptionError(f"{name} = {value!r}; expected a whole number of at least {least}")


def _checked_words(words: Iterable[str]) -> list[str]:
    """Return words, each once."""
    if isinstance(words, str | bytes) or not isinstance(words, Iterable):
        raise OptionError(f"words is {words!r:.80}; expected a list of words")
    listed = list(dict.fromkeys(words))
    for word in listed:
        if not isinstance(word, str):
            raise OptionError(f"words has {word!r:.80}; expected strings")
        if storable(word) != word:
            raise OptionError(f"words has {word!r:.80}, which holds a lone surrogate; no table can hold that")
    return listed


def _with_splits(
    names: list[str], stacked: Floats, counts: NDArray[np.int64], splits: list[Split], *, ordered: bool
) -> tuple[list[str], Floats, NDArray[np.int64]]:
    """Return the table's rows with those of the splits between: behind their word, or by their counts."""
    if not splits:
        return names, stacked, counts
    places = {name: place for place, name in enumerate(names)}
    split_names = [name for split in splits for name in split.names]
    behind = [places.get(split.word, len(names)) for split in splits for _ in split.names]
    counts = np.concatenate([counts, *(split.counts for split in splits)])
    keys = np.array([*range(len(names)), *behind]) if ordered else -counts
    order = np.argsort(keys, kind="stable")  # the plain words stand first, and so stay before their senses
    joined = [*names, *split_names]
    rows = np.concatenate([stacked, *(split.means for split in splits)])
    return [joined[i] for i in order.tolist()], rows[order], counts[order]


def _differ(vectors: Floats, block: int = 256) -> bool:
    """Tell whether there are two vectors that differ by more than rounding."""
    if len(vectors) < 2:
        return False
    least = ALIKE * float(np.linalg.norm(vectors[0]))
    return any(
        bool((np.linalg.norm(vectors[start : start + block] - vectors[0], axis=1) > least).any())
        for start in range(0, len(vectors), block)
    )


def _alone(encoder: Encoder, words: list[str], layers: Sequence[int], progress: Progress | None) -> Floats:
    """Return every word's vectors read by itself, the layers side by side."""
    texts = [[word] for word in words]
    return encoder.usages(texts, layers=layers, combine="concat", progress=progress).vectors


def _pieces(encoder: Encoder, words: list[str], layers: Sequence[int], progress: Progress | None) -> Floats:
    """Return the mean of every word's pieces, each piece read by itself."""
    cut = encoder.tokenizer.encode(words)
    ids, of = np.unique(cut.ids, return_inverse=True)
    read = encoder.read_pieces(ids, layers)
    counts = np.diff(cut.bounds)
    has = np.flatnonzero(counts)
    out = np.full((len(words), read.shape[1]), np.nan, np.float32)
    if len(has):
        out[has] = np.add.reduceat(read[of], cut.bounds[:-1][has], axis=0) / counts[has, None]
    return out


def blend(stacked: Floats, n_layers: int, *, centre: bool) -> Floats:
    """Return one vector for every word out of several layers': each centred and brought to unit length, then added.

    Args:
        stacked: float32 of shape ``(n_words, n_layers x dim)``.
        n_layers: how many layers stand side by side.
        centre: take every layer's mean away first.

    >>> blend(np.float32([[2, 0, 0, 1], [0, 2, 1, 0]]), 2, centre=False).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    parts = np.split(stacked, n_layers, axis=1)
    if centre:
        parts = [part - part.mean(axis=0) for part in parts]
    if n_layers == 1:
        return np.ascontiguousarray(parts[0], np.float32)
    total = np.zeros_like(parts[0])
    for part in parts:
        norms = np.linalg.norm(part, axis=1, keepdims=True)
        total += part / np.where(norms > 0, norms, 1)
    return total.astype(np.float32, copy=False)


def check_finish(dim: int, *, remove: int, pca: int | None, sif: float | None) -> None:
    """Refuse what no table could be finished with, before a model reads for it.

    Raises:
        OptionError: an option is outside what it may be.
    """
    whole("remove", remove, 0, dim - 1)
    if pca is not None:
        whole("pca", pca, 1, dim)
    if sif is not None:
        positive("sif", sif)


def finish(
    vectors: Floats, *, remove: int, pca: int | None, sif: float | None, counts: NDArray[np.int64] | None
) -> Floats:
    """Take directions away, keep components, scale rows (see :func:`distill` for the options).

    Raises:
        OptionError: an option is outside what it may be.
    """
    if remove or pca is not None:
        vectors = _components(vectors, remove, pca)
    return vectors if sif is None else vectors * _sif(sif, len(vectors), counts)


def _components(vectors: Floats, remove: int, keep: int | None) -> Floats:
    """Take the strongest directions away, then keep the next ones."""
    n, dim = vectors.shape
    most = min(dim, n - 1)  # so many directions n points span around their mean
    if remove + (1 if keep is None else keep) > most:
        raise OptionError(
            f"remove = {remove} and pca = {keep}; {n} words in {dim} numbers have at most {max(most, 0)} components"
        )
    mean = vectors.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(vectors.T.astype(np.float64)).reshape(dim, dim))
    axes = axes[:, ::-1].astype(np.float32)  # the strongest first
    if remove:
        first = axes[:, :remove]
        vectors = vectors - (vectors - mean) @ first @ first.T
    if keep is not None:
        vectors = (vectors - mean) @ axes[:, remove : remove + keep]
    return np.ascontiguousarray(vectors, np.float32)


def _sif(a: float, n: int, counts: NDArray[np.int64] | None) -> Floats:
    """Return the weight of every row, float32 of shape ``(n_words, 1)``."""
    frequency = 1 / np.arange(1, n + 1) if counts is None else counts.astype(np.float64)
    share = frequency / frequency.sum()
    weights: Floats = (a / (a + share))[:, None].astype(np.float32)
    return weights
