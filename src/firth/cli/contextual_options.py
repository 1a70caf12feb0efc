"""What the commands over contextual models share: the model's options, and where texts come from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from firth.context import Encoder

Command = Callable[..., Any]


def model_options(function: Command) -> Command:
    """Add the options that say how a model is run."""
    for option in reversed(
        (
            click.option(
                "--backend", type=click.Choice(["auto", "onnx", "openvino", "torch", "numpy"]), default="auto",
                show_default=True, help="What computes.",
            ),
            click.option(
                "--dtype", type=click.Choice(["auto", "fp32", "bf16", "int8"]), default="auto", show_default=True,
                help="Numbers to compute in; bf16 and int8 are faster and less exact.",
            ),
            click.option("--threads", type=click.IntRange(1), help="Processor threads.  [default: all]"),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def reading_options(function: Command) -> Command:
    """Add the options that say what is read."""
    for option in reversed(
        (
            click.option(
                "-w", "--word", "words", multiple=True, required=True, help="The word to look for; may be repeated."
            ),
            click.option(
                "-f", "--file", "files", multiple=True, type=click.Path(path_type=Path),
                help="A file with one text a line, plain or .gz; may be repeated.",
            ),
            click.option(
                "--layer", "layers", multiple=True, type=int,
                help="Layer to read, 0 for the embeddings; several are averaged.",
            ),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def open_model(model: str, backend: str, dtype: str, threads: int | None) -> Encoder:
    """Open a model as the command line names it."""
    from firth.context import contextual

    return contextual(model, backend=backend, dtype=dtype, threads=threads)


def read_texts(given: tuple[str, ...], files: tuple[Path, ...]) -> list[str]:
    """Return the texts of a command: its arguments, its files' lines, or standard input; blank ones left out."""
    texts = [text for text in given if text != "-"]
    for path in files:
        texts += text_lines(path)
    if "-" in given or not (texts or files):
        if sys.stdin.isatty():
            raise click.UsageError("no texts: give them as arguments, with --file, or on standard input")
        texts += [line.rstrip("\r\n") for line in sys.stdin]
    return [text for text in texts if text.strip()]


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, plain or gzip, that are not blank."""
    import gzip
    import zlib

    from firth.errors import ReadError

    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                if line.strip():
                    yield line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
