"""firth.train: a corpus in, a table out."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from firth.errors import OptionError, WriteError
from firth.progress import Progress, Silent
from firth.subwords import Subwords
from firth.training.cbow import Cbow
from firth.training.checkpoint import Checkpoint
from firth.training.continuing import Beginning
from firth.training.corpus import CorpusLike
from firth.training.counting import EncodedCorpus, encode_corpus
from firth.training.deterministic import round_bytes, run_rounds
from firth.training.display import choose_display
from firth.training.fasttext import FastText
from firth.training.fasttext_cbow import FastTextCbow
from firth.training.floret import Floret
from firth.training.glove import Glove
from firth.training.hierarchical import HierarchicalCbow, HierarchicalSkipGram
from firth.training.legs import Lookout
from firth.training.log import logged
from firth.training.memory import MemoryForecast, forecast
from firth.training.model import snapshot
from firth.training.observers import Moment, Observer, Stop, as_observers, snapshot_bytes
from firth.training.options import TrainOptions
from firth.training.pairs import train_pairs_with
from firth.training.recipe import training_recipe
from firth.training.skipgram import SkipGram
from firth.training.subgram import Subgram
from firth.training.trainer import chunk_size, run
from firth.wordvectors import WordVectors

_MODELS: dict[str, type[SkipGram | HierarchicalSkipGram | Glove]] = {
    "skipgram": SkipGram,
    "cbow": Cbow,
    "skipgram-hs": HierarchicalSkipGram,
    "cbow-hs": HierarchicalCbow,
    "glove": Glove,
    "fasttext": FastText,
    "fasttext-cbow": FastTextCbow,
    "floret": Floret,
}


def train(
    corpus: CorpusLike,
    *,
    model: str = "skipgram",
    dim: int | None = None,
    window: int | None = None,
    shrink_windows: bool | None = None,
    negative: int | None = None,
    ns_exponent: float | None = None,
    epochs: int | None = None,
    min_count: int | None = None,
    max_words: int | None = None,
    sample: float | None = None,
    lr: float | None = None,
    min_lr: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    deterministic: bool | None = None,
    x_max: float | None = None,
    symmetric: bool | None = None,
    memory: int | None = None,
    minn: int | None = None,
    maxn: int | None = None,
    buckets: int | None = None,
    hashes: int | None = None,
    column: str | None = None,
    phrases: int | None = None,
    phrase_scoring: str | None = None,
    phrase_threshold: float | None = None,
    connectors: Sequence[str] | None = None,
    spool_above: int | None = None,
    progress: Progress | bool | None = None,
    callbacks: Observer | Callable[[Moment], object] | Sequence[Observer | Callable[[Moment], object]] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: float | None = None,
    resume: bool = False,
    start_from: WordVectors | None = None,
    continue_from: str | os.PathLike[str] | None = None,
    freeze: str | Iterable[str] | None = None,
    keep_state: str | os.PathLike[str] | None = None,
) -> WordVectors:
    """Train word vectors on a corpus.

    Skip-gram or CBOW with negative sampling or hierarchical softmax (Mikolov et al. 2013), or GloVe (Pennington et al.
    2014). In a text a word is a run of bytes above 32 and a newline ends a sentence; packed files (gz, bz2, xz, zst)
    are unpacked in passing. Of an iterable, a sentence is a list of words or a string; it is gone through once, so it
    may be a generator.
    The model "pairs" is the tutorial's: it reads pairs of related words, see :func:`firth.training.train_pairs`.

    Args:
        corpus: a path, a pattern such as ``"texts/*.gz"``, a list of them, or any iterable of sentences.
        model: "skipgram", "cbow" (both with negative sampling), "skipgram-hs", "cbow-hs" (both with hierarchical
            softmax), "glove" ...: the names of ``firth.training.options.MODELS``.
        dim: numbers a vector (100; pairs 3; those of ``start_from`` and ``continue_from``).
        window: words to either side that count as context, at most (5).
        shrink_windows: each window is given a random size from 1 to ``window`` (default), or always ``window``.
        negative: random words that a pair of neighbours is set against (5). A model refuses what it has no use for.
        ns_exponent: negative words are drawn in proportion to count ** ns_exponent (0.75; fasttext and floret 0.5).
        epochs: how often the corpus is gone through (5); GloVe goes through its pairs of words (15).
        min_count: words that occur less often are left out (5).
        max_words: only so many words are kept, the most frequent (all).
        sample: words more frequent than this share of the corpus are dropped at random (1e-3; 0: none are).
        lr: learning rate at the start (0.05); it falls in a straight line to ``min_lr``. GloVe's is
            AdaGrad's, and stays.
        min_lr: learning rate at the end (1e-4).
        threads: cores to use; None is all that this process may use.
        seed: start of the random numbers. With ``threads=1`` the same seed gives the same bits.
        deterministic: the same seed gives the same bits at any number of threads; this takes more time. Threads share
            the work of skip-gram and CBOW, -hs too; the other models are then trained by one thread.
        x_max: GloVe: pairs of words seen this often weigh most (10).
        symmetric: GloVe: count neighbours on both sides (default), or only those on the left.
        memory: GloVe: megabytes for counting pairs (2048); what does not fit goes to disk.
        minn, maxn: fasttext and floret: characters of the shortest and the longest n-gram (3, 6).
        buckets: fasttext and floret: rows that n-grams are hashed to (2,000,000; floret 50,000, for words too).
        hashes: floret: rows an n-gram (2).
        column: of tables (parquet files, JSON lines, a Hugging Face dataset, dicts), the column that holds the text.
        phrases: how often phrases such as "new york" are looked for and joined by "_" before training (0).
        phrase_scoring: "default" or "npmi", see :func:`firth.training.find_phrases`.
        phrase_threshold: pairs that score higher are phrases (10; npmi 0.5).
        connectors: words such as "of" that may stand inside a phrase but neither start nor end one (none).
        spool_above: megabytes of the corpus as numbers (4 bytes a word) above which it is kept in a temporary file in
            place of memory (a quarter of what is available).
        progress: True shows a line with speed, time left and loss, False nothing, None shows it on a terminal; or any
            object of the protocol :class:`firth.progress.Progress`.
        callbacks: functions that are called at the end of every epoch with a :class:`firth.training.Moment` (epoch,
            share done, loss, a snapshot of the table on demand ...), or objects of the protocol
            :class:`firth.training.Observer`; one that returns True ends training, and what there is is returned.
        checkpoint: a file that holds, while training goes on, what is needed to go on after a crash: replaced whole
            every ``checkpoint_every`` seconds. It stays; remove it once the table is saved.
        checkpoint_every: seconds between checkpoints (600); only beside ``checkpoint``.
        resume: go on from ``checkpoint`` where there is one; options and corpus must be the same. With ``threads=1``
            and a seed the result has the bits of a run that was never stopped.
        start_from: a table; words of the corpus that stand in it begin with its vectors, others at random.
        continue_from: the path of a model (or of its state) that was trained with ``keep_state``: training goes on with
            its words and the new ones. Words that the corpus does not have keep their vectors; counts add up.
        freeze: words that ``start_from`` or ``continue_from`` knows and whose vectors shall stay, or "all-known".
        keep_state: a file for what ``continue_from`` needs, vectors and context rows; ``"OUTPUT.state"``.

    Returns:
        WordVectors: float32 of shape ``(n_words, dim)``, most frequent word first, with counts, and with the whole
        recipe: all parameters, files and sizes, words, seconds, and the loss of every epoch.

    Raises:
        OptionError: a parameter is outside what it may be.
        ResumeError: the checkpoint is of another run.
        ReadError: a file cannot be opened.
        CorpusError: the corpus is damaged, or no word occurs ``min_count`` times.
        ResourceError: the matrices would not fit the memory at hand.

    >>> sentences = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 50
    >>> wv = train(sentences, dim=10, epochs=2, min_count=1, sample=0, threads=1, seed=1, progress=False)
    >>> wv
    <WordVectors: 4 words x 10, float32>
    >>> wv.counts.tolist(), wv.recipe["corpus"]["words"]
    ([100, 100, 50, 50], 300)
    """
    beginning = Beginning(start_from=start_from, continue_from=continue_from, freeze=freeze)
    parameters: dict[str, Any] = {
        "dim": beginning.dim if dim is None else dim,
        "window": window,
        "shrink_windows": shrink_windows,
        "negative": negative,
        "ns_exponent": ns_exponent,
        "epochs": epochs,
        "min_count": min_count,
        "max_words": max_words,
        "sample": sample,
        "lr": lr,
        "min_lr": min_lr,
        "threads": threads,
        "seed": seed,
        "deterministic": deterministic,
        "x_max": x_max,
        "symmetric": symmetric,
        "memory": memory,
        "minn": minn,
        "maxn": maxn,
        "buckets": buckets,
        "hashes": hashes,
        "column": column,
        "phrases": phrases,
        "phrase_scoring": phrase_scoring,
        "phrase_threshold": phrase_threshold,
        "connectors": connectors,
        "spool_above": spool_above,
    }
    options = TrainOptions(model, **parameters)
    if resume and checkpoint is None:
        raise OptionError("resume needs to know from where; give checkpoint=PATH")
    if checkpoint_every is not None and checkpoint is None:
        raise OptionError("checkpoint_every needs to know where the checkpoint is kept; give checkpoint=PATH")
    every = 600.0 if checkpoint_every is None else checkpoint_every
    kept = None if checkpoint is None else Checkpoint(checkpoint, every, resume)
    observers = as_observers(callbacks)
    if options.model == "pairs":
        beginning.check(options, keep_state)
        if kept is not None:
            raise OptionError("checkpoint keeps the models that read a corpus; the model pairs takes a moment only")
        return train_pairs_with(corpus, options, choose_display(progress), observers=observers)
    wv = train_with(
        corpus,
        options,
        choose_display(progress),
        observers=observers,
        checkpoint=kept,
        beginning=beginning,
        keep_state=keep_state,
    )
    if "state_not_kept" in wv.recipe:
        warnings.warn(f"the training state is not kept: {wv.recipe['state_not_kept']}", RuntimeWarning, stacklevel=2)
    return wv


def train_with(
    corpus: CorpusLike,
    options: TrainOptions,
    watcher: Progress | None = None,
    *,
    told: Callable[[EncodedCorpus, MemoryForecast], None] | None = None,
    observers: Sequence[Observer] = (),
    stop: Stop | None = None,
    checkpoint: Checkpoint | None = None,
    beginning: Beginning | None = None,
    keep_state: str | os.PathLike[str] | None = None,
) -> WordVectors:
    """Train with options that are already checked; ``told`` hears of the corpus and the memory before training starts.

    ``observers`` look on, see :mod:`firth.training.observers`. Whoever asks ``stop`` ends training, and what there is
    is returned; its recipe says so. ``checkpoint`` stays when training is done. ``beginning`` says
    where training begins (None: at random); ``keep_state`` is the file of what going on with the table will need.

    Raises:
        CorpusError, ReadError, ResumeError, ResourceError: see :func:`train`.
    """
    options = options.settled() if checkpoint is None else checkpoint.settle(options)
    watcher = watcher or Silent()
    beginning = beginning or Beginning()
    beginning.check(options, keep_state)
    started = time.perf_counter()
    encoded = encode_corpus(
        corpus,
        min_count=options.min_count,
        max_words=options.max_words,
        threads=options.threads or 1,
        progress=watcher,
        known=beginning.known,
        column=options.column,
        phrases=options.phrase_rule(),
        spool_above=options.spool_above,
    )
    counted = time.perf_counter()
    working = options.for_training()
    trained = _make(working, encoded)
    trained.compile()
    matrices, tables = trained.needed_bytes()
    if working.in_rounds:
        tables += round_bytes(len(encoded.vocabulary), options.dim)
    more = beginning.extra_bytes(encoded) + snapshot_bytes(observers, len(encoded.vocabulary), options.dim)
    plan = forecast(encoded.stream, matrices + more, tables)
    plan.check()
    if told is not None:
        told(encoded, plan)
    trained.start()
    begun: Any = beginning.lay(trained, encoded)

    def table() -> WordVectors:
        return beginning.table(encoded, snapshot(begun), None, _subwords(begun))

    lookout = Lookout(observers, table, stop or Stop())
    if options.one_thread:
        lookout.said = {"threads": "1 (deterministic)"}
    if checkpoint is not None:
        checkpoint.attach(lookout, begun, options, encoded, beginning.identity())
    with contextlib.closing(encoded.stream), logged(observers, options, encoded, plan) as end:
        if isinstance(begun, Glove):  # goes through pairs of words, not through the corpus
            outcome = begun.fit(encoded.stream, encoded.n_tokens, working, watcher, lookout)
        elif working.in_rounds:
            outcome = run_rounds(begun, encoded.stream, encoded.n_tokens, working, watcher, lookout)
        else:
            outcome = run(begun, encoded.stream, encoded.n_tokens, working, watcher, lookout)
        recipe = training_recipe(options, encoded, outcome, plan, counted - started)
        if keep_state is not None:
            try:
                beginning.keep(keep_state, begun, encoded, recipe)
            except WriteError as error:  # what was trained is worth more than going on with it
                recipe["state_not_kept"] = str(error)
        told_too = begun.told() if isinstance(begun, Subgram) else {}
        finished = beginning.table(encoded, begun.finish(), {**recipe, **told_too}, _subwords(begun))
        end(outcome.ended or "done", seconds=recipe["seconds"], loss=recipe["loss"])
    return finished


def _make(options: TrainOptions, encoded: EncodedCorpus) -> SkipGram | HierarchicalSkipGram | Glove:
    kind = _MODELS[options.model]
    if issubclass(kind, Subgram):  # these look into the words
        return kind(encoded.counts, options, chunk_size(len(encoded.stream)), encoded.vocabulary)
    return kind(encoded.counts, options, chunk_size(len(encoded.stream)))


def _subwords(model: Any) -> Subwords | None:
    return model.subwords() if isinstance(model, Subgram) else None
