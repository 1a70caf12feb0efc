"""The pairs of words of a corpus, counted exactly in a table that grows, and those of them that are phrases.

A key is a first and a last word, 32 bits each. Where connectors stand between them ("bank of england"), the first is a
gap node in place of a word: a numbered way from a word through connectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.errors import ResourceError
from firth.progress import Progress
from firth.training.memory import available_bytes
from firth.training.phraserule import PhraseRule
from firth.training.reading import RawCorpus
from firth.training.wordtable import COUNT, LENGTH, START, WordTable

#: Slots of a table at first.
SMALLEST = 1 << 16
#: Pairs that wait while their slots come from memory.
WAITING = 256


class PairTable:
    """The pairs of a corpus with their counts."""

    def __init__(self, raw: RawCorpus, rule: PhraseRule, watcher: Progress) -> None:
        from firth.kernels.bigrams import count_pairs

        self._table, self._rule = raw.table, rule
        self._n = len(raw.table)
        self.is_connector = np.zeros(self._n, np.bool_)
        names = [word.encode("utf-8", "surrogateescape") for word in sorted(rule.connectors)]
        moved = self._table.merge(WordTable.of(names, np.zeros(len(names), np.int64))) if names else np.zeros(0, int)
        self.is_connector[moved[moved < self._n]] = True
        _shorten(self._table, self._n)
        self.gaps = np.zeros(2 * SMALLEST, np.uint64)
        self._slots = np.zeros(2 * SMALLEST, np.uint64)
        state = np.array([-1, 0, 0, 0])
        keys, ones = np.empty(WAITING, np.uint64), np.ones(WAITING, np.uint64)
        watcher.start("finding phrases", total=float(self.counts.sum()), unit="words")
        try:
            for ids in raw.blocks(drain=False):
                done = 0
                while True:
                    done = count_pairs(ids, done, self.is_connector, self.gaps, self._slots, keys, ones, state)
                    if state[3] == 1:
                        self._slots = _larger(self._slots)
                    elif state[3] == 2:
                        self.gaps = _larger(self.gaps)
                    else:
                        break
                watcher.advance(len(ids))
        finally:
            watcher.close()
        self.n_pairs, self._n_gaps = int(state[1]), int(state[2])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word occurs."""
        return self._table.words[: self._n, COUNT]

    def phrases(self) -> list[tuple[bytes, float, int]]:
        """Return text, score and key of the phrases, highest score first."""
        from firth.kernels.cooccurrence import list_table

        keys, values = (np.empty(self.n_pairs, np.uint64) for _ in range(2))
        list_table(self._slots, keys, values)
        self._slots = np.zeros(0, np.uint64)
        often = values >= self._rule.min_count
        keys, together = keys[often], values[often].astype(np.int64)
        parents, links, roots = self._nodes()
        node, last = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        scores = self._scores(self.counts[roots[node]], self.counts[last], together)
        order = np.flatnonzero(scores > self._rule.bar)
        order = order[np.lexsort((keys[order], -scores[order]))]
        delimiter = self._rule.delimiter.encode()
        found = []
        for k in order.tolist():
            words = [int(last[k])]
            at = int(node[k])
            while at >= self._n:
                words.append(int(links[at - self._n]))
                at = int(parents[at - self._n])
            words.append(at)
            found.append((delimiter.join(self._text(w) for w in reversed(words)), float(scores[k]), int(keys[k])))
        return found

    def _scores(self, a: NDArray[np.int64], b: NDArray[np.int64], ab: NDArray[np.int64]) -> NDArray[np.float64]:
        if self._rule.scoring == "default":
            n_kinds = int(np.count_nonzero(~self.is_connector & (self.counts > 0))) + self.n_pairs
            return (ab - self._rule.min_count) / (a * b).astype(np.float64) * n_kinds
        whole = float(self.counts.sum())
        p_ab = ab / whole
        return np.log(p_ab / (a / whole * (b / whole))) / -np.log(p_ab)

    def _nodes(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the node before each gap node, the connector that leads there, and the first word of every node."""
        from firth.kernels.cooccurrence import list_table

        keys, values = (np.empty(self._n_gaps, np.uint64) for _ in range(2))
        list_table(self.gaps, keys, values)
        keys = keys[np.argsort(values)]
        parents, links = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
        roots = np.concatenate([np.arange(self._n), parents])
        while (roots >= self._n).any():
            roots = roots[roots]
        return parents, links, roots

    def _text(self, word: int) -> bytes:
        start, length = self._table.words[word, START], self._table.words[word, LENGTH]
        return self._table.blob[start : start + length].tobytes()


def _larger(slots: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a table of twice the size with the same pairs."""
    from firth.kernels.cooccurrence import move_table

    available = available_bytes()
    if available is not None and 2 * slots.nbytes > available:
        raise ResourceError(
            f"the corpus has more than {len(slots) // 3:,} different pairs of words; counting more would need "
            f"{2 * slots.nbytes >> 20:,} MB and {available >> 20:,} MB are free; find phrases in a part of it"
        )
    larger = np.zeros(2 * len(slots), np.uint64)
    move_table(slots, larger)
    return larger


def _shorten(table: WordTable, n: int) -> None:
    """Take back the words behind the first ``n``, which were only asked for."""
    from firth.kernels.tokens import fill_slots

    if len(table) > n:
        table.state[:2] = n, int((table.words[:n, START] + table.words[:n, LENGTH]).max(initial=0))
        table.slots[:] = 0
        fill_slots(n, table.words, table.blob, table.slots)
