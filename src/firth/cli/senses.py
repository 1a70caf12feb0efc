"""firth senses MODEL --word WORD [TEXT...]: the usages of a word in groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firth.cli.common import json_option, print_json
from firth.cli.contextual_options import model_options, open_model, read_texts, reading_options

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@click.command("senses")
@click.argument("model")
@click.argument("texts", nargs=-1)
@reading_options
@click.option("-k", "--k", type=click.IntRange(1), help="How many groups.  [default: as many as are suggested]")
@click.option("-n", "--topn", default=3, show_default=True, type=click.IntRange(1), help="Usages to show of a group.")
@click.option("--most", type=click.IntRange(1), help="Take so many usages of each word at most, drawn at random.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Draw them as .png, .svg or .html, or write the groups' means as .firth, .txt, .vec ...",
)
@model_options
@json_option
def command(
    model: str,
    texts: tuple[str, ...],
    words: tuple[str, ...],
    files: tuple[Path, ...],
    layers: tuple[int, ...],
    k: int | None,
    topn: int,
    most: int | None,
    output: Path | None,
    backend: str,
    dtype: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Find a word in texts and put its usages into groups, each with its most typical texts and its own terms.

    A group is what the model sees as alike, no dictionary sense. Without --k as many groups are made as the usages
    suggest, two or more, and how sure that is stands beside. Without --layer the layer at two thirds of the depth is
    read. MODEL and texts are as for `firth context`, and so is the probability of one sense, which is given for two
    usages of one group and for two of different groups. With -o and a name such as bat.firth the mean of every group
    becomes a word, bat#1, bat#2; for these beside all other words of a corpus see `firth distill --senses`.

    \b
    firth senses minilm -w bat -k 2 --file sentences.txt -o bat.html
    firth senses minilm -w bat -k 2 --file sentences.txt -o bat.firth
    """
    from firth.cli.display import progress
    from firth.context.calibration import known
    from firth.context.change import sample_usages
    from firth.context.senses import sense_layer

    drawn = output is not None and _drawn(output)
    encoder = open_model(model, backend, dtype, threads)
    layer = sense_layer(encoder)
    found, chosen = read_texts(texts, files), list(layers) or layer
    if most is None:
        usages = encoder.usages(found, words=list(words), layers=chosen, progress=progress())
    else:
        usages = sample_usages(encoder, found, list(words), most=most, layers=chosen, progress=progress())
    curve = known(encoder, layers[0] if layers else layer) if len(layers) < 2 else None
    senses = usages.groups(k)
    if output is not None and drawn:
        from firth.context.picture import draw

        draw(senses, output)
    elif output is not None:
        senses.table().save(output)
    unit = usages.unit(centred=True)
    central = {g.number: sorted(g.rows.tolist(), key=lambda row: -float(unit[row] @ unit[g.medoid])) for g in senses}
    within, between = (None, None) if curve is None else _one_sense(curve.matrix(usages), senses.labels)
    if as_json:
        suggestion = senses.suggestion
        print_json(
            {
                "usages": len(usages),
                "silhouette": round(senses.silhouette, 6),
                "one_sense": {"within": within, "between": between},
                "suggestion": suggestion
                and {"k": suggestion.k, "certainty": suggestion.certainty, "shares": suggestion.shares},
                "groups": [
                    {
                        "group": g.number,
                        "size": len(g.rows),
                        "terms": list(g.terms),
                        "medoid": usages[g.medoid].text,
                        "usages": [
                            {"text": usages[r].text, "start": usages[r].start, "end": usages[r].end}
                            for r in g.rows.tolist()
                        ],
                    }
                    for g in senses
                ],
            }
        )
        return
    for group in senses:
        terms = f"  terms: {', '.join(group.terms)}" if group.terms else ""
        click.echo(f"{group.number}  {len(group.rows)} usages{terms}")
        for row in central[group.number][:topn]:
            click.echo(f"   {usages[row].snippet(76)}")
    how = f"suggested: {senses.suggestion}" if senses.suggestion is not None else "number of groups as asked"
    click.echo(f"{how}; silhouette {senses.silhouette:.2f}")
    if within is not None and between is not None:
        click.echo(f"probability of one sense: {within:.2f} for two usages of one group, {between:.2f} across groups")
    if output is not None:
        click.echo(output)


def _drawn(path: Path) -> bool:
    """Tell whether a file is a picture; else it is a table.

    Raises:
        UnknownFormatError: it is neither.
    """
    from firth.errors import UnknownFormatError
    from firth.formats import target_format
    from firth.projection.picture import ENDINGS

    if path.suffix.lower() in ENDINGS:
        return True
    try:
        target_format(path)
    except UnknownFormatError as error:
        raise UnknownFormatError(f"no picture ({', '.join(ENDINGS)}) and no table is written so: {error}") from error
    return False


def _one_sense(matrix: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """Return the mean probability for two different usages of one group, and of two groups; None where none are."""
    import numpy as np

    pairs = np.triu(np.ones(matrix.shape, bool), 1) & (labels[:, None] > 0) & (labels > 0)
    same = labels[:, None] == labels
    means = [float(matrix[pairs & chosen].mean()) if (pairs & chosen).any() else None for chosen in (same, ~same)]
    return means[0], means[1]
