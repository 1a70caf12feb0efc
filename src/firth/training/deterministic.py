"""Training whose bits do not depend on the number of threads.

The corpus is gone through in rounds of ``SHARDS`` shards. Every shard trains, by the model's own kernel, on copies of
the rows that its text and its negative words touch, as they were when the round began; then what the shards learned is
merged, row by row, in the order of the shards (firth.kernels.merge). Who trains a shard or merges a row makes no
difference. A round is small, so that no shard works on rows that are long out of date. Models that cannot be trained so
are trained by one thread (``TrainOptions.one_thread``).
"""

from __future__ import annotations

import copy
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.progress import Progress
from firth.training.legs import Course, Lookout, Sums, travel
from firth.training.model import LANES, aligned_zeros, row_layout
from firth.training.options import TrainOptions
from firth.training.stream import TokenStream
from firth.training.trainer import Outcome, cut_points

#: Shards of a round: no more threads than these find work.
SHARDS = 4
#: Most words of a shard, and the least.
LONGEST, SHORTEST = 4000, 32
#: Words of a shard beside the number of kinds that the text would have if all were equally frequent: the more often a
#: word stands in a round, the further it goes from where the round's shards see it.
PER_KIND = 2
#: Negative words that a shard draws for itself, one for so many words of its text: each then serves again and again.
PER_NEGATIVE = 2
#: Model → how far one occurrence of a word takes its rows to where a shard's text wants them, at learning rate 1.
PULLS = {"skipgram": 2.0, "cbow": 0.2, "skipgram-hs": 2.0, "cbow-hs": 0.2}


def shard_size(kept: NDArray[np.float64], n_tokens: int) -> int:
    """Return the tokens of a shard; ``kept`` says how often each word is trained in an epoch.

    >>> shard_size(np.full(10_000, 50.0), 500_000), shard_size(np.full(100, 5000.0), 500_000)
    (1953, 200)
    """
    kinds = kept.sum() ** 2 / (kept**2).sum()
    return int(max(SHORTEST, min(LONGEST, PER_KIND * kinds, n_tokens // (64 * SHARDS))))


def run_rounds(
    model: Any, stream: TokenStream, n_words: int, options: TrainOptions, watcher: Progress, lookout: Lookout
) -> Outcome:
    """Train all epochs in rounds; see :func:`firth.training.trainer.run`, which is faster and not deterministic."""
    with Rounds(model, stream, options) as rounds:
        course = Course(rounds.rounds, options.epochs)

        def rate(ticket: int) -> float:
            return options.lr + (options.min_lr - options.lr) * ticket / course.total

        def drive(_: Any, ticket: int) -> Sums:
            epoch, number = divmod(ticket, course.chunks)
            return rounds.train((rate(ticket), rate(ticket + 1)), epoch, number)

        travel(
            course,
            drive,
            lambda: None,
            threads=1,  # a round has threads of its own
            words=float(n_words),
            rate=rate,
            watcher=watcher,
            lookout=lookout,
        )
    return Outcome.of(course)


def room_of(n_words: int, size: int, *, is_sampled: bool = True) -> tuple[int, int]:
    """Return how many rows a shard of so many tokens may touch, and how many negative words it draws.

    >>> room_of(1_000_000, 4000), room_of(10, 32)
    ((5024, 1024), (10, 64))
    """
    n_drawn = 1 << max(6, (size // PER_NEGATIVE).bit_length() - 1) if is_sampled else 0
    return min(n_words, size + n_drawn), n_drawn


def round_bytes(n_words: int, dim: int) -> int:
    """Return the most bytes that a round takes beside the model."""
    width, blocks = row_layout(dim)
    most = room_of(n_words, LONGEST)[0]
    return SHARDS * (2 * most * width * blocks * LANES * 4 + 16 * most + 4 * n_words)


@dataclass
class _Copies:
    """The shards' copies of rows of one matrix.

    Attributes:
        rows: which rows each shard has; of shape ``(SHARDS, most)``.
        places: where a row stands among a shard's, or -1; of shape ``(SHARDS, n_rows)``.
        touches: how often each is trained, about.
        own: the copies, of shape ``(SHARDS, most, columns)``.
        sizes: how many rows each shard has.
    """

    rows: NDArray[np.int32]
    places: NDArray[np.int32]
    touches: NDArray[np.float32]
    own: NDArray[np.float32]
    sizes: NDArray[np.int64]

    @classmethod
    def room(cls, most: int, matrix: NDArray[np.float32]) -> _Copies:
        n_rows, columns = matrix.shape
        return cls(
            np.zeros((SHARDS, most), np.int32),
            np.full((SHARDS, n_rows), -1, np.int32),
            np.zeros((SHARDS, most), np.float32),
            aligned_zeros(SHARDS * most, columns).reshape(SHARDS, most, columns),
            np.zeros(SHARDS, np.int64),
        )

    def take(self, s: int, n: int, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """Copy the ``n`` rows that a shard has named; return the copies."""
        from firth.kernels.merge import copy_rows

        self.sizes[s] = n
        own: NDArray[np.float32] = self.own[s]
        copy_rows(self.rows[s], n, matrix, own)
        return own

    def forget(self, s: int) -> None:
        """Forget the rows that a shard named last."""
        from firth.kernels.merge import forget

        forget(self.rows[s], int(self.sizes[s]), self.places[s])

    def merge(self, part: int, parts: int, n: int, pull: float, matrix: NDArray[np.float32]) -> None:
        """Move rows by what ``n`` shards learned; one of ``parts`` parts of them."""
        from firth.kernels.merge import merge_rows

        merge_rows(part, parts, self.sizes[:n], self.rows, self.places, self.touches, self.own, pull, matrix)


class Rounds:
    """A model that is trained a round at a time; same bits for any number of threads.

    Use as a context manager: it holds threads.
    """

    def __init__(self, model: Any, stream: TokenStream, options: TrainOptions) -> None:
        self._model, self._stream = model, stream
        self._seed, self._pull = options.seed or 0, PULLS[options.model]
        self._threads = max(1, min(options.threads or 1, SHARDS))
        kept = model._counts * (model._keep / (2**32 - 1))
        size = shard_size(kept, len(stream))
        self._cuts = cut_points(stream, size)
        self.shards = len(self._cuts) - 1
        n_words = len(model.inputs)
        self._tree: Any = getattr(model, "_tree", None)
        most, n_drawn = room_of(n_words, size, is_sampled=self._tree is None)
        self._inputs = _Copies.room(most, model.inputs)
        if self._tree is None:  # both matrices have a row a word, so one numbering does for both
            self._outputs = replace(
                self._inputs,
                touches=self._inputs.touches.copy(),
                own=aligned_zeros(SHARDS * most, model.inputs.shape[1]).reshape(self._inputs.own.shape),
                sizes=np.zeros(SHARDS, np.int64),
            )
        else:
            longest = min(len(model.outputs), most * self._tree.longest)
            self._outputs = _Copies.room(longest, model.outputs)
        self._ids = np.zeros((SHARDS, size), np.int32)
        self._keep = np.zeros((SHARDS, most), np.uint32)
        self._table = np.zeros((SHARDS, n_drawn), np.int32)
        self._spaces = [model.workspace() for _ in range(SHARDS)]
        self._models = [copy.copy(model) for _ in range(SHARDS)]
        self._pool = ThreadPoolExecutor(self._threads, "firth-shard") if self._threads > 1 else None

    def __enter__(self) -> Rounds:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    @property
    def rounds(self) -> int:
        """Rounds of an epoch."""
        return -(-self.shards // SHARDS)

    def train(self, rates: tuple[float, float], epoch: int, number: int) -> Sums:
        """Train a round, the learning rate going from the first to the second of ``rates``; return its sums."""
        first = number * SHARDS
        n = min(SHARDS, self.shards - first)
        slope = (rates[1] - rates[0]) / n
        queue = itertools.count()
        sums: list[Any] = [None] * n

        def work(_: int) -> None:
            while (s := next(queue)) < n:
                here = (rates[0] + slope * s, rates[0] + slope * (s + 1))
                sums[s] = self._train_shard(s, here, epoch, first + s)

        self._everywhere(work)
        self._everywhere(lambda part: self._merge(part, n, rates[0]))
        whole: Sums = np.sum(sums, axis=0)
        return whole

    def _everywhere(self, work: Any) -> None:
        """Call ``work(k)`` for every thread k, and wait."""
        if self._pool is None:
            work(0)
        else:
            list(self._pool.map(work, range(self._threads)))

    def _train_shard(self, s: int, rates: tuple[float, float], epoch: int, shard: int) -> NDArray[np.float64]:
        from firth.kernels.merge import localise

        model, whole = self._models[s], self._model
        inputs, outputs = self._inputs, self._outputs
        ids = self._stream.read(int(self._cuts[shard]), int(self._cuts[shard + 1]))
        local = self._ids[s, : len(ids)]
        outputs.forget(s)  # the rows of the round before
        if self._tree is not None:
            inputs.forget(s)
        n_inputs, n_outputs = localise(
            ids, whole._keep, whole._table if self._tree is None else self._table[s], self._seed, epoch, shard,
            inputs.rows[s], inputs.places[s], inputs.touches[s], outputs.touches[s],
            local, self._keep[s], self._table[s],
        )  # fmt: skip
        if self._tree is not None:
            n_outputs = self._grow(s, n_inputs)
        else:
            model._table = self._table[s]
        model._keep = self._keep[s]
        model.inputs = inputs.take(s, n_inputs, whole.inputs)
        model.outputs = outputs.take(s, n_outputs, whole.outputs)
        model.train(self._spaces[s], local, rates, epoch, shard)
        tally: NDArray[np.float64] = model.tally(self._spaces[s])
        return tally

    def _grow(self, s: int, n_words: int) -> int:
        """Give a shard the part of the tree that its words need; return how many nodes that has."""
        from firth.kernels.merge import localise_paths

        tree, outputs, words = copy.copy(self._tree), self._outputs, self._inputs.rows[s]
        most = int(np.diff(tree.offsets)[words[:n_words]].sum())
        tree.offsets, tree.nodes, tree.signs = (
            np.zeros(n_words + 1, np.int64), np.zeros(most, np.int32), np.zeros(most, np.float32)
        )  # fmt: skip
        self._models[s]._tree = tree
        return localise_paths(
            words, n_words, self._inputs.touches[s], self._tree.offsets, self._tree.nodes, self._tree.signs,
            outputs.rows[s], outputs.places[s], outputs.touches[s], tree.offsets, tree.nodes, tree.signs,
        )  # fmt: skip

    def _merge(self, part: int, n: int, rate: float) -> None:
        pull = self._pull * rate
        self._inputs.merge(part, self._threads, n, pull, self._model.inputs)
        self._outputs.merge(part, self._threads, n, pull, self._model.outputs)
