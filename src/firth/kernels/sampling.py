"""Random numbers, subsampling of frequent words and the table of negative words, for the training kernels.

One generator a chunk of the corpus, seeded from (seed, epoch, chunk), so that what is drawn for a chunk does not
depend on the thread that trains it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel
from firth.kernels.simd import inlined

#: Stands between two sentences in a stream of word ids.
SENTENCE_END = -1

_U12, _U25, _U27, _U30, _U31 = (np.uint64(k) for k in (12, 25, 27, 30, 31))
_U32 = np.uint64(32)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_STAR = np.uint64(0x2545F4914F6CDD1D)


@inlined
def seeded(seed: int, epoch: int, chunk: int) -> np.uint64:
    """Return the generator's first state: splitmix64 (Steele et al. 2014) over the three numbers; never zero."""
    state = np.uint64(0)
    for number in (seed, epoch, chunk):
        state = (state ^ np.uint64(number)) + _GOLDEN
        state = (state ^ (state >> _U30)) * _MIX_1
        state = (state ^ (state >> _U27)) * _MIX_2
        state ^= state >> _U31
    return state | np.uint64(1)


@inlined
def advance(state: np.uint64) -> np.uint64:
    """Return the next state of the xorshift generator (Marsaglia 2003; Vigna 2016, "xorshift64*")."""
    state ^= state >> _U12
    state ^= state << _U25
    return state ^ (state >> _U27)


@inlined
def upper_bits(state: np.uint64) -> np.uint64:
    """Return 32 good random bits of a state."""
    return (state * _STAR) >> _U32


@kernel
def subsample(
    ids: NDArray[np.int32], keep: NDArray[np.uint32], state: np.uint64, kept: NDArray[np.int32]
) -> tuple[int, np.uint64]:
    """Copy ``ids`` to ``kept`` without the words that chance drops; return how many ids, and the state.

    A word stays where 32 random bits are below ``keep[word]``. The copy ends with a ``SENTENCE_END``; ``kept`` needs
    one place more than there are. Word2vec's code drops in the same way before windows are laid.
    """
    n: Any = 0
    for word in ids:
        if word < 0:
            kept[n] = SENTENCE_END
            n += 1
        else:
            state = advance(state)
            kept[n] = word
            n += np.int64(upper_bits(state) <= np.uint64(keep[word]))
    kept[n] = SENTENCE_END
    return n + 1, state


@kernel
def _weight(count: int, exponent: float) -> float:
    return float(count) ** exponent if count > 0 else 0.0


@kernel
def fill_negative_table(counts: NDArray[np.int64], exponent: float, table: NDArray[np.int32]) -> None:
    """Fill ``table`` with word ids, each as often as its share of ``counts ** exponent``, in rising order."""
    whole = 0.0
    for word in range(len(counts)):
        whole += _weight(counts[word], exponent)
    word = 0
    reached = _weight(counts[0], exponent) / whole
    for place in range(len(table)):
        wanted = (place + 0.5) / len(table)
        while reached < wanted and word < len(counts) - 1:
            word += 1
            reached += _weight(counts[word], exponent) / whole
        table[place] = word
