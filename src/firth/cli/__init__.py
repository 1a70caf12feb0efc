"""The command line: one file a command, thin: parse, call the library, show.

A command is imported only when it is the one asked for, so that ``firth near`` starts in little more time than numpy.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from firth.version import __version__

#: Command → what ``firth --help`` says of it, in the order in which it is shown.
COMMANDS = {
    "near": "Show the words nearest to a word or an expression.",
    "analogy": "Solve A is to B as C is to what?",
    "similarity": "Show how similar two words are.",
    "odd": "Find the word that does not belong.",
    "plot": "Draw words as a picture.",
    "eval": "Score vectors on benchmarks.",
    "compare": "Compare two files of vectors on benchmarks.",
    "bias": "Measure associations that vectors took over from their texts.",
    "train": "Train vectors on your own text.",
    "phrases": "Find words that belong together in a text, and join them.",
    "context": "Compare a word in its sentences.",
    "senses": "Group the usages of a word by meaning.",
    "change": "Measure how words changed between two corpora or tables.",
    "calibrate": "Fit probabilities of one sense on judged pairs.",
    "distill": "Make a static table with a contextual model.",
    "advise": "Tell which vectors do for your labelled texts.",
    "convert": "Convert a vector file to another format.",
    "transform": "Reduce, centre, weigh, prune or quantise vectors.",
    "align": "Turn vectors into the space of others; show what moved.",
    "get": "Download vectors by name.",
    "info": "Tell what a vector file holds.",
    "tour": "Show firth at work on this machine's own documentation.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"firth.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Offer near spellings for a command that does not exist."""
        name = args[0]
        if name not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=2)
            hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else f"; there are: {', '.join(COMMANDS)}"
            ctx.fail(f"no command {name!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: firth near glove.6B.100d.txt 'king - man + woman'",
)
@click.version_option(__version__, "-V", "--version", prog_name="firth")
def group() -> None:
    """One tool for words as vectors."""


def main(args: list[str] | None = None) -> Any:
    """Run the command line; every error of firth's own becomes one line on stderr and exit code 1, wrong usage 2."""
    from firth.errors import FirthError

    # Non-UTF-8 words travel as surrogate escapes; let them out as the bytes that they came from.
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape")
    if sys.stderr is not None and sys.stderr.isatty():
        from firth.progress import tell_of_compiling

        tell_of_compiling(lambda line: click.echo(f"firth: {line}", err=True))
    try:
        return group.main(args=args, prog_name="firth")
    except FirthError as error:
        message = " ".join(str(error).split("\n"))
        click.echo(f"firth: error: {message}", err=True)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MemoryError:
        click.echo(
            "firth: error: the memory at hand does not suffice; load a part with --top, or use float16", err=True
        )
    sys.exit(1)
