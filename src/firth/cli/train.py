"""``firth train``: vectors from your own text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firth.cli.common import json_option, print_json
from firth.cli.phrases import phrase_options
from firth.cli.watching import beginning, beginning_options, watch, watching_options

if TYPE_CHECKING:
    from firth.training import EncodedCorpus, MemoryForecast
    from firth.wordvectors import WordVectors


@click.command("train")
@click.argument("corpus", nargs=-1, required=True)
@click.option(
    "-o", "--output", required=True, type=click.Path(), help="Where the vectors go; the ending tells the format."
)
@click.option(
    "--model",
    type=click.Choice(
        ["skipgram", "cbow", "skipgram-hs", "cbow-hs", "glove", "fasttext", "fasttext-cbow", "floret", "pairs"]
    ),
    default="skipgram",
    show_default=True,
    help="What is trained.",
)
@click.option("--dim", type=click.IntRange(min=1), help="Numbers a vector.  [default: 100; pairs 3]")
@click.option(
    "--window",
    type=click.IntRange(min=1),
    help="Words of context to either side, at most.  [default: 5]",
)
@click.option("--shrink-windows/--fixed-windows", default=None, help="Windows of 1 to --window words, or all as wide.")
@click.option("--negative", type=click.IntRange(min=1), help="Random words against each pair.  [default: 5]")
@click.option(
    "--ns-exponent",
    type=float,
    help="... drawn in proportion to count to this power.  [default: 0.75; fasttext, floret 0.5]",
)
@click.option("--epochs", type=click.IntRange(min=1), help="Passes over the corpus.  [default: 5; glove 15; pairs 100]")
@click.option("--min-count", type=click.IntRange(min=1), help="Leave rarer words out.  [default: 5]")
@click.option("--max-words", type=click.IntRange(min=1), help="Keep so many words only, the most frequent.")
@click.option(
    "--sample",
    type=click.FloatRange(min=0),
    help="Drop words at random that are more frequent than this; 0: none.  [default: 1e-3; fasttext, floret 1e-4]",
)
@click.option("--lr", type=click.FloatRange(min=0, min_open=True, max=1), help="Learning rate.  [default: 0.05]")
@click.option("--min-lr", type=click.FloatRange(min=0, max=1), help="... at the end.  [default: 0.0001]")
@click.option("--threads", type=click.IntRange(min=1), help="Cores to use.  [default: all]")
@click.option("--seed", type=click.IntRange(min=0), help="Start of the random numbers; with --threads 1 same bits.")
@click.option(
    "--deterministic",
    is_flag=True,
    default=None,
    help="Same bits for the same seed at any number of threads; takes more time (glove, fasttext, floret: one thread).",
)
@click.option("--x-max", type=click.FloatRange(min=0, min_open=True), help="GloVe: counts of this and more weigh most.")
@click.option("--symmetric/--left-only", default=None, help="GloVe: count neighbours on both sides, or on the left.")
@click.option("--memory", type=click.IntRange(min=1), help="GloVe: MB for counting; the rest goes to disk.")
@click.option("--minn", type=click.IntRange(1, 64), help="fasttext, floret: shortest n-gram.  [default: 3]")
@click.option("--maxn", type=click.IntRange(1, 64), help="fasttext, floret: longest n-gram.  [default: 6]")
@click.option("--buckets", type=click.IntRange(min=1), help="Rows for n-grams.  [default: 2000000; floret 50000]")
@click.option("--hashes", type=click.IntRange(1, 4), help="floret: rows an n-gram.  [default: 2]")
@click.option("--column", help="Of parquet files and JSON lines: the column that holds the text.")
@phrase_options
@click.option(
    "--spool-above",
    type=click.IntRange(min=0),
    metavar="MB",
    help="Keep a corpus of more numbers than this in a temporary file.  [default: a quarter of free memory]",
)
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Keep OUTPUT.checkpoint while training goes on; it is removed once OUTPUT is saved.",
)
@click.option("--resume", is_flag=True, help="Go on from OUTPUT.checkpoint where there is one.")
@watching_options
@beginning_options
@json_option
def command(
    corpus: tuple[str, ...],
    output: str,
    checkpoint_every: float | None,
    resume: bool,
    log: str | None,
    benchmarks: tuple[str, ...],
    patience: int | None,
    probes: tuple[str, ...],
    start_from: str | None,
    continue_from: str | None,
    freeze_words: str | None,
    keep_state: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Train word vectors on CORPUS: text files, one sentence a line, words separated by blanks.

    Packed files (gz, bz2, xz, zst) are unpacked in passing; a quoted pattern such as "texts/*.gz" names many; - is
    standard input. Lower-case and split punctuation off beforehand if the vectors shall not tell "Cat" from "cat,".
    With --model pairs, CORPUS is one file of two related words a line.

    Ctrl-C ends training and saves what there is; with --checkpoint-every the same command with --resume goes on. With
    --threads 1 and a --seed, or with --deterministic, it ends with the bits of a run that was never stopped.
    """
    from firth.cli.display import progress
    from firth.cli.interrupt import exit_code, interruptible
    from firth.errors import WriteError
    from firth.formats import save
    from firth.training import Checkpoint, Stop, TrainOptions, train_with
    from firth.training.corpus import find_files
    from firth.training.pairs import train_pairs_with

    begun = beginning(start_from, continue_from, freeze_words)
    if parameters["dim"] is None:
        parameters["dim"] = begun.dim
    options = TrainOptions(**parameters)
    state = f"{output}.state" if keep_state else None
    begun.check(options, state)
    checkpoint = None
    if checkpoint_every is not None or resume:
        checkpoint = Checkpoint(f"{output}.checkpoint", checkpoint_every or 600.0, resume)
    stop = Stop()
    for note in _check_target(output, options.model):
        click.echo(f"note: {note}", err=True)
    names: list[Any] = [Path(name) if name != "-" else name for name in corpus]
    files = [file for name in names for file in find_files(name, options.column) or []]

    looking = watch(log, benchmarks, patience, probes)

    def told(encoded: EncodedCorpus, plan: MemoryForecast) -> None:
        if stop.reason:
            raise SystemExit(exit_code(stop))
        looking.told(options, encoded)
        if not as_json:
            words = f"{encoded.n_tokens:,} words, {encoded.n_types:,} kinds"
            click.echo(f"{words}, {len(encoded.vocabulary):,} of them {options.min_count} times or more", err=True)
            if encoded.n_not_utf8:
                click.echo(f"{encoded.n_not_utf8:,} words are not valid UTF-8; their bytes are kept", err=True)
            click.echo(f"memory: {plan}", err=True)
            if options.one_thread:
                click.echo(options.one_thread, err=True)

    with interruptible(stop):
        if options.model == "pairs":
            wv = train_pairs_with(
                _file_of_pairs(corpus, checkpoint or log),
                options,
                progress(),
                observers=looking.observers,
                stop=stop,
            )
        else:
            wv = train_with(
                files,
                options,
                looking.watcher,
                told=told,
                observers=looking.observers,
                stop=stop,
                checkpoint=checkpoint,
                beginning=begun,
                keep_state=state,
            )
        wv = looking.finish(wv)
        save(wv, output)
    ended = wv.recipe.get("ended")
    interrupted = bool(ended and stop.reason)
    if checkpoint is not None and not interrupted:
        checkpoint.remove()
    summary = _summary(wv, output)
    if as_json:
        print_json(summary)
    else:
        seconds = summary["seconds"]
        click.echo(
            f"{output}: {summary['words']:,} words x {summary['dim']}, loss {summary['loss'][-1]:.3f}, "
            f"{summary['words_per_second'] or 0:,} words/s, read in {seconds['reading']:.1f} s, "
            f"trained in {seconds['training']:.1f} s"
        )
    if ended:
        way_on = f"; --resume goes on from {checkpoint.path}" if checkpoint is not None and interrupted else ""
        where = f"{ended['share']:.1%} of the training, in epoch {ended['epoch']} of {options.epochs}"
        click.echo(f"{ended['why']} after {where}; what there was is saved{way_on}", err=True)
    if "state_not_kept" in wv.recipe:
        raise WriteError(f"the vectors are saved, but {wv.recipe['state_not_kept']}")
    if interrupted:
        raise SystemExit(exit_code(stop))


def _file_of_pairs(corpus: tuple[str, ...], kept: object) -> Path:
    if len(corpus) != 1 or corpus == ("-",):
        raise click.UsageError("--model pairs reads one file of two words a line")
    if kept is not None:
        raise click.UsageError("--model pairs takes a moment only and keeps no checkpoint and no log")
    return Path(corpus[0])


def _check_target(output: str, model: str) -> list[str]:
    """Refuse a file that could not be written before hours of training, not after; return what it will not keep."""
    import tempfile

    from firth.errors import FormatError, WriteError
    from firth.formats import save, target_format
    from firth.formats.keeping import not_kept
    from firth.subwords import Subwords
    from firth.wordvectors import WordVectors

    folder = Path(output).parent
    if Path(output).is_dir() or not folder.is_dir():
        what = "a folder stands there" if Path(output).is_dir() else f"there is no folder {folder}"
        raise WriteError(f"cannot write {output}: {what}")
    target_format(output)
    with tempfile.TemporaryDirectory() as elsewhere:
        one = WordVectors.from_words(["word"], [[1.0, 2.0]])
        if model.startswith(("fasttext", "floret")):
            table = Subwords(one.vectors, minn=1, maxn=1, buckets=1, hashing=model.removesuffix("-cbow"))
            one = WordVectors(one.vocabulary, one.vectors, subwords=table)
        trial = Path(elsewhere) / Path(output).name
        try:
            save(one, trial)
        except FormatError as error:  # about the file that was asked for, not about the one that it was tried with
            raise type(error)(str(error).replace(str(trial), output)) from None
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise WriteError(f"cannot write {output}: {error.strerror}") from error
    return not_kept(one, target_format(output, one))


def _summary(wv: WordVectors, output: str) -> dict[str, Any]:
    recipe = wv.recipe
    keys = (
        "parameters",
        "corpus",
        "ended",
        "loss",
        "scores",
        "kept_epoch",
        "pairs",
        "seconds",
        "words_per_second",
        "memory",
    )
    return {"output": output, "words": len(wv), "dim": wv.dim, **{key: recipe[key] for key in keys if key in recipe}}
