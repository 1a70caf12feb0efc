"""The subword table: rows of n-grams, which give words that a table lacks a vector of their own.

=============  =====================================================================================================
fasttext       32-bit FNV-1a over signed bytes, modulo ``buckets`` (Bojanowski et al. 2017); the vector is the mean
finalfusion    64-bit FNV-1a over the length and the code points, its low bits; the sum, scaled to length one
explicit       n-grams are listed by name; the sum, scaled to length one
floret         the word itself and its n-grams, each by ``hash_count`` parts of a 128-bit MurmurHash3; the mean
=============  =====================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError
from firth.vocabulary import Vocabulary, read_only

Floats = NDArray[np.float32]

HASHINGS = ("fasttext", "finalfusion", "explicit", "floret")

#: Longer n-grams are no use to anyone, and a damaged file must not make the work endless.
LONGEST = 64

#: fastText's end of a line, which is a word of its table without n-grams.
LINE_END = "</s>"

_MASK32, _MASK64 = (1 << 32) - 1, (1 << 64) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Subwords:
    """Rows of n-grams, and the rule that leads from a word to its rows.

    Attributes:
        rows: float32 or float16 of shape ``(n_rows, dim)``.
        minn, maxn: shortest and longest n-gram, in characters; the word's brackets ``<`` and ``>`` count.
        buckets: how many values the hash takes; for ``explicit`` the number of listed n-grams.
        hashing: ``"fasttext"``, ``"finalfusion"``, ``"explicit"`` or ``"floret"``.
        kept: fasttext: the buckets that have a row, ascending, where others were pruned; explicit: the row of each
            listed n-gram; int32, or None where every number is its own row.
        ngrams: explicit: the listed n-grams.
        hash_count, hash_seed: floret: rows an n-gram, and the seed of the hash.

    Raises:
        FormatError: the parts do not fit each other.

    >>> table = Subwords(np.ones((10, 2), np.float32), minn=3, maxn=4, buckets=10)
    >>> table.row_numbers("cat")
    [7, 3, 1, 5, 6]
    >>> table.vector("cat")
    array([1., 1.], dtype=float32)
    """

    rows: NDArray[Any]
    minn: int
    maxn: int
    buckets: int
    hashing: str = "fasttext"
    kept: NDArray[np.int32] | None = None
    ngrams: Vocabulary | None = None
    hash_count: int = 1
    hash_seed: int = 0

    def __post_init__(self) -> None:
        n_rows = len(self.rows) if self.rows.ndim == 2 else -1
        if n_rows < 0 or self.rows.dtype not in (np.float32, np.float16):
            raise FormatError(
                f"subword rows are {self.rows.dtype} of shape {self.rows.shape}; expected float32 or float16 of "
                "shape (n_rows, dim)"
            )
        if self.hashing not in HASHINGS:
            raise FormatError(f"subwords are hashed by {self.hashing!r}; known are {', '.join(HASHINGS)}")
        if not (0 <= self.minn <= self.maxn and 1 <= self.maxn <= LONGEST):
            raise FormatError(f"subwords of {self.minn} to {self.maxn} characters; expected up to {LONGEST}")
        if not 1 <= self.buckets <= _MASK32 or not 1 <= self.hash_count <= 4 or not 0 <= self.hash_seed <= _MASK32:
            raise FormatError(f"subwords with {self.buckets} buckets, {self.hash_count} hashes, seed {self.hash_seed}")
        if (self.hashing == "explicit") != (self.ngrams is not None) or (
            self.hashing == "finalfusion" and self.buckets & (self.buckets - 1)
        ):
            raise FormatError(f"the subword settings {self.settings()} contradict each other")
        kept, expected = self.kept, self.buckets
        if self.ngrams is not None and len(self.ngrams) != self.buckets:
            raise FormatError(f"{len(self.ngrams)} subwords are listed where {self.buckets} should be")
        if kept is not None:
            if kept.ndim != 1 or kept.dtype != np.int32:
                raise FormatError(f"the kept subwords are {kept.dtype} in {kept.ndim} dimensions; expected int32 in 1")
            if self.hashing == "explicit":
                expected = n_rows
                fits = len(kept) == self.buckets and bool(((kept >= 0) & (kept < n_rows)).all())
            else:
                expected = len(kept)
                fits = self.hashing == "fasttext" and (not len(kept) or bool((kept[1:] > kept[:-1]).all()))
            if not fits:
                raise FormatError("the list of kept subwords does not fit its table")
            object.__setattr__(self, "kept", read_only(kept))
        if n_rows != expected:
            raise FormatError(f"{n_rows:,} subword rows where {expected:,} are expected")
        object.__setattr__(self, "rows", read_only(self.rows))

    @property
    def dim(self) -> int:
        """Numbers a row."""
        return int(self.rows.shape[1])

    @property
    def gives_unit_vectors(self) -> bool:
        """Whether a word's vector is the sum of its rows scaled to length one, in place of their mean."""
        return self.hashing in ("finalfusion", "explicit")

    def __repr__(self) -> str:
        return f"<Subwords: {len(self.rows):,} rows x {self.dim}, {self.hashing}, n-grams of {self.minn}-{self.maxn}>"

    def row_numbers(self, word: str) -> list[int]:
        """Return the rows of a word's n-grams in order, repeated where two share one; empty where it has none."""
        try:
            word.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # a lone surrogate that no byte stands behind
            return []
        if self.hashing == "fasttext":
            numbers = [h % self.buckets for h in fasttext_hashes(word, self.minn, self.maxn)]
            return numbers if self.kept is None else self._kept_places(numbers)
        if self.hashing == "finalfusion":
            return [finalfusion_hash(ngram) & (self.buckets - 1) for ngram in ngrams(word, self.minn, self.maxn)]
        if self.hashing == "explicit":
            assert self.ngrams is not None
            found = (self.ngrams.get(ngram) for ngram in ngrams(word, self.minn, self.maxn))
            listed = [number for number in found if number is not None]
            return listed if self.kept is None else [int(self.kept[number]) for number in listed]
        from firth.murmur import hash128

        if not word:
            return []
        parts = [f"<{word}>", *ngrams(word, self.minn, self.maxn)]
        return [
            part % len(self.rows)
            for ngram in parts
            for part in hash128(ngram.encode("utf-8", "surrogateescape"), self.hash_seed)[: self.hash_count]
        ]

    def _kept_places(self, numbers: list[int]) -> list[int]:
        assert self.kept is not None
        if not len(self.kept):
            return []
        places = np.minimum(np.searchsorted(self.kept, numbers), len(self.kept) - 1)
        there = self.kept[places] == np.asarray(numbers)
        return [int(place) for place in places[there]]

    def vector(self, word: str) -> Floats | None:
        """Return the vector that a word's n-grams give it, float32 of shape ``(dim,)``; None where it has none.

        The rows are added one after another in float32, as fastText does it.
        """
        numbers = self.row_numbers(word)
        if not numbers:
            return None
        total = np.zeros(self.dim, np.float32)
        for row in self.rows[numbers]:
            total += row
        if self.gives_unit_vectors:
            length = np.float32(np.sqrt(np.dot(total.astype(np.float64), total)))
            return total / length if length > 0 else total
        total *= np.float32(1.0 / len(numbers))
        return total

    def settings(self) -> dict[str, Any]:
        """Return the rule as plain JSON values."""
        return {
            "hashing": self.hashing, "minn": self.minn, "maxn": self.maxn, "buckets": self.buckets,
            "hash_count": self.hash_count, "hash_seed": self.hash_seed,
        }  # fmt: skip

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by their names in a ``.firth`` file, without the prefix ``subwords.``."""
        arrays: dict[str, NDArray[Any]] = {"rows": self.rows}
        if self.kept is not None:
            arrays["kept"] = self.kept
        if self.ngrams is not None:
            arrays |= {"ngrams.offsets": self.ngrams.offsets, "ngrams.bytes": self.ngrams.blob}
        return arrays

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> Subwords:
        """Make a table from what :meth:`tensors` and :meth:`settings` gave.

        Raises:
            FormatError: a part is missing, or they do not fit each other.
        """
        whole = {"minn", "maxn", "buckets", "hash_count", "hash_seed"}
        if "rows" not in tensors or any(type(settings.get(key)) is not int for key in whole):
            raise FormatError(f"a subword table has the parts {sorted(tensors)} and settings {dict(settings)}")
        listed = None
        if "ngrams.bytes" in tensors and "ngrams.offsets" in tensors:
            blob, offsets = tensors["ngrams.bytes"], tensors["ngrams.offsets"]
            if blob.dtype != np.uint8 or offsets.dtype != np.int64 or not bool((offsets[1:] >= offsets[:-1]).all()):
                raise FormatError("the listed subwords are damaged")
            listed = Vocabulary(blob, offsets)
        numbers = {key: settings[key] for key in whole}
        return cls(
            tensors["rows"], hashing=str(settings.get("hashing")), kept=tensors.get("kept"), ngrams=listed, **numbers
        )


def fasttext_hashes(word: str, minn: int, maxn: int, *, line_end: bool = False) -> list[int]:
    """Return the hashes of a word's n-grams in fastText's order: the plain-Python twin of ``kernels.ngrams``.

    ``</s>`` has none unless ``line_end``.

    >>> fasttext_hashes("né", 3, 3)
    [3020065143, 1382017737]
    """
    if word == LINE_END and not line_end:
        return []
    raw = b"<" + word.encode("utf-8", "surrogateescape") + b">"
    cuts = [place for place, byte in enumerate(raw) if byte & 0xC0 != 0x80] + [len(raw)]
    signed = [byte if byte < 128 else byte | 0xFFFFFF00 for byte in raw]
    found = []
    for first in range(len(cuts) - 1):
        h = 2166136261
        for n in range(1, min(maxn, len(cuts) - 1 - first) + 1):
            for value in signed[cuts[first + n - 1] : cuts[first + n]]:
                h = ((h ^ value) * 16777619) & _MASK32
            if n >= minn and not (n == 1 and (first == 0 or cuts[first + 1] == len(raw))):
                found.append(h)
    return found


def ngrams(word: str, minn: int, maxn: int) -> Iterator[str]:
    """Yield the n-grams of ``<word>`` by start, shorter before longer.

    >>> list(ngrams("cat", 4, 5))
    ['<cat', '<cat>', 'cat>']
    """
    whole = f"<{word}>"
    for first in range(len(whole)):
        for n in range(max(1, minn), min(maxn, len(whole) - first) + 1):
            yield whole[first : first + n]


def finalfusion_hash(ngram: str) -> int:
    """Return finalfusion's 64-bit hash of an n-gram.

    >>> hex(finalfusion_hash("<ca"))
    '0xf3ddf5f067ae98c8'
    """
    h = 0xCBF29CE484222325
    for byte in len(ngram).to_bytes(8, "little") + ngram.encode("utf-32-le", "surrogatepass"):
        h = ((h ^ byte) * 0x100000001B3) & _MASK64
    return h
