"""The vector files that firth knows by name: where from, how large, which checksum, which licence.

Names, sizes, MD5s and licences of gensim-data come from its own catalogue (:mod:`firth.catalogue.gensim_data`). For the
official GloVe and fastText files sizes and SHA-256s are given where they are published or were found to agree in two
independent places; where there is none, the size that the server states is all that can be checked.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from firth.catalogue.gensim_data import MODELS


@dataclass(frozen=True, slots=True)
class Entry:
    """One named table of vectors.

    Attributes:
        name: the name that people type.
        kind: ``"file"`` for a file by HTTP, ``"hub"`` for a model of the Hugging Face hub.
        title: what it was trained on, in a few words.
        sources: addresses of the same file, the first one preferred; for a hub model its ``owner/name``.
        file: name of the file in the cache.
        member: which file of a zip archive; ``""`` for the only one in it; None where it is no archive.
        size: bytes to download, None where not known.
        checksum: ``"md5:..."`` or ``"sha256:..."`` of the download, None where not known.
        words, dim: shape of the table, None where not known.
        licence: short name, or ``"not stated"``.
        family: name of the family that a list shows in one line; ``""`` for none.
    """

    name: str
    kind: Literal["file", "hub"]
    title: str
    sources: tuple[str, ...]
    file: str
    licence: str
    member: str | None = None
    size: int | None = None
    checksum: str | None = None
    words: int | None = None
    dim: int | None = None
    family: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain values."""
        return {field: getattr(self, field) for field in self.__slots__}


#: Start of a name of gensim-data → what it was trained on.
_GENSIM_TITLES = {
    "conceptnet-numberbatch": "ConceptNet, word2vec, GloVe and OpenSubtitles together, many languages (/c/en/cat)",
    "fasttext-wiki-news": "Wikipedia 2017, UMBC webbase, statmt.org news",
    "glove-twitter": "Twitter, 27 billion tokens, lower case",
    "glove-wiki-gigaword": "Wikipedia 2014 + Gigaword 5, lower case",
    "word2vec-google-news": "Google News, 100 billion words, cased, with phrases",
    "word2vec-ruscorpora": "Russian National Corpus, lemmas with part of speech",
}

_GENSIM = "https://github.com/piskvorky/gensim-data/releases/download/{0}/{0}.gz"
_STANFORD = "https://nlp.stanford.edu/data/wordvecs/"
_STANFORD_HUB = "https://huggingface.co/stanfordnlp/glove/resolve/main/"
_FASTTEXT = "https://dl.fbaipublicfiles.com/fasttext/"
_PDDL, _BY_SA_3 = "PDDL 1.0", "CC BY-SA 3.0"

#: archive, bytes, SHA-256, words, dimensions in it, corpus
_GLOVE = (
    ("glove.6B", 862_182_613, "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb", 400_000,
     (50, 100, 200, 300), "Wikipedia 2014 + Gigaword 5, 6 billion tokens, lower case"),
    ("glove.42B.300d", 1_877_800_501, "03d5d7fa28e58762ace4b85fb71fe86a345ef0b5ff39f5390c14869da0fc1970", 1_917_494,
     (300,), "Common Crawl, 42 billion tokens, lower case"),
    ("glove.840B.300d", 2_176_768_927, "c06db255e65095393609f19a4cfca20bf3a71e20cc53e892aafa490347e3849f", 2_196_017,
     (300,), "Common Crawl, 840 billion tokens, cased"),
    ("glove.twitter.27B", 1_520_408_563, "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c", 1_193_514,
     (25, 50, 100, 200), "Twitter, 27 billion tokens, lower case"),
)  # fmt: skip

#: archive, bytes, SHA-256, words, dim, corpus; each holds one file
_GLOVE_2024 = (
    ("glove.2024.wikigiga.50d", 301_036_094, "afa5e258ee38272db6394547c4b075ecbb7b2164e98542c8d1237b6029b35a65", 50),
    ("glove.2024.wikigiga.100d", None, None, 100),
    ("glove.2024.wikigiga.200d", None, None, 200),
    ("glove.2024.wikigiga.300d", None, None, 300),
)
_WIKIGIGA = "Wikipedia 2024 + Gigaword 5, 11.9 billion tokens, lower case"

#: name, archive, member, bytes, SHA-256, words, corpus
_FASTTEXT_ENGLISH = (
    ("fasttext-wiki-news-300d-1m", "wiki-news-300d-1M.vec.zip", "", 681_808_098,
     "bdeb85f44892c505953e3654183e9cb0d792ee51be0992460593e27198d746f8", 999_994,
     "Wikipedia 2017, UMBC webbase, statmt.org news"),
    ("fasttext-wiki-news-300d-1m-subword", "wiki-news-300d-1M-subword.vec.zip", "", None, None, None,
     "Wikipedia 2017, UMBC webbase, statmt.org news, trained with subwords"),
    ("fasttext-crawl-300d-2m", "crawl-300d-2M.vec.zip", "", 1_523_785_255,
     "5bfffffbabdab299d4c9165c47275e8f982807a6eaca37ee1f71d3a79ddb544d", 1_999_995,
     "Common Crawl, 600 billion tokens"),
    ("fasttext-crawl-300d-2m-subword", "crawl-300d-2M-subword.zip", "crawl-300d-2M-subword.bin", None, None, None,
     "Common Crawl, 600 billion tokens, with subwords"),
)  # fmt: skip

#: Languages of fastText's vectors for Common Crawl and Wikipedia (Grave et al. 2018).
_CRAWL = """
af als am an ar arz as ast az azb ba bar bcl be bg bh bn bo bpy br bs ca ce ceb ckb co cs cv cy da de diq dv el eml en
eo es et eu fa fi fr frr fy ga gd gl gom gu gv he hi hif hr hsb ht hu hy ia id ilo io is it ja jv ka kk km kn ko ku ky
la lb li lmo lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no nso oc or os pa pam
pfl pl pms pnb ps pt qu rm ro ru sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt ug uk ur
uz vec vi vls vo wa war xmf yi yo zea zh
"""
CRAWL_LANGUAGES = tuple(_CRAWL.split())

#: Languages of fastText's aligned Wikipedia vectors (Joulin et al. 2018).
_ALIGNED = """
af ar bg bn bs ca cs da de el en es et fa fi fr he hi hr hu id it ko lt lv mk ms nl no pl pt ro ru sk sl sq sv ta th
tl tr uk vi zh
"""
ALIGNED_LANGUAGES = tuple(_ALIGNED.split())

_CRAWL_SHA256 = {"fr": "ab0dca4ef2a8a38d97ca119b491c701c57e17178cfc2f032f3de973e86fe87aa"}

#: hub model, title, licence, dim
_HUB = (
    ("minishlab/potion-base-2M", "static English sentence model (Model2Vec), 2M numbers", "MIT", 64),
    ("minishlab/potion-base-4M", "static English sentence model (Model2Vec), 4M numbers", "MIT", 128),
    ("minishlab/potion-base-8M", "static English sentence model (Model2Vec), 8M numbers", "MIT", 256),
    ("minishlab/potion-base-32M", "static English sentence model (Model2Vec), 32M numbers", "MIT", 512),
    ("minishlab/potion-retrieval-32M", "static English retrieval model (Model2Vec), 32M numbers", "MIT", 512),
    ("minishlab/potion-multilingual-128M", "static sentence model for 101 languages (Model2Vec)", "MIT", 256),
    ("sentence-transformers/static-retrieval-mrl-en-v1", "static English retrieval model", "Apache-2.0", 1024),
    ("sentence-transformers/static-similarity-mrl-multilingual-v1", "static similarity model", "Apache-2.0", 1024),
)


def _gensim() -> Iterator[Entry]:
    for name, size, md5, words, dim, licence in MODELS:
        title = next(title for start, title in _GENSIM_TITLES.items() if name.startswith(start))
        yield Entry(
            name, "file", title, (_GENSIM.format(name),), f"{name}.gz", licence,
            size=size, checksum=f"md5:{md5}", words=words, dim=dim,
        )  # fmt: skip


def _glove() -> Iterator[Entry]:
    for archive, size, sha, words, dims, title in _GLOVE:
        sources = (f"{_STANFORD_HUB}{archive}.zip", f"{_STANFORD}{archive}.zip")
        for dim in dims:
            table = archive if len(dims) == 1 else f"{archive}.{dim}d"
            yield Entry(
                table.lower().replace(".", "-"), "file", title, sources, f"{archive}.zip", _PDDL,
                member=f"{table}.txt", size=size, checksum=f"sha256:{sha}", words=words, dim=dim,
            )  # fmt: skip
    for archive, known, digest, dim in _GLOVE_2024:
        yield Entry(
            archive.replace(".", "-"), "file", _WIKIGIGA, (f"{_STANFORD}{archive}.zip",), f"{archive}.zip", _PDDL,
            member="", size=known, checksum=digest and f"sha256:{digest}", words=1_291_147, dim=dim,
        )  # fmt: skip
    archive = "glove.2024.dolma.300d"
    yield Entry(
        "glove-2024-dolma-300d", "file", "Dolma, 220 billion tokens, lower case", (f"{_STANFORD}{archive}.zip",),
        f"{archive}.zip", _PDDL, member="", dim=300,
    )  # fmt: skip


def _fasttext() -> Iterator[Entry]:
    for name, archive, member, size, sha, words, title in _FASTTEXT_ENGLISH:
        yield Entry(
            name, "file", title, (f"{_FASTTEXT}vectors-english/{archive}",), archive, _BY_SA_3, member=member,
            size=size, checksum=sha and f"sha256:{sha}", words=words, dim=300,
        )  # fmt: skip
    for language in CRAWL_LANGUAGES:
        for ending, suffix in (("vec", ""), ("bin", "-bin")):
            file = f"cc.{language}.300.{ending}.gz"
            digest = _CRAWL_SHA256.get(language) if ending == "vec" else None
            yield Entry(
                f"fasttext-cc-{language}-300{suffix}", "file",
                f"Common Crawl and Wikipedia, {language}{', with subwords' if suffix else ''}",
                (f"{_FASTTEXT}vectors-crawl/{file}",), file, _BY_SA_3,
                checksum=digest and f"sha256:{digest}", dim=300, family=f"fasttext-cc-LANG-300{suffix}",
            )  # fmt: skip
    for language in ALIGNED_LANGUAGES:
        file = f"wiki.{language}.align.vec"
        yield Entry(
            f"fasttext-aligned-{language}", "file", f"Wikipedia, {language}, aligned across languages",
            (f"{_FASTTEXT}vectors-aligned/{file}",), file, _BY_SA_3, dim=300, family="fasttext-aligned-LANG",
        )  # fmt: skip


def _hub() -> Iterator[Entry]:
    for model, title, licence, dim in _HUB:
        yield Entry(model.split("/")[1].lower(), "hub", title, (model,), model, licence, dim=dim)


@functools.cache
def entries() -> dict[str, Entry]:
    """Return all entries by name.

    >>> entries()["glove-wiki-gigaword-100"].checksum
    'md5:40ec481866001177b8cd4cb0df92924f'
    """
    found = (*_gensim(), *_glove(), *_fasttext(), *_hub())
    return {entry.name: entry for entry in found}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@functools.cache
def _spellings() -> dict[str, str]:
    """Return other spellings without case and punctuation: file names without endings, hub names."""
    found: dict[str, str] = {}
    for name, entry in entries().items():
        inner = entry.member or entry.file
        stem = re.sub(r"(\.(txt|vec|bin|zip|gz))+$", "", inner) if not inner.endswith(".bin.gz") else inner[:-3]
        for spelling in (name, stem, *(entry.sources if entry.kind == "hub" else ())):
            found.setdefault(_plain(spelling), name)
    return found


#: ``owner/name`` of any model on the hub
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_FILE_ENDING = re.compile(
    r"\.(txt|vec|bin|gz|bz2|xz|zst|zip|tar|tgz|firth|kv|model|csv|tsv|npy|npz|fifu|ftz|parquet)$", re.I
)


def resolve(name: str) -> Entry | None:
    """Return the entry that a name means, or None where it means none.

    Known are the catalogue's names in any case and with any punctuation, file names without their ending
    (``glove.6B.100d``), ``hf:owner/name`` for any model of the hub, and ``owner/name`` where no such path exists and
    it does not end like a vector file.

    >>> resolve("glove.6B.100d").name, resolve("cc.de.300").name, resolve("glove.6B.100d.txt")
    ('glove-6b-100d', 'fasttext-cc-de-300', None)
    >>> resolve("hf:somebody/some-model").sources
    ('somebody/some-model',)
    """
    hub = name.removeprefix("hf:")
    known = None if _FILE_ENDING.search(name) else _spellings().get(_plain(hub))
    if known is not None and ("/" not in name or entries()[known].kind == "hub"):
        return entries()[known]
    if _HUB_NAME.fullmatch(hub) and (
        hub != name or not (_FILE_ENDING.search(name) or Path(name.split("/")[0]).exists())
    ):
        return Entry(hub, "hub", "model of the Hugging Face hub", (hub,), hub, "see the model's page")
    return None


def near_names(name: str, limit: int = 3) -> list[str]:
    """Return names that are spelled nearly like ``name``, best first.

    >>> near_names("glove-wiki-gigaword-101")[0]
    'glove-wiki-gigaword-100'
    """
    near = difflib.get_close_matches(_plain(_FILE_ENDING.sub("", name)), _spellings(), n=3 * limit, cutoff=0.6)
    return list(dict.fromkeys(_spellings()[spelling] for spelling in near))[:limit]
