"""gensim's own ``.kv`` and ``.model`` files, without running the pickle that they are.

The pickle is read as a description (see :mod:`firth.formats.pickled`): words and arrays are taken out of it, everything
else in it stays a record that does nothing. Large arrays stand beside the file as ``.npy`` and are mapped. Files of
KeyedVectors, Word2Vec, FastText (with its n-grams) and Doc2Vec (its words) are read. firth writes no pickles.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, ReadError
from firth.formats.base import ReadOptions, Source
from firth.formats.cursor import shaped
from firth.formats.making import as_floats, make_table
from firth.formats.pickled import Inert, interpret
from firth.report import LoadReport
from firth.subwords import Subwords
from firth.vocabulary import Vocabulary
from firth.wordvectors import WordVectors

NAME = "gensim"
EXTENSIONS: tuple[str, ...] = (".kv", ".model")

_NUMBERS = {kind + size for kind, sizes in (("f", "248"), ("i", "1248"), ("u", "1248")) for size in sizes}


def sniff(head: bytes) -> bool:
    """Tell whether ``head`` starts a pickle of protocol 2 to 5."""
    return head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


def read(source: Source, options: ReadOptions) -> WordVectors:
    """Take the words and vectors out of a file that gensim's ``save`` wrote.

    Raises:
        FormatError: it is damaged, or a pickle of something else.
        ReadError: an array that should stand beside the file does not.
    """
    root = interpret(source.data, source.name)
    keyed, prefix = _keyed(root, source.name)
    file = _File(source, keyed, prefix)
    words = file.words()
    report = LoadReport(NAME, source.name)
    subwords = None
    own = file.array("vectors_vocab", 2)
    vectors = file.array("vectors", 2)
    if vectors is None:
        vectors = file.array("syn0", 2)
    rows = file.array("vectors_ngrams", 2)
    if rows is not None and _is_fasttext(keyed):
        subwords = _subwords(keyed, rows, report)
    if vectors is None and own is not None and _is_fasttext(keyed):
        from firth.formats.fasttext import word_vectors

        if len(own) < len(words):
            raise FormatError(f"{source.name}: {len(own):,} rows for {len(words):,} words; the file is damaged")
        vectors = word_vectors(Vocabulary.from_words(words), own[: len(words)], subwords)
    if vectors is None:
        raise FormatError(f"{source.name} is a pickle of {_kind(root)} without word vectors")
    if len(vectors) < len(words):
        raise FormatError(f"{source.name}: {len(vectors):,} rows for {len(words):,} words; the file is damaged")
    return make_table(
        words, vectors[: len(words)], options, format=NAME, source=source.name, counts=file.counts(len(words)),
        subwords=subwords, recipe={"class": _kind(root)}, report=report,
    )  # fmt: skip


def _kind(root: Any) -> str:
    kind: str = root.kind if isinstance(root, Inert) else type(root).__name__
    return kind if kind.isprintable() else repr(kind)  # in a damaged file a name may be anything


def _keyed(root: Any, name: str) -> tuple[Inert, str]:
    """Return the object that holds words and vectors, and what its arrays' file names start with."""
    if isinstance(root, Inert):
        inner = root.get("wv")
        if isinstance(inner, Inert) and isinstance(inner.state, Inert):
            return inner, "wv."
        if isinstance(root.state, Inert) and root.kind.startswith("gensim."):
            return root, ""
    raise FormatError(
        f"{name} is a pickle of {_kind(root)}, not of gensim's word vectors. A pickle can run any code when Python "
        "opens it; firth never does that, and reads only gensim's. Write the vectors as text or .npy instead"
    )


def _is_fasttext(keyed: Inert) -> bool:
    return keyed.kind.endswith(".FastTextKeyedVectors")


def _subwords(keyed: Inert, rows: NDArray[Any], report: LoadReport) -> Subwords | None:
    minn, maxn, buckets = (keyed.get(name) for name in ("min_n", "max_n", "bucket"))
    if not all(type(value) is int for value in (minn, maxn, buckets)) or buckets == 0 or maxn == 0:
        return None
    packed = keyed.get("hash2index")  # gensim 3 kept only the rows of buckets that its corpus needed
    # before gensim 3.7.2 the hash took bytes as unsigned
    if keyed.get("compatible_hash") is not True or (packed is None and len(rows) != buckets):
        report.add("subwords left out", "this old gensim hashed n-grams in its own way; unseen words get no vector")
        return None
    if isinstance(packed, Inert):
        pairs = list(packed.pairs())
        if not all(type(n) is int and 0 <= n < 1 << 31 for pair in pairs for n in pair):
            raise FormatError(f"{report.source}: its table of n-grams holds other things than numbers; damaged")
        order = sorted(pairs)
        places = np.array([place for _, place in order], np.int64)
        if len(places) and int(places.max()) >= len(rows):
            raise FormatError(f"{report.source}: an n-gram in row {int(places.max()):,} of {len(rows):,}; damaged")
        kept = np.array([bucket for bucket, _ in order], np.int32)
        return Subwords(as_floats(rows[places]), minn=minn, maxn=maxn, buckets=buckets, kept=kept)
    return Subwords(as_floats(rows), minn=minn, maxn=maxn, buckets=buckets)


class _File:
    """The attributes of the object, and the arrays beside the file."""

    def __init__(self, source: Source, keyed: Inert, prefix: str) -> None:
        self.source, self.keyed, self.prefix = source, keyed, prefix
        apart = keyed.get("__numpys")
        self.apart = set(apart) if isinstance(apart, list) and all(isinstance(a, str) for a in apart) else set()

    def words(self) -> list[str]:
        """Return the words in row order."""
        for attribute in ("index_to_key", "index2word", "index2entity"):
            words = self.keyed.get(attribute)
            if isinstance(words, list) and words:
                break
        else:
            words = [word for _, word, _ in self.old_vocabulary()]
        if not words:
            raise FormatError(f"{self.source.name} is a pickle of {_kind(self.keyed)} without words")
        odd = next((word for word in words if not isinstance(word, str)), None)
        if odd is not None:
            raise FormatError(
                f"{self.source.name}: the words are not all text, one is {odd!r}; only text keys are read"
            )
        return words

    def old_vocabulary(self) -> list[tuple[int, str, int]]:
        """Return (row, word, count) as gensim before 4.0 kept them, in row order."""
        vocab = self.keyed.get("vocab")
        entries = []
        for word, entry in vocab.pairs() if isinstance(vocab, Inert) else ():
            row, count = (entry.get(name) if isinstance(entry, Inert) else None for name in ("index", "count"))
            if isinstance(word, str) and isinstance(row, int):
                entries.append((row, word, count if isinstance(count, int) else 0))
        return sorted(entries)

    def counts(self, n_words: int) -> NDArray[np.int64] | None:
        """Return how often each word stood in the corpus, None where not known."""
        expandos = self.keyed.get("expandos")
        found = expandos.get("count") if isinstance(expandos, Inert) else None
        if isinstance(found, Inert):
            counts = _array(found, self.source.name)
            if counts.ndim == 1 and len(counts) >= n_words and counts.dtype.kind in "iu":
                return counts[:n_words].astype(np.int64)
        old = self.old_vocabulary()
        if len(old) == n_words:
            return np.clip([count for _, _, count in old], 0, 1 << 62).astype(np.int64)
        return None

    def array(self, attribute: str, ndim: int) -> NDArray[Any] | None:
        """Return an array from the pickle or from beside the file, None where there is none."""
        found = self.keyed.get(attribute)
        if attribute in self.apart and not isinstance(found, Inert):
            array = self.beside(attribute)
        elif isinstance(found, Inert):
            array = _array(found, self.source.name)
        else:
            return None
        if array.ndim != ndim or array.dtype.kind != "f":
            raise FormatError(f"{self.source.name}: {attribute} is {array.dtype} of shape {array.shape}; damaged")
        return array

    def beside(self, attribute: str) -> NDArray[Any]:
        """Map the ``.npy`` that gensim wrote beside the file."""
        from firth.formats.npy import matrix_of
        from firth.formats.source import open_source

        if self.source.path is None:
            raise FormatError(f"{self.source.name}: its arrays stand in files beside it; name the unpacked file")
        path = self.source.path.with_name(f"{self.source.path.name}.{self.prefix}{attribute}.npy")
        if not path.is_file():
            raise ReadError(
                f"cannot read {self.source.name}: its {attribute} should stand in {path.name} beside it; copy all "
                "files that gensim wrote"
            )
        return matrix_of(open_source(path))[0]


def _array(record: Inert, name: str) -> NDArray[Any]:
    """Make the array that a record describes: numpy's ``_reconstruct`` with shape, dtype and bytes as its state.

    From protocol 5 on it is numpy's ``_frombuffer`` with the same as its arguments.
    """
    state, arguments = record.state, record.arguments
    function = record.kind.rpartition(".")[2] if record.kind.startswith("numpy.") else ""
    if function == "_reconstruct" and isinstance(state, tuple) and len(state) == 5:
        _, shape, dtype, by_columns, raw = state
    elif function == "_frombuffer" and len(arguments) == 4:
        raw, dtype, shape = arguments[0], arguments[1], arguments[2]
        by_columns = arguments[3] == "F"
    else:
        raise FormatError(f"{name}: {_kind(record)} stands where an array should; firth reads plain arrays only")
    code = dtype.arguments[0] if isinstance(dtype, Inert) and dtype.arguments else None
    order = dtype.state[1] if isinstance(dtype, Inert) and isinstance(dtype.state, tuple) and dtype.state[1:] else "<"
    if isinstance(raw, Inert) and raw.kind == "_codecs.encode" and raw.arguments:
        raw = raw.arguments[0]  # Python 3 writes bytes so for protocol 2
    try:
        data = raw.encode("latin-1") if isinstance(raw, str) else raw
    except UnicodeEncodeError as error:
        raise FormatError(f"{name}: an array's bytes hold a character that is no byte; the file is damaged") from error
    if (
        code not in _NUMBERS or order not in ("<", ">", "|", "=") or not isinstance(data, memoryview | bytes)
        or not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape)
    ):  # fmt: skip
        raise FormatError(f"{name}: an array of {code!r}, shape {shape!r}; firth reads plain numbers only")
    kind = np.dtype(code).newbyteorder("<" if order in "|=" else order)
    count = int(np.prod(shape, dtype=object))
    if count * kind.itemsize != len(data):
        raise FormatError(
            f"{name}: an array of shape {shape} should take {count * kind.itemsize:,} bytes, not {len(data):,}"
        )
    flat = np.frombuffer(data, kind)
    return shaped(flat, shape, name, by_columns=by_columns is True)


def write(wv: WordVectors, path: Path) -> None:
    """Refuse: gensim's files are pickles, and firth writes none.

    Raises:
        FormatError: always; the message names the other ways to gensim.
    """
    refuse(path)


def refuse(path: Path) -> NoReturn:
    """Say that a file of this kind is never written, before there is a table to write."""
    raise FormatError(
        f"cannot write {path}: gensim's own files are pickles, which firth does not write; use "
        "wv.to_gensim().save(...), or save .bin or .vec, which gensim's load_word2vec_format opens"
    )
