"""Phrases found in a corpus and joined into one word: "new york" becomes "new_york".

Two words that stand side by side more often than chance would have it are a phrase (Mikolov et al. 2013, "Distributed
Representations of Words and Phrases", section 4; Bouma 2009, "Normalized (Pointwise) Mutual Information in Collocation
Extraction"). A second pass over the joined corpus finds phrases of three and four words.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from firth.errors import OptionError
from firth.progress import Progress, Silent
from firth.training.corpus import CorpusLike
from firth.training.memory import default_room
from firth.training.pairtable import PairTable
from firth.training.phraserule import PhraseRule
from firth.training.reading import RawCorpus, read_corpus
from firth.training.stream import Ids, IdStore, Room
from firth.training.threads import default_threads
from firth.training.wordtable import COUNT, LENGTH, START, WordTable


@dataclass(frozen=True)
class Phrases:
    """Phrases of a corpus, and the way to join them in other texts.

    Attributes:
        rounds: of every pass, phrase → score, highest score first.
        rule: what made them phrases.
    """

    rounds: tuple[dict[str, float], ...]
    rule: PhraseRule

    @property
    def scores(self) -> dict[str, float]:
        """All phrases with their scores, those of the first pass first."""
        return {phrase: score for found in self.rounds for phrase, score in found.items()}

    def __len__(self) -> int:
        return len(self.scores)

    def join(self, sentence: Sequence[str]) -> list[str]:
        """Return a sentence with its phrases joined, from left to right, pass after pass."""
        for found in self.rounds:
            sentence = self._joined(sentence, found)
        return list(sentence)

    def apply(self, sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        """Yield sentences with their phrases joined."""
        return map(self.join, sentences)

    def _joined(self, sentence: Sequence[str], found: dict[str, float]) -> list[str]:
        out: list[str] = []
        begun: list[str] = []
        for word in sentence:
            if word in self.rule.connectors:
                (begun if begun else out).append(word)
                continue
            phrase = self.rule.delimiter.join([*begun, word])
            if begun and phrase in found:
                out.append(phrase)
                begun = []
            else:
                out += begun
                begun = [word]
        return out + begun


def find_phrases(
    corpus: CorpusLike,
    *,
    min_count: int = 5,
    threshold: float | None = None,
    scoring: str = "default",
    connectors: Iterable[str] = (),
    delimiter: str = "_",
    passes: int = 1,
    column: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Phrases:
    """Find the phrases of a corpus; the same as gensim's ``Phrases``, where no word holds the delimiter.

    With n(ab) the number of times that b follows a, n(a) and n(b) their counts, V the number of different words and
    pairs, and N all words, the scores are

        default     (n(ab) - min_count) V / (n(a) n(b))                  Mikolov et al. 2013, times V as gensim has it
        npmi        log(p(ab) / (p(a) p(b))) / -log p(ab), p = n / N     Bouma 2009: -1 never together, 1 always

    Args:
        corpus: as in :func:`firth.train`.
        min_count, threshold, scoring, connectors, delimiter, passes: see :class:`PhraseRule`.
        column: of tables (parquet, JSON lines, dicts), the column that holds the text.
        threads: cores for reading files; None is all that this process may use.
        progress: who watches.

    Raises:
        OptionError, ReadError, CorpusError: as in :func:`firth.train`.
        ResourceError: there are more different pairs than fit the memory.

    >>> found = find_phrases([["in", "new", "york"], ["a", "new", "car"], ["york", "is", "far"]] * 9, threshold=0.1)
    >>> [(phrase, round(score, 3)) for phrase, score in found.scores.items()][-2:]
    [('a_new', 0.321), ('new_york', 0.16)]
    """
    if isinstance(connectors, str):
        raise OptionError(f"connectors is {connectors!r}; expected several words, as a list")
    rule = PhraseRule(passes, min_count, threshold, scoring, frozenset(connectors), delimiter)
    watcher = progress or Silent()
    raw = read_corpus(
        corpus, threads=threads or default_threads(), watcher=watcher, room=Room(default_room()), column=column
    )
    raw, found = join_phrases(raw, rule, watcher, join_last=False)
    raw.close()
    return found


def write_joined(
    corpus: CorpusLike,
    rule: PhraseRule,
    out: BinaryIO,
    *,
    column: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Phrases, int, int]:
    """Write a corpus as text, a sentence a line, with its phrases joined; return them, and the words before and after.

    Raises:
        ReadError, CorpusError, ResourceError: as in :func:`find_phrases`.
    """
    from firth.kernels.bigrams import write_text

    watcher = progress or Silent()
    room = Room(default_room())
    raw = read_corpus(corpus, threads=threads or default_threads(), watcher=watcher, room=room, column=column)
    before = int(raw.table.words[: len(raw.table), COUNT].sum())
    raw, found = join_phrases(raw, rule, watcher)
    try:
        words = raw.table.words[: len(raw.table)]
        starts, lengths = (np.ascontiguousarray(words[:, column]) for column in (START, LENGTH))
        is_open = False
        for ids in raw.blocks(drain=True):
            text = np.empty(int(lengths[ids[ids >= 0]].sum()) + len(ids) + 1, np.uint8)
            n, is_open = write_text(ids, starts, lengths, raw.table.blob, is_open, text)
            out.write(text[:n].data)
        return found, before, int(words[:, COUNT].sum())
    finally:
        raw.close()


def join_phrases(
    raw: RawCorpus, rule: PhraseRule, watcher: Progress, *, join_last: bool = True
) -> tuple[RawCorpus, Phrases]:
    """Find phrases and join them, pass after pass; the corpus given is used up. The last joining may be left out."""
    rounds = []
    try:
        for k in range(rule.passes):
            pairs = PairTable(raw, rule, watcher)
            found = pairs.phrases()
            rounds.append({text.decode("utf-8", "surrogateescape"): score for text, score, _ in found})
            if join_last or k + 1 < rule.passes:
                raw = _joined(raw, pairs, found)
    except BaseException:
        raw.close()
        raise
    return raw, Phrases(tuple(rounds), rule)


def _joined(raw: RawCorpus, pairs: PairTable, found: list[tuple[bytes, float, int]]) -> RawCorpus:
    """Return the corpus with phrases as words, in order of first appearance; the one given is used up."""
    from firth.kernels.bigrams import enter, join_pairs
    from firth.kernels.tokens import fill_slots

    table = raw.table
    sentences = int(table.state[5])
    texts = list(dict.fromkeys(text for text, _, _ in found))
    moved = table.merge(WordTable.of(texts, np.zeros(len(texts), np.int64))) if texts else np.zeros(0, np.int64)
    words = dict(zip(texts, moved.tolist(), strict=True))  # several pairs may give one word, or one that was there
    phrases = np.zeros(1 << max(8, (4 * len(found)).bit_length()), np.uint64)
    keys = np.array([key for _, _, key in found], np.uint64)
    enter(phrases, keys, np.array([words[text] + 1 for text, _, _ in found], np.uint64))
    numbers = np.full(len(table), -1, np.int32)
    counts = np.zeros(len(table), np.int64)
    state = np.zeros(1, np.int64)
    store = IdStore(raw.room)
    try:
        rest: Ids = np.empty(0, np.int32)
        for block in itertools.chain(raw.blocks(drain=True), [None]):
            ids = rest if block is None else np.concatenate([rest, block]) if len(rest) else block
            out = np.empty(len(ids), np.int32)
            n, at = join_pairs(ids, block is None, pairs.is_connector, pairs.gaps, phrases, numbers, counts, out, state)
            store.append(out[:n])
            rest = ids[at:].copy()
    except BaseException:
        store.close()
        raise
    made = int(state[0])
    order = np.empty(made, np.int64)
    there = np.flatnonzero(numbers >= 0)
    order[numbers[there]] = there
    joined = WordTable()
    size = 1 << max(12, made.bit_length())
    joined.words = np.zeros((size, 4), np.int64)
    joined.words[:made] = table.words[order]
    joined.words[:made, COUNT] = counts[order]
    joined.blob = table.blob
    joined.slots = np.zeros(2 * size, np.uint64)
    joined.state[:] = made, table.state[1], 0, 0, 0, sentences
    fill_slots(made, joined.words, joined.blob, joined.slots)
    return RawCorpus(joined, [(store, None)], raw.files, raw.room)
