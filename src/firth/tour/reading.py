"""Documentation text out of Python source files, without running any of them.

Run as a script it is a worker: paths come in on stdin, one a line; sentences go out on stdout, one a line, in the order
of the paths. So the work spreads over cores, and a file that kills the parser kills a worker only. It imports nothing
but the standard library, for a worker must start quickly.
"""

from __future__ import annotations

import ast
import gc
import inspect
import re
import sys
import warnings
from collections.abc import Iterable, Iterator

#: Longer words are no words of a language; longer sentences are tables.
LONGEST_WORD, LONGEST_SENTENCE, SHORTEST_SENTENCE = 40, 200, 3

_WORD = re.compile(r"[^\W\d_]\w*(?:['-]\w+)*")
_MARKUP = re.compile(r":[a-zA-Z][\w:+-]*:(?=`)|<https?://[^>]*>|https?://\S+|<[^<>\n]{1,300}>|!?\[!\[[^\n]*")
_DIRECTIVE = re.compile(r"^\s*\.\.\s+[\w:-]+::", re.MULTILINE)
_END = re.compile(r"(?<=\S[.!?:;])\s+|\n\s*\n|\n\s*(?=[-*+•]\s|\d+[.)]\s)")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(source: bytes) -> Iterator[str]:
    """Yield the docstrings of a module's source in its order; nothing where it is no valid Python.

    >>> list(docstrings(b'def f():\\n    "Does it."\\n'))
    ['Does it.']
    """
    if b'"""' not in source and b"'''" not in source and len(source) > 2_000:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in other people's strings
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        first = body[0] if body else None
        if isinstance(node, _DOCUMENTED) and isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            text = first.value.value
            if isinstance(text, str) and text.strip():
                yield inspect.cleandoc(text)
        inner = [*body, *getattr(node, "orelse", [])] if isinstance(node, ast.If | ast.Try) else body
        waiting.extend(part for part in reversed(inner) if isinstance(part, (*_DOCUMENTED, ast.If, ast.Try)))


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a documentation text, lower-cased, words alone, single blanks between them.

    Markup, addresses and examples at the prompt are left out.

    >>> list(sentences("Return the :class:`list` of *open* files.\\n\\n>>> opened()\\n[3]\\n\\nIt isn't non-empty."))
    ['return the list of open files', "it isn't non-empty"]
    """
    text = _without_examples(text).replace("’", "'")
    text = _DIRECTIVE.sub("\n", _MARKUP.sub(" ", text))
    for sentence in _END.split(_cut_at_indents(text)):
        words = [word.strip("_-").removesuffix("'s") for word in _WORD.findall(sentence.lower())]
        words = [word for word in words if 0 < len(word) <= LONGEST_WORD][:LONGEST_SENTENCE]
        if len(words) >= SHORTEST_SENTENCE:
            yield " ".join(words)


def _without_examples(text: str) -> str:
    """Leave out blocks at the prompt and fenced code."""
    kept, fenced, example = [], False, False
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            fenced = not fenced
        elif not bare:
            example = False
            kept.append("")
        elif bare.startswith((">>>", "$ ", "In [")):
            example = True
        elif not fenced and not example and not bare.startswith(("...", "|  ")):
            kept.append(line)
    return "\n".join(kept)


def _cut_at_indents(text: str) -> str:
    """Put a blank line where the indent changes: names of parameters and their descriptions are sentences apart."""
    lines, before = [], 0
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent != before:
            lines.append("")
            before = indent
        lines.append(line)
    return "\n".join(lines)


def read_files(paths: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of the docstrings in source files; files that cannot be read are passed over."""
    for path in paths:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                source = file.read()
        except OSError:
            continue
        for text in docstrings(source):
            yield from sentences(text)


def main() -> None:
    """Serve as a worker."""
    gc.disable()  # syntax trees hold no circles, and looking for some takes a quarter of the time
    out = sys.stdout.buffer
    paths = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\n")
    for sentence in read_files(filter(None, paths)):
        out.write(sentence.encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
