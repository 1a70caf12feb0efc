"""``firth convert IN OUT``: a vector file as another kind of vector file."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from firth.cli.common import json_option, print_json


@click.command(
    epilog="Examples:  firth convert glove.6B.100d.txt glove.firth   ·   firth convert w2v.bin.gz first.vec --top 50000"
)
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option(
    "--strict", is_flag=True, help="Refuse IN if a row cannot be used, a word comes twice, or the header is wrong."
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N words.")
@click.option("--words", type=click.File(), metavar="FILE", help="Only the words in FILE, one a line; `-` for stdin.")
@click.option(
    "--half",
    is_flag=True,
    help="Round to float16: half the size where OUT can hold it, similarities the same to three digits.",
)
@click.option("--from", "source_format", metavar="FORMAT", help="What IN is, where its bytes do not tell.")
@click.option("--to", "target_format", metavar="FORMAT", help="What to write, where OUT's name does not tell.")
@json_option
def command(
    source: str,
    target: str,
    strict: bool,
    top: int | None,
    words: TextIO | None,
    half: bool,
    source_format: str | None,
    target_format: str | None,
    as_json: bool,
) -> None:
    """Write the vectors of IN to OUT, and report what was odd in IN.

    IN may be any vector file, also packed; `archive.zip::member` names one file of an archive, `-` standard input.
    OUT's name tells what is written: .firth (opens in no time), .txt (GloVe), .vec (word2vec text), .bin (word2vec
    binary; fastText's where IN has its subwords), .npy (with .vocab.txt beside it), and packed ones such as .txt.gz or
    .vec.zst. What the kind of file cannot keep is said.
    """
    from firth.formats import target_format as format_written
    from firth.formats.conversion import convert
    from firth.formats.keeping import not_kept, written_dtype

    asked = None if words is None else [line.rstrip("\r\n") for line in words if line.strip()]
    wv = convert(
        source, target, top=top, words=asked, strict=strict, half=half, source_format=source_format,
        target_format=target_format,
    )  # fmt: skip
    size = Path(target).stat().st_size if Path(target).is_file() else 0
    kind = format_written(target, wv, format=target_format)
    dtype, notes = written_dtype(wv, kind), not_kept(wv, kind)
    written = {
        "target": target, "format": kind, "words": len(wv) if kind != "floret" else 0, "dim": wv.dim, "dtype": dtype,
        "bytes": size, "notes": notes,
    }  # fmt: skip
    if as_json:
        print_json({"report": wv.report.to_json() if wv.report is not None else None, "written": written})
        return
    if wv.report is not None:
        click.echo(str(wv.report))
    what = f"{len(wv):,} words" if kind != "floret" or wv.subwords is None else f"{wv.subwords.buckets:,} rows"
    click.echo(f"wrote {target}: {what} x {wv.dim}, {dtype}, {size / 1e6:,.1f} MB")
    for note in notes:
        click.echo(f"  note: {note}")
