"""Vectors by name, opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from firth.catalogue.cache import read_note
from firth.catalogue.fetch import find, get
from firth.progress import Progress

if TYPE_CHECKING:
    from firth.wordvectors import WordVectors


def open_named(
    name: str,
    *,
    top: int | None = None,
    words: Iterable[str] | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> WordVectors:
    """Return the table of a catalogue name, downloaded first if need be; its recipe names the source and the licence.

    See :func:`firth.catalogue.get` for the name and the errors, :func:`firth.load` for the other arguments.
    """
    from firth.formats import load
    from firth.wordvectors import WordVectors

    entry, path = find(name), get(name, progress=progress)
    wv = load(path, top=top, words=words, strict=strict)
    source = read_note(path).get("source") or entry.sources[0]
    recipe = {**wv.recipe, "catalogue": entry.name, "from": source, "licence": entry.licence}
    return WordVectors(
        wv.vocabulary, wv.vectors, norms=wv.norms, counts=wv.counts, recipe=recipe, report=wv.report,
        quantised=wv.quantised, subwords=wv.subwords,
    )  # fmt: skip
