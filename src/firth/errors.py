"""Everything that firth raises on purpose.

    FirthError
    ├── FormatError (ValueError)            a file is not what its format demands
    │   └── UnknownFormatError              no reader knows these bytes, no writer this name
    ├── WriteError (OSError)                a file could not be written; the old one still stands
    ├── ReadError (OSError)                 a file could not be opened or read
    ├── MissingWordError (KeyError)         a word is not in the table; near spellings are offered
    ├── DuplicateWordError (ValueError)     one word was given two rows
    ├── ZeroVectorError (ValueError)        a vector of length zero (or NaN) has no direction to compare
    ├── ShapeError (ValueError)             an array has the wrong shape or dtype
    ├── ExpressionError (ValueError)        "king - man +" does not parse
    ├── OptionError (ValueError)            an argument is outside what it may be
    ├── CorpusError (ValueError)            a corpus has nothing to learn from, or cannot be read as text
    ├── BenchmarkError (ValueError)         a benchmark file cannot be understood
    ├── ResourceError (MemoryError)         the work would not fit the memory at hand
    └── MissingExtraError (ImportError)     an optional package is needed; the message has the pip line

Every message says what was found, what was expected and what to do; the command line prints it as one line.
"""

from __future__ import annotations

__all__ = [
    "BenchmarkError",
    "CorpusError",
    "DuplicateWordError",
    "ExpressionError",
    "FirthError",
    "FormatError",
    "MissingExtraError",
    "MissingWordError",
    "OptionError",
    "ReadError",
    "ResourceError",
    "ShapeError",
    "UnknownFormatError",
    "WriteError",
    "ZeroVectorError",
]


class FirthError(Exception):
    """Base of all errors that firth raises on purpose."""


class FormatError(FirthError, ValueError):
    """A file is damaged or is not what its format demands."""


class UnknownFormatError(FormatError):
    """No reader recognises the bytes of a file, or no writer the name of a target."""


class WriteError(FirthError, OSError):
    """A file could not be written; what stood there before still stands."""


class ReadError(FirthError, OSError):
    """A file could not be opened or read."""


class MissingWordError(FirthError, KeyError):
    """A word is not in the table.

    Attributes:
        word: the word that was asked for.
        suggestions: words of the table with nearly that spelling, best first.
    """

    def __init__(self, word: str, suggestions: tuple[str, ...] = (), n_words: int | None = None) -> None:
        self.word = word
        self.suggestions = suggestions
        self.n_words = n_words
        super().__init__(word)

    def __str__(self) -> str:
        # KeyError would print repr(word); a person needs the sentence.
        among = f" among {self.n_words:,} words" if self.n_words is not None else ""
        line = f"no word {self.word!r}{among}"
        if self.suggestions:
            line += "; did you mean " + ", ".join(map(repr, self.suggestions)) + "?"
        return line

    def __reduce__(self) -> tuple[type[MissingWordError], tuple[str, tuple[str, ...], int | None]]:
        return type(self), (self.word, self.suggestions, self.n_words)


class DuplicateWordError(FirthError, ValueError):
    """One word was given two rows."""


class ZeroVectorError(FirthError, ValueError):
    """A vector of length zero, or with a NaN in it, has no direction to compare."""


class ShapeError(FirthError, ValueError):
    """An array has the wrong shape or dtype."""


class ExpressionError(FirthError, ValueError):
    """A free expression such as ``king - man + woman`` does not parse."""


class OptionError(FirthError, ValueError):
    """An argument is outside what it may be."""


class CorpusError(FirthError, ValueError):
    """A corpus has nothing to learn from, or cannot be read as text."""


class BenchmarkError(FirthError, ValueError):
    """A benchmark file cannot be found or understood."""


class ResourceError(FirthError, MemoryError):
    """The work would not fit the memory at hand."""


class MissingExtraError(FirthError, ImportError):
    """An optional package is needed.

    >>> print(MissingExtraError("matplotlib", "plot", "drawing"))
    drawing needs the package 'matplotlib', which is not installed; run: pip install 'firth[plot]'
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed; run: pip install 'firth[{extra}]'"
        )
