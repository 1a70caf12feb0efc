"""CBOW and hierarchical softmax beside gensim's, GloVe beside Stanford's program: same file, same epochs, speed and the
scores of both.

    python benchmarks/bench_models.py                                     CBOW alone, 1M words
    python benchmarks/bench_models.py --words 5M --rounds 2               more text
    python benchmarks/bench_models.py --parts hs --rounds 2               skip-gram and CBOW with hierarchical softmax
    python benchmarks/bench_models.py --parts fasttext                    skip-gram with subwords beside fastText
    python benchmarks/bench_models.py --parts fasttext-cbow --rates .1 .2 CBOW with subwords beside fastText
    python benchmarks/bench_models.py --glove-source ~/GloVe              GloVe too

``--glove-source`` is a checkout of https://github.com/stanfordnlp/GloVe; its programs are compiled with
``-O3 -march=native`` in the benchmark's cache folder.

CBOW and hierarchical softmax: training part alone, 2 threads, window 5, negative 5 or none, sample 1e-3, min_count 5,
each side at its better learning rate. GloVe: the whole job, from text to vectors (Stanford: vocab_count, cooccur,
shuffle, glove; firth: the command ``firth train``, start and compiled code from disk included), 2 threads, window 5,
x_max 10, learning rate 0.05, word + context vectors, 10 iterations. CPU seconds, which a busy machine disturbs less,
stand beside. Scores are firth's evaluation for both. fastText: see bench_fasttext.py.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import bench_training
from bench_training import OURS, SHARDS, THEIRS, Side, corpus_file, scores
from common import CACHE, PEERS, Row, emit
from firth import WordVectors, load
from models_fasttext import bench_fasttext

THREADS = 2
NAMES = ["EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt", "EN-MTurk-771.txt"]
Scores = dict[str, tuple[float, int, int]]


def show(ours: list[Scores], theirs: list[Scores], peer: str) -> None:
    """Print the scores of both sides, means over the rounds."""
    for name, (_, n, total) in ours[0].items():
        a, b = (statistics.fmean(r[name][0] for r in side) for side in (ours, theirs))
        spread = max(max(r[name][0] for r in side) - min(r[name][0] for r in side) for side in (ours, theirs))
        coverage = f"{n:,} of {total:,} items; {peer} {theirs[0][name][1]:,}"
        print(
            f"    {name:<22} firth {a:5.1f}  {peer} {b:5.1f}  difference {a - b:+.1f}, spread {spread:.1f} ({coverage})"
        )


def bench_word2vec(corpus: Path, args: argparse.Namespace, name: str, model: str, call: str, bar: float | None) -> None:
    """Train a model on both sides in turn; ``call`` is what gensim's ``Word2Vec`` is told."""
    # in place of the whole job's wall time its CPU time, which a busy machine disturbs less
    setups = [setup.replace("start = time.perf_counter()", "start = time.process_time()") for setup in (OURS, THEIRS)]
    setups[0] = setups[0].replace("progress=False, **options", f"model={model!r}, progress=False, **options")
    setups[0] = setups[0].replace("time.perf_counter() - start", "time.process_time() - start")
    if "negative" in call:
        setups[1] = setups[1].replace("negative=5, ", "")
    setups[1] = setups[1].replace("sg=1, vector_size", f"{call}, vector_size")
    setups[1] = setups[1].replace("done - start", "time.process_time() - start")
    ours, theirs = Side("firth", None, setups[0]), Side("gensim", PEERS, setups[1])
    try:
        ours.worker.run(
            f"train([['a', 'b']] * 9, model={model!r}, min_count=1, epochs=1, progress=False); result = None"
        )  # compiles
        for seed in range(1, args.rounds + 1):
            for lr in args.rates:
                ours.fit(corpus, lr, 100, args.epochs, seed)
                theirs.fit(corpus, lr, 100, args.epochs, seed)
    finally:
        ours.worker.close()
        theirs.worker.close()
    best = ours.best(), theirs.best()
    words = ours.words * args.epochs / 1e6
    speed = [words / statistics.median(side.seconds[lr]) for side, lr in zip((ours, theirs), best, strict=True)]
    used = [statistics.median(side.whole[lr]) for side, lr in zip((ours, theirs), best, strict=True)]
    note = (
        f"{ours.words:,} words, {args.epochs} epochs, window 5, {call}; best of lr {args.rates}: firth {best[0]}, "
        f"gensim {best[1]}; {args.rounds} rounds in turn; CPU seconds of the whole job {used[0]:.1f} against "
        f"{used[1]:.1f}, {used[1] / used[0]:.1f} x"
    )
    work = f"{name} dim 100, {THREADS} threads, {corpus.stem}"
    emit(Row(work, "gensim", speed[0], speed[1], "Mw/s", bar, higher=True, note=note))
    show(ours.scores[best[0]], theirs.scores[best[1]], "gensim")


def build_glove(source: Path) -> Path:
    """Compile Stanford's programs; return their folder."""
    target = CACHE / "glove-build"
    target.mkdir(parents=True, exist_ok=True)
    for name in ("vocab_count", "cooccur", "shuffle", "glove"):
        files = [str(source / "src" / f"{part}.c") for part in (name, "common")]
        flags = ["-O3", "-march=native", "-funroll-loops", "-pthread"]
        subprocess.run(["gcc", *flags, *files, "-o", str(target / name), "-lm"], check=True, stderr=subprocess.DEVNULL)
    return target


def timed_commands(commands: list[tuple[list[str], str | None, str | None]], folder: Path) -> tuple[float, float]:
    """Run commands (arguments, input, output) one after another; return wall and CPU seconds."""
    before = os.times()
    start = time.perf_counter()
    for arguments, source, target in commands:
        with (
            open(source or os.devnull, "rb") as stdin,  # noqa: PTH123 - beside os.devnull
            open(folder / target if target else os.devnull, "wb") as stdout,  # noqa: PTH123
        ):
            subprocess.run(arguments, check=True, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, cwd=folder)
    wall = time.perf_counter() - start
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def bench_glove(corpus: Path, source: Path, args: argparse.Namespace) -> None:
    """The whole job on both sides in turn."""
    programs = build_glove(source)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    found: tuple[list[Scores], list[Scores]] = ([], [])
    firth = [sys.executable, "-m", "firth", "train"]
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        small = folder / "small.txt"
        small.write_text("a b c\n" * 9)
        compiles = [*firth, str(small), "-o", "small.firth", "--model", "glove", "--min-count", "1", "--dim", "100"]
        timed_commands([(compiles, None, None)], folder)
        for seed in range(1, args.rounds + 1):
            options = f"--model glove --dim 100 --window 5 --x-max 10 --epochs {args.iterations} --lr 0.05"
            command = [*firth, str(corpus), "-o", "ours.firth", *options.split()]
            ours.append(timed_commands([([*command, "--threads", "2", "--seed", str(seed)], None, None)], folder))
            found[0].append(scores_of(load(folder / "ours.firth"), folder))
            theirs.append(timed_commands(stanford(programs, corpus, folder, seed, args.iterations), folder))
            lines = (folder / "theirs.txt").read_text(encoding="utf-8").splitlines()
            parts = [line.split(" ") for line in lines]
            table = WordVectors.from_words([p[0] for p in parts], np.array([p[1:] for p in parts], np.float32))
            found[1].append(scores_of(table, folder))
    seconds = [statistics.median(wall for wall, _ in side) for side in (ours, theirs)]
    used = [statistics.median(cpu for _, cpu in side) for side in (ours, theirs)]
    note = (
        f"window 5, x_max 10, {args.iterations} iterations, lr 0.05, word + context; {args.rounds} rounds in turn; "
        f"CPU seconds {used[0]:.1f} against {used[1]:.1f}, {used[1] / used[0]:.1f} x"
    )
    work = f"GloVe dim 100, whole job, {THREADS} threads, {corpus.stem}"
    emit(Row(work, "GloVe C", seconds[0], seconds[1], "s", 10.0, note=note))
    show(*found, "GloVe C")


def stanford(
    programs: Path, corpus: Path, folder: Path, seed: int, iterations: int
) -> list[tuple[list[str], str | None, str | None]]:
    """Return the four commands of Stanford's way from a text to vectors."""
    quiet = ["-verbose", "0", "-memory", "8.0"]
    glove = (
        f"-threads {THREADS} -input-file shuffled -x-max 10 -iter {iterations} -vector-size 100 -eta 0.05 "
        f"-binary 0 -model 2 -vocab-file vocab -save-file theirs -verbose 0 -seed {seed}"
    )
    cooccur = [str(programs / "cooccur"), *quiet, "-vocab-file", "vocab", "-window-size", "5"]
    shuffle = [str(programs / "shuffle"), *quiet, "-seed", str(seed)]
    return [
        ([str(programs / "vocab_count"), "-min-count", "5", "-verbose", "0"], str(corpus), "vocab"),
        (cooccur, str(corpus), "pairs"),
        (shuffle, str(folder / "pairs"), "shuffled"),
        ([str(programs / "glove"), *glove.split()], None, None),
    ]


def scores_of(wv: WordVectors, folder: Path) -> Scores:
    """Return the scores of a table."""
    np.save(folder / "table", wv.vectors)
    Path(f"{folder}/table.words").write_text("\n".join(wv.vocabulary.words()), encoding="utf-8")
    return scores(folder / "table")


def main() -> None:
    """Run the models that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", choices=SHARDS, default="1M")
    parts = ["cbow", "glove", "hs", "fasttext", "fasttext-cbow"]
    parser.add_argument("--models", "--parts", nargs="+", choices=parts, default=["cbow", "glove"])
    parser.add_argument("--fasttext", type=Path, help="fastText's program, in place of its module from PyPI")
    parser.add_argument("--glove-source", type=Path, help="a checkout of Stanford's GloVe")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.025, 0.05], help="of all but GloVe")
    parser.add_argument("--epochs", type=int, default=5, help="of all but GloVe")
    parser.add_argument("--iterations", type=int, default=10, help="of GloVe")
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    bench_training.BENCHMARKS = NAMES
    corpus = corpus_file(args.words)
    if "cbow" in args.models:
        bench_word2vec(corpus, args, "CBOW", "cbow", "sg=0, negative=5", 6.0)
    if "hs" in args.models:
        bench_word2vec(corpus, args, "skip-gram, hierarchical softmax,", "skipgram-hs", "sg=1, hs=1, negative=0", None)
        bench_word2vec(corpus, args, "CBOW, hierarchical softmax,", "cbow-hs", "sg=0, hs=1, negative=0", None)
    for part in sorted({"fasttext", "fasttext-cbow"} & set(args.models)):
        ours, theirs, best = bench_fasttext(corpus, args, part)
        show(ours.scores[best[0]], theirs.scores[best[1]], "fastText")
    if "glove" in args.models:
        if args.glove_source is None:
            print("GloVe skipped: --glove-source names a checkout of https://github.com/stanfordnlp/GloVe")
        elif shutil.which("gcc") is None:
            print("GloVe skipped: no gcc to compile Stanford's programs with")
        else:
            bench_glove(corpus, args.glove_source.resolve(), args)


if __name__ == "__main__":
    main()
