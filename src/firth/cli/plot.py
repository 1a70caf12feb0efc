"""firth plot FILE WORD...: words as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from firth.cli.common import json_option, print_json, stdin_lines


@click.command("plot")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Where to: .png, .svg or .html.  [default: FILE's name .png]",
)
@click.option("--groups", metavar="TEXT", help='Words in groups: "animals:cat,dog;fruit:apple".')
@click.option("--k-groups", type=click.IntRange(1), help="How many groups to look for; 1 for none.")
@click.option("--axes", nargs=2, metavar="X Y", help='Two expressions as axes: "man - woman" "young - old".')
@click.option("--method", default="pca", show_default=True, help="How words come into the plane.")
@click.option("--title", help="The line above the picture.")
@json_option
def command(
    file: Path,
    words: tuple[str, ...],
    output: Path | None,
    groups: str | None,
    k_groups: int | None,
    axes: tuple[str, str] | None,
    method: str,
    title: str | None,
    as_json: bool,
) -> None:
    """Draw words of FILE as a picture and print its path.

    The axes are the words' principal components and say how much of the variance they keep. Without words the most
    frequent ones are drawn; '-' reads words from standard input.

    \b
    firth plot glove.6B.100d.txt cat dog horse bread milk cheese -o food.html
    firth plot glove.6B.100d.txt --groups "animals:cat,dog;food:bread,milk"
    """
    from firth.loading import load
    from firth.projection import plot

    chosen = [word for given in words for word in (_from_stdin() if given == "-" else [given])]
    named = parse_groups(groups) if groups is not None else None
    target = Path(_stem(file) + ".png") if output is None else output
    picture = plot(
        load(file),
        chosen or None,
        target,
        groups=named,
        k_groups=k_groups,
        axes=axes,
        method=method,
        title=title,
    )
    if as_json:
        print_json({"path": str(target), **picture.to_json()})
    else:
        click.echo(target)


def _from_stdin() -> list[str]:
    return [word for line in stdin_lines() for word in line.split()]


def _stem(file: Path) -> str:
    """Return the name of a vector file without its endings: ``glove.6B.50d.txt.gz`` → ``glove.6B.50d``.

    >>> _stem(Path("/data/glove.6B.50d.txt.gz"))
    'glove.6B.50d'
    """
    stem = file.name
    for packed in (".gz", ".bz2", ".xz", ".zip", ".zst"):
        stem = stem.removesuffix(packed)
    for plain in (".txt", ".vec", ".bin", ".npy", ".firth", ".magnitude"):
        stem = stem.removesuffix(plain)
    return stem or "picture"


def parse_groups(text: str) -> dict[str, list[str]]:
    """Return groups written as ``name:word,word;name:word``.

    Raises:
        UsageError: a group has no name or no words.

    >>> parse_groups("animals:cat,dog; fruit:apple")
    {'animals': ['cat', 'dog'], 'fruit': ['apple']}
    """
    groups: dict[str, list[str]] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, colon, members = part.partition(":")
        words = [word.strip() for word in members.split(",") if word.strip()]
        if not colon or not name.strip() or not words:
            raise click.UsageError(f"--groups has {part!r}; expected name:word,word;name:word,word")
        groups.setdefault(name.strip(), []).extend(words)
    if not groups:
        raise click.UsageError(f"--groups is {text!r}; expected name:word,word;name:word,word")
    return groups
