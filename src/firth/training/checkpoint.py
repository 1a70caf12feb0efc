"""Checkpoints: what a training run needs to go on after it was killed, and to end with the same bits.

One safetensors file: the model's matrices, the sums of every epoch (the bits of float64), what observers remember, and
as metadata ``firth.checkpoint`` (JSON): the number of the first ticket that is not done, seconds, options, an identity
of the corpus, firth's version. Nothing else is needed: random numbers and learning rates depend on the ticket alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, OptionError, ReadError, ResumeError
from firth.files import atomic_write
from firth.training.counting import EncodedCorpus
from firth.training.legs import Course, Lookout
from firth.training.observers import Remembering
from firth.training.options import TrainOptions
from firth.version import __version__

#: Where the facts stand among the file's metadata.
KEY = "firth.checkpoint"
#: Options that may be others when training goes on. The threads of GloVe, where they train, may not: they change the
#: order of its pairs.
_FREE = {"threads", "spool_above"}
_HASH_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run keeps its checkpoint.

    Attributes:
        path: the file; replaced whole each time, so that it is never half a checkpoint.
        every: seconds between checkpoints; one more is written when training is told to end early.
        resume: whether to go on from the file where there is one.

    Raises:
        OptionError: ``every`` is not above 0.

    >>> Checkpoint("out.firth.checkpoint").every
    600.0
    """

    path: str | os.PathLike[str]
    every: float = 600.0
    resume: bool = False

    def __post_init__(self) -> None:
        if not self.every > 0:
            raise OptionError(f"checkpoint_every is {self.every!r}; expected seconds above 0")

    def settle(self, options: TrainOptions) -> TrainOptions:
        """Return settled options: where a run goes on, with its seed if none is given.

        Raises:
            ResumeError: the checkpoint was made with other options, or by another version of firth.
        """
        found = self.read()
        if found is None:
            return options.settled()
        facts = found[1]
        if facts["version"] != __version__:
            raise ResumeError(
                f"{self.path} was written by firth {facts['version']}; this is {__version__}{self._way_out}"
            )
        then = facts["options"]
        if options.seed is None and then.get("model") == options.model:
            options = replace(options, seed=then["seed"])
        options = options.settled()
        now = json.loads(json.dumps(options.to_json()))
        free = _FREE - {"threads"} if options.model == "glove" and not options.deterministic else _FREE
        self._compare("options", then, now, free)
        return options

    def attach(
        self, lookout: Lookout, model: Any, options: TrainOptions, encoded: EncodedCorpus, also: Mapping[str, Any] = {}
    ) -> None:
        """Make a run keep checkpoints; where it resumes, begin from there. ``also`` must be the same then too."""
        from firth.formats.checksums import check
        from firth.formats.firth_file import write_safetensors

        identity = {**identify(encoded), **also}
        remembering = [observer for observer in lookout.observers if isinstance(observer, Remembering)]
        self._sweep()

        def begin(course: Course) -> None:
            found = self.read()
            if found is None:
                return
            tensors, facts = found
            try:
                check(self.path)
            except FormatError as error:
                raise FormatError(f"{error}{self._way_out}") from error
            self._compare("a corpus", facts["corpus"], identity, {"files"})
            shape = {"chunks": course.chunks, "epochs": course.epochs}
            self._compare("a course", facts["course"], shape, set())
            model.restore({name[6:]: array for name, array in tensors.items() if name.startswith("model.")})
            course.sums[:] = tensors["sums"].view(np.float64)
            course.next, course.seconds = facts["next"], facts["seconds"]
            course.unseen = facts.get("unseen", False)
            for k, (observer, known) in enumerate(zip(remembering, facts.get("observers", []), strict=False)):
                start = f"observer.{k}."
                own = {name.removeprefix(start): array for name, array in tensors.items() if name.startswith(start)}
                kind, memory = known
                if kind == type(observer).__name__ and observer.restore(memory, own, lookout.table):
                    course.ended = getattr(observer, "reason", None) or f"ended by {kind}"

        def keep(course: Course) -> None:
            facts: dict[str, Any] = {
                "version": __version__,
                "options": options.to_json(),
                "corpus": identity,
                "course": {"chunks": course.chunks, "epochs": course.epochs},
                "next": course.next,
                "seconds": course.seconds,
                "unseen": course.unseen,
                "observers": [],
            }
            state = {f"model.{name}": array for name, array in model.state().items()}
            for k, observer in enumerate(remembering):
                known, arrays = observer.state()
                facts["observers"].append([type(observer).__name__, known])
                state |= {f"observer.{k}.{name}": array for name, array in arrays.items()}
            with atomic_write(self.path) as file:
                write_safetensors(file, {"sums": course.sums.view(np.int64), **state}, {KEY: json.dumps(facts)})

        lookout.begin, lookout.keep, lookout.keep_every = begin, keep, self.every

    def read(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]] | None:
        """Return arrays and facts of the file; None where there is none, or none is wanted.

        Raises:
            FormatError: the file is damaged or something else.
            ReadError: the file cannot be read.
        """
        from firth.formats.firth_file import parse_safetensors

        if not self.resume:
            return None
        try:
            data = np.memmap(self.path, np.uint8, "r")
        except FileNotFoundError:
            return None
        except ValueError as error:  # numpy cannot map an empty file
            raise FormatError(f"{self.path} is empty, no checkpoint{self._way_out}") from error
        except OSError as error:
            raise ReadError(f"cannot read {self.path}: {error.strerror}") from error
        tensors, metadata = parse_safetensors(data, str(self.path))
        try:
            facts = json.loads(metadata[KEY])
            {name: facts[name] for name in ("version", "options", "corpus", "course", "next", "seconds")}
            tensors["sums"]
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{self.path} is no checkpoint of firth train{self._way_out}") from error
        return tensors, facts

    def remove(self) -> None:
        """Remove the file: what was trained is safe elsewhere."""
        with contextlib.suppress(OSError):
            Path(self.path).unlink(missing_ok=True)
        self._sweep()

    @property
    def _way_out(self) -> str:
        return "; remove the file to start afresh"

    def _compare(self, what: str, then: dict[str, Any], now: dict[str, Any], free: set[str]) -> None:
        """Refuse to go on where facts differ, and say which."""
        names = [name for name in {**then, **now} if name not in free and then.get(name) != now.get(name)]
        if names:
            was, is_ = (", ".join(f"{name} {_shown(facts.get(name))}" for name in names) for facts in (then, now))
            raise ResumeError(f"{self.path} was made with {what} of {was}; this run has {is_}{self._way_out}")

    def _sweep(self) -> None:
        """Remove what killed writers of this file left."""
        path = Path(self.path)
        with contextlib.suppress(OSError):
            for left in path.parent.iterdir():
                if left.name.startswith(f".{path.name[:200]}.") and left.name.endswith(".partial"):
                    left.unlink(missing_ok=True)


def _shown(value: Any) -> str:
    return "unsaid" if value is None else f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)


def identify(encoded: EncodedCorpus) -> dict[str, Any]:
    """Return what tells one corpus from another: sizes, words, and hashes of its vocabulary and of its text.

    >>> from firth.training import encode_corpus
    >>> identify(encode_corpus([["a", "b"], ["a"]], min_count=1))["words"]
    3
    """
    vocabulary = hashlib.blake2b(encoded.vocabulary.blob.tobytes(), digest_size=16)
    vocabulary.update(encoded.vocabulary.offsets.tobytes())
    vocabulary.update(encoded.counts.tobytes())
    text = hashlib.blake2b(digest_size=16)
    for start in range(0, len(encoded.stream), _HASH_BLOCK):
        ids = encoded.stream.read(start, min(len(encoded.stream), start + _HASH_BLOCK))
        text.update(np.ascontiguousarray(ids).data)
    return {
        "files": [[file.path, file.size] for file in encoded.files],
        "words": encoded.n_tokens,
        "kinds": encoded.n_types,
        "sentences": encoded.n_sentences,
        "vocabulary": vocabulary.hexdigest(),
        "text": text.hexdigest(),
    }
