"""Counting and skip-gram training: firth beside gensim on the same file, the same epochs, with the scores of both.

    python benchmarks/bench_training.py                      1M words, some minutes
    python benchmarks/bench_training.py --words 5M           or 30M, all six shards
    python benchmarks/bench_training.py --dims 100 300       other sizes of vectors
    python benchmarks/bench_training.py --rates .025 .05     each side at its best of these learning rates

Both sides get two threads, window 5, negative 5, sample 1e-3, min_count 5 and linear decay to 1e-4. Times are of the
training part alone (firth's compiled code comes from its cache). Scores are of firth's evaluation for both: every pair
and question whose words are in the vocabulary, which is the same set for both sides. The score that is compared is that
of each side's better learning rate (by the mean of all scores), averaged over the rounds; "spread" is the largest less
the smallest of the rounds. The part "schedule" shows what gensim's learning rate does with one worker and with two, the
part "shared" what the number of shared negatives does.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from common import CACHE, DATA, PEERS, Row, Worker, alternate, emit
from firth import WordVectors
from firth.evaluation import evaluate

BENCHMARKS = ["EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt", "EN-MTurk-771.txt", "EN-SimVerb-3500.txt", "EN-RG-65.txt"]
GOOGLE = "questions-words.txt"
SHARDS = {"1M": ["wiki-en-mini"], "5M": ["wiki-en-00"], "30M": [f"wiki-en-0{k}" for k in range(6)]}
THREADS = 2
PARTS = ["counting", "training", "scaling", "schedule", "shared", "deterministic"]

OURS = """
import json, time, numpy as np
from firth.training import encode_corpus, train
def count(file, threads):
    start = time.perf_counter()
    n = encode_corpus(file, threads=threads).n_tokens
    return [time.perf_counter() - start, n]
def fit(corpus, out, threads=2, **options):
    start = time.perf_counter()
    wv = train(corpus, threads=threads, progress=False, **options)
    whole = time.perf_counter() - start
    np.save(out, wv.vectors)
    open(out + ".words", "w", encoding="utf-8").write("\\n".join(wv.vocabulary.words()))
    return [wv.recipe["seconds"]["training"], whole, wv.recipe["corpus"]["words"]]
def cost(corpus, out, threads, **options):
    import resource
    user = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_utime
    start = user()
    encode_corpus(corpus, threads=threads)
    read = user()
    seconds = fit(corpus, out, threads, **options)[0]
    return [seconds, user() - read - (read - start)]
"""

THEIRS = """
import json, time, numpy as np
from gensim.models import Word2Vec
def count(file):
    model = Word2Vec(min_count=5, sg=1)
    start = time.perf_counter()
    model.build_vocab(corpus_file=file)
    return [time.perf_counter() - start, model.corpus_total_words]
def fit(corpus, out, lr, dim, epochs, seed, workers=2):
    start = time.perf_counter()
    model = Word2Vec(sg=1, vector_size=dim, window=5, negative=5, min_count=5, sample=1e-3, alpha=lr, min_alpha=1e-4,
                     workers=workers, epochs=epochs, seed=seed)
    model.build_vocab(corpus_file=corpus)
    counted = time.perf_counter()
    total = model.corpus_total_words
    model.train(corpus_file=corpus, total_examples=model.corpus_count, total_words=total, epochs=epochs)
    done = time.perf_counter()
    np.save(out, model.wv.vectors)
    open(out + ".words", "w", encoding="utf-8").write("\\n".join(model.wv.index_to_key))
    return [done - counted, done - start, model.corpus_total_words]
"""


def corpus_file(size: str) -> Path:
    """Return the unpacked corpus, made once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / f"wiki-{size}.txt"
    if not path.exists():
        parts = [gzip.decompress((DATA / "corpora" / f"{name}.txt.gz").read_bytes()) for name in SHARDS[size]]
        path.write_bytes(b"".join(parts))
    return path


def scores(out: Path) -> dict[str, tuple[float, int, int]]:
    """Return benchmark → (score x 100, items scored, items in all)."""
    words = Path(f"{out}.words").read_text(encoding="utf-8").split("\n")
    wv = WordVectors.from_words(words, np.load(f"{out}.npy"))
    files = [DATA / "eval" / "similarity" / name for name in BENCHMARKS] + [DATA / "eval" / "analogy" / GOOGLE]
    found = evaluate(wv, files, case="lower", resamples=20)
    return {score.benchmark: (100 * score.score, score.n, score.total) for score in found}


class Side:
    """One rival: its process, and what its runs gave."""

    def __init__(self, name: str, python: str | None, setup: str) -> None:
        self.name = name
        self.worker = Worker(python, setup) if python else Worker(setup=setup)
        self.seconds: dict[float, list[float]] = {}
        self.whole: dict[float, list[float]] = {}
        self.scores: dict[float, list[dict[str, tuple[float, int, int]]]] = {}
        self.words = 0

    def fit(self, corpus: Path, lr: float, dim: int, epochs: int, seed: int, workers: int | None = None) -> None:
        """Train once, and score it."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "vectors"
            call = f"result = fit({str(corpus)!r}, {str(out)!r}, lr={lr}, dim={dim}, epochs={epochs}, seed={seed}"
            if workers is not None:
                call += f", {'workers' if self.name == 'gensim' else 'threads'}={workers}"
            call += ")"
            seconds, whole, self.words = self.worker.run(call)
            self.seconds.setdefault(lr, []).append(seconds)
            self.whole.setdefault(lr, []).append(whole)
            found = scores(out)
            self.scores.setdefault(lr, []).append(found)
            one = ", ".join(f"{name} {score:.1f}" for name, (score, _, _) in found.items())
            print(f"    run: {self.name}, lr {lr}, seed {seed}: {seconds:.1f} s, {one}", flush=True)

    def mean(self, lr: float, benchmark: str) -> float:
        """Return the mean score over the rounds."""
        return statistics.fmean(round_[benchmark][0] for round_ in self.scores[lr])

    def best(self) -> float:
        """Return the learning rate with the best mean of all scores."""
        return max(self.scores, key=lambda lr: statistics.fmean(self.mean(lr, name) for name in self.scores[lr][0]))


def spread_of(sides: list[tuple[Side, float]], name: str) -> float:
    """Return the largest difference between rounds of a side at its learning rate."""
    runs = [[round_[name][0] for round_ in side.scores[lr]] for side, lr in sides]
    return max(max(values) - min(values) for values in runs)


def bench_counting(corpus: Path, ours: Side, theirs: Side, rounds: int) -> None:
    """Tokenise, count, encode."""
    ours.worker.run(f"result = count({str(corpus)!r}, {THREADS})")  # compiles
    for threads in (THREADS, 1):
        a, b = alternate(
            lambda threads=threads: ours.worker.run(f"result = count({str(corpus)!r}, {threads})")[0],  # type: ignore[misc]
            lambda: theirs.worker.run(f"result = count({str(corpus)!r})")[0],
            rounds,
        )
        bar = 4.0 if threads == THREADS else None
        note = "gensim build_vocab(corpus_file) counts; firth counts and encodes"
        emit(Row(f"tokenise + count + encode, {threads} threads, {corpus.stem}", "gensim", a, b, "s", bar, note=note))


def bench_training(corpus: Path, dim: int, args: argparse.Namespace, ours: Side, theirs: Side) -> None:
    """Train on both sides in turn, at every learning rate, with another seed each round."""
    for side in (ours, theirs):
        side.seconds, side.whole, side.scores = {}, {}, {}
    for seed in range(1, args.rounds + 1):
        for lr in args.rates:
            ours.fit(corpus, lr, dim, args.epochs, seed, args.threads)
            theirs.fit(corpus, lr, dim, args.epochs, seed, args.threads)
    best = ours.best(), theirs.best()
    words = ours.words * args.epochs / 1e6
    speed = [words / statistics.median(side.seconds[lr]) for side, lr in zip((ours, theirs), best, strict=True)]
    settings = (
        f"{ours.words:,} words, {args.epochs} epochs, window 5, negative 5; best of lr {args.rates}: "
        f"firth {best[0]}, gensim {best[1]}; {args.rounds} rounds in turn"
    )
    found = []
    for name, (_, n, total) in ours.scores[best[0]][0].items():
        a, b = ours.mean(best[0], name), theirs.mean(best[1], name)
        spread = spread_of([(ours, best[0]), (theirs, best[1])], name)
        n_theirs = theirs.scores[best[1]][0][name][1]
        found.append(f"{name} {a:.1f} / {b:.1f} (spread {spread:.1f}, {n:,} of {total:,})")
        print(
            f"    {name:<22} firth {a:5.1f}  gensim {b:5.1f}  difference {a - b:+.1f}, spread {spread:.1f}"
            f"   ({n:,} of {total:,} items; gensim {n_theirs:,}; missing words skipped)"
        )
    for lr in args.rates:  # the rate that is best by the mean need not be best in every score
        lower = [
            f"{name} {ours.mean(lr, name):.1f} / {theirs.mean(best[1], name):.1f} (spread {wide:.1f})"
            for name in ours.scores[lr][0]
            if ours.mean(lr, name) + (wide := spread_of([(ours, lr), (theirs, best[1])], name))
            < theirs.mean(best[1], name)
        ]
        print(f"    firth at lr {lr} against gensim at its best: lower by more than the spread: {lower or 'nothing'}")
    settings += f"; scores of firth / gensim, largest spread of the rounds, items: {', '.join(found)}"
    bar = {100: 12.0, 300: 8.0}.get(dim) if args.threads == THREADS else None
    work = f"skip-gram dim {dim}, {args.threads} thread{'s' * (args.threads > 1)}, {corpus.stem}"
    emit(Row(work, "gensim", speed[0], speed[1], "Mw/s", bar, higher=True, note=settings))
    whole = [statistics.median(side.whole[lr]) for side, lr in zip((ours, theirs), best, strict=True)]
    emit(Row(f"the whole job: counting, training; {work}", "gensim", whole[0], whole[1], "s"))


def bench_scaling(corpus: Path, ours: Side, args: argparse.Namespace) -> None:
    """One thread against two, and an iterable against the file."""
    with tempfile.TemporaryDirectory() as folder:

        def run(threads: int, source: str) -> list[Any]:
            out = str(Path(folder) / "vectors")
            got: list[Any] = ours.worker.run(f"result = fit({source}, {out!r}, threads={threads}, epochs=2, seed=1)")
            return got

        file = repr(str(corpus))
        one, two = alternate(lambda: run(1, file)[0], lambda: run(2, file)[0], args.rounds + 1)
        emit(Row(f"skip-gram dim 100, 2 threads against 1, {corpus.stem}", "1 thread", two, one, "s", 1.8))
        twin = Side("firth", None, OURS)

        def apart() -> float:
            """Two processes with one thread each: what two cores of this machine give where nothing is shared."""
            with ThreadPoolExecutor() as pool:
                code = f"result = fit({file}, {{!r}}, threads=1, epochs=2, seed=1)"
                sides = [(ours, str(Path(folder) / "a")), (twin, str(Path(folder) / "b"))]
                got = list(pool.map(lambda pair: pair[0].worker.run(code.format(pair[1]))[0], sides))
            return max(float(seconds) for seconds in got) / 2

        try:
            both, alone = alternate(apart, lambda: run(1, file)[0], args.rounds + 1)
        finally:
            twin.worker.close()
        note = "seconds a training; the ceiling that the machine set for the row above in this run"
        emit(Row("two separate trainings at once, against one", "1 thread", both, alone, "s", note=note))
        ours.worker.run(f"sentences = [line.split() for line in open({file}, encoding='utf-8')]; result = None")
        lists, plain = alternate(lambda: run(2, "sentences")[0], lambda: run(2, file)[0], args.rounds + 1)
        emit(Row(f"training part: lists of words against a file, {corpus.stem}", "file", lists, plain, "s", 0.8))
        lists, plain = alternate(lambda: run(2, "sentences")[1], lambda: run(2, file)[1], args.rounds + 1)
        emit(Row(f"whole job, 2 epochs: lists of words against a file, {corpus.stem}", "file", lists, plain, "s"))


def bench_shared(corpus: Path, ours: Side, args: argparse.Namespace) -> None:
    """firth alone: what the number of shared negative words does to time and scores."""
    ours.worker.run("from firth.training import skipgram; result = None")
    for dim in args.dims:
        for n in (24, 32, 48):
            ours.seconds, ours.whole, ours.scores = {}, {}, {}
            ours.worker.run(f"skipgram.shared_negatives = lambda negative, dim: ({n}, 2); result = None")
            for seed in range(1, args.rounds + 1):
                ours.fit(corpus, args.rates[-1], dim, args.epochs, seed)
            lr = args.rates[-1]
            means = (f"{name} {ours.mean(lr, name):.1f}" for name in ours.scores[lr][0])
            seconds = statistics.median(ours.seconds[lr])
            settings = f"{n} shared, dim {dim}, lr {lr}, {args.epochs} epochs, {corpus.stem}"
            print(f"{settings}: {seconds:.1f} s, {', '.join(means)}")


def bench_schedule(corpus: Path, theirs: Side, args: argparse.Namespace) -> None:
    """gensim with one worker and with two, everything else equal: its mean learning rate depends on the workers."""
    for workers in (1, 2):
        theirs.seconds, theirs.whole, theirs.scores = {}, {}, {}
        for seed in range(1, args.rounds + 1):
            theirs.fit(corpus, args.rates[-1], args.dims[0], args.epochs, seed, workers)
        means = (f"{name} {theirs.mean(args.rates[-1], name):.1f}" for name in theirs.scores[args.rates[-1]][0])
        print(
            f"gensim, {workers} workers, lr {args.rates[-1]}, {args.epochs} epochs, {corpus.stem}: {', '.join(means)}"
        )


def bench_deterministic(corpus: Path, ours: Side, args: argparse.Namespace) -> None:
    """What it costs that a seed gives the same bits at any number of threads, and what it does to the scores."""
    for model in ("skipgram", "cbow"):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "vectors"

            def fit(deterministic: bool, threads: int, seed: int, model: str = model, out: Path = out) -> list[float]:
                told = f"model={model!r}, epochs={args.epochs}, seed={seed}, deterministic={deterministic}"
                got: list[float] = ours.worker.run(f"result = cost({str(corpus)!r}, {str(out)!r}, {threads}, {told})")
                return got

            for how in (True, False):
                fit(how, 1, 0)  # compiles
            for threads in (1, 2):
                wall: tuple[list[float], list[float]] = ([], [])
                user: tuple[list[float], list[float]] = ([], [])
                found: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
                for seed in range(1, args.rounds + 1):
                    for side, how in enumerate((True, False)):
                        seconds, cpu = fit(how, threads, seed)
                        wall[side].append(seconds)
                        user[side].append(cpu)
                        found[side].append(scores(out))
                a, b = map(statistics.median, wall)
                c, d = map(statistics.median, user)
                note = (
                    f"processor seconds {c:.2f} and {d:.2f}: {c / d:.2f} x; {args.epochs} epochs, {args.rounds} rounds"
                )
                work = f"{model} dim 100, deterministic, {threads} threads, {corpus.stem}"
                emit(Row(work, "not deterministic", a, b, "s", note=note))
                for name in found[0][0]:
                    a, b = (statistics.fmean(run[name][0] for run in side) for side in found)
                    spread = max(max(r[name][0] for r in side) - min(r[name][0] for r in side) for side in found)
                    print(f"    {name:<22} deterministic {a:5.1f}  not {b:5.1f}  ({a - b:+.1f}, spread {spread:.1f})")


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", choices=SHARDS, default="1M")
    parser.add_argument("--dims", type=int, nargs="+", default=[100])
    parser.add_argument("--rates", type=float, nargs="+", default=[0.025, 0.05])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=THREADS, help="of the part training, both sides")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=None)
    args = parser.parse_args()
    parts = args.parts or ["counting", "training", "scaling"]
    corpus = corpus_file(args.words)
    ours, theirs = Side("firth", None, OURS), Side("gensim", PEERS, THEIRS)
    try:
        ours.worker.run("train([['a', 'b']] * 9, min_count=1, epochs=1, progress=False); result = None")  # compiles
        if "counting" in parts:
            bench_counting(corpus, ours, theirs, args.rounds)
        if "training" in parts:
            for dim in args.dims:
                bench_training(corpus, dim, args, ours, theirs)
        if "scaling" in parts:
            bench_scaling(corpus, ours, args)
        if "deterministic" in parts:
            bench_deterministic(corpus, ours, args)
        if "schedule" in parts:
            bench_schedule(corpus, theirs, args)
        if "shared" in parts:  # last: it leaves its worker changed
            bench_shared(corpus, ours, args)
    finally:
        ours.worker.close()
        theirs.worker.close()


if __name__ == "__main__":
    main()
