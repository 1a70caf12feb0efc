"""firth distill MODEL -o OUT: a static table out of a contextual model."""

from __future__ import annotations

from pathlib import Path

import click

from firth.cli.common import json_option, print_json
from firth.cli.contextual_options import model_options, open_model, text_lines


@click.command("distill")
@click.argument("model")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to: .firth, .txt, .bin ...")
@click.option("--words", "word_file", type=click.Path(path_type=Path), help="A file with one word a line.")
@click.option("--corpus", type=click.Path(path_type=Path), help="A text file, one text a line; .gz is understood.")
@click.option("--mode", type=click.Choice(["auto", "alone", "pieces", "contexts"]), default="auto", show_default=True)
@click.option("--layer", "layers", multiple=True, type=int, help="Layers to join.  [default: 1 and the last]")
@click.option("--pca", type=click.IntRange(1), help="Principal components to keep.  [default: all numbers]")
@click.option("--sif", type=float, help="Scale rows by inverse frequency, with this parameter, such as 1e-3.")
@click.option("--min-count", default=3, show_default=True, help="With --corpus: leave out rarer words.")
@click.option("--top", type=click.IntRange(1), help="With --corpus: keep the most frequent.")
@click.option(
    "--senses",
    multiple=True,
    metavar="WORD[:K],...",
    help="With --corpus: split these words by sense, into K groups or as many as are suggested; may be repeated.",
)
@click.option("--no-centre", is_flag=True, help="Do not take the mean of all words away.")
@model_options
@json_option
def command(
    model: str,
    output: Path,
    word_file: Path | None,
    corpus: Path | None,
    mode: str,
    layers: tuple[int, ...],
    pca: int | None,
    sif: float | None,
    min_count: int,
    top: int | None,
    senses: tuple[str, ...],
    no_centre: bool,
    backend: str,
    dtype: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Make a static table with MODEL: every word read alone, or averaged over its sentences in a corpus.

    The table is like any other: neighbours, analogies, benchmarks, all formats. Without --words and --corpus it holds
    the whole words among the model's own pieces.

    \b
    firth distill minilm -o minilm.firth
    firth distill minilm --corpus wiki.txt --min-count 10 -o wiki-minilm.firth
    firth distill minilm --corpus wiki.txt --senses bat:2,bank -o senses.firth && firth near senses.firth "bat#1"
    """
    from firth.cli.display import progress
    from firth.context.distill import distill
    from firth.formats import target_format

    split = _split_words(senses)
    if split and corpus is None:
        raise click.UsageError("--senses takes the usages of words from --corpus FILE; give that as well")
    target_format(output)
    encoder = open_model(model, backend, dtype, threads)
    words = None if word_file is None else [line.strip() for line in text_lines(word_file)]
    if words is None and corpus is None:
        words = encoder.tokenizer.whole_words()
    table = distill(
        encoder,
        words,
        corpus=None if corpus is None else text_lines(corpus),
        mode=mode,
        layers=list(layers) or None,
        centre=not no_centre,
        pca=pca,
        sif=sif,
        min_count=min_count,
        top=top,
        senses=split or None,
        progress=progress(),
    )
    table.save(output)
    if as_json:
        print_json({"path": str(output), "words": len(table), "dim": table.dim, "recipe": table.recipe})
    else:
        click.echo(f"{output}: {len(table):,} words x {table.dim}")
        for word, counts in table.recipe.get("senses", {}).items():
            groups = ", ".join(f"{word}#{number} ({count:,} usages)" for number, count in enumerate(counts, 1))
            click.echo(f"  {groups or f'{word}: in fewer than {min_count} places of the corpus, left out'}")


def _split_words(senses: tuple[str, ...]) -> dict[str, int | None]:
    """Return the words to split, each with its number of groups.

    >>> _split_words(("bat:2,bank", "e:mail"))
    {'bat': 2, 'bank': None, 'e:mail': None}
    """
    found: dict[str, int | None] = {}
    for part in ",".join(senses).split(",") if senses else ():
        word, _, number = part.strip().rpartition(":")
        counted = bool(word) and number.isascii() and number.isdigit()
        name, k = (word, int(number)) if counted else (part.strip(), None)
        if not name or k == 0:
            raise click.UsageError(f"--senses has {part!r}; expected WORD or WORD:K, such as bat,bank:2")
        found[name] = k
    return found
