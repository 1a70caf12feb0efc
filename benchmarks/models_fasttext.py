"""Skip-gram and CBOW with subwords beside fastText: the parts ``fasttext`` and ``fasttext-cbow`` of bench_models.py.

    python benchmarks/bench_models.py --parts fasttext                             the module from PyPI
    python benchmarks/bench_models.py --parts fasttext --fasttext ~/fastText/fasttext
                                                                                   a program compiled on this machine

2 threads, dim 100, window 5, negative 5, sample 1e-4, min_count 5, n-grams of 3 to 6, 2,000,000 buckets. Training part
of fastText: the whole job less a run of 0 epochs, which reads the corpus and makes the matrices (and, for the program,
writes the files). Its ``</s>`` is left out of the scores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from bench_training import Side, scores
from common import PEERS, Row, emit
from firth import load

THREADS = 2

OURS = """
import time, numpy as np
import firth.training.job as job
inner, used = job.run, [0.0]
def timed_run(*arguments):
    start = time.process_time()
    try:
        return inner(*arguments)
    finally:
        used[0] = time.process_time() - start
job.run = timed_run
def fit(corpus, out, lr, dim, epochs, seed):
    start, cpu = time.perf_counter(), time.process_time()
    wv = job.train(corpus, model={model!r}, lr=lr, dim=dim, epochs=epochs, seed=seed, threads=2, progress=False)
    whole = [time.perf_counter() - start, time.process_time() - cpu]
    np.save(out, wv.vectors)
    open(out + ".words", "w", encoding="utf-8").write("\\n".join(wv.vocabulary.words()))
    return [wv.recipe["seconds"]["training"], used[0], *whole, wv.recipe["corpus"]["words"]]
"""

THEIRS = """
import time, numpy as np, fasttext
def fit(corpus, out, lr, dim, epochs, seed):
    times = []
    for n in (0, epochs):
        start, cpu = time.perf_counter(), time.process_time()
        model = fasttext.train_unsupervised(
            corpus, model={theirs!r}, lr=lr, dim=dim, ws=5, epoch=n, minCount=5, minn=3, maxn=6, neg=5, bucket=2000000,
            thread=2, t=1e-4, verbose=0)  # it takes no seed
        times.append((time.perf_counter() - start, time.process_time() - cpu))
    words = [word for word in model.get_words() if word != "</s>"]
    np.save(out, np.stack([model.get_word_vector(word) for word in words]))
    open(out + ".words", "w", encoding="utf-8").write("\\n".join(words))
    (w0, c0), (w, c) = times
    return [w - w0, c - c0, w, c, 0]
"""


class Timed(Side):
    """A rival whose runs give wall and CPU seconds of the training part and of the whole job."""

    def __init__(self, name: str, python: str | None, setup: str, program: Path | None = None) -> None:
        super().__init__(name, python, setup)
        self.program, self.kind = program, "skipgram"
        self.times: dict[float, list[list[float]]] = {}

    def fit(self, corpus: Path, lr: float, dim: int, epochs: int, seed: int, workers: int | None = None) -> None:
        """Train once, and score it."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "vectors"
            if self.program is None:
                call = f"fit({str(corpus)!r}, {str(out)!r}, lr={lr}, dim={dim}, epochs={epochs}, seed={seed})"
                *times, words = self.worker.run(f"result = {call}")
                self.words = self.words or words
            else:
                times = self.run_program(self.program, self.kind, corpus, out, lr, dim, epochs, seed)
            self.times.setdefault(lr, []).append(times)
            self.scores.setdefault(lr, []).append(scores(out))

    @staticmethod
    def run_program(
        program: Path, kind: str, corpus: Path, out: Path, lr: float, dim: int, epochs: int, seed: int
    ) -> list[float]:
        """Run the command-line program, with 0 epochs and with all."""
        times = []
        for n in (0, epochs):
            options = (
                f"-lr {lr} -dim {dim} -ws 5 -epoch {n} -minCount 5 -minn 3 -maxn 6 -neg 5 -bucket 2000000 "
                f"-thread {THREADS} -t 1e-4 -verbose 0 -seed {seed}"
            )
            before, start = os.times(), time.perf_counter()
            command = [str(program), kind, "-input", str(corpus), "-output", str(out), *options.split()]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wall, after = time.perf_counter() - start, os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            times.append((wall, cpu))
        wv = load(f"{out}.vec")
        chosen = [row for row, word in enumerate(wv.vocabulary.words()) if word != "</s>"]
        np.save(out, wv.vectors[chosen])
        Path(f"{out}.words").write_text("\n".join(wv.vocabulary[row] for row in chosen), encoding="utf-8")
        (w0, c0), (w, c) = times
        return [w - w0, c - c0, w, c]


def bench_fasttext(corpus: Path, args: argparse.Namespace, model: str) -> tuple[Timed, Timed, tuple[float, float]]:
    """Train on both sides in turn; return them, and the better learning rate of each."""
    program = None if args.fasttext is None else args.fasttext.resolve()
    kind = "cbow" if model == "fasttext-cbow" else "skipgram"
    setups = [setup.replace("{model!r}", repr(model)).replace("{theirs!r}", repr(kind)) for setup in (OURS, THEIRS)]
    ours = Timed("firth", None, setups[0])
    theirs = Timed("fastText", None if program else PEERS, "result = None" if program else setups[1], program)
    theirs.kind = kind
    try:
        ours.worker.run(
            f"job.train([['a', 'b']] * 9, model={model!r}, buckets=9, min_count=1, epochs=1, progress=False); "
            "result = None"
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
    sides = list(zip((ours, theirs), best, strict=True))
    wall, cpu, whole, whole_cpu = (
        [statistics.median(times[k] for times in side.times[lr]) for side, lr in sides] for k in range(4)
    )
    note = (
        f"{ours.words:,} words, {args.epochs} epochs, window 5, negative 5, sample 1e-4, n-grams 3-6, 2,000,000 "
        f"buckets; best of lr {args.rates}: firth {best[0]}, fastText {best[1]}; {args.rounds} rounds in turn; "
        + (f"{program.name} compiled here" if program else "the module from PyPI")
    )
    bar = 6.0 if kind == "skipgram" else None
    work = f"subword {'skip-gram' if bar else 'CBOW'} dim 100, {THREADS} threads, {corpus.stem}"
    emit(Row(work, "fastText", words / wall[0], words / wall[1], "Mw/s", bar, higher=True, note=note))
    emit(Row(f"the same in CPU seconds, {corpus.stem}", "fastText", cpu[0], cpu[1], "s", bar))
    emit(Row(f"the whole job: counting, training; {corpus.stem}", "fastText", whole[0], whole[1], "s"))
    emit(Row(f"the whole job in CPU seconds, {corpus.stem}", "fastText", whole_cpu[0], whole_cpu[1], "s"))
    return ours, theirs, best
