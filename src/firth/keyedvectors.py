"""gensim's ``KeyedVectors`` dialect, so that a script moves by changing its import."""

from __future__ import annotations


class KeyedVectorsDialect:
    """The names, arguments and result shapes of gensim's ``KeyedVectors``, on an immutable table."""

    __slots__ = ()
