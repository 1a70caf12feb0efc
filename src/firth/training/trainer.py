"""The trainer: takes a model through the corpus, whatever the model is."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass

import numpy as np

from firth.progress import Progress
from firth.training.model import Model
from firth.training.options import TrainOptions
from firth.training.stream import TokenStream
from firth.training.threads import run_threads

#: Most tokens a chunk: some milliseconds of work, after which a thread looks up.
LONGEST_CHUNK = 30_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training run did.

    Attributes:
        losses: of every epoch, the mean negative-sampling loss of a positive pair, in nats:
            ``-log s(x.o)`` plus the sum of ``-log s(-x.o)`` over its negative words.
        seconds: wall time of the epochs alone.
        pairs: positive pairs trained.
        trained: words trained, after subsampling.
    """

    losses: tuple[float, ...]
    seconds: float
    pairs: int
    trained: int


def chunk_size(n_tokens: int) -> int:
    """Return the tokens a chunk: small corpora are cut finer, so that all threads have work.

    >>> chunk_size(10_000_000), chunk_size(20_000), chunk_size(10)
    (30000, 1000, 1000)
    """
    return min(LONGEST_CHUNK, max(1000, n_tokens // 64))


def run(model: Model, stream: TokenStream, n_words: int, options: TrainOptions, watcher: Progress) -> Outcome:
    """Train all epochs.

    The threads take chunk after chunk from one queue, in corpus order, and write to the same matrices without locks
    ("Hogwild", Niu et al. 2011). Random numbers and the learning rate depend on the chunk, never on the thread, so
    one thread gives the same bits every time. ``n_words`` is the number of words that a pass over the corpus counts as.
    """
    size = chunk_size(len(stream))
    chunks = max(1, -(-len(stream) // size))
    total = chunks * options.epochs
    sums = np.zeros((options.epochs, 3))
    done = np.zeros(options.epochs, np.int64)
    tickets = itertools.count()
    lock = threading.Lock()

    def rate(ticket: int) -> float:
        return options.lr + (options.min_lr - options.lr) * ticket / total

    def work(_: int, stop: threading.Event) -> None:
        space = model.workspace()
        while not stop.is_set() and (ticket := next(tickets)) < total:
            epoch, chunk = divmod(ticket, chunks)
            ids = stream.read(chunk * size, min(len(stream), (chunk + 1) * size))
            model.train(space, ids, (rate(ticket), rate(ticket + 1)), epoch, chunk)
            with lock:
                sums[epoch] += model.tally(space)
                done[epoch] += 1
                if done[epoch] == chunks or ticket % 16 == 0:
                    watcher.note(epoch=f"{epoch + 1}/{options.epochs}", loss=_mean(sums[epoch]), lr=rate(ticket))
            watcher.advance(n_words / chunks)

    watcher.start("training", total=float(n_words) * options.epochs, unit="words")
    started = time.perf_counter()
    try:
        run_threads(work, min(options.threads or 1, total))
    finally:
        watcher.close()
    seconds = time.perf_counter() - started
    losses = tuple(_mean(row) for row in sums)
    return Outcome(losses, seconds, int(sums[:, 1].sum()), int(sums[:, 2].sum()))


def _mean(row: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(row[0] / row[1]) if row[1] else 0.0
