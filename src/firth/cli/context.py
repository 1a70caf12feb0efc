"""firth context MODEL --word WORD [TEXT...]: a word in its sentences, compared."""

from __future__ import annotations

from pathlib import Path

import click

from firth.cli.common import format_table, json_option, print_json
from firth.cli.contextual_options import model_options, open_model, read_texts, reading_options


@click.command("context")
@click.argument("model")
@click.argument("texts", nargs=-1)
@reading_options
@click.option("-n", "--topn", default=3, show_default=True, type=click.IntRange(0), help="Nearest usages to show.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the usages as .parquet or .firth.")
@model_options
@json_option
def command(
    model: str,
    texts: tuple[str, ...],
    words: tuple[str, ...],
    files: tuple[Path, ...],
    layers: tuple[int, ...],
    topn: int,
    output: Path | None,
    backend: str,
    dtype: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Find a word in texts and show, for every usage, the usages nearest to it in meaning.

    MODEL is a folder, a hub name, or "minilm". Texts are arguments, lines of --file, or lines of standard input.
    Without --layer the last is read. Raw cosines of contextual vectors are all high; the centred ones take away what
    all usages share. Where a curve is known for the model and its layer (see `firth calibrate`; MiniLM's come with
    firth), "one sense" is the probability that people would say so of the two usages.

    \b
    firth context minilm -w bat "A bat flew out of the cave." "He swung the bat." "Bats sleep in caves."
    """
    from firth.cli.display import progress
    from firth.context.calibration import known
    from firth.context.export import checked_ending

    if output is not None:
        checked_ending(output)
    encoder = open_model(model, backend, dtype, threads)
    usages = encoder.usages(read_texts(texts, files), words=list(words), layers=list(layers) or -1, progress=progress())
    curve = known(encoder, layers[0] if layers else -1) if len(layers) < 2 else None
    if output is not None:
        usages.save(output)
    near = [usages.nearest(row, topn) if found and topn else [] for row, found in enumerate(usages.found.tolist())]
    if as_json:
        for row, usage in enumerate(usages):
            neighbours = [
                {
                    "usage": n.row, "cosine": round(n.cosine, 6), "centred": round(n.centred, 6),
                    "one_sense": curve and round(float(curve.probability(n.cosine)), 6),
                }
                for n in near[row]
            ]  # fmt: skip
            print_json(
                {
                    "usage": row, "text": usage.text, "number": usage.number, "start": usage.start, "end": usage.end,
                    "word": usage.word, "found": bool(usages.found[row]), "nearest": neighbours,
                }
            )  # fmt: skip
        return
    if not len(usages):
        click.echo(f"none of the texts holds {' or '.join(map(repr, words))}", err=True)
        return
    for row, usage in enumerate(usages):
        click.echo(f"{row + 1}  {usage.snippet(76)}" + ("" if usages.found[row] else "  (yields no piece)"))
        rows = [
            ["", str(n.row + 1), usages[n.row].snippet(60), f"{n.centred:.3f}", f"{n.cosine:.3f}"]
            + ([] if curve is None else [f"{float(curve.probability(n.cosine)):.2f}"])
            for n in near[row]
        ]
        header = ["  ", "", "nearest", "centred", "cosine"] + ([] if curve is None else ["one sense"])
        if rows:
            click.echo(format_table(header, rows, right=[1, 3, 4, 5]))
